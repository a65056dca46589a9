"""Links to pages of the AWS console. Nothing here does any I/O.

AWS documents the hosts but not the paths. The paths here are those that the consoles show in the
browser's address bar. If AWS has moved a page, its path leads to the service's start page.
https://docs.aws.amazon.com/awsconsolehelpdocs/latest/gsg/select-region.html
https://docs.amazonaws.cn/en_us/aws/latest/userguide/endpoints-arns.html
https://docs.aws.amazon.com/govcloud-us/latest/UserGuide/using-govcloud-endpoints.html
"""

from dataclasses import dataclass
from urllib.parse import quote

_HOSTS = {
    "aws": "console.aws.amazon.com",
    "aws-cn": "console.amazonaws.cn",
    "aws-us-gov": "console.amazonaws-us-gov.com",
}


@dataclass(frozen=True, slots=True)
class ConsoleLinks:
    """Links to the items of one table and to the users of one user pool.

    partition: as boto3 names it, for example "aws-cn". Apart from the three public partitions,
    the consoles' hosts are not public, so every link is "".
    """

    partition: str
    region: str
    table_name: str
    user_pool_id: str

    def item(self, key: str) -> str:
        """Return the URL of the item with this key, a string; "" if no page is known."""
        if self.partition not in _HOSTS:
            return ""
        item = f"itemMode=2&pk={_part(key)}&sk=&route=ROUTE_ITEM_EXPLORER"
        page = f"dynamodbv2/home?region={_part(self.region)}#edit-item?{item}"
        return f"{self._root}/{page}&table={_part(self.table_name)}"

    def user(self, username: str) -> str:
        """Return the URL of the user with this name; "" without a name or if no page is known."""
        if self.partition not in _HOSTS or not username:
            return ""
        pool = f"{self._root}/cognito/v2/idp/user-pools/{_part(self.user_pool_id)}"
        user = f"user-management/users/details/{_part(username)}"
        return f"{pool}/{user}?region={_part(self.region)}"

    @property
    def _root(self) -> str:
        return f"https://{_part(self.region)}.{_HOSTS[self.partition]}"


# Used when the stack's outputs cannot be read, because then no page is known.
NO_LINKS = ConsoleLinks("", "", "", "")


def _part(text: str) -> str:
    """Escape a text so that it forms a single part of a URL, whatever it contains."""
    return quote(text, safe="")
