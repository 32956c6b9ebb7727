"""What ledgers answer: the rules of a moment, why a group admits something, and which groups admit the internet."""

import json
from dataclasses import replace
from datetime import datetime, timedelta
from ipaddress import ip_network
from typing import Any

import pytest

from bot.core.changes import ChangeKind, GroupDetails, GroupKey
from bot.core.findings import Severity
from bot.core.history import AlertScope, Place, Silence, decode_scope
from bot.core.jobs import parse_group
from bot.core.ledger import MAX_CLOSED, NOTHING_KNOWN, Ledger
from bot.core.ledger_views import Flow, Reasons, rules_then
from bot.core.openness import ExposedGroup, Open
from bot.core.places import ANYWHERE, Places
from bot.core.rules import Direction, PrefixList, ReferencedGroup
from bot.slack.answers import shared
from bot.slack.exposed_answer import (
    CHANGES_OF_GROUP,
    MORE_EXPOSED,
    RULES_OF_GROUP,
    SHARE_EXPOSED,
    exposed_answer,
    nothing_exposed_answer,
)
from bot.slack.rules_at_answer import (
    NEXT_RULES_AT,
    PREVIOUS_RULES_AT,
    SHARE_RULES_AT,
    read_rules_at_page,
    rules_at_answer,
)
from bot.slack.why_answer import SHARE_WHY, read_why, why_answer
from tests.records import change, rule
from tests.slack.conftest import MatchGolden
from tests.slack.limits import find_message_problems, texts_of
from tests.slack.reading import read_mrkdwn
from tests.told_ledgers import EGRESS, JO, NOW, OPENED, READ, SSH, WEB, a_ledger, by, closed, unseen

KEY = GroupKey("111122223333", "eu-west-1", "sg-0a1b2c3d4e5f60718")
GROUP = GroupDetails(KEY, "web-prod", "vpc-0123456789abcdef0")
PLACES = Places({"111122223333": "payments-prod"})
AT = OPENED + timedelta(minutes=5)
TCP_22 = Flow("tcp", 22)
FROM_OFFICE = Flow("tcp", 22, ip_network("203.0.113.0/24"))
REMOVED = closed(SSH, by("jo", OPENED + timedelta(minutes=12), ChangeKind.REVOKE))
DELETED = by("alice@example.com", OPENED + timedelta(minutes=47), ChangeKind.DELETE)
CUT = change(event_name="AuthorizeSecurityGroupIngress", is_cut=True, added=())
MANY = [
    replace(SSH, rule=rule(ports=(port, port), source="10.0.0.0/8", rule_id=f"sgr-{port}"))
    for port in range(1, 100)
]


def at(then: Ledger, now: Ledger | None = None, moment: datetime = AT, page: int = 0) -> dict[str, Any]:
    return rules_at_answer(GROUP, rules_then(moment, then, now or then), PLACES, page=page)


def why(reasons: Reasons, group: GroupDetails = GROUP) -> dict[str, Any]:
    return why_answer(group, reasons, PLACES, NOW)


def opened(source: str, severity: Severity, since: Any, ports: tuple[int, int] = (22, 22)) -> Open:
    return Open(rule(ports=ports, source=source), since, severity)


EXPOSED = [
    ExposedGroup(
        KEY,
        "web-prod",
        (
            opened("0.0.0.0/0", Severity.CRITICAL, SSH.opened),
            opened("::/0", Severity.CRITICAL, SSH.opened),
            opened("0.0.0.0/0", Severity.LOW, WEB.opened, (443, 443)),
        ),
        "5#a",
    ),
    ExposedGroup(
        replace(KEY, account_id="444455556666", group_id="sg-0d4e5f60718293041"),
        None,
        (
            opened("::/0", Severity.HIGH, unseen(READ, READ - timedelta(days=1)), (8000, 8100)),
            *(opened("0.0.0.0/0", Severity.HIGH, None, (port, port)) for port in range(9000, 9005)),
        ),
        "6#b",
    ),
]

ANSWERS: dict[str, dict[str, Any]] = {
    "rules_at": at(a_ledger(SSH, WEB, EGRESS)),
    "rules_at_none": at(a_ledger()),
    "rules_at_page": at(a_ledger(*MANY, EGRESS), page=1),
    "rules_at_last_page": at(a_ledger(*MANY, EGRESS), page=9),
    "rules_at_not_yet": at(NOTHING_KNOWN, a_ledger(SSH, created=by(at=AT + timedelta(minutes=2), kind=ChangeKind.CREATE))),
    "rules_at_deleted": at(Ledger(deleted=DELETED, is_known=True), moment=NOW + timedelta(minutes=6)),
    "rules_at_unknown": at(NOTHING_KNOWN),
    "rules_at_before_the_first_reading": at(
        Ledger(live=(replace(WEB, opened=unseen(READ)),), is_known=True), a_ledger(SSH), READ - timedelta(days=2)
    ),
    "rules_at_not_read": at(Ledger(live=(SSH,))),
    "rules_at_in_doubt": at(
        a_ledger(SSH, WEB, doubts=((WEB.content, AT),), cuts=(CUT,), blanks=("sgr-0x", "sgr-0y"), is_known=True),
        a_ledger(SSH, replace(EGRESS, opened=unseen(NOW, READ))),
    ),
    "rules_at_gone_unseen": at(a_ledger(SSH, WEB), a_ledger(SSH, closed=(closed(WEB, unseen(NOW, READ)),))),
    "why": why(Reasons(TCP_22, a_ledger(SSH, WEB), (SSH,), acceptances={SSH.opened.by.event_id: JO} if SSH.opened.by else {})),
    "why_several": why(
        Reasons(
            FROM_OFFICE,
            a_ledger(SSH, WEB, EGRESS),
            (
                SSH,
                replace(WEB, rule=rule("all", (None, None), "203.0.113.0/25", rule_id="sgr-03")),
                replace(SSH, rule=rule(source=PrefixList("pl-0abc"), rule_id="sgr-04"),
                        opened=by("bob", OPENED, ChangeKind.MODIFY), origin=by("erin", READ)),
                replace(SSH, opened=unseen(OPENED, READ), rule=rule(source="203.0.113.7/32")),
            ),
            doubtful=(rule(source="203.0.113.7/32"), rule("udp", source="203.0.113.0/24")),
            unread=(PrefixList("pl-0abc"),),
            members=(ReferencedGroup("sg-0b"), ReferencedGroup("sg-0c", "444455556666")),
        )
    ),
    "why_many": why(Reasons(Flow("all", None), a_ledger(*MANY), tuple(MANY))),
    "why_closed": why(Reasons(TCP_22, a_ledger(WEB), last=REMOVED, acceptances={})),
    "why_changed": why(
        Reasons(TCP_22, a_ledger(WEB), last=closed(SSH, by("bob", OPENED + timedelta(minutes=12), ChangeKind.MODIFY)))
    ),
    "why_closed_unseen": why(Reasons(TCP_22, a_ledger(WEB), last=closed(SSH, unseen(NOW, OPENED)))),
    "why_never": why(Reasons(TCP_22, a_ledger(WEB))),
    "why_never_of_many": why(Reasons(TCP_22, a_ledger(WEB, closed=(REMOVED,) * MAX_CLOSED))),
    "why_not_read": why(Reasons(TCP_22, NOTHING_KNOWN)),
    "why_not_certain": why(
        Reasons(FROM_OFFICE, a_ledger(WEB, cuts=(CUT,) * 5, blanks=("sgr-0x",)), doubtful=(SSH.rule,), last=REMOVED)
    ),
    "why_deleted": why(
        Reasons(TCP_22, Ledger(deleted=DELETED, is_known=True), last=closed(SSH, DELETED)),
        replace(GROUP, name=None),
    ),
    "exposed": exposed_answer(EXPOSED, AlertScope(), more=None, now=NOW, places=PLACES),
    "exposed_one": exposed_answer(EXPOSED[:1], AlertScope(Place(region="eu-west-1")), more=None, now=NOW, places=PLACES),
    "exposed_more": exposed_answer(EXPOSED, AlertScope(), more=AlertScope(behind="6#b"), now=NOW, places=PLACES),
    "exposed_none_here": exposed_answer([], AlertScope(Place("444455556666")), more=AlertScope(behind="6#b"), now=NOW, places=PLACES),
    "exposed_none": nothing_exposed_answer(AlertScope(Place(region="eu-west-1")), Silence(READ, NOW), PLACES),
    "exposed_none_yet": nothing_exposed_answer(AlertScope(), Silence(None, None), PLACES),
}  # fmt: skip


def everything(document: dict[str, Any]) -> str:
    return "\n".join(texts_of(document["blocks"]))


def elements(document: dict[str, Any], block_id: str) -> dict[str, dict[str, Any]]:
    return {
        element["action_id"]: element
        for block in document["blocks"]
        if block.get("block_id") == block_id
        for element in block["elements"]
    }


@pytest.mark.parametrize("name", ANSWERS)
def test_an_answer_looks_as_it_was_reviewed(name: str, match_golden: MatchGolden) -> None:
    match_golden(f"answer_{name}", ANSWERS[name])


@pytest.mark.parametrize("name", ANSWERS)
def test_an_answer_is_within_slacks_limits_also_when_it_is_shared(name: str) -> None:
    assert ANSWERS[name]["response_type"] == "ephemeral"
    assert find_message_problems(ANSWERS[name]) == []
    assert find_message_problems(shared(ANSWERS[name], "U04JOPARK01")) == []


@pytest.mark.parametrize("name", ANSWERS)
def test_an_answer_names_no_internal_of_the_program(name: str) -> None:
    assert "None" not in json.dumps(ANSWERS[name])


@pytest.mark.parametrize("name", ANSWERS)
def test_an_answer_says_how_far_it_goes(name: str) -> None:
    assert "As far as recorded" in everything(ANSWERS[name])


class TestRulesAt:
    def test_each_rule_says_who_opened_it_and_when_in_utc(self) -> None:
        text = everything(ANSWERS["rules_at"])
        assert 'tcp 22 from 0.0.0.0/0 "temp debug" · alice@example.com, 24 Nov 20:07' in text
        assert "tcp 443 from 0.0.0.0/0 · there before 22 Aug 10:00" in text
        assert "all traffic to 0.0.0.0/0 · erin, 16 Oct 2025 10:00" in text
        assert "Times are UTC." in text

    def test_the_moment_is_said_to_the_second_and_in_the_readers_zone(self) -> None:
        markup = ANSWERS["rules_at"]["blocks"][0]["text"]["text"]
        assert "2026-11-24 20:12:31 UTC" in read_mrkdwn(markup).shown
        assert f"<!date^{int(AT.timestamp())}^" in markup

    def test_what_is_in_doubt_is_not_among_what_was_held(self) -> None:
        text = everything(ANSWERS["rules_at_in_doubt"])
        held, _, doubts = text.partition("In doubt: these may or may not have been there")
        assert "tcp 22 from" in held
        assert "tcp 443 from" not in held
        assert "ingress tcp 443 from 0.0.0.0/0" in doubts
        assert "egress all traffic to 0.0.0.0/0" in doubts
        assert "what 1 change did (AuthorizeSecurityGroupIngress by alice)" in doubts
        assert "sgr-0x, sgr-0y" in doubts

    def test_a_rule_that_went_unseen_after_that_is_in_doubt(self) -> None:
        _, _, doubts = everything(ANSWERS["rules_at_gone_unseen"]).partition("In doubt")
        assert "ingress tcp 443 from 0.0.0.0/0" in doubts

    def test_that_nothing_is_there_is_said_only_of_a_group_that_is_known(self) -> None:
        assert everything(ANSWERS["rules_at_none"]).count(": no rule\n") == 2
        assert "Egress: no rule that is known for certain" in everything(ANSWERS["rules_at_not_read"])
        assert "Panopticon had not read the group by then" in everything(ANSWERS["rules_at_not_read"])

    @pytest.mark.parametrize(
        ("name", "sentence"),
        [
            ("not_yet", "web-prod did not exist yet: alice@example.com created it 2026-11-24 20:14 UTC."),
            (
                "deleted",
                "web-prod did not exist any more: alice@example.com deleted it 2026-11-24 20:54 UTC.",
            ),
            ("deleted", "/sg-changes rules sg-0a1b2c3d4e5f60718 at 2026-11-24 20:54:30"),
            ("unknown", "nothing that Panopticon has recorded tells of web-prod as early as that"),
            ("before_the_first_reading", "Not known as early as that."),
        ],
    )
    def test_where_there_was_no_group_or_nothing_told_of_it_no_rules_are_counted(
        self, name: str, sentence: str
    ) -> None:
        text = everything(ANSWERS[f"rules_at_{name}"])
        assert sentence in text
        assert "no rule" not in text

    def test_pages_lead_to_each_other_at_the_same_moment(self) -> None:
        buttons = elements(ANSWERS["rules_at_page"], "paging")
        assert read_rules_at_page(buttons[PREVIOUS_RULES_AT]["value"]) == (KEY, AT, 0)
        assert read_rules_at_page(buttons[NEXT_RULES_AT]["value"]) == (KEY, AT, 2)
        assert read_rules_at_page(buttons[SHARE_RULES_AT]["value"]) == (KEY, AT, 1)
        assert list(elements(ANSWERS["rules_at_last_page"], "paging")) == [PREVIOUS_RULES_AT, SHARE_RULES_AT]

    def test_each_rule_is_on_one_page(self) -> None:
        pages = [everything(at(a_ledger(*MANY, EGRESS), page=page)) for page in range(3)]
        lines = [
            line for page in pages for line in page.split("\n") if line.startswith(("tcp", "all traffic"))
        ]
        assert len(lines) == len(set(lines)) == 100

    @pytest.mark.parametrize("value", ["", "a/b/c", "a/b/c|x|1", "a/b/c|2026-11-24T20:12:31|1", "a|b|c|d"])
    def test_a_button_of_another_version_is_refused(self, value: str) -> None:
        with pytest.raises(ValueError, match=r"\A"):
            read_rules_at_page(value)


class TestWhy:
    def test_it_says_who_opened_the_rule_when_in_which_change_and_who_acknowledged_it(self) -> None:
        text = everything(ANSWERS["why"])
        assert "1 rule of web-prod (payments-prod, eu-west-1) admits tcp 22" in text
        assert 'ingress tcp 22 from 0.0.0.0/0 "temp debug" · sgr-0f' in text
        assert "(46 min ago) · AuthorizeSecurityGroupIngress" in text
        assert "Acknowledged by " in text
        assert ': "vendor session until 21:00"' in text
        assert "Never acknowledged" not in text

    def test_an_acknowledgement_that_outlived_its_alert_is_told(self) -> None:
        entry = replace(SSH, opened=by(acceptance=JO))
        assert "vendor session" in everything(why(Reasons(TCP_22, a_ledger(entry), (entry,))))

    def test_each_rule_says_what_of_it_is_not_so_or_not_known(self) -> None:
        text = everything(ANSWERS["why_several"])
        assert text.count("It admits only a part of 203.0.113.0/24.") == 2
        assert "What pl-0abc holds is not known: it may admit 203.0.113.0/24, or not." in text
        assert "Members of sg-0b, sg-0c (account 444455556666) are admitted too" in text
        assert "It may be gone: what is recorded allows both." in text
        assert "ingress udp 22 from 203.0.113.0/24" in text.partition("In doubt")[2]

    def test_what_opened_by_an_event_not_seen_was_not_to_be_acknowledged(self) -> None:
        (block,) = [
            block for block in ANSWERS["why_several"]["blocks"] if block.get("block_id") == "reason-3"
        ]
        text = "\n".join(texts_of(block))
        assert "Opened by an event that was not seen, between " in text
        assert "cknowledged" not in text

    def test_more_rules_than_are_shown_are_counted(self) -> None:
        text = everything(ANSWERS["why_many"])
        assert "99 rules of web-prod" in text
        assert "… and 91 more rules, none of them wider." in text

    @pytest.mark.parametrize(
        ("name", "sentence"),
        [
            ("closed", "Nothing admits tcp 22 on web-prod (payments-prod, eu-west-1)* since 2026-11-24 20:19 UTC (jo removed sgr-0f, open 12 min)."),
            ("changed", "(bob made something else of sgr-0f, open 12 min)."),
            ("closed_unseen", "since 2026-11-24 20:54 UTC at the latest (sgr-0f went by an event that was not seen, some time after 2026-11-24 20:07 UTC)."),
            ("never", "Nothing admits tcp 22 on web-prod (payments-prod, eu-west-1)*, and no rule on record ever did."),
            ("never_of_many", "nor did any of the 50 rules that closed last."),
            ("not_read", "Cannot tell whether anything admits tcp 22 on web-prod"),
            ("not_read", "Panopticon has not read the group yet"),
            ("not_certain", "Cannot tell whether anything admits tcp 22 from 203.0.113.0/24 on web-prod"),
            ("not_certain", "The last that did is closed since 2026-11-24 20:19 UTC (jo removed sgr-0f, open 12 min)."),
            ("not_certain", "what 5 changes did (AuthorizeSecurityGroupIngress by alice): there may be other rules."),
            ("deleted", "which does not exist any more:* alice@example.com deleted it 2026-11-24 20:54 UTC."),
        ],
    )  # fmt: skip
    def test_where_nothing_does_it_says_since_when_or_that_it_cannot_tell(
        self, name: str, sentence: str
    ) -> None:
        assert sentence in read_mrkdwn(everything(ANSWERS[f"why_{name}"])).shown

    @pytest.mark.parametrize(
        "ledger", [NOTHING_KNOWN, a_ledger(cuts=(CUT,)), a_ledger(blanks=("sgr-0x",)), a_ledger(doubts=((SSH.content, AT),))]
    )  # fmt: skip
    def test_nothing_is_said_only_where_that_is_certain(self, ledger: Ledger) -> None:
        assert "Nothing admits" not in everything(why(Reasons(TCP_22, ledger)))

    def test_nothing_is_not_said_where_a_rule_of_unknown_direction_may(self) -> None:
        assert "Nothing admits" not in everything(why(Reasons(TCP_22, a_ledger(), doubtful=(SSH.rule,))))

    def test_its_buttons_lead_to_the_group_and_to_the_same_question(self) -> None:
        buttons = elements(ANSWERS["why_several"], "more")
        assert parse_group(buttons[RULES_OF_GROUP]["value"]) == KEY
        assert parse_group(buttons[CHANGES_OF_GROUP]["value"]) == KEY
        assert read_why(buttons[SHARE_WHY]["value"]) == (KEY, FROM_OFFICE)
        assert RULES_OF_GROUP not in elements(ANSWERS["why_deleted"], "more")

    @pytest.mark.parametrize("value", ["", "a/b/c", "a/b/c|why|tcp|x|", "a|why|tcp|22|"])
    def test_a_button_of_another_version_is_refused(self, value: str) -> None:
        with pytest.raises(ValueError, match=r"\A"):
            read_why(value)


class TestExposed:
    def test_each_group_says_what_is_open_since_when_and_by_whom(self) -> None:
        text = read_mrkdwn(everything(ANSWERS["exposed"])).shown
        assert "🔴 Critical: *web-prod*, payments-prod, eu-west-1" in text
        assert (
            "SSH (tcp 22) from any address, since 2026-11-24 20:07 UTC (46 min) by alice@example.com" in text
        )
        assert "HTTPS (tcp 443) from any IPv4 address, there before 2026-08-22 10:00 UTC" in text
        assert (
            "tcp 8000–8100 from any IPv6 address, since 2026-11-20 10:00 UTC at the latest, by an event that was not seen"
            in text
        )
        assert "… and 3 more openings" in text

    def test_twins_that_opened_at_different_times_stay_apart(self) -> None:
        opens = (
            opened("0.0.0.0/0", Severity.CRITICAL, SSH.opened),
            opened("::/0", Severity.CRITICAL, by(at=NOW)),
        )
        answer = exposed_answer(
            [replace(EXPOSED[0], opens=opens)], AlertScope(), more=None, now=NOW, places=PLACES
        )
        assert "SSH (tcp 22) from any IPv4 address" in everything(answer)
        assert "SSH (tcp 22) from any IPv6 address" in everything(answer)

    def test_each_group_has_its_buttons(self) -> None:
        for number, group in enumerate(EXPOSED):
            buttons = elements(ANSWERS["exposed"], f"group-{number}")
            assert parse_group(buttons[RULES_OF_GROUP]["value"]) == group.key
            assert parse_group(buttons[CHANGES_OF_GROUP]["value"]) == group.key

    def test_more_goes_on_where_the_page_ends(self) -> None:
        buttons = elements(ANSWERS["exposed_more"], "paging")
        assert decode_scope(buttons[MORE_EXPOSED]["value"]) == AlertScope(behind="6#b")
        assert decode_scope(buttons[SHARE_EXPOSED]["value"]) == AlertScope()

    @pytest.mark.parametrize(
        ("name", "summary"),
        [
            ("exposed", "2 groups admit the internet, most severe first"),
            ("exposed_one", "1 group admits the internet in eu-west-1"),
            ("exposed_more", "Groups that admit the internet, most severe first"),
            ("exposed_none", "No group in eu-west-1 admits the internet, as far as recorded."),
        ],
    )
    def test_the_count_is_said_where_it_is_known(self, name: str, summary: str) -> None:
        assert ANSWERS[name]["text"] == summary

    def test_that_none_does_says_what_it_covers(self) -> None:
        text = read_mrkdwn(everything(ANSWERS["exposed_none"])).shown
        assert "a group counts once Panopticon has read it, or seen a change of it" in text
        assert "Panopticon watches since 2026-11-20 10:00 UTC." in text


def test_the_fullest_answers_are_within_slacks_limits_where_every_character_takes_five_to_escape() -> None:
    text = "&" * 1000
    entry = replace(
        SSH,
        rule=rule(description=text, rule_id=text),
        opened=by(text, acceptance=replace(JO, note=text)),
        origin=by(text),
    )
    entries = tuple(replace(entry, rule=replace(entry.rule, ports=MANY[n].rule.ports)) for n in range(60))
    group = replace(GROUP, name=text)
    places = Places({KEY.account_id: text})
    cuts = tuple(replace(CUT, event_name=f"{n}{text}") for n in range(9))
    doubts = tuple((rule(source=f"10.0.0.{n}/32", description=text), AT) for n in range(60))
    ledger = a_ledger(*entries, doubts=doubts, cuts=cuts, blanks=(text,) * 9)
    then = rules_at_answer(group, rules_then(AT, ledger, ledger), places)
    assert find_message_problems(then) == []
    doubtful = tuple(rule for rule, _ in doubts)
    members = tuple(ReferencedGroup(f"{n}{text}") for n in range(9))
    last = closed(entry, by(text))
    assert (
        find_message_problems(
            why_answer(group, Reasons(TCP_22, ledger, entries, doubtful, (), members), places, NOW)
        )
        == []
    )
    assert (
        find_message_problems(
            why_answer(group, Reasons(TCP_22, ledger, (), doubtful, last=last), places, NOW)
        )
        == []
    )
    opens = tuple(
        replace(opened("0.0.0.0/0", Severity.HIGH, by(text)), rule=replace(e.rule, protocol=text))
        for e in entries
    )
    groups = [
        ExposedGroup(
            KEY,
            text,
            tuple(replace(o, rule=replace(o.rule, protocol=f"{n}{text}")) for n, o in enumerate(opens)),
            "x",
        )
    ] * 8
    scope = AlertScope(Place(KEY.account_id, "eu-west-1"), "x" * 100)
    assert find_message_problems(exposed_answer(groups, scope, more=scope, now=NOW, places=places)) == []


def test_a_rule_of_a_direction_that_nothing_tells_has_a_list_of_its_own() -> None:
    entry = replace(SSH, rule=replace(SSH.rule, direction=None))
    text = everything(at(a_ledger(entry)))
    assert "Of a direction that is not known: 1 rule" in text


def test_egress_goes_to_where_it_goes() -> None:
    assert EGRESS.rule.direction is Direction.EGRESS
    assert "all traffic to 0.0.0.0/0" in everything(
        rules_at_answer(GROUP, rules_then(AT, a_ledger(EGRESS), a_ledger(EGRESS)), ANYWHERE)
    )
