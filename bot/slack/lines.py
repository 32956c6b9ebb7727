"""A change line by line, as cards, modals and lists show it: rules, descriptions, tags, entries; what is returned is not escaped."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from bot.core.changes import (
    ChangeKind,
    DescriptionEdit,
    Digest,
    Outcome,
    PrefixListEdit,
    SecurityGroupChange,
    Tagging,
)
from bot.core.ledger import Acceptance, Entry, Moment, content_of
from bot.core.meaning import MAX_SHOWN, Alteration, Meaning
from bot.core.named_networks import NO_NAMES, NamedNetworks
from bot.core.rules import Direction, Rule
from bot.slack.text import cut, duration
from bot.slack.wording import MAX_NAME, quoted, rule_words, tag_words, traffic_words, whom_words

_WIDEST = 30  # characters of a column that what stands beside it is aligned to
_MAX_NOTE = 60
_DAYS_ARE_ENOUGH = timedelta(days=2)


def rule_lines(
    digest: Digest,
    meaning: Meaning | None = None,
    *,
    most: int | None = None,
    with_blame: bool = False,
    networks: NamedNetworks = NO_NAMES,
) -> list[str]:
    """
    List what a change adds (+), removes (−) and alters (was, now), and how many more there are than *most*, or are not here.

    *meaning* tells what the record does not: what was before, and what a deleted group held. *with_blame* says of what is
    gone who opened it. *networks* have names.
    """
    change = digest.change
    known = meaning if change.outcome is Outcome.SUCCEEDED else None
    listed = [*_added_and_removed(change, known, networks, with_blame=with_blame), *_edited(change)]
    more = digest.cut_count
    if known and not listed and (change.kind is ChangeKind.DELETE or change.is_cut):
        listed = [(_gone(entry, change, networks, with_blame=with_blame),) for entry in known.held]
        more = known.more_held
    shown = listed[:most]
    more += len(listed) - len(shown)
    lines = [line for group in shown for line in group]
    return [*lines, f"… and {more:,} more"] if more else lines


_WAS, _NOW = "was  ", "now  "


def _added_and_removed(
    change: SecurityGroupChange, meaning: Meaning | None, networks: NamedNetworks, *, with_blame: bool
) -> Iterator[tuple[str, ...]]:
    held = meaning.held if meaning else ()
    yield from ((f"+ {rule_words(rule, networks)}",) for rule in change.added)
    yield from sorted((_altered(rule, meaning, networks) for rule in change.modified), key=len, reverse=True)
    for rule in change.removed:
        entry = _find_entry(rule, held)
        known = _gone(entry, change, networks, with_blame=with_blame) if entry else None
        yield (known or f"− {rule_words(rule, networks)}",)
    for rule_id in change.removed_rule_ids:
        entry = _find_entry(rule_id, held)
        unknown = f"− rule {rule_id}, what it admitted is not known"
        yield (_gone(entry, change, networks, with_blame=with_blame) if entry else unknown,)
    yield from ((_described(edit, meaning, networks),) for edit in change.described)


def _edited(change: SecurityGroupChange) -> Iterator[tuple[str, ...]]:
    """List what is no rule."""
    match change.effect:
        case Tagging(tags):
            sign = "+" if change.kind is ChangeKind.TAG else "−"
            yield from ((f"{sign} tag {tag_words(key, value)}",) for key, value in tags)
        case PrefixListEdit(_, added, removed):
            yield from ((f"+ {network}{quoted(description)}",) for network, description in added)
            yield from ((f"− {network}",) for network in removed)


def _gone(entry: Entry, change: SecurityGroupChange, networks: NamedNetworks, *, with_blame: bool) -> str:
    return f"− {rule_words(entry.rule, networks)}{_blame_words(entry, change.time) if with_blame else ''}"


def _altered(rule: Rule, meaning: Meaning | None, networks: NamedNetworks) -> tuple[str, ...]:
    """Say what a rule was and is now; what it was takes a line even where it is not known, but not where it is not kept."""
    if meaning is None:
        return (f"now {rule_words(rule, networks)}",)
    alteration = _find_alteration(rule, meaning)
    if alteration is None and len(meaning.altered) >= MAX_SHOWN:
        return (f"{_NOW}{rule_words(rule, networks)}",)
    was, now = (alteration.was, alteration.now) if alteration else (None, rule)
    if was is None:
        return (f"{_WAS}not known", f"{_NOW}{rule_words(now, networks)}")
    if content_of(was) == content_of(now):
        return (_edit_words(rule_words(content_of(now), networks), alteration, now.description),)
    return _aligned(was, now, networks)


def _aligned(was: Rule, now: Rule, networks: NamedNetworks = NO_NAMES) -> tuple[str, ...]:
    r"""
    Put a rule before and after under each other.

    >>> from ipaddress import ip_network
    >>> from bot.core.rules import make_rule
    >>> def tcp(port, source):
    ...     return make_rule(direction=Direction.INGRESS, protocol="tcp", from_port=port, to_port=port,
    ...                      source=ip_network(source))
    >>> print(*_aligned(tcp(443, "10.0.0.0/8"), tcp(8443, "0.0.0.0/0")), sep="\n")
    was  ingress tcp 443   from 10.0.0.0/8
    now  ingress tcp 8443  from 0.0.0.0/0
    """
    traffic = [traffic_words(rule) for rule in (was, now)]
    width = min(max(map(len, traffic)), _WIDEST)
    return tuple(
        f"{sign}{words:<{width}}  {_way(rule)} {whom_words(rule.source, networks)}{quoted(rule.description)}"
        for sign, words, rule in zip((_WAS, _NOW), traffic, (was, now), strict=True)
    )


def _way(rule: Rule) -> str:
    return "to" if rule.direction is Direction.EGRESS else "from"


def _described(edit: DescriptionEdit, meaning: Meaning | None, networks: NamedNetworks) -> str:
    alteration = _find_alteration(edit.rule, meaning) if meaning else None
    if alteration:
        rule = rule_words(content_of(alteration.now), networks)
    else:
        rule = (
            f"rule {edit.rule}" if isinstance(edit.rule, str) else rule_words(content_of(edit.rule), networks)
        )
    if meaning is None or (alteration is None and len(meaning.altered) >= MAX_SHOWN):
        return f"{rule}: now{_description(edit.description)}"
    return _edit_words(rule, alteration, edit.description)


def _edit_words(rule: str, alteration: Alteration | None, description: str | None) -> str:
    was = _description(alteration.was.description) if alteration and alteration.was else " not known"
    return f"{rule}: was{was}, now{_description(description)}"


def _description(description: str | None) -> str:
    return quoted(description) if description else " without description"


def _find_entry(named: Rule | str, held: Iterable[Entry]) -> Entry | None:
    """Find the entry of the rule that a call names by its id or by what it admits."""
    if isinstance(named, str):
        return next((entry for entry in held if entry.rule.rule_id == named), None)
    return next((entry for entry in held if _is_same(entry.rule, named)), None)


def _find_alteration(named: Rule | str, meaning: Meaning) -> Alteration | None:
    if isinstance(named, str):
        return next((each for each in meaning.altered if each.now.rule_id == named), None)
    return next((each for each in meaning.altered if _is_same(each.now, named)), None)


def _is_same(known: Rule, named: Rule) -> bool:
    """Tell whether a call may mean the rule *known*: by its id if both have one, else by what it admits."""
    if known.rule_id and named.rule_id:
        return known.rule_id == named.rule_id
    return replace(content_of(known), direction=named.direction) == content_of(named)


def _blame_words(entry: Entry, time: datetime) -> str:
    """Say who opened a rule that went at *time*, and who acknowledged that; nothing of what the group began with."""
    opened = entry.opened
    if opened.by is None:
        return f" · {_unseen_words(opened, time)}"
    if opened.by.kind is ChangeKind.CREATE:
        return ""
    accepted = _acceptance_words(opened.by.acceptance)
    return f" · opened {_when(opened.at, time)} by {cut(opened.by.name, MAX_NAME)}, {accepted}"


def _acceptance_words(acceptance: Acceptance | None) -> str:
    if acceptance is None:
        return "never acknowledged"
    return f'acknowledged: "{cut(acceptance.note, _MAX_NOTE)}"' if acceptance.note else "acknowledged"


def _unseen_words(moment: Moment, time: datetime) -> str:
    if moment.after is None:
        return f"there before {_when(moment.at, time, ago=False)}"
    first, last = (_when(end, time, ago=False) for end in (moment.after, moment.at))
    first = first.removesuffix(" UTC") if last.endswith(" UTC") else first
    return f"opened some time between {first} and {last}, by an event that was not seen"


def _when(time: datetime, beside: datetime, *, ago: bool = True) -> str:
    """
    Say when *time* was, for a reader of what was at *beside*, where no time can be put into the reader's zone.

    >>> from datetime import UTC
    >>> now = datetime(2026, 11, 24, 20, 54, tzinfo=UTC)
    >>> _when(now - timedelta(minutes=47), now), _when(now - timedelta(minutes=47), now, ago=False)
    ('47 min before', '20:07 UTC')
    >>> _when(now - timedelta(days=213), now), _when(now - timedelta(days=713), now)
    ('25 Apr', '11 Dec 2024')
    """
    if abs(beside - time) < _DAYS_ARE_ENOUGH:
        if ago:
            return f"{duration((beside - time).total_seconds())} before"
        return f"{time:%H:%M} UTC" if time.date() == beside.date() else f"{_day(time)} {time:%H:%M} UTC"
    return _day(time) if time.year == beside.year else f"{_day(time)} {time.year}"


def _day(time: datetime) -> str:
    return f"{time.day} {_MONTHS[time.month - 1]}"


_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
