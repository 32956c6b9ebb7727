"""What a reading of a group adds to its alert."""

from dataclasses import replace

import pytest

from bot.core.alerts import MAX_RULES_IN_ALERT, Alert
from bot.core.assessment import Severity, with_who
from bot.core.changes import (
    ChangeKind,
    GroupDetails,
    GroupKey,
    Observation,
    Outcome,
    SecurityGroupChange,
)
from bot.core.completion import complete, lacks_before, needs_reading, with_directions
from bot.core.meaning import Knowledge, Meaning
from bot.core.rules import Direction, PortRange, Rule
from bot.core.severity import SensitivePorts, SeverityPolicy
from bot.core.who import judge_who
from tests import records
from tests.records import NOW, change, rule

KEY = GroupKey("111122223333", "eu-west-1", "sg-0a1b2c3d4e5f60718")
OF_GROUP = GroupDetails(KEY, "web-prod", "vpc-0123456789abcdef0")
INGRESS, EGRESS = Direction.INGRESS, Direction.EGRESS


def alert_of(told: SecurityGroupChange, *, name: str | None = "web-prod") -> Alert:
    """Raise the alert for a change, with what is to be said of who made it, as a report does."""
    alert = records.alert_of(told, name=name)
    return replace(alert, assessment=with_who(alert.assessment, judge_who(told)))


def modified(*rules: Rule) -> SecurityGroupChange:
    undirected = tuple(replace(rule, direction=None) for rule in rules)
    return change(
        event_name="ModifySecurityGroupRules", kind=ChangeKind.MODIFY, added=(), modified=undirected
    )


def cut(event_name: str = "AuthorizeSecurityGroupIngress", kind: ChangeKind = ChangeKind.AUTHORIZE) -> Alert:
    return alert_of(change(event_name=event_name, kind=kind, added=(), is_cut=True))


def read(*rules: Rule, group: GroupDetails = OF_GROUP) -> Observation:
    return Observation(group, NOW, rules)


def completed(alert: Alert, observation: Observation) -> Alert:
    added = complete(alert, observation=observation)
    assert added is not None
    return replace(
        alert,
        group_name=added.group_name,
        vpc_id=added.vpc_id,
        digest=added.digest,
        assessment=added.assessment,
        reading=added.reading,
    )


@pytest.mark.parametrize(
    ("told", "needed"),
    [
        pytest.param(change(), False, id="rules that are all there"),
        pytest.param(modified(rule()), True, id="a modified rule of unknown direction"),
        pytest.param(with_directions(modified(rule(rule_id="sgr-1")), [rule(rule_id="sgr-1")]), False, id="of known"),
        pytest.param(change(added=(), is_cut=True), True, id="added rules left out"),
        pytest.param(modified(), False, id="nothing modified"),
        pytest.param(replace(modified(), is_cut=True), True, id="modified rules left out"),
        pytest.param(change(kind=ChangeKind.REVOKE, added=(), is_cut=True), False, id="removed rules left out"),
        pytest.param(change(kind=ChangeKind.DESCRIBE, added=(), is_cut=True), False, id="descriptions left out"),
        pytest.param(change(kind=ChangeKind.NOT_UNDERSTOOD, added=()), True, id="not understood"),
        pytest.param(change(kind=ChangeKind.DELETE, added=()), False, id="deleted"),
    ],
)  # fmt: skip
def test_a_reading_is_needed_only_for_what_the_record_leaves_out(
    told: SecurityGroupChange, needed: bool
) -> None:
    assert needs_reading(told) is needed


class TestDirections:
    def test_each_rule_gets_the_direction_of_the_rule_of_its_id(self) -> None:
        told = modified(rule(rule_id="sgr-1"), rule(rule_id="sgr-2"), rule(rule_id="sgr-3"), rule())
        known = [rule(rule_id="sgr-2", direction=EGRESS), rule(rule_id="sgr-1"), rule(direction=EGRESS)]
        directions = [each.direction for each in with_directions(told, known).modified]
        assert directions == [INGRESS, EGRESS, None, None]

    def test_a_direction_that_is_known_stays(self) -> None:
        told = with_directions(modified(rule(rule_id="sgr-1")), [rule(rule_id="sgr-1")])
        assert with_directions(told, [rule(rule_id="sgr-1", direction=EGRESS)]) == told

    def test_the_rest_of_the_rule_is_the_calls_and_not_the_readings(self) -> None:
        told = modified(rule("tcp", (22, 22), rule_id="sgr-1", description="new"))
        earlier = rule("tcp", (80, 80), "10.0.0.0/8", rule_id="sgr-1", description="old")
        [now] = with_directions(told, [earlier]).modified
        assert now == replace(told.modified[0], direction=INGRESS)


class TestModifiedRules:
    def test_egress_lowers_the_severity(self) -> None:
        alert = alert_of(modified(rule(rule_id="sgr-1")))
        after = completed(alert, read(rule(rule_id="sgr-1", direction=EGRESS)))
        assert (alert.assessment.severity, after.assessment.severity) == (
            Severity.CRITICAL,
            Severity.INFORMATIONAL,
        )
        assert after.assessment.findings == ()

    def test_ingress_keeps_it_and_is_told(self) -> None:
        alert = alert_of(modified(rule(rule_id="sgr-1")))
        after = completed(alert, read(rule(rule_id="sgr-1")))
        assert after.assessment == alert.assessment
        assert after.digest.change.modified[0].direction is INGRESS

    def test_a_rule_that_is_gone_by_now_stays_judged_as_ingress(self) -> None:
        alert = alert_of(modified(rule(rule_id="sgr-1")))
        assert complete(alert, observation=read(rule(rule_id="sgr-2", direction=EGRESS))) is None

    def test_a_change_that_is_cut_keeps_its_severity_as_the_rest_of_it_may_be_as_bad(self) -> None:
        count = MAX_RULES_IN_ALERT + 5
        alert = alert_of(modified(*(rule(rule_id=f"sgr-{n}") for n in range(count))))
        shown = read(*(rule(rule_id=each.rule_id, direction=EGRESS) for each in alert.digest.change.modified))
        after = completed(alert, shown)
        assert {each.direction for each in after.digest.change.modified} == {EGRESS}
        assert after.assessment == alert.assessment

    def test_a_reading_takes_no_place_of_what_the_record_tells(self) -> None:
        after = completed(alert_of(modified(rule(rule_id="sgr-1"))), read(rule(rule_id="sgr-1")))
        assert after.reading is None
        assert not needs_reading(after.digest.change)


class TestLeftOut:
    def test_the_worst_that_the_group_holds_counts(self) -> None:
        after = completed(cut(), read(rule("tcp", (443, 443), "10.0.0.0/8"), rule()))
        assert after.assessment.severity is Severity.CRITICAL

    def test_it_is_less_severe_where_the_group_holds_nothing_that_matters(self) -> None:
        alert = cut()
        after = completed(alert, read(rule("tcp", (443, 443), "10.0.0.0/8")))
        assert (alert.assessment.severity, after.assessment.severity) == (Severity.HIGH, Severity.LOW)
        assert completed(alert, read()).assessment.severity is Severity.INFORMATIONAL

    def test_the_reading_keeps_the_rules_that_matter_most_and_counts_all(self) -> None:
        many = [rule("tcp", (n, n), "10.0.0.0/8") for n in range(1000)]
        reading = completed(cut(), read(*many, rule())).reading
        assert reading is not None
        assert reading.rules[0] == rule()
        assert (len(reading.rules), reading.count, reading.at) == (MAX_RULES_IN_ALERT, 1001, NOW)

    @pytest.mark.parametrize(
        ("alert", "directions"),
        [
            pytest.param(cut(), {INGRESS}, id="ingress was added"),
            pytest.param(cut("AuthorizeSecurityGroupEgress"), {EGRESS}, id="egress was added"),
            pytest.param(
                cut("ModifySecurityGroupRules", ChangeKind.MODIFY), {INGRESS, EGRESS}, id="modified"
            ),
        ],
    )
    def test_only_rules_that_the_call_can_have_made_are_read(
        self, alert: Alert, directions: set[Direction]
    ) -> None:
        reading = completed(alert, read(rule(), rule(direction=EGRESS))).reading
        assert reading is not None
        assert {each.direction for each in reading.rules} == directions

    def test_a_later_reading_takes_the_place_of_the_first(self) -> None:
        first = completed(cut(), read(rule()))
        second = completed(first, read())
        assert second.reading is not None
        assert (second.reading.count, second.assessment.findings) == (0, ())

    @pytest.mark.parametrize("kind", [ChangeKind.REVOKE, ChangeKind.DESCRIBE])
    def test_what_opens_nothing_is_not_read(self, kind: ChangeKind) -> None:
        assert complete(cut("RevokeSecurityGroupIngress", kind), observation=read(rule())) is None


class TestNames:
    def test_a_name_is_learned_and_nothing_else_changes(self) -> None:
        alert = alert_of(change(), name=None)
        after = completed(alert, read())
        assert after == replace(alert, group_name="web-prod", vpc_id="vpc-0123456789abcdef0")

    def test_a_known_name_stays(self) -> None:
        alert = replace(alert_of(change(), name="first"), vpc_id=None)
        after = completed(alert, read())
        assert (after.group_name, after.vpc_id) == ("first", "vpc-0123456789abcdef0")

    @pytest.mark.parametrize(
        "group", [OF_GROUP, GroupDetails(KEY, None, None)], ids=["nothing new", "nothing told"]
    )
    def test_what_is_known_already_adds_nothing(self, group: GroupDetails) -> None:
        assert complete(alert_of(change()), observation=read(rule(), group=group)) is None


@pytest.mark.parametrize(
    "alert",
    [alert_of(change(), name=None), alert_of(modified(rule(rule_id="sgr-1"))), cut()],
    ids=["a name", "a direction", "left out"],
)
def test_the_same_reading_changes_nothing_the_second_time(alert: Alert) -> None:
    observation = read(rule(rule_id="sgr-1"))
    after = completed(alert, observation)
    assert complete(after, observation=observation) is None or completed(after, observation) == after


DEFAULT = GroupDetails(KEY, "default", "vpc-0123456789abcdef0")


def test_a_name_that_is_learned_can_make_a_change_matter_more() -> None:
    alert = replace(alert_of(change(rule(source="10.0.0.0/8"))), group_name=None)
    added = complete(alert, observation=read(group=DEFAULT))
    assert added
    assert (added.assessment.severity, added.is_more) == (Severity.HIGH, True)
    assert [remark.control for remark in added.assessment.remarks] == ["EC2.2, CIS AWS 7.0 §6.5"]


def test_a_name_that_is_learned_of_what_cannot_be_told_leaves_its_judgement() -> None:
    alert = completed(cut(), read(rule(source="10.0.0.0/8")))
    named = complete(replace(alert, group_name=None), group=DEFAULT)
    assert named
    assert named.assessment == alert.assessment


def test_what_comes_to_be_known_is_judged_by_the_policy() -> None:
    policy = SeverityPolicy(sensitive=(SensitivePorts("billing API", PortRange(8444, 8444)),))
    added = complete(cut(), observation=read(rule("tcp", (8444, 8444))), policy=policy)
    assert added
    assert added.assessment.severity is Severity.CRITICAL


@pytest.mark.parametrize(
    ("alert", "lacks"),
    [
        pytest.param(alert_of(change()), True, id="nothing is known"),
        pytest.param(replace(alert_of(change()), meaning=Meaning(Knowledge.NOT_READ)), True, id="not read"),
        pytest.param(replace(alert_of(change()), meaning=Meaning(Knowledge.KNOWN)), False, id="known"),
        pytest.param(alert_of(change(outcome=Outcome.DENIED)), False, id="denied"),
        pytest.param(alert_of(change(kind=ChangeKind.MEMBERSHIP, added=())), False, id="not about rules"),
    ],
)
def test_before_is_lacked_where_rules_changed_and_nobody_had_read_the_group(
    alert: Alert, lacks: bool
) -> None:
    assert lacks_before(alert) is lacks
