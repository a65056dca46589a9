"""A run in a process of its own, to be killed, that is quick to start.

A server that has imported everything, and read the services' models, forks them.
"""

import logging
import multiprocessing
from collections.abc import Callable
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from botocore.config import Config

from aws_setup.existing.resources import ExistingOptions
from aws_setup.local.iam.sessions import sealed_session
from aws_setup.local.server import LocalAws
from tests.aws_setup.cloudformation_stub import REGION
from tests.aws_setup.hired_operator import ACCESS_KEY_ID, SECRET_ACCESS_KEY
from tests.harness import once_a_process

NO_RETRIES = Config(retries={"total_max_attempts": 1})
SERVICES = (
    *("cloudformation", "cognito-idp", "dynamodb", "iam", "resourcegroupstaggingapi"),
    *("s3", "sts"),
)
SESSION: Any = sealed_session("none", "none")
CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload([__name__, "tests.aws_setup.fault_sweep.swept_runs"])

Client = Callable[[str], Any]
Run = Callable[[Client, ExistingOptions], object]

once_a_process.install()
for _service in SERVICES:
    SESSION.client(_service, region_name=REGION).close()


def process_of(run: Run, options: ExistingOptions, aws: LocalAws, log: Path) -> BaseProcess:
    """Return a process to start and to wait for. log: where its warnings go."""
    connection = {
        "endpoint_url": aws.endpoint_url,
        "aws_access_key_id": ACCESS_KEY_ID,
        "aws_secret_access_key": SECRET_ACCESS_KEY,
    }
    return CONTEXT.Process(target=_run, args=(run, options, connection, log))


def _run(run: Run, options: ExistingOptions, connection: dict[str, str], log: Path) -> None:
    logging.basicConfig(filename=log)

    def client(service: Any) -> Any:
        return SESSION.client(service, region_name=REGION, config=NO_RETRIES, **connection)

    run(client, options)
