"""How much something matters, the reasons for it, and what an organisation may say about that itself."""

from dataclasses import dataclass
from enum import IntEnum

from bot.core.named_networks import NO_NAMES, NamedNetworks
from bot.core.rules import PortRange


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
    One reason why a change matters: what it opens to whom.

    *traffic* is let in from *audience*: "SSH (tcp 22)" from "the internet".
    *control* cites the published rules behind it, "EC2.19, CIS AWS 7.0 §6.3", None where there is none.
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

    @property
    def controls(self) -> tuple[str, ...]:
        """The published rules behind it, one by one."""
        return controls_in(self.control)


@dataclass(frozen=True, slots=True)
class Remark:
    """
    One reason why a change matters that is not about who is let in, as a *sentence*; *control* is as in Finding.

    Of one about who made the change, *of_group* says that it is about this one group, not about whatever the principal does.
    *in_short* goes behind the severity in a headline, where nothing else there says why: "Medium, without MFA". None for a
    reason that makes nothing worse than low.
    """

    severity: Severity
    sentence: str
    control: str | None = None
    of_group: bool = False
    in_short: str | None = None

    @property
    def controls(self) -> tuple[str, ...]:
        """The published rules behind it, one by one."""
        return controls_in(self.control)


@dataclass(frozen=True, slots=True)
class SensitivePorts:
    """Ports that an organisation wants judged like those of high risk; *name* is what cards call them."""

    name: str
    ports: PortRange


@dataclass(frozen=True, slots=True)
class SeverityPolicy:
    """
    What an organisation says about how much things matter.

    *wide_ipv4* and *wide_ipv6* are the lengths of the longest prefixes, the smallest networks, that count as a wide public
    range. *many_rules* is how many rules of one direction a group may have before that is worth a word. *networks* are its own: to
    let them in is not to let strangers in.
    """

    sensitive: tuple[SensitivePorts, ...] = ()
    wide_ipv4: int = 24
    wide_ipv6: int = 48
    many_rules: int = 50
    networks: NamedNetworks = NO_NAMES


STANDARD = SeverityPolicy()
"""What holds where nothing is said."""

_BETWEEN = ", "


def cite(controls: tuple[str, ...]) -> str | None:
    """Join *controls*, each once; None for none."""
    return _BETWEEN.join(dict.fromkeys(controls)) or None


def controls_in(cited: str | None) -> tuple[str, ...]:
    """
    Take apart what cite joined.

    >>> controls_in(cite(("EC2.19", "CIS AWS 7.0 §6.3", "EC2.19"))), controls_in(None)
    (('EC2.19', 'CIS AWS 7.0 §6.3'), ())
    """
    return tuple(cited.split(_BETWEEN)) if cited else ()
