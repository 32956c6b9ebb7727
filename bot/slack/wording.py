"""The words for changes, rules and people that cards, modals and lists share; what they return is not escaped."""

from collections.abc import Sequence
from dataclasses import replace

from bot.core.alerts import Alert
from bot.core.assessment import Assessment, order_by_weight
from bot.core.changes import (
    ChangeKind,
    Digest,
    Observation,
    Outcome,
    Principal,
    PrincipalKind,
    SecurityGroupChange,
)
from bot.core.identity import permission_set
from bot.core.rules import ALL_PORTS, Direction, Rule, source_words
from bot.slack.text import counted, cut

MAX_NAME = 80
_MAX_DESCRIPTION = 80


def rule_words(rule: Rule) -> str:
    """
    Say what *rule* admits, with its description.

    >>> from ipaddress import ip_network
    >>> from bot.core.rules import make_rule
    >>> rule_words(make_rule(direction=Direction.INGRESS, protocol="tcp", from_port=22, to_port=22,
    ...                      source=ip_network("10.0.0.0/8"), description="vpn"))
    'ingress tcp 22 from 10.0.0.0/8 "vpn"'
    """
    preposition = "from" if rule.direction is Direction.INGRESS else "to"
    words = f"{rule.direction} {rule.traffic} {preposition} {source_words(rule.source)}"
    if not rule.description:
        return words
    return f'{words} "{cut(rule.description, _MAX_DESCRIPTION)}"'


def rule_lines(digest: Digest) -> list[str]:
    """List the rules that a change adds (+) and removes (−), and how many more there are."""
    change = digest.change
    lines = [f"+ {rule_words(rule)}" for rule in change.added]
    lines += [f"− {rule_words(rule)}" for rule in change.removed]
    lines += [f"− rule {rule_id}, what it admitted is not known" for rule_id in change.removed_rule_ids]
    if digest.cut_count:
        lines.append(f"… and {digest.cut_count:,} more")
    return lines


def group_words(change: SecurityGroupChange, name: str | None = None) -> str:
    """Name the group of *change* by the best that is known."""
    return name or change.group_name or change.group_id or "a group that the record does not name"


def alert_group_words(alert: Alert) -> str:
    """Name the group of *alert* by the best that is known."""
    return group_words(alert.digest.change, alert.group_name)


def account_words(account_id: str) -> str:
    """Name an account."""
    return f"account {account_id}"


def principal_words(principal: Principal) -> list[str]:
    """Say who called: the name people know, then what they acted as."""
    match principal.kind:
        case PrincipalKind.ROOT:
            return ["root user"]
        case PrincipalKind.ASSUMED_ROLE:
            sso = permission_set(principal.role)
            acted_as = f"SSO {sso}" if sso else f"role {principal.role}" if principal.role else "a role"
            return [principal.name, acted_as]
        case PrincipalKind.UNKNOWN:
            return [principal.name]
        case kind:
            return [principal.name, str(kind)]


def who_line(change: SecurityGroupChange) -> str:
    """Say on one line who made *change*, by what means, as what and from where, as far as the record tells."""
    name, *acted_as = principal_words(change.principal)
    origin = change.origin
    means = [str(origin.kind)] if origin.kind else []
    address = [f"from {origin.source_address}"] if origin.source_address else []
    return " · ".join(cut(word, MAX_NAME) for word in (name, *means, *acted_as, *address))


def what_words(digest: Digest) -> str:
    """Say in a few words what the call did, or what it did not do as AWS refused it, to complete "web-prod: …"."""
    change = digest.change
    done = "" if change.outcome is Outcome.SUCCEEDED else "not "
    match change.kind:
        case ChangeKind.CREATE:
            return f"{done}created"
        case ChangeKind.DELETE:
            return f"{done}deleted"
        case ChangeKind.AUTHORIZE:
            return f"{_rules_words(change.added, digest.added_count)} {done}added"
        case ChangeKind.REVOKE:
            return f"{_rules_words(change.removed, digest.removed_count)} {done}removed"
        case ChangeKind.NOT_UNDERSTOOD:
            return f"{change.event_name}, not understood"


def effect_words(assessment: Assessment) -> str | None:
    """Say what the worst findings come to, to complete "… on web-prod"; None without findings."""
    if not assessment.findings:
        return None
    worst, *others = assessment.findings
    alike = sum(finding.audience == worst.audience for finding in others) + assessment.more_findings
    return f"{worst.traffic} and {alike} more open to {worst.audience}" if alike else worst.effect


def outcome_words(change: SecurityGroupChange) -> str:
    """Say what AWS answered."""
    match change.outcome:
        case Outcome.SUCCEEDED:
            return "AWS reports success"
        case Outcome.DENIED:
            return f"AWS refused: not authorised ({change.error_code})"
        case Outcome.FAILED if change.error_code == "Client.DryRunOperation":
            return "A dry run"
        case Outcome.FAILED:
            return f"AWS refused: {change.error_code}"


def observed_lines(observation: Observation, direction: Direction, limit: int) -> list[str]:
    """
    List the rules of one direction in a steady order, and how many more there are than *limit*.

    The ones that are left out are those that matter least.
    """
    rules = [rule for rule in observation.rules if rule.direction is direction]
    kept = sorted(
        order_by_weight(rules)[:limit],
        key=lambda rule: (rule.protocol, rule.ports or ALL_PORTS, rule.traffic, source_words(rule.source)),
    )
    lines = [rule_words(rule).removeprefix(f"{direction} ") for rule in kept]
    return lines if len(rules) <= limit else [*lines, f"… and {len(rules) - limit:,} more"]


def _rules_words(rules: Sequence[Rule], count: int) -> str:
    """Name one rule, or count several."""
    return rule_words(replace(rules[0], description=None)) if count == 1 and rules else counted(count, "rule")
