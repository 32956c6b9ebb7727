"""Why rules matter, and how much, by the rows of bot.core.severity_table."""

from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv4Network, ip_network

from bot.core.address_sets import holds, interval_of, merged
from bot.core.changes import PrefixListEdit
from bot.core.judged import Judged
from bot.core.rules import ALL_PORTS, NETWORKS, Direction, PortRange, Rule, Source, source_order
from bot.core.severity import STANDARD, Finding, Remark, Severity, SeverityPolicy, cite
from bot.core.severity_table import ENTRIES, FROM_A_RANGE, FROM_THE_WORLD, GROUPS, LEAST, TRAFFIC

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
    "order_by_weight",
    "severity_of",
]

MAX_FINDINGS = 20
"""How many findings are kept of one change; more are counted."""

# The rules of one change are judged when it is assessed and each time that some of them are put in order.
_RULES_AT_HAND = 2048


# Where most rules are from (RFC 1918). Python's own question goes through a table of all that is not of the internet.
_PRIVATE = merged(interval_of(ip_network(text)) for text in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"))


def judge(rule: Rule, policy: SeverityPolicy = STANDARD) -> Finding | None:
    """
    Say why *rule* matters; None for a rule that nothing is to be said of.

    Of the rows that hold, the first of the most severe says it, and all that hold are cited. Egress admits nobody. A rule that
    does not say which way it goes is judged as if it let in, until somebody reads it from AWS.
    """
    if rule.direction is Direction.EGRESS or not _is_of_the_internet(rule.source):
        return None
    return _judge_by_rows(rule, policy)


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
    if not isinstance(source, NETWORKS) or (
        isinstance(source, IPv4Network) and holds(_PRIVATE, interval_of(source))
    ):
        return False
    return source.prefixlen == 0 or source.is_global


def severity_of(rule: Rule, policy: SeverityPolicy = STANDARD) -> Severity:
    """Give how much *rule* alone matters."""
    finding = judge(rule, policy)
    return finding.severity if finding else Severity.INFORMATIONAL


def judge_all(rules: Iterable[Rule], policy: SeverityPolicy = STANDARD) -> list[Finding]:
    """Say why *rules* matter, the most severe first; what is open by both IP versions is said once."""
    return in_order(finding for rule in rules if (finding := judge(rule, policy)))


def judge_entries(edit: PrefixListEdit, policy: SeverityPolicy = STANDARD) -> list[Finding]:
    """Judge what comes into a prefix list, whatever the ports of the rules that name it."""
    traffic = f"every rule that names {edit.prefix_list_id}"
    return in_order(
        Finding(row.severity, traffic, audience, cite(tuple(control.name for control in row.cites)))
        for network, _ in edit.added
        for row in ENTRIES
        if (audience := row.judge(network, policy))
    )


def judge_group(judged: Judged, policy: SeverityPolicy = STANDARD) -> list[Remark]:
    """Say what is to be said of the group beside who is let in, the most severe first."""
    remarks = [
        Remark(row.severity, sentence, cite(tuple(control.name for control in row.cites)))
        for row in GROUPS
        if (sentence := row.judge(judged, policy))
    ]
    return sorted(remarks, key=lambda remark: -remark.severity)


def least_severity(judged: Judged) -> Severity:
    """Give how much a change matters even where nothing is to be said of it."""
    return max(row.severity for row in LEAST if row.judge(judged))


def in_order(findings: Iterable[Finding]) -> list[Finding]:
    """Order *findings* with the most severe first; of those that say the same, one stays, which cites what all cite."""
    controls: dict[tuple[Severity, str, str], tuple[str, ...]] = {}
    for finding in findings:
        same = (finding.severity, finding.traffic, finding.audience)
        controls[same] = (*controls.get(same, ()), *finding.controls)
    merged = (Finding(*same, cite(tuple(sorted(cited, key=_as_cited)))) for same, cited in controls.items())
    return sorted(merged, key=lambda finding: (-finding.severity, finding.effect))


def order_by_weight(rules: Iterable[Rule], policy: SeverityPolicy = STANDARD) -> list[Rule]:
    """Order *rules* with the ones that matter most by *policy* first, and the same ones always alike."""

    def weight(rule: Rule) -> tuple[int, bool, str, PortRange, tuple[int, int, int, str], str]:
        ports, egress = rule.ports or ALL_PORTS, rule.direction is Direction.EGRESS
        rest = f"{rule.icmp} {rule.description} {rule.rule_id}"
        return (-severity_of(rule, policy), egress, rule.protocol, ports, source_order(rule.source), rest)

    listed = list(rules)
    return sorted(listed, key=weight) if len(listed) > 1 else listed


_PLACES = {
    control.name: place for place, control in enumerate(control for row in TRAFFIC for control in row.cites)
}


def _as_cited(control: str) -> int:
    """Keep the order of the table, whichever of several findings came first."""
    return _PLACES.get(control, len(_PLACES))
