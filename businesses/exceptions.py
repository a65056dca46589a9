"""What can go wrong between the admin and AWS, each with the mend."""


class BusinessesError(Exception):
    """The admin could not show what was asked for; nothing in AWS was changed.

    hint: what to do about it, one or two sentences for the person at the screen.
    """

    hint = "Try again in a minute."

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        if hint:
            self.hint = hint


class ApiRefused(BusinessesError):
    """The API hears nobody with these credentials, or is not there: nobody else was tried."""

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
    """The API answered for none of many people in a row: nobody else was tried."""

    hint = "Check the server's network and AWS_ENDPOINT_URL, then retry; what failed stays FAILED."

    def __init__(self, people: int) -> None:
        super().__init__(
            f"The API did not answer for {people} people in a row. Nobody else was tried."
        )


class BackendUnavailable(BusinessesError):
    """AWS did not answer, refused, or holds no backend to ask."""


class CannotCombine(BusinessesError):
    """The search and the filters that were chosen cannot be answered together."""

    hint = "Go back and take one of them away."


class CredentialsRefused(BackendUnavailable):
    """AWS was not asked, or did not answer, because of the site's credentials."""


class GroupMissing(BusinessesError):
    """Cognito knows no group of the name that was asked for."""

    hint = "Choose another group."

    def __init__(self, group: str) -> None:
        self.group = group
        super().__init__(f'The user pool has no group "{group}".')


class GroupPageGone(BusinessesError):
    """Cognito no longer knows the page of a group that was asked for."""

    hint = "Choose the group again to begin with its first page."

    def __init__(self, group: str) -> None:
        self.group = group
        super().__init__(f'Cognito no longer knows this page of the group "{group}".')


class HistoryUnwritable(BusinessesError):
    """The site's own database did not take a line of history."""

    hint = "Check DATABASE_URL and the database's disk, then go on."

    def __init__(self, why: str) -> None:
        super().__init__(f"The history could not be written ({why}).")


class IndexMissing(BusinessesError):
    """The table lacks an index that the list or the search reads, or is still filling it."""

    hint = (
        "What does not need this index still works. A table that `manage.py deploy_backend` "
        "created has every index; to another one, `manage.py deploy_backend --add-indexes` adds it."
    )

    def __init__(self, table_name: str, index: str) -> None:
        self.table_name, self.index = table_name, index
        super().__init__(
            f"The DynamoDB table {table_name} has no index {index} that can be read now."
        )


class InvalidRecord(BusinessesError):
    """An item of the table lacks an attribute that every record must have."""

    hint = "Open the item in the DynamoDB console and complete it."

    def __init__(self, record_id: str, attribute: str) -> None:
        self.record_id, self.attribute = record_id, attribute
        super().__init__(f'The record "{record_id}" has no text attribute "{attribute}".')


class RecordChanged(BusinessesError):
    """Somebody else moved the record to another status meanwhile."""

    hint = "Reload it to see what happened, then decide again."

    def __init__(self, record_id: str, status: str, wanted: str = "") -> None:
        self.record_id, self.status = record_id, status
        expected = f", not {wanted}" if wanted else " and keeps changing"
        super().__init__(f'The record "{record_id}" is {status}{expected}. It was left as it is.')


class RecordGone(BusinessesError):
    """The table holds no record of the id that was asked for."""

    hint = "It was removed from the table, or the link is wrong."

    def __init__(self, record_id: str) -> None:
        self.record_id = record_id
        super().__init__(f'There is no record with the id "{record_id}".')


class TableMissing(BusinessesError):
    """DynamoDB knows no table of the name that was asked for."""

    hint = "Check AWS_REGION and BACKEND_STACK_NAME, then run `manage.py deploy_backend`."

    def __init__(self, table_name: str) -> None:
        self.table_name = table_name
        super().__init__(f"There is no DynamoDB table {table_name} in this account and Region.")


class UserPoolMissing(BusinessesError):
    """Cognito knows no user pool of the id that was asked for."""

    hint = TableMissing.hint

    def __init__(self, user_pool_id: str) -> None:
        self.user_pool_id = user_pool_id
        super().__init__(f"There is no user pool {user_pool_id} in this account and Region.")
