"""The ledger's fold by example: a group's history in, its rules over time out. Its laws stand in tests/property."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from bot.core.changes import ChangeKind, GroupDetails, Observation, Outcome
from bot.core.fold import fold
from bot.core.ledger import Fact, Moment, Timeline, content_of
from bot.core.replay import DEFAULT_EGRESS, DEFAULT_EGRESS_IPV6
from bot.core.rules import Direction, Rule
from tests.facts import (
    DB,
    SSH,
    START,
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
from tests.makers import GROUP, a_change, a_rule


def before(timeline: Timeline, event_id: str) -> set[Rule]:
    step = timeline.of(event_id)
    assert step is not None
    return ingress(step.before)


def openers(rules: Iterable[Any]) -> list[str | None]:
    return [entry.opened.by.event_id if entry.opened.by else None for entry in rules]


class TestOneChangeAfterAnother:
    def test_a_group_begins_with_the_rule_that_aws_gives(self) -> None:
        timeline = fold([create()])
        assert timeline.end.rules == (DEFAULT_EGRESS,)
        assert timeline.end.is_certain

    def test_a_rule_is_opened_and_closed_by_whom_the_records_name(self) -> None:
        timeline = fold([create(), authorize("open", 0, SSH), revoke("close", 60, SSH)])
        assert before(timeline, "close") == {SSH}
        assert ingress(timeline.end) == set()
        (entry,) = timeline.end.closed
        assert entry.opened.by
        assert entry.closed
        assert entry.closed.by
        assert (entry.opened.by.event_id, entry.closed.by.event_id) == ("open", "close")

    def test_a_content_has_several_lives_in_turn(self) -> None:
        facts: list[Fact] = [
            create(),
            authorize("one", 0, SSH),
            revoke("two", 10, SSH),
            authorize("three", 20, SSH),
        ]
        timeline = fold(facts)
        assert ingress(timeline.end) == {SSH}
        assert openers(timeline.end.live)[-1] == "three"
        assert openers(timeline.end.closed) == ["one"]

    def test_a_revoke_by_id_tells_what_it_took(self) -> None:
        timeline = fold([create(), authorize("open", 0, named(SSH, "sgr-1")), revoke("close", 60, "sgr-1")])
        step = timeline.of("close")
        assert step
        assert [entry.content for entry in step.closed] == [SSH]

    def test_a_modified_rule_has_a_was_and_a_now_and_keeps_its_way(self) -> None:
        was, now = named(DB, "sgr-1", "app"), named(WEB, "sgr-1")
        timeline = fold([create(), authorize("open", 0, was), modify("change", 60, now)])
        step = timeline.of("change")
        assert step
        assert [entry.rule for entry in step.closed] == [was]
        assert [entry.rule for entry in step.opened] == [replace(was, ports=WEB.ports, source=WEB.source)]
        assert openers([step.opened[0]]) == ["change"]
        assert step.opened[0].first_opened.by
        assert step.opened[0].first_opened.by.event_id == "open"

    def test_two_rules_of_one_call_may_swap_what_they_admit(self) -> None:
        facts: list[Fact] = [create(), authorize("open", 0, named(SSH, "sgr-1"), named(WEB, "sgr-2"))]
        timeline = fold([*facts, modify("swap", 9, named(WEB, "sgr-1"), named(SSH, "sgr-2"))])
        assert ingress(timeline.end) == {named(WEB, "sgr-1"), named(SSH, "sgr-2")}
        assert timeline.end.is_certain

    def test_a_description_is_not_what_a_rule_is_told_apart_by(self) -> None:
        told = replace(SSH, description="temp")
        timeline = fold([create(), authorize("open", 0, told), describe("edit", 5, SSH, "for the vendor")])
        (entry,) = (entry for entry in timeline.end.live if entry.content == SSH)
        assert entry.rule.description == "for the vendor"
        assert openers([entry]) == ["open"]
        closed = fold([create(), authorize("open", 0, told), revoke("close", 5, SSH)])
        assert ingress(closed.end) == set()

    def test_what_aws_refused_changes_nothing(self) -> None:
        refused = authorize("open", 0, SSH, outcome=Outcome.DENIED)
        assert fold([create(), refused]) == fold([create()])

    def test_a_deleted_group_held_every_rule_it_had(self) -> None:
        timeline = fold([create(), authorize("open", 0, SSH, WEB), delete("end", 90)])
        step = timeline.of("end")
        assert step
        assert {entry.content for entry in step.closed} == {SSH, WEB, DEFAULT_EGRESS}
        assert timeline.end.live == ()
        assert timeline.end.deleted
        assert (
            fold([create(), authorize("open", 0, SSH), delete("end", 90), authorize("x", 95, WEB)]).end.live
            == ()
        )


class TestTies:
    def test_of_one_second_the_order_is_the_one_that_ec2_accepts(self) -> None:
        rule = named(SSH, "sgr-1")
        timeline = fold([create(), authorize("b", 0, rule), revoke("a", 0, rule)])
        assert ingress(timeline.end) == set()
        assert timeline.end.is_certain

    def test_a_group_is_created_before_it_is_changed(self) -> None:
        timeline = fold([authorize("a", 0, SSH), create("b", 0)])
        assert [step.change.event_id for step in timeline.steps if step.change] == ["b", "a"]
        assert (ingress(timeline.end), timeline.end.doubts) == ({SSH}, ())

    def test_a_revoke_that_does_not_say_what_went_may_have_come_first_and_done_nothing(self) -> None:
        timeline = fold([create(), authorize("b", 0, SSH), revoke("a", 0, SSH)])
        assert ingress(timeline.end) == set()
        assert set(dict(timeline.end.doubts)) == {SSH}

    def test_ids_tell_which_of_two_lives_of_one_second_is_left(self) -> None:
        one, two = named(SSH, "sgr-1"), named(SSH, "sgr-2")
        timeline = fold([create(), authorize("b", 0, two), revoke("a", 0, "sgr-1"), authorize("c", 0, one)])
        assert ingress(timeline.end) == {two}
        assert timeline.end.is_certain

    def test_where_orders_end_differently_the_content_is_in_doubt_until_a_reading(self) -> None:
        facts: list[Fact] = [
            read(-600, named(SSH, "sgr-1")),
            revoke("a", 0, SSH),
            authorize("b", 0, SSH),
            revoke("c", 0, SSH),
        ]
        assert fold(facts).end.is_certain  # gone, back, and gone: nothing else would be accepted
        unknown: list[Fact] = [
            modify("m", -60, named(WEB, "sgr-9")),
            revoke("a", 0, SSH),
            authorize("b", 0, SSH),
        ]
        timeline = fold(unknown)
        assert SSH in dict(timeline.end.doubts)
        timeline = fold([*unknown, read(300, named(WEB, "sgr-9"), named(SSH, "sgr-2"))])
        assert timeline.end.is_certain
        assert ingress(timeline.end) == {named(WEB, "sgr-9"), named(SSH, "sgr-2")}

    def test_a_burst_of_one_second_on_one_content_is_worked_out(self) -> None:
        facts: list[Fact] = [authorize(f"{9 - number}", 0, SSH) for number in (0, 2, 4, 6)]
        facts += [revoke(f"{9 - number}", 0, SSH) for number in (1, 3, 5, 7)]
        assert ingress(fold([create(), *facts]).end) == set()


class TestWhatWasLost:
    def test_authorizing_what_is_live_shows_that_it_was_closed_unseen(self) -> None:
        timeline = fold([create(), authorize("one", 0, SSH), authorize("two", 60, SSH)])
        (entry,) = timeline.end.closed
        assert entry.closed
        assert (entry.closed.by, entry.closed.after, entry.closed.at) == (None, at(0), at(60))
        assert openers(timeline.end.live)[-1] == "two"

    def test_revoking_what_is_not_there_shows_that_it_was_opened_unseen(self) -> None:
        timeline = fold([create(), revoke("close", 60, named(SSH, "sgr-1"))])
        step = timeline.of("close")
        assert step
        (entry,) = step.closed
        assert (entry.opened.by, entry.opened.after, entry.opened.at) == (None, at(-600), at(60))

    def test_a_revoke_of_nothing_in_a_default_vpc_leaves_a_doubt_about_before(self) -> None:
        step = fold([create(), revoke("close", 60, SSH)]).of("close")
        assert step
        assert SSH in dict(step.before.doubts)
        assert step.after.is_certain

    def test_a_modify_of_a_rule_nobody_told_of_leaves_its_way_unknown(self) -> None:
        timeline = fold([read(-600, named(DB, "sgr-0")), modify("m", 60, named(SSH, "sgr-1"))])
        (rule,) = (rule for rule in timeline.end.rules if rule.rule_id == "sgr-1")
        assert rule.direction is None
        step = timeline.of("m")
        assert step
        assert step.before.blanks == ("sgr-1",)

    def test_an_id_that_nobody_told_may_be_that_of_a_rule_without_an_id_which_is_then_in_doubt(self) -> None:
        timeline = fold([create(), modify("m", 60, named(SSH, "sgr-1"))])
        assert [rule.direction for rule in timeline.end.rules] == [Direction.EGRESS, None]
        assert DEFAULT_EGRESS in dict(timeline.end.doubts)

    def test_a_revoke_by_such_an_id_took_the_only_rule_it_can_be_and_leaves_a_doubt(self) -> None:
        call = "RevokeSecurityGroupEgress"
        taken = change("r", 60, ChangeKind.REVOKE, call, removed_rule_ids=("sgr-0",))
        timeline = fold([create(), authorize("open", 0, SSH), taken])
        assert {entry.content for entry in timeline.end.live} == {SSH}
        assert set(dict(timeline.end.doubts)) == {DEFAULT_EGRESS}

    def test_a_content_that_one_call_names_twice_is_closed_once(self) -> None:
        timeline = fold([create(), authorize("open", 0, SSH), revoke("close", 9, SSH, SSH)])
        assert ingress(timeline.end) == set()

    def test_a_rule_that_a_reading_finds_was_opened_unseen(self) -> None:
        timeline = fold([create(), read(0, named(DEFAULT_EGRESS, "sgr-0"), named(SSH, "sgr-1"))])
        (entry,) = (entry for entry in timeline.end.live if entry.content == SSH)
        assert (entry.opened.by, entry.opened.after, entry.opened.at) == (None, at(-600), at(0))

    def test_a_rule_that_a_reading_lacks_was_closed_unseen_and_a_late_event_names_the_author(self) -> None:
        facts: list[Fact] = [create(), authorize("open", 0, SSH), read(100, named(DEFAULT_EGRESS, "sgr-0"))]
        entry = fold(facts).end.closed[-1]
        assert entry.closed
        assert (entry.closed.by, entry.closed.at) == (None, at(100))
        late = fold([*facts, revoke("late", 50, SSH)])
        assert ingress(late.end) == set()
        entry = late.end.closed[-1]
        assert entry.closed
        assert entry.closed.by
        assert entry.closed.by.event_id == "late"


class TestReadings:
    def test_the_first_reading_says_what_was_there_before_the_first_change(self) -> None:
        facts: list[Fact] = [
            authorize("open", 0, named(SSH, "sgr-1")),
            read(5, named(SSH, "sgr-1"), named(DB, "sgr-2")),
        ]
        assert before(fold(facts[:1]), "open") == set()
        assert not fold(facts[:1]).end.is_known
        timeline = fold(facts)
        step = timeline.of("open")
        assert step
        assert step.before.is_certain
        assert before(timeline, "open") == {named(DB, "sgr-2")}

    def test_what_a_change_took_before_the_first_reading_was_there_too(self) -> None:
        timeline = fold([revoke("close", 0, SSH), read(5, named(DB, "sgr-2"))])
        assert before(timeline, "close") == {SSH, named(DB, "sgr-2")}

    def test_what_aws_left_out_before_the_first_reading_may_have_opened_what_that_finds(self) -> None:
        step = fold([authorize("cut", 0, is_cut=True), read(100, named(SSH, "sgr-1"))]).of("cut")
        assert step
        assert set(dict(step.before.doubts)) == {SSH}

    def test_a_reading_gives_ids_to_rules_that_have_none(self) -> None:
        timeline = fold(
            [create(), authorize("open", 0, SSH), read(9, named(SSH, "sgr-1")), revoke("x", 99, "sgr-1")]
        )
        assert ingress(timeline.end) == set()
        assert openers(timeline.of("x").closed) == ["open"]  # type: ignore[union-attr]

    @pytest.mark.parametrize("seconds", [1, 59])
    def test_one_that_may_be_behind_undoes_nothing(self, seconds: int) -> None:
        stale = read(seconds, named(DEFAULT_EGRESS, "sgr-0"), named(DB, "sgr-1"))
        facts: list[Fact] = [create(), authorize("one", -300, named(DB, "sgr-1"))]
        facts += [authorize("two", 0, SSH), revoke("three", 0, "sgr-1")]
        assert ingress(fold([*facts, stale]).end) == {SSH}
        assert ingress(fold([*facts, replace(stale, at=at(61))]).end) == {named(DB, "sgr-1")}

    def test_one_resolves_what_aws_left_out_and_names_who_did_it(self) -> None:
        cut = authorize("cut", 0, is_cut=True)
        facts: list[Fact] = [read(-600, named(DB, "sgr-1")), cut]
        assert not fold(facts).end.is_certain
        timeline = fold([*facts, read(100, named(DB, "sgr-1"), named(SSH, "sgr-2"))])
        assert timeline.end.is_certain
        assert openers(entry for entry in timeline.end.live if entry.content == SSH) == ["cut"]

    def test_the_ipv6_rule_that_some_groups_begin_with_came_with_the_group(self) -> None:
        both = (named(DEFAULT_EGRESS, "sgr-0"), named(DEFAULT_EGRESS_IPV6, "sgr-1"))
        timeline = fold([create(), read(-500, *both)])
        assert openers(timeline.end.live) == ["create", "create"]

    def test_a_group_that_was_never_read_nor_seen_to_begin_is_not_known(self) -> None:
        timeline = fold([authorize("open", 0, SSH)])
        assert not timeline.end.is_known
        assert ingress(timeline.end) == {SSH}


class TestTimeline:
    def test_a_time_shows_the_rules_at_the_end_of_its_second(self) -> None:
        timeline = fold([create(), authorize("open", 0, SSH), revoke("close", 60, SSH)])
        assert [ingress(timeline.at(at(seconds))) for seconds in (-1, 0, 59, 60)] == [
            set(),
            {SSH},
            {SSH},
            set(),
        ]

    def test_folding_goes_on_from_where_it_ended(self) -> None:
        first, then = [create(), authorize("open", 0, named(SSH, "sgr-1"))], [revoke("close", 60, "sgr-1")]
        assert fold(then, fold(first).end).end == fold([*first, *then]).end


def test_the_history_that_the_architecture_works_through() -> None:
    def time(text: str) -> int:
        return int((datetime.fromisoformat(f"2026-11-24T{text}Z") - START).total_seconds())

    other = a_rule(port=2222, rule_id="sgr-1")
    reading = Observation(
        GroupDetails(GROUP, None, None),
        datetime.fromisoformat("2026-11-24T20:41:30.25Z"),
        (named(DEFAULT_EGRESS, "sgr-0"),),
    )
    facts: list[Fact] = [
        create("create", time("20:00:00")),
        authorize("ssh", time("20:07:31"), SSH),
        authorize("open", time("20:19:02"), other),
        revoke("close", time("20:19:02"), other),
        revoke("https", time("20:40:00"), named(WEB, "sgr-2")),
        reading,
    ]
    timeline = fold(reversed(facts))
    assert before(timeline, "close") == {SSH, other}
    assert before(timeline, "https") == {SSH, named(WEB, "sgr-2")}
    first, https, ssh = timeline.end.closed
    assert first.content == content_of(other)
    assert (https.opened.by, https.opened.after) == (None, at(time("20:00:00")))
    assert ssh.closed == Moment(reading.at, after=at(time("20:07:31")))
    assert timeline.end.rules == reading.rules
    assert timeline.end.is_certain
    late = fold([*facts, revoke("late", time("20:30:00"), SSH)])
    assert [entry.closed.by.event_id for entry in late.end.closed if entry.closed and entry.closed.by] == [
        "close",
        "late",
        "https",
    ]
    assert late.end.rules == timeline.end.rules


def test_a_group_that_is_read_and_deleted_in_one_second_held_what_was_read() -> None:
    timeline = fold([delete("end", 0), read(0.4, named(SSH, "sgr-1"))])
    step = timeline.of("end")
    assert step
    assert [entry.content for entry in step.closed] == [SSH]
    assert timeline.end.deleted


def test_the_steps_of_changes_are_those_that_are_no_readings() -> None:
    told = a_change()
    reading = Observation(GroupDetails(GROUP, None, None), told.time, (a_rule(),))
    assert [step.change for step in fold([told, reading]).changes()] == [told]
