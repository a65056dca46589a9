"""What can be a key of DynamoDB's, so that nothing else is ever asked for."""

PARTITION_BYTES = 2048  # the longest value of a partition key


def can_be_key(text: str) -> bool:
    """Return whether an item can have this partition key; DynamoDB refuses to look for any other.

    Halves of surrogate pairs, which arguments of a command may hold, cannot be sent at all.
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html
    """
    try:
        return 0 < len(text.encode()) <= PARTITION_BYTES
    except UnicodeEncodeError:
        return False
