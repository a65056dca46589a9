"""`manage.py forget_person`: nothing is left of the person, and everything of the others."""

import io
import itertools
import re
import unicodedata
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from businesses.audit.history import Action, Kind, Staff, write_history
from businesses.audit.runs import Run
from businesses.models import HistoryEntry
from businesses.records.addresses import folded
from businesses.records.business import Business
from businesses.records.identity import COUNT
from tests.businesses.account import business
from tests.businesses.deployed import Deployed
from tests.businesses.onboardings import onboarding, write_onboardings
from tests.businesses.pages.said import LIST, STUCK, said
from tests.businesses.site_user import SiteUser, become_operator
from tests.harness.counts import count
from tests.harness.examples import examples
from tests.processes import REPOSITORY

pytestmark = pytest.mark.django_db
STAFF = Staff(None, "sally")
ANN = "ann@example.com"
DOCUMENTATION = REPOSITORY / "docs" / "operating.md"
STAYS = "This history stays when the record expires or is erased."


class Operator(io.StringIO):
    """Somebody at a terminal who types this."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def backend(deployed: Deployed, monkeypatch: pytest.MonkeyPatch) -> Deployed:
    """The stack without Ann and any business, and this process an operator's."""
    become_operator(deployed.aws, monkeypatch)
    users = deployed.cognito.list_users(UserPoolId=deployed.pool, Filter=f'email = "{ANN}"')
    for user in users["Users"]:
        deployed.cognito.admin_delete_user(UserPoolId=deployed.pool, Username=user["Username"])
    for each in items_of(deployed):
        deployed.dynamodb.delete_item(
            TableName=deployed.outputs["BusinessTableName"], Key={"id": each["id"]}
        )
    return deployed


def businesses_of(deployed: Deployed) -> list[dict[str, Any]]:
    """Return every business, without the counts of owners' further ones."""
    return [each for each in items_of(deployed) if not each["id"]["S"].startswith(COUNT)]


def items_of(deployed: Deployed) -> list[dict[str, Any]]:
    """Return every item of the Business table."""
    items: list[dict[str, Any]] = deployed.dynamodb.scan(
        TableName=deployed.outputs["BusinessTableName"]
    )["Items"]
    return items


def write(deployed: Deployed, *records: Business) -> None:
    for record in records:
        deployed.dynamodb.put_item(
            TableName=deployed.outputs["BusinessTableName"], Item=record.to_item()
        )


def forget(*arguments: str, answer: str = "") -> str:
    out = io.StringIO()
    call_command("forget_person", *arguments, stdout=out, stdin=Operator(answer))
    return out.getvalue()


def one_person(deployed: Deployed) -> str:
    """Create Ann: a user, two businesses, a record, and entries in the history; return the sub."""
    [sub] = deployed.stuck(1, name="Ann Ltd", email="ann@example.com")
    deployed.set_attributes(sub, email="ann@example.com")
    write(
        deployed,
        business(1, id=sub, owner=f"{sub}::{sub}", name="Ann Ltd", email="ann@example.com"),
        business(2, id="further", owner=f"{sub}::{sub}", name="Second", email="two@example.com"),
    )
    deployed.dynamodb.put_item(
        TableName=deployed.outputs["BusinessTableName"],
        Item={"id": {"S": f"{COUNT}{sub}::{sub}"}, "further": {"N": "1"}},
    )
    write_history(STAFF, Action.DISMISSED, [sub], "Dismissed: ANN LTD is a test (Ann@example.com)")
    write_history(STAFF, Action.OTHER, ["further"], "Called Second.", kind=Kind.BUSINESS)
    return sub


def test_everything_of_the_person_goes_and_the_entries_stay(
    backend: Deployed, superuser: Client
) -> None:
    sub = one_person(backend)
    told = forget(sub, answer=f"{sub}\n")
    assert "Deleted the business further.\nDeleted the business" in told
    assert "Deleted the onboarding record." in told
    assert businesses_of(backend) == []
    assert backend.table.get(sub) is None
    entries = HistoryEntry.objects.order_by("pk")
    assert [(each.staff_name, each.action, each.object_id, each.message) for each in entries] == [
        ("sally", "dismissed", sub, "Dismissed: (erased) is a test ((erased))"),
        ("sally", "other", "further", "Called (erased)."),
        ("forget_person", "erased", sub, "Erasure begun."),
        (
            "forget_person",
            "erased",
            sub,
            "Erased: 2 history entries, 2 businesses, the onboarding record.",
        ),
    ]
    page = said(superuser.get(f"{STUCK}{sub}/history/"))
    assert STAYS in page
    assert "Dismissed: (erased) is a test" in page
    assert STAYS in said(superuser.get(f"{LIST}further/history/"))


def test_what_stays_and_for_how_long_is_told_but_no_name(backend: Deployed) -> None:
    sub = one_person(backend)
    told = forget(sub, "--yes")
    assert (
        f"aws cognito-idp admin-delete-user --region eu-central-1 --user-pool-id {backend.pool}"
        in told
    )
    assert "the next sweep records them as stuck again" in told
    for words in ("point-in-time recovery of both tables: 35 days", "logs in CloudWatch: 90 days"):
        assert words in told
    for name in ("ann", "second"):
        assert name not in told.casefold().replace(sub, "")


def test_the_reason_of_a_dismissal_that_is_not_finished_names_nobody_either(
    backend: Deployed,
) -> None:
    sub = one_person(backend)
    given = {"why": f"{ANN} asked for it"}
    runs = [Run.begin("dismiss", STAFF, subs=[each], total=1, given=given) for each in (sub, "x")]
    forget(sub, "--yes")
    for run in runs:
        run.refresh_from_db()
        assert run.given == {"why": "(erased) asked for it"}


def test_a_second_run_finds_nothing(backend: Deployed) -> None:
    sub = one_person(backend)
    forget(sub, "--yes")
    before = list(HistoryEntry.objects.values())
    told = forget(sub, "--yes")
    assert "nothing is left in the tables, and the history names nobody" in told
    assert "Nothing was changed." in told
    assert list(HistoryEntry.objects.values()) == before
    backend.cognito.admin_delete_user(UserPoolId=backend.pool, Username=sub)
    told = forget(sub, "--yes")
    assert "nothing is left" in told
    assert "admin-delete-user" not in told
    assert "Nobody has this address." in forget("ann@example.com", "--yes")


def test_a_dry_run_and_a_no_change_nothing(backend: Deployed) -> None:
    sub = one_person(backend)
    before = backend.table.get(sub), businesses_of(backend), list(HistoryEntry.objects.values())
    for told in (forget(sub, "--dry-run"), forget(sub, answer="yes\n"), forget(sub, answer="")):
        assert re.match(rf"To be erased in .+ in \S+ and on this site, of {sub}:\n", told)
        assert f"  the business {sub}\n" in told
        assert "  the business further\n" in told
        assert "  the onboarding record\n  the name and the address in 2 history entries\n" in told
        assert "Nothing was changed." in told
        assert before == (
            backend.table.get(sub),
            businesses_of(backend),
            list(HistoryEntry.objects.values()),
        )


def test_without_a_terminal_it_is_not_asked_but_refused(backend: Deployed) -> None:
    sub = one_person(backend)
    with pytest.raises(CommandError, match="Add --yes to erase this person"):
        call_command("forget_person", sub, stdout=io.StringIO(), stdin=io.StringIO(f"{sub}\n"))
    assert len(businesses_of(backend)) == 2


def test_an_address_finds_its_person_wherever_it_is_written(backend: Deployed) -> None:
    sub = one_person(backend)
    told = forget("ANN@example.com", "--dry-run")
    assert f"of {sub}:" in told
    backend.cognito.admin_delete_user(UserPoolId=backend.pool, Username=sub)
    assert f"of {sub}:" in forget("Ann@Example.com", "--dry-run")
    for each in businesses_of(backend):
        backend.dynamodb.delete_item(
            TableName=backend.outputs["BusinessTableName"], Key={"id": each["id"]}
        )
    assert f"of {sub}:" in forget("ann@EXAMPLE.com", "--dry-run")


def test_an_address_of_several_people_is_refused_with_their_subs(backend: Deployed) -> None:
    sub = one_person(backend)
    write_onboardings(
        backend.dynamodb, backend.table.name, onboarding(7, sub="other", email="ann@example.com")
    )
    with pytest.raises(CommandError) as refused:
        forget("ann@example.com", "--yes")
    assert "2 people have this address:" in str(refused.value)
    assert re.findall(r"^  (\S+)$", str(refused.value), re.MULTILINE) == [sub, "other"]
    assert len(businesses_of(backend)) == 2
    # Then the address alone is not taken out of what concerns others.
    write_history(STAFF, Action.DISMISSED, ["other"], "Dismissed: ann@example.com")
    forget(sub, "--yes")
    assert HistoryEntry.objects.filter(message="Dismissed: ann@example.com").exists()


def test_an_error_half_way_says_what_is_done_and_the_next_run_does_the_rest(
    backend: Deployed,
) -> None:
    sub = one_person(backend)
    backend.aws.faults.fail("DeleteItem", "AccessDeniedException", after=1)
    out = io.StringIO()
    with pytest.raises(CommandError, match="AWS refused DeleteItem") as refused:
        call_command("forget_person", sub, "--yes", stdout=out)
    assert "What is reported above is erased. Run it again for the rest." in str(refused.value)
    assert "Deleted the business further." in out.getvalue()
    assert len(businesses_of(backend)) == 1
    assert "Deleted the onboarding record." in forget(sub, "--yes")
    assert businesses_of(backend) == []


def test_a_username_alone_proves_nothing_but_is_told(backend: Deployed) -> None:
    sub = one_person(backend)
    write(
        backend,
        business(3, id="old-1", owner="bob", email="ann@example.com"),
        business(4, id="old-2", owner="bob", email="stranger@example.com"),
        business(5, id="old-3", owner=sub, email="third@example.com"),
        business(6, id="old-4", owner=f"{sub}::bob", email="fourth@example.com"),
    )
    told = forget(sub, "--yes", "--username", "bob")
    assert "nothing proves it, so these stay" in told
    assert "  the business old-2\n" in told
    assert [each["id"]["S"] for each in businesses_of(backend)] == ["old-2"]


def test_a_former_username_is_found_by_the_address(backend: Deployed) -> None:
    sub = one_person(backend)
    write(
        backend,
        business(3, id="a", owner=f"{sub}::former", email="ANN@example.com"),
        business(4, id="b", owner=f"{sub}::former", email="else@example.com"),
    )
    forget(sub, "--yes")
    assert businesses_of(backend) == []


def test_the_rights_that_the_documentation_names_are_enough(
    deployed: Deployed, site_user: SiteUser
) -> None:
    delete = {"Effect": "Allow", "Action": "dynamodb:DeleteItem", "Resource": "*"}
    site_user.put("erasure", {"Version": "2012-10-17", "Statement": [delete]})
    sub = one_person(deployed)
    deployed.aws.decisions.clear()
    assert "Deleted the onboarding record." in forget(sub, "--yes")
    called = {each.action for each in site_user.decisions}
    documented = DOCUMENTATION.read_text("utf-8").split("The command needs more than")[1]
    assert called == set(re.findall(r"`(\w[\w-]+:\w+)`", documented.split("##")[0]))


def test_a_business_that_changes_hands_meanwhile_is_left_and_told(
    backend: Deployed, monkeypatch: pytest.MonkeyPatch
) -> None:
    sub = one_person(backend)

    class Meanwhile:
        def isatty(self) -> bool:
            return True

        def readline(self) -> str:
            write(backend, business(2, id="further", owner="other::other"))
            return sub

    out = io.StringIO()
    with pytest.raises(CommandError, match="Businesses that were left: 1"):
        call_command("forget_person", sub, stdout=out, stdin=Meanwhile())
    assert "Left the business further, which has changed meanwhile." in out.getvalue()
    assert [each["id"]["S"] for each in businesses_of(backend)] == ["further"]


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_an_address_that_is_composed_in_another_way_finds_its_person(
    backend: Deployed, form: Any
) -> None:
    stored = unicodedata.normalize(form, "Zoë.Åström@example.com")
    [sub] = backend.stuck(1, email=stored)
    for typed in (unicodedata.normalize(other, stored) for other in ("NFC", "NFD")):
        for each in (typed, typed.lower()):
            assert f"of {sub}:" in forget(each, "--dry-run")
    assert "Nobody has this address" in forget("Zoe.Astrom@example.com", "--dry-run")


def test_ids_do_not_write_to_the_terminal_as_they_like(backend: Deployed) -> None:
    odd = "further\x1b[2J\r\n"
    write(backend, business(1, id=odd, owner="odd-sub::ann", email=ANN))
    out = forget("odd-sub", "--yes", "--username", "ann")
    assert not businesses_of(backend)
    assert "further\\x1b[2J\\r\\n" in out
    assert "\x1b" not in out


# Anybody, with anything

SUBS = st.uuids().map(str)
NAMES = st.text(
    st.characters(exclude_characters="()", exclude_categories=["C"]), min_size=1, max_size=20
).filter(lambda text: text.strip() and text.casefold() not in "dismissed: . called about")
FORMS = st.sampled_from(["NFC", "NFD"])
WORDS = st.sampled_from(["dismissed", "a test", "Prüfung", "<b>", "_2F", '"', "\n", "", "%"])
numbers = itertools.count(1)


@st.composite
def people(draw: st.DrawFn) -> dict[str, Any]:
    """Draw a person: sub, username, name, addresses, owners of further businesses, messages."""
    sub, number = draw(SUBS), next(numbers)
    name = draw(NAMES)
    local = draw(st.sampled_from(["ann", "a.b+c", "Ünal", "Straße", "Åb\u0323", "X"]))
    address = f"{local}{number}@example.com"
    username = draw(st.sampled_from([sub, f"user-{number}", f"a::b{number}", f"Google_{number}"]))
    owners = st.sampled_from([f"{sub}::{username}", f"{sub}::{sub}", sub, f"{sub}::", "bare"])
    return {
        "sub": sub,
        "username": username,
        "name": name,
        "address": address,
        "owners": draw(st.lists(owners, max_size=3)),
        "forms": draw(st.lists(FORMS, min_size=4, max_size=4)),
        "has_record": draw(st.booleans()),
        "has_business": draw(st.booleans()),
        "words": draw(st.lists(WORDS, min_size=1, max_size=3)),
    }


def store(deployed: Deployed, person: dict[str, Any]) -> list[str]:
    """Write what there is of a person; return the ids of the businesses."""
    sub, name, address = person["sub"], person["name"], person["address"]
    username, ids = person["username"], list[str]()
    of_business, of_further, of_record, in_words = (
        unicodedata.normalize(form, address) for form in person["forms"]
    )
    if person["has_business"]:
        ids.append(sub)
        write(
            deployed,
            business(
                1, id=sub, owner=f"{sub}::{username}", name=name, email=of_business.swapcase()
            ),
        )
    for number, owner in enumerate(person["owners"]):
        ids.append(f"{sub}-{number}")
        real = username if owner == "bare" else owner
        write(deployed, business(2, id=ids[-1], owner=real, name=name, email=of_further))
    if person["has_record"]:
        record = onboarding(1, sub=sub, username=username, name=name, email=of_record)
        write_onboardings(deployed.dynamodb, deployed.table.name, record)
    for each in (sub, *ids):
        for kind in (Kind.ONBOARDING, Kind.BUSINESS):
            for word in person["words"]:
                message = f"{word} {name} {word} <{in_words}> {word}"
                write_history(STAFF, Action.DISMISSED, [each], message, kind=kind)
    return ids


def snapshot(deployed: Deployed, person: dict[str, Any], ids: list[str]) -> list[Any]:
    """Return everything that is stored about a person."""
    entries = HistoryEntry.objects.filter(object_id__in=[person["sub"], *ids])
    stored = [each for each in businesses_of(deployed) if each["id"]["S"] in ids]
    return [
        deployed.table.get(person["sub"]),
        sorted(stored, key=lambda each: str(each["id"])),
        list(entries.order_by("pk").values()),
    ]


@settings(
    max_examples=examples(30),
    deadline=None,
    phases=[Phase.generate],  # to shrink an example takes minutes
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(ann=people(), others=st.lists(people(), max_size=2))
def test_nothing_is_left_of_anybody_and_everything_of_everybody_else(
    backend: Deployed, ann: dict[str, Any], others: list[dict[str, Any]]
) -> None:
    HistoryEntry.objects.all().delete()
    ids = store(backend, ann)
    theirs = [(other, store(backend, other)) for other in others]
    before = [snapshot(backend, *each) for each in theirs]
    about = HistoryEntry.objects.filter(object_id__in=[ann["sub"], *ids]).order_by("pk")
    entries = list(about.values("pk", "at", "staff_name", "action", "object_id"))
    write_history(STAFF, Action.OTHER, ["somebody"], f"As good as {ann['address']}.")

    forget(ann["sub"], "--yes", "--username", ann["username"])
    rest = [str(each) for each in businesses_of(backend) if each["id"]["S"] in ids]
    known = ann["has_record"] or ann["has_business"] or any(o != "bare" for o in ann["owners"])
    if known:
        rest += (
            HistoryEntry.objects.exclude(action=Action.ERASED)
            .filter(object_id__in=["somebody", ann["sub"], *ids])
            .values_list("message", flat=True)
        )
        for text in (ann["address"], f" {ann['name'].strip()} "):
            assert not [each for each in rest if folded(text) in folded(each)], text
    assert backend.table.get(ann["sub"]) is None
    kept = about.exclude(action=Action.ERASED)
    assert list(kept.values("pk", "at", "staff_name", "action", "object_id")) == entries
    assert [snapshot(backend, *each) for each in theirs] == before
    count("people erased", 1)
