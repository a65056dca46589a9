"""The settings file: which lines are understood, and how the others are refused."""

import os
from pathlib import Path

import pytest

from onboarding_site.configuration.env_file import SettingsUnusable, read_env_file
from tests.onboarding_site.configuration.reading import settings_of
from tests.processes import KEY, manage


def values(folder: Path, content: str | bytes) -> dict[str, str]:
    file = folder / "site.env"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    read = read_env_file({"ENV_FILE": str(file)}, folder)
    return {name: line.value for name, line in read.assignments.items()}


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("KEY=a b", "a b"),
        ("KEY = a", "a"),
        ("  export KEY=a  ", "a"),
        ("KEY=", ""),
        ("KEY=''", ""),
        ("KEY='a # \\ \" $b'  # why", 'a # \\ " $b'),
        ('KEY="a # \\" \\\\ \\$b \'"\t# why', "a # \" \\ $b '"),
        ("KEY=a#b", "a#b"),
        ("KEY=$a$b", "$a$b"),
        ("KEY=a=b", "a=b"),
        ("KEY=a\\b", "a\\b"),
        ("KEY=it's", "it's"),
        ("KEY=ä", "ä"),
    ],
)
def test_a_line_is_understood(line: str, value: str, tmp_path: Path) -> None:
    for content in (line, f"# One\r\n\r\n{line}\r\n", f"\ufeff{line}\n", f"{line}\rOTHER=1"):
        assert values(tmp_path, content)["KEY"] == value


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("KEY", "it is not NAME=value"),
        ("KEY: hunter2", "it is not NAME=value"),
        ("set KEY=hunter2", "it is not NAME=value"),
        ("K-EY=hunter2", "it is not NAME=value"),
        ("KEY=hunter2 # why", "KEY has a #"),
        ("KEY=#hunter2", "KEY has a #"),
        ("KEY=hunter2\\", "KEY has a #, a quote or a backslash"),
        ("KEY=“hunter2”", "KEY has a #, a quote"),
        ("KEY='hunter2", "KEY has a quote without its partner"),
        ("KEY='hunter2'x", "KEY has a quote without its partner"),
        ('KEY="hunter2\\n"', "KEY has a quote without its partner"),
        ("KEY=hunter2\u00a0", "KEY holds a tab or an invisible character"),
        ("KEY=hun\tter2", "KEY holds a tab or an invisible character"),
        ("KEY=hunter2\nKEY=hunter2", "KEY is set in line 2 already"),
        ("ENV_FILE=/etc/hunter2", "ENV_FILE has no effect"),
    ],
)
def test_a_line_that_may_mean_something_else_is_refused(
    line: str, said: str, tmp_path: Path
) -> None:
    with pytest.raises(SettingsUnusable) as caught:
        values(tmp_path, f"\n{line}\n")
    message = str(caught.value)
    number = 3 if "already" in said else 2
    assert message.startswith(f"The settings file {tmp_path}/site.env (ENV_FILE), line {number}: ")
    assert said in message
    assert "hunter2" not in message


def test_every_line_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsUnusable) as caught:
        values(tmp_path, "one\nTWO=2\nthree\n")
    assert [line.partition(": ")[0][-1] for line in str(caught.value).split("\n")] == ["1", "3"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("KEY=hunter2".encode("utf-16"), "is UTF-16 or no text: save it as UTF-8"),
        ("KEY=hunter2".encode("utf-16-le"), "is UTF-16 or no text: save it as UTF-8"),
        ("KEY=hunter2".encode("utf-32"), "is UTF-16 or no text: save it as UTF-8"),
        (b"KEY=hunter2\0", "is UTF-16 or no text: save it as UTF-8"),
        ("ONE=1\r\nKEY=hünter2".encode("latin-1"), "is not UTF-8 in line 2: save it as UTF-8"),
        (b"#" * 1_000_001, "is larger than a megabyte"),
    ],
)
def test_a_file_of_another_encoding_is_refused(content: bytes, said: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsUnusable) as caught:
        values(tmp_path, content)
    assert str(caught.value).startswith(f"The settings file {tmp_path}/site.env (ENV_FILE) {said}")


def test_only_the_default_file_may_be_absent(tmp_path: Path) -> None:
    assert read_env_file({}, tmp_path).assignments == {}
    with pytest.raises(SettingsUnusable, match=r"prod\.env \(ENV_FILE\) cannot be read: No such"):
        read_env_file({"ENV_FILE": "prod.env"}, tmp_path)


def test_a_relative_name_begins_in_the_projects_folder(tmp_path: Path) -> None:
    (tmp_path / "prod.env").write_text("KEY=a")
    read = read_env_file({"ENV_FILE": "prod.env"}, tmp_path)
    assert (read.path, read.assignments["KEY"].value) == (tmp_path / "prod.env", "a")


@pytest.mark.parametrize("name", ["", " ", "\t", "a\nb", "a\0b"])
def test_a_name_that_is_empty_or_invisible_is_refused(name: str, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("KEY=another")
    with pytest.raises(SettingsUnusable, match="The setting ENV_FILE is empty or holds an inv"):
        read_env_file({"ENV_FILE": name}, tmp_path)


@pytest.mark.parametrize("named", [True, False])
def test_a_file_that_cannot_be_read_is_refused(named: bool, tmp_path: Path) -> None:
    environ = {"ENV_FILE": ".env"} if named else {}
    file = tmp_path / ".env"
    file.mkdir()
    with pytest.raises(SettingsUnusable, match="cannot be read: Is a directory"):
        read_env_file(environ, tmp_path)
    file.rmdir()
    file.symlink_to(tmp_path / "nowhere")
    with pytest.raises(SettingsUnusable, match="cannot be read: No such file"):
        read_env_file(environ, tmp_path)
    file.unlink()
    file.symlink_to("/proc/self/mem")
    with pytest.raises(SettingsUnusable, match="cannot be read: Input/output error"):
        read_env_file(environ, tmp_path)


@pytest.mark.parametrize("name", ["BACKEND_STACK_NAM", "AWS_REGON", "database_url", "ALOWED_HOSTS"])
def test_a_misspelt_name_in_the_file_is_refused(name: str, tmp_path: Path) -> None:
    file = tmp_path / "site.env"
    file.write_text(f"AWS_PROFILE=prod\nSTACK=x\n{name}=hunter2\n")
    with pytest.raises(SettingsUnusable) as caught:
        settings_of({"ENV_FILE": str(file), "SECRET_KEY": KEY})
    message = str(caught.value)
    assert message.startswith(f"{file}, line 3: there is no setting {name}. Is ")
    assert "hunter2" not in message


def test_variables_of_others_are_handed_to_them_but_settings_are_not(tmp_path: Path) -> None:
    file = tmp_path / "site.env"
    file.write_text("AWS_PROFILE=prod\nAWS_CA_BUNDLE=\nSECRET_KEY=hunter2\nPGSERVICE=a\n")
    shown = (
        "import os; print(*(os.environ.get(n) for n in 'AWS_PROFILE SECRET_KEY PGSERVICE'.split()))"
    )
    variables = {"ENV_FILE": str(file), "AWS_PROFILE": "", "PGSERVICE": "b"}
    # Without the tests' own key.
    result = manage("shell", "--verbosity", "0", "-c", shown, variables=variables)
    assert result.stdout == f"prod {KEY} b\n"


def test_no_file_at_all_is_named_as_the_null_device() -> None:
    assert settings_of({"ENV_FILE": os.devnull, "SECRET_KEY": KEY})["SECRET_KEY"] == KEY


@pytest.mark.parametrize(
    "content",
    [
        b"SECRET_KEY=hunter2\nBACKEND_STACK_NAME=$STACK\n",
        "SECRET_KEY=hunter2\nAWS_REGION=eu-central-1\n".encode("utf-16"),
        "SECRET_KEY=hünter2\n".encode("latin-1"),
        b"SECRET_KEY=${hunter2}\nSTATIC_ROOT=~/static\n",
    ],
)
def test_every_command_ends_with_lines_that_name_what_is_wrong(
    content: bytes, tmp_path: Path
) -> None:
    file = tmp_path / "site.env"
    file.write_bytes(content)
    environ = {"ENV_FILE": str(file)}
    with pytest.raises(SettingsUnusable) as caught:
        settings_of(environ)
    for command in (("check",), ("deploy_backend", "--yes"), ("migrate",)):
        # `manage` gives a key of its own, which precedes the file's.
        result = manage(*command, variables=environ | {"SECRET_KEY": "$hunter2"})
        assert (result.returncode, result.stdout) == (1, "")
        assert "hunter2" not in result.stderr
        assert "Traceback" not in result.stderr
        assert str(file) in result.stderr
    assert "hunter2" not in str(caught.value)
