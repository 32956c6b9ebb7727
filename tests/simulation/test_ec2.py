"""The simulation itself: it does what EC2 is known to do, and its records tell what it did."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core.changes import ChangeKind, Outcome
from bot.core.cloudtrail import parse_change
from bot.core.rules import Direction, Rule
from tests.simulation.calls import (
    Authorize,
    Call,
    Create,
    Delete,
    Describe,
    DescribeByIds,
    Modify,
    Revoke,
    RevokeByIds,
)
from tests.simulation.choosing import LARGE, SMALL, Dice, Habits
from tests.simulation.ec2 import DEFAULT_EGRESS, Done, Ec2, content
from tests.simulation.histories import START, Fate
from tests.simulation.playing import Beginning, Circumstances, play
from tests.simulation.readings import MAX_LAG, read
from tests.simulation.records import event_of
from tests.simulation.shapes import Era, IdList, Shape

INGRESS = Direction.INGRESS
SSH, ALL, DNS = (rule for rule in SMALL if rule.direction is INGRESS)


class Account:
    """An account in which each call comes a second after the one before."""

    def __init__(self, *, default_vpc: bool = False) -> None:
        self.ec2 = Ec2(default_vpc=default_vpc)
        self.now = START
        self.group_id = self.do(Create()).group_id or ""

    def do(self, call: Call) -> Done:
        self.now += timedelta(seconds=1)
        return self.ec2.do(call, self.now)

    def authorize(self, *rules: Rule) -> Done:
        return self.do(Authorize(self.group_id, INGRESS, rules))

    def revoke(self, *rules: Rule) -> Done:
        return self.do(Revoke(self.group_id, INGRESS, rules))

    @property
    def rules(self) -> tuple[Rule, ...]:
        return tuple((self.ec2.rules(self.group_id) or {}).values())

    @property
    def contents(self) -> set[Rule]:
        return {content(rule) for rule in self.rules}

    def id_of(self, wanted: Rule) -> str:
        return next(rule.rule_id or "" for rule in self.rules if content(rule) == wanted)


class TestCalls:
    def test_a_new_group_lets_everything_out(self) -> None:
        assert Account().contents == {DEFAULT_EGRESS}

    def test_authorize_makes_rules_with_ids_that_were_never_used(self) -> None:
        account = Account()
        account.authorize(replace(SSH, description="a"), DNS)
        first = account.id_of(SSH)
        account.revoke(SSH)
        account.authorize(SSH)
        assert account.contents == {DEFAULT_EGRESS, SSH, DNS}
        assert account.id_of(SSH) != first

    def test_authorize_of_a_content_that_is_there_is_refused_as_a_whole(self) -> None:
        account = Account()
        account.authorize(SSH)
        done = account.authorize(DNS, replace(SSH, description="another text"))
        assert done.error_code == "InvalidPermission.Duplicate"
        assert account.contents == {DEFAULT_EGRESS, SSH}

    def test_authorize_of_one_content_twice_is_refused(self) -> None:
        assert Account().authorize(SSH, replace(SSH, description="a")).error_code == "InvalidParameterValue"

    def test_revoke_of_what_is_not_there_is_refused_as_a_whole(self) -> None:
        account = Account()
        account.authorize(SSH)
        assert account.revoke(SSH, DNS).error_code == "InvalidPermission.NotFound"
        assert SSH in account.contents

    def test_revoke_of_what_is_not_there_is_no_error_in_a_default_vpc(self) -> None:
        account = Account(default_vpc=True)
        account.authorize(SSH)
        done = account.revoke(SSH, DNS)
        assert (done.error_code, done.unmatched) == (None, (DNS,))
        assert account.contents == {DEFAULT_EGRESS}

    def test_revoke_by_id_needs_the_id_and_its_direction(self) -> None:
        account = Account()
        account.authorize(SSH)
        rule_id = account.id_of(SSH)
        wrong = account.do(RevokeByIds(account.group_id, Direction.EGRESS, (rule_id,)))
        assert wrong.error_code == "InvalidSecurityGroupRuleId.NotFound"
        account.do(RevokeByIds(account.group_id, INGRESS, (rule_id,)))
        assert account.contents == {DEFAULT_EGRESS}
        again = account.do(RevokeByIds(account.group_id, INGRESS, (rule_id,)))
        assert again.error_code == "InvalidSecurityGroupRuleId.NotFound"

    def test_modify_keeps_id_and_direction_and_a_description_that_is_not_given(self) -> None:
        account = Account()
        account.authorize(replace(SSH, description="a"))
        rule_id = account.id_of(SSH)
        account.do(Modify(account.group_id, (replace(DNS, direction=None, rule_id=rule_id),)))
        assert replace(DNS, description="a", rule_id=rule_id) in account.rules

    def test_modify_may_swap_contents_but_not_make_one_of_two(self) -> None:
        account = Account()
        account.authorize(SSH, DNS)
        ssh, dns = account.id_of(SSH), account.id_of(DNS)
        to_dns, to_ssh = replace(DNS, direction=None, rule_id=ssh), replace(SSH, direction=None, rule_id=dns)
        assert account.do(Modify(account.group_id, (to_dns,))).error_code == "InvalidPermission.Duplicate"
        assert account.do(Modify(account.group_id, (to_dns, to_ssh))).error_code is None
        assert (account.id_of(SSH), account.id_of(DNS)) == (dns, ssh)

    def test_descriptions_change_nothing_else(self) -> None:
        account = Account()
        account.authorize(replace(SSH, description="a"), DNS)
        ssh, dns = account.id_of(SSH), account.id_of(DNS)
        account.do(Describe(account.group_id, INGRESS, (SSH,)))
        account.do(DescribeByIds(account.group_id, INGRESS, ((dns, "b"),)))
        assert set(account.rules) >= {
            replace(SSH, rule_id=ssh),
            replace(DNS, rule_id=dns, description="b"),
        }

    def test_nothing_is_left_of_a_deleted_group(self) -> None:
        account = Account()
        account.do(Delete(account.group_id))
        assert account.ec2.rules(account.group_id) is None
        assert account.ec2.groups == ()
        assert account.authorize(SSH).error_code == "InvalidGroup.NotFound"


class TestTruth:
    def test_what_was_so_at_a_moment_can_be_asked_later(self) -> None:
        account = Account()
        done = account.authorize(SSH)
        account.revoke(SSH)

        def held(at: timedelta) -> int:
            return len(account.ec2.rules_at(account.group_id, done.at + at) or {})

        assert [held(timedelta(seconds=seconds)) for seconds in (-0.1, 0, 0.9, 1)] == [1, 2, 2, 1]
        assert account.ec2.rules_at(account.group_id, START) is None

    def test_a_rule_lives_once_for_each_content_that_it_had(self) -> None:
        account = Account()
        opened = account.authorize(SSH).at
        rule_id = account.id_of(SSH)
        modified = account.do(Modify(account.group_id, (replace(DNS, direction=None, rule_id=rule_id),))).at
        lives = [life for life in account.ec2.lives(account.group_id) if life.rule_id == rule_id]
        assert [(life.content, life.opened, life.closed) for life in lives] == [
            (SSH, opened, modified),
            (DNS, modified, None),
        ]


class TestReadings:
    def test_a_reading_lags_for_each_rule_by_itself(self) -> None:
        account = Account()
        account.authorize(SSH)
        first = account.id_of(SSH)
        account.now += timedelta(seconds=30)
        account.revoke(SSH)
        account.authorize(DNS)
        ages = {first: timedelta(seconds=10)}
        lagging = read(account.ec2, account.group_id, account.now, lambda name: ages.get(name, timedelta()))
        assert {content(rule) for rule in lagging.rules} == {DEFAULT_EGRESS, SSH, DNS}
        exact = read(account.ec2, account.group_id, account.now)
        assert {content(rule) for rule in exact.rules} == {DEFAULT_EGRESS, DNS}

    def test_a_reading_never_lags_by_more_than_a_minute(self) -> None:
        account = Account()
        account.authorize(SSH)
        account.revoke(SSH)
        late = read(account.ec2, account.group_id, account.now + MAX_LAG, lambda _: MAX_LAG)
        assert {content(rule) for rule in late.rules} == {DEFAULT_EGRESS}


SHAPES = [
    Shape(),
    Shape(Era.IDS, is_grouped=True),
    Shape(Era.BARE),
    Shape(Era.BARE, is_direct=True, id_list=IdList.BARE),
    Shape(Era.IDS, is_loose=True, tells_revoked=True),
    Shape(is_direct=True, is_loose=True, is_grouped=True, id_list=IdList.SET),
    Shape(tells_revoked=True, id_list=IdList.BARE),
]


@pytest.mark.parametrize("shape", SHAPES, ids=str)
class TestRecords:
    """Whatever the shape, the parser reads of a record what the call did, as far as that shape tells it."""

    def test_of_any_call_that_was_carried_out(self, shape: Shape) -> None:
        told = 0
        dice = Dice(7)
        for _ in range(300):
            history = play(dice, Circumstances(Habits(LARGE), most=6))
            for done in (item.done for item in history.told):
                self.check(done, shape)
                told += 1
        assert told > 600

    def check(self, done: Done, shape: Shape) -> None:
        change = parse_change(event_of(done, shape, "event-1"))
        assert change.group_id == done.group_id
        assert timedelta() <= done.at - change.time < timedelta(seconds=1)
        if done.error_code is not None:
            assert change.outcome is Outcome.FAILED
            return
        assert change.outcome is Outcome.SUCCEEDED
        opened, closed = set(done.opened), set(done.closed)
        match change.kind:
            case ChangeKind.CREATE:
                assert opened
            case ChangeKind.DELETE:
                assert not change.added + change.removed
            case ChangeKind.AUTHORIZE:
                told = (
                    opened if shape.era is not Era.BARE else {replace(rule, rule_id=None) for rule in opened}
                )
                assert set(change.added) == told
            case ChangeKind.REVOKE if shape.tells_revoked:
                assert set(change.removed) == closed
                assert not change.removed_rule_ids
            case ChangeKind.REVOKE if change.removed_rule_ids:
                assert set(change.removed_rule_ids) == {rule.rule_id for rule in closed}
            case ChangeKind.REVOKE:
                unmatched = {content(rule) for rule in done.unmatched}
                assert {content(rule) for rule in change.removed} - unmatched == {
                    content(rule) for rule in closed
                }
            case ChangeKind.MODIFY:
                for rule in change.modified:
                    now = done.after[rule.rule_id or ""]
                    assert replace(rule, direction=now.direction, description=None) == replace(
                        now, description=None
                    )
                    assert rule.description in (None, now.description)
            case ChangeKind.DESCRIBE:
                for edit in change.described:
                    named = edit.rule
                    now = next(
                        rule
                        for rule in done.after.values()
                        if (
                            rule.rule_id == named
                            if isinstance(named, str)
                            else content(rule) == content(named)
                        )
                    )
                    assert now.description == edit.description
            case _:
                raise AssertionError(change.kind)


def test_a_cut_record_says_so_and_names_the_group() -> None:
    account = Account()
    change = parse_change(event_of(account.authorize(SSH), Shape(is_cut=True), "event-1"))
    assert change.is_cut
    assert not change.added
    assert change.group_id == account.group_id


def test_a_history_can_be_read_by_people() -> None:
    history = play(Dice(11), Circumstances(beginnings=(Beginning.READ,), lost=30))
    words = repr(history)
    assert words.startswith("History")
    assert len(words.splitlines()) >= 1 + len(history.told) + len(history.readings) + 1
    assert all(told.change.event_id in words for told in history.told)


def test_a_history_has_what_the_laws_are_about() -> None:
    histories = [play(Dice(seed), Circumstances(lost=20, late=10, twice=10, cut=5)) for seed in range(300)]
    told = [item for history in histories for item in history.told]
    assert {item.fate for item in told} == set(Fate)
    assert any(history.has_ties for history in histories)
    assert any(item.change.is_cut for item in told)
    assert {item.change.kind for item in told} >= {
        ChangeKind.CREATE,
        ChangeKind.DELETE,
        ChangeKind.AUTHORIZE,
        ChangeKind.REVOKE,
        ChangeKind.MODIFY,
        ChangeKind.DESCRIBE,
    }
    assert any(not item.is_carried_out for item in told)
    assert any(history.names_only_told_ids() for history in histories)
    assert not all(history.names_only_told_ids() for history in histories)


def test_a_last_reading_tells_the_truth_however_it_lags() -> None:
    for seed in range(100):
        history = play(Dice(seed), Circumstances())
        assert (history.last is None) == (history.group_id not in history.ec2.groups)
        if history.last:
            assert set(history.last.rules) == set(history.rules_at(history.last.at))
