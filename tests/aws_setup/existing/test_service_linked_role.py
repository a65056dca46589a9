"""An API that sends traces to X-Ray, in an account that never had one."""

from functools import cache
from typing import Any

import pytest
from botocore.exceptions import ClientError

from aws_setup.exceptions import AccessRefused, DeployFailed
from aws_setup.existing.service_linked_role import ROLE, SERVICE, ServiceLinkedRole
from aws_setup.local.server import LocalAws
from aws_setup.template.cfn_yaml import dump_template, parse_template
from aws_setup.template.packaging import render_template
from tests.aws_setup.cloudformation_stub import REGION
from tests.aws_setup.hired_operator import OperatorClients
from tests.aws_setup.operator import Operator

STEP = f"The account gets AppSync's service-linked role {ROLE}"
NEEDED = (
    "UserPool",
    "TriggerFunction",
    "TriggerRole",
    "TriggerLogGroup",
    "OnboardingTable",
    "BusinessTable",
    "Api",
    "ApiLogRole",
)
SECTIONS = ("Parameters", "Conditions")


@cache
def body(*, with_parameter: bool = True) -> str:
    """Return the template with no resource but the API and what it refers to."""
    template = parse_template(render_template(), "the body")
    resources = {name: template["Resources"][name] for name in NEEDED}
    if not with_parameter:
        resources["Api"]["Properties"]["XrayEnabled"] = True
    sections = {name: template[name] for name in SECTIONS}
    outputs = {"TriggerFunctionName": {"Value": {"Ref": "TriggerFunction"}}}
    return dump_template({**sections, "Resources": resources, "Outputs": outputs})


def operator_of(aws: LocalAws, **parameters: str) -> Operator:
    client = OperatorClients(aws)
    return Operator(client, body(), parameters=parameters)


def role_of(aws: LocalAws) -> Any:
    return aws.client("iam", REGION).get_role(RoleName=ROLE)["Role"]


def test_the_embedded_account_fails_for_its_first_api_with_traces_and_has_the_role_then(
    local_aws: LocalAws,
) -> None:
    somebody = Operator(OperatorClients(local_aws), body(with_parameter=False))
    with pytest.raises(DeployFailed, match="Failed to assume service-linked role") as caught:
        somebody.deploy()
    assert "please retry" in caught.value.cause
    assert "wait a minute and run it again" in caught.value.hint
    assert role_of(local_aws)["Path"] == f"/aws-service-role/{SERVICE}/"


def test_the_embedded_iam_refuses_to_make_the_role_twice(local_aws: LocalAws) -> None:
    iam = local_aws.client("iam", REGION)
    assert iam.create_service_linked_role(AWSServiceName=SERVICE)["Role"]["RoleName"] == ROLE
    with pytest.raises(ClientError, match=rf"InvalidInput.*{ROLE} has been taken"):
        iam.create_service_linked_role(AWSServiceName=SERVICE)


@pytest.mark.verified_by("an_api_that_sends_traces")
def test_the_role_is_made_before_the_stack(local_aws: LocalAws) -> None:
    somebody = operator_of(local_aws, XrayEnabled="true")
    somebody.deploy()
    assert STEP in somebody.said
    assert role_of(local_aws)["Arn"].endswith(f"/{SERVICE}/{ROLE}")
    again = operator_of(local_aws, XrayEnabled="true")
    assert again.deploy().outcome == "unchanged"
    assert STEP not in again.said


def test_a_dry_run_names_the_role_and_makes_none(local_aws: LocalAws) -> None:
    somebody = operator_of(local_aws, XrayEnabled="true")
    somebody.deploy(dry_run=True)
    assert STEP in somebody.said
    assert local_aws.faults.calls("CreateServiceLinkedRole") == 0


def test_without_traces_nobody_asks_for_the_role(local_aws: LocalAws) -> None:
    operator_of(local_aws, XrayEnabled="false").deploy()
    assert local_aws.faults.calls("GetRole") == 0


def test_a_role_that_somebody_else_has_made_meanwhile_is_fine(local_aws: LocalAws) -> None:
    iam = local_aws.client("iam", REGION)
    role = ServiceLinkedRole(iam)
    iam.create_service_linked_role(AWSServiceName=SERVICE)
    assert role.prepare()
    assert not ServiceLinkedRole(iam).prepare()


def test_an_organization_that_forbids_the_role_is_named(local_aws: LocalAws) -> None:
    local_aws.faults.fail("CreateServiceLinkedRole", "AccessDenied", message="No", status=403)
    somebody = operator_of(local_aws, XrayEnabled="true")
    with pytest.raises(AccessRefused, match=r"AWS refused CreateServiceLinkedRole: No\."):
        somebody.deploy()
    assert local_aws.faults.calls("ExecuteChangeSet") == 0
