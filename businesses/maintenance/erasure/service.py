"""Erases a person from both tables and from the history; the user pool is left as it is."""

import json
from collections.abc import Iterator

from django.db import DatabaseError, transaction

from businesses.audit.history import Action, Staff, storable, write_history
from businesses.audit.runs import Run
from businesses.aws.tables.personal_items import PersonalItems
from businesses.exceptions import BusinessesError, HistoryUnwritable
from businesses.figures.names import forget_names
from businesses.maintenance.erasure.person import FoundPerson
from businesses.maintenance.erasure.texts import eraser_of_addresses, eraser_of_all
from businesses.models import HistoryEntry

BY = Staff(None, "forget_person")
AT_ONCE = 500


class Erasure:
    """The erasure of one person.

    Everything may be repeated: what was erased is not found again. The history comes first, while
    the tables still tell the name and the address, and the onboarding last, as it tells the most.
    """

    def __init__(self, items: PersonalItems, person: FoundPerson) -> None:
        self._items, self._person = items, person
        try:
            self.entries = self._changed_entries()
        except DatabaseError as error:
            raise HistoryUnwritable(str(error)) from error

    @property
    def is_needed(self) -> bool:
        """Whether there is anything to erase."""
        person = self._person
        return bool(self.entries or person.businesses or person.counted or person.onboarding)

    def run(self) -> Iterator[str]:
        """Erase everything, and yield a line about each part as it is done.

        Raises HistoryUnwritable, or TableMissing, and lets botocore's errors pass; what was yielded
        before is erased. Raises BusinessesError if a business changed meanwhile and was left.
        """
        person, done, deleted, left = self._person, list[str](), 0, 0
        write_history(BY, Action.ERASED, [person.sub], "Erasure begun.")
        self._rewrite_runs()
        if self.entries:
            self._rewrite()
            done.append(f"{len(self.entries):,} history entries")
            yield f"Took the name and the address out of {done[-1]}."
        for item in sorted(person.businesses, key=lambda each: each["id"] == person.sub):
            if self._items.delete_business(item):
                deleted += 1
                yield f"Deleted the business {item['id']}."
            else:
                left += 1
                yield f"Left the business {item['id']}, which has changed meanwhile."
        if deleted:
            done.append(f"{deleted:,} businesses")
        for owner in person.counted:
            self._items.delete_count(owner)
        if person.counted and not person.businesses:
            done.append("the count of their businesses")
            yield "Deleted the count of their businesses."
        if person.onboarding:
            self._items.delete_onboarding(person.sub)
            done.append("the onboarding record")
            yield "Deleted the onboarding record."
        forget_names([person.sub, *(item["id"] for item in person.businesses)])
        message = f"Erased: {', '.join(done) or 'nothing'}."
        write_history(BY, Action.ERASED, [person.sub], message)
        if left:
            raise BusinessesError(f"Businesses that were left: {left}.", "Run it again.")

    def _rewrite_runs(self) -> None:
        """Rewrite the reasons of dismissals that are not finished, like entries of the history."""
        person = self._person
        of_theirs, of_others = eraser_of_all(person.texts), eraser_of_addresses(person.addresses)
        try:
            for run in Run.objects.filter(finished_at=None):
                erase = of_theirs if person.sub in (run.left or ()) else of_others
                given = {name: erase(text) for name, text in run.given.items()}
                if given != run.given:
                    Run.objects.filter(pk=run.pk).update(given_as_json=json.dumps(given))
        except DatabaseError as error:
            raise HistoryUnwritable(str(error)) from error

    def _rewrite(self) -> None:
        try:
            with transaction.atomic():
                HistoryEntry.objects.bulk_update(
                    self.entries, ["message", "object_id"], batch_size=AT_ONCE
                )
        except DatabaseError as error:
            raise HistoryUnwritable(str(error)) from error

    def _changed_entries(self) -> list[HistoryEntry]:
        """Return the entries that name the person, as they are to be.

        Entries about others lose only an address that nobody else has: a name may be anybody's.
        """
        person = self._person
        ids = {storable(each) for each in person.ids}
        of_theirs, of_others = eraser_of_all(person.texts), eraser_of_addresses(person.addresses)
        changed = list[HistoryEntry]()
        entries = HistoryEntry.objects.exclude(action=Action.ERASED)
        for entry in entries.only("object_id", "message").iterator():
            is_theirs = entry.object_id in ids
            message = (of_theirs if is_theirs else of_others)(entry.message)
            object_id = of_others(entry.object_id)
            if (message, object_id) != (entry.message, entry.object_id):
                entry.message, entry.object_id = message, object_id
                changed.append(entry)
        return changed
