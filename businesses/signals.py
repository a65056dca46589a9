"""What others may count, sent once it has happened. Receivers are called in the same thread."""

from django.dispatch import Signal

# A call of the API ended. service, operation: as AWS names them. seconds: how long it took. error:
# the type of the error; "" if there was none.
api_called = Signal()

# A retry of a stuck onboarding ended. outcome: the value of a businesses.retry.outcomes.Result.
retry_ended = Signal()

# Stuck onboardings were counted. number: at least so many. at: when, in epoch seconds.
stuck_counted = Signal()
