"""How gunicorn serves the site.

    gunicorn --config onboarding_site/gunicorn.conf.py onboarding_site.wsgi

It reads the settings itself, since the process that starts the others must not load the site's:
those that it starts anew after SIGHUP would get them, and not what `.env` says by then.

https://docs.gunicorn.org/en/stable/settings.html
"""

import os
import sys
from pathlib import Path
from typing import Any

from onboarding_site.configuration.env_file import SettingsUnusable
from onboarding_site.configuration.environment import Environment
from onboarding_site.configuration.values import boolean
from onboarding_site.observation import processes
from onboarding_site.observation.logs import logging_settings
from onboarding_site.observation.processes import (  # noqa: F401 - gunicorn calls them
    on_exit,
    post_fork,
    pre_fork,
)
from onboarding_site.serving.processes import Processes, refuse_other_workers
from onboarding_site.serving.static_files import MANIFEST, static_root

_base = Path(__file__).resolve().parent.parent
# A copy: what the file adds to the environment is for the site's own processes.
_env = Environment(dict(os.environ), _base)
_processes, _static_root = Processes.read(_env), static_root(_env, _base)
logconfig_dict = logging_settings(_env, debug=_env.read("DEBUG", boolean, default=False))
try:
    _env.refuse_faults()
except SettingsUnusable as error:
    sys.exit(str(error))
if not (Path(_static_root) / MANIFEST).is_file():
    sys.exit(
        f"{_static_root} has no style sheets and scripts, so the site was not started: run"
        " manage.py collectstatic. Nothing was done."
    )

bind = "127.0.0.1:8000"
# A retry has an event loop in a thread of its own, which greenlets cannot give it.
worker_class = "gthread"
workers, threads = _processes.workers, _processes.threads


def on_starting(server: Any) -> None:
    """Refuse what the command line says in place of this file, before anything is begun."""
    refuse_other_workers(server.cfg.worker_class_str)
    processes.on_starting(server)


# No request is cut off: SIGTERM, SIGHUP and max_requests let a process end those that it has begun.
graceful_timeout = _processes.longest_request_seconds
timeout = graceful_timeout + 30
max_requests, max_requests_jitter = 5000, 1000

# The page that confirms a retry has the ids of all ticked rows in its address.
limit_request_line = 8190
control_socket_disable = True
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 - never on a disk
