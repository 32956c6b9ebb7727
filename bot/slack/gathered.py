"""What a burst comes to, in words: the headline, the lines and the sentences of its card; what is returned is not escaped."""

from dataclasses import replace
from ipaddress import IPv4Network, IPv6Network

from bot.core.alerts import Alert, AlertStatus
from bot.core.assessment import INTERNET, Finding, Severity
from bot.core.changes import Outcome
from bot.core.findings import judge
from bot.core.gathering import Gathering, NetLine
from bot.core.named_networks import NO_NAMES, NamedNetworks
from bot.core.places import Places
from bot.core.quoting import as_name
from bot.core.rules import PrefixList, Rule
from bot.core.traffic_judges import public_network
from bot.slack.text import counted
from bot.slack.wording import MAX_NAME, attempt_words, name_words, rule_words, whom_words

_MAX_GROUP = 40
_NAMES = 3
_ADMITTED = 3
_FEW_LINES = 12


def gathered_words(alert: Alert, gathering: Gathering, places: Places) -> str:
    """Say in one line what a burst comes to, in which account, to go behind the severity."""
    change = alert.digest.change
    account = places.account(change.account_id)
    who = name_words(change.principal)
    groups = _groups_words(gathering)
    if change.outcome is not Outcome.SUCCEEDED:
        worst = _worst(gathering)
        if worst is None:
            return f"{who} tried {counted(gathering.changes, 'change')} of {groups}, {account}"
        more = f", and {counted(gathering.changes - 1, 'more attempt')}" if gathering.changes > 1 else ""
        of = f" of {groups}" if more and gathering.groups > 1 else ""
        return f"{who} tried to {worst[0].attempt} on {as_name(worst[1], _MAX_GROUP)}{more}{of}, {account}"
    worst = _worst(gathering)
    if gathering.is_nothing:
        return f"{groups} changed by {who}, {account}. All of it was undone"
    if worst and alert.severity >= Severity.MEDIUM:
        more = f" and {counted(gathering.groups - 1, 'more group')}" if gathering.groups > 1 else ""
        return f"{worst[0].effect} on {as_name(worst[1], _MAX_GROUP)}{more}, {account}, by {who}"
    so_far = "" if gathering.is_over else " so far"
    what = (
        f"{counted(gathering.changes, 'change')}{so_far} to {groups} by {who}"
        if gathering.groups == 1
        else f"{groups} changed{so_far} by {who}"
    )
    opened = [(rule, count) for rule, count in gathering.admitted if rule.admits_any_address]
    if opened:
        rule, count = opened[0]
        on = f" on {counted(count, 'group')}" if gathering.groups > 1 else ""
        return f"{what}, {account}. {_effect(rule)}{on}"
    # What may be of the internet stands before the rest, so that of what is left out none is.
    may_be = any(
        isinstance(rule.source, PrefixList) or public_network(rule.source) for rule, _ in gathering.admitted
    )
    is_sure = gathering.is_known and not gathering.uncounted and not gathering.untold and not may_be
    return f"{what}, {account}{'. Nothing newly open to the internet' if is_sure else ''}"


def gathered_lines(alert: Alert, gathering: Gathering, networks: NamedNetworks = NO_NAMES) -> list[str]:
    """List what was added and removed, the worst first; nothing where it is much, and of no weight. *networks* have names."""
    is_denied = alert.digest.change.outcome is not Outcome.SUCCEEDED
    count = gathering.added + gathering.removed
    if count > _FEW_LINES and alert.severity < Severity.MEDIUM and not is_denied:
        return []
    lines = [_line_words(line, gathering, networks, is_denied=is_denied) for line in gathering.lines]
    more = count - len(lines) + gathering.uncounted
    return [*lines, f"… and {more:,} more"] if more else lines


def gathered_sentences(alert: Alert, gathering: Gathering, networks: NamedNetworks = NO_NAMES) -> list[str]:
    """Say what a burst comes to: how much, and who is newly admitted to what; *networks* have names."""
    change = alert.digest.change
    names = _names_words(alert, gathering)
    if change.outcome is not Outcome.SUCCEEDED:
        refused = f"AWS refused each: not authorised ({change.error_code})."
        return [" ".join([refused, *attempt_words(alert, gathering.changes)]), *names]
    admits = "Newly admitted" if alert.status is AlertStatus.CLOSED else "Newly admits"
    admitted = _admitted_words(gathering, networks, admits)
    return [_net_words(gathering), *admitted, *_remark_words(gathering), *names]


def _net_words(gathering: Gathering) -> str:
    if gathering.is_nothing:
        return f"{counted(gathering.changes, 'change')}, of which nothing is left"
    parts = []
    if gathering.added:
        parts.append(f"+{counted(gathering.added, 'rule')}")
    if gathering.removed:
        parts.append(f"−{counted(gathering.removed, 'rule')}")
    if gathering.created:
        parts.append(f"{counted(gathering.created, 'group')} created")
    if gathering.deleted:
        deleted = f"{gathering.deleted:,}" if gathering.created else counted(gathering.deleted, "group")
        parts.append(f"{deleted} deleted")
    if gathering.others:
        parts.append(counted(gathering.others, "other change"))
    if gathering.uncounted:
        parts.append(f"{counted(gathering.uncounted, 'line')} more that are not summed up here")
    return f"Net: {', '.join(parts)}"


def _admitted_words(gathering: Gathering, networks: NamedNetworks, admits: str) -> list[str]:
    sentences = []
    if gathering.admitted:
        clauses: list[str] = []
        for rule, groups in gathering.admitted[:_ADMITTED]:
            noun = (
                "" if clauses else " group" if groups == 1 else " groups"
            )  # said once, it is clear of the others
            on = f" on {groups:,}{noun}" if gathering.groups > 1 else ""
            clauses.append(f"{_bare_words(rule, networks)}{on}")
        more = len(gathering.admitted) - len(clauses) + gathering.more_admitted
        sentences.append(f"{admits}: {'; '.join([*clauses, *([f'{more} more'] if more else [])])}")
    if gathering.untold:
        changes = counted(gathering.untold, "change")
        sentences.append(
            f"What {changes} opened is not known: AWS left it out of its record, or it cannot be read."
        )
    if not gathering.is_known:
        whose = "it" if gathering.groups == 1 else "some of them"
        sentences.append(f"What {whose} admitted before is not known for sure.")
    return sentences


def _remark_words(gathering: Gathering) -> list[str]:
    if gathering.groups == 1:
        return [remark.sentence for remark, _ in gathering.remarks]
    return [f"{as_name(group, _MAX_GROUP)}: {remark.sentence}" for remark, group in gathering.remarks]


def _names_words(alert: Alert, gathering: Gathering) -> list[str]:
    """Name the first groups, unless it is one, or the lines name each of them."""
    named = {line.group for line in gathering.lines} if gathered_lines(alert, gathering) else set()
    if gathering.groups == 1 or (
        gathering.groups == len(gathering.names) and named.issuperset(gathering.names)
    ):
        return []
    names = ", ".join(as_name(name, _MAX_GROUP) for name in gathering.names[:_NAMES])
    more = gathering.groups - len(gathering.names[:_NAMES])
    return [f"{names} … and {more:,} more" if more else names]


def _groups_words(gathering: Gathering) -> str:
    return as_name(gathering.names[0], MAX_NAME) if gathering.groups == 1 else f"{gathering.groups:,} groups"


def _line_words(line: NetLine, gathering: Gathering, networks: NamedNetworks, *, is_denied: bool) -> str:
    sign = "+" if line.is_added else "−"
    on = f" on {as_name(line.group, _MAX_GROUP)}" if gathering.groups > 1 else ""
    return f"{'tried: ' if is_denied else ''}{sign} {rule_words(line.rule, networks)}{on}"


def _bare_words(rule: Rule, networks: NamedNetworks = NO_NAMES) -> str:
    """
    Say whom *rule* admits to what, without the way it goes; *networks* have names.

    >>> from ipaddress import ip_network
    >>> from bot.core.rules import Direction, make_rule
    >>> _bare_words(make_rule(direction=Direction.INGRESS, protocol="tcp", from_port=5432, to_port=5432,
    ...                       source=ip_network("10.20.0.0/16"), description="db"))
    'tcp 5432 from 10.20.0.0/16'
    """
    anywhere = (
        f"any IPv{rule.source.version} address" if isinstance(rule.source, IPv4Network | IPv6Network) else ""
    )
    whom = anywhere if rule.admits_any_address else whom_words(rule.source, networks)
    return f"{replace(rule, direction=None).traffic} from {whom}"


def _worst(gathering: Gathering) -> tuple[Finding, str] | None:
    return gathering.findings[0] if gathering.findings else None


def _effect(rule: Rule) -> str:
    found = judge(rule)
    return found.effect if found else f"{rule.traffic} open to {INTERNET}"
