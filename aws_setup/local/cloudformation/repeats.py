"""Repeated requests, which CloudFormation recognizes by their token and gives the first answer.

boto3 repeats a call when its answer was lost, and AWS then does not act twice. ministack ignores
the tokens.
https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateChangeSet.html
https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ExecuteChangeSet.html
"""

from collections import OrderedDict

from aws_setup.local.http import Request, Response

TOKENS = {"CreateChangeSet": "ClientToken", "ExecuteChangeSet": "ClientRequestToken"}
KEPT = 100

Key = tuple[str, str]


class Repeats:
    """The latest answers to requests that carried a token."""

    def __init__(self) -> None:
        self._answers: OrderedDict[Key, Response] = OrderedDict()

    def answer_to(self, request: Request) -> Response | None:
        """Return the answer that the same request got before, or None if it is new."""
        return self._answers.get(_key(request))

    def remember(self, request: Request, response: Response) -> None:
        """Keep the answer if the request succeeded and carried a token."""
        key = _key(request)
        if key[1] and response.status == 200:  # noqa: PLR2004
            self._answers[key] = response
            while len(self._answers) > KEPT:
                self._answers.popitem(last=False)


def _key(request: Request) -> Key:
    name = TOKENS.get(request.operation)
    if not name:
        return "", ""
    return request.operation, request.parameter(name)
