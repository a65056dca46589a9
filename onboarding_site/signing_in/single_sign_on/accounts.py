"""The accounts of those who sign in at the provider: who they are, and what they may do here."""

import hashlib
import logging
import re
from collections.abc import Mapping
from typing import Any

import jwt
from django.conf import settings
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import Group, User
from django.core.exceptions import SuspiciousOperation
from django.db import transaction
from django.http import HttpRequest
from mozilla_django_oidc.auth import OIDCAuthenticationBackend

from onboarding_site.signing_in.log import write
from onboarding_site.signing_in.models import ProviderAccount
from onboarding_site.signing_in.single_sign_on.discovery import setting

GROUPS = ("Support", "Viewer")
ALGORITHMS = ["RS256", "ES256"]
LEEWAY = 60  # seconds by which the provider's clock may differ
REQUIRED = ["iss", "sub", "aud", "exp", "iat", "nonce"]
# https://docs.djangoproject.com/en/5.2/ref/contrib/auth/#django.contrib.auth.models.User.username
NOT_IN_A_NAME = re.compile(r"[^\w.@+-]+")
NAME_LENGTH = 140  # leaves room for a suffix


class NoGroup(Exception):
    """The person is in none of the provider's groups that may use this site."""


class AnotherPerson(ValueError):
    """The provider's two answers are about different people."""


class ProviderBackend(OIDCAuthenticationBackend):  # type: ignore[misc] # as it has no types
    """Signs in whom the provider vouches for, if they are in the right group."""

    get_settings = staticmethod(setting)
    # Asked for at a sign-in only: every page makes such a backend, also while the provider is away.
    OIDC_OP_TOKEN_ENDPOINT = property(lambda _: setting("OIDC_OP_TOKEN_ENDPOINT"))
    OIDC_OP_JWKS_ENDPOINT = property(lambda _: setting("OIDC_OP_JWKS_ENDPOINT"))
    OIDC_OP_USER_ENDPOINT = property(lambda _: setting("OIDC_OP_USER_ENDPOINT"))
    OIDC_RP_CLIENT_ID = property(lambda _: setting("OIDC_RP_CLIENT_ID"))
    OIDC_RP_CLIENT_SECRET = property(lambda _: setting("OIDC_RP_CLIENT_SECRET"))

    def __init__(self) -> None:
        """Leave out what the base class reads at once."""

    def get_user(self, user_id: int) -> User | None:
        """Return the account of a session, if it is active."""
        user: User | None = ModelBackend.get_user(self, user_id)
        return user

    def authenticate(self, request: HttpRequest | None, **kwargs: Any) -> User | None:
        """Return the account. Raises NoGroup, or what a wrong answer of the provider raises."""
        if kwargs.get("nonce") is None:  # a password's turn
            return None
        user: User | None = super().authenticate(request, **kwargs)
        return user

    def verify_token(self, token: str, **kwargs: Any) -> dict[str, Any]:
        """Return the claims of an ID token.

        https://openid.net/specs/openid-connect-core-1_0.html#IDTokenValidation
        """
        claims: dict[str, Any] = jwt.decode(
            token,
            self.retrieve_matching_jwk(token),
            algorithms=ALGORITHMS,
            audience=self.OIDC_RP_CLIENT_ID,
            issuer=settings.OIDC_ISSUER,
            leeway=LEEWAY,
            options={"require": REQUIRED},
        )
        if claims.get("azp", self.OIDC_RP_CLIENT_ID) != self.OIDC_RP_CLIENT_ID:
            raise SuspiciousOperation("The ID token is another client's.")
        if claims["nonce"] != kwargs["nonce"]:
            raise SuspiciousOperation("The ID token is of another sign-in.")
        return claims

    def get_or_create_user(
        self, access_token: str, id_token: str, payload: dict[str, Any]
    ) -> User | None:
        """Return the account of an ID token, with the groups that it has now."""
        claims = payload
        if self.OIDC_OP_USER_ENDPOINT:
            more = self.get_userinfo(access_token, id_token, payload)
            if more.get("sub") != payload["sub"]:
                raise AnotherPerson
            claims = {**more, **payload}
        names = groups_of(claims)
        with transaction.atomic():
            user = _account(claims, make=bool(names))
            if user is not None:
                _update(user, claims, names)
        if not names:
            write(logging.WARNING, "Single sign-on refused for want of a group", user, self.request)
            raise NoGroup
        return user


def groups_of(claims: Mapping[str, Any]) -> list[str]:
    """Return which of the site's groups somebody is in, by the claim about the provider's.

    A group that was removed from the site lets nobody in.
    """
    claim = claims.get(setting("OIDC_GROUPS_CLAIM"), [])
    theirs = {claim} if isinstance(claim, str) else {str(each) for each in claim or []}
    right = {group: setting(f"OIDC_{group.upper()}_GROUPS") for group in GROUPS}
    names = [group for group in GROUPS if theirs.intersection(right[group])]
    return list(Group.objects.filter(name__in=names).values_list("name", flat=True))


def _account(claims: Mapping[str, Any], *, make: bool) -> User | None:
    key = {"issuer": claims["iss"], "subject": claims["sub"]}
    known = ProviderAccount.objects.select_related("user").filter(**key).first()
    if known is not None or not make:
        return known.user if known else None
    user = User.objects.create_user(_free_name(claims))
    ProviderAccount.objects.create(user=user, **key)
    return user


def _update(user: User, claims: Mapping[str, Any], names: list[str]) -> None:
    """Give the account the groups of now, and take the others away."""
    user.is_staff = bool(names)
    user.first_name = str(claims.get("given_name", ""))[:150]
    user.last_name = str(claims.get("family_name", ""))[:150]
    user.email = _verified_email(claims)
    user.save()
    for group in Group.objects.filter(name__in=GROUPS):
        if group.name in names:
            user.groups.add(group)
        else:
            user.groups.remove(group)


def _verified_email(claims: Mapping[str, Any]) -> str:
    is_verified = claims.get("email_verified") in {True, "true"}  # Cognito sends a text
    return str(claims.get("email", ""))[:254] if is_verified else ""


def _free_name(claims: Mapping[str, Any]) -> str:
    """Return a name that colleagues know, and that no account has yet."""
    known_as = _verified_email(claims) or str(claims.get("preferred_username", ""))
    name = NOT_IN_A_NAME.sub("-", known_as)[:NAME_LENGTH].strip("-")
    if name and not User.objects.filter(username__iexact=name).exists():
        return name
    subject = f"{claims['iss']} {claims['sub']}".encode()
    return f"{name or 'staff'}-{hashlib.sha256(subject).hexdigest()[:8]}"
