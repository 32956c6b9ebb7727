"""Text from AWS and from people, made inert."""

from datetime import UTC, datetime

import pytest

from bot.slack.text import counted, date, duration, fallback_date, mrkdwn, plain
from tests.slack.reading import WORD_JOINER, read_mrkdwn

HOSTILE = [
    "<!channel>",
    "<!here|everyone>",
    "<@U0AB12CD3>",
    "<#C0AB12CD3>",
    "<https://evil.example|your bank>",
    "@here @channel @everyone",
    "#general",
    "`code` ```block```",
    "*bold* _italic_ ~strike~",
    ":fire: :no_entry:",
    "> quoted",
    "&lt;!channel&gt;",
    "&amp;lt;",
    "a|b^c",
]


@pytest.mark.parametrize(
    ("text", "limit", "shown"),
    [
        pytest.param("web-prod", 20, "web-prod", id="as it is"),
        pytest.param("", 20, "", id="nothing"),
        pytest.param("<!channel> & co", 20, "<!channel> & co", id="not escaped"),
        pytest.param("a\nb\rc\u2028d\u2029e", 20, "a⏎b⏎c⏎d⏎e", id="line breaks"),
        pytest.param("a\r\nb", 20, "a⏎⏎b", id="a line break of two"),
        pytest.param("a\tb", 20, "a b", id="tab"),
        pytest.param("a\x00b\x1bc", 40, "a⟨U+0000⟩b⟨U+001B⟩c", id="control characters"),
        pytest.param("gpj.\u202eexe", 40, "gpj.⟨U+202E⟩exe", id="right-to-left override"),
        pytest.param("a\u2066b\u2069", 40, "a⟨U+2066⟩b⟨U+2069⟩", id="isolates"),
        pytest.param("a\ud800b", 40, "a⟨U+D800⟩b", id="half a character"),
        pytest.param("مرحبا 🔥 é", 20, "مرحبا 🔥 é", id="other scripts stay"),
        pytest.param("abcd", 4, "abcd", id="just fits"),
        pytest.param("abcde", 4, "abc…", id="one too long"),
        pytest.param("a\u202e", 4, "a⟨U…", id="too long once shown"),
    ],
)
def test_plain_shows_text_as_itself_within_its_limit(text: str, limit: int, shown: str) -> None:
    assert plain(text, limit) == shown


@pytest.mark.parametrize(
    "invisible",
    [
        pytest.param("\u200b", id="zero width space"),
        pytest.param("\u2060", id="word joiner"),
        pytest.param("\ufeff", id="byte order mark"),
        pytest.param("\u00ad", id="soft hyphen"),
        pytest.param("\U000e0041", id="tag"),
    ],
)
def test_what_would_be_invisible_is_shown_by_its_code(invisible: str) -> None:
    assert plain(f"web{invisible}-prod", 40) == f"web⟨U+{ord(invisible):04X}⟩-prod"


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_shows_as_itself_and_does_nothing(text: str) -> None:
    reading = read_mrkdwn(mrkdwn(text, 100))
    assert reading.shown == text
    assert reading.live == ()
    assert reading.styled == ()


def test_the_limit_counts_escapes_too_and_cuts_none_of_them() -> None:
    assert mrkdwn("&" * 50, 13) == "&amp;&amp;…"


def test_markup_characters_stand_between_word_joiners() -> None:
    assert mrkdwn("a_b", 10) == f"a{WORD_JOINER}_{WORD_JOINER}b"


def test_a_time_shows_in_each_readers_zone_and_in_utc_where_slack_cannot() -> None:
    time = datetime(2026, 11, 23, 20, 7, tzinfo=UTC)
    assert date(time) == "<!date^1795464420^{date_short_pretty} {time}|2026-11-23 20:07 UTC>"
    assert fallback_date(time) == "2026-11-23 20:07 UTC"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-3, "0 s"),
        (0, "0 s"),
        (59.9, "59 s"),
        (60, "1 min"),
        (3599, "59 min"),
        (3600, "1 h"),
        (86_400, "24 h"),
        (172_799, "47 h"),
        (172_800, "2 days"),
        (8_640_000, "100 days"),
    ],
)
def test_a_duration_is_said_roughly(seconds: float, words: str) -> None:
    assert duration(seconds) == words


@pytest.mark.parametrize(
    ("count", "words"), [(0, "0 rules"), (1, "1 rule"), (2, "2 rules"), (1000, "1,000 rules")]
)
def test_a_count_takes_its_noun(count: int, words: str) -> None:
    assert counted(count, "rule") == words
