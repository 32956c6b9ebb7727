"""Calls that a visitor fills in become boto3's parameters, or say which field cannot be taken."""

from typing import Any

import pytest

from bot.core.calls import CALLS
from sandbox import Sandbox
from sandbox.forms import FORMS, FormError, parameters
from sandbox.stories import PRINCIPALS

FILLED = {
    "protocol": "tcp",
    "ports": "8000-8100",
    "sources": "10.0.0.0/8",
    "description": "x",
    "name": "new",
    "key": "team",
    "value": "a",
    "add": "198.51.100.0/24",
    "version": "1",
}


def rule_of(sandbox: Sandbox, group: str, *, egress: bool = False) -> str:
    rules = next(each["rules"] for each in sandbox.groups.rules() if each["name"] == group)
    return str(next(rule["id"] for rule in rules if rule["egress"] is egress))


def test_there_is_a_form_for_every_call_that_the_bot_reads() -> None:
    assert FORMS.keys() == CALLS.keys()


@pytest.mark.parametrize("operation", FORMS)
def test_a_filled_in_call_is_one_that_ec2_takes(sandbox: Sandbox, operation: str) -> None:
    group = "old-bastion"
    filled = FILLED | {
        "group": sandbox.groups.ids[group],
        "rule": rule_of(sandbox, group, egress=operation.endswith("Egress")),
    }

    made = parameters(operation, filled, sandbox.groups)
    record = sandbox.groups.call(operation, PRINCIPALS["alice"][1], **made)["detail"]

    assert record.get("errorMessage") is None
    assert record["eventName"] == operation


@pytest.mark.parametrize("operation", [name for name, fields in FORMS.items() if "by" in fields])
def test_a_rule_is_named_by_its_id_where_that_is_wanted(sandbox: Sandbox, operation: str) -> None:
    rule = rule_of(sandbox, "bastion", egress=operation.endswith("Egress"))
    filled = {"group": sandbox.groups.ids["bastion"], "rule": rule, "by": "id", "description": "new"}

    made = parameters(operation, filled, sandbox.groups)
    sandbox.groups.call(operation, PRINCIPALS["alice"][1], **made)

    assert "IpPermissions" not in made
    there = {each["id"]: each for group in sandbox.groups.rules() for each in group["rules"]}
    assert (rule not in there) if operation.startswith("Revoke") else there[rule]["description"] == "new"


@pytest.mark.parametrize(
    ("sources", "kind"),
    [
        ("10.0.0.0/8, 192.0.2.0/24", "IpRanges"),
        ("::/0", "Ipv6Ranges"),
        ("web-prod", "UserIdGroupPairs"),
        ("office", "PrefixListIds"),
    ],
)
def test_sources_are_addresses_groups_or_prefix_lists(sandbox: Sandbox, sources: str, kind: str) -> None:
    filled = FILLED | {"group": sandbox.groups.ids["bastion"], "sources": sources}

    made = parameters("AuthorizeSecurityGroupIngress", filled, sandbox.groups)

    (permission,) = made["IpPermissions"]
    assert len(permission[kind]) == len(sources.split(","))
    assert all(source["Description"] == "x" for source in permission[kind])


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"ports": "ssh"}, "ports"),
        ({"ports": ""}, "ports"),
        ({"sources": "everybody"}, "sources"),
        ({"sources": ""}, "sources"),
        ({"sources": "10.0.0.0/8 web-prod"}, "sources"),
        ({"group": ""}, "group"),
    ],
)
def test_a_field_that_cannot_be_taken_is_named(sandbox: Sandbox, wrong: dict[str, Any], field: str) -> None:
    filled = FILLED | {"group": sandbox.groups.ids["bastion"]} | wrong

    with pytest.raises(FormError) as refused:
        parameters("AuthorizeSecurityGroupIngress", filled, sandbox.groups)

    assert refused.value.name == field
