"""Compares a ledger with what is true, and says of each difference whether the ledger gave notice of it."""

from collections.abc import Iterable, Sequence
from dataclasses import fields, replace
from datetime import datetime
from enum import Enum
from typing import Any

from bot.core.ledger import Entry, Ledger, Moment, Timeline
from bot.core.rules import Rule
from tests.simulation.ec2 import Life, content
from tests.simulation.histories import START, History
from tests.simulation.wording import words


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

    *was_live* says that the ledger held it before. Asked is for the content, not for the rule by its id: where one rule's
    revoke and the authorize of the next are both lost, nothing tells that there were two.
    """
    edges = [
        entry.closed if was_live else entry.opened
        for entry in entries_of(timeline)
        if entry.content == differing
    ]
    moments = [life.closed if was_live else life.opened for life in lives if life.content == differing]
    return any(
        edge and edge.by is None and moment and holds(edge, moment) for edge in edges for moment in moments
    )


def holds(moment: Moment, true: datetime) -> bool:
    """Tell whether *true* is within what a moment by an event not seen leaves open, to the second."""
    second = true.replace(microsecond=0)
    return (moment.after is None or moment.after.replace(microsecond=0) <= second) and second <= moment.at


def unmarked(ledger: Ledger, truth: Sequence[Rule]) -> set[Rule]:
    """Name the contents in which the ledger differs from the truth without saying that it may."""
    return {rule for rule in differences(ledger, truth) if mark_of(ledger, truth, rule) is None}


def assert_equal(one: Ledger, other: Ledger, when: str) -> None:
    """Check that two ledgers are equal, with a message of what only one of them says."""
    for name in (field.name for field in fields(Ledger)):
        mine, theirs = getattr(one, name), getattr(other, name)
        if mine != theirs and isinstance(mine, tuple):
            mine, theirs = (
                [part for part in xs if part not in ys] for xs, ys in ((mine, theirs), (theirs, mine))
            )
        said = f"{when}, {name}: {words(mine)} instead of {words(theirs)}"
        assert getattr(one, name) == getattr(other, name), said


def assert_ids(ledger: Ledger, truth: Any) -> None:
    """Check that the ids which the ledger knows are those of the rules of that content, but for what is in doubt."""
    ids = {content(rule): rule.rule_id for rule in truth}
    for rule in ledger.rules:
        if rule.rule_id and content(rule) in ids and mark_of(ledger, truth, content(rule)) is None:
            assert rule.rule_id == ids[content(rule)], f"{rule}"


def assert_same(ledger: Ledger, truth: Any) -> None:
    """Check that the ledger holds the true rules, with their descriptions, and with the ids that it knows."""
    truth = tuple(truth)
    assert not ledger.doubts, words(ledger)
    assert not ledger.blanks, words(ledger)
    said, true = ({replace(rule, rule_id=None) for rule in rules} for rules in (ledger.rules, truth))
    assert said == true, f"{words(tuple(true))}: {words(ledger)}"
    assert len(ledger.rules) == len(truth)
    assert_ids(ledger, truth)


def assert_blame(ledger: Ledger, history: History) -> None:
    """Check of each entry that the change which it names opened it, or closed it, and of each life that there is an entry."""
    by_event = {told.change.event_id: told for told in history.told}
    expected = [
        (life.content, life.opened, life.closed)
        for life in history.ec2.lives(history.group_id)
        if life.closed is None or life.closed >= START
    ]
    found: list[Any] = []
    for entry in (*ledger.closed, *ledger.live):
        opened = by_event[entry.opened.by.event_id].done.at if entry.opened.by else None
        closed = by_event[entry.closed.by.event_id].done.at if entry.closed and entry.closed.by else None
        found.append((entry.content, opened, closed))
    in_sight = {told.done.at for told in history.told}
    told = sorted(map(repr, found))
    true = sorted(
        repr((rule, opened if opened in in_sight else None, closed)) for rule, opened, closed in expected
    )
    assert told == true, f"{words(ledger)}: {told} instead of {true}"
