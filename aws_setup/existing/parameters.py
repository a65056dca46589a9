"""The template's parameters about resources that existed before the stack. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Self

from aws_setup.exceptions import ExistingResourcesDiffer
from aws_setup.existing.tables.onboarding_template import PARAMETER
from aws_setup.stack.states import IN_REVIEW, parameters_of
from aws_setup.template.parameters import ANY_CLIENT

if TYPE_CHECKING:
    from mypy_boto3_cloudformation.type_defs import StackTypeDef


@dataclass(frozen=True, slots=True, kw_only=True)
class ExistingParameters:
    """The values of these parameters; "" for a resource that the stack makes itself."""

    user_pool_id: str = ""
    business_table: str = ""
    onboarding_table: str = ""
    displaced_trigger: str = ""  # the ARN of the function that the pool called before

    @classmethod
    def of(
        cls,
        stack: StackTypeDef | None,
        *,
        user_pool_id: str,
        business_table: str,
        onboarding_table: str = "",
    ) -> Self:
        """Return the parameters of the stack or, if it is to be created, those asked for.

        stack: as DescribeStacks returns it; None if it does not exist.
        A stack keeps the pool that it was made with, so asking for another one raises
        ExistingResourcesDiffer. So does asking for another table while it has no outputs.
        """
        if stack is None or stack["StackStatus"] == IN_REVIEW:
            return cls(
                user_pool_id=user_pool_id,
                business_table=business_table,
                onboarding_table=onboarding_table,
            )
        given = parameters_of(stack)
        has = cls(
            user_pool_id=given.get("ExistingUserPoolId", ""),
            business_table=given.get("ExistingBusinessTableName", ""),
            onboarding_table=given.get(PARAMETER, ""),
            displaced_trigger=given.get("DisplacedTrigger", ""),
        )
        _refuse_another(stack["StackName"], has.user_pool_id, user_pool_id)
        used = tables_of(stack)
        if (business_table or onboarding_table) and not used:
            raise ExistingResourcesDiffer(
                f"Stack {stack['StackName']} is not complete: it does not tell which tables it "
                "uses. Nothing was changed.",
                hint="Run `manage.py deploy_backend` without the option first.",
            )
        if business_table and business_table != used["BusinessTable"]:
            has = replace(has, business_table=business_table)
        if onboarding_table and onboarding_table != used["OnboardingTable"]:
            has = replace(has, onboarding_table=onboarding_table)
        return has

    @property
    def tables(self) -> Mapping[str, str]:
        """The existing tables, by their parts of the template; "" for those of the stack itself."""
        return {"BusinessTable": self.business_table, "OnboardingTable": self.onboarding_table}

    def options(self) -> str:
        """Return the options of deploy_backend that set them, each preceded by a space."""
        options = {
            "--user-pool-id": self.user_pool_id,
            "--business-table": self.business_table,
            "--onboarding-table": self.onboarding_table,
        }
        return "".join(f" {option} {name}" for option, name in options.items() if name)

    def parameters(self) -> Mapping[str, str]:
        """Return the template's parameters, by name.

        Only a template around an existing Onboarding table has a parameter for that.
        """
        return {
            **({PARAMETER: self.onboarding_table} if self.onboarding_table else {}),
            "ExistingUserPoolId": self.user_pool_id,
            "ExistingBusinessTableName": self.business_table,
            "DisplacedTrigger": self.displaced_trigger,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolUse:
    """Who in a stack's user pool the stack was to onboard.

    since: when a stack around an existing pool was created; None if the pool is its own. Whoever
    was in the pool by then cannot have been onboarded: the pool began to call the stack's function
    in the same deployment. is_shared: whether only the sign-ups of some app clients count.
    """

    since: datetime | None = None
    is_shared: bool = False

    @classmethod
    def of(cls, stack: StackTypeDef) -> Self:
        """Read it from the parameters of a stack, as DescribeStacks returns it."""
        named = {each["ParameterKey"]: each for each in stack.get("Parameters", [])}
        given = {name: each.get("ParameterValue") for name, each in named.items()}
        return cls(
            since=stack["CreationTime"] if given.get("ExistingUserPoolId") else None,
            is_shared=given.get("ClientIdPattern", ANY_CLIENT) != ANY_CLIENT,
        )


def tables_of(stack: StackTypeDef) -> Mapping[str, str]:
    """Return the names of the tables that a stack uses, by their parts of the template.

    {} if the stack has no outputs, because it was never completed.
    """
    outputs = {each["OutputKey"]: each["OutputValue"] for each in stack.get("Outputs", [])}
    return {
        part: outputs[f"{part}Name"]
        for part in ("BusinessTable", "OnboardingTable")
        if f"{part}Name" in outputs
    }


def _refuse_another(stack: str, has: str, wanted: str) -> None:
    if wanted and wanted != has:
        pool = f"the user pool {has}" if has else "a user pool of its own"
        raise ExistingResourcesDiffer(
            f"Stack {stack} has {pool} and keeps it; switching to {wanted} would leave all its "
            "people behind. Nothing was changed.",
            hint="Give another stack its own name (BACKEND_STACK_NAME), or leave the option out.",
        )
