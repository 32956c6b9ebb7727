"""Slack's secrets, from the SSM Parameter Store."""

from collections.abc import Callable
from datetime import datetime, timedelta

from botocore.exceptions import BotoCoreError, ClientError

from bot.aws.clients import Client
from bot.core.errors import SecretsMissing
from bot.core.workspace import SlackSecrets

BOT_TOKEN = "bot-token"  # noqa: S105 - a parameter's name
SIGNING_SECRET = "signing-secret"  # noqa: S105 - a parameter's name
PREVIOUS_SIGNING_SECRET = "previous-signing-secret"  # noqa: S105 - a parameter's name
CHANNEL = "channel"

_KEEP = timedelta(minutes=5)
_ASK_AGAIN = timedelta(seconds=30)  # when the Parameter Store did not answer


class ParameterStore:
    """
    Reads the secrets with one call and keeps them for five minutes, so that new ones are picked up by themselves.

    *channel* is the alert channel where the deployment says which, in place of one that lies with the secrets.
    """

    def __init__(self, path: str, client: Callable[[], Client], channel: str | None = None) -> None:
        self._path = path
        self._client = client
        self._channel = channel
        self._kept: tuple[datetime, SlackSecrets] | None = None

    def secrets(self, now: datetime) -> SlackSecrets:
        """
        Give the secrets as of *now*.

        When the Parameter Store does not answer, those that are kept go on being used.

        Raises:
            SecretsMissing: there are none, or they may not be read.
        """
        if self._kept and now < self._kept[0] + _KEEP:
            return self._kept[1]
        try:
            secrets = self._read()
        except (ClientError, BotoCoreError) as error:
            if self._kept:
                self._kept = (now - _KEEP + _ASK_AGAIN, self._kept[1])
                return self._kept[1]
            reason = (
                error.response["Error"]["Code"] if isinstance(error, ClientError) else type(error).__name__
            )
            raise SecretsMissing((self._path,), reason) from error
        self._kept = (now, secrets)
        return secrets

    def _read(self) -> SlackSecrets:
        names = (BOT_TOKEN, SIGNING_SECRET, PREVIOUS_SIGNING_SECRET, CHANNEL)
        answer = self._client().get_parameters(
            Names=[f"{self._path}/{name}" for name in names], WithDecryption=True
        )
        found = {entry["Name"].rsplit("/", 1)[-1]: entry["Value"].strip() for entry in answer["Parameters"]}
        if self._channel:
            found[CHANNEL] = self._channel
        missing = tuple(name for name in (BOT_TOKEN, SIGNING_SECRET, CHANNEL) if not found.get(name))
        if missing:
            raise SecretsMissing(tuple(f"{self._path}/{name}" for name in missing), "not set")
        signing = (found[SIGNING_SECRET], found.get(PREVIOUS_SIGNING_SECRET))
        return SlackSecrets(
            bot_token=found[BOT_TOKEN],
            signing_secrets=tuple(secret for secret in signing if secret),
            channel=found[CHANNEL],
        )
