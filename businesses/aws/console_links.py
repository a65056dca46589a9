"""Addresses of the AWS console's pages; pure.

AWS documents the hosts, not the paths: the paths are those that the consoles put into the
browser's address bar. A path that AWS has moved leads to the service's start page.
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

    partition: as boto3 names it, for example "aws-cn". The consoles of other partitions than the
    three public ones have hosts that are not public, so every link is "" there.
    """

    partition: str
    region: str
    table_name: str
    user_pool_id: str

    def item(self, key: str) -> str:
        """Return the page of the item with that key, a string; "" where no page is known."""
        if self.partition not in _HOSTS:
            return ""
        item = f"itemMode=2&pk={_part(key)}&sk=&route=ROUTE_ITEM_EXPLORER"
        page = f"dynamodbv2/home?region={_part(self.region)}#edit-item?{item}"
        return f"{self._root}/{page}&table={_part(self.table_name)}"

    def user(self, username: str) -> str:
        """Return the page of the user with that name; "" where no page is known, or for no name."""
        if self.partition not in _HOSTS or not username:
            return ""
        pool = f"{self._root}/cognito/v2/idp/user-pools/{_part(self.user_pool_id)}"
        user = f"user-management/users/details/{_part(username)}"
        return f"{pool}/{user}?region={_part(self.region)}"

    @property
    def _root(self) -> str:
        return f"https://{_part(self.region)}.{_HOSTS[self.partition]}"


# Where the stack's outputs cannot be read, no page is known.
NO_LINKS = ConsoleLinks("", "", "", "")


def _part(text: str) -> str:
    """Escape a text so that it is one part of an address, whatever it holds."""
    return quote(text, safe="")
