"""Names of any length and script: they burst no page, at any width, and reorder nothing."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import StorageState, expect

from aws_setup.local.server import LocalAws
from tests.browser.conftest import cookies, served
from tests.browser.serve import COLLEAGUE, LONGEST_NAME
from tests.browser.site import LIST, STUCK, Site
from tests.businesses.account import business
from tests.businesses.deployed import Deployed
from tests.businesses.onboardings import onboarding, write_onboardings
from tests.businesses.site_user import SiteUser
from tests.deployment import deploy

NAMES = (
    "W" * 256,
    "👩‍👩‍👧‍👦" * 30,
    "مقهى ليلى للقهوة المختصة",
    "evil \u202egpj.exe and \u2066more",
    "Ω" * 256,
)
ADDRESS = f"{'a' * 64}@{'b' * 63}.{'c' * 63}.example.com"
NOBODY = "W" * 256
WIDTHS = (320, 390, 768, 1025, 1280)  # at 1025, the header gets into one line
PAGES = (
    LIST,
    STUCK,
    f"{STUCK}retry/?sub=sub-0000&sub=sub-0003",
    f"{STUCK}dismiss/?sub=sub-0000",
    "/admin/",
    *(f"{LIST}sub-{number:04}/change/" for number in range(len(NAMES))),
    *(f"{STUCK}sub-{number:04}/change/" for number in range(len(NAMES))),
    f"{LIST}sub-0000/history/",
    "/admin/businesses/person/sub-0000/",
    f"{LIST}{NOBODY}/change/",
)


@pytest.fixture(scope="module")
def site_user(
    local_aws_server: LocalAws, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[SiteUser]:
    """Who the site runs as, in an account in which everybody has an odd name."""
    deploy(local_aws_server)
    deployed = Deployed(local_aws_server)
    for number, name in enumerate(NAMES):
        item = business(number, name=name, email=ADDRESS).to_item()
        deployed.dynamodb.put_item(TableName=deployed.outputs["BusinessTableName"], Item=item)
        record = onboarding(number, name=name, email=ADDRESS)
        write_onboardings(deployed.dynamodb, deployed.table.name, record)
    site_user = SiteUser(local_aws_server, tmp_path_factory.mktemp("credentials"))
    site_user.attach(deployed.outputs["SitePolicyArn"])
    yield site_user
    site_user.check()


@pytest.fixture(scope="module")
def address(site_user: SiteUser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a freshly started site over the real stack."""
    with served(site_user.environment, tmp_path_factory.mktemp("site")) as address:
        yield address


@pytest.fixture(scope="module")
def logged_in() -> StorageState:
    """The cookies of somebody who may retry, and has as long a name as an account takes."""
    return cookies(COLLEAGUE)


@pytest.mark.parametrize("window", ["light"], indirect=True, scope="module")
def test_no_name_bursts_a_page_at_any_width(site: Site) -> None:
    for page in PAGES:
        site.page.set_viewport_size({"width": WIDTHS[0], "height": 900})
        site.open(page, status=404 if NOBODY in page else 200)
        for width in WIDTHS[1:]:
            site.page.set_viewport_size({"width": width, "height": 900})
            site.check_width()


@pytest.mark.parametrize("window", ["light"], indirect=True, scope="module")
def test_the_name_of_who_is_signed_in_leaves_room_for_the_search(site: Site) -> None:
    site.page.set_viewport_size({"width": 1025, "height": 900})
    site.open("/admin/")
    assert LONGEST_NAME in site.page.locator("#user-tools").inner_html()
    box = site.page.locator("#site-search").bounding_box()
    assert box
    assert box["width"] > 40


@pytest.mark.parametrize("window", ["light"], indirect=True, scope="module")
def test_a_control_is_seen_and_reorders_nothing(site: Site) -> None:
    site.open(STUCK)
    expect(site.page.get_by_text("U+202E").first).to_be_visible()
    assert "\u202e" not in site.text
