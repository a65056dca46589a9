"""When AWS is down or not set up: one plain page with the cause and what to do."""

import socket
from html import unescape
from pathlib import Path

import pytest
from django.test import Client, override_settings

from businesses.audit.history import Action, Kind, Staff, write_history
from tests.businesses.account import Account

LIST = "/admin/businesses/business/"
PAGES = [LIST, f"{LIST}sub-0001/change/", f"{LIST}export/"]
STAFF_WORDS = {
    "ThrottlingException": "AWS had too much to do.",
    "InternalServerError": "AWS had a failure.",
    "ExpiredTokenException": "AWS refused the credentials.",
    "AccessDeniedException": "A permission is missing.",
}


def plain_page(browser: Client, page: str = LIST) -> str:
    """Open a page, check that it is the plain one, and return it."""
    response = browser.get(page)
    assert response.status_code == 503
    text = unescape(response.content.decode())
    assert "The businesses cannot be shown" in text
    assert f'<a class="button" href="{page}">Try again</a>' in text
    assert "Traceback" not in text
    return text


@pytest.mark.parametrize("page", PAGES)
def test_the_stack_is_not_deployed(account: Account, superuser: Client, page: str) -> None:
    text = plain_page(superuser, page)
    assert "The backend cannot be used just now." in text
    assert "onboarding-test in eu-central-1 does not exist" in text
    assert "manage.py deploy_backend" in text


def test_commands_and_settings_are_for_superusers(account: Account, support: Client) -> None:
    text = plain_page(support)
    assert "onboarding-test in eu-central-1 does not exist" in text
    assert "Nothing you did. Tell an operator" in text
    assert "manage.py" not in text


def test_the_history_is_shown_without_aws(
    account: Account, support: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        address = f"http://127.0.0.1:{closed.getsockname()[1]}"
    monkeypatch.setenv("AWS_ENDPOINT_URL", address)
    response = support.get(f"{LIST}sub-0001/history/")
    assert response.status_code == 200
    told = unescape(response.content.decode())
    assert "AWS does not answer just now. The history is complete." in told
    assert "No member of staff has done anything" in told


def test_a_history_with_entries_asks_aws_nothing(account: Account, support: Client) -> None:
    write_history(Staff(None, "vera"), Action.OTHER, ["sub-1"], "Looked.", kind=Kind.BUSINESS)
    asked = len(account.aws.faults.history)
    page = support.get(f"{LIST}sub-1/history/")
    assert "Looked." in page.content.decode()
    assert "What staff did: sub-1" in page.content.decode()
    assert len(account.aws.faults.history) == asked


def test_the_page_comes_once_the_stack_is_deployed(account: Account, support: Client) -> None:
    plain_page(support)
    account.deploy()
    assert support.get(LIST).status_code == 200


def test_the_stack_has_no_table_yet(account: Account, support: Client) -> None:
    account.deploy(UserPoolId=account.user_pool_id)
    assert "no output BusinessTableName" in plain_page(support)


def test_the_table_is_gone(account: Account, support: Client) -> None:
    account.deploy()
    account.dynamodb.delete_table(TableName=account.table_name)
    assert "no DynamoDB table businesses" in plain_page(support)


@pytest.mark.parametrize("page", PAGES)
def test_nothing_listens(
    account: Account, superuser: Client, monkeypatch: pytest.MonkeyPatch, page: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        address = f"http://127.0.0.1:{closed.getsockname()[1]}"
    monkeypatch.setenv("AWS_ENDPOINT_URL", address)
    text = plain_page(superuser, page)
    assert "AWS does not answer just now." in text
    assert "AWS could not be reached" in text
    assert "AWS_ENDPOINT_URL" in text


def test_a_connection_that_is_lost_is_tried_once_more(account: Account, support: Client) -> None:
    account.aws.faults.lose_connection("DescribeStacks", times=9)
    plain_page(support)
    assert account.aws.faults.calls("DescribeStacks") == 2


@pytest.mark.usefixtures("as_impatient_as_staff")
def test_nothing_answers(
    account: Account, support: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{silent.getsockname()[1]}")
        assert "AWS did not answer within 2.5 seconds" in plain_page(support)


@pytest.mark.parametrize(
    ("code", "status", "said"),
    [
        ("ThrottlingException", 400, "could not answer"),
        ("ProvisionedThroughputExceededException", 400, "ProvisionedThroughputExceededException"),
        ("InternalServerError", 500, "could not answer"),
        ("ExpiredTokenException", 400, "credentials have expired"),
        ("UnrecognizedClientException", 400, "does not know this access key"),
        ("AccessDeniedException", 400, "AWS refused"),
    ],
)
def test_dynamodb_refuses_the_list(
    account: Account, support: Client, code: str, status: int, said: str
) -> None:
    account.deploy()
    assert support.get(LIST).status_code == 200
    account.aws.faults.fail("Query", code, status=status, times=2)
    text = plain_page(support)
    assert said in text
    assert STAFF_WORDS.get(code, "") in text
    account.aws.faults.clear()
    assert support.get(LIST).status_code == 200


@pytest.mark.parametrize("page", PAGES[1:2])
def test_dynamodb_refuses_one_business(account: Account, support: Client, page: str) -> None:
    account.deploy()
    account.aws.faults.fail("GetItem", "AccessDeniedException")
    assert "AWS refused" in plain_page(support, page)


def test_credentials_have_expired_before_the_first_call(account: Account, support: Client) -> None:
    account.aws.faults.fail("DescribeStacks", "ExpiredToken", status=403)
    assert "credentials have expired" in plain_page(support)


def test_there_are_no_credentials(
    account: Account, superuser: Client, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    text = plain_page(superuser)
    assert "No AWS credentials were found" in text
    assert "AWS_PROFILE" in text


@pytest.mark.parametrize(
    ("region", "said"), [("", "No Region is set"), ("mars-1", "not a Region that boto3 knows")]
)
def test_the_region_is_unusable(account: Account, support: Client, region: str, said: str) -> None:
    with override_settings(AWS_REGION=region):
        assert said in plain_page(support)


def test_the_profile_does_not_exist(
    account: Account, support: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    assert "profile does not exist" in plain_page(support)


def test_the_plain_page_is_part_of_the_admin(account: Account, support: Client) -> None:
    text = plain_page(support)
    assert "Business onboarding" in text
    assert 'id="logout-form"' in text


def test_the_pages_without_aws_work_without_aws(account: Account, superuser: Client) -> None:
    for page in ("/admin/", "/admin/auth/user/"):
        assert superuser.get(page).status_code == 200
