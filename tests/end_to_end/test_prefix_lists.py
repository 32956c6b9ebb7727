"""Rules that name a prefix list, and edits of the list, through bot.handlers and moto's EC2."""

import uuid
from datetime import UTC, datetime
from typing import Any

from sandbox import ALICE, CHANNEL, JO, Sandbox
from sandbox.aws import ACCOUNT_ID, REGION
from tests.records import event


def make_list(sandbox: Sandbox, *cidrs: str) -> str:
    """Make a list that is older than the trail."""
    made = sandbox.aws.ec2.create_managed_prefix_list(
        PrefixListName="office",
        Entries=[{"Cidr": cidr} for cidr in cidrs],
        MaxEntries=20,
        AddressFamily="IPv4",
    )
    return str(made["PrefixList"]["PrefixListId"])


def name_list(sandbox: Sandbox, group: str, list_id: str, port: int = 22) -> None:
    """Have a rule of a group name the list."""
    permission = {
        "IpProtocol": "tcp",
        "FromPort": port,
        "ToPort": port,
        "PrefixListIds": [{"PrefixListId": list_id}],
    }
    group_id = sandbox.groups.ids[group]
    sandbox.ec2("AuthorizeSecurityGroupIngress", GroupId=group_id, IpPermissions=[permission])
    sandbox.drain()


def edit(sandbox: Sandbox, list_id: str, version: int, *, add: str = "", remove: str = "") -> None:
    """Edit the list in moto, and deliver the event of it as AWS writes it."""
    changed = {"AddEntries": [{"Cidr": add}]} if add else {"RemoveEntries": [{"Cidr": remove}]}
    sandbox.aws.ec2.modify_managed_prefix_list(
        PrefixListId=list_id, PrefixListName="office", CurrentVersion=version, **changed
    )
    asked: dict[str, Any] = {"PrefixListId": list_id, "CurrentVersion": version}
    asked |= {"AddEntry": {"Cidr": add, "tag": 1}} if add else {"RemoveEntry": {"Cidr": remove, "tag": 1}}
    answered = {"prefixListId": list_id, "state": "modify-in-progress", "version": version}
    sandbox.deliver(
        event(
            eventName="ModifyManagedPrefixList",
            eventID=str(uuid.uuid4()),
            eventTime=f"{datetime.fromtimestamp(sandbox.clock(), UTC):%Y-%m-%dT%H:%M:%SZ}",
            awsRegion=REGION,
            recipientAccountId=ACCOUNT_ID,
            userIdentity=dict(ALICE.identity),
            requestParameters={"ModifyManagedPrefixListRequest": asked},
            responseElements={"ModifyManagedPrefixListResponse": {"prefixList": answered}},
        )
    )
    sandbox.drain()


def shown(sandbox: Sandbox, start: str = "") -> list[str]:
    """Give what the channel's cards say whose headline has *start*."""
    cards = [message for message in sandbox.slack.messages(CHANNEL) if message.thread_ts is None]
    return [f"{card.text}\n{card.plain()}" for card in cards if start in card.text]


def test_a_list_that_a_rule_names_is_read_and_its_entries_judged(sandbox: Sandbox) -> None:
    name_list(sandbox, "web-prod", make_list(sandbox, "0.0.0.0/0"))
    (card,) = shown(sandbox)
    assert "🔴 Critical: SSH (tcp 22) open to the internet on web-prod" in card


def test_what_a_list_turns_out_to_admit_is_said_to_the_channel_too(sandbox: Sandbox) -> None:
    name_list(sandbox, "web-prod", make_list(sandbox, "0.0.0.0/0"))
    card, said = sandbox.slack.messages(CHANNEL)
    assert said.thread_ts == card.ts
    assert said.text.startswith("🔴 Critical: SSH (tcp 22) open to the internet on ")
    assert said.text.endswith(". It was told as 🔵 Low.")


def test_an_edit_is_one_card_that_names_groups_and_ports(sandbox: Sandbox) -> None:
    list_id = make_list(sandbox, "203.0.113.0/24")
    name_list(sandbox, "web-prod", list_id)
    name_list(sandbox, "app-prod", list_id)
    edit(sandbox, list_id, 1, add="0.0.0.0/0")
    (card,) = shown(sandbox, "by prefix list")
    assert "🔴 Critical: SSH (tcp 22) open to the internet on app-prod and web-prod, by prefix list" in card
    assert "+ 0.0.0.0/0" in card
    assert "Opens tcp 22 to the internet on app-prod and web-prod." in card

    edit(sandbox, list_id, 2, remove="0.0.0.0/0")
    assert len(shown(sandbox, "by prefix list")) == 1
    sandbox.command(JO, "quiet")
    told = "tcp 22 closed to the internet on app-prod and web-prod, by prefix list"
    assert told in sandbox.slack.ephemerals(JO)[-1].plain()


def test_an_edit_of_a_list_that_no_rule_names_says_so(sandbox: Sandbox) -> None:
    edit(sandbox, make_list(sandbox, "203.0.113.0/24"), 1, add="0.0.0.0/0")
    (card,) = shown(sandbox)
    assert "No group that Panopticon knows names this list." in card
    assert card.startswith("🟠 High")
