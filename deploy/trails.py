"""
CloudTrail's trails: whether one brings EventBridge what happens to security groups.

EventBridge hears of a call only where a trail logs management events that write.
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from deploy.account import Client, aws_words

EC2 = "ec2.amazonaws.com"


@dataclass(frozen=True, slots=True)
class Trails:
    """
    What was found: the names of trails that do, and for each of the others a line that says why not.

    *unclear* has those that may not be looked at, as a member may not look at its organisation's.
    """

    working: tuple[str, ...] = ()
    unclear: tuple[str, ...] = ()
    not_working: tuple[str, ...] = ()


def find_trails(cloudtrail: Client) -> Trails:
    """
    Look at each trail that covers this region.

    Raises:
        DeployError: AWS does not list them.
    """
    with aws_words("list the trails (cloudtrail:DescribeTrails)"):
        trails = cloudtrail.describe_trails(includeShadowTrails=True)["trailList"]
    working, unclear, not_working = [], [], []
    for trail in trails:
        name = trail["Name"]
        with aws_words(f"look at the trail {name}"):
            try:
                # By ARN: a trail whose home is another region is not found by its name here.
                is_on = cloudtrail.get_trail_status(Name=trail["TrailARN"])["IsLogging"]
                selectors = cloudtrail.get_event_selectors(TrailName=trail["TrailARN"])
            except ClientError as error:
                unclear.append(f"{name} (may not be looked at: {error.response['Error']['Code']})")
                continue
        if not is_on:
            not_working.append(f"{name} is switched off")
        elif logs_writes(selectors):
            working.append(name)
        else:
            not_working.append(f"{name} does not log management writes of EC2")
    return Trails(tuple(working), tuple(unclear), tuple(not_working))


def logs_writes(selectors: Mapping[str, Any]) -> bool:
    """
    Tell whether a trail with these selectors logs EC2's management calls that write, all of them.

    >>> logs_writes({"EventSelectors": [{"IncludeManagementEvents": True, "ReadWriteType": "ReadOnly"}]})
    False
    """
    return any(
        selector.get("IncludeManagementEvents", True) and selector.get("ReadWriteType", "All") != "ReadOnly"
        for selector in selectors.get("EventSelectors", ())
    ) or any(_takes_writes(selector) for selector in selectors.get("AdvancedEventSelectors", ()))


def _takes_writes(selector: Mapping[str, Any]) -> bool:
    """https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_AdvancedFieldSelector.html ."""
    fields = {field["Field"]: field for field in selector["FieldSelectors"]}
    if "Management" not in fields.pop("eventCategory", {}).get("Equals", ()):
        return False
    if "true" in fields.pop("readOnly", {}).get("Equals", ()):
        return False
    source = fields.pop("eventSource", {})
    if EC2 in source.get("NotEquals", ()) or EC2 not in source.get("Equals", [EC2]):
        return False
    return not fields  # any other field lets only some of the calls through
