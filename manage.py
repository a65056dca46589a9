#!/usr/bin/env python
"""Django's command-line entry point for this site."""

from onboarding_site.command_line import run

if __name__ == "__main__":
    run()
