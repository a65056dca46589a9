"""What backend_status says of tables in states that pass, and of a key that the stack lacks."""

from functools import partial
from typing import Any

from aws_setup.local.server import LocalAws
from aws_setup.status.checks import INDEXES, check_tables
from aws_setup.status.runner import Backend, CheckState
from aws_setup.template.packaging import render_template
from tests.aws_setup.cloudformation_stub import REGION, STACK, Script, client_of, stack
from tests.aws_setup.hired_operator import OperatorClients
from tests.aws_setup.operator import Operator

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


def test_a_key_that_somebody_gave_a_table_by_hand_is_remarked_on(local_aws: LocalAws) -> None:
    client = partial(local_aws.client, region=REGION)
    deployed = Operator(OperatorClients(local_aws), render_template(), stack=STACK)
    key, other = (client("kms").create_key()["KeyMetadata"]["Arn"] for _ in range(2))
    deployed.parameters = {"KmsKeyArn": key}
    table = deployed.deploy().outputs["BusinessTableName"]

    def remarks() -> list[str]:
        found = check_tables(Backend(client, STACK))
        return [each.text for each in found if each.state == CheckState.REMARK]

    assert remarks() == []
    encryption = {"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": other}
    client("dynamodb").update_table(TableName=table, SSESpecification=encryption)
    [text] = remarks()
    assert text.startswith(f"{table} is encrypted with the KMS key {other}, which the stack does")
