"""Adopts what earlier stacks left behind, by an import, which creates and changes nothing.

The template of an import may hold only what is imported, and neither outputs nor tags. The rest
of the stack follows as an ordinary update.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/import-resources-manually.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aws_setup.existing.imported_properties import pool_properties, table_properties
from aws_setup.existing.kept_resources import KeptResource
from aws_setup.existing.tables.adoptable import check_adoptable
from aws_setup.existing.user_pool.existing_group import find_group
from aws_setup.existing.user_pool.updates import describe_pool
from aws_setup.stack.changes import ImportedResource
from aws_setup.template.cfn_yaml import dump_template, parse_template

if TYPE_CHECKING:
    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient
    from mypy_boto3_dynamodb import DynamoDBClient

# The primaryIdentifier of each resource type, which GetTemplateSummary returns as well.
IDENTIFIERS = {
    "AWS::Cognito::UserPool": "UserPoolId",
    "AWS::DynamoDB::Table": "TableName",
}


@dataclass(frozen=True, slots=True)
class Adoption:
    """The resources to import, and the template of that import."""

    body: str
    imports: tuple[ImportedResource, ...]

    @property
    def pool_id(self) -> str:
        """The id of the pool among them; "" if there is none."""
        pools = (each.identifier for each in self.imports if each.logical_id == "UserPool")
        return next(pools, {}).get("UserPoolId", "")

    def lines(self) -> list[str]:
        """Return a line for each resource: its logical id, and what identifies it."""
        return [f"{each.logical_id} {' '.join(each.identifier.values())}" for each in self.imports]


class Adopter:
    """Prepares imports. Its clients belong to one account and Region, and only read."""

    def __init__(self, cognito: CognitoIdentityProviderClient, dynamodb: DynamoDBClient) -> None:
        self._cognito, self._dynamodb = cognito, dynamodb

    def prepare(
        self, body: str, kept: Sequence[KeptResource], *, group_name: str
    ) -> Adoption | None:
        """Return the import of the kept resources and of their pool's group, if there are any.

        body: the rendered template. Raises TableUnusable.
        """
        template = parse_template(body, "the template")
        imports = [_import(each) for each in kept]
        resources = {each.logical_id: self._current_resource(each, template) for each in kept}
        pool_id = next((each.physical_id for each in kept if each.logical_id == "UserPool"), "")
        if pool_id and find_group(self._cognito, pool_id, group_name):
            resources["Group"] = _group(template)
            imports.append(
                ImportedResource(
                    logical_id="Group",
                    resource_type="AWS::Cognito::UserPoolGroup",
                    identifier={"UserPoolId": pool_id, "GroupName": group_name},
                )
            )
        if not imports:
            return None
        sections = ("AWSTemplateFormatVersion", "Parameters", "Conditions")
        head = {name: template[name] for name in sections}
        return Adoption(dump_template({**head, "Resources": resources}), tuple(imports))

    def _current_resource(self, kept: KeptResource, template: Mapping[str, Any]) -> dict[str, Any]:
        """Return the resource with its current properties; the update then brings the rest."""
        # The template of an import lacks what the resource depends on, which exists already.
        resource = dict(template["Resources"][kept.logical_id])
        resource.pop("DependsOn", None)
        wanted, name = resource["Properties"], kept.physical_id
        if kept.logical_id == "UserPool":
            found = pool_properties(wanted, describe_pool(self._cognito, name))
        else:
            table = self._dynamodb.describe_table(TableName=name)["Table"]
            expiry = self._dynamodb.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
            check_adoptable(table, wanted, expiry)
            found = table_properties(
                wanted,
                table,
                self._dynamodb.describe_continuous_backups(TableName=name)[
                    "ContinuousBackupsDescription"
                ],
                expiry,
            )
        return {**resource, "Properties": found}


def _group(template: Mapping[str, Any]) -> dict[str, Any]:
    """Return the group, with only that branch of its pool's id that applies.

    The other properties are the template's: it sets neither the group's role nor its precedence,
    and what an update would make of those is not documented.
    """
    resource: dict[str, Any] = template["Resources"]["Group"]
    return {**resource, "Properties": {**resource["Properties"], "UserPoolId": {"Ref": "UserPool"}}}


def _import(kept: KeptResource) -> ImportedResource:
    return ImportedResource(
        logical_id=kept.logical_id,
        resource_type=kept.resource_type,
        identifier={IDENTIFIERS[kept.resource_type]: kept.physical_id},
    )
