"""The traffic that people name behind "why", as port, protocol and source: pure."""

import re
from dataclasses import dataclass
from ipaddress import ip_address, ip_network

from bot.core.assessment import SERVICES
from bot.core.ledger_views import Flow
from bot.core.rules import ALL_PROTOCOLS, ICMP_PROTOCOLS, PORT_PROTOCOLS, Network
from bot.slack.text import cut
from bot.slack.times import Misunderstood
from bot.slack.words import Word, join_words

_PORTS = {name.lower(): port for port, name in reversed(SERVICES.items())}
_PROTOCOLS = PORT_PROTOCOLS | ICMP_PROTOCOLS | {ALL_PROTOCOLS}
_OTHER_PROTOCOLS = {"any": "all", "everything": "all", "-1": "all", "ping": "icmp", "icmp6": "icmpv6"}
_ANYWHERE = {"internet", "anywhere", "world", "0/0"}
_FILLERS = {"from", "port"}
_EXAMPLE_PORTS = {"tcp": "22", "udp": "53/udp"}

_SHOWN = 60

_NUMBER = r"[0-9]{1,20}"
_PORT = re.compile(
    rf"(?:(?P<before>[a-z][a-z0-9]*)[/:])?(?P<port>{_NUMBER})(?P<more>[-–]{_NUMBER})?(?:/(?P<behind>[a-z][a-z0-9]*))?"
)
_IPV4 = re.compile(r"(?=.*[./])(?P<octets>[0-9]{1,9}(?:\.[0-9]{0,9}){0,4})(?:/(?P<bits>[0-9]{0,9}))?")
_IPV6 = re.compile(r"(?P<address>[0-9a-z.]*:[0-9a-z.]*:[0-9a-z:.]*)(?:/(?P<bits>[0-9]*))?")
_GROUP_OR_LIST = re.compile(r"(?:sg|pl)-[0-9a-f]+")


@dataclass(frozen=True, slots=True)
class _Part:
    """What one word says of traffic; a word like "from" says nothing."""

    protocol: str | None = None
    port: int | None = None
    network: Network | None = None


def take_traffic(words: list[Word]) -> tuple[list[Word], Flow] | Misunderstood:
    """
    Part *words* into those in front, which name a group, and the traffic that the others name.

    >>> words, flow = take_traffic([Word("web-prod"), Word("443/udp"), Word("203.0.113.7")])
    >>> flow
    Flow(protocol='udp', port=443, network=IPv4Network('203.0.113.7/32'))
    """
    start = len(words)
    while start > 1 and _read_part(words[start - 1]) is not None:
        start -= 1
    others, tail = words[:start], words[start:]
    if others and _read_part(others[0]) is not None:
        if len(others) > 1 and not tail:
            return Misunderstood("The group goes first.", join_words(others[1:], others[0]))
        if not tail or all(_is_source(word) for word in tail):
            return Misunderstood("Which group?", join_words("web-prod", words))
    protocol = port = network = None
    for index, word in enumerate(tail):
        before, after = tail[:index], tail[index + 1 :]
        part = _read_part(word)
        if isinstance(part, Misunderstood):
            return Misunderstood(part.reason, join_words(others, before, part.example, after))
        if part is None:
            continue
        if any(
            told is not None and known is not None
            for told, known in ((part.protocol, protocol), (part.port, port), (part.network, network))
        ):
            return Misunderstood("One port and one source are enough.", join_words(others, before, after))
        protocol, port = part.protocol or protocol, port if part.port is None else part.port
        network = part.network or network
    source = f"{network}" if network else ""
    if protocol is None and port is None:
        return Misunderstood("Which port, or which protocol?", join_words(others, "22", source))
    protocol = protocol or "tcp"
    if protocol in PORT_PROTOCOLS and port is None:
        example = join_words(others, _EXAMPLE_PORTS[protocol], source)
        return Misunderstood(f"Which {protocol} port?", example)
    if protocol not in PORT_PROTOCOLS and port is not None:
        return Misunderstood(f"No port goes with {protocol}.", join_words(others, protocol, source))
    return others, Flow(protocol, port, network)


def _read_part(word: Word) -> _Part | Misunderstood | None:
    """Read what a word says of traffic; None where it says nothing of it, as a quoted one never does."""
    said = word.keyword
    if said in _FILLERS:
        return _Part()
    if said in _PROTOCOLS:
        return _Part(protocol=said)
    if said in _OTHER_PROTOCOLS:
        return Misunderstood(f"“{word}” is not a protocol here.", _OTHER_PROTOCOLS[said])
    if said in _PORTS:
        return Misunderstood(f"Ports go by number: {said} is {_PORTS[said]}.", f"{_PORTS[said]}")
    if said in _ANYWHERE:
        return Misunderstood("Any IPv4 address is 0.0.0.0/0, any IPv6 address ::/0.", "0.0.0.0/0")
    if _GROUP_OR_LIST.fullmatch(said):
        return Misunderstood("A source is an address or a network here.", "")
    if found := _PORT.fullmatch(said):
        return _read_port(found)
    if found := _IPV4.fullmatch(said):
        return _read_network(said) or _nearest_ipv4(said, found)
    if found := _IPV6.fullmatch(said):
        return _read_network(said) or _nearest_ipv6(said, found)
    return None


def _is_source(word: Word) -> bool:
    return bool(_IPV4.fullmatch(word.keyword) or _IPV6.fullmatch(word.keyword))


def _read_port(found: re.Match[str]) -> _Part | Misunderstood:
    port, protocol = int(found["port"]), found["before"] or found["behind"]
    if protocol is not None and (protocol not in _PROTOCOLS or (found["before"] and found["behind"])):
        return Misunderstood("A port goes with tcp or udp.", f"{port}")
    slash = f"/{protocol}" if protocol else ""
    if found["more"]:
        return Misunderstood("One port at a time.", f"{port}{slash}")
    if port > 65535:
        return Misunderstood("Ports go from 0 to 65535.", f"65535{slash}")
    return _Part(protocol, port)


def _read_network(said: str) -> _Part | Misunderstood | None:
    try:
        return _Part(network=ip_network(said))
    except ValueError:
        pass
    try:
        network = ip_network(said, strict=False)
    except ValueError:
        return None
    address, _, _ = said.partition("/")
    return Misunderstood(f"{address} is within {network}, not where it begins.", f"{network}")


def _nearest_ipv4(said: str, found: re.Match[str]) -> Misunderstood:
    octets = [min(int(octet), 255) for octet in found["octets"].split(".") if octet][:4]
    bits = min(int(found["bits"]), 32) if found["bits"] else 8 * len(octets)
    address = ".".join(map(str, [*octets, *[0] * (4 - len(octets))]))
    network = ip_network(f"{address}/{bits}", strict=False)
    return Misunderstood(f"“{said}” is not a network like 203.0.113.0/24.", f"{network}".removesuffix("/32"))


def _nearest_ipv6(said: str, found: re.Match[str]) -> Misunderstood:
    reason = f"“{cut(said, _SHOWN)}” is not a network like 2001:db8::/32."
    try:
        return Misunderstood(reason, f"{ip_address(found['address'])}")
    except ValueError:
        return Misunderstood(reason, "2001:db8::/32")
