"""`manage.py retry_onboardings`, against the deployed stack."""

import re
import signal
import socket
import threading
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import override_settings

from businesses.records.onboarding import COMPLETED, DISMISSED, FAILED, SWEEP, Reason
from tests.businesses.aws.api.graphql_stub import DONE, Heard, always, error, graphql_stub
from tests.businesses.deployed import GROUP, Deployed
from tests.businesses.site_user import SiteUser, become_operator
from tests.processes import managed, read_until


class Terminal(StringIO):
    """A standard output that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def retry(*subs: str, output: StringIO | None = None, **options: Any) -> str:
    output = output or StringIO()
    call_command("retry_onboardings", *subs, stdout=output, **options)
    return output.getvalue()


def refused(*subs: str, **options: Any) -> tuple[str, str]:
    """Return what the command printed and the error it ended with."""
    output = StringIO()
    with pytest.raises(CommandError) as raised:
        retry(*subs, output=output, **options)
    return output.getvalue(), str(raised.value)


def test_all_retries_what_the_trigger_recorded_and_sums_up(deployed: Deployed) -> None:
    ours, swept = deployed.stuck(3), deployed.stuck(1, source=SWEEP)
    told = "\n1 more was found by the sweep. Select it with --source sweep.\n"
    assert retry(all=True, dry_run=True).endswith(f"3 would be retried. Nothing was changed.{told}")
    printed = retry(all=True)
    assert re.fullmatch(rf"3 completed, in \d+\.\d s\.{told}", printed)
    assert {deployed.record(sub).status for sub in ours} == {COMPLETED}
    assert {deployed.record(sub).attempts[-1].by for sub in ours} == {"command"}
    assert deployed.record(swept[0]).status == FAILED
    retry(source=SWEEP)
    assert deployed.record(swept[0]).status == COMPLETED


def test_a_sub_is_retried_whatever_its_source(deployed: Deployed) -> None:
    [sub] = deployed.stuck(1, source=SWEEP)
    retry(sub)
    assert deployed.record(sub).status == COMPLETED


def test_all_who_are_out_of_their_group_are_put_back(deployed: Deployed) -> None:
    stuck, outside = deployed.stuck(1), deployed.outside(3)
    assert "3 would be retried." in retry(out_of_group=True, dry_run=True)
    assert deployed.groups(outside[0]) == []
    assert re.fullmatch(r"3 completed, in \d+\.\d s\.\n", retry(out_of_group=True))
    assert [deployed.groups(sub) for sub in outside] == [[GROUP]] * 3
    assert {deployed.record(sub).status for sub in outside} == {COMPLETED}
    assert deployed.record(stuck[0]).status == FAILED
    for others in ({"all": True}, {"source": SWEEP}, {"reason": "OutOfGroup"}):
        assert "Give either" in refused(out_of_group=True, **others)[1]


def test_nothing_to_retry_is_no_error(deployed: Deployed) -> None:
    assert retry(all=True).startswith("0 completed, in 0")


def test_a_reason_chooses(deployed: Deployed) -> None:
    [throttled] = deployed.stuck(1)
    assert retry(reason="GroupNotAllowed").startswith("0 completed")
    assert retry(reason="TooManyRequestsException").startswith("1 completed")
    assert deployed.record(throttled).status == COMPLETED


def test_a_reason_of_the_sweeps_own_says_how_to_choose_it(deployed: Deployed) -> None:
    reason = Reason("NotInGroup", "The user is not in the group.")
    subs = deployed.stuck(2, source=SWEEP, reason=reason)
    for dry_run in (True, False):
        assert retry(reason="NotInGroup", dry_run=dry_run).endswith(
            "\n2 more with this reason were found by the sweep. Select them with --source sweep "
            "--reason NotInGroup.\n"
        )
    assert {deployed.record(sub).status for sub in subs} == {FAILED}
    assert retry(reason="NotInGroup", source=SWEEP).startswith("2 completed, in")
    assert "more with this reason" not in retry(reason="NotInGroup")


def test_a_dry_run_lists_and_changes_nothing(deployed: Deployed) -> None:
    stuck, [dismissed] = deployed.stuck(2), deployed.stuck(1, status=DISMISSED)
    before = [deployed.record(sub) for sub in (*stuck, dismissed)]
    printed = retry(all=True, dry_run=True)
    for sub in stuck:
        reason = r"AWS had too much to do \(TooManyRequestsException\)"
        line = rf"^{sub}  {reason} \(trigger, 1 attempt, last 20\S+Z\)$"
        assert re.search(line, printed, re.MULTILINE)
    assert printed.endswith("2 would be retried. Nothing was changed.\n")
    named = retry(stuck[0], dismissed, "nobody", dry_run=True)
    assert f"{dismissed}  is DISMISSED, so it would not be retried\n" in named
    assert "nobody  has no record\n" in named
    assert named.endswith("1 would be retried. Nothing was changed.\n")
    assert [deployed.record(sub) for sub in (*stuck, dismissed)] == before
    assert deployed.aws.faults.calls("GraphQL") == 0


def test_one_that_fails_is_named_with_its_reason_and_the_exit_status_is_1(
    deployed: Deployed,
) -> None:
    [bad] = deployed.stuck(1, group_name="strangers")
    deployed.stuck(2)
    printed, message = refused(all=True)
    assert f"{bad}  failed: Nobody may join this group (GroupNotAllowed: " in printed
    assert re.search(r"2 completed, 1 failed again, in \S+ s\.\n  1 Nobody may join", printed)
    assert message.startswith("Some are not onboarded.")
    assert "@example.com" not in printed


def test_a_sub_without_a_record_is_an_error_and_a_completed_one_is_not(deployed: Deployed) -> None:
    [completed] = deployed.stuck(1, status=COMPLETED)
    printed = retry(completed)
    assert f"{completed}  settled before: It has been COMPLETED since" in printed
    printed, _ = refused("nobody")
    assert "nobody  not retried: There is no record with this sub." in printed


@pytest.mark.parametrize(
    ("subs", "options", "message"),
    [
        ((), {}, "Give the subs to retry, --all, --source, --reason or --out-of-group."),
        (("a",), {"all": True}, "not both"),
        (("a",), {"source": "sweep"}, "not both"),
        (("a",), {"reason": "X"}, "not both"),
    ],
)
def test_what_could_be_meant_in_two_ways_is_refused(
    subs: tuple[str, ...], options: dict[str, Any], message: str
) -> None:
    assert message in refused(*subs, **options)[1]


def test_wrong_credentials_are_one_line_and_its_mend(
    deployed: Deployed, monkeypatch: pytest.MonkeyPatch
) -> None:
    subs = deployed.stuck(20)
    body = error("UnrecognizedClientException", "The security token is invalid.")
    with graphql_stub(always(403, body)) as stub:
        monkeypatch.setenv("AWS_ENDPOINT_URL_APPSYNC", stub.url)
        printed, message = refused(all=True)
    assert message.splitlines() == [
        (
            "The API refused the site's credentials (UnrecognizedClientException: The security "
            "token is invalid). The call changed nothing, and nobody else was tried."
        ),
        (
            "Check the server's AWS credentials and clock; their policy must allow "
            "appsync:GraphQL on the field createBusinessInGroup."
        ),
    ]
    assert printed.startswith("0 completed, in")
    assert {len(deployed.record(sub).attempts) for sub in subs} == {1}


def test_an_api_that_is_down_stops_after_some(
    deployed: Deployed, monkeypatch: pytest.MonkeyPatch
) -> None:
    subs = deployed.stuck(40)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    monkeypatch.setenv("AWS_ENDPOINT_URL_APPSYNC", f"http://127.0.0.1:{port}")
    printed, message = refused(all=True)
    assert message.startswith("The API did not answer for ")
    failed = [sub for sub in subs if len(deployed.record(sub).attempts) > 1]
    assert 16 <= len(failed) <= 32
    assert {deployed.record(sub).reason.type for sub in failed} == {"Unreachable"}
    assert {deployed.record(sub).status for sub in subs} == {FAILED}
    assert f"{len(failed)} failed again" in printed


def test_no_backend_is_one_line_and_its_mend(
    deployed: Deployed, monkeypatch: pytest.MonkeyPatch
) -> None:
    become_operator(deployed.aws, monkeypatch)  # the site may ask for its own stack alone
    with override_settings(BACKEND_STACK_NAME="elsewhere"):
        _, message = refused(all=True)
    assert "elsewhere" in message
    assert "deploy_backend" in message


def test_a_terminal_sees_the_bar_move_in_place(deployed: Deployed) -> None:
    deployed.stuck(10)
    printed = retry(all=True, output=Terminal())
    *drawn, summary = printed.split("\r\x1b[K")
    bars = [line for line in drawn if line]
    assert len(bars) >= 2
    assert all(re.match(r"\[#*-*\] \d+ of 10, \d+\.\d/s: \d+ completed$", bar) for bar in bars)
    assert summary.startswith("10 completed, in")


@pytest.mark.parametrize("pressed", [[signal.SIGINT], [signal.SIGINT] * 2, [signal.SIGTERM]])
def test_ctrl_c_ends_after_the_calls_under_way_with_a_summary_however_often_it_is_pressed(
    deployed: Deployed, site_user: SiteUser, pressed: list[signal.Signals]
) -> None:
    subs = deployed.stuck(24)
    three, release = threading.Semaphore(0), threading.Event()

    def held(_heard: Heard) -> tuple[int, Any]:
        three.release()
        release.wait(30)
        return 200, DONE

    with graphql_stub(held) as stub:
        variables = site_user.environment | {
            "AWS_ENDPOINT_URL_APPSYNC": stub.url,
            "BACKEND_STACK_NAME": "onboarding-test",
        }
        with managed("retry_onboardings", "--all", variables=variables) as command:
            for _ in range(3):
                assert three.acquire(timeout=30)
            printed = ""
            for each in pressed:
                command.send_signal(each)
                printed += read_until(command, "Stopping after the calls under way")
            release.set()
            assert command.stdout is not None
            printed += command.stdout.read()
            assert command.wait(30) == 130
    done = [sub for sub in subs if deployed.record(sub).status == COMPLETED]
    assert 3 <= len(done) == len(stub.heard) < 24
    assert f"{len(done)} completed, in" in printed
    assert "Interrupted. Records that are not reported above are unchanged" in printed
    assert "Traceback" not in printed
