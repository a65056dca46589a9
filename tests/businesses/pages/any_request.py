"""Generates requests to every address of the site, with parameters and values of any kind.

The addresses come from the URL resolver, and the names of the parameters from the code, so that a
new page is included by itself.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote_from_bytes

import django.contrib.admin.options
import django.contrib.admin.views.main
from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.resolvers import RegexPattern, RoutePattern
from hypothesis import strategies as st

CODE = Path(__file__).resolve().parents[3] / "businesses"
FOLDERS = ("pages", "templates", "static")
# How the code asks for parameters: by name, by constants that hold names, and in forms.
NAMED = re.compile(r"""\.get(?:list)?\("(\w+)"|\bname="(\w+)"|\("(\w+)" (?:not )?in """)
CONSTANTS = re.compile(r"^\w+_VAR\b.*$", re.MULTILINE)
OF_DJANGO = {
    *("action", "index", "select_across", "_selected_action", "_save", "_changelist_filters"),
    *("next", "username", "password", "csrfmiddlewaretoken", "app_label", "model_name", "id"),
    *("is_staff__exact", "groups__id__exact", "username__regex", "date_joined__year"),
    *("date_joined_0", "date_joined_1"),
}
VALUES = [
    b"",
    b" ",
    b"0",
    b"-1",
    b"1",
    b"9" * 5000,
    b"1e999",
    b"nan",
    "٣".encode(),
    b"a\nb",
    b"a\r\nb",
    b"\0",
    b"a\0b",
    b"\xed\xa0\x80",
    b"\xff\xfe",
    b"\\udc80",
    b"\xf0\x9f\x98\x80" * 300,
    "ﬁ İ ß Σς e\u0301 \u202e \u2028".encode(),
    b"..",
    b"../../x",
    b"a/b",
    b"_2F",
    b"_0A_5F",
    b"%2F%0A",
    b"\"'<b>&amp;{{ x }}{% y %}",
    b"'; DROP TABLE x; --",
    b"2026-13",
    b"0000-00",
    b"9999-12",
    b"99999-01",
    b"2026-10",
    b"today",
    b"completed",
    b"sweep",
    b"retry_selected",
    b"dismiss_selected",
    b"businesses",
    b"x@y",
    b'"' * 130 + b"@x",
    b"a::b",
    b"1f3b2a54-90ab-4cde-8f01-23456789abcd",
    b"x" * 129,
    b"x" * 250,
    b"x" * 2048,
    b"x" * 2049,
    b"x" * 1_000_000,
    b"WzAsIiJd:AAAA",
    b"//evil.example",
    b"javascript:1",
]
JSON = {"HTTP_ACCEPT": "application/json"}
HEADERS: list[dict[str, str]] = [
    {"HTTP_ACCEPT": "text/html"},
    {"HTTP_ACCEPT": "image/png"},
    {"HTTP_ACCEPT": "a;b*=none''x, application/json"},
    {"HTTP_ACCEPT": "x;y*0*=" + "9" * 5000},
    {"HTTP_ACCEPT": ",;=" * 1000},
    {"HTTP_COOKIE": 'sessionid="\\000aaaaaaaaaa"; messages="\\000"; csrftoken=x'},
    {"HTTP_REFERER": "\xff" * 5000},
    {"HTTP_X_REQUESTED_WITH": "XMLHttpRequest"},
    {"HTTP_HOST": "evil.example"},
    {"HTTP_HOST": "[::1"},
]
FORM = "application/x-www-form-urlencoded"
BODIES = [
    "application/x-www-form-urlencoded; charset=utf-7",
    "multipart/form-data; boundary=x",
    "multipart/form-data",
    "application/json",
    "text/plain; charset=unicode_escape",
    "text/plain; charset=utf-7",
    "text/plain; charset=utf-16",
]


@dataclass(frozen=True, kw_only=True)
class AnyRequest:
    """One request. path: percent-encoded. query, body: as sent."""

    method: str
    path: str
    query: str
    body: bytes
    content_type: str
    headers: dict[str, str] = field(default_factory=dict)

    def send(self, browser: Any) -> Any:
        """Send it with Django's test client."""
        address = f"{self.path}?{self.query}"
        return browser.generic(
            self.method, address, self.body, content_type=self.content_type, **self.headers
        )


@cache
def routes() -> list[tuple[str, ...]]:
    """Return every address of the site, as its fixed parts; a value goes between two of them."""
    return sorted(set(_routes(get_resolver(), "")))


def names() -> list[str]:
    """Return the names of parameters that the code asks for, or that a form sends."""
    found = set(OF_DJANGO)
    files = (path for folder in FOLDERS for path in (CODE / folder).rglob("*.*"))
    for path in (each for each in files if each.suffix in {".py", ".html", ".js"}):
        text = path.read_text("utf-8")
        found.update(name for groups in NAMED.findall(text) for name in groups if name)
        for line in CONSTANTS.findall(text):
            found.update(re.findall(r'"(\w+)"', line))
    for module in (django.contrib.admin.options, django.contrib.admin.views.main):
        given = vars(module)
        found.update(given[name] for name in given if name.endswith(("_VAR", "_FLAG")))
    return sorted(found)


def _routes(resolver: URLResolver, before: str) -> Iterator[tuple[str, ...]]:
    for each in resolver.url_patterns:
        whole = before + _text(each.pattern)
        if isinstance(each, URLResolver):
            yield from _routes(each, whole)
        elif isinstance(each, URLPattern):
            yield tuple(f"/{whole}".split("\0"))


def _text(pattern: Any) -> str:
    """Return the address of a pattern, with a NUL character for each value."""
    if isinstance(pattern, RoutePattern):
        return re.sub(r"<[^>]*>", "\0", str(pattern))
    assert isinstance(pattern, RegexPattern)
    text = str(pattern).removeprefix("^").removesuffix("$").removesuffix(r"\Z")
    return re.sub(r"\(\?P<\w+>[^)]*\)", "\0", text)


def _utf8(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


values = st.one_of(st.sampled_from(VALUES), st.binary(max_size=12), st.text(max_size=12).map(_utf8))
pairs = st.lists(
    st.tuples(st.one_of(st.sampled_from(names()), st.text(max_size=5)).map(_utf8), values),
    max_size=5,
).map(lambda given: "&".join("=".join(map(quote_from_bytes, pair)) for pair in given))


@st.composite
def requests(draw: st.DrawFn) -> AnyRequest:
    """Make any request to any address."""
    path, *rest = draw(st.sampled_from(routes()))
    for fixed in rest:
        path += quote_from_bytes(draw(values), safe=draw(st.sampled_from(["", "/"]))) + fixed
    form = draw(pairs).encode()
    return AnyRequest(
        method=draw(st.sampled_from(["GET", "POST", "POST", "HEAD", "PUT", "OPTIONS"])),
        path=path,
        query=draw(pairs),
        body=draw(st.sampled_from([form, form, form, form * 300, b"\xff\0", b"x=" * 2_000_000])),
        content_type=draw(st.sampled_from([FORM, FORM, FORM, *BODIES])),
        headers=draw(st.sampled_from([{}, {}, JSON, *HEADERS])),
    )
