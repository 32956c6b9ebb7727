"""Any text, on its way to Slack and back."""

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from bot.slack.text import mrkdwn, plain
from tests.property.strategies import texts
from tests.slack.reading import read_mrkdwn

limits = st.integers(1, 300)

_DIRECTION = frozenset({"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"})
_MARKS = frozenset("\u200e\u200f\u061c")


class TestPlain:
    @given(texts, limits)
    def test_any_text_is_within_its_limit(self, text: str, limit: int) -> None:
        """Law: len(plain(text, limit)) ≤ limit."""
        assert len(plain(text, limit)) <= limit

    @given(texts, limits)
    def test_no_control_or_direction_character_is_left(self, text: str, limit: int) -> None:
        """Law: plain(text) holds no control character, half a character, line break or mark of direction."""
        for character in plain(text, limit):
            assert unicodedata.category(character) not in ("Cc", "Cs", "Zl", "Zp")
            assert unicodedata.bidirectional(character) not in _DIRECTION
            assert character not in _MARKS

    @given(texts, limits)
    def test_what_is_plain_stays_as_it_is(self, text: str, limit: int) -> None:
        """Law: plain is idempotent."""
        once = plain(text, limit)
        assert plain(once, limit) == once

    @given(texts, limits)
    def test_nothing_disappears(self, text: str, limit: int) -> None:
        """Law: plain(text) is empty only for an empty text."""
        assert bool(plain(text, limit)) is bool(text)


class TestMrkdwn:
    @given(texts, limits)
    def test_no_bracket_stays_raw(self, text: str, limit: int) -> None:
        """Law: mrkdwn(text) holds no < and no >, and each & begins one of three escapes."""
        markup = mrkdwn(text, limit)
        assert "<" not in markup
        assert ">" not in markup
        bare = markup.replace("&amp;", "").replace("&lt;", "").replace("&gt;", "")
        assert "&" not in bare

    @given(texts, limits)
    def test_mrkdwn_reads_back_as_plain(self, text: str, limit: int) -> None:
        """Law: unescape(mrkdwn(text)) = plain(text), or where that is too long a start of it; nothing in it is live."""
        markup = mrkdwn(text, limit)
        assert len(markup) <= limit
        reading = read_mrkdwn(markup)
        whole = plain(text, 20 * len(text) + 20)
        assert reading.shown == whole or whole.startswith(reading.shown.removesuffix("…"))
        assert reading.shown == whole or reading.shown.endswith("…")
        assert reading.live == ()
        assert reading.styled == ()
