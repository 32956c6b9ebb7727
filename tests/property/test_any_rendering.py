"""Any alert, as a card, in a list and in words: within Slack's limits, and inert."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bot.core.alerts import Alert, AlertStatus, MessageRef, raise_alert
from bot.core.assessment import assess, with_who
from bot.core.changes import GroupDetails, Observation, SecurityGroupChange, line_count
from bot.core.completion import complete
from bot.core.health import Health
from bot.core.history import AlertScope, KnownPrincipal, Listing, Page, Place, Silence, decode_listing
from bot.core.jobs import group_text
from bot.core.places import ANYWHERE, Places
from bot.core.who import judge_who
from bot.slack.answers import (
    PAGE,
    already_acknowledged,
    already_closed,
    changes_answer,
    changes_view,
    health_answer,
    nothing_answer,
    open_alerts_answer,
    sentence_answer,
    shared,
)
from bot.slack.cards import ACKNOWLEDGE, button_value, draw_card, draw_plain_card
from bot.slack.menus import groups_answer, principals_answer, read_kept, to_see_changes
from bot.slack.times import Span
from bot.slack.views import (
    loading_view,
    note_view,
    notice_view,
    read_note_target,
    rules_view,
    whole_change_view,
)
from tests.property.alert_strategies import alerts, meanings_of, pages
from tests.property.strategies import (
    changes,
    group_details,
    known_principals,
    listings,
    maybe_text,
    observations,
    places,
    scopes,
    some_text,
    texts,
    times,
    watched,
)
from tests.slack.limits import find_message_problems, find_view_problems, texts_of
from tests.slack.reading import read_mrkdwn

spans = st.builds(Span, st.none() | times, st.none() | times)

# Drawing a thousand rules takes its time, so fewer examples than usual.
fewer = settings(max_examples=60)


def assert_inert(part: Any) -> None:
    """No text holds what turns text around, and no markup holds a mention or a link."""
    for text in texts_of(part):
        assert not set(text) & set("\u202e\u202d\u2066\u2067\x00\x1b")
    for markup in _markups(part):
        assert read_mrkdwn(markup).live == ()


def _markups(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        if part.get("type") == "mrkdwn":
            yield part["text"]
        for name, value in part.items():
            if name == "fallback" and "timestamp" not in part:
                yield value
            yield from _markups(value)
    elif isinstance(part, list):
        for entry in part:
            yield from _markups(entry)


def assert_sendable(message: dict[str, Any]) -> None:
    """Slack takes *message*, and JSON does too."""
    assert find_message_problems(message) == []
    assert_inert(message)
    assert read_mrkdwn(message["text"]).live == ()
    json.dumps(message).encode()


def assert_showable(view: dict[str, Any]) -> None:
    """Slack takes *view*, and JSON does too."""
    assert find_view_problems(view) == []
    assert_inert(view)
    json.dumps(view).encode()


class TestCards:
    @given(alerts())
    @fewer
    def test_any_alert_gives_a_card_that_slack_takes(self, alert: Alert) -> None:
        """Law: draw_card(alert) is within Slack's limits and inert, whatever AWS and callers named things."""
        assert_sendable(draw_card(alert))

    @given(alerts())
    @fewer
    def test_any_alert_gives_a_plain_card_that_slack_takes(self, alert: Alert) -> None:
        """Law: draw_plain_card(alert) is within Slack's limits and inert: it is the last resort."""
        assert_sendable(draw_plain_card(alert))

    @given(alerts())
    @fewer
    def test_only_what_waits_can_be_acknowledged(self, alert: Alert) -> None:
        """Law: a card offers Acknowledge if and only if its alert is open."""
        assert (f'"{ACKNOWLEDGE}"' in json.dumps(draw_card(alert))) is (alert.status is AlertStatus.OPEN)


class TestAnswers:
    @given(pages(), places)
    @fewer
    def test_any_page_of_changes_gives_an_answer_that_slack_takes(self, page: Page, named: Places) -> None:
        """Law: changes_answer is within Slack's limits and inert, and its buttons read back."""
        answer = changes_answer(page, named)
        assert_sendable(answer)
        for block in answer["blocks"]:
            for element in block["elements"] if block["type"] == "actions" else ():
                assert decode_listing(element["value"]) in (page.listing, page.older, page.newer)

    @given(pages(), st.from_regex(r"[UW][A-Z0-9]{8,12}", fullmatch=True))
    @fewer
    def test_any_answer_that_is_shared_mentions_who_shares_it_and_nobody_else(
        self, page: Page, user_id: str
    ) -> None:
        """Law: shared(answer) is within Slack's limits, and its one mention is the sharer's."""
        message = shared(changes_answer(page, ANYWHERE), user_id)
        assert find_message_problems(message) == []
        live = [name for markup in _markups(message) for name in read_mrkdwn(markup).live]
        assert live == [f"@{user_id}"]

    @given(
        st.lists(alerts(), max_size=PAGE, unique_by=lambda alert: alert.alert_id),
        scopes,
        st.none() | scopes,
        times,
    )
    @fewer
    def test_any_open_alerts_give_an_answer_that_slack_takes(
        self, waiting: list[Alert], scope: AlertScope, more: AlertScope | None, now: datetime
    ) -> None:
        """Law: open_alerts_answer is within Slack's limits and inert."""
        assert_sendable(open_alerts_answer(waiting, scope, more=more, now=now, places=ANYWHERE))

    @given(
        some_text, st.lists(group_details, min_size=2, max_size=100, unique_by=lambda group: group.key), spans
    )
    @fewer
    def test_any_groups_give_a_menu_that_slack_takes(
        self, name: str, groups: list[GroupDetails], span: Span
    ) -> None:
        """Law: for ids as long as AWS's, groups_answer is within Slack's limits and inert, and keeps the span."""
        groups = [group for group in groups if len(group_text(group.key)) <= 150]
        assume(groups)
        answer = groups_answer(name, groups, to_see_changes(span), ANYWHERE)
        assert_sendable(answer)
        assert read_kept(answer["blocks"][-1]["block_id"]) == (span, Place())

    @given(
        some_text,
        st.lists(known_principals, min_size=2, max_size=100, unique_by=lambda known: known.key),
        spans,
    )
    @fewer
    def test_any_principals_give_a_menu_that_slack_takes(
        self, name: str, principals: list[KnownPrincipal], span: Span
    ) -> None:
        """Law: principals_answer is within Slack's limits and inert."""
        assert_sendable(principals_answer(name, principals, span=span, place=Place(), places=ANYWHERE))

    @given(listings, st.builds(Silence, st.none() | times, st.none() | times), places)
    def test_finding_nothing_gives_an_answer_that_slack_takes(
        self, listing: Listing, silence: Silence, named: Places
    ) -> None:
        """Law: nothing_answer is within Slack's limits and inert."""
        assert_sendable(nothing_answer(listing, silence, named))

    @given(st.builds(Health, st.none() | times, st.none() | times, maybe_text, watched), places)
    def test_any_health_gives_an_answer_that_slack_takes(self, health: Health, named: Places) -> None:
        """Law: health_answer is within Slack's limits and inert."""
        assert_sendable(health_answer(health, named))

    @given(texts.filter(str.strip))
    def test_any_sentence_gives_an_answer_that_slack_takes(self, sentence: str) -> None:
        """Law: sentence_answer is within Slack's limits and inert."""
        assert_sendable(sentence_answer(sentence))

    @given(alerts(), st.timedeltas(timedelta(0), timedelta(days=400)))
    @fewer
    def test_the_second_clicker_gets_at_most_one_mention(self, alert: Alert, later: timedelta) -> None:
        """Law: already_acknowledged mentions who was first, and nobody else; already_closed mentions nobody."""
        assert read_mrkdwn(already_closed(alert)).live == ()
        assert already_closed(alert).encode()
        taken = alert.acknowledgement
        live = read_mrkdwn(already_acknowledged(alert, alert.created_at + later)).live
        assert live == ((f"@{taken.user.user_id}",) if taken else ())


class TestViews:
    @given(observations, maybe_text, places, st.integers(-1, 30))
    @fewer
    def test_any_observation_gives_a_modal_that_slack_takes(
        self, observation: Observation, trouble: str | None, named: Places, page: int
    ) -> None:
        """Law: rules_view is within Slack's limits and inert, for any number of rules."""
        assert_showable(rules_view(observation, places=named, trouble=trouble, page=page))

    @given(changes(), places, st.integers(-1, 30), st.data())
    @fewer
    def test_any_whole_change_gives_a_modal_that_slack_takes(
        self, change: SecurityGroupChange, named: Places, page: int, data: st.DataObject
    ) -> None:
        """Law: whole_change_view is within Slack's limits and inert, for any number of lines, whatever they mean."""
        alert = raise_alert(change, assess(change), details=None, now=change.time)
        assume(line_count(change))
        alert = replace(alert, meaning=data.draw(st.none() | meanings_of(change)))
        assert_showable(whole_change_view(alert, change, places=named, page=page))

    @given(alerts(), places)
    @fewer
    def test_any_alert_gives_a_modal_for_a_note_that_slack_takes(self, alert: Alert, named: Places) -> None:
        """Law: note_view is within Slack's limits and inert, and remembers its alert."""
        clicked = MessageRef("C04SECGROUPS", "1795487599.000100")
        view = note_view(alert, seen=button_value(alert), clicked=clicked, places=named)
        assert_showable(view)
        assert read_note_target(view["private_metadata"]) == (alert.alert_id, alert.version, clicked)

    @given(pages())
    @fewer
    def test_any_page_of_changes_gives_a_modal_that_slack_takes(self, page: Page) -> None:
        """Law: changes_view is within Slack's limits and inert."""
        assert_showable(changes_view(page, ANYWHERE))

    @given(some_text, texts.filter(str.strip))
    def test_any_notice_gives_a_modal_that_slack_takes(self, title: str, sentence: str) -> None:
        """Law: notice_view and loading_view are within Slack's limits and inert."""
        assert_showable(notice_view(title, sentence))
        assert_showable(loading_view(title))


class TestCompletion:
    @given(alerts(), observations)
    @fewer
    def test_completing_twice_adds_nothing(self, alert: Alert, observation: Observation) -> None:
        """Law: what a reading adds to an alert, the same reading does not add again."""
        added = complete(alert, observation=observation)
        if added is None:
            return
        completed = replace(
            alert,
            group_name=added.group_name,
            vpc_id=added.vpc_id,
            digest=added.digest,
            assessment=added.assessment,
            reading=added.reading,
        )
        again = complete(completed, observation=observation)
        assert again in (None, added)
        assert_sendable(draw_card(completed))

    @given(alerts(), observations)
    @fewer
    def test_knowing_more_of_a_modified_rule_raises_no_severity(
        self, alert: Alert, observation: Observation
    ) -> None:
        """Law: a rule of unknown direction is judged as the worst that it can be."""
        change = alert.digest.change
        rules = tuple(
            replace(rule, rule_id=modified.rule_id)
            for rule, modified in zip(observation.rules, change.modified, strict=False)
        )
        added = complete(alert, observation=replace(observation, rules=rules))
        if added and not change.is_cut:
            as_by_them = with_who(alert.assessment, judge_who(change, observation.tags))
            assert added.assessment.severity <= as_by_them.severity
