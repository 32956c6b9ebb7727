"""Whether what an alert told to be open is closed, since when, and by whom."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from bot.core.address_sets import Entries
from bot.core.alerts import Alert, AlertStatus, Closing, as_told_by
from bot.core.bursts import LONGEST, QUIET_AFTER
from bot.core.changes import ChangeKind, GroupKey, Observation, SecurityGroupChange
from bot.core.exposure import exposure_of
from bot.core.judged import is_opening_unknown
from bot.core.ledger import Ledger, Step, Timeline, fact_time
from bot.core.meaning import MAX_SHOWN, Meaning, what_it_let_in, what_it_opened
from bot.core.openness import remaining
from bot.core.parts import Part
from bot.core.replay import alters_rules
from bot.core.rules import Direction, Rule
from bot.core.severity import Severity

MOST_CHANGES = 200
"""How many changes a burst may have and be closed by itself, as all are read each time that something of it may have been."""


def waits_to_close(alert: Alert) -> bool:
    """Tell whether *alert* stands for something that may be closed: nobody has to look any more where it does not."""
    is_live = alert.status in (AlertStatus.OPEN, AlertStatus.ACKNOWLEDGED)
    may_close = alert.changes <= MOST_CHANGES if alert.is_gathered else bool(what_it_opened(alert.meaning))
    return is_live and may_close


def is_burst_over(alert: Alert, now: datetime) -> bool:
    """Tell whether nothing can join *alert* any more, whether or not the job has come that says so on its card."""
    return alert.is_over or now - alert.digest.change.time > LONGEST + QUIET_AFTER


def left_of(alert: Alert, ledger: Ledger, lists: Entries) -> tuple[Rule, ...]:
    """Give what of all that *alert* told of one change to be let in is so by *ledger*."""
    return _left(what_it_let_in(alert.meaning), alert.meaning, ledger, lists)


def is_closed(alert: Alert, ledger: Ledger, lists: Entries) -> bool:
    """
    Tell whether nothing of what matters of what *alert* told of one change is open any more; False too where something may be.

    Of a group that nobody has read, a rule that nobody has told of may admit it still; of one that is deleted nothing does.
    """
    is_known = ledger.is_known or ledger.deleted is not None
    return is_known and not _may_be_open(alert, ledger, lists)


def closing_in(alert: Alert, timeline: Timeline, lists: Entries) -> Closing | None:
    """
    Say when in *timeline* the last of what *alert* told of one change was closed, and by whom.

    None where that is no step of it: of what was closed before it begins, or by an edit of a prefix list, which is no fact of
    the group's.
    """
    told = alert.digest.change
    ledger, steps = _behind(told, timeline)
    was_open = _may_be_open(alert, ledger, lists)
    for step in steps:
        is_open = _may_be_open(alert, step.after, lists)
        if was_open and not is_open:
            time = fact_time(step.fact)
            if isinstance(step.fact, Observation) or not _may_be_open(alert, step.before, lists):
                return Closing(time, None, None, told.time)
            return Closing(time, step.fact.principal.label, step.fact.event_id, told.time)
        was_open = is_open
    return None


def last_of(closings: Iterable[Closing]) -> Closing:
    """Give what of several closings is to be said of all of them: the last, and the longest that one of them was open."""
    found = sorted(closings, key=lambda closing: (closing.at, closing.event_id or ""))
    since = min((closing.since for closing in found if closing.since), default=None)
    return Closing(found[-1].at, found[-1].name, found[-1].event_id, since)


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
        elif _is_for_a_person(part):
            return None
    return opened


def concerns(part: Part, key: GroupKey) -> bool:
    """Tell whether *part* opened something on the group *key*, or may have."""
    return part.group == key and (bool(what_it_opened(part.meaning)) or _may_let_in(part))


def _is_for_a_person(part: Part) -> bool:
    """
    Tell whether a change that opened nothing matters all the same.

    So does what is not about rules: what is put under a group stays there, whatever its rules come to be.
    """
    matters = part.assessment.severity >= Severity.MEDIUM or bool(part.assessment.findings)
    return matters or not alters_rules(part.digest.change) or _may_let_in(part)


def _may_let_in(part: Part) -> bool:
    """Tell whether nobody knows that a change let in nothing beside what it is known to have opened."""
    change, meaning = part.digest.change, part.meaning
    told = change.opening if meaning is None else meaning.newly
    return is_opening_unknown(change) or any(rule.direction is not Direction.EGRESS for rule in told)


def _may_be_open(alert: Alert, ledger: Ledger, lists: Entries) -> bool:
    """Tell whether something that *alert* opened may be admitted; where that is more than it keeps, whatever is let in may be it."""
    meaning = alert.meaning
    if meaning is None or ledger.deleted:
        return False
    if ledger.blanks or any(map(_may_open, ledger.cuts)):
        return True  # a rule of which nobody knows what it admits
    if any(rule.direction is None for rule in meaning.newly):
        return True  # until it is known which way it goes
    left = _left(what_it_opened(meaning), meaning, ledger, lists)
    return bool(left) or _may_be_what_is_not_kept(meaning, ledger, lists)


def _left(
    opened: Iterable[Rule], meaning: Meaning | None, ledger: Ledger, lists: Entries
) -> tuple[Rule, ...]:
    return remaining(opened, ledger, lists, meaning.before if meaning else ())


def _may_open(cut: SecurityGroupChange) -> bool:
    return cut.kind not in (ChangeKind.REVOKE, ChangeKind.DESCRIBE) and cut.direction is Direction.INGRESS


def _may_be_what_is_not_kept(meaning: Meaning, ledger: Ledger, lists: Entries) -> bool:
    """Tell whether the group admits something that may be among the many things of which *meaning* keeps the worst alone."""
    may_be_internal = meaning.more_newly > 0
    may_be_world = len(meaning.opened) == MAX_SHOWN
    if not may_be_internal and not may_be_world:
        return False
    rules = (*ledger.rules, *(rule for rule, _ in ledger.doubts))
    let_in = exposure_of((rule for rule in rules if rule.direction is not Direction.EGRESS), lists)
    return bool(let_in if may_be_internal else let_in.to_internet())


def _behind(told: SecurityGroupChange, timeline: Timeline) -> tuple[Ledger, Sequence[Step]]:
    """
    Give the steps of *timeline* that come after the change *told*, and the ledger before them.

    Of what happened in its second, only what comes after it can have closed what it opened.
    """
    ledger = timeline.start
    for place, step in enumerate(timeline.steps):
        if fact_time(step.fact) > told.time:
            return ledger, timeline.steps[place:]
        ledger = step.after
        if step.change and step.change.event_id == told.event_id:
            return ledger, timeline.steps[place + 1 :]
    return ledger, ()
