"""What sits behind a group, in sentences for its card; what is returned is not escaped."""

from bot.core.alerts import Alert
from bot.core.behind import Behind, Kind, NotRead, Referenced, Tally, Trouble
from bot.core.changes import Membership
from bot.core.completion import lacks_before
from bot.core.findings import Severity
from bot.core.interfaces import MOST_INTERFACES
from bot.core.places import ANYWHERE, Places
from bot.core.quoting import as_name
from bot.slack.admitted import admitted_words
from bot.slack.text import counted
from bot.slack.wording import alert_group_words

_MAX_NAME = 40

_PLURALS = {
    Kind.SERVICE: "interfaces of other AWS services",
    Kind.OTHER: "interfaces of something else",
    Kind.UNATTACHED: "interfaces that are attached to nothing",
}


def behind_sentences(alert: Alert, places: Places = ANYWHERE) -> list[str]:
    """
    Say what sits behind the group of the change that *alert* tells first, or what came under it, and what a group is that it
    admits; nothing as long as nobody has looked.
    """
    surroundings = alert.surroundings
    if surroundings is None or _is_said_already(alert):
        return []
    if isinstance(alert.digest.change.effect, Membership):
        return _membership_sentences(alert, places)
    of_several = alert.gathering is not None and alert.gathering.groups > 1
    group = alert_group_words(alert) if of_several else "it"
    match surroundings.behind:
        case NotRead() as unread:
            first = _unread_words(unread, alert, places)
        case Behind() as behind:
            first = f"Behind {group}: {_what_words(behind)}{_lowered_words(alert, behind)}"
        case None:
            return []
    # A card that gathers says whom it admits in words of its own.
    referenced = () if alert.gathering else surroundings.referenced
    return [first, *(_referenced_words(each, alert.vpc_id) for each in referenced)]


def _is_said_already(alert: Alert) -> bool:
    """Tell whether the card says of the group itself that this role keeps Panopticon out."""
    behind = alert.surroundings.behind if alert.surroundings else None
    is_shut_out = isinstance(behind, NotRead) and behind.role is not None
    return is_shut_out and alert.unread is not None and alert.unread.role is not None and lacks_before(alert)


def _membership_sentences(alert: Alert, places: Places) -> list[str]:
    surroundings = alert.surroundings
    if surroundings is None or surroundings.behind is None:
        return []
    match surroundings.behind:
        case NotRead() as unread:
            came = _unread_words(unread, alert, places)
        case behind if behind.interfaces == 0:
            came = "What came under it is not there any more."
        case behind:
            came = f"Came under it: {_what_words(behind)}"
    which = "The group admits" if alert.digest.change.group else "Together the groups admit"
    if surroundings.exposes is None:
        return [came, "What that exposes it to is not known yet."]
    if not surroundings.exposes:
        return [came, f"{which} nothing from the internet."]
    return [came, f"{which}, and so it now admits, {admitted_words(surroundings.exposes)}."]


def _what_words(behind: Behind) -> str:
    """
    Count what there is.

    >>> from datetime import datetime
    >>> _what_words(Behind(datetime(2026, 11, 24), 0))
    'nothing is attached'
    """
    if not behind.tallies:
        return "nothing is attached"
    words = "; ".join(map(_tally_words, behind.tallies))
    if behind.is_more:
        return f"more than {MOST_INTERFACES:,} interfaces; of the first {behind.interfaces:,}: {words}"
    return f"nothing is attached but {words}" if behind.is_nothing else words


def _tally_words(tally: Tally) -> str:
    """
    Count the things of a kind, and name the first few.

    >>> from bot.core.behind import Example
    >>> _tally_words(Tally(Kind.INSTANCE, 3, 1, (Example("web-1", "198.51.100.20"), Example("web-2"))))
    '3 instances, 1 with a public address (web-1, 198.51.100.20)'
    >>> _tally_words(Tally(Kind.FUNCTION, 4, 0, (Example("sync"), Example("mail"))))
    '4 functions (sync, mail and 2 more)'
    """
    one = tally.count == 1
    words = (
        f"{tally.count:,} {_PLURALS[tally.kind]}"
        if tally.kind in _PLURALS and not one
        else counted(tally.count, tally.kind.value)
    )
    told = [example for example in tally.examples if example.address or not tally.public]
    names = [
        ", ".join(as_name(word, _MAX_NAME) for word in (example.name, example.address) if word)
        for example in told
    ]
    count = tally.public or tally.count
    more = f" and {count - len(names):,} more" if names and len(names) < count else ""
    separator = "; " if tally.public else ", "
    which = f" ({separator.join(names)}{more})" if names else ""
    if not tally.public or tally.kind is Kind.INTERNET_FACING:
        return f"{words}{which}"
    if one:
        return f"{words} with a public address{which}"
    return f"{words}, {tally.public:,} with a public address{which}"


def _lowered_words(alert: Alert, behind: Behind) -> str:
    """Say that what sits behind a group makes its severity less: it must not fall without a word."""
    judged, own = alert.assessment.severity, alert.own_severity
    if own == judged:
        return ""
    why = "" if behind.is_nothing else ", which takes no connections from outside"
    return f"{why}, so this is {_word(own)}, not {_word(judged)}"


def _word(severity: Severity) -> str:
    return severity.name.lower()


def _referenced_words(referenced: Referenced, vpc_id: str | None) -> str:
    """Say who is in a group that a rule admits: "Admits the 6 interfaces in app-api, same VPC"."""
    behind = referenced.behind
    name = as_name(behind.group_name or referenced.group_id, _MAX_NAME)
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


def _unread_words(unread: NotRead, alert: Alert, places: Places) -> str:
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
    return f"What sits behind could not be read: {why}."
