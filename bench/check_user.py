"""What it costs that the mutation asks Cognito who has the username: `python -m bench.check_user`.

This deploys the stack into the embedded AWS twice: as it is, and without `checkUser`, the first
step of the mutation. It measures the mutation alone, for a user who is onboarded already, and whole
confirmations, from ConfirmSignUp to the trigger's end. The two stacks take turns within each round,
and each figure is the median.

The embedded AWS answers at once, so the ratios say what the additional call costs on this machine;
against AWS, the time in which Cognito answers AdminGetUser comes on top. There is no limit, as the
step is there for safety.
"""

import itertools
import os
import sys
import time
from collections.abc import Callable, Iterator
from statistics import median
from typing import Any

from botocore.credentials import Credentials

from aws_setup.local.server import LocalAws
from aws_setup.template.cfn_yaml import dump_template, parse_template
from aws_setup.template.packaging import render_template
from tests.aws_setup.operator import Operator
from tests.graphql import CREATE, GraphqlClient

REGION = "eu-central-1"
ROUNDS, CALLS = 10, 20
WARM = 10  # the first calls start the trigger's process and fill caches
PASSWORD = "Correct-Horse-1979"
numbers = itertools.count()


class Backend:
    """One deployed stack, and a user of its pool who is onboarded."""

    def __init__(self, aws: LocalAws, name: str, body: str) -> None:
        operator = Operator(lambda service: aws.client(service, REGION), body, stack=name)
        operator.region = REGION
        operator.deploy()
        [stack] = aws.client("cloudformation", REGION).describe_stacks(StackName=name)["Stacks"]
        outputs = {each["OutputKey"]: each["OutputValue"] for each in stack["Outputs"]}
        self._aws, self._pool = aws, outputs["UserPoolId"]
        self._client_id = outputs["UserPoolClientId"]
        self._cognito = aws.client("cognito-idp", REGION)
        self._api = GraphqlClient(aws.endpoint_url, outputs["GraphqlUrl"], REGION)
        self._keys = Credentials(aws.access_key_id, aws.secret_access_key)
        email, sub = self._sign_up()
        self._confirm(email, sub)
        self._person = {
            "email": email, "groupName": "businesses", "name": "Bench", "sub": sub, "username": sub
        }  # fmt: skip

    def mutation(self) -> float:
        """Return how many seconds a call takes for a user who is onboarded."""
        return _timed(self._call)

    def confirmation(self) -> float:
        """Return how many seconds ConfirmSignUp takes, with the trigger and the mutation."""
        email, sub = self._sign_up()
        code = self._aws.code_for(self._pool, sub)
        return _timed(lambda: self._confirm(email, sub, code))

    def _call(self) -> None:
        answer = self._api.signed(self._keys, CREATE, self._person)
        assert answer.data == {"createBusinessInGroup": True}, answer

    def _sign_up(self) -> tuple[str, str]:
        email = f"person-{next(numbers)}@example.com"
        answer = self._cognito.sign_up(
            ClientId=self._client_id,
            Username=email,
            Password=PASSWORD,
            UserAttributes=[{"Name": "email", "Value": email}],
        )
        return email, answer["UserSub"]

    def _confirm(self, email: str, sub: str, code: str = "") -> None:
        self._cognito.confirm_sign_up(
            ClientId=self._client_id,
            Username=email,
            ConfirmationCode=code or self._aws.code_for(self._pool, sub),
        )


def main() -> int:
    """Print a row for each measurement, with its ratio."""
    with LocalAws() as aws:
        os.environ.update(aws.environment(REGION))
        with_it = Backend(aws, "bench-with", render_template())
        without = Backend(aws, "bench-without", dump_template(_without_the_step()))
        print(f"{'ms, medians':16}{'without':>9}{'with':>9}{'ratio':>8}")
        for name in ("mutation", "confirmation"):
            measures = [getattr(each, name) for each in (without, with_it)]
            before, after = _medians(measures)
            print(f"{name:16}{1000 * before:9.1f}{1000 * after:9.1f}{after / before:8.2f}")
    return 0


def _without_the_step() -> dict[str, Any]:
    """Return the template as it was before the mutation asked who has the username."""
    template = parse_template(render_template(), "the template")
    del template["Resources"]["CheckUserFunction"]
    resolver = template["Resources"]["CreateBusinessInGroupResolver"]["Properties"]
    del resolver["PipelineConfig"]["Functions"][0]
    return dict(template)


def _medians(measures: list[Callable[[], float]]) -> Iterator[float]:
    """Yield the median of each; they take turns, so that both meet the same load."""
    for measure in measures:
        for _ in range(WARM):
            measure()
    taken: list[list[float]] = [[] for _ in measures]
    for _ in range(ROUNDS):
        for times, measure in zip(taken, measures, strict=True):
            times += [measure() for _ in range(CALLS)]
    yield from map(median, taken)


def _timed(work: Callable[[], None]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


if __name__ == "__main__":
    sys.exit(main())
