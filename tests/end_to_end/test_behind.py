"""What sits behind a group, from an event on the queue to the line on its card, by the same handlers as in Lambda."""

import pytest

from sandbox import JO, Sandbox
from sandbox.principals import ERIN
from sandbox.stories import play
from tests.end_to_end.test_other_accounts import opened_elsewhere
from tests.end_to_end.test_telemetry import metrics_of


def cards(sandbox: Sandbox) -> list[str]:
    return [message.plain() for message in sandbox.slack.messages()]


def reads(sandbox: Sandbox) -> int:
    return len([call for call in sandbox.aws.calls if call.operation == "DescribeNetworkInterfaces"])


def test_the_card_is_there_before_the_line_and_is_edited_in_place(sandbox: Sandbox) -> None:
    sandbox.functions.invoke("events", sandbox.open_ssh())
    (before,) = cards(sandbox)
    assert "Behind it" not in before
    assert reads(sandbox) == 0  # the function that takes events in holds no permission for EC2

    sandbox.drain()

    (after,) = cards(sandbox)
    assert "Behind it: 1 instance with a public address (web-1, 198.51.100.20)" in after
    assert "1 internal load balancer (web-internal)" in after
    assert "unattached" not in after
    assert reads(sandbox) == 1


def test_a_group_is_read_once_a_minute_however_many_alerts_there_are(sandbox: Sandbox) -> None:
    sandbox.open_ssh()
    sandbox.drain()
    permission = sandbox.groups.permission(3389, "0.0.0.0/0", None)
    sandbox.ec2(
        "AuthorizeSecurityGroupIngress",
        ERIN,
        GroupId=sandbox.groups.ids["web-prod"],
        IpPermissions=[permission],
    )
    sandbox.drain()

    assert [card.count("Behind it: 1 instance") for card in cards(sandbox)] == [1, 1]
    assert reads(sandbox) == 1


def test_a_database_is_named_as_one_and_a_group_that_it_admits_by_what_is_in_it(sandbox: Sandbox) -> None:
    sandbox.ec2(
        "AuthorizeSecurityGroupIngress",
        ERIN,
        GroupId=sandbox.groups.ids["db-prod"],
        IpPermissions=[sandbox.groups.permission(5433, "web-prod", None)],
    )
    sandbox.drain()

    (card,) = cards(sandbox)
    assert "Behind it: 1 database interface" in card
    assert "Admits the 3 interfaces in web-prod, same VPC." in card


def test_where_nothing_is_attached_a_critical_becomes_high_and_says_so(sandbox: Sandbox) -> None:
    play(sandbox, "unattached", "old-bastion")
    sandbox.drain()

    (card,) = cards(sandbox)
    assert card.startswith("🟠 High: SSH (tcp 22) open to the internet on lab-")
    assert "Behind it: nothing is attached, so this is high, not critical" in card
    assert len([call for call in sandbox.slack.calls if call.method == "chat.postMessage"]) == 1


def test_an_instance_that_comes_under_a_group_is_told_with_what_lets_the_internet_in(
    sandbox: Sandbox,
) -> None:
    sandbox.open_ssh("old-bastion")
    sandbox.drain()
    play(sandbox, "member", "old-bastion")
    sandbox.drain()

    (member,) = (card for card in cards(sandbox) if "Came under it" in card)
    assert "Came under it: 1 instance with a public address (web-1, 198.51.100.20)" in member
    assert "The group admits, and so it now admits, any IPv4 address to tcp 22" in member


def test_that_interfaces_may_not_be_read_is_told_by_the_card_the_doctor_and_a_metric(
    sandbox: Sandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    sandbox.aws.refused.add("DescribeNetworkInterfaces")
    sandbox.queues.run_schedule()
    sandbox.open_ssh()
    sandbox.drain()

    refused = "AWS does not let Panopticon read network interfaces in account 123456789012"
    assert refused in cards(sandbox)[0]
    sandbox.command(JO, "doctor")
    said = sandbox.slack.ephemerals(JO)[-1].plain()
    assert "7 groups read" in said
    assert "⚠️" in said
    assert "Panopticon may not read what sits behind them (UnauthorizedOperation, " in said
    assert sum(metrics_of(capsys.readouterr().out)["ReadDenied"]) == 1

    sandbox.aws.refused.clear()
    sandbox.open_ssh("bastion")
    sandbox.drain()
    sandbox.command(JO, "doctor")
    assert "may not read" not in sandbox.slack.ephemerals(JO)[-1].plain()


def test_in_another_account_it_is_the_role_that_the_doctor_names(sandbox: Sandbox) -> None:
    opened_elsewhere(sandbox, has_role=False)
    sandbox.command(JO, "doctor")
    said = sandbox.slack.ephemerals(JO)[-1].plain()
    assert "may not read what sits behind them: role panopticon-read is missing there (AccessDenied, " in said
