"""Takes what earlier stacks have left into a new one: an import, which creates and changes nothing.

An import of a template may hold nothing but what is imported, and neither outputs nor tags; the
rest of the stack follows as an ordinary update.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/import-resources-manually.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aws_setup.existing.imported_properties import pool_properties, table_properties
from aws_setup.existing.kept_resources import KeptResource
from aws_setup.existing.user_pool.updates import describe_pool
from aws_setup.template.cfn_yaml import dump_template, parse_template

if TYPE_CHECKING:
    from mypy_boto3_cloudformation.type_defs import ResourceToImportTypeDef
    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient
    from mypy_boto3_dynamodb import DynamoDBClient

# What identifies a resource is its type's primaryIdentifier; GetTemplateSummary tells it too.
IDENTIFIERS = {
    "AWS::Cognito::UserPool": "UserPoolId",
    "AWS::DynamoDB::Table": "TableName",
}


@dataclass(frozen=True, slots=True)
class Adoption:
    """What is to be imported, and the template of that import."""

    body: str
    imports: tuple[ResourceToImportTypeDef, ...]

    def lines(self) -> list[str]:
        """Return each resource in words: what it is to be, and what identifies it."""
        return [
            f"{each['LogicalResourceId']} {' '.join(each['ResourceIdentifier'].values())}"
            for each in self.imports
        ]


class Adopter:
    """Prepares imports, with clients of one account and Region that only read."""

    def __init__(self, cognito: CognitoIdentityProviderClient, dynamodb: DynamoDBClient) -> None:
        self._cognito, self._dynamodb = cognito, dynamodb

    def prepare(
        self, body: str, kept: Sequence[KeptResource], *, pool_id: str, group_name: str
    ) -> Adoption | None:
        """Return the import of what was kept and of the group, if the pool has it; else None.

        body: the rendered template. pool_id: the pool that the stack is to have; "" for a new one.
        """
        template = parse_template(body, "the template")
        imports = [_import(each) for each in kept]
        chosen = {each.logical_id: self._current_properties(each, template) for each in kept}
        if pool_id and self._has_group(pool_id, group_name):
            chosen["Group"] = _group(template, has_pool="UserPool" in chosen)
            identifier = {"UserPoolId": pool_id, "GroupName": group_name}
            imports.append(
                {
                    "ResourceType": "AWS::Cognito::UserPoolGroup",
                    "LogicalResourceId": "Group",
                    "ResourceIdentifier": identifier,
                }
            )
        if not imports:
            return None
        parts = {name: template[name] for name in ("Parameters", "Conditions")}
        head = {"AWSTemplateFormatVersion": template["AWSTemplateFormatVersion"]}
        return Adoption(dump_template({**head, **parts, "Resources": chosen}), tuple(imports))

    def _current_properties(
        self, kept: KeptResource, template: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Return the resource as it is, so that the update which follows sees the rest."""
        resource: dict[str, Any] = template["Resources"][kept.logical_id]
        wanted, name = resource["Properties"], kept.physical_id
        if kept.logical_id == "UserPool":
            found = pool_properties(wanted, describe_pool(self._cognito, name))
        else:
            found = table_properties(
                wanted,
                self._dynamodb.describe_table(TableName=name)["Table"],
                self._dynamodb.describe_continuous_backups(TableName=name)[
                    "ContinuousBackupsDescription"
                ],
                self._dynamodb.describe_time_to_live(TableName=name)["TimeToLiveDescription"],
            )
        return {**resource, "Properties": found}

    def _has_group(self, pool_id: str, group_name: str) -> bool:
        try:
            self._cognito.get_group(UserPoolId=pool_id, GroupName=group_name)
        except self._cognito.exceptions.ResourceNotFoundException:
            return False
        return True


def _group(template: Mapping[str, Any], *, has_pool: bool) -> dict[str, Any]:
    """Return the group with the one branch of its pool's id that is taken.

    CloudFormation resolves the other branch too, and an import of the group alone has no pool.
    The rest is the template's: what an update would make of a group's role and precedence, of
    which the template says nothing, is not documented.
    """
    resource: dict[str, Any] = template["Resources"]["Group"]
    pool = {"Ref": "UserPool" if has_pool else "ExistingUserPoolId"}
    return {**resource, "Properties": {**resource["Properties"], "UserPoolId": pool}}


def _import(kept: KeptResource) -> ResourceToImportTypeDef:
    return {
        "ResourceType": kept.resource_type,
        "LogicalResourceId": kept.logical_id,
        "ResourceIdentifier": {IDENTIFIERS[kept.resource_type]: kept.physical_id},
    }
