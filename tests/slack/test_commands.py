"""What people type behind /sg-changes."""

from datetime import UTC, datetime, timedelta, timezone
from ipaddress import ip_network

import pytest

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
    Query,
    Scope,
    Unacknowledged,
    Why,
)
from bot.slack.text import mrkdwn
from bot.slack.times import Misunderstood, Span

NOW = datetime(2026, 11, 24, 12, 30, tzinfo=UTC)
WEEK = Span(since=datetime(2026, 11, 17, 12, 30, tzinfo=UTC))
NOVEMBER = datetime(2026, 11, 1, tzinfo=UTC)
PAYMENTS = Scope(account="payments-prod")
SEOUL = Scope(region="ap-northeast-2")


@pytest.mark.parametrize(
    ("text", "query"),
    [
        pytest.param("", LatestChanges(), id="nothing"),
        pytest.param("   ", LatestChanges(), id="spaces"),
        pytest.param("help", Help(), id="help"),
        pytest.param("HELP ", Help(), id="capitals"),
        pytest.param("doctor", Doctor(), id="doctor"),
        pytest.param("open", Open(), id="open"),
        pytest.param("unacked", Unacknowledged(), id="unacked"),
        pytest.param("mutes", Muted(), id="mutes"),
        pytest.param("quiet", KeptQuiet(), id="quiet"),
        pytest.param("quiet 7d", KeptQuiet(WEEK), id="quiet of late"),
        pytest.param("7d QUIET region:ap-northeast-2", KeptQuiet(WEEK, SEOUL), id="quiet somewhere"),
        pytest.param('"quiet"', GroupChanges("quiet"), id="a group called quiet"),
        pytest.param("rules mutes", GroupRules("mutes"), id="a group called mutes"),
        pytest.param("web-prod", GroupChanges("web-prod"), id="a name"),
        pytest.param("  web-prod  ", GroupChanges("web-prod"), id="a name among spaces"),
        pytest.param("sg-0a1b2c3d4e5f60718", GroupChanges("sg-0a1b2c3d4e5f60718"), id="an id"),
        pytest.param("Web-Prod", GroupChanges("Web-Prod"), id="a name with capitals"),
        pytest.param("rules web-prod", GroupRules("web-prod"), id="rules"),
        pytest.param("Rules web-prod", GroupRules("web-prod"), id="rules with a capital"),
        pytest.param("rules\tweb-prod", GroupRules("web-prod"), id="a tab"),
        pytest.param("rules\u00a0web-prod", GroupRules("web-prod"), id="a hard space"),
        pytest.param("rules web-prod at now", GroupRules("web-prod"), id="rules at now"),
        pytest.param("rules at", GroupRules("at"), id="rules of a group called at"),
        pytest.param("exposed", Exposed(), id="exposed"),
        pytest.param("Exposed account:payments-prod", Exposed(PAYMENTS), id="exposed, narrowed"),
        pytest.param("by alice", PrincipalChanges("alice"), id="by"),
        pytest.param("by alice@example.com", PrincipalChanges("alice@example.com"), id="by an address"),
        pytest.param("by o'neil", PrincipalChanges("o'neil"), id="an apostrophe"),
        pytest.param("by by", PrincipalChanges("by"), id="by by"),
        pytest.param("x" * 255, GroupChanges("x" * 255), id="the longest name"),
    ],
)
def test_a_text_is_read(text: str, query: Query) -> None:
    assert parse_command(text, NOW) == query


@pytest.mark.parametrize(
    ("text", "query"),
    [
        pytest.param('"rules"', GroupChanges("rules"), id="quoted"),
        pytest.param('"help"', GroupChanges("help"), id="quoted help"),
        pytest.param('"7d"', GroupChanges("7d"), id="quoted time"),
        pytest.param('"account:dev"', GroupChanges("account:dev"), id="quoted option"),
        pytest.param("'rules'", GroupChanges("rules"), id="single quotes"),
        pytest.param("‘my group’", GroupChanges("my group"), id="curly single quotes"),
        pytest.param("rules rules", GroupRules("rules"), id="rules of rules"),
        pytest.param("rules unacked", GroupRules("unacked"), id="rules of a keyword"),
        pytest.param('"a group with spaces"', GroupChanges("a group with spaces"), id="spaces"),
        pytest.param('rules "my group"', GroupRules("my group"), id="rules of a name with spaces"),
        pytest.param("“curly quotes”", GroupChanges("curly quotes"), id="curly quotes"),
        pytest.param("„low quotes“", GroupChanges("low quotes"), id="low quotes"),
        pytest.param("«guillemets»", GroupChanges("guillemets"), id="guillemets"),
        pytest.param('"never closed', GroupChanges("never closed"), id="a quote never closed"),
        pytest.param("group:rules", GroupChanges("rules"), id="group:"),
        pytest.param("Group:rules", GroupChanges("rules"), id="Group:"),
        pytest.param("group:7d", GroupChanges("7d"), id="group: and a time"),
        pytest.param('group:"my group"', GroupChanges("my group"), id="group: and quotes"),
        pytest.param("group:“my group” 7d", GroupChanges("my group", WEEK), id="group: and curly quotes"),
        pytest.param("rules group:help", GroupRules("help"), id="rules and group:"),
        pytest.param('by "Alice Smith"', PrincipalChanges("Alice Smith"), id="by a name with spaces"),
        pytest.param('by "7d"', PrincipalChanges("7d"), id="by a name like a time"),
    ],
)
def test_a_quoted_word_is_a_name(text: str, query: Query) -> None:
    assert parse_command(text, NOW) == query


@pytest.mark.parametrize(
    "name",
    ["rule", "undcked", "helper", "doctors", "payload", "week", "last", "d", "ad", "to", "..", "1.2.3"],
)
def test_a_single_word_is_a_name_even_when_it_is_near_a_keyword(name: str) -> None:
    assert parse_command(name, NOW) == GroupChanges(name)


@pytest.mark.parametrize("name", ["team:api", "app-group:web", ":", "a:", "10.0.0.1:22"])
def test_a_name_may_hold_a_colon(name: str) -> None:
    assert parse_command(name, NOW) == GroupChanges(name)


@pytest.mark.parametrize("name", ["web_prod", "app@blue", "team:api", "web-prod", "a*b~c"])
def test_a_name_copied_from_a_headline_can_be_asked_for(name: str) -> None:
    assert parse_command(mrkdwn(name, 80), NOW) == GroupChanges(name)


@pytest.mark.parametrize(
    ("text", "query"),
    [
        pytest.param("account:payments-prod", LatestChanges(scope=PAYMENTS), id="latest changes"),
        pytest.param(
            "web-prod account:payments-prod", GroupChanges("web-prod", scope=PAYMENTS), id="a group"
        ),
        pytest.param(
            "account:payments-prod web-prod", GroupChanges("web-prod", scope=PAYMENTS), id="in front"
        ),
        pytest.param("rules account:payments-prod web-prod", GroupRules("web-prod", PAYMENTS), id="between"),
        pytest.param("unacked region:ap-northeast-2", Unacknowledged(SEOUL), id="unacked"),
        pytest.param("region:ap-northeast-2 unacked", Unacknowledged(SEOUL), id="before unacked"),
        pytest.param("by alice region:ap-northeast-2", PrincipalChanges("alice", scope=SEOUL), id="by"),
        pytest.param(
            "account:111122223333 web-prod 7d REGION:us-gov-west-1",
            GroupChanges("web-prod", WEEK, Scope("111122223333", "us-gov-west-1")),
            id="both, and a time",
        ),
        pytest.param('account:"payments prod"', LatestChanges(scope=Scope("payments prod")), id="quoted"),
        pytest.param(
            "account:“payments prod”", LatestChanges(scope=Scope("payments prod")), id="curly quotes"
        ),
        pytest.param("account:7d", LatestChanges(scope=Scope("7d")), id="an account like a time"),
        pytest.param(
            "rule account:dev", GroupChanges("rule", scope=Scope("dev")), id="a single word beside it"
        ),
    ],
)
def test_account_and_region_narrow_a_query_from_anywhere(text: str, query: Query) -> None:
    assert parse_command(text, NOW) == query


@pytest.mark.parametrize(
    ("text", "span"),
    [
        pytest.param("30m", Span(NOW - timedelta(minutes=30)), id="minutes"),
        pytest.param("2h", Span(NOW - timedelta(hours=2)), id="hours"),
        pytest.param("7d", WEEK, id="days"),
        pytest.param("7D", WEEK, id="a capital"),
        pytest.param("2w", Span(NOW - timedelta(weeks=2)), id="weeks"),
        pytest.param("3653d", Span(NOW - timedelta(days=3653)), id="ten years"),
        pytest.param("2026-11-01", Span(NOVEMBER), id="a day"),
        pytest.param("2026-11-24", Span(datetime(2026, 11, 24, tzinfo=UTC)), id="this day"),
        pytest.param("2016-11-24", Span(datetime(2016, 11, 24, tzinfo=UTC)), id="this day ten years ago"),
        pytest.param("2026-11-01..", Span(NOVEMBER), id="an open range"),
        pytest.param(
            "2026-11-01..2026-11-05", Span(NOVEMBER, datetime(2026, 11, 6, tzinfo=UTC)), id="a range"
        ),
        pytest.param(
            "2026-11-01..2026-11-01", Span(NOVEMBER, NOVEMBER + timedelta(1)), id="a range of a day"
        ),
        pytest.param(
            "2026-11-01..2026-12-31", Span(NOVEMBER, datetime(2027, 1, 1, tzinfo=UTC)), id="into the future"
        ),
    ],
)
def test_a_time_is_read_alone_and_beside_a_name(text: str, span: Span) -> None:
    assert parse_command(text, NOW) == LatestChanges(span)
    assert parse_command(f"web-prod {text}", NOW) == GroupChanges("web-prod", span)
    assert parse_command(f"{text} web-prod", NOW) == GroupChanges("web-prod", span)
    assert parse_command(f"by alice {text}", NOW) == PrincipalChanges("alice", span)


def test_days_are_those_of_utc_whatever_zone_now_is_in() -> None:
    east = NOW.replace(hour=2, tzinfo=timezone(timedelta(hours=9)))  # still the 23rd in UTC
    assert parse_command("2026-11-23", east) == LatestChanges(Span(datetime(2026, 11, 23, tzinfo=UTC)))
    assert parse_command("2026-11-24", east) == Misunderstood(
        "2026-11-24 is still to come.", example="2026-11-23"
    )
    query = parse_command("2h", east)
    assert isinstance(query, LatestChanges)
    assert query.span.since == datetime(2026, 11, 23, 15, 30, tzinfo=UTC)
    assert query.span.since.tzinfo is UTC


@pytest.mark.parametrize(
    ("said", "example"),
    [
        ("7 days", "7d"),
        ("7days", "7d"),
        ("7 d", "7d"),
        ("-7d", "7d"),
        ("since 7d", "7d"),
        ("last 7 days", "7d"),
        ("in the last 7 days", "7d"),
        ("7 days ago", "7d"),
        ("1 week", "7d"),
        ("a week", "7d"),
        ("last week", "7d"),
        ("2 weeks", "14d"),
        ("3 months", "90d"),
        ("1 year", "365d"),
        ("30 min", "30m"),
        ("2 hours", "2h"),
        ("an hour", "1h"),
        ("0d", "1d"),
        ("9999d", "3650d"),
        ("99999999999999999999999d", "3650d"),
        ("20 years", "3650d"),
        ("yesterday", "1d"),
        ("Today", "2026-11-24"),
        ("since today", "2026-11-24"),
        ("2026-13-01", "2026-01-13"),
        ("2025-13-31", "2025-12-31"),
        ("2026-02-30", "2026-02-28"),
        ("2026-11-00", "2026-11-01"),
        ("2026-1-5", "2026-01-05"),
        ("2026-11", "2026-11-01"),
        ("2026/11/01", "2026-11-01"),
        ("01.11.2026", "2026-11-01"),
        ("11/24/2026", "2026-11-24"),
        ("2026-11-01T10:00:00Z", "2026-11-01"),
        ("2026-11-01 10:00", "2026-11-01"),
        ("since 2026-11-01", "2026-11-01"),
        ("2027-01-01", "2026-11-24"),
        ("9999-12-31", "2026-11-24"),
        ("1999-01-01", "2016-11-23"),
        ("0000-00-00", "2016-11-23"),
        ("2026-11-05..2026-11-01", "2026-11-01..2026-11-05"),
        ("2027-11-05..2026-11-01", "2026-11-01..2027-11-05"),
        ("1999-01-01..2026-11-01", "2016-11-23..2026-11-01"),
        ("1999-01-01..1999-02-01", "2016-11-23..2016-11-23"),
        ("2027-01-01..2027-02-01", "2026-11-24"),
        ("2026-11-01..9999-12-31", "2026-11-01..9998-12-31"),
        ("..2026-11-08", "2026-11-01..2026-11-08"),
        ("..0001-01-01", "2016-11-23..2016-11-23"),
        ("2026-11-01 .. 2026-11-05", "2026-11-01..2026-11-05"),
        ("2026-11-01…2026-11-05", "2026-11-01..2026-11-05"),
        ("2026-11-01 - 2026-11-05", "2026-11-01..2026-11-05"),
        ("2026-11-01 2026-11-05", "2026-11-01..2026-11-05"),
        ("from 2026-11-01 10:00 to 2026-11-05 10:00", "2026-11-01..2026-11-05"),
        ("from 2026/11/01 to 2026/11/05", "2026-11-01..2026-11-05"),
        ("between 2026-11-01 and now", "2026-11-01..2026-11-24"),
    ],
)
def test_a_mistyped_time_gets_the_nearest_right_one(said: str, example: str) -> None:
    for before, after in (("", ""), ("web-prod ", ""), ("by alice ", " account:dev")):
        query = parse_command(f"{before}{said}{after}", NOW)
        assert isinstance(query, Misunderstood)
        assert query.example == f"{before}{example}{after}"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("7 days", "“7 days” is not a time like 7d."),
        ("0d", "“0d” is no time at all."),
        ("9999d", "“9999d” is more than 10 years back."),
        ("1999-01-01", "1999-01-01 is more than 10 years back."),
        ("01.11.2026", "“01.11.2026” is not a day like 2026-11-01."),
        ("2026-11-05..2026-11-01", "The earlier day goes first."),
        ("2027-01-01", "2027-01-01 is still to come."),
    ],
)
def test_a_mistyped_time_gets_a_reason(text: str, reason: str) -> None:
    query = parse_command(text, NOW)
    assert isinstance(query, Misunderstood)
    assert query.reason == reason


NOW_OR_AT = "Rules are shown as they are now, or as they were at a moment."
TWO_NAMES = "That is more than one name. One with spaces goes in quotes."


@pytest.mark.parametrize(
    ("text", "reason", "example"),
    [
        ("rules", "Whose rules?", "rules web-prod"),
        ('rules ""', "Whose rules?", "rules web-prod"),
        ("rules account:dev", "Whose rules?", "rules web-prod account:dev"),
        ("rules 7d", "Whose rules?", "rules web-prod at 7d ago"),
        ("rules web-prod 7d", NOW_OR_AT, "rules web-prod at 7d ago"),
        ("7d rules web-prod", "“rules” goes first.", "rules web-prod at 7d ago"),
        ("by", "By whom?", "by alice"),
        ("by 7d", "By whom?", "by alice 7d"),
        ('""', "Which group?", "web-prod"),
        ('" "', "Which group?", "web-prod"),
        ("help me", "Nothing can follow “help”.", "help"),
        ("doctor web-prod", "Nothing can follow “doctor”.", "doctor"),
        ("doctor account:dev", "Nothing can follow “doctor”.", "doctor"),
        ("open 7d", "Nothing can follow “open”.", "open"),
        ("mutes 7d", "Nothing can follow “mutes”.", "mutes"),
        ("mute", "There is no “mute”.", "mutes"),
        (
            "quiet web-prod 7d account:dev",
            "Only a time, account: and region: can follow “quiet”.",
            "quiet 7d account:dev",
        ),
        ("quite 7d web-prod", "There is no “quite”.", "quiet 7d"),
        ("Unacked please", "Only account: and region: can follow “unacked”.", "unacked"),
        ("unacked 7d account:dev", "Only account: and region: can follow “unacked”.", "unacked account:dev"),
        ("exposed 7d account:dev", "Only account: and region: can follow “exposed”.", "exposed account:dev"),
        ("exposed web-prod", "Only account: and region: can follow “exposed”.", "exposed"),
        ("unack", "There is no “unack”.", "unacked"),
        ("unack region:eu-west-1", "There is no “unack”.", "unacked region:eu-west-1"),
        ("?", "There is no “?”.", "help"),
        ("rule web-prod", "There is no “rule”.", "rules web-prod"),
        ('Rule "my group" account:dev', "There is no “Rule”.", 'rules "my group" account:dev'),
        ("web-prod rules", "“rules” goes first.", "rules web-prod"),
        ("a group with spaces", TWO_NAMES, '"a group with spaces"'),
        ("my group 7d account:dev", TWO_NAMES, '"my group" 7d account:dev'),
        ("rules web prod", TWO_NAMES, 'rules "web prod"'),
        ("by Alice Smith", TWO_NAMES, 'by "Alice Smith"'),
        ('"web prod" api', "That is more than one name.", '"web prod"'),
        ("by alice group:web-prod", "That is more than one name.", "by alice"),
        ("web-prod 2h 7d", "One time is enough.", "web-prod 7d"),
        ("x" * 256, "No name has more than 255 characters.", "web-prod"),
        ("rules " + "x" * 256, "No name has more than 255 characters.", "rules web-prod"),
        ("by " + "x" * 256, "No name has more than 255 characters.", "by alice"),
        ("x " * 200, TWO_NAMES, "web-prod"),
        ("7d " * 1000, "That is more than 2000 characters.", "help"),
    ],
)
def test_a_text_that_asks_for_nothing_known_gets_a_reason_and_an_example(
    text: str, reason: str, example: str
) -> None:
    assert parse_command(text, NOW) == Misunderstood(reason, example)


@pytest.mark.parametrize(
    ("text", "reason", "example"),
    [
        ("acount:dev", "There is no “acount:”.", "account:dev"),
        ("acct:dev", "There is no “acct:”.", "account:dev"),
        ('web-prod acount:"my dev"', "There is no “acount:”.", 'web-prod account:"my dev"'),
        ("reigon:eu-west-1", "There is no “reigon:”.", "region:eu-west-1"),
        ("groups:rules", "There is no “groups:”.", "group:rules"),
        ("account:", "Which account?", "account:payments-prod"),
        ('account:""', "Which account?", "account:payments-prod"),
        ("region: account:dev", "Which region?", "region:ap-northeast-2 account:dev"),
        ("group:", "Which group?", "group:web-prod"),
        ("account: dev web-prod", "No space goes behind “account:”.", "account:dev web-prod"),
        ('account: "my dev"', "No space goes behind “account:”.", 'account:"my dev"'),
        ("account:a account:b", "“account:” is given twice.", "account:a"),
        ("group:a group:b", "“group:” is given twice.", "group:a"),
        ("account:1111-2222-3333", "An account's id is 12 digits.", "account:111122223333"),
        ("account:11122223333", "An account's id is 12 digits.", "account:011122223333"),
        ("account:1111222233334", "An account's id is 12 digits.", "account:111122223333"),
        ("region:seoul", "“seoul” is not a region's name.", "region:ap-northeast-2"),
        ("region:eu-west-1a", "“eu-west-1a” is not a region's name.", "region:eu-west-1"),
        ("region:eu_west_1", "“eu_west_1” is not a region's name.", "region:eu-west-1"),
        ('region:"eu west 1"', "“eu west 1” is not a region's name.", "region:eu-west-1"),
        (
            "account:" + "x" * 256,
            "No account has a name of more than 255 characters.",
            "account:payments-prod",
        ),
    ],
)
def test_a_mistyped_option_gets_a_reason_and_an_example(text: str, reason: str, example: str) -> None:
    assert parse_command(text, NOW) == Misunderstood(reason, example)


@pytest.mark.parametrize(
    ("text", "reason", "example"),
    [
        ("acount:dev web-prod 7 days", "There is no “acount:”.", "web-prod 7d account:dev"),
        ("rule web prod reigon:eu-west-1a", "There is no “reigon:”.", 'rules "web prod" region:eu-west-1'),
        ("opn 2026/11/01 web", "“2026/11/01” is not a day like 2026-11-01.", "open"),
    ],
)
def test_an_example_mends_every_mistake_of_a_text_and_the_reason_tells_the_first(
    text: str, reason: str, example: str
) -> None:
    assert parse_command(text, NOW) == Misunderstood(reason, example)


YESTERDAY = datetime(2026, 11, 23, 20, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    ("said", "at"),
    [
        ("12:07", datetime(2026, 11, 24, 12, 7, tzinfo=UTC)),
        ("9:05", datetime(2026, 11, 24, 9, 5, tzinfo=UTC)),
        ("12:30", NOW),
        ("12:07:31", datetime(2026, 11, 24, 12, 7, 31, tzinfo=UTC)),
        ("12:07 UTC", datetime(2026, 11, 24, 12, 7, tzinfo=UTC)),
        ("today 12:07", datetime(2026, 11, 24, 12, 7, tzinfo=UTC)),
        ("yesterday 20:07", YESTERDAY),
        ("Yesterday 20:07Z", YESTERDAY),
        ("2026-11-23 20:07", YESTERDAY),
        ("2026-11-23 20:07 UTC", YESTERDAY),
        ("2026-11-23T20:07:31Z", YESTERDAY.replace(second=31)),
        ("2026-11-23T20:07:31.123Z", YESTERDAY.replace(second=31)),
        ("2h ago", NOW - timedelta(hours=2)),
        ("30m ago", NOW - timedelta(minutes=30)),
        ("2W ago", NOW - timedelta(weeks=2)),
    ],
)
def test_rules_are_asked_for_at_a_moment_in_utc(said: str, at: datetime) -> None:
    for text in (
        f"rules web-prod at {said}",
        f"rules web-prod {said}",
        f"rules account:payments-prod web-prod AT {said}",
    ):
        scope = PAYMENTS if "account" in text else Scope()
        assert parse_command(text, NOW) == GroupRulesAt("web-prod", at, scope)


@pytest.mark.parametrize(
    ("text", "name"),
    [("rules at at 12:07", "at"), ('rules "at" at 12:07', "at"), ('rules "12:07" at 12:07', "12:07"),
     ("rules group:rules at 12:07", "rules"), ('rules "my group" 12:07', "my group")],
)  # fmt: skip
def test_a_group_may_be_called_like_what_belongs_to_a_moment(text: str, name: str) -> None:
    assert parse_command(text, NOW) == GroupRulesAt(name, datetime(2026, 11, 24, 12, 7, tzinfo=UTC))


@pytest.mark.parametrize(
    ("said", "example"),
    [
        ("20:07", "yesterday 20:07"),
        ("today 20:07", "yesterday 20:07"),
        ("2026-11-24 12:31", "yesterday 12:31"),
        ("2027-01-01 10:00", "today 10:00"),
        ("9999-12-31 20:07", "yesterday 20:07"),
        ("2005-01-01 10:00", "2016-11-23 10:00"),
        ("0000-00-00 10:00", "2016-11-23 10:00"),
        ("24:00", "yesterday 23:59"),
        ("12:60", "yesterday 12:59"),
        ("2026-02-30 10:00", "2026-02-28 10:00"),
        ("2026-13-01 10:00", "2026-01-13 10:00"),
        ("", "1h ago"),
        ("tea time", "1h ago"),
        ("2h", "2h ago"),
        ("2 hours ago", "2h ago"),
        ("an hour ago", "1h ago"),
        ("0d ago", "1d ago"),
        ("9999d ago", "3650d ago"),
        ("8am", "08:00"),
        ("8:07 p.m.", "yesterday 20:07"),
        ("12am", "00:00"),
        ("20:07 yesterday", "2026-11-23 20:07"),
        ("10:07 KST", "10:07"),
        ("yesterday at 10.07", "2026-11-23 10:07"),
        ("yesterday", "2026-11-23 00:00"),
        ("2026-11-01", "2026-11-01 00:00"),
        ("2026-11-01..2026-11-05", "2026-11-01 00:00"),
        ("2026/11/23 20:07", "2026-11-23 20:07"),
        ("23.11.2026 20:07", "2026-11-23 20:07"),
        ("2026-11-23T20:07:00+09:00", "2026-11-23 11:07"),
        ("0001-01-01T00:00+09:00", "2016-11-23 00:00"),
    ],
)
def test_a_mistyped_moment_gets_the_nearest_right_one(said: str, example: str) -> None:
    for before, after in (("", ""), ("my ", ""), ("", " account:dev")):
        query = parse_command(f"rules {before}group at {said}{after}", NOW)
        name = '"my group"' if before else "group"
        assert isinstance(query, Misunderstood)
        assert query.example == f"rules {name} at {example}{after}"


@pytest.mark.parametrize(
    ("text", "reason", "example"),
    [
        ("rules web-prod at 20:07", "“20:07” is still to come: it is 2026-11-24 12:30 UTC now.", "rules web-prod at yesterday 20:07"),
        ("rules web-prod at 2005-01-01 10:00", "2005-01-01 is more than 10 years back.", "rules web-prod at 2016-11-23 10:00"),
        ("rules web-prod at", "At which moment?", "rules web-prod at 1h ago"),
        ("rules web-prod at 25:00", "There is no time of day like “25:00”.", "rules web-prod at yesterday 23:59"),
        ("rules web-prod at yesterday", "A day is no moment: at which time of yesterday, in UTC?", "rules web-prod at 2026-11-23 00:00"),
        ("rules web-prod yesterday", NOW_OR_AT, "rules web-prod at 1d ago"),
        ("rules at 12:07", "Whose rules?", "rules web-prod at 12:07"),
        ("web-prod at 12:07", "A moment goes with “rules”.", "rules web-prod at 12:07"),
        ("at 12:07", "A moment goes with “rules”.", "rules web-prod at 12:07"),
        ("rulez web-prod at 2h ago", "A moment goes with “rules”.", "rules web-prod at 2h ago"),
        ("web-prod rules at 2h ago", "“rules” goes first.", "rules web-prod at 2h ago"),
    ],
)  # fmt: skip
def test_a_mistake_about_a_moment_gets_a_reason(text: str, reason: str, example: str) -> None:
    assert parse_command(text, NOW) == Misunderstood(reason, example)


@pytest.mark.parametrize(
    ("said", "flow"),
    [
        ("22", Flow("tcp", 22)),
        ("22/tcp", Flow("tcp", 22)),
        ("tcp/22", Flow("tcp", 22)),
        ("tcp:22", Flow("tcp", 22)),
        ("TCP 22", Flow("tcp", 22)),
        ("0", Flow("tcp", 0)),
        ("65535/udp", Flow("udp", 65535)),
        ("443/udp 203.0.113.0/24", Flow("udp", 443, ip_network("203.0.113.0/24"))),
        ("203.0.113.0/24 443/udp", Flow("udp", 443, ip_network("203.0.113.0/24"))),
        ("tcp 22 from 0.0.0.0/0", Flow("tcp", 22, ip_network("0.0.0.0/0"))),
        ("22 203.0.113.7", Flow("tcp", 22, ip_network("203.0.113.7/32"))),
        ("22 2001:DB8::7", Flow("tcp", 22, ip_network("2001:db8::7/128"))),
        ("22 ::/0", Flow("tcp", 22, ip_network("::/0"))),
        ("icmp", Flow("icmp", None)),
        ("icmpv6 ::/0", Flow("icmpv6", None, ip_network("::/0"))),
        ("all", Flow("all", None)),
    ],
)
def test_why_takes_a_port_a_protocol_and_a_source(said: str, flow: Flow) -> None:
    assert parse_command(f"why web-prod {said}", NOW) == Why("web-prod", flow)
    assert parse_command(f"Why account:payments-prod web-prod {said}", NOW) == Why("web-prod", flow, PAYMENTS)


@pytest.mark.parametrize(
    ("text", "name"),
    [('why "22" 443', "22"), ("why 22 443", "22"), ("why all 443", "all"), ("why group:22 443", "22"),
     ('why "web prod" 443', "web prod"), ("why 10.0.0.1:22 443", "10.0.0.1:22"), ("why at 443", "at")],
)  # fmt: skip
def test_what_stands_first_behind_why_is_a_name(text: str, name: str) -> None:
    assert parse_command(text, NOW) == Why(name, Flow("tcp", 443))


@pytest.mark.parametrize(
    ("said", "reason", "example"),
    [
        ("", "Which port, or which protocol?", "22"),
        ("10.0.0.0/8", "Which port, or which protocol?", "22 10.0.0.0/8"),
        ("tcp", "Which tcp port?", "22"),
        ("udp 10.0.0.0/8", "Which udp port?", "53/udp 10.0.0.0/8"),
        ("70000", "Ports go from 0 to 65535.", "65535"),
        ("99999999999999999999/udp", "Ports go from 0 to 65535.", "65535/udp"),
        ("80-443", "One port at a time.", "80"),
        ("80–443/udp", "One port at a time.", "80/udp"),
        ("22 443", "One port and one source are enough.", "22"),
        ("tcp/22 udp", "One port and one source are enough.", "tcp/22"),
        ("22 10.0.0.0/8 ::/0", "One port and one source are enough.", "22 10.0.0.0/8"),
        ("22/icmp", "No port goes with icmp.", "icmp"),
        ("all 22", "No port goes with all.", "all"),
        ("sctp/22", "A port goes with tcp or udp.", "22"),
        ("tcp/22/udp", "A port goes with tcp or udp.", "22"),
        ("any", "“any” is not a protocol here.", "all"),
        ("ping", "“ping” is not a protocol here.", "icmp"),
        ("ssh", "Ports go by number: ssh is 22.", "22"),
        ("22 internet", "Any IPv4 address is 0.0.0.0/0, any IPv6 address ::/0.", "22 0.0.0.0/0"),
        ("22 0/0", "Any IPv4 address is 0.0.0.0/0, any IPv6 address ::/0.", "22 0.0.0.0/0"),
        ("22 10.0.0.5/8", "10.0.0.5 is within 10.0.0.0/8, not where it begins.", "22 10.0.0.0/8"),
        ("22 2001:db8::5/32", "2001:db8::5 is within 2001:db8::/32, not where it begins.", "22 2001:db8::/32"),
        ("22 10.0.0.256", "“10.0.0.256” is not a network like 203.0.113.0/24.", "22 10.0.0.255"),
        ("22 10.0.0/24", "“10.0.0/24” is not a network like 203.0.113.0/24.", "22 10.0.0.0/24"),
        ("22 10/8", "“10/8” is not a network like 203.0.113.0/24.", "22 10.0.0.0/8"),
        ("22 10.0.0.7/40", "“10.0.0.7/40” is not a network like 203.0.113.0/24.", "22 10.0.0.7"),
        ("22 2001:db8::/200", "“2001:db8::/200” is not a network like 2001:db8::/32.", "22 2001:db8::"),
        ("22 2001:zz::1", "“2001:zz::1” is not a network like 2001:db8::/32.", "22 2001:db8::/32"),
        ("22 sg-0abc", "A source is an address or a network here.", "22"),
        ("22 7d", "“why” tells what is so now.", "22"),
        ("22 7 days", "“7 days” is not a time like 7d.", "22"),
        ("22 at 12:07", "“why” tells what is so now.", "22"),
    ],
)  # fmt: skip
def test_mistyped_traffic_gets_a_reason_and_the_nearest_right_one(
    said: str, reason: str, example: str
) -> None:
    for after in ("", " account:dev"):
        query = parse_command(f"why web-prod {said}{after}", NOW)
        assert query == Misunderstood(reason, f"why web-prod {example}{after}")


@pytest.mark.parametrize(
    ("text", "reason", "example"),
    [
        ("why", "Why does which group admit what?", "why web-prod 22"),
        ("why 22", "Which group?", "why web-prod 22"),
        ("why 22/tcp 10.0.0.0/8", "Which group?", "why web-prod 22/tcp 10.0.0.0/8"),
        ("why 22 web-prod", "The group goes first.", "why web-prod 22"),
        ("why web prod 22", TWO_NAMES, 'why "web prod" 22'),
        ("whyy web-prod 22", "There is no “whyy”.", "why web-prod 22"),
    ],
)
def test_a_mistake_about_the_group_of_a_why_gets_a_reason(text: str, reason: str, example: str) -> None:
    assert parse_command(text, NOW) == Misunderstood(reason, example)


@pytest.mark.parametrize("text", ["rules web-prod at " + "9 " * 900, "why web-prod " + "1:" * 900])
def test_a_long_mistake_leaves_room_for_the_example(text: str) -> None:
    query = parse_command(text, NOW)
    assert isinstance(query, Misunderstood)
    assert len(query.reason) < 200


def test_a_text_of_too_many_mistakes_is_sent_to_the_help() -> None:
    text = " ".join(["acount:a"] + ["account:b"] * 20)
    assert parse_command(text, NOW) == Misunderstood("There is no “acount:”.", "help")
