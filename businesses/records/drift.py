"""How what Cognito holds of a person differs from what a record holds; without I/O."""

from dataclasses import dataclass

from businesses.records.business import Business
from businesses.records.onboarding import OPEN, Onboarding, Person
from businesses.records.user import PoolUser, renewed


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """What differs. Neither value is in it, so that it can be cached.

    email: Cognito holds another e-mail address, which the user has verified. unverified: it holds
    another one, which the user has not verified. name: it holds another name.
    """

    email: bool = False
    unverified: bool = False
    name: bool = False


NO_DRIFT = Drift()


class Compared:
    """A row of a list, whose record is compared with what Cognito holds.

    drift: None while it is not known. late_drift: the row's number among those of its page that are
    yet to be compared; None otherwise.
    """

    drift: Drift | None = None
    late_drift: int | None = None


def data_of(record: Business | Onboarding) -> Person | None:
    """Return the data of a record to compare with Cognito; None if nobody uses them any more.

    A business that its owner added later has a name of its own, which is left out.
    """
    if isinstance(record, Onboarding):
        return record.person if record.status in OPEN else None
    owner = record.owner_identity
    return Person(
        sub=owner.sub,
        username=owner.username,
        email=record.email,
        name=record.name if record.id == owner.sub else "",
        group_name=record.group_name,
    )


def drift_of(recorded: Person, user: PoolUser | None) -> Drift:
    """Compare a record's data with the user's; what the record lacks does not differ.

    user: None if the pool lists no such user, so that nothing is known to differ.
    """
    if user is None:
        return NO_DRIFT
    now, held = renewed(recorded, user, recorded.group_name), user.attributes.get("email") or ""
    has_email, has_name = bool(recorded.email.strip()), bool(recorded.name.strip())
    return Drift(
        email=has_email and now.email != recorded.email,
        unverified=has_email and held not in {"", now.email},
        name=has_name and now.name != recorded.name,
    )
