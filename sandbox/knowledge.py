"""What Panopticon knows of a group, held against what EC2 has: any disagreement is to be seen."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from ipaddress import ip_network
from typing import Any

from bot.aws.store import Store
from bot.aws.table import Table
from bot.core.changes import GroupKey
from bot.core.cloudtrail import parse_change
from bot.core.history import KnownPrincipal
from bot.core.ledger import Entry, Ledger, Moment, content_of
from bot.core.rules import (
    Direction,
    PrefixList,
    ReferencedGroup,
    Rule,
    make_rule,
    source_words,
    within_account,
)
from bot.workflows.ledgers import Ledgers
from sandbox.aws import ACCOUNT_ID, REGION, TABLE_NAME, AwsAccount
from sandbox.ec2 import SecurityGroups

Facts = dict[str, Any]


class Knowledge:
    """Reads ledgers by way of the sandbox's own client, so that it does not count among the bot's calls."""

    def __init__(self, aws: AwsAccount, groups: SecurityGroups) -> None:
        self._aws = aws
        self._groups = groups
        self._store = Store(Table(TABLE_NAME, lambda: aws.dynamodb), timedelta(days=400))
        self._ledgers = Ledgers(self._store)
        self._read: tuple[Any, Facts] = (None, {})

    def recall(self, event: Mapping[str, Any], at: datetime) -> None:
        """Let the one who made the call of *event* have been seen at *at*, if they were not yet."""
        principal = parse_change(event).principal
        known = KnownPrincipal(principal.key, principal.label, principal.kind, principal.account_id)
        self._store.meet_principal(known, "long ago", at)

    def of(self, group_ids: list[str]) -> Facts:
        """Compare groups, each by its id; what was told last holds while neither EC2 nor the bot has done anything."""
        when = (self._groups.version, len(self._aws.calls), group_ids)
        if self._read[0] != when:
            described = self._groups.described(group_ids)
            self._read = (when, {group_id: self._compare(group_id, described) for group_id in group_ids})
        return self._read[1]

    def _compare(self, group_id: str, described: list[Facts]) -> Facts:
        ledger = self._ledgers.ledger(GroupKey(ACCOUNT_ID, REGION, group_id))
        of_group = [entry for entry in described if entry["GroupId"] == group_id]
        return compare(self._ledgers.accepted(ledger), of_group, ACCOUNT_ID)


def compare(ledger: Ledger, described: Iterable[Mapping[str, Any]], account_id: str) -> Facts:
    """
    Describe *ledger* beside the rules that EC2's DescribeSecurityGroupRules tells now.

    "rules" holds what is known of each rule by EC2's id. "missing" are rules of EC2 that the ledger has not, "extra" those
    of the ledger that EC2 has not, "doubtful" those of which the ledger itself says that it is not sure.
    """
    in_ec2 = {rule.rule_id: rule for rule in (_rule(entry, account_id) for entry in described)}
    contents = {content_of(rule): rule_id for rule_id, rule in in_ec2.items()}
    doubted = [rule for rule, _ in ledger.doubts]
    rules: dict[str | None, Facts] = {}
    extra = []
    for entry in ledger.live:
        told = {_spelled(entry.content), entry.content}
        rule_id = next((contents[content] for content in told if content in contents), None)
        if rule_id is not None:
            rules[rule_id] = _told(entry)
        elif entry.content not in doubted:
            extra.append(_words(entry.rule))
    wrong = [rule for rule_id, rule in in_ec2.items() if rule_id not in rules]
    missing = [_words(rule) for rule in wrong if content_of(rule) not in doubted]
    return {
        "is_known": ledger.is_known,
        "is_certain": ledger.is_certain,
        "read": _seconds(ledger.read),
        "deleted": ledger.deleted and _when(ledger.deleted),
        "rules": {str(rule_id): facts for rule_id, facts in rules.items()},
        "missing": missing,
        "extra": extra,
        "doubtful": [_words(rule) for rule in doubted],
        "closed": [
            {"rule": _words(entry.rule), "closed": _when(entry.closed)}
            for entry in reversed(ledger.closed[-3:])
            if entry.closed
        ],
    }


def _told(entry: Entry) -> Facts:
    by = entry.opened.by
    accepted = by.acceptance if by else None
    return {
        "opened": _when(entry.first_opened),
        "changed": _when(entry.opened) if entry.origin else None,
        "accepted_by": accepted.user_id if accepted else None,
        "note": accepted.note if accepted else None,
    }


def _when(moment: Moment) -> Facts:
    """Tell when and by whom; by nobody known, it was between two times."""
    return {
        "at": _seconds(moment.at),
        "after": _seconds(moment.after),
        "by": moment.by.name if moment.by else None,
    }


def _seconds(time: datetime | None) -> float | None:
    return time.timestamp() if time else None


def _words(rule: Rule) -> str:
    direction = rule.direction or "ingress or egress"
    way = "to" if rule.direction is Direction.EGRESS else "from"
    return f"{direction} {rule.traffic} {way} {source_words(rule.source)}"


def _spelled(content: Rule) -> Rule:
    """Take a rule of which no event told the direction for ingress, so that it is found in EC2."""
    if content.direction is not None:
        return content
    return Rule(Direction.INGRESS, content.protocol, content.ports, content.icmp, content.source)


def _rule(entry: Mapping[str, Any], account_id: str) -> Rule:
    cidr = entry.get("CidrIpv4") or entry.get("CidrIpv6")
    referenced = entry.get("ReferencedGroupInfo", {})
    rule = make_rule(
        direction=Direction.EGRESS if entry["IsEgress"] else Direction.INGRESS,
        protocol=entry["IpProtocol"],
        from_port=entry.get("FromPort"),
        to_port=entry.get("ToPort"),
        source=ip_network(cidr)
        if cidr
        else PrefixList(entry["PrefixListId"])
        if entry.get("PrefixListId")
        else ReferencedGroup(referenced["GroupId"], referenced.get("UserId")),
        description=entry.get("Description"),
        rule_id=entry["SecurityGroupRuleId"],
    )
    return within_account(rule, account_id)
