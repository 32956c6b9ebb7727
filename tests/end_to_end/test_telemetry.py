"""What operators see of a full run: one id from event to click, the metrics, and nothing that came in as it came."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from bot import telemetry
from sandbox import BOT_TOKEN, CHANNEL, JO, SIGNING_SECRET, Sandbox
from sandbox.slack_objects import Message
from tests.records import load_event

SENTINEL = "s3ntinel"


@pytest.fixture
def logged() -> Iterator[io.StringIO]:
    """What is logged, as Lambda has it."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(telemetry.log.registered_formatter)
    handlers = [logging.getLogger(name) for name in ("panopticon", "", "bolt", "slack_sdk")]
    for logger in handlers:
        logger.addHandler(handler)
    yield stream
    for logger in handlers:
        logger.removeHandler(handler)


def lines_of(stream: io.StringIO) -> list[dict[str, Any]]:
    """Read the lines of the functions' own log, each once."""
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    own = [line for line in lines if line.get("service") == "panopticon"]
    return [line for number, line in enumerate(own) if line not in own[:number]]


def metrics_of(printed: str) -> dict[str, list[Any]]:
    """Read the EMF documents that were printed: each metric's values, by its name and the kind if it has one."""
    found: dict[str, list[Any]] = {}
    for line in printed.splitlines():
        if not line.startswith('{"_aws"'):
            continue
        document = json.loads(line)
        for metric in document["_aws"]["CloudWatchMetrics"][0]["Metrics"]:
            name = " ".join([metric["Name"], *([document["kind"]] if "kind" in document else [])])
            found.setdefault(name, []).extend(document[metric["Name"]])
    return found


def the_card(sandbox: Sandbox) -> Message:
    (card,) = [message for message in sandbox.slack.messages(CHANNEL) if message.thread_ts is None]
    return card


def test_one_id_leads_from_the_event_over_the_card_to_the_click(
    sandbox: Sandbox, logged: io.StringIO
) -> None:
    sandbox.open_ssh()
    sandbox.drain()
    sandbox.click(JO, the_card(sandbox), "acknowledge")

    lines = lines_of(logged)
    (event,) = [line for line in lines if line["message"] == "event new"]
    followed = [line["message"] for line in lines if line.get("correlation_id") == event["alert_id"]]
    assert event["correlation_id"] == event["alert_id"]
    for message in ("event new", "card drawn", "job taken", "clicked"):
        assert message in followed
    assert followed[-2:] == ["clicked", "card drawn"]


def test_a_full_run_logs_no_body_no_secret_and_no_address_to_answer(
    sandbox: Sandbox, logged: io.StringIO, capsys: pytest.CaptureFixture[str]
) -> None:
    event = sandbox.open_ssh()
    other = load_event("authorize_ingress_ssh_from_world")
    detail = {**other["detail"], "userAgent": SENTINEL, "sourceIPAddress": SENTINEL}
    detail["userIdentity"] = {**detail["userIdentity"], "principalId": SENTINEL}
    sandbox.deliver({**other, "detail": detail})
    sandbox.deliver({**event, "detail": {**detail, "eventID": "unread", "requestParameters": SENTINEL}})
    sandbox.deliver(f"no JSON, but {SENTINEL}")
    sandbox.drain()
    sandbox.queues.run_schedule()
    sandbox.drain()
    card = sandbox.slack.messages(CHANNEL)[0]
    sandbox.command(JO, f"by {SENTINEL}")
    sandbox.command(JO, "doctor")
    sandbox.click(JO, card, "view_rules")
    sandbox.drain()
    sandbox.close_modal(JO)
    sandbox.choose(JO, card, "more", "Acknowledge with note…")
    sandbox.submit(JO, {"note": SENTINEL})
    sandbox.request(b"payload=" + SENTINEL.encode(), {})
    for fault in ("limited", "dropped"):
        setattr(sandbox.faults, fault, 1)
        sandbox.close_ssh() if fault == "limited" else sandbox.delete_group()
        sandbox.drain()
    sandbox.faults.go_down()
    sandbox.create_group("web-new")
    sandbox.drain()
    sandbox.aws.ssm.delete_parameter(Name="/panopticon/sandbox/bot-token")
    sandbox.functions.start_cold()
    sandbox.queues.run_schedule()

    written = logged.getvalue() + capsys.readouterr().out
    assert written.count("event new") >= 3
    for forbidden in (
        SENTINEL,
        BOT_TOKEN,
        SIGNING_SECRET,
        "xoxb",
        "response_url",
        "/response/",
        "trigger_id",
    ):
        found = [line for line in written.splitlines() if forbidden in line]
        assert not found, found[0][:400]


def test_what_happened_is_counted(sandbox: Sandbox, capsys: pytest.CaptureFixture[str]) -> None:
    event = sandbox.open_ssh()
    sandbox.deliver(event)
    broken = {**event["detail"], "eventID": "unread", "requestParameters": "?", "responseElements": "?"}
    sandbox.deliver({**event, "detail": broken})
    sandbox.drain()
    sandbox.click(JO, sandbox.slack.messages(CHANNEL)[0], "acknowledge")
    sandbox.faults.limited = 1
    sandbox.open_ssh("bastion")
    sandbox.drain()
    sandbox.queues.run_schedule()
    sandbox.drain()

    counted = metrics_of(capsys.readouterr().out)
    assert sum(counted["Received"]) == 3
    assert sum(counted["Duplicate"]) == 1
    assert sum(counted["Unreadable"]) == 1
    assert sum(counted["Posted"]) == 3
    assert sum(counted["Edited"]) >= 2
    assert counted["SlackErrors rate limited"] == [1.0]
    assert len(counted["Pending"]) == 1
    for name in ("EventToCard", "ReceiptToCard"):
        assert len(counted[name]) == 3
        assert all(0 <= seconds < 60 for seconds in counted[name])
