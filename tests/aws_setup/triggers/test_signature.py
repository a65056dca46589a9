"""The signature, against AWS's published examples and against botocore's signer."""

import string

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import given
from hypothesis import strategies as st

from tests.aws_setup.triggers.lambda_runtime import new_container

trigger = new_container()

# The POST requests of the suite that AWS published, with their results.
# https://docs.aws.amazon.com/general/latest/gr/signature-v4-test-suite.html
SUITE_KEYS = ("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
SUITE_TOKEN = (
    "AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPfI"
    "eoIYRqTflfKD8YUuwthAx7mSEI/qkPpKPi/kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQDYwT7WZ0"
    "wq5VSXDvp75YU9HFvlRd8Tx6q6fE8YQcHNVXAkiY9q6d+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+scqKmlzm8FDry"
    "pNC9Yjc8fPOLn9FX9KSYvKTr4rvx3iSIlTJabIQwj2ICCR/oLxBA=="
)
FORM = "application/x-www-form-urlencoded"
SUITE = {
    "post-vanilla": (
        {},
        b"",
        "host;x-amz-date",
        "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b",
    ),
    "post-header-key-sort": (
        {"My-Header1": "value1"},
        b"",
        "host;my-header1;x-amz-date",
        "c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c",
    ),
    "post-header-value-case": (
        {"My-Header1": "VALUE1"},
        b"",
        "host;my-header1;x-amz-date",
        "cdbc9802e29d2942e5e10b5bccfdd67c5f22c7c4e8ae67b53629efa58b974b7d",
    ),
    "post-sts-header-before": (
        {"X-Amz-Security-Token": SUITE_TOKEN},
        b"",
        "host;x-amz-date;x-amz-security-token",
        "85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead",
    ),
    "post-x-www-form-urlencoded": (
        {"Content-Type": FORM},
        b"Param1=value1",
        "content-type;host;x-amz-date",
        "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
    ),
    "post-x-www-form-urlencoded-parameters": (
        {"Content-Type": f"{FORM}; charset=utf8"},
        b"Param1=value1",
        "content-type;host;x-amz-date",
        "1a72ec8f64bd914b0e42e42607c7fbce7fb2c7465f63e3092b3b0d39fa77a6fe",
    ),
}


@pytest.mark.parametrize("name", SUITE)
def test_an_example_that_aws_published_gets_the_published_signature(name: str) -> None:
    more, body, names, signature = SUITE[name]
    headers = {"Host": "example.amazonaws.com", "X-Amz-Date": "20150830T123600Z", **more}
    scope = ("us-east-1", "service")
    assert trigger.authorization("/", headers, body, scope, SUITE_KEYS) == (
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
        f"SignedHeaders={names}, Signature={signature}"
    )


words = st.text(string.ascii_lowercase + string.digits, min_size=1, max_size=12)
hosts = st.builds(
    lambda labels, port: ".".join(labels) + (f":{port}" if port else ""),
    st.lists(words, min_size=1, max_size=4),
    st.none() | st.integers(1, 65535),
)
header_values = st.text([chr(code) for code in range(32, 127)], max_size=40)
header_names = words.map(lambda word: f"X-{word.title()}")
tokens = st.none() | st.text(string.ascii_letters + string.digits + "+/=", min_size=1, max_size=400)
bodies = st.binary(max_size=200) | st.text(max_size=200).map(str.encode)


@given(
    host=hosts,
    path=st.sampled_from(["/", "/graphql", "/v1/graph-ql_~.x"]),
    more=st.dictionaries(header_names, header_values, max_size=4),
    body=bodies,
    scope=st.tuples(words, st.sampled_from(["appsync", "ssm", "dynamodb"])),
    keys=st.tuples(words, st.text(min_size=1, max_size=40)),
    token=tokens,
)
def test_any_request_gets_the_signature_of_botocore(
    *,
    host: str,
    path: str,
    more: dict[str, str],
    body: bytes,
    scope: tuple[str, str],
    keys: tuple[str, str],
    token: str | None,
) -> None:
    request = AWSRequest("POST", f"https://{host}{path}", {"Host": host, **more}, body)
    region, service = scope
    SigV4Auth(Credentials(*keys, token), service, region).add_auth(request)
    headers = dict(request.headers.items())
    expected = headers.pop("Authorization")
    assert trigger.authorization(path, headers, body, scope, keys) == expected
