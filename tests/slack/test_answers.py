"""Lists in modals and in answers that only one person sees."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.core.alerts import Alert, digest_of
from bot.core.baseline import begin
from bot.core.behind import NotRead, Trouble
from bot.core.changes import GroupKey
from bot.core.health import Health, PlaceHealth
from bot.core.history import (
    AlertScope,
    HistoryEntry,
    Listing,
    Page,
    Place,
    Silence,
    decode_listing,
    decode_scope,
)
from bot.core.organization import Organization, troubled
from bot.core.parts import AlertRef
from bot.core.places import ANYWHERE, Places
from bot.slack.answers import (
    MORE_ALERTS,
    NEWER_CHANGES,
    OLDER_CHANGES,
    PAGE,
    SHARE_ALERTS,
    SHARE_CHANGES,
    already_acknowledged,
    changes_answer,
    changes_view,
    health_answer,
    help_answer,
    nothing_answer,
    open_alerts_answer,
    sentence_answer,
    shared,
)
from bot.slack.cards import ACKNOWLEDGE, RECENT_CHANGES, VIEW_RULES
from bot.slack.headlines import draw_headline
from bot.slack.watched import watched_lines
from tests.records import NOW, acknowledged, alert_of, change, rule
from tests.slack.conftest import MatchGolden
from tests.slack.limits import find_message_problems, find_view_problems, texts_of
from tests.slack.reading import read_mrkdwn

KEY = GroupKey("111122223333", "eu-west-1", "sg-0a1b2c3d4e5f60718")
PLACES = Places({"111122223333": "payments-prod"})
OF_WEB = Listing(group=KEY, name="web-prod")
AMPERSANDS = "&" * 1000
HOSTILE = "<!channel> <@U1> `*b*` :fire: \u202e\n&lt;x&gt;"


def entry(alert: Alert | str, *, told: bool = True) -> HistoryEntry:
    alert = alert_of(alert) if isinstance(alert, str) else alert
    digest = replace(digest_of(alert.digest.change, 3), count=alert.digest.count)
    position = f"{alert.digest.change.time:%Y-%m-%dT%H:%M:%S}#{alert.digest.change.event_id}"
    return HistoryEntry(digest, AlertRef(alert.alert_id, 1) if told else None, position)


STORY = [
    alert_of("delete_by_user"),
    acknowledged(alert_of("authorize_ingress_ssh_from_world"), NOW + timedelta(minutes=4)),
    alert_of("authorize_ingress_several_ports_from_world"),
    alert_of("authorize_ingress_denied"),
    alert_of("revoke_egress_default"),
    alert_of("modify_rules"),
    alert_of("update_descriptions_ingress"),
]
ENTRIES = [*map(entry, STORY), entry("authorize_ingress_duplicate", told=False)]
ALERTS = {entry(alert).position: alert for alert in STORY}
OLDER = OF_WEB.turned(before=ENTRIES[-1].position)
NEWER = OF_WEB.turned(after=ENTRIES[0].position)


def page(
    listing: Listing = OF_WEB,
    entries: list[HistoryEntry] = ENTRIES,
    alerts: dict[str, Alert] = ALERTS,
    *,
    older: Listing | None = None,
    newer: Listing | None = None,
) -> Page:
    return Page(listing, tuple(entries), alerts, older, newer)


def watched() -> Iterator[PlaceHealth]:
    """Each way in which a place can be doing, and more places than are shown."""
    for number, region in enumerate(("ap-northeast-2", "eu-west-1", "us-east-1", "us-west-2", "sa-east-1")):
        where = ("111122223333", region)
        begun = begin(where, "run", NOW - timedelta(hours=2), after=None)
        read = begun.turned(None, NOW - timedelta(hours=1), groups=5000, kept=12)
        baseline = [
            begun.turned("2", NOW, groups=1200, kept=12),
            begun.delayed("RequestLimitExceeded", NOW, is_throttled=True),
            read,
            replace(read, missed=3),
            begin(where, "run-2", NOW, after=read).denied("UnauthorizedOperation", NOW),
        ][number]
        yield PlaceHealth(where, NOW - timedelta(days=9 - number), baseline)
    lost = replace(begun, complete=NOW - timedelta(days=2), finished=NOW, trouble="JobLost")
    yield PlaceHealth(("444455556666", "eu-west-1"), NOW - timedelta(hours=3), lost)
    refusal = NotRead(NOW, "UnauthorizedOperation", Trouble.DENIED)
    yield PlaceHealth(("444455556666", "us-east-1"), NOW - timedelta(hours=2), read, refusal)
    for number in range(9):
        where, heard = (f"{number:012d}", "eu-north-1"), NOW - timedelta(minutes=9 - number)
        yield PlaceHealth(where, heard, None, refusal if number == 8 else None)


ORGANIZATION = Organization(NOW, NOW, {"111122223333": "payments-prod", "444455556666": "shop-dev"})
WATCHED = (PlaceHealth(("123456789012", "eu-west-1"), None, None), *watched())


def test_that_what_sits_behind_groups_may_not_be_read_is_told_of_each_place_with_the_role() -> None:
    where = ("444455556666", "eu-west-1")
    missing = NotRead(NOW, "AccessDenied", Trouble.DENIED, "panopticon-read")
    shut_out = begin(where, "run", NOW, after=None).denied("AccessDenied", NOW)
    (_, told), (_, once) = (
        watched_lines([PlaceHealth(where, NOW, baseline, missing)], PLACES) for baseline in (None, shut_out)
    )
    assert "⚠️" in told
    assert "may not read what sits behind them: role panopticon-read is missing there (AccessDenied, " in told
    assert once.count("AccessDenied") == 1


def noted() -> dict[str, Alert]:
    alert = STORY[1]
    assert alert.acknowledgement is not None
    taken = replace(alert.acknowledgement, note="vendor session <!here>")
    return {**ALERTS, entry(alert).position: replace(alert, acknowledgement=taken)}


VIEWS: dict[str, dict[str, Any]] = {
    "changes": changes_view(page(older=OLDER), PLACES),
    "changes_middle_page": changes_view(page(entries=ENTRIES[:2], older=OLDER, newer=NEWER), PLACES),
    "changes_none": changes_view(page(entries=[]), PLACES),
    "changes_without_alerts": changes_view(page(Listing(group=KEY), entries=ENTRIES[:2], alerts={}), PLACES),
}

ANSWERS: dict[str, dict[str, Any]] = {
    "latest_changes": changes_answer(page(Listing(), older=Listing(before="x")), PLACES),
    "latest_changes_narrowed": changes_answer(
        page(
            Listing(place=Place("111122223333", "eu-west-1"), since=NOW - timedelta(days=7), until=NOW),
            entries=[],
            older=Listing(before="x"),
        ),
        PLACES,
    ),
    "changes_of_group": changes_answer(page(entries=ENTRIES[:2], alerts=noted()), PLACES),
    "changes_by_principal": changes_answer(
        page(Listing(principal="person:carol@example.com", name="carol@example.com"), entries=ENTRIES[1:2]),
        PLACES,
    ),
    "changes_hostile": changes_answer(
        page(
            replace(OF_WEB, name=HOSTILE),
            [entry(alert_of(change(rule(description=HOSTILE), group_name=HOSTILE)))],
            {},
        ),
        Places({KEY.account_id: HOSTILE}),
    ),
    "nothing_of_group": nothing_answer(
        replace(OF_WEB, since=NOW), Silence(NOW - timedelta(days=30), NOW - timedelta(days=3)), PLACES
    ),
    "nothing_at_all": nothing_answer(Listing(), Silence(None, None), PLACES),
    "unacked": open_alerts_answer(
        [alert_of("authorize_ingress_ssh_from_world"), alert_of("create_without_response")],
        AlertScope(),
        more=None,
        now=NOW + timedelta(hours=3),
        places=PLACES,
    ),
    "unacked_one": open_alerts_answer(
        [alert_of("authorize_ingress_ssh_from_world")],
        AlertScope(Place(region="eu-west-1")),
        more=None,
        now=NOW + timedelta(minutes=3),
        places=PLACES,
    ),
    "unacked_none": open_alerts_answer([], AlertScope(), more=None, now=NOW, places=PLACES),
    "unacked_more": open_alerts_answer(
        [alert_of(change(event_id=f"{number}")) for number in range(PAGE)],
        AlertScope(),
        more=AlertScope(behind="0#x"),
        now=NOW,
        places=PLACES,
    ),
    "health_good": health_answer(Health(NOW, NOW, None)),
    "health_new": health_answer(Health(None, None, None)),
    "health_bad": health_answer(
        Health(NOW, None, "the app is not in the alert channel: type /invite @Panopticon there")
    ),
    "health_places": health_answer(Health(NOW, NOW, None, WATCHED), PLACES),
    "health_place": health_answer(Health(NOW, NOW, None, WATCHED[2:3]), PLACES),
    "health_names": health_answer(Health(NOW, NOW, None, organization=ORGANIZATION)),
    "health_names_denied": health_answer(
        Health(
            NOW,
            NOW,
            None,
            organization=Organization(NOW, trouble="AccessDeniedException", is_denied=True),
        )
    ),
    "health_names_trouble": health_answer(
        Health(NOW, NOW, None, organization=troubled(ORGANIZATION, NOW, "ServiceException"))
    ),
    "help": help_answer(),
    "sentence": sentence_answer("No group called web-prd. Did you mean web-prod (account 111122223333)?"),
    "sentence_hostile": sentence_answer(f"No group called {HOSTILE}."),
}


def everything(document: dict[str, Any]) -> str:
    return "\n".join(texts_of(document["blocks"]))


def elements(document: dict[str, Any], block_id: str | None = None) -> dict[str, dict[str, Any]]:
    return {
        element["action_id"]: element
        for block in document["blocks"]
        if block["type"] == "actions" and block_id in (None, block.get("block_id"))
        for element in block["elements"]
    }


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
        title = markup.split("<!date")[0].rpartition("*")[0] + "*" if markup.startswith("*") else ""
        assert [styled for styled in reading.styled if styled != title] == []


def test_a_sentence_is_within_slacks_limits_where_every_character_takes_five_to_escape() -> None:
    assert find_message_problems(sentence_answer(AMPERSANDS)) == []


def test_a_full_page_of_alerts_is_within_slacks_limits_where_every_character_takes_five_to_escape() -> None:
    opened = replace(rule("50", (None, None)), protocol=AMPERSANDS)
    told = change(opened, group_name=AMPERSANDS, account_id="&" * 128)
    waiting = [alert_of(replace(told, event_id=f"{number}")) for number in range(PAGE)]
    more = AlertScope(Place("&" * 128, "&" * 128), "x" * 100)
    answer = open_alerts_answer(waiting, more, more=more, now=NOW, places=ANYWHERE)
    assert find_message_problems(answer) == []


def test_a_full_page_of_changes_is_within_slacks_limits_where_every_character_takes_five_to_escape() -> None:
    opened = [
        replace(rule("50", (None, None), description=AMPERSANDS), protocol=f"{AMPERSANDS}{number}")
        for number in range(30)
    ]
    alert = alert_of(change(*opened, group_name=AMPERSANDS, account_id="&" * 128))
    listing = replace(OF_WEB, name=AMPERSANDS)
    full = page(listing, [entry(alert)] * PAGE, {}, older=listing, newer=listing)
    assert find_message_problems(changes_answer(full, ANYWHERE)) == []
    assert find_view_problems(changes_view(full, ANYWHERE)) == []


class TestChanges:
    def test_a_change_says_when_what_who_and_whether_someone_took_it(self) -> None:
        text = everything(VIEWS["changes"])
        assert "2026-03-02 20:07 UTC" in text
        assert "ingress tcp 22 from 0.0.0.0/0 added" in text
        assert "carol@example.com · AWS console · SSO AdministratorAccess · from 203.0.113.7" in text
        assert "Acknowledged by " in text

    def test_a_note_shows_as_itself(self) -> None:
        assert ': "vendor session <!here>"' in everything(ANSWERS["changes_of_group"])

    def test_what_aws_refused_is_never_told_as_done(self) -> None:
        text = everything(changes_view(page(entries=[entry("authorize_ingress_denied")]), PLACES))
        assert "AWS refused: not authorised (Client.UnauthorizedOperation). Nothing changed." in text
        assert "ingress tcp 3389 from 0.0.0.0/0 not added" in text
        assert text.count("added") == 1

    def test_the_rules_that_a_list_leaves_out_are_counted(self) -> None:
        text = everything(VIEWS["changes"])
        assert "5 rules added" in text
        assert "… and 2 more" in text

    def test_no_change_is_said_in_words(self) -> None:
        assert "No change of this group has been recorded." in everything(VIEWS["changes_none"])

    @pytest.mark.parametrize(
        ("name", "title"),
        [
            ("latest_changes", "Latest changes"),
            ("latest_changes_narrowed", "Latest changes in payments-prod, eu-west-1"),
            ("changes_of_group", "Changes of web-prod (payments-prod, eu-west-1)"),
            ("changes_by_principal", "Changes by carol@example.com"),
            ("nothing_of_group", "No change of web-prod (payments-prod, eu-west-1) has been recorded."),
            ("nothing_at_all", "No change has been recorded."),
        ],
    )
    def test_an_answer_says_what_it_lists(self, name: str, title: str) -> None:
        assert read_mrkdwn(ANSWERS[name]["text"]).shown == title

    def test_nothing_found_says_since_when_it_watches_and_when_the_last_change_was(self) -> None:
        text = read_mrkdwn(everything(ANSWERS["nothing_of_group"])).shown
        assert "since 2026-03-02 20:08 UTC" in text
        assert "Panopticon watches since 2026-01-31 20:08 UTC." in text
        assert "The last change of any group was 2026-02-27 20:08 UTC." in text


class TestPaging:
    def test_each_way_leads_to_the_list_as_it_was_turned(self) -> None:
        buttons = elements(VIEWS["changes_middle_page"])
        assert decode_listing(buttons[NEWER_CHANGES]["value"]) == NEWER
        assert decode_listing(buttons[OLDER_CHANGES]["value"]) == OLDER

    @pytest.mark.parametrize("name", ["changes_none", "changes_without_alerts"])
    def test_a_modal_on_one_page_has_no_paging(self, name: str) -> None:
        assert elements(VIEWS[name]) == {}

    def test_what_is_shared_is_the_same_page(self) -> None:
        button = elements(ANSWERS["changes_of_group"])[SHARE_CHANGES]
        assert decode_listing(button["value"]) == OF_WEB

    def test_a_shared_page_has_no_buttons_and_says_who_shares_it(self) -> None:
        message = shared(ANSWERS["unacked"], "U04JOPARK01")
        assert not [block for block in message["blocks"] if block["type"] == "actions"]
        assert "<@U04JOPARK01>" in json.dumps(message["blocks"])
        assert find_message_problems(message) == []


class TestUnacknowledged:
    def test_each_alert_shows_its_headline_who_and_how_long_it_waits(self) -> None:
        text = read_mrkdwn(everything(ANSWERS["unacked"])).shown
        alert = alert_of("authorize_ingress_ssh_from_world")
        assert read_mrkdwn(draw_headline(alert, PLACES)).shown in text
        assert "waiting for 3 h" in text

    def test_an_alert_can_be_taken_and_has_more_buttons_where_its_group_is_known(self) -> None:
        offered = [
            [element["action_id"] for element in block["elements"]]
            for block in ANSWERS["unacked"]["blocks"]
            if block["type"] == "actions"
        ]
        assert offered == [[ACKNOWLEDGE, VIEW_RULES, RECENT_CHANGES], [ACKNOWLEDGE], [SHARE_ALERTS]]

    def test_more_goes_on_where_the_page_ends(self) -> None:
        button = elements(ANSWERS["unacked_more"], "paging")[MORE_ALERTS]
        assert decode_scope(button["value"]) == AlertScope(behind="0#x")

    @pytest.mark.parametrize(
        ("name", "summary"),
        [
            ("unacked", "2 alerts wait for someone, most severe first"),
            ("unacked_none", "Nothing waits for anyone."),
            ("unacked_one", "1 alert waits for someone in eu-west-1"),
            ("unacked_more", "Alerts that wait for someone, most severe first"),
        ],
    )
    def test_the_count_is_said(self, name: str, summary: str) -> None:
        assert ANSWERS[name]["text"] == summary


class TestHealth:
    def test_what_does_not_work_says_what_to_do(self) -> None:
        text = read_mrkdwn(everything(ANSWERS["health_bad"])).shown
        assert "⚠️ Can post to the alert channel: no: the app is not in the alert channel" in text
        assert "type /invite @Panopticon there" in text

    def test_what_works_is_marked_as_such(self) -> None:
        assert everything(ANSWERS["health_good"]).count("✅") == 3

    def test_a_dozen_of_many_places_are_shown_each_with_how_far_it_was_read(self) -> None:
        lines = read_mrkdwn(ANSWERS["health_places"]["blocks"][1]["text"]["text"]).shown.split("\n")
        assert len(lines) == 1 + 12 + 1
        assert lines[0].startswith("*17 places watched, the most silent first")
        for line, words in zip(
            lines[1:9],
            (
                "✅ account 123456789012, eu-west-1: no event yet. Its groups will be read soon.",
                "Its groups are being read, 1,200 so far.",
                "⚠️",
                "✅",
                "5,000 groups read",
                "Panopticon may not read its groups (UnauthorizedOperation). Last read in full",
                "Its groups were not all read (JobLost); next try within a day. Last read in full",
                "Panopticon may not read what sits behind them (UnauthorizedOperation, ",
            ),
            strict=True,
        ):
            assert words in line
        assert "held up (RequestLimitExceeded)" in lines[3]
        assert "but 3 could not be kept" in lines[5]
        assert (
            lines[-1] == "⚠️ … and 5 more, heard from since; of 1 what sits behind the groups may not be read"
        )

    def test_what_is_not_well_with_those_that_are_not_shown_is_counted(self) -> None:
        calm = tuple(PlaceHealth(("1", f"{number:02d}"), NOW, None) for number in range(12))
        answer = health_answer(Health(NOW, NOW, None, (*calm, *WATCHED)), PLACES)
        last = answer["blocks"][1]["text"]["text"].split("\n")[-1]
        assert last == (
            "⚠️ … and 17 more, heard from since; of 4 the groups are not all read; "
            "of 2 what sits behind the groups may not be read"
        )

    def test_what_is_well_is_told_from_what_is_not(self) -> None:
        lines = ANSWERS["health_places"]["blocks"][1]["text"]["text"].split("\n")[1:-1]
        assert [line[0] for line in lines] == ["✅", "✅", "⚠", "✅", "⚠", "⚠", "⚠", "⚠", *"✅✅✅✅"]


class TestSecondClicker:
    def test_the_second_clicker_is_told_who_was_first(self) -> None:
        told = already_acknowledged(STORY[1], NOW + timedelta(minutes=6))
        assert told == "Already acknowledged by <@U0AB12CD3> 2 min ago. Nothing changed."

    def test_an_alert_that_was_opened_again_meanwhile_is_said_to_be(self) -> None:
        assert "not acknowledged any more" in already_acknowledged(STORY[0], NOW)


def test_help_names_each_question_once() -> None:
    text = everything(ANSWERS["help"])
    for question in (
        "web-prod 7d",
        "rules web-prod at 20:07",
        "why web-prod 22",
        "exposed",
        "unacked",
        "by alice",
        "doctor",
        "help",
    ):
        assert text.count(f"/sg-changes {question}") == 1
    for words in ("account:payments-prod", "region:ap-northeast-2", '/sg-changes "rules"'):
        assert words in text


def test_no_view_names_an_internal_of_the_program() -> None:
    assert "None" not in json.dumps([*VIEWS.values(), *ANSWERS.values()])
