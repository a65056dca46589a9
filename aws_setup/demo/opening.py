"""What happens before anybody looks: the stack, the month, and somebody who can log in."""

import secrets
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING

from botocore.config import Config
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.core.management.base import OutputWrapper
from django.utils import timezone

from aws_setup.calls.clients import aws_session, translated_errors
from aws_setup.demo.month import month_before
from aws_setup.demo.running import use_only
from aws_setup.demo.stage import Stage
from aws_setup.local.server import LocalAws
from aws_setup.stack.change_sets import ChangeSets
from aws_setup.stack.stack import StackDeployer
from aws_setup.template.packaging import render_template
from aws_setup.template.parameters import backend_parameters
from aws_setup.terminal.progress import format_count

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient

LOGIN = "staff"
# A confirmation waits for the trigger, which a busy laptop may start slowly. A second call would be
# told that the user is confirmed already.
PATIENT = Config(read_timeout=60, retries={"total_max_attempts": 1})


class Opening:
    """Prepares the database and the embedded AWS, and says how far it is."""

    def __init__(self, stdout: OutputWrapper) -> None:
        self._stdout = stdout

    def prepare(self, aws: LocalAws) -> Stage:
        """Migrate, deploy and play the month; from then on, this process uses only this AWS."""
        use_only(aws.environment(settings.AWS_REGION))
        with translated_errors():
            session = aws_session()  # refuses an unusable Region before the long work
            call_command("migrate", verbosity=0)
            outputs = self._deploy(session.client("cloudformation"))
            stage = Stage(aws, session.client("cognito-idp", config=PATIENT), outputs)
            month = month_before(timezone.now())
            self._show("Playing a month of sign-ups", stage.play(month), len(month))
        return stage

    def _deploy(self, cloudformation: "CloudFormationClient") -> dict[str, str]:
        deployer = StackDeployer(cloudformation, settings.BACKEND_STACK_NAME)
        change_sets = ChangeSets(cloudformation, settings.BACKEND_STACK_NAME)
        change_set = change_sets.plan(render_template(), backend_parameters())
        done = (
            event
            for event in deployer.execute(change_set)
            if event.status == "CREATE_COMPLETE" and not event.is_of_stack
        )
        self._show("Deploying the stack, resource by resource", done, len(change_set.changes))
        return deployer.outputs()

    def _show(self, text: str, done: Iterable[object], total: int) -> None:
        """Count the finished items, on a terminal on one line that changes in place."""
        started, number = time.monotonic(), 0
        for number, _ in enumerate(done, start=1):
            if self._stdout.isatty():
                self._stdout.write(f"\r{text} ... {format_count(number, total)}", ending="")
                self._stdout.flush()
        again = "\r" if self._stdout.isatty() else ""
        self._stdout.write(f"{again}{text} ... {number} in {time.monotonic() - started:.1f} s")
        self._stdout.flush()


def make_login() -> str:
    """Create a member of Support; return the password."""
    password = secrets.token_urlsafe(12)
    user, _ = get_user_model().objects.get_or_create(username=LOGIN)
    user.is_staff = True
    user.set_password(password)
    user.save()
    user.groups.add(Group.objects.get(name="Support"))
    return password
