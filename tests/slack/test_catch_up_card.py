"""The card that tells many alerts together, and the lines in a card's thread."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core.alerts import Alert, AlertStatus, Closing
from bot.core.assessment import Severity
from bot.core.catch_up import CatchUp, CaughtUp, caught_up, overdue
from bot.core.quiet import Quiet, QuietReason
from bot.core.thread_lines import LineKind, ThreadLine
from bot.slack.catch_up_card import draw_catch_up, draw_plain_catch_up
from bot.slack.thread_lines import draw_line
from tests.makers import ALICE, NOW, a_change, a_rule, an_alert
from tests.slack.conftest import MatchGolden
from tests.slack.limits import find_message_problems

HOSTILE = "<!channel> *b* \u202e" + "x" * 300
BOB = replace(ALICE, name="bob", key="bob")


def some_alerts(count: int, name: str | None = "web-prod") -> list[Alert]:
    """Make alerts of two principals, every fifth of them of high severity."""
    alerts = []
    for number in range(count):
        rule = a_rule(port=9999) if number % 5 == 0 else a_rule("10.0.0.0/8")
        change = a_change(
            f"event-{number}", added=(rule,), principal=BOB if number % 2 else ALICE, group_name=name
        )
        alert = an_alert(change, now=NOW - timedelta(hours=2) + timedelta(minutes=number))
        alerts.append(replace(alert, quiet=Quiet(QuietReason.CAUGHT_UP, "4f6c")))
    return alerts


def told(count: int, name: str | None = "web-prod") -> CaughtUp:
    """Say what a catch-up of *count* alerts tells."""
    found = caught_up("4f6c", some_alerts(count, name), NOW)
    assert found is not None
    return found


def test_it_looks_as_it_was_reviewed(match_golden: MatchGolden) -> None:
    match_golden("catch_up", draw_catch_up(told(57)))


def test_its_plain_form_looks_as_it_was_reviewed(match_golden: MatchGolden) -> None:
    match_golden("plain_catch_up", draw_plain_catch_up(told(57)))


@pytest.mark.parametrize("name", ["web-prod", HOSTILE, "&" * 255])
@pytest.mark.parametrize("draw", [draw_catch_up, draw_plain_catch_up])
def test_it_keeps_within_slacks_limits_whatever_it_tells(draw: object, name: str) -> None:
    assert callable(draw)
    assert find_message_problems(draw(told(1000, name))) == []


def test_it_tells_only_alerts_that_say_so() -> None:
    mine, other = some_alerts(2)
    other = replace(other, quiet=Quiet(QuietReason.CAUGHT_UP, "another"))
    found = caught_up("4f6c", [mine, other, an_alert()], NOW)
    assert found is not None
    assert found.alerts == (mine,)
    assert caught_up("4f6c", [other], NOW) is None


@pytest.mark.parametrize(
    ("change", "is_late"),
    [
        pytest.param({}, True, id="late"),
        pytest.param({"created_at": NOW - timedelta(minutes=29)}, False, id="not late enough"),
        pytest.param({"quiet": Quiet(QuietReason.MUTED, "jo")}, False, id="quiet"),
        pytest.param(
            {"assessment": replace(an_alert().assessment, severity=Severity.CRITICAL)}, False, id="critical"
        ),
    ],
)
def test_what_is_late_is_told_together(change: dict[str, object], is_late: bool) -> None:
    alerts = [replace(alert, quiet=None) for alert in some_alerts(22)]
    odd = replace(alerts[0], **change)  # type: ignore[arg-type]
    assert (odd in overdue([odd, *alerts[1:]], NOW)) is is_late


def test_twenty_that_are_late_are_not_many() -> None:
    alerts = [replace(alert, quiet=None) for alert in some_alerts(21)]
    assert len(overdue(alerts, NOW)) == 21
    assert overdue(alerts[1:], NOW) == ()


def test_one_that_is_added_twice_is_told_once_and_there_is_an_end() -> None:
    alerts = some_alerts(3)
    catch_up = CatchUp("4f6c", ()).widened(alerts).widened(alerts)
    assert catch_up.alert_ids == tuple(alert.alert_id for alert in alerts)
    assert len(CatchUp("4f6c", ("x",) * 3000).widened(some_alerts(1100)).alert_ids) == 1000


LINES = {
    "rose": (LineKind.ROSE, an_alert()),
    "reopened": (LineKind.REOPENED, an_alert(a_change(group_name=HOSTILE))),
    "closed": (
        LineKind.CLOSED,
        replace(
            an_alert(),
            status=AlertStatus.CLOSED,
            closing=Closing(NOW + timedelta(minutes=47), "<!channel>", "event-2", NOW),
        ),
    ),
}


@pytest.mark.parametrize("name", LINES)
def test_a_line_looks_as_it_was_reviewed(name: str, match_golden: MatchGolden) -> None:
    kind, alert = LINES[name]
    line = draw_line(alert, ThreadLine(kind, Severity.LOW))
    match_golden(f"thread_line_{name}", line)
    assert "<!channel" not in line["text"]
    assert line["reply_broadcast"] is (kind is not LineKind.CLOSED)
