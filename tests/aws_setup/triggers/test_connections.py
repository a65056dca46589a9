"""The way to the services: TLS, hosts that are gone, answers that come too slowly."""

import datetime as dt
import ssl
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.aws_setup.triggers.lambda_runtime import (
    Context,
    log_lines,
    new_container,
    recorded,
    set_environment,
)
from tests.aws_setup.triggers.stub_aws import (
    APPSYNC,
    DRIPS,
    DYNAMODB,
    HANGS,
    SSM,
    URL,
    Answer,
    StubAws,
    url_is,
)

# A name that cannot even be asked for: no label of a host name is longer than 63 characters.
GONE = URL.replace("abcdefghij", "gone" * 16)
ELSEWHERE = URL.replace("abcdefghij", "else" * 16)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for localhost with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "localhost.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path.write_bytes(signed.public_bytes(serialization.Encoding.PEM) + private)
    return path


@pytest.fixture
def api(certificate: Path) -> Iterator[StubAws]:
    """An API behind TLS, as the real one is."""
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)
    with StubAws(tls) as server:
        yield server


@pytest.fixture
def trigger_of_tls_api(
    stub: StubAws, api: StubAws, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> ModuleType:
    """The trigger, which calls the API over TLS, as in AWS, and trusts `certificate`."""
    set_environment(
        monkeypatch,
        AWS_ENDPOINT_URL_APPSYNC=api.endpoint_url,
        AWS_ENDPOINT_URL_SSM=stub.endpoint_url,
        AWS_ENDPOINT_URL_DYNAMODB=stub.endpoint_url,
        SSL_CERT_FILE=str(certificate),
    )
    return new_container()


@pytest.fixture
def trigger_without_an_api(stub: StubAws, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The trigger as in AWS: it calls the URL of the parameter itself."""
    set_environment(
        monkeypatch,
        AWS_ENDPOINT_URL_SSM=stub.endpoint_url,
        AWS_ENDPOINT_URL_DYNAMODB=stub.endpoint_url,
    )
    return new_container()


def test_an_api_behind_tls_is_called_by_its_own_name(
    trigger_of_tls_api: ModuleType, stub: StubAws, api: StubAws
) -> None:
    trigger_of_tls_api.handler(recorded(), Context())
    assert (stub.operations, api.operations) == ([SSM], [APPSYNC])
    [call] = api.received(APPSYNC)
    assert f"https://{call.headers['host']}/graphql" == URL


def test_an_api_whose_certificate_is_not_trusted_gets_no_request(
    stub: StubAws, api: StubAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_environment(
        monkeypatch,
        AWS_ENDPOINT_URL_APPSYNC=api.endpoint_url,
        AWS_ENDPOINT_URL_SSM=stub.endpoint_url,
        AWS_ENDPOINT_URL_DYNAMODB=stub.endpoint_url,
    )
    new_container().handler(recorded(), Context(), pause=lambda: None)
    assert api.operations == []
    assert "certificate verify failed" in stub.reason[1]


def test_a_host_that_is_gone_is_looked_up_again(
    trigger_without_an_api: ModuleType, stub: StubAws
) -> None:
    stub.answer(SSM, url_is(GONE), url_is(ELSEWHERE))
    trigger_without_an_api.handler(recorded(), Context(), pause=lambda: None)
    assert stub.operations == [SSM, SSM, DYNAMODB]
    assert stub.reason[1].startswith("elseelse")


def test_a_host_that_stays_gone_is_recorded(
    trigger_without_an_api: ModuleType, stub: StubAws, capsys: pytest.CaptureFixture[str]
) -> None:
    stub.answer(SSM, url_is(GONE))
    trigger_without_an_api.handler(recorded(), Context(), pause=lambda: None)
    assert stub.operations == [SSM, SSM, DYNAMODB]
    assert stub.reason[0] == "Unreachable"
    assert [line["attempt"] for line in log_lines(capsys)] == [1, 2]


@pytest.mark.parametrize("slow", [HANGS, DRIPS])
def test_a_slow_api_leaves_time_for_the_record(
    slow: Answer, trigger: ModuleType, stub: StubAws
) -> None:
    stub.answer(APPSYNC, slow)
    context = Context(2.0)
    trigger.handler(recorded(), context)
    assert stub.operations == [SSM, APPSYNC, DYNAMODB]
    assert stub.reason[0] == "Timeout"
    assert context.get_remaining_time_in_millis() > 0


def test_without_time_for_the_api_the_failure_is_recorded_at_once(
    trigger: ModuleType, stub: StubAws
) -> None:
    trigger.handler(recorded(), Context(1.2))
    assert stub.operations == [DYNAMODB]
    assert stub.reason[0] == "Timeout"


def test_a_slow_table_does_not_hold_the_answer_back(
    trigger: ModuleType, stub: StubAws, capsys: pytest.CaptureFixture[str]
) -> None:
    stub.answer(APPSYNC, HANGS)
    stub.answer(DYNAMODB, HANGS)
    context, event = Context(1.8), recorded()
    assert trigger.handler(event, context) is event
    assert context.get_remaining_time_in_millis() > 0
    [line] = log_lines(capsys)
    assert "NOT recorded: CallError: Timeout" in line["message"]
