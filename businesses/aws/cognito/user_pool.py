"""Reads the whole user pool, user by user, within Cognito's quota."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from businesses.concurrency.rate_limits import QuotaLimiter
from businesses.exceptions import UserPoolMissing
from businesses.records.user import PoolUser

if TYPE_CHECKING:
    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient

PAGE_SIZE = 60  # the most users that one call returns
LIST_CALLS_PER_SECOND = 30  # Cognito's quota for ListUsers and ListUsersInGroup together


class UserPool:
    """The user pool, read from end to end.

    limiter: for all calls that list users. Every method raises UserPoolMissing when there is no
    such pool, and lets botocore's other errors pass.
    """

    def __init__(
        self, client: "CognitoIdentityProviderClient", user_pool_id: str, *, limiter: QuotaLimiter
    ) -> None:
        self._client = client
        self.user_pool_id = user_pool_id
        self._group_limiter = limiter

    def estimated_users(self) -> int:
        """Return roughly how many users there are, confirmed or not.

        https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_DescribeUserPool.html
        """
        try:
            answer = self._client.describe_user_pool(UserPoolId=self.user_pool_id)
        except self._client.exceptions.ResourceNotFoundException as error:
            raise UserPoolMissing(self.user_pool_id) from error
        return answer["UserPool"].get("EstimatedNumberOfUsers", 0)

    def pages(self) -> Iterator[list[PoolUser]]:
        """Yield every user, a page at a time; each page is requested only when it is needed.

        Cognito's answer is eventually consistent, so the newest users may be missing. All
        attributes are read, because AttributesToGet refuses any that a user of the page lacks.
        https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_ListUsers.html
        """
        following: Any = {}
        while following is not None:
            self._group_limiter.wait(float("inf"))
            try:
                answer = self._client.list_users(
                    UserPoolId=self.user_pool_id, Limit=PAGE_SIZE, **following
                )
            except self._client.exceptions.ResourceNotFoundException as error:
                raise UserPoolMissing(self.user_pool_id) from error
            yield [PoolUser.from_api(raw) for raw in answer["Users"]]
            token = answer.get("PaginationToken")
            following = {"PaginationToken": token} if token else None

    def member_pages(self, group: str) -> Iterator[list[str]]:
        """Yield the subs of a group's members, a page at a time; none if there is no such group.

        https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_ListUsersInGroup.html
        """
        following: Any = {}
        while following is not None:
            self._group_limiter.wait(float("inf"))
            try:
                answer = self._client.list_users_in_group(
                    UserPoolId=self.user_pool_id, GroupName=group, Limit=PAGE_SIZE, **following
                )
            except self._client.exceptions.ResourceNotFoundException:
                return
            yield [
                each["Value"]
                for raw in answer["Users"]
                for each in raw["Attributes"]
                if each["Name"] == "sub"
            ]
            token = answer.get("NextToken")
            following = {"NextToken": token} if token else None
