"""What a change means: what the group held before and holds after, what that newly admits, and what it no longer does."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from bot.core.address_sets import Entries
from bot.core.blame import covering, since
from bot.core.certainty import is_left_out, is_unclear
from bot.core.changes import ChangeKind, SecurityGroupChange
from bot.core.difference import difference, no_longer_open
from bot.core.exposure import Exposure, exposure_of
from bot.core.exposure_rules import rules_of
from bot.core.findings import order_by_weight, severity_of
from bot.core.judged import RuleCounts
from bot.core.ledger import Entry, Ledger, Moment, Step
from bot.core.rules import Direction, Rule
from bot.core.severity import STANDARD, Severity, SeverityPolicy
from bot.core.traffic import traffic_of

MAX_SHOWN = 20
"""How many lines of each kind a meaning keeps; more are counted."""


_Exposures = dict[Direction | None, tuple[Exposure, Exposure]]
"""For each direction what was admitted, and what is."""


class Knowledge(StrEnum):
    """What is known of the group before a change."""

    KNOWN = "known"
    NOT_READ = "not read"  # nobody had read the group, nor seen it created
    UNCLEAR = "unclear"  # what the facts tell allows more than one reading of it
    LEFT_OUT = "left out"  # AWS left out of its record what this change, or one shortly before, changed


@dataclass(frozen=True, slots=True)
class Alteration:
    """A rule before and after a change; *was* is None where that is not known."""

    was: Rule | None
    now: Rule


@dataclass(frozen=True, slots=True)
class Meaning:
    """
    What a change comes to, as far as the ledger tells.

    What is admitted is written as rules without id and description, the fewest that say it: *newly* and *no_longer* of both
    directions, most severe first; *before* is what was admitted to the traffic in *newly* already, *left* what is admitted still
    to that in *no_longer*: all traffic but for one port is told as "all traffic", with that port in *before* or *left*. Each is
    cut to MAX_SHOWN; *more_newly*, *more_no_longer*, *more_before* and *more_left* count the rest.

    *opened* and *closed* are of ingress, and concern the internet: traffic that any IPv4 or any IPv6 address is admitted to
    now and was not before; and traffic that either was admitted to and neither is now, as far as that is certain: that before
    is known, or the group deleted. *open_since* is since when what is in *closed* was open, the longest of it, None where
    that is not known.

    *altered* are rules that got new values (Modify) or descriptions. *held* are the entries that the change closed: what a
    deleted group held, what a revoke took. *already* are rules that admit all that an added rule would: the change opens
    nothing by it. *still* are rules that go on admitting all that a removed rule did. *counts* says how many rules the group
    has before and after, None where not all are known, or none came.

    Only where *knowledge* is KNOWN, "nothing newly open" may be said; else what is here is what the change alone tells.
    """

    knowledge: Knowledge
    newly: tuple[Rule, ...] = ()
    no_longer: tuple[Rule, ...] = ()
    before: tuple[Rule, ...] = ()
    left: tuple[Rule, ...] = ()
    opened: tuple[Rule, ...] = ()
    closed: tuple[Rule, ...] = ()
    open_since: Moment | None = None
    altered: tuple[Alteration, ...] = ()
    held: tuple[Entry, ...] = ()
    already: tuple[Rule, ...] = ()
    still: tuple[Rule, ...] = ()
    more_newly: int = 0
    more_before: int = 0
    more_left: int = 0
    more_no_longer: int = 0
    more_held: int = 0
    counts: RuleCounts | None = None


def what_it_opened(meaning: Meaning | None) -> tuple[Rule, ...]:
    """
    Say what is to be closed again before a change is no matter any more: of all it lets in, what is of the internet or matters more
    than little; all of it where nothing does.
    """
    let_in = what_it_let_in(meaning)
    return tuple(filter(_matters, let_in)) or let_in


def _matters(rule: Rule) -> bool:
    return rule.admits_any_address or severity_of(rule) > Severity.LOW


def what_it_let_in(meaning: Meaning | None) -> tuple[Rule, ...]:
    """
    Say all that a change lets in, the internet first.

    Where traffic was opened to the internet, the ranges that make it up are not named beside it: once it is open to some of
    them alone, it is narrowed.
    """
    if meaning is None:
        return ()
    let_in = tuple(rule for rule in meaning.newly if rule.direction is Direction.INGRESS)
    opened = tuple(rule for rule in meaning.opened if rule.direction is Direction.INGRESS)
    if not opened or all(rule in opened for rule in let_in):
        return opened or let_in
    rest = rules_of(exposure_of(let_in) - exposure_of(opened), Direction.INGRESS)
    return (*opened, *order_by_weight(rest)[: MAX_SHOWN - len(opened)])


def mean(step: Step, lists: Entries, policy: SeverityPolicy = STANDARD) -> Meaning:
    """
    Say what a *step* of the ledger comes to.

    *lists* are the entries of prefix lists, by id; a list that is not among them stays a name. What matters most by *policy* comes
    first, and is not cut.
    """
    change = step.change
    asked = _with_directions(change.opening, step) if change else ()
    opened, closed = _live_only_in(step.after, step.before), _live_only_in(step.before, step.after)
    knowledge = _knowledge(step, (*asked, *opened, *closed))
    moved = _moved(step, (*asked, *opened, *closed), lists)
    if knowledge is Knowledge.KNOWN:
        gone, same = set(closed), set(map(id, step.after.live))
        stayed = [entry.rule for entry in step.before.live if id(entry) in same or entry.content not in gone]
        meaning = replace(
            _summed_up(knowledge, moved, policy),
            already=_covering(asked, stayed, {way: was for way, (was, _) in moved.items()}, lists),
            still=_covering(closed, stayed, {way: now for way, (_, now) in moved.items()}, lists),
        )
    else:
        taken = (*closed, *(change.removed if change else ()))
        meaning = _alone(knowledge, asked or opened, taken, lists, moved, policy)
    if knowledge is Knowledge.KNOWN or (change and change.kind is ChangeKind.DELETE):
        shut = no_longer_open(*moved[Direction.INGRESS], policy)
        meaning = replace(meaning, closed=shut[:MAX_SHOWN], open_since=_open_since(shut, step.before, lists))
    held = () if change and change.kind is ChangeKind.MODIFY else step.closed
    by_weight = order_by_weight((entry.rule for entry in held), policy)
    weight = {rule: place for place, rule in enumerate(by_weight)}
    return replace(
        meaning,
        altered=_altered(change, step.before, step.after) if change else (),
        held=tuple(sorted(held, key=lambda entry: weight[entry.rule])[:MAX_SHOWN]),
        more_held=max(len(held) - MAX_SHOWN, 0),
        counts=_counts(step),
    )


def _counts(step: Step) -> RuleCounts | None:
    """Count the group's rules before a step and after it; None where not all of them are known, or none came."""
    if not (step.before.is_known or (step.change and step.change.kind is ChangeKind.CREATE)):
        return None
    ingress, egress = (
        (len([*step.before.going(way)]), len([*step.after.going(way)]))
        for way in (Direction.INGRESS, Direction.EGRESS)
    )
    grows = any(after > before for before, after in (ingress, egress))
    return RuleCounts(ingress, egress) if grows else None


def _knowledge(step: Step, touched: Sequence[Rule]) -> Knowledge:
    """Tell how much is known of what the group admitted of the traffic that the rules *touched* are about."""
    change = step.change
    if change and (change.is_cut or change.kind is ChangeKind.NOT_UNDERSTOOD):
        return Knowledge.LEFT_OUT
    if change and change.kind is ChangeKind.CREATE:
        return Knowledge.KNOWN  # there was nothing
    if not step.before.is_known:
        return Knowledge.NOT_READ
    if is_left_out(step, touched):
        return Knowledge.LEFT_OUT
    return Knowledge.UNCLEAR if is_unclear(step, touched) else Knowledge.KNOWN


def _live_only_in(ledger: Ledger, other: Ledger) -> tuple[Rule, ...]:
    """Give the contents that are live in *ledger* and not in the *other*; entries that a step left alone are the same in both."""
    same = set(map(id, ledger.live)).intersection(map(id, other.live))
    there = {entry.content for entry in other.live if id(entry) not in same}
    here = (entry.content for entry in ledger.live if id(entry) not in same)
    return tuple(content for content in here if content not in there)


def _moved(step: Step, moved: Iterable[Rule], lists: Entries) -> _Exposures:
    """Give what was admitted in each direction, and what is now, by the rules about traffic that one of *moved* is about."""
    rules = list(moved)
    before, after = set(map(id, step.before.live)), set(map(id, step.after.live))
    stays = [entry for entry in step.before.live if id(entry) in after]
    goes = [entry for entry in step.before.live if id(entry) not in after]
    comes = [entry for entry in step.after.live if id(entry) not in before]
    exposures: _Exposures = {}
    for direction in Direction:
        touched = traffic_of(rule for rule in rules if rule.direction is direction)
        stayed, gone, come = (
            exposure_of(
                (
                    entry.rule
                    for entry in entries
                    if entry.rule.direction is direction and touched.touches(entry.rule)
                ),
                lists,
            )
            for entries in (stays, goes, comes)
        )
        exposures[direction] = (stayed | gone if gone else stayed, stayed | come if come else stayed)
    return exposures


def _alone(
    knowledge: Knowledge,
    opened: Sequence[Rule],
    closed: Sequence[Rule],
    lists: Entries,
    moved: _Exposures,
    policy: SeverityPolicy,
) -> Meaning:
    """
    Sum up what the rules of a change come to, whatever the group holds beside them, and held before.

    What they make whole, the internet or a wide range, together with what is known to be admitted (*moved*) is told whole: the
    group admits that at least.
    """
    came, went = (
        {
            direction: exposure_of((rule for rule in rules if rule.direction is direction), lists)
            for direction in (*Direction, None)
        }
        for rules in (opened, closed)
    )
    joined = {
        way: came[way] | exposure_of(difference(was, now, way, policy).newly)
        for way, (was, now) in moved.items()
        if was
    }
    newly = _summed_up(knowledge, {way: (Exposure(), now) for way, now in (came | joined).items()}, policy)
    no_longer = _summed_up(knowledge, {way: (was, came[way]) for way, was in went.items()}, policy)
    return replace(
        newly,
        no_longer=no_longer.no_longer,
        more_no_longer=no_longer.more_no_longer,
        left=no_longer.left,
        more_left=no_longer.more_left,
    )


def _summed_up(knowledge: Knowledge, exposures: _Exposures, policy: SeverityPolicy) -> Meaning:
    """Cut what comes and what goes from what was to what is to as much as is worth showing."""
    both = [
        (difference(was, now, direction, policy), difference(now, was, direction, policy))
        for direction, (was, now) in exposures.items()
    ]
    newly = order_by_weight((rule for came, _ in both for rule in came.newly), policy)
    no_longer = order_by_weight((rule for _, went in both for rule in went.newly), policy)
    before = order_by_weight((rule for came, _ in both for rule in came.before), policy)
    left = order_by_weight((rule for _, went in both for rule in went.before), policy)
    opened = order_by_weight((rule for came, _ in both for rule in came.opened), policy)
    return Meaning(
        knowledge=knowledge,
        newly=tuple(newly[:MAX_SHOWN]),
        no_longer=tuple(no_longer[:MAX_SHOWN]),
        before=tuple(before[:MAX_SHOWN]),
        left=tuple(left[:MAX_SHOWN]),
        opened=tuple(opened[:MAX_SHOWN]),
        more_newly=max(len(newly) - MAX_SHOWN, 0),
        more_no_longer=max(len(no_longer) - MAX_SHOWN, 0),
        more_before=max(len(before) - MAX_SHOWN, 0),
        more_left=max(len(left) - MAX_SHOWN, 0),
    )


def _open_since(closed: Iterable[Rule], before: Ledger, lists: Entries) -> Moment | None:
    """Find since when what is in *closed* was open, the longest of it."""
    moments = (since((*before.live, *before.closed), rule, lists) for rule in closed)
    return min((moment for moment in moments if moment), key=lambda moment: moment.at, default=None)


def _covering(
    rules: Sequence[Rule], stayed: list[Rule], admitted: Mapping[Direction | None, Exposure], lists: Entries
) -> tuple[Rule, ...]:
    """Gather those of *stayed* that admit all that one of *rules* does, each once: of those that are within what is *admitted*."""
    found: dict[Rule, None] = {}
    for direction, exposure in admitted.items():
        for rule in exposure.holding((rule for rule in rules if rule.direction is direction), lists):
            if len(found) < MAX_SHOWN:
                found |= dict.fromkeys(covering(rule, stayed, lists))
    return tuple(order_by_weight(found)[:MAX_SHOWN])


def _with_directions(rules: Iterable[Rule], step: Step) -> tuple[Rule, ...]:
    """Tell the rules that a change asks for which way they go, as the ledger knows it."""
    known = {rule.rule_id: rule.direction for rule in (*step.before.rules, *step.after.rules) if rule.rule_id}
    return tuple(replace(rule, direction=rule.direction or known.get(rule.rule_id or "")) for rule in rules)


def _altered(change: SecurityGroupChange, before: Ledger, after: Ledger) -> tuple[Alteration, ...]:
    """Give the rules that get new values or descriptions; one that is named by an id that nobody knows is left out."""
    was_of, now_of = (
        {rule.rule_id: rule for rule in ledger.rules if rule.rule_id} for ledger in (before, after)
    )
    found: list[Alteration] = []
    for rule in change.modified:
        was = was_of.get(rule.rule_id or "")
        told = rule if rule.direction or not was else replace(rule, direction=was.direction)
        found.append(Alteration(was, now_of.get(rule.rule_id or "", told)))
    for edit in change.described:
        if isinstance(edit.rule, str):
            was = was_of.get(edit.rule)
        else:
            entry = before.entry(edit.rule)
            was = entry.rule if entry else None
        known = was or (edit.rule if isinstance(edit.rule, Rule) else None)
        if known:
            found.append(Alteration(was, replace(known, description=edit.description)))
    return tuple(found[:MAX_SHOWN])
