"""What Cognito does when a user is deleted and ministack does not: the user leaves every group.

Otherwise whoever signs up with the username afterwards would be listed as a member.
"""

from ministack.services import cognito as pools

OPERATIONS = {"AdminDeleteUser", "DeleteUser"}


def leave_groups(account_id: str) -> None:
    """Take users who are gone out of the groups of every pool."""
    for (account, _region, _id), pool in pools._user_pools.all_items():  # noqa: SLF001
        if account == account_id:
            for group in pool["_groups"].values():
                group["_members"] = [name for name in group["_members"] if name in pool["_users"]]
