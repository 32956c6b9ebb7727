"""One group's history: what was done to it, what became of the event of each call, and who read the group when."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Any

from bot.core.changes import ChangeKind, Observation, SecurityGroupChange
from bot.core.cloudtrail import parse_change
from bot.core.ledger import Fact
from bot.core.rules import Rule
from tests.simulation.calls import Create, DescribeByIds, Modify, RevokeByIds
from tests.simulation.ec2 import Done, Ec2, content
from tests.simulation.records import event_id_of, event_of
from tests.simulation.shapes import Era, Shape
from tests.simulation.wording import call_words, rule_words

START = datetime(2026, 3, 2, 20, 0, tzinfo=UTC)


class Fate(Enum):
    """What became of an event."""

    SEEN = "seen"
    TWICE = "seen twice"
    LATE = "late"  # after the last reading
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class Told:
    """A call that was done, and its event as it was parsed."""

    done: Done
    shape: Shape
    fate: Fate
    change: SecurityGroupChange

    @property
    def is_carried_out(self) -> bool:
        """Whether EC2 did it."""
        return self.done.error_code is None


def tell(done: Done, shape: Shape, fate: Fate, number: int, salt: int = 0) -> Told:
    """Write the event of a call and parse it."""
    return Told(done, shape, fate, parse_change(event_of(done, shape, event_id_of(number, salt))))


@dataclass(frozen=True, slots=True)
class History:
    """
    What happened to one group, in the order of time.

    *last* is a reading made when nothing had been done to the group for a minute, None if the group is gone by then.
    """

    ec2: Ec2
    group_id: str
    told: tuple[Told, ...] = ()
    readings: tuple[Observation, ...] = ()
    last: Observation | None = None

    def changes(self, *fates: Fate) -> list[SecurityGroupChange]:
        """Give the changes whose events had one of some fates, of those that were seen twice both."""
        return [
            told.change
            for told in self.told
            if told.fate in fates
            for _ in range(2 if told.fate is Fate.TWICE else 1)
        ]

    @property
    def facts(self) -> list[Fact]:
        """Everything that anybody ever learned, but for the last reading."""
        return [*self.changes(Fate.SEEN, Fate.TWICE, Fate.LATE), *self.readings]

    @property
    def arrived(self) -> list[Fact]:
        """What was known when the last reading was made, without that."""
        return [*self.changes(Fate.SEEN, Fate.TWICE), *self.readings]

    @property
    def seconds(self) -> list[datetime]:
        """The seconds in which calls were carried out, each as often as one was."""
        return [told.change.time for told in self.told if told.is_carried_out]

    @property
    def has_ties(self) -> bool:
        """Whether two calls were carried out within one second."""
        return len(set(self.seconds)) < len(self.seconds)

    def rules_at(self, time: datetime) -> tuple[Rule, ...]:
        """Give what the group really held at a moment."""
        return tuple((self.ec2.rules_at(self.group_id, time) or {}).values())

    def rules_after_second(self, second: datetime) -> tuple[Rule, ...]:
        """Give what the group really held at the end of a second."""
        return self.rules_at(second.replace(microsecond=999999))

    def names_only_told_ids(self) -> bool:
        """
        Whether each rule that a call names by its id was told with it before.

        By the answer to its authorize, or by a reading that nothing was done shortly before. A revoke whose answer says
        what went tells that itself.
        """
        known: set[str] = set()
        readings = list(self.readings)
        for told in self.told:
            while readings and readings[0].at < told.done.at:
                reading = readings.pop(0)
                if not any(
                    reading.at - timedelta(seconds=62) < time <= reading.at for time in self._moments()
                ):
                    known |= {rule.rule_id or "" for rule in reading.rules}
            if told.is_carried_out and not _named_ids(told) <= known:
                return False
            if (
                told.shape.era is not Era.BARE
                and not told.shape.is_cut
                and not isinstance(told.done.call, Create)
            ):
                known |= {rule.rule_id or "" for rule in told.done.opened}
        return True

    def _moments(self) -> list[datetime]:
        return self.ec2.moments(self.group_id)

    def __repr__(self) -> str:
        lines = [(told.done.at, _line(told)) for told in self.told]
        for reading in (*self.readings, *([self.last] if self.last else [])):
            held = ", ".join(sorted(map(rule_words, reading.rules))) or "no rule"
            lines.append((reading.at, f"read: {held}"))
        vpc = " in a default VPC" if self.ec2.default_vpc else ""
        first = min((time for time, _ in lines), default=START)
        initial = [moment for moment in self._moments() if moment < first]
        if initial:
            before = ", ".join(sorted(map(rule_words, self.rules_at(initial[-1]))))
            lines.append((initial[-1], f"(before anybody looked) holds {before or 'no rule'}"))
        written = (f"  {(time - START).total_seconds():8.2f}  {line}" for time, line in sorted(lines))
        return f"History{vpc}:\n" + "\n".join(written)

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:  # what Hypothesis prints
        printer.text(repr(self))


def _named_ids(told: Told) -> set[str]:
    """Name the rules that a call names by their ids alone."""
    match told.done.call:
        case RevokeByIds(rule_ids=ids) if not told.shape.tells_revoked:
            return set(ids)
        case Modify(rules=rules):
            return {rule.rule_id or "" for rule in rules}
        case DescribeByIds(descriptions=descriptions):
            return {rule_id for rule_id, _ in descriptions}
        case _:
            return set()


def _line(told: Told) -> str:
    done = told.done
    marks = [told.change.event_id, told.shape.era.value, told.fate.value]
    marks += ["cut"] if told.change.is_cut else []
    marks += ["says what went"] if told.shape.tells_revoked and "Revoke" in told.change.event_name else []
    if done.error_code:
        return f"{call_words(done.call)} REFUSED ({', '.join(marks)})"
    came = [f"+ {rule_words(rule)}" for rule in done.opened] + [
        f"- {rule_words(rule)}" for rule in done.closed
    ]
    came += [
        f"{rule_words(done.before[rule_id])} => {rule_words(rule)}"
        for rule_id, rule in done.after.items()
        if rule_id in done.before and done.before[rule_id] != rule
    ]
    return f"{call_words(done.call)} [{'; '.join(came)}] ({', '.join(marks)})"


def last_told(history: History) -> list[tuple[Rule, Told, bool]]:
    """Give the last event that told of each content, and whether it told that it is live."""
    last: dict[Rule, tuple[Told, bool]] = {}
    ids: dict[str, Rule] = {}
    for told in history.told:
        if told.fate is Fate.LOST or not told.is_carried_out:
            continue
        change = told.change
        after = {content(rule) for rule in told.done.after.values()}
        named = {content(rule) for rule in (*change.added, *change.removed)}
        named |= {content(edit.rule) for edit in change.described if isinstance(edit.rule, Rule)}
        for rule_id in (*change.removed_rule_ids, *(rule.rule_id or "" for rule in change.modified)):
            if rule_id in ids:
                named.add(ids[rule_id])
            else:  # only a reading may tell what it was, so nothing is said of that content
                last.pop(content(told.done.before[rule_id]), None)
        for rule in change.modified:
            ids[rule.rule_id or ""] = content(told.done.after[rule.rule_id or ""])
            named |= {ids[rule.rule_id or ""]}
        named |= {ids[rule.rule_id] for rule in change.removed if rule.rule_id in ids}
        ids |= {rule.rule_id: content(rule) for rule in (*change.added, *change.removed) if rule.rule_id}
        if change.kind is ChangeKind.DELETE:
            named |= set(last)
        last |= {rule: (told, rule in after) for rule in named}
    return [(rule, *rest) for rule, rest in last.items()]
