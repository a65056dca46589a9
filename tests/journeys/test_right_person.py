"""A person is their sub: whatever becomes of a username, nobody is onboarded as somebody else."""

import io
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from botocore.credentials import Credentials
from django.contrib.auth.models import Group, User
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.test import Client
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from aws_setup.local.server import LocalAws
from aws_setup.template.cfn_yaml import dump_template, parse_template
from aws_setup.template.packaging import render_template
from businesses.backend import get_backend
from businesses.retry.for_pages import get_retry_services
from tests.businesses.account import REGION
from tests.businesses.pages.said import LIST, STUCK, said
from tests.businesses.site_user import SiteUser
from tests.businesses.username_pool import UsernamePool, deploy_around_usernames, operator
from tests.graphql import CREATE, GraphqlClient
from tests.harness.counts import count
from tests.harness.examples import examples

if TYPE_CHECKING:
    from aws_setup.local.controls.snapshots import Snapshot

pytestmark = pytest.mark.django_db

ALIASES = {"AliasAttributes": ["email", "preferred_username"]}
POOLS: list[Any] = [
    # All that can happen in the first can happen in the second too.
    pytest.param({}, id="usernames", marks=pytest.mark.long),
    pytest.param(ALIASES, id="usernames with aliases"),
]
NAMES = ("ann", "Google_108")  # the second as of a user who signs in with another provider


@dataclass
class World:
    """What has happened so far, beside what AWS holds.

    users: the sub of who has each username now. emails: everybody's address by sub; no two are the
    same. deleted: for each user who is gone, whether they had a Business.
    """

    stack: UsernamePool
    browser: Client
    users: dict[str, str] = field(default_factory=dict)
    emails: dict[str, str] = field(default_factory=dict)
    deleted: dict[str, bool] = field(default_factory=dict)

    def signs_up(self, how: str, name: str) -> None:
        """Let somebody take a username, unless somebody has it."""
        if name in self.users:
            return
        email = f"person-{len(self.emails)}@example.com"
        with suppress(self.stack.cognito.exceptions.UsernameExistsException):
            sub = getattr(self.stack, how)(name, email)
            self.users[name], self.emails[sub] = sub, email

    def confirms(self, name: str) -> None:
        with suppress(self.stack.cognito.exceptions.NotAuthorizedException):
            if name in self.users:
                self.stack.finish(name)

    def goes(self, name: str) -> None:
        """Delete a user."""
        if sub := self.users.pop(name, None):
            self.stack.delete(name)
            self.deleted[sub] = sub in self.stack.business_ids()

    def is_also_called(self, name: str) -> None:
        """Let somebody else take a free username as their alias, where the pool has aliases."""
        others = [sub for other, sub in self.users.items() if other != name]
        pool = self.stack.cognito.describe_user_pool(UserPoolId=self.stack.pool)["UserPool"]
        if name not in self.users and others and pool.get("AliasAttributes"):
            self.stack.set_attributes(others[0], preferred_username=name)

    def command(self, *command: str) -> None:
        with suppress(CommandError):
            call_command(*command, stdout=io.StringIO(), stderr=io.StringIO())

    def post(self, address: str) -> None:
        """Do by hand for everybody who ever was what a button of the admin does."""
        for sub in self.emails:
            assert self.browser.post(f"{STUCK}{address}", {"sub": sub}).status_code < 500


ACTIONS: dict[str, Callable[[World, str], None]] = {
    "signs up": lambda world, name: world.signs_up("begin", name),
    "gets stuck": lambda world, name: world.signs_up("got_stuck", name),
    "is onboarded": lambda world, name: world.signs_up("onboarded", name),
    "is created": lambda world, name: world.signs_up("create", name),
    "confirms": World.confirms,
    "goes": World.goes,
    "is an alias": World.is_also_called,
    "retry all": lambda world, _: world.command("retry_onboardings", "--all"),
    "sweep": lambda world, _: world.command("find_stuck_onboardings", "--older-than", "0s"),
    "retry the sweep's": lambda world, _: world.command("retry_onboardings", "--source", "sweep"),
    "retry by hand": lambda world, _: world.post("retry/now/"),
    "onboard now": lambda world, _: world.post("onboard/"),
    "take from Cognito": lambda world, _: world.post("refresh/"),
}
histories = st.lists(
    st.tuples(st.sampled_from(list(ACTIONS)), st.sampled_from(NAMES)), min_size=3, max_size=9
)


def history(text: str) -> list[tuple[str, str]]:
    """Return the actions that a text names, all by or for the first username."""
    return [(action.strip(), NAMES[0]) for action in text.split(",")]


@dataclass(frozen=True)
class Account:
    """An account with the stack around a pool, as it was when nobody had signed up."""

    aws: LocalAws
    site_user: SiteUser
    empty: "Snapshot" = field(repr=False)


@pytest.fixture(scope="module", params=POOLS)
def account(
    request: pytest.FixtureRequest,
    local_aws_server: LocalAws,
    tmp_path_factory: pytest.TempPathFactory,
) -> Account:
    """An account with a pool of each kind, and the site's user."""
    deploy_around_usernames(local_aws_server, render_template(), **request.param)
    site_user = SiteUser(local_aws_server, tmp_path_factory.mktemp("site"))
    site_user.attach(UsernamePool(local_aws_server).outputs["SitePolicyArn"])
    return Account(local_aws_server, site_user, local_aws_server.snapshot())


@pytest.fixture
def stack(account: Account, monkeypatch: pytest.MonkeyPatch) -> Iterator[UsernamePool]:
    """The stack; the environment is the site's, whose policy must be enough."""
    account.site_user.enter(monkeypatch)
    forget_clients()
    yield UsernamePool(account.aws)
    get_backend().close()
    forget_clients()
    account.site_user.check()


@pytest.fixture
def browser() -> Client:
    user = User.objects.create_user("sally", is_staff=True)
    user.groups.add(Group.objects.get(name="Support"))
    client = Client()
    client.force_login(user)
    return client


@given(actions=histories)
@example(actions=history("gets stuck, goes, signs up, retry all"))
@example(actions=history("gets stuck, goes, signs up, retry by hand, onboard now"))
@example(actions=history("gets stuck, goes, is onboarded, take from Cognito, retry all"))
@example(actions=history("is created, sweep, goes, is created, retry the sweep's, sweep"))
@example(actions=history("is onboarded, goes, signs up"))
@example(
    actions=[
        ("is onboarded", NAMES[1]),
        *history("gets stuck, goes, is an alias, retry all, retry by hand"),
    ]
)
@settings(
    max_examples=examples(15),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_nobody_is_onboarded_or_shown_as_somebody_else(
    account: Account, stack: UsernamePool, browser: Client, actions: list[tuple[str, str]]
) -> None:
    account.aws.restore(account.empty)
    world = World(stack, browser)
    for action, name in actions:
        cache.clear()  # as if a minute passed, after which nothing is cached about anybody
        ACTIONS[action](world, name)
        check_aws(world)
    cache.clear()
    check_pages(world)
    count("histories of usernames")
    count("steps of such histories", len(actions))


def forget_clients() -> None:
    """Be like a freshly started server, which has no clients of another account."""
    get_backend.cache_clear()
    get_retry_services.cache_clear()


def check_aws(world: World) -> None:
    """Nobody is in the group without a Business of their own, and nobody gone has got one."""
    members, businesses = world.stack.members(), world.stack.business_ids()
    assert members <= businesses
    assert {sub for sub, had in world.deleted.items() if not had}.isdisjoint(businesses)
    status = {
        each["Value"]: user["UserStatus"]
        for user in world.stack.cognito.list_users(UserPoolId=world.stack.pool)["Users"]
        for each in user["Attributes"]
        if each["Name"] == "sub"
    }
    assert {status[sub] for sub in members} <= {"CONFIRMED"}
    assert {sub for sub in status if status[sub] == "UNCONFIRMED"}.isdisjoint(businesses)
    for sub in world.emails:
        record = world.stack.table.get(sub)
        if record is not None and record.status == "COMPLETED":
            assert sub in businesses


def check_pages(world: World) -> None:
    """A page about somebody shows nobody else's address, and says it if they are gone."""
    for sub in world.emails:
        others = {email for other, email in world.emails.items() if other != sub}
        for page, exists in ((LIST, sub in world.stack.business_ids()), (STUCK, None)):
            if exists or (exists is None and world.stack.table.get(sub)):
                text = said(world.browser.get(f"{page}{sub}/change/"))
                assert [email for email in others if email in text] == []
                assert not (sub in world.deleted and "Cognito says" in text)
                if sub in world.deleted:
                    assert "is gone" in text or "no longer exists" in text or "no such" in text


def test_a_stack_of_before_gets_the_check_by_an_update(local_aws: LocalAws) -> None:
    """As it was deployed when the mutation did not ask who has the username."""
    template = parse_template(render_template(), "the template")
    del template["Resources"]["CheckUserFunction"]
    resolver, role = (
        template["Resources"][name]["Properties"]
        for name in ("CreateBusinessInGroupResolver", "CognitoDataSourceRole")
    )
    del resolver["PipelineConfig"]["Functions"][0]
    [statement] = role["Policies"][0]["PolicyDocument"]["Statement"]
    statement["Action"] = "cognito-idp:AdminAddUserToGroup"
    deploy_around_usernames(local_aws, dump_template(template))
    stack = UsernamePool(local_aws)
    sub = stack.got_stuck(NAMES[0])
    operator(local_aws).deploy()
    stack.delete(NAMES[0])
    stack.begin(NAMES[0])
    client = GraphqlClient(local_aws.endpoint_url, stack.outputs["GraphqlUrl"], REGION)
    keys = Credentials(local_aws.access_key_id, local_aws.secret_access_key)
    answer = client.signed(keys, CREATE, stack.record(sub).person.to_variables())
    assert answer.error_types == ["UsernameOfAnotherUser"]
    assert stack.members() == stack.business_ids() == set()
    assert stack.onboarded("ben") in stack.members()
