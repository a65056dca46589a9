"""Addresses of the AWS console's pages; pure.

AWS documents the hosts, not the paths: the paths are those that the consoles put into the
browser's address bar. One that AWS moves leads to the service's start page.
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
class Place:
    """Where a table and a user pool are.

    partition: as boto3 names it, such as "aws-cn". Others than the three public ones have consoles
    whose hosts are not public.
    """

    partition: str
    region: str
    table_name: str
    user_pool_id: str


def item_url(place: Place, key: str) -> str:
    """Return the page of the item of that key, a text; "" where none is known."""
    if place.partition not in _HOSTS:
        return ""
    item = f"itemMode=2&pk={_part(key)}&sk=&route=ROUTE_ITEM_EXPLORER"
    page = f"dynamodbv2/home?region={_part(place.region)}#edit-item?{item}"
    return f"{_root(place)}/{page}&table={_part(place.table_name)}"


def user_url(place: Place, username: str) -> str:
    """Return the page of the user of that name; "" where none is known, or no name."""
    if place.partition not in _HOSTS or not username:
        return ""
    pool = f"{_root(place)}/cognito/v2/idp/user-pools/{_part(place.user_pool_id)}"
    user = f"user-management/users/details/{_part(username)}"
    return f"{pool}/{user}?region={_part(place.region)}"


def _root(place: Place) -> str:
    return f"https://{_part(place.region)}.{_HOSTS[place.partition]}"


def _part(text: str) -> str:
    """Escape a text so that it is one part of an address, whatever it holds."""
    return quote(text, safe="")
