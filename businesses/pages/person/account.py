"""Who a person is in Cognito, line by line."""

from dataclasses import dataclass

from django.utils.html import format_html

from businesses.pages.business.detail import STATUSES
from businesses.pages.display import as_typed, identifier, moment, quiet, warning
from businesses.pages.person.reads import ACCOUNT, PersonFacts
from businesses.records.identity import REPLACED
from businesses.records.user import PoolUser


@dataclass(frozen=True, slots=True)
class Line:
    """One line. value: escaped by the template unless it is a SafeString."""

    label: str
    value: str


def account_words(facts: PersonFacts) -> str:
    """Say why there is no account to show; "" when there is one."""
    if facts.user is not None:
        return ""
    if facts.membership is not None and facts.membership.is_replaced:
        return REPLACED
    if facts.membership is not None and not facts.membership.user_exists:
        return "The user no longer exists in the user pool."
    if ACCOUNT in facts.silent:
        return "Cognito did not answer, so nothing is known about the user. Reload to ask again."
    if facts.membership is not None:
        return "Cognito knows the user but does not list them yet. Reload in a minute."
    return "The user pool lists no user with this sub. One who has just signed up may be missing."


def account_lines(facts: PersonFacts) -> list[Line]:
    """Return the lines that show the user."""
    user = facts.user
    if user is None:
        return []
    lines = [
        Line("Status", _status(user)),
        Line("E-mail", _email(user)),
        Line("Groups", _groups(facts)),
        *([Line("Username", identifier(user.username))] if user.username != user.sub else []),
        Line("Created", moment(user.created_at)),
        Line("Last change", moment(user.changed_at)),
    ]
    name = user.attributes.get("custom:business_name") or user.attributes.get("name")
    return [Line("Name", as_typed(name)), *lines] if name else lines


def _status(user: PoolUser) -> str:
    words = STATUSES.get(user.status, user.status.lower())
    shown = format_html('<span title="{}">{}</span>', user.status, words)
    if user.enabled:
        return shown
    return format_html("{}, {}", shown, warning("disabled", "The user cannot sign in"))


def _email(user: PoolUser) -> str:
    email = user.attributes.get("email", "")
    if not email:
        return quiet("none", "The user has no e-mail address")
    if user.attributes.get("email_verified") == "true":
        return format_html("{}, verified", as_typed(email))
    return format_html("{}, {}", as_typed(email), warning("not verified", "Ownership is unproven"))


def _groups(facts: PersonFacts) -> str:
    if facts.membership is None:
        return quiet("unknown", "Cognito did not answer")
    return ", ".join(facts.membership.groups) or quiet("none", "The user is in no group")
