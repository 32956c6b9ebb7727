"""What it takes to talk with one Slack workspace."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class SlackSecrets:
    """
    The app's token, what Slack signs its requests with, and the id of the alert channel.

    *signing_secrets* are one or, while they are rotated, two. The secrets do not show when this is printed.
    """

    bot_token: str = field(repr=False)
    signing_secrets: tuple[str, ...] = field(repr=False)
    channel: str
