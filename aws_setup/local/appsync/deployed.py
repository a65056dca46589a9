"""A GraphQL API as it is deployed, read from ministack's stores."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from ministack.core.responses import request_scope
from ministack.services import appsync

APPSYNC_JS = "APPSYNC_JS"


@dataclass(frozen=True, slots=True, kw_only=True)
class UserPool:
    """A user pool whose tokens an API accepts."""

    pool_id: str
    region: str
    client_id_pattern: str  # "" accepts the tokens of every app client
    denies_by_default: bool  # DefaultAction DENY

    @classmethod
    def from_api(cls, raw: Mapping[str, Any], region: str) -> Self:
        """Read a UserPoolConfig or CognitoUserPoolConfig."""
        return cls(
            pool_id=raw["userPoolId"],
            region=raw.get("awsRegion") or region,
            client_id_pattern=raw.get("appIdClientRegex") or "",
            denies_by_default=raw.get("defaultAction") == "DENY",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DataSource:
    """Where a resolver's request goes."""

    name: str
    kind: str  # NONE, HTTP, AMAZON_DYNAMODB, ...
    service_role_arn: str  # "" for NONE
    http: Mapping[str, Any]  # httpConfig
    dynamodb: Mapping[str, Any]  # dynamodbConfig

    @classmethod
    def from_api(cls, raw: Mapping[str, Any]) -> Self:
        """Read a DataSource of the AppSync API."""
        return cls(
            name=raw["name"],
            kind=raw["type"],
            service_role_arn=raw.get("serviceRoleArn") or "",
            http=raw.get("httpConfig") or {},
            # CreateDataSource calls it dynamodbConfig, unlike CloudFormation.
            dynamodb=raw.get("dynamodbConfig") or {},
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Code with the data source that it talks to: a pipeline function or a resolver."""

    name: str
    runtime: str  # APPSYNC_JS, or "" for mapping templates
    code: str
    data_source: str  # "" for a pipeline resolver
    function_ids: tuple[str, ...]  # of a pipeline resolver, in order
    is_pipeline: bool

    @classmethod
    def from_api(cls, raw: Mapping[str, Any]) -> Self:
        """Read a Resolver or a FunctionConfiguration of the AppSync API."""
        pipeline = raw.get("pipelineConfig") or {}
        return cls(
            name=raw.get("name") or f"{raw.get('typeName')}.{raw.get('fieldName')}",
            runtime=(raw.get("runtime") or {}).get("name", ""),
            code=raw.get("code") or "",
            data_source=raw.get("dataSourceName") or "",
            function_ids=tuple(pipeline.get("functions") or ()),
            is_pipeline=raw.get("kind") == "PIPELINE",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Api:
    """A GraphQL API with everything that it executes."""

    api_id: str
    account_id: str
    region: str
    default_mode: str  # for example AMAZON_COGNITO_USER_POOLS
    modes: frozenset[str]
    user_pools: tuple[UserPool, ...]
    environment: Mapping[str, str]
    introspection: bool
    query_depth_limit: int  # 0: none
    resolver_count_limit: int  # 0: AppSync's own
    schema: str  # "" when none was created
    resolvers: Mapping[tuple[str, str], Step]  # by type and field
    functions: Mapping[str, Step]  # by function id
    data_sources: Mapping[str, DataSource]

    @property
    def arn(self) -> str:
        """The API's ARN."""
        return f"arn:aws:appsync:{self.region}:{self.account_id}:apis/{self.api_id}"


def load(api_id: str, account_id: str, region: str) -> Api | None:
    """Return the API as it is deployed now, or None if this Region has no API with that id."""
    with request_scope(account_id, region):
        raw = appsync._apis.get(api_id)  # noqa: SLF001
        return _read(raw, account_id, region) if raw else None


def _read(raw: Mapping[str, Any], account_id: str, region: str) -> Api:
    api_id = raw["apiId"]
    providers = [raw, *(raw.get("additionalAuthenticationProviders") or [])]
    pools = [provider["userPoolConfig"] for provider in providers if provider.get("userPoolConfig")]
    return Api(
        api_id=api_id,
        account_id=account_id,
        region=region,
        default_mode=raw["authenticationType"],
        modes=frozenset(provider["authenticationType"] for provider in providers),
        user_pools=tuple(UserPool.from_api(pool, region) for pool in pools),
        environment=dict(raw.get("environmentVariables") or {}),
        introspection=raw.get("introspectionConfig") != "DISABLED",
        query_depth_limit=int(raw.get("queryDepthLimit") or 0),
        resolver_count_limit=int(raw.get("resolverCountLimit") or 0),
        schema=_store("_schemas", api_id).get("definition", ""),
        resolvers={
            (type_name, field_name): Step.from_api(resolver)
            for type_name, resolvers in _store("_resolvers", api_id).items()
            for field_name, resolver in resolvers.items()
        },
        functions={
            function_id: Step.from_api(function)
            for function_id, function in _store("_functions", api_id).items()
        },
        data_sources={
            name: DataSource.from_api(source)
            for name, source in _store("_data_sources", api_id).items()
        },
    )


def _store(name: str, api_id: str) -> dict[str, Any]:
    # A copy: the control plane may change the store while this API is being read.
    return dict(getattr(appsync, name).get(api_id) or {})
