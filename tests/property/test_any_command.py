"""Any text behind the slash command."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.core.ledger_views import Flow
from bot.slack.commands import parse_command
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
    Scope,
    Unacknowledged,
    Why,
)
from bot.slack.times import Misunderstood, Span
from tests.property.strategies import texts, times

NAMED = GroupChanges | GroupRules | GroupRulesAt | Why | PrincipalChanges
SCOPED = NAMED | LatestChanges | Unacknowledged | Exposed | KeptQuiet
TIMED = LatestChanges | KeptQuiet | GroupChanges | PrincipalChanges

# What people type, rightly and wrongly, and the pieces that a quote or a colon may part.
_PIECES = [
    *("rules", "rule", "by", "unacked", "unack", "quiet", "mutes", "doctor", "help", "open", "helo", "RULES"),
    *("web-prod", "alice", "payments", "a", "x" * 256, "team:api", "o'neil", "7days", "0d", "9999d"),
    *("account:", "acount:", "account:123", "account:111122223333", "group:", "groups:rules", "group:7d"),
    *("region:", "reigon:eu-west-1", "region:eu-west-1", "region:here", "account:dev", "account:1111-2222"),
    *("7d", "2h", "7", "days", "last", "week", "yesterday", "today", "now", "to", "..", "from", "ago", "-"),
    *("2026-11-01", "2026-13-01", "01.11.2026", "2026/11/31", "2026-11", "9999-12-31", "0000-00-00"),
    *("2026-11-05..2026-11-01", "1999-01-01..", "..0001-01-01", "3026-01-01..3026-01-01", "99999999999d"),
    *(
        "at",
        "why",
        "exposed",
        "20:07",
        "8pm",
        "24:00",
        "yesterday 14:00",
        "2026-11-23T20:07:31Z",
        "2h ago",
        "UTC",
    ),
    *(
        "22",
        "22/tcp",
        "tcp/22",
        "udp",
        "icmp",
        "all",
        "70000",
        "80-443",
        "ssh",
        "sctp/1",
        "0/0",
        "from",
        "::/0",
    ),
    *(
        "10.0.0.0/8",
        "10.0.0.5/8",
        "10.0.0.256",
        "1.2.3",
        "2001:db8::/200",
        "2001:zz::1",
        "sg-0abc",
        "internet",
    ),
    *('"', "“", "'", "’", '""', '"web prod"', "\u200b", "\t"),
]
_pieces = st.sampled_from(_PIECES)
commands = st.one_of(
    texts,
    st.lists(_pieces, max_size=7).map(" ".join),
    st.lists(_pieces | st.just(" "), max_size=9).map("".join),
    st.from_regex(r"[0-9]{1,7} ?(m|h|d|w|month|year)s?", fullmatch=True),
    st.from_regex(
        r"[0-9]{1,4}[-/.][0-9]{1,2}[-/.][0-9]{1,4}(\.\.([0-9]{4}-[0-9]{2}-[0-9]{2})?)?", fullmatch=True
    ),
    st.builds("{}..{}".format, times.map(datetime.date), times.map(datetime.date)),
    st.builds(
        "rules a at {}".format, _pieces | times | texts | st.from_regex(r"[0-9]{1,2}[:.][0-9]{2}( ?[ap]m)?")
    ),
    st.builds("why a {}".format, st.lists(_pieces, max_size=3).map(" ".join) | texts | st.ip_addresses()),
    st.builds("why a 22 {}/{}".format, st.ip_addresses(), st.integers(0, 130)),
    st.builds("why a {}/{}".format, st.integers(0, 10**6), st.sampled_from(["tcp", "udp", "icmp", "esp"])),
)


@given(commands, times)
def test_any_text_gives_a_query(text: str, now: datetime) -> None:
    """Law: parse_command(text) is a query; a name in it is not blank and is one that AWS could have given."""
    query = parse_command(text, now)
    assert isinstance(query, SCOPED | Doctor | Help | Muted | Open | Misunderstood)
    if isinstance(query, NAMED):
        assert query.name == query.name.strip()
        assert 0 < len(query.name) <= 255


@given(commands, times)
def test_an_example_is_understood(text: str, now: datetime) -> None:
    """Law: the example of a misunderstood text is not itself misunderstood."""
    query = parse_command(text, now)
    if isinstance(query, Misunderstood):
        assert query.reason
        assert not isinstance(parse_command(query.example, now), Misunderstood)


@given(commands, times)
def test_a_span_is_in_order_and_begins_in_the_past(text: str, now: datetime) -> None:
    """Law: since ≤ now, since < until, both in UTC; without a since there is no until."""
    query = parse_command(text, now)
    if isinstance(query, TIMED) and query.span != Span():
        assert query.span.since is not None
        assert query.span.since.tzinfo is UTC
        assert query.span.since <= now
        if query.span.until:
            assert query.span.until.tzinfo is UTC
            assert query.span.since < query.span.until


@given(commands, times)
def test_a_moment_is_in_the_past_and_traffic_is_such_as_there_is(text: str, now: datetime) -> None:
    """Law: at ≤ now, in UTC; a port is one, and is there if and only if the protocol has ports."""
    query = parse_command(text, now)
    if isinstance(query, GroupRulesAt):
        assert query.at.tzinfo is UTC
        assert query.at <= now
    if isinstance(query, Why):
        assert (query.flow.port is not None) is (query.flow.protocol in ("tcp", "udp"))
        assert query.flow.port is None or 0 <= query.flow.port <= 65535


@given(commands, times)
def test_no_part_of_a_scope_is_blank(text: str, now: datetime) -> None:
    """Law: an account or a region in a query holds something, and at most 255 characters of it."""
    query = parse_command(text, now)
    if isinstance(query, SCOPED) and query.scope != Scope():
        for part in (query.scope.account, query.scope.region):
            assert part is None or 0 < len(part.strip()) <= 255


_names = st.text(st.characters(exclude_characters='"“”„«»\u200b\u2060\ufeff'))


@given(_names.filter(lambda name: name.strip() == name != "" and len(name) <= 255), times)
def test_any_name_can_be_asked_for_in_quotes(name: str, now: datetime) -> None:
    """Law: a quoted name, whatever word it is like, is a name; behind "group:" and the commands too."""
    assert parse_command(f'"{name}"', now) == GroupChanges(name)
    assert parse_command(f'group:"{name}"', now) == GroupChanges(name)
    assert parse_command(f'rules "{name}"', now) == GroupRules(name)
    assert parse_command(f'rules "{name}" at 1h ago', now) == GroupRulesAt(name, now - timedelta(hours=1))
    assert parse_command(f'why "{name}" 22', now) == Why(name, Flow("tcp", 22))
    assert parse_command(f'by "{name}"', now) == PrincipalChanges(name)
