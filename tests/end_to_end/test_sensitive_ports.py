"""A port that policy.toml calls sensitive comes first on every card, however much else is told, and is never what is cut."""

from bot.core.rules import PortRange
from bot.core.severity import SensitivePorts, SeverityPolicy
from bot.policy import Policy
from sandbox import CHANNEL, ERIN, Sandbox
from tests.end_to_end.test_prefix_lists import edit, make_list, name_list
from tests.end_to_end.test_who import told

BILLING = Policy(severities=SeverityPolicy(sensitive=(SensitivePorts("billing API", PortRange(9444, 9444)),)))
PORTS = (*range(9000, 9030), 9444)  # of which a card lists 20, and the standard bounds find all alike


def test_of_many_rules_it_is_the_first_that_a_card_lists_and_tells(sandbox: Sandbox) -> None:
    rules = [sandbox.groups.permission(port, "0.0.0.0/0", None) for port in PORTS]
    with told(sandbox, BILLING):
        sandbox.ec2(
            "AuthorizeSecurityGroupIngress",
            ERIN,
            GroupId=sandbox.groups.ids["db-prod"],
            IpPermissions=rules,
        )
        sandbox.drain()

    (card,) = sandbox.slack.messages(CHANNEL)
    assert card.text.startswith("🔴 Critical: billing API (tcp 9444) and ")
    lines = card.plain().splitlines()
    assert next(line for line in lines if "+ ingress" in line).strip() == "+ ingress tcp 9444 from 0.0.0.0/0"
    assert any(line.startswith("Now admits any IPv4 address to tcp 9444") for line in lines)


def test_an_edit_of_a_prefix_list_that_opens_it_is_critical(sandbox: Sandbox) -> None:
    prefix_list = make_list(sandbox, "10.0.0.0/8")
    with told(sandbox, BILLING):
        name_list(sandbox, "web-prod", prefix_list, port=9444)
        edit(sandbox, prefix_list, 1, add="0.0.0.0/0")

    card = sandbox.slack.messages(CHANNEL)[-1]
    assert card.text.startswith("🔴 Critical: billing API (tcp 9444) open to the internet on web-prod")
