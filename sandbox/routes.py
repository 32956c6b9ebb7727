"""HTTP: Slack's API for the bot, the page for the visitor, and what the page asks for."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import flask

from sandbox.actions import ACTIONS, Impossible
from sandbox.endpoint import Answer
from sandbox.faults import RETRY_AFTER_SECONDS
from sandbox.page_state import card_state, offers, page_state
from sandbox.slack_objects import CHANNEL

if TYPE_CHECKING:
    from sandbox.world import Sandbox

PAGE = Path(__file__).parent / "page"


def page_and_api(sandbox: "Sandbox") -> flask.Flask:
    """Make the application that serves all of it."""
    app = flask.Flask("sandbox", static_folder=PAGE, static_url_path="/page")
    app.json.sort_keys = False  # type: ignore[attr-defined]  # Flask's provider has it, its base class does not
    _add_slack(app, sandbox)
    _add_page(app, sandbox)
    return app


def _add_slack(app: flask.Flask, sandbox: "Sandbox") -> None:
    @app.route("/api/<method>", methods=["GET", "POST"])
    def web_api(method: str) -> flask.Response:
        if refused := _refused(sandbox):
            return refused
        arguments = dict(flask.request.values) | (flask.request.get_json(silent=True) or {})
        scheme, _, token = flask.request.headers.get("Authorization", "").partition(" ")
        body = sandbox.api.call(method, arguments, token if scheme == "Bearer" else None)
        if sandbox.faults.drops():
            return _broken_off()
        answer = flask.jsonify(body)
        if body.get("error") == "ratelimited":
            answer = _too_many(body["retry_after"])
        answer.headers["x-oauth-scopes"] = ",".join(sorted(sandbox.api.scopes))
        return answer

    @app.post("/response/<path:key>")
    def response_url(key: str) -> flask.Response:
        if refused := _refused(sandbox):
            return refused
        status, text = sandbox.api.respond(key, flask.request.get_json(silent=True, force=True))
        return flask.Response(text, status)


def _refused(sandbox: "Sandbox") -> flask.Response | None:
    code = sandbox.faults.refuses()
    if code == "ratelimited":
        return _too_many(RETRY_AFTER_SECONDS)
    return flask.jsonify({"ok": False, "error": code}) if code else None


def _too_many(seconds: int) -> flask.Response:
    answer = flask.jsonify({"ok": False, "error": "ratelimited"})
    answer.status_code, answer.headers["Retry-After"] = 429, str(seconds)
    return answer


def _broken_off() -> flask.Response:
    """Promise more than is sent: the connection ends in the middle of the answer."""
    answer = flask.Response("{", 200, content_type="application/json")
    answer.headers["Content-Length"] = "1000"
    return answer


def _add_page(app: flask.Flask, sandbox: "Sandbox") -> None:
    @app.get("/")
    def index() -> flask.Response:
        return flask.send_from_directory(PAGE, "index.html")

    @app.get("/offers")
    def what_there_is() -> flask.Response:
        return flask.jsonify(offers())

    @app.get("/state")
    def state() -> flask.Response:
        sandbox.slack.post_due()
        version = sandbox.slack.version + sandbox.groups.version
        if flask.request.args.get("since") == str(version):
            return flask.jsonify({"version": version})
        return flask.jsonify(page_state(sandbox, flask.request.args["user"], version))

    @app.get("/card")
    def card() -> tuple[flask.Response, int]:
        message = sandbox.slack.find(CHANNEL, flask.request.args["ts"], ephemeral=True)
        if message is None:
            return flask.jsonify({"error": "this message is gone"}), 404
        return flask.jsonify(card_state(sandbox, message)), 200

    @app.get("/knows")
    def knows() -> flask.Response:
        with sandbox.restarting:  # there is no table for a moment
            return flask.jsonify(sandbox.knowledge.of(flask.request.args["groups"].split(",")))

    @app.post("/do/<action>")
    def do(action: str) -> tuple[flask.Response, int]:
        asked: dict[str, Any] = flask.request.get_json()
        try:
            answer = ACTIONS[action](sandbox, asked)
        except Impossible as problem:
            return flask.jsonify({"error": str(problem), "field": problem.field}), 200
        except LookupError as error:  # the page was behind: what it asks about is gone
            return flask.jsonify({"error": str(error)}), 404
        failed = answer.error if isinstance(answer, Answer) else None
        return flask.jsonify({"error": failed, "said": answer if isinstance(answer, str) else None}), 200
