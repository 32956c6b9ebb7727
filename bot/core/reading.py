"""What a complete reading of a group from EC2 says of the rules that a ledger holds."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from bot.core.changes import ChangeKind, Observation, SecurityGroupChange
from bot.core.ledger import LAG, Entry, Moment
from bot.core.replay import DEFAULT_EGRESS_IPV6, Rules, author_of, slot_of
from bot.core.rules import Rule


def read(rules: Rules, observation: Observation) -> None:
    """
    Bring *rules* to what *observation* shows.

    A reading may be behind by LAG, each rule for itself. So it overrides what changes told before that, and only adds ids
    and directions to what they told since: an entry that a change opened since then stays though the reading lacks it, and
    one that a change closed since then stays closed though the reading has it.
    """
    if rules.deleted:
        return  # what a reading still shows is what was
    # Whatever was done by then is seen; the times of changes are cut to the second, so that it is here too.
    sure = observation.at.replace(microsecond=0) - LAG
    for rule in observation.rules:
        _read_rule(rules, rule, observation.at, sure)
    shown = {rule.rule_id for rule in observation.rules} | {slot_of(rule) for rule in observation.rules}
    for entry in list(rules.live.values()):
        named = entry.rule.rule_id or slot_of(entry.rule)
        if named not in shown and entry.seen < sure:
            kinds = (ChangeKind.REVOKE, ChangeKind.MODIFY)
            cut = _cut(rules.cuts, entry.rule, kinds, since=entry.seen)
            rules.close(entry, cut or Moment(observation.at, after=entry.seen))
    rules.doubts = {content: since for content, since in rules.doubts.items() if since >= sure}
    rules.cuts = [change for change in rules.cuts if change.time >= sure]
    rules.gone = [gone for gone in rules.gone if gone.closed.at >= sure]
    rules.blanks.clear()
    rules.read, rules.is_known = observation.at, True


def _read_rule(rules: Rules, rule: Rule, at: datetime, sure: datetime) -> None:
    content, origin = slot_of(rule), None
    slot = rules.slots.get(rule.rule_id or "")
    entry = rules.live[slot] if slot is not None else rules.live.get(content)
    if slot is None and entry and entry.rule.rule_id is None:
        if _is_young(entry.opened, sure) and any(slot_of(closed.rule) == content for closed in rules.closed):
            return  # the reading may be behind, and show the one of this content that was there before
        entry = rules.put(entry, replace(entry.rule, rule_id=rule.rule_id))
    if entry and entry.rule.direction is None and rule.direction and entry.rule.rule_id == rule.rule_id:
        entry = rules.direct(entry, rule.direction)
        if any(_is_young(closed.closed, sure) and slot_of(closed.rule) == content for closed in rules.closed):
            rules.doubts.setdefault(content, at)  # it may be the one that closed
    if entry and slot_of(entry.rule) == content and entry.rule.rule_id == rule.rule_id:
        _confirm(rules, entry, rule, sure)
        return
    if entry:  # the rule admits something else, or another rule admits this
        if entry.seen >= sure:
            return
        if entry.rule.rule_id == rule.rule_id:
            origin = entry.first_opened
        cut = _cut(rules.cuts, rule, (ChangeKind.MODIFY,), since=entry.seen)
        rules.close(entry, cut or Moment(at, after=entry.seen))
        entry = rules.live.get(content)
        if entry:
            if entry.seen >= sure:
                return
            rules.close(entry, Moment(at, after=entry.seen))
    if any(_is_young(closed.closed, sure) and _is_same(closed.rule, rule) for closed in rules.closed):
        return
    if any(_is_young(gone.closed, sure) and gone.rule_id == rule.rule_id for gone in rules.gone):
        return
    if any(_is_inferred(closed, rule, at, sure) for closed in rules.closed):
        rules.doubts.setdefault(content, at)
    opened = _opening(rules, rule, at)
    earliest = opened.at if opened.by else opened.after
    rules.open(Entry(rule, opened, seen=max(sure, earliest or sure), origin=origin))


def _confirm(rules: Rules, entry: Entry, rule: Rule, sure: datetime) -> None:
    """Note that *entry* was live at *sure*, or since it opened if that was later."""
    is_told_since = entry.described is not None and entry.described >= sure
    is_new = entry.opened.at >= sure and entry.rule.description is not None
    described = entry.rule.description if is_told_since or is_new else rule.description
    seen = max(entry.seen, sure)
    # A reading says also whose a group is.
    known = replace(entry.rule, description=described, source=rule.source)
    rules.live[slot_of(known)] = replace(entry, rule=known, seen=seen)


def _opening(rules: Rules, rule: Rule, at: datetime) -> Moment:
    """Say when a rule opened that a reading shows and no change told."""
    created = rules.created
    if created and rules.read is None and slot_of(rule) == DEFAULT_EGRESS_IPV6:
        return created
    after = rules.absent(slot_of(rule))
    kinds = (ChangeKind.AUTHORIZE, ChangeKind.MODIFY)
    if rules.is_known and (cut := _cut(rules.cuts, rule, kinds, since=after)):
        return cut
    return Moment(at, after=after)


def _cut(
    cuts: Iterable[SecurityGroupChange],
    rule: Rule,
    kinds: tuple[ChangeKind, ...],
    *,
    since: datetime | None,
) -> Moment | None:
    """Find the one change of which AWS left out what it changed, if it may have been this; None for none, or several."""
    found = [
        change
        for change in cuts
        if (since is None or change.time >= since)
        and (
            change.kind is ChangeKind.NOT_UNDERSTOOD
            or (
                change.kind in kinds
                and (change.kind is ChangeKind.MODIFY or change.direction is rule.direction)
            )
        )
    ]
    return Moment(found[0].time, author_of(found[0])) if len(found) == 1 else None


def _is_young(moment: Moment | None, sure: datetime) -> bool:
    """Tell whether a change told *moment*, and lately enough for a reading to be behind of it."""
    return moment is not None and moment.by is not None and moment.at >= sure


def _is_inferred(closed: Entry, rule: Rule, at: datetime, sure: datetime) -> bool:
    """
    Tell whether *rule* is the entry that *closed* lately, as something showed that it must have: the reading of the time *at* may
    be behind of that.
    """
    moment = closed.closed
    if moment is None or moment.by or not sure <= moment.at < at:
        return False
    return closed.rule.rule_id in (None, rule.rule_id) and closed.content == slot_of(rule)


def _is_same(one: Rule, other: Rule) -> bool:
    """Tell whether two could be the same rule: of one id, or of one content where either has none."""
    if one.rule_id and other.rule_id:
        return one.rule_id == other.rule_id
    return slot_of(one) == slot_of(other)
