"""How much a change matters, with the reasons: what it opens, all its rules taken together, is judged (bot.core.findings)."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from bot.core.behind import Exposed
from bot.core.changes import Outcome, PrefixListEdit, SecurityGroupChange
from bot.core.difference import together
from bot.core.findings import (
    MAX_FINDINGS,
    in_order,
    judge,
    judge_all,
    judge_entries,
    judge_group,
    least_severity,
    order_by_weight,
)
from bot.core.judged import Judged, is_opening_unknown
from bot.core.meaning import Meaning
from bot.core.rules import Rule
from bot.core.services import SERVICES
from bot.core.severity import STANDARD, Finding, Remark, Severity, SeverityPolicy
from bot.core.traffic_judges import INTERNET
from bot.core.who import NOTHING_KNOWN, Known, judge_accounts

__all__ = [
    "INTERNET",
    "SERVICES",
    "Assessment",
    "Finding",
    "Remark",
    "Severity",
    "assess",
    "is_opening_unknown",
    "order_by_weight",
]


@dataclass(frozen=True, slots=True)
class Assessment:
    """
    What is to be said of a change: the findings, worst first, and the highest severity among them and the *remarks*.

    *more_findings* counts those that are left out, as a call of a thousand rules may give a thousand. *remarks* are reasons that
    are not about who is let in, *about_who* those that are about who made the change (bot.core.who).
    """

    severity: Severity
    findings: tuple[Finding, ...] = ()
    more_findings: int = 0
    remarks: tuple[Remark, ...] = ()
    about_who: tuple[Remark, ...] = ()


def assess(
    change: SecurityGroupChange,
    held: Iterable[Rule] | None = None,
    meaning: Meaning | None = None,
    *,
    exposes: Exposed | None = None,
    group_name: str | None = None,
    known: Known = NOTHING_KNOWN,
    policy: SeverityPolicy = STANDARD,
) -> Assessment:
    """
    Judge *change* by what it newly admits as *meaning* tells it, else by what the rules that it adds or modifies come to together.

    A call that AWS refused changes nothing, so it is informational whatever it asked for; its findings say what it
    tried. A call that cannot be read may have opened something, so it is high; so is one of whose rules AWS left out,
    unless *held* gives those that the group holds by now, of which the worst counts. What puts something under groups is judged by
    what those admit from the internet, as *exposes* has it. *group_name* is what the group is called
    where the change does not say; *known* what the organisation knows as its own, and *policy* what it says about how much
    things matter.
    """
    rules: tuple[Rule, ...] | None
    more, opened, is_cut = 0, tuple[Rule, ...](), False
    if is_opening_unknown(change):
        rules = None if held is None else together(held, {}, policy)
    elif exposes is not None:
        rules = exposes.rules
    elif meaning is not None:
        rules, opened, is_cut = meaning.newly, meaning.opened, meaning.more_newly > 0
        # They stand most severe first: if the last one is worth a finding, those left out may be.
        more = meaning.more_newly if rules and judge(rules[-1], policy) else 0
    else:
        rules = together(change.opening, {}, policy)
    findings = judge_all(rules or (), policy, opened, is_cut=is_cut)
    others = list(judge_accounts(rules or (), known))
    if isinstance(change.effect, PrefixListEdit) and rules is not None:
        others += judge_entries(change.effect, policy)
    if others:
        findings = in_order([*findings, *others])
    kept = tuple(findings[:MAX_FINDINGS])
    more += len(findings) - len(kept)
    if change.outcome is not Outcome.SUCCEEDED:
        return Assessment(Severity.INFORMATIONAL, kept, more)
    counts = meaning.counts if meaning else None
    judged = Judged(change, rules, counts, change.group_name or group_name)
    remarks = tuple(judge_group(judged, policy))
    severities = [*(finding.severity for finding in kept), *(remark.severity for remark in remarks)]
    return Assessment(max([least_severity(judged), *severities]), kept, more, remarks)


def with_who(assessment: Assessment, about_who: tuple[Remark, ...]) -> Assessment:
    """Add to *assessment* what is to be said of who made the change; it can only make it matter more."""
    severity = max([assessment.severity, *(remark.severity for remark in about_who)])
    return replace(assessment, severity=severity, about_who=about_who)
