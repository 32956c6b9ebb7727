"""What is found in what a rule admits, and in what comes into a prefix list: the judges behind rows of bot.core.severity_table."""

from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network, ip_network

from bot.core.address_sets import count, holds, interval_of, merged
from bot.core.rules import ALL_PROTOCOLS, ICMP_PROTOCOLS, NETWORKS, PORT_PROTOCOLS, Network, Rule, Source
from bot.core.services import (
    ADMINISTRATION_PORTS,
    DATA_STORE_PORTS,
    HIGH_RISK_PORTS,
    REMOTE_CONTROL_PORTS,
    SERVICES,
    WEB_PORTS,
    first_of,
    is_everything,
    service_words,
)
from bot.core.severity import SensitivePorts, SeverityPolicy

INTERNET = "the internet"
"""The audience of what any address may reach."""

NEARLY_THE_INTERNET = "nearly all of the internet"
"""The audience of what all but a few addresses may reach."""

# Where most rules are from (RFC 1918). Python's own question goes through a table of all that is not of the internet.
_PRIVATE = merged(interval_of(ip_network(text)) for text in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"))

Said = tuple[str, str]
"""Which traffic is open, and to whom."""


def everything(rule: Rule, policy: SeverityPolicy) -> Said | None:
    """Find everything open to the world."""
    if not (rule.admits_any_address and is_everything(rule)):
        return None
    return _everything_words(rule), INTERNET


def sensitive(rule: Rule, policy: SeverityPolicy) -> Said | None:
    """Find what the organisation calls sensitive open to the world."""
    found = _sensitive_in(rule, policy) if rule.admits_any_address else None
    return (service_words(rule, None, found.name), INTERNET) if found else None


def ssh_or_rdp(rule: Rule, policy: SeverityPolicy) -> Said | None:
    """Find SSH or RDP open to the world."""
    return _to_the_world(rule, ADMINISTRATION_PORTS)


def high_risk(rule: Rule, policy: SeverityPolicy) -> Said | None:
    """Find a port of high risk open to the world."""
    return _to_the_world(rule, HIGH_RISK_PORTS)


def administration_ipv4(rule: Rule, policy: SeverityPolicy) -> Said | None:
    """Find remote administration open to any IPv4 address."""
    return _administration(rule) if isinstance(rule.source, IPv4Network) else None


def administration_ipv6(rule: Rule, policy: SeverityPolicy) -> Said | None:
    """Find remote administration open to any IPv6 address."""
    return _administration(rule) if isinstance(rule.source, IPv6Network) else None


def data_store(rule: Rule, policy: SeverityPolicy) -> Said | None:
    """Find a data store open to the world."""
    return _to_the_world(rule, DATA_STORE_PORTS) if rule.protocol == "tcp" else None


def remote_control(rule: Rule, policy: SeverityPolicy) -> Said | None:
    """Find remote control open to the world."""
    return _to_the_world(rule, REMOTE_CONTROL_PORTS) if rule.protocol == "tcp" else None


def any_other_port(rule: Rule, policy: SeverityPolicy) -> Said | None:
    """Find any port open to the world that no other row is about."""
    if rule.protocol not in PORT_PROTOCOLS or not rule.admits_any_address:
        return None
    if _is_web(rule) or is_everything(rule) or _is_listed(rule, policy):
        return None
    return service_words(rule, first_of(tuple(SERVICES), rule)), INTERNET


def without_ports(rule: Rule, policy: SeverityPolicy) -> Said | None:
    """Find a protocol without ports, which is not ICMP, open to the world."""
    knows_no_ports = rule.protocol not in (*PORT_PROTOCOLS, *ICMP_PROTOCOLS, ALL_PROTOCOLS)
    return (rule.traffic, INTERNET) if rule.admits_any_address and knows_no_ports else None


def icmp(rule: Rule, policy: SeverityPolicy) -> Said | None:
    """Find ICMP open to the world."""
    is_icmp = rule.protocol in ICMP_PROTOCOLS and not _is_of_paths(rule)
    return (rule.traffic, INTERNET) if rule.admits_any_address and is_icmp else None


def icmp_of_paths(rule: Rule, policy: SeverityPolicy) -> Said | None:
    """Find what tells a sender that its packets are too big open to the world."""
    return (rule.traffic, INTERNET) if rule.admits_any_address and _is_of_paths(rule) else None


def web(rule: Rule, policy: SeverityPolicy) -> Said | None:
    """Find the web open to the world."""
    if not (rule.admits_any_address and _is_web(rule)) or _sensitive_in(rule, policy):
        return None
    return service_words(rule, first_of(tuple(SERVICES), rule)), INTERNET


def own_network(rule: Rule, policy: SeverityPolicy) -> Said | None:
    """Find a public network that the organisation has a name for."""
    source = public_network(rule.source)
    name = policy.networks.name_of(source) if source else None
    return (rule.traffic, f"{name} ({source})") if name else None


def wide_ipv4(rule: Rule, policy: SeverityPolicy) -> Said | None:
    """Find a wide public range of IPv4."""
    return _wide(rule, policy, 4)


def wide_ipv6(rule: Rule, policy: SeverityPolicy) -> Said | None:
    """Find a wide public range of IPv6."""
    return _wide(rule, policy, 6)


def everything_to_few(rule: Rule, policy: SeverityPolicy) -> Said | None:
    """Find everything open to one public address, or to a few."""
    if not is_everything(rule):
        return None
    source = stranger(rule, policy)
    if source is None or is_wide(source, policy):
        return None
    return _everything_words(rule), _range_words(source)


def wide_together(networks: Sequence[Network], policy: SeverityPolicy) -> str | None:
    """Find that *networks* of strangers, of one IP version and none of them wide, are as many addresses as a wide range."""
    version, bits = networks[0].version, networks[0].max_prefixlen
    addresses = count(merged(map(interval_of, networks)))
    if addresses < 1 << bits - _widest(version, policy):
        return None
    how_many = f", {addresses:,} addresses together" if version == 4 else ", wide together"
    return f"{len(networks)} public ranges{how_many}"


def wide_words(networks: Sequence[Network]) -> str:
    """Name wide public ranges of one IP version: one by itself, of several how many they are, and the widest."""
    widest = min(networks, key=lambda network: (network.prefixlen, network))
    if len(networks) == 1:
        return _range_words(widest, "wide public")
    return f"{len(networks)} wide public ranges, the widest {widest}"


def entry_of_the_world(network: Network, policy: SeverityPolicy) -> str | None:
    """Find any address among what comes into a list."""
    return INTERNET if network.prefixlen == 0 else None


def wide_entry(network: Network, policy: SeverityPolicy) -> str | None:
    """Find a wide public range among what comes into a list."""
    return f"the wide public range {network}" if network.prefixlen and is_wide(network, policy) else None


def is_wide(network: Network, policy: SeverityPolicy) -> bool:
    """Tell whether *network* is of public addresses, and too many to be somebody's own."""
    return network.prefixlen <= _widest(network.version, policy) and is_public(network)


def is_public(network: Network) -> bool:
    """Tell whether *network* is of public addresses."""
    is_private = isinstance(network, IPv4Network) and holds(_PRIVATE, interval_of(network))
    return not is_private and network.is_global


def public_network(source: Source) -> Network | None:
    """Give *source* if it is a network of public addresses, and not the world."""
    return source if isinstance(source, NETWORKS) and source.prefixlen and is_public(source) else None


def stranger(rule: Rule, policy: SeverityPolicy) -> Network | None:
    """Give the public network that *rule* lets in, if it is not the organisation's own, nor the world."""
    source = public_network(rule.source)
    return source if source and policy.networks.name_of(source) is None else None


def _wide(rule: Rule, policy: SeverityPolicy, version: int) -> Said | None:
    source = rule.source
    if not isinstance(source, NETWORKS) or source.version != version:
        return None
    is_strangers = is_wide(source, policy) and stranger(rule, policy) is not None
    return (rule.traffic, wide_words([source])) if is_strangers else None


def _widest(version: int, policy: SeverityPolicy) -> int:
    return policy.wide_ipv4 if version == 4 else policy.wide_ipv6


def _range_words(network: Network, kind: str = "public") -> str:
    if network.prefixlen == network.max_prefixlen:
        return f"the public address {network.network_address}"
    return f"the {kind} range {network}"


def _is_of_paths(rule: Rule) -> bool:
    """
    Tell whether *rule* is about the errors without which a sender never learns that its packets are too big.

    https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/network_mtu.html has them let in: type 3 code 4 of ICMP, type 2 of ICMPv6.
    """
    found = rule.icmp
    if found is None:
        return False
    return (found.type, found.code) == (3, 4) if rule.protocol == "icmp" else found.type == 2


def _to_the_world(rule: Rule, ports: tuple[int, ...]) -> Said | None:
    port = first_of(ports, rule) if rule.admits_any_address else None
    return None if port is None else (service_words(rule, port), INTERNET)


def _administration(rule: Rule) -> Said | None:
    """Judge as the CIS benchmark and Security Hub do, which count tcp, udp and all protocols, and ranges."""
    if rule.admits_any_address and is_everything(rule) and rule.protocol in (*PORT_PROTOCOLS, ALL_PROTOCOLS):
        return _everything_words(rule), INTERNET
    return _to_the_world(rule, ADMINISTRATION_PORTS)


def _everything_words(rule: Rule) -> str:
    return "everything" if rule.protocol == ALL_PROTOCOLS else f"every {rule.protocol} port"


def _sensitive_in(rule: Rule, policy: SeverityPolicy) -> SensitivePorts | None:
    if rule.ports is None or rule.ports.is_all:
        return None
    ports = rule.ports
    within = (
        each for each in policy.sensitive if each.ports.first <= ports.last and ports.first <= each.ports.last
    )
    return next(within, None)


def _is_web(rule: Rule) -> bool:
    return rule.protocol == "tcp" and rule.ports in WEB_PORTS


def _is_listed(rule: Rule, policy: SeverityPolicy) -> bool:
    """Tell whether a row for certain ports judges *rule*."""
    judges = (sensitive, high_risk, data_store, remote_control)
    return any(judge(rule, policy) for judge in judges)
