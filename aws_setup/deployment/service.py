"""One run of `deploy_backend`: look, plan, ask, execute, and watch it with the operator."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Any

from botocore.exceptions import ClientError

from aws_setup.clients import in_a_sentence, translated_errors
from aws_setup.exceptions import (
    AwsSetupError,
    CancelRefused,
    DeployCancelled,
    DeployFailed,
    DeployUnfinished,
    StackNotReady,
    UnexpectedAwsError,
)
from aws_setup.existing.adoption import Adoption
from aws_setup.existing.resources import UNFINISHED, ExistingOptions, ExistingResources
from aws_setup.stack.change_sets import ChangeSet
from aws_setup.stack.poll_interval import PollInterval
from aws_setup.stack.replacements import format_replacements, may_replace
from aws_setup.stack.stack import StackDeployer
from aws_setup.stack.states import describe_stack, recovery_for
from aws_setup.template.delivery import TemplateDelivery
from aws_setup.terminal.console import Console
from aws_setup.terminal.deploy_result import NOTHING_CHANGED, DeployResult
from aws_setup.terminal.operation_watch import OperationWatch
from aws_setup.terminal.progress import format_changes, format_outputs

NO_OPTIONS = ExistingOptions()
THE_REST = "The rest of the stack follows, with a table of changes of its own."
PREPARED = "The user pool has the attribute custom:business_name now; nothing else was changed."
ADOPTED = "The stack has taken in what was there; nothing else was changed."
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

    client: makes one of a service, in the account and Region. result: names the stack and the
    Region, and is filled in on the way. options: about what is there already.
    poll_interval: how the waits go. delivery: how CloudFormation gets templates;
    in the call itself unless given.
    Raises SettingMissing for a stack's name that CloudFormation does not take; makes no call.
    """

    def __init__(  # noqa: PLR0913
        self,
        client: Callable[[str], Any],
        console: Console,
        result: DeployResult,
        options: ExistingOptions = NO_OPTIONS,
        *,
        poll_interval: PollInterval | None = None,
        delivery: TemplateDelivery | None = None,
    ) -> None:
        self._client, self._console, self._result, self._options = client, console, result, options
        self._watch = OperationWatch(console)
        poll_interval = replace(poll_interval or PollInterval(), sleep=self._watch.sleep)
        self._cloudformation = client("cloudformation")
        self._poll_interval = poll_interval
        self._deployer = StackDeployer(
            self._cloudformation, result.stack, poll_interval=poll_interval, delivery=delivery
        )
        self._is_cancelled = False

    def run(self, body: str, parameters: Mapping[str, str], *, dry_run: bool) -> None:
        """Say where, plan, show, ask, execute and show the outputs; a dry run ends with the plan.

        Raises AwsSetupError with what is so and the mend, whatever AWS answers; KeyboardInterrupt.
        """
        try:
            with translated_errors():
                self._run(body, parameters, dry_run=dry_run)
        except ClientError as error:
            raise UnexpectedAwsError(f"{in_a_sentence(error)} {self._result.aws_state}") from error

    def _run(self, body: str, parameters: Mapping[str, str], *, dry_run: bool) -> None:
        result = self._result
        result.account = self._client("sts").get_caller_identity()["Account"]
        self._console.say(f"Account {result.account}, Region {result.region}, stack {result.stack}")
        planned = self._plan(body, parameters, dry_run=dry_run)
        outcome = self._change(*planned, dry_run=dry_run) if planned else ""
        if not outcome:
            result.end("planned" if dry_run else "declined")
            self._console.say(result.aws_state)
            return
        if not dry_run:
            self._show_outputs()
        result.end(outcome)

    def _change(self, around: ExistingResources, change_set: ChangeSet, *, dry_run: bool) -> str:
        """Execute the plan and what belongs to it beside the stack; return the outcome.

        "" where it is not wanted.
        """
        self._result.changes = (*self._result.changes, *change_set.changes)  # after an import's
        self._say_all(around.notes())
        steps = around.steps()
        if not (change_set.is_executable or steps):
            self._console.say(self._console.style.SUCCESS("No changes."))
            return "unchanged"
        if not self._is_wanted(change_set, steps, dry_run=dry_run):
            return ""
        self._prepare(around, change_set)
        if change_set.is_executable:
            self._execute(change_set)
        if steps:
            with self._with_aws_state(UNFINISHED):
                self._watch.follow(around.finish(self._deployer.outputs()))
        return "deployed"

    def _prepare(self, around: ExistingResources, change_set: ChangeSet) -> None:
        try:
            if around.prepare():
                self._result.aws_state = PREPARED
        except BaseException:
            self._deployer.discard(change_set)
            raise

    def _show_outputs(self) -> None:
        with self._with_aws_state(DEPLOYED):
            self._result.outputs = self._deployer.outputs()
        self._console.say(format_outputs(self._result.outputs))

    def _plan(
        self, body: str, parameters: Mapping[str, str], *, dry_run: bool
    ) -> tuple[ExistingResources, ChangeSet] | None:
        """Plan; where the stack is in a state that can be mended from here, offer that first.

        None where an import, which would come first, is not wanted.
        """
        while True:
            try:
                return self._look_and_plan(body, parameters, dry_run=dry_run)
            except StackNotReady as obstacle:
                recovery = recovery_for(obstacle.status)
                if recovery is None or dry_run:
                    raise
                self._console.say(str(obstacle))
                if not self._console.confirm(recovery.question):
                    raise
                events = self._deployer.apply(recovery)
                with self._with_aws_state(GOES_ON):
                    self._watch.watch(events)
                self._result.aws_state = NOTHING_CHANGED

    def _look_and_plan(
        self, body: str, parameters: Mapping[str, str], *, dry_run: bool
    ) -> tuple[ExistingResources, ChangeSet] | None:
        stack = describe_stack(self._cloudformation, self._result.stack)
        creates_stack = self._deployer.must_create(stack)
        around = ExistingResources(self._client, stack, body, self._options, self._poll_interval)
        parameters = {**parameters, **around.parameters()}
        if adoption := around.adoption(self._result.stack, parameters["GroupName"]):
            if not self._adopt(adoption, parameters, dry_run=dry_run):
                return None
            creates_stack = False
        return around, self._deployer.plan(body, parameters, creates_stack=creates_stack)

    def _adopt(self, adoption: Adoption, parameters: Mapping[str, str], *, dry_run: bool) -> bool:
        """Import what is there already. Returns whether to go on to the rest."""
        self._console.say("There already, and taken into the new stack as it is:")
        self._say_all(f"  {line}" for line in adoption.lines())
        change_set = self._deployer.plan_import(adoption, parameters)
        self._result.changes = change_set.changes
        if not self._is_wanted(change_set, [THE_REST], dry_run=dry_run):
            return False
        self._execute(change_set)
        self._result.aws_state = ADOPTED
        return True

    def _say_all(self, lines: Iterable[str]) -> None:
        for line in lines:
            self._console.say(line)

    def _is_wanted(self, change_set: ChangeSet, steps: Iterable[str], *, dry_run: bool) -> bool:
        """Show the changes and ask; discard a change set that is not to be executed."""
        wanted = False
        try:
            if change_set.is_executable:
                self._console.say(format_changes(change_set.changes))
            self._say_all(steps)
            self._say_all(format_replacements(change_set.changes))
            if not dry_run:
                named, aws_state = self._options.allow_replacement, self._result.aws_state
                wanted = may_replace(
                    self._console, change_set.changes, named, aws_state=aws_state
                ) and self._console.confirm("Deploy these changes?")
        finally:
            if not wanted:
                self._deployer.discard(change_set)
        return wanted

    def _execute(self, change_set: ChangeSet) -> None:
        before = self._result.aws_state
        self._result.aws_state = self._in_words(GOES_ON)  # an interrupted call may have begun it
        try:
            events = self._deployer.execute(change_set)
        except ClientError:
            self._result.aws_state = before
            raise
        ask = partial(self._ask_about, change_set)
        try:
            with self._with_aws_state(GOES_ON):
                self._watch.watch(events, total=len(change_set.changes), ask=ask)
        except DeployFailed as error:
            if not self._is_cancelled:
                raise
            raise DeployCancelled(f"Cancelled, as you asked.\n{error.aws_state}") from error
        finally:
            self._result.seconds = self._watch.seconds

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
    def _with_aws_state(self, aws_state: str) -> Iterator[None]:
        """Add what is so to the errors in here that come from asking and not from the operation."""
        self._result.aws_state = self._in_words(aws_state)
        try:
            with translated_errors():
                yield
        except (DeployFailed, DeployUnfinished):
            raise
        except AwsSetupError as error:
            raise DeployUnfinished(f"{error}\n{self._result.aws_state}", hint=error.hint) from error
        except ClientError as error:
            said = f"{in_a_sentence(error)}\n{self._result.aws_state}"
            raise DeployUnfinished(said, hint=UnexpectedAwsError.hint) from error

    def _in_words(self, aws_state: str) -> str:
        return aws_state.format(stack=self._result.stack, region=self._result.region)
