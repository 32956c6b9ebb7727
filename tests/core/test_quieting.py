"""What is posted, what is only kept, and what the policy acknowledges."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.core.alerts import AlertStatus, takes_more, with_joined
from bot.core.assessment import Severity, assess, with_who
from bot.core.changes import ChangeKind, Outcome, PrincipalKind, SecurityGroupChange
from bot.core.mutes import Mute, MuteSubject
from bot.core.quiet import Quiet, QuietReason
from bot.core.quieting import POST_ALL, QuietPolicy, Treatment, treat, treated
from bot.core.who import judge_who
from tests.makers import ALICE, GROUP, NOW, a_change, a_rule, an_alert
from tests.quieting import a_mute, a_policy, an_expected, by_ci

DENIED: dict[str, Any] = {"outcome": Outcome.DENIED, "error_code": "Client.UnauthorizedOperation"}
REMOVED = a_change(kind=ChangeKind.REVOKE, added=(), removed=(a_rule(),))  # informational
LOW = a_change(added=(a_rule("10.0.0.0/8"),))
MEDIUM = a_change(added=(a_rule("11.0.0.0/8"),))
HIGH = a_change(added=(a_rule(port=8443),))
CRITICAL = a_change()
BELOW_LOW = Treatment(Quiet(QuietReason.BELOW_THRESHOLD, "low"))
MUTED = Treatment(Quiet(QuietReason.MUTED, a_mute().mute_id))


def treated_by(policy: QuietPolicy, change: SecurityGroupChange, *mutes: Mute) -> Treatment:
    return treat(change, assess(change), policy, mutes, NOW)


class TestThreshold:
    @pytest.mark.parametrize("change", [LOW, MEDIUM, HIGH, CRITICAL])
    def test_what_opens_something_is_posted_as_shipped(self, change: SecurityGroupChange) -> None:
        assert treated_by(a_policy(), change) == Treatment()

    def test_what_opens_nothing_is_not(self) -> None:
        assert treated_by(a_policy(), REMOVED) == BELOW_LOW
        assert treated_by(POST_ALL, REMOVED) == Treatment()

    def test_to_observe_only_is_to_post_what_is_critical(self) -> None:
        observing = a_policy(least=Severity.CRITICAL)
        for change in (REMOVED, LOW, MEDIUM, HIGH):
            assert treated_by(observing, change).quiet == Quiet(QuietReason.BELOW_THRESHOLD, "critical")
        assert treated_by(observing, CRITICAL) == Treatment()

    @pytest.mark.parametrize("change", [replace(CRITICAL, **DENIED), replace(CRITICAL, added=(), is_cut=True, **DENIED)])  # fmt: skip
    def test_an_attempt_at_what_would_matter_is_posted_though_aws_refused_it(
        self, change: SecurityGroupChange
    ) -> None:
        assert assess(change).severity is Severity.INFORMATIONAL
        assert treated_by(a_policy(), change) == Treatment()
        assert treated_by(a_policy(least=Severity.MEDIUM), change).quiet

    @pytest.mark.parametrize("change", [replace(LOW, **DENIED), replace(REMOVED, **DENIED)])
    def test_an_attempt_at_what_would_not_is_not_posted(self, change: SecurityGroupChange) -> None:
        assert treated_by(a_policy(), change) == BELOW_LOW

    @pytest.mark.parametrize("change", [LOW, REMOVED])
    def test_whoever_goes_on_trying_is_posted(self, change: SecurityGroupChange) -> None:
        tried = replace(change, **DENIED)
        told = [treat(tried, assess(tried), a_policy(), (), NOW, attempts=count) for count in (2, 3)]
        assert told == [BELOW_LOW, Treatment()]
        assert treat(REMOVED, assess(REMOVED), a_policy(), (), NOW, attempts=3) == BELOW_LOW

    def test_an_attempt_of_the_root_user_is_posted(self) -> None:
        tried = replace(REMOVED, principal=replace(ALICE, kind=PrincipalKind.ROOT), **DENIED)
        judged = with_who(assess(tried), judge_who(tried))
        assert treat(tried, judged, a_policy(), (), NOW) == Treatment()


class TestExpected:
    def test_what_is_expected_is_posted_and_acknowledged(self) -> None:
        assert treated_by(a_policy(an_expected()), by_ci()) == Treatment(expected="ci")

    def test_or_not_posted_at_all(self) -> None:
        silent = a_policy(an_expected(is_silent=True))
        assert treated_by(silent, by_ci()) == Treatment(Quiet(QuietReason.EXPECTED, "ci"), "ci")

    def test_below_the_threshold_it_is_acknowledged_too(self) -> None:
        removed = by_ci(kind=ChangeKind.REVOKE, added=(), removed=(a_rule(),))
        expected = Treatment(Quiet(QuietReason.BELOW_THRESHOLD, "low"), "ci")
        assert treated_by(a_policy(an_expected()), removed) == expected

    @pytest.mark.parametrize(
        "more",
        [
            {"added": (a_rule(port=8443),)},
            {"added": (a_rule(),)},
            {"kind": ChangeKind.NOT_UNDERSTOOD},
            {"added": (), "is_cut": True},
        ],
    )
    @pytest.mark.parametrize("is_silent", [True, False])
    def test_a_stolen_role_is_not_expected(self, more: dict[str, Any], is_silent: bool) -> None:
        assert treated_by(a_policy(an_expected(is_silent=is_silent)), by_ci(**more)) == Treatment()

    def test_the_first_that_fits_counts(self) -> None:
        policy = a_policy(
            an_expected(roles=frozenset({"x"})), an_expected(name="first"), an_expected(name="second")
        )
        assert treated_by(policy, by_ci()).expected == "first"


class TestMutes:
    def test_what_is_muted_is_not_posted(self) -> None:
        assert treated_by(a_policy(), HIGH, a_mute()) == MUTED
        assert treated_by(a_policy(mutes=(a_mute(),)), HIGH) == MUTED
        assert treated_by(a_policy(), CRITICAL, a_mute()) == Treatment()

    def test_a_mute_that_is_over_hides_nothing(self) -> None:
        over = a_mute(until=NOW - timedelta(seconds=1))
        assert treated_by(a_policy(), HIGH, over) == Treatment()
        assert treated_by(a_policy(), HIGH, over, a_mute()) == MUTED

    def test_what_the_threshold_keeps_is_not_put_down_to_a_mute(self) -> None:
        assert treated_by(a_policy(), REMOVED, a_mute()) == BELOW_LOW

    def test_what_is_expected_and_muted_is_both(self) -> None:
        treatment = treated_by(a_policy(an_expected()), by_ci(), a_mute(subject=MuteSubject(group=GROUP)))
        assert treatment == Treatment(Quiet(QuietReason.MUTED, a_mute().mute_id), "ci")


class TestTheAlert:
    def test_one_that_is_posted_waits_for_someone(self) -> None:
        alert = an_alert(HIGH)
        assert treated(alert, Treatment()) == alert

    def test_one_that_is_quiet_asks_for_nothing_and_has_nothing_to_be_drawn(self) -> None:
        alert = treated(an_alert(HIGH), MUTED)
        assert alert.status is AlertStatus.NOTED
        assert alert.quiet == MUTED.quiet
        assert not alert.is_behind
        assert alert.expected is None

    def test_one_that_is_expected_is_acknowledged_and_drawn(self) -> None:
        alert = treated(an_alert(by_ci()), Treatment(expected="ci"))
        assert (alert.status, alert.expected) == (AlertStatus.ACKNOWLEDGED, "ci")
        assert alert.acknowledgement is None
        assert alert.is_behind

    def test_one_that_is_expected_and_silent_is_acknowledged_and_not_drawn(self) -> None:
        alert = treated(an_alert(by_ci()), Treatment(Quiet(QuietReason.EXPECTED, "ci"), "ci"))
        assert (alert.status, alert.expected, alert.is_behind) == (AlertStatus.ACKNOWLEDGED, "ci", False)

    def test_one_that_aws_refused_stays_noted(self) -> None:
        alert = treated(an_alert(replace(HIGH, **DENIED)), MUTED)
        assert (alert.status, alert.quiet, alert.expected) == (AlertStatus.NOTED, MUTED.quiet, None)


class TestJoining:
    """A change joins an alert that gathers: what it would be by itself decides what becomes of the alert."""

    EXPECTED = Treatment(expected="ci")
    SILENT = Treatment(Quiet(QuietReason.EXPECTED, "ci"), "ci")

    @pytest.mark.parametrize(
        ("head", "joins", "status", "is_quiet", "is_expected"),
        [
            pytest.param(Treatment(), Treatment(), AlertStatus.OPEN, False, False, id="posted"),
            pytest.param(Treatment(), BELOW_LOW, AlertStatus.OPEN, False, False, id="quiet joins posted"),
            pytest.param(Treatment(), EXPECTED, AlertStatus.OPEN, False, False, id="expected joins posted"),
            pytest.param(BELOW_LOW, BELOW_LOW, AlertStatus.NOTED, True, False, id="quiet joins quiet"),
            pytest.param(BELOW_LOW, MUTED, AlertStatus.NOTED, True, False, id="muted joins quiet"),
            pytest.param(BELOW_LOW, Treatment(), AlertStatus.OPEN, False, False, id="posted joins quiet"),
            pytest.param(BELOW_LOW, EXPECTED, AlertStatus.ACKNOWLEDGED, False, True, id="expected joins quiet"),
            pytest.param(EXPECTED, EXPECTED, AlertStatus.ACKNOWLEDGED, False, True, id="expected joins its like"),
            pytest.param(EXPECTED, BELOW_LOW, AlertStatus.ACKNOWLEDGED, False, True, id="quiet joins expected"),
            pytest.param(EXPECTED, Treatment(), AlertStatus.OPEN, False, False, id="posted joins expected"),
            pytest.param(SILENT, SILENT, AlertStatus.ACKNOWLEDGED, True, True, id="silent joins its like"),
            pytest.param(SILENT, Treatment(), AlertStatus.OPEN, False, False, id="posted joins silent"),
        ],
    )  # fmt: skip
    def test_it_is_decided_by_both(
        self, head: Treatment, joins: Treatment, status: AlertStatus, is_quiet: bool, is_expected: bool
    ) -> None:
        alert = treated(an_alert(by_ci("first")), head)
        assert takes_more(alert)
        joined = with_joined(alert, treated(an_alert(by_ci("second")), joins), redraw_due=None)
        assert (joined.status, joined.quiet is not None, joined.expected is not None) == (
            status,
            is_quiet,
            is_expected,
        )
        assert joined.is_behind is not is_quiet

    def test_what_aws_refused_waits_for_nobody(self) -> None:
        alert = treated(an_alert(replace(LOW, **DENIED)), BELOW_LOW)
        joined = with_joined(alert, an_alert(replace(CRITICAL, **DENIED)), redraw_due=None)
        assert (joined.status, joined.quiet, joined.is_behind) == (AlertStatus.NOTED, None, True)

    def test_what_a_person_took_takes_no_more(self) -> None:
        alert = treated(an_alert(by_ci()), self.EXPECTED)
        assert not takes_more(replace(alert, expected=None))
