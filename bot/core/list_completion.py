"""What is known of the groups that name a prefix list adds to the alert of its edit."""

from dataclasses import replace

from bot.core.alerts import MAX_RULES_IN_ALERT, Alert, digest_of
from bot.core.assessment import Assessment, Severity, with_who
from bot.core.changes import PrefixListEdit
from bot.core.completion import Completion
from bot.core.findings import MAX_FINDINGS, in_order, judge_all, judge_entries
from bot.core.list_meaning import ListMeaning
from bot.core.rules import Direction, Network
from bot.core.severity import STANDARD, SeverityPolicy


def complete_edit(
    alert: Alert,
    meaning: ListMeaning,
    was: tuple[Network, ...] = (),
    now: tuple[Network, ...] = (),
    policy: SeverityPolicy = STANDARD,
) -> Completion | None:
    """
    Say what *meaning* adds to *alert*, which tells an edit of a prefix list; None for nothing.

    *was* and *now* are the list's entries, which tell what the record leaves out: which ones a restored version brought back,
    and those that were too many for it.
    """
    change = alert.digest.change
    digest = alert.digest
    edit = change.effect
    if (
        meaning.is_known
        and isinstance(edit, PrefixListEdit)
        and (change.is_cut or edit.restored_version is not None)
    ):
        added = tuple((network, None) for network in now if network not in was)
        removed = tuple(network for network in was if network not in now)
        digest = digest_of(
            replace(change, effect=replace(edit, added=added, removed=removed)), MAX_RULES_IN_ALERT
        )
    if meaning == alert.list_meaning and digest == alert.digest:
        return None
    entries = alert.assessment
    if meaning.is_known and isinstance(edit, PrefixListEdit):
        came = replace(edit, added=tuple((network, None) for network in now if network not in was))
        found = judge_entries(came, policy, [network for network in was if network in now])
        entries = replace(
            entries,
            severity=max([entries.severity, *(finding.severity for finding in found)]),
            findings=tuple(in_order([*entries.findings, *found])),
        )
    assessment = assess_edit(entries, meaning, policy)
    return Completion(
        group_name=alert.group_name,
        vpc_id=alert.vpc_id,
        digest=digest,
        assessment=assessment,
        reading=alert.reading,
        meaning=alert.meaning,
        remaining=alert.remaining,
        list_meaning=meaning,
        is_more=assessment.severity > alert.assessment.severity,
    )


def assess_edit(entries: Assessment, meaning: ListMeaning, policy: SeverityPolicy = STANDARD) -> Assessment:
    """
    Judge an edit by what it newly admits on the groups that name the list.

    *entries* is what its entries were judged to be, whichever groups name the list. The severity is not less than that unless every group that
    is known to name the list is understood, and there is one: nobody may have read the group that does.
    """
    rules = [rule for effect in meaning.opens for rule in effect.rules]
    is_cut = meaning.more_opens > 0 or any(effect.more_rules for effect in meaning.opens)
    findings = judge_all(rules, policy, is_cut=is_cut)
    if not findings and not meaning.is_certain:
        findings = list(entries.findings)
    admits = any(rule.direction is not Direction.EGRESS for rule in rules)
    floor = Severity.LOW if admits else Severity.INFORMATIONAL
    least = floor if meaning.is_certain else max(floor, entries.severity)
    judged = Assessment(
        max([least, *(finding.severity for finding in findings)]),
        tuple(findings[:MAX_FINDINGS]),
        max(len(findings) - MAX_FINDINGS, 0),
    )
    return with_who(judged, entries.about_who)
