"""How much a change matters: each judge on both sides of its bound."""

from dataclasses import replace
from ipaddress import ip_network

import pytest

from bot.core.assessment import Assessment, Severity, assess, is_opening_unknown, order_by_weight
from bot.core.changes import (
    ChangeKind,
    Membership,
    Outcome,
    PrefixListEdit,
    SecurityGroupChange,
    Tagging,
    VpcAssociation,
)
from bot.core.meaning import Knowledge, Meaning
from bot.core.rules import Direction, PrefixList, ReferencedGroup, Rule
from tests.records import change, rule

INFORMATIONAL, LOW, MEDIUM, HIGH, CRITICAL = Severity


@pytest.mark.parametrize(
    ("added", "severity", "effect"),
    [
        pytest.param(
            rule("tcp", (80, 80)), LOW, "HTTP (tcp 80) open to the internet", id="http, as web sites are"
        ),
        pytest.param(rule("tcp", (443, 443)), LOW, "HTTPS (tcp 443) open to the internet", id="https"),
        pytest.param(rule("tcp", (79, 79)), HIGH, "tcp 79 open to the internet", id="just below http"),
        pytest.param(rule("tcp", (81, 81)), HIGH, "tcp 81 open to the internet", id="just above http"),
        pytest.param(
            rule("tcp", (80, 81)), HIGH, "tcp 80–81 with HTTP open to the internet", id="http and one more"
        ),
        pytest.param(rule("udp", (443, 443)), HIGH, "udp 443 open to the internet", id="https over udp"),
        pytest.param(rule("tcp", (22, 22)), CRITICAL, "SSH (tcp 22) open to the internet", id="ssh"),
        pytest.param(rule("tcp", (24, 24)), HIGH, "tcp 24 open to the internet", id="between risky ports"),
        pytest.param(
            rule("tcp", (3000, 3400)),
            CRITICAL,
            "tcp 3000–3400 with RDP open to the internet",
            id="a range around rdp",
        ),
        pytest.param(
            rule("tcp", (3390, 3400)), HIGH, "tcp 3390–3400 open to the internet", id="a range beside rdp"
        ),
        pytest.param(
            rule("tcp", (20, 30)),
            CRITICAL,
            "tcp 20–30 with SSH open to the internet",
            id="the service people know best names a range",
        ),
        pytest.param(
            rule("tcp", (8088, 8088)), CRITICAL, "tcp 8088 open to the internet", id="risky without a name"
        ),
        pytest.param(rule("tcp", (6379, 6379)), HIGH, "Redis (tcp 6379) open to the internet", id="redis"),
        pytest.param(rule("udp", (53, 53)), HIGH, "udp 53 open to the internet", id="udp"),
        pytest.param(rule("-1", (None, None)), CRITICAL, "everything open to the internet", id="all traffic"),
        pytest.param(
            rule("tcp", (0, 65535)), CRITICAL, "every tcp port open to the internet", id="all tcp ports"
        ),
        pytest.param(
            rule("udp", (None, None)), CRITICAL, "every udp port open to the internet", id="all udp ports"
        ),
        pytest.param(
            rule("tcp", (1, 65535)),
            CRITICAL,
            "tcp 1–65535 with SSH open to the internet",
            id="all tcp ports but one",
        ),
        pytest.param(
            rule("icmp", (8, -1)), MEDIUM, "icmp echo request open to the internet", id="ping from the world"
        ),
        pytest.param(
            rule("icmp", (-1, -1)), MEDIUM, "icmp all types open to the internet", id="icmp from the world"
        ),
        pytest.param(rule("50", (None, None)), HIGH, "protocol 50 open to the internet", id="esp"),
        pytest.param(
            rule("tcp", (22, 22), "::/0"), CRITICAL, "SSH (tcp 22) open to the internet", id="ssh over IPv6"
        ),
        pytest.param(
            rule("tcp", (443, 443), "::/0"),
            LOW,
            "HTTPS (tcp 443) open to the internet",
            id="https over IPv6",
        ),
        pytest.param(
            rule("tcp", (443, 443), "8.8.8.0/24"),
            MEDIUM,
            "tcp 443 open to the wide public range 8.8.8.0/24",
            id="public /24",
        ),
        pytest.param(rule("tcp", (22, 22), "8.8.8.0/25"), LOW, None, id="public /25"),
        pytest.param(
            rule("tcp", (22, 22), "2a00:1450:4000::/48"),
            MEDIUM,
            "tcp 22 open to the wide public range 2a00:1450:4000::/48",
            id="public IPv6 /48",
        ),
        pytest.param(rule("tcp", (22, 22), "2a00:1450:4000::/49"), LOW, None, id="public IPv6 /49"),
        pytest.param(rule("tcp", (22, 22), "10.0.0.0/8"), LOW, None, id="private range, however wide"),
        pytest.param(rule("tcp", (22, 22), "100.64.0.0/10"), LOW, None, id="carrier-grade NAT's range"),
        pytest.param(rule("tcp", (22, 22), "fc00::/7"), LOW, None, id="private IPv6 range"),
        pytest.param(rule("tcp", (22, 22), PrefixList("pl-0")), LOW, None, id="a prefix list"),
        pytest.param(rule("-1", (None, None), ReferencedGroup("sg-0a")), LOW, None, id="another group"),
        pytest.param(
            rule("-1", (None, None), direction=Direction.EGRESS), INFORMATIONAL, None, id="egress anywhere"
        ),
    ],
)
def test_one_added_rule_is_judged(added: Rule, severity: Severity, effect: str | None) -> None:
    assessment = assess(change(added))
    assert assessment.severity is severity
    assert [finding.effect for finding in assessment.findings] == ([effect] if effect else [])


@pytest.mark.parametrize(
    ("added", "control"),
    [
        (rule("tcp", (22, 22)), "EC2.19, CIS AWS 7.0 §6.3"),
        (rule("-1", (None, None)), "EC2.19, CIS AWS 7.0 §6.3"),
        (rule("tcp", (81, 81)), "EC2.18"),
        (rule("tcp", (443, 443)), None),
        (rule("tcp", (443, 443), "8.8.8.0/24"), "prowler 5 ec2_securitygroup_allow_wide_open_public_ipv4"),
    ],
    ids=["ssh", "everything", "another port", "https", "a wide range"],
)
def test_a_finding_cites_the_published_rule_behind_it(added: Rule, control: str | None) -> None:
    [finding] = assess(change(added)).findings
    assert finding.control == control


def test_findings_stand_worst_first_and_each_once() -> None:
    assessment = assess(
        change(
            rule("tcp", (443, 443)),
            rule("tcp", (8443, 8443)),
            rule("tcp", (22, 22)),
            rule("tcp", (22, 22), "::/0"),
            rule("tcp", (25, 25), "8.8.8.0/24"),
        )
    )
    assert [finding.effect for finding in assessment.findings] == [
        "SSH (tcp 22) open to the internet",
        "tcp 8443 open to the internet",
        "tcp 25 open to the wide public range 8.8.8.0/24",
        "HTTPS (tcp 443) open to the internet",
    ]
    assert assessment.severity is CRITICAL


@pytest.mark.parametrize("outcome", [Outcome.DENIED, Outcome.FAILED])
def test_what_aws_refused_is_informational_but_keeps_its_findings(outcome: Outcome) -> None:
    assessment = assess(change(rule(), outcome=outcome, error_code="Client.UnauthorizedOperation"))
    assert assessment.severity is INFORMATIONAL
    assert [finding.attempt for finding in assessment.findings] == ["open SSH (tcp 22) to the internet"]


@pytest.mark.parametrize("kind", [ChangeKind.CREATE, ChangeKind.DELETE, ChangeKind.REVOKE])
def test_a_change_that_adds_nothing_is_informational(kind: ChangeKind) -> None:
    told = change(kind=kind, added=(), removed=(rule(),) if kind is ChangeKind.REVOKE else ())
    assert assess(told) == Assessment(INFORMATIONAL)


def test_a_call_that_cannot_be_read_may_have_opened_something() -> None:
    assert assess(change(kind=ChangeKind.NOT_UNDERSTOOD, added=())) == Assessment(HIGH)


def test_a_call_that_cannot_be_read_and_was_refused_opened_nothing() -> None:
    refused = change(kind=ChangeKind.NOT_UNDERSTOOD, added=(), outcome=Outcome.DENIED)
    assert assess(refused) == Assessment(INFORMATIONAL)


def test_severities_are_in_ascending_order() -> None:
    assert list(Severity) == sorted(Severity)
    assert max(Severity) is CRITICAL


def test_the_rules_that_matter_most_come_first_and_always_alike() -> None:
    rules = (
        rule("-1", (None, None), direction=Direction.EGRESS),
        rule("tcp", (443, 443)),
        rule("tcp", (5432, 5432), "10.0.0.0/8"),
        rule("tcp", (22, 22)),
        rule("tcp", (81, 81)),
        rule("tcp", (22, 22), "8.8.8.0/24"),
    )
    ordered = order_by_weight(rules)
    assert ordered == [rules[3], rules[4], rules[5], rules[1], rules[2], rules[0]]
    assert order_by_weight(rules[::-1]) == ordered


def prefix_list(*networks: str, removed: tuple[str, ...] = (), restored: int | None = None) -> PrefixListEdit:
    added = tuple((ip_network(network), None) for network in networks)
    return PrefixListEdit("pl-0", added, tuple(map(ip_network, removed)), restored)


@pytest.mark.parametrize(
    ("effect", "severity", "said"),
    [
        pytest.param(prefix_list("0.0.0.0/0"), HIGH, "every rule that names pl-0 open to the internet", id="IPv4"),
        pytest.param(prefix_list("::/0"), HIGH, "every rule that names pl-0 open to the internet", id="IPv6"),
        pytest.param(
            prefix_list("8.8.8.0/24", "10.0.0.0/8"),
            MEDIUM,
            "every rule that names pl-0 open to the wide public range 8.8.8.0/24",
            id="a wide public range",
        ),
        pytest.param(prefix_list("8.8.8.0/25"), LOW, None, id="a narrow public range"),
        pytest.param(prefix_list("10.0.0.0/8"), LOW, None, id="a private range"),
        pytest.param(prefix_list(removed=("0.0.0.0/0",)), INFORMATIONAL, None, id="an entry removed"),
        pytest.param(prefix_list(), INFORMATIONAL, None, id="only renamed"),
        pytest.param(prefix_list(restored=3), MEDIUM, None, id="an earlier version comes back, which is not told"),
    ],
)  # fmt: skip
def test_what_comes_into_a_prefix_list_is_judged(
    effect: PrefixListEdit, severity: Severity, said: str | None
) -> None:
    assessment = assess(change(kind=ChangeKind.PREFIX_LIST, added=(), effect=effect))
    assert assessment.severity is severity
    assert [finding.effect for finding in assessment.findings] == ([said] if said else [])


@pytest.mark.parametrize(
    ("told", "severity"),
    [
        pytest.param(change(kind=ChangeKind.MEMBERSHIP, added=(), effect=Membership("eni-0")), LOW, id="membership"),
        pytest.param(change(kind=ChangeKind.ASSOCIATE, added=(), effect=VpcAssociation("vpc-0")), LOW, id="associate"),
        pytest.param(
            change(kind=ChangeKind.DISASSOCIATE, added=(), effect=VpcAssociation("vpc-0")),
            INFORMATIONAL,
            id="disassociate",
        ),
        pytest.param(change(kind=ChangeKind.UNTAG, added=(), effect=Tagging(())), LOW, id="untag"),
        pytest.param(change(kind=ChangeKind.TAG, added=(), effect=Tagging(())), INFORMATIONAL, id="tag"),
        pytest.param(change(kind=ChangeKind.DESCRIBE, added=()), INFORMATIONAL, id="describe"),
    ],
)  # fmt: skip
def test_what_adds_no_rule_but_may_let_something_in_is_low(
    told: SecurityGroupChange, severity: Severity
) -> None:
    assert assess(told) == Assessment(severity)
    assert assess(replace(told, outcome=Outcome.DENIED)) == Assessment(INFORMATIONAL)


@pytest.mark.parametrize(
    ("direction", "severity"), [(Direction.INGRESS, CRITICAL), (None, CRITICAL), (Direction.EGRESS, INFORMATIONAL)]
)  # fmt: skip
def test_a_modified_rule_that_does_not_say_which_way_it_goes_is_judged_as_ingress(
    direction: Direction | None, severity: Severity
) -> None:
    modified = (replace(rule(), direction=direction),)
    assert assess(change(kind=ChangeKind.MODIFY, added=(), modified=modified)).severity is severity


@pytest.mark.parametrize(
    ("kind", "unknown"),
    [
        (ChangeKind.AUTHORIZE, True),
        (ChangeKind.MODIFY, True),
        (ChangeKind.REVOKE, False),
        (ChangeKind.DESCRIBE, False),
    ],
)
def test_rules_that_aws_left_out_count_as_open_where_the_call_may_open_something(
    kind: ChangeKind, unknown: bool
) -> None:
    told = change(kind=kind, added=(), is_cut=True)
    assert is_opening_unknown(told) is unknown
    assert assess(told) == Assessment(HIGH if unknown else INFORMATIONAL)
    assert assess(replace(told, outcome=Outcome.DENIED)) == Assessment(INFORMATIONAL)


@pytest.mark.parametrize(
    ("held", "severity"),
    [
        pytest.param((rule(), rule("tcp", (443, 443))), CRITICAL, id="something open"),
        pytest.param((rule(source="10.0.0.0/8"),), LOW, id="ingress that is harmless"),
        pytest.param((rule(direction=Direction.EGRESS),), INFORMATIONAL, id="egress alone"),
        pytest.param((), INFORMATIONAL, id="nothing"),
    ],
)
def test_what_the_group_holds_is_judged_where_the_rules_were_left_out(
    held: tuple[Rule, ...], severity: Severity
) -> None:
    assert assess(change(added=(), is_cut=True), held).severity is severity


def test_what_the_group_holds_is_not_asked_where_the_rules_are_told() -> None:
    assert assess(change(rule(source="10.0.0.0/8")), [rule()]).severity is LOW


def test_findings_beyond_the_first_twenty_are_counted() -> None:
    assessment = assess(change(*(rule("tcp", (n, n)) for n in range(9300, 9400, 2))))
    assert (len(assessment.findings), assessment.more_findings) == (20, 30)
    assert assessment.severity is CRITICAL


@pytest.mark.parametrize(
    ("added", "severity", "effects"),
    [
        pytest.param(
            ["0.0.0.0/1", "128.0.0.0/1"], CRITICAL, ["SSH (tcp 22) open to the internet"], id="the halves of the internet"
        ),
        pytest.param(
            ["8.8.8.0/25", "8.8.8.128/25"], MEDIUM, ["tcp 22 open to the wide public range 8.8.8.0/24"],
            id="the halves of a wide range",
        ),
        pytest.param(["8.8.8.0/25", "8.8.9.0/26"], LOW, [], id="two narrow ranges"),
        pytest.param(
            ["2000::/4", "3000::/4"], CRITICAL, ["SSH (tcp 22) open to the internet"], id="the halves of IPv6's"
        ),
    ],
)  # fmt: skip
def test_rules_are_judged_by_what_they_come_to_together(
    added: list[str], severity: Severity, effects: list[str]
) -> None:
    rules = [rule(source=source) for source in added]
    held = assess(change(added=(), is_cut=True), rules)
    for assessment in (assess(change(*rules)), held):
        assert assessment.severity is severity
        assert [finding.effect for finding in assessment.findings] == effects


def test_what_a_change_newly_admits_counts_and_not_what_it_names() -> None:
    told = change(rule("tcp", (22, 22)))
    nothing = Meaning(Knowledge.KNOWN, already=(rule("-1", (None, None)),))
    assert assess(told, meaning=nothing) == Assessment(INFORMATIONAL)
    part = Meaning(Knowledge.KNOWN, newly=(rule("tcp", (443, 443)),))
    assert assess(told, meaning=part).severity is LOW
    refused = change(rule("tcp", (22, 22)), outcome=Outcome.DENIED)
    assert assess(refused).severity is INFORMATIONAL


def test_findings_that_a_meaning_leaves_out_are_counted_if_they_may_be_findings() -> None:
    told = change(rule("tcp", (22, 22)))
    world, private = rule("tcp", (22, 22)), rule("tcp", (22, 22), "10.0.0.0/8")
    assert assess(told, meaning=Meaning(Knowledge.KNOWN, newly=(world,), more_newly=7)).more_findings == 7
    assert (
        assess(told, meaning=Meaning(Knowledge.KNOWN, newly=(world, private), more_newly=7)).more_findings
        == 0
    )
