"""What one change does to a group's rules: what it proves of them as they were, and what it makes of them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from ipaddress import IPv4Network, IPv6Network

from bot.core.changes import ChangeKind, DescriptionEdit, Outcome, SecurityGroupChange
from bot.core.ledger import LAG, MAX_CLOSED, Author, Entry, Gone, Ledger, Moment, content_of, in_order
from bot.core.rules import ALL_PROTOCOLS, Direction, Rule

DEFAULT_EGRESS = Rule(Direction.EGRESS, ALL_PROTOCOLS, None, None, IPv4Network("0.0.0.0/0"))
"""
What every group of a VPC begins with: https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html
"""

DEFAULT_EGRESS_IPV6 = replace(DEFAULT_EGRESS, source=IPv6Network("::/0"))
"""What it begins with besides, in a VPC that has IPv6 addresses; no record says which has."""

_ABOUT_RULES = {
    ChangeKind.CREATE,
    ChangeKind.DELETE,
    ChangeKind.AUTHORIZE,
    ChangeKind.REVOKE,
    ChangeKind.MODIFY,
    ChangeKind.DESCRIBE,
    ChangeKind.NOT_UNDERSTOOD,
}


def alters_rules(change: SecurityGroupChange) -> bool:
    """Tell whether *change* alters the rules of a group, or may: what AWS refused does not."""
    return change.kind in _ABOUT_RULES and change.outcome is Outcome.SUCCEEDED


def author_of(change: SecurityGroupChange) -> Author:
    """Keep of *change* what an entry tells of who opened or closed it."""
    return Author(change.event_id, change.event_name, change.kind, change.time, change.principal.label)


def slot_of(rule: Rule) -> Rule:
    """Name the place that *rule* takes in a group, as of one content there is one rule; without a direction, each has its own."""
    return content_of(rule) if rule.direction else replace(rule, description=None)


@dataclass(frozen=True, slots=True)
class Told:
    """What the facts tell of rules by their ids, wherever it stands: which way they go, and which of them open among the facts."""

    directions: Mapping[str, Direction]
    born: frozenset[str]


class Rules:
    """
    A ledger being folded: the one mutable thing of it.

    `prove` first makes the rules what a change that EC2 accepted shows them to have been: what has to be live and is not
    was opened by an event that was not seen, and the reverse. `apply` then does what the change did; *opened* is what that opened.
    """

    def __init__(self, ledger: Ledger, told: Told) -> None:
        self.told = told
        self.live = {slot_of(entry.rule): entry for entry in ledger.live}
        self.slots = {
            entry.rule.rule_id: slot for slot, entry in self.live.items() if entry.rule.rule_id is not None
        }
        self.opened: list[Entry] = []
        self.closed = list(ledger.closed)
        self.doubts = dict(ledger.doubts)
        self.blanks = dict.fromkeys(ledger.blanks)
        self.is_known = ledger.is_known
        self.cuts = list(ledger.cuts)
        self.gone = list(ledger.gone)
        self.created, self.deleted, self.read = ledger.created, ledger.deleted, ledger.read
        self.touched: set[Rule] = set()
        self._lately = 0  # the place in *closed* before which all are long closed
        self._shown: tuple[Entry, ...] = ()
        for entry in ledger.live:
            if entry.rule.direction is None and (way := told.directions.get(entry.rule.rule_id or "")):
                self.direct(entry, way)

    def copy(self) -> "Rules":
        """Give rules of which what is done to them leaves these alone."""
        other = object.__new__(Rules)
        other.told = self.told
        other.live, other.slots = self.live.copy(), self.slots.copy()
        other.opened, other.closed = [], self.closed.copy()
        other.doubts, other.blanks = self.doubts.copy(), self.blanks.copy()
        other.is_known, other.cuts, other.gone = self.is_known, self.cuts.copy(), self.gone.copy()
        other.created, other.deleted, other.read = self.created, self.deleted, self.read
        other.touched = self.touched.copy()
        other._lately, other._shown = self._lately, self._shown
        return other

    def ledger(self, now: datetime) -> Ledger:
        """Give the ledger as it stands at *now*, which but for a second only ever rises."""
        live = tuple(self.live.values())
        if live != self._shown:  # else the two share one
            self._shown = live
        return Ledger(
            live=self._shown,
            closed=self._latest_closed(now - 2 * LAG),
            doubts=in_order(self.doubts),
            blanks=tuple(self.blanks),
            is_known=self.is_known,
            cuts=tuple(self.cuts),
            gone=tuple(self.gone),
            created=self.created,
            deleted=self.deleted,
            read=self.read,
        )

    def _latest_closed(self, since: datetime) -> tuple[Entry, ...]:
        """Give the last MAX_CLOSED that closed, and before them those that did *since* then."""
        last = max(len(self.closed) - MAX_CLOSED, 0)
        while self._lately < last and not _closed_after(self.closed[self._lately], since):
            self._lately += 1
        lately = (entry for entry in self.closed[self._lately : last] if _closed_after(entry, since))
        return (*lately, *self.closed[last:])

    # What a change proves

    def prove(self, change: SecurityGroupChange) -> int:
        """Make the rules what they must have been for EC2 to accept *change*; give how many unseen events that takes."""
        if self.deleted:
            return 0
        match change.kind:
            case ChangeKind.AUTHORIZE:
                return sum(self._prove_absent(rule, change) for rule in change.added)
            case ChangeKind.REVOKE:
                costs = [self._prove_live(rule, change) for rule in change.removed]
                return sum(costs) + sum(
                    self._prove_id(rule_id, change.direction, change) for rule_id in change.removed_rule_ids
                )
            case ChangeKind.MODIFY:
                costs = [self._prove_modified(rule, change) for rule in change.modified]
                theirs = {rule.rule_id for rule in change.modified}
                new = (self._with_direction(rule) for rule in change.modified)
                return sum(costs) + sum(self._prove_absent(rule, change, but=theirs) for rule in new)
            case ChangeKind.DESCRIBE:
                return sum(self._prove_described(edit, change) for edit in change.described)
            case _:
                return 0

    def _prove_absent(self, rule: Rule, change: SecurityGroupChange, but: Iterable[str | None] = ()) -> int:
        """Nothing of the content of *rule* was live, but for the rule itself and for those *but* which it came from."""
        content = slot_of(rule)
        entry = self.live.get(content)
        own = (*but, *((rule.rule_id,) if rule.rule_id else ()))
        if entry is None or (entry.rule.rule_id in own and entry.rule.rule_id):
            return 0
        cost = 0 if content in self.doubts else 1
        self.close(entry, Moment(change.time, after=entry.seen))
        return cost

    def _prove_live(self, rule: Rule, change: SecurityGroupChange) -> int:
        """A rule of the content of *rule* was live, and of its id if it has one."""
        content = slot_of(rule)
        known = self.slots.get(rule.rule_id or "")
        if known == content:
            return 0
        if known is not None:  # the rule is known to admit something else
            entry = self.live[known]
            if entry.rule.direction is None and content.direction:
                entry = self.direct(entry, content.direction)
            if slot_of(entry.rule) == content:
                return 0
            self.close(entry, Moment(change.time, after=entry.seen))
        entry_there = self.live.get(content)
        if entry_there and known is None and rule.rule_id and entry_there.rule.rule_id is None:
            self.put(entry_there, replace(entry_there.rule, rule_id=rule.rule_id))
            return 0
        if entry_there and rule.rule_id is None:
            return 0
        if entry_there:  # under another id, which EC2 would not have had twice
            self.close(entry_there, Moment(change.time, after=entry_there.seen))
        was_free = content in self.doubts or (not self.is_known and known is None and entry_there is None)
        if self._is_undirected(content):  # which may be the one that is meant, and need not be
            was_free = True
            self.doubts.setdefault(content, change.time)
        self.blanks.pop(rule.rule_id or "", None)
        self.open(Entry(rule, Moment(change.time, after=self.absent(content)), seen=change.time))
        if self.is_known and change.kind is ChangeKind.REVOKE and rule.rule_id is None:
            # In a default VPC, EC2 answers that it revoked what was not there.
            self.doubts[content] = change.time
        return 0 if was_free else 1

    def _prove_id(self, rule_id: str, way: Direction | None, change: SecurityGroupChange) -> int:
        """
        A rule with this id was live.

        Where none is known by it, it may be any of those that are known without their ids, or one whose opening was lost:
        so a change that ends what it was puts those in doubt.
        """
        if rule_id in self.slots:
            return 0
        is_news = rule_id not in self.blanks
        self.blanks[rule_id] = None
        if rule_id in self.told.born:  # it is named before it opens, or after it closed
            return 1
        nameless = [
            entry
            for entry in self.live.values()
            if entry.rule.rule_id is None and way in (None, entry.rule.direction)
        ]
        if change.kind is not ChangeKind.DESCRIBE:
            for entry in nameless:
                self.doubts.setdefault(entry.content, change.time)
        if change.kind is ChangeKind.REVOKE and self.is_known and is_news and len(nameless) == 1:
            del self.blanks[rule_id]
            self.put(nameless[0], replace(nameless[0].rule, rule_id=rule_id))
        return 1 if self.is_known and is_news and not nameless else 0

    def _prove_modified(self, rule: Rule, change: SecurityGroupChange) -> int:
        rule_id = rule.rule_id or ""
        way = rule.direction or self.told.directions.get(rule_id)
        entry = self.live.get(content_of(replace(rule, direction=way))) if way else None
        if rule_id not in self.slots and entry and entry.rule.rule_id is None:
            # Only its description is new: else EC2 would have two rules of this content.
            self.put(entry, replace(entry.rule, rule_id=rule_id))
            self.blanks.pop(rule_id, None)
            return 0
        return self._prove_id(rule_id, way, change)

    def _prove_described(self, edit: DescriptionEdit, change: SecurityGroupChange) -> int:
        if isinstance(edit.rule, Rule):
            return self._prove_live(replace(edit.rule, description=None), change)
        return self._prove_id(edit.rule, change.direction, change)

    # What a change does

    def apply(self, change: SecurityGroupChange) -> None:
        """Do what *change* did, for which `prove` has made the rules ready; what comes after the group's end does nothing."""
        self.opened = []
        if self.deleted:
            return
        if change.is_cut or change.kind is ChangeKind.NOT_UNDERSTOOD:
            self.cuts.append(change)
        by = Moment(change.time, author_of(change))
        match change.kind:
            case ChangeKind.CREATE:
                self._create(by)
            case ChangeKind.DELETE:
                self._delete(by)
            case ChangeKind.AUTHORIZE:
                for rule in change.added:
                    self._authorize(rule, by)
            case ChangeKind.REVOKE:
                for rule in change.removed:
                    self.doubts.pop(slot_of(rule), None)
                    if entry := self._named(rule):  # a request may name it twice
                        self.close(entry, by)
                for rule_id in change.removed_rule_ids:
                    self._revoke(rule_id, by)
            case ChangeKind.MODIFY:
                self._modify(change.modified, by)
            case ChangeKind.DESCRIBE:
                for edit in change.described:
                    self._describe(edit, change.time)
            case _:
                pass

    def _create(self, by: Moment) -> None:
        self.created, self.is_known = by, True
        if DEFAULT_EGRESS not in self.live:
            self.open(Entry(DEFAULT_EGRESS, by, seen=by.at))

    def _delete(self, by: Moment) -> None:
        for entry in list(self.live.values()):
            self.close(entry, by)
        self.gone += [Gone(rule_id, by) for rule_id in self.blanks]
        self.blanks.clear()
        self.doubts.clear()
        self.cuts.clear()
        self.deleted = by

    def _authorize(self, rule: Rule, by: Moment) -> None:
        content = slot_of(rule)
        self.doubts.pop(content, None)
        entry = self.live.get(content)
        if entry is None:
            self.open(Entry(rule, by, seen=by.at))
        elif entry.opened.by is None:  # a reading was the first to show it
            self.live[content] = replace(entry, opened=by, seen=max(entry.seen, by.at))
            self.opened.append(self.live[content])

    def _revoke(self, rule_id: str, by: Moment) -> None:
        slot = self.slots.get(rule_id)
        if slot is not None:
            entry = self.live[slot]
            self.close(entry, replace(by, after=entry.seen))
        elif rule_id in self.blanks:
            del self.blanks[rule_id]
            self.gone.append(Gone(rule_id, by))

    def _modify(self, rules: Iterable[Rule], by: Moment) -> None:
        # All of a call's rules change at once, so that two may swap what they admit.
        new: list[Entry] = []
        for rule in map(self._with_direction, rules):
            slot = self.slots.get(rule.rule_id or "")
            self.blanks.pop(rule.rule_id or "", None)
            described = by.at if rule.description else None
            if slot is None:
                new.append(Entry(rule, by, by.at, described, origin=Moment(by.at)))
                continue
            entry = self.live[slot]
            rule = replace(rule, description=rule.description or entry.rule.description)
            if slot_of(rule) == slot:
                self.doubts.pop(slot, None)
                self.live[slot] = replace(
                    entry, rule=rule, seen=max(entry.seen, by.at), described=described or entry.described
                )
                continue
            self.close(entry, replace(by, after=entry.seen))
            new.append(Entry(rule, by, by.at, described or entry.described, origin=entry.first_opened))
        for entry in new:
            self.doubts.pop(slot_of(entry.rule), None)
            self.open(entry)

    def _describe(self, edit: DescriptionEdit, time: datetime) -> None:
        if isinstance(edit.rule, Rule):
            entry = self._named(edit.rule)
        else:
            entry = self.live.get(self.slots[edit.rule]) if edit.rule in self.slots else None
        if entry is None:
            return  # of a blank nothing is kept, not even what it is called
        seen = max(entry.seen, time) if isinstance(edit.rule, Rule) else entry.seen
        rule = replace(entry.rule, description=edit.description)
        self.live[slot_of(rule)] = replace(entry, rule=rule, seen=seen, described=time)

    # The rules themselves

    def open(self, entry: Entry) -> None:
        """Let *entry* be live; nothing may be in its place."""
        slot = slot_of(entry.rule)
        self.live[slot] = entry
        self.opened.append(entry)
        self.touched.add(slot)
        if entry.rule.rule_id:
            self.slots[entry.rule.rule_id] = slot

    def close(self, entry: Entry, moment: Moment) -> None:
        """Let the live *entry* have closed at *moment*."""
        slot = slot_of(entry.rule)
        del self.live[slot]
        self.touched.add(slot)
        if entry.rule.rule_id:
            self.slots.pop(entry.rule.rule_id, None)
        self.closed.append(replace(entry, closed=moment))

    def put(self, entry: Entry, rule: Rule) -> Entry:
        """Let the live *entry* be known to be *rule*."""
        del self.live[slot_of(entry.rule)]
        self.touched.add(slot_of(entry.rule))
        known = replace(entry, rule=rule)
        self.open(known)
        return known

    def direct(self, entry: Entry, direction: Direction) -> Entry:
        """Let the live *entry*, whose direction was not known, be known to go this way; give what it then is."""
        there = self.live.get(content_of(replace(entry.rule, direction=direction)))
        if there is None:
            return self.put(entry, replace(entry.rule, direction=direction))
        if there.rule.rule_id is not None:
            return entry  # another rule is known to be there, so this is not to be believed
        del self.live[slot_of(entry.rule)]
        return self.put(there, replace(there.rule, rule_id=entry.rule.rule_id))

    def absent(self, content: Rule) -> datetime | None:
        """Give the last time at which nothing of this content was live for certain; None where nothing shows that."""
        times = [
            entry.closed.at if entry.closed.by else entry.closed.at - LAG
            for entry in self.closed
            if entry.closed and entry.content == content and not (entry.closed.by and entry.closed.after)
        ]
        times += [self.read - LAG] if self.read else []
        times += [self.created.at] if self.created else []
        return max(times, default=None)

    def _named(self, rule: Rule) -> Entry | None:
        """Find the live entry that *rule* names."""
        return self.live.get(self.slots.get(rule.rule_id or "") or slot_of(rule))

    def _with_direction(self, rule: Rule) -> Rule:
        """Tell a rule that is modified which way it goes, if that is known of its id."""
        slot = self.slots.get(rule.rule_id or "")
        direction = rule.direction or (slot.direction if slot else None)
        return replace(rule, direction=direction or self.told.directions.get(rule.rule_id or ""))

    def _is_undirected(self, content: Rule) -> bool:
        """Tell whether a rule that may go either way admits this."""
        undirected = replace(content, direction=None)
        return any(entry.content == undirected for entry in self.live.values())


def _closed_after(entry: Entry, time: datetime) -> bool:
    return entry.closed is not None and entry.closed.at > time
