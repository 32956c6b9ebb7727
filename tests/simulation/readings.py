"""What somebody reads who asks EC2 for a group's rules: each rule as it was at some moment of the last minute."""

from collections.abc import Callable
from datetime import datetime, timedelta

from bot.core.changes import GroupDetails, GroupKey, Observation
from tests.simulation.ec2 import ACCOUNT_ID, REGION, Ec2

MAX_LAG = timedelta(seconds=60)
"""How old, at most, what EC2 tells may be."""


def read(
    ec2: Ec2, group_id: str, at: datetime, lag: Callable[[str], timedelta] = lambda _rule_id: timedelta()
) -> Observation:
    """
    Read a group at a time; *lag* says of each rule, by its id, how old what is told of it is.

    A rule that was just modified may be told as it was; one that is gone may still be told, and one of the same content
    that took its place as well.
    """
    moments = [at, at - MAX_LAG, *(time for time in ec2.moments(group_id) if at - MAX_LAG <= time <= at)]
    states = [ec2.rules_at(group_id, time) or {} for time in moments]
    rules = []
    for rule_id in dict.fromkeys(rule_id for state in states for rule_id in state):
        age = lag(rule_id)
        assert timedelta() <= age <= MAX_LAG
        rule = (ec2.rules_at(group_id, at - age) or {}).get(rule_id)
        if rule is not None:
            rules.append(rule)
    details = GroupDetails(GroupKey(ACCOUNT_ID, REGION, group_id), "web-prod", "vpc-0123456789abcdef0")
    return Observation(details, at, tuple(rules))
