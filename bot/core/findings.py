"""
Why a rule matters, and how much.

A new reason is one function in _JUDGES.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import IntEnum
from ipaddress import IPv4Network, IPv6Network

from bot.core.changes import PrefixListEdit
from bot.core.rules import ALL_PORTS, ALL_PROTOCOLS, Direction, Network, PortRange, Rule, source_order


class Severity(IntEnum):
    """How soon someone must look, in ascending order."""

    INFORMATIONAL = 0
    LOW = 1
    MEDIUM = 2
    HIGH = 3
    CRITICAL = 4


@dataclass(frozen=True, slots=True)
class Finding:
    """
    One reason why a change matters.

    *traffic* is let in from *audience*: "SSH (tcp 22)" from "the internet".
    *control* cites the published rule behind it, None where there is none.
    """

    severity: Severity
    traffic: str
    audience: str
    control: str | None = None

    @property
    def effect(self) -> str:
        """What now is so, to complete "… on web-prod"."""
        return f"{self.traffic} open to {self.audience}"

    @property
    def attempt(self) -> str:
        """What someone tried, to complete "bob tried to …"."""
        return f"open {self.traffic} to {self.audience}"


@dataclass(frozen=True, slots=True)
class WhoFinding:
    """
    One reason why it matters who made a change: *words* are a sentence.

    *of_group* says that it is about this one group, not about whatever the principal does.
    """

    severity: Severity
    words: str
    control: str | None = None
    of_group: bool = False


SERVICES = {
    20: "FTP data",
    21: "FTP",
    22: "SSH",
    23: "Telnet",
    25: "SMTP",
    80: "HTTP",
    110: "POP3",
    135: "RPC",
    143: "IMAP",
    443: "HTTPS",
    445: "SMB",
    1433: "SQL Server",
    1434: "SQL Server browser",
    1521: "Oracle",
    2375: "Docker",
    3306: "MySQL",
    3389: "RDP",
    5432: "PostgreSQL",
    5500: "VNC",
    5601: "Kibana",
    5900: "VNC",
    5985: "WinRM",
    5986: "WinRM",
    6379: "Redis",
    9092: "Kafka",
    9200: "Elasticsearch",
    9300: "Elasticsearch",
    11211: "Memcached",
    27017: "MongoDB",
}
"""What people call the service behind a tcp port."""

# Security Hub EC2.19, "Security groups should not allow unrestricted access to ports with high risk".
# https://docs.aws.amazon.com/securityhub/latest/userguide/ec2-controls.html#ec2-19
HIGH_RISK_PORTS = (
    *(20, 21, 22, 23, 25, 110, 135, 143, 445, 1433, 1434, 3000, 3306, 3389, 4333, 5000, 5432, 5500, 5601),
    *(8080, 8088, 8888, 9200, 9300),
)

# Security Hub EC2.18 lets the internet in on these alone.
WEB_PORTS = (PortRange(80, 80), PortRange(443, 443))

INTERNET = "the internet"
"""The audience of what any address may reach."""

_WIDEST_MEDIUM_IPV4 = 24
_WIDEST_MEDIUM_IPV6 = 48


def judge(rule: Rule) -> list[Finding]:
    """
    Gather what the judges say of one rule; egress is not judged, as it admits nobody.

    A rule that does not say which way it goes is judged as if it let in, until somebody reads it from AWS.
    """
    if rule.direction is Direction.EGRESS:
        return []
    return [finding for found_by in _JUDGES if (finding := found_by(rule)) is not None]


def severity_of(rule: Rule) -> Severity:
    """Give how much *rule* alone matters."""
    return max((finding.severity for finding in judge(rule)), default=Severity.INFORMATIONAL)


def judge_entries(edit: PrefixListEdit) -> Iterator[Finding]:
    """Judge what comes into a prefix list, whatever the ports of the rules that name it."""
    traffic = f"every rule that names {edit.prefix_list_id}"
    for network, _ in edit.added:
        if network.prefixlen == 0:
            yield Finding(Severity.HIGH, traffic, INTERNET)
        elif is_wide(network):
            yield Finding(Severity.MEDIUM, traffic, f"the wide public range {network}")


def order_by_weight(rules: Iterable[Rule]) -> list[Rule]:
    """Order *rules* with the ones that matter most first, and the same ones always alike."""

    def weight(rule: Rule) -> tuple[int, bool, str, PortRange, tuple[int, int, int, str], str]:
        ports, egress = rule.ports or ALL_PORTS, rule.direction is Direction.EGRESS
        return (-severity_of(rule), egress, rule.protocol, ports, source_order(rule.source), str(rule))

    return sorted(rules, key=weight)


def _everything_to_the_world(rule: Rule) -> Finding | None:
    everything = rule.protocol == ALL_PROTOCOLS or (rule.ports is not None and rule.ports.is_all)
    if not (rule.admits_any_address and everything):
        return None
    what = "everything" if rule.protocol == ALL_PROTOCOLS else f"every {rule.protocol} port"
    return Finding(Severity.CRITICAL, what, INTERNET, "EC2.19")


def _high_risk_port_to_the_world(rule: Rule) -> Finding | None:
    if not rule.admits_any_address or rule.ports is None or rule.ports.is_all:
        return None
    port = next((port for port in (22, 3389, *HIGH_RISK_PORTS) if port in rule.ports), None)
    if port is None:
        return None
    return Finding(Severity.CRITICAL, _service_words(rule, port), INTERNET, "EC2.19")


def _other_traffic_to_the_world(rule: Rule) -> Finding | None:
    if (
        not rule.admits_any_address
        or _everything_to_the_world(rule) is not None
        or _high_risk_port_to_the_world(rule) is not None
    ):
        return None
    port = next((port for port in SERVICES if rule.ports is not None and port in rule.ports), None)
    traffic = _service_words(rule, port)
    if rule.protocol == "tcp" and rule.ports in WEB_PORTS:
        return Finding(Severity.LOW, traffic, INTERNET)
    return Finding(Severity.HIGH, traffic, INTERNET, "EC2.18")


def _wide_public_range(rule: Rule) -> Finding | None:
    source = rule.source
    if not isinstance(source, IPv4Network | IPv6Network) or rule.admits_any_address or not is_wide(source):
        return None
    return Finding(Severity.MEDIUM, rule.traffic, f"the wide public range {source}")


def is_wide(network: Network) -> bool:
    """Tell whether *network* is of public addresses, and too many to be somebody's own."""
    widest = _WIDEST_MEDIUM_IPV4 if network.version == 4 else _WIDEST_MEDIUM_IPV6
    return network.is_global and network.prefixlen <= widest


def _service_words(rule: Rule, port: int | None) -> str:
    """Name the service at *port* beside the traffic: "SSH (tcp 22)", or "tcp 20–30 with SSH"."""
    service = SERVICES.get(port) if port is not None and rule.protocol == "tcp" else None
    if service is None:
        return rule.traffic
    one_port = rule.ports is not None and rule.ports.first == rule.ports.last
    return f"{service} ({rule.traffic})" if one_port else f"{rule.traffic} with {service}"


_JUDGES: tuple[Callable[[Rule], Finding | None], ...] = (
    _everything_to_the_world,
    _high_risk_port_to_the_world,
    _other_traffic_to_the_world,
    _wide_public_range,
)
