"""Deploys GraphQL APIs into the embedded AWS and calls them over HTTP."""

import json
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

import urllib3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from aws_setup.local.server import LocalAws

REGION = "eu-central-1"
RUNTIME = {"name": "APPSYNC_JS", "runtimeVersion": "1.0.0"}
ECHO = """
export function request(ctx) { return { payload: ctx.args }; }
export function response(ctx) { return ctx.result; }
"""


@lru_cache
def client(aws: LocalAws, service: str, region: str = REGION) -> Any:
    """Return the administrator's client, shared by all tests, since creating one takes time."""
    return aws.client(service, region)


def trust(service: str, **condition: Any) -> str:
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    if condition:
        statement["Condition"] = condition
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def policy(action: Any, resource: Any) -> str:
    statement = {"Effect": "Allow", "Action": action, "Resource": resource}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@dataclass(frozen=True)
class Answer:
    status: int
    body: dict[str, Any]
    headers: Any

    @property
    def data(self) -> Any:
        return self.body["data"]

    @property
    def errors(self) -> list[dict[str, Any]]:
        return list(self.body.get("errors", []))

    @property
    def error(self) -> dict[str, Any]:
        (error,) = self.errors
        return error


@dataclass
class DeployedApi:
    """A GraphQL API in the embedded AWS, which is called as the administrator by default."""

    aws: LocalAws
    schema: str
    settings: dict[str, Any] = field(default_factory=lambda: {"authenticationType": "AWS_IAM"})
    region: str = REGION

    def __post_init__(self) -> None:
        self.appsync = client(self.aws, "appsync", self.region)
        api = self.appsync.create_graphql_api(name="businesses", **self.settings)["graphqlApi"]
        self.api_id, self.arn, self.url = api["apiId"], api["arn"], api["uris"]["GRAPHQL"]
        self.appsync.start_schema_creation(apiId=self.api_id, definition=self.schema.encode())

    def environment(self, **variables: str) -> None:
        self.appsync.put_graphql_api_environment_variables(
            apiId=self.api_id, environmentVariables=variables
        )

    def role(self, name: str, allowed: str, trusted: str = "") -> str:
        iam = client(self.aws, "iam")
        document = trusted or trust("appsync.amazonaws.com")
        created = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document)
        iam.put_role_policy(RoleName=name, PolicyName="allowed", PolicyDocument=allowed)
        return str(created["Role"]["Arn"])

    def source(self, name: str, kind: str = "NONE", **config: Any) -> str:
        self.appsync.create_data_source(apiId=self.api_id, name=name, type=kind, **config)
        return name

    def resolver(self, path: str, code: str = ECHO, source: str = "Nothing") -> None:
        type_name, _, field_name = path.partition(".")
        if source == "Nothing":
            self.source(source)
        self.appsync.create_resolver(
            apiId=self.api_id,
            typeName=type_name,
            fieldName=field_name,
            dataSourceName=source,
            runtime=RUNTIME,
            code=code,
        )

    def pipeline(self, path: str, code: str, *steps: str, source: str = "Nothing") -> None:
        type_name, _, field_name = path.partition(".")
        if source == "Nothing":
            self.source(source)
        functions = [
            self.appsync.create_function(
                apiId=self.api_id,
                name=f"step{number}",
                dataSourceName=source,
                runtime=RUNTIME,
                code=step,
            )["functionConfiguration"]["functionId"]
            for number, step in enumerate(steps)
        ]
        self.appsync.create_resolver(
            apiId=self.api_id,
            typeName=type_name,
            fieldName=field_name,
            kind="PIPELINE",
            pipelineConfig={"functions": functions},
            runtime=RUNTIME,
            code=code,
        )

    def user(self, name: str, allowed: str) -> Credentials:
        iam = client(self.aws, "iam")
        iam.create_user(UserName=name)
        iam.put_user_policy(UserName=name, PolicyName="allowed", PolicyDocument=allowed)
        key = iam.create_access_key(UserName=name)["AccessKey"]
        return Credentials(key["AccessKeyId"], key["SecretAccessKey"])

    def field_arn(self, path: str) -> str:
        type_name, _, field_name = path.partition(".")
        return f"{self.arn}/types/{type_name}/fields/{field_name}"

    def administrator(self) -> Credentials:
        return Credentials(self.aws.access_key_id, self.aws.secret_access_key)

    def ask(
        self, query: str, *, credentials: Credentials | None = None, **variables: Any
    ) -> Answer:
        return self.signed({"query": query, "variables": variables}, credentials=credentials)

    def signed(
        self,
        payload: Any,
        *,
        credentials: Credentials | None = None,
        service: str = "appsync",
        region: str = "",
        tamper: Any = None,
    ) -> Answer:
        body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        headers = {"Host": urlsplit(self.url).netloc, "Content-Type": "application/json"}
        request = AWSRequest("POST", self.url, data=body, headers=headers)
        SigV4Auth(credentials or self.administrator(), service, region or self.region).add_auth(
            request
        )
        sent = dict(request.headers.items())
        return self.send(*(tamper(body, sent) if tamper else (body, sent)))

    def with_token(self, query: str, token: str, **variables: Any) -> Answer:
        body = json.dumps({"query": query, "variables": variables}).encode()
        return self.send(body, {"Host": urlsplit(self.url).netloc, "Authorization": token})

    def send(self, body: bytes, headers: dict[str, str]) -> Answer:
        with urllib3.PoolManager(retries=False) as pool:
            answer = pool.request(
                "POST", f"{self.aws.endpoint_url}/graphql", body=body, headers=headers
            )
        return Answer(answer.status, answer.json(), answer.headers)
