"""The public address, tried from outside as Slack would."""

import http.client
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping

from slack_sdk.signature import SignatureVerifier

from bot.slack.http import PATH

_TIMEOUT_SECONDS = 15

Fetch = Callable[[str, bytes, Mapping[str, str]], int]


def fetch(url: str, body: bytes, headers: Mapping[str, str]) -> int:
    """
    POST *body*, and give the status of the answer.

    Raises:
        OSError: no answer came.
    """
    request = urllib.request.Request(url, data=body, headers=dict(headers), method="POST")  # noqa: S310 - from the stack
    try:
        with urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS) as answer:  # noqa: S310 - likewise
            return int(answer.status)
    except urllib.error.HTTPError as answer:
        answer.close()
        return answer.code
    except http.client.HTTPException as error:
        raise OSError(type(error).__name__) from error


def find_address_trouble(
    function_url: str, signing_secret: str | None, ask: Fetch = fetch, now: Callable[[], float] = time.time
) -> str | None:
    """
    Try the deployed function, signed where there is a secret, and say what is wrong; None for nothing.

    Slack's own check (ssl_check) is what is sent, at which the function does nothing.
    """
    body, headers = b"ssl_check=1", {"Content-Type": "application/x-www-form-urlencoded"}
    if signing_secret:
        timestamp = str(int(now()))
        signature = SignatureVerifier(signing_secret).generate_signature(timestamp=timestamp, body=body)
        headers |= {"X-Slack-Request-Timestamp": timestamp, "X-Slack-Signature": str(signature)}
    try:
        status = ask(function_url.rstrip("/") + PATH, body, headers)
    except OSError as error:
        return f"it does not answer from here ({error})"
    if status == 200 or (status == 401 and not signing_secret):
        return None
    return _MEANINGS.get(status, f"it answers {status}; the slack function's log says why")


_MEANINGS = {
    401: "it still goes by an earlier signing secret, which it keeps for five minutes, or this machine's clock is wrong",
    403: "AWS lets nobody through to it: a service control policy of your organisation may forbid public function URLs",
    429: "Lambda has no instance left for it: the account's limit of concurrent executions is used up",
    502: "it fails at the start; the slack function's log says why",
    503: "it finds no secrets: they are stored for another stage or region, or its role may not read them",
}
