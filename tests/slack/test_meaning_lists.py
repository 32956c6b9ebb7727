"""Lists and modals of changes whose meaning is known, and what a late click is told."""

from dataclasses import replace
from typing import Any

import pytest

from bot.aws.items import change_items, read_history_entry
from bot.core.alerts import Alert
from bot.core.changes import ChangeKind, SecurityGroupChange
from bot.core.history import HistoryEntry, Listing, Page
from bot.core.meaning import MAX_SHOWN, Alteration
from bot.core.parts import AlertRef
from bot.core.places import Places
from bot.core.rules import Rule
from bot.slack.answers import already_closed, changes_answer, changes_view
from bot.slack.views import LINES, whole_change_view
from tests.records import change
from tests.slack.conftest import MatchGolden
from tests.slack.limits import find_message_problems, find_view_problems
from tests.slack.meanings import RANGES, STORIES, known, other
from tests.slack.reading import read_mrkdwn
from tests.slack.test_cards import shown

PLACES = Places({"111122223333": "payments-prod"})
LISTED = (
    "opened",
    "needless",
    "revoke_by_ids",
    "revoke_closes_nothing",
    "modify",
    "describe",
    "delete_of_many",
    "closed_after_acknowledged",
)


def stored(alert: Alert, alert_id: str) -> tuple[HistoryEntry, Alert]:
    """Give *alert* as a list has it: its change cut, and without the ids of rules."""
    item = change_items(
        alert.digest.change, {}, told=AlertRef(alert_id, 1), received_at=alert.created_at, expires_at=0
    )[0]
    return read_history_entry(item, alert_id), replace(alert, alert_id=alert_id)


def page(*names: str) -> Page:
    told = [stored(STORIES[name], name) for name in names]
    entries = tuple(entry for entry, _ in told)
    return Page(Listing(), entries, {entry.position: alert for entry, alert in told}, None, None)


def entry_lines(name: str) -> list[str]:
    """Give what a list shows of one change below its title."""
    blocks = changes_view(page(name), PLACES)["blocks"]
    [block] = [block for block in blocks if block["type"] == "rich_text"]
    return "\n".join("".join(map(shown, part["elements"])) for part in block["elements"]).split("\n")


def test_a_list_looks_as_it_was_reviewed(match_golden: MatchGolden) -> None:
    view, answer = changes_view(page(*LISTED), PLACES), changes_answer(page(*LISTED), PLACES)
    match_golden("view_changes_meanings", view)
    assert find_view_problems(view) == []
    assert find_message_problems(answer) == []
    assert [block for block in answer["blocks"] if block["type"] == "rich_text"] == [
        block for block in view["blocks"] if block["type"] == "rich_text"
    ]


@pytest.mark.parametrize(
    ("name", "title", "lines"),
    [
        (
            "opened",
            "web-prod: ingress tcp 22 from 0.0.0.0/0 added",
            ["Newly open to the internet: SSH.", "Not acknowledged"],
        ),
        ("opened_not_read", "web-prod: ingress tcp 22 from 0.0.0.0/0 added", ["Not acknowledged"]),
        (
            "needless",
            "web-prod: ingress tcp 22 from 0.0.0.0/0 added",
            [
                "Changes nothing: sgr-0f00000000000000c already allows it (ingress all tcp from 0.0.0.0/0).",
                "Not acknowledged",
            ],
        ),
        (
            "revoke_by_ids",
            "web-prod: 2 rules removed",
            [
                '− ingress tcp 22 from 0.0.0.0/0 "temp debug"',
                '− ingress tcp 5432 from 10.20.0.0/16 "orders"',
                "No longer open to the internet: SSH (open 4 days or longer).",
                "Not acknowledged",
            ],
        ),
        (
            "revoke_by_one_id",
            "web-prod: ingress tcp 5432 from 10.20.0.0/16 removed",
            ["Not acknowledged"],
        ),
        (
            "revoke_by_id_not_read",
            "web-prod: 1 rule removed",
            ["− rule sgr-0f00000000000000d, what it admitted is not known", "Not acknowledged"],
        ),
        (
            "modify",
            "web-prod: 1 rule changed",
            [
                "was  ingress tcp 443   from 10.0.0.0/8",
                "now  ingress tcp 8443  from 0.0.0.0/0",
                "Newly open to the internet: tcp 8443.",
                "Not acknowledged",
            ],
        ),
        (
            "modify_not_read",
            "web-prod: 1 rule changed",
            ["was  not known", "now  ingress tcp 8443 from 0.0.0.0/0", "Not acknowledged"],
        ),
        (
            "delete",
            "old-bastion: deleted",
            [
                "− ingress tcp 22 from 0.0.0.0/0",
                "− egress all traffic to 0.0.0.0/0",
                "No longer open to the internet: SSH (open 213 days).",
                "Not acknowledged",
            ],
        ),
        (
            "delete_not_read",
            "web-prod: deleted",
            ["What it held is not known: Panopticon had not read it before.", "Not acknowledged"],
        ),
        (
            "delete_of_many",
            "web-prod: deleted",
            [
                "− ingress tcp 0 from 10.0.0.0/24",
                "− ingress tcp 1 from 10.0.1.0/24",
                "… and 998 more",
                "Not acknowledged",
            ],
        ),
        (
            "cut_known",
            "web-prod: rules added, AWS left out which",
            [
                "Now admits 10.0.0.0/24 to tcp 0; 10.0.1.0/24 to tcp 1; 10.0.2.0/24 to tcp 2; 997 more.",
                "Not acknowledged",
            ],
        ),
        (
            "closed_after_acknowledged",
            "web-prod: ingress tcp 22 from 0.0.0.0/0 added",
            [
                "Newly open to the internet: SSH.",
                "Acknowledged by <@U0AB12CD3>",
                "Closed 2026-03-02 20:54 UTC by alice, open 47 min",
            ],
        ),
    ],
)
def test_a_list_says_what_was_before_and_what_came_of_it(name: str, title: str, lines: list[str]) -> None:
    first, _who, *others = entry_lines(name)
    assert first == f"2026-03-02 20:07 UTC  {title}"
    assert others == lines


def test_a_list_does_not_put_the_meaning_of_one_change_to_another() -> None:
    entry, alert = stored(STORIES["revoke_by_ids"], "alert")
    shared = HistoryEntry(
        replace(entry.digest, change=replace(entry.digest.change, event_id="other")),
        AlertRef("alert", 1),
        "x",
    )
    view = changes_view(Page(Listing(), (shared,), {"x": alert}, None, None), PLACES)
    assert "temp debug" not in str(view)


class TestWholeChange:
    def test_each_rule_stands_with_what_it_was_on_one_page(self) -> None:
        alert = self.modified(MAX_SHOWN)
        lines = self.lines(alert)
        assert len(lines) == 2 * MAX_SHOWN
        for was, now in zip(lines[::2], lines[1::2], strict=True):
            assert was.startswith("was  ingress tcp ")
            assert now == was.replace("was  ", "now  ").replace("10.0.0.0/8", "0.0.0.0/0")

    def test_it_says_so_where_what_a_rule_was_is_not_kept(self) -> None:
        alert = self.modified(61)
        pages = [
            whole_change_view(alert, alert.digest.change, places=PLACES, page=number) for number in (0, 1)
        ]
        assert "What a rule was is kept for 20 of them." in str(pages[0])
        assert [find_view_problems(view) for view in pages] == [[], []]
        lines = [*self.lines(alert), *self.lines(alert, page=1)]
        assert len(lines) == 61 + MAX_SHOWN
        assert sum(line.startswith("was  ") for line in lines) == MAX_SHOWN
        assert "not known" not in str(lines)
        assert self.lines(alert)[LINES - 1].startswith("now  ")

    def test_nothing_is_said_of_what_is_kept_where_all_is(self) -> None:
        alert = self.modified(MAX_SHOWN)
        assert "is kept" not in str(whole_change_view(alert, alert.digest.change, places=PLACES))

    def test_a_rule_that_a_revoke_names_by_its_id_is_told(self) -> None:
        alert = STORIES["revoke_by_ids"]
        assert '− ingress tcp 5432 from 10.20.0.0/16 "orders"' in self.lines(alert)

    def modified(self, count: int) -> Alert:
        rules = [replace(rule, source=change().added[0].source) for rule in RANGES[:count]]
        altered = tuple(Alteration(self.before(rule), rule) for rule in rules[:MAX_SHOWN])
        alert = other(ChangeKind.MODIFY, known(altered=altered), modified=tuple(rules[:MAX_SHOWN]))
        whole: SecurityGroupChange = replace(alert.digest.change, modified=tuple(reversed(rules)))
        return replace(alert, digest=replace(alert.digest, change=whole, count=count))

    def before(self, rule: Rule) -> Rule:
        return replace(rule, source=STORIES["modify"].meaning.altered[0].was.source)  # type: ignore[union-attr]

    def lines(self, alert: Alert, page: int = 0) -> list[str]:
        view: dict[str, Any] = whole_change_view(alert, alert.digest.change, places=PLACES, page=page)
        [block] = [block for block in view["blocks"] if block["type"] == "rich_text"]
        return "".join(map(shown, block["elements"][1]["elements"])).split("\n")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("closed", "Closed 2026-03-02 20:54 UTC by alice, open 47 min. Nothing to acknowledge."),
        (
            "closed_unseen",
            "Closed by 2026-03-02 20:54 UTC by an event that was not seen, open at most 47 min. Nothing to acknowledge.",
        ),
    ],
)
def test_a_late_click_is_told_who_closed_it_and_when(name: str, words: str) -> None:
    assert read_mrkdwn(already_closed(STORIES[name])).shown == words
