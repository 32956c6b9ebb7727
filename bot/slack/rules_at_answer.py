"""What a group's rules were at a moment, as an answer: pure. Its times are those of UTC, as is the one that was typed."""

from datetime import datetime, timedelta

from bot.core.changes import GroupDetails, GroupKey
from bot.core.jobs import group_text, parse_group
from bot.core.ledger import Entry, Moment
from bot.core.ledger_views import RulesThen
from bot.core.places import Places
from bot.core.rules import Direction
from bot.slack.blocks import (
    Block,
    actions,
    button,
    context,
    ephemeral,
    line,
    listing,
    rich_text,
    section,
    text,
)
from bot.slack.commands import COMMAND
from bot.slack.ledger_wording import cut_words, group_with_place, opened_short, who
from bot.slack.text import counted, cut, date, fallback_date, mrkdwn
from bot.slack.wording import in_reading_order, rule_words

PREVIOUS_RULES_AT = "previous_rules_at"
NEXT_RULES_AT = "next_rules_at"
SHARE_RULES_AT = "share_rules_at"

LINES = 40
"""How many rules a page shows: about 6,000 characters, which leaves room for what is in doubt."""

_LINE = 160
_DOUBTFUL = 10
_TITLES = {Direction.INGRESS: "Ingress", Direction.EGRESS: "Egress", None: "Of a direction that is not known"}


def rules_at_answer(group: GroupDetails, rules: RulesThen, places: Places, *, page: int = 0) -> Block:
    """Answer with a page of the rules that *group* had; a *page* that is not there is the last one that is."""
    at = f"{rules.at:%Y-%m-%d %H:%M:%S} UTC"
    title = f"Rules of {group_with_place(group, places)} at {at}"
    held = _in_order(rules)
    page = max(0, min(page, (len(held) - 1) // LINES))
    blocks = [section(f"*{mrkdwn(title, 600)}*, {date(rules.at)} in your zone")]
    if over := _absence(group, rules):
        blocks.append(rich_text("absence", *(line(text(sentence, 500)) for sentence in over)))
    else:
        blocks += _rules(rules, held, page)
        blocks += _doubts(rules, page)
    basis = "" if over else _basis(rules)
    behind = "Behind each rule: who opened it, and when. " if rules.held and not over else ""
    blocks.append(context("recorded", f"As far as recorded{basis}. {behind}Times are UTC."))
    buttons = _paging(group.key, rules.at, page, len(held))
    share = button(SHARE_RULES_AT, "Share in channel", _value(group.key, rules.at, page))
    return ephemeral(mrkdwn(title, 600), [*blocks, actions("paging", *buttons, share)])


def read_rules_at_page(value: str) -> tuple[GroupKey, datetime, int]:
    """
    Read which group's rules at which moment a button turns to, and to which page of them.

    Raises:
        ValueError: no button of ours holds this.
    """
    group, at, page = value.split("|")
    moment = datetime.fromisoformat(at)
    if moment.tzinfo is None:
        raise ValueError(value)
    return parse_group(group), moment, int(page)


def _value(key: GroupKey, at: datetime, page: int) -> str:
    return f"{group_text(key)}|{at.isoformat()}|{page}"


def _in_order(rules: RulesThen) -> list[Entry]:
    by_rule = {id(entry.rule): entry for entry in rules.held}
    known = [entry.rule for entry in rules.held]
    ordered = [rule for direction in _TITLES for rule in in_reading_order(known, direction)]
    return [by_rule[id(rule)] for rule in ordered]


def _absence(group: GroupDetails, rules: RulesThen) -> list[str]:
    """Say that there was no group, or nothing that told of it; nothing else is to be said then."""
    name = cut(group.name or group.key.group_id, 80)
    if rules.created:
        return [f"{name} did not exist yet: {_by_whom(rules.created)} created it {_utc(rules.created.at)}."]
    if deleted := rules.ledger.deleted:
        before = deleted.at - timedelta(seconds=1)
        ask = f"{COMMAND} rules {group.key.group_id} at {before:%Y-%m-%d %H:%M:%S}"
        gone = f"{name} did not exist any more: {_by_whom(deleted)} deleted it {_utc(deleted.at)}."
        return [gone, f"What it held until then: {ask}"]
    if rules.is_unknown and not rules.doubtful:
        return [f"That is not known: nothing that Panopticon has recorded tells of {name} as early as that."]
    return []


def _rules(rules: RulesThen, held: list[Entry], page: int) -> list[Block]:
    blocks = []
    shown = held[page * LINES : (page + 1) * LINES]
    ledger = rules.ledger
    none = "no rule" if ledger.is_certain and not rules.doubtful else "no rule that is known for certain"
    for direction, title in _TITLES.items():
        count = sum(entry.rule.direction is direction for entry in held)
        here = [entry for entry in shown if entry.rule.direction is direction]
        if not here and (count or page or direction is None or rules.is_unknown):
            continue  # they stand on another page, or there is nothing to say
        words = f"{title}: {counted(count, 'rule') if count else none}"
        words += f", {len(here)} of them here" if len(here) < count else ""
        lines = [_line(entry, direction, rules.at) for entry in here]
        block_id = direction.value if direction else "unknown"
        blocks.append(
            rich_text(block_id, line(text(words, bold=True)), *([listing(lines, _LINE)] if lines else []))
        )
    return blocks


def _line(entry: Entry, direction: Direction | None, at: datetime) -> str:
    """Say what a rule admitted and who opened it; who did has its place however long the rule is."""
    opened = f" · {opened_short(entry, at)}"
    rule = rule_words(entry.rule).removeprefix(f"{direction} ")
    return cut(rule, max(_LINE - len(opened), 20)) + opened


def _doubts(rules: RulesThen, page: int) -> list[Block]:
    """Say what is not known of the rules, on the first page."""
    if page:
        return []
    parts = []
    if rules.doubtful:
        first = "Not known as early as that. What was there when Panopticon first heard of the group:"
        title = first if rules.is_unknown else "In doubt: these may or may not have been there"
        lines = [rule_words(rule) for rule in rules.doubtful[:_DOUBTFUL]]
        more = len(rules.doubtful) - len(lines)
        parts += [
            line(text(f"⚠️ {title}", bold=True)),
            listing([*lines, *([f"… and {more:,} more"] if more else [])], _LINE),
        ]
    ledger = rules.ledger
    sentences = []
    if not (ledger.is_known or rules.is_unknown):
        sentences.append(
            "Panopticon had not read the group by then: there may have been more rules than changes told."
        )
    if ledger.cuts:
        sentences.append(f"{cut_words(ledger.cuts)}: there may have been other rules.")
    if ledger.blanks:
        what = "1 more rule was" if len(ledger.blanks) == 1 else f"{len(ledger.blanks)} more rules were"
        named = cut(", ".join(ledger.blanks), 200)
        sentences.append(f"{what} there, and what they admitted is not known: {named}.")
    parts += [line(text(f"⚠️ {sentence}", 500)) for sentence in sentences]
    return [rich_text("doubts", *parts)] if parts else []


def _basis(rules: RulesThen) -> str:
    ledger = rules.ledger
    if ledger.read:
        return f": last read from AWS {_utc(ledger.read)}, with what changes told since"
    if ledger.created:
        return ": every change since the group was created"
    return (
        ": what changes told, with what was there at the first reading"
        if ledger.is_known
        else ": what changes told"
    )


def _by_whom(moment: Moment) -> str:
    return who(moment.by) if moment.by else "an event that was not seen"


def _utc(time: datetime) -> str:
    return fallback_date(time)


def _paging(key: GroupKey, at: datetime, page: int, count: int) -> list[Block]:
    last = (count - 1) // LINES
    buttons = []
    if page > 0:
        buttons.append(button(PREVIOUS_RULES_AT, f"← Page {page}", _value(key, at, page - 1)))
    if page < last:
        buttons.append(button(NEXT_RULES_AT, f"Page {page + 2} of {last + 1} →", _value(key, at, page + 1)))
    return buttons
