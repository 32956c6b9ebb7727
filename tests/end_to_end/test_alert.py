"""From an EventBridge event to the card that a channel sees, through bot.handlers."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from sandbox import ALICE, BOB, CHANNEL, ERIN, JO, ROOT, Sandbox
from sandbox.aws import ACCOUNT_ID
from tests.end_to_end.turns import forget_turns


def the_card(sandbox: Sandbox) -> Any:
    (card,) = sandbox.slack.messages(CHANNEL)
    return card


def test_a_rule_opened_to_the_world_becomes_a_critical_card(sandbox: Sandbox) -> None:
    sandbox.open_ssh()
    sandbox.drain()

    card = the_card(sandbox)
    account = ACCOUNT_ID
    assert card.text == f"🔴 Critical: SSH (tcp 22) open to the internet on web-prod, account {account}"
    shown = card.plain()
    assert "alice@example.com · AWS console · SSO AdministratorAccess · from 203.0.113.7" in shown
    assert '+ ingress tcp 22 from 0.0.0.0/0 "temp debug"' in shown
    assert "Now admits any IPv4 address to tcp 22." in shown
    assert "Not acknowledged" in shown
    assert sandbox.groups.ids["web-prod"] in shown
    assert card.attachments[0]["color"] == "a30200"


def test_an_alert_costs_one_slack_call_and_at_most_five_dynamodb_calls(sandbox: Sandbox) -> None:
    sandbox.create_group("web-new")  # so that the group's name is known
    sandbox.open_ssh(principal=ERIN)  # so that the secrets and the mutes are read
    sandbox.drain()
    sandbox.aws.calls.clear()
    sandbox.slack.calls.clear()

    sandbox.functions.invoke("events", sandbox.open_ssh("web-new"))

    assert [call.method for call in sandbox.slack.calls] == ["chat.postMessage"]
    assert [call.operation for call in sandbox.aws.calls if call.service == "dynamodb"] == [
        "PutItem",  # alice is new to this function's memory
        "BatchGetItem",
        "Query",
        "TransactWriteItems",
        "UpdateItem",  # its turn
        "UpdateItem",
    ]
    sandbox.aws.calls.clear()
    forget_turns(sandbox)
    sandbox.functions.invoke("events", sandbox.open_ssh("bastion"))
    assert [call.operation for call in sandbox.aws.calls if call.service == "dynamodb"] == [
        "BatchGetItem",
        "Query",
        "TransactWriteItems",
        "UpdateItem",
        "UpdateItem",
    ]
    sandbox.aws.calls.clear()
    sandbox.functions.invoke("events", sandbox.close_ssh("web-new"))  # which is not posted
    assert [call.operation for call in sandbox.aws.calls if call.service == "dynamodb"] == [
        "BatchGetItem",
        "Query",
        "BatchGetItem",  # who acknowledged
        "BatchGetItem",  # what it closed
        "TransactWriteItems",
    ]


def test_a_group_met_for_the_first_time_gets_its_name_from_ec2(sandbox: Sandbox) -> None:
    event = sandbox.open_ssh()
    sandbox.functions.invoke("events", event)
    group_id = sandbox.groups.ids["web-prod"]
    assert group_id in the_card(sandbox).text

    sandbox.drain()
    assert "web-prod" in the_card(sandbox).text


def test_the_same_event_twice_is_one_change_and_one_card(sandbox: Sandbox) -> None:
    event = sandbox.open_ssh()
    sandbox.deliver(event)
    sandbox.drain()
    sandbox.deliver({**event, "id": "another-envelope"})
    sandbox.drain()

    the_card(sandbox)
    posts = [call for call in sandbox.slack.calls if call.method == "chat.postMessage"]
    assert len(posts) == 1
    answer = json.loads(sandbox.command(JO, "web-prod").body)
    assert len([block for block in answer["blocks"] if block.get("block_id", "").startswith("change-")]) == 1


def test_the_same_event_many_times_at_once_is_one_card(sandbox: Sandbox) -> None:
    from bot import handlers

    event = sandbox.open_ssh()
    with ThreadPoolExecutor(8) as pool:
        futures = [pool.submit(handlers.events, event, None) for _ in range(8)]
    assert [future.result() for future in futures] == [{}] * 8

    the_card(sandbox)


def test_a_bare_event_is_taken_as_well_as_a_batch(sandbox: Sandbox) -> None:
    event = sandbox.open_ssh()
    assert sandbox.functions.invoke("events", event) == {}
    the_card(sandbox)


def test_one_bad_record_holds_nothing_back(sandbox: Sandbox) -> None:
    sandbox.deliver("not even JSON")
    sandbox.open_ssh()
    sandbox.deliver("[]")
    sandbox.drain()

    the_card(sandbox)
    assert sandbox.queues.dead("events") == 2


def test_foreign_events_are_ignored(sandbox: Sandbox) -> None:
    event = sandbox.open_ssh()
    sandbox.drain()
    sandbox.slack.calls.clear()
    for name, source in (
        ("DescribeSecurityGroups", "ec2.amazonaws.com"),
        ("CreateSecurityGroup", "rds.amazonaws.com"),
    ):
        foreign = {
            **event,
            "detail": {**event["detail"], "eventName": name, "eventSource": source, "eventID": name},
        }
        sandbox.deliver(foreign)
    sandbox.deliver({"source": "aws.s3", "detail": None})
    sandbox.deliver({})
    sandbox.drain()

    assert sandbox.slack.calls == []
    assert sandbox.queues.dead("events") == 0


def test_a_denied_call_is_told_without_an_acknowledge_button(sandbox: Sandbox) -> None:
    sandbox.open_ssh(principal=BOB)
    sandbox.drain()

    card = the_card(sandbox)
    assert card.text.startswith("⚪ Denied, nothing changed: ")
    assert "tried to open SSH (tcp 22) to the internet on " in card.text
    assert "tried: + ingress tcp 22 from 0.0.0.0/0" in card.plain()
    assert "AWS refused: not authorised (Client.UnauthorizedOperation)." in card.plain()
    assert "Acknowledge" not in card.plain()


def test_a_call_that_failed_by_mistake_is_history_only(sandbox: Sandbox) -> None:
    sandbox.open_ssh()
    sandbox.open_ssh()  # EC2 answers InvalidPermission.Duplicate
    sandbox.drain()

    the_card(sandbox)
    answer = sandbox.command(JO, "web-prod").body
    assert "InvalidPermission.Duplicate" in answer


@pytest.mark.parametrize(
    ("principal", "who"),
    [
        pytest.param(ALICE, "alice@example.com · AWS console · SSO AdministratorAccess", id="SSO role"),
        pytest.param(ERIN, "erin · AWS CLI · IAM user", id="IAM user"),
        pytest.param(ROOT, "root user · AWS console", id="root"),
    ],
)
def test_each_identity_is_named_as_people_know_it(sandbox: Sandbox, principal: Any, who: str) -> None:
    sandbox.open_ssh(principal=principal)
    sandbox.drain()
    assert who in the_card(sandbox).plain()


def test_a_call_that_cannot_be_read_gets_the_minimal_card(sandbox: Sandbox) -> None:
    event = sandbox.open_ssh()
    sandbox.drain()
    sandbox.slack.reset()
    group_id = sandbox.groups.ids["web-prod"]
    detail = {
        **event["detail"],
        "eventName": "ModifySecurityGroupRules",
        "eventID": "a-modify",
        "requestParameters": {"ModifySecurityGroupRulesRequest": {"GroupId": group_id}},
        "responseElements": {"ModifySecurityGroupRulesResponse": {"return": True}},
    }
    sandbox.deliver({**event, "detail": detail})
    broken = {
        **event["detail"],
        "eventID": "a-broken-one",
        "requestParameters": None,
        "responseElements": None,
    }
    sandbox.deliver({**event, "detail": broken})
    sandbox.drain()

    cards = [card for card in sandbox.slack.messages(CHANNEL) if "Not understood" in card.text]
    modified, unreadable = cards
    assert modified.text.startswith("🟠 Not understood: a security-group call in account")
    assert "ModifySecurityGroupRules" in modified.plain()
    assert "ModifySecurityGroupRules · AWS reports success" in modified.plain()
    assert group_id in modified.plain()
    assert unreadable.text.startswith("🟠 Not understood")


def test_of_creating_changing_and_deleting_a_group_only_what_opens_something_is_posted(
    sandbox: Sandbox,
) -> None:
    sandbox.create_group("web-new")
    sandbox.open_ssh("web-new")
    sandbox.close_ssh("web-new")
    sandbox.delete_group("web-new")
    sandbox.drain()

    account = ACCOUNT_ID
    assert the_card(sandbox).text == (
        f"🟢 Closed, was high: SSH (tcp 22) open to the internet on web-new, account {account}"
    )
    assert "nothing is attached, so this is high, not critical" in the_card(sandbox).plain()
    sandbox.command(JO, "quiet")
    kept = sandbox.slack.ephemerals(JO)[-1].plain()
    for told in (
        f"🔵 Informational: web-new created, account {account}",
        f"🔵 Informational: 2 changes so far to web-new by alice@example.com, account {account}",
    ):
        assert told in kept
    assert kept.count("Not posted: below low") == 2


def test_hostile_names_and_descriptions_stay_text(sandbox: Sandbox) -> None:
    event = sandbox.open_ssh()
    hostile = "<!channel> <@U04JOPARK01> `x` *b* :fire: \u202eevil\nline &lt;"
    detail = json.loads(json.dumps(event["detail"]))
    detail["eventID"] = "hostile"
    detail["responseElements"] = None
    detail["requestParameters"]["groupName"] = hostile
    for permission in detail["requestParameters"]["ipPermissions"]["items"]:
        for item in permission["ipRanges"]["items"]:
            item["description"] = hostile
    detail["userIdentity"] = {"type": "IAMUser", "userName": hostile, "accountId": "111122223333"}
    sandbox.functions.invoke("events", {**event, "detail": detail})

    card = the_card(sandbox)
    assert "<!channel>" not in card.text
    assert "<@" not in card.text
    assert "&lt;\u2060!channel" in card.text or "&lt;!channel&gt;" in card.text
    assert "⟨U+202E⟩" in card.plain()
    assert "\u202e" not in card.plain()


def test_slack_being_down_loses_nothing(sandbox: Sandbox) -> None:
    channel = sandbox.slack.channels[CHANNEL]
    sandbox.slack.channels[CHANNEL] = type(channel)(channel.id, channel.name, bot_is_member=False)
    sandbox.open_ssh()
    sandbox.drain()
    assert sandbox.slack.messages(CHANNEL) == []

    sandbox.slack.channels[CHANNEL] = channel
    sandbox.queues.run_schedule()
    sandbox.drain()
    the_card(sandbox)
