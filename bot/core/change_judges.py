"""What is found of a change beside whom it lets in: the judges behind rows of bot.core.severity_table."""

from bot.core.changes import ChangeKind, PrefixListEdit
from bot.core.judged import Judged
from bot.core.rules import Direction
from bot.core.severity import SeverityPolicy


def default_group(judged: Judged, policy: SeverityPolicy) -> str | None:
    """Find a rule that comes into a VPC's default group, by a call or without an event, or is changed to admit something new."""
    change = judged.change
    match change.kind:
        case ChangeKind.AUTHORIZE | ChangeKind.FOUND:
            adds = bool(change.added) or change.is_cut
        case ChangeKind.MODIFY:
            adds = judged.rules is None or bool(judged.rules)
        case _:
            adds = False
    if judged.group_name != "default" or not adds:  # AWS lets nobody give another group that name
        return None
    return "This is its VPC's default group, which should hold no rules: what is started without a group gets it."


def many_rules(judged: Judged, policy: SeverityPolicy) -> str | None:
    """Find that a group comes to have many rules."""
    for direction in Direction if judged.counts else ():
        before, after = judged.counts.of(direction) if judged.counts else (0, 0)
        if before <= policy.many_rules < after:
            return f"It now has {after:,} {direction} rules: more than {policy.many_rules:,} are hard to oversee."
    return None


def launch_wizard(judged: Judged, policy: SeverityPolicy) -> str | None:
    """Find that a group is made by the name of EC2's launch wizard."""
    is_made = judged.change.kind is ChangeKind.CREATE
    if not is_made or not (judged.group_name or "").startswith("launch-wizard-"):
        return None
    return "EC2's launch wizard made it, which lets any address in to SSH or RDP unless it is told otherwise."


def cannot_be_told(judged: Judged) -> bool:
    """Tell whether it is not known what may have been opened."""
    return judged.rules is None


def list_set_back(judged: Judged) -> bool:
    """Tell whether a prefix list gets the entries of an earlier version."""
    effect = judged.change.effect
    return isinstance(effect, PrefixListEdit) and effect.restored_version is not None


def lets_something_in(judged: Judged) -> bool:
    """Tell whether anything is newly admitted."""
    return any(rule.direction is not Direction.EGRESS for rule in judged.rules or ())


def grows_list(judged: Judged) -> bool:
    """Tell whether a prefix list gets entries."""
    effect = judged.change.effect
    return isinstance(effect, PrefixListEdit) and bool(effect.added)


def moves_what_applies(judged: Judged) -> bool:
    """Tell whether a group comes to apply elsewhere, or loses the mark of its code."""
    return judged.change.kind in (ChangeKind.MEMBERSHIP, ChangeKind.ASSOCIATE, ChangeKind.UNTAG)


def lets_out(judged: Judged) -> bool:
    """Tell whether anything may newly be reached from the group."""
    return any(rule.direction is Direction.EGRESS for rule in judged.rules or ())


def anything(judged: Judged) -> bool:
    """Hold for every change."""
    return True
