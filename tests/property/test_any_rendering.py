"""Any alert, as a card, in a list and in words: within Slack's limits, and inert."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.alerts import Alert, AlertStatus
from bot.core.changes import GroupDetails, GroupKey, HistoryEntry, Observation
from bot.core.health import Health
from bot.slack.cards import ACKNOWLEDGE, draw_card, draw_plain_card
from bot.slack.views import (
    PAGE,
    already_acknowledged,
    changes_answer,
    changes_view,
    groups_answer,
    health_answer,
    loading_view,
    notice_view,
    open_alerts_answer,
    read_page_value,
    rules_view,
    sentence_answer,
)
from tests.property.strategies import (
    alerts,
    group_details,
    group_keys,
    histories,
    maybe_text,
    observations,
    some_text,
    texts,
    times,
)
from tests.slack.limits import find_message_problems, find_view_problems, texts_of
from tests.slack.reading import read_mrkdwn

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
    @given(some_text, st.none() | group_keys, histories(), st.booleans(), st.booleans())
    @fewer
    def test_any_page_of_changes_gives_an_answer_that_slack_takes(
        self,
        title: str,
        group: GroupKey | None,
        history: tuple[list[HistoryEntry], dict[str, Alert]],
        has_older: bool,
        has_newer: bool,
    ) -> None:
        """Law: changes_answer is within Slack's limits and inert, and its paging reads back."""
        answer = changes_answer(title, group, *history, has_older=has_older, has_newer=has_newer)
        assert_sendable(answer)
        for block in answer["blocks"]:
            for element in block["elements"] if block["type"] == "actions" else ():
                assert read_page_value(element["value"])[0] == group

    @given(st.lists(alerts(), max_size=PAGE, unique_by=lambda alert: alert.alert_id), st.booleans(), times)
    @fewer
    def test_any_open_alerts_give_an_answer_that_slack_takes(
        self, waiting: list[Alert], has_more: bool, now: datetime
    ) -> None:
        """Law: open_alerts_answer is within Slack's limits and inert."""
        assert_sendable(open_alerts_answer(waiting, has_more=has_more, now=now))

    @given(some_text, st.lists(group_details, min_size=2, max_size=10))
    @fewer
    def test_any_groups_give_an_answer_that_slack_takes(self, name: str, groups: list[GroupDetails]) -> None:
        """Law: groups_answer is within Slack's limits and inert."""
        assert_sendable(groups_answer(name, groups))

    @given(st.builds(Health, st.none() | times, st.none() | times, maybe_text))
    def test_any_health_gives_an_answer_that_slack_takes(self, health: Health) -> None:
        """Law: health_answer is within Slack's limits and inert."""
        assert_sendable(health_answer(health))

    @given(texts.filter(str.strip))
    def test_any_sentence_gives_an_answer_that_slack_takes(self, sentence: str) -> None:
        """Law: sentence_answer is within Slack's limits and inert."""
        assert_sendable(sentence_answer(sentence))

    @given(alerts(), st.timedeltas(timedelta(0), timedelta(days=400)))
    @fewer
    def test_the_second_clicker_gets_at_most_one_mention(self, alert: Alert, later: timedelta) -> None:
        """Law: already_acknowledged mentions who was first, and nobody else."""
        taken = alert.acknowledgement
        live = read_mrkdwn(already_acknowledged(alert, alert.created_at + later)).live
        assert live == ((f"@{taken.user.user_id}",) if taken else ())


class TestViews:
    @given(observations, maybe_text)
    @fewer
    def test_any_observation_gives_a_modal_that_slack_takes(
        self, observation: Observation, trouble: str | None
    ) -> None:
        """Law: rules_view is within Slack's limits and inert, for any number of rules."""
        assert_showable(rules_view(observation, trouble))

    @given(group_details, histories(), st.booleans(), st.booleans())
    @fewer
    def test_any_page_of_changes_gives_a_modal_that_slack_takes(
        self,
        group: GroupDetails,
        history: tuple[list[HistoryEntry], dict[str, Alert]],
        has_older: bool,
        has_newer: bool,
    ) -> None:
        """Law: changes_view is within Slack's limits and inert."""
        assert_showable(changes_view(group, *history, has_older=has_older, has_newer=has_newer))

    @given(some_text, texts.filter(str.strip))
    def test_any_notice_gives_a_modal_that_slack_takes(self, title: str, sentence: str) -> None:
        """Law: notice_view and loading_view are within Slack's limits and inert."""
        assert_showable(notice_view(title, sentence))
        assert_showable(loading_view(title))
