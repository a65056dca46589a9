import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import boto3
import jwt
import pytest
from botocore import UNSIGNED
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from cryptography.hazmat.primitives.asymmetric import rsa

from aws_setup.local.server import ACCOUNT_ID, LocalAws
from tests.aws_setup.local.appsync.support import (
    REGION,
    Answer,
    DeployedApi,
    client,
    policy,
)

PASSWORD = "Correct horse 1!"
WHO = """
export function request(ctx) { return { payload: ctx.identity }; }
export function response(ctx) { return JSON.stringify(ctx.result); }
"""
SCHEMA = """
type Query {
  byDefault: String
  iam: String @aws_iam
  pool: String @aws_cognito_user_pools
  members: String @aws_cognito_user_pools(cognito_groups: ["members"])
  anyGroup: String @aws_cognito_user_pools(cognito_groups: ["members", "staff"])
  legacy: String @aws_auth(cognito_groups: ["staff"])
  either: String @aws_iam @aws_cognito_user_pools
  mine: Mine @aws_iam @aws_cognito_user_pools
  theirs: Theirs @aws_iam @aws_cognito_user_pools
}
type Mine @aws_iam { name: String  secret: String @aws_cognito_user_pools }
type Theirs { name: String }
type Mutation { write: String @aws_iam }
"""


class Pool:
    """A user pool with one user, and the tokens of that user."""

    def __init__(self, aws: LocalAws, groups: tuple[str, ...] = ()) -> None:
        self._cognito = client(aws, "cognito-idp")
        self.id = self._cognito.create_user_pool(PoolName="people")["UserPool"]["Id"]
        self.client_id = self._cognito.create_user_pool_client(
            UserPoolId=self.id, ClientName="web", ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"]
        )["UserPoolClient"]["ClientId"]
        self._cognito.admin_create_user(UserPoolId=self.id, Username="ada")
        self._cognito.admin_set_user_password(
            UserPoolId=self.id, Username="ada", Password=PASSWORD, Permanent=True
        )
        for group in groups:
            self._cognito.create_group(UserPoolId=self.id, GroupName=group)
            self._cognito.admin_add_user_to_group(
                UserPoolId=self.id, Username="ada", GroupName=group
            )
        public: Any = boto3.client(
            "cognito-idp",
            region_name=REGION,
            endpoint_url=aws.endpoint_url,
            config=Config(signature_version=UNSIGNED),
        )
        self.tokens: dict[str, Any] = public.initiate_auth(
            ClientId=self.client_id,
            AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": "ada", "PASSWORD": PASSWORD},
        )["AuthenticationResult"]

    @property
    def config(self) -> dict[str, Any]:
        return {"userPoolId": self.id, "awsRegion": REGION}

    def settings(self, **changes: Any) -> dict[str, Any]:
        return {
            "authenticationType": "AMAZON_COGNITO_USER_POOLS",
            "userPoolConfig": {**self.config, "defaultAction": "ALLOW", **changes},
            "additionalAuthenticationProviders": [{"authenticationType": "AWS_IAM"}],
        }


def deploy(aws: LocalAws, pool: Pool, **changes: Any) -> DeployedApi:
    api = DeployedApi(aws, SCHEMA, pool.settings(**changes))
    fields = ["byDefault", "iam", "pool", "members", "anyGroup", "legacy", "either"]
    for name in fields:
        api.resolver(f"Query.{name}", WHO, source=api.source(name))
    return api


def outcome(answer: Answer) -> tuple[int, str, str]:
    error = answer.error
    assert "data" not in answer.body
    assert answer.headers["x-amzn-errortype"] == error["errorType"]
    return answer.status, error["errorType"], error["message"]


def allowed(answer: Answer) -> set[str]:
    return {name for name, value in answer.data.items() if value is not None}


ALL = "{ byDefault iam pool members anyGroup legacy either }"


# -- IAM ------------------------------------------------------------------------------------------


@pytest.fixture
def iam_api(local_aws: LocalAws) -> DeployedApi:
    api = DeployedApi(local_aws, "type Query { one: String  two: String }")
    api.resolver("Query.one", WHO)
    api.resolver("Query.two", WHO, source=api.source("Nothing2"))
    return api


def test_the_administrator_may_ask_for_everything(iam_api: DeployedApi) -> None:
    identity = json.loads(iam_api.ask("{ one }").data["one"])
    assert identity == {
        "accountId": ACCOUNT_ID,
        "cognitoIdentityPoolId": None,
        "cognitoIdentityId": None,
        "cognitoIdentityAuthType": None,
        "cognitoIdentityAuthProvider": None,
        "sourceIp": ["127.0.0.1"],
        "username": ACCOUNT_ID,
        "userArn": f"arn:aws:iam::{ACCOUNT_ID}:root",
    }


def test_a_users_policy_is_asked_for_each_field(iam_api: DeployedApi) -> None:
    user = iam_api.user("ada", policy("appsync:GraphQL", iam_api.field_arn("Query.one")))
    identity = json.loads(iam_api.ask("{ one }", credentials=user).data["one"])
    assert identity["userArn"] == f"arn:aws:iam::{ACCOUNT_ID}:user/ada"
    both = iam_api.ask("{ one two }", credentials=user)
    assert both.data["one"]
    assert both.data["two"] is None
    assert both.error == {
        "path": ["two"],
        "data": None,
        "errorType": "Unauthorized",
        "errorInfo": None,
        "locations": [{"line": 1, "column": 7, "sourceName": None}],
        "message": "Not Authorized to access two on type Query",
    }


@pytest.mark.parametrize(
    "query",
    ["{ two }", "{ alias: two }", "query { ...F } fragment F on Query { two }", "{ __typename }"],
)
def test_a_user_who_may_have_none_of_the_fields_is_refused(
    iam_api: DeployedApi, query: str
) -> None:
    user = iam_api.user("ada", policy("appsync:GraphQL", iam_api.field_arn("Query.one")))
    answer = iam_api.ask(query, credentials=user)
    assert outcome(answer) == (401, "UnauthorizedException", "Permission denied")


def test_the_session_of_a_role_has_the_roles_policies(iam_api: DeployedApi) -> None:
    aws = iam_api.aws
    role = iam_api.role(
        "caller",
        policy("appsync:GraphQL", iam_api.field_arn("Query.one")),
        json.dumps(
            {
                "Version": "2012-10-17",
                "Statement": [
                    {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
                ],
            }
        ),
    )
    session = client(aws, "sts").assume_role(RoleArn=role, RoleSessionName="visit")
    keys = session["Credentials"]
    token = keys["SessionToken"]
    credentials = Credentials(keys["AccessKeyId"], keys["SecretAccessKey"], token)
    identity = json.loads(iam_api.ask("{ one }", credentials=credentials).data["one"])
    assert identity["userArn"] == f"arn:aws:sts::{ACCOUNT_ID}:assumed-role/caller/visit"
    assert "sub" not in identity
    assert outcome(iam_api.ask("{ two }", credentials=credentials))[2] == "Permission denied"
    tokenless = Credentials(keys["AccessKeyId"], keys["SecretAccessKey"])
    assert outcome(iam_api.ask("{ one }", credentials=tokenless))[1] == (
        "UnrecognizedClientException"
    )
    other = Credentials(keys["AccessKeyId"], keys["SecretAccessKey"], "other")
    assert outcome(iam_api.ask("{ one }", credentials=other))[1] == "InvalidToken"


def test_a_session_of_the_administrator_may_do_everything(iam_api: DeployedApi) -> None:
    keys = client(iam_api.aws, "sts").get_session_token()["Credentials"]
    session = Credentials(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"])
    identity = json.loads(iam_api.ask("{ one }", credentials=session).data["one"])
    assert identity["userArn"] == f"arn:aws:iam::{ACCOUNT_ID}:root"


@pytest.mark.parametrize("key", ["test", ACCOUNT_ID, "000000000000", "AKIAUNKNOWN234567"])
def test_a_key_that_is_not_of_the_account_is_refused(iam_api: DeployedApi, key: str) -> None:
    answer = iam_api.ask("{ one }", credentials=Credentials(key, "test"))
    assert outcome(answer) == (
        403,
        "UnrecognizedClientException",
        "The security token included in the request is invalid.",
    )


def test_a_key_that_was_made_inactive_is_refused(iam_api: DeployedApi) -> None:
    user = iam_api.user("ada", policy("appsync:GraphQL", "*"))
    client(iam_api.aws, "iam").update_access_key(
        UserName="ada", AccessKeyId=user.access_key, Status="Inactive"
    )
    assert outcome(iam_api.ask("{ one }", credentials=user))[:2] == (403, "InvalidClientTokenId")


@pytest.mark.parametrize("who", ["administrator", "user"])
def test_a_wrong_secret_is_refused(iam_api: DeployedApi, who: str) -> None:
    right = iam_api.administrator()
    if who == "user":
        right = iam_api.user("ada", policy("appsync:GraphQL", "*"))
    answer = iam_api.ask("{ one }", credentials=Credentials(right.access_key, "wrong"))
    status, error_type, message = outcome(answer)
    assert (status, error_type) == (400, "BadRequestException")
    assert message.startswith("The request signature we calculated does not match")


def changed_body(body: bytes, headers: dict[str, str]) -> tuple[bytes, dict[str, str]]:
    return body.replace(b"one", b"two"), headers


def claimed_hash(body: bytes, headers: dict[str, str]) -> tuple[bytes, dict[str, str]]:
    return body, {**headers, "X-Amz-Content-SHA256": "UNSIGNED-PAYLOAD"}


def incomplete(body: bytes, headers: dict[str, str]) -> tuple[bytes, dict[str, str]]:
    return body, {**headers, "Authorization": "AWS4-HMAC-SHA256 Credential=a/b/c/d/e"}


@pytest.mark.parametrize(
    ("tamper", "error_type"),
    [
        (changed_body, "BadRequestException"),
        (claimed_hash, "BadRequestException"),
        (incomplete, "MissingAuthorizationParameter"),
    ],
)
def test_what_was_changed_after_signing_is_refused(
    iam_api: DeployedApi, tamper: Any, error_type: str
) -> None:
    assert outcome(iam_api.signed({"query": "{ one }"}, tamper=tamper))[1] == error_type


@pytest.mark.parametrize(
    ("scope", "message"),
    [
        ({"service": "execute-api"}, "Credential should be scoped to correct service: 'appsync'. "),
        (
            {"region": "us-east-1"},
            "Credential should be scoped to a valid Region, not 'us-east-1'. ",
        ),
    ],
)
def test_a_signature_for_another_service_or_region_is_refused(
    iam_api: DeployedApi, scope: dict[str, Any], message: str
) -> None:
    answer = iam_api.signed({"query": "{ one }"}, **scope)
    assert outcome(answer) == (403, "InvalidSignatureException", message)


def test_a_signature_that_does_not_cover_the_host_is_refused(iam_api: DeployedApi) -> None:
    def without_host(body: bytes, headers: dict[str, str]) -> tuple[bytes, dict[str, str]]:
        signed = headers["Authorization"].replace("content-type;host;", "content-type;")
        return body, {**headers, "Authorization": signed}

    status, error_type, message = outcome(iam_api.signed({"query": "{ one }"}, tamper=without_host))
    assert (status, error_type) == (403, "InvalidSignatureException")
    assert "'Host' or ':authority' must be a 'SignedHeader'" in message


def test_a_signature_of_another_hour_is_refused(iam_api: DeployedApi) -> None:
    body = json.dumps({"query": "{ one }"}).encode()
    request = AWSRequest(
        "POST", iam_api.url, data=body, headers={"Host": urlsplit(iam_api.url).netloc}
    )
    signer = SigV4Auth(iam_api.administrator(), "appsync", REGION)
    hour_ago = (datetime.now(UTC) - timedelta(hours=1)).strftime("%Y%m%dT%H%M%SZ")
    request.context["timestamp"] = hour_ago
    request.headers["X-Amz-Date"] = hour_ago
    canonical = signer.canonical_request(request)
    signature = signer.signature(signer.string_to_sign(request, canonical), request)
    names = signer.signed_headers(signer.headers_to_sign(request))
    request.headers["Authorization"] = (
        f"AWS4-HMAC-SHA256 Credential={signer.scope(request)}, "
        f"SignedHeaders={names}, Signature={signature}"
    )
    status, error_type, message = outcome(iam_api.send(body, dict(request.headers.items())))
    assert (status, error_type) == (403, "RequestTimeTooSkewed")
    assert message.startswith("Signature expired")


def test_addresses_that_a_proxy_forwards_are_listed(iam_api: DeployedApi) -> None:
    def behind_proxy(body: bytes, headers: dict[str, str]) -> tuple[bytes, dict[str, str]]:
        return body, {**headers, "X-Forwarded-For": "192.0.2.1, 192.0.2.2"}

    identity = json.loads(iam_api.signed({"query": "{ one }"}, tamper=behind_proxy).data["one"])
    assert identity["sourceIp"] == ["192.0.2.1", "192.0.2.2", "127.0.0.1"]


def test_an_api_that_is_not_there_is_not_found(iam_api: DeployedApi) -> None:
    iam_api.url = iam_api.url.replace(iam_api.api_id, "gone")
    assert outcome(iam_api.ask("{ one }")) == (
        404,
        "ResourceNotFoundException",
        "Unable to find the Api.",
    )


def test_an_api_is_not_found_in_another_region(iam_api: DeployedApi) -> None:
    iam_api.url = iam_api.url.replace(REGION, "us-east-1")
    assert outcome(iam_api.ask("{ one }"))[0] == 404


# -- User pools -----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["IdToken", "AccessToken"])
@pytest.mark.parametrize("prefix", ["", "Bearer "])
def test_both_tokens_of_a_user_are_taken(local_aws: LocalAws, kind: str, prefix: str) -> None:
    pool = Pool(local_aws, ("members",))
    api = deploy(local_aws, pool)
    answer = api.with_token("{ pool }", prefix + pool.tokens[kind])
    identity = json.loads(answer.data["pool"])
    claims = jwt.decode(pool.tokens[kind], options={"verify_signature": False})
    assert identity == {
        "sub": claims["sub"],
        "issuer": f"https://cognito-idp.{REGION}.amazonaws.com/{pool.id}",
        "username": "ada",
        "claims": claims,
        "sourceIp": ["127.0.0.1"],
        "defaultAuthStrategy": "ALLOW",
        "groups": ["members"],
    }


def signed_by(key: Any, pool: Pool, **changes: Any) -> str:
    claims = jwt.decode(pool.tokens["IdToken"], options={"verify_signature": False})
    header = jwt.get_unverified_header(pool.tokens["IdToken"])
    return jwt.encode({**claims, **changes}, key, algorithm="RS256", headers={"kid": header["kid"]})


def own_key(pool: Pool) -> Any:
    from ministack.services import cognito

    key, _jwk = cognito._pool_signing_key(pool.id, "id")
    return key


def refused(message: str) -> tuple[int, str, str]:
    return 401, "UnauthorizedException", message


def test_a_forged_token_is_refused(local_aws: LocalAws) -> None:
    pool = Pool(local_aws)
    api = deploy(local_aws, pool)
    stranger = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    answer = api.with_token("{ pool }", signed_by(stranger, pool))
    assert outcome(answer) == refused("Token is not valid.")
    assert api.with_token("{ pool }", signed_by(own_key(pool), pool)).data["pool"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"exp": int(time.time()) - 1}, "Token has expired."),
        ({"iss": "https://cognito-idp.eu-central-1.amazonaws.com/other"}, "Token is not valid."),
        ({"token_use": "refresh"}, "Token is not valid."),
        ({"token_use": None}, "Token is not valid."),
    ],
)
def test_a_token_of_the_pools_own_key_is_still_examined(
    local_aws: LocalAws, changes: dict[str, Any], message: str
) -> None:
    pool = Pool(local_aws)
    api = deploy(local_aws, pool)
    answer = api.with_token("{ pool }", signed_by(own_key(pool), pool, **changes))
    assert outcome(answer) == refused(message)


@pytest.mark.verified_by("words_that_are_not_published")
def test_a_token_of_another_key_id_or_algorithm_is_refused(local_aws: LocalAws) -> None:
    pool = Pool(local_aws)
    api = deploy(local_aws, pool)
    claims = jwt.decode(pool.tokens["IdToken"], options={"verify_signature": False})
    unknown = jwt.encode(claims, own_key(pool), algorithm="RS256", headers={"kid": "other"})
    assert outcome(api.with_token("{ pool }", unknown)) == refused("Token is not valid.")
    key_id = jwt.get_unverified_header(pool.tokens["IdToken"])["kid"]
    symmetric = jwt.encode(claims, "x" * 32, algorithm="HS256", headers={"kid": key_id})
    assert outcome(api.with_token("{ pool }", symmetric)) == refused("Token is not valid.")


def test_a_token_of_another_pool_is_refused(local_aws: LocalAws) -> None:
    api = deploy(local_aws, Pool(local_aws))
    answer = api.with_token("{ pool }", Pool(local_aws).tokens["IdToken"])
    assert outcome(answer) == refused("Token is not valid.")


@pytest.mark.verified_by("who_is_refused_and_how")
def test_what_is_no_token_is_refused(local_aws: LocalAws) -> None:
    api = deploy(local_aws, Pool(local_aws))
    assert outcome(api.with_token("{ pool }", "nonsense")) == refused("Unable to parse JWT token.")


@pytest.mark.parametrize("kind", ["IdToken", "AccessToken"])
def test_only_the_app_clients_that_the_pattern_names_are_let_in(
    local_aws: LocalAws, kind: str
) -> None:
    pool = Pool(local_aws)
    token = pool.tokens[kind]
    own = deploy(local_aws, pool, appIdClientRegex=f"other|{pool.client_id}")
    assert own.with_token("{ pool }", token).data["pool"]
    others = deploy(local_aws, pool, appIdClientRegex="other")
    assert outcome(others.with_token("{ pool }", token)) == refused("Token is not valid.")


# -- Fields ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("groups", "expected"),
    [
        ((), {"byDefault", "pool", "either"}),
        (("members",), {"byDefault", "pool", "either", "members", "anyGroup"}),
        (("staff",), {"byDefault", "pool", "either", "anyGroup", "legacy"}),
    ],
)
def test_directives_decide_what_a_user_may_have(
    local_aws: LocalAws, groups: tuple[str, ...], expected: set[str]
) -> None:
    pool = Pool(local_aws, groups)
    answer = deploy(local_aws, pool).with_token(ALL, pool.tokens["IdToken"])
    assert allowed(answer) == expected
    assert {error["errorType"] for error in answer.errors} == {"Unauthorized"}


def test_directives_decide_what_a_signed_caller_may_have(local_aws: LocalAws) -> None:
    assert allowed(deploy(local_aws, Pool(local_aws)).ask(ALL)) == {"iam", "either"}


def test_a_pool_that_denies_by_default_lets_directives_alone_decide(local_aws: LocalAws) -> None:
    pool = Pool(local_aws)
    api = deploy(local_aws, pool, defaultAction="DENY")
    answer = api.with_token(ALL, pool.tokens["IdToken"])
    assert allowed(answer) == {"pool", "either"}
    assert json.loads(answer.data["pool"])["defaultAuthStrategy"] == "DENY"


def test_the_fields_of_what_a_field_returns_are_checked_too(local_aws: LocalAws) -> None:
    api = DeployedApi(local_aws, SCHEMA, Pool(local_aws).settings())
    named = """
      export function request(ctx) { return { payload: { name: 'Ada', secret: 'x' } }; }
      export function response(ctx) { return ctx.result; }
    """
    api.resolver("Query.mine", named)
    api.resolver("Query.theirs", named, source=api.source("Nothing2"))
    answer = api.ask("{ mine { __typename name secret } theirs { name } }")
    assert answer.data == {
        "mine": {"__typename": "Mine", "name": "Ada", "secret": None},
        "theirs": {"name": None},
    }
    assert [(error["path"], error["message"]) for error in answer.errors] == [
        (["mine", "secret"], "Not Authorized to access secret on type Mine"),
        (["theirs", "name"], "Not Authorized to access name on type Theirs"),
    ]


def test_a_user_is_refused_the_mutation_that_is_iams_alone(local_aws: LocalAws) -> None:
    pool = Pool(local_aws)
    api = DeployedApi(local_aws, SCHEMA, pool.settings())
    api.resolver("Mutation.write", WHO)
    answer = api.with_token("mutation { write }", pool.tokens["IdToken"])
    assert answer.data == {"write": None}
    assert answer.error["message"] == "Not Authorized to access write on type Mutation"
    assert api.ask("mutation { write }").data["write"]


def test_a_request_without_credentials_is_refused(local_aws: LocalAws) -> None:
    api = deploy(local_aws, Pool(local_aws))
    answer = api.send(b'{"query": "{ pool }"}', {"Host": urlsplit(api.url).netloc})
    assert outcome(answer) == refused("Valid authorization header not provided.")


def test_credentials_of_a_mode_that_the_api_has_not_are_refused(local_aws: LocalAws) -> None:
    iam_only = DeployedApi(local_aws, SCHEMA)
    token = Pool(local_aws).tokens["IdToken"]
    message = "You are not authorized to make this call."
    assert outcome(iam_only.with_token("{ pool }", token)) == refused(message)


def test_a_mode_that_is_not_there_fails_by_its_name(local_aws: LocalAws) -> None:
    api = DeployedApi(local_aws, SCHEMA, {"authenticationType": "API_KEY"})
    answer = api.send(b"{}", {"Host": urlsplit(api.url).netloc, "x-api-key": "da2-x"})
    assert outcome(answer) == refused(
        "Authorization by API_KEY is not supported by the embedded AWS."
    )
