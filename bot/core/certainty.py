"""How far a ledger can be relied on for what a change touches: what is in doubt elsewhere does not matter to it."""

from collections.abc import Iterable

from bot.core.changes import ChangeKind, SecurityGroupChange
from bot.core.ledger import Step
from bot.core.rules import Direction, Rule
from bot.core.traffic import traffic_of

_WAYS = {"Ingress": Direction.INGRESS, "Egress": Direction.EGRESS}


def is_left_out(step: Step, touched: Iterable[Rule]) -> bool:
    """Tell whether AWS left out what an earlier change did, which may have been to what goes the way of *touched*."""
    rules = list(touched)
    return any(_touches_all(step) or _may_concern(cut, rules) for cut in step.before.cuts)


def is_unclear(step: Step, touched: Iterable[Rule]) -> bool:
    """
    Tell whether the facts allow more than one reading of what was, or is, admitted of the traffic of *touched*.

    So do rules of which only the id is known, and where the direction is not known, it may be either.
    """
    before, after = step.before, step.after
    closed_unknown = {gone.rule_id for gone in after.gone} - {gone.rule_id for gone in before.gone}
    rules = list(touched)
    if before.blanks or after.blanks or closed_unknown or any(rule.direction is None for rule in rules):
        return True
    doubts = [rule for rule, _ in (*before.doubts, *after.doubts)]
    doubts += [rule for rule in (*before.rules, *after.rules) if rule.direction is None]
    return any(_touches_all(step) or _may_meet(doubt, rules) for doubt in doubts)


def _touches_all(step: Step) -> bool:
    return step.change is not None and step.change.kind is ChangeKind.DELETE


def _may_concern(cut: SecurityGroupChange, rules: Iterable[Rule]) -> bool:
    """Tell whether *cut* may have altered what rules that go the way of *rules* admit."""
    way = next((way for name, way in _WAYS.items() if cut.event_name.endswith(name)), None)
    return cut.kind is not ChangeKind.DESCRIBE and any(_may_go(rule, way) for rule in rules)


def _may_meet(doubt: Rule, rules: Iterable[Rule]) -> bool:
    """Tell whether *doubt* may go the way of one of *rules* and is about the same traffic."""
    return traffic_of(rule for rule in rules if _may_go(rule, doubt.direction)).touches(doubt)


def _may_go(rule: Rule, way: Direction | None) -> bool:
    return rule.direction is None or way is None or rule.direction is way
