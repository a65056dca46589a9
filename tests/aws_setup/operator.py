"""Somebody who runs a deployment, without the command around it, which takes a second to start."""

import io
from collections.abc import Callable
from concurrent.futures import Future, wait
from dataclasses import dataclass, field
from typing import Any, TypeVar

from django.core.management.base import OutputWrapper
from django.core.management.color import no_style

from aws_setup.calls.beside import begin
from aws_setup.deployment.operator_policy import Scope
from aws_setup.deployment.service import NO_OPTIONS, NO_STACK_OPTIONS, Deployment
from aws_setup.destruction.result import RemovalResult
from aws_setup.destruction.service import Destruction
from aws_setup.existing.resources import ExistingOptions
from aws_setup.stack.poll_interval import PollInterval
from aws_setup.stack.stack_options import StackOptions
from aws_setup.template.delivery import TemplateDelivery
from aws_setup.terminal.console import Console
from aws_setup.terminal.deploy_result import DeployResult
from tests.aws_setup.cloudformation_stub import REGION, STACK
from tests.aws_setup.hired_operator import OperatorClients, hire, policy_for

T = TypeVar("T")
QUICK = PollInterval(first_seconds=0.01, longest_seconds=0.05)


class Terminal(io.StringIO):
    """A terminal at which somebody has typed this."""

    def isatty(self) -> bool:
        return True


class InterruptedTerminal(Terminal):
    """A terminal at which somebody presses Ctrl-C."""

    def readline(self, _size: int | None = -1, /) -> str:  # type: ignore[override]
        raise KeyboardInterrupt


def in_turn(call: Callable[[], T]) -> Future[T]:
    """Wait for the call, so that calls are made in the same order in every run."""
    outcome = begin(call)
    wait([outcome])
    return outcome


@dataclass
class Operator:
    """Deploys a body with clients of these services, quickly; what is said is in `out`.

    client: OperatorClients of the embedded AWS act with the policy that is printed for this
    operator.
    """

    client: Callable[[str], Any]
    body: str = "{}"
    stack: str = STACK
    region: str = REGION
    options: ExistingOptions = NO_OPTIONS
    parameters: dict[str, str] = field(default_factory=dict)  # beside the group's name
    delivery: TemplateDelivery | None = None
    stack_options: StackOptions = NO_STACK_OPTIONS
    used_tables: tuple[str, ...] = ()  # existing ones that the policy names beside the options'
    out: io.StringIO = field(default_factory=io.StringIO)
    # What the stack was deployed with, as the command reads it from the stack.
    _before: dict[str, str] = field(default_factory=dict)

    def deploy(
        self, *, dry_run: bool = False, yes: bool = True, stdin: io.StringIO | None = None
    ) -> DeployResult:
        """Raises AwsSetupError, as the command gets it."""
        self._hire()
        result = DeployResult(stack=self.stack, region=self.region)
        console = Console(OutputWrapper(self.out), stdin or Terminal(), no_style(), yes=yes)
        deployment = Deployment(
            self.client,
            console,
            result,
            self.options,
            stack_options=self.stack_options,
            dry_run=dry_run,
            poll_interval=QUICK,
            delivery=self.delivery,
            begin=in_turn,
        )
        deployment.run(self.body, {"GroupName": "businesses", **self.parameters})
        if not dry_run:
            self._before = self.parameters
        return result

    def destroy(
        self,
        *,
        delete_data: bool = False,
        dry_run: bool = False,
        yes: str | None = None,
        stdin: io.StringIO | None = None,
    ) -> RemovalResult:
        """Remove the stack, with its name given. Raises AwsSetupError, as the command gets it."""
        self._hire()
        console = Console(OutputWrapper(self.out), stdin or Terminal(), no_style(), yes=False)
        result = RemovalResult(stack=self.stack)
        destruction = Destruction(self.client, console, result, poll_interval=QUICK)
        name = self.stack if yes is None else yes
        destruction.run(
            yes=name, delete_data=delete_data, yes_delete_data=self.stack, dry_run=dry_run
        )
        return result

    def _hire(self) -> None:
        if isinstance(self.client, OperatorClients):
            hire(policy_for(self._scope()))

    def _scope(self) -> Scope:
        options = self.options
        return Scope(
            partition="aws",
            region=self.region,
            stack=self.stack,
            business_tables=tuple(filter(None, (options.business_table, *self.used_tables))),
            onboarding_table=options.onboarding_table or "",
            template_bucket=getattr(self.delivery, "name", ""),
            with_xray=self.parameters.get("XrayEnabled") == "true",
            kms_key_arns=self._named("KmsKeyArn"),
            web_acl_arns=self._named("WebAclArn"),
            sends_by_ses=bool(self._named("EmailIdentityArn")),
            role_arn=self.stack_options.role_arn,
        )

    def _named(self, parameter: str) -> tuple[str, ...]:
        both = (given.get(parameter, "") for given in (self.parameters, self._before))
        return tuple(dict.fromkeys(filter(None, both)))

    @property
    def said(self) -> str:
        return self.out.getvalue()
