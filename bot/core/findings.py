"""Why rules matter, and how much, by the rows of bot.core.severity_table."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import lru_cache

from bot.core.address_sets import addresses_of, may_be_internet
from bot.core.changes import PrefixListEdit
from bot.core.controls import Control
from bot.core.exposure import exposure_of
from bot.core.exposure_rules import rules_of
from bot.core.judged import Judged
from bot.core.ledger import content_of
from bot.core.rules import (
    ALL_PORTS,
    NETWORKS,
    Direction,
    Network,
    PortRange,
    PrefixList,
    ReferencedGroup,
    Rule,
    Source,
    source_order,
)
from bot.core.severity import STANDARD, Finding, Remark, Severity, SeverityPolicy, cite
from bot.core.severity_table import ENTRIES, FROM_A_RANGE, FROM_THE_WORLD, GROUPS, LEAST, TOGETHER, TRAFFIC
from bot.core.traffic_judges import (
    INTERNET,
    NEARLY_THE_INTERNET,
    is_public,
    is_wide,
    stranger,
    wide_words,
)

__all__ = [
    "MAX_FINDINGS",
    "Finding",
    "Remark",
    "Severity",
    "in_order",
    "judge",
    "judge_all",
    "judge_entries",
    "judge_group",
    "least_severity",
    "nearness",
    "order_by_weight",
    "severity_of",
]

MAX_FINDINGS = 20
"""How many findings are kept of one change; more are counted."""

_Together = tuple[str, int]
"""Which traffic, by which IP version."""

# The rules of one change are judged when it is assessed and each time that some of them are put in order.
_RULES_AT_HAND = 2048


def judge(rule: Rule, policy: SeverityPolicy = STANDARD) -> Finding | None:
    """
    Say why *rule* matters; None for a rule that nothing is to be said of.

    Of the rows that hold, the first of the most severe says it, and all that hold are cited. Egress admits nobody. A rule that
    does not say which way it goes is judged as if it let in, until somebody reads it from AWS.
    """
    if rule.direction is Direction.EGRESS or not _is_of_the_internet(rule.source):
        return None
    return _judge_by_rows(content_of(rule), policy)


@lru_cache(_RULES_AT_HAND)
def _judge_by_rows(rule: Rule, policy: SeverityPolicy) -> Finding | None:
    rows = FROM_THE_WORLD if rule.admits_any_address else FROM_A_RANGE
    holding = [(row, said) for row in rows if (said := row.judge(rule, policy)) is not None]
    if not holding:
        return None
    row, (traffic, audience) = max(holding, key=lambda each: each[0].severity)
    controls = tuple(control.name for each, _ in holding for control in each.cites)
    return Finding(row.severity, traffic, audience, cite(controls))


def _is_of_the_internet(source: Source) -> bool:
    """Tell whether addresses of the internet are in *source*: all rows of the table are about those, and most rules are not."""
    return isinstance(source, NETWORKS) and (source.prefixlen == 0 or is_public(source))


def severity_of(rule: Rule, policy: SeverityPolicy = STANDARD) -> Severity:
    """Give how much *rule* alone matters."""
    finding = judge(rule, policy)
    return finding.severity if finding else Severity.INFORMATIONAL


def judge_all(
    rules: Iterable[Rule],
    policy: SeverityPolicy = STANDARD,
    opened: Iterable[Rule] = (),
    *,
    is_cut: bool = False,
) -> list[Finding]:
    """
    Say why *rules* matter, the most severe first; what is open by both IP versions is said once.

    What several let in to the same traffic is judged together: public ranges by how many addresses they are, and where they are
    nearly all of the internet, as if they were all of it. *is_cut* says that there are more rules, and *opened* is traffic that is
    known to be open to nearly all of the internet, be it by those.
    """
    listed = [rule for rule in rules if rule.direction is not Direction.EGRESS]
    return in_order([*_judge_each(listed, policy, is_cut), *_judge_nearly_all(listed, policy, opened)])


def _judge_each(rules: Iterable[Rule], policy: SeverityPolicy, is_cut: bool) -> Iterator[Finding]:
    """Judge *rules* one by one, but for public ranges to which the same traffic is open by the same IP version."""
    firsts: dict[_Together, Finding] = {}
    wide: dict[_Together, list[Network]] = {}
    narrow: dict[_Together, list[Network]] = {}
    for rule in rules:
        if not _is_of_the_internet(rule.source):
            continue
        finding, source = _judge_by_rows(content_of(rule), policy), stranger(rule, policy)
        if source is not None:
            alike: _Together = (rule.traffic, source.version)
            if finding and is_wide(source, policy):
                firsts.setdefault(alike, finding)
                wide.setdefault(alike, []).append(source)
                continue
            narrow.setdefault(alike, []).append(source)
        if finding:
            yield finding
    at_least = "at least " if is_cut else ""
    for together, networks in wide.items():
        first = firsts[together]
        is_one = len(networks) == 1  # of which the finding says as much already
        yield first if is_one else replace(first, audience=f"{at_least}{wide_words(networks)}")
    for together, networks in narrow.items():
        for row in TOGETHER if together not in wide and len(networks) > 1 else ():
            if audience := row.judge(networks, policy):
                yield Finding(row.severity, together[0], f"{at_least}{audience}", _cited(row.cites))


def _judge_nearly_all(
    rules: Sequence[Rule], policy: SeverityPolicy, opened: Iterable[Rule]
) -> Iterator[Finding]:
    """Judge what nearly all of the internet is let in to, by no rule from all of it."""
    opens = list(opened)
    others = [rule for rule in rules if not rule.admits_any_address]
    if not opens and not may_be_internet((rule.source for rule in others), {}):
        return
    world = exposure_of(rule for rule in rules if rule.admits_any_address)
    nearly = exposure_of(others).to_internet() | exposure_of(opens)
    judged = (judge(rule, policy) for rule in rules_of(nearly - world, Direction.INGRESS))
    yield from (replace(finding, audience=NEARLY_THE_INTERNET) for finding in judged if finding)


def judge_entries(
    edit: PrefixListEdit, policy: SeverityPolicy = STANDARD, held: Iterable[Network] = ()
) -> list[Finding]:
    """
    Judge what comes into a prefix list, whatever the ports of the rules that name it.

    The entries are judged by what they come to together, and with those that the list *held*, as far as that is known.
    """
    was, came = (
        addresses_of(PrefixList(edit.prefix_list_id), {edit.prefix_list_id: tuple(networks)})
        for networks in (held, (network for network, _ in edit.added))
    )
    now = (was | came).rounded()
    opened = now.internet() - was.internet()
    rest = (each for each in now.networks() if not (was.holds(each) or opened.intervals(each.version)))
    traffic = f"every rule that names {edit.prefix_list_id}"
    found = [
        (network, Finding(row.severity, traffic, audience, _cited(row.cites)))
        for network in (*opened.networks(), *rest)
        for row in ENTRIES
        if (audience := row.judge(network, policy))
    ]
    return in_order(
        finding
        if finding.audience != INTERNET or now.holds_all(network.version)
        else replace(finding, audience=NEARLY_THE_INTERNET)
        for network, finding in found
    )


def judge_group(judged: Judged, policy: SeverityPolicy = STANDARD) -> list[Remark]:
    """Say what is to be said of the group beside who is let in, the most severe first."""
    remarks = [
        Remark(row.severity, sentence, _cited(row.cites), in_short=row.name)
        for row in GROUPS
        if (sentence := row.judge(judged, policy))
    ]
    return sorted(remarks, key=lambda remark: -remark.severity)


def least_severity(judged: Judged) -> Severity:
    """Give how much a change matters even where nothing is to be said of it."""
    return max(row.severity for row in LEAST if row.judge(judged))


def _cited(controls: tuple[Control, ...]) -> str | None:
    return cite(tuple(control.name for control in controls))


def in_order(findings: Iterable[Finding]) -> list[Finding]:
    """Order *findings* with the most severe first; of those that say the same, one stays, which cites what all cite."""
    controls: dict[tuple[Severity, str, str], tuple[str, ...]] = {}
    for finding in findings:
        same = (finding.severity, finding.traffic, finding.audience)
        controls[same] = (*controls.get(same, ()), *finding.controls)
    merged = (Finding(*same, cite(tuple(sorted(cited, key=_as_cited)))) for same, cited in controls.items())
    return sorted(merged, key=lambda finding: (-finding.severity, finding.effect))


def order_by_weight(rules: Iterable[Rule], policy: SeverityPolicy = STANDARD) -> list[Rule]:
    """
    Order *rules* with the ones that matter most by *policy*, or may, first, and the same ones always alike; of public ranges, the
    wider.

    What is cut off behind the first of them then matters no more than these.
    """

    def weight(rule: Rule) -> tuple[int, bool, int, str, PortRange, int, tuple[int, int, int, str], str]:
        ports, egress, source = rule.ports or ALL_PORTS, rule.direction is Direction.EGRESS, rule.source
        near = nearness(source)
        found = None if near or egress else _judge_by_rows(content_of(rule), policy)
        severity = found.severity if found else Severity.INFORMATIONAL
        size = source.prefixlen if found and isinstance(source, NETWORKS) else 0
        if isinstance(source, ReferencedGroup) and source.account_id and not egress:
            severity = Severity.HIGH  # where its account is one that nobody knows
        rest = f"{rule.icmp} {rule.description} {rule.rule_id}"
        return (
            *(-severity, egress, near, rule.protocol, ports, size),
            *(source_order(source), rest),
        )

    listed = list(rules)
    return sorted(listed, key=weight) if len(listed) > 1 else listed


def nearness(source: Source) -> int:
    """Number how near to the internet *source* is: 0 for part of it, 1 for what may be, a list that nobody has read, else 2."""
    if isinstance(source, PrefixList):
        return 1
    return 0 if _is_of_the_internet(source) else 2


_PLACES = {
    control.name: place for place, control in enumerate(control for row in TRAFFIC for control in row.cites)
}


def _as_cited(control: str) -> int:
    """Keep the order of the table, whichever of several findings came first."""
    return _PLACES.get(control, len(_PLACES))
