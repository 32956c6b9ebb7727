"""What Hypothesis draws: JSON, texts of every kind, rules, changes and alerts."""

from datetime import UTC, datetime
from ipaddress import IPv4Network, IPv6Network
from typing import Any

from hypothesis import strategies as st

from bot.core.alerts import User
from bot.core.baseline import Baseline
from bot.core.behind import NotRead, Trouble
from bot.core.changes import (
    ChangeKind,
    DescriptionEdit,
    Discovery,
    GroupDetails,
    GroupKey,
    Membership,
    Observation,
    Origin,
    OriginKind,
    Outcome,
    PrefixListEdit,
    Principal,
    PrincipalKind,
    SecurityGroupChange,
    Tagging,
    VpcAssociation,
)
from bot.core.health import PlaceHealth
from bot.core.history import AlertScope, KnownPrincipal, Listing, Place
from bot.core.places import Places
from bot.core.rules import Direction, IcmpType, Network, PortRange, PrefixList, ReferencedGroup, Rule, Source

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
networks: st.SearchStrategy[Network] = st.one_of(
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


_DIRECTIONS = st.sampled_from(Direction)


@st.composite
def rules(draw: st.DrawFn, directions: st.SearchStrategy[Direction | None] = _DIRECTIONS) -> Rule:
    """Draw one rule, as make_rule could have built it."""
    protocol = draw(st.sampled_from(["tcp", "udp", "icmp", "icmpv6", "all", "50"]) | some_text)
    return Rule(
        direction=draw(directions),
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


edits = st.builds(DescriptionEdit, rule=rules() | identifiers, description=maybe_text)
_entries = st.lists(st.tuples(networks, maybe_text), max_size=30).map(tuple)
taggings = st.builds(Tagging, st.lists(st.tuples(some_text, maybe_text), max_size=30).map(tuple))
effects: dict[ChangeKind, st.SearchStrategy[Any]] = {
    ChangeKind.FOUND: st.builds(Discovery, st.none() | times),
    ChangeKind.MEMBERSHIP: st.builds(Membership, identifiers),
    ChangeKind.ASSOCIATE: st.builds(VpcAssociation, identifiers),
    ChangeKind.DISASSOCIATE: st.builds(VpcAssociation, identifiers),
    ChangeKind.TAG: taggings,
    ChangeKind.UNTAG: taggings,
    ChangeKind.PREFIX_LIST: st.builds(
        PrefixListEdit,
        prefix_list_id=identifiers,
        added=_entries,
        removed=st.lists(networks, max_size=30).map(tuple),
        restored_version=st.none() | st.integers(0, 10**6),
        version=st.none() | st.integers(0, 10**6),
    ),
}


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
    modified = (
        tuple(draw(st.lists(rules(_DIRECTIONS | st.none()), min_size=1, max_size=30)))
        if kind is ChangeKind.MODIFY
        else ()
    )
    described = tuple(draw(st.lists(edits, min_size=1, max_size=30))) if kind is ChangeKind.DESCRIBE else ()
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
        modified=modified,
        described=described,
        effect=draw(effects.get(kind, st.none())),
        is_cut=draw(st.booleans()) if kind in (ChangeKind.AUTHORIZE, ChangeKind.MODIFY) else False,
        mentioned=tuple(draw(st.lists(identifiers, max_size=20, unique=True)))
        if kind in (ChangeKind.NOT_UNDERSTOOD, ChangeKind.MEMBERSHIP, ChangeKind.UNTAG)
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


_places_in_question = st.builds(Place, st.none() | _key_parts, st.none() | _key_parts)
positions = st.builds(lambda time, event_id: f"{time.isoformat()}#{event_id}", times, identifiers)
listings = st.builds(
    Listing,
    group=st.none() | group_keys,
    principal=st.none() | st.text(_CHARACTERS, min_size=1, max_size=300),
    name=st.none() | st.text(_CHARACTERS, min_size=1, max_size=100),
    place=_places_in_question,
    since=st.none() | times,
    until=st.none() | times,
    before=st.none() | positions,
    after=st.none() | positions,
)
scopes = st.builds(AlertScope, _places_in_question, st.none() | positions)
known_principals = st.builds(
    KnownPrincipal, key=some_text, name=some_text, kind=st.sampled_from(PrincipalKind), account_id=maybe_text
)
places = st.builds(Places, st.dictionaries(_key_parts, some_text, max_size=3))


baselines = st.builds(
    Baseline,
    account_id=identifiers,
    region=identifiers,
    run=some_text,
    started=times,
    moved=times,
    groups=st.integers(0, 10**9),
    kept=st.integers(0, 10**9),
    missed=st.integers(0, 10**9),
    finished=st.none() | times,
    trouble=maybe_text,
    is_denied=st.booleans(),
    complete=st.none() | times,
)
watched = st.lists(
    st.builds(
        PlaceHealth,
        st.tuples(some_text, some_text),
        st.none() | times,
        st.none() | baselines,
        st.none() | st.builds(NotRead, times, some_text, st.just(Trouble.DENIED), maybe_text),
    ),
    max_size=20,
).map(tuple)


tags = st.lists(st.tuples(some_text, texts), max_size=30).map(tuple)
observations = st.builds(Observation, group=group_details, at=times, rules=rule_lists(), tags=tags)
