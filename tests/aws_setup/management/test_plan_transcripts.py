"""The page about the plan shows what the plan says."""

from aws_setup.local.server import LocalAws
from tests.project.plan_transcripts import EDITS, PAGE, in_page, transcripts


def test_the_page_shows_the_transcript_of_each_edit(local_aws: LocalAws) -> None:
    page = PAGE.read_text(encoding="utf-8")
    said = dict(transcripts(local_aws))
    assert len(said) == len(EDITS)
    # `python -m tests.project.plan_transcripts` writes them anew.
    assert {heading: in_page(heading, page) for heading in said} == said
