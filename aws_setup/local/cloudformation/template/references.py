"""Refuses a template with unresolved references, as CloudFormation does and ministack does not.

References in the branch of an Fn::If that is not taken count as well.
"""

from collections.abc import Mapping
from typing import Any

from ministack.services.cloudformation import changesets, engine, handlers

_validate_stock = engine.validate_template_support


def register() -> None:
    """Add the check wherever ministack validates a template; a second call changes nothing."""
    for module in (changesets, handlers):
        module.validate_template_support = _validate


def _validate(template: Mapping[str, Any], *arguments: Any, **options: Any) -> None:
    _validate_stock(template, *arguments, **options)
    known = {*template.get("Parameters", {}), *template.get("Resources", {})}
    for block in ("Resources", "Outputs"):
        references = engine._intrinsic_references(template.get(block) or {})  # noqa: SLF001
        names = {name for name, _attribute in references if not name.startswith("AWS::")}
        names |= _depended_on(template) if block == "Resources" else set()
        if unknown := sorted(names - known):
            raise ValueError(
                f"Template format error: Unresolved resource dependencies [{', '.join(unknown)}] "
                f"in the {block} block of the template"
            )


def _depended_on(template: Mapping[str, Any]) -> set[str]:
    given = [each.get("DependsOn") or [] for each in (template.get("Resources") or {}).values()]
    return {name for each in given for name in ([each] if isinstance(each, str) else each)}
