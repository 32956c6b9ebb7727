"""What Hypothesis draws of ledgers: authors, moments, entries, meanings and closings, with any text where people may put one."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from hypothesis import strategies as st

from bot.core.alerts import Closing
from bot.core.changes import ChangeKind
from bot.core.ledger import Acceptance, Author, Entry, Gone, Ledger, Moment
from bot.core.meaning import MAX_SHOWN, Alteration, Knowledge, Meaning
from bot.core.rules import Direction
from tests.property.strategies import changes, identifiers, maybe_text, rules, some_text, times

_exact_times = st.builds(
    lambda time, part: time + timedelta(microseconds=part), times, st.integers(0, 999_999)
)
acceptances = st.builds(Acceptance, user_id=identifiers, at=_exact_times, note=maybe_text)
authors = st.builds(
    Author,
    event_id=identifiers,
    event_name=identifiers,
    kind=st.sampled_from(ChangeKind),
    time=times,
    name=some_text,
    acceptance=st.none() | acceptances,
)


@st.composite
def moments(draw: st.DrawFn, few: st.SearchStrategy[Author] = authors) -> Moment:
    """Draw a moment of an event that was seen, or not: then perhaps with a time after which it must have come."""
    at, by = draw(_exact_times), draw(st.none() | few)
    if by is not None:
        return Moment(at, by)
    return Moment(
        at, after=draw(st.none() | st.timedeltas(timedelta(0), timedelta(9999)).map(lambda ago: at - ago))
    )


_any_rules = rules(st.none() | st.sampled_from(Direction))
_effects = rules().map(lambda rule: replace(rule, description=None, rule_id=None))


@st.composite
def entries(draw: st.DrawFn, few: st.SearchStrategy[Author] = authors) -> Entry:
    """Draw an entry, live or closed."""
    some_moments = moments(few)
    return Entry(
        rule=draw(_any_rules),
        opened=draw(some_moments),
        seen=draw(_exact_times),
        described=draw(st.none() | _exact_times),
        origin=draw(st.none() | some_moments),
        closed=draw(st.none() | some_moments),
    )


@st.composite
def ledgers(draw: st.DrawFn) -> Ledger:
    """Draw a ledger whose entries share a few authors, whether or not facts could make one like it."""
    few = st.sampled_from(draw(st.lists(authors, min_size=1, max_size=3)))
    some_entries = st.lists(entries(few), max_size=6).map(tuple)
    return Ledger(
        live=draw(some_entries),
        closed=draw(some_entries),
        doubts=draw(st.lists(st.tuples(_any_rules, times), max_size=3).map(tuple)),
        blanks=draw(st.lists(identifiers, max_size=2).map(tuple)),
        is_known=draw(st.booleans()),
        cuts=draw(st.lists(changes(20), max_size=2).map(tuple)),
        gone=draw(st.lists(st.builds(Gone, identifiers, moments(few)), max_size=3).map(tuple)),
        created=draw(st.none() | moments(few)),
        deleted=draw(st.none() | moments(few)),
        read=draw(st.none() | _exact_times),
    )


def _up_to_limit(things: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    """Draw none, a few, or as many as a meaning keeps: their number is what matters."""
    few = st.lists(things, max_size=3).map(tuple)
    return few | st.lists(things, min_size=1, max_size=4).map(
        lambda drawn: (tuple(drawn) * MAX_SHOWN)[:MAX_SHOWN]
    )


_more = st.sampled_from([0, 0, 1, 980])
meanings = st.builds(
    Meaning,
    knowledge=st.sampled_from(Knowledge),
    newly=_up_to_limit(_effects),
    no_longer=_up_to_limit(_effects),
    before=_up_to_limit(_effects),
    left=_up_to_limit(_effects),
    opened=_up_to_limit(_effects),
    closed=_up_to_limit(_effects),
    open_since=st.none() | moments(),
    altered=_up_to_limit(st.builds(Alteration, st.none() | _any_rules, _any_rules)),
    held=_up_to_limit(entries()),
    already=_up_to_limit(_any_rules),
    still=_up_to_limit(_any_rules),
    more_newly=_more,
    more_before=_more,
    more_left=_more,
    more_no_longer=_more,
    more_held=_more,
)
closings = st.builds(
    Closing,
    at=_exact_times,
    name=maybe_text,
    event_id=st.none() | identifiers,
    since=st.none() | _exact_times,
)
