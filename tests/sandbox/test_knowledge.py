"""What Panopticon knows is held against EC2, and each difference is told as what it is."""

from datetime import UTC, datetime
from ipaddress import ip_network
from typing import Any

import pytest

from bot.core.ledger import Entry, Ledger, Moment
from bot.core.rules import Direction, Rule, make_rule
from sandbox import JO, Sandbox
from sandbox.aws import ACCOUNT_ID
from sandbox.knowledge import compare
from tests.conftest import Clock

SEEN = datetime(2026, 3, 2, 20, 8, 5, tzinfo=UTC)


def rule(port: int, cidr: str = "10.0.0.0/8", direction: Direction | None = Direction.INGRESS) -> Rule:
    return make_rule(
        direction=direction, protocol="tcp", from_port=port, to_port=port, source=ip_network(cidr)
    )


def described(rule_id: str, port: int, cidr: str = "10.0.0.0/8") -> dict[str, Any]:
    return {
        "SecurityGroupRuleId": rule_id,
        "IsEgress": False,
        "IpProtocol": "tcp",
        "FromPort": port,
        "ToPort": port,
        "CidrIpv4": cidr,
    }


def ledger(*rules: Rule, **parts: Any) -> Ledger:
    return Ledger(tuple(Entry(each, Moment(SEEN), SEEN) for each in rules), is_known=True, **parts)


def test_what_both_have_is_told_by_the_id_that_ec2_has() -> None:
    told = compare(ledger(rule(22)), [described("sgr-1", 22)], ACCOUNT_ID)

    assert told["rules"]["sgr-1"]["opened"] == {"at": SEEN.timestamp(), "after": None, "by": None}
    assert (told["missing"], told["extra"], told["doubtful"]) == ([], [], [])


def test_a_rule_of_one_side_alone_is_a_difference() -> None:
    told = compare(ledger(rule(22)), [described("sgr-1", 80)], ACCOUNT_ID)

    assert told["missing"] == ["ingress tcp 80 from 10.0.0.0/8"]
    assert told["extra"] == ["ingress tcp 22 from 10.0.0.0/8"]


def test_a_rule_of_the_same_id_that_admits_something_else_is_no_agreement() -> None:
    told = compare(ledger(rule(22, "192.0.2.0/24")), [described("sgr-1", 22)], ACCOUNT_ID)

    assert (len(told["missing"]), len(told["extra"])) == (1, 1)


def test_what_the_ledger_doubts_itself_is_neither() -> None:
    doubted = ledger(rule(22), doubts=((rule(22), SEEN), (rule(80), SEEN)))

    told = compare(doubted, [described("sgr-1", 80)], ACCOUNT_ID)

    assert (told["missing"], told["extra"]) == ([], [])
    assert len(told["doubtful"]) == 2


def test_a_rule_of_unknown_direction_is_found_among_the_ingress_rules() -> None:
    told = compare(ledger(rule(22, direction=None)), [described("sgr-1", 22)], ACCOUNT_ID)

    assert list(told["rules"]) == ["sgr-1"]


def of_group(sandbox: Sandbox, name: str) -> dict[str, Any]:
    group_id = sandbox.groups.ids[name]
    facts: dict[str, Any] = sandbox.knowledge.of([group_id])[group_id]
    return facts


@pytest.fixture
def read(sandbox: Sandbox, clock: Clock) -> Sandbox:
    """The sandbox after Panopticon has read web-prod."""
    sandbox.open_ssh()
    sandbox.drain()
    sandbox.click(JO, sandbox.slack.messages()[0], "view_rules")
    sandbox.drain()
    sandbox.close_modal(JO)
    clock.advance(2)
    return sandbox


def test_panopticon_knows_who_opened_a_rule_and_who_acknowledged_it(read: Sandbox) -> None:
    read.click(JO, read.slack.messages()[0], "acknowledge")

    facts = of_group(read, "web-prod")

    assert (facts["missing"], facts["extra"], facts["is_known"]) == ([], [], True)
    (opened,) = [fact for fact in facts["rules"].values() if fact["opened"]["by"] == "alice@example.com"]
    assert opened["accepted_by"] == JO


def test_a_lost_event_is_a_difference(read: Sandbox) -> None:
    read.trail.to_lose = 1
    read.close_ssh()
    read.drain()

    assert of_group(read, "web-prod")["extra"] == ["ingress tcp 22 from 0.0.0.0/0"]


def test_asking_is_not_counted_among_the_calls_of_the_bot(sandbox: Sandbox) -> None:
    of_group(sandbox, "web-prod")

    assert sandbox.aws.calls == []
