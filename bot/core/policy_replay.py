"""What another policy would have made of the alerts that were raised."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from bot.core.alerts import Alert, part_of
from bot.core.assessment import Assessment, assess, with_who
from bot.core.changes import Membership
from bot.core.mutes import Mute
from bot.core.parts import Part
from bot.core.quiet_day import is_never_told
from bot.core.quieting import QuietPolicy, treat
from bot.core.severity import STANDARD, SeverityPolicy
from bot.core.who import NOTHING_KNOWN, Known


@dataclass(frozen=True, slots=True)
class Difference:
    """
    What is different by another policy, newest first, each alert as that would judge it: those that would not have been
    posted, and those that would have been where they were not. *count* is how many alerts were looked at, *posted* how many
    of them were posted.
    """

    silenced: tuple[Alert, ...]
    told: tuple[Alert, ...]
    count: int
    posted: int


def replay(
    alerts: Iterable[Alert],
    policy: QuietPolicy,
    mutes: Iterable[Mute] = (),
    *,
    severities: SeverityPolicy = STANDARD,
    known: Known = NOTHING_KNOWN,
    parts: Callable[[Alert], Sequence[Part]] = lambda alert: [part_of(alert)],
) -> Difference:
    """
    Judge *alerts*, newest first, as if *policy*, *severities* and what is *known* had held when each was raised.

    *mutes* are those that people asked for; *parts* gives the changes that an alert gathers. Each is judged by what is known of
    it by now, but for what sits behind its group, which decides of no card.
    """
    silenced, told, count, posted = [], [], 0, 0
    asked_for = tuple(mutes)
    for raised in alerts:
        count += 1
        was_quiet = is_never_told(raised)
        posted += not was_quiet
        alert = _judged(raised, parts(raised), severities, known)
        # One that gathers several changes is judged by its first and by the worst severity among them.
        assessment = replace(alert.assessment, severity=alert.judged_severity)
        treatment = treat(
            alert.digest.change, assessment, policy, asked_for, alert.created_at, attempts=alert.attempts
        )
        if treatment.quiet and not was_quiet:
            silenced.append(alert)
        elif was_quiet and not treatment.quiet:
            told.append(alert)
    return Difference(tuple(silenced), tuple(told), count, posted)


def _judged(alert: Alert, parts: Sequence[Part], severities: SeverityPolicy, known: Known) -> Alert:
    """Give *alert* as it would be judged; an edit of a prefix list, whose groups are not kept with it, as it was."""
    if alert.list_meaning is not None:
        return alert
    own, *others = (_assessed(part, severities, known) for part in parts)
    joined = max((assessment.severity for assessment in others), default=None)
    return replace(alert, assessment=own, joined_severity=joined)


def _assessed(part: Part, severities: SeverityPolicy, known: Known) -> Assessment:
    change, held = part.digest.change, part.reading.rules if part.reading else None
    if isinstance(change.effect, Membership) or (part.digest.cut_count and part.meaning is None):
        return (
            part.assessment
        )  # by what groups admitted then; what is left out may be as bad as it was judged to be
    found = assess(change, held, part.meaning, group_name=part.group_name, known=known, policy=severities)
    return with_who(found, part.assessment.about_who)
