"""People click and type; requests travel signed through bot.handlers."""

import json
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from sandbox import ALICE, CHANNEL, JO, SAM, TERRAFORM, Message, Principal, Sandbox
from sandbox.aws import ACCOUNT_ID
from tests.conftest import Clock
from tests.end_to_end.turns import forget_turns


@pytest.fixture
def card(sandbox: Sandbox) -> Message:
    """The card of SSH opened to the world on web-prod."""
    sandbox.open_ssh()
    sandbox.drain()
    (message,) = sandbox.slack.messages(CHANNEL)
    sandbox.aws.calls.clear()
    sandbox.slack.calls.clear()
    return message


def as_it_is(sandbox: Sandbox, card: Message) -> Message:
    (message,) = sandbox.slack.messages(CHANNEL)
    assert message.ts == card.ts
    return message


def answer_text(sandbox: Sandbox, user: str, text: str) -> str:
    """Type the command and give what its ephemeral answer shows."""
    before = len(sandbox.slack.ephemerals(user))
    answer = sandbox.command(user, text)
    assert (answer.status, answer.error) == (200, None)
    (shown,) = sandbox.slack.ephemerals(user)[before:]
    return shown.plain()


def open_to_ourselves(sandbox: Sandbox, group: str) -> None:
    """Open a port of a group to a private network, which matters a little."""
    permission = sandbox.groups.permission(8080, "10.0.0.0/8", None)
    sandbox.ec2(
        "AuthorizeSecurityGroupIngress",
        in_a_session(f"ASIA{group}"),
        GroupId=sandbox.groups.ids[group],
        IpPermissions=[permission],
    )
    sandbox.drain()


def in_a_session(key: str, principal: Principal = ALICE) -> Principal:
    """Give a principal in a session of its own, as what one session does gathers in one alert."""
    return replace(principal, identity={**principal.identity, "accessKeyId": key})


class TestAcknowledge:
    def test_a_click_changes_the_card_in_place_for_everyone(self, sandbox: Sandbox, card: Message) -> None:
        headline = card.text
        answer = sandbox.click(JO, card, "acknowledge")
        assert (answer.status, answer.error) == (200, None)

        now = as_it_is(sandbox, card)
        assert now.text == headline
        assert "Acknowledged by" in now.plain()
        assert "Not acknowledged" not in now.plain()
        assert '+ ingress tcp 22 from 0.0.0.0/0 "temp debug"' in now.plain()
        assert now.attachments[0]["color"] == "8d8d8d"
        assert sandbox.slack.ephemerals(JO) == []

    def test_a_click_costs_one_slack_call_and_four_dynamodb_calls(
        self, sandbox: Sandbox, card: Message
    ) -> None:
        forget_turns(sandbox)
        sandbox.click(JO, card, "acknowledge")
        assert [call.method for call in sandbox.slack.calls] == ["chat.update"]
        assert [(call.service, call.operation) for call in sandbox.aws.calls] == [
            ("dynamodb", "UpdateItem")  # taken, leased, counted, drawn
        ] * 4

    def test_the_second_clicker_is_told_who_was_first(self, sandbox: Sandbox, card: Message) -> None:
        old_button = card.all_blocks
        sandbox.click(JO, card, "acknowledge")
        as_it_is(sandbox, card).attachments[0]["blocks"] = old_button  # Sam's screen has not caught up
        sandbox.click(SAM, card, "acknowledge")

        (told,) = sandbox.slack.ephemerals(SAM)
        assert re.fullmatch(rf"Already acknowledged by <@{JO}> \d+ s ago\. Nothing changed\.", told.text)

    def test_of_two_who_click_at_once_one_wins_and_one_is_told(self, sandbox: Sandbox, card: Message) -> None:
        with ThreadPoolExecutor(2) as pool:
            answers = list(pool.map(lambda user: sandbox.click(user, card, "acknowledge"), (JO, SAM)))
        assert [answer.status for answer in answers] == [200, 200]
        told = sandbox.slack.ephemerals(JO) + sandbox.slack.ephemerals(SAM)
        assert len(told) == 1
        assert "Already acknowledged by" in told[0].text
        assert as_it_is(sandbox, card).plain().count("Acknowledged by") == 1

    def test_unacknowledge_gives_it_back(self, sandbox: Sandbox, card: Message) -> None:
        first = as_it_is(sandbox, card).plain()
        sandbox.click(JO, card, "acknowledge")
        sandbox.click(SAM, card, "unacknowledge")
        assert as_it_is(sandbox, card).plain() == first
        assert as_it_is(sandbox, card).attachments[0]["color"] == "a30200"
        sandbox.click(SAM, card, "acknowledge")
        assert "Acknowledged by" in as_it_is(sandbox, card).plain()

    def test_the_click_carries_the_version_that_was_seen(self, sandbox: Sandbox, card: Message) -> None:
        (seen,) = {block["elements"][0]["value"] for block in card.all_blocks if block["type"] == "actions"}
        sandbox.click(JO, card, "acknowledge")
        item = alert_item(sandbox)
        assert item["ack_seen"]["N"] == seen.split(".")[1]
        assert int(item["version"]["N"]) == int(seen.split(".")[1]) + 1

    def test_a_click_that_slack_cannot_redraw_still_counts(self, sandbox: Sandbox, card: Message) -> None:
        channel = sandbox.slack.channels[CHANNEL]
        deleted = sandbox.slack.find(CHANNEL, card.ts)
        assert deleted is not None
        sandbox.slack.channels[CHANNEL] = type(channel)(channel.id, channel.name, bot_is_member=False)
        answer = sandbox.click(JO, card, "acknowledge")
        sandbox.slack.channels[CHANNEL] = channel

        assert (answer.status, answer.error) == (200, None)
        (told,) = sandbox.slack.ephemerals(JO)
        assert told.text == "Acknowledged. Slack does not take the card just now; it follows."
        assert alert_item(sandbox)["status"]["S"] == "acknowledged"
        sandbox.queues.run_schedule()
        sandbox.drain()
        assert "Acknowledged by" in as_it_is(sandbox, card).plain()

    def test_an_alert_that_is_gone_gets_an_answer_in_words(self, sandbox: Sandbox, card: Message) -> None:
        for item in sandbox.aws.dynamodb.scan(TableName=table(sandbox))["Items"]:
            sandbox.aws.dynamodb.delete_item(
                TableName=table(sandbox), Key={"pk": item["pk"], "sk": item["sk"]}
            )
        for action in ("acknowledge", "view_rules", "recent_changes"):
            assert sandbox.click(SAM, card, action).status == 200
        texts = {told.text for told in sandbox.slack.ephemerals(SAM)}
        assert texts == {"This alert is not in the store any more. Nothing changed."}

    def test_a_button_of_another_version_gets_an_answer_in_words(
        self, sandbox: Sandbox, card: Message
    ) -> None:
        button = as_it_is(sandbox, card).attachments[0]["blocks"][1]["elements"][0]
        for changed in ({"action_id": "acknowledge_v0"}, {"action_id": "acknowledge", "value": "nonsense"}):
            button.update(changed)
            assert sandbox.click(SAM, card, button["action_id"]).status == 200
        told = sandbox.slack.ephemerals(SAM)
        assert len(told) == 2
        assert all("belongs to another version" in message.text for message in told)
        assert alert_item(sandbox)["status"]["S"] == "open"


class TestViewRules:
    def test_a_modal_opens_at_once_and_the_worker_fills_it(self, sandbox: Sandbox, card: Message) -> None:
        sandbox.click(JO, card, "view_rules")
        modal = sandbox.slack.modal(JO)
        assert modal is not None
        assert "Loading…" in modal.plain()
        assert [call.service for call in sandbox.aws.calls if call.service == "ec2"] == []

        sandbox.drain()
        modal = sandbox.slack.modal(JO)
        assert modal is not None
        assert "web-prod" in modal.plain()
        assert 'tcp 22 from 0.0.0.0/0 "temp debug"' in modal.plain()
        assert "all traffic to 0.0.0.0/0" in modal.plain()
        assert "Read from AWS" in modal.plain()
        assert sandbox.slack.modal(SAM) is None

    def test_a_group_that_is_gone_shows_its_rules_as_last_recorded(self, sandbox: Sandbox) -> None:
        sandbox.open_ssh("old-bastion")  # which nothing uses, so that EC2 lets it go
        sandbox.drain()
        (card,) = sandbox.slack.messages(CHANNEL)
        sandbox.click(JO, card, "view_rules")
        sandbox.drain()
        sandbox.close_modal(JO)
        sandbox.delete_group("old-bastion")
        sandbox.click(JO, card, "view_rules")
        sandbox.drain()
        modal = sandbox.slack.modal(JO)
        assert modal is not None
        assert f"does not exist in account {ACCOUNT_ID}" in modal.plain()
        assert 'tcp 22 from 0.0.0.0/0 "temp debug"' in modal.plain()
        assert "As recorded" in modal.plain()

    def test_a_modal_that_was_closed_meanwhile_troubles_nobody(self, sandbox: Sandbox, card: Message) -> None:
        sandbox.click(JO, card, "view_rules")
        sandbox.close_modal(JO)
        sandbox.drain()
        assert sandbox.queues.dead("jobs") == 0


class TestRecentChanges:
    def test_a_modal_lists_them_newest_first_with_who_took_them(
        self, sandbox: Sandbox, card: Message, clock: Clock
    ) -> None:
        sandbox.click(JO, card, "acknowledge")
        clock.advance()
        sandbox.close_ssh(principal=TERRAFORM)
        sandbox.drain()
        sandbox.click(SAM, card, "recent_changes")
        modal = sandbox.slack.modal(SAM)
        assert modal is not None
        shown = modal.plain()
        assert shown.index("22 from 0.0.0.0/0 removed") < shown.index("22 from 0.0.0.0/0 added")
        assert "Acknowledged by" in shown
        assert "Not posted: below low" in shown
        assert "alice@example.com" in shown

    def test_the_list_is_paged_both_ways(self, sandbox: Sandbox, card: Message, clock: Clock) -> None:
        for port in range(8001, 8020):
            clock.advance()
            event = sandbox.ec2(
                "AuthorizeSecurityGroupIngress",
                GroupId=sandbox.groups.ids["web-prod"],
                IpProtocol="tcp",
                FromPort=port,
                ToPort=port,
                CidrIp="10.0.0.0/8",
            )
            assert event["detail"].get("errorCode") is None
        sandbox.drain()
        sandbox.click(JO, card, "recent_changes")

        pages = [ports_shown(sandbox)]
        for action in ("older_changes", "older_changes", "newer_changes", "newer_changes"):
            assert sandbox.click_in_modal(JO, action).status == 200
            pages.append(ports_shown(sandbox))

        first, second, third, back_at_second, back_at_first = pages
        assert [len(first), len(second), len(third)] == [8, 8, 4]
        assert len({*first, *second, *third}) == 20
        assert back_at_second == second
        assert back_at_first == first
        modal = sandbox.slack.modal(JO)
        assert modal is not None
        assert "Newer" not in modal.plain()


class TestCommand:
    def test_alone_it_lists_the_latest_changes_of_every_group(
        self, sandbox: Sandbox, card: Message, clock: Clock
    ) -> None:
        clock.advance()
        sandbox.create_group("db-new")
        sandbox.drain()
        shown = answer_text(sandbox, JO, "")
        assert shown.index("db-new: created") < shown.index("web-prod: ingress tcp 22 from 0.0.0.0/0 added")

    def test_its_list_turns_pages_in_place(self, sandbox: Sandbox, clock: Clock) -> None:
        for number in range(10):
            clock.advance()
            sandbox.create_group(f"group-{number}")
        sandbox.drain()
        sandbox.command(JO, "")
        (answer,) = sandbox.slack.ephemerals(JO)
        assert "group-9" in answer.plain()
        assert "group-1" not in answer.plain()
        sandbox.click(JO, answer, "older_changes")
        (answer,) = sandbox.slack.ephemerals(JO)
        assert "group-1" in answer.plain()
        sandbox.click(JO, answer, "newer_changes")
        (answer,) = sandbox.slack.ephemerals(JO)
        assert "group-9" in answer.plain()

    @pytest.mark.parametrize("name", ["web-prod", "WEB-P", '"web-prod"', "“web-prod”"])
    def test_a_group_is_found_by_name_or_the_start_of_it(
        self, sandbox: Sandbox, card: Message, name: str
    ) -> None:
        assert "Changes of web-prod" in answer_text(sandbox, JO, name)

    def test_a_group_is_found_by_its_id(self, sandbox: Sandbox, card: Message) -> None:
        assert "Changes of web-prod" in answer_text(sandbox, JO, sandbox.groups.ids["web-prod"])

    def test_a_mistyped_name_gets_the_nearest(self, sandbox: Sandbox, card: Message) -> None:
        assert f"Did you mean web-prod (account {ACCOUNT_ID}" in answer_text(sandbox, JO, "web-prd")

    def test_a_name_that_several_groups_start_with_gets_all_of_them(
        self, sandbox: Sandbox, card: Message
    ) -> None:
        sandbox.create_group("web-new")
        sandbox.drain()
        assert "2 groups could be meant by web. Which one?" in answer_text(sandbox, JO, "web")
        (answer,) = sandbox.slack.ephemerals(JO)
        (menu,) = [block for block in answer.all_blocks if block["type"] == "actions"]
        labels = [option["text"]["text"] for option in menu["elements"][0]["options"]]
        assert [label.split(" · ")[0] for label in labels] == ["web-new", "web-prod"]
        assert sandbox.groups.ids["web-prod"] in labels[1]

    def test_rules_opens_a_modal_that_the_worker_fills(self, sandbox: Sandbox, card: Message) -> None:
        answer = sandbox.command(JO, "rules web-prod")
        assert (answer.status, answer.body, answer.error) == (200, "", None)
        sandbox.drain()
        modal = sandbox.slack.modal(JO)
        assert modal is not None
        assert "tcp 22 from 0.0.0.0/0" in modal.plain()

    def test_unacked_lists_what_waits_worst_first(self, sandbox: Sandbox, card: Message) -> None:
        sandbox.create_group("db-new")  # which waits for nobody
        open_to_ourselves(sandbox, "db-prod")
        shown = answer_text(sandbox, JO, "unacked")
        assert "2 alerts wait for someone, most severe first" in shown
        assert shown.index("SSH (tcp 22)") < shown.index("db-prod")
        assert "db-new" not in shown
        sandbox.click(JO, card, "acknowledge")
        assert "SSH (tcp 22)" not in answer_text(sandbox, JO, "unacked")

    def test_with_nothing_waiting_unacked_says_so(self, sandbox: Sandbox) -> None:
        assert "Nothing waits for anyone." in answer_text(sandbox, JO, "unacked")

    def test_help_lists_what_one_can_type(self, sandbox: Sandbox) -> None:
        shown = answer_text(sandbox, JO, "help")
        for word in ("/sg-changes rules web-prod", "/sg-changes unacked", "/sg-changes doctor"):
            assert word in shown

    def test_doctor_finds_all_well_and_leaves_no_message_behind(
        self, sandbox: Sandbox, card: Message
    ) -> None:
        shown = answer_text(sandbox, JO, "doctor")
        assert "✅ Last event seen" in shown
        assert "✅ Last card posted" in shown
        assert "✅ Can post to the alert channel: yes" in shown
        assert [call.method for call in sandbox.slack.calls] == [
            "chat.scheduleMessage",
            "chat.deleteScheduledMessage",
        ]
        as_it_is(sandbox, card)

    def test_doctor_says_what_to_do_where_something_is_wrong(self, sandbox: Sandbox) -> None:
        channel = sandbox.slack.channels[CHANNEL]
        sandbox.slack.channels[CHANNEL] = type(channel)(channel.id, channel.name, bot_is_member=False)
        shown = answer_text(sandbox, JO, "doctor")
        sandbox.slack.channels[CHANNEL] = channel
        assert "⚠️ Last event seen: none yet" in shown
        assert "⚠️ Last card posted: none yet" in shown
        assert "the app is not in the alert channel" in shown

    @pytest.mark.parametrize(
        ("text", "answer"),
        [
            ("rules", "Whose rules?"),
            ("rule web-prod", "There is no “rule”. For example: /sg-changes rules web-prod"),
            ("help me", "Nothing can follow “help”."),
            ("nothing-like-it", "No group called nothing-like-it."),
            ("sg-0123456789abcdef0", "No group called sg-0123456789abcdef0."),
            ("a b c d", "One with spaces goes in quotes."),
            ("<!channel>", "No group called <!channel>."),
            ("x" * 300, "No name has more than 255 characters."),
        ],
    )
    def test_what_is_not_understood_gets_an_example(self, sandbox: Sandbox, text: str, answer: str) -> None:
        assert answer in answer_text(sandbox, JO, text)

    def test_everything_but_rules_and_doctor_is_answered_from_the_store_alone(
        self, sandbox: Sandbox, card: Message
    ) -> None:
        for text in ("", "web-prod", "unacked", "help", "nothing"):
            sandbox.command(JO, text)
        assert {call.service for call in sandbox.aws.calls} == {"dynamodb"}
        assert sandbox.slack.calls == []


def ports_shown(sandbox: Sandbox) -> list[str]:
    """List the headings of the modal's entries, from the top."""
    modal = sandbox.slack.modal(JO)
    assert modal is not None
    return [line for line in modal.plain().splitlines() if " added" in line]


def table(sandbox: Sandbox) -> str:
    names: list[str] = sandbox.aws.dynamodb.list_tables()["TableNames"]
    return names[0]


def alert_item(sandbox: Sandbox) -> dict[str, Any]:
    items = sandbox.aws.dynamodb.scan(TableName=table(sandbox))["Items"]
    (item,) = [item for item in items if item["sk"]["S"] == "ALERT"]
    return json.loads(json.dumps(item, default=str))  # type: ignore[no-any-return]
