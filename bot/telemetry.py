"""
What operators see: the log and the metrics (EMF) of all three functions.

Every line about an alert has its id as the correlation id, from the event over the card to the click: an alert's id follows
from its event's. Nothing that was received goes into the log as it came: no body, no token, no response_url.
"""

from datetime import datetime
from typing import Any

from aws_lambda_powertools import Logger, Metrics, single_metric
from aws_lambda_powertools.metrics import MetricUnit

from bot.core.errors import SlackError
from bot.core.quiet import QuietReason
from bot.slack.notifier import explain
from bot.workflows.draw import Drawn, Outcome
from bot.workflows.report import Report, Reported

SERVICE, NAMESPACE = "panopticon", "Panopticon"

log = Logger(service=SERVICE)
_metrics = Metrics(service=SERVICE, namespace=NAMESPACE)

_DRAWN_COUNTED = {
    Drawn.SHOWN: "Drawn",
    Drawn.NOTHING_TO_DO: "NothingToDraw",
    Drawn.PUT_OFF: "PutOff",
    Drawn.REFUSED: "Refused",
    Drawn.OVERTAKEN: "Overtaken",
    Drawn.FAILED: "DrawingFailed",
}
_REPORTED_COUNTED = {Reported.FOREIGN: "Foreign", Reported.NEW: "Received", Reported.DUPLICATE: "Duplicate"}


def begin(context: Any) -> None:
    """Begin an invocation; what one before it was about is forgotten."""
    log.append_keys(request_id=getattr(context, "aws_request_id", None))
    follow(None)


def follow(alert_id: str | None) -> None:
    """Let the lines that come next say which alert they are about."""
    log.set_correlation_id(alert_id)


def count(name: str, value: int = 1) -> None:
    """Count something that happened, once unless *value* says otherwise."""
    _metrics.add_metric(name=name, unit=MetricUnit.Count, value=value)


def flush() -> None:
    """Write the metrics of an invocation."""
    if _metrics.metric_set:
        _metrics.flush_metrics()


def note_report(report: Report) -> None:
    """Note what became of an event."""
    follow(report.alert_id)
    count(_REPORTED_COUNTED[report.outcome])
    log.info(f"event {report.outcome}", event_id=report.event_id, alert_id=report.alert_id)
    if report.alert and report.alert.quiet:
        count("Muted" if report.alert.quiet.reason is QuietReason.MUTED else "Quiet")
    if report.unreadable and report.alert_id:  # what AWS refused as malformed is its caller's mistake
        log.warning("event not understood", reason=report.unreadable, event_id=report.event_id)
        count("Unreadable")


def note_drawing(alert_id: str, outcome: Outcome, now: datetime) -> None:
    """Note what became of a card, and what went wrong with Slack on the way; *now* is when."""
    follow(alert_id)
    count(_DRAWN_COUNTED[outcome.drawn])
    _note_done(outcome, now)
    if outcome.drawn is Drawn.SHOWN:
        log.info("card drawn", alert_id=alert_id, posted=outcome.done.posts, edited=outcome.done.edits)
        return
    trouble = outcome.trouble
    code = getattr(trouble, "code", None) or (str(trouble) if trouble else None)
    if outcome.drawn is Drawn.FAILED:
        log.error("card failed", alert_id=alert_id, exc_info=trouble)
    elif outcome.drawn is Drawn.REFUSED:
        log.error("card refused", alert_id=alert_id, code=code, what_to_do=explain(code or ""))
    elif trouble is None:
        log.info("card waits for its turn", alert_id=alert_id)
    else:
        log.warning(f"card {outcome.drawn}", alert_id=alert_id, code=code)


def note_pending(behind: int) -> None:
    """Note how many cards are behind, once a minute."""
    count("Pending", behind)


def _note_done(outcome: Outcome, now: datetime) -> None:
    done, alert = outcome.done, outcome.alert
    for name, value in (("Posted", done.posts), ("Edited", done.edits), ("ThreadLines", done.lines)):
        if value:
            count(name, value)
    if done.posts and alert:
        for name, since in (("EventToCard", alert.digest.change.time), ("ReceiptToCard", alert.created_at)):
            seconds = max((now - since).total_seconds(), 0.0)
            _metrics.add_metric(name=name, unit=MetricUnit.Seconds, value=seconds)
    for trouble in (*done.overcome, outcome.trouble):
        if isinstance(trouble, SlackError):
            _count_slack_error(trouble)
    for overcome in done.overcome:
        log.warning("Slack did not take it as it was", kind=overcome.kind, code=overcome.code)


def _count_slack_error(error: SlackError) -> None:
    """Count an error by its kind, which is a dimension of its own."""
    with single_metric(name="SlackErrors", unit=MetricUnit.Count, value=1, namespace=NAMESPACE) as metric:
        metric.add_dimension(name="service", value=SERVICE)
        metric.add_dimension(name="kind", value=error.kind)
