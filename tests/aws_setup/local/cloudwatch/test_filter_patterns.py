import pytest

from aws_setup.local.cloudwatch.filter_patterns import InvalidPattern, compiled

LINE = (
    '{"level": "ERROR", "status": 503, "user": {"name": "ada", "tags": ["a", "b"]}, "gone": null}'
)


@pytest.mark.parametrize(
    "pattern",
    [
        "",
        "ERROR ada",
        '"ada" "503"',
        "?nothing ?ada",
        "ERROR -WARNING",
        '{ $.level = "ERROR" || $.level = "CRITICAL" }',
        "{ $.level = ERROR }",
        "{ $.level = E*R }",
        "{ $.level != INFO }",
        "{ $.status >= 500 && $.status < 600 }",
        '{ ($.level = "INFO" || $.status = 503) && $.user.name = "ada" }',
        "{ $.level = INFO && $.status = 1 || $.user.tags[1] = b }",
        "{ $.gone IS NULL }",
        "{ $.elsewhere NOT EXISTS }",
    ],
)
def test_a_line_matches(pattern: str) -> None:
    assert compiled(pattern)(LINE)


@pytest.mark.parametrize(
    "pattern",
    [
        "ERROR bob",
        "?nothing ?nobody",
        "ERROR -ada",
        "error",
        '{ $.level = "CRITICAL" }',
        '{ $.level = "ERR" }',
        "{ $.elsewhere = ERROR }",
        "{ $.elsewhere != ERROR }",
        "{ $.status = ERROR }",
        "{ $.status > 503 }",
        "{ $.user = ada }",
        "{ $.level = INFO || $.status = 503 && $.gone NOT EXISTS }",
        "{ $.level IS NULL }",
    ],
)
def test_a_line_does_not_match(pattern: str) -> None:
    assert not compiled(pattern)(LINE)


def test_no_pattern_about_json_matches_text() -> None:
    assert not compiled("{ $.level NOT EXISTS }")("START RequestId: 1")


@pytest.mark.parametrize(
    "pattern",
    ["{ level = 1 }", "{ $.level }", "{ $.level = }", "{ ($.a = 1 }", "{ $.a = 1 ) }", "[a, b]"],
)
def test_what_is_no_pattern_is_refused(pattern: str) -> None:
    with pytest.raises(InvalidPattern):
        compiled(pattern)
