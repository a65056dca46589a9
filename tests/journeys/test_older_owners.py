"""Owners of records in Amplify's older forms get them back, and nobody gets somebody else's."""

import io

import pytest
from django.core.management import CommandError, call_command

from aws_setup.local.server import LocalAws
from aws_setup.template.packaging import render_template
from businesses.maintenance.owners import NOT_OLDER
from tests.businesses.site_user import become_operator
from tests.businesses.username_pool import UsernamePool, deploy_around_usernames
from tests.graphql import Answer
from tests.owners import OwnersApi

pytestmark = pytest.mark.django_db


class Api(OwnersApi):
    """The API around a pool in which people sign in with usernames."""

    def update(self, username: str, record_id: str) -> Answer:
        """Have somebody rename a business."""
        given = {"id": record_id, "name": f"{username}'s"}
        return self.call(self.token(username), "update", input=given)

    def listed(self, username: str) -> list[str]:
        """Return the ids of the businesses that somebody is shown."""
        answer = self.call(self.token(username), "list")
        assert answer.data is not None
        return [each["id"] for each in answer.data["listBusinesses"]["items"]]

    def write_owner(self, record_id: str, owner: str) -> None:
        """Write the owner of a record in an older form; "" for none."""
        item = {**self.item(record_id), "owner": {"S": owner}}
        if not owner:
            del item["owner"]
        self.dynamodb.put_item(TableName=self.table, Item=item)


def test_owners_of_older_forms_get_and_update_their_own_records(
    local_aws: LocalAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    deploy_around_usernames(local_aws, render_template())
    become_operator(local_aws, monkeypatch)
    people, api = UsernamePool(local_aws), Api(local_aws)
    ids = {name: people.onboarded(name) for name in ("ann", "ben", "carla", "dora")}
    for name, owner in {"ann": "ann", "ben": ids["ben"], "carla": "", "dora": "dora"}.items():
        api.write_owner(ids[name], owner)
    people.delete("dora")
    newcomer = people.onboarded("dora")  # somebody else, who has Dora's username now
    for name, record_id in ids.items():
        assert api.update(name, record_id).error_types == ["Unauthorized"]

    out = io.StringIO()
    with pytest.raises(CommandError, match="cannot be made right"):
        call_command("refresh_owners", stdout=out)
    assert out.getvalue().splitlines() == [
        f"{ids['dora']}  {NOT_OLDER}",
        "5 records read: 3 got the whole owner, 1 were right already, 1 cannot be made right.",
    ]
    for name in ("ann", "ben", "carla"):
        assert api.update(name, ids[name]).data is not None
        assert api.listed(name) == [ids[name]]
        assert api.item(ids[name])["name"] == {"S": f"{name}'s"}
    assert api.update("dora", ids["dora"]).error_types == ["Unauthorized"]
    assert api.listed("dora") == [newcomer]
