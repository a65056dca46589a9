"""What is taken out of every line of the log."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onboarding_site.observation.scrubbing import in_one_entry, scrubbed, scrubbed_values
from tests.harness.examples import examples


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Mail to maria@example.com bounced.", "Mail to [e-mail] bounced."),
        ("o'brien@example.com and 'x@example.com'", "[e-mail] and [e-mail]'"),
        ('"maria rossi"@example.com, root@localhost', "[e-mail], [e-mail]"),
        ("maria@[192.0.2.1]", "[e-mail]"),
        ("m\u00fcller@b\u00fccher.example", "[e-mail]"),
        ("maria%40example.com maria%2540example.com", "[e-mail] [e-mail]"),
        ("GET /a/?q=maria+rossi&o=1 200", "GET /a/?[query]"),
        ('"GET /a/?q=maria rossi HTTP/1.1" 200', '"GET /a/?[query]" 200'),
        ("Is it so? Yes.", "Is it so? Yes."),
        ("postgres://user:password@host/name", "postgres://user:[e-mail]/name"),
        ("AWS refused ListUsers: AccessDenied.", "AWS refused ListUsers: AccessDenied."),
    ],
)
def test_a_line(text: str, shown: str) -> None:
    assert scrubbed(text) == shown
    assert scrubbed_values({text: [text, {"a": (text, 7, None)}]}) == {
        shown: [shown, {"a": [shown, 7, None]}]
    }


@settings(max_examples=examples(400))
@given(st.emails(), st.text(" :,.;()'\"=/\n", min_size=1), st.text(" :,.;()'\"=/\n", min_size=1))
def test_no_address_is_left_whatever_is_around_it(address: str, before: str, after: str) -> None:
    line = scrubbed(f"x{before} {address}{after} y")
    assert address not in line
    local, domain = address.rsplit("@", 1)
    assert domain not in line
    assert f"{local}@" not in line


@settings(max_examples=examples(400))
@given(st.text())
def test_whatever_is_logged_is_one_entry(text: str) -> None:
    entry = in_one_entry(f"first {text}")
    assert all(line.startswith("    ") for line in entry.splitlines()[1:])
    assert entry.isprintable() or "\n" in entry or not text.isprintable()
