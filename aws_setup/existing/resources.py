"""The resources that exist already: those the stack is to use, and those earlier stacks left."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from aws_setup.existing.adoption import Adopter, Adoption
from aws_setup.existing.kept_resources import Left, choose, find_kept, without_used
from aws_setup.existing.parameters import ExistingParameters
from aws_setup.existing.service_linked_role import ROLE, ServiceLinkedRole
from aws_setup.existing.stored_data import StoredData
from aws_setup.existing.tables.onboarding_template import around_onboarding_table
from aws_setup.existing.tables.tables import ExistingTables, UsedBy, key_list
from aws_setup.existing.user_pool.adapted_template import adapted
from aws_setup.existing.user_pool.existing_group import find_group, makes_group, told
from aws_setup.existing.user_pool.existing_pool import ALL_CLIENTS, ATTRIBUTE, ExistingPool
from aws_setup.existing.user_pool.losses import losses
from aws_setup.existing.user_pool.lost_settings import StackSettings, with_sender
from aws_setup.existing.user_pool.own_pool import OwnPool
from aws_setup.stack.poll_interval import PollInterval
from aws_setup.stack.stack_tags import StackTags
from aws_setup.stack.states import IN_REVIEW
from aws_setup.template.cfn_yaml import parse_template
from aws_setup.template.parameters import ANY_CLIENT

if TYPE_CHECKING:
    from mypy_boto3_cloudformation.type_defs import StackTypeDef
    from mypy_boto3_cognito_idp.type_defs import GroupTypeTypeDef

NOTHING: Mapping[str, Any] = {}
# What is true in AWS if `ExistingResources.finish` breaks off.
UNFINISHED = (
    "The stack is deployed. The other steps listed may not be done yet; DynamoDB finishes by "
    "itself an index that it has begun. Run it again, with the same options, to go on."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExistingOptions:
    """The options of deploy_backend about resources that exist already."""

    user_pool_id: str = ""
    replace_trigger: bool = False
    business_table: str = ""
    onboarding_table: str = ""
    add_indexes: bool = False
    adopt: Sequence[str] = ()
    allow_replacement: Sequence[str] = ()
    reset_pool_settings: bool = False


class ExistingResources:
    """The existing resources, as they were found once. Nothing is changed before `prepare`.

    client: returns a client of the named service, in the account and the Region. stack: as
    DescribeStacks returns it; None if it does not exist. body: the rendered template.
    poll_interval: how often, and for how long, AWS is asked whether it is done. name: the stack's.
    Raises ExistingResourcesDiffer, UserPoolMissing, UserPoolUnusable, TriggerTaken or
    TableUnusable.
    """

    def __init__(  # noqa: PLR0913
        self,
        client: Callable[[str], Any],
        stack: StackTypeDef | None,
        body: str,
        options: ExistingOptions,
        poll_interval: PollInterval,
        *,
        name: str,
    ) -> None:
        self._client, self._stack_name, self._body = client, name, body
        self._options, self._poll_interval = options, poll_interval
        self._is_new = stack is None or stack["StackStatus"] == IN_REVIEW
        self._function = _output(stack, "TriggerFunctionName")
        self._has_outputs = bool(stack and stack.get("Outputs"))
        self._parameters = ExistingParameters.of(
            stack,
            user_pool_id=options.user_pool_id,
            business_table=options.business_table,
            onboarding_table=options.onboarding_table,
        )
        self._own = self._find_own_pool(_output(stack, "UserPoolId"))
        self._pool: ExistingPool | None = None
        self._role: ServiceLinkedRole | None = None
        self._takes_all, self._left = False, Left()
        self._group: GroupTypeTypeDef | None = None  # the pool's, if it was there before
        if self._parameters.user_pool_id:
            self._pool = self._find_pool()
        self._tables = ExistingTables(
            client("dynamodb"),
            self._parameters,
            self._template.get("Resources", {}),
            UsedBy.of(name, stack, self._parameters.tables),
            poll_interval,
        )
        if self._parameters.onboarding_table:
            self._body = around_onboarding_table(self._body)

    def parameters(self, given: Mapping[str, str]) -> Mapping[str, str]:
        """Return the template's parameters about existing resources, by name.

        given: the other parameters.
        """
        keys = [given.get("KmsKeyArn", ""), *self._tables.key_arns]
        return {**self._parameters.parameters(), "TableKeyArns": key_list(keys)}

    def adapted(self, parameters: Mapping[str, str]) -> str:
        """Return the rendered template as it is to be deployed around the existing resources."""
        pool_id, group_name = self._parameters.user_pool_id, parameters["GroupName"]
        self._takes_all = (
            self._is_new and parameters.get("ClientIdPattern", ANY_CLIENT) == ANY_CLIENT
        )
        if not self._pool:
            return self._body
        group = find_group(self._client("cognito-idp"), pool_id, group_name)
        if group and (self._is_new or not self._makes(group_name)):
            self._group = group
        return adapted(self._body, written=self._pool.written, has_group=bool(self._group))

    @property
    def has_imported_pool(self) -> bool:
        """Whether the stack was made by an import, and has nothing else yet: then, no outputs."""
        return not (self._is_new or self._has_outputs or self._parameters.user_pool_id)

    def look_for_role(self) -> None:
        """Look for the role with which AppSync sends traces to X-Ray; `prepare` then makes it."""
        self._role = ServiceLinkedRole(self._client("iam"))

    def adoption(self, group_name: str) -> Adoption | None:
        """Return what a stack that is to be created imports; None if that is nothing.

        It imports what earlier stacks of the name left, and the group, if that pool has it.
        Raises AdoptionAmbiguous or TableUnusable.
        """
        if not self._is_new:
            return None
        cognito, dynamodb = self._client("cognito-idp"), self._client("dynamodb")
        found = find_kept(self._client("resourcegroupstaggingapi"), self._stack_name)
        self._left = without_used(self._client("cloudformation"), found, self._stack_name)
        given = {"UserPool": self._parameters.user_pool_id, **self._parameters.tables}
        free = [kept for kept in self._left.free if not given.get(kept.logical_id)]
        kept = choose(StoredData(cognito, dynamodb).still_there(free), self._options.adopt)
        return Adopter(cognito, dynamodb).prepare(self._body, kept, group_name=group_name)

    def notes(self) -> list[str]:
        """Return a sentence for each problem that this run does not fix."""
        notes = [note for part in (self._own, self._pool) if part for note in part.notes()]
        if self._pool and self._takes_all:
            notes.append(ALL_CLIENTS.format(pool=self._parameters.user_pool_id))
        notes += [*told(self._group), *self._left.told()]
        return [*notes, *self._tables.notes(adds_indexes=self._options.add_indexes)]

    def left_behind(self) -> Mapping[str, str]:
        """Return a sentence for each table whose data stay behind, by its part of the template."""
        return self._tables.left_behind()

    def steps(self) -> list[str]:
        """Return a sentence for each thing that `prepare` and `finish` would do."""
        parts = (self._role, self._own, self._pool)
        steps = [step for part in parts if part for step in part.steps()]
        return [*steps, *self._tables.steps(adds_indexes=self._options.add_indexes)]

    def losses(
        self,
        pool_id: str,
        parameters: Mapping[str, str],
        tags: StackTags,
        before: Mapping[str, Any] = NOTHING,
    ) -> list[str]:
        """Return a sentence for each setting that an update of the stack's own pool takes away.

        pool_id: "" if the pool is not updated. parameters, tags: of the stack. before: the
        properties that the stack gave the pool, whose changes the plan shows anyway.
        """
        resource = self._template.get("Resources", {}).get("UserPool")
        if not (pool_id and resource):
            return []
        return losses(
            self._client,
            pool_id,
            StackSettings(
                properties=with_sender(resource["Properties"], parameters),
                before=before,
                tag_keys={*tags.before, *tags.after},
            ),
            function_name=self._function,
        )

    def prepare(self) -> str:
        """Make the changes that the deployment depends on.

        Returns what is true in AWS then; "" if nothing had to be changed.
        """
        done = []
        if self._role and self._role.prepare():
            done.append(f"The account now has the role {ROLE}")
        if self._pool and self._pool.prepare(self._template):
            done.append(f"The user pool now has the attribute custom:{ATTRIBUTE}")
        return f"{'. '.join(done)}; nothing else was changed." if done else ""

    def finish(self, outputs: Mapping[str, str]) -> Iterator[str]:
        """Make the changes that depend on the deployed stack; yield the progress in words.

        outputs: those of the stack. May run twice. Raises UserPoolBusy or TableUnusable.
        """
        if self._own:
            self._own.attach()
        if self._pool:
            self._pool.attach(outputs["TriggerFunctionName"])
        yield from self._tables.finish(adds_indexes=self._options.add_indexes)

    def _makes(self, group_name: str) -> bool:
        client, pool_id = self._client("cloudformation"), self._parameters.user_pool_id
        return makes_group(client, self._stack_name, pool_id, group_name)

    @cached_property
    def _template(self) -> dict[str, Any]:
        return parse_template(self._body, "the template")

    def _find_own_pool(self, pool_id: str) -> OwnPool | None:
        if self._is_new or not pool_id or self._parameters.user_pool_id:
            return None
        return OwnPool(
            self._client("cognito-idp"),
            pool_id,
            function_name=self._function,
            replace=self._options.replace_trigger,
        )

    def _find_pool(self) -> ExistingPool:
        pool = ExistingPool(
            self._client("cognito-idp"),
            self._client("lambda"),
            self._parameters.user_pool_id,
            function_name=self._function,
            displaced=self._parameters.displaced_trigger,
        )
        displaced = pool.displaces(replace=self._options.replace_trigger)
        self._parameters = replace(self._parameters, displaced_trigger=displaced)
        return pool


def _output(stack: StackTypeDef | None, key: str) -> str:
    outputs = stack.get("Outputs", []) if stack else []
    return next((each["OutputValue"] for each in outputs if each["OutputKey"] == key), "")
