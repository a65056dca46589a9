"""The people who sign up in the demo, and how their onboardings go."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple


class Person(NamedTuple):
    """Somebody who signs up."""

    business_name: str
    email: str


class Cause(StrEnum):
    """Why an onboarding fails behind the scenes, in the demo."""

    GROUP_MISSING = "the group is missing"
    ROLE_REFUSED = "Cognito refuses the API's role"
    TRIGGER_NEVER_RAN = "the trigger never ran"


@dataclass(frozen=True, slots=True)
class Outage:
    """Some hours in which everybody who confirms gets stuck."""

    cause: Cause
    hours_ago: float
    people: tuple[Person, ...]
    mended_hours_ago: float | None = field(default=None, kw_only=True)


ONBOARDED = tuple(
    Person(*each)
    for each in (
        ("Harbour Lane Bakery", "ruth@harbourlane.example"),
        ("Kestrel Cycles", "tom@kestrelcycles.example"),
        ("Maple & Moss Florists", "hello@mapleandmoss.example"),
        ("North Quay Ceramics", "ines@northquay.example"),
        ("Oakfield Veterinary Clinic", "reception@oakfieldvets.example"),
        ("Papershore Bookbinders", "edgar@papershore.example"),
        ("Quillon Legal Services", "office@quillon.example"),
        ("Redwater Roofing", "sam@redwater.example"),
        ("Saltmarsh Sailing School", "crew@saltmarsh.example"),
        ("Tallow Street Candles", "maud@tallowstreet.example"),
        ("Umber Furniture Works", "workshop@umber.example"),
        ("Verity Accounting", "priya@verity.example"),
        ("Willowbrook Nursery", "grow@willowbrook.example"),
        ("Xenia Language School", "ana@xenia.example"),
        ("Yarrow Herbal Remedies", "yarrow@remedies.example"),
        ("Zephyr Kite Company", "fly@zephyrkites.example"),
        ("Amberley Opticians", "eyes@amberley.example"),
        ("Birchwood Joinery", "joe@birchwood.example"),
        ("Copperfield Coffee Roasters", "beans@copperfield.example"),
        ("Dovetail Design Studio", "lena@dovetail.example"),
        ("Elderflower Catering", "menu@elderflower.example"),
        ("Fjordlight Photography", "nils@fjordlight.example"),
        ("Granite Peak Outfitters", "gear@granitepeak.example"),
        ("Hollybank Dental Practice", "smile@hollybank.example"),
        ("Ironbridge Locksmiths", "keys@ironbridge.example"),
        ("Juniper Yoga", "mia@juniper.example"),
        ("Kingfisher Canoe Hire", "river@kingfisher.example"),
        ("Larkspur Interiors", "home@larkspur.example"),
        ("Meridian Travel", "book@meridian.example"),
        ("Nightingale Home Care", "care@nightingale.example"),
        ("Orchard Row Cider", "press@orchardrow.example"),
        ("Pebble Beach Surf Shop", "kai@pebblebeach.example"),
        ("Quarry Stone Masonry", "stone@quarry.example"),
        ("Rosehip Day Nursery", "play@rosehip.example"),
        ("Café Zoë ☕", "zoe@cafe-zoe.example"),
        ("さくら書店", "hanako@sakura-books.example"),
        ("مخبز النور", "noor@bakery.example"),
        ("Silverbirch Music School", "sing@silverbirch.example"),
        ("Thistle & Thread Tailors", "fit@thistle.example"),
        ("Underhill Plumbing", "pip@underhill.example"),
    )
)

# Who was taken out of the group by hand since: the sweep finds them.
LEFT_THE_GROUP = tuple(each.email for each in ONBOARDED[3:15:4])

OUTAGES = (
    Outage(
        Cause.GROUP_MISSING,
        19 * 24 + 3,
        (
            Person("Vineyard Lane Wines", "cellar@vineyardlane.example"),
            Person("Wren Street Toys", "play@wrenstreet.example"),
            Person("Ypsilon Robotics", "lab@ypsilon.example"),
            Person("Alder & Sons Carpentry", "alder@carpentry.example"),
        ),
        mended_hours_ago=19 * 24 - 15,
    ),
    Outage(
        Cause.ROLE_REFUSED,
        8 * 24 + 5,
        (
            Person("Brightwater Pools", "dive@brightwater.example"),
            Person("Clementine Bistro", "chef@clementine.example"),
        ),
        mended_hours_ago=8 * 24 + 1,
    ),
    Outage(
        Cause.TRIGGER_NEVER_RAN,
        52,
        (Person("Driftwood Gallery", "art@driftwood.example"),),
    ),
    Outage(
        Cause.ROLE_REFUSED,
        22,
        (
            Person("Ember & Ash Pottery", "kiln@emberash.example"),
            Person("Foxglove Apothecary", "foxglove@apothecary.example"),
        ),
    ),
    Outage(
        Cause.GROUP_MISSING,
        3,
        (
            Person("Zoe's Zero Waste Shop", "zoe@zerowaste.example"),
            Person("Zinnia Garden Design", "dig@zinnia.example"),
            Person("Zodiac Pest Control", "ben@zodiac.example"),
            Person("Zoltan Violin Repair", "zoltan@violins.example"),
        ),
    ),
)
