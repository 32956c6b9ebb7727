"""The baseline of the warm times: the least that an app on Bolt can do, which answers with what was typed."""

import os
from typing import Any

from slack_bolt import Ack, App
from slack_bolt.adapter.aws_lambda import SlackRequestHandler

app = App(
    token=os.environ["BENCH_TOKEN"],
    signing_secret=os.environ["BENCH_SECRET"],
    process_before_response=True,
    token_verification_enabled=False,
)
app.client.base_url = os.environ["SLACK_API_URL"]
handler = SlackRequestHandler(app)


def slack(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Take what Slack sends to the Function URL."""
    answer: dict[str, Any] = handler.handle(event, context)  # type: ignore[no-untyped-call]
    return answer


def echo(ack: Ack, body: dict[str, Any]) -> None:
    """Answer with what was typed."""
    ack(f"You typed: {body['text']}")


app.command("/sg-changes")(echo)
