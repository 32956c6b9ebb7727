"""Modals, and the answers that only one person sees."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.core.alerts import Alert, digest_of
from bot.core.changes import GroupDetails, GroupKey, HistoryEntry, Observation
from bot.core.health import Health
from bot.core.rules import Direction, PrefixList, ReferencedGroup
from bot.slack.cards import RECENT_CHANGES, VIEW_RULES, draw_headline
from bot.slack.views import (
    NEWER_CHANGES,
    OLDER_CHANGES,
    PAGE,
    already_acknowledged,
    changes_answer,
    changes_view,
    groups_answer,
    health_answer,
    help_answer,
    loading_view,
    notice_view,
    open_alerts_answer,
    read_page_value,
    rules_view,
    sentence_answer,
)
from tests.records import NOW, acknowledged, alert_of, change, rule
from tests.slack.conftest import MatchGolden
from tests.slack.limits import find_message_problems, find_view_problems, texts_of
from tests.slack.reading import read_mrkdwn

KEY = GroupKey("111122223333", "eu-west-1", "sg-0a1b2c3d4e5f60718")
WEB = GroupDetails(KEY, "web-prod", "vpc-0123456789abcdef0")
AMPERSANDS = "&" * 1000
HOSTILE = "<!channel> <@U1> `*b*` :fire: \u202e\n&lt;x&gt;"


def entry(alert: Alert | str, *, told: bool = True) -> HistoryEntry:
    alert = alert_of(alert) if isinstance(alert, str) else alert
    digest = digest_of(alert.digest.change, 3)
    counted = replace(digest, added_count=alert.digest.added_count, removed_count=alert.digest.removed_count)
    position = f"{alert.digest.change.time:%Y-%m-%dT%H:%M:%S}#{alert.digest.change.event_id}"
    return HistoryEntry(counted, alert.alert_id if told else None, position)


STORY = [
    alert_of("delete_by_user"),
    acknowledged(alert_of("authorize_ingress_ssh_from_world"), NOW + timedelta(minutes=4)),
    alert_of("authorize_ingress_several_ports_from_world"),
    alert_of("authorize_ingress_denied"),
    alert_of("revoke_egress_default"),
    alert_of("modify_rules"),
]
ENTRIES = [*map(entry, STORY), entry("authorize_ingress_duplicate", told=False)]
ALERTS = {alert.alert_id: alert for alert in STORY}


def observation(rules: Sequence[Any], name: str | None = "web-prod") -> Observation:
    return Observation(GroupDetails(KEY, name, "vpc-0123456789abcdef0"), NOW, tuple(rules))


OBSERVED = observation(
    [
        rule("-1", (-1, -1), direction=Direction.EGRESS),
        rule("udp", (53, 53), "10.0.0.0/8"),
        rule("tcp", (443, 443), "::/0"),
        rule("tcp", (443, 443), description="public site"),
        rule("tcp", (22, 22), PrefixList("pl-0123456789abcdef0"), description="office"),
        rule("tcp", (9000, 9000), ReferencedGroup("sg-0d4e5f60718293041", "444455556666")),
        rule("icmp", (8, -1), "10.0.0.0/8"),
    ]
)

VIEWS: dict[str, dict[str, Any]] = {
    "loading": loading_view("Rules"),
    "notice": notice_view("Rules", "sg-0a does not exist in account 111122223333, eu-west-1 (any more)."),
    "rules": rules_view(OBSERVED),
    "rules_none": rules_view(observation([])),
    "rules_without_name": rules_view(observation([rule()], name=None)),
    "rules_as_recorded": rules_view(
        OBSERVED,
        "Panopticon may not read sg-0a1b2c3d4e5f60718 in account 111122223333 (UnauthorizedOperation)."
        " Rules as last recorded:",
    ),
    "rules_thousand": rules_view(
        observation([rule("tcp", (n, n), description="d" * 255) for n in range(1000)])
    ),
    "rules_hostile": rules_view(observation([rule(description=HOSTILE)], name=HOSTILE), HOSTILE),
    "changes": changes_view(WEB, ENTRIES, ALERTS, has_older=True, has_newer=False),
    "changes_middle_page": changes_view(WEB, ENTRIES[:2], ALERTS, has_older=True, has_newer=True),
    "changes_none": changes_view(WEB, [], {}, has_older=False, has_newer=False),
    "changes_without_alerts": changes_view(
        GroupDetails(KEY, None, None), ENTRIES[:2], {}, has_older=False, has_newer=False
    ),
}

ANSWERS: dict[str, dict[str, Any]] = {
    "latest_changes": changes_answer(
        "Latest changes", None, ENTRIES, ALERTS, has_older=True, has_newer=False
    ),
    "changes_of_group": changes_answer(
        "Changes of web-prod (account 111122223333, eu-west-1)",
        KEY,
        ENTRIES[:2],
        ALERTS,
        has_older=False,
        has_newer=False,
    ),
    "changes_hostile": changes_answer(
        HOSTILE,
        KEY,
        [entry(alert_of(change(rule(description=HOSTILE), group_name=HOSTILE)))],
        {},
        has_older=False,
        has_newer=False,
    ),
    "unacked": open_alerts_answer(
        [alert_of("authorize_ingress_ssh_from_world"), alert_of("create_without_response")],
        has_more=False,
        now=NOW + timedelta(hours=3),
    ),
    "unacked_one": open_alerts_answer(
        [alert_of("authorize_ingress_ssh_from_world")], has_more=False, now=NOW + timedelta(minutes=3)
    ),
    "unacked_none": open_alerts_answer([], has_more=False, now=NOW),
    "unacked_more": open_alerts_answer(
        [alert_of(change(event_id=f"{number}")) for number in range(PAGE)], has_more=True, now=NOW
    ),
    "groups": groups_answer(
        "web",
        [
            WEB,
            GroupDetails(GroupKey("444455556666", "us-east-1", "sg-0d4e5f60718293041"), "web-prod", None),
            GroupDetails(GroupKey("444455556666", "us-east-1", "sg-0d4e5f60718293042"), None, None),
        ],
    ),
    "groups_hostile": groups_answer(HOSTILE, [GroupDetails(KEY, HOSTILE, None)]),
    "health_good": health_answer(Health(NOW, NOW, None)),
    "health_new": health_answer(Health(None, None, None)),
    "health_bad": health_answer(
        Health(NOW, None, "the app is not in the alert channel: type /invite @Panopticon there")
    ),
    "help": help_answer(),
    "sentence": sentence_answer("No group called web-prd. Did you mean web-prod (account 111122223333)?"),
    "sentence_hostile": sentence_answer(f"No group called {HOSTILE}."),
}


def everything(document: dict[str, Any]) -> str:
    return "\n".join(texts_of(document["blocks"]))


@pytest.mark.parametrize("name", VIEWS)
def test_a_modal_looks_as_it_was_reviewed(name: str, match_golden: MatchGolden) -> None:
    match_golden(f"view_{name}", VIEWS[name])


@pytest.mark.parametrize("name", ANSWERS)
def test_an_answer_looks_as_it_was_reviewed(name: str, match_golden: MatchGolden) -> None:
    match_golden(f"answer_{name}", ANSWERS[name])


@pytest.mark.parametrize("name", VIEWS)
def test_a_modal_is_within_slacks_limits(name: str) -> None:
    assert find_view_problems(VIEWS[name]) == []


@pytest.mark.parametrize("name", ANSWERS)
def test_an_answer_is_within_slacks_limits_and_for_one_person(name: str) -> None:
    assert find_message_problems(ANSWERS[name]) == []
    assert ANSWERS[name]["response_type"] == "ephemeral"


@pytest.mark.parametrize("document", [*VIEWS.values(), *ANSWERS.values()], ids=[*VIEWS, *ANSWERS])
def test_nothing_shown_is_a_mention_a_link_or_an_emoji_that_a_name_asked_for(
    document: dict[str, Any],
) -> None:
    markups = [document["text"]] if isinstance(document.get("text"), str) else []
    for block in document["blocks"]:
        parts = [block.get("text", {}), *block.get("elements", [])]
        markups += [part["text"] for part in parts if part.get("type") == "mrkdwn"]
    for markup in markups:
        reading = read_mrkdwn(markup)
        assert reading.live == ()
        bold_title = markup.startswith("*") and markup.endswith("*")
        assert reading.styled == ((markup,) if bold_title else ())


def test_a_notice_is_within_slacks_limits_where_every_character_takes_five_to_escape() -> None:
    assert find_view_problems(notice_view("Rules", AMPERSANDS)) == []


def test_a_sentence_is_within_slacks_limits_where_every_character_takes_five_to_escape() -> None:
    assert find_message_problems(sentence_answer(AMPERSANDS)) == []


def test_a_full_page_of_alerts_is_within_slacks_limits_where_every_character_takes_five_to_escape() -> None:
    opened = replace(rule("50", (None, None)), protocol=AMPERSANDS)
    told = change(opened, group_name=AMPERSANDS, account_id="&" * 128)
    waiting = [alert_of(replace(told, event_id=f"{number}")) for number in range(PAGE)]
    assert find_message_problems(open_alerts_answer(waiting, has_more=True, now=NOW)) == []


def test_a_full_page_of_changes_is_within_slacks_limits_where_every_character_takes_five_to_escape() -> None:
    opened = [
        replace(rule("50", (None, None), description=AMPERSANDS), protocol=f"{AMPERSANDS}{number}")
        for number in range(30)
    ]
    alert = alert_of(change(*opened, group_name=AMPERSANDS, account_id="&" * 128))
    page = [entry(alert)] * PAGE
    answer = changes_answer(AMPERSANDS, KEY, page, {}, has_older=True, has_newer=True)
    assert find_message_problems(answer) == []
    assert find_view_problems(changes_view(WEB, page, {}, has_older=True, has_newer=True)) == []


def test_every_modal_can_be_told_apart_by_its_title() -> None:
    assert VIEWS["rules"]["title"]["text"] == "Rules"
    assert VIEWS["changes"]["title"]["text"] == "Recent changes"


class TestRules:
    def test_each_direction_is_counted_and_listed_in_a_steady_order(self) -> None:
        text = everything(VIEWS["rules"])
        listed = [
            'tcp 22 from pl-0123456789abcdef0 "office"',
            'tcp 443 from 0.0.0.0/0 "public site"',
            "tcp 443 from ::/0",
            "tcp 9000 from sg-0d4e5f60718293041 (account 444455556666)",
            "udp 53 from 10.0.0.0/8",
        ]
        assert "Ingress: 6 rules" in text
        assert "Egress: 1 rule" in text
        positions = [text.index(line) for line in listed]
        assert positions == sorted(positions)
        shuffled = replace(OBSERVED, rules=OBSERVED.rules[::-1])
        assert rules_view(shuffled) == VIEWS["rules"]

    def test_no_rules_are_said_in_words(self) -> None:
        text = everything(VIEWS["rules_none"])
        assert "Ingress: 0 rules" in text
        assert "Egress: 0 rules" in text

    def test_rules_that_were_only_recorded_do_not_claim_to_be_read_now(self) -> None:
        text = everything(VIEWS["rules_as_recorded"])
        assert "Read from AWS" not in text
        assert "As recorded" in text

    def test_many_rules_are_cut_on_purpose_and_counted(self) -> None:
        text = everything(VIEWS["rules_thousand"])
        assert "Ingress: 1,000 rules" in text
        assert "… and 940 more" in text

    def test_rules_that_are_cut_keep_the_ones_that_are_open_to_the_world(self) -> None:
        many = [rule("icmp", (n, -1), "10.0.0.0/8") for n in range(100)]
        view = rules_view(observation([*many, rule("tcp", (22, 22))]))
        assert "tcp 22 from 0.0.0.0/0" in everything(view)


class TestChanges:
    def test_a_change_says_when_what_who_and_whether_someone_took_it(self) -> None:
        text = everything(VIEWS["changes"])
        assert "2026-03-02 20:07 UTC" in text
        assert "ingress tcp 22 from 0.0.0.0/0 added" in text
        assert "carol@example.com · AWS console · SSO AdministratorAccess · from 203.0.113.7" in text
        assert "Acknowledged by " in text

    def test_what_aws_refused_is_never_told_as_done(self) -> None:
        refused = changes_view(
            WEB, [entry("authorize_ingress_denied")], ALERTS, has_older=False, has_newer=False
        )
        text = everything(refused)
        assert "AWS refused: not authorised (Client.UnauthorizedOperation). Nothing changed." in text
        assert "ingress tcp 3389 from 0.0.0.0/0 not added" in text
        assert text.count("added") == 1

    def test_the_rules_that_a_list_leaves_out_are_counted(self) -> None:
        text = everything(VIEWS["changes"])
        assert "5 rules added" in text
        assert "… and 2 more" in text

    def test_no_change_is_said_in_words(self) -> None:
        assert "No change of this group has been recorded." in everything(VIEWS["changes_none"])


class TestPaging:
    def paging(self, document: dict[str, Any]) -> dict[str, tuple[GroupKey | None, str]]:
        return {
            element["action_id"]: read_page_value(element["value"])
            for block in document["blocks"]
            if block.get("block_id") == "paging"
            for element in block["elements"]
        }

    def test_older_goes_on_from_the_last_entry_and_newer_from_the_first(self) -> None:
        assert self.paging(VIEWS["changes_middle_page"]) == {
            NEWER_CHANGES: (KEY, ENTRIES[0].position),
            OLDER_CHANGES: (KEY, ENTRIES[1].position),
        }

    def test_the_list_of_every_group_pages_as_such(self) -> None:
        assert self.paging(ANSWERS["latest_changes"]) == {OLDER_CHANGES: (None, ENTRIES[-1].position)}

    @pytest.mark.parametrize("name", ["changes_none", "changes_without_alerts"])
    def test_a_list_on_one_page_has_no_paging(self, name: str) -> None:
        assert self.paging(VIEWS[name]) == {}

    @pytest.mark.parametrize("value", ["", "*", "*|", "a/b|x", "4f6c.2", "a/b/c/d|x"])
    def test_a_value_that_no_paging_button_holds_is_refused(self, value: str) -> None:
        with pytest.raises(ValueError, match=r"\A"):
            read_page_value(value)


class TestUnacknowledged:
    def test_each_alert_shows_its_headline_who_and_how_long_it_waits(self) -> None:
        text = read_mrkdwn(everything(ANSWERS["unacked"])).shown
        alert = alert_of("authorize_ingress_ssh_from_world")
        assert read_mrkdwn(draw_headline(alert)).shown in text
        assert "waiting for 3 h" in text

    def test_an_alert_has_its_buttons_where_its_group_is_known(self) -> None:
        offered = [
            element["action_id"]
            for block in ANSWERS["unacked"]["blocks"]
            if block["type"] == "actions"
            for element in block["elements"]
        ]
        assert offered == [VIEW_RULES, RECENT_CHANGES]

    @pytest.mark.parametrize(
        ("name", "summary"),
        [
            ("unacked_none", "Nothing waits for anyone."),
            ("unacked_one", "1 alert waits for someone"),
            ("unacked_more", "More than 8 alerts wait for someone, most severe first"),
        ],
    )
    def test_the_count_is_said(self, name: str, summary: str) -> None:
        assert ANSWERS[name]["text"].startswith(summary)


class TestHealth:
    def test_what_does_not_work_says_what_to_do(self) -> None:
        text = read_mrkdwn(everything(ANSWERS["health_bad"])).shown
        assert "⚠️ Can post to the alert channel: no: the app is not in the alert channel" in text
        assert "type /invite @Panopticon there" in text

    def test_what_works_is_marked_as_such(self) -> None:
        assert everything(ANSWERS["health_good"]).count("✅") == 3


class TestSecondClicker:
    def test_the_second_clicker_is_told_who_was_first(self) -> None:
        told = already_acknowledged(STORY[1], NOW + timedelta(minutes=6))
        assert told == "Already acknowledged by <@U0AB12CD3> 2 min ago. Nothing changed."

    def test_an_alert_that_was_opened_again_meanwhile_is_said_to_be(self) -> None:
        assert "not acknowledged any more" in already_acknowledged(STORY[0], NOW)


def test_help_names_each_question_once() -> None:
    text = everything(ANSWERS["help"])
    for question in ("rules web-prod", "unacked", "doctor", "help"):
        assert f"/sg-changes {question}" in text


def test_no_view_names_an_internal_of_the_program() -> None:
    assert "None" not in json.dumps([*VIEWS.values(), *ANSWERS.values()])
