"""What is found in what a rule admits, and in what comes into a prefix list: the judges behind rows of bot.core.severity_table."""

from ipaddress import IPv4Network, IPv6Network

from bot.core.rules import ALL_PROTOCOLS, NETWORKS, PORT_PROTOCOLS, Network, Rule
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
    """Find anything open to the world that no other row is about."""
    is_other = not (_is_web(rule) or is_everything(rule) or _is_listed(rule, policy))
    if not (rule.admits_any_address and is_other):
        return None
    return service_words(rule, first_of(tuple(SERVICES), rule)), INTERNET


def web(rule: Rule, policy: SeverityPolicy) -> Said | None:
    """Find the web open to the world."""
    if not (rule.admits_any_address and _is_web(rule)) or _sensitive_in(rule, policy):
        return None
    return service_words(rule, first_of(tuple(SERVICES), rule)), INTERNET


def wide_ipv4(rule: Rule, policy: SeverityPolicy) -> Said | None:
    """Find a wide public range of IPv4."""
    source = rule.source
    if not isinstance(source, IPv4Network) or not source.prefixlen > 0 or not is_wide(source, policy):
        return None
    return rule.traffic, f"the wide public range {source}"


def wide_ipv6(rule: Rule, policy: SeverityPolicy) -> Said | None:
    """Find a wide public range of IPv6."""
    source = rule.source
    if not isinstance(source, IPv6Network) or not source.prefixlen > 0 or not is_wide(source, policy):
        return None
    return rule.traffic, f"the wide public range {source}"


def everything_to_few(rule: Rule, policy: SeverityPolicy) -> Said | None:
    """Find everything open to one public address, or to a few."""
    source = rule.source
    if not is_everything(rule) or not isinstance(source, NETWORKS) or rule.admits_any_address:
        return None
    if not source.is_global or is_wide(source, policy):
        return None
    is_one = source.num_addresses == 1
    whom = f"the public address {source.network_address}" if is_one else f"the public range {source}"
    return _everything_words(rule), whom


def entry_of_the_world(network: Network, policy: SeverityPolicy) -> str | None:
    """Find any address among what comes into a list."""
    return INTERNET if network.prefixlen == 0 else None


def wide_entry(network: Network, policy: SeverityPolicy) -> str | None:
    """Find a wide public range among what comes into a list."""
    return f"the wide public range {network}" if network.prefixlen and is_wide(network, policy) else None


def is_wide(network: Network, policy: SeverityPolicy) -> bool:
    """Tell whether *network* is of public addresses, and too many to be somebody's own."""
    widest = policy.wide_ipv4 if network.version == 4 else policy.wide_ipv6
    return network.prefixlen <= widest and network.is_global


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
