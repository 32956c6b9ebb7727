"""Says shortly what a history or a ledger holds, for whoever reads why a law does not hold."""

from datetime import datetime

from bot.core.ledger import Entry, Ledger, Moment
from bot.core.rules import Rule, source_words
from tests.simulation.calls import Call, Create, Delete, DescribeByIds, RevokeByIds


def rule_words(rule: Rule) -> str:
    """Name a rule shortly."""
    parts = [rule.rule_id or "", str(rule.direction or "?"), rule.traffic, source_words(rule.source)]
    text = " ".join(part for part in parts if part)
    return f'{text} "{rule.description}"' if rule.description else text


def call_words(call: Call) -> str:
    """Say what a call asks."""
    match call:
        case Create() | Delete():
            return type(call).__name__
        case RevokeByIds(rule_ids=ids):
            return f"RevokeByIds {', '.join(ids)}"
        case DescribeByIds(descriptions=descriptions):
            return f"DescribeByIds {', '.join(f'{rule_id} {text!r}' for rule_id, text in descriptions)}"
        case _:
            return f"{type(call).__name__} {', '.join(map(rule_words, call.rules))}"


def words(value: object) -> str:
    """Write a part of a ledger shortly, for whoever reads why a law does not hold."""
    match value:
        case Rule():
            return rule_words(value)
        case Moment(at, by, after):
            return f"{at:%X} {by.event_id if by else 'unseen'}" + (f" after {after:%X}" if after else "")
        case Entry():
            closed = f"–{words(value.closed)}" if value.closed else ""
            origin = f", first {words(value.origin)}" if value.origin else ""
            seen = f", seen {value.seen:%X}" + (
                f", described {value.described:%X}" if value.described else ""
            )
            return f"<{words(value.rule)} {words(value.opened)}{closed}{origin}{seen}>"
        case Ledger():
            parts = {name: getattr(value, name) for name in ("live", "closed", "doubts", "blanks", "gone")}
            said = [f"{name} {words(part)}" for name, part in parts.items() if part]
            return "; ".join(
                said + ([] if value.is_known else ["group not known"]) + ["cut"] * len(value.cuts)
            )
        case datetime():
            return f"{value:%X}"
        case tuple() | list():
            return "[" + ", ".join(map(words, value)) + "]"
        case _:
            return str(value)
