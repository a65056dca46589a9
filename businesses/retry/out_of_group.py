"""Owners who are not in the group of their Business as of now, recorded so that a retry can act."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from businesses.audit.history import Staff
from businesses.backend import Backend
from businesses.exceptions import RecordFull
from businesses.records.business import Business
from businesses.records.onboarding import Person

FOUND = 'The user has a Business, but is not in its group "{}".'


@dataclass(frozen=True, slots=True)
class Outside:
    """Which owners can be put back, by sub. further: ids of businesses that a retry cannot reach.

    inside: owners who are in the group. gone: those who are no users any more. unknown: those for
    whom Cognito did not answer.
    """

    subs: tuple[str, ...]
    further: tuple[str, ...] = ()
    inside: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


def record_outside(
    backend: Backend, staff: Staff, businesses: Sequence[Business], *, at: datetime
) -> Outside:
    """Ask Cognito who is not in the group of their Business, and record those who are not.

    Only the Business that somebody signed up with has their sub as its id; the mutation that puts
    them back makes that one. Raises BackendUnavailable or TableMissing.
    """
    own = [each for each in businesses if each.id == each.owner_identity.sub]
    further = [each.id for each in businesses if each.id != each.owner_identity.sub]
    memberships = backend.groups_of((each.owner_identity for each in own), fresh=True)
    outside, inside, gone, unknown = [], [], [], []
    for business in own:
        membership = memberships.get(business.owner_identity)
        if membership is None:
            unknown.append(business.id)
        elif not membership.user_exists:
            gone.append(business.id)
        elif business.group_name in membership.groups:
            inside.append(business.id)
        else:
            _record(backend, staff, business, at)
            outside.append(business.id)
    return Outside(tuple(outside), tuple(further), tuple(inside), tuple(gone), tuple(unknown))


def _record(backend: Backend, staff: Staff, business: Business, at: datetime) -> None:
    """Record one owner, unless a record says so already, or that staff left it so."""
    owner = business.owner_identity
    person = Person(
        sub=owner.sub,
        username=owner.username or owner.sub,  # Cognito also takes the sub
        email=business.email,
        name=business.name,
        group_name=business.group_name,
    )
    words = FOUND.format(business.group_name)
    try:
        backend.ask(
            lambda stack: stack.onboardings().put_out_of_group(
                person, words, at=at, members_as_of=at, by=staff.name
            )
        )
    except RecordFull:
        return  # the retry finds the record as it is, and says so
