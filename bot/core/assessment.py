"""
How much a change matters, with the reasons.

A change is judged by the rules it adds, each on its own; a new rule of assessment is one function in _JUDGES.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import IntEnum
from ipaddress import IPv4Network, IPv6Network

from bot.core.changes import ChangeKind, Outcome, SecurityGroupChange
from bot.core.rules import ALL_PROTOCOLS, Direction, PortRange, Rule


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
class Assessment:
    """
    What is to be said of a change: the findings, worst first, and the highest severity among them.

    *more_findings* counts those that are left out, as a call of a thousand rules may give a thousand.
    """

    severity: Severity
    findings: tuple[Finding, ...] = ()
    more_findings: int = 0


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

_INTERNET = "the internet"
_MAX_FINDINGS = 20
_WIDEST_MEDIUM_IPV4 = 24
_WIDEST_MEDIUM_IPV6 = 48


def assess(change: SecurityGroupChange) -> Assessment:
    """
    Judge *change*.

    A call that AWS refused changes nothing, so it is informational whatever it asked for; its findings say what it
    tried. A call that cannot be read may have opened something, so it is high.
    """
    if change.kind is ChangeKind.NOT_UNDERSTOOD:
        severity = Severity.HIGH if change.outcome is Outcome.SUCCEEDED else Severity.INFORMATIONAL
        return Assessment(severity)
    findings = sorted(
        {finding for rule in change.added for finding in _judge(rule)}, key=lambda f: (-f.severity, f.effect)
    )
    kept, more = tuple(findings[:_MAX_FINDINGS]), max(len(findings) - _MAX_FINDINGS, 0)
    if change.outcome is not Outcome.SUCCEEDED:
        return Assessment(Severity.INFORMATIONAL, kept, more)
    floor = (
        Severity.LOW
        if any(r.direction is Direction.INGRESS for r in change.added)
        else Severity.INFORMATIONAL
    )
    return Assessment(max([floor, *(finding.severity for finding in kept)]), kept, more)


def order_by_weight(rules: Iterable[Rule]) -> list[Rule]:
    """Order *rules* with the ones that matter most first, and the same ones always alike."""

    def weight(rule: Rule) -> tuple[int, bool, str, str]:
        severity = max((finding.severity for finding in _judge(rule)), default=Severity.INFORMATIONAL)
        return (-severity, rule.direction is Direction.EGRESS, rule.traffic, str(rule.source))

    return sorted(rules, key=weight)


def _judge(rule: Rule) -> list[Finding]:
    """Gather what the judges say of one added rule; egress is not judged, as it admits nobody."""
    if rule.direction is not Direction.INGRESS:
        return []
    return [finding for judge in _JUDGES if (finding := judge(rule)) is not None]


def _everything_to_the_world(rule: Rule) -> Finding | None:
    everything = rule.protocol == ALL_PROTOCOLS or (rule.ports is not None and rule.ports.is_all)
    if not (rule.admits_any_address and everything):
        return None
    what = "everything" if rule.protocol == ALL_PROTOCOLS else f"every {rule.protocol} port"
    return Finding(Severity.CRITICAL, what, _INTERNET, "EC2.19")


def _high_risk_port_to_the_world(rule: Rule) -> Finding | None:
    if not rule.admits_any_address or rule.ports is None or rule.ports.is_all:
        return None
    port = next((port for port in (22, 3389, *HIGH_RISK_PORTS) if port in rule.ports), None)
    if port is None:
        return None
    return Finding(Severity.CRITICAL, _service_words(rule, port), _INTERNET, "EC2.19")


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
        return Finding(Severity.LOW, traffic, _INTERNET)
    return Finding(Severity.HIGH, traffic, _INTERNET, "EC2.18")


def _wide_public_range(rule: Rule) -> Finding | None:
    source = rule.source
    if not isinstance(source, IPv4Network | IPv6Network) or rule.admits_any_address or not source.is_global:
        return None
    widest = _WIDEST_MEDIUM_IPV4 if source.version == 4 else _WIDEST_MEDIUM_IPV6
    if source.prefixlen > widest:
        return None
    return Finding(Severity.MEDIUM, rule.traffic, f"the wide public range {source}")


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
