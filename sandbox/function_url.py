"""Signed requests of Slack, and the Function URL events that Lambda makes of them."""

import base64
import hashlib
import hmac
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

PATH = "/slack/events"
FORM = "application/x-www-form-urlencoded"


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """
    Sign *body* as Slack does.

    https://docs.slack.dev/authentication/verifying-requests-from-slack
    """
    digest = hmac.new(secret.encode(), b"v0:" + timestamp.encode() + b":" + body, hashlib.sha256)
    return f"v0={digest.hexdigest()}"


def signed_headers(secret: str, now: float, body: bytes, content_type: str = FORM) -> dict[str, str]:
    """Make the headers that Slack sends with *body*."""
    timestamp = str(int(now))
    return {
        "Content-Type": content_type,
        "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
        "Accept": "application/json,*/*",
        "Accept-Encoding": "gzip,deflate",
        "X-Slack-Request-Timestamp": timestamp,
        "X-Slack-Signature": signature(secret, timestamp, body),
    }


def function_url_event(
    body: bytes,
    headers: Mapping[str, str],
    now: float,
    *,
    method: str = "POST",
    path: str = PATH,
    query: str = "",
) -> dict[str, Any]:
    """
    Wrap a request as Lambda's Function URL does, payload format 2.0: names in small letters, the body in base64.

    https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html
    """
    domain = "sandbox00000000000000000000000000.lambda-url.ap-northeast-2.on.aws"
    lowered = {name.lower(): value for name, value in headers.items()}
    lowered |= {
        "host": domain,
        "content-length": str(len(body)),
        "x-forwarded-proto": "https",
        "x-forwarded-port": "443",
    }
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": query,
        "headers": lowered,
        "requestContext": {
            "accountId": "anonymous",
            "apiId": domain.split(".", 1)[0],
            "domainName": domain,
            "domainPrefix": domain.split(".", 1)[0],
            "http": {
                "method": method,
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": "198.51.100.250",
                "userAgent": lowered.get("user-agent", ""),
            },
            "requestId": str(uuid.uuid4()),
            "routeKey": "$default",
            "stage": "$default",
            "time": datetime.fromtimestamp(now, UTC).strftime("%d/%b/%Y:%H:%M:%S +0000"),
            "timeEpoch": int(now * 1000),
        },
        "isBase64Encoded": bool(body),
    }
    if body:
        event["body"] = base64.b64encode(body).decode()
    return event
