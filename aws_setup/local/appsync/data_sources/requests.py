"""The data sources of an API: NONE, HTTP and AMAZON_DYNAMODB, each under its own service role.

https://docs.aws.amazon.com/appsync/latest/devguide/resolver-reference-http-js.html
"""

import hashlib
import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

import urllib3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from ministack.core import iam_evaluator
from ministack.core.responses import request_scope
from ministack.services import iam, sts

from aws_setup.local.appsync.data_sources import dynamodb
from aws_setup.local.appsync.data_sources.elements import Elements, not_supported
from aws_setup.local.appsync.deployed import Api, DataSource
from aws_setup.local.appsync.errors import DataSourceFailed

SERVICE = "appsync.amazonaws.com"
_AWS_HOST = re.compile(r"[a-z0-9.-]+\.amazonaws\.com(\.cn)?")
_METHODS = {"GET", "POST", "PUT", "DELETE", "PATCH"}
_RESERVED_HEADERS = {
    "host",
    "connection",
    "user-agent",
    "expect",
    "transfer-encoding",
    "content-length",
}
_SESSION = "APPSYNC_ASSUME_ROLE"
_SALT = secrets.token_hex(16)


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """How data sources reach what they call."""

    endpoint_url: str  # stands for every endpoint of AWS
    connect_timeout_seconds: float = 2.0
    read_timeout_seconds: float = 10.0


def call(api: Api, source: DataSource, request: Any, network: Network) -> Any:
    """Send a data source what a request handler returned, and return its answer: ctx.result.

    Raises DataSourceFailed, which becomes ctx.error, and FieldFailed for a request that
    AppSync would not send.
    """
    if source.kind == "NONE":
        return Elements.of(request).optional("payload")
    if source.kind == "HTTP":
        return _call_http(api, source, Elements.of(request), network)
    if source.kind == "AMAZON_DYNAMODB":
        connection = dynamodb.Connection(
            endpoint_url=network.endpoint_url,
            region=source.dynamodb.get("awsRegion") or api.region,
            credentials=assume_role(api, source),
        )
        return dynamodb.call(source.dynamodb, Elements.of(request), connection)
    raise not_supported(f"A data source of the type {source.kind}")


def assume_role(api: Api, source: DataSource) -> Credentials:
    """Return the credentials of a session of the data source's service role, as AppSync assumes it.

    Raises DataSourceFailed when the role does not exist or does not trust AppSync.
    """
    arn = source.service_role_arn
    with request_scope(api.account_id, api.region):
        role = iam._roles.get(arn.rpartition("/")[2])  # noqa: SLF001
        if not role or role["Arn"] != arn or not _trusts_appsync(role, api):
            # The type is AppSync's; its message is not published in full.
            raise DataSourceFailed(f"Unable to assume role {arn}.", "UnauthorizedException")
        digest = hashlib.sha256(f"{_SALT}{arn}".encode()).hexdigest()
        session = {
            "Arn": f"arn:aws:sts::{api.account_id}:assumed-role/{role['RoleName']}/{_SESSION}",
            "UserId": f"{role['RoleId']}:{_SESSION}",
            "SecretAccessKey": digest[16:],
            "SessionToken": f"session{digest}",
        }
        key = f"ASIA{digest[:16].upper()}"
        sts.register_session(key, session)
    return Credentials(key, session["SecretAccessKey"], session["SessionToken"])


def _trusts_appsync(role: Mapping[str, Any], api: Api) -> bool:
    document = role["AssumeRolePolicyDocument"]
    parsed = json.loads(document) if isinstance(document, str) else document
    statements = parsed.get("Statement", [])
    named = [
        {**statement, "Principal": "*"}
        for statement in ([statements] if isinstance(statements, dict) else statements)
        # ministack's own check of trust policies does not handle service principals.
        if iam_evaluator._service_principal_matches(  # noqa: SLF001
            statement.get("Principal"), SERVICE
        )
    ]
    context = iam_evaluator.EvalContext(
        principal_arn=SERVICE,
        principal_type="Service",
        principal_account=api.account_id,
        action="sts:AssumeRole",
        resource_arn=role["Arn"],
        region=api.region,
        service_context={"aws:sourcearn": api.arn, "aws:sourceaccount": api.account_id},
    )
    return bool(iam_evaluator.evaluate_trust_policy({"Statement": named}, SERVICE, context))


def _call_http(api: Api, source: DataSource, request: Elements, network: Network) -> Any:
    signed = _signed(api, source, _http_request(source, request))
    url = urlsplit(signed.url)
    address = signed.url
    if url.hostname and _AWS_HOST.fullmatch(url.hostname):
        address = network.endpoint_url + signed.url.removeprefix(f"{url.scheme}://{url.netloc}")
    timeout = urllib3.Timeout(
        connect=network.connect_timeout_seconds, read=network.read_timeout_seconds
    )
    try:
        with urllib3.PoolManager(retries=False, timeout=timeout) as pool:
            answer = pool.request(
                signed.method, address, body=signed.body, headers=dict(signed.headers.items())
            )
    except urllib3.exceptions.HTTPError as error:
        # AppSync's own type and message for an endpoint that does not answer are not published.
        message = f"{url.netloc} did not answer: {error}"
        raise DataSourceFailed(message, "Http:IOException") from error
    return {
        "statusCode": answer.status,
        "headers": dict(answer.headers),
        "body": answer.data.decode("utf-8", "replace"),
    }


def _http_request(source: DataSource, request: Elements) -> AWSRequest:
    method = request.required("method")
    if method not in _METHODS:
        raise not_supported(f"The HTTP method {method!r}")
    params = request.object("params")
    headers = {name: str(value) for name, value in params.object("headers").members.items()}
    for name in headers:
        if name.lower() in _RESERVED_HEADERS:
            raise params.unsupported(f"[headers][{name}]")
    body = params.optional("body")
    query = urlencode(params.object("query").members, doseq=True)
    url = urlsplit(source.http["endpoint"])
    path = request.required("resourcePath")
    params.done()
    request.done()
    return AWSRequest(
        method=method,
        url=f"{url.scheme}://{url.netloc}{url.path.rstrip('/')}{path}{'?' if query else ''}{query}",
        data=_body_bytes(body),
        # AppSync sends the host that the data source names, whether or not it signs the request.
        headers={**headers, "Host": url.netloc},
    )


def _body_bytes(body: Any) -> bytes:
    if body is None:
        return b""
    return (body if isinstance(body, str) else json.dumps(body)).encode()


def _signed(api: Api, source: DataSource, request: AWSRequest) -> Any:
    authorization = source.http.get("authorizationConfig") or {}
    kind = authorization.get("authorizationType")
    if kind == "AWS_IAM":
        aws = authorization.get("awsIamConfig") or {}
        SigV4Auth(
            assume_role(api, source),
            aws.get("signingServiceName") or "",
            aws.get("signingRegion") or api.region,
        ).add_auth(request)
    elif kind is not None:
        raise not_supported(f"The HTTP authorization type {kind}")
    return request.prepare()
