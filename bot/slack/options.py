"""The options account:, region: and group: among the words of a command: pure."""

import difflib
import re

from bot.slack.queries import Scope
from bot.slack.times import Misunderstood
from bot.slack.words import Word, join_words

MAX_NAME = 255
"""EC2's limit for a group's name, in characters; no name of an account or a principal is longer."""

NEAR = 0.72
"""How like a word must be to what it was meant to be: takes "acct" for "account", but not "app-group" for "group"."""

_OPTIONS = {"account": "payments-prod", "region": "ap-northeast-2", "group": "web-prod"}
_REGION = re.compile(r"[a-z]{2,}(?:-[a-z]+)+-[0-9]+", re.IGNORECASE)


def take_options(words: list[Word]) -> tuple[list[Word], list[Word], Scope] | Misunderstood:
    """Part *words* into the others and the options, and read these; what stands behind "group:" becomes quoted."""
    others: list[Word] = []
    typed: list[Word] = []
    values: dict[str, str] = {}
    for index, word in enumerate(words):
        before, after = words[:index], words[index + 1 :]
        key, colon, start = word.bare.partition(":")
        option, value = key.lower(), (start + (word.quoted or "")).strip()
        near = difflib.get_close_matches(option, _OPTIONS, n=1, cutoff=NEAR) if colon else []
        if not near:
            others.append(word)
        elif option not in _OPTIONS:
            mended = Word(f"{near[0]}:{start}", word.quoted)
            return Misunderstood(f"There is no “{key}:”.", join_words(before, mended, after))
        elif option in values:
            return Misunderstood(f"“{option}:” is given twice.", join_words(before, after))
        elif not value and after and ":" not in after[0].bare:
            reason = f"No space goes behind “{option}:”."
            return Misunderstood(reason, join_words(before, f"{option}:{after[0]}", after[1:]))
        elif fault := _find_fault(option, value):
            return Misunderstood(fault.reason, join_words(before, f"{option}:{fault.example}", after))
        else:
            values[option] = value
            (others if option == "group" else typed).append(Word("", value) if option == "group" else word)
    return others, typed, Scope(values.get("account"), values.get("region", "").lower() or None)


def _find_fault(option: str, value: str) -> Misunderstood | None:
    """Tell why *value* cannot be one of *option*, with one that can."""
    if not value:
        return Misunderstood(f"Which {option}?", _OPTIONS[option])
    if len(value) > MAX_NAME:
        return Misunderstood(f"No {option} has a name of more than {MAX_NAME} characters.", _OPTIONS[option])
    digits = value.replace("-", "")  # the console writes 1111-2222-3333
    if option == "account" and re.fullmatch("[0-9]+", digits) and not re.fullmatch("[0-9]{12}", value):
        return Misunderstood("An account's id is 12 digits.", digits.zfill(12)[:12])
    if option == "region" and not _REGION.fullmatch(value):
        near = _REGION.match(re.sub(r"[\W_]+", "-", value))
        return Misunderstood(f"“{value}” is not a region's name.", near[0] if near else _OPTIONS[option])
    return None
