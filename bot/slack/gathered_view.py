"""The modal that lists the groups of a burst: pure, from what an alert gathers."""

from collections.abc import Sequence

from bot.core.alerts import Alert
from bot.core.gathering import GroupNet
from bot.core.places import Places
from bot.slack.blocks import Block, actions, button, line, listing, modal, rich_text, section, text
from bot.slack.cards import button_value
from bot.slack.headlines import draw_headline
from bot.slack.text import counted
from bot.slack.wording import MAX_NAME, rule_words

PREVIOUS_GROUPS = "previous_groups"
NEXT_GROUPS = "next_groups"

GROUPS = 10
"""How many groups a page shows."""

_LINES = 8
_LINE = 160


def groups_view(alert: Alert, nets: Sequence[GroupNet], *, places: Places, page: int = 0) -> Block:
    """Show a page of the groups that a burst changed, the worst first, with what each gained and lost; a page beyond is the last."""
    last = max(len(nets) - 1, 0) // GROUPS
    page = max(0, min(page, last))
    shown = nets[page * GROUPS : (page + 1) * GROUPS]
    blocks = [section(draw_headline(alert, places))]
    blocks += [_group(net, number) for number, net in enumerate(shown)]
    buttons = []
    if page > 0:
        buttons.append(button(PREVIOUS_GROUPS, f"← Page {page}", f"{button_value(alert)}|{page - 1}"))
    if page < last:
        label = f"Page {page + 2} of {last + 1} →"
        buttons.append(button(NEXT_GROUPS, label, f"{button_value(alert)}|{page + 1}"))
    return modal("Groups", [*blocks, *([actions("paging", *buttons)] if buttons else [])])


def _group(net: GroupNet, number: int) -> Block:
    group_id = net.key.group_id if net.key else None
    known_as = f" ({group_id})" if group_id and group_id != net.name else ""
    done = ", created" if net.is_created else ", deleted" if net.is_deleted else ""
    lines = [f"+ {rule_words(rule)}" for rule in net.added.values()]
    lines += [f"− {rule_words(rule)}" for rule in net.removed.values()]
    more = len(lines) - _LINES + net.uncounted
    shown = [*lines[:_LINES], *([f"… and {more:,} more"] if more > 0 else [])]
    title = line(
        text(net.name, MAX_NAME, bold=True), text(f"{known_as}: {counted(net.changes, 'change')}{done}", 120)
    )
    nothing = line(text("No rule is there or gone because of it."))
    return rich_text(f"group-{number}", title, listing(shown, _LINE) if shown else nothing)
