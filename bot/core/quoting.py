"""Names that somebody chose, within sentences of ours."""

import re

# Names that are usual look like this. EC2 takes more: a group may be called "dev, sandbox. Closed again (0 min)".
_USUAL = re.compile(r"[\w./:@+-]+")

NOT_NAMED = "a group not named"
"""What stands for the name of a group that no record gives."""


def as_name(name: str, limit: int) -> str:
    """
    Write *name* in at most *limit* characters, so that it cannot be taken for words of ours: in quotes, unless it is a usual one.

    >>> as_name("web-prod", 40), as_name("web, closed (0 min)", 40), as_name("abcdef gh", 6), as_name("abcdefgh", 6)
    ('web-prod', '“web, closed (0 min)”', '“abc…”', 'abcde…')
    """
    if _USUAL.fullmatch(name) or name == NOT_NAMED:
        return name if len(name) <= limit else f"{name[: limit - 1]}…"
    inner = name.replace("“", '"').replace("”", '"')
    return f"“{inner if len(inner) <= limit - 2 else f'{inner[: limit - 3]}…'}”"
