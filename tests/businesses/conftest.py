"""Fixtures of the admin's tests."""

from collections.abc import Iterator
from copy import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from django.contrib.auth.models import Group, User
from django.core.cache import cache
from django.test import Client, override_settings

from aws_setup.local.server import LocalAws
from businesses.backend import get_backend
from businesses.retry.for_pages import get_retry_services
from tests.businesses.account import Account
from tests.businesses.deployed import Deployed
from tests.businesses.site_user import SiteUser
from tests.deployment import deploy

if TYPE_CHECKING:
    from aws_setup.local.controls.snapshots import Snapshot


@dataclass(frozen=True, slots=True)
class NewAccount:
    """An account as it is at the beginning of each test that has one."""

    account: Account
    site: SiteUser
    snapshot: "Snapshot"


@pytest.fixture(scope="session")
def new_account(
    local_aws_server: LocalAws, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[NewAccount]:
    """An account that is made once a process, as eight calls take longer than to go back."""
    local_aws_server.reset()
    site = SiteUser(local_aws_server, tmp_path_factory.mktemp("site"))
    account = Account(local_aws_server, site)
    yield NewAccount(account, site, local_aws_server.snapshot())
    account.close()


@pytest.fixture
def account(
    new_account: NewAccount, aws_environment: LocalAws, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Account]:
    """An account with an empty Business table and a user pool; its stack is not deployed yet.

    The environment is the site's: it has only the site's policy, and must not need more.
    """
    aws_environment.restore(new_account.snapshot)
    new_account.site.enter(monkeypatch)
    yield copy(new_account.account)
    new_account.site.check()


@pytest.fixture
def as_impatient_as_staff() -> Iterator[None]:
    """Make pages wait for AWS no longer than they do by default."""
    with override_settings(AWS_DEADLINE_SECONDS=2.5):
        yield


@pytest.fixture(autouse=True)
def _new_process() -> Iterator[None]:
    """Start every test like a freshly started server: no client, nothing cached."""
    cache.clear()
    get_backend.cache_clear()
    get_retry_services.cache_clear()
    yield
    if get_backend.cache_info().currsize:
        get_backend().close()
    get_backend.cache_clear()
    get_retry_services.cache_clear()


@pytest.fixture(scope="module")
def deployed_stack(local_aws_server: LocalAws) -> LocalAws:
    """An account with the real stack in it, for all tests of a module."""
    deploy(local_aws_server)
    return local_aws_server


@pytest.fixture(scope="module")
def whole_stack(deployed_stack: LocalAws) -> Deployed:
    """The real stack, whose outputs are read once for all tests of a module."""
    return Deployed(deployed_stack)


@pytest.fixture(scope="module")
def site_user(whole_stack: Deployed, tmp_path_factory: pytest.TempPathFactory) -> SiteUser:
    """The user who has only the policy of the real stack."""
    site_user = SiteUser(whole_stack.aws, tmp_path_factory.mktemp("site"))
    site_user.attach(whole_stack.outputs["SitePolicyArn"])
    return site_user


@pytest.fixture
def deployed(
    whole_stack: Deployed, site_user: SiteUser, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Deployed]:
    """The real stack with an empty Onboarding table; the environment is the site's."""
    whole_stack.aws.faults.clear()
    whole_stack.forget_onboardings()
    whole_stack.aws.faults.clear()
    site_user.enter(monkeypatch)
    yield whole_stack
    site_user.check()


@pytest.fixture
def viewer(db: None) -> Client:
    """A browser in which a member of the Viewer group is logged in."""
    user = User.objects.create_user("vera", is_staff=True)
    user.groups.add(Group.objects.get(name="Viewer"))
    return logged_in(user)


@pytest.fixture
def sally(db: None) -> User:
    """A member of the Support group."""
    user = User.objects.create_user("sally", is_staff=True)
    user.groups.add(Group.objects.get(name="Support"))
    return user


@pytest.fixture
def support(sally: User) -> Client:
    """A browser in which Sally is logged in."""
    return logged_in(sally)


@pytest.fixture
def superuser(db: None) -> Client:
    """A browser in which a superuser is logged in."""
    return logged_in(User.objects.create_superuser("root"))


def logged_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client
