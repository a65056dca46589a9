"""`manage.py destroy_backend` while the stack is being deleted already."""

import pytest

from aws_setup.exceptions import StackBusy
from tests.aws_setup.cloudformation_stub import (
    NOT_THERE,
    Refusal,
    Script,
    event,
    events,
    stack,
)
from tests.aws_setup.operator import Operator, Terminal


@pytest.fixture
def deleting(script: Script) -> Script:
    running = event("DELETE_IN_PROGRESS")
    absent = Refusal("ValidationError", NOT_THERE)
    script.on("DescribeStacks", stack("DELETE_IN_PROGRESS"), absent)
    script.on("GetTemplate", {"TemplateBody": "{}"})
    script.on("ListStackResources", {"StackResourceSummaries": []})
    script.on("GetResources", {"ResourceTagMappingList": []})
    script.on("DescribeStackEvents", events(running), events(event("DELETE_COMPLETE"), running))
    return script


def test_it_is_watched_to_its_end_when_the_operator_agrees(
    deleting: Script, operator: Operator
) -> None:
    operator.destroy(yes="", stdin=Terminal("y\n"))
    assert (
        "It is being deleted already: somebody else started that, or an earlier run is going on."
        in (operator.said)
    )
    assert "DELETE_COMPLETE" in operator.said
    assert operator.said.endswith("Stack onboarding is gone.\nIt has left nothing behind.\n")
    assert deleting.called("DeleteStack") == []


def test_whoever_named_the_stack_is_not_asked(deleting: Script, operator: Operator) -> None:
    operator.destroy()
    assert "?" not in operator.said
    assert "Stack onboarding is gone." in operator.said


def test_whoever_does_not_want_to_watch_ends_there(deleting: Script, operator: Operator) -> None:
    with pytest.raises(StackBusy, match=r"onboarding is being deleted\. Nothing was") as caught:
        operator.destroy(yes="", stdin=Terminal("n\n"))
    assert caught.value.hint == "Wait until it is over, then run it again."
    # It has read the events once, for the pool that is in no list; it has not followed them.
    assert len(deleting.called("DescribeStackEvents")) == 1
    assert "DELETE_COMPLETE" not in operator.said
