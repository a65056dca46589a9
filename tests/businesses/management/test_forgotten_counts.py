"""`manage.py forget_person` after somebody's last business is gone: the count of them goes, too."""

import io

import pytest
from django.core.management import call_command

from businesses.audit.history import Action
from businesses.models import HistoryEntry
from businesses.records.identity import COUNT
from tests.businesses.deployed import Deployed
from tests.businesses.site_user import become_operator

pytestmark = pytest.mark.django_db
SUB = "5ad1a4c9-1c42-4a8b-9d2e-0f6f4f3b7c11"


def forget(*arguments: str) -> str:
    out = io.StringIO()
    call_command("forget_person", SUB, *arguments, stdout=out)
    return out.getvalue()


def test_the_count_of_somebody_whose_businesses_are_all_deleted_goes(
    deployed: Deployed, monkeypatch: pytest.MonkeyPatch
) -> None:
    become_operator(deployed.aws, monkeypatch)
    table = deployed.outputs["BusinessTableName"]
    theirs = [f"{COUNT}{SUB}::{name}" for name in (SUB, "earlier")]
    other = f"{COUNT}other::earlier"
    for each in (*theirs, other):
        item = {"id": {"S": each}, "further": {"N": "0"}}
        deployed.dynamodb.put_item(TableName=table, Item=item)
    assert "  the count of their businesses" in forget("--dry-run", "--username", "earlier")
    said = forget("--yes", "--username", "earlier")
    assert "Deleted the count of their businesses." in said
    ids = {each["id"]["S"] for each in deployed.dynamodb.scan(TableName=table)["Items"]}
    assert ids & {*theirs, other} == {other}
    last = HistoryEntry.objects.filter(action=Action.ERASED).latest("pk")
    assert last.message == "Erased: the count of their businesses."
    assert "nothing is left in the tables" in forget("--yes", "--username", "earlier")
