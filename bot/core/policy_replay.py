"""What another policy would have made of the alerts that were raised."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from bot.core.alerts import Alert
from bot.core.mutes import Mute
from bot.core.quiet_day import is_never_told
from bot.core.quieting import QuietPolicy, treat


@dataclass(frozen=True, slots=True)
class Difference:
    """
    What is different by another policy, newest first: the alerts that would not have been posted, and those that
    would have been where they were not. *count* is how many alerts were looked at, *posted* how many of them were posted.
    """

    silenced: tuple[Alert, ...]
    told: tuple[Alert, ...]
    count: int
    posted: int


def replay(alerts: Iterable[Alert], policy: QuietPolicy, mutes: Iterable[Mute] = ()) -> Difference:
    """
    Judge *alerts*, newest first, by *policy* as if it had held when each was raised; *mutes* are those that people asked for.

    Each is judged by what is known of it by now, but for what sits behind its group, which decides of no card.
    """
    silenced, told, count, posted = [], [], 0, 0
    asked_for = tuple(mutes)
    for alert in alerts:
        count += 1
        was_quiet = is_never_told(alert)
        posted += not was_quiet
        # One that gathers several changes is judged by its first and by the worst severity among them.
        assessment = replace(alert.assessment, severity=alert.judged_severity)
        treatment = treat(alert.digest.change, assessment, policy, asked_for, alert.created_at)
        if treatment.quiet and not was_quiet:
            silenced.append(alert)
        elif was_quiet and not treatment.quiet:
            told.append(alert)
    return Difference(tuple(silenced), tuple(told), count, posted)
