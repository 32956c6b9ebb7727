"""The words for what is muted; what they return is not escaped."""

from bot.core.mutes import MuteSubject
from bot.core.places import Places
from bot.core.quoting import as_name
from bot.slack.text import cut
from bot.slack.wording import MAX_NAME


def subject_words(subject: MuteSubject, places: Places) -> str:
    """
    Say what is muted, with where it is.

    >>> subject_words(MuteSubject(finding="EC2.18"), Places())
    'EC2.18 on any group'
    """
    words = [cut(subject.finding, MAX_NAME)] if subject.finding else []
    if subject.group:
        key = subject.group
        where = f"{places.account(key.account_id)}, {key.region}"
        group = f"{as_name(subject.group_name or key.group_id, MAX_NAME)} ({where})"
        words.append(f"on {group}" if words else group)
    elif words and subject.principal is None:
        words.append("on any group")
    if subject.principal:
        name = cut(subject.principal.name, MAX_NAME)
        account = f" ({places.account(subject.principal.account_id)})" if subject.principal.account_id else ""
        words.append(f"by {name}{account}" if words else f"what {name}{account} does")
    return " ".join(words)


def choice_words(choice: str, subject: MuteSubject) -> str:
    """Say what is muted, as a choice on a form that one opened from a card; *choice* is what the form keeps of it."""
    match choice, subject:
        case "group", MuteSubject(group=key, group_name=name) if key:
            return f"This group: {name or key.group_id}"
        case "principal", MuteSubject(principal=principal) if principal:
            return f"This principal: {principal.name}"
        case "kind_here", MuteSubject(finding=str(finding)):
            return f"On this group: {finding}"
        case _, MuteSubject(finding=finding):
            return f"On any group: {finding}"
