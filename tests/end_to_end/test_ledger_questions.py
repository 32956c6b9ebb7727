"""People ask what ledgers answer: rules at a moment, why, exposed; requests travel signed through bot.handlers."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.slack.ledger_wording import day_and_minute
from sandbox import ALICE, BOB, CHANNEL, ERIN, JO, SAM, Message, Principal, Sandbox
from sandbox.cloudtrail import Call, build_event
from tests.end_to_end.test_questions import ask, now_shown

HOUR = timedelta(hours=1)
GROUP_ID = "sg-0a1b2c3d4e5f60718"
OTHER_ID = "sg-0d4e5f60718293041"


@pytest.fixture
def card(sandbox: Sandbox) -> Message:
    """The card of SSH opened to the world on web-prod, which has been read meanwhile."""
    sandbox.open_ssh()
    sandbox.drain()
    (message,) = sandbox.slack.messages(CHANNEL)
    sandbox.aws.calls.clear()
    return message


@pytest.fixture
def start() -> datetime:
    """A whole minute of some days ago."""
    return datetime.now(UTC).replace(second=0, microsecond=0) - timedelta(days=3)


def happened(
    sandbox: Sandbox,
    at: datetime,
    operation: str,
    principal: Principal = ALICE,
    response: dict[str, Any] | None = None,
    **parameters: Any,
) -> None:
    """Deliver the event of a call that was made at *at*."""
    call = Call(operation, parameters, {"Return": True, **(response or {})})
    sandbox.deliver(build_event(call, principal, at.timestamp()))
    sandbox.drain()


def ssh(source: str = "0.0.0.0/0") -> list[dict[str, Any]]:
    return [{"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": source}]}]


def created(sandbox: Sandbox, at: datetime, name: str = "queue", group_id: str = GROUP_ID) -> None:
    happened(
        sandbox, at, "CreateSecurityGroup", ERIN, {"GroupId": group_id},
        GroupName=name, Description="Made before", VpcId=sandbox.groups.vpc_id,
    )  # fmt: skip


def with_history(sandbox: Sandbox, start: datetime) -> None:
    """A group is made, opened an hour later, closed after another, and deleted after one more."""
    created(sandbox, start)
    happened(sandbox, start + HOUR, "AuthorizeSecurityGroupIngress", GroupId=GROUP_ID, IpPermissions=ssh())
    happened(
        sandbox, start + 2 * HOUR, "RevokeSecurityGroupIngress", BOB, GroupId=GROUP_ID, IpPermissions=ssh()
    )
    happened(sandbox, start + 3 * HOUR, "DeleteSecurityGroup", GroupId=GROUP_ID)


def typed(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M}"


class TestRulesAt:
    def test_each_moment_shows_what_was_so_then(self, sandbox: Sandbox, start: datetime) -> None:
        with_history(sandbox, start)
        half = timedelta(minutes=30)
        before = ask(sandbox, f"rules queue at {typed(start - half)}").plain()
        assert "queue did not exist yet: " in before
        empty = ask(sandbox, f"rules queue at {typed(start + half)}").plain()
        assert "tcp 22" not in empty
        assert "all traffic to 0.0.0.0/0" in empty
        opened = ask(sandbox, f"rules queue at {typed(start + HOUR + half)}").plain()
        assert f"tcp 22 from 0.0.0.0/0 · alice@example.com, {day_and_minute(start + HOUR, start)}" in opened
        closed = ask(sandbox, f"rules queue at {typed(start + 2 * HOUR + half)}").plain()
        assert "tcp 22" not in closed
        gone = ask(sandbox, f"rules queue at {typed(start + 4 * HOUR)}").plain()
        assert "queue did not exist any more: alice@example.com deleted it" in gone

    def test_what_was_before_the_first_that_is_known_is_in_doubt(
        self, sandbox: Sandbox, card: Message
    ) -> None:
        shown = ask(sandbox, "rules web-prod at 2d ago").plain()
        assert "Not known as early as that." in shown
        assert "ingress tcp 443 from 0.0.0.0/0" in shown

    def test_of_two_groups_the_asker_picks_and_the_moment_is_kept(
        self, sandbox: Sandbox, start: datetime
    ) -> None:
        with_history(sandbox, start)
        created(sandbox, start, "queue-two", OTHER_ID)
        answer = ask(sandbox, f"rules que at {typed(start + HOUR)}")
        assert "2 groups could be meant by que" in answer.plain()
        option = f"queue · {GROUP_ID} · account {sandbox.functions.account_id} · {sandbox.aws.ec2.meta.region_name}"
        sandbox.choose(JO, answer, "pick_for_rules_at", option)
        shown = now_shown(sandbox).replace("\u2060", "")
        assert f"at {typed(start + HOUR)}:00 UTC" in shown
        assert "tcp 22 from 0.0.0.0/0 · alice@example.com" in shown

    def test_pages_are_turned_and_shared(self, sandbox: Sandbox, start: datetime) -> None:
        created(sandbox, start)
        sources = [{"CidrIp": f"10.0.{number}.0/24"} for number in range(90)]
        permissions = [{"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": sources}]
        happened(
            sandbox,
            start + HOUR,
            "AuthorizeSecurityGroupIngress",
            GroupId=GROUP_ID,
            IpPermissions=permissions,
        )
        answer = ask(sandbox, "rules queue at 2d ago")
        assert "Ingress: 90 rules, 40 of them here" in answer.plain()
        assert "10.0.0.0/24" in answer.plain()
        sandbox.click(JO, answer, "next_rules_at")
        assert "10.0.40.0/24" in now_shown(sandbox)
        assert "10.0.39.0/24" not in now_shown(sandbox)
        sandbox.click(JO, sandbox.slack.ephemerals(JO)[-1], "share_rules_at")
        shared = sandbox.slack.messages(CHANNEL)[-1].plain()
        assert "10.0.40.0/24" in shared
        assert "Shared by" in shared
        sandbox.click(JO, sandbox.slack.ephemerals(JO)[-1], "previous_rules_at")
        assert "10.0.0.0/24" in now_shown(sandbox)


class TestWhy:
    def test_it_names_opener_and_acknowledger(self, sandbox: Sandbox, card: Message) -> None:
        assert "Never acknowledged" in ask(sandbox, "why web-prod 22 203.0.113.7").plain()
        sandbox.choose(SAM, card, "more", "Acknowledge with note…")
        sandbox.submit(SAM, {"note/note": "vendor <!channel>"})
        shown = ask(sandbox, "why web-prod 22").plain()
        assert "2 rules of web-prod" in shown
        assert 'ingress tcp 22 from 0.0.0.0/0 "temp debug" · sgr-' in shown
        assert "Opened by alice@example.com, " in shown
        assert "· AuthorizeSecurityGroupIngress" in shown
        assert f"Acknowledged by <@{SAM}>" in shown
        assert ': "vendor <!channel>"' in shown

    def test_where_nothing_does_any_more_it_says_who_closed_it(
        self, sandbox: Sandbox, start: datetime
    ) -> None:
        created(sandbox, start)
        happened(
            sandbox, start + HOUR, "AuthorizeSecurityGroupIngress", GroupId=GROUP_ID, IpPermissions=ssh()
        )
        happened(
            sandbox,
            start + 2 * HOUR,
            "RevokeSecurityGroupIngress",
            BOB,
            GroupId=GROUP_ID,
            IpPermissions=ssh(),
        )
        shown = ask(sandbox, "why queue 22").plain()
        assert "Nothing admits tcp 22 on queue" in shown
        assert "removed the rule, open 1 h)." in shown
        assert "Opened by alice@example.com" in shown
        never = ask(sandbox, "why queue 3389").plain()
        assert "Nothing admits tcp 3389 on queue" in never
        assert "and no rule on record ever did." in never

    def test_of_two_groups_the_asker_picks_and_the_traffic_is_kept(
        self, sandbox: Sandbox, start: datetime
    ) -> None:
        created(sandbox, start)
        created(sandbox, start, "queue-two", OTHER_ID)
        happened(
            sandbox, start + HOUR, "AuthorizeSecurityGroupIngress", GroupId=OTHER_ID, IpPermissions=ssh()
        )
        answer = ask(sandbox, "why que 22/tcp 203.0.113.0/24")
        option = f"queue-two · {OTHER_ID} · account {sandbox.functions.account_id} · {sandbox.aws.ec2.meta.region_name}"
        sandbox.choose(JO, answer, "pick_for_why", option)
        assert "1 rule of queue-two" in now_shown(sandbox)
        assert "admits tcp 22 from 203.0.113.0/24" in now_shown(sandbox)
        sandbox.click(JO, sandbox.slack.ephemerals(JO)[-1], "share_why")
        assert "admits tcp 22 from 203.0.113.0/24" in sandbox.slack.messages(CHANNEL)[-1].plain()

    def test_a_group_that_nobody_knows_gets_the_nearest(self, sandbox: Sandbox, card: Message) -> None:
        assert "Did you mean web-prod" in ask(sandbox, "why web-prd 22").plain()
        assert "Did you mean web-prod" in ask(sandbox, "rules web-prd at 1h ago").plain()


class TestExposed:
    def test_groups_open_to_the_internet_are_listed_until_they_are_closed(self, sandbox: Sandbox) -> None:
        assert "No group admits the internet ✅" in ask(sandbox, "exposed").plain()
        sandbox.open_ssh("db-prod")
        sandbox.drain()
        shown = ask(sandbox, "exposed").plain()
        assert "1 group admits the internet" in shown
        assert "SSH (tcp 22) from any IPv4 address" in shown
        assert "by alice@example.com" in shown
        assert (
            "No group in us-gov-west-1 admits the internet"
            in ask(sandbox, "exposed region:us-gov-west-1").plain()
        )
        sandbox.close_ssh("db-prod")
        sandbox.drain()
        assert "No group admits the internet ✅" in ask(sandbox, "exposed").plain()

    def test_its_buttons_open_rules_and_changes_and_share_it(self, sandbox: Sandbox, card: Message) -> None:
        answer = ask(sandbox, "exposed")
        sandbox.click(JO, answer, "changes_of_group")
        modal = sandbox.slack.modal(JO)
        assert modal is not None
        assert "tcp 22 from 0.0.0.0/0" in modal.plain()
        sandbox.close_modal(JO)
        sandbox.click(JO, answer, "rules_of_group")
        sandbox.drain()
        modal = sandbox.slack.modal(JO)
        assert modal is not None
        assert "tcp 22 from 0.0.0.0/0" in modal.plain()
        sandbox.close_modal(JO)
        sandbox.click(JO, answer, "share_exposed")
        assert "1 group admits the internet" in sandbox.slack.messages(CHANNEL)[-1].plain()

    def test_it_turns_pages(self, sandbox: Sandbox, start: datetime) -> None:
        for number in range(10):
            group_id = f"sg-{number:017x}"
            created(sandbox, start, f"queue-{number}", group_id)
            happened(
                sandbox,
                start + number * HOUR,
                "AuthorizeSecurityGroupIngress",
                GroupId=group_id,
                IpPermissions=ssh(),
            )
        answer = ask(sandbox, "exposed")
        assert "queue-7" in answer.plain()
        assert "queue-8" not in answer.plain()
        sandbox.click(JO, answer, "more_exposed")
        assert "queue-8" in now_shown(sandbox)
        assert "queue-9" in now_shown(sandbox)
        assert "queue-7" not in now_shown(sandbox)


@pytest.mark.parametrize(
    ("text", "action_id"),
    [
        ("rules web-prod at 1h ago", "share_rules_at"),
        ("why web-prod 22", "share_why"),
        ("why web-prod 22", "rules_of_group"),
        ("why web-prod 22", "changes_of_group"),
        ("exposed", "share_exposed"),
    ],
)
def test_a_button_of_another_version_gets_an_answer_in_words(
    sandbox: Sandbox, card: Message, text: str, action_id: str
) -> None:
    answer = ask(sandbox, text)
    (button,) = [
        element
        for block in answer.all_blocks
        for element in block.get("elements", ())
        if element.get("action_id") == action_id
    ]
    button["value"] = "nonsense"
    sandbox.click(JO, answer, action_id)
    assert "belongs to another version" in now_shown(sandbox)


@pytest.mark.parametrize("text", ["rules que at 1h ago", "why que 22"])
def test_a_menu_of_another_version_gets_an_answer_in_words(
    sandbox: Sandbox, start: datetime, text: str
) -> None:
    created(sandbox, start)
    created(sandbox, start, "queue-two", OTHER_ID)
    answer = ask(sandbox, text)
    (block,) = [block for block in answer.all_blocks if block["type"] == "actions"]
    block["block_id"] = "nonsense"
    (menu,) = block["elements"]
    sandbox.choose(JO, answer, menu["action_id"], menu["options"][0]["text"]["text"])
    assert "belongs to another version" in now_shown(sandbox)


@pytest.mark.parametrize(
    ("text", "most"), [("why web-prod 22", 5), ("rules web-prod at 1h ago", 8), ("exposed", 2)]
)
def test_each_is_answered_from_the_store_in_a_few_calls(
    sandbox: Sandbox, card: Message, text: str, most: int
) -> None:
    ask(sandbox, text)
    called = [call.operation for call in sandbox.aws.calls]
    assert set(called) <= {"Query", "BatchGetItem", "GetItem"}
    assert len(called) <= most
