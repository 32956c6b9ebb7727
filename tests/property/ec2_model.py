"""A security group as EC2 keeps it, in the simplest way, which emits the changes that its events would be read into."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network

from hypothesis import strategies as st

from bot.core.changes import (
    ChangeKind,
    DescriptionEdit,
    GroupDetails,
    GroupKey,
    Observation,
    SecurityGroupChange,
)
from bot.core.ledger import content_of
from bot.core.rules import Direction, Rule, make_rule
from tests.makers import a_change

KEY = GroupKey("111122223333", "eu-west-1", "sg-0a1b2c3d4e5f60718")
START = datetime(2026, 11, 24, 12, tzinfo=UTC)

CONTENTS = [
    make_rule(direction=direction, protocol="tcp", from_port=port, to_port=port, source=ip_network(source))
    for direction in Direction
    for port in (22, 443)
    for source in ("0.0.0.0/0", "10.0.0.0/8")
]
"""The rules that may be opened: few, so that one is opened, closed and opened again."""

DEFAULT_EGRESS = make_rule(
    direction=Direction.EGRESS, protocol="-1", from_port=None, to_port=None, source=ip_network("0.0.0.0/0")
)


@dataclass
class Group:
    """
    The group: its live rules by id. Each call that EC2 takes is kept as a change in *changes*, in one of the shapes in which
    CloudTrail has told it over the years.
    """

    now: datetime = START
    rules: dict[str, Rule] = field(default_factory=dict)
    changes: list[SecurityGroupChange] = field(default_factory=list)
    ids: int = 0

    def create(self) -> None:
        self._make(DEFAULT_EGRESS)
        self._emit(ChangeKind.CREATE)

    def delete(self) -> None:
        self.rules.clear()
        self._emit(ChangeKind.DELETE)

    def authorize(self, contents: Sequence[Rule], *, with_ids: bool) -> None:
        held = set(map(content_of, self.rules.values()))
        if not contents or any(content_of(rule) in held for rule in contents):
            return  # EC2 refuses a rule that is there already
        made = [self._make(rule) for rule in contents]
        self._emit(ChangeKind.AUTHORIZE, added=tuple(made if with_ids else contents))

    def revoke(self, rule_ids: Sequence[str], *, shape: str) -> None:
        gone = [self.rules.pop(rule_id) for rule_id in rule_ids if rule_id in self.rules]
        if not gone:
            return
        match shape:
            case "by id":
                ids = tuple(rule.rule_id for rule in gone if rule.rule_id)
                self._emit(ChangeKind.REVOKE, removed_rule_ids=ids)
            case "by permission":
                plain = tuple(replace(rule, rule_id=None, description=None) for rule in gone)
                self._emit(ChangeKind.REVOKE, removed=plain)
            case _:
                self._emit(ChangeKind.REVOKE, removed=tuple(gone))

    def modify(self, rule_id: str, new: Rule) -> None:
        old = self.rules.get(rule_id)
        others = {content_of(rule) for own_id, rule in self.rules.items() if own_id != rule_id}
        if old is None:
            return
        description = new.description if new.description is not None else old.description
        changed = replace(new, direction=old.direction, description=description, rule_id=rule_id)
        if content_of(changed) in others:
            return
        self.rules[rule_id] = changed
        self._emit(ChangeKind.MODIFY, modified=(replace(new, direction=None, rule_id=rule_id),))

    def describe(self, rule_id: str, description: str | None, *, by_id: bool) -> None:
        old = self.rules.get(rule_id)
        if old is None:
            return
        self.rules[rule_id] = replace(old, description=description)
        named = replace(old, rule_id=None, description=description)
        edit = DescriptionEdit(rule_id if by_id else named, description)
        self._emit(ChangeKind.DESCRIBE, described=(edit,))

    def wait(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    def read(self) -> Observation:
        """Read the group, as EC2 shows it."""
        return Observation(GroupDetails(KEY, "web-prod", None), self.now, tuple(self.rules.values()))

    def _make(self, rule: Rule) -> Rule:
        self.ids += 1
        made = replace(rule, rule_id=f"sgr-{self.ids:017x}")
        self.rules[made.rule_id or ""] = made
        return made

    def _emit(self, kind: ChangeKind, **told: object) -> None:
        # Ids of events tell nothing of their order.
        event_id = f"{len(self.changes) * 7919 % 10007:05}-{len(self.changes)}"
        change = a_change(
            event_id,
            kind=kind,
            time=self.now,
            account_id=KEY.account_id,
            region=KEY.region,
            group_id=KEY.group_id,
            added=(),
        )
        self.changes.append(replace(change, **told))  # type: ignore[arg-type]


@st.composite
def histories(
    draw: st.DrawFn, *, shapes: Sequence[str] = ("full", "by permission", "by id"), most: int = 14
) -> Group:
    """Draw the life of a group, of some calls, several of them within one second."""
    group = Group()
    group.create()
    for _ in range(draw(st.integers(0, most))):
        group.wait(draw(st.sampled_from([0, 0, 1, 5, 90])))
        ids = sorted(group.rules)
        some_ids = draw(st.lists(st.sampled_from(ids), max_size=2, unique=True)) if ids else []
        descriptions = st.sampled_from([None, "vpn", "office"])
        match draw(st.sampled_from(["authorize", "authorize", "revoke", "modify", "describe"])):
            case "authorize":
                contents = draw(st.lists(st.sampled_from(CONTENTS), min_size=1, max_size=2, unique=True))
                described = [replace(rule, description=draw(descriptions)) for rule in contents]
                group.authorize(described, with_ids="full" in shapes and draw(st.booleans()))
            case "revoke":
                group.revoke(some_ids, shape=draw(st.sampled_from(shapes)))
            case "modify" if some_ids and "full" in shapes:
                group.modify(
                    some_ids[0], replace(draw(st.sampled_from(CONTENTS)), description=draw(descriptions))
                )
            case _ if some_ids:
                group.describe(
                    some_ids[0], draw(descriptions), by_id="by id" in shapes and draw(st.booleans())
                )
    return group
