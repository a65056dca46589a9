#!/usr/bin/env python
"""Django's command-line entry point for this site."""

import os
import signal
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line
from django.db import Error

from onboarding_site.database import outage

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "onboarding_site.settings")
    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        sys.exit(outage(error) or str(error))
    except Error as error:
        if not (cause := outage(error)):
            raise
        sys.exit(cause)
    except BrokenPipeError:
        # Whoever reads the output has seen enough, as `| head` has. What Python writes on exit must
        # not fail as well; the exit status is the one that other programs have.
        # https://docs.python.org/3/library/signal.html#note-on-sigpipe
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(128 + signal.SIGPIPE)
