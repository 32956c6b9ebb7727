"""Rules in few words, and ledgers and steps made of them, for tests of what a change means."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from ipaddress import ip_network
from typing import Any

from bot.core.changes import ChangeKind, SecurityGroupChange
from bot.core.ledger import Author, Entry, Ledger, Moment, Step
from bot.core.rules import Direction, PrefixList, ReferencedGroup, Rule, Source, make_rule, source_words
from tests.makers import NOW, a_change

START = NOW.replace(microsecond=0)
"""When the change of a step happens."""


def written(text: str, rule_id: str | None = None) -> Rule:
    """
    Make the rule that *text* says: "tcp 22 10.0.0.0/8", "egress all ::/0", "icmp 8/0 sg-1", "50 pl-1".

    Ports are one or two ("80-443"), of ICMP a type or a type and a code; none means all.
    """
    words = text.split()
    direction = Direction(words.pop(0)) if words[0] in (*Direction,) else Direction.INGRESS
    protocol, source = words[0], words[-1]
    first = last = None
    if len(words) == 3:
        is_icmp = protocol.startswith("icmp")
        bounds = [int(bound) for bound in words[1].replace("/", "-").split("-")]
        first, last = bounds[0], bounds[1] if len(bounds) > 1 else -1 if is_icmp else bounds[0]
    return make_rule(
        direction=direction,
        protocol="-1" if protocol == "all" else protocol,
        from_port=first,
        to_port=last,
        source=_source(source),
        rule_id=rule_id,
    )


def words_of(rules: Iterable[Rule]) -> list[str]:
    """Say *rules* as written() reads them."""
    return [_words_of(rule) for rule in rules]


def entry(rule: Rule | str, minutes: float = -60, *, closed: float | None = None, by: str = "erin") -> Entry:
    """Make the entry of a rule that opened, and perhaps closed, so many minutes from START."""
    rule = written(rule) if isinstance(rule, str) else rule
    return Entry(
        rule,
        moment(minutes, by),
        seen=at(minutes),
        closed=None if closed is None else moment(closed, by),
    )


def moment(minutes: float, by: str | None = "erin") -> Moment:
    if by is None:
        return Moment(at(minutes))
    author = Author("event-0", "AuthorizeSecurityGroupIngress", ChangeKind.AUTHORIZE, at(minutes), by)
    return Moment(at(minutes), author)


def at(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


def ledger(*rules: Rule | str | Entry, **more: Any) -> Ledger:
    """Make the ledger of a group that holds *rules* and is known."""
    live = tuple(each if isinstance(each, Entry) else entry(each) for each in rules)
    return Ledger(**{"live": live, "is_known": True, **more})


def step(
    before: Ledger,
    *,
    adds: Iterable[Rule | str] = (),
    removes: Iterable[Rule | str] = (),
    after: dict[str, Any] | None = None,
    **fields: Any,
) -> Step:
    """Make the step of a change that adds and removes rules; *fields* are the change's, *after* those of the ledger after it."""
    added = tuple(written(rule) if isinstance(rule, str) else rule for rule in adds)
    removed = tuple(written(rule) if isinstance(rule, str) else rule for rule in removes)
    change = a_change(
        **{
            "kind": ChangeKind.AUTHORIZE if added else ChangeKind.REVOKE,
            "time": START,
            "added": added,
            "removed": removed,
            **fields,
        }
    )
    contents = {replace(rule, rule_id=None, description=None) for rule in removed}
    closed = tuple(each for each in before.live if each.content in contents)
    opened = tuple(entry(rule, 0, by="alice") for rule in added)
    live = (*(each for each in before.live if each not in closed), *opened)
    now = replace(before, live=live, **(after or {}))
    return Step(change, before, now, opened, closed)


def fact_of(step: Step) -> SecurityGroupChange:
    """Give the change of a step that is of one."""
    assert step.change
    return step.change


def _source(word: str) -> Source:
    if word.startswith("pl-"):
        return PrefixList(word)
    return ReferencedGroup(word) if word.startswith("sg-") else ip_network(word)


def _words_of(rule: Rule) -> str:
    words = [rule.protocol]
    if rule.ports and not rule.ports.is_all:
        words.append(str(rule.ports).replace("–", "-"))
    if rule.icmp:
        code = "" if rule.icmp.code is None else f"/{rule.icmp.code}"
        words.append(f"{rule.icmp.type}{code}")
    egress = [rule.direction.value] if rule.direction is Direction.EGRESS else []
    return " ".join([*egress, *words, source_words(rule.source)])
