"""On which line of policy.toml something stands."""

import pytest

from bot.policy.lines import KeyPath, line_of, path_words

TEXT = '''\
title = "not [a.table]"
channels.alerts.digest = "off"
note = """
[expected]
name = "not this one"
"""

[accounts]   # names
"111122223333" = "a"
  '444455556666'   =   "b"

[[expected]]
# name = "commented out"
name = "ci"

[[ expected ]]
name = "cd"
networks = [
  "10.0.0.0/8",
]
run_link = { session = "a", url = "b" }

[expected.more]
deep = 1
'''


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("title",), 1),
        (("channels", "alerts", "digest"), 2),
        (("channels",), None),
        (("note",), 3),
        (("accounts",), 8),
        (("accounts", "111122223333"), 9),
        (("accounts", "444455556666"), 10),
        (("accounts", "000000000000"), 8),
        (("expected", 0), 12),
        (("expected", 0, "name"), 14),
        (("expected", 0, "role"), 12),
        (("expected", 1, "name"), 17),
        (("expected", 1, "networks"), 18),
        (("expected", 1, "run_link", "url"), 21),
        (("expected", 1, "more", "deep"), 24),
        (("mutes", 0), None),
    ],
    ids=str,
)
def test_a_key_is_found_or_else_what_it_would_stand_in(path: KeyPath, line: int | None) -> None:
    assert line_of(TEXT, path) == line


@pytest.mark.parametrize(
    ("path", "words"),
    [
        (("accounts", "111122223333"), "accounts.111122223333"),
        (("expected", 1, "run_link", "url"), "expected[2].run_link.url"),
        ((), ""),
    ],
)
def test_tables_of_one_name_are_counted_from_one(path: KeyPath, words: str) -> None:
    assert path_words(path) == words
