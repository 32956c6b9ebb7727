"""What a change teaches of the groups that it names: that they are there, what they are called, and their tags."""

from bot.core.changes import ChangeKind, GroupDetails, GroupKey, Outcome, SecurityGroupChange, Tagging

_MOST_MET = 20  # an interface has 16 groups at most


def whom_it_meets(change: SecurityGroupChange) -> tuple[GroupKey, ...]:
    """Name the groups that a call on several shows to be there; what a refused one names may be invented."""
    is_of_several = 1 < len(change.groups) <= _MOST_MET
    return change.groups if is_of_several and change.outcome is Outcome.SUCCEEDED else ()


def what_it_teaches(change: SecurityGroupChange, known: GroupDetails | None) -> GroupDetails | None:
    """Take what a change says of a group that is new; only a call that AWS carried out is believed."""
    if change.group is None or change.outcome is not Outcome.SUCCEEDED:
        return None
    tags = _tags_with(change, known)
    learned = GroupDetails(change.group, change.group_name, change.vpc_id, tags=tags)
    if known is None or (known.name is None and learned.name) or (tags is not None and tags != known.tags):
        return learned
    return None


def _tags_with(change: SecurityGroupChange, known: GroupDetails | None) -> tuple[tuple[str, str], ...] | None:
    """Give the tags of a group as *change* leaves them; None where it says nothing of them, or not all are known."""
    if change.kind is ChangeKind.CREATE:
        return change.given_tags
    if not isinstance(change.effect, Tagging) or known is None or known.tags is None:
        return None
    named = dict(change.effect.tags)
    left = {key: value for key, value in known.tags if key not in named}
    if change.kind is ChangeKind.TAG:
        left |= {key: value or "" for key, value in change.effect.tags}
    elif not named:  # all of them are taken
        left = {}
    return tuple(left.items())
