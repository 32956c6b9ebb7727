"""Compares a ledger with what is true, and says of each difference whether the ledger gave notice of it."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from enum import Enum

from bot.core.ledger import Entry, Ledger, Moment, Timeline
from bot.core.rules import Rule
from tests.simulation.ec2 import Life, content
from tests.simulation.histories import rule_words


class Mark(Enum):
    """How a ledger says of a content that it does not know."""

    UNKNOWN_GROUP = "the group was never read"
    CUT = "a record was cut"
    DOUBT = "in doubt"
    BLANK = "a rule known by its id alone"
    NO_DIRECTION = "a rule whose direction is not known"


def contents(rules: Iterable[Rule]) -> set[Rule]:
    """Give what rules admit."""
    return {content(rule) for rule in rules}


def differences(ledger: Ledger, truth: Iterable[Rule]) -> set[Rule]:
    """Name the contents of which the ledger says other than is true."""
    return contents(ledger.rules) ^ contents(truth)


def mark_of(ledger: Ledger, truth: Iterable[Rule], differing: Rule) -> Mark | None:
    """Say how the ledger gives notice that *differing* may be other than it says; None for not at all."""
    truth = tuple(truth)
    undirected = replace(differing, direction=None)
    if {differing, undirected} & contents(doubted for doubted, _ in ledger.doubts):
        return Mark.DOUBT
    if any(content(rule) == differing and rule.rule_id in ledger.blanks for rule in truth):
        return Mark.BLANK
    if differing.direction is None and differing in {
        replace(rule, direction=None) for rule in contents(truth)
    }:
        return Mark.NO_DIRECTION
    if undirected in contents(ledger.rules):
        return Mark.NO_DIRECTION
    if ledger.cuts:
        return Mark.CUT
    return None if ledger.is_known else Mark.UNKNOWN_GROUP


def entries_of(timeline: Timeline) -> list[Entry]:
    """Give every entry of a timeline as it stands at last, those that closed first."""
    closed = [*timeline.start.closed, *(entry for step in timeline.steps for entry in step.closed)]
    return [*dict.fromkeys([*closed, *timeline.end.closed]), *timeline.end.live]


def is_found(timeline: Timeline, lives: Iterable[Life], differing: Rule, *, was_live: bool) -> bool:
    """
    Tell whether a timeline says that an event not seen closed *differing*, or opened it, when that really happened.

    *was_live* says that the ledger held it before. An entry with an id has a life of its own; of one without, all that
    can be asked is that some rule of its content opened or closed in the time that it names.
    """
    lives = [life for life in lives if life.content == differing]
    for entry in entries_of(timeline):
        edge = entry.closed if was_live else entry.opened
        if entry.content != differing or edge is None or edge.by is not None:
            continue
        own = [life for life in lives if entry.rule.rule_id in (None, life.rule_id)]
        moments = [life.closed if was_live else life.opened for life in own]
        if any(moment and holds(edge, moment) for moment in moments):
            return True
    return False


def holds(moment: Moment, true: datetime) -> bool:
    """Tell whether *true* is within what a moment by an event not seen leaves open, to the second."""
    second = true.replace(microsecond=0)
    return (moment.after is None or moment.after.replace(microsecond=0) <= second) and second <= moment.at


def words(value: object) -> str:
    """Write a part of a ledger shortly, for whoever reads why a law does not hold."""
    match value:
        case Rule():
            return rule_words(value)
        case Moment(at, by, after):
            return f"{at:%X} {by.event_id if by else 'unseen'}" + (f" after {after:%X}" if after else "")
        case Entry():
            closed = f"–{words(value.closed)}" if value.closed else ""
            origin = f", first {words(value.origin)}" if value.origin else ""
            seen = f", seen {value.seen:%X}" + (
                f", described {value.described:%X}" if value.described else ""
            )
            return f"<{words(value.rule)} {words(value.opened)}{closed}{origin}{seen}>"
        case Ledger():
            parts = {name: getattr(value, name) for name in ("live", "closed", "doubts", "blanks", "gone")}
            said = [f"{name} {words(part)}" for name, part in parts.items() if part]
            return "; ".join(
                said + ([] if value.is_known else ["group not known"]) + ["cut"] * len(value.cuts)
            )
        case datetime():
            return f"{value:%X}"
        case tuple() | list():
            return "[" + ", ".join(map(words, value)) + "]"
        case _:
            return str(value)
