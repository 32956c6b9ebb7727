"""Modals."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from bot.core.changes import GroupDetails, GroupKey, Observation
from bot.core.places import Places
from bot.core.rules import Direction, PrefixList, ReferencedGroup
from bot.slack.cards import button_value
from bot.slack.headlines import draw_headline
from bot.slack.views import (
    LINES,
    NEXT_RULES,
    PREVIOUS_RULES,
    loading_view,
    note_view,
    notice_view,
    read_lines_page,
    read_note_target,
    read_rules_page,
    rules_view,
    whole_change_view,
)
from tests.records import NOW, alert_of, change, rule
from tests.slack.conftest import MatchGolden
from tests.slack.limits import find_view_problems, texts_of
from tests.slack.reading import read_mrkdwn

KEY = GroupKey("111122223333", "eu-west-1", "sg-0a1b2c3d4e5f60718")
PLACES = Places({"111122223333": "payments-prod"})
AMPERSANDS = "&" * 1000
HOSTILE = "<!channel> <@U1> `*b*` :fire: \u202e\n&lt;x&gt;"


def observation(
    rules: Sequence[Any], name: str | None = "web-prod", tags: tuple[tuple[str, str], ...] = ()
) -> Observation:
    return Observation(GroupDetails(KEY, name, "vpc-0123456789abcdef0"), NOW, tuple(rules), tags)


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
TAGGED = replace(
    OBSERVED,
    group=replace(OBSERVED.group, description="Public web servers"),
    tags=(("Name", "web-prod"), ("managed-by", "terraform")),
)
THOUSAND = observation(
    [
        *(
            rule("tcp", (443, 443), f"10.{n // 250}.{n % 250}.0/24", description="d" * 255)
            for n in range(995)
        ),
        *(rule("tcp", (443, 443), f"192.0.2.{n}/32", direction=Direction.EGRESS) for n in range(5)),
    ]
)
MANY = change(*(rule("tcp", (443, 443), f"10.{n // 250}.{n % 250}.0/24") for n in range(120)))
ALERT = alert_of(MANY)

VIEWS: dict[str, dict[str, Any]] = {
    "loading": loading_view("Rules"),
    "notice": notice_view("Rules", "sg-0a does not exist in account 111122223333, eu-west-1 (any more)."),
    "rules": rules_view(OBSERVED, places=PLACES),
    "rules_with_tags": rules_view(TAGGED, places=PLACES),
    "rules_none": rules_view(observation([]), places=PLACES),
    "rules_without_name": rules_view(observation([rule()], name=None), places=PLACES),
    "rules_as_recorded": rules_view(
        OBSERVED,
        places=PLACES,
        trouble="Panopticon may not read sg-0a1b2c3d4e5f60718 in payments-prod (UnauthorizedOperation).",
    ),
    "rules_hostile": rules_view(
        replace(
            observation([rule(description=HOSTILE)], HOSTILE, ((HOSTILE, HOSTILE),)),
            group=GroupDetails(KEY, HOSTILE, None, HOSTILE),
        ),
        places=Places({KEY.account_id: HOSTILE}),
        trouble=HOSTILE,
    ),
    "whole_change": whole_change_view(ALERT, MANY, places=PLACES, page=1),
    "note": note_view(ALERT, seen=button_value(ALERT), clicked=None, places=PLACES),
}


def everything(document: dict[str, Any]) -> str:
    return "\n".join(texts_of(document["blocks"]))


def paging(document: dict[str, Any]) -> dict[str, str]:
    return {
        element["action_id"]: element["value"]
        for block in document["blocks"]
        if block.get("block_id") == "paging"
        for element in block["elements"]
    }


@pytest.mark.parametrize("name", VIEWS)
def test_a_modal_looks_as_it_was_reviewed(name: str, match_golden: MatchGolden) -> None:
    match_golden(f"view_{name}", VIEWS[name])


@pytest.mark.parametrize("name", VIEWS)
def test_a_modal_is_within_slacks_limits(name: str) -> None:
    assert find_view_problems(VIEWS[name]) == []


@pytest.mark.parametrize("name", VIEWS)
def test_nothing_shown_is_a_mention_a_link_or_an_emoji_that_a_name_asked_for(name: str) -> None:
    for block in VIEWS[name]["blocks"]:
        for part in (block.get("text", {}), *block.get("elements", [])):
            if part.get("type") == "mrkdwn":
                assert read_mrkdwn(part["text"]).live == ()
                assert read_mrkdwn(part["text"]).styled == ()


def test_a_notice_is_within_slacks_limits_where_every_character_takes_five_to_escape() -> None:
    assert find_view_problems(notice_view("Rules", AMPERSANDS)) == []


def test_hostile_text_shows_as_itself() -> None:
    text = everything(VIEWS["rules_hostile"])
    visible = HOSTILE.replace("\u202e", "⟨U+202E⟩").replace("\n", "⏎")
    assert f'tcp 22 from 0.0.0.0/0 "{visible}"' in text
    assert f"{visible} = {visible}" in text


class TestRules:
    def test_each_direction_is_counted_and_listed_in_a_steady_order(self) -> None:
        text = everything(VIEWS["rules"])
        listed = [
            "icmp echo request from 10.0.0.0/8",
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
        assert rules_view(shuffled, places=PLACES) == VIEWS["rules"]

    def test_addresses_are_listed_by_number(self) -> None:
        sources = ["10.0.0.0/8", "9.0.0.0/8", "100.0.0.0/8", "::/0"]
        text = everything(rules_view(observation([rule(source=one) for one in sources]), places=PLACES))
        assert text.index("from 9.") < text.index("from 10.") < text.index("from 100.") < text.index("::/0")

    def test_the_group_is_described(self) -> None:
        text = everything(VIEWS["rules_with_tags"])
        for words in ("web-prod", "payments-prod", "vpc-0123456789abcdef0", "Public web servers",
                      "Tags: 2", "managed-by = terraform", "Read from AWS"):  # fmt: skip
            assert words in text

    def test_no_rules_are_said_in_words(self) -> None:
        text = everything(VIEWS["rules_none"])
        assert "Ingress: 0 rules" in text
        assert "Egress: 0 rules" in text

    def test_rules_that_were_only_recorded_do_not_claim_to_be_read_now(self) -> None:
        text = everything(VIEWS["rules_as_recorded"])
        assert "Read from AWS" not in text
        assert "As recorded" in text

    def test_each_of_a_thousand_rules_stands_on_one_page(self) -> None:
        seen: list[str] = []
        for page in range(1000 // LINES):
            view = rules_view(THOUSAND, places=PLACES, page=page)
            assert find_view_problems(view) == []
            seen += [
                line.split(" ")[3] for line in everything(view).splitlines() if line.startswith("tcp 443 ")
            ]
        assert len(seen) == len(set(seen)) == 1000

    def test_each_page_leads_to_those_beside_it(self) -> None:
        first, middle, last = (paging(rules_view(THOUSAND, places=PLACES, page=page)) for page in (0, 7, 19))
        assert set(first) == {NEXT_RULES}
        assert set(last) == {PREVIOUS_RULES}
        assert read_rules_page(middle[PREVIOUS_RULES]) == (KEY, NOW, 6, False)
        assert read_rules_page(middle[NEXT_RULES]) == (KEY, NOW, 8, False)

    @pytest.mark.parametrize("page", [-1, 20, 10**6])
    def test_a_page_that_is_not_there_is_the_nearest_that_is(self, page: int) -> None:
        nearest = 0 if page < 0 else 19
        assert rules_view(THOUSAND, places=PLACES, page=page) == rules_view(
            THOUSAND, places=PLACES, page=nearest
        )

    @pytest.mark.parametrize("value", ["", "a|b|c", "a/b/c|2026|x|read", "a/b/c|never|1|read"])
    def test_a_value_that_no_button_holds_is_refused(self, value: str) -> None:
        with pytest.raises(ValueError, match=r"\A"):
            read_rules_page(value)


def test_the_further_pages_of_an_earlier_reading_say_that_it_is_one() -> None:
    view = rules_view(THOUSAND, places=PLACES, trouble="It is gone.", page=3)
    assert {read_rules_page(value)[3] for value in paging(view).values()} == {True}


class TestWholeChange:
    def test_each_line_stands_on_one_page(self) -> None:
        lines = [
            line
            for page in range(3)
            for line in everything(whole_change_view(ALERT, MANY, places=PLACES, page=page)).splitlines()
            if line.startswith("+ ")
        ]
        assert len(lines) == len(set(lines)) == 120

    def test_it_says_which_lines_these_are_and_of_what_change(self) -> None:
        text = everything(VIEWS["whole_change"])
        assert "51–100 of 120" in text
        assert read_mrkdwn(draw_headline(ALERT, PLACES)).shown in read_mrkdwn(text).shown

    def test_its_buttons_name_the_alert_and_the_page(self) -> None:
        assert {read_lines_page(value) for value in paging(VIEWS["whole_change"]).values()} == {
            (ALERT.alert_id, 0),
            (ALERT.alert_id, 2),
        }


class TestNote:
    def test_it_remembers_what_was_clicked(self) -> None:
        assert read_note_target(VIEWS["note"]["private_metadata"]) == (ALERT.alert_id, ALERT.version, None)

    @pytest.mark.parametrize("metadata", ["", "{}", "[]", '{"alert": "x", "clicked": null}'])
    def test_metadata_that_no_modal_of_ours_holds_is_refused(self, metadata: str) -> None:
        with pytest.raises((ValueError, KeyError, TypeError)):
            read_note_target(metadata)
