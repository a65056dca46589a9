from tests.project.licences import PAGE, licence, locked, page, rows


def test_the_page_about_licences_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run make licences"


def test_every_package_declares_a_licence() -> None:
    table = list(rows())[2:]
    assert len(table) > 40
    assert not [row for row in table if "|  |" in row or "UNKNOWN" in row]
    assert locked("requirements.txt").items() <= locked("deploy/requirements.txt").items()
    assert licence("psycopg") == "LGPL-3.0-only"


def test_no_licence_asks_for_more_than_the_page_explains() -> None:
    bound = {
        row.split(" | ")[0].strip("| ")
        for row in rows()
        if any(name in row for name in ("GPL", "MPL", "EPL", "Mozilla"))
    }
    assert bound == {"certifi", "mozilla-django-oidc", "psycopg", "psycopg-binary"}
