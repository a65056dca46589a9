"""Requests that CloudFormation knows again by their token, and answers as it did the first time.

boto3 repeats a call whose answer was lost; AWS then does not act twice. ministack ignores the
tokens.
https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateChangeSet.html
https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ExecuteChangeSet.html
"""

from collections import OrderedDict
from urllib.parse import parse_qs

from aws_setup.local.http import Request, Response

TOKENS = {"CreateChangeSet": "ClientToken", "ExecuteChangeSet": "ClientRequestToken"}
KEPT = 100

Key = tuple[str, str]


class Repeats:
    """The newest answers to requests that carried a token."""

    def __init__(self) -> None:
        self._answers: OrderedDict[Key, Response] = OrderedDict()

    def answer_to(self, request: Request) -> Response | None:
        """Return the answer that the same request got before, if it did."""
        return self._answers.get(_key(request))

    def remember(self, request: Request, response: Response) -> None:
        """Keep the answer, if it was a success and may be asked for again."""
        key = _key(request)
        if key[1] and response.status == 200:  # noqa: PLR2004
            self._answers[key] = response
            while len(self._answers) > KEPT:
                self._answers.popitem(last=False)


def _key(request: Request) -> Key:
    name = TOKENS.get(request.operation)
    if not name:
        return "", ""
    return request.operation, parse_qs(request.body.decode()).get(name, [""])[0]
