"""Events that need no call here: records of the kinds that moto cannot make, and what a visitor pastes."""

import json
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bot.core.cloudtrail import parse_change
from bot.core.errors import EventError, MalformedEvent
from sandbox.aws import ACCOUNT_ID, REGION

RECORDED = json.loads((Path(__file__).parent / "recorded.json").read_text())
"""Records with a name and a note each; "GROUP:name" stands for the id of a group here."""


class NotAnEvent(Exception):
    """What was pasted cannot be sent, or would not be understood: the text says where."""


def replay(name: str, ids: Mapping[str, str], now: float) -> dict[str, Any]:
    """
    Give the event of the record called *name*, as if it happened now; *ids* are the groups by name.

    Raises:
        LookupError: there is none of that name.
    """
    for record in RECORDED:
        if record["name"] == name:
            text = json.dumps(record["detail"])
            for group, group_id in ids.items():
                text = text.replace(f"GROUP:{group}", group_id)
            happened = datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
            fresh = {"eventTime": happened, "eventID": str(uuid.uuid4())}
            return wrapped({"awsRegion": REGION} | json.loads(text) | fresh)
    raise LookupError(f"there is no record called {name!r}")


def wrapped(record: dict[str, Any]) -> dict[str, Any]:
    """Put a CloudTrail record into the envelope in which EventBridge delivers it."""
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": "AWS API Call via CloudTrail",
        "source": "aws.ec2",
        "account": record.get("recipientAccountId", ACCOUNT_ID),
        "time": record.get("eventTime"),
        "region": record.get("awsRegion", REGION),
        "resources": [],
        "detail": record,
    }


def read_pasted(text: str) -> dict[str, Any]:
    """
    Read what was pasted: an EventBridge event, a CloudTrail record, or a log file's {"Records": [...]} of one.

    Raises:
        NotAnEvent: it is no JSON, or not an event.
    """
    try:
        pasted = json.loads(text)
    except ValueError as error:
        raise NotAnEvent(f"This is not JSON: {error}.") from None
    if isinstance(pasted, dict) and isinstance(pasted.get("Records"), list):
        if len(pasted["Records"]) != 1:
            raise NotAnEvent(f'"Records" holds {len(pasted["Records"])} records; paste one of them.')
        (pasted,) = pasted["Records"]
    if not isinstance(pasted, dict):
        raise NotAnEvent("An event is an object: { … }.")
    if "detail" not in pasted and "eventName" in pasted:
        pasted = wrapped(pasted)
    if not isinstance(pasted.get("detail"), dict):
        raise NotAnEvent('"detail" is missing: neither an EventBridge event nor a CloudTrail record.')
    event: dict[str, Any] = pasted
    return event


def check_pasted(event: dict[str, Any]) -> None:
    """
    Hold an event against what the bot can read.

    Raises:
        NotAnEvent: it names the field that is missing or of the wrong kind.
    """
    try:
        parse_change(event)
    except MalformedEvent as error:
        raise NotAnEvent(f"{error.path}: {error.expected} is expected there. Nothing was sent.") from None
    except EventError as error:
        raise NotAnEvent(f"Panopticon tells nothing of this: {error}. Nothing was sent.") from None
