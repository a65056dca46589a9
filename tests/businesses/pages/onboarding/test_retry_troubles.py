"""The page that retries when something is broken: what is said, and what is left as it was."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client

from businesses.exceptions import RecordChanged
from businesses.pages.errors.staff_words import OPERATOR
from businesses.records.business import format_time
from businesses.records.onboarding import COMPLETED, FAILED
from tests.businesses.deployed import Deployed
from tests.businesses.onboardings import minute
from tests.businesses.pages.onboarding.retrying import (
    RETRY,
    batch,
    begin,
    history,
    named,
    results,
    send,
)

UNWRITTEN = "The site could not write down what was done."


def test_wrong_credentials_are_one_clear_message_and_nothing_is_written(
    deployed: Deployed, support: Client
) -> None:
    subs = deployed.stuck(3)
    before = [deployed.record(sub) for sub in subs]
    deployed.aws.faults.fail("GraphQL", "UnrecognizedClientException", status=401, times=16)
    answer = send(support, named(*subs), sub=subs)
    assert answer["results"] == []
    assert sorted(answer["left"]) == sorted(subs)
    assert answer["problem"] == {
        "message": "The API does not let the site onboard anybody.",
        "hint": OPERATOR,  # what they do about it is in the history, and not staff's to read here
    }
    assert [deployed.record(sub) for sub in subs] == before
    for sub in subs:
        [begun, not_made] = [message for _, message in history(sub)]
        assert begun == "Retry begun."
        assert not_made.startswith("Retry not made. The API refused the site's credentials")


def test_who_was_called_before_the_refusal_keeps_the_outcome(
    deployed: Deployed, support: Client
) -> None:
    subs = deployed.stuck(3)
    deployed.aws.faults.fail("GraphQL", "UnrecognizedClientException", status=401, after=1)
    answer = send(support, named(*subs), sub=subs)
    assert answer["results"]
    assert answer["left"]
    for done in results(answer):
        assert history(done)[-1][1] == "Retry completed. The business exists."
    for sub in answer["left"]:
        assert history(sub)[-1][1].startswith("Retry not made. ")


@pytest.fixture
def wrong_keys(tmp_path: Path) -> Path:
    """A file of the site's keys with another secret."""
    right = Path(os.environ["AWS_SHARED_CREDENTIALS_FILE"]).read_text()
    wrong = tmp_path / "wrong"
    wrong.write_text(re.sub(r"(?<=secret_access_key = ).*", "another", right))
    return wrong


def test_renewed_credentials_are_read_without_a_restart(
    deployed: Deployed, support: Client, monkeypatch: pytest.MonkeyPatch, wrong_keys: Path
) -> None:
    [sub] = deployed.stuck(1)
    with monkeypatch.context() as expired:
        expired.setenv("AWS_SHARED_CREDENTIALS_FILE", str(wrong_keys))
        assert send(support, named(sub), sub=sub)["left"] == [sub]
    assert results(send(support, named(sub), sub=sub)) == {sub: "completed"}


@pytest.mark.parametrize("operation", ["BatchGetItem", "GraphQL"])
def test_a_refusal_half_way_lets_credentials_be_read_anew(
    deployed: Deployed,
    support: Client,
    monkeypatch: pytest.MonkeyPatch,
    wrong_keys: Path,
    operation: str,
) -> None:
    [sub] = deployed.stuck(1)
    # The site has read them when they turn out to be of no use any more.
    deployed.aws.faults.fail(operation, "UnrecognizedClientException")
    assert send(support, named(sub), sub=sub)["left"] == [sub]
    with monkeypatch.context() as renewed:
        renewed.setenv("AWS_SHARED_CREDENTIALS_FILE", str(wrong_keys))
        assert send(support, named(sub), sub=sub)["left"] == [sub]
    assert results(send(support, named(sub), sub=sub)) == {sub: "completed"}


def test_an_api_that_is_down_fails_each_with_its_reason(
    deployed: Deployed, support: Client
) -> None:
    [sub] = deployed.stuck(1)
    deployed.aws.faults.lose_connection("GraphQL", times=2)
    answer = send(support, named(sub), sub=sub)
    assert results(answer) == {sub: "failed"}
    assert deployed.record(sub).status == FAILED
    assert results(send(support, named(sub), sub=sub)) == {sub: "completed"}


def test_throttling_is_tried_again(deployed: Deployed, support: Client) -> None:
    subs = deployed.stuck(6)
    deployed.aws.faults.fail("GraphQL", "ThrottlingException", status=429, times=3)
    assert results(send(support, named(*subs), sub=subs)) == dict.fromkeys(subs, "completed")


def test_a_table_that_cannot_be_read_leaves_everybody_for_later(
    deployed: Deployed, support: Client
) -> None:
    [sub] = deployed.stuck(1)
    deployed.aws.faults.fail("BatchGetItem", "AccessDeniedException")
    answer = send(support, named(sub), sub=sub)
    assert (answer["results"], answer["left"]) == ([], [sub])
    assert answer["problem"]["message"] == "A permission is missing."
    run = begin(support, f"{RETRY}?all=1")
    deployed.aws.faults.fail("Query", "AccessDeniedException")
    assert batch(support, run)["results"] == []
    assert results(batch(support, run)) == {sub: "completed"}


def test_an_outcome_that_cannot_be_recorded_is_said_and_found_done_later(
    deployed: Deployed, support: Client
) -> None:
    [sub] = deployed.stuck(1)
    deployed.aws.faults.fail("UpdateItem", "AccessDeniedException")
    [result] = send(support, named(sub), sub=sub)["results"]
    assert result["result"] == "retry not recorded"
    assert "The mutation succeeded, but the record was not updated" in result["text"]
    assert history(sub)[-1][1].startswith("Retry made, but the record does not show it. The mut")
    [result] = send(support, named(sub), sub=sub)["results"]
    assert result["result"] == "retry completed"
    assert "The business already existed, since" in result["text"]


def test_a_record_that_changed_under_us_keeps_both_lines(
    deployed: Deployed, support: Client
) -> None:
    [sub] = deployed.stuck(1)
    support.get(named(sub))
    deployed.table.dismiss(sub, by="boris", reason="A test account", at=minute(3))
    [result] = send(support, named(sub), sub=sub)["results"]
    assert result["result"] == "found settled"
    assert (
        f"It has been DISMISSED since {format_time(minute(3))} by boris: A test account."
        in (result["text"])
    )
    assert deployed.business(sub) is None
    assert history(sub)[-1][1].startswith("No retry was made. It has been DISMISSED since")
    with pytest.raises(RecordChanged):
        deployed.table.dismiss(sub, by="sally", reason="Me too", at=minute(4))


# What a trigger that refuses a line needs before it, its body, and what takes all of it away.
TRIGGERS = {
    "sqlite": ("", "BEGIN SELECT RAISE(ABORT, 'disk full'); END", ""),
    "postgresql": (
        (
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'disk full' USING ERRCODE = 'disk_full'; END $$;"
        ),
        "EXECUTE FUNCTION refuse()",
        "ON businesses_historyentry; DROP FUNCTION refuse",
    ),
}


@contextmanager
def unwritable_history(condition: str) -> Iterator[None]:
    """Let the database take no line of history whose message is so."""
    before, refuse, after = TRIGGERS[connection.vendor]
    with connection.cursor() as cursor:
        cursor.execute(
            f"{before} CREATE TRIGGER refused BEFORE INSERT ON businesses_historyentry "
            f"FOR EACH ROW WHEN (NEW.message {condition}) {refuse}"
        )
        yield
        cursor.execute(f"DROP TRIGGER refused {after}")


def test_nobody_is_called_when_the_history_cannot_be_begun(
    deployed: Deployed, support: Client
) -> None:
    [sub] = deployed.stuck(1)
    with unwritable_history("= 'Retry begun.'"):
        answer = send(support, named(sub), sub=sub)
    assert answer["problem"] == {"message": UNWRITTEN, "hint": OPERATOR}
    assert answer["left"] == [sub]
    assert deployed.aws.faults.calls("GraphQL") == 0


def test_an_outcome_without_its_line_of_history_says_exactly_that(
    deployed: Deployed, support: Client
) -> None:
    [sub] = deployed.stuck(1)
    with unwritable_history("<> 'Retry begun.'"):
        answer = send(support, named(sub), sub=sub)
    # The run is told by its history, so the row is left, and will be found settled.
    assert (answer["results"], answer["left"]) == ([], [sub])
    assert answer["problem"] == {"message": UNWRITTEN, "hint": OPERATOR}
    assert deployed.record(sub).status == COMPLETED
    assert [message for _, message in history(sub)] == ["Retry begun."]
