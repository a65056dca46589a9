"""The trigger's hosts, in each partition of AWS."""

import pytest

from tests.aws_setup.triggers.lambda_runtime import (
    Context,
    new_container,
    recorded,
    set_environment,
)
from tests.aws_setup.triggers.stub_aws import (
    APPSYNC,
    DYNAMODB,
    SSM,
    StubAws,
    graphql_error,
    url_is,
)


@pytest.mark.parametrize(
    ("region", "suffix"),
    [
        ("eu-central-1", "amazonaws.com"),
        ("us-gov-west-1", "amazonaws.com"),
        ("cn-north-1", "amazonaws.com.cn"),
    ],
)
def test_the_trigger_calls_the_partitions_own_hosts(
    stub: StubAws, monkeypatch: pytest.MonkeyPatch, region: str, suffix: str
) -> None:
    set_environment(
        monkeypatch, AWS_ENDPOINT_URL=stub.endpoint_url, AWS_REGION=region, URL_SUFFIX=suffix
    )
    api = f"abcdefghij.appsync-api.{region}.{suffix}"
    stub.answer(SSM, url_is(f"https://{api}/graphql"))
    stub.answer(APPSYNC, graphql_error("GroupNotAllowed"))
    new_container().handler(recorded(), Context())
    hosts = {name: stub.received(name)[0].headers["host"] for name in (SSM, APPSYNC, DYNAMODB)}
    assert hosts == {
        SSM: f"ssm.{region}.{suffix}",
        APPSYNC: api,
        DYNAMODB: f"dynamodb.{region}.{suffix}",
    }
    scopes = {
        stub.received(name)[0].headers["authorization"].split("/")[2] for name in stub.operations
    }
    assert scopes == {region}
