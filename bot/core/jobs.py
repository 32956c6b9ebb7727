"""What is handed to the worker: small and free of secrets, since a queue keeps it for days."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from bot.core.changes import GroupKey
from bot.core.errors import JobError, MalformedEvent
from bot.core.fields import Fields

LONGEST_DELAY_SECONDS = 900
"""For how long a queue holds a job back at most: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html"""


@dataclass(frozen=True, slots=True)
class DrawJob:
    """Draw the card of an alert up to what the store holds; *has_turn* where it has waited for its turn already."""

    alert_id: str
    has_turn: bool = False


@dataclass(frozen=True, slots=True)
class FinishJob:
    """Say on the card of an alert that its burst is over, unless something joined since *content_version*."""

    alert_id: str
    content_version: int


@dataclass(frozen=True, slots=True)
class ObserveJob:
    """Read a group from EC2, and tell the alert that waits for its name; *alert_id* None where none does."""

    group: GroupKey
    alert_id: str | None


@dataclass(frozen=True, slots=True)
class BehindJob:
    """Find out what sits behind the groups that an alert tells of; *has_waited* where somebody else was reading it before."""

    alert_id: str
    has_waited: bool = False


@dataclass(frozen=True, slots=True)
class NamePersonJob:
    """Ask Slack who it is that an alert tells of by an e-mail address."""

    alert_id: str


@dataclass(frozen=True, slots=True)
class ShowRulesJob:
    """Fill the modal *view_id* with a group's rules as EC2 has them now."""

    group: GroupKey
    view_id: str


@dataclass(frozen=True, slots=True)
class ReadListsJob:
    """
    Read the prefix lists that rules of a group have come to name, as far as they are not known.

    Then tell the group's alerts from *since* on again; for None only what they told to be open and is no more.
    """

    group: GroupKey
    prefix_list_ids: tuple[str, ...]
    since: datetime | None


@dataclass(frozen=True, slots=True)
class ListEditJob:
    """Find out what the edit of a prefix list that an alert tells opens and closes, and on which groups."""

    alert_id: str


@dataclass(frozen=True, slots=True)
class BaselineJob:
    """Read the page of an account's groups in a region that begins at *token*, None for the first, for the baseline *run*."""

    account_id: str
    region: str
    token: str | None
    run: str


@dataclass(frozen=True, slots=True)
class TellAgainJob:
    """
    Tell the alerts of a group's changes from *since* on what is known by now, and those that wait for what they opened to
    close; None for *since* means the latter alone.
    """

    group: GroupKey
    since: datetime | None


@dataclass(frozen=True, slots=True)
class TellFoundJob:
    """Tell what the reading of a group of the time *at* shows, if then still no event tells of it."""

    group: GroupKey
    at: datetime


_TAKEN = "taken"

Job = (
    DrawJob
    | FinishJob
    | ObserveJob
    | BehindJob
    | NamePersonJob
    | ShowRulesJob
    | ReadListsJob
    | ListEditJob
    | TellAgainJob
    | TellFoundJob
    | BaselineJob
)


def encode_job(job: Job) -> str:
    """Write *job* as JSON."""
    match job:
        case FinishJob(alert_id, content_version):
            return json.dumps({"kind": "finish", "alert_id": alert_id, "version": str(content_version)})
        case DrawJob(alert_id, has_turn):
            return json.dumps({"kind": "draw", "alert_id": alert_id, "turn": _TAKEN if has_turn else None})
        case ObserveJob(group, alert_id):
            return json.dumps({"kind": "observe", "group": group_text(group), "alert_id": alert_id})
        case BehindJob(alert_id, has_waited):
            return json.dumps(
                {"kind": "behind", "alert_id": alert_id, "turn": _TAKEN if has_waited else None}
            )
        case TellAgainJob(group, since):
            told = since.isoformat() if since else None
            return json.dumps({"kind": "tell_again", "group": group_text(group), "since": told})
        case TellFoundJob(group, at):
            return json.dumps({"kind": "tell_found", "group": group_text(group), "at": at.isoformat()})
        case ShowRulesJob(group, view_id):
            return json.dumps({"kind": "show_rules", "group": group_text(group), "view_id": view_id})
        case ReadListsJob(group, prefix_list_ids, since):
            return json.dumps(
                {
                    "kind": "read_lists",
                    "group": group_text(group),
                    "lists": " ".join(prefix_list_ids),
                    "since": since.isoformat() if since else None,
                }
            )
        case NamePersonJob(alert_id):
            return json.dumps({"kind": "name_person", "alert_id": alert_id})
        case ListEditJob(alert_id):
            return json.dumps({"kind": "list_edit", "alert_id": alert_id})
        case BaselineJob(account_id, region, token, run):
            place = {"account": account_id, "region": region}
            return json.dumps({"kind": "baseline", **place, "token": token, "run": run})
        case _:
            assert_never(job)


def decode_job(body: str) -> Job:
    """
    Read a job from JSON.

    Raises:
        JobError: *body* is not one.
    """
    try:
        fields = Fields.of(json.loads(body), "job")
        match fields.text("kind"):
            case "draw":
                return DrawJob(fields.required_text("alert_id"), fields.text("turn") == _TAKEN)
            case "finish":
                return FinishJob(fields.required_text("alert_id"), int(fields.required_text("version")))
            case "observe":
                return ObserveJob(parse_group(fields.required_text("group")), fields.text("alert_id"))
            case "behind":
                return BehindJob(fields.required_text("alert_id"), fields.text("turn") == _TAKEN)
            case "show_rules":
                return ShowRulesJob(
                    parse_group(fields.required_text("group")), fields.required_text("view_id")
                )
            case "read_lists":
                since = fields.text("since")
                return ReadListsJob(
                    parse_group(fields.required_text("group")),
                    tuple(fields.required_text("lists").split()),
                    datetime.fromisoformat(since) if since else None,
                )
            case "name_person":
                return NamePersonJob(fields.required_text("alert_id"))
            case "list_edit":
                return ListEditJob(fields.required_text("alert_id"))
            case "baseline":
                return BaselineJob(
                    fields.required_identifier("account"),
                    fields.required_identifier("region"),
                    fields.text("token"),
                    fields.required_text("run"),
                )
            case "tell_again":
                since = fields.text("since")
                group = parse_group(fields.required_text("group"))
                return TellAgainJob(group, datetime.fromisoformat(since) if since else None)
            case "tell_found":
                group = parse_group(fields.required_text("group"))
                return TellFoundJob(group, datetime.fromisoformat(fields.required_text("at")))
            case kind:
                raise JobError(f"no job is called {kind!r}")
    except (ValueError, MalformedEvent) as error:
        raise JobError(f"not a job: {error}") from error


def parse_group(text: str) -> GroupKey:
    """
    Read "ACCOUNT/REGION/GROUP".

    >>> parse_group("111122223333/eu-west-1/sg-0a").region
    'eu-west-1'

    Raises:
        ValueError: *text* is not of this form.
    """
    account_id, region, group_id = text.split("/")
    return GroupKey(account_id, region, group_id)


def group_text(group: GroupKey) -> str:
    """Write a group's key on one line, for parse_group."""
    return f"{group.account_id}/{group.region}/{group.group_id}"
