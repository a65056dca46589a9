"""Who acts, with which policies, and why something is denied to them, in IAM's words.

https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from ministack.core import iam_evaluator
from ministack.core.responses import get_account_id, get_region
from ministack.services import iam

Policies = list[list[iam_evaluator.ParsedStatement]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """A user or the session of a role. policies: None for the root user, who may do everything.

    limits: a permissions boundary and session policies, each of which must allow too.
    """

    arn: str
    kind: str  # User or AssumedRole, for example
    policies: Policies | None
    limits: list[Policies] = field(default_factory=list)
    keys: Mapping[str, Any] = field(default_factory=dict)  # the condition keys about them

    @classmethod
    def of_request(cls) -> Self:
        """Return who sent the request that is being answered, or that began this task.

        The gateway passes the administrator's requests on as the root user's, whose key ministack
        does not verify.
        """
        account, key = get_account_id(), iam_evaluator._verified_key.get()  # noqa: SLF001
        if not key:
            return cls(arn=f"arn:aws:iam::{account}:root", kind="Root", policies=None)
        found = iam_evaluator.resolve_principal(key, account)
        if isinstance(found, iam_evaluator.AuthError):  # the key was deleted meanwhile
            return cls(arn=f"arn:aws:iam::{account}:unknown", kind="User", policies=[])
        return cls(
            arn=found.arn,
            kind=found.type,
            policies=found.policies,
            limits=found.limits,
            keys=found.keys,
        )

    @classmethod
    def of_role(cls, role_arn: str, session: str) -> Self:
        """Return a session that a service has of a role."""
        account, name = get_account_id(), role_arn.rpartition("/")[2]
        return cls(
            arn=f"arn:aws:sts::{account}:assumed-role/{name}/{session}",
            kind="AssumedRole",
            policies=iam_evaluator._gather_role_policies(name, account),  # noqa: SLF001
            limits=iam_evaluator._permissions_boundary(iam._roles, name, account),  # noqa: SLF001
        )

    def denial(
        self, action: str, resource_arn: str, keys: Mapping[str, str] | None = None
    ) -> str | None:
        """Return why an action is denied, or None. keys: the request's condition keys."""
        if self.policies is None:
            return None
        context = iam_evaluator.EvalContext(
            principal_arn=self.arn,
            principal_type=self.kind,
            principal_account=get_account_id(),
            action=action,
            resource_arn=resource_arn,
            region=get_region(),
            service_context={name.lower(): value for name, value in (keys or {}).items()},
            principal_keys=dict(self.keys),
        )
        decision = iam_evaluator.evaluate(context, self.policies, *self.limits).decision
        if decision == "Allow":
            return None
        source = self._source(context)
        reason = (
            f"with an explicit deny in {'an' if source.startswith('i') else 'a'} {source}"
            if decision == "Deny"
            else f"because no {source} allows the {action} action"
        )
        return (
            f"User: {self.arn} is not authorized to perform: {action} on resource: {resource_arn} "
            f"{reason}"
        )

    def _source(self, context: Any) -> str:
        """Return which kind of policy an action is denied by."""
        own = iam_evaluator.evaluate(context, self.policies or [])
        return "permissions boundary" if own.decision == "Allow" else "identity-based policy"
