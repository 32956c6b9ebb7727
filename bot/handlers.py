"""
What Lambda calls: events, slack and worker.

Nothing is connected at import, and what the slack function does not use on its way to an answer (EC2, batches) is
imported where it is used. Each entry point has one catch-all, here; what it catches is logged with a reference, counted,
and told to the user where there is one. Drawing has one more, so that a card that cannot be drawn holds up no other.
"""

import json
import logging
from collections.abc import Callable
from contextlib import suppress
from functools import cache, partial
from typing import TYPE_CHECKING, Any

import bot.start  # noqa: F401 - first, as the imports below are most of a start
from bot import parts, telemetry, tls
from bot.core.baseline import Where
from bot.core.errors import JobError, SlackError
from bot.core.jobs import NamePersonJob, decode_job
from bot.core.people import email_of
from bot.settings import is_before_snapshot
from bot.telemetry import count as _count
from bot.telemetry import log as _log
from bot.workflows.draw import Outcome
from bot.workflows.report import Report

if TYPE_CHECKING:
    from slack_bolt import App

    from bot.slack.http import Edge
    from bot.workflows.report import Reporting

Event = dict[str, Any]
Answer = dict[str, Any]

# Slack waits three seconds for an answer to a click, and its card is drawn within them; elsewhere there is time.
_PATIENCE_ON_A_CLICK_SECONDS = 2
_PATIENCE_SECONDS = 5

# With less than this left, what is not drawn yet becomes a job: a card takes two calls at most.
_ENOUGH_SECONDS = 12

_SORRY = "That did not work. Look before you try again, and tell your admin ref {reference}."


def events(event: Event, context: Any) -> Answer:
    """
    Take an SQS batch of EventBridge events, or one bare event.

    All of a batch is stored before Slack is called for any, so that a slow Slack fails none of it. The records that could
    not be stored are named as failures, and only they come again; a bare event that could not be stored raises, so that
    its sender tries again.
    """
    reports: list[Report] = []

    def record(body: str | Event) -> None:
        reports.append(_record(_read_event(body)))

    answer: Answer = {}
    try:
        if "Records" in event:
            answer = _batch(event, context, record)
        else:
            telemetry.begin(context)
            record(event)
        parts.account_names().refresh(parts.now())
        _reporting().tell(reports, lambda: _seconds_left(context) > _ENOUGH_SECONDS)
    finally:
        telemetry.flush()
    return answer


def slack(event: Event, context: Any) -> Answer:
    """Take what Slack sends to the Function URL."""
    telemetry.begin(context)
    try:
        parts.account_names().refresh(parts.now())
        return _edge().handle(event)
    except Exception:  # noqa: BLE001 - Slack must get an answer, never a trace
        reference = parts.new_id()[:6]
        _log.exception("request failed", reference=reference)
        _count("RequestFailed")
        return {"statusCode": 500, "headers": {"content-type": "text/plain"}, "body": f"ref {reference}"}
    finally:
        telemetry.flush()


def worker(event: Event, context: Any) -> Answer:
    """Take an SQS batch of jobs, or the schedule's event, at which what was left undone is done."""
    try:
        parts.account_names().refresh(parts.now())
        if "Records" in event:
            return _batch(event, context, partial(_work, lambda: _seconds_left(context) > _ENOUGH_SECONDS))
        telemetry.begin(context)
        from bot.work import Work

        shown = parts.sweeping(_PATIENCE_SECONDS, _note_drawing, telemetry.note_pending).sweep()
        if shown:
            _log.info("swept", cards_drawn=shown)
        work = Work(_log, _count, _note_drawing)
        begun = work.begin_baselines(_own_place(context))
        if begun:
            _log.info("baselines begun or taken up", places=begun)
        work.name_accounts(lambda: _seconds_left(context) > _ENOUGH_SECONDS)
        work.tell_of_yesterday()
        return {}
    finally:
        telemetry.flush()


def _batch(event: Event, context: Any, handle: Callable[[str], None]) -> Answer:
    """Handle each record of an SQS batch for itself: one that fails neither holds back nor repeats its neighbours."""
    from aws_lambda_powertools.utilities.batch import (
        BatchProcessor,
        EventType,
        process_partial_response,
    )
    from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

    def handle_record(record: SQSRecord) -> None:
        telemetry.follow(None)
        try:
            handle(record.body)
        except Exception:
            _log.exception("record failed, it will come again", message_id=record.message_id)
            _count("RecordFailed")
            raise

    telemetry.begin(context)
    processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)
    return dict(process_partial_response(event, handle_record, processor, context))


def _read_event(body: str | Event) -> Event:
    event = json.loads(body) if isinstance(body, str) else body
    if not isinstance(event, dict):
        raise TypeError(f"an event is an object, found {type(event).__name__}")
    return event


def _record(event: Event) -> Report:
    report = _reporting().record(event)
    telemetry.note_report(report)
    return report


@cache
def _reporting() -> "Reporting":
    from bot.workflows.report import Reporting

    drawing = parts.drawing(_PATIENCE_SECONDS, _note_and_ask_who)
    return Reporting(
        parts.store(),
        parts.ledgers(),
        parts.quieting(),
        drawing,
        parts.jobs(),
        parts.now,
        parts.new_id,
        parts.pause,
        parts.known(),
        parts.policy().severities,
    )


def _work(is_time_left: Callable[[], bool], body: str) -> None:
    """Do one job. What fails for now raises, so that the job comes again; what no repeat can help is logged."""
    from bot.work import Work

    job = decode_job(body)
    telemetry.follow(getattr(job, "alert_id", None))
    _log.info("job taken", job=type(job).__name__)
    Work(_log, _count, _note_and_ask_who).do(job, is_time_left)


def _own_place(context: Any) -> Where | None:
    """Read from the function's own ARN in which account and region it runs; None in a call by hand, without a context."""
    arn = getattr(context, "invoked_function_arn", None)
    if arn is None:
        return None
    _, _, _, region, account_id, *_ = arn.split(":")
    return account_id, region


@cache
def _edge() -> "Edge":
    from slack_bolt import App
    from slack_bolt.authorization import AuthorizeResult

    from bot.slack.burst_windows import BurstWindows
    from bot.slack.http import Edge
    from bot.slack.ledger_questions import LedgerQuestions
    from bot.slack.listeners import Listeners
    from bot.slack.questions import Questions
    from bot.slack.quiet_listeners import QuietListeners
    from bot.slack.windows import Windows

    # Bolt logs whole bodies, which hold response_urls, and cannot work with the structured logger.
    quiet = logging.getLogger("bolt")
    quiet.setLevel(logging.CRITICAL)

    def authorize() -> AuthorizeResult:
        return AuthorizeResult(enterprise_id=None, team_id=None, bot_token=parts.secrets().bot_token)

    # The edge verifies and parses; what Bolt would do for that is off.
    app = App(
        name="bolt",  # else Bolt reads its caller's source for one; our own logger has the name panopticon
        logger=quiet,
        process_before_response=True,
        authorize=authorize,
        request_verification_enabled=False,
        ssl_check_enabled=False,
        url_verification_enabled=False,
        ignoring_self_events_enabled=False,
        attaching_function_token_enabled=False,
    )
    app.use(_follow_click)
    notifier = parts.notifier(_PATIENCE_ON_A_CLICK_SECONDS)
    windows = Windows(notifier, parts.jobs())
    acknowledging = parts.acknowledging(_PATIENCE_ON_A_CLICK_SECONDS, _note_drawing)
    listeners = Listeners(acknowledging, parts.lookup(), windows, parts.places(), parts.now)
    listeners.register(app)
    BurstWindows(parts.lookup(), windows, parts.places()).register(app)
    of_ledgers = LedgerQuestions(
        parts.lookup(), parts.ledger_lookup(), notifier, windows, parts.places(), parts.now
    )
    of_ledgers.register(app)
    of_quiet = QuietListeners(parts.muting(), parts.lookup(), notifier, windows, parts.places(), parts.now)
    of_quiet.register(app)
    Questions(parts.lookup(), of_ledgers, of_quiet, notifier, windows, parts.places(), parts.now).register(
        app
    )
    listeners.register_last(app)
    _tell_of_failures(app)
    return Edge(parts.secrets, app.dispatch, parts.now, _log)


def _follow_click(body: dict[str, Any], next_: Callable[[], Any]) -> Any:
    """Have the log say what was clicked on, and of which alert."""
    from bot.slack.clicked import clicked_alert_id, clicked_on

    telemetry.follow(clicked_alert_id(body))
    _log.info("clicked", on=clicked_on(body))
    return next_()


def _tell_of_failures(app: "App") -> None:
    """Have people told when a listener fails, with a reference that stands in the log too."""
    from slack_bolt import BoltResponse

    from bot.slack.views import notice_view

    def sorry(error: Exception, body: dict[str, Any]) -> BoltResponse:
        reference = parts.new_id()[:6]
        _log.error("listener failed", exc_info=error, reference=reference)
        _count("ListenerFailed")
        words = _SORRY.format(reference=reference)
        if "command" in body:
            return BoltResponse(status=200, body={"response_type": "ephemeral", "text": words})
        notifier = parts.notifier(_PATIENCE_ON_A_CLICK_SECONDS)
        try:
            if body.get("response_url"):
                notifier.answer(body["response_url"], {"text": words})
            elif body.get("view"):
                notifier.update_view(body["view"]["id"], notice_view("Sorry", words))
        except SlackError as unheard:
            _log.warning("nobody could be told", code=unheard.code, reference=reference)
        return BoltResponse(status=200, body="")

    app.error(sorry)


def _note_drawing(alert_id: str, outcome: Outcome) -> None:
    telemetry.note_drawing(alert_id, outcome, parts.now())


def _note_and_ask_who(alert_id: str, outcome: Outcome) -> None:
    """Note what became of a card, and once it is posted have Slack asked who made the change, if it may be."""
    _note_drawing(alert_id, outcome)
    alert = outcome.alert
    if not (outcome.done.posts and alert and parts.notifier(_PATIENCE_SECONDS).may_find_users):
        return
    if alert.person is None and email_of(alert.digest.change.principal):
        with suppress(JobError):  # the card goes without
            parts.jobs().send(NamePersonJob(alert_id))


def _seconds_left(context: Any) -> float:
    """Give the time that is left of this invocation; a call by hand, without a context, has all."""
    remaining = getattr(context, "get_remaining_time_in_millis", None)
    return remaining() / 1000 if remaining else float("inf")


def _prepare_snapshot() -> None:
    """Do once what each start would: nothing here connects, reads a secret, or asks for the time or for chance."""
    import botocore.session  # noqa: F401 - credentials of one that was restored are not in the environment

    import bot.slack.clicked  # noqa: F401 - what a request imports beside the edge

    tls.context()
    _edge()


if is_before_snapshot():
    _prepare_snapshot()
