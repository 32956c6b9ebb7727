"""How much a change matters, with the reasons: what it opens, all its rules taken together, is judged (bot.core.findings)."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from bot.core.changes import ChangeKind, Outcome, PrefixListEdit, SecurityGroupChange
from bot.core.difference import together
from bot.core.findings import (
    INTERNET,
    SERVICES,
    Finding,
    Severity,
    WhoFinding,
    judge,
    judge_entries,
    order_by_weight,
)
from bot.core.meaning import Meaning
from bot.core.rules import Direction, Rule

__all__ = [
    "INTERNET",
    "SERVICES",
    "Assessment",
    "Finding",
    "Severity",
    "assess",
    "is_opening_unknown",
    "order_by_weight",
]

_MAX_FINDINGS = 20


@dataclass(frozen=True, slots=True)
class Assessment:
    """
    What is to be said of a change: the findings, worst first, and the highest severity among them.

    *more_findings* counts those that are left out, as a call of a thousand rules may give a thousand. *about_who* are those on
    who made the change (bot.core.who).
    """

    severity: Severity
    findings: tuple[Finding, ...] = ()
    more_findings: int = 0
    about_who: tuple[WhoFinding, ...] = ()


def assess(
    change: SecurityGroupChange,
    held: Iterable[Rule] | None = None,
    meaning: Meaning | None = None,
    *,
    beside: Callable[[Iterable[Rule]], Iterable[Finding]] = lambda _: (),
) -> Assessment:
    """
    Judge *change* by what it newly admits as *meaning* tells it, else by what the rules that it adds or modifies come to together.

    A call that AWS refused changes nothing, so it is informational whatever it asked for; its findings say what it
    tried. A call that cannot be read may have opened something, so it is high; so is one of whose rules AWS left out,
    unless *held* gives those that the group holds by now, of which the worst counts. *beside* finds what follows from an organisation's own knowledge of rules.
    """
    more = 0
    if is_opening_unknown(change):
        if held is None:
            severity = Severity.HIGH if change.outcome is Outcome.SUCCEEDED else Severity.INFORMATIONAL
            return Assessment(severity)
        rules = together(held, {})
    elif meaning is not None:
        rules = meaning.newly
        # They stand most severe first: if the last one is worth a finding, those left out may be.
        more = meaning.more_newly if rules and judge(rules[-1]) else 0
    else:
        rules = together(change.opening, {})
    found = {finding for rule in rules for finding in judge(rule)}
    found |= set(beside(rules))
    if isinstance(change.effect, PrefixListEdit):
        found |= set(judge_entries(change.effect))
    findings = sorted(found, key=lambda finding: (-finding.severity, finding.effect))
    kept = tuple(findings[:_MAX_FINDINGS])
    more += len(findings) - len(kept)
    if change.outcome is not Outcome.SUCCEEDED:
        return Assessment(Severity.INFORMATIONAL, kept, more)
    return Assessment(max([_floor(change, rules), *(finding.severity for finding in kept)]), kept, more)


def is_opening_unknown(change: SecurityGroupChange) -> bool:
    """Whether *change* may have opened something that its record does not tell."""
    may_open = change.kind in (ChangeKind.AUTHORIZE, ChangeKind.MODIFY, ChangeKind.PREFIX_LIST)
    return change.kind is ChangeKind.NOT_UNDERSTOOD or (change.is_cut and may_open)


def _floor(change: SecurityGroupChange, rules: Iterable[Rule]) -> Severity:
    """Give the least severity of a change that AWS carried out, which opened, or may have, what *rules* admit."""
    match change.kind, change.effect:
        case (ChangeKind.MEMBERSHIP | ChangeKind.ASSOCIATE | ChangeKind.UNTAG, _):
            return Severity.LOW
        case _, PrefixListEdit(restored_version=int()):
            return Severity.MEDIUM  # which entries come back is not told
        case _, PrefixListEdit(added=added):
            return Severity.LOW if added else Severity.INFORMATIONAL
        case _:
            admits = any(rule.direction is not Direction.EGRESS for rule in rules)
            return Severity.LOW if admits else Severity.INFORMATIONAL
