"""The slash command, and the buttons and menus of its answers: registered on Bolt, one function each."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from slack_bolt import Ack, App

from bot.core.changes import GroupDetails
from bot.core.health import Health
from bot.core.history import AlertScope, KnownPrincipal, Listing, Place, decode_listing, decode_scope
from bot.core.jobs import parse_group
from bot.core.places import Places
from bot.slack.answers import (
    MORE_ALERTS,
    NEWER_CHANGES,
    OLDER_CHANGES,
    PAGE,
    SHARE_ALERTS,
    SHARE_CHANGES,
    Answer,
    changes_answer,
    changes_view,
    health_answer,
    help_answer,
    not_found_answer,
    nothing_answer,
    open_alerts_answer,
    place_words,
    sentence_answer,
    shared,
)
from bot.slack.catch_up_card import LIST_UNACKNOWLEDGED
from bot.slack.commands import COMMAND, nearest_keyword, parse_command
from bot.slack.ledger_questions import LedgerQuestions
from bot.slack.menus import (
    PICK_FOR_CHANGES,
    PICK_FOR_RULES,
    PICK_PRINCIPAL,
    TO_SEE_RULES,
    Pick,
    groups_answer,
    principals_answer,
    read_kept,
    to_see_changes,
    to_see_rules_at,
    to_see_why,
)
from bot.slack.notifier import Notifier
from bot.slack.queries import (
    Doctor,
    Exposed,
    GroupChanges,
    GroupRules,
    GroupRulesAt,
    Help,
    KeptQuiet,
    LatestChanges,
    Muted,
    Open,
    PrincipalChanges,
    Query,
    Scope,
    Unacknowledged,
    Why,
)
from bot.slack.quiet_listeners import QuietListeners
from bot.slack.times import ANY_TIME, Misunderstood, Span
from bot.slack.windows import Windows
from bot.workflows.lookup import Lookup, ManyGroups, ManyPrincipals, NoGroup, NoPrincipal

Body = Mapping[str, Any]

_NOBODY = f"Nobody is known by this any more. Type {COMMAND} by, and a name."


@dataclass(frozen=True, slots=True)
class Questions:
    """Answers questions. What only the store is needed for is answered in the ack itself."""

    lookup: Lookup
    of_ledgers: LedgerQuestions
    of_quiet: QuietListeners
    notifier: Notifier
    windows: Windows
    places: Places
    clock: Callable[[], datetime]

    def register(self, app: App) -> None:
        """Tell *app* which function answers what."""
        app.command(COMMAND)(self.answer_command)
        app.action(OLDER_CHANGES)(self.turn_changes)
        app.action(NEWER_CHANGES)(self.turn_changes)
        app.action(MORE_ALERTS)(self.more_alerts)
        app.action(LIST_UNACKNOWLEDGED)(self.list_unacknowledged)
        app.action(SHARE_CHANGES)(self.share_changes)
        app.action(SHARE_ALERTS)(self.share_alerts)
        app.action(PICK_FOR_CHANGES)(self.pick_for_changes)
        app.action(PICK_FOR_RULES)(self.pick_for_rules)
        app.action(PICK_PRINCIPAL)(self.pick_principal)

    def answer_command(self, ack: Ack, body: Body) -> None:
        """Answer the slash command in the ack itself; only a group's rules need the worker."""
        answer = self._answer(parse_command(body.get("text", ""), self.clock()), body)
        ack(**answer) if answer else ack()

    def _answer(self, query: Query, body: Body) -> Answer | None:
        """Answer *query*; None where a modal that is opened does."""
        place = self._place(getattr(query, "scope", Scope()))
        if not isinstance(place, Place):
            return place
        match query:
            case LatestChanges(span):
                return self._changes(Listing(place=place, since=span.since, until=span.until))
            case GroupChanges(name, span):
                found = self._group(name, place, to_see_changes(span))
                return self._changes(_listing_of(found, span)) if isinstance(found, GroupDetails) else found
            case PrincipalChanges(name, span):
                known = self._principal(name, span, place)
                if not isinstance(known, KnownPrincipal):
                    return known
                return self._changes(_listing_by(known, span, place))
            case GroupRules(name):
                found = self._group(name, place, TO_SEE_RULES)
                if not isinstance(found, GroupDetails):
                    return found
                trouble = self.windows.show_rules(body, found.key)
                return sentence_answer(trouble) if trouble else None
            case GroupRulesAt(name, at):
                found = self._group(name, place, to_see_rules_at(at))
                return self.of_ledgers.rules_at(found, at) if isinstance(found, GroupDetails) else found
            case Why(name, flow):
                found = self._group(name, place, to_see_why(flow))
                return self.of_ledgers.why(found, flow) if isinstance(found, GroupDetails) else found
            case Exposed():
                return self.of_ledgers.exposed(AlertScope(place))
            case Unacknowledged():
                return self._open_alerts(AlertScope(place))
            case KeptQuiet(span):
                return self.of_quiet.quiet(span, place)
            case Muted():
                return self.of_quiet.mutes()
            case Doctor():
                return health_answer(self._health(), self.places)
            case Help():
                return help_answer()
            case Open():
                return self._two_counts()
            case Misunderstood(reason, example):
                return sentence_answer(f"{reason} For example: {COMMAND} {example}")

    def turn_changes(self, ack: Ack, body: Body) -> None:
        """Show the next older or newer page, where the list is: in a modal, or in an answer."""
        ack()
        listing = self.windows.read_value(body, decode_listing)
        if listing is None:
            return
        page = self.lookup.changes(listing, size=PAGE)
        if "view" in body:
            self.windows.turn(body, changes_view(page, self.places))
        else:
            self.notifier.answer(body["response_url"], changes_answer(page, self.places), replace=True)

    def more_alerts(self, ack: Ack, body: Body) -> None:
        """Show the next alerts that wait."""
        ack()
        scope = self.windows.read_value(body, decode_scope)
        if scope is not None:
            self.notifier.answer(body["response_url"], self._open_alerts(scope), replace=True)

    def list_unacknowledged(self, ack: Ack, body: Body) -> None:
        """List the alerts that wait, for whoever clicked on a card that told many together."""
        ack()
        self.notifier.answer(body["response_url"], self._open_alerts(AlertScope()))

    def share_changes(self, ack: Ack, body: Body) -> None:
        """Show everybody in the channel the page that only one person saw."""
        ack()
        listing = self.windows.read_value(body, decode_listing)
        if listing is not None:
            self._share(body, self._changes(listing))

    def share_alerts(self, ack: Ack, body: Body) -> None:
        """Show everybody in the channel the alerts that wait."""
        ack()
        scope = self.windows.read_value(body, decode_scope)
        if scope is not None:
            self._share(body, self._open_alerts(scope))

    def pick_for_changes(self, ack: Ack, body: Body) -> None:
        """Show the changes of the group that was picked."""
        ack()
        key, (span, _) = self.windows.read_value(body, parse_group), _read_kept(body)
        if key:
            answer = self._changes(_listing_of(self.lookup.details(key), span))
            self.notifier.answer(body["response_url"], answer, replace=True)

    def pick_for_rules(self, ack: Ack, body: Body) -> None:
        """Show the rules of the group that was picked."""
        ack()
        key = self.windows.read_value(body, parse_group)
        trouble = self.windows.show_rules(body, key) if key else None
        if trouble:
            self.windows.tell(body, trouble)

    def pick_principal(self, ack: Ack, body: Body) -> None:
        """Show the changes by the principal who was picked."""
        ack()
        reference, (span, place) = self.windows.read_value(body, str), _read_kept(body)
        known = self.lookup.principal(reference) if reference else None
        answer = self._changes(_listing_by(known, span, place)) if known else sentence_answer(_NOBODY)
        self.notifier.answer(body["response_url"], answer, replace=True)

    def _place(self, scope: Scope) -> Place | Answer:
        """Find the account that is meant by its id or name."""
        if scope.account is None:
            return Place(None, scope.region)
        account_id = self.places.account_id(scope.account)
        if account_id is None:
            known = ", ".join(sorted(self.places.account_names.values())[:20])
            hint = (
                f"Known by name: {known}." if known else "Its 12 digits will do; names come from policy.toml."
            )
            return sentence_answer(f"No account is called {scope.account}. {hint}")
        return Place(account_id, scope.region)

    def _group(self, name: str, place: Place, pick: Pick) -> GroupDetails | Answer:
        match self.lookup.find_group(name, place):
            case ManyGroups(groups):
                return groups_answer(name, groups, pick, self.places)
            case NoGroup(near):
                hint = "Panopticon learns of a group when it first changes."
                if near:
                    hint = f"Did you mean {near.name} ({self.places.account(near.key.account_id)}, {near.key.region})?"
                if keyword := nearest_keyword(name):
                    hint += f" Or did you mean {COMMAND} {keyword}?"
                sentence = f"No group called {name}{place_words(place, self.places)}. {hint}"
                return not_found_answer(sentence, self.lookup.silence(Listing()))
            case found:
                return found

    def _principal(self, name: str, span: Span, place: Place) -> KnownPrincipal | Answer:
        match self.lookup.find_principal(name):
            case ManyPrincipals(principals):
                return principals_answer(name, principals, span=span, place=place, places=self.places)
            case NoPrincipal(near):
                hint = (
                    f"Did you mean {near.name}?"
                    if near
                    else "Sessions of a role are listed under the role's name."
                )
                sentence = f"Nobody called {name} has changed anything that is recorded. {hint}"
                return not_found_answer(sentence, self.lookup.silence(Listing()))
            case known:
                return known

    def _changes(self, listing: Listing) -> Answer:
        page = self.lookup.changes(listing, size=PAGE)
        if page.entries or page.older:
            return changes_answer(page, self.places)
        return nothing_answer(listing, self.lookup.silence(listing), self.places)

    def _open_alerts(self, scope: AlertScope) -> Answer:
        alerts, more = self.lookup.unacknowledged(scope, size=PAGE)
        return open_alerts_answer(alerts, scope, more=more, now=self.clock(), places=self.places)

    def _two_counts(self) -> Answer:
        count, opened, has_more = self.lookup.count_open()
        at_least = "at least " if has_more else ""
        return sentence_answer(
            f"“open” could mean two things. Waiting for someone: {at_least}{count} ({COMMAND} unacked). "
            f"Of those, {at_least}{opened} opened something to the internet; what somebody took already is not counted. "
            f"Which groups admit the internet now, whoever took it: {COMMAND} exposed."
        )

    def _health(self) -> Health:
        last_event, last_card = self.lookup.last_event_and_card()
        trouble = self.notifier.find_post_trouble(self.clock())
        return Health(last_event, last_card, trouble, self.lookup.watched(), self.lookup.organization())

    def _share(self, body: Body, answer: Answer) -> None:
        self.notifier.answer(body["response_url"], shared(answer, body["user"]["id"]), to_all=True)


def _listing_of(group: GroupDetails, span: Span) -> Listing:
    return Listing(group=group.key, name=group.name, since=span.since, until=span.until)


def _listing_by(known: KnownPrincipal, span: Span, place: Place) -> Listing:
    return Listing(
        principal=known.key,
        name=known.name,
        place=place,
        since=span.since,
        until=span.until,
    )


def _read_kept(body: Body) -> tuple[Span, Place]:
    """Read the span of time, and the place, that the menu keeps for what is picked from it."""
    try:
        return read_kept(str(body["actions"][0].get("block_id")))
    except ValueError:
        return ANY_TIME, Place()
