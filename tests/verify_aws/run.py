"""`make verify-aws`: compares the embedded AWS with the account of the environment."""

import os
import signal
import sys

import django

INTERRUPTED = 130  # as a shell reports a process that Ctrl-C ended
REFUSAL = (
    "This deploys a stack into the AWS account of your environment, signs some people up in it and "
    "removes it again.\nNothing was done. Set VERIFY_AWS=1 if you want that.\n"
)
NOT_AWS = (
    "AWS_ENDPOINT_URL is set, but only AWS's own answers may be recorded.\n"
    "Nothing was done. Unset it.\n"
)


def main() -> int:
    """Return 0 if every observation was made, every test passed and the stack is gone again."""
    if os.environ.get("VERIFY_AWS") != "1":
        sys.stderr.write(REFUSAL)
        return 1
    if os.environ.get("AWS_ENDPOINT_URL"):
        sys.stderr.write(NOT_AWS)
        return 1
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.verify_aws.settings"
    django.setup()
    from aws_setup.exceptions import AwsSetupError
    from tests.verify_aws.observations.every import OBSERVATIONS
    from tests.verify_aws.observing import RECORDED
    from tests.verify_aws.verification import deploy_and_verify

    # Whoever ends the process or closes its terminal wants the stack to be removed, too.
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    try:
        failed = deploy_and_verify(OBSERVATIONS, RECORDED, sys.stdout)
    except AwsSetupError as error:
        sys.stderr.write(f"{error}\n{error.hint}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("Interrupted.\n")
        return INTERRUPTED
    sys.stderr.writelines(f"{name} failed: {line}\n" for name, line in failed.items())
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
