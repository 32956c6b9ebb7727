"""What a change comes to, in words: what it opens, what it closes, and what one cannot tell; what is returned is not escaped."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from bot.core.changes import ChangeKind, Digest, SecurityGroupChange
from bot.core.ledger import content_of
from bot.core.meaning import Knowledge, Meaning
from bot.core.named_networks import NO_NAMES, NamedNetworks
from bot.core.rules import ALL_PROTOCOLS, Direction, Rule
from bot.slack.admitted import MAX_WORDS, admitted_words, is_egress, only_words, services
from bot.slack.text import counted, cut, duration
from bot.slack.wording import rule_words

_WHY = {
    Knowledge.NOT_READ: "Panopticon had not read the group",
    Knowledge.UNCLEAR: "the events seen can be read in more than one way",
    Knowledge.LEFT_OUT: "AWS left rules out of a record",
}


def effect_sentences(
    meaning: Meaning,
    digest: Digest,
    networks: NamedNetworks = NO_NAMES,
    *,
    is_why_told: bool = False,
    is_closed: bool = False,
) -> list[str]:
    """
    Say what a change that AWS carried out opens and closes, and what was so before.

    What says no more than the lines of *digest*, and is of no concern to the internet, goes without saying; so does that the
    group was not read where *is_why_told*. *is_closed* says that nothing of what it opened is open any more. *networks* have
    names.
    """
    change = digest.change
    match change.kind:
        case ChangeKind.CREATE:
            given = ", ".join(rule_words(rule) for rule in _going(Direction.EGRESS, meaning.newly))
            return [f"It begins with AWS's default rule: {given}."] if given else []
        case ChangeKind.DELETE:
            return _held_sentences(meaning)
        case ChangeKind.AUTHORIZE | ChangeKind.MODIFY | ChangeKind.FOUND:
            unknown = [] if is_why_told else _unknown_before(meaning, change)
            opening = _opening(meaning, digest, networks, is_closed=is_closed)
            return [*opening, *_closing(meaning, digest, networks), *unknown]
        case ChangeKind.REVOKE if meaning.knowledge is not Knowledge.KNOWN:
            admits = "allows" if is_egress(change.removed) else "admits"
            return [f"Cannot tell whether another rule still {admits} it: {_WHY[meaning.knowledge]}."]
        case ChangeKind.REVOKE:
            return _closing(meaning, digest, networks)
        case _:
            return []


def effect_in_short(meaning: Meaning, change: SecurityGroupChange) -> str | None:
    """Say in one sentence what *change* opens to the internet or closes there, or that it changes nothing; None for neither."""
    is_known = meaning.knowledge is Knowledge.KNOWN
    if is_known and meaning.opened:
        return f"Newly open to the internet: {_services(meaning.opened)}."
    if meaning.closed:
        return (
            f"No longer open to the internet: {_services(meaning.closed)}{_open_for(meaning, change.time)}."
        )
    if change.kind is ChangeKind.DELETE:
        return next(iter(_held_sentences(meaning)), None)
    if not is_known or change.kind not in (ChangeKind.AUTHORIZE, ChangeKind.MODIFY, ChangeKind.REVOKE):
        return None
    if not _changes_something(meaning):
        return next(iter([*_already(meaning, change, NO_NAMES), *_still(meaning, change, NO_NAMES)]), None)
    if change.is_cut and meaning.newly and not is_egress(meaning.newly):
        return f"Now admits {admitted_words(meaning.newly, meaning.more_newly)}."
    return None


def closed_words(meaning: Meaning | None) -> str | None:
    """Say what is no longer open to the internet, as the start of a headline; None where nothing is that can be named."""
    closed = _closed_whole(meaning)
    if meaning is None or not closed:
        return None
    are = "is" if len(services(closed)) == 1 else "are"
    return f"{_services(closed)} {are} no longer open to the internet"


def how_long(meaning: Meaning, until: datetime) -> str | None:
    """Say how long what was closed had been open; None where that is not known."""
    since = meaning.open_since
    if since is None:
        return None
    up_to = "up to " if len(services(meaning.closed)) > 1 else ""
    at_least = " or longer" if since.by is None else ""
    return f"{up_to}{duration((until - since.at).total_seconds())}{at_least}"


def _closed_whole(meaning: Meaning | None) -> Sequence[Rule]:
    """Give what closed, unless it is all traffic but some: what lies between that is nothing that people have a name for."""
    if meaning is None:
        return ()
    went, closed = (
        any(rule.protocol == ALL_PROTOCOLS and rule.admits_any_address for rule in rules)
        for rules in (_going(Direction.INGRESS, meaning.no_longer), meaning.closed)
    )
    return () if went and not closed else meaning.closed


def _open_for(meaning: Meaning, until: datetime) -> str:
    how = how_long(meaning, until)
    return f" (open {how})" if how else ""


def _opening(meaning: Meaning, digest: Digest, networks: NamedNetworks, *, is_closed: bool) -> list[str]:
    change, more = digest.change, meaning.more_newly
    sentences = []
    is_known = meaning.knowledge is Knowledge.KNOWN
    for direction in Direction:
        newly = _going(direction, meaning.newly)
        if not newly:
            continue
        is_out = direction is Direction.EGRESS
        is_listed = more == digest.cut_count and _says_the_same(newly, change.added)
        if not is_listed:
            admits = "Now allows out:" if is_out else "It admitted" if is_closed else "Now admits"
            sentences.append(f"{admits} {admitted_words(newly, more, networks=networks)}.")
            more = 0
        before = _going(direction, meaning.before)
        if is_known and before:
            sentences.append(f"Before: {only_words(before, newly, meaning.more_before, networks=networks)}.")
        elif is_known and change.kind in (ChangeKind.AUTHORIZE, ChangeKind.FOUND):
            sentences.append(_before_nothing(is_out=is_out, is_alone=is_listed))
    return [*sentences, *(_already(meaning, change, networks) if is_known else [])]


def _before_nothing(*, is_out: bool, is_alone: bool) -> str:
    """Say that nothing of it was so before: in full where it *is_alone*, with no sentence before it of what is so now."""
    if is_out:
        return "Before, nothing allowed it." if is_alone else "Before: nothing."
    return "Before, nobody was admitted to it." if is_alone else "Before: nobody."


def _closing(meaning: Meaning, digest: Digest, networks: NamedNetworks) -> list[str]:
    if meaning.knowledge is not Knowledge.KNOWN:
        return []
    change, more = digest.change, meaning.more_no_longer
    sentences = []
    taken = change.removed or [entry.rule for entry in meaning.held]
    for direction in Direction:
        gone, left = _going(direction, meaning.no_longer), _going(direction, meaning.left)
        left = [rule for rule in left if rule not in meaning.newly]  # what is new is not there still
        if not gone:
            continue
        is_out = direction is Direction.EGRESS
        is_listed = more == digest.cut_count and _says_the_same(gone, taken)
        if change.kind is ChangeKind.REVOKE and is_listed and not left:
            sentences.append(f"Nothing else {'allows' if is_out else 'admits'} it.")
            continue
        internet = [rule for rule in gone if rule.admits_any_address and meaning.closed and not is_out]
        rest = [rule for rule in gone if rule not in internet]
        told = [admitted_words(internet) + _open_for(meaning, change.time)] if internet else []
        told += [admitted_words(rest, more, networks=networks)] if rest or more else []
        sentences.append(f"No longer {'allows out:' if is_out else 'admits'} {'; '.join(told)}.")
        sentences += (
            [f"Still: {only_words(left, gone, meaning.more_left, networks=networks)}."] if left else []
        )
        more = 0
    return [*sentences, *_still(meaning, change, networks)]


def _already(meaning: Meaning, change: SecurityGroupChange, networks: NamedNetworks) -> list[str]:
    """Say which rules make what was added needless."""
    if change.kind is ChangeKind.REVOKE or not change.opening:
        return []
    opens = bool(meaning.newly)
    if meaning.already:
        what = (
            "The rest changes nothing"
            if opens
            else "Nothing newly open"
            if meaning.no_longer
            else "Changes nothing"
        )
        return [f"{what}: {_allowing(meaning.already, 'already', networks)}."]
    if opens:
        return []
    if meaning.no_longer:
        return ["Nothing newly open."]
    if change.kind is ChangeKind.MODIFY:
        return ["Changes nothing that it admits."]
    return ["Changes nothing: other rules already allow all of it."]


def _still(meaning: Meaning, change: SecurityGroupChange, networks: NamedNetworks) -> list[str]:
    """Say which rules go on admitting what was taken away."""
    closes = bool(meaning.no_longer)
    if meaning.still:
        what = "The rest closes nothing" if closes else "Closes nothing"
        return [f"{what}: {_allowing(meaning.still, 'still', networks)}."]
    if closes or change.kind is not ChangeKind.REVOKE:
        return []
    return ["Closes nothing: other rules still allow all of it."]


def _unknown_before(meaning: Meaning, change: SecurityGroupChange) -> list[str]:
    admitted = "allowed" if is_egress(change.opening) else "admitted"
    match meaning.knowledge:
        case Knowledge.KNOWN:
            return []
        case Knowledge.NOT_READ:
            return [f"What it {admitted} before is not known: {_WHY[Knowledge.NOT_READ]}."]
        case Knowledge.UNCLEAR if any(altered.was is None for altered in meaning.altered):
            return [f"What it {admitted} before is not known: Panopticon never saw the rule as it was."]
        case knowledge:
            return [f"Cannot tell what it {admitted} before: {_WHY[knowledge]}."]


def _held_sentences(meaning: Meaning) -> list[str]:
    """Say what is not known of what a deleted group held; the rest stands in its list."""
    else_ = " else" if meaning.held else ""
    match meaning.knowledge:
        case Knowledge.KNOWN:
            return [] if meaning.held else ["It held no rules."]
        case Knowledge.NOT_READ:
            return [f"What{else_} it held is not known: Panopticon had not read it before."]
        case knowledge:
            return [f"Cannot tell what{else_} it held: {_WHY[knowledge]}."]


def _allowing(rules: Sequence[Rule], when: str, networks: NamedNetworks) -> str:
    first, *others = rules
    name = cut(first.rule_id, MAX_WORDS) if first.rule_id else "another rule"
    who = (
        f"{name} and {counted(len(others), 'more rule')} {when} allow" if others else f"{name} {when} allows"
    )
    return f"{who} it ({cut(rule_words(content_of(first), networks), 120)})"


def _changes_something(meaning: Meaning) -> bool:
    return bool(meaning.newly or meaning.no_longer or meaning.more_newly or meaning.more_no_longer)


def _says_the_same(effect: Iterable[Rule], listed: Iterable[Rule]) -> bool:
    """Tell whether *effect* is no more than what the card lists line by line, and of no concern to the internet."""
    told = set(effect)
    return told == {content_of(rule) for rule in listed} and not any(rule.admits_any_address for rule in told)


def _going(direction: Direction, rules: Iterable[Rule]) -> list[Rule]:
    """Take those of one direction; a rule that does not say is taken for ingress, as it is judged."""
    return [rule for rule in rules if (rule.direction or Direction.INGRESS) is direction]


def _services(rules: Iterable[Rule]) -> str:
    first, *others = services(rules)
    return f"{first} and {len(others)} more" if len(others) > 1 else " and ".join([first, *others])
