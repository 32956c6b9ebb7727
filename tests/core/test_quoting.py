"""Names that somebody chose, within sentences of ours."""

import pytest

from bot.core.quoting import NOT_NAMED, as_name


@pytest.mark.parametrize(
    "name", ["web-prod", "sg-0a1b", "aws:cdk:path", "café_1", "a.b/c@d+e", "관리", NOT_NAMED]
)
def test_a_usual_name_stands_bare(name: str) -> None:
    assert as_name(name, 80) == name


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("dev, sandbox. Closed again (0 min)", "“dev, sandbox. Closed again (0 min)”"),
        ("web prod", "“web prod”"),
        ("x”. Safe. “y", '“x". Safe. "y”'),
        ("", "“”"),
    ],
)
def test_any_other_stands_in_quotes_that_it_cannot_close(name: str, shown: str) -> None:
    assert as_name(name, 80) == shown


@pytest.mark.parametrize("name", ["x" * 300, "x y" * 100])
def test_neither_is_longer_than_it_may_be(name: str) -> None:
    shown = as_name(name, 40)
    assert len(shown) == 40
    assert "…" in shown
    assert shown.startswith("“") is shown.endswith("”") is (" " in name)
