"""Cards of changes whose meaning is known: whole, as golden JSON, and what they must say and must not."""

import json
from dataclasses import replace

import pytest

from bot.core.alerts import AlertStatus
from bot.core.changes import ChangeKind, Outcome
from bot.core.history import HistoryEntry, Listing, Page
from bot.core.meaning import Knowledge
from bot.core.parts import AlertRef
from bot.core.places import ANYWHERE
from bot.core.rules import Direction
from bot.slack.answers import PAGE, changes_answer, changes_view, shared
from bot.slack.cards import (
    ACKNOWLEDGE,
    MORE,
    RECENT_CHANGES,
    UNACKNOWLEDGE,
    VIEW_RULES,
    draw_card,
    draw_plain_card,
)
from bot.slack.headlines import draw_headline
from bot.slack.views import whole_change_view
from tests.slack.conftest import MatchGolden
from tests.slack.limits import find_message_problems, find_view_problems
from tests.slack.meanings import STORIES, worst
from tests.slack.reading import read_mrkdwn
from tests.slack.test_cards import body, buttons

WORST_KINDS = (
    ChangeKind.AUTHORIZE,
    ChangeKind.REVOKE,
    ChangeKind.MODIFY,
    ChangeKind.DESCRIBE,
    ChangeKind.DELETE,
    ChangeKind.CREATE,
)
WHERE = "web-prod, account 111122223333"
SSH_IS_CLOSED = "SSH is no longer open to the internet"


@pytest.mark.parametrize("name", STORIES)
def test_a_card_looks_as_it_was_reviewed(name: str, match_golden: MatchGolden) -> None:
    match_golden(f"card_meaning_{name}", draw_card(STORIES[name]))


@pytest.mark.parametrize("name", ["opened", "modify", "delete", "still_open", "closed_after_acknowledged"])
def test_a_plain_card_looks_as_it_was_reviewed(name: str, match_golden: MatchGolden) -> None:
    match_golden(f"plain_card_meaning_{name}", draw_plain_card(STORIES[name]))


@pytest.mark.parametrize("name", STORIES)
def test_a_card_is_within_slacks_limits(name: str) -> None:
    assert find_message_problems(draw_card(STORIES[name])) == []
    assert find_message_problems(draw_plain_card(STORIES[name])) == []


@pytest.mark.parametrize(
    ("name", "headline"),
    [
        ("revoke", f"🔵 Informational: {SSH_IS_CLOSED} on {WHERE}"),
        ("modify_closes", f"🔵 Informational: {SSH_IS_CLOSED} on {WHERE}"),
        ("modify", f"🟠 High: tcp 8443 open to the internet on {WHERE}"),
        ("revoke_by_one_id", f"🔵 Informational: ingress tcp 5432 from 10.20.0.0/16 removed from {WHERE}"),
        (
            "delete",
            f"🔵 Informational: old-bastion deleted, account 111122223333. {SSH_IS_CLOSED} (213 days)",
        ),
        (
            "delete_of_what_was_acknowledged",
            f"🔵 Informational: web-prod deleted, account 111122223333. {SSH_IS_CLOSED} (47 min or longer)",
        ),
        ("delete_not_read", "🔵 Informational: web-prod deleted, account 111122223333"),
        (
            "delete_not_read_of_what_was_open",
            f"🔵 Informational: web-prod deleted, account 111122223333. {SSH_IS_CLOSED} (47 min)",
        ),
        (
            "revoke_of_everything_but_https",
            f"🔵 Informational: ingress all traffic from 0.0.0.0/0 removed from {WHERE}",
        ),
        (
            "revoke_of_one_version",
            f"🔵 Informational: ingress tcp 22 from 0.0.0.0/0 removed from {WHERE}",
        ),
        ("needless", f"🔵 Informational: ingress tcp 22 from 0.0.0.0/0 added to {WHERE}"),
    ],
)
def test_a_headline_says_what_closed(name: str, headline: str) -> None:
    assert read_mrkdwn(draw_headline(STORIES[name])).shown == headline


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("opened", ["Now admits any IPv4 address to tcp 22. Before: only 10.0.0.0/8."]),
        ("opened_before_nobody", ["Now admits any IPv4 address to tcp 22. Before: nobody."]),
        (
            "opened_not_read",
            [
                "Now admits any IPv4 address to tcp 22. "
                "What it admitted before is not known: Panopticon had not read the group."
            ],
        ),
        (
            "opened_unclear",
            [
                "Now admits any IPv4 address to tcp 22. "
                "Cannot tell what it admitted before: the events seen can be read in more than one way."
            ],
        ),
        (
            "opened_after_left_out",
            [
                "Now admits any IPv4 address to tcp 22. "
                "Cannot tell what it admitted before: AWS left rules out of a record."
            ],
        ),
        ("internal", ["Before, nobody was admitted to it. Nothing newly open to the internet."]),
        (
            "internal_wider",
            [
                "Now admits 10.0.0.0/8 to tcp 81–443. Before: only 10.1.0.0/16 to tcp 443. "
                "Nothing newly open to the internet."
            ],
        ),
        (
            "sources_by_name",
            [
                "Now admits pl-0123456789abcdef0, members of sg-0d4e5f60718293041 (account 444455556666) to tcp 443; "
                "10.0.0.0/8 to icmp echo request; 7 more. Before: nobody. What pl-0123456789abcdef0 holds is not known."
            ],
        ),
        (
            "few_public_addresses",
            [
                "Now admits 8.8.8.0/25 to tcp 22; 8.8.8.64/26 to tcp 443. Before: nobody. "
                "Newly open to 128 public addresses."
            ],
        ),
        (
            "public_addresses_among_many",
            [
                "Now admits 8.8.8.8/32, 2600::1/128 to tcp 22; 30 more. Before: nobody. "
                "Newly open to at least 1 public address and to some of IPv6."
            ],
        ),
        ("public_address", ["Before, nobody was admitted to it. Newly open to 1 public address."]),
        (
            "public_addresses_of_ipv6",
            ["Before, nobody was admitted to it. Newly open to public addresses of IPv6."],
        ),
        (
            "replaced_by_a_group",
            [
                'was  ingress tcp 5432  from 10.20.0.0/16 "orders"',
                "now  ingress all tcp   from sg-0d4e5f60718293041",
                "Now admits members of sg-0d4e5f60718293041 to all tcp. "
                "No longer admits 10.20.0.0/16 to tcp 5432. Nothing newly open to the internet.",
            ],
        ),
        (
            "needless",
            ["Changes nothing: sgr-0f00000000000000c already allows it (ingress all tcp from 0.0.0.0/0)."],
        ),
        ("needless_by_several", ["Changes nothing: other rules already allow all of it."]),
        ("egress", ["Now allows out: tcp 443 to any IPv4 address. Before: nothing."]),
        ("revoke", ["No longer admits any IPv4 address to tcp 22 (open 47 min)."]),
        ("revoke_internal", ["Nothing else admits it."]),
        (
            "revoke_leaves",
            ["No longer admits any IPv4 address to tcp 22 (open 47 min). Still: only 10.0.0.0/8."],
        ),
        (
            "revoke_of_everything_but_https",
            [
                "No longer admits any IPv4 address to everything (open up to 47 min). "
                "Still: any IPv4 address to tcp 443."
            ],
        ),
        ("revoke_of_one_version", ["No longer admits any IPv4 address to tcp 22. Still: any IPv6 address."]),
        ("revoke_internal_leaves", ["No longer admits 10.20.0.0/16 to tcp 5432. Still: only 10.20.5.0/24."]),
        (
            "everything_but_https",
            ["Now admits any IPv4 address to everything. Before: any IPv4 address to tcp 443."],
        ),
        (
            "revoke_closes_nothing",
            ["Closes nothing: sgr-0f00000000000000c still allows it (ingress all tcp from 0.0.0.0/0)."],
        ),
        (
            "revoke_by_ids",
            [
                '− ingress tcp 22 from 0.0.0.0/0 "temp debug" · opened some time between 24 Feb and 26 Feb, '
                "by an event that was not seen",
                '− ingress tcp 5432 from 10.20.0.0/16 "orders" · there before 17:07 UTC',
                "No longer admits any IPv4 address to tcp 22 (open 4 days or longer); 10.20.0.0/16 to tcp 5432.",
            ],
        ),
        (
            "revoke_by_id_not_read",
            [
                "− rule sgr-0f00000000000000d, what it admitted is not known",
                "Cannot tell whether another rule still admits it: Panopticon had not read the group.",
            ],
        ),
        (
            "modify",
            [
                "was  ingress tcp 443   from 10.0.0.0/8",
                "now  ingress tcp 8443  from 0.0.0.0/0",
                "Now admits any IPv4 address to tcp 8443. No longer admits 10.0.0.0/8 to tcp 443.",
            ],
        ),
        ("modify_not_read", ["was  not known", "now  ingress tcp 8443 from 0.0.0.0/0"]),
        ("modify_closes", ["Nothing newly open. No longer admits any IPv4 address to tcp 22 (open 3 days)."]),
        (
            "modify_description_only",
            [
                'ingress tcp 5432 from 10.20.0.0/16: was "old orders", now "orders"',
                "Changes nothing that it admits.",
            ],
        ),
        (
            "describe",
            [
                'ingress tcp 5432 from 10.20.0.0/16: was "old orders", now "orders"',
                'ingress tcp 22 from 0.0.0.0/0: was without description, now "temp debug"',
            ],
        ),
        ("describe_not_read", ['ingress tcp 5432 from 10.20.0.0/16: was not known, now "orders"']),
        ("create", ["It begins with AWS's default rule: egress all traffic to 0.0.0.0/0."]),
        (
            "delete",
            [
                "It held 2 rules:",
                "− ingress tcp 22 from 0.0.0.0/0 · opened 1 Aug 2025 by erin, never acknowledged",
                "− egress all traffic to 0.0.0.0/0",
            ],
        ),
        (
            "delete_of_what_was_acknowledged",
            [
                '− ingress tcp 22 from 0.0.0.0/0 "temp debug" · opened some time between 19:15 and 19:20 UTC, '
                "by an event that was not seen",
                '− ingress tcp 5432 from 10.20.0.0/16 "orders" · opened 1 Aug 2025 by erin, '
                'acknowledged: "vendor session until 21:00"',
            ],
        ),
        ("delete_not_read", ["What it held is not known: Panopticon had not read it before."]),
        (
            "delete_partly_known",
            [
                "Of what it held, 1 rule is known:",
                "What else it held is not known: Panopticon had not read it before.",
            ],
        ),
        ("delete_empty", ["It held no rules."]),
        ("delete_of_many", ["It held 1,000 rules:", "… and 980 more"]),
        (
            "still_open",
            [
                'Acknowledged by <@U0AB12CD3> 2026-03-02 20:12 UTC, after 4 min: "vendor session until 21:00"',
                "Still open: any IPv4 address to tcp 22",
            ],
        ),
        ("closed", ["Closed 2026-03-02 20:54 UTC by alice, open 47 min"]),
        (
            "closed_after_acknowledged",
            [
                "Acknowledged by <@U0AB12CD3> 2026-03-02 20:12 UTC, after 4 min",
                "Closed 2026-03-02 20:54 UTC by alice, open 47 min",
            ],
        ),
        (
            "closed_unseen",
            ["Closed by 2026-03-02 20:54 UTC by an event that was not seen, open at most 47 min"],
        ),
        ("closed_days_later", ["Closed 2026-03-05 20:07 UTC by alice"]),
    ],
)
def test_a_card_says_what_its_change_means(name: str, lines: list[str]) -> None:
    shown = body(draw_card(STORIES[name])).split("\n")
    assert [line for line in lines if line not in shown] == []


@pytest.mark.parametrize("name", STORIES)
def test_nothing_is_said_to_be_new_or_needless_unless_what_was_before_is_known(name: str) -> None:
    alert = STORIES[name]
    assert alert.meaning is not None
    if alert.meaning.knowledge is not Knowledge.KNOWN:
        text = draw_headline(alert) + body(draw_card(alert))
        for claim in (
            "Nothing newly",
            "Before:",
            "Changes nothing",
            "Closes nothing",
            "Nothing else",
        ):
            assert claim not in text
        assert "not known" in text or "Cannot tell" in text


@pytest.mark.parametrize("name", STORIES)
def test_no_card_says_reach_or_says_one_line_twice(name: str) -> None:
    card = draw_card(STORIES[name])
    assert "reach" not in json.dumps(card)
    lines = body(card).split("\n")
    assert len(lines) == len(set(lines))


@pytest.mark.parametrize("name", [name for name in STORIES if "closed" in name])
def test_a_closed_card_is_green_says_so_in_a_word_and_asks_for_nothing(name: str) -> None:
    alert = STORIES[name]
    assert alert.status is AlertStatus.CLOSED
    card = draw_card(alert)
    assert card["attachments"][0]["color"] == "#2eb886"
    assert "Closed " in body(card)
    assert "Closed " in draw_plain_card(alert)["text"]
    assert "Not acknowledged" not in body(card) + draw_plain_card(alert)["text"]
    assert buttons(card) == [VIEW_RULES, RECENT_CHANGES, MORE]
    assert "Acknowledge with note" not in json.dumps(card)


def test_a_closed_card_says_first_that_it_is_and_keeps_what_it_told() -> None:
    before, after = draw_card(STORIES["opened"]), draw_card(STORIES["closed"])
    assert after["text"] == before["text"].replace("🔴 Critical: ", "🟢 Closed, was critical: ")
    told = body(before).replace("Now admits any", "It admitted any")
    assert body(after).split("\n")[:-1] == told.split("\n")[:-1]


def test_what_is_open_still_is_said_once_somebody_took_the_alert() -> None:
    assert STORIES["opened"].remaining
    assert "Still open" not in body(draw_card(STORIES["opened"]))
    assert buttons(draw_card(STORIES["still_open"])) == [UNACKNOWLEDGE, VIEW_RULES, RECENT_CHANGES, MORE]
    assert ACKNOWLEDGE in buttons(draw_card(STORIES["opened"]))
    assert "Still open: any IPv4 address to tcp 22" in draw_plain_card(STORIES["still_open"])["text"]


def test_a_rule_whose_direction_the_ledger_knows_is_not_told_to_be_unclear() -> None:
    alert = STORIES["modify"]
    assert alert.digest.change.modified[0].direction is None
    assert "CloudTrail does not say" not in body(draw_card(alert))
    assert "CloudTrail does not say" in body(draw_card(STORIES["modify_nothing_known"]))


def test_what_aws_refused_means_nothing() -> None:
    alert = STORIES["modify"]
    refused = replace(
        alert, digest=replace(alert.digest, change=replace(alert.digest.change, outcome=Outcome.DENIED))
    )
    assert "was  " not in body(draw_card(refused))


def test_egress_is_not_said_to_be_open_to_the_internet() -> None:
    meaning = STORIES["egress"].meaning
    assert meaning is not None
    assert {rule.direction for rule in meaning.newly} == {Direction.EGRESS}
    assert "internet" not in body(draw_card(STORIES["egress"]))


@pytest.mark.parametrize("letter", ["&", "x", "\u202e"])
@pytest.mark.parametrize("knowledge", Knowledge)
@pytest.mark.parametrize("kind", WORST_KINDS)
def test_the_longest_meaning_is_within_slacks_limits(
    kind: ChangeKind, knowledge: Knowledge, letter: str
) -> None:
    alert = worst(kind, knowledge, letter)
    assert find_message_problems(draw_card(alert)) == []
    assert find_message_problems(draw_plain_card(alert)) == []
    change = alert.digest.change
    if alert.digest.count:
        assert find_view_problems(whole_change_view(alert, change, places=ANYWHERE)) == []
    entries = tuple(
        HistoryEntry(replace(alert.digest, count=1000), AlertRef(alert.alert_id, 1), f"{n}")
        for n in range(PAGE)
    )
    listing = Listing(name=letter * 1000, principal="key")
    page = Page(listing, entries, {entry.position: alert for entry in entries}, listing, listing)
    assert find_message_problems(changes_answer(page, ANYWHERE)) == []
    assert find_message_problems(shared(changes_answer(page, ANYWHERE), "U0AB12CD3")) == []
    assert find_view_problems(changes_view(page, ANYWHERE)) == []


def test_what_is_admitted_is_said_where_the_lines_above_do_not_say_all_of_it() -> None:
    alert = STORIES["thousand_rules"]
    assert alert.meaning is not None
    assert "Now admits" not in body(draw_card(alert))
    fewer = replace(alert, meaning=replace(alert.meaning, more_newly=5))
    assert "Now admits" in body(draw_card(fewer))


def test_what_opens_something_is_not_said_to_open_nothing() -> None:
    alert = replace(STORIES["opened"], assessment=STORIES["internal"].assessment)
    assert "Nothing newly open" not in body(draw_card(alert))
