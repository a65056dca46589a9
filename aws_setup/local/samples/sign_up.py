"""Signs up one person with a business, and confirms the sign-up, using only Cognito."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient


@dataclass(frozen=True, slots=True, kw_only=True)
class SignUp:
    """What a person types into the sign-up form."""

    email: str
    business_name: str


def sign_up(
    cognito: "CognitoIdentityProviderClient",
    client_id: str,
    person: SignUp,
    *,
    code_for: Callable[[str], str],
) -> str:
    """Sign a person up, confirm with the code that they get, and return their `sub`.

    code_for: given the sub, returns the code that was delivered.
    Raises botocore's ClientError when Cognito answers with an error.
    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_SignUp.html
    """
    sub = cognito.sign_up(
        ClientId=client_id,
        Username=person.email,
        Password=f"Aa1-{secrets.token_urlsafe(16)}",
        UserAttributes=[
            {"Name": "email", "Value": person.email},
            {"Name": "custom:business_name", "Value": person.business_name},
        ],
    )["UserSub"]
    cognito.confirm_sign_up(
        ClientId=client_id, Username=person.email, ConfirmationCode=code_for(sub)
    )
    return sub
