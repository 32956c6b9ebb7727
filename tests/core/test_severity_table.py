"""The severity table: each row where it holds, and just where it does not."""

from dataclasses import replace
from ipaddress import ip_network

import pytest

from bot.core.assessment import Assessment, Severity, assess
from bot.core.changes import ChangeKind, Membership, Outcome, SecurityGroupChange, Tagging, VpcAssociation
from bot.core.findings import Finding, in_order, judge, judge_all, judge_entries, judge_group, severity_of
from bot.core.judged import Judged, RuleCounts
from bot.core.meaning import Knowledge, Meaning
from bot.core.named_networks import NamedNetworks
from bot.core.rules import Direction, PortRange, PrefixList, Rule
from bot.core.services import DATA_STORE_PORTS, HIGH_RISK_PORTS, REMOTE_CONTROL_PORTS
from bot.core.severity import SensitivePorts, SeverityPolicy
from bot.core.severity_table import ENTRIES, GROUPS, LEAST, ROWS, TOGETHER, TRAFFIC
from scripts.severity_page import PAGE, draw_page
from tests.core.test_assessment import prefix_list
from tests.records import change, rule

INFORMATIONAL, LOW, MEDIUM, HIGH, CRITICAL = Severity

BILLING = SeverityPolicy(sensitive=(SensitivePorts("billing API", PortRange(8444, 8446)),))
OFFICE = SeverityPolicy(
    networks=NamedNetworks(
        (("Seoul office", ip_network("52.78.10.0/24")), ("VPN", ip_network("10.8.0.0/16")))
    )
)
SIX = "::/0"
PUBLIC = "8.8.8.8/32"


def tcp(first: int, last: int | None = None, source: str = "0.0.0.0/0") -> Rule:
    return rule("tcp", (first, last or first), source)


HOLDS: list[tuple[str, Rule, SeverityPolicy, bool]] = [
    ("everything from the world", rule("-1", (None, None)), BILLING, True),
    ("everything from the world", tcp(0, 65535), BILLING, True),
    ("everything from the world", rule("udp", (0, 65535), SIX), BILLING, True),
    ("everything from the world", tcp(1, 65535), BILLING, False),
    ("everything from the world", tcp(0, 65534), BILLING, False),
    ("everything from the world", rule("-1", (None, None), "0.0.0.0/1"), BILLING, False),
    ("everything from the world", rule("icmp", (-1, -1)), BILLING, False),
    ("a sensitive port from the world", tcp(8443), BILLING, False),
    ("a sensitive port from the world", tcp(8444), BILLING, True),
    ("a sensitive port from the world", rule("udp", (8446, 8446), SIX), BILLING, True),
    ("a sensitive port from the world", tcp(8447), BILLING, False),
    ("a sensitive port from the world", tcp(8000, 8444), BILLING, True),
    ("a sensitive port from the world", tcp(8446, 9000), BILLING, True),
    ("a sensitive port from the world", tcp(8444, source="10.0.0.0/8"), BILLING, False),
    ("a sensitive port from the world", rule("50", (None, None)), BILLING, False),
    *(
        ("SSH or RDP from the world", tcp(port), BILLING, port in (22, 3389))
        for port in (21, 22, 23, 3388, 3389, 3390)
    ),
    ("SSH or RDP from the world", tcp(22, source="128.0.0.0/1"), BILLING, False),
    *(
        ("a high-risk port from the world", tcp(port), BILLING, port in HIGH_RISK_PORTS)
        for risky in HIGH_RISK_PORTS
        for port in (risky - 1, risky, risky + 1)
    ),
    ("a high-risk port from the world", tcp(5432, source="8.8.0.0/16"), BILLING, False),
    ("remote administration from any IPv4 address", tcp(22), BILLING, True),
    ("remote administration from any IPv4 address", rule("udp", (3000, 3389)), BILLING, True),
    ("remote administration from any IPv4 address", rule("-1", (None, None)), BILLING, True),
    ("remote administration from any IPv4 address", tcp(3390), BILLING, False),
    ("remote administration from any IPv4 address", tcp(22, source=SIX), BILLING, False),
    ("remote administration from any IPv4 address", rule("50", (None, None)), BILLING, False),
    ("remote administration from any IPv6 address", tcp(22, source=SIX), BILLING, True),
    ("remote administration from any IPv6 address", rule("-1", (None, None), SIX), BILLING, True),
    ("remote administration from any IPv6 address", tcp(23, 3388, SIX), BILLING, False),
    ("remote administration from any IPv6 address", tcp(22), BILLING, False),
    *(
        ("a data store from the world", tcp(port), BILLING, port in DATA_STORE_PORTS)
        for store in DATA_STORE_PORTS
        for port in (store - 1, store, store + 1)
    ),
    ("a data store from the world", rule("udp", (6379, 6379)), BILLING, False),
    *(
        ("remote control from the world", tcp(port), BILLING, port in REMOTE_CONTROL_PORTS)
        for control in REMOTE_CONTROL_PORTS
        for port in (control - 1, control, control + 1)
    ),
    ("remote control from the world", rule("udp", (2375, 2375)), BILLING, False),
    *(
        ("any other port from the world", tcp(port), BILLING, port not in (80, 443))
        for port in (79, 80, 81, 442, 443, 444)
    ),
    ("any other port from the world", rule("udp", (443, 443)), BILLING, True),
    ("any other port from the world", rule("udp", (6379, 6379)), BILLING, True),
    ("any other port from the world", rule("icmp", (8, -1)), BILLING, False),
    ("any other port from the world", rule("50", (None, None)), BILLING, False),
    ("a protocol without ports from the world", rule("50", (None, None)), BILLING, True),
    ("a protocol without ports from the world", rule("50", (None, None), "8.8.8.0/24"), BILLING, False),
    ("a protocol without ports from the world", rule("-1", (None, None)), BILLING, False),
    ("a protocol without ports from the world", rule("icmp", (-1, -1)), BILLING, False),
    ("ICMP from the world", rule("icmp", (8, -1)), BILLING, True),
    ("ICMP from the world", rule("icmp", (-1, -1)), BILLING, True),
    ("ICMP from the world", rule("icmp", (3, -1)), BILLING, True),
    ("ICMP from the world", rule("icmpv6", (128, 0), SIX), BILLING, True),
    ("ICMP from the world", rule("icmp", (3, 4)), BILLING, False),
    ("ICMP from the world", rule("icmp", (8, -1), "8.8.8.0/24"), BILLING, False),
    ("ICMP from the world", rule("50", (None, None)), BILLING, False),
    ("ICMP that paths need from the world", rule("icmp", (3, 4)), BILLING, True),
    ("ICMP that paths need from the world", rule("icmpv6", (2, 0), SIX), BILLING, True),
    ("ICMP that paths need from the world", rule("icmpv6", (2, -1), SIX), BILLING, True),
    ("ICMP that paths need from the world", rule("icmp", (3, 3)), BILLING, False),
    ("ICMP that paths need from the world", rule("icmp", (2, 0)), BILLING, False),
    ("ICMP that paths need from the world", rule("icmpv6", (-1, -1), SIX), BILLING, False),
    ("ICMP that paths need from the world", rule("icmp", (3, 4), "8.8.8.0/24"), BILLING, False),
    ("any other port from the world", tcp(81, source="10.0.0.0/8"), BILLING, False),
    ("any other port from the world", tcp(8444), BILLING, False),
    ("any other port from the world", tcp(6379), BILLING, False),
    ("the web from the world", tcp(80), BILLING, True),
    ("the web from the world", tcp(443, source=SIX), BILLING, True),
    ("the web from the world", tcp(80, 81), BILLING, False),
    ("the web from the world", rule("udp", (80, 80)), BILLING, False),
    ("the web from the world", tcp(443, source="8.8.8.0/24"), BILLING, False),
    ("a wide public IPv4 range", tcp(443, source="8.8.8.0/24"), BILLING, True),
    ("a wide public IPv4 range", tcp(443, source="8.8.8.0/25"), BILLING, False),
    ("a wide public IPv4 range", tcp(443, source="128.0.0.0/1"), BILLING, True),
    ("a wide public IPv4 range", tcp(443), BILLING, False),
    ("a wide public IPv4 range", tcp(443, source="10.0.0.0/8"), BILLING, False),
    ("a wide public IPv4 range", tcp(443, source="8.8.8.0/24"), SeverityPolicy(wide_ipv4=23), False),
    ("a wide public IPv4 range", tcp(443, source="8.8.8.0/25"), SeverityPolicy(wide_ipv4=25), True),
    ("a wide public IPv4 range", tcp(443, source="2a00:1450:4000::/48"), BILLING, False),
    ("a wide public IPv6 range", tcp(443, source="2a00:1450:4000::/48"), BILLING, True),
    ("a wide public IPv6 range", tcp(443, source="2a00:1450:4000::/49"), BILLING, False),
    ("a wide public IPv6 range", tcp(443, source=SIX), BILLING, False),
    ("a wide public IPv6 range", tcp(443, source="2a00:1450:4000::/48"), SeverityPolicy(wide_ipv6=47), False),
    ("a wide public IPv6 range", tcp(443, source="8.8.8.0/24"), BILLING, False),
    ("everything from one public address", rule("-1", (None, None), PUBLIC), BILLING, True),
    ("everything from one public address", tcp(0, 65535, "8.8.8.0/25"), BILLING, True),
    ("everything from one public address", rule("-1", (None, None), "2a00:1450:4000::1/128"), BILLING, True),
    ("everything from one public address", tcp(0, 65535, "8.8.8.0/24"), BILLING, False),
    ("everything from one public address", tcp(0, 65534, PUBLIC), BILLING, False),
    ("everything from one public address", rule("-1", (None, None), "10.0.0.1/32"), BILLING, False),
    ("everything from one public address", rule("-1", (None, None)), BILLING, False),
    ("everything from one public address", rule("-1", (None, None), PrefixList("pl-0")), BILLING, False),
    ("everything from one public address", rule("-1", (None, None), "52.78.10.7/32"), OFFICE, False),
    ("a wide public IPv4 range", tcp(8443, source="52.78.10.0/24"), OFFICE, False),
    ("a network with a name", tcp(8443, source="52.78.10.0/24"), OFFICE, True),
    ("a network with a name", rule("-1", (None, None), "52.78.10.7/32"), OFFICE, True),
    ("a network with a name", tcp(8443, source="52.78.0.0/16"), OFFICE, False),
    ("a network with a name", tcp(8443, source="10.8.0.0/16"), OFFICE, False),
    ("a network with a name", tcp(8443), OFFICE, False),
]


@pytest.mark.parametrize(
    ("name", "told", "policy", "holds"), [pytest.param(*case, id=f"{case[0]}: {case[1]!s:.90}") for case in HOLDS]
)  # fmt: skip
def test_each_row_of_traffic_holds_up_to_its_bounds_and_not_beyond(
    name: str, told: Rule, policy: SeverityPolicy, holds: bool
) -> None:
    (row,) = (row for row in TRAFFIC if row.name == name)
    assert (row.judge(told, policy) is not None) is holds
    if holds:
        assert severity_of(told, policy) >= row.severity
        found = judge(told, policy)
        assert found
        assert {control.name for control in row.cites} <= set(found.controls)
    assert judge(replace(told, direction=Direction.EGRESS), policy) is None


def test_each_row_is_shown_holding_and_not() -> None:
    shown = {(name, holds) for name, _, _, holds in HOLDS}
    assert shown == {(row.name, holds) for row in TRAFFIC for holds in (True, False)}


@pytest.mark.parametrize(
    ("told", "effect", "control"),
    [
        (tcp(22), "SSH (tcp 22) open to the internet", "EC2.19, CIS AWS 7.0 §6.3"),
        (tcp(3389, source=SIX), "RDP (tcp 3389) open to the internet", "EC2.19, CIS AWS 7.0 §6.4"),
        (tcp(8444), "billing API (tcp 8444) open to the internet", None),
        (tcp(8080, 8450), "tcp 8080–8450 with billing API open to the internet", "EC2.19"),
        (tcp(445), "SMB (tcp 445) open to the internet", "EC2.19, EC2.18"),
        (tcp(6379), "Redis (tcp 6379) open to the internet", "EC2.18"),
        (
            rule("-1", (None, None), PUBLIC),
            "everything open to the public address 8.8.8.8",
            "prowler 5 ec2_securitygroup_allow_ingress_from_internet_to_any_port_from_ip",
        ),
        (
            tcp(0, 65535, "8.8.8.0/25"),
            "every tcp port open to the public range 8.8.8.0/25",
            "prowler 5 ec2_securitygroup_allow_ingress_from_internet_to_any_port_from_ip",
        ),
    ],
)
def test_the_first_of_the_most_severe_rows_says_it_and_all_are_cited(
    told: Rule, effect: str, control: str | None
) -> None:
    found = judge(told, BILLING)
    assert found
    assert (found.effect, found.control) == (effect, control)


def test_a_range_of_one_address_is_called_an_address() -> None:
    found = judge(tcp(22, source="13.125.1.1/32"), SeverityPolicy(wide_ipv4=32))
    assert found
    assert found.effect == "tcp 22 open to the public address 13.125.1.1"


def test_a_network_with_a_name_is_told_by_it() -> None:
    for told in (tcp(8443, source="52.78.10.0/24"), rule("-1", (None, None), "52.78.10.0/24")):
        found = judge(told, OFFICE)
        assert found
        assert (found.severity, found.audience) == (LOW, "Seoul office (52.78.10.0/24)")


def test_what_is_open_by_both_versions_is_said_once_and_cites_what_either_does() -> None:
    for rules in ([tcp(22), tcp(22, source=SIX)], [tcp(22, source=SIX), tcp(22)]):
        (found,) = judge_all(rules)
        assert found.control == "EC2.19, CIS AWS 7.0 §6.3, CIS AWS 7.0 §6.4"


def test_what_is_cited_that_the_table_does_not_know_stands_last() -> None:
    (found,) = in_order(
        Finding(CRITICAL, "SSH", "the internet", control) for control in ("CIS AWS 8.0 §9.9", "EC2.19")
    )
    assert found.control == "EC2.19, CIS AWS 8.0 §9.9"


@pytest.mark.parametrize(
    ("network", "policy", "severity"),
    [
        ("0.0.0.0/0", BILLING, HIGH),
        ("::/0", BILLING, HIGH),
        ("8.8.8.0/24", BILLING, MEDIUM),
        ("8.8.8.0/25", BILLING, None),
        ("8.8.8.0/24", SeverityPolicy(wide_ipv4=23), None),
        ("10.0.0.0/8", BILLING, None),
    ],
)
def test_each_row_of_entries_holds_up_to_its_bounds(
    network: str, policy: SeverityPolicy, severity: Severity | None
) -> None:
    found = judge_entries(prefix_list(network), policy)
    assert [finding.severity for finding in found] == ([severity] if severity is not None else [])


@pytest.mark.parametrize(
    ("networks", "audience"),
    [
        (("0.0.0.0/1", "128.0.0.0/1"), "the internet"),
        (("0.0.0.0/1", "128.0.0.0/2"), "nearly all of the internet"),
        (("8.8.8.0/25", "8.8.8.128/25"), "the wide public range 8.8.8.0/24"),
    ],
)
def test_entries_are_judged_by_what_they_come_to_together(networks: tuple[str, ...], audience: str) -> None:
    assert [found.audience for found in judge_entries(prefix_list(*networks))] == [audience]


INTERNAL = rule(source="10.0.0.0/8")


class TestDefaultGroup:
    @pytest.mark.parametrize("direction", Direction)
    def test_a_rule_that_is_added_is_high(self, direction: Direction) -> None:
        told = assess(change(replace(INTERNAL, direction=direction)), group_name="default")
        assert told.severity is HIGH
        assert [remark.control for remark in told.remarks] == ["EC2.2, CIS AWS 7.0 §6.5"]
        assert told.findings == ()

    def test_rules_that_aws_left_out_of_its_record_count_too(self) -> None:
        assert assess(change(added=(), is_cut=True), [], group_name="default").remarks

    @pytest.mark.parametrize(
        ("told", "name"),
        [
            (change(INTERNAL), "default-web"),
            (change(INTERNAL), None),
            (change(kind=ChangeKind.REVOKE, added=(), removed=(INTERNAL,)), "default"),
            (change(kind=ChangeKind.MODIFY, added=(), modified=(INTERNAL,)), "default"),
            (change(kind=ChangeKind.DELETE, added=()), "default"),
            (change(INTERNAL, outcome=Outcome.DENIED), "default"),
        ],
        ids=["another name", "no name", "a rule less", "a rule changed", "deleted", "denied"],
    )
    def test_nothing_else_is(self, told: SecurityGroupChange, name: str | None) -> None:
        assert assess(told, group_name=name).remarks == ()


class TestManyRules:
    @pytest.mark.parametrize(
        ("ingress", "egress", "policy", "said"),
        [
            ((50, 51), (1, 1), SeverityPolicy(), "It now has 51 ingress rules"),
            ((49, 50), (1, 1), SeverityPolicy(), None),
            ((51, 52), (1, 1), SeverityPolicy(), None),
            ((0, 1), (20, 70), SeverityPolicy(), "It now has 70 egress rules"),
            ((10, 11), (1, 1), SeverityPolicy(many_rules=10), "It now has 11 ingress rules"),
            ((10, 11), (1, 1), SeverityPolicy(many_rules=11), None),
            ((60, 40), (1, 1), SeverityPolicy(), None),
        ],
    )
    def test_only_the_change_that_crosses_the_bound_is_medium(
        self, ingress: tuple[int, int], egress: tuple[int, int], policy: SeverityPolicy, said: str | None
    ) -> None:
        counts = RuleCounts(ingress, egress)
        told = assess(change(INTERNAL), meaning=Meaning(Knowledge.KNOWN, counts=counts), policy=policy)
        assert [remark.sentence[: len(said or "")] for remark in told.remarks] == ([said] if said else [])
        assert told.severity is (MEDIUM if said else INFORMATIONAL)

    def test_nothing_is_said_where_the_count_is_not_known(self) -> None:
        assert judge_group(Judged(change(INTERNAL), (INTERNAL,))) == []


class TestLaunchWizard:
    @pytest.mark.parametrize(
        ("kind", "name", "severity"),
        [
            (ChangeKind.CREATE, "launch-wizard-7", MEDIUM),
            (ChangeKind.CREATE, "launch-wizards", INFORMATIONAL),
            (ChangeKind.CREATE, None, INFORMATIONAL),
            (ChangeKind.DELETE, "launch-wizard-7", INFORMATIONAL),
        ],
    )
    def test_a_group_that_is_made_by_its_name_is_medium(
        self, kind: ChangeKind, name: str | None, severity: Severity
    ) -> None:
        assert assess(change(kind=kind, added=(), group_name=name)).severity is severity


@pytest.mark.parametrize(
    ("name", "judged", "holds"),
    [
        ("what cannot be told", Judged(change(kind=ChangeKind.NOT_UNDERSTOOD, added=()), None), True),
        ("what cannot be told", Judged(change(added=(), is_cut=True), ()), False),
        ("a prefix list set back", Judged(change(effect=prefix_list(restored=3)), ()), True),
        ("a prefix list set back", Judged(change(effect=prefix_list("10.0.0.0/8")), ()), False),
        ("anything else let in", Judged(change(), (INTERNAL,)), True),
        ("anything else let in", Judged(change(), (replace(INTERNAL, direction=None),)), True),
        ("anything else let in", Judged(change(), (replace(INTERNAL, direction=Direction.EGRESS),)), False),
        ("anything else let in", Judged(change(), None), False),
        ("a longer prefix list", Judged(change(effect=prefix_list("10.0.0.0/8")), ()), True),
        ("a longer prefix list", Judged(change(effect=prefix_list(removed=("10.0.0.0/8",))), ()), False),
        *(
            ("where a group applies", Judged(change(kind=kind, effect=effect), ()), holds)
            for kind, effect, holds in (
                (ChangeKind.MEMBERSHIP, Membership("eni-0"), True),
                (ChangeKind.ASSOCIATE, VpcAssociation("vpc-0"), True),
                (ChangeKind.UNTAG, Tagging(()), True),
                (ChangeKind.DISASSOCIATE, VpcAssociation("vpc-0"), False),
                (ChangeKind.TAG, Tagging(()), False),
            )
        ),
        ("egress", Judged(change(), (replace(INTERNAL, direction=Direction.EGRESS),)), True),
        ("egress", Judged(change(), (INTERNAL,)), False),
        ("egress", Judged(change(), None), False),
        ("anything else", Judged(change(kind=ChangeKind.DELETE, added=()), ()), True),
    ],
)
def test_each_row_of_what_a_change_is_at_least_holds_for_its_own(
    name: str, judged: Judged, holds: bool
) -> None:
    (row,) = (row for row in LEAST if row.name == name)
    assert row.judge(judged) is holds


def test_egress_to_the_world_is_informational() -> None:
    told = change(rule("-1", (None, None), direction=Direction.EGRESS))
    assert assess(told) == Assessment(INFORMATIONAL)


def test_the_higher_of_a_finding_and_a_remark_counts() -> None:
    assert assess(change(rule()), group_name="default").severity is CRITICAL
    wide = assess(change(rule(source="8.8.8.0/24")), group_name="default")
    assert (wide.severity, [finding.severity for finding in wide.findings]) == (HIGH, [MEDIUM])


def test_every_row_has_a_name_of_its_own_and_a_source_that_can_be_opened() -> None:
    assert (*TRAFFIC, *TOGETHER, *ENTRIES, *GROUPS, *LEAST) == ROWS
    assert len({row.name for row in ROWS}) == len(ROWS)
    for row in ROWS:
        assert all(each.url.startswith("https://") for each in (*row.cites, *row.also)), row.name


def test_the_page_is_written_from_the_table() -> None:
    assert PAGE.read_text(encoding="utf-8") == draw_page(), "python -m scripts.severity_page"


@pytest.mark.parametrize(
    ("network", "is_private"),
    [
        ("10.0.0.0/8", True),
        ("10.255.255.0/24", True),
        ("172.16.0.0/12", True),
        ("172.31.255.0/24", True),
        ("192.168.0.0/16", True),
        ("192.168.255.0/24", True),
        ("8.0.0.0/7", False),
        ("9.255.255.0/24", False),
        ("11.0.0.0/24", False),
        ("172.15.255.0/24", False),
        ("172.32.0.0/24", False),
        ("192.167.255.0/24", False),
        ("192.169.0.0/24", False),
    ],
)
def test_a_range_matters_unless_all_of_it_is_private(network: str, is_private: bool) -> None:
    assert (judge(tcp(22, source=network)) is None) is is_private
