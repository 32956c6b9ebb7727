"""`make connect`: Slack's token, signing secret and channel, asked for without echo, tried, then stored."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from bot.aws.parameters import BOT_TOKEN, CHANNEL, PREVIOUS_SIGNING_SECRET, SIGNING_SECRET
from deploy import address, slack
from deploy.app import asked_scopes
from deploy.stack import Stack
from deploy.terminal import Terminal
from deploy.vault import Vault


@dataclass(frozen=True, slots=True)
class Connecting:
    """Connects a deployed stack with a workspace; *fetch* asks the function's address."""

    terminal: Terminal
    vault: Vault
    clock: Callable[[], datetime]
    fetch: address.Fetch = address.fetch

    def connect(self, stack: Stack) -> None:
        """
        Ask, try, and store; what is stored already may be kept.

        Raises:
            DeployError: Slack or AWS refused; until all was tried, nothing is stored.
        """
        api_url = stack.parameters["SlackApiUrl"]
        stored = self.vault.stored()
        say = self.terminal.say
        say("On the app's page at api.slack.com/apps. What you type is not shown.")
        token = slack.read_token(self._secret("Bot User OAuth Token", stored.get(BOT_TOKEN)))
        app = slack.ask_whose(token, api_url)
        slack.check_scopes(app, asked_scopes())
        say(f"  {app.name} in {app.workspace}, {_scopes(app)}")
        secret = slack.read_signing_secret(self._secret("Signing Secret", stored.get(SIGNING_SECRET)))
        channel = slack.read_channel(self._channel(stack, stored.get(CHANNEL)))
        slack.check_channel(token, channel, api_url, self.clock)
        say(f"  cards can be posted to {channel}")

        earlier = stored.get(SIGNING_SECRET)
        if earlier and earlier != secret:
            self.vault.keep(PREVIOUS_SIGNING_SECRET, earlier)
        self.vault.keep(BOT_TOKEN, token)
        self.vault.keep(SIGNING_SECRET, secret)
        self.vault.keep(CHANNEL, channel)
        say(f"Stored under {self.vault.path}. The functions use them within five minutes.")
        if earlier and earlier != secret:
            say(
                "The earlier signing secret stays valid beside the new one, until you delete previous-signing-secret."
            )

        url = stack.output("FunctionUrl")
        trouble = address.find_address_trouble(url, secret, self.fetch)
        if trouble:
            say(f"But {url}: {trouble}.")
        else:
            say("The function's address answers what is signed with this secret.")
        say(
            "Next: /sg-changes doctor in Slack (a 401 there means a wrong signing secret), and make prove here."
        )

    def _secret(self, what: str, stored: str | None) -> str:
        keep = " (Enter keeps the stored one)" if stored else ""
        return self.terminal.ask_secret(f"{what}{keep}: ") or stored or ""

    def _channel(self, stack: Stack, stored: str | None) -> str:
        if fixed := stack.parameters.get("Channel"):
            self.terminal.say(f"Channel: {fixed}, as the deployment says (parameter channel)")
            return fixed
        keep = f" (Enter keeps {stored})" if stored else ""
        question = f"Channel for cards, its id or link{keep}; type /invite @Panopticon there first: "
        return self.terminal.ask(question) or stored or ""


def _scopes(app: slack.App) -> str:
    return "scopes not told" if app.scopes is None else f"scopes {', '.join(sorted(app.scopes))}"
