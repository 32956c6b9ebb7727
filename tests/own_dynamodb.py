"""A DynamoDB of one's own in this process, and our own client of it, with neither HTTP nor botocore between them."""

from bot.aws.json_client import Credentials, JsonClient, Place
from sandbox.dynamodb import DynamoDB


class OwnDynamoDB(JsonClient):
    """The client of a DynamoDB that has no tables yet; what crosses is what would cross on the wire, but for the signature."""

    def __init__(self) -> None:
        nowhere, keys = Place("https://dynamodb.invalid", "eu-west-1"), Credentials("testing", "testing")
        super().__init__("dynamodb", nowhere, keys, connect_timeout=1, read_timeout=1, attempts=1)
        self._dynamodb = DynamoDB()

    def _send(self, operation: str, body: bytes) -> tuple[int, bytes]:
        return self._dynamodb.answer(operation, body)
