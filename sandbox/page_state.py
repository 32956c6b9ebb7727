"""What the page draws: all that one person sees in Slack, and what AWS and the trail are at."""

import base64
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from bot.core.alerts import alert_id_for
from sandbox.endpoint import DEADLINE_SECONDS
from sandbox.forms import FORMS
from sandbox.recorded import RECORDED
from sandbox.slack_objects import CHANNEL, JO, KIM, LEE, SAM, SLACKBOT, Message, User
from sandbox.stories import PRINCIPALS, STORIES

if TYPE_CHECKING:
    from sandbox.client import Request
    from sandbox.world import Sandbox

_JSON = dict[str, Any]


def offers() -> _JSON:
    """Describe what can be played, made and replayed, which stays the same."""
    return {
        "forms": FORMS,
        "principals": {key: name for key, (name, _) in PRINCIPALS.items()},
        "stories": {key: {"title": story.title, "note": story.note} for key, story in STORIES.items()},
        "recorded": [{"name": record["name"], "note": record["note"]} for record in RECORDED],
    }


def page_state(sandbox: "Sandbox", user: str, version: int) -> _JSON:
    """Describe all that *user* sees."""
    slack = sandbox.slack
    with slack.lock:
        view = slack.modal(user)
        return {
            "version": version,
            "user": user,
            "people": [_switch(slack.users[person]) for person in (JO, SAM, LEE, KIM)],
            "users": {
                person.id: {"name": person.real_name, "bot": person.is_bot} for person in slack.users.values()
            },
            "channel": slack.channels[CHANNEL].name,
            "messages": [_seen(message) for message in slack.timeline(user)],
            "modal": view and view.as_json() | {"errors": view.errors, "depth": len(slack.views[user])},
            "groups": sandbox.groups.rules(),
            "calls": {"slack": len(slack.calls), "aws": len(sandbox.aws.calls)},
            "answer": _last_answer(sandbox),
            "trouble": trouble(sandbox),
        }


def trouble(sandbox: "Sandbox") -> _JSON:
    """Describe the switches that are on, and the events that wait or were lost."""
    faults, trail = sandbox.faults, sandbox.trail
    return {
        "down": round(faults.seconds_down),
        "slow": round(faults.seconds_slow),
        "limited": faults.limited,
        "dropped": faults.dropped,
        "holds": trail.holds,
        "held": len(trail.held),
        "to_lose": trail.to_lose,
        "lost": sum(each.fate == "lost" for each in trail.emitted),
    }


def card_state(sandbox: "Sandbox", message: Message) -> _JSON:
    """Describe what stands behind a message: its events, the calls that drew it, the clicks on it, and its Block Kit."""
    shown = ((message.metadata or {}).get("event_payload") or {}).get("alert_id")
    with sandbox.slack.lock:
        calls = [
            call
            for call in sandbox.slack.calls
            if call.arguments.get("ts") == message.ts
            or (shown and _alert_of(call.arguments.get("metadata")) == shown)
        ]
        emitted = [each for each in sandbox.trail.emitted if shown and alert_id_for(each.event_id) == shown]
        requests = [request for request in sandbox.people.requests if request.ts == message.ts]
    return {
        "events": [
            {"event": each.event, "times": each.times, "fate": each.fate, "event_id": each.event_id}
            for each in emitted
        ],
        "seconds": round(float(message.ts) - emitted[0].at, 2) if emitted else None,
        "requests": [_request(request) for request in requests],
        "calls": [{"method": call.method, "at": call.at, "error": call.error} for call in calls],
        "message": message.as_json(with_metadata=True),
    }


def _alert_of(metadata: Any) -> str | None:
    if isinstance(metadata, str):
        metadata = json.loads(metadata)
    payload = metadata.get("event_payload") if isinstance(metadata, dict) else None
    return payload.get("alert_id") if isinstance(payload, dict) else None


def _request(request: "Request") -> _JSON:
    """Write a request as it went over the wire, its payload readable, and what came back."""
    event = request.answer.request
    body = base64.b64decode(event.get("body", "")).decode()
    form = {name: values[0] for name, values in parse_qs(body).items()}
    return {
        "what": request.what,
        "user": request.user,
        "at": request.at,
        "seconds": round(request.answer.seconds, 3),
        "status": request.answer.status,
        "error": request.answer.error,
        "event": event,
        "form": form | {"payload": json.loads(form["payload"])} if "payload" in form else form,
        "answer": request.answer.body,
    }


def _last_answer(sandbox: "Sandbox") -> _JSON | None:
    if not sandbox.people.requests:
        return None
    answer = sandbox.people.requests[-1].answer
    return {"seconds": round(answer.seconds, 2), "late": answer.seconds > DEADLINE_SECONDS}


def _switch(person: User) -> _JSON:
    note = "other company" if person.is_outsider else "guest" if person.is_guest else None
    return {"id": person.id, "name": person.real_name, "note": note}


def _seen(message: Message) -> _JSON:
    return message.as_json() | {
        "ephemeral": message.ephemeral_to is not None,
        "failed": message.user == SLACKBOT,
    }
