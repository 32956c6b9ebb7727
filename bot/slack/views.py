"""Modals: pure, from what the store and EC2 gave."""

import json
from collections.abc import Callable, Sequence
from datetime import datetime

from bot.core.alerts import Alert, MessageRef
from bot.core.changes import Digest, GroupKey, Observation, SecurityGroupChange, line_count
from bot.core.jobs import group_text, parse_group
from bot.core.meaning import MAX_SHOWN
from bot.core.places import Places
from bot.core.rules import Direction, Rule
from bot.slack.blocks import (
    Block,
    actions,
    button,
    context,
    header,
    line,
    listing,
    modal,
    rich_text,
    section,
    text,
    text_input,
)
from bot.slack.cards import button_value, read_button_value
from bot.slack.headlines import draw_headline
from bot.slack.lines import rule_lines
from bot.slack.status import MAX_NOTE
from bot.slack.text import counted, date, mrkdwn
from bot.slack.wording import in_reading_order, rule_words

PREVIOUS_RULES = "previous_rules"
NEXT_RULES = "next_rules"
PREVIOUS_LINES = "previous_lines"
NEXT_LINES = "next_lines"
NOTE = "note"
ACKNOWLEDGE_WITH_NOTE = "acknowledge_with_note"

LINES = 50
"""How many rules a page shows: about 6,000 characters, well within what Slack takes."""

_LINE = 160
_TAGS = 10


def loading_view(title: str) -> Block:
    """Make the modal that holds the place until the worker fills it."""
    return modal(title, [section("Loading…")])


def notice_view(title: str, sentence: str) -> Block:
    """Make a modal that says one thing, which is not escaped yet."""
    return markup_view(title, mrkdwn(sentence, 1000))


def markup_view(title: str, markup: str) -> Block:
    """Make a modal that says one thing in mrkdwn that is already escaped."""
    return modal(title, [section(markup)])


def rules_view(
    observation: Observation, *, places: Places, trouble: str | None = None, page: int = 0
) -> Block:
    """
    Show a page of a group's rules as they were read from EC2, ingress before egress.

    *trouble* says why they could not be read just now, when *observation* is an earlier one. A *page* that is not there is
    the last one that is.
    """
    rules = [rule for direction in Direction for rule in in_reading_order(observation.rules, direction)]
    page = max(0, min(page, (len(rules) - 1) // LINES))
    shown = rules[page * LINES : (page + 1) * LINES]
    blocks = _group_blocks(observation, places)
    if trouble:
        recorded = f"{mrkdwn(trouble, 1000)} As recorded {date(observation.at)}:"
        blocks.append(section(f"⚠️ {recorded}"))
    for direction in Direction:
        blocks += _rules_of(direction, rules, [rule for rule in shown if rule.direction is direction], page)
    if not trouble:
        blocks.append(context("read", f"Read from AWS {date(observation.at)}"))

    def value(number: int) -> str:
        kept = "recorded" if trouble else "read"
        return f"{group_text(observation.group.key)}|{observation.at.isoformat()}|{number}|{kept}"

    blocks += _paging((PREVIOUS_RULES, NEXT_RULES), value, page, len(rules))
    return modal("Rules", blocks)


def read_rules_page(value: str) -> tuple[GroupKey, datetime, int, bool]:
    """
    Read which reading and which page of it a button of the rules' modal turns to, and whether that is an earlier reading.

    Raises:
        ValueError: no button of ours holds this.
    """
    group, at, page, kept = value.split("|")
    return parse_group(group), datetime.fromisoformat(at), int(page), kept == "recorded"


def whole_change_view(alert: Alert, change: SecurityGroupChange, *, places: Places, page: int = 0) -> Block:
    """Show a page of all that the change which *alert* tells adds, removes and alters."""
    lines = rule_lines(Digest(change, line_count(change)), alert.meaning, networks=places.networks)
    page = max(0, min(page, (len(lines) - 1) // LINES))
    first = page * LINES
    shown = lines[first : first + LINES]
    title = f"{first + 1:,}–{first + len(shown):,} of {len(lines):,}"
    blocks = [
        section(draw_headline(alert, places)),
        rich_text("lines", line(text(title, bold=True)), listing(shown, _LINE)),
    ]

    kept = len(alert.meaning.altered) if alert.meaning else 0
    if MAX_SHOWN <= kept < len(change.modified) + len(change.described):
        blocks.append(context("kept", f"What a rule was is kept for {kept} of them."))

    def value(number: int) -> str:
        return f"{button_value(alert)}|{number}"

    return modal("Change", blocks + _paging((PREVIOUS_LINES, NEXT_LINES), value, page, len(lines)))


def read_lines_page(value: str) -> tuple[str, int]:
    """
    Read which alert's change, and which page of it, a button turns to.

    Raises:
        ValueError: no button of ours holds this.
    """
    target, _, page = value.partition("|")
    read = read_button_value(target)
    if read is None:
        raise ValueError(value)
    return read[0], int(page)


def note_view(alert: Alert, *, seen: str, clicked: MessageRef | None, places: Places) -> Block:
    """Ask for a note to acknowledge *alert* with, *seen* and *clicked* being the version and message that the asker saw."""
    target = {"alert": seen, "clicked": [clicked.channel, clicked.ts] if clicked else None}
    hint = "Everybody in the channel sees it on the card."
    return modal(
        "Acknowledge",
        [
            section(draw_headline(alert, places)),
            text_input(NOTE, "Note", hint=hint, max_length=MAX_NOTE),
        ],
        submit="Acknowledge",
        callback_id=ACKNOWLEDGE_WITH_NOTE,
        private_metadata=json.dumps(target),
    )


def read_note_target(metadata: str) -> tuple[str, int, MessageRef | None]:
    """
    Read which alert a note is for, the version of it that was seen, and on which message.

    Raises:
        ValueError: no modal of ours holds this.
    """
    seen = json.loads(metadata)
    target = read_button_value(seen["alert"])
    if target is None:
        raise ValueError(metadata)
    return *target, MessageRef(*seen["clicked"]) if seen["clicked"] else None


def _group_blocks(observation: Observation, places: Places) -> list[Block]:
    """Say which group it is, and what EC2 tells of it beside its rules."""
    group = observation.group
    where = (places.account(group.key.account_id), group.key.region, group.vpc_id, group.key.group_id)
    blocks = [
        header(group.name or group.key.group_id),
        context("where", " · ".join(mrkdwn(word, 200) for word in where if word)),
    ]
    about = [line(text(group.description, 255, italic=True))] if group.description else []
    if observation.tags:
        tags = [f"{key} = {value}" for key, value in sorted(observation.tags)[:_TAGS]]
        more = [f"… and {len(observation.tags) - _TAGS} more"] if len(observation.tags) > _TAGS else []
        about += [line(text(f"Tags: {len(observation.tags)}", bold=True)), listing([*tags, *more], _LINE)]
    return [*blocks, rich_text("about", *about)] if about else blocks


def _rules_of(direction: Direction, rules: Sequence[Rule], shown: Sequence[Rule], page: int) -> list[Block]:
    count = sum(rule.direction is direction for rule in rules)
    if not shown and (count or page):
        return []  # they stand on another page
    title = f"{direction.value.capitalize()}: {counted(count, 'rule')}"
    if len(shown) < count:
        title += f", {len(shown)} of them here"
    lines = [rule_words(rule).removeprefix(f"{direction} ") for rule in shown]
    return [
        rich_text(direction.value, line(text(title, bold=True)), *([listing(lines, _LINE)] if lines else []))
    ]


def _paging(action_ids: tuple[str, str], value: Callable[[int], str], page: int, count: int) -> list[Block]:
    last = (count - 1) // LINES
    buttons = []
    if page > 0:
        buttons.append(button(action_ids[0], f"← Page {page}", value(page - 1)))
    if page < last:
        buttons.append(button(action_ids[1], f"Page {page + 2} of {last + 1} →", value(page + 1)))
    return [actions("paging", *buttons)] if buttons else []
