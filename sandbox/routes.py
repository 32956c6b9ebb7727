"""HTTP: Slack's API for the bot, the page for the visitor, and what the page asks for."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import flask

from sandbox.client import COMMAND, NotSubmitted
from sandbox.endpoint import Answer
from sandbox.slack_objects import CHANNEL, JO, KIM, SAM, SLACKBOT, Message, User

if TYPE_CHECKING:
    from sandbox.world import Sandbox

PAGE = Path(__file__).parent / "page"


def page_and_api(sandbox: "Sandbox") -> flask.Flask:
    """Make the application that serves all of it."""
    app = flask.Flask("sandbox", static_folder=PAGE, static_url_path="/page")
    app.json.sort_keys = False  # type: ignore[attr-defined]  # Flask's provider has it, its base class does not

    @app.get("/")
    def index() -> flask.Response:
        return flask.send_from_directory(PAGE, "index.html")

    @app.route("/api/<method>", methods=["GET", "POST"])
    def web_api(method: str) -> flask.Response:
        arguments = dict(flask.request.values) | (flask.request.get_json(silent=True) or {})
        scheme, _, token = flask.request.headers.get("Authorization", "").partition(" ")
        answer = flask.jsonify(sandbox.api.call(method, arguments, token if scheme == "Bearer" else None))
        answer.headers["x-oauth-scopes"] = ",".join(sorted(sandbox.api.scopes))
        return answer

    @app.post("/response/<path:key>")
    def response_url(key: str) -> tuple[str, int]:
        status, text = sandbox.api.respond(key, flask.request.get_json(silent=True, force=True))
        return text, status

    @app.get("/state")
    def state() -> flask.Response:
        version = sandbox.slack.version + sandbox.groups.version
        if flask.request.args.get("since") == str(version):
            return flask.jsonify({"version": version})
        return flask.jsonify(page_state(sandbox, flask.request.args["user"], version))

    @app.post("/do/<action>")
    def do(action: str) -> tuple[flask.Response, int]:
        try:
            answer = _ACTIONS[action](sandbox, flask.request.get_json())
        except LookupError as error:  # the page was behind: what it asks about is gone
            return flask.jsonify({"error": str(error)}), 404
        failed = answer.error if isinstance(answer, Answer) else None
        return flask.jsonify({"error": failed, "said": answer if isinstance(answer, str) else None}), 200

    return app


def page_state(sandbox: "Sandbox", user: str, version: int) -> dict[str, Any]:
    """Describe all that *user* sees."""
    slack = sandbox.slack
    with slack.lock:
        view = slack.modal(user)
        return {
            "version": version,
            "user": user,
            "people": [_switch(slack.users[person]) for person in (JO, SAM, KIM)],
            "users": {
                person.id: {"name": person.real_name, "bot": person.is_bot} for person in slack.users.values()
            },
            "channel": slack.channels[CHANNEL].name,
            "messages": [_seen(message) for message in slack.timeline(user)],
            "modal": view and view.as_json() | {"errors": view.errors, "depth": len(slack.views[user])},
            "groups": sandbox.groups.rules(),
            "calls": {"slack": len(slack.calls), "aws": len(sandbox.aws.calls)},
        }


def _switch(person: User) -> dict[str, Any]:
    return {
        "id": person.id,
        "name": person.real_name,
        "note": "outside" if person.is_outsider else None,
    }


def _seen(message: Message) -> dict[str, Any]:
    return message.as_json() | {"ephemeral": message.ephemeral_to is not None}


def _say(sandbox: "Sandbox", asked: dict[str, Any]) -> Answer | None:
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
        sandbox.slack.post(CHANNEL, user, {"text": _escaped(text)})
    return None


def _click(sandbox: "Sandbox", asked: dict[str, Any]) -> Answer:
    return sandbox.people.click(asked["user"], asked["ts"], asked["action_id"], **_which(asked))


def _click_in_modal(sandbox: "Sandbox", asked: dict[str, Any]) -> Answer:
    which = _which(asked)
    return sandbox.people.click_in_modal(asked["user"], asked["action_id"], values=asked["values"], **which)


def _which(asked: dict[str, Any]) -> dict[str, Any]:
    return {name: asked.get(name) for name in ("value", "option", "block_id")}


def _submit(sandbox: "Sandbox", asked: dict[str, Any]) -> Answer | None:
    """Submit a modal; what is missing is shown at the inputs."""
    try:
        return sandbox.people.submit(asked["user"], asked["values"])
    except NotSubmitted:
        return None


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _call_ec2(sandbox: "Sandbox", asked: dict[str, Any]) -> str:
    """Make the EC2 call of a button and give, in a sentence, what EC2 answered."""
    record = _EC2[asked["call"]](sandbox)["detail"]
    if "errorCode" in record:
        return f"EC2 refused {record['eventName']}, nothing changed: {record['errorMessage']}"
    return f"EC2 did {record['eventName']}."


_EC2: dict[str, Callable[["Sandbox"], dict[str, Any]]] = {
    "open": lambda sandbox: sandbox.open_ssh(),
    "close": lambda sandbox: sandbox.close_ssh(),
    "delete": lambda sandbox: sandbox.delete_group(),
    "create": lambda sandbox: sandbox.create_group("old-bastion"),
}

_ACTIONS: dict[str, Callable[["Sandbox", dict[str, Any]], Any]] = {
    "say": _say,
    "ec2": _call_ec2,
    "click": _click,
    "click_in_modal": _click_in_modal,
    "submit": _submit,
    "close": lambda sandbox, asked: sandbox.close_modal(asked["user"]),
}
