"""What a mute hides, and what one can mute from a card."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.core.assessment import Finding, Remark, Severity, assess, with_who
from bot.core.changes import GroupKey, Membership, Outcome, Principal, PrincipalKind
from bot.core.mutes import MutedPrincipal, MuteSubject, can_be_muted, mute_id_for, subjects_of
from tests.makers import ALICE, GROUP, NOW, a_change, a_rule, an_alert
from tests.quieting import a_mute, by_ci

OTHER = GroupKey(GROUP.account_id, GROUP.region, "sg-0d4e5f60718293041")
SSH = "SSH (tcp 22) open to the internet"
HIGH = a_change(added=(a_rule(port=8443),))
TCP_8443 = "tcp 8443 open to the internet"


def hides(subject: MuteSubject, change: Any = HIGH, **more: Any) -> bool:
    return a_mute(subject=subject, **more).hides(change, assess(change), NOW)


@pytest.mark.parametrize(
    "subject",
    [
        pytest.param(MuteSubject(group=GROUP), id="group"),
        pytest.param(MuteSubject(group=GROUP, group_name="was called so"), id="group by another name"),
        pytest.param(MuteSubject(principal=MutedPrincipal("any", None, ALICE.key)), id="principal by key"),
        pytest.param(MuteSubject(principal=MutedPrincipal(ALICE.label, GROUP.account_id)), id="principal by name"),
        pytest.param(MuteSubject(finding="EC2.18"), id="control"),
        pytest.param(MuteSubject(finding=TCP_8443), id="finding"),
        pytest.param(MuteSubject(group=GROUP, finding=TCP_8443), id="finding on the group"),
    ],
)  # fmt: skip
def test_it_hides_what_it_is_about(subject: MuteSubject) -> None:
    assert hides(subject)


@pytest.mark.parametrize(
    "subject",
    [
        pytest.param(MuteSubject(group=OTHER), id="another group"),
        pytest.param(MuteSubject(group=replace(GROUP, region="eu-west-1")), id="another region"),
        pytest.param(MuteSubject(principal=MutedPrincipal(ALICE.label, GROUP.account_id, "role:x")), id="key"),
        pytest.param(MuteSubject(principal=MutedPrincipal(ALICE.label, "444455556666")), id="account"),
        pytest.param(MuteSubject(finding="EC2.19"), id="another control"),
        pytest.param(MuteSubject(finding=SSH), id="another finding"),
        pytest.param(MuteSubject(group=OTHER, finding=TCP_8443), id="on another group"),
        pytest.param(MuteSubject(), id="nothing"),
    ],
)  # fmt: skip
def test_it_hides_nothing_else(subject: MuteSubject) -> None:
    assert not hides(subject)


def test_what_finds_more_than_is_muted_is_told() -> None:
    two = a_change(added=(a_rule(port=8443), a_rule(port=8444)))
    assert not hides(MuteSubject(finding=TCP_8443), two)
    assert hides(MuteSubject(finding="EC2.18"), two)
    many = replace(assess(HIGH), more_findings=1)
    assert not a_mute(subject=MuteSubject(finding=TCP_8443)).hides(HIGH, many, NOW)


@pytest.mark.parametrize(
    ("remark", "is_hidden"),
    [
        pytest.param(Remark(Severity.MEDIUM, "By the account's root user.", "CloudWatch.1"), False, id="root"),
        pytest.param(Remark(Severity.HIGH, "Called from account 999988887777, which is not known."), False, id="an account not known"),
        pytest.param(Remark(Severity.LOW, "Managed by stack net: will drift."), True, id="drift"),
    ],
)  # fmt: skip
def test_a_kind_of_finding_does_not_hide_who_made_it(remark: Remark, is_hidden: bool) -> None:
    by_whom = with_who(assess(HIGH), (remark,))
    assert a_mute(subject=MuteSubject(finding=TCP_8443)).hides(HIGH, by_whom, NOW) is is_hidden
    alert = replace(an_alert(HIGH), assessment=by_whom)
    assert ("kind" in subjects_of(alert)) is is_hidden


def test_a_change_without_findings_is_of_no_kind() -> None:
    assert not hides(MuteSubject(finding="EC2.18"), by_ci())


def test_a_call_on_several_groups_is_hidden_by_none_of_them() -> None:
    several = a_change(group_id=None, mentioned=(GROUP.group_id, OTHER.group_id), effect=Membership("eni-0"))
    assert not hides(MuteSubject(group=GROUP), several)
    assert not hides(MuteSubject(group=GROUP), a_change(group_id=None))


def test_a_critical_breaks_through_unless_the_mute_says_otherwise() -> None:
    subject = MuteSubject(group=GROUP)
    assert assess(a_change()).severity is Severity.CRITICAL
    assert not hides(subject, a_change())
    assert hides(subject, a_change(), also_critical=True)
    assert hides(subject, HIGH)


@pytest.mark.parametrize(
    ("since", "until", "holds"),
    [
        (timedelta(0), timedelta(seconds=1), True),
        (timedelta(seconds=-1), timedelta(0), False),
        (timedelta(seconds=1), timedelta(days=1), False),
    ],
)
def test_it_holds_from_its_beginning_until_right_before_its_end(
    since: timedelta, until: timedelta, holds: bool
) -> None:
    assert hides(MuteSubject(group=GROUP), since=NOW + since, until=NOW + until) is holds


def test_asking_twice_is_one_mute() -> None:
    assert mute_id_for("V0123") == mute_id_for("V0123") != mute_id_for("V0124")
    assert len(mute_id_for("\udc00")) == 12


class TestFromACard:
    def test_the_kind_on_this_group_comes_first(self) -> None:
        alert = an_alert()
        subjects = subjects_of(replace(alert, group_name="web-prod"))
        assert list(subjects) == ["kind_here", "group", "principal", "kind"]
        assert subjects["kind_here"] == MuteSubject(group=GROUP, group_name="web-prod", finding=SSH)
        assert subjects["group"] == MuteSubject(group=GROUP, group_name="web-prod")
        assert subjects["principal"].principal == MutedPrincipal(ALICE.label, ALICE.account_id, ALICE.key)
        assert subjects["kind"] == MuteSubject(finding=SSH)

    def test_each_would_hide_the_likes_of_the_alert(self) -> None:
        alert = an_alert(HIGH)
        assert all(hides(subject) for subject in subjects_of(alert).values())

    def test_of_several_findings_none_is_offered_alone(self) -> None:
        two = a_change(added=(a_rule(port=8443), a_rule(port=22)))
        assert list(subjects_of(an_alert(two))) == ["group", "principal"]
        more = replace(an_alert(), assessment=replace(an_alert().assessment, more_findings=3))
        assert list(subjects_of(more)) == ["group", "principal"]

    def test_what_is_not_known_cannot_be_muted(self) -> None:
        nobody = Principal(PrincipalKind.UNKNOWN, "not given", None, None, "not given:not given", "")
        unknown = a_change(group_id=None, principal=nobody, added=())
        assert subjects_of(an_alert(unknown)) == {}
        assert not can_be_muted(an_alert(unknown))

    def test_whatever_is_known_of_group_or_principal_can_be_muted(self) -> None:
        nobody = Principal(PrincipalKind.UNKNOWN, "not given", None, None, "not given:not given", "")
        of_group, by_alice = a_change(principal=nobody, added=()), a_change(group_id=None, added=())
        assert [list(subjects_of(an_alert(each))) for each in (of_group, by_alice)] == [
            ["group"],
            ["principal"],
        ]
        assert can_be_muted(an_alert(of_group))
        assert can_be_muted(an_alert(by_alice))
        gathered = replace(an_alert(of_group), changes=2)
        assert not subjects_of(gathered)
        assert not can_be_muted(gathered)

    def test_one_kind_of_finding_said_twice_is_one_kind(self) -> None:
        alert = an_alert()
        (finding,) = alert.assessment.findings
        twice = (finding, Finding(Severity.LOW, finding.traffic, finding.audience))
        assert "kind" in subjects_of(replace(alert, assessment=replace(alert.assessment, findings=twice)))

    def test_a_refused_attempt_can_be_muted_too(self) -> None:
        denied = a_change(outcome=Outcome.DENIED, error_code="Client.UnauthorizedOperation")
        assert hides(subjects_of(an_alert(denied))["kind_here"], denied)


DEFAULT = a_change(group_name="default", added=(a_rule("10.0.0.0/8"),))
OF_DEFAULT = assess(DEFAULT).remarks[0].sentence


@pytest.mark.parametrize(
    ("finding", "hidden"),
    [("EC2.19", True), ("CIS AWS 7.0 §6.3", True), (SSH, True), ("EC2.18", False), ("CIS AWS 7.0", False)],
)
def test_a_finding_is_known_by_each_control_that_it_cites(finding: str, hidden: bool) -> None:
    assert hides(MuteSubject(finding=finding), a_change(), also_critical=True) is hidden


@pytest.mark.parametrize("finding", ["EC2.2", OF_DEFAULT])
def test_a_remark_is_a_kind_as_a_finding_is(finding: str) -> None:
    assert hides(MuteSubject(finding=finding), DEFAULT)
    beside = a_change(group_name="default", added=(a_rule(port=8443),))
    assert not hides(MuteSubject(finding=finding), beside)
    assert not hides(MuteSubject(finding=TCP_8443), beside)


def test_a_kind_can_be_muted_from_a_card_where_it_stands_alone() -> None:
    assert subjects_of(an_alert(DEFAULT))["kind"] == MuteSubject(finding=OF_DEFAULT)
    assert "kind" not in subjects_of(an_alert(replace(DEFAULT, added=(a_rule(),))))
