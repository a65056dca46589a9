"""IAM authorization: the signature of a GraphQL request, and what the signer's policies allow.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ministack.core import iam_evaluator, sigv4

from aws_setup.local.appsync.authorization.callers import IAM, Administrator, Caller
from aws_setup.local.appsync.deployed import Api
from aws_setup.local.appsync.errors import RequestRefused
from aws_setup.local.iam.signing import SignedRequest, signature_failure

ALGORITHM = "AWS4-HMAC-SHA256"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Signer:
    arn: str
    principal_id: str
    secret: str
    # None for the administrator. ministack's error, if it cannot tell the policies, allows nothing.
    principal: iam_evaluator.PrincipalInfo | iam_evaluator.AuthError | None


def verify(
    request: SignedRequest,
    api: Api,
    *,
    administrator: Administrator,
    now: datetime,
    source_ip: list[str],
) -> Caller:
    """Return the caller who signed `request`. Raises RequestRefused.

    The caller's account and Region must be pinned (ministack's request_scope).
    """
    signature = sigv4.parse_header_signature(request.headers)
    if isinstance(signature, tuple):
        raise _refusal(*signature)
    _check_scope(signature, api)
    if late := sigv4.request_time_failure(signature, now=now):
        raise _refusal(*late)
    token = request.headers.get("x-amz-security-token", "")
    signer = _signer(signature.access_key_id, token, administrator)
    if failure := signature_failure(request, signature, signer.secret):
        raise _refusal(*failure)

    def policy_allows(type_name: str, field_name: str) -> bool:
        resource = f"{api.arn}/types/{type_name}/fields/{field_name}"
        return signer.principal is None or _allows(signer.principal, resource, api.region)

    return Caller(
        mode=IAM,
        auth_type="IAM Authorization",
        identity=_identity(signer, api.account_id, source_ip),
        policy_allows=policy_allows,
    )


def _check_scope(signature: sigv4.HeaderSignature, api: Api) -> None:
    code = "InvalidSignatureException"
    if signature.service != "appsync":
        raise _refusal(code, "Credential should be scoped to correct service: 'appsync'. ")
    if signature.region != api.region:
        raise _refusal(
            code, f"Credential should be scoped to a valid Region, not '{signature.region}'. "
        )
    if "host" not in signature.signed_headers.split(";"):
        raise _refusal(
            code, "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization."
        )


def _signer(key: str, token: str, administrator: Administrator) -> _Signer:
    account = administrator.account_id
    if key == administrator.access_key_id:
        root = f"arn:aws:iam::{account}:root"
        return _Signer(
            arn=root,
            principal_id=account,
            secret=administrator.secret_access_key,
            principal=None,
        )
    unknown = _refusal(
        "UnrecognizedClientException", "The security token included in the request is invalid."
    )
    # ministack treats such a key ("test", an account id) as its root, without a signature.
    if iam_evaluator.is_root_access_key(key):
        raise unknown
    credential = iam_evaluator.resolve_credential(key, account, token)
    if isinstance(credential, iam_evaluator.CredentialResolutionError):
        # A session key without its token counts as unknown.
        known = credential.code != "InvalidToken" or token
        raise _refusal(credential.code, credential.message) if known else unknown
    return _Signer(
        arn=credential.principal_arn,
        principal_id=credential.principal_id,
        secret=credential.secret_access_key,
        principal=iam_evaluator.resolve_principal(key, account, credential),
    )


def _allows(
    principal: iam_evaluator.PrincipalInfo | iam_evaluator.AuthError, resource: str, region: str
) -> bool:
    if isinstance(principal, iam_evaluator.AuthError) or principal.policies is None:
        return isinstance(principal, iam_evaluator.PrincipalInfo)
    context = iam_evaluator.EvalContext(
        principal_arn=principal.arn,
        principal_type=principal.type,
        principal_account=principal.account,
        action="appsync:GraphQL",
        resource_arn=resource,
        region=region,
        principal_keys=principal.keys,
    )
    result = iam_evaluator.evaluate(context, principal.policies, *principal.limits)
    return bool(result.decision == "Allow")


def _identity(signer: _Signer, account_id: str, source_ip: list[str]) -> dict[str, Any]:
    return {
        "accountId": account_id,
        "cognitoIdentityPoolId": None,
        "cognitoIdentityId": None,
        "cognitoIdentityAuthType": None,
        "cognitoIdentityAuthProvider": None,
        "sourceIp": source_ip,
        "username": signer.principal_id,
        "userArn": signer.arn,
    }


def _refusal(code: str, message: str) -> RequestRefused:
    # AppSync answers a wrong signature with "bad request" and every other failure with "forbidden".
    if code == "SignatureDoesNotMatch":
        return RequestRefused(400, "BadRequestException", message)
    return RequestRefused(403, code, message)
