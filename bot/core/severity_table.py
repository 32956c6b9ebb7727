"""
What makes a change severe: one table, from which docs/severity.md is written.

A new reason is one function and one row. Of the rows that hold, the most severe counts; the first of them says in what words.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from bot.core import change_judges, traffic_judges
from bot.core.controls import (
    CIS_ADMINISTRATION_IPV4,
    CIS_ADMINISTRATION_IPV6,
    CIS_DEFAULT_GROUP,
    CONFIG_COMMON_PORTS,
    CONFIG_SSH,
    DATA_STORE_CHECKS,
    DATADOG_ADMIN_PORTS,
    EC2_2,
    EC2_13,
    EC2_14,
    EC2_18,
    EC2_19,
    EC2_53,
    EC2_54,
    ELASTIC_REMOTE_PORTS,
    PROWLER_ALL_PORTS,
    PROWLER_LAUNCH_WIZARD,
    PROWLER_MANY_RULES,
    PROWLER_ONE_ADDRESS,
    PROWLER_WIDE_RANGE,
    SECURITY_MONKEY,
    Control,
)
from bot.core.judged import Judged
from bot.core.rules import Network, Rule
from bot.core.services import DATA_STORE_PORTS, HIGH_RISK_PORTS, REMOTE_CONTROL_PORTS
from bot.core.severity import Severity, SeverityPolicy
from bot.core.traffic_judges import Said

TrafficJudge = Callable[[Rule, SeverityPolicy], Said | None]
TogetherJudge = Callable[[Sequence[Network], SeverityPolicy], str | None]
EntryJudge = Callable[[Network, SeverityPolicy], str | None]
GroupJudge = Callable[[Judged, SeverityPolicy], str | None]
LeastJudge = Callable[[Judged], bool]

Judge = TypeVar("Judge", TrafficJudge, TogetherJudge, EntryJudge, GroupJudge, LeastJudge)


@dataclass(frozen=True, slots=True)
class Row(Generic[Judge]):
    """
    One reason: what is so (*name*, *sentence*), how much that matters, and what tells whether it is so. The *name* of what is so
    of a group stands in headlines.

    Cards cite *cites*; *also* are further sources that say the same.
    """

    name: str
    severity: Severity
    judge: Judge
    sentence: str
    cites: tuple[Control, ...] = ()
    also: tuple[Control, ...] = ()


# What a rule admits: gives the traffic and the audience of a finding.
FROM_THE_WORLD: tuple[Row[TrafficJudge], ...] = (
    Row(
        "everything from the world",
        Severity.CRITICAL,
        traffic_judges.everything,
        "Every protocol, or every port of tcp or udp, is open to any IPv4 or any IPv6 address.",
        cites=(EC2_19,),
        also=(PROWLER_ALL_PORTS,),
    ),
    Row(
        "a sensitive port from the world",
        Severity.CRITICAL,
        traffic_judges.sensitive,
        "A port that policy.toml names under [severity.sensitive_ports], of tcp or udp, is open to any address.",
    ),
    Row(
        "SSH or RDP from the world",
        Severity.CRITICAL,
        traffic_judges.ssh_or_rdp,
        "Port 22 or 3389 is open to any address. EC2.13 and EC2.14 call that high, EC2.19 critical: the higher counts.",
        cites=(EC2_19,),
        also=(EC2_13, EC2_14, CONFIG_SSH, CONFIG_COMMON_PORTS, DATADOG_ADMIN_PORTS),
    ),
    Row(
        "a high-risk port from the world",
        Severity.CRITICAL,
        traffic_judges.high_risk,
        f"One of the ports {', '.join(map(str, HIGH_RISK_PORTS))} is open to any address.",
        cites=(EC2_19,),
    ),
    Row(
        "remote administration from any IPv4 address",
        Severity.HIGH,
        traffic_judges.administration_ipv4,
        "Port 22 or 3389 of tcp or udp, alone, in a range or as part of everything, is open to 0.0.0.0/0.",
        cites=(CIS_ADMINISTRATION_IPV4,),
        also=(EC2_53,),
    ),
    Row(
        "remote administration from any IPv6 address",
        Severity.HIGH,
        traffic_judges.administration_ipv6,
        "Port 22 or 3389 of tcp or udp, alone, in a range or as part of everything, is open to ::/0.",
        cites=(CIS_ADMINISTRATION_IPV6,),
        also=(EC2_54,),
    ),
    Row(
        "a data store from the world",
        Severity.HIGH,
        traffic_judges.data_store,
        f"One of the tcp ports {', '.join(map(str, DATA_STORE_PORTS))} is open to any address.",
        cites=(EC2_18,),
        also=DATA_STORE_CHECKS,
    ),
    Row(
        "remote control from the world",
        Severity.HIGH,
        traffic_judges.remote_control,
        f"One of the tcp ports {', '.join(map(str, REMOTE_CONTROL_PORTS))} is open to any address. Elastic names 445, 5985 and "
        "5986, as medium; EC2.18 holds for all of them: the higher counts.",
        cites=(EC2_18,),
        also=(ELASTIC_REMOTE_PORTS,),
    ),
    Row(
        "any other port from the world",
        Severity.HIGH,
        traffic_judges.any_other_port,
        "Another port of tcp or udp than tcp 80 or tcp 443 is open to any address.",
        cites=(EC2_18,),
    ),
    Row(
        "a protocol without ports from the world",
        Severity.HIGH,
        traffic_judges.without_ports,
        "A protocol other than tcp, udp and ICMP, as ESP or GRE, is open to any address; EC2.18 is about tcp and udp alone.",
    ),
    Row(
        "ICMP from the world",
        Severity.MEDIUM,
        traffic_judges.icmp,
        "All of ICMP or ICMPv6, or one type of it, is open to any address: hosts can be found by it, but nothing listens behind it.",
    ),
    Row(
        "ICMP that paths need from the world",
        Severity.LOW,
        traffic_judges.icmp_of_paths,
        "ICMP type 3 code 4 or ICMPv6 type 2, which say that a packet is too big, is open to any address, as AWS advises.",
    ),
    Row(
        "the web from the world",
        Severity.LOW,
        traffic_judges.web,
        "Tcp 80 or tcp 443 is open to any address, which is what EC2.18 allows.",
    ),
)
"""What may hold for a rule that admits any IPv4 or any IPv6 address."""

FROM_A_RANGE: tuple[Row[TrafficJudge], ...] = (
    Row(
        "a wide public IPv4 range",
        Severity.MEDIUM,
        traffic_judges.wide_ipv4,
        "A range of public addresses from /1 to /24, or to the bound that policy.toml sets, is let in to anything. Of several the "
        "card names the widest.",
        cites=(PROWLER_WIDE_RANGE,),
    ),
    Row(
        "a wide public IPv6 range",
        Severity.MEDIUM,
        traffic_judges.wide_ipv6,
        "A range of public addresses from /1 to /48, or to the bound that policy.toml sets, is let in to anything.",
    ),
    Row(
        "everything from one public address",
        Severity.MEDIUM,
        traffic_judges.everything_to_few,
        "Every protocol, or every port of tcp or udp, is open to one public address, or to a public range that is not wide.",
        cites=(PROWLER_ONE_ADDRESS,),
    ),
    Row(
        "a network with a name",
        Severity.LOW,
        traffic_judges.own_network,
        "Public addresses within a network that policy.toml names under [networks] are let in to anything, be they many or to all of it.",
    ),
)


# What several rules admit to the same traffic together: gives the audience of a finding.
TOGETHER: tuple[Row[TogetherJudge], ...] = (
    Row(
        "public ranges that are wide together",
        Severity.MEDIUM,
        traffic_judges.wide_together,
        "Several public ranges of one IP version, none of them wide and none with a name, are let in to the same traffic, and are as "
        "many addresses as a wide range has.",
    ),
)
"""What may hold for a rule that admits other addresses of the internet."""

TRAFFIC = (*FROM_THE_WORLD, *FROM_A_RANGE)


# What comes into a prefix list: gives the audience of a finding, as what rules name the list is seen later.
ENTRIES: tuple[Row[EntryJudge], ...] = (
    Row(
        "any address in a prefix list",
        Severity.HIGH,
        traffic_judges.entry_of_the_world,
        "A prefix list gets 0.0.0.0/0 or ::/0, in one entry or by several, whatever the ports of the rules that name it, until "
        "those are known.",
    ),
    Row(
        "a wide public range in a prefix list",
        Severity.MEDIUM,
        traffic_judges.wide_entry,
        "A prefix list gets a wide public range, whatever the ports of the rules that name it, until those are known.",
    ),
)


# What is so of a group: gives the sentence of a remark.
GROUPS: tuple[Row[GroupJudge], ...] = (
    Row(
        "default group",
        Severity.HIGH,
        change_judges.default_group,
        "A rule of either direction is added to a VPC's default group.",
        cites=(EC2_2, CIS_DEFAULT_GROUP),
    ),
    Row(
        "many rules",
        Severity.MEDIUM,
        change_judges.many_rules,
        "A group gets to more than 50 rules of one direction, or than policy.toml says; not when it had as many before.",
        cites=(PROWLER_MANY_RULES,),
    ),
    Row(
        "made by the launch wizard",
        Severity.MEDIUM,
        change_judges.launch_wizard,
        "A group is created by the name that EC2's launch wizard gives, launch-wizard-….",
        cites=(PROWLER_LAUNCH_WIZARD,),
    ),
)


# What a change is at least, whatever is found.
LEAST: tuple[Row[LeastJudge], ...] = (
    Row(
        "what cannot be told",
        Severity.HIGH,
        change_judges.cannot_be_told,
        "A call cannot be read, or AWS left out of its record rules that may open something, and nobody has read the group.",
    ),
    Row(
        "a prefix list set back",
        Severity.MEDIUM,
        change_judges.list_set_back,
        "A prefix list gets the entries of an earlier version back, until it is known which.",
    ),
    Row(
        "anything else let in",
        Severity.LOW,
        change_judges.lets_something_in,
        "Something is newly admitted: a private range, another group, a prefix list, a narrow public range.",
    ),
    Row(
        "a longer prefix list",
        Severity.LOW,
        change_judges.grows_list,
        "A prefix list gets entries, none of them wide.",
    ),
    Row(
        "where a group applies",
        Severity.LOW,
        change_judges.moves_what_applies,
        "A group is put on an interface or an instance, may be used in a further VPC, or loses the tag that says which code manages it.",
    ),
    Row(
        "egress",
        Severity.INFORMATIONAL,
        change_judges.lets_out,
        "Something may be reached from the group, be it the whole world: egress lets nobody in.",
        also=(SECURITY_MONKEY,),
    ),
    Row(
        "anything else",
        Severity.INFORMATIONAL,
        change_judges.anything,
        "Nothing is newly admitted: rules are removed, described anew or already covered by others, a group is created or deleted.",
    ),
)

AnyRow = Row[TrafficJudge] | Row[TogetherJudge] | Row[EntryJudge] | Row[GroupJudge] | Row[LeastJudge]

ROWS: tuple[AnyRow, ...] = (*TRAFFIC, *TOGETHER, *ENTRIES, *GROUPS, *LEAST)
