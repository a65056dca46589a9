"""`make verify-aws`: compares the embedded AWS with the account of the environment.

VERIFY_AWS=1 does it; VERIFY_AWS=permissions prints what that takes; REMOVE=verify-0123abcd removes
what a run that was killed has left.
"""

import json
import os
import re
import signal
import sys

import django

INTERRUPTED = 130  # as a shell reports a process that Ctrl-C ended
REFUSAL = (
    "This deploys a stack into the AWS account of your environment, signs some people up in it and "
    "removes it again.\nNothing was done. Set VERIFY_AWS=1 if you want that; "
    "VERIFY_AWS=permissions prints the permissions that it takes.\n"
)
NOT_AWS = (
    "AWS_ENDPOINT_URL is set, but only AWS's own answers may be recorded.\n"
    "Nothing was done. Unset it.\n"
)
NOT_OURS = (
    "{name} is no name that a verification gives, which is verify- and eight hexadecimal digits.\n"
    "Nothing was removed.\n"
)


def main() -> int:
    """Return 0 if every observation was made, every test passed and the stack is gone again."""
    asked, name = os.environ.get("VERIFY_AWS"), os.environ.get("REMOVE", "")
    if refusal := _refusal(asked, name):
        sys.stderr.write(refusal)
        return 1
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.verify_aws.settings"
    django.setup()
    from aws_setup.exceptions import AwsSetupError

    # Whoever ends the process or closes its terminal wants the stack to be removed, too.
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    try:
        failed = _remove(name) if name else _print_or_verify(asked)
    except AwsSetupError as error:
        sys.stderr.write(f"{error}\n{error.hint}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("Interrupted.\n")
        return INTERRUPTED
    sys.stderr.writelines(f"{name} failed: {line}\n" for name, line in failed.items())
    return 1 if failed else 0


def _refusal(asked: str | None, name: str) -> str:
    """Return why nothing is done, or ""."""
    if name:
        is_ours = re.fullmatch("verify-[0-9a-f]{8}", name)
        return "" if is_ours else NOT_OURS.format(name=name)
    if asked not in {"1", "permissions"}:
        return REFUSAL
    return NOT_AWS if os.environ.get("AWS_ENDPOINT_URL") else ""


def _print_or_verify(asked: str | None) -> dict[str, str]:
    from aws_setup.calls.clients import aws_session
    from tests.verify_aws.observations.every import OBSERVATIONS
    from tests.verify_aws.observing import RECORDED
    from tests.verify_aws.permissions import policies
    from tests.verify_aws.verification import deploy_and_verify

    if asked == "1":
        return deploy_and_verify(OBSERVATIONS, RECORDED, sys.stdout)
    session = aws_session()
    region = session.region_name
    printed = policies(region, session.get_partition_for_region(region))
    sys.stdout.write(f"{json.dumps(printed, indent=2)}\n")
    return {}


def _remove(name: str) -> dict[str, str]:
    from aws_setup.calls.clients import aws_session
    from tests.verify_aws.verification import remove_leftovers

    left = remove_leftovers(aws_session(), name, sys.stdout)
    return {name: left} if left else {}


if __name__ == "__main__":
    sys.exit(main())
