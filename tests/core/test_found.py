"""What counts as found without an event: what a reading shows, no event tells of, and is certain."""

from collections.abc import Iterable
from dataclasses import replace

import pytest

from bot.core.alerts import Alert, raise_alert
from bot.core.assessment import assess
from bot.core.changes import ChangeKind, Discovery, GroupDetails, Outcome, SecurityGroupChange
from bot.core.fold import fold
from bot.core.found import (
    Found,
    accounts_for,
    alerts_to_explain,
    explains,
    explanation,
    find,
    found_id,
    shows_unexplained,
)
from bot.core.ledger import Fact, Step, Timeline
from bot.core.replay import DEFAULT_EGRESS
from tests.facts import DB, SSH, at, authorize, create, delete, describe, modify, named, read, revoke
from tests.makers import GROUP, NOW

AT = at(600)
EGRESS = named(DEFAULT_EGRESS, "sgr-0")
SSH_1, DB_2 = named(SSH, "sgr-1"), named(DB, "sgr-2")
FIRST = read(0, EGRESS, DB_2)
"""The reading by which the group is known."""

SHOWN = read(600, EGRESS, SSH_1)
"""A reading in which, since FIRST, one rule has come and one has gone."""

DETAILS = GroupDetails(GROUP, "web-prod", "vpc-1")


def found_in(*facts: Fact, details: GroupDetails | None = DETAILS) -> Found | None:
    return find(fold(facts), GROUP, AT, details)


def told(*facts: Fact) -> Alert:
    """Make the alert of what is found in *facts*."""
    found = found_in(*facts)
    assert found
    return raise_alert(found.change, assess(found.change), details=None, now=NOW)


def step_of(event_id: str, facts: Iterable[Fact]) -> Step:
    step = fold(facts).of(event_id)
    assert step
    return step


def test_what_opened_and_closed_unseen_is_told_as_a_change_that_nobody_made() -> None:
    found = found_in(FIRST, SHOWN)
    assert found
    change = found.change
    assert (change.kind, change.outcome, change.time) == (ChangeKind.FOUND, Outcome.SUCCEEDED, AT)
    assert (change.group, change.group_name, change.vpc_id) == (GROUP, "web-prod", "vpc-1")
    assert (change.added, change.removed) == ((SSH_1,), (DB_2,))
    assert change.effect == Discovery(at(-60))  # as FIRST may have been behind by a minute
    assert change.event_id == found_id(GROUP, AT)
    assert found.step.after.rules == (EGRESS, SSH_1)


def test_a_group_that_nothing_more_is_known_of_has_no_name() -> None:
    found = found_in(FIRST, SHOWN, details=None)
    assert found
    assert (found.change.group_name, found.change.vpc_id) == (None, None)


def test_each_reading_is_told_under_a_name_of_its_own() -> None:
    other = replace(GROUP, group_id="sg-0b2c3d4e5f6071829")
    assert len({found_id(GROUP, AT), found_id(GROUP, at(601)), found_id(other, AT)}) == 3


@pytest.mark.parametrize(
    ("facts", "shows"),
    [
        pytest.param([SHOWN], False, id="the first reading of a group"),
        pytest.param([FIRST], False, id="no reading of that time"),
        pytest.param([FIRST, read(600, EGRESS, DB_2)], False, id="a reading that shows the same"),
        pytest.param([FIRST, authorize("a", 300, SSH_1), revoke("b", 301, DB_2), SHOWN], False, id="events tell of all of it"),
        pytest.param([FIRST, delete("end", 300), SHOWN], False, id="a group that was deleted"),
        pytest.param([FIRST, authorize("a", 300, is_cut=True), revoke("b", 301, DB_2), SHOWN], False, id="AWS left it out of a record"),
        pytest.param([FIRST, modify("m", 300, named(SSH, "sgr-9")), SHOWN], True, id="a rule of unknown direction"),
    ],
)  # fmt: skip
def test_nothing_is_found(facts: list[Fact], shows: bool) -> None:
    """Where it *shows* what no event tells of, that is worth a second look, and then not certain."""
    assert find(fold(facts), GROUP, AT, DETAILS) is None
    assert shows_unexplained(fold(facts), AT) is shows


@pytest.mark.parametrize(
    "shown_by",
    [read(300, EGRESS, DB_2, SSH_1), describe("d", 300, SSH, "for the vendor")],
    ids=["a reading", "an event"],
)
def test_what_was_shown_to_have_opened_unseen_is_not_found_once_more_as_it_closes(shown_by: Fact) -> None:
    timeline = fold([FIRST, shown_by, read(600, EGRESS, DB_2)])
    assert SSH in {entry.content for entry in timeline.end.closed}
    assert not shows_unexplained(timeline, AT)
    assert find(timeline, GROUP, AT, DETAILS) is None


class TestALateEvent:
    OPENED = authorize("late", 300, SSH_1)
    CLOSED = revoke("later", 301, DB_2)

    def test_that_did_what_was_found_explains_it(self) -> None:
        alert = told(FIRST, SHOWN)
        facts: list[Fact] = [FIRST, self.OPENED, self.CLOSED, SHOWN]
        assert explains(step_of("late", facts), alert)
        assert [author.event_id for author in explanation(fold(facts), alert)] == ["late", "later"]

    def test_that_did_more_than_was_found_does_not(self) -> None:
        more = authorize("late", 300, SSH_1, named(DB, "sgr-3", "other"), named(SSH, "sgr-4"))
        both = replace(more, added=(SSH_1, replace(DB, source=SSH.source, rule_id="sgr-3")))
        facts: list[Fact] = [FIRST, both, SHOWN]
        assert not explains(step_of("late", facts), told(FIRST, SHOWN))

    def test_that_did_nothing_to_the_rules_does_not(self) -> None:
        nothing = authorize("late", 300)
        facts: list[Fact] = [FIRST, nothing, SHOWN]
        assert not explains(step_of("late", facts), told(FIRST, SHOWN))
        assert explanation(fold(facts), told(FIRST, SHOWN)) == ()

    def test_of_what_happened_after_the_reading_explains_nothing(self) -> None:
        after = authorize("after", 700, SSH_1)
        assert explanation(fold([FIRST, read(600, EGRESS, DB_2), after]), told(FIRST, SHOWN)) == ()

    @pytest.mark.parametrize(
        ("event", "accounts"),
        [(OPENED, True), (CLOSED, True), (authorize("other", 300, named(SSH, "sgr-5")), True), (create(), False)],
        ids=["opened", "closed", "opened under another id", "did nothing to a rule"],
    )  # fmt: skip
    def test_accounts_for_what_the_kept_ledger_puts_down_to_nobody(
        self, event: SecurityGroupChange, accounts: bool
    ) -> None:
        kept = fold([FIRST, SHOWN]).end
        facts: list[Fact] = [FIRST, event, SHOWN]
        assert accounts_for(step_of(event.event_id, facts), kept) is accounts


def test_the_alerts_that_may_have_told_of_a_time_are_those_of_the_next_five_readings() -> None:
    readings = [read(seconds, EGRESS) for seconds in (0, 100, 200, 300, 400, 500, 600)]
    timeline = fold([authorize("a", 50, SSH_1), *readings])
    named_alerts = alerts_to_explain(timeline, GROUP, at(100))
    assert len(named_alerts) == 5
    later = alerts_to_explain(timeline, GROUP, at(500))
    assert len(later) == 2
    assert named_alerts[-1] == later[0]
    assert alerts_to_explain(Timeline(timeline.start), GROUP, at(0)) == ()
