"""A body that was checked is not checked again, by the same version and for the same Region."""

import json
import stat
from pathlib import Path
from typing import Any

import pytest

from aws_setup.exceptions import TemplateRefused
from aws_setup.template.lint_cache import cache_folder, check_once

REGION = "eu-central-1"
SOUND = json.dumps({"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}})
# An informational finding: a pseudo parameter in Sub that stands alone, W1020 or its like.
WARNED = json.dumps(
    {
        "Resources": {
            "Topic": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": {"Fn::Sub": "x"}}}
        }
    }
)
WRONG = json.dumps({"Resources": {"Topic": {"Type": "AWS::SNS::Topc"}}})
MARK: list[dict[str, Any]] = [
    {"rule": "W0000", "severity": "warning", "path": "", "message": "from the cache"}
]


def kept(folder: Path) -> list[Path]:
    return sorted(folder.glob("*"))


def mark(folder: Path) -> None:
    """Put a finding that cfn-lint never makes into whatever is kept."""
    for each in kept(folder):
        each.write_text(json.dumps(MARK), encoding="utf-8")


def check(body: str, folder: Path, region: str = REGION) -> list[str]:
    return [finding.message for finding in check_once(body, region=region, folder=folder)]


def test_a_body_is_checked_once_and_its_warnings_are_told_again(tmp_path: Path) -> None:
    folder = tmp_path / "cache" / "ours"
    first = check(WARNED, folder)
    assert first
    assert check(WARNED, folder) == first
    [only] = kept(folder)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert only.suffix == ".json"
    mark(folder)
    assert check(WARNED, folder) == ["from the cache"]


def test_another_body_and_another_region_are_checked(tmp_path: Path) -> None:
    check(SOUND, tmp_path)
    mark(tmp_path)
    assert check(f"{SOUND} ", tmp_path) == []
    assert check(SOUND, tmp_path, "eu-west-1") == []
    assert len(kept(tmp_path)) == 3


def test_another_version_is_asked_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    check(SOUND, tmp_path)
    mark(tmp_path)
    assert check(SOUND, tmp_path) == ["from the cache"]
    other = tmp_path / "site" / "cfn_lint-0.1.dist-info"
    other.mkdir(parents=True)
    (other / "METADATA").write_text("Metadata-Version: 2.1\nName: cfn-lint\nVersion: 0.1\n")
    monkeypatch.syspath_prepend(other.parent)
    assert check(SOUND, tmp_path) == []


def test_a_body_with_errors_is_refused_every_time(tmp_path: Path) -> None:
    for _ in range(2):
        with pytest.raises(TemplateRefused, match="AWS::SNS::Topc"):
            check(WRONG, tmp_path)
    assert kept(tmp_path) == []


@pytest.mark.parametrize("content", ["", "{", "[1]", '[{"rule": "W1"}]', "null"])
def test_what_cannot_be_read_is_checked_anew(tmp_path: Path, content: str) -> None:
    check(SOUND, tmp_path)
    [only] = kept(tmp_path)
    only.write_text(content, encoding="utf-8")
    assert check(SOUND, tmp_path) == []
    assert json.loads(only.read_text(encoding="utf-8")) == []


def test_a_folder_that_cannot_be_made_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert check(SOUND, tmp_path / "file" / "ours") == []


def test_the_folder_is_the_users(tmp_path: Path) -> None:
    assert cache_folder({"XDG_CACHE_HOME": "/caches"}) == Path("/caches/business-onboarding")
    assert cache_folder({"LOCALAPPDATA": "/local"}) == Path("/local/business-onboarding")
    assert cache_folder({}) == Path.home() / ".cache" / "business-onboarding"
