"""What changes prove of a group's rules, where events were lost, came by half, or name rules in another way than before."""

from dataclasses import replace
from datetime import timedelta

from bot.core.changes import ChangeKind
from bot.core.fold import fold
from bot.core.ledger import MAX_CLOSED, Entry, Fact, Ledger
from bot.core.replay import DEFAULT_EGRESS
from bot.core.rules import Direction, Rule
from tests.facts import (
    DB,
    SSH,
    WEB,
    at,
    authorize,
    change,
    create,
    delete,
    describe,
    ingress,
    modify,
    named,
    read,
    revoke,
)
from tests.makers import a_rule


def opener(entry: Entry) -> str | None:
    return entry.opened.by.event_id if entry.opened.by else None


def closer(entry: Entry) -> str | None:
    return entry.closed.by.event_id if entry.closed and entry.closed.by else None


def lives(ledger: Ledger, content: Rule) -> list[tuple[str | None, str | None]]:
    """Give who opened and who closed each rule of this content, None where that was not seen."""
    entries = (*ledger.closed, *ledger.live)
    return [(opener(entry), closer(entry)) for entry in entries if entry.content == content]


class TestRevoke:
    def test_one_that_gives_the_id_of_a_rule_known_without_it_closes_that_rule(self) -> None:
        timeline = fold([create(), authorize("open", 0, SSH), revoke("close", 60, named(SSH, "sgr-1"))])
        assert lives(timeline.end, SSH) == [("open", "close")]
        assert timeline.end.is_certain

    def test_one_of_another_id_shows_that_the_first_was_replaced_unseen(self) -> None:
        facts: list[Fact] = [create(), authorize("open", 0, named(SSH, "sgr-1"))]
        timeline = fold([*facts, revoke("close", 60, named(SSH, "sgr-2"))])
        assert lives(timeline.end, SSH) == [("open", None), (None, "close")]
        assert ingress(timeline.end) == set()

    def test_one_that_tells_another_content_of_an_id_shows_that_it_was_modified_unseen(self) -> None:
        facts: list[Fact] = [create(), authorize("open", 0, named(DB, "sgr-1"))]
        timeline = fold([*facts, revoke("close", 60, named(SSH, "sgr-1"))])
        assert lives(timeline.end, DB) == [("open", None)]
        assert lives(timeline.end, SSH) == [(None, "close")]

    def test_the_rule_that_took_the_place_of_one_modified_unseen_has_gone_too(self) -> None:
        facts: list[Fact] = [create(), authorize("open", 0, named(DB, "sgr-1"), named(SSH, "sgr-2"))]
        timeline = fold([*facts, revoke("close", 60, named(SSH, "sgr-1"))])
        assert ingress(timeline.end) == set()
        assert lives(timeline.end, SSH) == [("open", None), (None, "close")]

    def test_an_id_that_one_call_names_twice_is_closed_once(self) -> None:
        facts: list[Fact] = [create(), authorize("open", 0, named(SSH, "sgr-1"))]
        timeline = fold([*facts, revoke("close", 60, "sgr-1", "sgr-1")])
        assert lives(timeline.end, SSH) == [("open", "close")]


class TestAuthorize:
    def test_one_that_a_reading_was_ahead_of_is_who_opened_the_rule(self) -> None:
        facts: list[Fact] = [create(), read(0, named(DEFAULT_EGRESS, "sgr-0"), named(SSH, "sgr-1"))]
        timeline = fold([*facts, authorize("open", 1, named(SSH, "sgr-1"))])
        assert lives(timeline.end, SSH) == [("open", None)]

    def test_of_two_that_tell_of_one_id_the_first_opened_it(self) -> None:
        rule = named(SSH, "sgr-1")
        timeline = fold([create(), authorize("open", 0, rule), authorize("again", 9, rule)])
        assert lives(timeline.end, SSH) == [("open", None)]


class TestModify:
    def test_one_that_leaves_what_a_rule_admits_only_describes_it(self) -> None:
        facts: list[Fact] = [create(), authorize("open", 0, named(SSH, "sgr-1", "temp"))]
        timeline = fold([*facts, modify("m", 60, named(SSH, "sgr-1", "for the vendor"))])
        assert lives(timeline.end, SSH) == [("open", None)]
        (entry,) = (entry for entry in timeline.end.live if entry.content == SSH)
        assert (entry.rule.description, entry.described) == ("for the vendor", at(60))
        quiet = fold([*facts, modify("m", 60, named(SSH, "sgr-1"))])
        (entry,) = (entry for entry in quiet.end.live if entry.content == SSH)
        assert (entry.rule.description, entry.seen) == ("temp", at(60))

    def test_one_that_gives_the_id_of_the_only_rule_of_its_content_means_that_rule(self) -> None:
        facts: list[Fact] = [create(), authorize("open", 0, SSH), modify("m", 30, named(SSH, "sgr-1", "x"))]
        # Which way sgr-1 goes is told by the revoke alone.
        timeline = fold([*facts, revoke("close", 60, named(SSH, "sgr-1"))])
        assert lives(timeline.end, SSH) == [("open", "close")]
        assert timeline.end.closed[-1].rule.description == "x"


class TestDescribe:
    def test_one_by_id_describes_that_rule_and_does_not_open_it(self) -> None:
        facts: list[Fact] = [create(), authorize("open", 0, named(SSH, "sgr-1"))]
        timeline = fold([*facts, describe("d", 60, "sgr-1", "for the vendor")])
        (entry,) = (entry for entry in timeline.end.live if entry.content == SSH)
        assert (opener(entry), entry.rule.description) == ("open", "for the vendor")

    def test_one_of_an_id_that_nobody_told_shows_a_rule_and_puts_none_in_doubt(self) -> None:
        timeline = fold([create(), authorize("open", 0, SSH), describe("d", 60, "sgr-9", "for the vendor")])
        assert timeline.end.blanks == ("sgr-9",)
        assert timeline.end.doubts == ()
        assert [entry.rule.description for entry in timeline.end.live if entry.content == SSH] == [None]

    def test_one_of_a_content_that_a_rule_of_unknown_way_has_may_mean_that_rule(self) -> None:
        facts: list[Fact] = [read(-600, named(DB, "sgr-0")), modify("m", 0, named(SSH, "sgr-1"))]
        step = fold([*facts, describe("d", 60, SSH, "for the vendor")]).of("d")
        assert step
        assert SSH in dict(step.before.doubts)
        assert [rule.direction for rule in step.after.rules if rule.rule_id == "sgr-1"] == [None]

    def test_a_group_deleted_with_such_a_rule_held_it(self) -> None:
        timeline = fold([create(), describe("d", 60, "sgr-9", "for the vendor"), delete("end", 90)])
        assert [(gone.rule_id, gone.closed.at) for gone in timeline.end.gone] == [("sgr-9", at(90))]
        assert timeline.end.blanks == ()


class TestWays:
    """A modified rule does not say which way it goes; a later fact may."""

    MODIFIED = fold([read(-600, named(DB, "sgr-0")), modify("m", 0, named(SSH, "sgr-1"))]).end

    def test_a_later_fact_says_it_of_a_rule_that_is_kept(self) -> None:
        step = fold([revoke("close", 60, named(SSH, "sgr-1"))], self.MODIFIED).of("close")
        assert step
        assert ingress(step.before) == {named(SSH, "sgr-1"), named(DB, "sgr-0")}
        assert lives(step.after, SSH) == [("m", "close")]

    def test_a_rule_known_without_an_id_turns_out_to_be_that_one(self) -> None:
        opened = fold([authorize("open", 30, SSH)], self.MODIFIED).end
        step = fold([revoke("close", 60, named(SSH, "sgr-1"))], opened).of("close")
        assert step
        assert lives(step.after, SSH) == [("open", "close")]
        assert ingress(step.after) == {named(DB, "sgr-0")}

    def test_a_way_in_which_another_rule_stands_is_believed_once_that_one_has_gone(self) -> None:
        opened = fold([authorize("open", 30, named(SSH, "sgr-2"))], self.MODIFIED).end
        timeline = fold([revoke("one", 60, "sgr-2"), revoke("two", 70, named(SSH, "sgr-1"))], opened)
        assert lives(timeline.end, SSH) == [("open", "one"), ("m", "two")]

    def test_while_it_stands_there_an_event_was_lost(self) -> None:
        opened = fold([authorize("open", 30, named(SSH, "sgr-2"))], self.MODIFIED).end
        timeline = fold([revoke("two", 70, named(SSH, "sgr-1"))], opened)
        assert lives(timeline.end, SSH) == [("open", None), (None, "two")]
        assert ingress(timeline.end) == {named(DB, "sgr-0")}


class TestTheGroup:
    def test_one_that_is_read_before_the_record_of_its_creation_has_its_first_rule_once(self) -> None:
        timeline = fold([read(-601, named(DEFAULT_EGRESS, "sgr-0")), create()])
        assert timeline.end.rules == (named(DEFAULT_EGRESS, "sgr-0"),)
        assert timeline.end.created
        assert timeline.end.created.at == at(-600)

    def test_a_call_that_cannot_be_read_leaves_the_rules_and_what_it_did_uncertain(self) -> None:
        strange = change("strange", 0, ChangeKind.NOT_UNDERSTOOD, "ModifySecurityGroupRules")
        timeline = fold([create(), authorize("open", -60, named(SSH, "sgr-1")), strange])
        assert ingress(timeline.end) == {named(SSH, "sgr-1")}
        assert not timeline.end.is_certain
        assert fold([read(99)], timeline.end).end.is_certain

    def test_of_what_closed_long_ago_the_latest_is_kept(self) -> None:
        facts: list[Fact] = [create()]
        for number in range(MAX_CLOSED + 10):
            rule = a_rule(port=1000 + number, rule_id=f"sgr-{number}")
            facts += [
                authorize(f"o{number}", 600 * number, rule),
                revoke(f"c{number}", 600 * number + 60, rule),
            ]
        kept = fold(facts).end.closed
        assert [entry.rule.rule_id for entry in kept] == [
            f"sgr-{number}" for number in range(10, MAX_CLOSED + 10)
        ]

    def test_beside_them_is_kept_what_closed_lately_though_more_closed_behind_it(self) -> None:
        rules = [a_rule(port=1000 + number, rule_id=f"sgr-{number}") for number in range(2 * MAX_CLOSED)]
        early, late = rules[:10], rules[10:]
        closing = [revoke("early", 60, *early), revoke("late", 900, *late)]
        timeline = fold([create(), authorize("open", 0, *rules), *closing, authorize("next", 960, WEB)])
        assert [entry.rule for entry in timeline.end.closed] == late
        after_an_hour = fold([authorize("hour", 3600, DB)], timeline.end).end
        assert [entry.rule for entry in after_an_hour.closed] == late[-MAX_CLOSED:]

    def test_and_all_that_a_reading_may_still_be_behind_of(self) -> None:
        rules = [a_rule(port=1000 + number, rule_id=f"sgr-{number}") for number in range(MAX_CLOSED + 10)]
        closing = revoke("close", 60, *rules)
        timeline = fold([create(), authorize("open", 0, *rules), closing])
        assert len(timeline.end.closed) == len(rules)
        behind = replace(read(70, *rules), at=at(60) + timedelta(seconds=10))
        assert ingress(fold([behind], timeline.end).end) == set()
        assert timeline.end.going(Direction.EGRESS) == (DEFAULT_EGRESS,)
