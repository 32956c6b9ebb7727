"""Which line the thread of a card lacks."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.core.alerts import Acknowledgement, Alert, AlertStatus, Closing, MessageRef, Shown
from bot.core.assessment import Assessment, Severity
from bot.core.thread_lines import LineKind, ThreadLine, line_owed
from tests.makers import JO, NOW, an_alert

OPEN, ACKNOWLEDGED, CLOSED = AlertStatus.OPEN, AlertStatus.ACKNOWLEDGED, AlertStatus.CLOSED


def an_alert_shown(
    status: AlertStatus, severity: Severity, was: Severity, shown: AlertStatus, **more: Any
) -> Alert:
    drawn: dict[str, Any] = {"drawn_version": 2, "version": 3, "message": MessageRef("C1", "1.0"), **more}
    return replace(
        an_alert(), status=status, assessment=Assessment(severity), shown=Shown(NOW, was, shown), **drawn
    )


TAKEN = {
    "acknowledgement": Acknowledgement(JO, NOW, 1),
    "closing": Closing(NOW + timedelta(hours=1), "alice", None, None),
}


@pytest.mark.parametrize(
    ("alert", "kind"),
    [
        pytest.param(an_alert_shown(OPEN, Severity.HIGH, Severity.LOW, OPEN), LineKind.ROSE, id="it rose to high"),
        pytest.param(an_alert_shown(OPEN, Severity.MEDIUM, Severity.LOW, OPEN), None, id="it rose to medium"),
        pytest.param(an_alert_shown(OPEN, Severity.HIGH, Severity.HIGH, OPEN), None, id="it is as bad as it was"),
        pytest.param(
            an_alert_shown(OPEN, Severity.LOW, Severity.LOW, ACKNOWLEDGED, content_version=3),
            LineKind.REOPENED,
            id="more is known than somebody acknowledged",
        ),
        pytest.param(
            an_alert_shown(OPEN, Severity.LOW, Severity.LOW, ACKNOWLEDGED), None, id="somebody unacknowledged it"
        ),
        pytest.param(
            an_alert_shown(CLOSED, Severity.LOW, Severity.LOW, ACKNOWLEDGED, **TAKEN), LineKind.CLOSED, id="closed"
        ),
        pytest.param(an_alert_shown(CLOSED, Severity.LOW, Severity.LOW, OPEN), None, id="closed, and nobody took it"),
        pytest.param(an_alert_shown(CLOSED, Severity.LOW, Severity.LOW, CLOSED, **TAKEN), None, id="closed before"),
        pytest.param(an_alert_shown(ACKNOWLEDGED, Severity.HIGH, Severity.LOW, OPEN), None, id="acknowledged"),
        pytest.param(
            an_alert_shown(OPEN, Severity.HIGH, Severity.LOW, OPEN, message=None), None, id="no card is known"
        ),
        pytest.param(an_alert(), None, id="nothing was shown yet"),
    ],
)  # fmt: skip
def test_a_line_follows_from_what_was_shown_and_what_is_to_be(alert: Alert, kind: LineKind | None) -> None:
    owed = line_owed(alert)
    assert (owed.kind if owed else None) is kind


@pytest.mark.parametrize(
    ("kind", "severity", "for_all"),
    [
        (LineKind.ROSE, Severity.HIGH, True),
        (LineKind.REOPENED, Severity.MEDIUM, False),
        (LineKind.CLOSED, Severity.CRITICAL, False),
    ],
)
def test_the_channel_hears_of_what_it_would_of_a_new_card(
    kind: LineKind, severity: Severity, for_all: bool
) -> None:
    alert = replace(an_alert(), assessment=Assessment(severity))
    assert ThreadLine(kind, Severity.LOW).is_for_all(alert) is for_all
