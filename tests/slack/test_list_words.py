"""What the card of a prefix list's edit says of the groups that name the list."""

from dataclasses import replace
from ipaddress import ip_network
from typing import Any

import pytest

from bot.core.alerts import Alert
from bot.core.changes import ChangeKind, GroupKey, PrefixListEdit
from bot.core.list_completion import complete_edit
from bot.core.list_meaning import ListEffect, ListMeaning, NamedGroup
from bot.core.rules import Direction, Rule
from bot.slack.cards import draw_card, draw_plain_card
from bot.slack.headlines import draw_headline
from bot.slack.list_words import list_headline, list_sentences
from tests.records import alert_of, change, rule
from tests.slack.limits import texts_of

LIST = "pl-0123456789abcdef0"
SSH, HTTPS, OFFICE = rule(), rule(ports=(443, 443)), rule(source="23.0.0.0/24")


def groups(*names: str | None) -> tuple[NamedGroup, ...]:
    keys = (GroupKey("111122223333", "eu-west-1", f"sg-{number}") for number in range(len(names)))
    return tuple(NamedGroup(key, name) for key, name in zip(keys, names, strict=True))


def effect(*rules: Rule, on: tuple[NamedGroup, ...] = groups("web-prod"), **more: int) -> ListEffect:
    return ListEffect(rules, on, **more)


def meaning(*opens: ListEffect, closes: tuple[ListEffect, ...] = (), **more: Any) -> ListMeaning:
    return ListMeaning(**{"is_known": True, "groups": 3, "opens": opens, "closes": closes, **more})


def told(known: ListMeaning, *added: str) -> Alert:
    """Give the alert of an edit once *known* is."""
    entries = tuple((ip_network(text), None) for text in added)
    edit = PrefixListEdit(LIST, entries, version=3)
    alert = alert_of(change(kind=ChangeKind.PREFIX_LIST, added=(), group_id=None, effect=edit), name=None)
    completion = complete_edit(alert, known)
    assert completion is not None
    return replace(alert, assessment=completion.assessment, list_meaning=known)


@pytest.mark.parametrize(
    ("known", "sentences"),
    [
        pytest.param(
            meaning(effect(SSH, on=groups("app-prod", "db", "web-prod"), more_groups=2)),
            ["Opens tcp 22 to the internet on app-prod, db and 3 more groups."],
            id="opens to the internet",
        ),
        pytest.param(
            meaning(effect(SSH, HTTPS, on=groups("app", "db", "web"))),
            ["Opens tcp 22 and tcp 443 to the internet on app, db and web."],
            id="opens two ports on three groups",
        ),
        pytest.param(
            meaning(effect(SSH, rule(source="::/0"))),
            ["Opens tcp 22 to the internet on web-prod."],
            id="both kinds of addresses are one internet",
        ),
        pytest.param(
            meaning(effect(SSH, OFFICE, rule(ports=(443, 443), source="23.0.0.0/24"))),
            ["Opens tcp 22 to the internet, 23.0.0.0/24; tcp 443 to 23.0.0.0/24 on web-prod."],
            id="each traffic to its own sources",
        ),
        pytest.param(
            meaning(effect(*(rule(source=f"23.0.{n}.0/24") for n in range(5)), more_rules=7)),
            ["Opens tcp 22 to 23.0.0.0/24, 23.0.1.0/24, 23.0.2.0/24 and 2 more; 7 more on web-prod."],
            id="many sources",
        ),
        pytest.param(
            meaning(effect(rule(direction=Direction.EGRESS), on=groups(None))),
            ["Opens egress tcp 22 to 0.0.0.0/0 on sg-0."],
            id="egress, of a group without a name",
        ),
        pytest.param(
            meaning(
                effect(SSH, on=(NamedGroup(GroupKey("444455556666", "eu-west-1", "sg-1"), "web"),)),
            ),
            ["Opens tcp 22 to the internet on web (account 444455556666)."],
            id="a group of another account",
        ),
        pytest.param(
            meaning(closes=(effect(SSH),), groups=1),
            [
                "Nothing newly open: the group that names this list admits nothing by it that it did not before.",
                "Closes tcp 22 to the internet on web-prod.",
            ],
            id="closes",
        ),
        pytest.param(
            meaning(),
            [
                "Nothing newly open: the 3 groups that name this list admit nothing by it that they did not before."
            ],
            id="changes nothing",
        ),
        pytest.param(
            meaning(unclear=2),
            [
                "Whether it opens anything cannot be told.",
                "Not all rules are known of 2 of the 3 groups that name this list.",
            ],
            id="groups that nobody has read",
        ),
        pytest.param(
            meaning(effect(SSH), groups=100, is_cut=True, more_opens=1),
            [
                "Opens tcp 22 to the internet on web-prod.",
                "Opens yet more on other groups: 1 further line.",
                "More than 100 groups name this list; these are what was looked at.",
            ],
            id="more groups than are looked at",
        ),
        pytest.param(
            ListMeaning(is_known=True), ["No group that Panopticon knows names this list."], id="no group"
        ),
        pytest.param(
            ListMeaning(is_known=False),
            [
                "Which entries the list had before or has now is not known. "
                "Every rule that names it changes with it."
            ],
            id="unknown entries",
        ),
    ],
)
def test_what_it_comes_to_is_said(known: ListMeaning, sentences: list[str]) -> None:
    assert list_sentences(known, told(known)) == sentences


@pytest.mark.parametrize(
    ("known", "headline"),
    [
        pytest.param(
            meaning(effect(SSH, on=groups("app", "db", "web"), more_groups=2), name="office"),
            f"SSH (tcp 22) open to the internet on app, db and 3 more groups, by prefix list {LIST} (office)",
            id="opens to the internet",
        ),
        pytest.param(
            meaning(effect(rule(source="23.0.0.0/25"))),
            f"tcp 22 open to 23.0.0.0/25 on web-prod, by prefix list {LIST}",
            id="opens to a range that is no finding",
        ),
        pytest.param(
            meaning(closes=(effect(SSH),)),
            f"tcp 22 closed to the internet on web-prod, by prefix list {LIST}",
            id="closes",
        ),
        pytest.param(meaning(), None, id="nothing"),
        pytest.param(ListMeaning(is_known=False), None, id="unknown"),
    ],
)
def test_the_headline_is_the_worst_of_it(known: ListMeaning, headline: str | None) -> None:
    assert list_headline(told(known)) == headline


def test_the_whole_card_says_it_too() -> None:
    alert = told(meaning(effect(SSH)), "0.0.0.0/0")
    for card in (draw_card(alert), draw_plain_card(alert)):
        shown = "\n".join([card["text"], *texts_of(card)])
        assert "🔴 Critical: SSH (tcp 22) open to the internet on web-prod, by prefix list" in shown
        assert "Opens tcp 22 to the internet on web-prod." in shown
        assert "+ 0.0.0.0/0" in shown


def test_an_edit_that_does_nothing_is_headed_by_what_it_is() -> None:
    assert "with 1 entry added" in draw_headline(told(meaning(), "23.0.0.0/24"))
