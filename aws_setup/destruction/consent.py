"""Makes sure that the operator means to remove this stack."""

from aws_setup.exceptions import NoOperator, StackBusy, WrongStackName
from aws_setup.stack.removal import WAIT, StackRemoval
from aws_setup.terminal.console import Console

NOTHING_CHANGED = "Nothing was changed."
RUNS = "It is being deleted already: somebody else started that, or an earlier run is going on."
WATCH = "Watch the deletion until it ends, and then go on?"


def require_agreement(console: Console, removal: StackRemoval, yes: str) -> None:
    """Have the stack's name typed, or ask whether to watch a deletion that runs already.

    yes: the stack's name, instead of typing it; "" to be asked for it.
    Raises StackBusy if watching is not wanted, and what `require_name` raises.
    """
    if yes or not removal.is_running:
        require_name(console, removal.name, yes, f"remove stack {removal.name}", "--yes")
        return
    console.say(RUNS)
    if not console.confirm(WATCH):
        raise StackBusy(f"Stack {removal.name} is being deleted. {NOTHING_CHANGED}", hint=WAIT)


def require_name(console: Console, stack: str, given: str, act: str, option: str) -> None:
    """Check the stack's name, given or typed. Raises NoOperator, or WrongStackName.

    given: "" to have it typed. act: what is agreed to. option: what gives the name in a script.
    """
    if not given and not console.has_operator:
        raise NoOperator(hint=f"Add `{option} {stack}` to {act} without asking.")
    if not given:
        given = console.read(f"Type the stack's name to {act}: ")
    if given != stack:
        raise WrongStackName(
            f"{given!r} is not the stack's name. {NOTHING_CHANGED}",
            hint=f"The stack is {stack}; BACKEND_STACK_NAME and AWS_REGION choose another one.",
        )
