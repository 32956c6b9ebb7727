"""The groups that admit the internet, as an answer: pure, from what the store gave."""

from collections.abc import Sequence
from datetime import datetime

from bot.core.assessment import SERVICES
from bot.core.history import AlertScope, Silence, encode_scope
from bot.core.jobs import group_text
from bot.core.openness import ExposedGroup, Open
from bot.core.places import Places
from bot.core.rules import Rule, source_words
from bot.slack.answers import place_words
from bot.slack.blocks import Block, actions, button, context, ephemeral, section
from bot.slack.ledger_wording import since_markup
from bot.slack.text import counted, cut, date, mrkdwn
from bot.slack.wording import MAX_NAME, SEVERITY_WORDS

RULES_OF_GROUP = "rules_of_group"
CHANGES_OF_GROUP = "changes_of_group"
MORE_EXPOSED = "more_exposed"
SHARE_EXPOSED = "share_exposed"

_OPENS = 3
_COVERED = "As far as recorded: a group counts once Panopticon has read it, or seen a change of it."


def exposed_answer(
    groups: Sequence[ExposedGroup],
    scope: AlertScope,
    *,
    more: AlertScope | None,
    now: datetime,
    places: Places,
) -> Block:
    """Answer with the groups that admit the internet, the most severe first; *more* is where the list goes on."""
    where = place_words(scope.place, places)
    is_all = more is None and scope.behind is None
    count = "1 group admits" if len(groups) == 1 else f"{len(groups)} groups admit"
    title = f"{count} the internet{where}" if is_all and groups else f"Groups that admit the internet{where}"
    title = mrkdwn(title if len(groups) == 1 and is_all else f"{title}, most severe first", 300)
    blocks: list[Block] = [section(f"*{title}*")]
    for number, group in enumerate(groups):
        blocks.append(section(_group_markup(group, now, places)))
        blocks.append(
            actions(
                f"group-{number}",
                button(RULES_OF_GROUP, "View rules", group_text(group.key)),
                button(CHANGES_OF_GROUP, "Recent changes", group_text(group.key)),
            )
        )
    if not groups:
        blocks.append(section("No group among those that were looked through; there are more."))
    paging = [button(MORE_EXPOSED, "More →", encode_scope(more))] if more else []
    share = button(SHARE_EXPOSED, "Share in channel", encode_scope(scope))
    return ephemeral(title, [*blocks, context("recorded", _COVERED), actions("paging", *paging, share)])


def nothing_exposed_answer(scope: AlertScope, silence: Silence, places: Places) -> Block:
    """Answer that no group admits the internet, and what that covers."""
    words = mrkdwn(f"No group{place_words(scope.place, places)} admits the internet", 300)
    watched = f" Panopticon watches since {date(silence.watching_since)}." if silence.watching_since else ""
    return ephemeral(
        f"{words}, as far as recorded.", [section(f"{words} ✅"), context("recorded", f"{_COVERED}{watched}")]
    )


def _group_markup(group: ExposedGroup, now: datetime, places: Places) -> str:
    name = cut(group.name or group.key.group_id, MAX_NAME)
    where = f"{places.account(group.key.account_id)}, {group.key.region}"
    worst = max((opened.severity for opened in group.opens), default=None)
    severity = f"{SEVERITY_WORDS[worst]}: " if worst is not None else ""
    lines = [f"{severity}*{mrkdwn(name, 150)}*, {mrkdwn(where, 150)}"]
    opens = _twins_joined(group.opens)
    for words, opened in opens[:_OPENS]:
        lines.append(f"{mrkdwn(words, 120)}, {since_markup(opened.since, now)}")
    if len(opens) > _OPENS:
        lines.append(f"… and {counted(len(opens) - _OPENS, 'more opening')}")
    return "\n".join(lines)


def _twins_joined(opens: Sequence[Open]) -> list[tuple[str, Open]]:
    """Name what is open and to whom; what opened to IPv4 and to IPv6 at the same time is one."""
    versions: dict[tuple[str, object], list[Open]] = {}
    for opened in opens:
        versions.setdefault((_traffic(opened.rule), opened.since), []).append(opened)
    return [(f"{traffic} from {_audience(alike)}", alike[0]) for (traffic, _), alike in versions.items()]


def _traffic(rule: Rule) -> str:
    ports = rule.ports
    service = (
        SERVICES.get(ports.first) if ports and ports.first == ports.last and rule.protocol == "tcp" else None
    )
    return f"{service} ({rule.traffic})" if service else rule.traffic


def _audience(alike: Sequence[Open]) -> str:
    rules: list[Rule] = [opened.rule for opened in alike]
    world = {getattr(rule.source, "version", None) for rule in rules if rule.admits_any_address}
    if len(world) == 2:
        return "any address"
    if world:
        return f"any IPv{min(version for version in world if version)} address"
    return source_words(rules[0].source)
