"""Settings files of any encoding and form: what was meant is used, or the file is refused."""

import codecs
import re
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tests.harness.counts import count
from tests.harness.examples import examples
from tests.onboarding_site.configuration.reading import read
from tests.processes import KEY

MARKS = {
    "utf-8": b"",
    "utf-8-sig": b"",
    "latin-1": b"",
    "cp1252": b"",
    "utf-16": b"",
    "utf-16-le": codecs.BOM_UTF16_LE,
    "utf-16-be": b"",
    "utf-32": b"",
}
UNDERSTOOD = ("utf-8", "utf-8-sig")
letters = st.characters(codec="ascii", categories=("L", "N"))
# What shells, other readers of such files and editors treat in ways of their own.
visible = letters | st.sampled_from("$#'\"\\ `{}()%=,;&!*~@:/?+äß€“”")
invisible = st.sampled_from("\t\u00a0\u200b\ufeff\u2028\x85\x0b")
keys = st.one_of(
    st.text(letters, min_size=8),
    st.text(visible, min_size=8),
    st.text(visible | invisible, min_size=8),
)


@dataclass(frozen=True)
class Line:
    """One assignment, as somebody writes it."""

    name: str
    value: str
    form: str

    @property
    def is_plain(self) -> bool:
        """Whether every program reads it alike."""
        return re.fullmatch(r"[\w.@-]+", self.value, re.ASCII) is not None

    def __str__(self) -> str:
        return self.form.format(name=self.name, value=self.value)


FORMS = (
    "{name}={value}",
    "{name} = {value}",
    "  {name}={value}  ",
    "export {name}={value}",
    "{name}='{value}'",
    '{name}="{value}"',
    "{name} = '{value}'  # why",
    "{name}={value} # why",
    "{name}=\t{value}",
)
forms = st.sampled_from(FORMS)
fillers = st.lists(
    st.sampled_from(["", "# A comment, with DEBUG=true", "   ", "\t# $X"]), max_size=3
)
plain_lines = st.fixed_dictionaries(
    {
        "SECRET_KEY": st.builds(Line, st.just("SECRET_KEY"), keys, forms),
        "BACKEND_STACK_NAME": st.builds(
            Line,
            st.just("BACKEND_STACK_NAME"),
            st.from_regex(r"[a-z][a-z-]{3,9}", fullmatch=True),
            forms,
        ),
        "EXPORT_ROW_LIMIT": st.builds(
            Line, st.just("EXPORT_ROW_LIMIT"), st.integers(1, 1_000_000).map(str), forms
        ),
    }
)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A path, to be written anew for each example."""
    return tmp_path_factory.mktemp("settings") / "site.env"


tried = settings(max_examples=examples(300), deadline=None, suppress_health_check=list(HealthCheck))


@tried
@given(
    lines=plain_lines,
    before=fillers,
    encoding=st.sampled_from(UNDERSTOOD) | st.sampled_from(sorted(MARKS)),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
)
def test_a_file_is_read_as_it_was_meant_or_refused(
    file: Path,
    lines: dict[str, Line],
    before: list[str],
    encoding: str,
    end: str,
) -> None:
    text = end.join([*before, *map(str, lines.values())])
    try:
        raw = MARKS[encoding] + text.encode(encoding)
    except UnicodeEncodeError:
        assume(False)
    file.write_bytes(raw)

    secret = lines["SECRET_KEY"].value
    given = read({"ENV_FILE": str(file), "DEBUG": "true"}, secret)

    count(f"settings files that were {'refused' if given is None else 'understood'}")
    if given is None:
        assert not (
            encoding in UNDERSTOOD
            and all(line.is_plain and "# why" not in line.form for line in lines.values())
        )
        return
    for name, line in lines.items():
        meant = line.value if "'" in line.form or '"' in line.form else line.value.strip(" \t")
        assert str(given[name]) == meant, str(line)


@tried
@given(
    raw=st.binary(max_size=60)
    | st.text(max_size=60).map(lambda text: text.encode("utf-8", "replace"))
)
def test_no_bytes_are_more_than_a_file_cannot_be_read(file: Path, raw: bytes) -> None:
    file.write_bytes(raw)
    given = read({"ENV_FILE": str(file), "SECRET_KEY": KEY})
    count(f"settings files that were {'refused' if given is None else 'understood'}")
    assert given is None or given["BACKEND_STACK_NAME"] == "onboarding"
