"""What comes to be known of a change after its alert was raised: its group, what its record leaves out, what it means."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from bot.core.alerts import MAX_RULES_IN_ALERT, Alert
from bot.core.assessment import Assessment, assess, is_opening_unknown, order_by_weight, with_who
from bot.core.behind import Exposed
from bot.core.changes import (
    ChangeKind,
    Digest,
    GroupDetails,
    Membership,
    Observation,
    Outcome,
    SecurityGroupChange,
)
from bot.core.list_meaning import ListMeaning
from bot.core.meaning import Knowledge, Meaning, what_it_let_in
from bot.core.parts import Reading
from bot.core.replay import alters_rules
from bot.core.rules import ReferencedGroup, Rule, owners_in
from bot.core.severity import STANDARD, SeverityPolicy
from bot.core.who import NOTHING_KNOWN, Known, judge_who


@dataclass(frozen=True, slots=True)
class Completion:
    """
    What is known by now of what an alert tells, in place of what was when it was raised.

    *is_more* says that it tells of more than was seen before, so that nobody can have acknowledged it; *is_read* that the group
    has been read since, if it could not be earlier.
    """

    group_name: str | None
    vpc_id: str | None
    digest: Digest
    assessment: Assessment
    reading: Reading | None
    meaning: Meaning | None = None
    remaining: tuple[Rule, ...] = ()
    list_meaning: ListMeaning | None = None
    exposes: Exposed | None = None
    is_more: bool = False
    is_read: bool = False


def needs_reading(change: SecurityGroupChange) -> bool:
    """Whether the record leaves out what only a reading of the group can tell."""
    has_no_direction = any(rule.direction is None for rule in change.modified)
    # A modify names a group by its id alone; whose it is, EC2 tells.
    may_be_foreign = any(isinstance(rule.source, ReferencedGroup) for rule in change.modified)
    return is_opening_unknown(change) or has_no_direction or may_be_foreign


def lacks_before(alert: Alert) -> bool:
    """Whether *alert* tells what rules became without what they were, which a reading in time would have told."""
    change = alert.digest.change
    if change.outcome is not Outcome.SUCCEEDED or not alters_rules(change):
        return False
    return alert.meaning is None or alert.meaning.knowledge is not Knowledge.KNOWN


def complete(
    alert: Alert,
    *,
    change: SecurityGroupChange | None = None,
    meaning: Meaning | None = None,
    group: GroupDetails | None = None,
    observation: Observation | None = None,
    exposes: Exposed | None = None,
    known: Known = NOTHING_KNOWN,
    policy: SeverityPolicy = STANDARD,
) -> Completion | None:
    """
    Say what is known by now adds to *alert*; None for nothing.

    *change* is the whole of what it tells, None where there is no more than its digest; *meaning* what the ledger makes of
    it. *observation* is a reading of the group, which stands in where AWS left out what changed and the ledger cannot tell.
    *exposes* is what the groups admit by now that something was put under, None where that is as it was told. *known* is what the organisation knows as its own, *policy* what it says about how much things matter.
    """
    if alert.group is None:  # a reading of one of several groups says nothing of what they are called
        group = observation = None
    rules = observation.rules if observation else ()
    group = group or (observation.group if observation else None)
    told = with_directions(alert.digest.change, (*(change.modified if change else ()), *rules))
    meaning = meaning or alert.meaning
    is_told = meaning is not None and meaning.knowledge is Knowledge.KNOWN
    reading, held = alert.reading, None
    is_left_out = is_opening_unknown(told) and told.is_cut and told.outcome is Outcome.SUCCEEDED
    if observation and is_left_out and not is_told:
        found = tuple(rule for rule in rules if _may_be_of(told, rule))
        telling = tuple(order_by_weight(found, policy)[:MAX_RULES_IN_ALERT])
        if reading is None or (reading.rules, reading.count) != (telling, len(found)):
            reading, held = Reading(observation.at, telling, count=len(found)), found
    is_other = held is not None or told != alert.digest.change or meaning != alert.meaning
    is_other = is_other or _owners(meaning) != _owners(alert.meaning)
    # Of a change that is cut, what is left out may be as bad as it was judged to be.
    is_judged_whole = held is not None or change is not None or not alert.digest.cut_count
    assessment = alert.assessment
    name = alert.group_name or (group.name if group else None)
    # By its name a group may be one that is judged by it; what else the record leaves out was judged when it was read.
    is_named_now = alert.group_name is None and name is not None and not is_opening_unknown(told)
    if isinstance(told.effect, Membership):  # judged by what groups admit, whatever they are called
        if exposes and exposes != alert.exposes:
            assessment = assess(told, exposes=exposes, known=known, policy=policy)
    elif is_judged_whole and (is_other or is_named_now):
        whole = with_directions(change or told, (*told.modified, *rules))
        assessment = assess(whole, held, meaning, group_name=name, known=known, policy=policy)
    tags = observation.tags if observation else group.tags if group else None
    about_who = alert.assessment.about_who if tags is None else judge_who(told, tags, known)
    assessment = with_who(assessment, about_who)
    completion = Completion(
        group_name=name,
        vpc_id=alert.vpc_id or (group.vpc_id if group else None),
        digest=replace(alert.digest, change=told),
        assessment=assessment,
        reading=reading,
        meaning=meaning,
        remaining=alert.remaining if meaning == alert.meaning else what_it_let_in(meaning),
        exposes=exposes or alert.exposes,
        is_more=held is not None or assessment.severity > alert.assessment.severity,
        is_read=observation is not None and alert.unread is not None and observation.at > alert.unread.at,
    )
    is_named = (completion.group_name, completion.vpc_id) != (alert.group_name, alert.vpc_id)
    is_exposed = completion.exposes != alert.exposes
    is_more_known = is_named or is_other or is_exposed or about_who != alert.assessment.about_who
    return completion if is_more_known or completion.is_read else None


def with_directions(change: SecurityGroupChange, rules: Iterable[Rule]) -> SecurityGroupChange:
    """Tell the rules that *change* modifies which way they go, as *rules* of the group know it; that never changes."""
    directions = {rule.rule_id: rule.direction for rule in rules if rule.rule_id}
    modified = tuple(
        replace(rule, direction=rule.direction or directions.get(rule.rule_id or ""))
        for rule in change.modified
    )
    return replace(change, modified=modified)


def _owners(meaning: Meaning | None) -> dict[str, str]:
    """Say whose groups are newly let in, which tells no two meanings apart."""
    return owners_in(meaning.newly) if meaning else {}


def _may_be_of(change: SecurityGroupChange, rule: Rule) -> bool:
    if change.kind is ChangeKind.MODIFY:
        return True
    return rule.direction is change.direction
