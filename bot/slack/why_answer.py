"""Which rules of a group admit some traffic, and who opened them, as an answer: pure."""

from datetime import datetime

from bot.core.changes import GroupDetails, GroupKey
from bot.core.jobs import group_text, parse_group
from bot.core.ledger import MAX_CLOSED, Entry, content_of
from bot.core.ledger_views import Flow, Reasons
from bot.core.places import Places
from bot.core.rules import PrefixList, source_words
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
from bot.slack.exposed_answer import CHANGES_OF_GROUP, RULES_OF_GROUP
from bot.slack.ledger_wording import (
    accepted_line,
    closed_markup,
    cut_words,
    group_with_place,
    opened_line,
    origin_line,
    rule_with_id,
    who,
)
from bot.slack.menus import keep_flow, read_flow
from bot.slack.text import counted, cut, date, mrkdwn
from bot.slack.wording import rule_words

SHARE_WHY = "share_why"

REASONS = 8
"""How many rules are told one by one; more are counted."""

_MEMBERS = 5
_DOUBTFUL = 5


def why_answer(group: GroupDetails, reasons: Reasons, places: Places, now: datetime) -> Block:
    """Answer which rules of *group* admit what *reasons* are about, or that none does and since when."""
    title = _title(group, reasons, places)
    blocks: list[Block] = [section(f"*{mrkdwn(title, 700)}*")] if title else []
    summary = mrkdwn(title, 700) if title else ""
    if not title:
        markup, summary = _nothing_markup(group, reasons, places)
        blocks.append(section(markup))
        if reasons.last:
            blocks.append(_reason("last", reasons.last, reasons, now, sign="− "))
    for number, entry in enumerate(reasons.entries[:REASONS]):
        blocks.append(_reason(f"reason-{number}", entry, reasons, now))
    caveats = _caveats(reasons)
    if caveats:
        blocks.append(rich_text("caveats", *caveats))
    blocks.append(context("recorded", _basis(reasons)))
    return ephemeral(summary, [*blocks, actions("more", *_buttons(group.key, reasons))])


def read_why(value: str) -> tuple[GroupKey, Flow]:
    """
    Read which group and which traffic a button is about.

    Raises:
        ValueError: no button of ours holds this.
    """
    group, _, flow = value.partition("|")
    return parse_group(group), read_flow(flow)


def _title(group: GroupDetails, reasons: Reasons, places: Places) -> str | None:
    """Count the rules that admit it; None where there are none."""
    count = len(reasons.entries)
    if not count:
        return None
    admit = "admits" if count == 1 else "admit"
    return f"{counted(count, 'rule')} of {group_with_place(group, places)} {admit} {cut(reasons.flow.words, 120)}"


def _nothing_markup(group: GroupDetails, reasons: Reasons, places: Places) -> tuple[str, str]:
    """Say that nothing admits it, or that this cannot be told; as mrkdwn, and as a summary without dates."""
    ledger, flow = reasons.ledger, mrkdwn(reasons.flow.words, 300)
    named = mrkdwn(group_with_place(group, places), 500)
    if ledger.deleted:
        by = f" {mrkdwn(who(ledger.deleted.by), 200)} deleted it" if ledger.deleted.by else " it was deleted"
        words = f"Nothing admits {flow} on {named}, which does not exist any more:"
        return f"*{words}*{by} {date(ledger.deleted.at)}.", words.removesuffix(":") + "."
    if not ledger.is_certain or reasons.doubtful:
        words = f"Cannot tell whether anything admits {flow} on {named}."
        told = "No rule that is known for certain does"
        last = (
            f" The last that did is closed {closed_markup(reasons.last, reasons.last.closed)}."
            if (reasons.last and reasons.last.closed)
            else ""
        )
        return f"*{words}* {told}.{last}", words
    words = f"Nothing admits {flow} on {named}"
    if reasons.last and reasons.last.closed:
        return f"*{words}* {closed_markup(reasons.last, reasons.last.closed)}.", f"{words}."
    ever = (
        f"nor did any of the {MAX_CLOSED} rules that closed last"
        if len(ledger.closed) >= MAX_CLOSED
        else "and no rule on record ever did"
    )
    return f"*{words}*, {ever}.", f"{words}, {ever}."


def _reason(block_id: str, entry: Entry, reasons: Reasons, now: datetime, *, sign: str = "") -> Block:
    parts = [
        line(text(f"{sign}{rule_with_id(entry)}", 320, bold=True)),
        opened_line(entry, now),
        *origin_line(entry),
        *accepted_line(entry, reasons.acceptance(entry)),
    ]
    if entry.closed is None:
        if reasons.flow.is_partly_from(entry.rule):
            parts.append(line(text(f"It admits only a part of {reasons.flow.source}.", 200)))
        if isinstance(entry.rule.source, PrefixList) and entry.rule.source in reasons.unread:
            words = f"What {entry.rule.source.prefix_list_id} holds is not known: it may admit {reasons.flow.source}, or not."
            parts.append(line(text(f"⚠️ {words}", 300)))
        if content_of(entry.rule) in {content_of(rule) for rule in reasons.doubtful}:
            parts.append(line(text("⚠️ It may be gone: what is recorded allows both.")))
    return rich_text(block_id, *parts)


def _caveats(reasons: Reasons) -> list[Block]:
    """Say what else may admit it."""
    ledger, parts = reasons.ledger, []
    more = len(reasons.entries) - REASONS
    if more > 0:
        parts.append(line(text(f"… and {counted(more, 'more rule')}, none of them wider.")))
    if ledger.deleted:
        return parts
    if reasons.members:
        named = [source_words(member) for member in reasons.members[:_MEMBERS]]
        others = len(reasons.members) - len(named)
        listed = cut(", ".join(named), 250) + (f" and {others} more" if others else "")
        parts.append(line(text(f"Members of {listed} are admitted too, whatever their address.", 400)))
    live = {entry.content for entry in reasons.entries}
    doubtful = [rule for rule in reasons.doubtful if content_of(rule) not in live]
    if doubtful:
        lines = [rule_words(rule) for rule in doubtful[:_DOUBTFUL]]
        left = len(doubtful) - len(lines)
        parts.append(line(text("⚠️ In doubt: these may or may not be there", bold=True)))
        parts.append(listing([*lines, *([f"… and {left:,} more"] if left else [])], 160))
    sentences = []
    if not ledger.is_known:
        sentences.append("Panopticon has not read the group yet: it may have rules that no change told of.")
    if ledger.cuts:
        sentences.append(f"{cut_words(ledger.cuts)}: there may be other rules.")
    if ledger.blanks:
        sentences.append(f"What these rules admit is not known: {cut(', '.join(ledger.blanks), 200)}.")
    parts += [line(text(f"⚠️ {sentence}", 500)) for sentence in sentences]
    return [*parts, line(text("View rules reads them from AWS."))] if sentences else parts


def _basis(reasons: Reasons) -> str:
    ledger = reasons.ledger
    if ledger.read:
        known = f"last read from AWS {date(ledger.read)}, and what changes told since"
    elif ledger.created:
        known = "every change since the group was created"
    else:
        known = "what changes told"
    return f"As far as recorded: {known}."


def _buttons(key: GroupKey, reasons: Reasons) -> list[Block]:
    rules = [] if reasons.ledger.deleted else [button(RULES_OF_GROUP, "View rules", group_text(key))]
    changes = button(CHANGES_OF_GROUP, "Recent changes", group_text(key))
    share = button(SHARE_WHY, "Share in channel", f"{group_text(key)}|{keep_flow(reasons.flow)}")
    return [*rules, changes, share]
