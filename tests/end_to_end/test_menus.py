"""What a card's menu and its modals do; requests travel signed through bot.handlers."""

import re
from typing import Any

import pytest

from sandbox import CHANNEL, JO, KIM, SAM, Message, Sandbox
from tests.conftest import Clock
from tests.records import event, load_event

NOTE = "vendor session until 21:00 <!channel> `x`"


@pytest.fixture
def card(sandbox: Sandbox) -> Message:
    """The card of SSH opened to the world on web-prod."""
    sandbox.open_ssh()
    sandbox.drain()
    (message,) = sandbox.slack.messages(CHANNEL)
    return message


def menu_of(message: Message) -> dict[str, dict[str, Any]]:
    """Give the options of the card's menu by what they say."""
    (menu,) = [
        element
        for block in message.all_blocks
        for element in block.get("elements", ())
        if element.get("type") == "overflow"
    ]
    return {option["text"]["text"]: option for option in menu["options"]}


def as_it_is(sandbox: Sandbox) -> Message:
    (message,) = sandbox.slack.messages(CHANNEL)
    return message


def modal_text(sandbox: Sandbox, user: str = JO) -> str:
    modal = sandbox.slack.modal(user)
    assert modal is not None
    return modal.plain()


def thousand_rules(sandbox: Sandbox) -> dict[str, Any]:
    """Build the event of a call that adds 1,000 rules to web-prod."""
    sources = [{"cidrIp": f"10.{number // 250}.{number % 250}.0/24"} for number in range(1000)]
    permission = {"ipProtocol": "tcp", "fromPort": 443, "toPort": 443, "ipRanges": {"items": sources}}
    request = {"groupId": sandbox.groups.ids["web-prod"], "ipPermissions": {"items": [permission]}}
    return event(requestParameters=request, **where_the_groups_are(sandbox))


def where_the_groups_are(sandbox: Sandbox) -> dict[str, Any]:
    """Give a record's fields for the account and region of the sandbox's own groups."""
    return {
        "recipientAccountId": sandbox.functions.account_id,
        "awsRegion": sandbox.aws.ec2.meta.region_name,
    }


class TestNote:
    def test_a_note_shows_on_the_card_and_in_the_lists(self, sandbox: Sandbox, card: Message) -> None:
        sandbox.choose(JO, card, "more", "Acknowledge with note…")
        assert "SSH (tcp 22) open to the internet" in modal_text(sandbox)
        answer = sandbox.submit(JO, {"note/note": NOTE})
        assert (answer.status, answer.error) == (200, None)

        assert sandbox.slack.modal(JO) is None
        shown = as_it_is(sandbox).plain()
        assert re.search(rf"Acknowledged by .*{JO}.*: \"{re.escape(NOTE)}\"", shown)
        assert "Not acknowledged" not in shown
        sandbox.command(SAM, "web-prod")
        assert NOTE in sandbox.slack.ephemerals(SAM)[-1].plain()

    def test_a_note_may_stay_empty(self, sandbox: Sandbox, card: Message) -> None:
        sandbox.choose(JO, card, "more", "Acknowledge with note…")
        sandbox.submit(JO, {"note/note": ""})
        shown = as_it_is(sandbox).plain()
        assert "Acknowledged by" in shown
        assert '""' not in shown

    def test_unacknowledging_takes_the_note_away(self, sandbox: Sandbox, card: Message) -> None:
        sandbox.choose(JO, card, "more", "Acknowledge with note…")
        sandbox.submit(JO, {"note/note": NOTE})
        sandbox.click(SAM, card, "unacknowledge")
        assert NOTE not in as_it_is(sandbox).plain()
        sandbox.click(SAM, card, "acknowledge")
        assert NOTE not in as_it_is(sandbox).plain()

    def test_whoever_was_faster_is_named_in_the_modal(self, sandbox: Sandbox, card: Message) -> None:
        sandbox.choose(JO, card, "more", "Acknowledge with note…")
        sandbox.click(SAM, card, "acknowledge")
        sandbox.submit(JO, {"note/note": NOTE})
        assert f"Already acknowledged by <@{SAM}>" in modal_text(sandbox)
        assert NOTE not in as_it_is(sandbox).plain()

    def test_an_alert_that_is_taken_is_not_asked_about(self, sandbox: Sandbox, card: Message) -> None:
        old_card = card.all_blocks
        sandbox.click(SAM, card, "acknowledge")
        as_it_is(sandbox).attachments[0]["blocks"] = old_card  # Jo's screen has not caught up
        sandbox.choose(JO, card, "more", "Acknowledge with note…")
        assert sandbox.slack.modal(JO) is None
        assert f"Already acknowledged by <@{SAM}>" in sandbox.slack.ephemerals(JO)[-1].text

    def test_an_acknowledged_card_offers_no_note(self, sandbox: Sandbox, card: Message) -> None:
        sandbox.click(JO, card, "acknowledge")
        assert "Acknowledge with note…" not in menu_of(as_it_is(sandbox))


class TestLinks:
    def test_the_menu_leads_to_the_group_and_to_the_event_in_aws(
        self, sandbox: Sandbox, card: Message
    ) -> None:
        options = menu_of(card)
        group = options["Open group in AWS"]["url"]
        assert group.endswith(f"#SecurityGroup:groupId={sandbox.groups.ids['web-prod']}")
        assert "#/events/" in options["Open event in CloudTrail"]["url"]

    def test_following_a_link_is_answered_without_a_word(self, sandbox: Sandbox, card: Message) -> None:
        answer = sandbox.choose(JO, card, "more", "Open group in AWS")
        assert (answer.status, answer.error) == (200, None)
        assert sandbox.slack.ephemerals(JO) == []


class TestOutsiders:
    @pytest.mark.parametrize("action", ["acknowledge", "view_rules", "recent_changes"])
    def test_a_click_from_outside_the_team_changes_nothing_and_is_answered(
        self, sandbox: Sandbox, card: Message, action: str
    ) -> None:
        before = card.plain()
        answer = sandbox.click(KIM, card, action)
        assert (answer.status, answer.error) == (200, None)
        (told,) = sandbox.slack.ephemerals(KIM)
        assert "Only members of the workspace" in told.text
        assert as_it_is(sandbox).plain() == before
        assert sandbox.slack.modal(KIM) is None

    def test_nor_does_a_choice_in_the_menu(self, sandbox: Sandbox, card: Message) -> None:
        sandbox.choose(KIM, card, "more", "Acknowledge with note…")
        assert sandbox.slack.modal(KIM) is None
        assert "Only members of the workspace" in sandbox.slack.ephemerals(KIM)[-1].text


class TestDenied:
    def test_a_denied_call_gets_a_card_without_acknowledge(self, sandbox: Sandbox) -> None:
        sandbox.deliver(load_event("authorize_ingress_denied"))
        sandbox.drain()
        shown = as_it_is(sandbox)
        assert "⚪ Denied, nothing changed: bob tried to open RDP" in shown.text
        actions = {e.get("action_id") for block in shown.all_blocks for e in block.get("elements", ())}
        assert "acknowledge" not in actions
        assert "Acknowledge with note…" not in menu_of(shown)


class TestManyRules:
    def test_a_call_of_a_thousand_rules_gives_a_card_and_a_way_to_see_each(self, sandbox: Sandbox) -> None:
        sandbox.deliver(thousand_rules(sandbox))
        sandbox.drain()
        shown = as_it_is(sandbox)
        assert "1,000 rules added to web-prod" in shown.text
        assert "… and 980 more" in shown.plain()
        sandbox.click(JO, shown, "whole_change")
        seen = set(re.findall(r"10\.\d+\.\d+\.0/24", modal_text(sandbox)))
        for page in range(2, 21):
            assert sandbox.click_in_modal(JO, "next_lines").error is None
            assert f"{(page - 1) * 50 + 1:,}–{page * 50:,} of 1,000" in modal_text(sandbox)
            seen |= set(re.findall(r"10\.\d+\.\d+\.0/24", modal_text(sandbox)))
        assert len(seen) == 1000
        sandbox.click_in_modal(JO, "previous_lines")
        assert "901–950 of 1,000" in modal_text(sandbox)

    def test_a_group_of_many_rules_is_shown_in_pages_of_one_reading(
        self, sandbox: Sandbox, card: Message
    ) -> None:
        ranges = [{"CidrIp": f"10.{number}.0.0/16"} for number in range(55)]
        sandbox.ec2(
            "AuthorizeSecurityGroupIngress",
            GroupId=sandbox.groups.ids["web-prod"],
            IpPermissions=[{"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": ranges}],
        )
        sandbox.click(JO, card, "view_rules")
        sandbox.drain()
        seen = re.findall(r"10\.\d+\.0\.0/16", modal_text(sandbox))
        calls = len([call for call in sandbox.aws.calls if call.service == "ec2"])
        assert sandbox.click_in_modal(JO, "next_rules").error is None
        seen += re.findall(r"10\.\d+\.0\.0/16", modal_text(sandbox))
        assert len(seen) == len(set(seen)) == 55
        assert "all traffic to 0.0.0.0/0" in modal_text(sandbox)  # egress comes last
        assert len([call for call in sandbox.aws.calls if call.service == "ec2"]) == calls
        sandbox.click_in_modal(JO, "previous_rules")
        assert "tcp 22 from 0.0.0.0/0" in modal_text(sandbox)


class TestCompletion:
    def test_a_modified_rule_gets_its_direction_from_aws(self, sandbox: Sandbox, clock: Clock) -> None:
        sandbox.open_ssh()
        sandbox.drain()
        clock.advance()
        client = sandbox.aws.ec2
        group_id = sandbox.groups.ids["web-prod"]
        rules = client.describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [group_id]}])[
            "SecurityGroupRules"
        ]
        (egress,) = [rule for rule in rules if rule["IsEgress"]]
        modified = {
            "GroupId": group_id,
            "SecurityGroupRule": {
                "SecurityGroupRuleId": egress["SecurityGroupRuleId"],
                "tag": 1,
                "SecurityGroupRule": {
                    "IpProtocol": "tcp",
                    "FromPort": 22,
                    "ToPort": 22,
                    "CidrIpv4": "0.0.0.0/0",
                },
            },
        }
        sandbox.deliver(
            event(
                eventName="ModifySecurityGroupRules",
                **where_the_groups_are(sandbox),
                requestParameters={"ModifySecurityGroupRulesRequest": modified},
                responseElements={"ModifySecurityGroupRulesResponse": {"return": True}},
            )
        )
        sandbox.drain()
        assert len(sandbox.slack.messages(CHANNEL)) == 1  # it is informational, and not posted
        sandbox.command(JO, "web-prod")
        assert "now  egress tcp 22 to 0.0.0.0/0" in sandbox.slack.ephemerals(JO)[-1].plain()

    def test_rules_that_aws_left_out_are_read_from_it(self, sandbox: Sandbox) -> None:
        sandbox.open_ssh()
        sandbox.drain()
        group_id = sandbox.groups.ids["web-prod"]
        sandbox.deliver(
            event(
                **where_the_groups_are(sandbox),
                requestParameters={"groupId": group_id, "ipPermissions": {"omitted": True}},
                responseElements={"omitted": True},
                eventID="00000000-0000-4000-8000-00000000c0de",
            )
        )
        sandbox.drain()
        shown = [message for message in sandbox.slack.messages(CHANNEL) if message.thread_ts is None][-1]
        assert "AWS left the rules out of its record" in shown.plain()
        assert "ingress tcp 22 from 0.0.0.0/0" in shown.plain()
        assert "web-prod now has SSH (tcp 22) and 2 more open to the internet" in shown.text
