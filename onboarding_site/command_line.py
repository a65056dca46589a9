"""Runs one command of `manage.py`, and sees to it that every command ends well.

Whatever a command is, Ctrl-C ends it with one line and the status 130, standard output is read
before what standard error says later, and a reader who has seen enough is no error.
"""

import atexit
import os
import sys

# What `signal` is made of. That module, like `typing`, takes milliseconds to load, in which Ctrl-C
# would already be a traceback.
from _signal import (  # type: ignore[import-not-found]
    SIG_IGN,
    SIGINT,
    SIGPIPE,
    default_int_handler,
    getsignal,
    signal,
)
from errno import EDQUOT, EFBIG, ENOSPC

# The statuses with which a shell reports that a signal ended a program.
INTERRUPTED, BROKEN_PIPE = 128 + SIGINT, 128 + SIGPIPE
SETTINGS_MODULE = "DJANGO_SETTINGS_MODULE"


def run() -> None:
    """Run the command that the arguments of this process name, and end the process."""
    _on_ctrl_c(_end_before_the_command)
    # Called last, after which Python itself would let Ctrl-C kill the process.
    atexit.register(_on_ctrl_c, SIG_IGN)
    # An empty one counts as not set: Django would find no settings.
    if not os.environ.get(SETTINGS_MODULE):
        os.environ[SETTINGS_MODULE] = "onboarding_site.settings"
    try:
        status = _run_command()
    except KeyboardInterrupt:
        _on_ctrl_c(_end_at_once)
        sys.stderr.write("Interrupted.\n")
        status = INTERRUPTED
    # What is left to wait for are threads, whose work nobody needs any more.
    _on_ctrl_c(lambda *_: os._exit(status if isinstance(status, int) else 1))
    _give_up_unwritable_streams()
    sys.exit(status)  # type: ignore[arg-type]


def _run_command() -> object:
    """Run the command; return what to exit with: a status, or a text for standard error."""
    _replace_closed_streams()
    # So that whole lines come out at once, through a pipe as well.
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    _escape_what_the_encoding_lacks()
    sys.unraisablehook = _end_if_interrupted
    # These take a second, in which Ctrl-C must be heard.
    from django.conf import settings
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import BaseCommand, ManagementUtility
    from django.db import Error

    class Utility(ManagementUtility):
        def fetch_command(self, subcommand: str) -> BaseCommand:
            """Load a command. From then on, Ctrl-C is the command's own to handle."""
            if settings.configured and not hasattr(settings, "BACKEND_STACK_NAME"):
                sys.exit(_not_ours("{} has no settings of this site"))
            command = super().fetch_command(subcommand)
            _on_ctrl_c(default_int_handler)
            return command

    try:
        Utility(sys.argv).execute()
    except SystemExit as end:
        return end.code
    except BrokenPipeError:
        return BROKEN_PIPE
    except (Error, ImproperlyConfigured, ModuleNotFoundError, OSError, TypeError) as error:
        if "--traceback" in sys.argv or not (words := _words_for(error)):
            raise
        return words
    return 0


def _words_for(error: Exception) -> str:
    """Return in one line what ended the command and what to do; "" if nobody can tell."""
    from django.core.exceptions import ImproperlyConfigured

    from onboarding_site.configuration.database import outage

    if isinstance(error, OSError):
        return _outside(error)
    module = os.environ[SETTINGS_MODULE]
    if isinstance(error, ModuleNotFoundError):
        is_absent = error.name is not None and f"{module}.".startswith(f"{error.name}.")
        return _not_ours("There is no settings module {}") if is_absent else ""
    if isinstance(error, TypeError):  # which a relative import is
        return _not_ours("There is no settings module {}") if module.startswith(".") else ""
    return outage(error) or (str(error) if isinstance(error, ImproperlyConfigured) else "")


def _not_ours(said: str) -> str:
    """Return in one line why the settings module cannot be used, and what to do."""
    return (
        f"{said.format(os.environ[SETTINGS_MODULE])} ({SETTINGS_MODULE} or --settings): unset it to"
        " use this site's. Nothing was done."
    )


def _outside(error: OSError) -> str:
    """Return in one line which file or disk is to blame; "" if it is not known to be one."""
    if error.filename is not None:
        return f"{error.filename} cannot be used: {error.strerror}."
    if error.errno in {ENOSPC, EDQUOT, EFBIG}:
        return f"The output cannot be written: {error.strerror}. The work may be incomplete."
    return ""


def _replace_closed_streams() -> None:
    """Let nobody read what a command says, if whoever started it closed its outputs."""
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115


def _escape_what_the_encoding_lacks() -> None:
    """Let no name end a command's work whose letters the terminal cannot show, or did not send.

    So Python itself does with standard error.
    """
    for stream in filter(None, (sys.stdin, sys.stdout)):
        stream.reconfigure(errors="backslashreplace")


def _on_ctrl_c(handler: object) -> None:
    """Set what Ctrl-C does, unless whoever started this process wants it ignored."""
    if getsignal(SIGINT) is not SIG_IGN:
        signal(SIGINT, handler)


def _end_before_the_command(_number: int, _frame: object) -> None:
    """End the process. An exception could be lost or garbled amid the imports."""
    os.write(2, b"Interrupted. Nothing was done.\n")
    os._exit(INTERRUPTED)


def _end_at_once(_number: int, _frame: object) -> None:
    """End the process while it says that it was interrupted."""
    os._exit(INTERRUPTED)


def _end_if_interrupted(unraisable: "sys.UnraisableHookArgs") -> None:
    """End the process if Ctrl-C came in a callback, from where it cannot reach the command."""
    if issubclass(unraisable.exc_type, KeyboardInterrupt):
        os.write(2, b"Interrupted.\n")
        os._exit(INTERRUPTED)
    sys.__unraisablehook__(unraisable)


def _give_up_unwritable_streams() -> None:
    """Let nothing fail that Python writes on exit to a full disk, or a pipe without its reader.

    https://docs.python.org/3/library/signal.html#note-on-sigpipe
    """
    for stream in filter(None, (sys.stdout, sys.stderr)):
        try:
            stream.flush()
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
