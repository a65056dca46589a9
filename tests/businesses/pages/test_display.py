"""How single values are shown on every page."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.template import Context, Template
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from businesses.pages.display import (
    SHAPES,
    as_typed,
    badge,
    controls_in_words,
    how_long_ago,
    identifier,
    moment,
    reason_in_words,
    status_badge,
    stored_time,
)
from businesses.records.onboarding import Reason

NOW = datetime(2026, 11, 27, 8, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("age", "words"),
    [
        (timedelta(seconds=59), "just now"),
        (timedelta(seconds=-59), "just now"),
        (timedelta(minutes=1), "1\xa0minute ago"),
        (timedelta(minutes=119), "1\xa0hour ago"),
        (timedelta(days=3), "3\xa0days ago"),
        (timedelta(days=400), "1\xa0year ago"),
        (timedelta(days=-2), "in 2\xa0days"),
    ],
)
def test_a_time_is_told_in_one_unit(age: timedelta, words: str) -> None:
    assert how_long_ago(NOW - age, NOW) == words


def test_the_exact_time_has_its_zone() -> None:
    with timezone.override("Europe/Berlin"):
        shown = moment(datetime(2026, 7, 1, 21, 49, 5, tzinfo=UTC))
    assert 'title="1 Jul 2026, 23:49:05 CEST"' in shown
    assert 'datetime="2026-07-01T21:49:05.000Z"' in shown


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"])
def test_a_time_at_the_edge_of_the_calendar_is_shown(text: str) -> None:
    for zone in ("Pacific/Kiritimati", "Pacific/Pago_Pago"):
        with timezone.override(zone):
            assert f'datetime="{text}"' in stored_time(text)


def test_a_title_has_no_controls() -> None:
    title = Template("{% load display %}{{ title|controls_in_words }}")
    assert title.render(Context({"title": "a\u202eb <c>"})) == "a[U+202E]b &lt;c&gt;"


def test_a_time_that_cannot_be_read_is_shown_as_stored() -> None:
    assert stored_time("<never>") == "&lt;never&gt;"


def test_a_badge_has_a_word_and_a_shape() -> None:
    for kind, shape in SHAPES.items():
        shown = badge(kind, "<so>", 'a "why"')
        assert f'<span aria-hidden="true">{shape}</span> &lt;so&gt;</span>' in shown
        assert 'title="a &quot;why&quot;"' in shown
    assert len(set(SHAPES.values())) == len(SHAPES)
    assert "odd &amp; old" in status_badge("odd & old")


def test_a_name_cannot_reorder_the_page() -> None:
    shown = as_typed("evil\u202ename<b>\u2066")
    assert shown.startswith('<bdi class="typed">evil<span class="control" title="right-to-left ')
    assert ">U+202E</span>name&lt;b&gt;<span" in shown
    assert ">U+2066</span>" in shown
    assert not {"\u202e", "\u2066"} & set(shown)


# White space, what Unicode says to ignore, and letters and a symbol that are blank.
BLANKS = st.characters(categories=["Zs", "Zl", "Zp", "Cc"]) | st.sampled_from(
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u180b\u180e\u200b\u200c\u200d\u200f\u202e\u2060\u2064"
    "\u2066\u206f\u2800\u3164\ufe00\ufe0f\ufeff\uffa0\U0001d173\U000e0001\U000e0041\U000e0100"
)


@given(st.text(BLANKS, min_size=1, max_size=8))
def test_of_a_name_of_which_nothing_can_be_seen_every_character_is_named(text: str) -> None:
    words = re.sub("<[^>]*>", " ", as_typed(text)).split()
    assert words == [f"U+{ord(each):04X}" for each in text]
    assert controls_in_words(text) == "".join(f"[{word}]" for word in words)


def test_a_name_in_any_script_is_shown_as_it_is() -> None:
    for name in ("مقهى ليلى", "👩‍👩‍👧‍👦 Café", "क्षि", "Ω" * 24):
        assert as_typed(name) == f'<bdi class="typed">{name}</bdi>'


def test_an_address_breaks_after_the_at_sign_and_dots_and_a_name_between_words() -> None:
    assert as_typed("fox.glove@apothecary.example") == (
        '<bdi class="typed" title="fox.glove@apothecary.example">'
        "fox.<wbr>glove@<wbr>apothecary.<wbr>example</bdi>"
    )
    assert as_typed("J. R. Smith") == '<bdi class="typed">J. R. Smith</bdi>'
    assert as_typed(f"A {'x' * 25}") == (
        f'<bdi class="typed">A <span class="long">{"x" * 25}</span></bdi>'
    )
    assert as_typed(f"{'<' * 30}@a.b").count("&lt;") == 2 * 30  # in the tooltip and in the text


def test_a_reason_has_its_name_and_below_it_the_type() -> None:
    shown = reason_in_words("ResourceNotFoundException", "<Group> not found.")
    assert shown == (
        '<span title="&lt;Group&gt; not found.">The group is missing</span> '
        '<small class="type">ResourceNotFoundException</small>'
    )
    assert reason_in_words("") == '<span title="">No reason is recorded</span>'


def test_templates_show_values_in_the_same_way() -> None:
    text = (
        "{% load display %}{{ at|ago }}|{{ at_text|ago }}|{{ nothing|ago }}|{{ name|as_typed }}"
        "|{{ sub|identifier }}|{{ why|reason }}|{{ status|status_badge }}"
        "|{% with plain=why|plain_reason %}{{ plain.name }}: {{ plain.who }}{% endwith %}"
        '|{% badge "good" "in the group" %}'
    )
    at, why = timezone.now() - timedelta(hours=2), Reason("UserNotFoundException", "User gone.")
    values = {"at": at, "at_text": at.isoformat(), "name": "<a>", "sub": "sub-1", "why": why}
    shown = Template(text).render(Context({**values, "status": "FAILED"})).split("|")
    assert shown == [
        moment(at),
        stored_time(at.isoformat()),
        "-",
        as_typed("<a>"),
        identifier("sub-1"),
        reason_in_words(why.type, why.message),
        status_badge("FAILED"),
        "The user is gone: support staff",
        badge("good", "in the group"),
    ]
