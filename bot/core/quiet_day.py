"""What was kept from the channel on one day, counted."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from bot.core.alerts import Alert
from bot.core.assessment import Severity
from bot.core.changes import GroupKey
from bot.core.quiet import QuietReason

_TOP = 3

NEVER_TOLD = (QuietReason.BELOW_THRESHOLD, QuietReason.EXPECTED, QuietReason.UPKEEP, QuietReason.MUTED)
"""Why an alert is in no message at all; one that was caught up with is told beside others."""


@dataclass(frozen=True, slots=True)
class QuietDay:
    """
    How many alerts of *day*, UTC, nobody was notified of, and why.

    *below* counts those below the threshold by severity, *expected* those of expected principals by the policy's name,
    *upkeep* those of AWS services. *groups* are those of which there were most, with what they are called as far as that is known. *is_cut* says that there were more.
    """

    day: date
    below: tuple[tuple[Severity, int], ...]
    expected: tuple[tuple[str, int], ...]
    muted: int
    groups: tuple[tuple[GroupKey, str | None, int], ...]
    upkeep: int = 0
    other_groups: int = 0
    is_cut: bool = False

    @property
    def count(self) -> int:
        """How many they are together."""
        return sum(count for _, count in (*self.below, *self.expected)) + self.muted + self.upkeep


def is_never_told(alert: Alert) -> bool:
    """Tell whether no message in the channel tells of *alert*."""
    return alert.quiet is not None and alert.quiet.reason in NEVER_TOLD


def count_day(day: date, alerts: Iterable[Alert], *, is_cut: bool = False) -> QuietDay:
    """Count those of *alerts*, which are all of *day* unless that *is_cut*, that nobody was notified of."""
    below: Counter[Severity] = Counter()
    expected: Counter[str] = Counter()
    groups: Counter[GroupKey] = Counter()
    names: dict[GroupKey, str | None] = {}
    muted = upkeep = 0
    for alert in alerts:
        if alert.quiet is None or not is_never_told(alert):
            continue
        match alert.quiet.reason:
            case QuietReason.BELOW_THRESHOLD:
                below[alert.severity] += 1
            case QuietReason.EXPECTED:
                expected[alert.quiet.by] += 1
            case QuietReason.UPKEEP:
                upkeep += 1
            case _:
                muted += 1
        for key in alert.digest.change.groups:
            groups[key] += 1
        if alert.group:
            names[alert.group] = alert.group_name or names.get(alert.group)
    top = sorted(groups.items(), key=lambda entry: (-entry[1], entry[0]))
    return QuietDay(
        day=day,
        below=tuple(sorted(below.items(), reverse=True)),
        expected=tuple(expected.most_common()),
        muted=muted,
        upkeep=upkeep,
        groups=tuple((key, names.get(key), count) for key, count in top[:_TOP]),
        other_groups=max(len(top) - _TOP, 0),
        is_cut=is_cut,
    )
