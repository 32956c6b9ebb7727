"""
The rules of a group over time, folded from facts: the changes that CloudTrail told and the complete readings from EC2.

A fold is a replay. Facts are put into the order of their time, those of one second into an order that EC2 would have accepted,
and applied one by one to the entries that live; so repeated and reordered delivery cannot matter. What EC2 could not have
accepted proves that an event was lost, and is kept as such: "by an event not seen". A reading corrects what was believed before
it; where it may not show the latest changes yet, they stay.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from ipaddress import IPv4Network
from itertools import groupby, permutations

from bot.core.changes import ChangeKind, Observation, Outcome, SecurityGroupChange
from bot.core.rules import ALL_PROTOCOLS, Direction, Rule

LAG = timedelta(seconds=60)
"""How far a reading from EC2 may be behind what EC2 has already confirmed."""

_MOST_TIED = 5  # facts of one second whose every order is tried

Content = tuple[object, ...]
"""What a rule admits, whatever it is called: direction, protocol, ports or ICMP type, source."""


@dataclass(frozen=True, slots=True)
class Mark:
    """
    When an entry was opened or closed, and by which event; *event_id* is None for an event not seen.

    The time of an event not seen is that by which it must have happened.
    """

    time: datetime
    event_id: str | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """
    One rule's life in its group.

    *rule* is as it was last; *earlier* holds what it was before, each with the time until which it was. *is_uncertain* says
    that the facts allow for another state too, until EC2 is read.
    """

    rule: Rule
    opened: Mark
    closed: Mark | None = None
    earlier: tuple[tuple[datetime, Rule], ...] = ()
    is_uncertain: bool = False

    def at(self, time: datetime) -> Rule | None:
        """Give the rule as it was at *time*, after what happened then; None where it did not live."""
        if self.opened.time > time or (self.closed is not None and self.closed.time <= time):
            return None
        return next((rule for until, rule in self.earlier if time < until), self.rule)


@dataclass(frozen=True, slots=True)
class Effect:
    """
    What one change did to its group: the rules as they were and as they are.

    *before* and *after* are all the live rules around it. *is_known* says whether those are all there were: the group was read, or
    made, before it, and nothing since then is uncertain.
    """

    added: tuple[Rule, ...] = ()
    removed: tuple[Rule, ...] = ()
    altered: tuple[tuple[Rule, Rule], ...] = ()
    before: tuple[Rule, ...] = ()
    after: tuple[Rule, ...] = ()
    is_known: bool = False


@dataclass(frozen=True, slots=True)
class Ledger:
    """
    A group's entries, live and closed, in the order in which they were opened.

    *is_complete* says that every live rule is among them. *effects* are by event id, of the changes that were asked for.
    """

    entries: tuple[Entry, ...] = ()
    is_complete: bool = False
    is_deleted: bool = False
    effects: dict[str, Effect] = field(default_factory=dict)

    @property
    def live(self) -> tuple[Entry, ...]:
        """The entries that live."""
        return tuple(entry for entry in self.entries if entry.closed is None)

    @property
    def is_certain(self) -> bool:
        """Whether the live rules are all there are, and none is in doubt."""
        return self.is_complete and not any(entry.is_uncertain for entry in self.live)

    def rules_at(self, time: datetime) -> tuple[Rule, ...]:
        """Give the rules that lived at *time*."""
        found = (entry.at(time) for entry in self.entries)
        return tuple(rule for rule in found if rule is not None)


def fold(facts: Iterable[SecurityGroupChange | Observation], *, effects_of: Iterable[str] = ()) -> Ledger:
    """
    Replay *facts*, all of one group, in whatever order and however often they are given.

    *effects_of* names the events whose effects are wanted. Changes that AWS refused are no facts about rules, and pass.
    """
    replay = _Replay(frozenset(effects_of))
    for fact in _in_order(facts, replay):
        if isinstance(fact, Observation):
            replay.observe(fact)
        else:
            replay.change(fact)
    return replay.ledger()


def content_of(rule: Rule) -> Content:
    """Give what tells one live rule of a group from another, as EC2 refuses a second one of the same content."""
    return (rule.direction, rule.protocol, rule.ports, rule.icmp, rule.source)


@dataclass(slots=True)
class _Life:
    """An entry while it is replayed; *touched* is when a fact last wrote it."""

    rule: Rule
    opened: Mark
    touched: datetime
    closed: Mark | None = None
    earlier: list[tuple[datetime, Rule]] = field(default_factory=list)
    is_uncertain: bool = False


@dataclass(slots=True)
class _Replay:
    effects_of: frozenset[str]
    lives: list[_Life] = field(default_factory=list)
    by_id: dict[str, _Life] = field(default_factory=dict)
    live: dict[Content, _Life] = field(default_factory=dict)
    effects: dict[str, Effect] = field(default_factory=dict)
    is_complete: bool = False
    is_deleted: bool = False

    def ledger(self) -> Ledger:
        entries = (
            Entry(life.rule, life.opened, life.closed, tuple(life.earlier), life.is_uncertain)
            for life in self.lives
        )
        return Ledger(tuple(entries), self.is_complete, self.is_deleted, self.effects)

    def is_certain(self) -> bool:
        return self.is_complete and not any(life.is_uncertain for life in self.live.values())

    # Changes

    def change(self, change: SecurityGroupChange) -> None:
        wanted = change.event_id in self.effects_of
        before = {id(life): life.rule for life in self.live.values()} if wanted else {}
        is_known = wanted and (self.is_certain() or change.kind is ChangeKind.CREATE)
        if not self.is_deleted:
            self._apply(change, Mark(change.time, change.event_id))
        if wanted:
            self._keep_effect(change, before, is_known=is_known)

    def _apply(self, change: SecurityGroupChange, mark: Mark) -> None:
        match change.kind:
            case ChangeKind.CREATE:
                self._create(mark)
            case ChangeKind.DELETE:
                for life in list(self.live.values()):
                    self._close(life, mark)
                self.is_deleted = self.is_complete = True
            case ChangeKind.NOT_UNDERSTOOD:
                self.is_complete = False
            case _ if change.is_cut:
                self.is_complete = False
        for rule in change.removed:
            self._revoke(rule, mark)
        for rule_id in change.removed_rule_ids:
            self._revoke_id(rule_id, mark)
        for rule in change.added:
            self._authorize(rule, mark)
        for rule in change.modified:
            self._modify(rule, mark)
        for edit in change.described:
            self._describe(edit.rule, edit.description, mark)

    def _create(self, mark: Mark) -> None:
        """A new group holds what EC2 gives to each: everything may go out."""
        self.is_complete = True
        if not self.lives:
            world = IPv4Network("0.0.0.0/0")
            self._open(Rule(Direction.EGRESS, ALL_PROTOCOLS, None, None, world), mark)

    def _authorize(self, rule: Rule, mark: Mark) -> None:
        known = self.by_id.get(rule.rule_id or "")
        if known is not None:
            self._name_opener(known, mark)
            return
        same = self.live.get(content_of(rule))
        if same is not None and self._is_that_opening(same, rule, mark):
            self._name_opener(same, mark)
            self._identify(same, rule)
            return
        if same is not None:
            self._close(
                same, Mark(mark.time)
            )  # EC2 would have refused a second one: its closing was not seen
        self._open(rule, mark)

    def _is_that_opening(self, life: _Life, rule: Rule, mark: Mark) -> bool:
        """Whether a reading was a little ahead of the event that opened what it showed."""
        named = life.rule.rule_id is not None and rule.rule_id not in (None, life.rule.rule_id)
        return life.opened.event_id is None and not named and mark.time - life.opened.time <= LAG

    def _name_opener(self, life: _Life, mark: Mark) -> None:
        if life.opened.event_id is None:
            life.opened = mark if mark.time <= life.opened.time or life.closed is None else life.opened

    def _revoke(self, rule: Rule, mark: Mark) -> None:
        if rule.rule_id is not None and rule.rule_id in self.by_id:
            self._revoke_id(rule.rule_id, mark)
            return
        life = self.live.get(content_of(rule))
        if life is not None:
            self._identify(life, rule)
            self._close(life, mark)
        else:
            # In a default VPC this may have revoked nothing; else what opened it, or made it of another, was not seen.
            if any(other.rule.rule_id is None for other in self.live.values()):
                self._doubt_the_nameless()
            self._close(self._open(rule, Mark(mark.time)), mark)

    def _revoke_id(self, rule_id: str, mark: Mark) -> None:
        life = self.by_id.get(rule_id)
        if life is not None:
            if life.closed is None:
                self._close(life, mark)
        else:
            self._doubt_the_nameless()

    def _modify(self, rule: Rule, mark: Mark) -> None:
        life = self.by_id.get(rule.rule_id or "")
        if life is None:
            self._doubt_the_nameless()
            self._open(rule, Mark(mark.time)).is_uncertain = True
            return
        if life.closed is not None:
            return
        description = rule.description if rule.description is not None else life.rule.description
        written = replace(rule, direction=rule.direction or life.rule.direction, description=description)
        self._write(life, written, mark)

    def _describe(self, which: Rule | str, description: str | None, mark: Mark) -> None:
        life = self.by_id.get(which) if isinstance(which, str) else self.live.get(content_of(which))
        if life is not None and life.closed is None:
            self._write(life, replace(life.rule, description=description), mark)
        elif isinstance(which, Rule):
            self._open(replace(which, description=description), Mark(mark.time))
        elif life is None:
            self._doubt_the_nameless()

    # Readings

    def observe(self, observation: Observation) -> None:
        """Take over what EC2 shows; what changed within the lag before it may not show yet, and stays."""
        at = observation.at
        if self.is_deleted:
            return
        shown: set[int] = set()
        for rule in observation.rules:
            life = self.by_id.get(rule.rule_id or "")
            if life is None:
                same = self.live.get(content_of(rule))
                life = same if same is not None and same.rule.rule_id is None else None
            if life is None:
                life = self._open(rule, Mark(at), instead=True)
            shown.add(id(life))
            if at - life.touched <= LAG and life.touched <= at:
                self._identify(life, rule)
                continue
            if life.closed is not None:
                self._reopen(life, at)
            self._identify(life, rule)
            if life.rule != rule:
                self._write(life, rule, Mark(at))
            life.is_uncertain = False
        for life in list(self.live.values()):
            if id(life) not in shown and at - life.touched > LAG:
                self._close(life, Mark(at))
            elif id(life) not in shown:
                life.is_uncertain = life.is_uncertain or life.opened.event_id is None
        self.is_complete = True

    # Lives

    def _open(self, rule: Rule, mark: Mark, *, instead: bool = False) -> _Life:
        life = _Life(rule, mark, mark.time)
        if instead:
            life.touched = mark.time - 2 * LAG
        self._take_place(life, mark.time)
        self.lives.append(life)
        if rule.rule_id is not None:
            self.by_id[rule.rule_id] = life
        return life

    def _close(self, life: _Life, mark: Mark) -> None:
        if self.live.get(content_of(life.rule)) is life:
            del self.live[content_of(life.rule)]
        life.closed, life.touched = mark, mark.time
        life.is_uncertain = False

    def _reopen(self, life: _Life, at: datetime) -> None:
        life.closed = None
        self._take_place(life, at)

    def _take_place(self, life: _Life, at: datetime) -> None:
        """Let *life* be the one with its content: EC2 has no two, so another one's closing was not seen."""
        other = self.live.get(content_of(life.rule))
        if other is not None and other is not life:
            self._close(other, Mark(at))
        self.live[content_of(life.rule)] = life

    def _identify(self, life: _Life, rule: Rule) -> None:
        """Give a life its id, once somebody tells it."""
        if life.rule.rule_id is None and rule.rule_id is not None and rule.rule_id not in self.by_id:
            life.rule = replace(
                life.rule, rule_id=rule.rule_id, direction=life.rule.direction or rule.direction
            )
            self.by_id[rule.rule_id] = life

    def _write(self, life: _Life, rule: Rule, mark: Mark) -> None:
        """Give a life another content or description."""
        if self.live.get(content_of(life.rule)) is life:
            del self.live[content_of(life.rule)]
        life.earlier.append((mark.time, life.rule))
        life.rule, life.touched = rule, mark.time
        self._take_place(life, mark.time)

    def _doubt_the_nameless(self) -> None:
        """An event names a rule by an id that nobody has told: it may be any of those without one, or one not seen."""
        self.is_complete = False
        for life in self.live.values():
            if life.rule.rule_id is None:
                life.is_uncertain = True

    def _keep_effect(self, change: SecurityGroupChange, before: dict[int, Rule], *, is_known: bool) -> None:
        now = {id(life): life.rule for life in self.live.values()}
        closed = tuple(rule for key, rule in before.items() if key not in now)
        mark = Mark(change.time, change.event_id)
        unseen = tuple(
            life.rule
            for life in self.lives
            if life.closed == mark and id(life) not in before and id(life) not in now
        )
        self.effects[change.event_id] = Effect(
            added=tuple(rule for key, rule in now.items() if key not in before),
            removed=closed + unseen,
            altered=tuple(
                (before[key], rule) for key, rule in now.items() if key in before and before[key] != rule
            ),
            before=tuple(before.values()),
            after=tuple(now.values()),
            is_known=is_known,
        )


# The order of facts within one second. A cluster of them touches the same rules; every order of it is tried.

_RULE_KINDS = frozenset(
    {
        ChangeKind.CREATE,
        ChangeKind.DELETE,
        ChangeKind.AUTHORIZE,
        ChangeKind.REVOKE,
        ChangeKind.MODIFY,
        ChangeKind.DESCRIBE,
        ChangeKind.NOT_UNDERSTOOD,
    }
)

_RANK = {ChangeKind.CREATE: 0, ChangeKind.DELETE: 9}

_State = dict[Content, tuple[str | None, str | None]]  # what lives: its id, its description


def _in_order(
    facts: Iterable[SecurityGroupChange | Observation], replay: _Replay
) -> Iterator[SecurityGroupChange | Observation]:
    """Give the facts in the order in which they are to be applied to *replay*, which is read between seconds."""
    changes: dict[str, SecurityGroupChange] = {}
    readings: dict[datetime, Observation] = {}
    for fact in facts:
        if isinstance(fact, Observation):
            readings[fact.at] = fact
        elif fact.outcome is Outcome.SUCCEEDED and fact.kind in _RULE_KINDS:
            changes[fact.event_id] = fact
    timeline: list[tuple[datetime, SecurityGroupChange | Observation]] = [
        *((change.time, change) for change in changes.values()),
        *readings.items(),
    ]
    timeline.sort(key=lambda entry: (entry[0], isinstance(entry[1], Observation)))
    for _, group in groupby(timeline, key=lambda entry: entry[0]):
        at_once = [fact for _, fact in group]
        yield from _settled([fact for fact in at_once if not isinstance(fact, Observation)], replay)
        yield from (fact for fact in at_once if isinstance(fact, Observation))


def _settled(at_once: list[SecurityGroupChange], replay: _Replay) -> Iterator[SecurityGroupChange]:
    """Order the changes of one second, and mark what is in doubt where EC2 would have accepted several orders."""
    at_once.sort(key=lambda change: (_RANK.get(change.kind, 5), change.event_id))
    for cluster in _clusters(at_once, replay):
        if len(cluster) == 1:
            yield from cluster
            continue
        order, is_certain = _an_order(cluster, replay)
        yield from order
        if not is_certain:
            keys = {key for change in cluster for key in _keys(change, replay)}
            for life in replay.lives:
                if content_of(life.rule) in keys or life.rule.rule_id in keys:
                    life.is_uncertain = True


def _an_order(
    cluster: Sequence[SecurityGroupChange], replay: _Replay
) -> tuple[Sequence[SecurityGroupChange], bool]:
    """Choose an order that EC2 would have accepted, and tell whether all of them come to the same."""
    if len(cluster) > _MOST_TIED:
        return cluster, False
    keys = {key for change in cluster for key in _keys(change, replay)}
    start: _State = {
        content: (life.rule.rule_id, life.rule.description)
        for content, life in replay.live.items()
        if content in keys or life.rule.rule_id in keys
    }
    accepted: list[tuple[Sequence[SecurityGroupChange], _State]] = []
    for order in permutations(cluster):
        ranks = [_RANK.get(change.kind, 5) for change in order]
        end = _try(order, dict(start), replay) if ranks == sorted(ranks) else None
        if end is not None:
            accepted.append((order, end))
    if not accepted:
        return cluster, False
    return accepted[0][0], all(end == accepted[0][1] for _, end in accepted)


def _try(order: Iterable[SecurityGroupChange], live: _State, replay: _Replay) -> _State | None:
    """Apply *order* to what lives; None where EC2 would have refused a call of it."""
    places = {rule_id: content for content, (rule_id, _) in live.items() if rule_id is not None}
    for change in order:
        for rule in change.removed:
            content = places.get(rule.rule_id or "", content_of(rule))
            if content not in live:
                return None
            del live[content]
        for rule_id in change.removed_rule_ids:
            if rule_id in places and places[rule_id] in live:
                del live[places[rule_id]]
            elif rule_id in places or rule_id in replay.by_id:
                return None
        for rule in change.added:
            content = content_of(rule)
            if content in live:
                return None
            live[content] = (rule.rule_id, rule.description)
            if rule.rule_id is not None:
                places[rule.rule_id] = content
        for rule in change.modified:
            if not _try_to_modify(rule, live, places):
                return None
        for edit in change.described:
            named = places.get(edit.rule) if isinstance(edit.rule, str) else content_of(edit.rule)
            if named is None:
                continue  # a rule that nobody has told of
            if named not in live:
                return None
            live[named] = (live[named][0], edit.description)
    return live


def _try_to_modify(rule: Rule, live: _State, places: dict[str, Content]) -> bool:
    old = places.get(rule.rule_id or "")
    if old is None:
        return True
    if old not in live:
        return False
    rule_id, description = live.pop(old)
    new = (old[0], *content_of(rule)[1:])
    if new in live:
        return False
    live[new] = (rule_id, rule.description if rule.description is not None else description)
    places[rule.rule_id or ""] = new
    return True


def _clusters(at_once: list[SecurityGroupChange], replay: _Replay) -> list[list[SecurityGroupChange]]:
    """Part changes into those that touch a rule in common, directly or through others."""
    clusters: list[tuple[set[object], list[SecurityGroupChange]]] = []
    for change in at_once:
        keys: set[object] = set(_keys(change, replay))
        is_about_all = change.kind in _RANK
        merged = [change]
        apart = []
        for others, members in clusters:
            if is_about_all or any(member.kind in _RANK for member in members) or others & keys:
                keys |= others
                merged = members + merged
            else:
                apart.append((others, members))
        clusters = [*apart, (keys, merged)]
    return [members for _, members in clusters]


def _keys(change: SecurityGroupChange, replay: _Replay) -> Iterator[object]:
    """Name the contents and the ids of the rules that *change* touches, and those that these have now."""
    for rule in (*change.added, *change.removed):
        yield content_of(rule)
        if rule.rule_id is not None:
            yield from _keys_of_id(rule.rule_id, replay)
    for rule_id in change.removed_rule_ids:
        yield from _keys_of_id(rule_id, replay)
    for rule in change.modified:
        yield from _keys_of_id(rule.rule_id or "", replay)
        life = replay.by_id.get(rule.rule_id or "")
        for direction in [life.rule.direction] if life else Direction:
            yield (direction, *content_of(rule)[1:])
    for edit in change.described:
        if isinstance(edit.rule, str):
            yield from _keys_of_id(edit.rule, replay)
        else:
            yield content_of(edit.rule)


def _keys_of_id(rule_id: str, replay: _Replay) -> Iterator[object]:
    yield rule_id
    life = replay.by_id.get(rule_id)
    if life is not None:
        yield content_of(life.rule)
