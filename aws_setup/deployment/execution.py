"""Runs operations of the stack while the operator watches, and handles Ctrl-C."""

from functools import partial

from botocore.exceptions import ClientError

from aws_setup.deployment.aws_state import GOES_ON, aws_state, in_words
from aws_setup.exceptions import CancelRefused, DeployCancelled, DeployFailed
from aws_setup.stack.changes import ChangeSet
from aws_setup.stack.stack import StackDeployer
from aws_setup.stack.states import Recovery
from aws_setup.terminal.console import Console
from aws_setup.terminal.deploy_result import NOTHING_CHANGED, DeployResult
from aws_setup.terminal.operation_watch import OperationWatch

CANCEL_UPDATE = "cancel the update and roll it back"
CANCEL_CREATION = "delete what was created, except the empty pool, group and tables"


class WatchedExecution:
    """Executes change sets and recoveries with one deployer, and shows their events.

    watch: its `sleep` must be the one of the deployer's PollInterval.
    result: gets the seconds that were watched, and what is true in AWS meanwhile.
    """

    def __init__(
        self, deployer: StackDeployer, watch: OperationWatch, console: Console, result: DeployResult
    ) -> None:
        self._deployer, self._watch = deployer, watch
        self._console, self._result = console, result
        self._is_cancelled = False

    def execute(self, change_set: ChangeSet) -> None:
        """Execute the change set to its end.

        Raises PlanOutdated or a ClientError if it could not be started, and then the caller is to
        discard it; otherwise DeployFailed, DeployCancelled or DeployUnfinished.
        """
        before = self._result.aws_state
        # An interrupted call may have started the operation.
        self._result.aws_state = in_words(GOES_ON, self._result)
        try:
            events = self._deployer.execute(change_set)
        except ClientError:
            self._result.aws_state = before
            raise
        ask = partial(self._ask_what_to_do, change_set)
        try:
            with aws_state(self._result, GOES_ON):
                self._watch.show_events(events, total=len(change_set.changes), ask=ask)
        except DeployFailed as error:
            if not self._is_cancelled:
                raise
            raise DeployCancelled(f"Cancelled, as you asked.\n{error.aws_state}") from error
        finally:
            self._result.seconds = self._watch.seconds

    def recover(self, recovery: Recovery) -> None:
        """Run the recovery to its end. Raises DeployFailed or DeployUnfinished."""
        events = self._deployer.recover(recovery)
        with aws_state(self._result, GOES_ON):
            self._watch.show_events(events)
        self._result.aws_state = NOTHING_CHANGED

    def _ask_what_to_do(self, change_set: ChangeSet) -> None:
        """Ask what Ctrl-C was meant to do. Raises KeyboardInterrupt to leave AWS at work."""
        undo = CANCEL_CREATION if change_set.creates_stack else CANCEL_UPDATE
        self._console.say("\nCloudFormation goes on by itself. What now?")
        answer = self._console.choose(
            f"  c  {undo}\n  l  leave it running and end here\n  g  go on watching\n[c/l/g] ",
            "clg",
            otherwise="l",
        )
        if answer == "l":
            raise KeyboardInterrupt
        if answer == "c":
            try:
                self._deployer.cancel(change_set)
                self._is_cancelled = True
            except CancelRefused as error:
                self._console.say(f"{error}\n{error.hint}")
