"""Records in the admin's own history what staff did to stuck onboardings."""

from collections.abc import Iterable

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import DatabaseError, transaction

from businesses.exceptions import HistoryUnwritable
from businesses.models import Onboarding


def write_history(user_id: int, subs: Iterable[str], message: str) -> None:
    """Add an entry to the history of each sub. Raises HistoryUnwritable; then none is written.

    Entries outlive the record, which expires, so they identify a person by the sub alone.
    """
    try:
        # Outside of the transaction, as a new process has to read it first.
        content_type = ContentType.objects.get_for_model(Onboarding)
        with transaction.atomic():
            LogEntry.objects.bulk_create(
                LogEntry(
                    user_id=user_id,
                    content_type=content_type,
                    object_id=sub,
                    object_repr=sub[:200],
                    action_flag=CHANGE,
                    change_message=message,
                )
                for sub in subs
            )
    except DatabaseError as error:
        raise HistoryUnwritable(str(error)) from error
