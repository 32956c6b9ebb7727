"""The words for what an edit of a prefix list opens and closes; what they return is not escaped."""

from collections.abc import Iterable, Sequence

from bot.core.alerts import Alert
from bot.core.list_meaning import ListEffect, ListMeaning, NamedGroup
from bot.core.named_networks import NO_NAMES, NamedNetworks
from bot.core.quoting import as_name
from bot.core.rules import Direction, Rule
from bot.slack.text import counted
from bot.slack.wording import MAX_NAME, alert_group_words, whom_words

_ALL_NAMED = 3
_SOME_NAMED = 2
_SOURCES = 3


def list_headline(alert: Alert, networks: NamedNetworks = NO_NAMES) -> str | None:
    """
    Say the worst of what an edit does, on which groups; None where it does nothing that is known. *networks* have names.

    "SSH (tcp 22) open to the internet on web-prod and 4 more groups, by prefix list pl-0123"
    """
    meaning = alert.list_meaning
    if meaning is None or not (meaning.opens or meaning.closes):
        return None
    effect = meaning.opens[0] if meaning.opens else meaning.closes[0]
    findings = alert.assessment.findings
    if meaning.opens and findings:
        what = findings[0].effect
    else:
        traffic, sources = _phrases(effect, networks)[0]
        what = f"{traffic} {'open' if meaning.opens else 'closed'} to {sources}"
    by = alert_group_words(alert)
    name = f"{by} ({as_name(meaning.name, MAX_NAME)})" if meaning.name else by
    return f"{what} on {_groups_words(effect, alert.digest.change.account_id)}, by {name}"


def list_sentences(meaning: ListMeaning, alert: Alert, networks: NamedNetworks = NO_NAMES) -> list[str]:
    """Say what an edit opens and closes, on which groups, and what of it is not known; *networks* have names."""
    if not meaning.is_known:
        return [
            "Which entries the list had before or has now is not known. Every rule that names it changes with it."
        ]
    if not meaning.groups:
        return ["No group that Panopticon knows names this list."]
    account_id = alert.digest.change.account_id
    sentences = [_effect_words("Opens", effect, account_id, networks) for effect in meaning.opens]
    if meaning.more_opens:
        sentences.append(f"Opens yet more on other groups: {counted(meaning.more_opens, 'further line')}.")
    if not meaning.opens:
        sentences.append(_nothing_words(meaning))
    sentences += [_effect_words("Closes", effect, account_id, networks) for effect in meaning.closes]
    if meaning.more_closes:
        sentences.append(f"Closes yet more on other groups: {counted(meaning.more_closes, 'further line')}.")
    if meaning.unclear:
        of = f"{meaning.unclear:,} of the {counted(meaning.groups, 'group')}"
        sentences.append(f"Not all rules are known of {of} that name this list.")
    if meaning.is_cut:
        sentences.append(f"More than {meaning.groups:,} groups name this list; these are what was looked at.")
    return sentences


def _nothing_words(meaning: ListMeaning) -> str:
    """Say that nothing is newly open, only where that is known."""
    if not meaning.is_certain:
        return "Whether it opens anything cannot be told."
    if meaning.groups == 1:
        return (
            "Nothing newly open: the group that names this list admits nothing by it that it did not before."
        )
    return f"Nothing newly open: the {meaning.groups:,} groups that name this list admit nothing by it that they did not before."


def _effect_words(verb: str, effect: ListEffect, account_id: str, networks: NamedNetworks) -> str:
    phrases = "; ".join(f"{traffic} to {sources}" for traffic, sources in _phrases(effect, networks))
    more = f"; {effect.more_rules:,} more" if effect.more_rules else ""
    return f"{verb} {phrases}{more} on {_groups_words(effect, account_id)}."


def _phrases(effect: ListEffect, networks: NamedNetworks) -> list[tuple[str, str]]:
    """Say which traffic is concerned, and to whom, traffic to the same sources together."""
    sources_of: dict[str, dict[str, None]] = {}
    for rule in effect.rules:
        way = "egress " if rule.direction is Direction.EGRESS else ""
        sources_of.setdefault(f"{way}{rule.traffic}", {})[_source_words(rule, networks)] = None
    traffic_to: dict[tuple[str, ...], list[str]] = {}
    for traffic, sources in sources_of.items():
        traffic_to.setdefault(tuple(sources), []).append(traffic)
    return [(_joined(traffic), _some(sources)) for sources, traffic in traffic_to.items()]


def _source_words(rule: Rule, networks: NamedNetworks) -> str:
    is_internet = rule.admits_any_address and rule.direction is not Direction.EGRESS
    return "the internet" if is_internet else whom_words(rule.source, networks)


def _some(sources: Sequence[str]) -> str:
    hidden = len(sources) - _SOURCES
    return ", ".join(sources[:_SOURCES]) + (f" and {hidden:,} more" if hidden > 0 else "")


def _groups_words(effect: ListEffect, account_id: str) -> str:
    """Name all groups of three, and of more the first two, each with its account where that is not the edit's."""
    count = len(effect.groups) + effect.more_groups
    names = [_group_words(group, account_id) for group in effect.groups]
    if count <= _ALL_NAMED:
        return _joined(names)
    shown = names[:_SOME_NAMED]
    return f"{', '.join(shown)} and {counted(count - len(shown), 'more group')}"


def _group_words(group: NamedGroup, account_id: str) -> str:
    name = as_name(group.name or group.key.group_id, MAX_NAME)
    return name if group.key.account_id == account_id else f"{name} (account {group.key.account_id})"


def _joined(words: Iterable[str]) -> str:
    *first, last = words
    return f"{', '.join(first)} and {last}" if first else last
