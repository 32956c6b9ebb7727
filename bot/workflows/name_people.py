"""Put on a card who in Slack made the change, where Slack may be asked."""

from contextlib import suppress
from dataclasses import dataclass

from bot.core.alerts import AlertNotFound
from bot.core.errors import SlackError
from bot.core.people import KnownPerson, email_of
from bot.workflows.draw import Drawing
from bot.workflows.ports import Clock, Directory, People


@dataclass(frozen=True, slots=True)
class NamingPeople:
    """Matches the e-mail addresses of sessions to people in Slack, whom it asks for each once a day."""

    store: People
    directory: Directory
    drawing: Drawing
    clock: Clock

    def name(self, alert_id: str) -> None:
        """
        Tell an alert who made its change; where Slack does not say, the card stays as it is.

        Raises:
            StoreError: it may not have been told.
        """
        try:
            alert = self.store.alert(alert_id)
        except AlertNotFound:
            return
        email, now = email_of(alert.digest.change.principal), self.clock()
        if email is None or alert.person:
            return
        known = self.store.person(email)
        if known is None or not known.holds(now):
            with suppress(SlackError):  # a missing scope, a limit, an outage: the next card asks again
                known = KnownPerson(self.directory.find_user(email), now)
                self.store.keep_person(email, known)
        if known and known.person and self.store.tell_person(alert, known.person):
            self.drawing.draw(alert_id, retry=False)
