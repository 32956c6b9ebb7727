"""What any edit of a prefix list comes to: it reads back from the table, and its card is one that Slack takes."""

import json
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.aws.list_documents import read_list_meaning, write_list_meaning
from bot.core.alerts import Alert
from bot.core.ledger import Entry, Ledger, Moment
from bot.core.list_meaning import (
    MAX_EFFECTS,
    MAX_NAMED,
    MAX_RULES,
    ListEffect,
    ListMeaning,
    NamedGroup,
    NamingGroup,
    mean_edit,
)
from bot.core.rules import Network, PrefixList
from bot.slack.cards import draw_card, draw_plain_card
from tests.property.alert_strategies import alerts
from tests.property.strategies import group_keys, maybe_text, networks, rules, times
from tests.property.test_any_rendering import assert_sendable

LIST = "pl-0123456789abcdef0"

counts = st.integers(0, 10**6)
named_groups = st.builds(NamedGroup, group_keys, maybe_text)
effects = st.builds(
    ListEffect,
    st.lists(rules(), min_size=1, max_size=MAX_RULES).map(tuple),
    st.lists(named_groups, min_size=1, max_size=MAX_NAMED).map(tuple),
    more_rules=counts,
    more_groups=counts,
)
some_effects = st.lists(effects, max_size=MAX_EFFECTS).map(tuple)
meanings = st.builds(
    ListMeaning,
    is_known=st.booleans(),
    groups=counts,
    opens=some_effects,
    closes=some_effects,
    more_opens=counts,
    more_closes=counts,
    unclear=counts,
    is_cut=st.booleans(),
    name=maybe_text,
)


@st.composite
def naming_groups(draw: st.DrawFn) -> NamingGroup:
    """Make a group some of whose rules name the list."""
    held = draw(st.lists(rules(), max_size=6))
    naming = [replace(rule, source=PrefixList(LIST)) for rule in draw(st.lists(rules(), max_size=3))]
    moment = Moment(draw(times))
    entries = tuple(Entry(rule, moment, seen=moment.at) for rule in [*held, *naming])
    return NamingGroup(draw(named_groups), Ledger(live=entries, is_known=draw(st.booleans())))


@given(meanings)
@settings(max_examples=60)
def test_a_meaning_reads_back(meaning: ListMeaning) -> None:
    """Law: read(json(write(meaning))) = meaning."""
    assert read_list_meaning(json.loads(json.dumps(write_list_meaning(meaning)))) == meaning


@given(alerts(), meanings)
@settings(max_examples=60)
def test_any_meaning_gives_a_card_that_slack_takes(alert: Alert, meaning: ListMeaning) -> None:
    """Law: the card of an alert with any meaning is within Slack's limits and inert."""
    told = replace(alert, list_meaning=meaning)
    assert_sendable(draw_card(told))
    assert_sendable(draw_plain_card(told))


@given(st.lists(networks, max_size=5), st.lists(naming_groups(), max_size=4))
@settings(max_examples=100)
def test_an_edit_that_changes_no_entry_does_nothing(
    entries: list[Network], groups: list[NamingGroup]
) -> None:
    """Law: mean(entries, entries) opens and closes nothing, in whatever order the entries are."""
    meaning = mean_edit(LIST, tuple(entries), tuple(reversed(entries)), groups, {})
    assert (meaning.opens, meaning.closes) == ((), ())


@given(st.lists(networks, max_size=5), st.lists(networks, max_size=5), st.lists(naming_groups(), max_size=4))
@settings(max_examples=100)
def test_what_an_edit_opens_its_reverse_closes(
    was: list[Network], now: list[Network], groups: list[NamingGroup]
) -> None:
    """Law: mean(was, now).opens = mean(now, was).closes."""
    there = mean_edit(LIST, tuple(was), tuple(now), groups, {})
    back = mean_edit(LIST, tuple(now), tuple(was), groups, {})
    assert (there.opens, there.closes) == (back.closes, back.opens)
