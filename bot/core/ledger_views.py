"""What one asks of ledgers, and what the answers are made of."""

from dataclasses import dataclass

from bot.core.rules import ALL_PROTOCOLS, Network


@dataclass(frozen=True, slots=True)
class Flow:
    """Traffic that one asks about: *port* is set for tcp and udp only, *network* None means from wherever."""

    protocol: str
    port: int | None
    network: Network | None = None

    @property
    def words(self) -> str:
        """
        Name the traffic, and where it comes from if that is asked.

        >>> from ipaddress import ip_network
        >>> Flow("tcp", 22, ip_network("10.0.0.0/8")).words, Flow("all", None).words
        ('tcp 22 from 10.0.0.0/8', 'all traffic')
        """
        traffic = "all traffic" if self.protocol == ALL_PROTOCOLS else self.protocol
        port = "" if self.port is None else f" {self.port}"
        return f"{traffic}{port}{f' from {self.network}' if self.network else ''}"
