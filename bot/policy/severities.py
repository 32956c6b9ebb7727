"""The table [severity] of policy.toml, read into what it means."""

import re

from bot.core.named_networks import NO_NAMES, NamedNetworks
from bot.core.rules import PortRange
from bot.core.severity import STANDARD, SensitivePorts, SeverityPolicy
from bot.policy.tables import Table

_PORTS = re.compile(r"(\d{1,5})(?:\s*[-–]\s*(\d{1,5}))?")
_LONGEST_NAME = 40
_LAST_PORT = 65535

# Whoever has a wider network than these of their own is a registry: what is as wide is strangers, whatever the policy says.
_WIDEST = {4: 8, 6: 16}


def read_severities(table: Table, networks: NamedNetworks = NO_NAMES) -> SeverityPolicy:
    """
    Read what an organisation says about how much things matter; of its *networks*, nobody's own is wider than may be called wide.

    Raises:
        PolicyError: something of it is not as it should be.
    """
    policy = SeverityPolicy(
        sensitive=_read_sensitive(table.table("sensitive_ports")),
        wide_ipv4=table.whole("wide_ipv4", STANDARD.wide_ipv4, _WIDEST[4], 32),
        wide_ipv6=table.whole("wide_ipv6", STANDARD.wide_ipv6, _WIDEST[6], 128),
        many_rules=table.whole("many_rules", STANDARD.many_rules, 1, 1000),
        networks=NamedNetworks(
            tuple(
                (name, network)
                for name, network in networks.named
                if network.prefixlen >= _WIDEST[network.version]
            )
        ),
    )
    table.close()
    return policy


def _read_sensitive(table: Table) -> tuple[SensitivePorts, ...]:
    """Read names and their ports: one, "8000-8010", or a list of both."""
    found = []
    for name, said in table.values.items():
        if not name.strip() or len(name) > _LONGEST_NAME:
            raise table.error(name, f"expected a name of 1 to {_LONGEST_NAME} characters")
        several = said if isinstance(said, list) else [said]
        if not several:
            raise table.error(name, "expected a port at least")
        found += [SensitivePorts(name.strip(), _ports(table, name, each)) for each in several]
    return tuple(found)


def _ports(table: Table, name: str, said: object) -> PortRange:
    written = _PORTS.fullmatch(str(said).strip()) if isinstance(said, int | str) else None
    first, last = (int(written[1]), int(written[2] or written[1])) if written else (-1, -1)
    if not 0 <= first <= last <= _LAST_PORT:
        raise table.error(name, f'expected a port, as 8444, or a range, as "8000-8010", found {said!r}')
    return PortRange(first, last)
