"""What is found in several rules taken together."""

from dataclasses import replace
from ipaddress import IPv4Network

import pytest

from bot.core.assessment import assess
from bot.core.findings import Severity, judge_all
from bot.core.meaning import MAX_SHOWN, mean
from bot.core.named_networks import NamedNetworks
from bot.core.rules import ReferencedGroup
from bot.core.severity import SeverityPolicy
from bot.core.who import Known
from tests.ledgers import fact_of, ledger, step, written

NEARLY_ALL = ("0.0.0.0/1", "128.0.0.0/2", "192.0.0.0/4")
ALL_BUT_ONE = [*IPv4Network("0.0.0.0/0").address_exclude(IPv4Network("1.1.1.1/32"))]


def from_each(traffic: str, *sources: str) -> list[str]:
    return [f"{traffic} {source}" for source in sources]


class TestNearlyAllOfTheInternet:
    @pytest.mark.parametrize(
        ("rules", "effect", "severity", "control"),
        [
            (
                from_each("tcp 22", *NEARLY_ALL),
                "SSH (tcp 22) open to nearly all of the internet",
                Severity.CRITICAL,
                "EC2.19, CIS AWS 7.0 §6.3",
            ),
            (
                from_each("all", *NEARLY_ALL),
                "everything open to nearly all of the internet",
                Severity.CRITICAL,
                "EC2.19, CIS AWS 7.0 §6.3",
            ),
            (
                from_each("tcp 6379", "2000::/4", "3000::/4"),
                "Redis (tcp 6379) open to nearly all of the internet",
                Severity.HIGH,
                "EC2.18",
            ),
        ],
    )
    def test_it_is_judged_as_all_of_it(
        self, rules: list[str], effect: str, severity: Severity, control: str
    ) -> None:
        worst = judge_all(map(written, rules))[0]
        assert (worst.effect, worst.severity, worst.control) == (effect, severity, control)

    def test_other_traffic_and_egress_are_not_taken_together(self) -> None:
        apart = ["tcp 22 0.0.0.0/1", "tcp 23 128.0.0.0/2", "egress tcp 22 128.0.0.0/2"]
        assert all(finding.severity is Severity.MEDIUM for finding in judge_all(map(written, apart)))

    def test_what_all_of_it_is_let_in_to_is_not_said_twice(self) -> None:
        both = judge_all(map(written, [*from_each("tcp 22", *NEARLY_ALL), "all 0.0.0.0/0"]))
        assert [each.audience for each in both if each.severity is Severity.CRITICAL] == ["the internet"]

    def test_it_is_seen_though_no_card_lists_all_its_rules(self) -> None:
        told = step(ledger(), adds=[f"tcp 22 {network}" for network in ALL_BUT_ONE])
        meaning = mean(told, {})
        assert len(meaning.newly) == MAX_SHOWN
        assessment = assess(fact_of(told), meaning=meaning)
        assert assessment.findings[0].effect == "SSH (tcp 22) open to nearly all of the internet"


class TestPublicRanges:
    @pytest.mark.parametrize(
        ("sources", "audience"),
        [
            (["8.8.8.0/24"], "the wide public range 8.8.8.0/24"),
            (["9.0.0.0/8", "16.0.0.0/4", "2.0.0.0/8"], "3 wide public ranges, the widest 16.0.0.0/4"),
            (["8.8.8.0/24", "8.8.10.0/25"], "the wide public range 8.8.8.0/24"),
            (["8.8.8.0/25", "8.8.10.0/25"], "2 public ranges, 256 addresses together"),
            (["8.8.8.0/25", "8.8.10.0/26"], None),
            (["8.8.8.0/25", "8.8.8.0/25"], None),
            (["10.0.8.0/25", "8.8.10.0/25"], None),
            (["2600::/49", "2600:0:1::/49"], "2 public ranges, wide together"),
        ],
    )
    def test_those_that_the_same_traffic_is_open_to_are_one_finding(
        self, sources: list[str], audience: str | None
    ) -> None:
        found = judge_all(map(written, from_each("tcp 443", *sources)))
        assert [each.audience for each in found] == ([audience] if audience else [])
        assert all(each.severity is Severity.MEDIUM for each in found)

    def test_each_traffic_and_each_ip_version_has_its_own(self) -> None:
        rules = [*from_each("tcp 443", "8.0.0.0/8", "2600::/32"), "tcp 22 8.0.0.0/8", "udp 53 9.0.0.0/25"]
        assert [each.effect for each in judge_all(map(written, rules))] == [
            "tcp 22 open to the wide public range 8.0.0.0/8",
            "tcp 443 open to the wide public range 2600::/32",
            "tcp 443 open to the wide public range 8.0.0.0/8",
        ]

    def test_what_is_not_shown_is_not_counted(self) -> None:
        for width, audience in (
            (8, "at least 20 wide public ranges, the widest 50.0.0.0/8"),
            (25, "at least 20 public ranges, 2,560 addresses together"),
        ):
            told = step(ledger(), adds=[f"tcp 443 {net}.0.0.0/{width}" for net in range(50, 100, 2)])
            assessment = assess(fact_of(told), meaning=mean(told, {}))
            assert [each.audience for each in assessment.findings] == [audience]

    def test_an_organisation_s_own_are_not_counted_among_strangers(self) -> None:
        own = SeverityPolicy(networks=NamedNetworks((("Seoul office", IPv4Network("8.8.8.0/25")),)))
        rules = from_each("tcp 443", "8.8.8.0/25", "8.8.10.0/25")
        assert [each.severity for each in judge_all(map(written, rules), own)] == [Severity.LOW]


def test_a_group_of_an_account_that_is_not_known_is_not_cut_off_behind_what_matters_less() -> None:
    strange = replace(written("tcp 22 sg-1"), source=ReferencedGroup("sg-1", "999988887777"))
    told = step(ledger(), adds=[*(f"tcp 22 8.{net}.8.0/24" for net in range(0, 60, 2)), strange])
    meaning = mean(told, {})
    assert meaning.more_newly
    assessment = assess(fact_of(told), meaning=meaning, known=Known({"111122223333": "payments-prod"}))
    assert assessment.severity is Severity.HIGH
