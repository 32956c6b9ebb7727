"""What the public URL lets through: only what Slack has signed, in the last five minutes, in Slack's form."""

import json
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest

from bot import parts
from sandbox import CHANNEL, JO, SIGNING_SECRET, TEAM, Answer, Sandbox
from sandbox.aws import PARAMETERS
from sandbox.function_url import function_url_event, signed_headers

COMMAND = {
    "command": "/sg-changes",
    "text": "help",
    "user_id": JO,
    "team_id": TEAM["id"],
    "channel_id": CHANNEL,
}


def form(**fields: str) -> bytes:
    return urlencode({**COMMAND, **fields}).encode()


def odd(**fields: Any) -> bytes:
    """An interaction that is signed, but of a form that Slack does not send."""
    usual = {"user": {"id": JO}, "team": {"id": TEAM["id"]}, "secret": "SECRET-IN-BODY"}
    return urlencode({"payload": json.dumps({**usual, **fields})}).encode()


def send(
    sandbox: Sandbox, body: bytes, *, secret: str = SIGNING_SECRET, age: float = 0, **more: Any
) -> Answer:
    """Send *body*, signed with *secret* *age* seconds ago."""
    signed = {name.lower(): value for name, value in signed_headers(secret, time.time() - age, body).items()}
    headers = {
        name: value for name, value in {**signed, **more.pop("headers", {})}.items() if value is not None
    }
    return sandbox.request(body, headers, **more)


@pytest.fixture
def untouched(sandbox: Sandbox, caplog: pytest.LogCaptureFixture) -> Iterator[Sandbox]:
    """Nothing is stored, nothing said in Slack, and nothing of a request's body gets into the log."""
    sandbox.aws.calls.clear()
    yield sandbox
    assert [call for call in sandbox.aws.calls if call.service != "ssm"] == []
    assert sandbox.slack.calls == []
    log = "".join(f"{record.getMessage()} {vars(record)}" for record in caplog.get_records("call"))
    assert "request refused" in log
    for secret in ("SECRET-IN-BODY", SIGNING_SECRET, "Traceback"):
        assert secret not in log


GOOD = form(text="SECRET-IN-BODY")


@pytest.mark.parametrize(
    ("status", "request_parts"),
    [
        pytest.param(401, {"secret": "a-wrong-secret"}, id="wrong secret"),
        pytest.param(401, {"age": 301}, id="older than five minutes"),
        pytest.param(401, {"age": -360}, id="from the future"),
        pytest.param(401, {"headers": {"x-slack-signature": None}}, id="no signature"),
        pytest.param(401, {"headers": {"x-slack-request-timestamp": None}}, id="no timestamp"),
        pytest.param(401, {"headers": {"x-slack-request-timestamp": "soon"}}, id="timestamp not a number"),
        pytest.param(
            401, {"headers": {"x-slack-request-timestamp": "٣" * 10}}, id="timestamp in other digits"
        ),
        pytest.param(401, {"headers": {"x-slack-request-timestamp": "9" * 400}}, id="timestamp far too long"),
        pytest.param(401, {"headers": {"x-slack-signature": "v0=ü"}}, id="signature not ASCII"),
        pytest.param(401, {"headers": {"x-slack-signature": "v0=" + "0" * 64}}, id="signature of nothing"),
        pytest.param(404, {"path": "/"}, id="another path"),
        pytest.param(404, {"path": "/slack/events/"}, id="nearly the path"),
        pytest.param(405, {"method": "GET"}, id="another method"),
    ],
)
def test_what_slack_has_not_signed_is_refused(
    untouched: Sandbox, status: int, request_parts: dict[str, Any]
) -> None:
    answer = send(untouched, GOOD, **request_parts)
    assert answer.status == status
    assert answer.headers["content-type"] == "text/plain"
    assert "Traceback" not in answer.body
    assert len(answer.body) < 60


@pytest.mark.parametrize(
    ("status", "body"),
    [
        pytest.param(400, b"text=SECRET-IN-BODY\xff\xfe", id="not UTF-8"),
        pytest.param(400, b"payload=%7BSECRET-IN-BODY", id="payload not JSON"),
        pytest.param(400, b"payload=%5B1%5D&x=SECRET-IN-BODY", id="payload not an object"),
        pytest.param(400, b"payload=" + b"[" * 20_000, id="payload nested too deep"),
        pytest.param(400, odd(type="block_actions", actions=None), id="no actions"),
        pytest.param(400, odd(type="block_actions", actions=[]), id="not one action"),
        pytest.param(400, odd(type="block_actions", actions=[7]), id="an action that is none"),
        pytest.param(400, odd(type="view_submission", view={}), id="a view without a type"),
        pytest.param(400, odd(type="something_new"), id="a payload of another kind"),
        pytest.param(400, odd(type=["block_actions"]), id="a kind that is no text"),
        pytest.param(400, b"&".join(b"a%d=SECRET-IN-BODY" % n for n in range(200)), id="too many fields"),
        pytest.param(413, b"text=" + b"x" * 1_100_000, id="oversized"),
    ],
)
def test_what_is_signed_but_not_in_slacks_form_is_refused(
    untouched: Sandbox, status: int, body: bytes
) -> None:
    assert send(untouched, body).status == status


def test_a_body_changed_on_the_way_is_refused(untouched: Sandbox) -> None:
    headers = signed_headers(SIGNING_SECRET, time.time(), GOOD)
    assert untouched.request(GOOD + b"&text=doctor", headers).status == 401


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"headers": None}, id="no headers"),
        pytest.param({"body": None}, id="no body"),
        pytest.param({"body": 7}, id="body not a text"),
        pytest.param({"body": "%%%", "isBase64Encoded": True}, id="body not base64"),
        pytest.param({"requestContext": None}, id="no request context"),
        pytest.param({"requestContext": {"http": "GET"}}, id="request context of another form"),
        pytest.param({"rawPath": None}, id="no path"),
    ],
)
def test_an_event_of_another_form_gets_a_4xx(untouched: Sandbox, changes: dict[str, Any]) -> None:
    headers = signed_headers(SIGNING_SECRET, time.time(), GOOD)
    event = {**function_url_event(GOOD, headers, time.time()), **changes}
    answer = untouched.functions.invoke("slack", event)
    assert 400 <= answer["statusCode"] < 500


def test_a_body_that_is_not_base64_encoded_is_taken_too(sandbox: Sandbox) -> None:
    headers = signed_headers(SIGNING_SECRET, time.time(), form())
    event = function_url_event(form(), headers, time.time())
    answer = sandbox.functions.invoke("slack", {**event, "body": form().decode(), "isBase64Encoded": False})
    assert answer["statusCode"] == 200


def test_text_with_the_word_payload_works(sandbox: Sandbox) -> None:
    answer = send(sandbox, form(text="payload-service"))
    assert answer.status == 200
    assert (
        "No group called payload-service."
        in json.loads(answer.body)["blocks"][0]["elements"][0]["elements"][0]["text"]
    )


def test_slacks_check_of_the_certificate_is_answered(sandbox: Sandbox) -> None:
    assert send(sandbox, b"ssl_check=1&token=x").status == 200


class TestSecrets:
    """Secrets that come late, change, or are missing; the cache of the handlers' process is what a new one has."""

    @pytest.fixture(autouse=True)
    def fresh_process(self) -> Iterator[None]:
        parts.parameters.cache_clear()
        yield
        parts.parameters.cache_clear()

    def test_two_secrets_are_valid_while_they_are_rotated(self, sandbox: Sandbox) -> None:
        sandbox.aws.ssm.put_parameter(
            Name=f"{PARAMETERS}/previous-signing-secret", Type="SecureString", Value="the-old-secret"
        )
        assert send(sandbox, form()).status == 200
        assert send(sandbox, form(), secret="the-old-secret").status == 200
        assert send(sandbox, form(), secret="an-older-secret").status == 401

    def test_without_secrets_the_answer_is_503_until_they_are_there(
        self, sandbox: Sandbox, caplog: pytest.LogCaptureFixture
    ) -> None:
        name = f"{PARAMETERS}/signing-secret"
        sandbox.aws.ssm.delete_parameter(Name=name)
        assert send(sandbox, form()).status == 503
        assert f"Slack's secrets are missing: {name}: not set" in caplog.text

        sandbox.aws.ssm.put_parameter(Name=name, Type="SecureString", Value=SIGNING_SECRET)
        assert send(sandbox, form()).status == 200

    def test_a_change_that_comes_before_the_secrets_is_told_after(self, sandbox: Sandbox) -> None:
        token = sandbox.aws.ssm.get_parameter(Name=f"{PARAMETERS}/bot-token", WithDecryption=True)[
            "Parameter"
        ]["Value"]
        sandbox.aws.ssm.delete_parameter(Name=f"{PARAMETERS}/bot-token")
        sandbox.functions.invoke("events", sandbox.open_ssh())
        assert sandbox.slack.calls == []

        sandbox.aws.ssm.put_parameter(Name=f"{PARAMETERS}/bot-token", Type="SecureString", Value=token)
        sandbox.queues.run_schedule()
        sandbox.drain()
        assert len(sandbox.slack.messages(CHANNEL)) == 1
