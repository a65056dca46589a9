"""What an onboarding's page shows in addition to the record's own fields."""

from businesses.audit.runs import under_way
from businesses.aws.stack import ONBOARDING_TABLE
from businesses.backend import Backend
from businesses.pages.onboarding.reads import read_states
from businesses.records.onboarding import DISMISSED, OPEN, OUT_OF_GROUP, Onboarding
from businesses.retry.forecast import will_be_done
from businesses.retry.state import OnboardingState, differences


def detail_context(backend: Backend, record: Onboarding, *, reader: str) -> dict[str, object]:
    """Return the context for the template: what a retry would do.

    reader: the name of the staff user, whose own retries need not be told.
    """
    state = read_states(backend, [record.person])[record.sub]
    links = backend.ask(lambda stack: stack.console_links(ONBOARDING_TABLE))
    return {
        "busy": under_way([record.sub], but=reader).get(record.sub),
        "has_business": state.business is not None,
        "will_be_done": will_be_done(record, state) if record.status in OPEN else "",
        "differences": differences(record, state),
        "is_stuck": record.status in OPEN,
        "is_out_of_group": record.status == OUT_OF_GROUP,
        "unverified_email": state.unverified_email,
        "is_dismissed": record.status == DISMISSED,
        "item_url": links.item(record.sub),
        "user_url": links.user(_username(record, state)),
    }


def _username(record: Onboarding, state: OnboardingState) -> str:
    """Return the username that is certainly the person's; "" if none is."""
    if state.current:
        return state.current.username
    return record.username if record.person.identity.is_unmistakable else ""
