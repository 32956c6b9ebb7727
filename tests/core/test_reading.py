"""What a reading of EC2 says, which may be up to a minute behind, rule by rule."""

from dataclasses import replace

import pytest

from bot.core.fold import fold
from bot.core.ledger import Fact
from bot.core.meaning import mean
from bot.core.replay import DEFAULT_EGRESS
from bot.core.rules import Direction, ReferencedGroup, Rule
from tests.facts import DB, SSH, WEB, at, authorize, create, delete, ingress, modify, named, read, revoke

EGRESS = named(DEFAULT_EGRESS, "sgr-0")
OTHER_SSH = named(SSH, "sgr-2")
SSH_1, DB_1 = named(SSH, "sgr-1"), named(DB, "sgr-1")


def test_one_that_still_shows_a_deleted_group_brings_nothing_back() -> None:
    timeline = fold([create(), authorize("open", 0, SSH_1), delete("end", 60), read(600, EGRESS, SSH_1)])
    assert timeline.end.live == ()


def test_one_that_may_be_behind_gives_no_id_to_a_rule_that_has_taken_the_place_of_another() -> None:
    facts: list[Fact] = [
        create(),
        authorize("one", -300, SSH),
        revoke("two", 0, SSH),
        authorize("three", 9, SSH),
    ]
    assert ingress(fold([*facts, read(20, EGRESS, SSH_1)]).end) == {SSH}
    assert ingress(fold([*facts, read(80, EGRESS, SSH_1)]).end) == {SSH_1}


class TestOneThatSaysWhichWayARuleGoes:
    MODIFIED: tuple[Fact, ...] = (read(-600, EGRESS, DB_1), modify("m", 0, named(SSH, "sgr-9")))

    def test_is_believed(self) -> None:
        kept = fold(self.MODIFIED).end
        assert [rule.direction for rule in kept.rules if rule.rule_id == "sgr-9"] == [None]
        timeline = fold([read(90, EGRESS, DB_1, named(SSH, "sgr-9"))], kept)
        assert ingress(timeline.end) == {DB_1, named(SSH, "sgr-9")}
        assert timeline.end.is_certain

    @pytest.mark.parametrize(("seconds", "doubts"), [(40, {SSH}), (200, set())])
    def test_leaves_a_doubt_where_one_of_that_content_has_just_closed(
        self, seconds: int, doubts: set[object]
    ) -> None:
        held = fold([*self.MODIFIED, authorize("open", 10, OTHER_SSH)]).end
        timeline = fold(
            [revoke("close", 20, "sgr-2"), read(seconds, EGRESS, DB_1, named(SSH, "sgr-9"))], held
        )
        assert ingress(timeline.end) == {DB_1, named(SSH, "sgr-9")}
        assert set(dict(timeline.end.doubts)) == doubts


class TestOneThatShowsARuleAdmitSomethingElse:
    def test_means_that_it_was_modified_unseen(self) -> None:
        facts: list[Fact] = [create(), authorize("open", 0, DB_1), read(99, EGRESS, SSH_1)]
        timeline = fold(facts)
        (entry,) = (entry for entry in timeline.end.live if entry.content == SSH)
        assert (entry.opened.by, entry.opened.at) == (None, at(99))
        assert entry.first_opened.by
        assert entry.first_opened.by.event_id == "open"
        assert ingress(timeline.end) == {SSH_1}

    def test_says_nothing_of_what_was_done_within_the_minute_before(self) -> None:
        facts: list[Fact] = [create(), authorize("open", -300, SSH_1), modify("m", 0, DB_1)]
        assert ingress(fold([*facts, read(59, EGRESS, SSH_1)]).end) == {DB_1}

    def test_and_another_rule_have_that_means_that_the_other_has_closed(self) -> None:
        facts: list[Fact] = [create(), authorize("open", 0, DB_1, OTHER_SSH), read(99, EGRESS, SSH_1)]
        timeline = fold(facts)
        assert ingress(timeline.end) == {SSH_1}
        assert [entry.content for entry in timeline.end.closed] == [DB, SSH]

    def test_and_a_rule_that_has_just_opened_have_that_is_behind(self) -> None:
        facts: list[Fact] = [create(), authorize("one", -300, DB_1), authorize("two", 50, OTHER_SSH)]
        assert ingress(fold([*facts, read(99, EGRESS, SSH_1)]).end) == {OTHER_SSH}


def test_one_that_shows_a_content_under_another_id_means_that_the_rule_was_replaced_unseen() -> None:
    timeline = fold([create(), authorize("open", 0, OTHER_SSH), read(99, EGRESS, SSH_1)])
    (entry,) = (entry for entry in timeline.end.live if entry.content == SSH)
    assert (entry.rule.rule_id, entry.opened.by, entry.first_opened.by) == ("sgr-1", None, None)
    assert [entry.rule.rule_id for entry in timeline.end.closed] == ["sgr-2"]


def test_one_that_shows_what_a_change_of_the_minute_before_closed_is_behind() -> None:
    facts: list[Fact] = [read(-600, EGRESS), revoke("close", 50, SSH)]
    assert ingress(fold([*facts, read(60, EGRESS, SSH_1)]).end) == set()


@pytest.mark.parametrize(("seconds", "live"), [(60, set()), (200, {named(WEB, "sgr-9")})])
def test_a_rule_known_by_its_id_alone_stays_closed_until_a_reading_is_sure(
    seconds: int, live: set[object]
) -> None:
    closed = fold([read(-600, EGRESS), revoke("close", 50, "sgr-9")]).end
    timeline = fold([read(seconds, EGRESS, named(WEB, "sgr-9"))], closed)
    assert ingress(timeline.end) == live


class TestWhatAChangeShowedToHaveClosed:
    """Authorizing a content anew shows that the rule of that content had closed, unseen."""

    FACTS: tuple[Fact, ...] = (
        create(),
        authorize("one", -300, SSH_1),
        authorize("two", 50, OTHER_SSH),
        revoke("three", 55, OTHER_SSH),
    )

    def test_is_in_doubt_while_a_reading_still_shows_it(self) -> None:
        assert SSH in dict(fold([*self.FACTS, read(60, EGRESS, SSH_1)]).end.doubts)

    def test_is_no_more_where_a_reading_is_sure(self) -> None:
        timeline = fold([*self.FACTS, read(200, EGRESS, SSH_1)])
        assert ingress(timeline.end) == {SSH_1}
        assert timeline.end.is_certain


def test_of_two_calls_that_aws_left_rules_out_of_neither_is_said_to_have_opened_one() -> None:
    cuts: list[Fact] = [authorize(f"cut-{number}", number, is_cut=True) for number in (0, 1)]
    timeline = fold([read(-600, EGRESS), *cuts, read(100, EGRESS, SSH_1)])
    (entry,) = (entry for entry in timeline.end.live if entry.rule.direction is Direction.INGRESS)
    assert entry.opened.by is None
    assert timeline.end.is_certain


class TestOneThatSaysWhoseAGroupIs:
    """A modify names a group by its id alone; EC2 tells in whose account it is."""

    OWNED = replace(DB_1, source=ReferencedGroup("sg-0b", "444455556666"))
    NAMED = replace(DB_1, source=ReferencedGroup("sg-0b"))
    MODIFIED: tuple[Fact, ...] = (read(-600, EGRESS, DB_1), modify("m", 0, NAMED))

    def test_finds_the_rule_that_it_was_told(self) -> None:
        timeline = fold([*self.MODIFIED, read(90, EGRESS, self.OWNED)])
        assert timeline.steps[-1].opened == timeline.steps[-1].closed == ()
        (held,) = ingress(timeline.end)
        assert held.source == self.OWNED.source
        assert account_of(held) == "444455556666"

    def test_is_believed_of_the_change_before_it(self) -> None:
        change = fold([*self.MODIFIED, read(90, EGRESS, self.OWNED)]).of("m")
        assert change
        (newly,) = mean(change, {}).newly
        assert account_of(newly) == "444455556666"

    def test_is_believed_of_what_is_kept(self) -> None:
        kept = fold(self.MODIFIED).end
        assert [account_of(rule) for rule in ingress(kept)] == [None]
        (held,) = ingress(fold([read(90, EGRESS, self.OWNED)], kept).end)
        assert account_of(held) == "444455556666"


def account_of(rule: Rule) -> str | None:
    return rule.source.account_id if isinstance(rule.source, ReferencedGroup) else None


@pytest.mark.parametrize("known", [EGRESS, DEFAULT_EGRESS], ids=["by its id", "by what it admits"])
def test_one_that_shows_what_the_one_before_it_lacked_may_be_behind(known: Rule) -> None:
    start: list[Fact] = [create(), authorize("egress", 0, known), read(300, SSH_1)]
    assert not fold([*start, read(301, EGRESS, SSH_1)]).end.is_certain
    assert fold([*start, read(362, EGRESS, SSH_1)]).end.is_certain
