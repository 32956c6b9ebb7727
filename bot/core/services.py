"""What is known of ports: the services behind them, and which of them published rules are about."""

from bot.core.rules import ALL_PROTOCOLS, PortRange, Rule

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

ADMINISTRATION_PORTS = (22, 3389)
"""Where servers are administered from afar, as the CIS benchmark and Security Hub have it."""

# Security Hub EC2.19, "Security groups should not allow unrestricted access to ports with high risk".
# https://docs.aws.amazon.com/securityhub/latest/userguide/ec2-controls.html#ec2-19
HIGH_RISK_PORTS = (
    *(20, 21, 22, 23, 25, 110, 135, 143, 445, 1433, 1434, 3000, 3306, 3389, 4333, 5000, 5432, 5500, 5601),
    *(8080, 8088, 8888, 9200, 9300),
)

DATA_STORE_PORTS = (1521, 2483, 6379, 7199, 9160, 8888, 9092, 11211, 27017, 27018)
"""Oracle, Redis, Cassandra, Kafka, Memcached, MongoDB: prowler has a check for each."""

REMOTE_CONTROL_PORTS = (445, 2375, 5900, 5985, 5986)
"""SMB, Docker, VNC, WinRM."""

# Security Hub EC2.18 lets the internet in on these alone.
WEB_PORTS = (PortRange(80, 80), PortRange(443, 443))


def first_of(ports: tuple[int, ...], rule: Rule) -> int | None:
    """Find the first of *ports* that *rule* is about; None where it names no ports, all of them, or others."""
    if rule.ports is None or rule.ports.is_all:
        return None
    first, last = rule.ports.first, rule.ports.last
    if first == last:
        return first if first in ports else None
    return next((port for port in ports if first <= port <= last), None)


def is_everything(rule: Rule) -> bool:
    """Tell whether *rule* is about every protocol, or every port of one."""
    return rule.protocol == ALL_PROTOCOLS or (rule.ports is not None and rule.ports.is_all)


def service_words(rule: Rule, port: int | None, name: str | None = None) -> str:
    """
    Name the service at *port*, or *name*, beside the traffic: "SSH (tcp 22)", or "tcp 20–30 with SSH".

    What people call a service is so of tcp alone.
    """
    service = name or (SERVICES.get(port) if port is not None and rule.protocol == "tcp" else None)
    if service is None:
        return rule.traffic
    one_port = rule.ports is not None and rule.ports.first == rule.ports.last
    return f"{service} ({rule.traffic})" if one_port else f"{rule.traffic} with {service}"
