"""One run of `deploy_backend`: look, plan, ask, execute, and show the outputs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from aws_setup.calls.beside import Begin, begin
from aws_setup.calls.clients import in_a_sentence, translated_errors
from aws_setup.deployment.aws_state import ADOPTED, DEPLOYED, aws_state
from aws_setup.deployment.consent import Consent
from aws_setup.deployment.execution import WatchedExecution
from aws_setup.deployment.first_look import first_look
from aws_setup.deployment.planned import Planned
from aws_setup.deployment.stages import plan_stage, stages
from aws_setup.deployment.template_room import AccountDelivery
from aws_setup.exceptions import PlanOutdated, StackNotReady, UnexpectedAwsError
from aws_setup.existing.adoption import Adoption
from aws_setup.existing.resources import UNFINISHED, ExistingOptions, ExistingResources
from aws_setup.existing.user_pool.adapted_template import without_trigger
from aws_setup.stack.change_sets import ChangeSets
from aws_setup.stack.changes import ChangeSet
from aws_setup.stack.poll_interval import PollInterval
from aws_setup.stack.stack import StackDeployer
from aws_setup.stack.stack_options import StackOptions, TerminationProtection
from aws_setup.stack.stack_tags import StackTags
from aws_setup.stack.states import check_ours, describe_stack, must_create, recovery_for
from aws_setup.template.delivery import TemplateDelivery
from aws_setup.terminal.console import Console
from aws_setup.terminal.deploy_result import DeployResult
from aws_setup.terminal.operation_watch import OperationWatch
from aws_setup.terminal.progress import format_outputs

if TYPE_CHECKING:
    from mypy_boto3_cloudformation.type_defs import StackTypeDef

NO_OPTIONS = ExistingOptions()
NO_STACK_OPTIONS = StackOptions()
TAKEN_OVER = "These exist already, and the new stack takes them over unchanged:"
THE_REST = "The rest of the stack follows, with a table of changes of its own."
AT_LAST = "Everything that the function needs is there, so the user pool now begins to call it."


class Deployment:
    """Deploys a template to one stack, with an operator (or --yes) who agrees to each step.

    client: returns a client of the named service, in the account and the Region.
    result: names the stack and the Region, and is filled in during the run.
    options: what to do about resources that exist already.
    stack_options: what the stack is to have beside its template and its parameters.
    dry_run: whether to end after showing the plan.
    poll_interval: how often, and for how long, AWS is asked whether it is done.
    delivery: how CloudFormation gets the template; by default as part of the call, or by way of
    the account's own bucket if it is too large for that.
    begin: begins a call that runs beside others.
    Raises SettingMissing for a stack name that CloudFormation does not accept. Makes no call.
    """

    def __init__(  # noqa: PLR0913
        self,
        client: Callable[[str], Any],
        console: Console,
        result: DeployResult,
        options: ExistingOptions = NO_OPTIONS,
        *,
        stack_options: StackOptions = NO_STACK_OPTIONS,
        dry_run: bool = False,
        poll_interval: PollInterval | None = None,
        delivery: TemplateDelivery | None = None,
        begin: Begin = begin,
    ) -> None:
        self._client, self._console, self._result = client, console, result
        self._options, self._dry_run, self._begin = options, dry_run, begin
        self._stack_options = stack_options
        self._watch = OperationWatch(console)
        self._poll_interval = replace(poll_interval or PollInterval(), sleep=self._watch.sleep)
        self._cloudformation = client("cloudformation")
        self._change_sets = ChangeSets(
            self._cloudformation,
            result.stack,
            poll_interval=self._poll_interval,
            role_arn=stack_options.role_arn,
            delivery=delivery or AccountDelivery(client, console, result, dry_run=dry_run),
        )
        self._deployer = StackDeployer(
            self._cloudformation, result.stack, poll_interval=self._poll_interval
        )
        self._consent = Consent(console, self._change_sets, options, result, dry_run=dry_run)
        self._execution = WatchedExecution(self._deployer, self._watch, console, result)

    def run(self, body: str, parameters: Mapping[str, str]) -> None:
        """Deploy the template, or only plan it in a dry run, and fill in the result.

        Whatever AWS answers, raises AwsSetupError, which says what is true in AWS now and what to
        do; or KeyboardInterrupt.
        """
        try:
            with translated_errors():
                self._run(body, parameters)
        except ClientError as error:
            raise UnexpectedAwsError(f"{in_a_sentence(error)} {self._result.aws_state}") from error

    def _run(self, body: str, parameters: Mapping[str, str]) -> None:
        result = self._result
        stack = first_look(self._client, self._cloudformation, self._console, result, self._begin)
        planned = self._plan_or_recover(stack, body, parameters)
        if not planned or not (outcome := self._carry_out(planned)):
            result.end("planned" if self._dry_run else "declined")
            self._console.say(result.aws_state)
            return
        if not self._dry_run:
            self._follow_up(planned)
            with aws_state(result, DEPLOYED):
                result.outputs = self._deployer.outputs()
            self._console.say(format_outputs(result.outputs))
        result.end(outcome)

    def _plan_or_recover(
        self, stack: StackTypeDef | None, body: str, parameters: Mapping[str, str]
    ) -> Planned | None:
        """Plan the change. If the stack's state does not allow it, offer to recover first.

        Returns None if an import would come first and is not wanted.
        """
        while True:
            try:
                return self._plan(stack, body, parameters)
            except StackNotReady as obstacle:
                recovery = recovery_for(obstacle.status)
                if recovery is None or self._dry_run:
                    raise
                self._console.say(str(obstacle))
                if not self._console.confirm(recovery.question):
                    raise
                self._execution.recover(recovery)
                stack = describe_stack(self._cloudformation, self._result.stack)

    def _plan(
        self, stack: StackTypeDef | None, body: str, parameters: Mapping[str, str]
    ) -> Planned | None:
        cloudformation, name = self._cloudformation, self._result.stack
        check_ours(stack, self._result.region)
        creates_stack = must_create(cloudformation, name, stack)
        existing = ExistingResources(
            self._client, stack, body, self._options, self._poll_interval, name=name
        )
        parameters = {**parameters, **existing.parameters(parameters)}
        if parameters.get("XrayEnabled") == "true":
            existing.look_for_role()
        tags = StackTags.of(stack, self._stack_options.tags)
        if adoption := existing.adoption(parameters["GroupName"]):
            losses = existing.losses(adoption.pool_id, parameters, tags)
            if not self._adopt(adoption, parameters, losses):
                return None
            creates_stack = False
        attaches_last = existing.has_imported_pool or adoption is not None
        body = existing.adapted(parameters)
        now = without_trigger(body) if attaches_last else body
        self._note(self._stack_options.acting_role(stack))
        wanted = self._stack_options.termination_protection
        stage = plan_stage(
            self._change_sets, now, parameters, creates_stack=creates_stack, tags=tags, stack=stack
        )
        pool = stage.pool_change()
        return Planned(
            existing=existing,
            stage=stage,
            protection=TerminationProtection(cloudformation, name, stack, wanted),
            body=body,
            parameters=parameters,
            tags=tags,
            pool_id=pool.physical_id if pool else (adoption.pool_id if adoption else ""),
            pool_before=pool.before.get("Properties", {}) if pool and not attaches_last else {},
            attaches_last=attaches_last,
        )

    def _adopt(
        self, adoption: Adoption, parameters: Mapping[str, str], losses: Sequence[str]
    ) -> bool:
        """Import the existing resources. Returns whether to go on with the rest of the stack.

        losses: what the update that follows takes away of the pool, which is asked beforehand.
        """
        self._console.say(TAKEN_OVER)
        self._console.say_all(f"  {line}" for line in adoption.lines())
        self._result.steps = [f"{TAKEN_OVER} {', '.join(adoption.lines())}"]
        change_set = self._change_sets.plan(
            adoption.body, parameters, creates_stack=True, imports=adoption.imports
        )
        self._result.changes = change_set.changes
        if not self._consent.is_given(change_set, [THE_REST], losses=losses):
            return False
        self._execute(change_set)
        self._result.aws_state = ADOPTED
        return True

    def _follow_up(self, planned: Planned) -> None:
        """Do what only further updates can do: another index, and the trigger of an imported pool.

        CloudFormation changes the pool, which people may be using, before it makes what the
        function needs to be called and to call others, since all of that refers to the pool.
        """
        if planned.attaches_last:
            self._console.say(AT_LAST)
        if planned.attaches_last or planned.stage.follows:
            # The parameters of the plan, since what existed before is in the stack by now.
            for stage in stages(self._change_sets, planned.body, planned.parameters, planned.tags):
                self._console.say_all(stage.follows)
                self._result.changes = (*self._result.changes, *stage.change_set.changes)
                self._execute(stage.change_set)

    def _carry_out(self, planned: Planned) -> str:
        """Execute the plan, and the steps beside the stack. Returns the outcome.

        Returns "" if the operator does not want it.
        """
        existing, change_set = planned.existing, planned.stage.change_set
        self._result.changes = (*self._result.changes, *change_set.changes)  # after an import's
        with self._change_sets.discarded_on(BaseException, change_set):
            self._note(existing.notes())
            losses = existing.losses(
                planned.pool_id, planned.parameters, planned.tags, planned.pool_before
            )
        beside = planned.beside()
        if not (change_set.is_executable or beside):
            self._console.say(self._console.style.SUCCESS("No changes."))
            return "unchanged"
        steps, left_behind = planned.steps(), existing.left_behind()
        if not self._consent.is_given(change_set, steps, losses=losses, left_behind=left_behind):
            return ""
        with self._change_sets.discarded_on(BaseException, change_set):
            self._result.aws_state = existing.prepare() or self._result.aws_state
        if change_set.is_executable:
            self._execute(change_set)
        if beside:
            with aws_state(self._result, UNFINISHED):
                self._watch.show_texts(existing.finish(self._deployer.outputs()))
                planned.protection.finish()
        return "deployed"

    def _note(self, notes: Sequence[str]) -> None:
        self._console.say_all(notes)
        self._result.notes = [*self._result.notes, *notes]

    def _execute(self, change_set: ChangeSet) -> None:
        with self._change_sets.discarded_on((ClientError, PlanOutdated), change_set):
            self._execution.execute(change_set)
