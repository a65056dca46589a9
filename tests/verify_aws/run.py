"""`make verify-aws`: observe a real account, and keep what it answered beside the tests.

Deploys a stack of its own name, makes every observation, evaluates every resolver step, writes the
answers to `recorded/`, and removes the stack with its data whatever happened.
"""

import json
import os
import secrets
import sys
from pathlib import Path
from typing import Any

import boto3
import django

RECORDED = Path(__file__).parent / "recorded"
REFUSAL = (
    "This deploys a stack into the AWS account of your environment, signs some people up in it and "
    "removes it again.\nNothing was done. Say VERIFY_AWS=1 if you want that."
)


def main() -> int:
    """Return 0 when every observation was made and the stack is gone again."""
    if os.environ.get("VERIFY_AWS") != "1":
        sys.stderr.write(f"{REFUSAL}\n")
        return 1
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.verify_aws.settings"
    django.setup()
    from django.core.management import CommandError

    try:
        deploy_and_verify()
    except CommandError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def deploy_and_verify() -> None:
    """Deploy a stack, verify, and remove it with its data. Raises CommandError."""
    from django.conf import settings
    from django.core.management import call_command

    name = f"verify-{secrets.token_hex(4)}"
    settings.BACKEND_STACK_NAME = name
    sys.stdout.write(f"Stack {name} in {settings.AWS_REGION}\n")
    try:
        call_command("deploy_backend", yes=True)
        verify(boto3.Session(region_name=settings.AWS_REGION), name)
    finally:
        call_command("destroy_backend", "--yes", name, "--delete-data", "--yes-delete-data", name)


def verify(session: boto3.Session, stack_name: str) -> None:
    """Observe the deployed stack and write what was answered."""
    from tests.verify_aws.observations import observe_all
    from tests.verify_aws.resolver_cases import cases

    account = account_of(session, stack_name)
    answers = observe_all(account)
    appsync = account.client("appsync")
    answers["evaluations"] = {
        f"{case.file} {case.function}": case.evaluate(appsync) for case in cases()
    }
    record(answers)


def account_of(session: boto3.Session, stack_name: str) -> Any:
    """Return the deployed stack of a real account."""
    from tests.verify_aws.account import Account

    clients: dict[str, Any] = {}

    def client(service: str) -> Any:
        return clients.setdefault(service, session.client(service))  # type: ignore[call-overload]

    [stack] = client("cloudformation").describe_stacks(StackName=stack_name)["Stacks"]
    outputs = {each["OutputKey"]: each["OutputValue"] for each in stack["Outputs"]}
    url = outputs["GraphqlUrl"]
    realtime = url.replace("https://", "wss://").replace("appsync-api", "appsync-realtime-api")
    return Account(
        client=client,
        region=session.region_name,
        outputs=outputs,
        connect_url=url.removesuffix("/graphql"),
        realtime_url=realtime,
        keys=session.get_credentials().get_frozen_credentials(),  # type: ignore[union-attr, arg-type]
    )


def record(answers: dict[str, Any], folder: Path = RECORDED) -> None:
    """Write one file for each observation."""
    folder.mkdir(exist_ok=True)
    for name, answer in answers.items():
        text = json.dumps(answer, indent=1, sort_keys=True, ensure_ascii=False)
        (folder / f"{name}.json").write_text(f"{text}\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
