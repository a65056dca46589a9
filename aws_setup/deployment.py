"""One run of `deploy_backend`: look, plan, ask, execute, and watch it with the operator."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from aws_setup.change_sets import ChangeSet
from aws_setup.clients import explained_aws_errors
from aws_setup.console import Console
from aws_setup.deploy_result import UNTOUCHED, DeployResult
from aws_setup.exceptions import (
    AnswerUnforeseen,
    AwsSetupError,
    CancelRefused,
    DeployCancelled,
    DeployFailed,
    DeployUnfinished,
    StackNotReady,
)
from aws_setup.pace import Pace
from aws_setup.progress import format_changes, format_outputs
from aws_setup.stack_states import remedy_for
from aws_setup.stacks import StackDeployer
from aws_setup.template_body import TemplatePlace
from aws_setup.watching import Watcher

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_sts import STSClient

DEPLOYED = "The stack is deployed. Run it again to see its outputs."
GOES_ON = (
    "What CloudFormation has begun on {stack} it finishes, or rolls back, by itself.\n"
    "Run it again to watch it, or cancel an update with `aws cloudformation cancel-update-stack "
    "--stack-name {stack} --region {region}`."
)
CANCEL_UPDATE = "cancel the update, which takes it back"
CANCEL_CREATION = "delete what was created, but for the empty pool, group and tables"


class Deployment:
    """Brings one stack to a body, with an operator (or --yes) who agrees to each step.

    result: names the stack and the Region, and is filled in on the way. pace: how the waits go.
    place: where templates are put for CloudFormation; in the call itself unless given.
    Raises SettingMissing for a stack's name that CloudFormation does not take; makes no call.
    """

    def __init__(  # noqa: PLR0913
        self,
        sts: STSClient,
        cloudformation: CloudFormationClient,
        console: Console,
        result: DeployResult,
        *,
        pace: Pace | None = None,
        place: TemplatePlace | None = None,
    ) -> None:
        self._sts, self._console, self._result = sts, console, result
        self._watcher = Watcher(console)
        pace = replace(pace or Pace(), sleep=self._watcher.sleep)
        self._deployer = StackDeployer(cloudformation, result.stack, pace=pace, place=place)
        self._is_cancelled = False

    def run(self, body: str, parameters: Mapping[str, str], *, dry_run: bool) -> None:
        """Say where, plan, show, ask, execute and show the outputs; a dry run ends with the plan.

        Raises AwsSetupError with what is so and the mend, whatever AWS answers; KeyboardInterrupt.
        """
        try:
            with explained_aws_errors():
                self._run(body, parameters, dry_run=dry_run)
        except ClientError as error:
            raise AnswerUnforeseen(f"{_in_a_sentence(error)} {self._result.standing}") from error

    def _run(self, body: str, parameters: Mapping[str, str], *, dry_run: bool) -> None:
        result = self._result
        result.account = self._sts.get_caller_identity()["Account"]
        self._console.say(f"Account {result.account}, Region {result.region}, stack {result.stack}")
        change_set = self._plan(body, parameters, dry_run=dry_run)
        self._result.changes = change_set.changes
        if not change_set.is_executable:
            self._result.end("unchanged")
            self._console.say(self._console.style.SUCCESS("No changes."))
        elif self._is_wanted(change_set, dry_run=dry_run):
            self._execute(change_set)
        else:
            self._result.end("planned" if dry_run else "declined")
            self._console.say(UNTOUCHED)
            return
        if not dry_run:
            with self._standing(DEPLOYED):
                self._result.outputs = self._deployer.outputs()
            self._console.say(format_outputs(self._result.outputs))
            self._result.end("deployed" if change_set.is_executable else "unchanged")

    def _plan(self, body: str, parameters: Mapping[str, str], *, dry_run: bool) -> ChangeSet:
        """Plan; where the stack is in a state that can be mended from here, offer that first."""
        while True:
            try:
                return self._deployer.plan(body, parameters)
            except StackNotReady as obstacle:
                remedy = remedy_for(obstacle.status)
                if remedy is None or dry_run:
                    raise
                self._console.say(str(obstacle))
                if not self._console.confirm(remedy.question):
                    raise
                events = self._deployer.apply(remedy)
                with self._standing(GOES_ON):
                    self._watcher.watch(events)
                self._result.standing = UNTOUCHED

    def _is_wanted(self, change_set: ChangeSet, *, dry_run: bool) -> bool:
        """Show the change set and ask; discard one that is not to be executed."""
        try:
            self._console.say(format_changes(change_set.changes))
            wanted = not dry_run and self._console.confirm("Deploy these changes?")
        except BaseException:
            self._deployer.discard(change_set)
            raise
        if not wanted:
            self._deployer.discard(change_set)
        return wanted

    def _execute(self, change_set: ChangeSet) -> None:
        self._result.standing = self._in_words(GOES_ON)  # an interrupted call may have begun it
        try:
            events = self._deployer.execute(change_set)
        except ClientError:
            self._result.standing = UNTOUCHED
            raise
        ask = partial(self._ask_about, change_set)
        try:
            with self._standing(GOES_ON):
                self._watcher.watch(events, total=len(change_set.changes), ask=ask)
        except DeployFailed as error:
            if not self._is_cancelled:
                raise
            raise DeployCancelled(f"Cancelled, as you asked.\n{error.standing}") from error
        finally:
            self._result.seconds = self._watcher.seconds

    def _ask_about(self, change_set: ChangeSet) -> None:
        """Ask what Ctrl-C was to mean. Raises KeyboardInterrupt to leave the operation running."""
        undo = CANCEL_CREATION if change_set.creates_stack else CANCEL_UPDATE
        self._console.say("\nCloudFormation goes on by itself. What now?")
        answer = self._console.choose(
            f"  c  {undo}\n  l  leave it running and end here\n  g  go on watching\n[c/l/g] ",
            "clg",
            otherwise="l",
        )
        if answer == "l":
            raise KeyboardInterrupt
        if answer == "c":
            try:
                self._deployer.cancel(change_set)
                self._is_cancelled = True
            except CancelRefused as error:
                self._console.say(f"{error}\n{error.hint}")

    @contextmanager
    def _standing(self, standing: str) -> Iterator[None]:
        """Add what is so to the errors in here that come from asking and not from the operation."""
        self._result.standing = self._in_words(standing)
        try:
            with explained_aws_errors():
                yield
        except (DeployFailed, DeployUnfinished):
            raise
        except AwsSetupError as error:
            raise DeployUnfinished(f"{error}\n{self._result.standing}", hint=error.hint) from error
        except ClientError as error:
            said = f"{_in_a_sentence(error)}\n{self._result.standing}"
            raise DeployUnfinished(said, hint=AnswerUnforeseen.hint) from error

    def _in_words(self, standing: str) -> str:
        return standing.format(stack=self._result.stack, region=self._result.region)


def _in_a_sentence(error: ClientError) -> str:
    answer = error.response["Error"]
    words = answer["Message"].rstrip(".")
    return f"AWS answered {error.operation_name} with {answer['Code']}: {words}."
