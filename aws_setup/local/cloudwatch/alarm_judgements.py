"""What the values of an alarm's periods mean, in the words of CloudWatch's reasons.

CloudWatch looks at more periods than the alarm counts, and takes a missing one for what the alarm
says only if there are too few with data. So an alarm keeps its state for a while after its metric
has stopped. How much further CloudWatch looks depends on the length of the period and is published
for one example alone, two periods more than three; here it is always two.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
"""

import operator
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

COMPARISONS = {
    "GreaterThanOrEqualToThreshold": (operator.ge, "greater than or equal to"),
    "GreaterThanThreshold": (operator.gt, "greater than"),
    "LessThanThreshold": (operator.lt, "less than"),
    "LessThanOrEqualToThreshold": (operator.le, "less than or equal to"),
}
LOOKS_BACK = 2  # further periods
FILLED = {"breaching": "Breaching", "notBreaching": "NonBreaching"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """What an alarm compares. period: seconds. to_alarm: of how many periods."""

    statistic: str
    period: int
    periods: int
    to_alarm: int
    threshold: float
    comparison: str
    missing_data: str  # TreatMissingData

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Self:
        """Return the alarm of one of ministack's records."""
        periods = int(record.get("EvaluationPeriods") or 1)
        return cls(
            statistic=record.get("ExtendedStatistic") or record.get("Statistic") or "Average",
            period=int(record.get("Period") or 60),
            periods=periods,
            to_alarm=int(record.get("DatapointsToAlarm") or periods),
            threshold=float(record["Threshold"]),
            comparison=record["ComparisonOperator"],
            missing_data=record.get("TreatMissingData") or "missing",
        )

    @property
    def retrieved(self) -> int:
        """How many periods are looked at."""
        return self.periods + LOOKS_BACK

    def is_breached_by(self, value: float) -> bool:
        """Return whether a value is beyond the threshold."""
        return bool(COMPARISONS[self.comparison][0](value, self.threshold))


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """One period. value: of the alarm's statistic, None without data."""

    start: datetime
    value: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """The state that an alarm is to have, and the periods because of which it has it."""

    alarm: Alarm
    state: str
    with_data: tuple[Window, ...]

    def reason(self, old: str) -> str:
        """Return the reason of a change from the state `old`, as CloudWatch words it."""
        alarm = self.alarm
        if self.state == "INSUFFICIENT_DATA":
            return f"Insufficient Data: {_counted(alarm.periods)} {_was(alarm.periods)} unknown."
        if not self.with_data:
            periods = f"{alarm.periods} period{'s' if alarm.periods > 1 else ''}"
            return (
                f"Threshold Crossed: no datapoints were received for {periods} and "
                f"{_counted(alarm.periods, 'missing ')} {_was(alarm.periods)} treated as "
                f"[{FILLED[alarm.missing_data]}]."
            )
        is_alarm = self.state == "ALARM"
        deciding = [
            each for each in self.with_data if alarm.is_breached_by(each.value or 0) == is_alarm
        ]
        values = ", ".join(f"{each.value} ({each.start:%d/%m/%y %H:%M:%S})" for each in deciding)
        needed = alarm.to_alarm if is_alarm else alarm.periods - alarm.to_alarm + 1
        return (
            f"Threshold Crossed: {len(deciding)} out of the last {alarm.periods} datapoints "
            f"[{values}] {_was(len(deciding))} {'' if is_alarm else 'not '}"
            f"{COMPARISONS[alarm.comparison][1]} the threshold ({alarm.threshold}) "
            f"(minimum {_counted(needed)} for {old if old != 'INSUFFICIENT_DATA' else 'OK'} -> "
            f"{self.state} transition)."
        )


def judged(alarm: Alarm, windows: list[Window]) -> Judgement | None:
    """Return what the periods mean for an alarm, or None if it keeps its state.

    windows: the `retrieved` last periods, the newest first.
    """
    with_data = tuple(each for each in windows if each.value is not None)[: alarm.periods]
    if not with_data and alarm.missing_data == "ignore":
        return None
    if not with_data and alarm.missing_data == "missing":
        return Judgement(alarm=alarm, state="INSUFFICIENT_DATA", with_data=())
    breaching = sum(alarm.is_breached_by(each.value or 0) for each in with_data)
    missing = alarm.periods - len(with_data)
    if alarm.missing_data == "breaching":
        breaching += missing
    is_alarm = breaching >= alarm.to_alarm
    if with_data and missing and not is_alarm and _has_breached_since(alarm, windows):
        if alarm.missing_data == "ignore":
            return None
        is_alarm = alarm.missing_data == "missing"
    return Judgement(alarm=alarm, state="ALARM" if is_alarm else "OK", with_data=with_data)


def _has_breached_since(alarm: Alarm, windows: list[Window]) -> bool:
    """Return whether every value breaches, and the oldest is as old as the alarm asks for.

    CloudWatch calls this a premature alarm state, and takes it for an alarm although there are
    fewer values than that.
    """
    ages = [age for age, each in enumerate(windows, start=1) if each.value is not None]
    values = [each.value for each in windows if each.value is not None]
    return ages[-1] >= alarm.to_alarm and all(map(alarm.is_breached_by, values))


def _counted(number: int, kind: str = "") -> str:
    return f"{number} {kind}datapoint{'s' if number > 1 else ''}"


def _was(number: int) -> str:
    return "were" if number > 1 else "was"
