from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from aws_setup.demo.month import DAYS, LeavesGroup, SignsUp, month_before
from aws_setup.demo.people import ONBOARDED

moments = st.integers(0, 2**32).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))


@given(moments)
def test_the_month_is_in_order_and_ends_now(now: datetime) -> None:
    month = month_before(now)
    times = [event.at for event in month]
    assert times == sorted(times)
    assert now - timedelta(days=DAYS) <= times[0]
    assert times[-1] < now


@given(moments)
def test_everybody_signs_up_once_and_leaves_the_group_after_that(now: datetime) -> None:
    known: list[str] = []
    for event in month_before(now):
        if isinstance(event, SignsUp):
            assert event.person.email not in known
            known.append(event.person.email)
        if isinstance(event, LeavesGroup):
            assert event.email in known
    assert {person.email for person in ONBOARDED} <= set(known)
