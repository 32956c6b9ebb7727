"""Whether what an alert told to be open is closed, since when, and by whom."""

from collections.abc import Sequence
from datetime import datetime

from bot.core.address_sets import Entries
from bot.core.alerts import Alert, AlertStatus, Closing, as_told_by
from bot.core.bursts import LONGEST, QUIET_AFTER
from bot.core.changes import GroupKey, Observation, SecurityGroupChange
from bot.core.judged import is_opening_unknown
from bot.core.ledger import Ledger, Timeline, fact_time
from bot.core.meaning import MAX_SHOWN, what_it_opened
from bot.core.openness import remaining
from bot.core.parts import Part
from bot.core.rules import Direction, Rule


def waits_to_close(alert: Alert) -> bool:
    """Tell whether *alert* stands for something that may be closed: nobody has to look any more where it does not."""
    is_live = alert.status in (AlertStatus.OPEN, AlertStatus.ACKNOWLEDGED)
    return is_live and (alert.is_gathered or bool(what_it_opened(alert.meaning)))


def is_burst_over(alert: Alert, now: datetime) -> bool:
    """Tell whether nothing can join *alert* any more, whether or not the job has come that says so on its card."""
    return alert.is_over or now - alert.digest.change.time > LONGEST + QUIET_AFTER


def left_of(alert: Alert, ledger: Ledger, lists: Entries) -> tuple[Rule, ...]:
    """Give what of the things that *alert* told of one change to be open is so by *ledger*."""
    meaning = alert.meaning
    return remaining(what_it_opened(meaning), ledger, lists, meaning.before if meaning else ())


def closing_of(alert: Alert, timeline: Timeline, lists: Entries, now: datetime) -> Closing | None:
    """
    Say when the last of what *alert* told of one change was closed, and by whom.

    None where something of it is open still, or may be.
    """
    if _may_be_open(alert, timeline.end, lists):
        return None
    if not timeline.end.is_known:
        return None  # a rule that nobody has told of may admit it still
    told = alert.digest.change
    since = told.time
    steps = [step for step in timeline.steps if fact_time(step.fact) >= since]
    # Of what happened in the same second, only what comes after it can have closed it.
    own = next(
        (place for place, step in enumerate(steps) if step.change and step.change.event_id == told.event_id),
        -1,
    )
    for step in steps[own + 1 :]:
        if _may_be_open(alert, step.after, lists):
            continue
        match step.fact:
            case SecurityGroupChange() as change:
                return Closing(change.time, change.principal.label, change.event_id, since)
            case Observation(at=at):
                return Closing(at, None, None, since)
    return Closing(now, None, None, since)  # as by an edit of a prefix list, which is no fact of the group's


def openings(alert: Alert, parts: Sequence[Part]) -> dict[GroupKey, list[Alert]] | None:
    """
    Give what opened something of the changes that *alert* gathers, each as an alert that tells it alone, by their groups.

    None where one of them matters by something else than what it opened on its group, or it is not known what that is: then
    it is for a person to say that it is no matter any more.
    """
    opened: dict[GroupKey, list[Alert]] = {}
    for part in parts:
        if part.group and what_it_opened(part.meaning):
            opened.setdefault(part.group, []).append(as_told_by(part, alert))
        elif part.assessment.findings or is_opening_unknown(part.digest.change):
            return None
    return opened


def _may_be_open(alert: Alert, ledger: Ledger, lists: Entries) -> bool:
    """Tell whether something that *alert* opened may be admitted; where that is more than it keeps, whatever is let in may be it."""
    told, meaning = what_it_opened(alert.meaning), alert.meaning
    is_more = len(told) >= MAX_SHOWN or bool(meaning and not meaning.opened and meaning.more_newly)
    lets_in = any(rule.direction is not Direction.EGRESS for rule in ledger.rules)
    return bool(left_of(alert, ledger, lists)) or (is_more and lets_in)
