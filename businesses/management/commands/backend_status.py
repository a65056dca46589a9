"""`manage.py backend_status`: check whether the backend is as it should be; say how to fix it."""

import json
from collections import Counter
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from businesses.aws.stack import CheckResult, CheckState
from businesses.aws.status import all_checks
from businesses.exceptions import BusinessesError
from businesses.management.backend import command_stack

STACK_NOT_CHECKED = 2
STATE_WIDTH = max(len(state) for state in CheckState)
NAME_WIDTH = len("trigger's permission")


class Command(BaseCommand):
    help = (
        "Check whether the backend is as it should be. The exit status is 1 when something is "
        "wrong, and 2 when the stack itself could not be checked."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--drift",
            action="store_true",
            help="Have CloudFormation look for changes made by hand. This takes about a minute.",
        )
        parser.add_argument("--json", action="store_true", help="Print one JSON object.")

    def handle(self, *, drift: bool, **options: Any) -> None:
        checks = list[CheckResult]()
        try:
            with command_stack() as stack:
                for check in all_checks(stack, detect_drift=drift):
                    checks.append(check)
                    if not options["json"]:
                        self._show(check)
        except BusinessesError as error:
            raise CommandError(f"{error}\n{error.hint}", returncode=STACK_NOT_CHECKED) from error
        counts = Counter(check.state for check in checks)
        if options["json"]:
            told = {
                "checks": [asdict(check) for check in checks],
                "wrong": counts[CheckState.WRONG],
            }
            self.stdout.write(json.dumps(told))
        else:
            said = (f"{counts[state]} {state}" for state in CheckState if counts[state])
            self.stdout.write(", ".join(said))
        if wrong := counts[CheckState.WRONG]:
            are = "is" if wrong == 1 else "are"
            raise CommandError(f"{wrong} of {len(checks)} checks {are} wrong.")
        if checks[0].state is CheckState.NOT_CHECKED:
            raise CommandError("The stack itself was not checked.", returncode=STACK_NOT_CHECKED)

    def _show(self, check: CheckResult) -> None:
        """Write a line for a check, and what to do about it if it is not ok."""
        styles = {CheckState.OK: self.style.SUCCESS, CheckState.WRONG: self.style.ERROR}
        state = styles.get(check.state, self.style.WARNING)(check.state.ljust(STATE_WIDTH))
        self.stdout.write(f"{state}  {check.name:{NAME_WIDTH}}  {check.text}")
        if check.hint:
            self.stdout.write(f"{' ' * (STATE_WIDTH + NAME_WIDTH + 4)}{check.hint}")
