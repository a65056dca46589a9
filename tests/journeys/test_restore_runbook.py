"""The runbook of docs/running.md that restores a table, followed on the embedded AWS."""

import io
import re
import shlex
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from aws_setup.local.server import LocalAws
from tests.businesses.deployed import Deployed
from tests.deployment import REGION, deploy

RUNBOOK = Path(__file__).parents[2] / "docs" / "running.md"
PARTS = {"business": "BusinessTable", "onboarding": "OnboardingTable"}
NEW = "restored"


class Follower:
    """Somebody who types the commands of the runbook, with these names in place of its own."""

    def __init__(self, aws: LocalAws, names: dict[str, str]) -> None:
        self._dynamodb = aws.client("dynamodb", REGION)
        self._names = names

    def type(self, line: str, *more: str) -> str:
        """Return what the command says."""
        program, command, *words = [self._names.get(each, each) for each in shlex.split(line)]
        if program == "manage.py":
            out = io.StringIO()
            call_command(command, *words, *more, stdout=out)
            return out.getvalue()
        operation, *options = words
        if operation == "wait":
            waiter = self._dynamodb.get_waiter(options.pop(0).replace("-", "_"))
            waiter.wait(**self._arguments(options))
            return ""
        answer = getattr(self._dynamodb, operation.replace("-", "_"))(**self._arguments(options))
        if "BackupSummaries" in answer:
            self._names["ARN"] = answer["BackupSummaries"][0]["BackupArn"]
        return str(answer)

    def _arguments(self, options: list[str]) -> dict[str, str]:
        """Return the arguments of boto3 for those of the AWS CLI."""
        pairs = zip(options[::2], options[1::2], strict=True)
        return {"".join(map(str.title, name[2:].split("-"))): value for name, value in pairs}


def blocks() -> list[list[str]]:
    """Return the commands of each block of the runbook."""
    text = RUNBOOK.read_text().partition("## Restore a table")[2].partition("\n## ")[0]
    return [block.strip().splitlines() for block in re.findall(r"```\n(.*?)```", text, re.DOTALL)]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("part", "is_backup"),
    [
        ("business", False),
        ("onboarding", True),
        pytest.param("business", True, marks=pytest.mark.long),
        pytest.param("onboarding", False, marks=pytest.mark.long),
    ],
)
def test_the_runbook_brings_the_records_back_and_loses_nobody(
    aws_environment: LocalAws, *, part: str, is_backup: bool
) -> None:
    deploy(aws_environment)
    stack = Deployed(aws_environment)
    before = stack.sign_up()
    old = stack.outputs[f"{PARTS[part]}Name"]
    stack.dynamodb.create_backup(TableName=old, BackupName="nightly")
    names = {"OLD": old, "NEW": NEW, "TIME": datetime.now(UTC).isoformat()}
    follower = Follower(aws_environment, names)
    by_time, by_backup, [deployment], checks = blocks()
    # DynamoDB restores to any moment but the last five minutes.
    with aws_environment.clock.at(datetime.now(UTC) + timedelta(minutes=10)):
        for line in by_backup if is_backup else by_time:
            follower.type(line)
        after = stack.sign_up()  # whose record is in the damaged table alone

        said = follower.type(
            deployment.replace("business", part), "--yes", f"--allow-replacement={PARTS[part]}"
        )
        assert f"{PARTS[part]} {old} gives way to {NEW}" in said
        follower.type(checks[0])
        found = follower.type(checks[1], "--older-than=0s")
        now = Deployed(aws_environment)
        assert now.outputs[f"{PARTS[part]}Name"] == NEW
        businesses: Any = now.dynamodb.scan(TableName=now.outputs["BusinessTableName"])["Items"]
        ids = {item["id"]["S"] for item in businesses}
        assert ids == ({before} if part == "business" else {before, after})
        assert (after in found) == (part == "business")
        assert old in now.dynamodb.list_tables()["TableNames"]
