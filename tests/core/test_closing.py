"""Whether what an alert opened is closed, since when, and by whom."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from ipaddress import ip_network
from typing import Any

import pytest

from bot.core.alerts import Alert, AlertStatus, Closing, digest_of
from bot.core.assessment import Assessment, Severity, assess, with_who
from bot.core.bursts import LONGEST, QUIET_AFTER
from bot.core.changes import (
    ChangeKind,
    GroupDetails,
    GroupKey,
    Membership,
    Observation,
    SecurityGroupChange,
)
from bot.core.closing import (
    MOST_CHANGES,
    closing_in,
    concerns,
    is_burst_over,
    is_closed,
    last_of,
    left_of,
    openings,
    waits_to_close,
)
from bot.core.fold import fold
from bot.core.ledger import NOTHING_KNOWN, Fact, Ledger, Timeline
from bot.core.meaning import MAX_SHOWN, Knowledge, Meaning
from bot.core.parts import Part
from bot.core.rules import PrefixList, Rule
from bot.core.severity import Remark
from tests.ledgers import START, at, ledger, moment, written
from tests.makers import ALICE, GROUP, a_change, an_alert

SSH, INSIDE, OUT = written("tcp 22 0.0.0.0/0"), written("tcp 5432 10.0.0.0/8"), written("egress all ::/0")
WIDE = written("tcp 3306 52.0.0.0/8")
BOB = replace(ALICE, name="bob")


def telling(meaning: Meaning | None, **change: Any) -> Alert:
    """An alert of a change at START."""
    return replace(an_alert(a_change(**{"time": START, **change})), meaning=meaning)


def opening(*rules: Rule, opened: Sequence[Rule] = (), **more: Any) -> Meaning:
    return Meaning(Knowledge.KNOWN, newly=rules, opened=tuple(opened), **more)


INTERNAL = telling(opening(INSIDE))


class TestWaiting:
    """An alert waits while it is live, and what it opened can be followed."""

    @pytest.mark.parametrize(
        ("alert", "waits"),
        [
            (INTERNAL, True),
            (replace(INTERNAL, status=AlertStatus.ACKNOWLEDGED), True),
            (replace(INTERNAL, status=AlertStatus.CLOSED), False),
            (replace(INTERNAL, status=AlertStatus.NOTED), False),
            (telling(opening(OUT)), False),
            (telling(None), False),
            (replace(telling(None), changes=2), True),
            (replace(INTERNAL, changes=MOST_CHANGES), True),
            (replace(INTERNAL, changes=MOST_CHANGES + 1), False),
        ],
    )
    def test_it_waits(self, alert: Alert, waits: bool) -> None:
        assert waits_to_close(alert) is waits

    def test_a_burst_is_over_when_its_card_says_so_or_it_cannot_go_on(self) -> None:
        assert is_burst_over(replace(INTERNAL, is_over=True), START)
        assert not is_burst_over(INTERNAL, START + LONGEST + QUIET_AFTER)
        assert is_burst_over(INTERNAL, START + LONGEST + QUIET_AFTER + timedelta(seconds=1))


def cut(
    name: str = "AuthorizeSecurityGroupIngress", kind: ChangeKind = ChangeKind.AUTHORIZE
) -> dict[str, Any]:
    return {"cuts": (a_change("cut", event_name=name, kind=kind, is_cut=True, added=()),)}


WORLDS = tuple(written(f"tcp {9000 + number} 0.0.0.0/0") for number in range(MAX_SHOWN))
EITHER = replace(INSIDE, direction=None)


def test_what_is_left_is_said_of_all_that_was_let_in_also_of_what_matters_little() -> None:
    alert = telling(opening(SSH, INSIDE, opened=[SSH]))
    assert left_of(alert, ledger(SSH, INSIDE), {}) == (SSH, INSIDE)
    assert left_of(alert, ledger(INSIDE), {}) == (INSIDE,)
    assert left_of(telling(None), ledger(SSH), {}) == ()


class TestWhatMayBeOpen:
    """Nothing is called closed that may be open."""

    @pytest.mark.parametrize(
        ("meaning", "stands", "closed"),
        [
            pytest.param(opening(INSIDE), ledger(), True, id="nothing is admitted"),
            pytest.param(opening(INSIDE), ledger(INSIDE), False, id="it is"),
            pytest.param(opening(INSIDE), ledger("tcp 5432 10.9.0.0/16"), False, id="a part of it is"),
            pytest.param(opening(INSIDE), ledger(OUT, "tcp 443 10.0.0.0/8"), True, id="something else is"),
            pytest.param(opening(INSIDE), ledger(doubts=((INSIDE, START),)), False, id="in doubt"),
            pytest.param(opening(INSIDE), ledger(blanks=("sgr-1",)), False, id="a rule of unknown content"),
            pytest.param(opening(INSIDE), ledger(**cut()), False, id="AWS left out what was opened"),
            pytest.param(
                opening(INSIDE), ledger(**cut("AuthorizeSecurityGroupEgress")), True, id="or let out"
            ),
            pytest.param(
                opening(INSIDE), ledger(**cut("RevokeSecurityGroupIngress", ChangeKind.REVOKE)), True, id="or taken"
            ),
            pytest.param(opening(INSIDE), NOTHING_KNOWN, False, id="nobody has read the group"),
            pytest.param(
                opening(INSIDE), Ledger(deleted=moment(5), blanks=("sgr-1",)), True, id="nor will, as it is deleted"
            ),
            pytest.param(opening(EITHER), ledger(), False, id="nobody knows which way it goes"),
            pytest.param(
                opening(SSH, INSIDE, opened=[SSH]), ledger(INSIDE), True, id="a private range is left"
            ),
            pytest.param(
                opening(SSH, WIDE, opened=[SSH]), ledger(WIDE), False, id="a wide public range is left"
            ),
            pytest.param(opening(SSH, opened=[SSH]), ledger("tcp 22 10.0.0.0/8"), True, id="narrowed"),
            pytest.param(
                opening(INSIDE, more_newly=1), ledger("tcp 443 10.0.0.0/8"), False, id="it may be what is not kept"
            ),
            pytest.param(
                opening(INSIDE, more_newly=1),
                ledger(doubts=((written("tcp 443 10.0.0.0/8"), START),)),
                False,
                id="or may be that",
            ),
            pytest.param(opening(INSIDE, more_newly=1), ledger(OUT), True, id="nobody is let in"),
            pytest.param(
                opening(*WORLDS, opened=WORLDS), ledger("tcp 1 0.0.0.0/0"), False, id="the internet may be, of many"
            ),
            pytest.param(
                opening(*WORLDS, opened=WORLDS), ledger("tcp 1 10.0.0.0/8"), True, id="it is not the internet"
            ),
        ],
    )  # fmt: skip
    def test_it_is_closed(self, meaning: Meaning, stands: Ledger, closed: bool) -> None:
        assert is_closed(telling(meaning), stands, {}) is closed

    def test_what_told_nothing_has_nothing_open(self) -> None:
        assert is_closed(telling(None), ledger(SSH), {})


def fact(minutes: float, kind: ChangeKind, *rules: Rule, **more: Any) -> SecurityGroupChange:
    moved = {"added": rules} if kind is ChangeKind.AUTHORIZE else {"added": (), "removed": rules}
    return a_change(f"event{minutes:+}", kind=kind, time=at(minutes), **{**moved, "principal": BOB, **more})


def read(minutes: float, *rules: Rule) -> Observation:
    return Observation(GroupDetails(GROUP, None, None), at(minutes), rules)


OWN = fact(0, ChangeKind.AUTHORIZE, INSIDE, principal=ALICE)
ALERT = telling(opening(INSIDE), event_id="event+0")


def folded(*facts: Fact) -> Timeline:
    return fold([OWN, *facts], ledger())


class TestWhoClosedIt:
    """The closing is that after which nothing of it was open any more."""

    def test_it_is_who_took_the_last_of_it(self) -> None:
        timeline = folded(
            fact(-1, ChangeKind.AUTHORIZE, written("tcp 1 10.0.0.0/8")),
            fact(1, ChangeKind.REVOKE, written("tcp 1 10.0.0.0/8")),
            fact(2, ChangeKind.REVOKE, INSIDE),
            fact(3, ChangeKind.AUTHORIZE, SSH),
        )
        assert closing_in(ALERT, timeline, {}) == Closing(at(2), "bob", "event+2", START)

    def test_of_the_same_second_it_is_one_that_came_after_it(self) -> None:
        opened = replace(INSIDE, rule_id="sgr-1")
        again = fact(0, ChangeKind.REVOKE, opened)
        timeline = fold([replace(OWN, added=(opened,)), replace(again, event_id="event-a")], ledger())
        assert closing_in(ALERT, timeline, {}) == Closing(START, "bob", "event-a", START)

    def test_a_reading_that_does_not_show_it_tells_of_an_event_not_seen(self) -> None:
        assert closing_in(ALERT, folded(read(5)), {}) == Closing(at(5), None, None, START)

    def test_so_does_a_change_that_shows_that_something_else_is_there(self) -> None:
        opened = replace(INSIDE, rule_id="sgr-1")
        first = replace(OWN, added=(opened,))
        shows = fact(4, ChangeKind.REVOKE, replace(written("tcp 1 10.0.0.0/8"), rule_id="sgr-1"))
        timeline = fold([first, shows], ledger())
        assert closing_in(ALERT, timeline, {}) == Closing(at(4), None, None, START)

    def test_what_is_open_still_has_none(self) -> None:
        assert closing_in(ALERT, folded(fact(1, ChangeKind.AUTHORIZE, SSH)), {}) is None

    def test_nor_has_what_was_closed_before_the_timeline_begins(self) -> None:
        timeline = fold([fact(9, ChangeKind.AUTHORIZE, SSH)], ledger())
        assert closing_in(ALERT, timeline, {}) is None

    def test_what_was_opened_before_that_may_have_been_closed_since(self) -> None:
        timeline = fold([fact(9, ChangeKind.REVOKE, INSIDE)], ledger(INSIDE))
        assert closing_in(ALERT, timeline, {}) == Closing(at(9), "bob", "event+9", START)

    def test_an_edit_of_a_list_is_none_of_the_changes_that_came_before_it(self) -> None:
        of_list = replace(INSIDE, source=PrefixList("pl-1"))
        timeline = fold([replace(OWN, added=(of_list,)), fact(1, ChangeKind.AUTHORIZE, SSH)], ledger())
        assert is_closed(ALERT, timeline.end, {"pl-1": ()})
        assert closing_in(ALERT, timeline, {"pl-1": ()}) is None
        assert not is_closed(ALERT, timeline.end, {"pl-1": (ip_network("10.0.0.0/8"),)})

    def test_nothing_happened_since(self) -> None:
        early = fold([fact(-1, ChangeKind.AUTHORIZE, SSH)], ledger())
        assert closing_in(ALERT, early, {}) is None

    def test_of_several_the_last_is_told_in_whatever_order_they_are_found(self) -> None:
        first, same, other, unseen = (
            Closing(at(3), "bob", "a", at(1)),
            Closing(at(5), "carol", "b", at(2)),
            Closing(at(5), "dave", "c", None),
            Closing(at(4), None, None, at(1)),
        )
        closings = [first, same, other, unseen]
        assert last_of(closings) == last_of(closings[::-1]) == Closing(at(5), "dave", "c", at(1))
        assert last_of([other]) == other


def a_part(meaning: Meaning | None, about_who: tuple[Remark, ...] = (), **change: Any) -> Part:
    told = a_change(**{"time": START, "added": (), **change})
    assessment: Assessment = with_who(assess(told, meaning=meaning), about_who)
    return Part(1, digest_of(told, 20), assessment, meaning)


OPENS = a_part(opening(INSIDE), added=(INSIDE,))
OTHER_GROUP = GroupKey(GROUP.account_id, GROUP.region, "sg-other")
UNDER: dict[str, Any] = {"kind": ChangeKind.MEMBERSHIP, "effect": Membership("eni-1")}
BY_ROOT = (Remark(Severity.MEDIUM, "By the account's root user."),)


class TestBursts:
    """A burst is closed with what it opened on each of its groups, where it is for nothing else to be looked at."""

    def test_each_thing_is_told_alone_by_its_group(self) -> None:
        further = a_part(opening(SSH), group_id="sg-other", added=(SSH,))
        gathering = replace(INTERNAL, changes=3)
        opened = openings(gathering, [OPENS, further, OPENS])
        assert opened
        assert {key: len(alerts) for key, alerts in opened.items()} == {GROUP: 2, OTHER_GROUP: 1}
        assert [alert.changes for alert in opened[GROUP]] == [1, 1]
        assert opened[OTHER_GROUP][0].meaning == further.meaning

    @pytest.mark.parametrize(
        ("part", "may_close"),
        [
            pytest.param(a_part(opening(OUT), kind=ChangeKind.CREATE), True, id="a group is created"),
            pytest.param(a_part(opening(OUT), added=(OUT,)), True, id="only let out"),
            pytest.param(a_part(opening(), kind=ChangeKind.REVOKE, removed=(SSH,)), True, id="something is taken"),
            pytest.param(a_part(None, group_id=None, kind=ChangeKind.REVOKE, removed=(SSH,)), True, id="wherever"),
            pytest.param(a_part(opening(), added=(INSIDE,)), True, id="another rule admits it already"),
            pytest.param(a_part(opening(), BY_ROOT, kind=ChangeKind.REVOKE, removed=(SSH,)), False, id="by root"),
            pytest.param(a_part(None, group_id=None, added=(INSIDE,)), False, id="in a group that is not known"),
            pytest.param(a_part(None, group_id=None, added=(SSH,)), False, id="to the internet"),
            pytest.param(a_part(opening(EITHER), modified=(EITHER,), kind=ChangeKind.MODIFY), False, id="either way"),
            pytest.param(a_part(Meaning(Knowledge.LEFT_OUT), is_cut=True), False, id="left out"),
            pytest.param(a_part(None, **UNDER), False, id="something is put under it"),
        ],
    )  # fmt: skip
    def test_what_else_it_did_is_no_matter_or_is_for_a_person(self, part: Part, may_close: bool) -> None:
        assert (openings(INTERNAL, [OPENS, part]) is not None) is may_close

    @pytest.mark.parametrize(
        ("part", "is_so"),
        [
            (OPENS, True),
            (a_part(Meaning(Knowledge.LEFT_OUT), is_cut=True), True),
            (a_part(opening(EITHER), modified=(EITHER,), kind=ChangeKind.MODIFY), True),
            (a_part(opening(), kind=ChangeKind.REVOKE, removed=(SSH,)), False),
            (replace(OPENS, digest=digest_of(a_change(group_id="sg-other"), 20)), False),
        ],
    )
    def test_a_group_is_concerned_by_what_opened_something_on_it_or_may_have(
        self, part: Part, is_so: bool
    ) -> None:
        assert concerns(part, GROUP) is is_so
