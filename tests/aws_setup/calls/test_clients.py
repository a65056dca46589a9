"""Sessions, and the errors of boto3 in an operator's words."""

import os
import socket
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import botocore.exceptions
import pytest

from aws_setup.calls.clients import aws_session, translated_errors
from aws_setup.exceptions import (
    AccessRefused,
    AwsBusy,
    AwsSetupError,
    AwsUnreachable,
    CredentialsUnusable,
    SettingMissing,
)
from aws_setup.local.server import LocalAws
from tests.aws_setup.cloudformation_stub import Refusal, Script, client_of


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """An environment that says nothing of AWS, and where no machine hands out credentials."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    return monkeypatch


@pytest.fixture
def refused(script: Script) -> Iterator[Any]:
    """Return what an answer of CloudFormation is explained as."""
    with client_of(script) as client:

        def explain(refusal: Refusal) -> AwsSetupError:
            script.on("DescribeStacks", refusal)
            return explained(AwsSetupError, client.describe_stacks)

        yield explain


def who_am_i(region: str = "eu-central-1") -> None:
    with closing(aws_session(region).client("sts")) as sts:
        sts.get_caller_identity()


def explained(kind: type[AwsSetupError], call: Callable[[], object]) -> AwsSetupError:
    with pytest.raises(kind) as caught, translated_errors():
        call()
    return caught.value


def failure(kind: type[AwsSetupError]) -> AwsSetupError:
    return explained(kind, who_am_i)


# -- The session --------------------------------------------------------------------------------


def test_a_session_has_the_region_of_the_settings(settings: Any) -> None:
    settings.AWS_REGION = "eu-west-1"
    assert aws_session().region_name == "eu-west-1"
    assert aws_session("cn-north-1").region_name == "cn-north-1"


def test_clients_retry_in_the_standard_way_time_out_and_name_the_project() -> None:
    with closing(aws_session("us-gov-west-1").client("dynamodb")) as client:
        config: Any = client.meta.config
        assert config.retries["mode"] == "standard"
        assert (config.connect_timeout, config.read_timeout) == (5, 8)
        assert config.user_agent_extra == "business-onboarding/1"


def test_without_a_region_there_is_no_session(settings: Any) -> None:
    settings.AWS_REGION = ""
    with pytest.raises(SettingMissing, match="No Region is set") as caught:
        aws_session()
    assert "AWS_REGION" in caught.value.hint


def test_an_unknown_region_is_refused_with_what_may_be_meant() -> None:
    with pytest.raises(
        SettingMissing, match="'eu-centrall-1' is not a Region that boto3"
    ) as caught:
        aws_session("eu-centrall-1")
    assert caught.value.hint.startswith("Did you mean eu-central-1")


def test_a_region_like_no_other_is_refused_without_a_guess() -> None:
    with pytest.raises(SettingMissing) as caught:
        aws_session("Frankfurt")
    assert "Did you mean" not in caught.value.hint


def test_an_endpoint_that_is_no_url_is_a_setting_to_correct(bare: pytest.MonkeyPatch) -> None:
    bare.setenv("AWS_ENDPOINT_URL", "localhost 4566")
    assert "AWS_ENDPOINT_URL" in failure(SettingMissing).hint


# -- What boto3 finds wrong by itself -----------------------------------------------------------


def test_no_credentials_say_where_they_come_from(bare: pytest.MonkeyPatch) -> None:
    error = failure(CredentialsUnusable)
    assert "No AWS credentials were found, so AWS was not asked" in str(error)
    assert "AWS_PROFILE" in error.hint


def test_a_key_without_its_secret_is_no_credential(bare: pytest.MonkeyPatch) -> None:
    bare.setenv("AWS_ACCESS_KEY_ID", "AKIA")
    assert "No AWS credentials were found" in str(failure(CredentialsUnusable))


def test_a_profile_that_does_not_exist_is_named(bare: pytest.MonkeyPatch) -> None:
    bare.setenv("AWS_PROFILE", "nobody")
    error = failure(CredentialsUnusable)
    assert "(nobody)" in str(error)
    assert "list-profiles" in error.hint


def test_a_helper_that_fails_is_named(bare: pytest.MonkeyPatch, tmp_path: Path) -> None:
    config = tmp_path / "config"
    config.write_text("[default]\ncredential_process = false\n", encoding="utf-8")
    bare.setenv("AWS_CONFIG_FILE", str(config))
    assert "could not be read" in str(failure(CredentialsUnusable))


def test_a_sign_in_that_is_missing_asks_for_one(bare: pytest.MonkeyPatch, tmp_path: Path) -> None:
    config = tmp_path / "config"
    config.write_text(
        "[default]\nsso_start_url = https://example.com\nsso_region = eu-central-1\n"
        "sso_account_id = 123456789012\nsso_role_name = operator\n",
        encoding="utf-8",
    )
    bare.setenv("AWS_CONFIG_FILE", str(config))
    bare.setenv("HOME", str(tmp_path))
    assert "aws sso login" in failure(CredentialsUnusable).hint


def test_nothing_listening_is_unreachable_and_changed_nothing(bare: pytest.MonkeyPatch) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]
    bare.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{port}")
    bare.setenv("AWS_ACCESS_KEY_ID", "AKIA")
    bare.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    error = failure(AwsUnreachable)
    assert "could not be reached" in str(error)
    assert "changed nothing" in str(error)
    assert "AWS_ENDPOINT_URL" in error.hint


def test_a_connection_that_breaks_may_have_taken_effect(
    aws_environment: LocalAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    aws_environment.faults.lose_connection("GetCallerIdentity")
    assert "may have taken effect" in str(failure(AwsUnreachable))


@pytest.mark.parametrize(
    ("service", "call", "said"),
    [
        (
            "s3",
            lambda s3: s3.put_object(Bucket="Bad_Bucket!", Key="k"),
            'Invalid bucket name "Bad_Bucket!"',
        ),
        (
            "cognito-idp",
            lambda cognito: cognito.get_group(UserPoolId="x_1", GroupName=""),
            "Invalid length for parameter GroupName, value: 0, valid min length: 1",
        ),
    ],
)
def test_a_value_that_boto3_does_not_send_is_told_in_one_line(
    aws_environment: LocalAws, service: Any, call: Callable[[Any], Any], said: str
) -> None:
    with closing(aws_session("eu-central-1").client(service)) as client:
        error = explained(SettingMissing, partial(call, client))
    assert str(error) == f"{said}: boto3 does not send that to AWS. The call changed nothing."
    assert error.hint.startswith("Correct the option or the setting")


# -- What AWS answers -----------------------------------------------------------------------------


def test_an_unknown_key_is_said_so(aws_environment: LocalAws, bare: pytest.MonkeyPatch) -> None:
    bare.setenv("AWS_ENDPOINT_URL", aws_environment.endpoint_url)
    bare.setenv("AWS_ACCESS_KEY_ID", "AKIANOBODYKNOWSTHIS0")
    bare.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    error = failure(CredentialsUnusable)
    assert "AWS does not know this access key" in str(error)
    assert "AWS_REGION" in error.hint


def test_a_wrong_secret_is_said_so(
    aws_environment: LocalAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wrong")
    error = failure(CredentialsUnusable)
    assert "could not verify the signature" in str(error)
    assert "AWS_SECRET_ACCESS_KEY" in error.hint


def test_a_user_without_the_permission_is_told_which(
    aws_environment: LocalAws, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    iam = aws_environment.client("iam", "eu-central-1")
    iam.create_user(UserName="operator")
    key = iam.create_access_key(UserName="operator")["AccessKey"]
    # Not in the environment: the embedded AWS runs in this process, and takes it for its own.
    file = tmp_path / "credentials"
    file.write_text(
        f"[default]\naws_access_key_id = {key['AccessKeyId']}\n"
        f"aws_secret_access_key = {key['SecretAccessKey']}\n",
        encoding="utf-8",
    )
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(file))
    with closing(aws_session("eu-central-1").client("cloudformation")) as client:
        error = explained(AccessRefused, client.describe_stacks)
    assert "AWS refused cloudformation:DescribeStacks: " in str(error)
    assert "Have cloudformation:DescribeStacks allowed" in error.hint


def test_a_refusal_that_names_no_action_is_told_by_the_call(refused: Any) -> None:
    error = refused(Refusal("AccessDenied", "No.", 403))
    assert str(error) == "AWS refused DescribeStacks: No. The call changed nothing."


@pytest.mark.parametrize("code", ["ExpiredToken", "ExpiredTokenException", "RequestExpired"])
def test_expired_credentials_ask_for_another_sign_in(refused: Any, code: str) -> None:
    error = refused(Refusal(code, "The security token included in the request is expired", 403))
    assert isinstance(error, CredentialsUnusable)
    assert "have expired" in str(error)
    assert "Sign in again" in error.hint


@pytest.mark.parametrize(
    "refusal",
    [
        Refusal("Throttling", "Rate exceeded"),
        Refusal("RequestLimitExceeded"),
        Refusal("InternalFailure", "", 500),
        Refusal("Whatever", "down", 503),
    ],
)
def test_aws_own_trouble_asks_for_patience(refused: Any, refusal: Refusal) -> None:
    error = refused(refusal)
    assert isinstance(error, AwsBusy)
    assert "DescribeStacks" in str(error)
    assert refusal.code in str(error)
    assert "run it again" in error.hint


def test_an_answer_that_no_operator_can_mend_passes_untouched(script: Script) -> None:
    script.on("DescribeStacks", Refusal("SomethingNew"))
    with client_of(script) as client:
        with pytest.raises(botocore.exceptions.ClientError), translated_errors():
            client.describe_stacks()
        with pytest.raises(botocore.exceptions.ParamValidationError), translated_errors():
            client.describe_change_set()
    with pytest.raises(ValueError, match="of our own"), translated_errors():
        raise ValueError("of our own")


def test_what_the_environment_says_of_retries_is_said_of_one_session_only(
    bare: pytest.MonkeyPatch,
) -> None:
    attempts = []
    for value in ("1", "5"):
        bare.setenv("AWS_MAX_ATTEMPTS", value)
        with closing(aws_session("eu-central-1").client("sts")) as sts:
            config: Any = sts.meta.config
            attempts.append(config.retries["total_max_attempts"])
    assert attempts == [1, 5]
