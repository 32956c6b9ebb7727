"""People ask with /sg-changes, and use the buttons and menus of its answers; requests travel signed."""

import json
from typing import Any

import pytest

from sandbox import BOB, CHANNEL, JO, SAM, TERRAFORM, Message, Sandbox
from sandbox.aws import ACCOUNT_ID, REGION
from tests.conftest import Clock
from tests.end_to_end.test_people import open_to_ourselves
from tests.records import event, load_event

OTHER_ACCOUNT = "444455556666"


@pytest.fixture
def card(sandbox: Sandbox) -> Message:
    """The card of SSH opened to the world on web-prod."""
    sandbox.open_ssh()
    sandbox.drain()
    (message,) = sandbox.slack.messages(CHANNEL)
    sandbox.aws.calls.clear()
    sandbox.slack.calls.clear()
    return message


def ask(sandbox: Sandbox, text: str, user: str = JO) -> Message:
    """Type the command and give the ephemeral answer."""
    before = len(sandbox.slack.ephemerals(user))
    answer = sandbox.command(user, text)
    assert (answer.status, answer.error) == (200, None)
    (shown,) = sandbox.slack.ephemerals(user)[before:]
    return shown


def now_shown(sandbox: Sandbox, user: str = JO) -> str:
    """Give the text of the answer that the user got last, as it is by now."""
    return sandbox.slack.ephemerals(user)[-1].plain()


def deliver(sandbox: Sandbox, number: int, **fields: Any) -> dict[str, Any]:
    """Deliver alice's change of the usual group as the event *number*, with *fields* in place of the usual ones."""
    delivered = event(eventID=f"00000000-0000-4000-8000-{number:012}", **fields)
    sandbox.deliver(delivered)
    sandbox.drain()
    return delivered


class TestSpans:
    def test_changes_since_some_time_leave_out_older_ones(self, sandbox: Sandbox, card: Message) -> None:
        group_id = sandbox.groups.ids["web-prod"]
        request = {
            "groupId": group_id,
            "cidrIp": "10.1.0.0/16",
            "ipProtocol": "tcp",
            "fromPort": 1,
            "toPort": 1,
        }
        deliver(
            sandbox, 1, eventTime="2026-01-05T10:00:00Z", requestParameters=request,
            recipientAccountId=ACCOUNT_ID, awsRegion=REGION,
        )  # fmt: skip
        assert "10.1.0.0/16" in ask(sandbox, "web-prod").plain()
        recent = ask(sandbox, "web-prod 2h").plain()
        assert "tcp 22 from 0.0.0.0/0" in recent
        assert "10.1.0.0/16" not in recent
        old = ask(sandbox, "web-prod 2026-01-05..2026-01-05").plain()
        assert "10.1.0.0/16" in old
        assert "tcp 22 from" not in old
        assert "10.1.0.0/16" not in ask(sandbox, "web-prod 2026-01-04..2026-01-04").plain()
        assert "10.1.0.0/16" in ask(sandbox, "2026-01-01").plain()

    def test_nothing_found_says_since_when_it_watches_and_when_the_last_change_was(
        self, sandbox: Sandbox, card: Message
    ) -> None:
        sandbox.queues.run_schedule()
        shown = ask(sandbox, "web-prod 2020-01-01..2020-01-02").plain()
        assert shown.count("No change of web-prod") >= 1
        assert "Panopticon watches since" in shown
        assert "The last change before or after that was" in shown

    def test_nothing_at_all_says_so(self, sandbox: Sandbox) -> None:
        assert "No change has been recorded." in ask(sandbox, "").plain()

    @pytest.mark.parametrize(
        ("text", "example"),
        [
            ("web-prod 7 days", "/sg-changes web-prod 7d"),
            ("web-prod 1 week", "/sg-changes web-prod 7d"),
            ("web-prod 2026/11/01", "/sg-changes web-prod 2026-11-01"),
            ("acount:payments-prod", "/sg-changes account:payments-prod"),
            ("rulez web-prod", "/sg-changes rules web-prod"),
        ],
    )
    def test_a_mistake_gets_the_nearest_right_command(
        self, sandbox: Sandbox, text: str, example: str
    ) -> None:
        assert example in ask(sandbox, text).plain()


class TestPrincipals:
    def test_by_lists_what_one_principal_changed(self, sandbox: Sandbox, card: Message, clock: Clock) -> None:
        clock.advance()
        sandbox.create_group("db-new", principal=TERRAFORM)
        sandbox.drain()
        shown = ask(sandbox, "by alice").plain()
        assert "Changes by alice@example.com" in shown
        assert "tcp 22 from 0.0.0.0/0" in shown
        assert "db-new" not in shown
        pipeline = ask(sandbox, "by ci-").plain()
        assert "db-new" in pipeline
        assert "tcp 22" not in pipeline

    def test_a_role_is_found_by_its_name_however_its_sessions_are_called(self, sandbox: Sandbox) -> None:
        for number in (1, 2):
            deliver(sandbox, number, userIdentity=session_of("deployer", f"run-{number}"))
        shown = ask(sandbox, "by deployer").plain()
        assert shown.count("run-1") == shown.count("run-2") == 1

    def test_of_two_with_one_name_the_asker_picks(self, sandbox: Sandbox) -> None:
        for number, account in ((1, ACCOUNT_ID), (2, OTHER_ACCOUNT)):
            deliver(sandbox, number, userIdentity=iam_user("dana", account), recipientAccountId=account)
        answer = ask(sandbox, "by dana")
        assert "2 principals could be meant by dana" in answer.plain()
        sandbox.choose(JO, answer, "pick_principal", f"dana · IAM user · account {OTHER_ACCOUNT}")
        shown = now_shown(sandbox)
        assert "Changes by dana" in shown
        assert shown.count("tcp 22") == 1

    def test_nobody_of_that_name_gets_the_nearest(self, sandbox: Sandbox, card: Message) -> None:
        assert "Did you mean alice@example.com?" in ask(sandbox, "by alice@exmple.com").plain()
        assert "Nobody called zoe has changed anything" in ask(sandbox, "by zoe").plain()


class TestPlaces:
    def test_every_list_can_be_narrowed(self, sandbox: Sandbox, card: Message) -> None:
        deliver(sandbox, 1, recipientAccountId=OTHER_ACCOUNT, awsRegion="us-east-1")
        everywhere = ask(sandbox, "").plain()
        assert "web-prod" in everywhere
        assert "sg-0a1b2c3d4e5f60718" in everywhere
        narrowed = ask(sandbox, f"account:{OTHER_ACCOUNT}").plain()
        assert f"in account {OTHER_ACCOUNT}" in narrowed
        assert "web-prod" not in narrowed
        assert "sg-0a1b2c3d4e5f60718" in narrowed
        assert "web-prod" not in ask(sandbox, "region:us-east-1").plain()
        assert "1 alert waits for someone in us-east-1" in ask(sandbox, "unacked region:us-east-1").plain()
        assert "No change in eu-north-1 has been recorded" in ask(sandbox, "region:eu-north-1").plain()

    def test_a_name_that_no_account_has_gets_an_answer(self, sandbox: Sandbox, card: Message) -> None:
        assert "No account is called payments-prod." in ask(sandbox, "account:payments-prod").plain()

    def test_of_several_groups_the_asker_picks(self, sandbox: Sandbox, card: Message, clock: Clock) -> None:
        clock.advance()
        sandbox.create_group("web-new")
        sandbox.drain()
        answer = ask(sandbox, "web 7d")
        assert "2 groups could be meant by web. Which one?" in answer.plain()
        sandbox.choose(
            JO, answer, "pick_for_changes", f"{ACCOUNT_ID}/{REGION}/{sandbox.groups.ids['web-new']}"
        )
        shown = now_shown(sandbox)
        assert "Changes of web-new" in shown
        assert "since" in shown

    def test_of_several_groups_the_rules_of_the_picked_one_are_shown(
        self, sandbox: Sandbox, card: Message
    ) -> None:
        sandbox.create_group("web-new")
        sandbox.drain()
        answer = ask(sandbox, "rules web")
        sandbox.choose(
            JO, answer, "pick_for_rules", f"{ACCOUNT_ID}/{REGION}/{sandbox.groups.ids['web-prod']}"
        )
        sandbox.drain()
        modal = sandbox.slack.modal(JO)
        assert modal is not None
        assert "tcp 22 from 0.0.0.0/0" in modal.plain()

    def test_a_region_is_found_in_any_case_of_letters(self, sandbox: Sandbox, card: Message) -> None:
        assert "1 alert waits" in ask(sandbox, f"unacked region:{REGION.upper()}").plain()

    def test_a_group_that_only_a_refused_call_names_can_be_asked_for(self, sandbox: Sandbox) -> None:
        sandbox.open_ssh(principal=BOB)
        sandbox.drain()
        shown = ask(sandbox, "web-prod").plain()
        assert "Changes of web-prod" in shown
        assert "AWS refused: not authorised" in shown

    def test_a_mistyped_question_of_one_word_gets_the_nearest(self, sandbox: Sandbox, card: Message) -> None:
        shown = ask(sandbox, "unaked").plain()
        assert "No group called unaked" in shown
        assert "did you mean /sg-changes unacked?" in shown


class TestShare:
    def test_an_answer_can_be_shared_with_the_channel(self, sandbox: Sandbox, card: Message) -> None:
        answer = ask(sandbox, "web-prod")
        sandbox.click(JO, answer, "share_changes")
        shared = sandbox.slack.messages(CHANNEL)[-1]
        assert "Changes of web-prod" in shared.plain()
        assert f"<@{JO}>" in json.dumps(shared.all_blocks)
        assert not any(block["type"] == "actions" for block in shared.all_blocks)
        assert sandbox.slack.ephemerals(JO)[-1].ts == answer.ts  # the answer stays

    def test_what_waits_can_be_shared(self, sandbox: Sandbox, card: Message) -> None:
        sandbox.click(JO, ask(sandbox, "unacked"), "share_alerts")
        assert "1 alert waits for someone" in sandbox.slack.messages(CHANNEL)[-1].plain()


class TestUnacked:
    def test_it_turns_pages(self, sandbox: Sandbox, clock: Clock) -> None:
        for number in range(10):
            clock.advance()
            sandbox.create_group(f"group-{number}")
            open_to_ourselves(sandbox, f"group-{number}")
        answer = ask(sandbox, "unacked")
        assert "group-7" in answer.plain()
        assert "group-8" not in answer.plain()
        sandbox.click(JO, answer, "more_alerts")
        shown = now_shown(sandbox)
        assert "group-8" in shown
        assert "group-9" in shown
        assert "group-7" not in shown

    def test_an_alert_can_be_taken_from_the_list(self, sandbox: Sandbox, card: Message) -> None:
        sandbox.click(SAM, ask(sandbox, "unacked", SAM), "acknowledge")
        assert now_shown(sandbox, SAM) == "Acknowledged."
        assert "Acknowledged by" in sandbox.slack.messages(CHANNEL)[0].plain()

    def test_open_says_what_it_could_mean_with_both_counts(self, sandbox: Sandbox, card: Message) -> None:
        open_to_ourselves(sandbox, "db-prod")
        shown = ask(sandbox, "open").plain()
        assert "Waiting for someone: 2 (/sg-changes unacked)" in shown
        assert "Of those, 1 opened something to the internet" in shown
        assert "what somebody took already is not counted" in shown


class TestOldButtons:
    @pytest.mark.parametrize(
        ("text", "action_id"),
        [("web-prod", "share_changes"), ("unacked", "share_alerts")],
    )
    def test_a_button_of_another_version_gets_an_answer_in_words(
        self, sandbox: Sandbox, card: Message, text: str, action_id: str
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


class TestCosts:
    def test_a_page_costs_one_query_and_one_read_of_who_acknowledged(
        self, sandbox: Sandbox, card: Message
    ) -> None:
        answer = ask(sandbox, "web-prod")
        sandbox.aws.calls.clear()
        sandbox.click(JO, answer, "share_changes")
        assert [call.operation for call in sandbox.aws.calls] == ["Query", "BatchGetItem"]

    def test_the_list_of_all_does_not_look_into_months_before_watching_began(
        self, sandbox: Sandbox, card: Message
    ) -> None:
        sandbox.queues.run_schedule()  # watching has begun
        ask(sandbox, "")
        sandbox.aws.calls.clear()
        ask(sandbox, "")
        assert [call.operation for call in sandbox.aws.calls] == ["Query", "Query", "BatchGetItem"]


def test_a_change_of_each_kind_reads_well_in_the_list(sandbox: Sandbox) -> None:
    for name in ("modify_rules", "update_descriptions_ingress", "associate_vpc", "delete_by_root"):
        sandbox.deliver(load_event(name))
    sandbox.drain()
    shown = ask(sandbox, "2026-01-01").plain()
    for words in ("now  tcp 8443 from 0.0.0.0/0", "description of 1 rule changed",
                  "associated with vpc-0fedcba9876543210", "deleted"):  # fmt: skip
        assert words in shown
    assert "None" not in shown


def session_of(role: str, session: str) -> dict[str, Any]:
    """Give the identity of a role's session."""
    return {
        "type": "AssumedRole",
        "principalId": f"AROAEXAMPLE:{session}",
        "arn": f"arn:aws:sts::{ACCOUNT_ID}:assumed-role/{role}/{session}",
        "accountId": ACCOUNT_ID,
        "sessionContext": {"sessionIssuer": {"type": "Role", "userName": role}},
    }


def iam_user(name: str, account_id: str) -> dict[str, Any]:
    """Give the identity of an IAM user."""
    return {
        "type": "IAMUser",
        "arn": f"arn:aws:iam::{account_id}:user/{name}",
        "accountId": account_id,
        "userName": name,
    }
