"""What Hypothesis draws: JSON, texts of every kind, rules, changes and alerts."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Network, IPv6Network
from typing import Any

from hypothesis import strategies as st

from bot.aws.items import change_item, read_history_entry
from bot.core.alerts import Acknowledgement, Alert, AlertStatus, User, raise_alert
from bot.core.assessment import assess
from bot.core.changes import (
    ChangeKind,
    GroupDetails,
    GroupKey,
    HistoryEntry,
    Observation,
    Origin,
    OriginKind,
    Outcome,
    Principal,
    PrincipalKind,
    SecurityGroupChange,
)
from bot.core.rules import Direction, IcmpType, PortRange, PrefixList, ReferencedGroup, Rule, Source
from bot.slack.views import PAGE

# Every code point, halves of surrogate pairs too, since JSON may hold them; and what is known to do harm.
_CHARACTERS = st.characters(exclude_categories=())
_HARM = [
    "<!channel>",
    "<@U1>",
    "&lt;",
    "`",
    "*",
    "\n",
    "\u202e",
    ":fire:",
    "&" * 80,
    "⏎",
    "\u2060",
    "\u200b",
    "@here",
]
texts = st.one_of(
    st.text(_CHARACTERS, max_size=40),
    st.text(_CHARACTERS, min_size=200, max_size=400),
    st.lists(st.sampled_from(_HARM), max_size=12).map("".join),
    st.sampled_from(["&", "*", "<", "a", "\x00"]).map(lambda character: character * 1000),
)
some_text = texts.filter(bool)
maybe_text = st.none() | some_text

identifiers = st.one_of(
    st.sampled_from(["111122223333", "eu-west-1", "sg-0a1b2c3d4e5f60718", "&" * 128]),
    st.text(
        st.characters(min_codepoint=32, max_codepoint=126, exclude_characters="#"), min_size=1, max_size=128
    ),
)

times = st.datetimes(
    min_value=datetime(2006, 1, 1),  # noqa: DTZ001 - Hypothesis takes the bounds without their zone
    max_value=datetime(2106, 1, 1),  # noqa: DTZ001 - likewise
    timezones=st.just(UTC),
).map(lambda time: time.replace(microsecond=0))

json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts,
    lambda children: st.lists(children, max_size=4) | st.dictionaries(texts, children, max_size=4),
    max_leaves=12,
)

port_ranges = st.builds(
    lambda ends: PortRange(*sorted(ends)),
    st.tuples(st.integers(0, 65535), st.integers(0, 65535)) | st.sampled_from([(22, 22), (0, 65535)]),
)
networks: st.SearchStrategy[Source] = st.one_of(
    st.builds(
        lambda address, bits: IPv4Network((address, bits), strict=False),
        st.integers(0, 2**32 - 1),
        st.integers(0, 32),
    ),
    st.builds(
        lambda address, bits: IPv6Network((address, bits), strict=False),
        st.integers(0, 2**128 - 1),
        st.integers(0, 128),
    ),
    st.sampled_from([IPv4Network("0.0.0.0/0"), IPv6Network("::/0")]),
)
sources: st.SearchStrategy[Source] = st.one_of(
    networks,
    st.builds(PrefixList, some_text),
    st.builds(ReferencedGroup, some_text, maybe_text),
)


@st.composite
def rules(draw: st.DrawFn) -> Rule:
    """Draw one rule, as make_rule could have built it."""
    protocol = draw(st.sampled_from(["tcp", "udp", "icmp", "icmpv6", "all", "50"]) | some_text)
    return Rule(
        direction=draw(st.sampled_from(Direction)),
        protocol=protocol,
        ports=draw(port_ranges) if protocol in ("tcp", "udp") else None,
        icmp=(
            draw(st.none() | st.builds(IcmpType, st.integers(), st.none() | st.integers()))
            if protocol in ("icmp", "icmpv6")
            else None
        ),
        source=draw(sources),
        description=draw(maybe_text),
        rule_id=draw(maybe_text),
    )


@st.composite
def rule_lists(draw: st.DrawFn, most: int = 1000) -> tuple[Rule, ...]:
    """Draw up to *most* rules, of which a few differ: their number is what matters."""
    few = draw(st.lists(rules(), max_size=8))
    count = draw(st.sampled_from([0, 1, 2, 3, 7, 19, 20, 21, 22, 60, 61, 300, most]))
    return tuple((few * (count // len(few) + 1))[:count]) if few else ()


principals = st.builds(
    Principal,
    kind=st.sampled_from(PrincipalKind),
    name=some_text,
    account_id=maybe_text,
    role=maybe_text,
    key=some_text,
    session=some_text,
)
origins = st.builds(
    Origin, kind=st.none() | st.sampled_from(OriginKind), source_address=maybe_text, service=maybe_text
)


@st.composite
def changes(draw: st.DrawFn, most_rules: int = 1000) -> SecurityGroupChange:
    """Draw a change whose rules fit its kind, with any text wherever AWS or a caller may put one."""
    kind = draw(st.sampled_from(ChangeKind))
    outcome = draw(st.sampled_from(Outcome))
    added: tuple[Rule, ...] = ()
    removed: tuple[Rule, ...] = ()
    rule_ids: list[str] = []
    if kind is ChangeKind.AUTHORIZE:
        added = draw(rule_lists(most_rules).filter(bool))
    if kind is ChangeKind.REVOKE:
        removed = draw(rule_lists(most_rules))
        rule_ids = draw(st.lists(some_text, min_size=0 if removed else 1, max_size=30))
    return SecurityGroupChange(
        event_id=draw(identifiers),
        event_name=draw(identifiers),
        kind=kind,
        time=draw(times),
        account_id=draw(identifiers),
        region=draw(identifiers),
        group_id=draw(st.none() | identifiers),
        group_name=draw(maybe_text),
        vpc_id=draw(maybe_text),
        principal=draw(principals),
        origin=draw(origins),
        outcome=outcome,
        error_code=None if outcome is Outcome.SUCCEEDED else draw(some_text),
        added=added,
        removed=removed,
        removed_rule_ids=tuple(rule_ids),
        mentioned=tuple(draw(st.lists(identifiers, max_size=10)))
        if kind is ChangeKind.NOT_UNDERSTOOD
        else (),
    )


_key_parts = identifiers.map(lambda text: text.translate({ord("/"): "-", ord("|"): "-"}))
group_keys = st.builds(GroupKey, account_id=_key_parts, region=_key_parts, group_id=_key_parts)
group_details = st.builds(
    GroupDetails, key=group_keys, name=maybe_text, vpc_id=maybe_text, description=maybe_text
)
users = st.builds(
    User, user_id=st.from_regex(r"[UW][A-Z0-9]{8,12}", fullmatch=True), team_id=st.just("T0AB12CD3")
)


@st.composite
def alerts(draw: st.DrawFn) -> Alert:
    """Draw an alert as it can be in the store: raised from a change, then perhaps taken."""
    change = draw(changes())
    details = draw(st.none() | group_details)
    raised = raise_alert(change, assess(change), details=details, now=draw(times))
    if raised.status is not AlertStatus.OPEN or draw(st.booleans()):
        return raised
    waited = timedelta(seconds=draw(st.integers(0, 10**7)))
    taken = Acknowledgement(draw(users), raised.created_at + waited, raised.version)
    return replace(raised, status=AlertStatus.ACKNOWLEDGED, acknowledgement=taken, version=2)


@st.composite
def histories(draw: st.DrawFn) -> tuple[list[HistoryEntry], dict[str, Alert]]:
    """Draw a page of a list as the store gives it: cut entries, and the alerts that tell some of them."""
    entries = []
    told = {}
    for alert in draw(st.lists(alerts(), max_size=PAGE)):
        if draw(st.booleans()):
            told[alert.alert_id] = alert
        item = change_item(
            alert.digest.change, {}, alert_id=alert.alert_id, received_at=alert.created_at, expires_at=0
        )
        entries.append(read_history_entry(item))
    return entries, told


observations = st.builds(Observation, group=group_details, at=times, rules=rule_lists())
