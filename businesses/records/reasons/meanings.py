"""What the reasons why onboardings fail mean, in plain words."""

from dataclasses import dataclass
from enum import StrEnum


class Who(StrEnum):
    """Who can put a reason right."""

    SUPPORT = "support staff"
    OPERATOR = "an operator"
    NOBODY = "nobody needs to: it passes by itself"


@dataclass(frozen=True, slots=True)
class PlainReason:
    """What a type of reason means. For staff; the person who signed up never sees it.

    name: short, "The group is missing". what_to_do: for support staff, without commands.
    hint: for operators; commands are between backticks; "" if there is nothing for them to do.
    is_final: whether no retry can help, so that the record is to be dismissed.
    """

    name: str
    what_to_do: str
    who: Who
    hint: str = ""
    is_final: bool = False


_STATUS = "`manage.py backend_status` says what is wrong and how to fix it."
_RETRY = "Retry. If it stays, tell an operator."

GROUP_MISSING = PlainReason(
    "The group is missing",
    "The group that people join at sign-up was gone from Cognito. Tell an operator; once the group "
    "is back, retry.",
    Who.OPERATOR,
    _STATUS,
)
POOL_MISSING = PlainReason(
    "The user pool is missing",
    "The place where Cognito keeps all users is gone. Tell an operator.",
    Who.OPERATOR,
    _STATUS,
)
API_MISSING = PlainReason(
    "The API is missing",
    "What onboards people cannot be found. Tell an operator; once it is back, retry.",
    Who.OPERATOR,
    _STATUS,
)
TABLE_MISSING = PlainReason(
    "The table is missing",
    "The table of the businesses is gone. Tell an operator; once it is back, retry.",
    Who.OPERATOR,
    _STATUS,
)
GROUP_NOT_ALLOWED = PlainReason(
    "Nobody may join this group",
    "The record names a group that people may not join. Open the record and take the data from "
    "Cognito, if it offers that. Otherwise tell an operator.",
    Who.SUPPORT,
    f"The group must be the stack's. {_STATUS}",
)
USER_GONE = PlainReason(
    "The user is gone",
    "Cognito has no user with this username any more. Dismiss the record.",
    Who.SUPPORT,
    is_final=True,
)
USERNAME_TAKEN = PlainReason(
    "The username belongs to somebody else now",
    "The person's user was deleted, and somebody else signed up with the username. Dismiss the "
    "record.",
    Who.SUPPORT,
    is_final=True,
)
NO_EMAIL = PlainReason(
    "The person has no e-mail address",
    "Have an e-mail address added to the user in Cognito. Then open the record and take the data "
    "from Cognito.",
    Who.SUPPORT,
    "Set the user's attribute `email` in Cognito.",
)
DATA_REFUSED = PlainReason(
    "The person's data were refused",
    "The message names the value that cannot be used. Have it corrected in Cognito. Then open the "
    "record and take the data from Cognito.",
    Who.SUPPORT,
)
NEVER_ONBOARDED = PlainReason(
    "Nothing was done at the sign-up",
    "The person confirmed, but is not in the group and has no Business. Retry, unless the Business "
    "was deleted on purpose; then dismiss the record.",
    Who.SUPPORT,
    "If there are many, the trigger does not run. " + _STATUS,
)
OUT_OF_ITS_GROUP = PlainReason(
    "Not in its group",
    "The person has a Business, but is not in its group. Put them back, unless they were taken out "
    "on purpose; then dismiss the record.",
    Who.SUPPORT,
    "If there are many, the group was made anew. `manage.py retry_onboardings --out-of-group` puts "
    "all back.",
)
BUSINESS_MISSING = PlainReason(
    "The Business is missing",
    "The person is in the group, but has no Business. Retry, unless it was deleted on purpose; "
    "then dismiss the record.",
    Who.SUPPORT,
)
BUSY = PlainReason(
    "AWS had too much to do",
    "More people signed up at once than AWS takes. Retry in a minute.",
    Who.NOBODY,
    "If it goes on, lower RETRY_RATE_PER_SECOND, or ask AWS for a higher quota.",
)
AWS_FAILED = PlainReason(
    "AWS had a failure",
    "The failure was in AWS itself. Retry in a minute.",
    Who.NOBODY,
    "If it goes on, see AWS's health dashboard.",
)
NO_ANSWER = PlainReason(
    "AWS did not answer in time",
    "Retry in a minute. What was done already is not done twice.",
    Who.NOBODY,
    "If it goes on, see AWS's health dashboard and the network.",
)
NOT_REACHED = PlainReason(
    "AWS could not be reached",
    "The connection to AWS failed or broke off. Retry in a minute. If it stays, tell an operator.",
    Who.NOBODY,
    "If it goes on, check the machine's network and AWS's health dashboard.",
)
LOCAL_FAULT = PlainReason(
    "A setting of the site's machine is wrong",
    "The site could not call AWS. Tell an operator; then retry.",
    Who.OPERATOR,
    "The message says which: the proxy, the certificates, the address, or the clock.",
)
NOT_PERMITTED = PlainReason(
    "A permission is missing",
    "AWS does not allow what the onboarding does. Tell an operator; then retry.",
    Who.OPERATOR,
    f"The message says which permission. {_STATUS}",
)
CREDENTIALS_REFUSED = PlainReason(
    "AWS refused the credentials",
    "AWS did not accept the key of whoever called. Tell an operator; then retry.",
    Who.OPERATOR,
    "Check the AWS credentials and the clock of the machine that called.",
)
API_BROKEN = PlainReason(
    "The API does not work as it should",
    "What onboards people failed by itself. Tell an operator; then retry.",
    Who.OPERATOR,
    f"`manage.py deploy_backend` deploys its code again. {_STATUS}",
)
NO_REASON = PlainReason("No reason is recorded", _RETRY, Who.SUPPORT, _STATUS)
UNKNOWN = PlainReason(
    "Another failure",
    f"The message says what AWS answered. {_RETRY}",
    Who.SUPPORT,
    f"Look the type up in AWS's documentation. {_STATUS}",
)
