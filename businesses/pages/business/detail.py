"""What a business's page shows in addition to the record's own fields."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.html import format_html

from businesses.aws.console_links import NO_LINKS
from businesses.aws.stack import Stack
from businesses.backend import Backend
from businesses.concurrency.threads import Threads
from businesses.exceptions import BusinessesError
from businesses.pages.display import as_typed, identifier, moment, quiet, warning
from businesses.records.business import Business, User
from businesses.records.identity import REPLACED, Identity, Membership

logger = logging.getLogger(__name__)

STATUSES = {
    "CONFIRMED": "confirmed",
    "UNCONFIRMED": "not confirmed yet",
    "EXTERNAL_PROVIDER": "signs in with another provider",
    "RESET_REQUIRED": "must reset the password",
    "FORCE_CHANGE_PASSWORD": "must change the password at the next sign-in",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """What Cognito says about a business's owner.

    identity: who the owner is according to the record. membership: None when unknown. user: None
    when unknown or when the pool lists no such user. listed: whether the pool lists the user; None
    when unknown.
    """

    identity: Identity
    membership: Membership | None = None
    user: User | None = None
    listed: bool | None = None


@dataclass(frozen=True, slots=True)
class UserField:
    """One line of a section. name: used for its CSS class."""

    name: str
    label: str
    value: str  # escaped by the template unless it is a SafeString


def read_owner(backend: Backend, business: Business) -> Owner:
    """Return what Cognito says about the owner.

    The account and groups are read in parallel, unless the groups cannot be asked for before it is
    known whether the username is still the owner's.
    """
    identity = business.owner_identity
    if not identity.sub:
        return Owner(identity=identity)
    with Threads(1) as executor:
        asked = executor.submit(backend.ask_pool, lambda pool: pool.find(identity))
        membership = _membership(backend, identity, None) if identity.is_unmistakable else None
        try:
            user = asked.result()
        except BusinessesError as error:
            logger.warning("The account of one user is unknown: %s", error)
            return Owner(identity=identity, membership=membership)
    if not identity.is_unmistakable:
        membership = _membership(backend, identity, {identity.sub: user.username if user else None})
    return Owner(identity=identity, membership=membership, user=user, listed=user is not None)


def _membership(
    backend: Backend, identity: Identity, usernames: Mapping[str, str | None] | None
) -> Membership | None:
    return backend.groups_of([identity], usernames=usernames).get(identity)


def detail_context(backend: Backend, business: Business, owner: Owner) -> dict[str, Any]:
    """Return the context for the template. Makes no call if the stack's outputs are known."""
    try:
        links = backend.ask(Stack.console_links)
    except BusinessesError as error:
        logger.warning("The links to the AWS console are unknown: %s", error)
        links = NO_LINKS
    return {
        "item_url": links.item(business.id),
        "user_url": links.user(_username(owner)),
        "user_rows": user_rows(owner.user, business) if owner.user else [],
        "user_words": owner_in_words(owner),
    }


def _username(owner: Owner) -> str:
    """Return the username that is certainly the owner's; "" if none is."""
    if owner.user:
        return owner.user.username
    return owner.identity.username if owner.identity.is_unmistakable else ""


def owner_in_words(owner: Owner) -> str:
    """Say why there is no account to show; "" when there is one."""
    if owner.user:
        return ""
    if not owner.identity.sub:
        return "The record names no owner, so there is no user to look up."
    if owner.listed is None:
        return "Cognito did not answer, so nothing is known about the user. Reload to ask again."
    return _missing_in_words(owner)


def _missing_in_words(owner: Owner) -> str:
    """Say what became of an owner whom the pool does not list."""
    if owner.membership is None:
        return "The user pool does not list this user now. Reload in a minute to ask again."
    if owner.membership.is_replaced:
        return REPLACED
    if owner.membership.user_exists:
        return "Cognito knows the user but does not list them yet. Reload in a minute."
    return f'The user no longer exists: the user pool has no user "{owner.identity.username}".'


def user_rows(user: User, business: Business) -> list[UserField]:
    """Return the lines that show one user of the user pool, and where the business differs."""
    name = [UserField("user_name", "Name", _name(user, business))] if user.name else []
    return [
        *name,
        UserField("user_status", "Status", _status(user)),
        UserField("user_enabled", "Enabled", _enabled(user)),
        UserField("user_email", "E-mail", _email(user, business.email)),
        UserField("user_created", "Created", moment(user.created_at)),
        UserField("user_modified", "Last change", moment(user.modified_at)),
        UserField("username", "Username", identifier(user.username)),
    ]


def _name(user: User, business: Business) -> str:
    shown, is_signed_up = as_typed(user.name), business.id == business.owner_identity.sub
    if not is_signed_up or business.name in {"", user.name.strip()}:
        return shown
    return format_html(
        "{}, {}", shown, warning("not the business's", f"The business is called {business.name}")
    )


def _status(user: User) -> str:
    words = STATUSES.get(user.status, user.status.lower())
    return format_html('<span title="{}">{}</span>', user.status, words)


def _enabled(user: User) -> str:
    return "yes" if user.enabled else warning("no", "The user cannot sign in")


def _email(user: User, recorded: str) -> str:
    if not user.email:
        return quiet("none", "The user has no e-mail address")
    email = as_typed(user.email)
    if user.email_verified and recorded not in {"", user.email}:
        why = f"The business still has {recorded}"
        return format_html(
            "{}, verified, {}", as_typed(user.email), warning("not the business's", why)
        )
    if user.email_verified:
        return format_html("{}, verified", email)
    return format_html(
        "{}, {}", as_typed(user.email), warning("not verified", "Ownership is unproven")
    )
