"""People mute from a card, look at what is muted and end it; requests travel signed through bot.handlers."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest

from bot.core.changes import ChangeKind
from bot.core.quiet import Quiet, QuietReason
from bot.core.quieting import Treatment, treated
from sandbox import BOB, CHANNEL, ERIN, JO, SAM, Message, Sandbox
from sandbox.slack_objects import View
from tests.conftest import Clock
from tests.end_to_end.test_people import in_a_session, open_to_ourselves
from tests.end_to_end.test_questions import ask, now_shown
from tests.makers import GROUP, a_change, a_rule, an_alert

REASON = "load test <!channel> *until* Friday"


@pytest.fixture
def card(sandbox: Sandbox) -> Message:
    """The card of a port of web-prod opened to a private network, which has been named meanwhile."""
    open_to_ourselves(sandbox, "web-prod")
    (message,) = sandbox.slack.messages(CHANNEL)
    return message


def form(sandbox: Sandbox, card: Message, user: str = JO) -> View:
    """Open the form from the card's menu."""
    sandbox.choose(user, card, "more", "Mute…")
    view = sandbox.slack.modal(user)
    assert view is not None
    return view


def mute(sandbox: Sandbox, card: Message, user: str = JO, **values: str) -> str:
    """Fill in the form and give what the modal says then."""
    form(sandbox, card, user)
    usual = {"mute_what": "group", "mute_days": "7", "mute_reason": REASON}
    answer = sandbox.submit(user, {**usual, **values})
    assert (answer.status, answer.error) == (200, None)
    view = sandbox.slack.modal(user)
    assert view is not None
    said = view.plain()
    sandbox.close_modal(user)
    return said


def open_port(sandbox: Sandbox, port: int, source: str = "10.0.0.0/8", group: str = "web-prod") -> None:
    """Open a port of a group, each in a session of its own."""
    sandbox.ec2(
        "AuthorizeSecurityGroupIngress",
        in_a_session(f"ASIA{port}"),
        GroupId=sandbox.groups.ids[group],
        IpPermissions=[sandbox.groups.permission(port, source, None)],
    )
    sandbox.drain()


def forget(sandbox: Sandbox) -> None:
    """Let the functions forget the mutes that they know, as they do by themselves within half a minute."""
    sandbox.functions.start_cold()


def texts(sandbox: Sandbox) -> list[str]:
    return [message.text for message in sandbox.slack.messages(CHANNEL)]


class TestMuting:
    def test_the_form_offers_what_the_card_is_about(self, sandbox: Sandbox, card: Message) -> None:
        view = form(sandbox, card)
        assert "It takes effect within a minute." in view.plain()
        options = [
            option["text"]["text"]
            for block in view.blocks
            for option in block.get("element", {}).get("options", ())
        ]
        assert options == [
            *("This group: web-prod", "This principal: alice@example.com"),
            *("1 day", "7 days", "30 days", "90 days"),
            "Hide what is critical, too",
        ]

    def test_what_is_muted_is_recorded_and_not_posted(self, sandbox: Sandbox, card: Message) -> None:
        said = mute(sandbox, card)
        assert "Muted until" in said
        assert "web-prod" in said
        forget(sandbox)
        open_port(sandbox, 8081)
        open_port(sandbox, 8082, group="app-prod")
        assert len(texts(sandbox)) == 2
        assert "app-prod" in texts(sandbox)[1]
        assert "Not posted: muted" in ask(sandbox, "web-prod").plain()
        assert "Not posted: muted" in ask(sandbox, "quiet").plain()

    def test_a_critical_breaks_through(self, sandbox: Sandbox, card: Message) -> None:
        mute(sandbox, card)
        forget(sandbox)
        sandbox.open_ssh()
        sandbox.drain()
        assert "Critical" in texts(sandbox)[-1]

    def test_unless_the_mute_says_otherwise(self, sandbox: Sandbox, card: Message) -> None:
        assert "What is critical is hidden too." in mute(sandbox, card, mute_critical="critical")
        forget(sandbox)
        sandbox.open_ssh()
        sandbox.drain()
        assert len(texts(sandbox)) == 1

    def test_a_principal_and_a_kind_of_finding_can_be_muted(self, sandbox: Sandbox) -> None:
        open_port(sandbox, 8443, "0.0.0.0/0")
        (card,) = sandbox.slack.messages(CHANNEL)
        mute(sandbox, card, mute_what="kind_here")
        mute(sandbox, card, SAM, mute_what="principal")
        forget(sandbox)
        open_port(sandbox, 8444, "0.0.0.0/0")  # of another kind, but by alice
        assert len(texts(sandbox)) == 1
        shown = ask(sandbox, "mutes").plain()
        assert "tcp 8443 open to the internet on web-prod" in shown
        assert "what alice@example.com" in shown

    def test_a_reason_is_asked_for(self, sandbox: Sandbox, card: Message) -> None:
        form(sandbox, card)
        answer = sandbox.submit(JO, {"mute_reason": "  \n "})
        assert (answer.status, answer.error) == (200, None)
        view = sandbox.slack.modal(JO)
        assert view is not None
        assert view.errors == {"mute_reason": "A few words on why, for the others."}
        sandbox.close_modal(JO)
        assert "Nothing is muted." in ask(sandbox, "mutes").plain()

    @pytest.mark.parametrize("change", [{"callback": "x"}, {"private_metadata": "nothing"}])
    def test_a_form_of_another_version_mutes_nothing(
        self, sandbox: Sandbox, card: Message, change: dict[str, Any]
    ) -> None:
        view = form(sandbox, card)
        view.body.update({key: value for key, value in change.items() if key in view.body})
        if "callback" in change:
            view.blocks[1]["element"]["options"][0]["value"] = "another"
            view.blocks[1]["element"]["initial_option"] = view.blocks[1]["element"]["options"][0]
            view.values = {}
            sandbox.submit(JO, {"mute_what": "another", "mute_reason": "why"})
        else:
            sandbox.submit(JO, {"mute_reason": "why"})
        after = sandbox.slack.modal(JO)
        assert after is not None
        assert after.title == "Not muted"
        sandbox.close_modal(JO)
        assert "Nothing is muted." in ask(sandbox, "mutes").plain()


class TestMutes:
    def test_the_list_says_what_by_whom_until_when_and_what_it_hid(
        self, sandbox: Sandbox, card: Message
    ) -> None:
        mute(sandbox, card)
        forget(sandbox)
        open_port(sandbox, 8081)
        open_port(sandbox, 8082)
        answer = ask(sandbox, "mutes", SAM)
        shown = answer.plain()
        assert "*1 mute*" in shown
        assert f"by <@{JO}>" in shown
        assert "Hid 2 alerts." in shown
        assert "&lt;!channel&gt;" in shown or "&lt;\u2060!channel" in shown
        assert "<!channel>" not in shown

    def test_anybody_ends_it_and_it_is_posted_again(self, sandbox: Sandbox, card: Message) -> None:
        mute(sandbox, card)
        sandbox.click(SAM, ask(sandbox, "mutes", SAM), "end_mute")
        assert "Nothing is muted." in now_shown(sandbox, SAM)
        forget(sandbox)
        open_port(sandbox, 8081)
        assert len(texts(sandbox)) == 2

    def test_who_ends_what_has_ended_is_told(self, sandbox: Sandbox, card: Message) -> None:
        mute(sandbox, card)
        answers = [ask(sandbox, "mutes", user) for user in (JO, SAM)]
        sandbox.click(JO, answers[0], "end_mute")
        sandbox.click(SAM, answers[1], "end_mute")
        assert "This mute has ended already." in "".join(m.plain() for m in sandbox.slack.ephemerals(SAM))

    def test_with_nothing_muted_it_says_how_to(self, sandbox: Sandbox) -> None:
        assert "Nothing is muted. “Mute…” in the menu of a card does that." in ask(sandbox, "mutes").plain()


class TestQuiet:
    def test_the_list_is_paged(self, sandbox: Sandbox, clock: Clock) -> None:
        for number in range(10):
            clock.advance()
            sandbox.create_group(f"group-{number}", in_a_session(f"AKIA{number}", ERIN))
        sandbox.drain()
        answer = ask(sandbox, "quiet 1h")
        assert "group-9 created" in answer.plain()
        assert "group-1 created" not in answer.plain()
        sandbox.click(JO, answer, "more_quiet")
        assert "group-1 created" in now_shown(sandbox)
        assert "group-9 created" not in now_shown(sandbox)

    def test_it_is_narrowed_by_time_and_place(self, sandbox: Sandbox) -> None:
        sandbox.create_group("group-1")
        sandbox.drain()
        assert "group-1 created" in ask(sandbox, "quiet").plain()
        assert "Nothing." in ask(sandbox, "quiet account:444455556666").plain()
        assert "Nothing." in ask(sandbox, "quiet 2026-01-01..2026-01-02").plain()

    def test_what_somebody_may_not_but_tries_is_posted_only_where_it_would_matter(
        self, sandbox: Sandbox
    ) -> None:
        sandbox.open_ssh(principal=BOB)
        sandbox.delete_group("old-bastion", in_a_session("AKIAANOTHER", BOB))
        sandbox.drain()
        assert [text.partition(":")[0] for text in texts(sandbox)] == ["⚪ Denied, nothing changed"]
        assert "tried to delete" in ask(sandbox, "quiet").plain()


class TestDigest:
    def test_it_is_posted_once_and_its_button_shows_what_it_counts(self, sandbox: Sandbox) -> None:
        from bot import parts

        yesterday = datetime.now(UTC) - timedelta(days=1)
        for number in range(3):
            change = a_change(f"event-{number}", kind=ChangeKind.REVOKE, added=(), removed=(a_rule(),))
            alert = an_alert(change, now=yesterday)
            quiet = Treatment(Quiet(QuietReason.BELOW_THRESHOLD, "low"))
            parts.store().record_change(change, {}, alert=treated(alert, quiet), learn=None, now=yesterday)
        for _ in range(2):
            replace(parts.digesting(5), due=time()).tell_of_yesterday()
        (message,) = sandbox.slack.messages(CHANNEL)
        assert message.text == "Yesterday, quietly: 3 informational"
        assert f"Most of it on {GROUP.group_id} in account {GROUP.account_id} (3)" in message.plain()
        sandbox.click(SAM, message, "show_quiet")
        assert now_shown(sandbox, SAM).count("Not posted: below low") == 3

    def test_the_schedule_tells_it(self, sandbox: Sandbox) -> None:
        sandbox.queues.run_schedule()
        sandbox.queues.run_schedule()
        assert sandbox.slack.messages(CHANNEL) == []  # nothing was quiet
