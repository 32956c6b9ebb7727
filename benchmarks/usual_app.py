"""
The baseline of the cold starts: the app as it is usually written, which answers from the same table and the same EC2.

Bolt with its Lambda adapter and lazy listeners, as its documentation shows them, and a boto3 client for each service made at
import. It asks of DynamoDB, EC2 and Slack what Panopticon asks of them for the same thing, and leaves out the rest.
"""

import os
from typing import Any

import boto3
from boto3.dynamodb.types import TypeDeserializer
from slack_bolt import Ack, App, Respond
from slack_bolt.adapter.aws_lambda import SlackRequestHandler
from slack_sdk import WebClient

TABLE = os.environ["TABLE_NAME"]
FEED = os.environ["BENCH_FEED"]  # the key of this month's changes
GROUP = os.environ["BENCH_GROUP"]
VIEW = "rules"

dynamodb = boto3.client("dynamodb")
ec2 = boto3.client("ec2")
lambdas = boto3.client("lambda")

app = App(
    token=os.environ["BENCH_TOKEN"],
    signing_secret=os.environ["BENCH_SECRET"],
    process_before_response=True,
    token_verification_enabled=False,
)
app.client.base_url = os.environ["SLACK_API_URL"]
handler = SlackRequestHandler(app)
read = TypeDeserializer().deserialize


def slack(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Take what Slack sends to the Function URL."""
    answer: dict[str, Any] = handler.handle(event, context)  # type: ignore[no-untyped-call]
    return answer


def acknowledge_command(ack: Ack) -> None:
    """Tell Slack that the command has come."""
    ack()


def list_changes(respond: Respond) -> None:
    """Answer with this month's latest changes."""
    changes = [
        {name: read(value) for name, value in item.items()}
        for item in dynamodb.query(
            TableName=TABLE,
            IndexName="feed",
            KeyConditionExpression="feed_pk = :month",
            ExpressionAttributeValues={":month": {"S": FEED}},
            ScanIndexForward=False,
            Limit=20,
        )["Items"]
    ]
    respond("\n".join(str(change) for change in changes) or "No changes.")


app.command("/sg-changes")(ack=acknowledge_command, lazy=[list_changes])


def acknowledge_click(ack: Ack) -> None:
    """Tell Slack that the click has come."""
    ack()


def acknowledge_alert(body: dict[str, Any], client: WebClient) -> None:
    """Store who acknowledged, and redraw the card without its button."""
    alert = body["actions"][0]["value"]
    user = body["user"]["id"]
    dynamodb.update_item(
        TableName=TABLE,
        Key={"pk": {"S": f"USUAL#{alert}"}, "sk": {"S": "ALERT"}},
        UpdateExpression="SET acknowledged_by = :user",
        ConditionExpression="attribute_not_exists(acknowledged_by)",
        ExpressionAttributeValues={":user": {"S": user}},
    )
    text = f"Acknowledged by <@{user}>"
    client.chat_update(
        channel=body["channel"]["id"],
        ts=body["message"]["ts"],
        text=text,
        blocks=[{"type": "section", "text": {"type": "mrkdwn", "text": text}}],
        attachments=[],
    )


app.action("acknowledge")(ack=acknowledge_click, lazy=[acknowledge_alert])


def open_rules(ack: Ack, body: dict[str, Any], client: WebClient) -> None:
    """Open the modal at once, as a trigger lives for three seconds."""
    ack()
    client.views_open(trigger_id=body["trigger_id"], view=_view("Loading …", VIEW))


def fill_rules(client: WebClient) -> None:
    """Fill the modal with the group's rules as EC2 has them."""
    found = ec2.describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [GROUP]}])
    words = "\n".join(
        f"{rule['IpProtocol']} {rule.get('FromPort')} from {rule.get('CidrIpv4')}"
        for rule in found["SecurityGroupRules"]
    )
    client.views_update(external_id=VIEW, view=_view(words, VIEW))


app.action("view_rules")(ack=open_rules, lazy=[fill_rules])


def _view(words: str, external_id: str) -> dict[str, Any]:
    section = {"type": "section", "text": {"type": "mrkdwn", "text": words}}
    title = {"type": "plain_text", "text": "Rules"}
    return {"type": "modal", "external_id": external_id, "title": title, "blocks": [section]}
