"""The plan is short, in colour where there is one, and leaves nothing out."""

from typing import Any

from django.core.management.color import color_style, no_style

from aws_setup.stack.changes import Cause, Change, ChangeSet, value_changes
from aws_setup.terminal.plan import format_plan


def cause(name: str, **others: str) -> Cause:
    given = {
        "attribute": "Properties",
        "recreation": "Never",
        "evaluation": "Static",
        "source": "DirectModification",
        "entity": "",
    }
    return Cause(name=name, **{**given, **others})


def modified(before: Any, after: Any, *causes: Cause, **others: Any) -> Change:
    given: dict[str, Any] = {
        "action": "Modify",
        "logical_id": "Thing",
        "physical_id": "thing-1",
        "resource_type": "AWS::Any::Thing",
        "replacement": "False",
        **others,
    }
    return Change(
        causes=causes, before={"Properties": before}, after={"Properties": after}, **given
    )


def said(*changes: Change, **others: Any) -> list[str]:
    return format_plan(plan(*changes, **others), no_style())


def plan(*changes: Change, **others: Any) -> ChangeSet:
    given = {"change_set_id": "1", "name": "n", "stack_id": "s", "stack_name": "s"}
    return ChangeSet(**{**given, "creates_stack": False, **others}, changes=changes)


def test_a_plan_without_resources_says_so_and_shows_the_tags() -> None:
    changed = value_changes({"a": "1", "b": "1"}, {"a": "2", "b": "1", "c": "3"})
    assert said(tag_changes=changed) == [
        "    tag of the stack: a=1 -> 2",
        "    tag of the stack: + c=3",
        "No resource changes, but something else in the template does.",
    ]


def test_of_code_the_lines_that_differ_are_shown_and_of_them_what_differs() -> None:
    common = "x" * 200
    before, after = f"one\n{common}=1;\nthree\n", f"one\n{common}=2;\nthree\n"
    assert said(modified({"Code": before}, {"Code": after}, cause("Code"))) == [
        "Changes:",
        "~   Thing AWS::Any::Thing",
        "      Code:  (template)",
        "        - ...xxxxxxxxxxxxxxx=1;",
        "        + ...xxxxxxxxxxxxxxx=2;",
        "0 to add, 1 to change, 0 to replace.",
    ]


def test_of_much_code_the_first_lines_are_shown_and_the_rest_is_counted() -> None:
    before = "".join(f"a{number}\n" for number in range(20))
    lines = said(modified({"Code": before}, {"Code": before.replace("a", "b")}, cause("Code")))
    assert sum(line.startswith("        ") for line in lines) == 13
    assert "        ... and 28 more lines (all with --json)" in lines


def test_a_replacement_names_what_is_replaced_and_why() -> None:
    always = cause("Name", recreation="Always", source="ParameterReference", entity="GroupName")
    assert said(modified({"Name": "a"}, {"Name": "b"}, always, replacement="True"))[1:] == [
        "-/+ Thing AWS::Any::Thing: thing-1 REPLACED",
        "      Name: a -> b  (parameter GroupName; replaces it)",
        "0 to add, 0 to change, 1 to replace.",
    ]


def test_without_values_the_names_of_what_changes_are_told() -> None:
    bare = Change(
        action="Modify",
        logical_id="Thing",
        physical_id="thing-1",
        resource_type="AWS::Any::Thing",
        replacement="False",
        causes=(cause("Name"), cause("Size", source="ParameterReference", entity="Size")),
    )
    assert said(bare)[1:4] == [
        "~   Thing AWS::Any::Thing",
        "      Name  (template)",
        "      Size  (parameter Size)",
    ]


def test_gains_are_green_losses_red_and_changes_yellow() -> None:
    style = color_style(force_color=True)
    statement = {"Effect": "Allow", "Action": ["a:One"], "Resource": "*"}
    other = {"Effect": "Allow", "Action": ["a:Two"], "Resource": "*"}
    change = modified(
        {"PolicyDocument": {"Statement": [statement]}},
        {"PolicyDocument": {"Statement": [other]}},
        cause("PolicyDocument"),
    )
    lines = format_plan(plan(change), style)
    [gain], [loss] = ([line for line in lines if name in line] for name in ("a:Two", "a:One"))
    assert gain == style.SUCCESS("+  Thing     Allow   a:Two   *")
    assert loss == style.ERROR("-  Thing     Allow   a:One   *")
    assert style.WARNING("~   Thing AWS::Any::Thing") in lines


def test_what_a_policy_says_beside_permissions_is_shown_as_a_difference() -> None:
    statement = {"Effect": "Allow", "Action": "a:One", "Resource": "*"}
    change = modified(
        {"PolicyDocument": {"Statement": [{**statement, "Sid": "A"}]}},
        {"PolicyDocument": {"Statement": [{**statement, "Sid": "B"}]}},
        cause("PolicyDocument"),
    )
    lines = said(change)
    assert "Permissions:" not in lines
    assert any(line.startswith("      PolicyDocument.Statement[B]: + ") for line in lines)
