"""The form that mutes, the lists of mutes and of what was quiet, the digest, and cards that the policy acknowledged."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from ipaddress import ip_network
from typing import Any

import pytest

from bot.core.alerts import Alert, AlertStatus
from bot.core.assessment import Severity
from bot.core.expected import Expected, RunLink
from bot.core.history import Place, QuietScope, decode_quiet_scope, encode_quiet_scope
from bot.core.mutes import LONGEST_MUTE, Mute, MutedPrincipal, MuteSubject, subjects_of
from bot.core.places import Places
from bot.core.quiet import Quiet, QuietReason
from bot.core.quiet_day import QuietDay
from bot.core.quieting import Treatment, treated
from bot.slack.answers import already_acknowledged, changes_answer
from bot.slack.cards import draw_card, draw_plain_card
from bot.slack.mute_views import MuteForm, mute_view, muted_markup, read_mute_form
from bot.slack.mute_wording import subject_words
from bot.slack.mutes_answer import mutes_answer
from bot.slack.quiet_answer import digest_card, quiet_answer
from tests.makers import GROUP, NOW, a_change, a_rule, an_alert
from tests.quieting import CI, a_mute, by_ci
from tests.slack.conftest import MatchGolden
from tests.slack.limits import find_message_problems, find_view_problems, texts_of
from tests.slack.reading import read_mrkdwn
from tests.slack.test_hostile import LONG, TEXTS, page

HOSTILE = [*TEXTS.values(), *LONG]
HOSTILE_IDS = [*TEXTS, *(f"long {text[:2]!a}" for text in LONG)]
PLACES = Places({GROUP.account_id: "payments-prod"})
SINCE, UNTIL = datetime(2026, 11, 23, tzinfo=UTC), datetime(2026, 11, 24, tzinfo=UTC)
SCOPE = QuietScope(SINCE, UNTIL)
BELOW = Treatment(Quiet(QuietReason.BELOW_THRESHOLD, "high"))
SILENT = Treatment(Quiet(QuietReason.EXPECTED, "ci"), "ci")
MUTED = Treatment(Quiet(QuietReason.MUTED, "0123456789ab"))
HIGH = a_change(added=(a_rule(port=8443),))
ALERT = replace(an_alert(HIGH), group_name="web-prod")
EXPECTED = treated(replace(an_alert(by_ci()), group_name="web-prod"), Treatment(expected="ci"))
LINKED = Expected(
    "ci",
    frozenset({GROUP.account_id}),
    frozenset({"ci-apply"}),
    (ip_network("198.51.100.0/24"),),
    run_link=RunLink(re.compile("gha-(?P<run>.+)"), "https://ci.example.com/runs/{run}"),
)
RUNS = Places({GROUP.account_id: "payments-prod"}, expected=(LINKED,))
DAY = QuietDay(
    day=date(2026, 11, 23),
    below=((Severity.LOW, 2), (Severity.INFORMATIONAL, 212)),
    expected=(("ci-terraform", 40), ("ci-b", 3)),
    muted=3,
    upkeep=18,
    groups=((GROUP, "web-prod", 30), (replace(GROUP, group_id="sg-1"), None, 9)),
    other_groups=7,
)
MUTES = [
    a_mute(hidden=12),
    a_mute(
        mute_id="file",
        subject=MuteSubject(principal=MutedPrincipal("erin", GROUP.account_id)),
        owner="jo",
        is_of_file=True,
        also_critical=True,
    ),
    a_mute(mute_id="kind", subject=MuteSubject(finding="EC2.18")),
]


def view_of(alert: Alert, places: Places = PLACES) -> dict[str, Any]:
    view = mute_view(alert, places)
    assert view is not None
    return view


DRAWN: dict[str, dict[str, Any]] = {
    "view_mute": view_of(ALERT),
    "mutes": mutes_answer(MUTES, PLACES),
    "mutes_none": mutes_answer([], PLACES),
    "quiet": quiet_answer(
        [treated(ALERT, BELOW), treated(an_alert(by_ci()), SILENT), treated(ALERT, MUTED)],
        SCOPE,
        more=replace(SCOPE, behind="x"),
        places=PLACES,
    ),
    "quiet_none": quiet_answer([], SCOPE, more=None, places=PLACES),
    "digest": digest_card(DAY, PLACES),
    "card_expected": draw_card(EXPECTED, RUNS),
}


@pytest.mark.parametrize("name", DRAWN)
def test_it_looks_as_it_was_reviewed(name: str, match_golden: MatchGolden) -> None:
    match_golden(name, DRAWN[name])
    find = find_view_problems if name.startswith("view") else find_message_problems
    assert list(find(DRAWN[name])) == []


class TestTheForm:
    def filled_in(self, **more: Any) -> dict[str, Any]:
        option = {"selected_option": {"value": "group"}}
        values = {
            "mute_what": {"mute_what": option},
            "mute_days": {"mute_days": {"selected_option": {"value": "30"}}},
            "mute_reason": {"mute_reason": {"value": " why \n"}},
            "mute_critical": {"mute_critical": {"selected_options": []}},
        }
        return {"private_metadata": "4f6c", "state": {"values": {**values, **more}}}

    def test_it_is_read_as_it_was_filled_in(self) -> None:
        assert read_mute_form(self.filled_in()) == MuteForm("4f6c", "group", 30, "why", also_critical=False)
        ticked = {"mute_critical": {"mute_critical": {"selected_options": [{"value": "critical"}]}}}
        assert read_mute_form(self.filled_in(**ticked)).also_critical
        empty = {"mute_reason": {"mute_reason": {"value": None}}}
        assert read_mute_form(self.filled_in(**empty)).reason == ""

    @pytest.mark.parametrize("name", ["mute_what", "mute_days", "mute_reason", "mute_critical"])
    def test_one_of_another_version_is_refused(self, name: str) -> None:
        with pytest.raises((ValueError, KeyError, TypeError, AttributeError)):
            read_mute_form(self.filled_in(**{name: {}}))

    def test_where_nothing_can_be_muted_there_is_no_form_and_no_choice_on_the_card(self) -> None:
        nobody = a_change(group_id=None, principal=replace(CI, key=""), added=())
        alert = an_alert(nobody)
        assert mute_view(alert, PLACES) is None
        assert "Mute…" not in list(texts_of(draw_card(alert, PLACES)))

    def test_what_is_muted_is_said_with_its_end(self) -> None:
        said = muted_markup(a_mute(), PLACES)
        assert "web-prod (payments-prod, ap-northeast-2)" in said
        assert "It takes effect within a minute. What is critical is still posted." in said


class TestWords:
    @pytest.mark.parametrize(
        ("subject", "words"),
        [
            (MuteSubject(group=GROUP), f"{GROUP.group_id} (payments-prod, ap-northeast-2)"),
            (MuteSubject(principal=MutedPrincipal("erin", GROUP.account_id)), "what erin (payments-prod) does"),
            (MuteSubject(principal=MutedPrincipal("a@b.c", None, "person:a@b.c")), "what a@b.c does"),
            (
                MuteSubject(GROUP, "web-prod", MutedPrincipal("erin", GROUP.account_id), "EC2.18"),
                "EC2.18 on web-prod (payments-prod, ap-northeast-2) by erin (payments-prod)",
            ),
            (MuteSubject(principal=MutedPrincipal("erin", None), finding="EC2.18"), "EC2.18 by erin"),
        ],
    )  # fmt: skip
    def test_what_is_muted_is_said(self, subject: MuteSubject, words: str) -> None:
        assert subject_words(subject, PLACES) == words


class TestTheCard:
    def test_one_that_the_policy_acknowledged_says_so_and_can_be_opened(self) -> None:
        shown = list(texts_of(draw_card(EXPECTED, RUNS)))
        assert "Acknowledged by policy: ci" in shown
        assert "Unacknowledge" in shown
        assert "Not acknowledged" not in shown
        assert draw_card(EXPECTED, RUNS)["attachments"][0]["color"] == "#8d8d8d"
        assert "Acknowledged by policy: ci" in draw_plain_card(EXPECTED, RUNS)["text"]

    def test_who_clicks_late_is_told_that_the_policy_was_first(self) -> None:
        assert already_acknowledged(EXPECTED, NOW) == "Acknowledged by policy: ci. Nothing changed."

    def test_its_run_is_one_click_away(self) -> None:
        links = [
            element
            for block in draw_card(EXPECTED, RUNS)["attachments"][0]["blocks"]
            for part in block.get("elements", ())
            for element in part.get("elements", ())
            if isinstance(element, dict) and element["type"] == "link"
        ]
        assert links == [{"type": "link", "url": "https://ci.example.com/runs/4711", "text": "pipeline run"}]

    def test_nobody_elses_card_has_one(self) -> None:
        assert "pipeline run" not in list(texts_of(draw_card(ALERT, RUNS)))

    def test_in_lists_it_says_why_it_was_not_posted(self) -> None:
        for treatment, words in (
            (BELOW, "Not posted: below high"),
            (SILENT, "Acknowledged by policy: ci · Not posted: expected of ci"),
            (MUTED, "Not posted: muted"),
        ):
            alert = treated(ALERT, treatment)
            assert words in list(texts_of(changes_answer(page("web-prod", alert), PLACES)))


class TestLists:
    def test_many_mutes_fit_into_one_answer(self) -> None:
        many = [a_mute(mute_id=f"{n:012x}", reason="<" * 300, owner="U" * 20) for n in range(200)]
        answer = mutes_answer(many, PLACES)
        assert list(find_message_problems(answer)) == []
        assert "… and 185 more, which end later" in list(texts_of(answer))

    def test_those_of_the_file_are_not_ended_here(self) -> None:
        answer = mutes_answer([MUTES[1]], PLACES)
        assert [block for block in answer["blocks"] if block["type"] == "actions"] == []
        assert any("by jo in policy.toml" in text for text in texts_of(answer))

    @pytest.mark.parametrize(
        "scope", [SCOPE, QuietScope(SINCE, UNTIL, Place("111122223333", "eu-west-1"), "2026#x")]
    )
    def test_a_button_keeps_what_was_asked(self, scope: QuietScope) -> None:
        assert decode_quiet_scope(encode_quiet_scope(scope)) == scope
        with pytest.raises(ValueError, match="account"):
            decode_quiet_scope('{"account": "1"}')

    def test_a_digest_of_more_than_was_counted_says_so(self) -> None:
        assert digest_card(replace(DAY, is_cut=True), PLACES)["text"].startswith(
            "Yesterday, quietly: at least 2 low, "
        )

    def test_of_many_expected_principals_the_busiest_are_named(self) -> None:
        many = replace(DAY, expected=tuple((f"ci-{n}", 20 - n) for n in range(9)))
        text = digest_card(many, PLACES)["text"]
        assert (
            "16 of ci-4 (expected), 54 of other expected principals, 18 of AWS services (upkeep), 3 muted"
            in text
        )


def hostile_mute(text: str) -> Mute:
    subject = MuteSubject(GROUP, text, MutedPrincipal(text, GROUP.account_id), text)
    return a_mute(subject=subject, reason=text, owner=text, is_of_file=True)


def hostile_alert(text: str) -> Alert:
    told = replace(a_change(group_name=text), principal=replace(CI, name=text))
    return replace(an_alert(told), group_name=text)


MADE_OF_TEXT: dict[str, Callable[[str], dict[str, Any]]] = {
    "form": lambda text: view_of(hostile_alert(text), Places({GROUP.account_id: text})),
    "mutes": lambda text: mutes_answer([hostile_mute(text)], Places({GROUP.account_id: text})),
    "quiet": lambda text: quiet_answer(
        [treated(hostile_alert(text), Treatment(Quiet(QuietReason.EXPECTED, text), text))] * 8,
        SCOPE,
        more=None,
        places=Places({GROUP.account_id: text}),
    ),
    "digest": lambda text: digest_card(
        replace(DAY, expected=((text, 1),) * 6, groups=((GROUP, text, 1),) * 3),
        Places({GROUP.account_id: text}),
    ),
    "expected card": lambda text: draw_card(
        replace(treated(hostile_alert(text), Treatment(expected=text)), status=AlertStatus.ACKNOWLEDGED), RUNS
    ),
}


@pytest.mark.parametrize("made", MADE_OF_TEXT)
@pytest.mark.parametrize("text", HOSTILE, ids=HOSTILE_IDS)
def test_whatever_things_are_called_does_nothing_and_fits(made: str, text: str) -> None:
    drawn = MADE_OF_TEXT[made](text)
    find = find_view_problems if drawn.get("type") == "modal" else find_message_problems
    assert list(find(drawn)) == []
    for shown in texts_of(drawn):
        assert not set(shown) & set("\u202e\u2066\x00\x1b")
    for block in drawn.get("blocks", ()):
        if block["type"] == "section":
            live = read_mrkdwn(block["text"]["text"]).live
            assert all(each.startswith("!date^") for each in live)


def test_a_form_lasts_no_longer_than_a_mute_may() -> None:
    view = view_of(ALERT)
    days = [int(option["value"]) for option in view["blocks"][2]["element"]["options"]]
    assert timedelta(days=max(days)) == LONGEST_MUTE
    assert set(subjects_of(ALERT)) == {option["value"] for option in view["blocks"][1]["element"]["options"]}
