"""Muting, and looking at what was kept from the channel: registered on Bolt, one function each."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from slack_bolt import Ack, App

from bot.core.alerts import AlertNotFound
from bot.core.history import Place, QuietScope, decode_quiet_scope
from bot.core.mutes import subjects_of
from bot.core.places import Places
from bot.slack.answers import PAGE, Answer
from bot.slack.listeners import user_of
from bot.slack.mute_views import MUTE, MUTE_REASON, muted_markup, read_mute_form
from bot.slack.mutes_answer import END_MUTE, mutes_answer
from bot.slack.notifier import Notifier
from bot.slack.quiet_answer import MORE_QUIET, SHOW_QUIET, quiet_answer
from bot.slack.times import Span
from bot.slack.views import markup_view, notice_view
from bot.slack.windows import UNKNOWN_BUTTON, Windows
from bot.workflows.lookup import Lookup
from bot.workflows.muting import Muting

Body = Mapping[str, Any]

_USUAL_SPAN = timedelta(days=7)
_GONE = "This alert is not in the store any more, so it is not known what to mute. Nothing changed."
_ENDED = "This mute has ended already."


@dataclass(frozen=True, slots=True)
class QuietListeners:
    """Keeps mutes for people, and shows what is quiet."""

    muting: Muting
    lookup: Lookup
    notifier: Notifier
    windows: Windows
    places: Places
    clock: Callable[[], datetime]

    def register(self, app: App) -> None:
        """Tell *app* which function answers what."""
        app.view(MUTE)(self.mute)
        app.action(END_MUTE)(self.end_mute)
        app.action(SHOW_QUIET)(self.show_quiet)
        app.action(MORE_QUIET)(self.more_quiet)

    def mutes(self) -> Answer:
        """Answer what is muted."""
        return mutes_answer(self.muting.running(), self.places)

    def quiet(self, span: Span, place: Place) -> Answer:
        """Answer what was kept from the channel, of late where no time is asked for."""
        until = span.until or self.clock()
        return self._page(QuietScope(span.since or until - _USUAL_SPAN, until, place))

    def mute(self, ack: Ack, body: Body) -> None:
        """Mute what was chosen; the modal says what is muted by now, or why nothing is."""
        view = body["view"]
        try:
            form = read_mute_form(view)
            if not form.reason:
                ack(response_action="errors", errors={MUTE_REASON: "A few words on why, for the others."})
                return
            subject = subjects_of(self.lookup.alert(form.alert_id))[form.choice]
            mute = self.muting.mute(
                subject,
                user_of(body),
                days=form.days,
                reason=form.reason,
                also_critical=form.also_critical,
                asked=str(view["id"]),
            )
        except AlertNotFound:
            ack(response_action="update", view=notice_view("Not muted", _GONE))
        except (ValueError, KeyError, TypeError, AttributeError):
            ack(response_action="update", view=notice_view("Not muted", UNKNOWN_BUTTON))
        else:
            ack(response_action="update", view=markup_view("Muted", muted_markup(mute, self.places)))

    def end_mute(self, ack: Ack, body: Body) -> None:
        """End a mute, and show those that are left."""
        ack()
        mute_id = self.windows.read_value(body, str)
        if not mute_id:
            return
        if self.muting.end(mute_id, user_of(body)) is None:
            self.windows.tell(body, _ENDED)
        self.notifier.answer(body["response_url"], self.mutes(), replace=True)

    def show_quiet(self, ack: Ack, body: Body) -> None:
        """Show the clicker of a digest what it counts."""
        ack()
        scope = self.windows.read_value(body, decode_quiet_scope)
        if scope is not None:
            self.notifier.answer(body["response_url"], self._page(scope))

    def more_quiet(self, ack: Ack, body: Body) -> None:
        """Show the next page of what was quiet."""
        ack()
        scope = self.windows.read_value(body, decode_quiet_scope)
        if scope is not None:
            self.notifier.answer(body["response_url"], self._page(scope), replace=True)

    def _page(self, scope: QuietScope) -> Answer:
        alerts, more = self.lookup.quiet(scope, size=PAGE)
        return quiet_answer(alerts, scope, more=more, places=self.places)
