"""What backend_status says of tables in states that pass, against a DynamoDB of a script."""

from typing import Any

from aws_setup.status.checks import INDEXES, check_tables
from aws_setup.status.runner import Backend, CheckState
from tests.aws_setup.cloudformation_stub import STACK, Script, client_of, stack

OUTPUTS = [{"OutputKey": name, "OutputValue": "theirs"} for name in INDEXES]


def test_an_index_that_is_being_deleted_is_lacking_and_not_being_built(script: Script) -> None:
    listed = [
        {"IndexName": name, "IndexStatus": "DELETING" if name == "byOwner" else "ACTIVE"}
        for names in INDEXES.values()
        for name in names
    ]
    keyed: Any = [{**each, "KeySchema": []} for each in listed]
    table = {
        "TableName": "theirs",
        "TableStatus": "UPDATING",
        "KeySchema": [],
        "GlobalSecondaryIndexes": keyed,
    }
    script.on("DescribeStacks", stack("CREATE_COMPLETE", Outputs=OUTPUTS))
    script.on("DescribeTable", {"Table": table})
    with client_of(script) as cloudformation, client_of(script, "dynamodb") as dynamodb:
        clients = {"cloudformation": cloudformation, "dynamodb": dynamodb}
        business, onboarding = check_tables(Backend(clients.__getitem__, STACK))
    assert business.state == CheckState.WRONG
    assert business.text == "theirs lacks the index byOwner."
    assert onboarding.state == CheckState.OK
