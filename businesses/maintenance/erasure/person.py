"""Finds everything that the tables and the user pool hold about one person."""

from collections.abc import Container, Iterable, Iterator, Set
from dataclasses import dataclass

from businesses.aws.cognito.user_directory import UserDirectory
from businesses.aws.tables.personal_items import Item, PersonalItems
from businesses.exceptions import SeveralPeople
from businesses.records.addresses import folded
from businesses.records.identity import looks_like_sub
from businesses.records.user import PoolUser

# What the user pool may hold of a person's name, address and number.
ATTRIBUTES = (
    "email",
    "name",
    "given_name",
    "family_name",
    "preferred_username",
    "phone_number",
    "custom:business_name",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundPerson:
    """What there is of one person.

    user: None if the user pool has nobody with this sub. doubtful: businesses that may be theirs,
    but of which nothing proves it. counted: the owners, as "sub::username", of whose businesses
    there is a count. texts: names and addresses of the person. addresses: those of their e-mail
    addresses that nobody else has.
    """

    sub: str
    user: PoolUser | None
    onboarding: Item | None
    businesses: tuple[Item, ...]
    doubtful: tuple[Item, ...]
    counted: tuple[str, ...]
    texts: frozenset[str]
    addresses: frozenset[str]

    @property
    def ids(self) -> frozenset[str]:
        """The ids by which the history knows this person."""
        return frozenset({self.sub, *(item["id"] for item in self.businesses)})


class PersonSearch:
    """Looks for people in both tables and in the user pool.

    Its methods raise TableMissing or UserPoolMissing, and let botocore's other errors pass.
    """

    def __init__(self, items: PersonalItems, pool: UserDirectory) -> None:
        self._items, self._pool = items, pool

    def sub_of(self, term: str) -> str:
        """Return the sub for a sub or an e-mail address; "" if nobody has this address.

        Raises SeveralPeople if more than one person has the address.
        """
        if "@" not in term:
            return term.lower() if looks_like_sub(term) else term
        subs = list(dict.fromkeys(sub for sub, _ in self._having({term})))
        if len(subs) > 1:
            raise SeveralPeople(subs)
        return subs[0] if subs else ""

    def find(self, sub: str, usernames: Iterable[str] = ()) -> FoundPerson:
        """Return everything that belongs to a person.

        usernames: earlier usernames of the person, if any are known. An index finds a business only
        by its whole owner, "sub::username", so these come from the user pool, from the records,
        and from other businesses of the person, which are found by their e-mail address.
        """
        users = [user for user in self._pool.look_up(sub) if user.sub == sub]
        user, record = next(iter(users), None), self._items.onboarding(sub)
        texts = {user.attributes.get(name, "") for name in ATTRIBUTES} if user else set[str]()
        names = {"", sub, *usernames, *([user.username] if user else [])}
        if record:
            texts |= {record.get("email", ""), record.get("name", "")}
            names.add(record.get("username", ""))
        own, doubtful, size = dict[str, Item](), dict[str, Item](), -1
        while size != len(own):  # each business may tell of another username or address
            size = len(own)
            for item in self._candidates(sub, names, texts):
                if _belongs(item, sub, names, texts):
                    own[item["id"]] = item
                    names.add(item.get("owner", "").partition("::")[2])
                    texts |= {item.get("email", ""), item.get("name", "")}
                elif _may_belong(item, sub, names):
                    doubtful[item["id"]] = item
        owners = {item["owner"] for item in own.values() if item.get("owner")}
        owners |= {f"{sub}::{name}" for name in names if name}
        having = self._having(texts, own)
        shared = {address for other, address in having if other != sub}
        return FoundPerson(
            sub=sub,
            user=user,
            onboarding=record,
            businesses=tuple(own.values()),
            doubtful=tuple(item for key, item in doubtful.items() if key not in own),
            counted=tuple(owner for owner in sorted(owners) if self._items.has_count(owner)),
            texts=frozenset(texts | names - {sub}) - {""},
            addresses=frozenset(
                each for each in texts if "@" in each and folded(each) not in shared
            ),
        )

    def _candidates(self, sub: str, names: Iterable[str], texts: Iterable[str]) -> Iterator[Item]:
        """Yield the businesses that may be the person's, by id, by owner and by address."""
        if item := self._items.business(sub):
            yield item
        for owner in sorted({*(f"{sub}::{name}" for name in names), *names} - {""}):
            yield from self._items.owned_by(owner)
        for address in sorted(_folded(texts)):
            yield from self._items.with_address(address)

    def _having(self, texts: Iterable[str], but: Container[str] = ()) -> Iterator[tuple[str, str]]:
        """Yield everybody who has one of the addresses among the texts: sub and folded address.

        but: ids of businesses to leave out.
        """
        addresses = sorted(text for text in texts if "@" in text)
        for address in addresses:
            for user in self._pool.look_up(address):
                yield user.sub, folded(address)
            for item in self._items.with_address(address):
                if item["id"] not in but:
                    yield _sub_of(item), folded(address)
        wanted = _folded(addresses)
        for item in self._items.onboardings() if wanted else ():
            if (address := folded(item.get("email", ""))) in wanted:
                yield item["sub"], address


def _folded(texts: Iterable[str]) -> frozenset[str]:
    """Return what the addresses among the texts are compared by."""
    return frozenset(folded(text) for text in texts if "@" in text)


def _sub_of(business: Item) -> str:
    """Return the sub of a business's owner, or else its id, which was the sub at the sign-up."""
    owner = business.get("owner", "")
    prefix, separator, _ = owner.partition("::")
    return prefix if separator or looks_like_sub(owner) else business["id"]


def _belongs(item: Item, sub: str, names: Set[str], texts: Iterable[str]) -> bool:
    """Whether a business is proven to be the person's.

    A username alone proves nothing, since it may be given again; with their address it does.
    """
    owner = item.get("owner", "")
    if _sub_of(item) == sub:
        return True
    has_address = folded(item.get("email", "")) in _folded(texts)
    return has_address and owner != "" and owner in names and not _names_a_sub(owner)


def _may_belong(item: Item, sub: str, names: Set[str]) -> bool:
    """Whether a business may be the person's for all that it says."""
    owner = item.get("owner", "")
    is_bare = "::" not in owner or owner in names
    return item["id"] == sub or (is_bare and not _names_a_sub(owner))


def _names_a_sub(owner: str) -> bool:
    """Whether an owner is "sub::username" or a sub alone, and no username that looks similar."""
    return looks_like_sub(owner.partition("::")[0])
