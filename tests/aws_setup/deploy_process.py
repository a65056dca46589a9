"""`manage.py deploy_backend --yes` in a process of its own that is quick to start.

A server that has imported everything forks them.
"""

import multiprocessing
import os
from collections.abc import Mapping
from multiprocessing.process import BaseProcess

import django
from django.core.management import call_command

import aws_setup.management.commands.deploy_backend  # noqa: F401 - what takes long to import

CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload([__name__])


def deployment(variables: Mapping[str, str]) -> BaseProcess:
    """Return a process to start and to wait for, with these variables of AWS and of ours."""
    return CONTEXT.Process(target=_deploy, args=(dict(variables),))


def _deploy(variables: dict[str, str]) -> None:
    os.environ.update(DJANGO_SETTINGS_MODULE="onboarding_site.settings", **variables)
    django.setup()
    call_command("deploy_backend", yes=True)
