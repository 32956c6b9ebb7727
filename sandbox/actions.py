"""What the page may ask for: each action takes what was asked and gives an answer of the bot, a sentence, or nothing."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from sandbox.client import COMMAND, NotSubmitted
from sandbox.endpoint import Answer
from sandbox.forms import FormError, parameters
from sandbox.recorded import NotAnEvent, check_pasted, read_pasted, replay
from sandbox.slack_objects import CHANNEL, SLACKBOT
from sandbox.stories import PRINCIPALS, STORIES, play

if TYPE_CHECKING:
    from sandbox.world import Sandbox

Asked = dict[str, Any]


class Impossible(Exception):
    """What was asked cannot be done; the text says why, *field* at which input of a form, if at one."""

    def __init__(self, reason: str, field: str | None = None) -> None:
        super().__init__(reason)
        self.field = field


def _say(sandbox: "Sandbox", asked: Asked) -> Answer | None:
    """Send what was typed: a slash command goes to the bot, any other text is a message of that person."""
    user, text = asked["user"], str(asked["text"]).strip()
    word, _, rest = text.partition(" ")
    if word == COMMAND and not sandbox.slack.users[user].is_outsider:
        return sandbox.people.command(user, rest.strip())
    if word.startswith("/"):
        notice = f"{word} is not a valid command. In Slack, only {COMMAND} belongs to Panopticon."
        if word == COMMAND:
            notice = f"{word} is not a valid command: your company has not installed Panopticon."
        sandbox.slack.post(CHANNEL, SLACKBOT, {"text": notice}, ephemeral_to=user)
    elif text:
        sandbox.slack.post(CHANNEL, user, {"text": _escaped(text), "thread_ts": asked.get("thread_ts")})
    return None


def _click(sandbox: "Sandbox", asked: Asked) -> Answer:
    return sandbox.people.click(asked["user"], asked["ts"], asked["action_id"], **_which(asked))


def _click_in_modal(sandbox: "Sandbox", asked: Asked) -> Answer:
    which = _which(asked)
    return sandbox.people.click_in_modal(asked["user"], asked["action_id"], values=asked["values"], **which)


def _which(asked: Asked) -> Asked:
    return {name: asked.get(name) for name in ("value", "option", "block_id")}


def _submit(sandbox: "Sandbox", asked: Asked) -> Answer | None:
    """Submit a modal; what is missing is shown at the inputs."""
    try:
        return sandbox.people.submit(asked["user"], asked["values"])
    except NotSubmitted:
        return None


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _call_ec2(sandbox: "Sandbox", asked: Asked) -> str:
    """Make the EC2 call of a button and give, in a sentence, what EC2 answered."""
    return _outcome(_EC2[asked["call"]](sandbox))


def _fill_in(sandbox: "Sandbox", asked: Asked) -> str:
    """Make the EC2 call that was filled in."""
    operation = asked["operation"]
    try:
        made = parameters(operation, asked["fields"], sandbox.groups)
    except FormError as error:
        raise Impossible(str(error), error.name) from None
    _, principal = PRINCIPALS[asked["principal"]]
    return _outcome(sandbox.groups.call(operation, principal, **made))


def _play(sandbox: "Sandbox", asked: Asked) -> str:
    """Play a story and say what EC2 answered to its calls."""
    events = play(sandbox, asked["story"], asked["group"])
    refused = [event["detail"] for event in events if "errorCode" in event["detail"]]
    calls = "1 call" if len(events) == 1 else f"{len(events)} calls"
    if refused:
        return f"{calls} to EC2. {_outcome({'detail': refused[0]})}"
    return f"{calls} to EC2: {STORIES[asked['story']].note}."


def _outcome(event: Asked) -> str:
    record = event["detail"]
    if "errorCode" in record:
        return f"EC2 refused {record['eventName']}, nothing changed: {record['errorMessage']}"
    return f"EC2 did {record['eventName']}."


def _paste(sandbox: "Sandbox", asked: Asked) -> str:
    """Send an event that was pasted; what Panopticon cannot read is sent only if that is wanted."""
    try:
        event = read_pasted(asked["text"])
        if not asked.get("anyway"):
            check_pasted(event)
    except NotAnEvent as error:
        raise Impossible(str(error), "text") from None
    sandbox.trail.emit(event)
    return "The event is on its way."


def _replay(sandbox: "Sandbox", asked: Asked) -> str:
    sandbox.trail.emit(replay(asked["name"], sandbox.groups.ids, sandbox.clock()))
    return "The event is on its way."


def _again(sandbox: "Sandbox", asked: Asked) -> str:
    emitted = sandbox.trail.repeat(asked.get("event_id"))
    name = emitted.event["detail"].get("eventName")
    return f"{name} was delivered again, {emitted.times} times by now. Nothing is to be seen of it."


def _start_over(sandbox: "Sandbox") -> str:
    sandbox.start_over()
    return "All is as it was when you came."


def _trouble(sandbox: "Sandbox", asked: Asked) -> str:
    sandbox.slack.changed()
    return _TROUBLES[asked["kind"]](sandbox)


def _down(sandbox: "Sandbox") -> str:
    sandbox.faults.go_down()
    return "Slack is away for 30 seconds. Change something: its card comes when Slack is back."


def _slow(sandbox: "Sandbox") -> str:
    sandbox.faults.go_slow()
    return "For 30 seconds Slack takes 4 seconds to answer. It wants its own answers within 3."


def _limit(sandbox: "Sandbox") -> str:
    sandbox.faults.limited += 1
    return "Slack will answer the next call with 429, and ask for 5 seconds."


def _drop(sandbox: "Sandbox") -> str:
    sandbox.faults.dropped += 1
    return "Slack will do what the next call asks, and break the connection before it says so."


def _lose(sandbox: "Sandbox") -> str:
    sandbox.trail.to_lose += 1
    return "The next event will never come."


def _hold(sandbox: "Sandbox") -> str:
    if not sandbox.trail.holds:
        sandbox.trail.holds = True
        return "Events are held back from now on; the same button lets them go, the last one first."
    return f"{sandbox.trail.release()} events were let go, the last one first."


_TROUBLES: dict[str, Callable[["Sandbox"], str]] = {
    "down": _down,
    "slow": _slow,
    "limit": _limit,
    "drop": _drop,
    "lose": _lose,
    "hold": _hold,
}

_EC2: dict[str, Callable[["Sandbox"], Asked]] = {
    "open": lambda sandbox: sandbox.open_ssh(),
    "close": lambda sandbox: sandbox.close_ssh(),
    "delete": lambda sandbox: sandbox.delete_group(),
    "create": lambda sandbox: sandbox.create_group("old-bastion"),
}

ACTIONS: dict[str, Callable[["Sandbox", Asked], Any]] = {
    "say": _say,
    "ec2": _call_ec2,
    "fill_in": _fill_in,
    "story": _play,
    "paste": _paste,
    "replay": _replay,
    "again": _again,
    "start_over": lambda sandbox, _: _start_over(sandbox),
    "trouble": _trouble,
    "click": _click,
    "click_in_modal": _click_in_modal,
    "submit": _submit,
    "close": lambda sandbox, asked: sandbox.close_modal(asked["user"]),
}
"""The actions by name; each raises LookupError where the page was behind, and Impossible where it says why."""
