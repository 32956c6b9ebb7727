"""What networks are called: "Seoul office" says more than 203.0.113.0/24."""

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from bot.core.rules import NETWORKS, Network, Source

UNKNOWN_NETWORK = "not a known network"
"""What cards say of an address outside all networks that have names."""


@dataclass(frozen=True, slots=True)
class NamedNetworks:
    """
    The networks of an organisation, each with its name; a name may stand for several. *groups* are names of security groups, by id.
    """

    named: tuple[tuple[str, Network], ...] = ()
    groups: tuple[tuple[str, str], ...] = ()

    @property
    def names(self) -> frozenset[str]:
        """All names."""
        return frozenset(name for name, _ in self.named)

    def networks_of(self, name: str) -> tuple[Network, ...]:
        """Give the networks that are called *name*, in either case of letters; none for a name that nobody gave."""
        return tuple(network for own, network in self.named if own.lower() == name.strip().lower())

    def name_of(self, network: Network) -> str | None:
        """
        Name *network* by the narrowest one that it is, or lies in; None for one that nobody named.

        >>> office = NamedNetworks((("Seoul office", ip_network("203.0.113.0/24")),))
        >>> office.name_of(ip_network("203.0.113.7")), office.name_of(ip_network("203.0.0.0/16"))
        ('Seoul office', None)
        """
        around = [
            (own.prefixlen, name)
            for name, own in self.named
            if own.version == network.version and network.subnet_of(own)  # type: ignore[arg-type]
        ]
        return max(around, key=lambda found: found[0])[1] if around else None

    def name_of_source(self, source: Source) -> str | None:
        """Name the source of a rule; None for one that nobody named, and for what is no network."""
        return self.name_of(source) if self.named and isinstance(source, NETWORKS) else None

    def name_of_group(self, group_id: str) -> str | None:
        """Name a security group; None for one that nobody named."""
        return next((name for own, name in self.groups if own == group_id), None)

    def where(self, address: str) -> str:
        """
        Say where a call came from.

        Once some networks are named, it is said of an address outside all of them; what is no address has no place.

        >>> office = NamedNetworks((("Seoul office", ip_network("203.0.113.0/24")),))
        >>> office.where("203.0.113.7"), office.where("198.51.100.9"), NamedNetworks().where("198.51.100.9")
        ('Seoul office (203.0.113.7)', '198.51.100.9 (not a known network)', '198.51.100.9')
        """
        told = address_of(address) if self.named else None
        if told is None:
            return address
        if name := self.name_of(ip_network(told)):
            return f"{name} ({address})"
        return f"{address} ({UNKNOWN_NETWORK})"


def address_of(text: str) -> IPv4Address | IPv6Address | None:
    """
    Read an address, None for what is none; an IPv4 address that is written as IPv6 is the former.

    >>> address_of("::ffff:203.0.113.7"), address_of("eks.amazonaws.com")
    (IPv4Address('203.0.113.7'), None)
    """
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return (address.ipv4_mapped if isinstance(address, IPv6Address) else None) or address


NO_NAMES = NamedNetworks()
"""Where nobody named any."""
