"""Bring the message in Slack to what an alert says: over the one that is there, or anew, with what its thread lacks."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.core.alerts import Alert, MessageRef
from bot.core.errors import (
    MessageGone,
    MessageRejected,
    PanopticonError,
    SecretsMissing,
    SlackError,
    SlackOutcomeUnknown,
    SlackRefused,
)
from bot.core.thread_lines import line_owed
from bot.workflows.ports import Artist, Card, Channel, Clock, LineArtist

# After a broken connection a card may stand in the channel whose timestamp nobody knows: look for it this far around.
SEARCH_MARGIN = timedelta(seconds=60)


class InDoubt(Exception):
    """It is not known whether Slack has taken a message."""

    def __init__(self, trouble: PanopticonError) -> None:
        super().__init__(str(trouble))
        self.trouble = trouble


@dataclass(slots=True)
class Done:
    """What was done in Slack for an alert: cards posted, drawn over, lines said; *overcome* is what went wrong all the same."""

    posts: int = 0
    edits: int = 0
    lines: int = 0
    overcome: list[SlackError] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Showing:
    """Calls Slack for one alert at a time, whose lease the caller holds."""

    channel: Channel
    card: Artist
    plain_card: Artist
    line: LineArtist
    clock: Clock

    def show(self, alert: Alert, unknown_since: datetime | None, done: Done) -> MessageRef | None:
        """
        Show *alert* and give where; None for one that gets no card. *unknown_since* is when an earlier try may have posted it.

        A line that its thread lacks follows the card: who is told twice after a crash in between has lost nothing. A card
        that is posted anew says it all.

        Raises:
            InDoubt: what was to be posted may stand in the channel, or may not.
            SlackError: it does not show the alert as it is.
            SecretsMissing: likewise.
        """
        message = self._update(alert, alert.message, done)
        if message:
            self._say_what_is_owed(alert, message, unknown_since, done)
        elif alert.quiet is None:
            message = self._post(alert, unknown_since, done)
        return message

    def _update(self, alert: Alert, message: MessageRef | None, done: Done) -> MessageRef | None:
        """Draw over *message*; None where there is none (any more)."""
        if message is None:
            return None
        try:
            self._send(alert, lambda card: self.channel.update(message, card), done)
        except MessageGone as gone:
            done.overcome.append(gone)
            return None  # somebody deleted the card, but what it says must still be seen
        done.edits += 1
        return message

    def _post(self, alert: Alert, unknown_since: datetime | None, done: Done) -> MessageRef:
        """Post the card, but look for it in the channel first where an earlier try may have posted it."""
        if unknown_since is not None:
            after, before = unknown_since - SEARCH_MARGIN, self.clock() + SEARCH_MARGIN
            try:
                found = self.channel.find(alert.alert_id, after=after, before=before)
            except (SlackError, SecretsMissing) as error:
                raise InDoubt(error) from error
            if shown := self._update(alert, found, done):
                return shown
        posted: list[MessageRef] = []
        try:
            self._send(alert, lambda card: posted.append(self.channel.post(card)), done)
        except SlackOutcomeUnknown as error:
            raise InDoubt(error) from error
        done.posts += 1
        return posted[0]

    def _send(self, alert: Alert, send: Callable[[Card], None], done: Done) -> None:
        try:
            send(self.card(alert))
        except MessageRejected as rejected:
            # Better a plain message than none: cards grow too large just when much has happened.
            done.overcome.append(rejected)
            send(self.plain_card(alert))

    def _say_what_is_owed(
        self, alert: Alert, message: MessageRef, unknown_since: datetime | None, done: Done
    ) -> None:
        line = line_owed(alert)
        if line is None:
            return
        try:
            self.channel.reply(message, self.line(alert, line))
        except SlackRefused as refused:
            done.overcome.append(refused)  # the card says it too, if to fewer
        except SlackOutcomeUnknown as error:
            if unknown_since is None:
                raise InDoubt(error) from error
            done.overcome.append(error)  # once more would be a third time
        else:
            done.lines += 1
