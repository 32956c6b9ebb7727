"""Any ledger, asked in any way: within Slack's limits, inert, and true to what is known."""

from collections import Counter
from dataclasses import replace
from datetime import datetime
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.changes import GroupDetails
from bot.core.findings import Severity
from bot.core.history import AlertScope, Silence, decode_scope
from bot.core.jobs import parse_group
from bot.core.ledger import Ledger
from bot.core.ledger_views import Flow, Reasons, rules_then
from bot.core.openness import ExposedGroup, Open
from bot.core.places import Places
from bot.core.rules import PrefixList, ReferencedGroup
from bot.slack.answers import PAGE
from bot.slack.exposed_answer import (
    CHANGES_OF_GROUP,
    RULES_OF_GROUP,
    SHARE_EXPOSED,
    exposed_answer,
    nothing_exposed_answer,
)
from bot.slack.menus import keep_flow, keep_moment, read_flow, read_moment_kept
from bot.slack.rules_at_answer import SHARE_RULES_AT, read_rules_at_page, rules_at_answer
from bot.slack.why_answer import SHARE_WHY, read_why, why_answer
from tests.property.ledger_strategies import acceptances, entries, ledgers, moments
from tests.property.strategies import (
    group_details,
    group_keys,
    identifiers,
    maybe_text,
    networks,
    places,
    rules,
    scopes,
    some_text,
    times,
)
from tests.property.test_any_rendering import assert_sendable

# Drawing ledgers takes its time, so fewer examples than usual.
fewer = settings(max_examples=25)

flows = st.one_of(
    st.builds(Flow, st.sampled_from(["tcp", "udp"]), st.integers(0, 65535), st.none() | networks),
    st.builds(Flow, st.sampled_from(["icmp", "icmpv6", "all"]), st.none(), st.none() | networks),
)
opens = st.builds(
    Open,
    rules().map(lambda rule: replace(rule, rule_id=None)),
    st.none() | moments(),
    st.sampled_from(Severity),
)
exposed_groups = st.builds(
    ExposedGroup, group_keys, maybe_text, st.lists(opens, min_size=1, max_size=9).map(tuple), identifiers
)

_some_entries = st.lists(entries(), max_size=3).map(tuple)
plain_ledgers = st.builds(
    Ledger,
    live=_some_entries,
    closed=_some_entries,
    doubts=st.lists(st.tuples(rules(), times), max_size=2).map(tuple),
)


@st.composite
def reasons(draw: st.DrawFn) -> Reasons:
    """Draw why a group admits something, or does not, whether or not a ledger could give all of that."""
    found = draw(st.lists(entries(), max_size=12))
    last = draw(st.none() | entries()) if not found else None
    if last and last.closed is None:
        last = replace(last, closed=draw(moments()))
    authors = [entry.opened.by for entry in found if entry.opened.by]
    return Reasons(
        flow=draw(flows),
        ledger=draw(ledgers()),
        entries=tuple(replace(entry, closed=None) for entry in found),
        doubtful=draw(st.lists(rules(), max_size=9).map(tuple)),
        unread=draw(st.lists(st.builds(PrefixList, some_text), max_size=3).map(tuple)),
        members=draw(st.lists(st.builds(ReferencedGroup, some_text, maybe_text), max_size=9).map(tuple)),
        last=last,
        acceptances={author.event_id: draw(acceptances) for author in authors if draw(st.booleans())},
    )


def elements(answer: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        element for block in answer["blocks"] if block["type"] == "actions" for element in block["elements"]
    ]


class TestRulesAt:
    @given(group_details, ledgers(), ledgers(), times, places, st.integers(-1, 30))
    @fewer
    def test_any_ledger_gives_an_answer_that_slack_takes(
        self, group: GroupDetails, then: Ledger, now: Ledger, at: datetime, named: Places, page: int
    ) -> None:
        """Law: rules_at_answer is within Slack's limits and inert, and its buttons read back to the same moment."""
        answer = rules_at_answer(group, rules_then(at, then, now), named, page=page)
        assert_sendable(answer)
        for element in elements(answer):
            assert read_rules_at_page(element["value"])[:2] == (group.key, at)
        assert elements(answer)[-1]["action_id"] == SHARE_RULES_AT

    @given(plain_ledgers, plain_ledgers, times)
    @fewer
    def test_what_was_held_for_certain_is_not_in_doubt(self, then: Ledger, now: Ledger, at: datetime) -> None:
        """Law: what was held was live then; it and what is in doubt have nothing in common; each content is in doubt once."""
        found = rules_then(at, then, now)
        held = {entry.content for entry in found.held}
        doubtful = Counter(replace(rule, description=None, rule_id=None) for rule in found.doubtful)
        assert set(found.held) <= set(then.live)
        assert not held & set(doubtful)
        assert set(doubtful.values()) <= {1}
        assert {content for content, _ in then.doubts} & held == set()


class TestWhy:
    @given(group_details, reasons(), places, times)
    @fewer
    def test_any_reasons_give_an_answer_that_slack_takes(
        self, group: GroupDetails, found: Reasons, named: Places, now: datetime
    ) -> None:
        """
        Law: why_answer is within Slack's limits and inert, and its buttons read back to the same question. "Nothing admits" is
        said only of a ledger that is certain, or of a group that is gone, and of no doubtful rule.
        """
        answer = why_answer(group, found, named, now)
        assert_sendable(answer)
        for element in elements(answer):
            if element["action_id"] == SHARE_WHY:
                assert read_why(element["value"]) == (group.key, found.flow)
            else:
                assert element["action_id"] in (RULES_OF_GROUP, CHANGES_OF_GROUP)
                assert parse_group(element["value"]) == group.key
        if answer["text"].startswith("Nothing admits"):
            assert not found.entries
            assert found.ledger.deleted or (found.ledger.is_certain and not found.doubtful)

    @given(flows)
    def test_any_question_is_kept_by_a_menu(self, flow: Flow) -> None:
        """Law: read_flow(keep_flow(flow)) == flow, in a block_id's 255 characters."""
        assert read_flow(keep_flow(flow)) == flow
        assert len(keep_flow(flow)) <= 255

    @given(times)
    def test_any_moment_is_kept_by_a_menu(self, at: datetime) -> None:
        """Law: read_moment_kept(keep_moment(at)) == at."""
        assert read_moment_kept(keep_moment(at)) == at


class TestExposed:
    @given(st.lists(exposed_groups, max_size=PAGE), scopes, st.none() | scopes, times, places)
    @fewer
    def test_any_groups_give_an_answer_that_slack_takes(
        self,
        groups: list[ExposedGroup],
        scope: AlertScope,
        more: AlertScope | None,
        now: datetime,
        named: Places,
    ) -> None:
        """Law: exposed_answer is within Slack's limits and inert, and its buttons read back."""
        answer = exposed_answer(groups, scope, more=more, now=now, places=named)
        assert_sendable(answer)
        shown = [
            parse_group(each["value"]) for each in elements(answer) if each["action_id"] == RULES_OF_GROUP
        ]
        assert shown == [group.key for group in groups]
        (share,) = [each for each in elements(answer) if each["action_id"] == SHARE_EXPOSED]
        assert decode_scope(share["value"]) == scope

    @given(scopes, st.builds(Silence, st.none() | times, st.none() | times), places)
    def test_finding_none_gives_an_answer_that_slack_takes(
        self, scope: AlertScope, silence: Silence, named: Places
    ) -> None:
        """Law: nothing_exposed_answer is within Slack's limits and inert."""
        assert_sendable(nothing_exposed_answer(scope, silence, named))
