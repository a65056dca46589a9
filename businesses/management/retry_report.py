"""The text of a retry's report to the operator. Nothing here does any I/O."""

from collections import Counter

from businesses.management.progress_line import bar, one_line, share_and_total
from businesses.records.onboarding import OPEN, Onboarding, Reason
from businesses.records.reasons.lookup import reason_of
from businesses.retry.outcomes import Outcome, Result

WORDS = {
    Result.COMPLETED: "completed",
    Result.FAILED: "failed again",
    Result.REFUSED: "not retried",
    Result.SETTLED: "settled before",
    Result.UNRECORDED: "called but not recorded",
}


class RetryTally:
    """Counts the outcomes so far."""

    def __init__(self) -> None:
        self._counts = Counter[Result]()
        self._reasons = Counter[Reason]()
        self.is_fine = True

    def add(self, outcome: Outcome) -> None:
        """Count one outcome."""
        self._counts[outcome.result] += 1
        if outcome.result is Result.FAILED and outcome.reason:
            self._reasons[outcome.reason] += 1
        self.is_fine = self.is_fine and outcome.is_fine

    @property
    def done(self) -> int:
        """How many outcomes have been counted."""
        return self._counts.total()

    def counts(self) -> str:
        """Return the counts on one line: "12 completed, 3 failed again"."""
        parts = [f"{self._counts[kind]:,} {word}" for kind, word in WORDS.items()]
        first, *others = parts
        return ", ".join([first, *(part for part in others if not part.startswith("0 "))])

    def summary(self, seconds: float) -> list[str]:
        """Return the closing lines: the counts, how many failed for each cause, and its hint."""
        lines, causes = [f"{self.counts()}, in {seconds:.1f} s."], Counter[tuple[str, str, str]]()
        for reason, count in self._reasons.items():
            plain = reason_of(reason.type, reason.message)
            causes[plain.name, reason.type, plain.hint or plain.what_to_do] += count
        for (name, kind, hint), count in causes.most_common():
            lines.append(one_line(f"  {count:,} {name} ({kind}). {hint}"))
        return lines


def format_progress(tally: RetryTally, total: int, seconds: float) -> str:
    """Return one line of progress. total: roughly how many there are; seconds: since the start."""
    share, total = share_and_total(tally.done, total)
    rate = tally.done / seconds if seconds else 0
    return f"{bar(share)} {tally.done:,} of {total:,}, {rate:.1f}/s: {tally.counts()}"


def format_outcome(outcome: Outcome) -> str:
    """Return one line about an outcome that needs attention."""
    return one_line(f"{outcome.sub}  {outcome.result.value}: {outcome.text}")


def format_stuck(record: Onboarding) -> str:
    """Return one line, without personal data, about a record that is stuck."""
    if record.obstacles:
        return one_line(f"{record.sub}  would not be retried: {' '.join(record.obstacles)}")
    if record.status not in OPEN:
        return one_line(f"{record.sub}  is {record.status}, so it would not be retried")
    count = len(record.attempts)
    attempts = f"{count} attempt{'' if count == 1 else 's'}"
    name = reason_of(record.reason.type, record.reason.message).name
    reason = f"{name} ({record.reason.type})" if record.reason.type else name
    return one_line(
        f"{record.sub}  {reason} ({record.source}, {attempts}, last {record.updated_at})"
    )
