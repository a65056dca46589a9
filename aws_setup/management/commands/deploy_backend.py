"""`manage.py deploy_backend`: create or update the stack, after showing what would change."""

import json
import os
import sys
from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import fields
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser, OutputWrapper
from django.core.management.color import no_style

from aws_setup.calls.clients import aws_session, translated_errors
from aws_setup.calls.first_answers import say_to_operator, waiting_for
from aws_setup.deployment.operator_policy import operator_policy
from aws_setup.deployment.policy_length import too_long
from aws_setup.deployment.service import Deployment
from aws_setup.exceptions import AwsSetupError, DeployCancelled, DeployUnfinished, NoOperator
from aws_setup.existing.resources import ExistingOptions
from aws_setup.management.arguments import ROLE_ARN, pool_id, role_arn, table_name
from aws_setup.management.interrupted import INTERRUPTED
from aws_setup.management.operator_scope import operator_scope
from aws_setup.stack.replacements import REPLACEABLE
from aws_setup.stack.stack_options import StackOptions
from aws_setup.template.cfn_yaml import parse_template
from aws_setup.template.delivery import TemplateBucket
from aws_setup.template.lint_cache import cache_folder, check_once
from aws_setup.template.packaging import render_template
from aws_setup.template.parameters import backend_parameters
from aws_setup.terminal.console import Console
from aws_setup.terminal.deploy_result import DeployResult

CHANGES = 2  # as terraform plan -detailed-exitcode has it
OUTCOMES = {DeployCancelled: "cancelled", DeployUnfinished: "unfinished"}
# The options that set the fields of ExistingOptions.
EXISTING_OPTIONS: dict[str, dict[str, Any]] = {
    "--user-pool-id": {
        "metavar": "ID",
        "type": pool_id,
        "help": "Use this existing user pool instead of creating one; it keeps its settings.",
    },
    "--replace-trigger": {
        "action": "store_true",
        "help": "Replace the PostConfirmation function that the pool calls now.",
    },
    "--business-table": {
        "metavar": "NAME",
        "type": table_name,
        "help": "Use this existing DynamoDB table instead of creating one, or in place of the one "
        "that the stack uses now, for example after a restore.",
    },
    "--onboarding-table": {
        "metavar": "NAME",
        "type": table_name,
        "help": "The same for the table of onboardings.",
    },
    "--add-indexes": {
        "action": "store_true",
        "help": "Add the indexes that an existing table lacks, one at a time.",
    },
    "--adopt": {
        "metavar": "ID",
        "action": "append",
        "default": [],
        "help": "Adopt only this pool or table of those that earlier stacks left behind; `none` "
        "adopts nothing.",
    },
    "--allow-replacement": {
        "metavar": "PART",
        "action": "append",
        "default": [],
        "choices": REPLACEABLE,
        "help": "Let the update replace this resource and leave its data behind: "
        f"{', '.join(REPLACEABLE)}.",
    },
    "--reset-pool-settings": {
        "action": "store_true",
        "help": "Let the update set the stack's own pool as the template says, although somebody "
        "has set it otherwise by hand.",
    },
}


def body_to_deploy() -> str:
    """Return the rendered template with what the settings demand of it."""
    return render_template(permissions_boundary=settings.PERMISSIONS_BOUNDARY_ARN)


class Command(BaseCommand):
    help = "Create or update the AWS backend: show what would change, ask, and show the progress."
    requires_system_checks = ()
    stealth_options = ("stdin",)

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="Show the changes and stop.")
        parser.add_argument(
            "--detailed-exitcode",
            action="store_true",
            help="End with 2 if something changes or would change, and with 0 if nothing does.",
        )
        parser.add_argument(
            "--yes",
            action="store_true",
            help="Answer yes instead of asking, except "
            "where data would be left behind or settings of the pool lost.",
        )
        parser.add_argument(
            "--json",
            action="store_true",
            help="Print one JSON object with the result; everything else goes to standard error.",
        )
        parser.add_argument(
            "--template-bucket",
            metavar="BUCKET",
            default="",
            help="Upload the template to this S3 bucket of the stack's Region, and leave it there. "
            "Without it, a template that is too large for a call goes into a bucket that the "
            "command offers to make.",
        )
        parser.add_argument(
            "--print-template",
            action="store_true",
            help="Print the rendered template with all its conditions, without asking AWS.",
        )
        parser.add_argument(
            "--print-operator-policy",
            action="store_true",
            help="Print the IAM policy that deploying and removing this stack takes, also to take "
            "away what the deployed stack has; with --role-arn, what is left to the operator then.",
        )
        parser.add_argument("--role-arn", type=role_arn, **ROLE_ARN)
        for name, options in EXISTING_OPTIONS.items():
            parser.add_argument(name, **options)

    def handle(self, *, print_template: bool, **options: Any) -> None:
        if print_template:
            self._print(body_to_deploy)
            return
        if options["print_operator_policy"]:
            self._print(lambda: self._policy(options))
            return
        result = DeployResult(stack=settings.BACKEND_STACK_NAME)
        try:
            with translated_errors():
                self._deploy(result, options)
        except AwsSetupError as error:
            result.end(OUTCOMES.get(type(error), "failed"), error=str(error), hint=error.hint)
            code = INTERRUPTED if isinstance(error, DeployCancelled) else 1
            raise CommandError(f"{error}\n{error.hint}", returncode=code) from error
        except KeyboardInterrupt as interrupt:
            result.end("interrupted", error=f"Interrupted. {result.aws_state}")
            raise CommandError(result.error, returncode=INTERRUPTED) from interrupt
        finally:
            if options["json"]:
                self.stdout.write(result.as_json())
        if options["detailed_exitcode"] and result.outcome != "unchanged":
            sys.exit(CHANGES)

    def _print(self, text: Callable[[], str]) -> None:
        try:
            self.stdout.write(text(), ending="")
        except AwsSetupError as error:
            raise CommandError(f"{error}\n{error.hint}") from error

    def _policy(self, options: dict[str, Any]) -> str:
        template = parse_template(render_template(), "the template")
        policy = operator_policy(template, operator_scope(options, self.stderr.write))
        if said := too_long(policy):
            self.stderr.write(said)
        return f"{json.dumps(policy, indent=2)}\n"

    def _deploy(self, result: DeployResult, options: dict[str, Any]) -> None:
        dry_run, yes = options["dry_run"], options["yes"]
        # With --json, standard output holds only the JSON; text for people goes with the errors.
        out = OutputWrapper(options.get("stderr") or sys.stderr) if options["json"] else self.stdout
        # https://no-color.org: Django itself does not heed it.
        style = no_style() if os.environ.get("NO_COLOR") else self.style
        console = Console(out, options.get("stdin") or sys.stdin, style, yes=yes)
        body = body_to_deploy()
        if not (dry_run or yes or console.has_operator):
            raise NoOperator
        session = aws_session(say=say_to_operator)
        result.region = session.region_name
        names = [field.name for field in fields(ExistingOptions)]
        existing = ExistingOptions(
            **{name: options[name] for name in names if options[name] is not None}
        )
        with ExitStack() as opened:

            def client(service: Any) -> Any:
                return opened.enter_context(closing(session.client(service)))

            bucket = options["template_bucket"]
            delivery = TemplateBucket(client("s3"), bucket) if bucket else None
            deployment = Deployment(
                client,
                console,
                result,
                existing,
                stack_options=StackOptions(
                    tags=settings.STACK_TAGS,
                    role_arn=options["role_arn"] or "",
                    termination_protection=settings.TERMINATION_PROTECTION,
                ),
                dry_run=dry_run,
                delivery=delivery,
            )
            with waiting_for("cfn-lint, which checks the template", say_to_operator):
                findings = check_once(body, region=result.region, folder=cache_folder())
            for finding in findings:
                self.stderr.write(str(finding))
            deployment.run(body, backend_parameters())
