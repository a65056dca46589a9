"""What the calls of the API take from their surroundings: what boto3 takes, and nothing else."""

import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

import boto3
import pytest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import BotoCoreError, ClientError
from hypothesis import example, given, settings
from hypothesis import strategies as st

from businesses.aws.api.appsync import Api
from businesses.aws.api.mutation import Mutation, MutationCalls, RetryPolicy
from businesses.concurrency.turns import EvenRate
from businesses.concurrency.worker_pool import WorkerPool
from businesses.exceptions import ApiNotCalled
from businesses.records.onboarding import Reason
from tests.businesses.aws.api.graphql_stub import DONE, GraphqlStub, always, graphql_stub
from tests.businesses.aws.api.proxy import Proxy, certificate, proxy
from tests.businesses.onboardings import onboarding
from tests.harness.counts import count
from tests.harness.examples import examples

QUICK = RetryPolicy(seconds=5, pause_seconds=0.002, longest_pause_seconds=0.01)
PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY")


def onboard(url: str, people: int = 1) -> list[Reason | None]:
    """Call the mutation for so many people; return the reasons of failures."""
    api = Api(
        url="https://abc123.appsync-api.eu-central-1.amazonaws.com/graphql",
        region="eu-central-1",
        credentials=Credentials("AKIAEXAMPLE", "example"),
        connect_url=url,
    )
    stop = threading.Event()
    calls = Mutation(api, rate=EvenRate(None), policy=QUICK)
    workers = WorkerPool(
        partial(calls.connected, stop), MutationCalls.onboard, stop=stop, at_once=1
    )
    return list(workers.run(onboarding(number).person for number in range(people)))


def ask_with_boto3(url: str) -> None:
    """Call the same address the way pages do; what it answers does not matter."""
    config = Config(retries={"total_max_attempts": 1}, connect_timeout=5, read_timeout=5)
    session = boto3.Session("AKIAEXAMPLE", "example", region_name="eu-central-1")
    with closing(session.client("dynamodb", endpoint_url=url, config=config)) as dynamodb:
        try:
            dynamodb.list_tables()
        except (BotoCoreError, ClientError):
            return


@pytest.fixture(scope="module")
def api() -> Iterator[GraphqlStub]:
    """An API that answers everything with success."""
    with graphql_stub(always(200, DONE)) as stub:
        yield stub


@pytest.fixture(scope="module")
def through() -> Iterator[Proxy]:
    """A proxy."""
    with proxy() as serving:
        yield serving


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*PROXIES, *map(str.lower, PROXIES), "NETRC", "AWS_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)


words = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=12)
hosts = st.sampled_from(["127.0.0.1", "localhost", "abc123.appsync-api.eu-central-1.amazonaws.com"])
entries = st.one_of(
    st.builds("default login {} password {}".format, words, words),
    st.builds("machine {} login {} password {}".format, hosts, words, words),
    st.builds("machine {} login {}".format, hosts, words),
    st.builds("macdef {}\necho\n".format, words),
    st.builds("# {}".format, words),
    words,
)
netrcs = st.lists(entries, max_size=4).map("\n".join) | st.binary(max_size=40)


@given(netrc=netrcs)
@example(netrc="default login me password secret")
@settings(max_examples=examples(60), deadline=None)
def test_a_netrc_is_never_read(
    api: GraphqlStub, tmp_path_factory: pytest.TempPathFactory, netrc: str | bytes
) -> None:
    path = tmp_path_factory.mktemp("home") / "netrc"
    path.write_bytes(netrc if isinstance(netrc, bytes) else netrc.encode())
    path.chmod(0o600)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NETRC", str(path))
        assert onboard(api.url) == [None]
    assert api.heard[-1].headers["authorization"].startswith("AWS4-HMAC-SHA256 ")
    count("netrc files")


def userinfo(user: str, password: str) -> str:
    return f"{quote(user, safe='')}:{quote(password, safe='')}@"


users = words.filter(lambda user: ":" not in user)  # RFC 7617 forbids it
logins = st.just("") | st.builds(userinfo, users, words)
exceptions = st.lists(
    st.sampled_from(["127.0.0.1", "127.0.0.1:{port}", "127.0.0.1:1", "*", "example.com", " ", ""]),
    max_size=3,
).map(",".join)


def environment(name: str, address: str, no_proxy_name: str, no_proxy: str) -> dict[str, str]:
    return {name: address, no_proxy_name: no_proxy}


environments = st.builds(
    environment,
    st.sampled_from(["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY"]),
    st.builds("{}{}{{proxy}}".format, st.sampled_from(["http://", "", "//"]), logins),
    st.sampled_from(["NO_PROXY", "no_proxy"]),
    exceptions,
)


@given(variables=environments)
@example(variables={"http_proxy": "http://me:p%40ss@{proxy}"})
@example(variables={"http_proxy": "http://{proxy}", "NO_PROXY": "127.0.0.1"})
@settings(max_examples=examples(60), deadline=None)
def test_a_call_goes_through_the_proxy_through_which_boto3_goes(
    api: GraphqlStub, through: Proxy, variables: dict[str, str]
) -> None:
    port = api.url.rpartition(":")[2]
    with pytest.MonkeyPatch.context() as patch:
        for name, value in variables.items():
            patch.setenv(name, value.replace("{proxy}", through.address).replace("{port}", port))
        through.heard.clear()
        ask_with_boto3(api.url)
        theirs = [(method, who) for method, _, who in through.heard]
        through.heard.clear()
        assert onboard(api.url) == [None]
        assert [(method, who) for method, _, who in through.heard] == theirs
    count("environments with a proxy")


@contextmanager
def served_with_tls(folder: Path) -> Iterator[tuple[GraphqlStub, Path]]:
    """Serve the API with a certificate that nobody knows; yield the certificate's file too."""
    path, context = certificate(folder)
    with graphql_stub(always(200, DONE), context) as stub:
        yield stub, path


def test_a_tunnel_is_opened_with_the_user_and_the_password(
    through: Proxy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", f"http://me:p%40ss@{through.address}")
    with served_with_tls(tmp_path) as (stub, path):
        monkeypatch.setenv("AWS_CA_BUNDLE", str(path))
        through.heard.clear()
        assert onboard(stub.url) == [None]
        host = stub.url.removeprefix("https://")
    assert through.heard == [("CONNECT", host, "me:p@ss")]
    assert "proxy-authorization" not in stub.heard[0].headers


def refused(call: Callable[[], Any]) -> ApiNotCalled:
    with pytest.raises(ApiNotCalled) as caught:
        call()
    assert "connection was lost" not in str(caught.value)
    return caught.value


def test_a_certificate_that_nobody_knows_stops_everything_and_says_what_to_do(
    tmp_path: Path,
) -> None:
    with served_with_tls(tmp_path) as (stub, _):
        error = refused(partial(onboard, stub.url, 5))
        assert stub.heard == []
    assert "CertificateNotTrusted: The API's certificate is not trusted: self" in str(error)
    assert "AWS_CA_BUNDLE" in error.hint


def test_certificates_that_cannot_be_read_stop_everything(
    api: GraphqlStub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for broken in (tmp_path / "nowhere", tmp_path, Path(__file__)):
        monkeypatch.setenv("AWS_CA_BUNDLE", str(broken))
        error = refused(partial(onboard, api.url))
        assert (error.kind, error.hint) == ("CertificatesUnreadable", "Check AWS_CA_BUNDLE.")


@pytest.mark.parametrize(
    ("status", "said"),
    [(407, "ProxyRefused: The proxy answered with HTTP status 407"), (403, "403")],
)
def test_a_proxy_that_refuses_stops_everything_without_its_password(
    status: int, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with proxy(connect_status=status) as refusing:
        monkeypatch.setenv("HTTPS_PROXY", f"http://me:secret@{refusing.address}")
        error = refused(partial(onboard, "https://127.0.0.1:1", 5))
        assert len(refusing.heard) == 1
    assert said in str(error)
    assert "HTTPS_PROXY" in error.hint
    assert "secret" not in str(error)


def test_a_proxy_that_finds_nobody_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    with proxy(connect_status=503) as busy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://{busy.address}")
        [reason] = onboard("https://127.0.0.1:1")
        assert len(busy.heard) == QUICK.unanswered_tries
    assert reason
    assert reason.type == "Unreachable"


@pytest.mark.parametrize(
    "address",
    ["http://me:secret@[", "http://me:secret@proxy:port", "http://", "http://m%3Ae:secret@proxy"],
)
def test_a_proxy_that_is_no_url_stops_everything_without_its_password(
    address: str, api: GraphqlStub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", address)
    error = refused(partial(onboard, api.url))
    assert error.kind == "ProxyInvalid"
    assert "secret" not in str(error)


def test_a_server_without_tls_is_not_a_lost_connection(api: GraphqlStub) -> None:
    heard = len(api.heard)
    error = refused(partial(onboard, api.url.replace("http:", "https:"), 3))
    assert error.kind == "TlsFailed"
    assert len(api.heard) == heard


def test_a_user_in_the_address_is_no_credential(api: GraphqlStub) -> None:
    assert onboard(api.url.replace("//", "//me:secret@")) == [None]
