"""Modals, and the answers that only one person sees: pure, from what the store gave."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from bot.core.alerts import Alert, AlertStatus
from bot.core.changes import GroupDetails, GroupKey, HistoryEntry, Observation, Outcome
from bot.core.health import Health
from bot.core.jobs import group_text, parse_group
from bot.core.rules import Direction
from bot.slack.blocks import (
    Block,
    actions,
    button,
    context,
    header,
    line,
    listing,
    mention,
    modal,
    moment,
    rich_text,
    section,
    text,
)
from bot.slack.cards import draw_headline, group_buttons
from bot.slack.commands import COMMAND
from bot.slack.text import counted, cut, date, duration, mrkdwn
from bot.slack.wording import (
    MAX_NAME,
    account_words,
    group_words,
    observed_lines,
    outcome_words,
    rule_lines,
    what_words,
    who_line,
)

OLDER_CHANGES = "older_changes"
NEWER_CHANGES = "newer_changes"

PAGE = 8
"""How many changes, or alerts, a page of a list shows."""

_MAX_RULES = 60  # of one direction in the modal: about 6,000 characters, well within what Slack takes
_EVERY_GROUP = "*"

_HELP = (
    (COMMAND, "latest changes in every account"),
    (f"{COMMAND} web-prod", "changes of a group (id, name or start of name)"),
    (f"{COMMAND} rules web-prod", "its rules now"),
    (f"{COMMAND} unacked", "waiting for someone, most severe first"),
    (f"{COMMAND} doctor", "is Panopticon working?"),
    (f"{COMMAND} help", "this"),
)


def loading_view(title: str) -> Block:
    """Make the modal that holds the place until the worker fills it."""
    return modal(title, [section("Loading…")])


def notice_view(title: str, sentence: str) -> Block:
    """Make a modal that says one thing, which is not escaped yet."""
    return modal(title, [section(mrkdwn(sentence, 1000))])


def rules_view(observation: Observation, trouble: str | None = None) -> Block:
    """
    Show a group's rules as they were read from EC2.

    *trouble* says why they could not be read just now, when *observation* is an earlier one.
    """
    group = observation.group
    where = [account_words(group.key.account_id), group.key.region, group.vpc_id or "", group.key.group_id]
    blocks = [
        header(group.name or group.key.group_id),
        context("where", " · ".join(mrkdwn(word, 200) for word in where if word)),
    ]
    if trouble:
        recorded = f"{mrkdwn(trouble, 1000)} As recorded {date(observation.at)}:"
        blocks.append(section(f"⚠️ {recorded}"))
    for direction, heading in ((Direction.INGRESS, "Ingress"), (Direction.EGRESS, "Egress")):
        count = sum(rule.direction is direction for rule in observation.rules)
        title = line(text(f"{heading}: {counted(count, 'rule')}", bold=True))
        lines = observed_lines(observation, direction, _MAX_RULES)
        blocks.append(rich_text(direction.value, title, *([listing(lines, 160)] if lines else [])))
    if not trouble:
        blocks.append(context("read", f"Read from AWS {date(observation.at)}"))
    return modal("Rules", blocks)


def changes_view(
    group: GroupDetails,
    entries: Sequence[HistoryEntry],
    alerts: Mapping[str, Alert],
    *,
    has_older: bool,
    has_newer: bool,
) -> Block:
    """Show a page of a group's changes, newest first; *alerts* holds those that tell them, by id."""
    title = group.name or group.key.group_id
    where = f"{group.key.group_id} · {account_words(group.key.account_id)} · {group.key.region}"
    blocks = [header(title), context("where", mrkdwn(where, 200))]
    blocks += [_entry(entry, alerts, number, of_one_group=True) for number, entry in enumerate(entries)]
    if not entries:
        blocks.append(section("No change of this group has been recorded."))
    blocks += _paging(group_text(group.key), entries, has_older=has_older, has_newer=has_newer)
    return modal("Recent changes", blocks)


def changes_answer(
    title: str,
    group: GroupKey | None,
    entries: Sequence[HistoryEntry],
    alerts: Mapping[str, Alert],
    *,
    has_older: bool,
    has_newer: bool,
) -> dict[str, Any]:
    """Answer with a page of changes, of *group* or of every one; *title* is not escaped yet."""
    blocks: list[Block] = [section(f"*{mrkdwn(title, 200)}*")]
    of_one = group is not None
    blocks += [_entry(entry, alerts, number, of_one_group=of_one) for number, entry in enumerate(entries)]
    listed = group_text(group) if group else _EVERY_GROUP
    blocks += _paging(listed, entries, has_older=has_older, has_newer=has_newer)
    return _answer(mrkdwn(title, 200), blocks)


def read_page_value(value: str) -> tuple[GroupKey | None, str]:
    """
    Read which list a paging button turns, None for that of every group, and from where.

    Raises:
        ValueError: no button of ours holds this.
    """
    listed, _, position = value.partition("|")
    if not position:
        raise ValueError(value)
    return (None if listed == _EVERY_GROUP else parse_group(listed)), position


def open_alerts_answer(alerts: Sequence[Alert], *, has_more: bool, now: datetime) -> dict[str, Any]:
    """Answer with the alerts that wait for someone, each with its buttons."""
    if not alerts:
        return _answer("Nothing waits for anyone.", [section("Nothing waits for anyone. ✅")])
    if len(alerts) == 1 and not has_more:
        title = "1 alert waits for someone"
    else:
        title = f"{'More than ' if has_more else ''}{len(alerts)} alerts wait for someone, most severe first"
    blocks: list[Block] = [section(f"*{title}*")]
    for alert in alerts:
        waited = duration((now - alert.created_at).total_seconds())
        who = mrkdwn(who_line(alert.digest.change), 400)
        blocks.append(section(f"{draw_headline(alert)}\n{who} · waiting for {waited}"))
        if buttons := group_buttons(alert):
            blocks.append(actions(f"alert-{alert.alert_id}", *buttons))
    return _answer(title, blocks)


def groups_answer(name: str, groups: Sequence[GroupDetails]) -> dict[str, Any]:
    """Answer that *name* could be any of *groups*."""
    title = f"Several groups are called {name}, or start with it. Ask for one by its id:"
    lines = [
        f"{group.key.group_id}  {group.name or '(name not known)'}  {account_words(group.key.account_id)}  {group.key.region}"
        for group in groups
    ]
    return _answer(mrkdwn(title, 300), [rich_text("groups", line(text(title)), listing(lines))])


def health_answer(health: Health) -> dict[str, Any]:
    """Answer whether Panopticon works, in three lines that say what to do where it does not."""
    event = (
        f"{date(health.last_event)}"
        if health.last_event
        else "none yet. Is there a trail that logs write events?"
    )
    card = f"{date(health.last_card)}" if health.last_card else "none yet"
    post = "yes" if health.post_trouble is None else f"no: {mrkdwn(health.post_trouble, 300)}"
    lines = [
        f"{_mark(health.last_event is not None)} Last event seen: {event}",
        f"{_mark(health.last_card is not None)} Last card posted: {card}",
        f"{_mark(health.post_trouble is None)} Can post to the alert channel: {post}",
    ]
    return _answer("Is Panopticon working?", [section("\n".join(lines))])


def help_answer() -> dict[str, Any]:
    """Answer with what one can ask."""
    width = max(len(command) for command, _ in _HELP)
    lines = [f"{command:<{width}}  {what}" for command, what in _HELP]
    quoting = f'A group named like a command, or with spaces? Quote it: {COMMAND} "rules"'
    title = "Security group changes. Only you see this."
    return _answer(title, [rich_text("help", line(text(title)), listing(lines), line(text(quoting)))])


def sentence_answer(sentence: str) -> dict[str, Any]:
    """Answer with one sentence, which is not escaped yet."""
    return _answer(mrkdwn(sentence, 1000), [rich_text("sentence", line(text(sentence, 1000)))])


def already_acknowledged(alert: Alert, now: datetime) -> str:
    """Tell the second clicker who was first, as mrkdwn."""
    taken = alert.acknowledgement
    if taken is None:
        return "This alert is not acknowledged any more. Nothing changed."
    ago = duration((now - taken.at).total_seconds())
    return f"Already acknowledged by <@{taken.user.user_id}> {ago} ago. Nothing changed."


def _entry(entry: HistoryEntry, alerts: Mapping[str, Alert], number: int, *, of_one_group: bool) -> Block:
    digest = entry.digest
    change = digest.change
    alert = alerts.get(entry.alert_id or "")
    group = (
        "" if of_one_group else f"{cut(group_words(change, alert.group_name if alert else None), MAX_NAME)}: "
    )
    parts = [
        line(moment(change.time), text("  "), text(f"{group}{what_words(digest)}", 200, bold=True)),
        line(text(who_line(change), 300)),
    ]
    if digest.added_count + digest.removed_count > 1:
        parts.append(listing(rule_lines(digest), 160))
    if change.outcome is not Outcome.SUCCEEDED:
        parts.append(line(text(f"{outcome_words(change)}. Nothing changed.", 200)))
    elif alert and alert.status is AlertStatus.ACKNOWLEDGED and alert.acknowledgement:
        parts.append(line(text("Acknowledged by "), mention(alert.acknowledgement.user.user_id)))
    elif alert and alert.status is AlertStatus.OPEN:
        parts.append(line(text("Not acknowledged")))
    return rich_text(f"change-{number}", *parts)


def _paging(listed: str, entries: Sequence[HistoryEntry], *, has_older: bool, has_newer: bool) -> list[Block]:
    buttons = []
    if entries and has_newer:
        buttons.append(button(NEWER_CHANGES, "← Newer", f"{listed}|{entries[0].position}"))
    if entries and has_older:
        buttons.append(button(OLDER_CHANGES, "Older →", f"{listed}|{entries[-1].position}"))
    return [actions("paging", *buttons)] if buttons else []


def _answer(summary: str, blocks: Sequence[Block]) -> dict[str, Any]:
    return {"response_type": "ephemeral", "text": summary, "blocks": list(blocks)}


def _mark(good: bool) -> str:
    return "✅" if good else "⚠️"
