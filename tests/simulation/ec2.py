"""
EC2's security groups of one account and region, played plainly: what is true, whatever was told of it.

Knows nothing of the ledger, which is judged by it.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from ipaddress import ip_network

from bot.core.rules import Direction, Rule, make_rule
from tests.simulation.calls import (
    Authorize,
    Call,
    Create,
    Delete,
    Describe,
    DescribeByIds,
    Modify,
    Revoke,
    RevokeByIds,
)

ACCOUNT_ID = "111122223333"
REGION = "eu-west-1"

DEFAULT_EGRESS = make_rule(
    direction=Direction.EGRESS, protocol="-1", from_port=-1, to_port=-1, source=ip_network("0.0.0.0/0")
)
"""What a new group admits until somebody says otherwise."""

Rules = Mapping[str, Rule]
"""A group's rules by their ids."""


class Refused(Exception):
    """EC2 carries nothing of a call out."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Done:
    """
    A call and what came of it at a moment: the group's rules before and after it.

    *unmatched* are the contents that a revoke in a default VPC named in vain.
    """

    call: Call
    at: datetime
    group_id: str | None
    before: Rules = field(default_factory=dict)
    after: Rules = field(default_factory=dict)
    unmatched: tuple[Rule, ...] = ()
    error_code: str | None = None

    @property
    def opened(self) -> tuple[Rule, ...]:
        """The rules that it made."""
        return tuple(rule for rule_id, rule in self.after.items() if rule_id not in self.before)

    @property
    def closed(self) -> tuple[Rule, ...]:
        """The rules that it took away."""
        return tuple(rule for rule_id, rule in self.before.items() if rule_id not in self.after)


@dataclass(frozen=True, slots=True)
class Life:
    """A stretch of time in which a rule, known by its id, admitted the same; *closed* is None while it does."""

    rule_id: str
    content: Rule
    opened: datetime
    closed: datetime | None = None


class Ec2:
    """
    The groups of one account and region, as calls made them, one after the other.

    In a *default_vpc* a revoke of what is not there is no error.
    """

    def __init__(self, *, default_vpc: bool = False) -> None:
        self.default_vpc = default_vpc
        self._history: dict[str, list[tuple[datetime, Rules | None]]] = {}
        self._clock: datetime | None = None
        self._count = 0

    def do(self, call: Call, at: datetime) -> Done:
        """Carry *call* out, or refuse all of it; calls come in the order of their times, no two at once."""
        assert self._clock is None or self._clock < at, "time goes forward"
        self._clock = at
        if isinstance(call, Create):
            return self._create(call, at)
        before = self.rules(call.group_id)
        try:
            if before is None:
                raise Refused("InvalidGroup.NotFound")
            after = None if isinstance(call, Delete) else self._apply(call, before)
        except Refused as refusal:
            held = before or {}
            return Done(call, at, call.group_id, held, held, error_code=refusal.code)
        self._history[call.group_id].append((at, after))
        unmatched = _absent(call.rules, before) if isinstance(call, Revoke) else ()
        return Done(call, at, call.group_id, before, after or {}, unmatched)

    @property
    def groups(self) -> tuple[str, ...]:
        """The groups that exist."""
        return tuple(group_id for group_id, states in self._history.items() if states[-1][1] is not None)

    def rules(self, group_id: str) -> Rules | None:
        """Give a group's rules now, by id; None where there is no such group."""
        states = self._history.get(group_id)
        return states[-1][1] if states else None

    def rules_at(self, group_id: str, time: datetime) -> Rules | None:
        """Give a group's rules as they were at *time*, after what happened at that very moment."""
        states = self._history.get(group_id, [])
        index = bisect_right(states, time, key=lambda state: state[0])
        return states[index - 1][1] if index else None

    def moments(self, group_id: str) -> list[datetime]:
        """Say when calls were carried out on a group."""
        return [time for time, _ in self._history.get(group_id, [])]

    def lives(self, group_id: str) -> list[Life]:
        """Give each stretch of time in which a rule of the group admitted the same."""
        ended: list[Life] = []
        live: dict[str, Life] = {}
        for time, state in self._history.get(group_id, []):
            now = state or {}
            for rule_id, life in list(live.items()):
                if rule_id not in now or content(now[rule_id]) != life.content:
                    ended.append(replace(life, closed=time))
                    del live[rule_id]
            for rule_id, rule in now.items():
                live.setdefault(rule_id, Life(rule_id, content(rule), time))
        return [*ended, *live.values()]

    def _create(self, call: Create, at: datetime) -> Done:
        group_id = f"sg-{self._number():08x}"
        after = self._made([DEFAULT_EGRESS])
        self._history[group_id] = [(at, after)]
        return Done(call, at, group_id, {}, after)

    def _apply(self, call: Call, held: Rules) -> Rules:
        match call:
            case Authorize():
                return self._authorize(call, held)
            case Revoke():
                if not self.default_vpc and _absent(call.rules, held):
                    raise Refused("InvalidPermission.NotFound")
                named = {content(rule) for rule in call.rules}
                return {name: rule for name, rule in held.items() if content(rule) not in named}
            case RevokeByIds():
                _require(call.rule_ids, held, call.direction)
                return {name: rule for name, rule in held.items() if name not in call.rule_ids}
            case Modify():
                return _modify(call, held)
            case Describe():
                if _absent(call.rules, held):
                    raise Refused("InvalidPermission.NotFound")
                texts = {content(rule): rule.description for rule in call.rules}
                return {
                    name: replace(rule, description=texts.get(content(rule), rule.description))
                    for name, rule in held.items()
                }
            case DescribeByIds():
                new = dict(call.descriptions)
                _require(new, held, call.direction)
                return {
                    name: replace(rule, description=new.get(name, rule.description))
                    for name, rule in held.items()
                }
            case _:
                raise AssertionError(call)

    def _authorize(self, call: Authorize, held: Rules) -> Rules:
        contents = [content(rule) for rule in call.rules]
        if len(set(contents)) < len(contents):
            raise Refused("InvalidParameterValue")
        if set(contents) & {content(rule) for rule in held.values()}:
            raise Refused("InvalidPermission.Duplicate")
        return {**held, **self._made(call.rules)}

    def _made(self, rules: Iterable[Rule]) -> Rules:
        # Unique, short to read, and in no order: nobody is to learn from ids which rule is older.
        ids = ((f"sgr-{self._number() * 7919 % 65536:04x}", rule) for rule in rules)
        return {rule_id: replace(rule, rule_id=rule_id) for rule_id, rule in ids}

    def _number(self) -> int:
        self._count += 1
        return self._count


def content(rule: Rule) -> Rule:
    """Give what EC2 tells the rules of one group apart by."""
    return replace(rule, description=None, rule_id=None)


def _modify(call: Modify, held: Rules) -> Rules:
    _require([rule.rule_id or "" for rule in call.rules], held, None)
    after = dict(held)
    for rule in call.rules:
        old = held[rule.rule_id or ""]
        description = rule.description or old.description
        after[rule.rule_id or ""] = replace(rule, direction=old.direction, description=description)
    if len({content(rule) for rule in after.values()}) < len(after):
        raise Refused("InvalidPermission.Duplicate")
    return after


def _absent(rules: Iterable[Rule], held: Rules) -> tuple[Rule, ...]:
    contents = {content(rule) for rule in held.values()}
    return tuple(rule for rule in rules if content(rule) not in contents)


def _require(rule_ids: Iterable[str], held: Rules, direction: Direction | None) -> None:
    for rule_id in rule_ids:
        if rule_id not in held or direction not in (None, held[rule_id].direction):
            raise Refused("InvalidSecurityGroupRuleId.NotFound")
