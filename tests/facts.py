"""A group's facts in few words: changes of each kind and readings, for tests of what they fold to."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from bot.core.changes import ChangeKind, DescriptionEdit, GroupDetails, Observation, SecurityGroupChange
from bot.core.ledger import Ledger
from bot.core.rules import Direction, Rule
from tests.makers import GROUP, NOW, a_change, a_rule

START = NOW.replace(microsecond=0)

SSH, WEB, DB = a_rule(), a_rule(port=443), a_rule("10.0.0.0/8", 5432)
"""Contents, as older records tell them: without ids."""


def named(rule: Rule, rule_id: str, description: str | None = None) -> Rule:
    return replace(rule, rule_id=rule_id, description=description)


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def change(event_id: str, seconds: int, kind: ChangeKind, call: str, **more: Any) -> SecurityGroupChange:
    return a_change(event_id, time=at(seconds), kind=kind, event_name=call, **{"added": (), **more})


def create(event_id: str = "create", seconds: int = -600) -> SecurityGroupChange:
    return change(event_id, seconds, ChangeKind.CREATE, "CreateSecurityGroup")


def delete(event_id: str, seconds: int) -> SecurityGroupChange:
    return change(event_id, seconds, ChangeKind.DELETE, "DeleteSecurityGroup")


def authorize(event_id: str, seconds: int, *rules: Rule, **more: Any) -> SecurityGroupChange:
    call = "AuthorizeSecurityGroupIngress"
    return change(event_id, seconds, ChangeKind.AUTHORIZE, call, added=rules, **more)


def revoke(event_id: str, seconds: int, *rules: Rule | str, **more: Any) -> SecurityGroupChange:
    call = "RevokeSecurityGroupIngress"
    removed = tuple(rule for rule in rules if isinstance(rule, Rule))
    ids = tuple(rule for rule in rules if isinstance(rule, str))
    return change(event_id, seconds, ChangeKind.REVOKE, call, removed=removed, removed_rule_ids=ids, **more)


def modify(event_id: str, seconds: int, *rules: Rule) -> SecurityGroupChange:
    undirected = tuple(replace(rule, direction=None) for rule in rules)
    return change(event_id, seconds, ChangeKind.MODIFY, "ModifySecurityGroupRules", modified=undirected)


def describe(event_id: str, seconds: int, rule: Rule | str, words: str | None) -> SecurityGroupChange:
    call = "UpdateSecurityGroupRuleDescriptionsIngress"
    return change(event_id, seconds, ChangeKind.DESCRIBE, call, described=(DescriptionEdit(rule, words),))


def read(seconds: float, *rules: Rule) -> Observation:
    return Observation(GroupDetails(GROUP, "web-prod", "vpc-1"), at(seconds), rules)


def ingress(ledger: Ledger) -> set[Rule]:
    """Give the rules that let something in, whatever they are called."""
    return {replace(rule, description=None) for rule in ledger.going(Direction.INGRESS)}
