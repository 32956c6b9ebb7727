"""What one asks of a group's ledger, and what it answers: the rules of a moment, and which rules admit some traffic."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from ipaddress import IPv4Network, IPv6Network
from types import MappingProxyType

from bot.core.ledger import Acceptance, Entry, Ledger, Moment, content_of
from bot.core.rules import ALL_PROTOCOLS, Network, PrefixList, ReferencedGroup, Rule


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
        ('tcp 22 from 10.0.0.0/8', 'traffic')
        """
        traffic = "traffic" if self.protocol == ALL_PROTOCOLS else self.protocol
        port = "" if self.port is None else f" {self.port}"
        return f"{traffic}{port}{f' from {self.source}' if self.network else ''}"

    @property
    def source(self) -> str:
        """Where it comes from, as one writes it: a single address without its bits."""
        network = self.network
        if network is None:
            return ""
        return f"{network.network_address if network.prefixlen == network.max_prefixlen else network}"

    def is_partly_from(self, rule: Rule) -> bool:
        """Tell whether the source of *rule*, an address range, leaves out a part of what is asked about."""
        match self.network, rule.source:
            case IPv4Network() as asked, IPv4Network() as source:
                return not asked.subnet_of(source)
            case IPv6Network() as asked, IPv6Network() as source:
                return not asked.subnet_of(source)
            case _:
                return False


@dataclass(frozen=True, slots=True)
class RulesThen:
    """
    What a group held at the moment *at*, as far as is known.

    *held* are the entries that were live for certain, *doubtful* rules that may or may not have been. *ledger* is the group's
    as of then. *created* is set if the group came into being only later. *is_unknown* says that nothing told of the group by
    then: what is in *doubtful* was there when something first did.
    """

    at: datetime
    ledger: Ledger
    held: tuple[Entry, ...]
    doubtful: tuple[Rule, ...]
    created: Moment | None
    is_unknown: bool


def rules_then(at: datetime, then: Ledger, now: Ledger) -> RulesThen:
    """
    Say what a group held at *at*, from its ledger as of then, *then*, and as it is *now*.

    Later facts tell what earlier ones could not: a rule that was found, or found gone, without an event may have come, or
    gone, before that.
    """
    doubtful = {content: content for content, _ in then.doubts}
    for entry in (*then.live, *now.live, *now.closed):
        if entry.opened.may_be(at) or (entry.closed and entry.closed.may_be(at)):
            doubtful[entry.content] = entry.rule
    for entry in then.live:
        if entry.content in doubtful:
            doubtful[entry.content] = entry.rule
    held = tuple(entry for entry in then.live if entry.content not in doubtful)
    told = held or then.closed or then.cuts or then.blanks or then.created or then.deleted or then.read
    came = now.created
    return RulesThen(
        at=at,
        ledger=then,
        held=held,
        doubtful=tuple(doubtful.values()),
        created=came if came and came.by and came.at > at else None,
        is_unknown=not told,
    )


@dataclass(frozen=True, slots=True)
class Reasons:
    """
    Why a group admits *flow*, or that it does not.

    *entries* are the live rules that admit any of it, the widest source first; of *doubtful* ones it is not certain that they
    are live. *unread* are prefix lists whose entries are not known, *members* groups whose members are admitted whatever
    their address: both matter where one asks about addresses. *last* is the rule that closed last where nothing admits it.
    *acceptances* are by the id of the event that opened a rule. *ledger* is the group's as of now.
    """

    flow: Flow
    ledger: Ledger
    entries: tuple[Entry, ...] = ()
    doubtful: tuple[Rule, ...] = ()
    unread: tuple[PrefixList, ...] = ()
    members: tuple[ReferencedGroup, ...] = ()
    last: Entry | None = None
    acceptances: Mapping[str, Acceptance] = field(default_factory=lambda: MappingProxyType({}))

    def acceptance(self, entry: Entry) -> Acceptance | None:
        """Give who acknowledged the change that opened *entry*, if anybody did."""
        author = entry.opened.by
        return (self.acceptances.get(author.event_id) or author.acceptance) if author else None


def as_live(rules: Iterable[tuple[Rule, datetime]]) -> Ledger:
    """Make a ledger in which *rules* are live, each since its time, to ask of them what one asks of live rules."""
    return Ledger(live=tuple(Entry(content_of(rule), Moment(since), since) for rule, since in rules))
