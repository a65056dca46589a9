"""What can go wrong between the admin and AWS, and what to do about each error."""

from collections.abc import Iterable

SHOWN_LENGTH = 100  # how many characters of an address an error repeats


class BusinessesError(Exception):
    """The admin could not do what was asked; nothing in AWS was changed unless the error says so.

    hint: what to do about it, in one or two sentences for the person at the screen.
    """

    hint = "Try again in a minute."

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        if hint:
            self.hint = hint


class ApiNotCalled(BusinessesError):
    """This machine cannot call the API; it was not asked, and nobody else was tried.

    hint: what to do on this machine.
    """

    def __init__(self, kind: str, message: str, hint: str) -> None:
        self.kind = kind
        super().__init__(
            f"The API was not called ({kind}: {message.strip().rstrip('.')}). Nothing was changed, "
            "and nobody else was tried.",
            hint,
        )


class ApiRefused(BusinessesError):
    """The API rejects these credentials or does not exist; nobody else was tried."""

    hint = (
        "Check the server's AWS credentials and clock; their policy must allow appsync:GraphQL on "
        "the field createBusinessInGroup."
    )
    missing_hint = "Check AWS_REGION and BACKEND_STACK_NAME, then run `manage.py deploy_backend`."

    def __init__(self, kind: str, message: str, *, is_missing: bool = False) -> None:
        self.kind = kind
        what = "There is no such API" if is_missing else "The API refused the site's credentials"
        super().__init__(
            f"{what} ({kind}: {message.strip().rstrip('.')}). The call changed nothing, and nobody "
            "else was tried.",
            self.missing_hint if is_missing else "",
        )


class ApiUnreachable(BusinessesError):
    """The API did not answer for many people in a row; nobody else was tried."""

    hint = (
        "Check the server's network and AWS_ENDPOINT_URL, then retry. Records that failed stay "
        "FAILED."
    )

    def __init__(self, people: int) -> None:
        super().__init__(
            f"The API did not answer for {people} people in a row. Nobody else was tried."
        )


class BackendUnavailable(BusinessesError):
    """AWS did not answer, refused the request, or has no such backend.

    kind: the type of AWS's error, or "Timeout" or "Unreachable"; "" if it is none of AWS's.
    """

    def __init__(self, message: str, hint: str = "", *, kind: str = "") -> None:
        self.kind = kind
        super().__init__(message, hint)


class CannotCombine(BusinessesError):
    """The search and the filters that were chosen cannot be combined."""

    hint = "Go back and remove one of them."


class CredentialsRefused(BackendUnavailable):
    """The site's credentials are missing or were refused, so AWS could not be asked."""


class GreenThreads(BusinessesError):
    """A library has replaced Python's threads, in which retries work, with greenlets."""

    hint = "Have the server started with another worker class: for gunicorn, sync or gthread."

    def __init__(self, library: str) -> None:
        super().__init__(f"This site cannot work in the green threads of {library}.")


class GroupMissing(BusinessesError):
    """The user pool has no group of the requested name."""

    hint = "Choose another group."

    def __init__(self, group: str) -> None:
        self.group = group
        super().__init__(f'The user pool has no group "{group}".')


class GroupPageGone(BusinessesError):
    """Cognito no longer knows the requested page of a group."""

    hint = "Choose the group again to start from its first page."

    def __init__(self, group: str) -> None:
        self.group = group
        super().__init__(f'Cognito no longer knows this page of the group "{group}".')


class HistoryUnwritable(BusinessesError):
    """The site's own database could not store a history entry."""

    hint = "Check DATABASE_URL and the database's disk, then continue."

    def __init__(self, why: str) -> None:
        # PostgreSQL's further lines may quote the row.
        cause = next(iter(why.splitlines()), "")
        super().__init__(f"The history could not be written ({cause}).")


class SeveralProblems(BusinessesError):
    """Two things went wrong, one after the other."""

    def __init__(self, *problems: BusinessesError) -> None:
        self.problems = problems
        hints = " ".join(problem.hint for problem in problems)
        super().__init__(" ".join(map(str, problems)), hints)


class IndexMissing(BusinessesError):
    """The table lacks an index that the list or the search reads, or is still filling it."""

    hint = (
        "Pages that do not need this index still work. Tables that `manage.py deploy_backend` "
        "created have every index; `manage.py deploy_backend --add-indexes` adds it to others."
    )

    def __init__(self, table_name: str, index: str) -> None:
        self.table_name, self.index = table_name, index
        super().__init__(
            f"The DynamoDB table {table_name} has no index {index} that can be read at present."
        )


class NotUnderstood(BusinessesError):
    """An address asks for something that the page does not have; nothing was read or changed.

    name: the parameter of the address that is not understood.
    """

    hint = "Start again from the whole list, then search or choose a filter there."

    def __init__(self, name: str, value: str, why: str) -> None:
        self.name = name
        shown = value if len(value) <= SHOWN_LENGTH else f"{value[:SHOWN_LENGTH]}…"
        what = f"“{name}={shown}” in the address is not understood: {why}."
        super().__init__(f"{what} Nothing was listed or changed.")


class RecordChanged(BusinessesError):
    """Somebody else changed the record's status in the meantime."""

    hint = "Reload the record to see what happened, then decide again."

    def __init__(self, record_id: str, status: str, wanted: str = "") -> None:
        self.record_id, self.status = record_id, status
        expected = f", not {wanted}" if wanted else " and keeps changing"
        super().__init__(f'The record "{record_id}" is {status}{expected}. It was left unchanged.')


class RecordFull(BusinessesError):
    """DynamoDB does not accept the item that a change would make; usually it would be too large."""

    hint = "Open the item in the DynamoDB console and remove what does not belong there."

    def __init__(self, record_id: str, why: str) -> None:
        self.record_id = record_id
        super().__init__(
            f'The record "{record_id}" cannot be changed: {why.rstrip(".")}. It was left unchanged.'
        )


class RecordGone(BusinessesError):
    """The table holds no record with the requested id."""

    hint = "The record was removed from the table, or the link is wrong."

    def __init__(self, record_id: str) -> None:
        self.record_id = record_id
        super().__init__(f'There is no record with the id "{record_id}".')


class SeveralPeople(BusinessesError):
    """More than one person has the e-mail address."""

    hint = "Nothing was changed. Give one of these subs instead of the address."

    def __init__(self, subs: Iterable[str]) -> None:
        self.subs = tuple(subs)
        listed = "".join(f"\n  {sub}" for sub in self.subs)
        super().__init__(f"{len(self.subs)} people have this address:{listed}")


class SweepRunning(BusinessesError):
    """Another sweep of the same stack is under way."""

    def __init__(self, stack: str, who: str, since: str, until: str) -> None:
        super().__init__(
            f"Another sweep of {stack} has been running since {since}: {who}. Nothing was done.",
            f"Let it end, or stop it with Ctrl-C. If it was killed, another can start at {until}.",
        )


class SweepTakenOver(BusinessesError):
    """Another sweep of the same stack has begun, because this one stood still for too long."""

    hint = "Let the other one do the rest."

    def __init__(self) -> None:
        super().__init__("This sweep stood still for so long that another one has begun.")


class TableMissing(BusinessesError):
    """This account and Region have no DynamoDB table of the requested name."""

    hint = "Check AWS_REGION and BACKEND_STACK_NAME, then run `manage.py deploy_backend`."

    def __init__(self, table_name: str) -> None:
        self.table_name = table_name
        super().__init__(f"There is no DynamoDB table {table_name} in this account and Region.")


class UserPoolMissing(BusinessesError):
    """This account and Region have no user pool with the requested id."""

    hint = TableMissing.hint

    def __init__(self, user_pool_id: str) -> None:
        self.user_pool_id = user_pool_id
        super().__init__(f"There is no user pool {user_pool_id} in this account and Region.")
