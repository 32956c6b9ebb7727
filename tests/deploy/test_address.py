"""The public address, tried as Slack would."""

from collections.abc import Mapping

import pytest

from deploy.address import Fetch, fetch, find_address_trouble
from sandbox import SIGNING_SECRET, Sandbox
from tests.deploy.conftest import FUNCTION_URL


@pytest.fixture
def ask(sandbox: Sandbox) -> Fetch:
    """The slack function behind its address, as Lambda calls it."""

    def answer(url: str, body: bytes, headers: Mapping[str, str]) -> int:
        assert url == f"{FUNCTION_URL}slack/events"
        return sandbox.request(body, headers).status

    return answer


def test_a_function_that_is_connected_takes_what_is_signed(ask: Fetch) -> None:
    assert find_address_trouble(FUNCTION_URL, SIGNING_SECRET, ask) is None


def test_before_it_is_connected_a_refusal_shows_that_it_is_there(ask: Fetch) -> None:
    assert find_address_trouble(FUNCTION_URL, None, ask) is None


def test_a_secret_that_it_does_not_know_is_said(ask: Fetch) -> None:
    trouble = find_address_trouble(FUNCTION_URL, "another", ask)
    assert trouble is not None
    assert "earlier signing secret" in trouble


def test_a_function_that_lacks_its_secrets_says_so(ask: Fetch, sandbox: Sandbox) -> None:
    sandbox.aws.ssm.delete_parameter(Name="/panopticon/sandbox/bot-token")
    trouble = find_address_trouble(FUNCTION_URL, SIGNING_SECRET, ask)
    assert trouble is not None
    assert "finds no secrets" in trouble


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (403, "service control policy"),
        (502, "fails at the start"),
        (429, "no instance left"),
        (418, "answers 418"),
    ],
)
def test_what_aws_answers_in_its_place_has_a_meaning(status: int, words: str) -> None:
    trouble = find_address_trouble(FUNCTION_URL, None, lambda *_: status)
    assert trouble is not None
    assert words in trouble


def test_no_answer_is_said() -> None:
    trouble = find_address_trouble("http://127.0.0.1:9", None)
    assert trouble is not None
    assert trouble.startswith("it does not answer from here")


def test_a_refusal_of_a_real_server_is_a_status(sandbox: Sandbox) -> None:
    assert fetch(f"{sandbox.url}/api/auth.test", b"x=1", {}) == 200
    assert fetch(f"{sandbox.url}/nowhere", b"", {}) == 404
