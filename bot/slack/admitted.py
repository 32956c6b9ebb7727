"""Whom rules admit to what, in words that can be part of a sentence; what is returned is not escaped."""

from collections.abc import Iterable, Sequence

from bot.core.address_sets import public_counts
from bot.core.assessment import SERVICES
from bot.core.named_networks import NO_NAMES, NamedNetworks
from bot.core.rules import ALL_PROTOCOLS, Direction, PrefixList, ReferencedGroup, Rule, Source, source_words
from bot.slack.text import cut
from bot.slack.wording import whom_words

MAX_WORDS = 60
"""How long one name in a sentence may be, in characters: a group of another account is the longest that AWS gives."""

_TRAFFIC_IN_CLAUSE = 5
_SOURCES_IN_CLAUSE = 3
_CLAUSES = 3

_Clause = tuple[list[str], list[str]]


def admitted_words(
    rules: Sequence[Rule], more: int = 0, *, is_cut: bool = False, networks: NamedNetworks = NO_NAMES
) -> str:
    """
    Say whom *rules*, all of one direction, admit to what.

    *more* counts what is not among them; *is_cut* says that there may be more than is counted. *networks* have names.

    >>> from bot.core.rules import make_rule
    >>> from ipaddress import ip_network
    >>> ssh = [make_rule(direction=Direction.INGRESS, protocol="tcp", from_port=22, to_port=22, source=ip_network(source))
    ...        for source in ("0.0.0.0/0", "::/0")]
    >>> admitted_words(ssh), admitted_words(ssh[:1], 3)
    ('any address to tcp 22', 'any IPv4 address to tcp 22; 3 more')
    """
    clauses = _clauses(rules, networks)
    words = [_clause_words(clause, is_egress=is_egress(rules)) for clause in clauses[:_CLAUSES]]
    more += sum(len(audience) * len(traffic) for audience, traffic in clauses[_CLAUSES:])
    return "; ".join([*words, *([f"{more:,} more"] if more else []), *(["perhaps more"] if is_cut else [])])


def only_words(
    rules: Sequence[Rule], traffic_of: Iterable[Rule], more: int = 0, *, networks: NamedNetworks = NO_NAMES
) -> str:
    """
    Say whom *rules* admit and nobody else, and to what unless that is one with the traffic of *traffic_of*.

    >>> from bot.core.rules import make_rule
    >>> from ipaddress import ip_network
    >>> office, world = (
    ...     make_rule(direction=Direction.INGRESS, protocol="tcp", from_port=22, to_port=22, source=ip_network(source))
    ...     for source in ("10.0.0.0/8", "0.0.0.0/0"))
    >>> only_words([office], [world])
    'only 10.0.0.0/8'
    """
    traffic = {_traffic(rule) for rule in (*traffic_of, *rules)}
    if len(traffic) == 1 and not more:
        words = _shortened(_audience((rule.source for rule in rules), networks), _SOURCES_IN_CLAUSE)
    else:
        words = admitted_words(rules, more, networks=networks)
    return words if any(rule.admits_any_address for rule in rules) else f"only {words}"


def unread_list_words(rules: Iterable[Rule]) -> list[str]:
    """Say that nobody knows whom *rules* let in by prefix lists: one whose entries are known is written as those."""
    lists = dict.fromkeys(source_words(rule.source) for rule in rules if isinstance(rule.source, PrefixList))
    return [f"What {_shortened([*lists], _SOURCES_IN_CLAUSE)} holds is not known."] if lists else []


def internet_words(rules: Iterable[Rule], *, is_more: bool) -> list[str]:
    """
    Say how much of the internet *rules* let in, which is too little to be a finding; nothing where that is not known.

    *is_more* says that there are more rules.
    """
    sources = [rule.source for rule in rules]
    if any(isinstance(source, PrefixList) for source in sources):
        return []
    ipv4, ipv6 = public_counts(sources)
    at_least = "at least " if is_more else ""
    if ipv4:
        beside = " and to some of IPv6" if ipv6 else ""
        noun = "address" if ipv4 == 1 else "addresses"
        return [f"Newly open to {at_least}{ipv4:,} public {noun}{beside}."]
    return ["Newly open to public addresses of IPv6." if ipv6 else "Nothing newly open to the internet."]


def services(rules: Iterable[Rule]) -> list[str]:
    """Name what *rules* are about as people call it, each once: a service where its port stands alone."""
    return list(dict.fromkeys(map(_service, rules)))


def is_egress(rules: Sequence[Rule]) -> bool:
    """Tell whether there are rules, and all of them are about what goes out."""
    return bool(rules) and all(rule.direction is Direction.EGRESS for rule in rules)


def _clauses(rules: Iterable[Rule], networks: NamedNetworks) -> list[_Clause]:
    """Gather rules by traffic, and what has the same sources under them, in the order in which they come."""
    sources: dict[str, list[Source]] = {}
    for rule in rules:
        sources.setdefault(_traffic(rule), []).append(rule.source)
    gathered: dict[tuple[str, ...], list[str]] = {}
    for traffic, listed in sources.items():
        gathered.setdefault(tuple(_audience(listed, networks)), []).append(traffic)
    return [(list(audience), traffic) for audience, traffic in gathered.items()]


def _clause_words(clause: _Clause, *, is_egress: bool) -> str:
    audience, traffic = (
        _shortened(*words) for words in zip(clause, (_SOURCES_IN_CLAUSE, _TRAFFIC_IN_CLAUSE), strict=True)
    )
    return f"{traffic} to {audience}" if is_egress else f"{audience} to {traffic}"


def _audience(sources: Iterable[Source], networks: NamedNetworks) -> list[str]:
    """Name whom *sources* stand for, each once."""
    words = []
    internet = {4: "any IPv4 address", 6: "any IPv6 address"}
    for source in sources:
        match source:
            case PrefixList():
                words.append(source_words(source))
            case ReferencedGroup():
                words.append(f"members of {whom_words(source, networks)}")
            case network:
                words.append(
                    internet[network.version] if network.prefixlen == 0 else whom_words(network, networks)
                )
    named = list(dict.fromkeys(words))
    if all(each in named for each in internet.values()):
        named = ["any address", *(word for word in named if word not in internet.values())]
    return named


def _traffic(rule: Rule) -> str:
    return "everything" if rule.protocol == ALL_PROTOCOLS else rule.traffic


def _service(rule: Rule) -> str:
    ports = rule.ports
    service = (
        SERVICES.get(ports.first) if ports and rule.protocol == "tcp" and ports.first == ports.last else None
    )
    return service or cut(_traffic(rule), MAX_WORDS)


def _shortened(words: Sequence[str], most: int) -> str:
    """List the first few of *words*, and count the others."""
    shown = ", ".join(cut(word, MAX_WORDS) for word in words[:most])
    return shown + (f" and {len(words) - most} more" if len(words) > most else "")
