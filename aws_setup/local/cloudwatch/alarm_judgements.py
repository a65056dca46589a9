"""What the values of an alarm's periods mean, in the words of CloudWatch's reasons."""

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
    """Return what the periods mean for an alarm, or None if it keeps its state."""
    with_data = tuple(each for each in windows if each.value is not None)
    if not with_data and alarm.missing_data == "ignore":
        return None
    if not with_data and alarm.missing_data == "missing":
        return Judgement(alarm=alarm, state="INSUFFICIENT_DATA", with_data=())
    breaching = sum(alarm.is_breached_by(each.value or 0) for each in with_data)
    if alarm.missing_data == "breaching":
        breaching += len(windows) - len(with_data)
    state = "ALARM" if breaching >= alarm.to_alarm else "OK"
    return Judgement(alarm=alarm, state=state, with_data=with_data)


def _counted(number: int, kind: str = "") -> str:
    return f"{number} {kind}datapoint{'s' if number > 1 else ''}"


def _was(number: int) -> str:
    return "were" if number > 1 else "was"
