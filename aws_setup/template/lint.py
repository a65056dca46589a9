"""What is wrong with a rendered body, found before CloudFormation is asked.

cfn-lint runs in this process; a cycle, which it reports pair by pair, is told as the path that
it takes through the resources. cfn-lint is loaded by the check alone, and installed only where
somebody deploys: a server never needs it, and it would weigh more than all else that it holds.
https://github.com/aws-cloudformation/cfn-lint
"""

import re
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from aws_setup.exceptions import LinterMissing, TemplateRefused
from aws_setup.template.cfn_yaml import parse_template

if TYPE_CHECKING:
    from cfnlint.match import Match

CYCLE_RULE = "E3004"
MISSING_TYPE_RULE = "E3006"
CYCLE_HINT = (
    "Nothing that the user pool needs may refer to anything that needs the pool: the function "
    "gets names that are known beforehand and looks the rest up in an SSM parameter at run time; "
    "its permissions are an AWS::IAM::Policy of their own that names the role."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that cfn-lint found."""

    rule: str  # for example E3002
    severity: str  # error, warning or informational
    path: str  # for example Resources.Api.Properties.Name; "" for the template as a whole
    message: str

    @classmethod
    def from_match(cls, match: "Match") -> Self:
        """Take one of cfn-lint's matches."""
        path = ".".join(str(step) for step in getattr(match, "path", None) or ())
        return cls(
            rule=match.rule.id, severity=match.rule.severity, path=path, message=match.message
        )

    def __str__(self) -> str:
        return f"{self.rule} {self.path or 'template'}: {self.message}"


@dataclass(frozen=True, slots=True)
class Reference:
    """One resource refers to another."""

    source: str
    target: str
    through: str  # the property, for example LambdaConfig.PostConfirmation, or DependsOn


def check_template(body: str, *, region: str = "") -> tuple[Finding, ...]:
    """Lint a rendered body; return the warnings, which stop nothing.

    region: the Region that the body is meant for; one that cfn-lint doesn't know is left out.
    Raises TemplateRefused with every error and, for a circular dependency, its path in words;
    LinterMissing where cfn-lint is not installed.
    """
    try:
        from cfnlint import api
        from cfnlint.config import ManualArgs
        from cfnlint.helpers import REGIONS
    except ModuleNotFoundError as error:
        raise LinterMissing(
            f"cfn-lint, which checks the template, can't be loaded: {error}. Nothing was changed."
        ) from error
    config = ManualArgs(regions=[region]) if region in REGIONS else ManualArgs()
    findings = [Finding.from_match(match) for match in api.lint(body, config=config)]
    errors = [finding for finding in findings if finding.severity == "error"]
    if not errors:
        return tuple(findings)
    cycles = [_in_words(cycle) for cycle in find_cycles(body)] if _has_cycle(errors) else []
    # The path says what the pairs say; where there is no path, the pairs are better than nothing.
    listed = [*cycles, *(str(error) for error in errors if not (cycles and _has_cycle([error])))]
    raise TemplateRefused(
        "The template has errors, so CloudFormation was not asked and nothing was changed:\n"
        + "\n".join(f"  {line}" for line in listed),
        hint=CYCLE_HINT if cycles else _lacking(errors, region),
    )


def find_cycles(body: str) -> list[list[Reference]]:
    """Return the shortest cycle through each resource that needs itself, none told twice."""
    onward: dict[str, list[Reference]] = {}
    for reference in _references(parse_template(body, "the template")):
        onward.setdefault(reference.source, []).append(reference)
    cycles: list[list[Reference]] = []
    told: set[str] = set()
    for start in onward:
        if start not in told and (cycle := _shortest_cycle(start, onward)):
            cycles.append(cycle)
            told.update(step.source for step in cycle)
    return cycles


def _shortest_cycle(start: str, onward: Mapping[str, list[Reference]]) -> list[Reference]:
    """Return the steps from a resource back to itself; [] where no way leads back."""
    ways = deque([step] for step in onward[start])
    reached: set[str] = set()
    while ways:
        way = ways.popleft()
        here = way[-1].target
        if here == start:
            return way
        if here not in reached:
            reached.add(here)
            ways.extend([*way, step] for step in onward.get(here, ()))
    return []


def _references(template: Mapping[str, Any]) -> Iterator[Reference]:
    resources: Mapping[str, Any] = template.get("Resources") or {}
    for source, resource in resources.items():
        if not isinstance(resource, Mapping):
            continue
        depends_on = resource.get("DependsOn") or []
        for target in [depends_on] if isinstance(depends_on, str) else depends_on:
            yield Reference(source, target, "DependsOn")
        for target, path in _intrinsics(resource, ()):
            if target in resources:
                yield Reference(source, target, ".".join(path).removeprefix("Properties."))


def _intrinsics(node: Any, path: tuple[str, ...]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield (name, path of the property) of everything that Ref, GetAtt and Sub refer to."""
    if isinstance(node, list):
        for position, value in enumerate(node):
            yield from _intrinsics(value, (*path, str(position)))
    if not isinstance(node, Mapping):
        return
    for key, value in node.items():
        if key == "Ref" and isinstance(value, str):
            yield value, path
        elif key == "Fn::GetAtt":
            yield (value if isinstance(value, str) else str(value[0])).split(".")[0], path
        else:
            if key == "Fn::Sub":
                yield from ((name, path) for name in _names_in_sub(value))
            if not key.startswith("Fn::"):
                yield from _intrinsics(value, (*path, key))
                continue
            # A function's arguments are no properties, so they add nothing to the path.
            for argument in value if isinstance(value, list) else [value]:
                yield from _intrinsics(argument, path)


def _names_in_sub(value: Any) -> list[str]:
    """Return the resources (or parameters) in a Sub's text, less the names that it defines."""
    text, defined = (value, {}) if isinstance(value, str) else (value[0], value[1])
    names = re.findall(r"\$\{([A-Za-z0-9]+)(?:\.[^}]*)?\}", text)
    return [name for name in names if name not in defined]


def _lacking(errors: Iterable[Finding], region: str) -> str:
    """Return the hint where no more is wrong than types that the Region lacks; "" elsewhere."""
    if not all(error.rule == MISSING_TYPE_RULE and region in error.message for error in errors):
        return ""
    return f"{region} lacks these: choose another AWS_REGION (or correct a misspelt type)."


def _has_cycle(findings: Iterable[Finding]) -> bool:
    return any(finding.rule == CYCLE_RULE for finding in findings)


def _in_words(cycle: list[Reference]) -> str:
    steps = "".join(f" -> {step.target} ({step.through})" for step in cycle)
    return (
        f"{CYCLE_RULE} circular dependency, so no resource of it can be created first: "
        f"{cycle[0].source}{steps}"
    )
