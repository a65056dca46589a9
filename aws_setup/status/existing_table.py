"""The checks of a Business table that existed before the stack, beside those of any table."""

from __future__ import annotations

from collections.abc import Iterator

from aws_setup.existing.tables.fitness import replication_notices
from aws_setup.existing.tables.notes import policy_notes
from aws_setup.existing.tables.records import RecordSample
from aws_setup.status.runner import Backend, CheckResult, ok, remark

RECORDS = "records"
DOCS = "docs/existing.md says more."


def check_existing_table(backend: Backend) -> Iterator[CheckResult]:
    """Check a few records of the table, and what affects all of them; nothing for an own table.

    Needs a Scan, which only an operator has.
    """
    name = backend.parameter("ExistingBusinessTableName")
    if not name:
        return
    client = backend.client("dynamodb")
    table = client.describe_table(TableName=name)["Table"]
    region = client.meta.region_name
    for text in (*replication_notices(table, region), *policy_notes(client, table)):
        yield remark("table of others", text, DOCS)
    sample = RecordSample.read(client, name)
    told = list(sample.told(table))
    for text in told:
        yield remark(RECORDS, text, DOCS)
    if not told:
        were = "was" if sample.size == 1 else "were"
        yield ok(
            RECORDS,
            f"The API can use the records of {name}; {sample.size:,} {were} looked at.",
        )
