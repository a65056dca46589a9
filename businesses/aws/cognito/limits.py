"""What Cognito can be asked, so that a request that it would refuse is never sent.

The limits are those of the API reference. They count UTF-16 units, as Java does.
"""

import unicodedata

FILTER_LENGTH = 256
NAME_LENGTH = 128
# Names consist of letters, marks, symbols, numbers and punctuation. Characters that this Python
# does not know yet may be any of these, so Cognito is asked about them.
NOT_IN_NAMES = {"Cc", "Cf", "Cs", "Zl", "Zp", "Zs"}


def can_be_name(text: str) -> bool:
    """Return whether a user or a group can have this name.

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_GroupType.html
    """
    if not 0 < _units(text) <= NAME_LENGTH:
        return False
    return NOT_IN_NAMES.isdisjoint(map(unicodedata.category, text))


def filter_for(attribute: str, value: str, operator: str = "=") -> str | None:
    """Return the filter for the users with this value; None if ListUsers takes no such filter.

    operator: "=", or "^=" for the users whose value begins with this one.

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_ListUsers.html
    """
    quoted = value.replace("\\", r"\\").replace('"', r"\"")
    expression = f'{attribute} {operator} "{quoted}"'
    return expression if value and _units(expression) <= FILTER_LENGTH else None


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
