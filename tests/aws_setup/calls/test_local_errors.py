"""What boto3 reads by itself may hold anything: it is used, or one line says what is wrong."""

import os
from contextlib import ExitStack, closing
from itertools import product
from pathlib import Path

import pytest

from aws_setup.calls.clients import aws_session, translated_errors
from aws_setup.exceptions import AwsSetupError, SettingMissing
from tests.harness.counts import count

KEYS = {"AWS_ACCESS_KEY_ID": "AKIAODD", "AWS_SECRET_ACCESS_KEY": "it's secret"}
NOBODY = "http://127.0.0.1:1"  # nobody listens there
VARIABLES = (
    *("AWS_ENDPOINT_URL", "AWS_MAX_ATTEMPTS", "AWS_DEFAULTS_MODE", "AWS_METADATA_SERVICE_TIMEOUT"),
    *("AWS_SESSION_TOKEN", "AWS_SECRET_ACCESS_KEY", "AWS_ACCESS_KEY_ID", "HTTP_PROXY"),
    *("AWS_CA_BUNDLE", "AWS_CONFIG_FILE"),
)
# Read for the clients, and not for the credentials.
OF_CLIENTS = (
    *("AWS_ACCOUNT_ID_ENDPOINT_MODE", "AWS_REQUEST_MIN_COMPRESSION_SIZE_BYTES"),
    *("AWS_S3_DISABLE_EXPRESS_SESSION_AUTH", "AWS_S3_US_EAST_1_REGIONAL_ENDPOINT"),
    *("AWS_REQUEST_CHECKSUM_CALCULATION", "AWS_RESPONSE_CHECKSUM_VALIDATION"),
    *("AWS_STS_REGIONAL_ENDPOINTS", "AWS_ENDPOINT_DISCOVERY_ENABLED", "AWS_USE_FIPS_ENDPOINT"),
    *("AWS_SDK_UA_APP_ID", "AWS_SIGV4A_SIGNING_REGION_SET", "AWS_AUTH_SCHEME_PREFERENCE"),
)
# Read only without a key.
WITHOUT_KEYS = ("AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CONTAINER_CREDENTIALS_FULL_URI")
VALUES = (
    *("abc", "-1", "x\nyz", "\u00e4\u2028", "b\udcff", "http://[::1", "http://127.0.0.1:99999"),
    *("::::", "/nope", "%s{}"),
)
PROFILES = (
    *("credential_process = /nope", 'credential_process = "x', "credential_process = echo hi"),
    *("credential_process = echo []", "credential_process = echo '{\"Version\": 1}'"),
    *("role_arn = x\nsource_profile = y", "sso_session = x", "max_attempts = many"),
    *("retry_mode = x", "region", "s3 =\n  x = y", "parameter_validation = maybe", "[", "\udcff"),
    *("role_arn = x\nweb_identity_token_file = /nope", "services = x", "defaults_mode = x"),
)


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """An environment with which a call fails only because nobody listens."""
    for name in [each for each in os.environ if each.startswith("AWS_") or "PROXY" in each.upper()]:
        monkeypatch.delenv(name)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, os.devnull)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    monkeypatch.setenv("AWS_ENDPOINT_URL", NOBODY)
    return monkeypatch


def call() -> None:
    with translated_errors(), ExitStack() as opened:
        session = aws_session("eu-central-1")
        for service in ("s3", "dynamodb"):  # which have options of their own
            opened.enter_context(closing(session.client(service)))
        opened.enter_context(closing(session.client("sts"))).get_caller_identity()


def said_of_a_call() -> str:
    with pytest.raises(AwsSetupError) as caught:
        call()
    error = caught.value
    assert error.hint
    assert str(error).splitlines() == [str(error)]
    return str(error)


@pytest.mark.parametrize("name", [*VARIABLES, *WITHOUT_KEYS])
def test_an_odd_variable_is_one_line_without_its_secret(
    bare: pytest.MonkeyPatch, name: str
) -> None:
    bare.setenv("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/x")
    for value in VALUES:
        if name not in WITHOUT_KEYS:
            for each, key in KEYS.items():
                bare.setenv(each, key)
        bare.setenv(name, value)
        said = said_of_a_call()
        if name in {*KEYS, "AWS_SESSION_TOKEN"}:
            assert "yz" not in said
    count("variables of boto3 with an odd value", len(VALUES))


@pytest.mark.parametrize("name", OF_CLIENTS)
def test_an_odd_variable_of_the_clients_is_no_trouble_with_credentials(
    bare: pytest.MonkeyPatch, name: str
) -> None:
    for each, key in KEYS.items():
        bare.setenv(each, key)
    for value in VALUES:
        bare.setenv(name, value)
        assert "credentials" not in said_of_a_call()
    count("variables of boto3 with an odd value", len(VALUES))


@pytest.mark.parametrize("of_credentials", [False, True])
def test_an_odd_profile_is_one_line(
    bare: pytest.MonkeyPatch, tmp_path: Path, *, of_credentials: bool
) -> None:
    file = tmp_path / "profiles"
    bare.setenv("AWS_SHARED_CREDENTIALS_FILE" if of_credentials else "AWS_CONFIG_FILE", str(file))
    for profile in PROFILES:
        file.write_bytes(f"[default]\n{profile}\n".encode(errors="surrogateescape"))
        said_of_a_call()
    count("profiles of boto3 with an odd line", len(PROFILES))


def test_a_request_that_cannot_be_sent_is_no_lost_connection(bare: pytest.MonkeyPatch) -> None:
    for (name, key), end in product(KEYS.items(), ("\n", "\r\n", "\nx")):
        for each, value in KEYS.items():
            bare.setenv(each, value)
        bare.setenv(name, key)
        bare.setenv("AWS_SESSION_TOKEN", f"token{end}")
        said = said_of_a_call()
        assert "token" not in said
        assert "lost" not in said


def test_an_error_of_our_own_passes() -> None:
    with pytest.raises(SettingMissing, match="ours"), translated_errors():
        raise SettingMissing("ours")
    with pytest.raises(KeyError), translated_errors():
        raise KeyError("ours")
