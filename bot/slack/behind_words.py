"""What sits behind a group, in sentences for its card; what is returned is not escaped."""

from dataclasses import replace

from bot.core.alerts import Alert
from bot.core.behind import Behind, Exposed, Kind, NotRead, Referenced, Surroundings, Tally, Trouble
from bot.core.changes import Membership
from bot.core.completion import lacks_before
from bot.core.findings import Severity
from bot.core.gathering import Gathering
from bot.core.interfaces import MOST_INTERFACES
from bot.core.places import ANYWHERE, Places
from bot.core.quoting import as_name
from bot.slack.admitted import admitted_words
from bot.slack.text import counted

_MAX_NAME = 40
_MOST_UNKNOWN = 3

_PLURALS = {
    Kind.SERVICE: "interfaces of other AWS services",
    Kind.OTHER: "interfaces of something else",
}


def behind_sentences(alert: Alert, places: Places = ANYWHERE) -> list[str]:
    """
    Say what sits behind the group of the change that *alert* tells, or what came under it, and what a group is that it admits;
    of a burst, what sits behind the groups that it opened. Nothing as long as nobody has looked.
    """
    surroundings, is_membership = alert.surroundings, isinstance(alert.digest.change.effect, Membership)
    if alert.gathering:
        came = _membership_sentences(alert, places) if is_membership else []
        return [*came, *_burst_sentences(alert, alert.gathering, places)]
    if is_membership:
        return _membership_sentences(alert, places)
    if surroundings is None:
        return []
    match surroundings.behind:
        case NotRead() as unread:
            first = _unread_sentences(unread, [], alert, places)
        case Behind() as behind:
            first = [f"Behind it: {_what_words(behind)}{_lowered_words(alert, behind)}"]
        case None:
            return []
    return [
        *first,
        *(_referenced_words(each, surroundings, alert.vpc_id) for each in surroundings.referenced),
    ]


def _burst_sentences(alert: Alert, gathering: Gathering, places: Places) -> list[str]:
    """Say what sits behind each of the groups that a burst opened; whom else it admits its card says in words of its own."""
    own_id, is_lowered = alert.digest.change.group_id, alert.severity < alert.judged_severity
    groups = list(gathering.opened)
    if (
        is_lowered and own_id and own_id not in dict(groups)
    ):  # it is open no more, and is what the severity is lower for
        groups.append((own_id, alert.group_name or own_id))
    said: list[str] = []
    not_read: dict[NotRead, list[str]] = {}
    for group_id, group in groups:
        name = as_name(group, _MAX_NAME)
        match alert.behind_group(group_id):
            case Behind() as behind:
                lowered = _lowered_words(alert, behind) if group_id == own_id else ""
                whose = name if gathering.groups > 1 else "it"
                said.append(f"Behind {whose}: {_what_words(behind)}{lowered}")
            case NotRead() as unread:
                same = replace(unread, at=gathering.last)
                not_read.setdefault(same, []).extend([name] if gathering.groups > 1 else [])
    for unread, names in not_read.items():
        said += _unread_sentences(unread, names, alert, places)
    if said and gathering.more_opened:
        said.append(f"What sits behind {counted(gathering.more_opened, 'more group')} was not looked at.")
    return said


def _is_said_already(unread: NotRead, alert: Alert) -> bool:
    """Tell whether the card says of the group itself that this role keeps Panopticon out."""
    is_told = alert.unread is not None and alert.unread.role is not None and lacks_before(alert)
    return is_told and unread.role is not None


def _membership_sentences(alert: Alert, places: Places) -> list[str]:
    came: list[str] = []
    match alert.surroundings.behind if alert.surroundings else None:
        case NotRead() as unread:
            came = _unread_sentences(unread, [], alert, places)
        case Behind(interfaces=0) as behind:
            came = [f"What came under it is not there any more{_lowered_words(alert, behind)}."]
        case Behind() as behind:
            came = [f"Came under it: {_what_words(behind)}{_lowered_words(alert, behind)}"]
    return [*came, *([_exposed_words(alert.exposes, alert)] if alert.exposes else [])]


def _exposed_words(exposed: Exposed, alert: Alert) -> str:
    """Say what came under groups admits by them; what is not known of one of them hides nothing of the others."""
    unknown = ", ".join(exposed.unknown[:_MOST_UNKNOWN])
    more = len(exposed.unknown) - _MOST_UNKNOWN
    unknown = f"{unknown} and {counted(more, 'more group')}" if more > 0 else unknown
    is_one = len(alert.digest.change.groups) == 1
    if len(exposed.unknown) == len(alert.digest.change.groups):
        return "What that exposes it to is not known."
    which = "The group admits" if is_one else "Together the groups admit"
    if not exposed.rules and not unknown:
        return f"{which} nothing from the internet."
    if not exposed.rules:
        return f"What {unknown} admits is not known. The rest of the groups admit nothing from the internet."
    perhaps = f", and perhaps more: what {unknown} admits is not known" if unknown else ""
    return f"{which}, and so it now admits, {admitted_words(exposed.rules)}{perhaps}."


def _what_words(behind: Behind) -> str:
    """
    Count what there is.

    >>> from datetime import datetime
    >>> _what_words(Behind(datetime(2026, 11, 24), 0))
    'nothing is attached'
    """
    if not behind.tallies:
        return "nothing is attached"
    # What is attached to nothing can be reached by nobody: that is told only where it is all there is.
    used = [tally for tally in behind.tallies if tally.kind is not Kind.UNATTACHED]
    words = "; ".join(map(_tally_words, used or behind.tallies))
    if behind.is_more:
        return f"more than {MOST_INTERFACES:,} interfaces; of the first {behind.interfaces:,}: {words}"
    return f"nothing but {words}" if behind.is_nothing else words


def _tally_words(tally: Tally) -> str:
    """
    Count the things of a kind, and name the first few.

    >>> from bot.core.behind import Example
    >>> _tally_words(Tally(Kind.INSTANCE, 3, 1, (Example("web-1", "198.51.100.20"), Example("web-2"))))
    '3 instances, 1 with a public address (web-1, 198.51.100.20)'
    >>> _tally_words(Tally(Kind.INSTANCE, 1, 0, (Example("web-1", "2600:1f14::1", is_ipv6=True),), ipv6=1))
    '1 instance with an IPv6 address (web-1, 2600:1f14::1)'
    >>> _tally_words(Tally(Kind.FUNCTION, 4, 0, (Example("sync"), Example("mail"))))
    '4 functions (sync, mail and 2 more)'
    """
    one = tally.count == 1
    words = (
        f"{tally.count:,} {_PLURALS[tally.kind]}"
        if tally.kind in _PLURALS and not one
        else counted(tally.count, tally.kind.value)
    )
    reached = tally.public + tally.ipv6
    told = [example for example in tally.examples if example.address or not reached]
    names = [
        ", ".join(as_name(word, _MAX_NAME) for word in (example.name, example.address) if word)
        for example in told
    ]
    count = reached or tally.count
    more = f" and {count - len(names):,} more" if names and len(names) < count else ""
    separator = "; " if reached else ", "
    which = f" ({separator.join(names)}{more})" if names else ""
    if not reached or tally.kind is Kind.INTERNET_FACING:
        return f"{words}{which}"
    # Nothing tells whether the internet reaches an IPv6 address: that is its subnet's to say.
    kinds = ((tally.public, "with a public address"), (tally.ipv6, "with an IPv6 address"))
    if one:
        return f"{words} {next(having for number, having in kinds if number)}{which}"
    return ", ".join([words, *(f"{number:,} {having}" for number, having in kinds if number)]) + which


def _lowered_words(alert: Alert, behind: Behind) -> str:
    """Say that what sits behind a group makes its severity less: it must not fall without a word."""
    judged, severity = alert.judged_severity, alert.severity
    if severity == judged:
        return ""
    why = "" if behind.is_nothing else ", which takes no connections from outside"
    return f"{why}, so this is {_word(severity)}, not {_word(judged)}"


def _word(severity: Severity) -> str:
    return severity.name.lower()


def _referenced_words(referenced: Referenced, surroundings: Surroundings, vpc_id: str | None) -> str:
    """Say who is in a group that a rule admits: "Admits the 6 interfaces in app-api, same VPC"."""
    behind = referenced.behind
    called = dict(surroundings.called).get(referenced.group_id)
    name = as_name(called or referenced.group_id, _MAX_NAME)
    if not referenced.is_known:
        return f"Whose group {name} is, and so who is in it, is not known."
    if not behind.interfaces:
        return f"No interface is in {name}, so that admits nobody yet."
    count = (
        f"more than {MOST_INTERFACES:,} interfaces"
        if behind.is_more
        else f"the {counted(behind.interfaces, 'interface')}"
        if behind.interfaces > 1
        else "the one interface"
    )
    where = ""
    if behind.vpc_id and vpc_id:
        where = ", same VPC" if behind.vpc_id == vpc_id else f", in {behind.vpc_id}"
    return f"Admits {count} in {name}{where}."


def _unread_sentences(unread: NotRead, groups: list[str], alert: Alert, places: Places) -> list[str]:
    """Say why what sits behind *groups*, none for the only one, could not be read; nothing where the card says so already."""
    if _is_said_already(unread, alert):
        return []
    account = places.account(alert.digest.change.account_id)
    match unread.trouble:
        case Trouble.DENIED if unread.role:
            why = f"role {unread.role} is missing in {account}, or does not let Panopticon in"
        case Trouble.DENIED:
            why = f"AWS does not let Panopticon read network interfaces in {account} ({unread.code})"
        case Trouble.THROTTLED:
            why = f"AWS asks to slow down ({unread.code})"
        case Trouble.NO_ANSWER:
            why = f"AWS did not answer ({unread.code})"
    whose = f" {', '.join(groups)}" if groups else ""
    return [f"What sits behind{whose} could not be read: {why}."]
