"""What Hypothesis draws of alerts and of lists: any change, with any meaning, taken or closed or neither."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import strategies as st

from bot.aws.items import change_items, read_history_entry
from bot.core.alerts import Acknowledgement, Alert, AlertStatus, raise_alert
from bot.core.assessment import assess
from bot.core.changes import SecurityGroupChange
from bot.core.history import Page
from bot.core.ledger import Entry
from bot.core.meaning import MAX_SHOWN, Alteration, Meaning
from bot.core.parts import AlertRef
from bot.core.rules import Rule
from bot.slack.answers import PAGE
from tests.property.ledger_strategies import closings, meanings, moments
from tests.property.strategies import changes, group_details, listings, maybe_text, rules, times, users


@st.composite
def meanings_of(draw: st.DrawFn, change: SecurityGroupChange) -> Meaning:
    """Draw a meaning that tells of rules that *change* names, or of any others."""
    meaning = draw(meanings)
    if draw(st.booleans()):
        return meaning
    some = draw(rules())
    gone = [*change.removed[:3], *(replace(some, rule_id=rule_id) for rule_id in change.removed_rule_ids[:3])]
    new = [*change.modified, *(_named(edit.rule, some) for edit in change.described)]
    was = draw(st.none() | rules())
    return replace(
        meaning,
        held=tuple(Entry(rule, draw(moments()), change.time) for rule in gone) or meaning.held,
        altered=tuple(Alteration(was, rule) for rule in new[:MAX_SHOWN]),
    )


def _named(rule: Rule | str, some: Rule) -> Rule:
    return replace(some, rule_id=rule) if isinstance(rule, str) else rule


@st.composite
def alerts(draw: st.DrawFn) -> Alert:
    """Draw an alert as it can be in the store: raised from a change, with its meaning or not, then perhaps taken, or closed."""
    change = draw(changes())
    details = draw(st.none() | group_details)
    raised = raise_alert(change, assess(change), details=details, now=draw(times))
    if draw(st.booleans()):
        meaning = draw(meanings_of(change))
        raised = replace(raised, meaning=meaning, remaining=meaning.opened)
    status = draw(st.sampled_from([AlertStatus.OPEN, AlertStatus.ACKNOWLEDGED, AlertStatus.CLOSED]))
    if raised.status is not AlertStatus.OPEN or status is AlertStatus.OPEN:
        return raised
    waited = timedelta(seconds=draw(st.integers(0, 10**7)))
    note = draw(maybe_text)
    taken = Acknowledgement(draw(users), raised.created_at + waited, raised.version, note)
    if status is AlertStatus.ACKNOWLEDGED:
        return replace(raised, status=status, acknowledgement=taken, version=2)
    acknowledgement = draw(st.none() | st.just(taken))
    return replace(
        raised,
        status=status,
        acknowledgement=acknowledgement,
        closing=draw(closings),
        remaining=(),
        version=3,
    )


@st.composite
def pages(draw: st.DrawFn) -> Page:
    """Draw a page of a list as the store gives it: cut entries, and the alerts that tell some of them."""
    entries = []
    told = {}
    for alert in draw(st.lists(alerts(), max_size=PAGE)):
        item = change_items(
            alert.digest.change,
            {},
            told=AlertRef(alert.alert_id, 1),
            received_at=alert.created_at,
            expires_at=0,
        )[0]
        entries.append(read_history_entry(item, item["feed_sk"]))
        if draw(st.booleans()):
            told[item["feed_sk"]] = alert
    turned = st.none() | listings
    return Page(draw(listings), tuple(entries), told, draw(turned), draw(turned))
