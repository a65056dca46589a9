"""What `deploy_backend --dry-run` says about six edits, as docs/plan.md shows it.

`python -m tests.project.plan_transcripts` writes the transcripts into the page, and a test compares
them.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aws_setup.local.server import LocalAws
from aws_setup.stack.stack_options import StackOptions
from aws_setup.template.cfn_yaml import dump_template, parse_template
from aws_setup.template.delivery import TemplateBucket
from aws_setup.template.packaging import render_template
from tests.aws_setup.operator import Operator

PAGE = Path(__file__).parents[2] / "docs" / "plan.md"
REGION, STACK, BUCKET = "eu-central-1", "onboarding", "templates"
# Ids that AWS chooses at random; the ones shown are of the same length.
API_ID = re.compile(r"(?<=apis/)[0-9a-z]{26}")


@dataclass(frozen=True)
class Edit:
    """One edit of the template or the settings, and the heading under which the page shows it."""

    heading: str
    template: Callable[[dict[str, Any]], object] = lambda _resources: None
    parameters: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)


def gain_an_action(resources: dict[str, Any]) -> None:
    """Let the trigger delete what it may update."""
    statements = resources["TriggerPolicy"]["Properties"]["PolicyDocument"]["Statement"]
    [statement] = [each for each in statements if each["Action"] == "dynamodb:UpdateItem"]
    statement["Action"] = ["dynamodb:UpdateItem", "dynamodb:DeleteItem"]


def keep_logs_for_a_year(resources: dict[str, Any]) -> None:
    """Keep the trigger's log for a year."""
    resources["TriggerLogGroup"]["Properties"]["RetentionInDays"] = 365


def add_an_index(resources: dict[str, Any]) -> None:
    """Index the onboardings by the name of the business."""
    table = resources["OnboardingTable"]["Properties"]
    table["AttributeDefinitions"].append({"AttributeName": "nameKey", "AttributeType": "S"})
    table["GlobalSecondaryIndexes"].append(
        {
            "IndexName": "byName",
            "KeySchema": [{"AttributeName": "nameKey", "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "KEYS_ONLY"},
        }
    )


EDITS = (
    Edit("An address for alarms", parameters={"AlarmEmail": "operations@example.com"}),
    Edit("A role that gains an action", gain_an_action),
    Edit("A longer log retention", keep_logs_for_a_year),
    Edit("A new index", add_an_index),
    Edit("A replaced group", parameters={"GroupName": "companies"}),
    Edit("A tag of the stack", tags={"cost-centre": "12"}),
)


def transcripts(aws: LocalAws) -> Iterator[tuple[str, str]]:
    """Deploy the stack, and yield each edit's heading with what a dry run says about it."""
    body = render_template()
    placed: Any = {"LocationConstraint": REGION}
    aws.client("s3", REGION).create_bucket(Bucket=BUCKET, CreateBucketConfiguration=placed)
    _operator(aws, body).deploy()
    for edit in EDITS:
        template = parse_template(body, "the template")
        edit.template(template["Resources"])
        operator = _operator(aws, dump_template(template))
        operator.parameters = edit.parameters
        operator.stack_options = StackOptions(tags=edit.tags)
        operator.deploy(dry_run=True, yes=False)
        yield edit.heading, API_ID.sub("a1b2c3d4e5f6g7h8i9j0k1l2m3", operator.said)


def _operator(aws: LocalAws, body: str) -> Operator:
    return Operator(
        lambda service: aws.client(service, REGION),
        body,
        stack=STACK,
        region=REGION,
        # However large the template is, the transcripts are the same.
        delivery=TemplateBucket(aws.client("s3", REGION), BUCKET),
    )


def in_page(heading: str, page: str) -> str:
    """Return the transcript that the page has under a heading."""
    section = page.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    return section.partition("```text\n")[2].partition("```")[0]


def main() -> None:
    """Write the transcripts into the page, each in place of the one under its heading."""
    page = PAGE.read_text(encoding="utf-8")
    with LocalAws() as aws:
        for heading, said in transcripts(aws):
            before = f"\n## {heading}\n" + page.partition(f"\n## {heading}\n")[2]
            shown = in_page(heading, page)
            after = before.replace(f"```text\n{shown}```", f"```text\n{said}```", 1)
            page = page.replace(before, after)
    PAGE.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    import django

    django.setup()
    main()
