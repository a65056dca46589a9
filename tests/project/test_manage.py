"""What every command has in common."""

import signal

from tests.processes import managed


def test_a_reader_who_has_seen_enough_gets_no_traceback() -> None:
    with managed("deploy_backend", "--print-template", variables={}) as command:
        assert command.stdout is not None
        command.stdout.close()
        assert command.wait(60) == 128 + signal.SIGPIPE
