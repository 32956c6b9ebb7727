"""What a reading of a group from EC2 adds to an alert whose record leaves it out."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from bot.core.alerts import MAX_RULES_IN_ALERT, Alert, Reading
from bot.core.assessment import Assessment, assess, is_opening_unknown, order_by_weight
from bot.core.changes import ChangeKind, Digest, Observation, Outcome, SecurityGroupChange
from bot.core.list_meaning import ListMeaning
from bot.core.rules import Direction, Rule


@dataclass(frozen=True, slots=True)
class Completion:
    """
    What a reading of the group adds to an alert whose record did not say it.

    *is_more* says that it tells of more than was seen before, so that nobody can have acknowledged it.
    """

    group_name: str | None
    vpc_id: str | None
    digest: Digest
    assessment: Assessment
    reading: Reading | None
    list_meaning: ListMeaning | None = None
    is_more: bool = False


def needs_reading(change: SecurityGroupChange) -> bool:
    """Whether the record leaves out what only a reading of the group can tell."""
    has_no_direction = any(rule.direction is None for rule in change.modified)
    return is_opening_unknown(change) or has_no_direction


def complete(alert: Alert, observation: Observation) -> Completion | None:
    """Say what *observation*, of the alert's group, adds to *alert*; None for nothing."""
    change = with_directions(alert.digest.change, observation.rules)
    reading, held = alert.reading, None
    if is_opening_unknown(change) and change.is_cut and change.outcome is Outcome.SUCCEEDED:
        found = tuple(rule for rule in observation.rules if _may_be_of(change, rule))
        telling = tuple(order_by_weight(found)[:MAX_RULES_IN_ALERT])
        if reading is None or (reading.rules, reading.count) != (telling, len(found)):
            reading, held = Reading(observation.at, telling, count=len(found)), found
    unchanged = held is None and change == alert.digest.change
    # Of a change that is cut, what is left out may be as bad as it was judged to be.
    is_judged_whole = held is not None or not alert.digest.cut_count
    assessment = assess(change, held) if is_judged_whole and not unchanged else alert.assessment
    completion = Completion(
        group_name=alert.group_name or observation.group.name,
        vpc_id=alert.vpc_id or observation.group.vpc_id,
        digest=replace(alert.digest, change=change),
        assessment=assessment,
        reading=reading,
        is_more=held is not None or assessment.severity > alert.assessment.severity,
    )
    is_news = (completion.group_name, completion.vpc_id) != (alert.group_name, alert.vpc_id)
    return completion if is_news or not unchanged else None


def with_directions(change: SecurityGroupChange, rules: Iterable[Rule]) -> SecurityGroupChange:
    """Tell the rules that *change* modifies which way they go, as *rules* of the group know it; that never changes."""
    directions = {rule.rule_id: rule.direction for rule in rules if rule.rule_id}
    modified = tuple(
        replace(rule, direction=rule.direction or directions.get(rule.rule_id or ""))
        for rule in change.modified
    )
    return replace(change, modified=modified)


def _may_be_of(change: SecurityGroupChange, rule: Rule) -> bool:
    if change.kind is ChangeKind.MODIFY:
        return True
    way = Direction.EGRESS if change.event_name.endswith("Egress") else Direction.INGRESS
    return rule.direction is way
