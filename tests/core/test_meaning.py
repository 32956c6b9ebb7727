"""What a change means, by example: what it newly admits and no longer does, and how far that can be said."""

import json
from dataclasses import replace
from ipaddress import ip_network
from typing import Any

import pytest

from bot.aws.ledger_documents import read_meaning, write_meaning
from bot.core.assessment import Severity, assess
from bot.core.changes import ChangeKind, DescriptionEdit, GroupDetails, Observation
from bot.core.judged import RuleCounts
from bot.core.ledger import NOTHING_KNOWN, Entry, Gone, Ledger, Step
from bot.core.meaning import MAX_SHOWN, Alteration, Knowledge, Meaning, mean, what_it_let_in, what_it_opened
from bot.core.rules import Direction, Network, PortRange, Rule
from bot.core.severity import SensitivePorts, SeverityPolicy
from tests.ledgers import START, at, entry, fact_of, ledger, moment, step, words_of, written
from tests.makers import GROUP, a_change

INFORMATIONAL, LOW, MEDIUM, HIGH, CRITICAL = Severity

ALL_BUT_PRIVATE = [
    *("0.0.0.0/5", "8.0.0.0/7", "11.0.0.0/8", "12.0.0.0/6", "16.0.0.0/4", "32.0.0.0/3", "64.0.0.0/2"),
    "128.0.0.0/1",
]
"""Every IPv4 address but those of 10.0.0.0/8."""


def severity_of(told: Step, meaning: Meaning) -> Severity:
    return assess(fact_of(told), meaning=meaning).severity


@pytest.mark.parametrize(
    ("held", "added", "newly", "before", "opened", "severity"),
    [
        pytest.param([], ["tcp 22 0.0.0.0/0"], ["tcp 22 0.0.0.0/0"], [], ["tcp 22 0.0.0.0/0"], CRITICAL, id="first rule"),
        pytest.param(
            ["tcp 22 10.0.0.0/8"], ["tcp 22 0.0.0.0/0"],
            ["tcp 22 0.0.0.0/0"], ["tcp 22 10.0.0.0/8"], ["tcp 22 0.0.0.0/0"], CRITICAL,
            id="the internet, where some were admitted",
        ),
        pytest.param(
            ["tcp 22 0.0.0.0/1"], ["tcp 22 128.0.0.0/1"],
            ["tcp 22 0.0.0.0/0"], ["tcp 22 0.0.0.0/1"], ["tcp 22 0.0.0.0/0"], CRITICAL,
            id="the second half of the internet",
        ),
        pytest.param(
            ["tcp 20-30 0.0.0.0/1"], ["tcp 22 128.0.0.0/1"],
            ["tcp 22 0.0.0.0/0"], ["tcp 22 0.0.0.0/1"], ["tcp 22 0.0.0.0/0"], CRITICAL,
            id="the second half, of a part of the ports",
        ),
        pytest.param(
            [], ["tcp 22 0.0.0.0/1", "tcp 22 128.0.0.0/1"],
            ["tcp 22 0.0.0.0/0"], [], ["tcp 22 0.0.0.0/0"], CRITICAL, id="both halves at once",
        ),
        pytest.param(
            [], [f"tcp 22 {network}" for network in ALL_BUT_PRIVATE],
            ["tcp 22 0.0.0.0/0"], [], ["tcp 22 0.0.0.0/0"], CRITICAL, id="all that is routed globally, and more",
        ),
        pytest.param(
            [f"tcp 22 {network}" for network in ALL_BUT_PRIVATE], ["tcp 22 10.0.0.0/8"],
            ["tcp 22 10.0.0.0/8"], ["tcp 22 0.0.0.0/0"], [], LOW, id="a private range where the internet is",
        ),
        pytest.param(
            [], ["tcp 22 0.0.0.0/1"], ["tcp 22 0.0.0.0/1"], [], [], MEDIUM, id="wide, but not the world",
        ),
        pytest.param(
            [], ["tcp 22 0.0.0.0/1", "tcp 22 128.0.0.0/2", "tcp 22 192.0.0.0/4"],
            ["tcp 22 0.0.0.0/1", "tcp 22 128.0.0.0/2", "tcp 22 192.0.0.0/4"], [], ["tcp 22 0.0.0.0/0"], CRITICAL,
            id="nearly all of the internet",
        ),
        pytest.param(
            ["tcp 22 0.0.0.0/1"], ["tcp 22 128.0.0.0/2"],
            ["tcp 22 0.0.0.0/1", "tcp 22 128.0.0.0/2"], ["tcp 22 0.0.0.0/1"], ["tcp 22 0.0.0.0/0"], CRITICAL,
            id="what makes it nearly all",
        ),
        pytest.param(
            ["tcp 22 0.0.0.0/1", "tcp 22 128.0.0.0/2"], ["tcp 22 192.0.0.0/4"],
            ["tcp 22 192.0.0.0/4"], ["tcp 22 0.0.0.0/1", "tcp 22 128.0.0.0/2"], [], MEDIUM, id="more where nearly all were",
        ),
        pytest.param(
            ["tcp 22 0.0.0.0/1", "tcp 22 128.0.0.0/2"], ["tcp 22 0.0.0.0/0"],
            ["tcp 22 0.0.0.0/0"], ["tcp 22 0.0.0.0/1", "tcp 22 128.0.0.0/2"], [], CRITICAL, id="all where nearly all were",
        ),
        pytest.param(
            ["tcp 22 8.8.8.0/25"], ["tcp 22 8.8.8.128/25"],
            ["tcp 22 8.8.8.0/24"], ["tcp 22 8.8.8.0/25"], [], MEDIUM, id="the second half of a wide range",
        ),
        pytest.param(
            ["tcp 22 8.8.8.0/24"], ["tcp 22 8.8.9.0/25"],
            ["tcp 22 8.8.9.0/25"], ["tcp 22 8.8.8.0/24"], [], LOW, id="a narrow range beside a wide one",
        ),
        pytest.param(
            ["tcp 22 8.8.8.0/24"], ["tcp 22 8.8.9.0/24"],
            ["tcp 22 8.8.9.0/24"], ["tcp 22 8.8.8.0/24"], [], MEDIUM, id="a wide range beside a wide one",
        ),
        pytest.param(
            ["tcp 22 8.8.8.0/25", "tcp 22 8.8.8.192/26"], ["tcp 22 8.8.8.0/24"],
            ["tcp 22 8.8.8.0/24"], ["tcp 22 8.8.8.0/25", "tcp 22 8.8.8.192/26"], [], MEDIUM, id="a hole in a wide range",
        ),
        pytest.param(
            ["tcp 22 8.0.0.0/9", "tcp 22 8.128.0.0/10"], ["tcp 22 8.0.0.0/8"],
            ["tcp 22 8.192.0.0/10"], ["tcp 22 8.0.0.0/9", "tcp 22 8.128.0.0/10"], [], MEDIUM, id="the rest of a wide range",
        ),
        pytest.param(
            ["tcp 22 10.0.0.0/10"], ["tcp 22 10.0.0.0/8"],
            ["tcp 22 10.64.0.0/10", "tcp 22 10.128.0.0/9"], ["tcp 22 10.0.0.0/10"], [], LOW, id="few networks are told",
        ),
        pytest.param(
            ["tcp 22 10.1.2.3/32"], ["tcp 22 10.0.0.0/8"],
            ["tcp 22 10.0.0.0/8"], ["tcp 22 10.1.2.3/32"], [], LOW, id="many networks are told as the one around them",
        ),
        pytest.param(
            ["tcp 80 0.0.0.0/0"], ["tcp 80-443 0.0.0.0/0"],
            ["tcp 81-443 0.0.0.0/0"], [], ["tcp 81-443 0.0.0.0/0"], CRITICAL, id="a range around a port",
        ),
        pytest.param(
            ["tcp 20-30 0.0.0.0/0"], ["tcp 25-35 0.0.0.0/0"],
            ["tcp 31-35 0.0.0.0/0"], [], ["tcp 31-35 0.0.0.0/0"], HIGH, id="overlapping ranges of ports",
        ),
        pytest.param(
            [f"tcp {port} 10.0.0.0/8" for port in (10, 20, 30, 40)], ["tcp 5-45 10.0.0.0/8"],
            ["tcp 5-45 10.0.0.0/8"], [f"tcp {port} 10.0.0.0/8" for port in (10, 20, 30, 40)], [], LOW,
            id="many ranges of ports are told as the one around them",
        ),
        pytest.param(
            ["tcp 22 0.0.0.0/0"], ["tcp 22 ::/0"],
            ["tcp 22 ::/0"], ["tcp 22 0.0.0.0/0"], ["tcp 22 ::/0"], CRITICAL, id="the IPv6 twin",
        ),
        pytest.param(
            [], ["tcp 22 2000::/3"], ["tcp 22 ::/0"], [], ["tcp 22 ::/0"], CRITICAL, id="all of IPv6 that is routed",
        ),
        pytest.param(
            ["tcp 22 2001:db8::/32"], ["tcp 22 2001:db8::/31"],
            ["tcp 22 2001:db9::/32"], ["tcp 22 2001:db8::/32"], [], MEDIUM, id="a wide IPv6 range",
        ),
        pytest.param(
            ["tcp 22 0.0.0.0/0"], ["all 0.0.0.0/0"],
            ["all 0.0.0.0/0"], ["tcp 22 0.0.0.0/0"], ["all 0.0.0.0/0"], CRITICAL, id="all traffic, where one port was",
        ),
        pytest.param(
            ["icmp 8 0.0.0.0/0"], ["icmp 0.0.0.0/0"],
            ["icmp 0.0.0.0/0"], ["icmp 8 0.0.0.0/0"], ["icmp 0.0.0.0/0"], MEDIUM, id="all of ICMP, where a type was",
        ),
        pytest.param(
            ["icmp 8/0 10.0.0.0/8"], ["icmp 8 10.0.0.0/8"],
            ["icmp 8 10.0.0.0/8"], ["icmp 8/0 10.0.0.0/8"], [], LOW, id="a type of ICMP, where a code of it was",
        ),
        pytest.param(
            ["icmp 8 0.0.0.0/0"], ["icmp 0 0.0.0.0/0", "icmpv6 128 ::/0"],
            ["icmp 0 0.0.0.0/0", "icmpv6 128 ::/0"], [], ["icmp 0 0.0.0.0/0", "icmpv6 128 ::/0"], MEDIUM,
            id="types of ICMP",
        ),
        pytest.param(
            [], ["tcp 22 sg-1", "tcp 22 pl-9"], ["tcp 22 pl-9", "tcp 22 sg-1"], [], [], LOW, id="names stay names",
        ),
        pytest.param(
            ["tcp 22 sg-1"], ["tcp 22 10.0.0.0/8"], ["tcp 22 10.0.0.0/8"], ["tcp 22 sg-1"], [], LOW, id="beside a group",
        ),
        pytest.param([], ["tcp 22 pl-1"], ["tcp 22 0.0.0.0/0"], [], ["tcp 22 0.0.0.0/0"], CRITICAL, id="a list of the world"),
        pytest.param([], ["egress all 0.0.0.0/0"], ["egress all 0.0.0.0/0"], [], [], INFORMATIONAL, id="egress"),
        pytest.param(
            ["egress tcp 443 0.0.0.0/0"], ["tcp 443 0.0.0.0/0"],
            ["tcp 443 0.0.0.0/0"], [], ["tcp 443 0.0.0.0/0"], LOW, id="egress says nothing of ingress",
        ),
        pytest.param([], ["50 0.0.0.0/0"], ["50 0.0.0.0/0"], [], ["50 0.0.0.0/0"], HIGH, id="a protocol by number"),
    ],
)  # fmt: skip
def test_what_is_newly_admitted_is_told_with_what_was_so_before(
    held: list[str],
    added: list[str],
    newly: list[str],
    before: list[str],
    opened: list[str],
    severity: Severity,
) -> None:
    lists = {"pl-1": (ip_network("0.0.0.0/1"), ip_network("128.0.0.0/1"))}
    told = step(ledger(*held), adds=added)
    meaning = mean(told, lists)
    assert meaning.knowledge is Knowledge.KNOWN
    assert words_of(meaning.newly) == newly
    assert words_of(meaning.before) == before
    assert words_of(meaning.opened) == opened
    assert not meaning.no_longer
    assert not meaning.left
    assert not meaning.closed
    assert not meaning.already
    assert not meaning.still
    assert severity_of(told, meaning) is severity


def test_a_wide_range_is_as_wide_as_the_policy_says() -> None:
    told = step(ledger("tcp 22 8.8.8.0/25", "tcp 22 8.8.8.192/26"), adds=["tcp 22 8.8.8.0/24"])
    assert words_of(mean(told, {}, SeverityPolicy(wide_ipv4=24)).newly) == ["tcp 22 8.8.8.0/24"]
    assert words_of(mean(told, {}, SeverityPolicy(wide_ipv4=23)).newly) == ["tcp 22 8.8.8.128/26"]


def test_what_is_sensitive_here_comes_first_and_is_not_cut() -> None:
    policy = SeverityPolicy(sensitive=(SensitivePorts("billing API", PortRange(9444, 9444)),))
    ports = [f"tcp {9000 + 2 * number} 0.0.0.0/0" for number in range(MAX_SHOWN)]
    opens = step(ledger(), adds=[*ports, "tcp 9444 0.0.0.0/0"])
    closes = step(ledger(*ports, "tcp 9444 0.0.0.0/0"), removes=[*ports, "tcp 9444 0.0.0.0/0"])
    for meaning in (mean(opens, {}, policy), mean(closes, {}, policy)):
        moved = meaning.newly or meaning.no_longer
        assert words_of(moved)[0] == "tcp 9444 0.0.0.0/0"
        assert meaning.more_newly or meaning.more_no_longer
    assert words_of(mean(opens, {}).newly)[0] != "tcp 9444 0.0.0.0/0"


@pytest.mark.parametrize(
    ("held", "removed", "no_longer", "left", "closed"),
    [
        pytest.param(["tcp 22 0.0.0.0/0"], ["tcp 22 0.0.0.0/0"], ["tcp 22 0.0.0.0/0"], [], ["tcp 22 0.0.0.0/0"], id="ssh"),
        pytest.param(
            ["tcp 22 0.0.0.0/0", "tcp 22 10.0.0.0/8"], ["tcp 22 0.0.0.0/0"],
            ["tcp 22 0.0.0.0/0"], ["tcp 22 10.0.0.0/8"], ["tcp 22 0.0.0.0/0"], id="a private range stays",
        ),
        pytest.param(
            ["tcp 22 0.0.0.0/1", "tcp 22 128.0.0.0/1"], ["tcp 22 128.0.0.0/1"],
            ["tcp 22 0.0.0.0/0"], ["tcp 22 0.0.0.0/1"], ["tcp 22 0.0.0.0/0"], id="half of the internet stays",
        ),
        pytest.param(
            ["tcp 22 0.0.0.0/0", "tcp 22 ::/0"], ["tcp 22 0.0.0.0/0"],
            ["tcp 22 0.0.0.0/0"], ["tcp 22 ::/0"], [], id="the IPv6 twin stays: it is open still",
        ),
        pytest.param(
            ["tcp 22 0.0.0.0/0", "tcp 22 ::/0"], ["tcp 22 0.0.0.0/0", "tcp 22 ::/0"],
            ["tcp 22 0.0.0.0/0", "tcp 22 ::/0"], [], ["tcp 22 0.0.0.0/0", "tcp 22 ::/0"], id="both twins",
        ),
        pytest.param(
            ["all 0.0.0.0/0"], ["all 0.0.0.0/0"], ["all 0.0.0.0/0"], [], ["all 0.0.0.0/0"], id="all traffic",
        ),
        pytest.param(
            ["all 0.0.0.0/0", "tcp 22 0.0.0.0/0"], ["all 0.0.0.0/0"],
            ["all 0.0.0.0/0"], ["tcp 22 0.0.0.0/0"],
            ["tcp 0-21 0.0.0.0/0", "tcp 23-65535 0.0.0.0/0", "udp 0.0.0.0/0", "icmp 0.0.0.0/0", "icmpv6 0.0.0.0/0"],
            id="all traffic but a port: what is called closed is",
        ),
        pytest.param(
            ["all 0.0.0.0/0", "50 0.0.0.0/0"], ["all 0.0.0.0/0"],
            ["all 0.0.0.0/0"], ["50 0.0.0.0/0"],
            ["tcp 0.0.0.0/0", "udp 0.0.0.0/0", "icmp 0.0.0.0/0", "icmpv6 0.0.0.0/0"],
            id="all traffic but a protocol",
        ),
        pytest.param(["tcp 22 10.0.0.0/8"], ["tcp 22 10.0.0.0/8"], ["tcp 22 10.0.0.0/8"], [], [], id="no internet"),
        pytest.param(
            ["egress all 0.0.0.0/0"], ["egress all 0.0.0.0/0"], ["egress all 0.0.0.0/0"], [], [], id="egress",
        ),
        pytest.param(["tcp 22 pl-9"], ["tcp 22 pl-9"], ["tcp 22 pl-9"], [], [], id="a list that is not known"),
    ],
)  # fmt: skip
def test_what_is_no_longer_admitted_is_told_with_what_is_left(
    held: list[str], removed: list[str], no_longer: list[str], left: list[str], closed: list[str]
) -> None:
    told = step(ledger(*held), removes=removed)
    meaning = mean(told, {})
    assert meaning.knowledge is Knowledge.KNOWN
    assert words_of(meaning.no_longer) == no_longer
    assert words_of(meaning.left) == left
    assert sorted(words_of(meaning.closed)) == sorted(closed)
    assert words_of(each.rule for each in meaning.held) == removed
    assert (meaning.open_since is not None) is bool(closed)
    assert not meaning.newly
    assert not meaning.before
    assert not meaning.opened
    assert not meaning.still
    assert severity_of(told, meaning) is INFORMATIONAL


@pytest.mark.parametrize(
    ("held", "added", "already"),
    [
        pytest.param(["tcp 22 0.0.0.0/0"], "tcp 22 10.0.0.0/8", ["tcp 22 0.0.0.0/0"], id="a wider source"),
        pytest.param(["tcp 0-100 10.0.0.0/8"], "tcp 22 10.0.0.0/8", ["tcp 0-100 10.0.0.0/8"], id="more ports"),
        pytest.param(["all 10.0.0.0/8"], "icmp 8 10.0.0.0/8", ["all 10.0.0.0/8"], id="all traffic"),
        pytest.param(
            ["tcp 22 10.0.0.0/9", "tcp 22 10.128.0.0/9", "tcp 22 11.0.0.0/8", "tcp 22 10.0.0.0/24"],
            "tcp 22 10.0.0.0/8",
            ["tcp 22 10.0.0.0/9", "tcp 22 10.128.0.0/9"],
            id="two halves, and nothing that is not needed",
        ),
        pytest.param(
            ["tcp 22 10.0.0.0/9", "tcp 22 10.128.0.0/9", "tcp 20-30 10.0.0.0/8"], "tcp 22 10.0.0.0/8",
            ["tcp 20-30 10.0.0.0/8"], id="one rule rather than two",
        ),
        pytest.param(["tcp 22 sg-1"], "tcp 22 sg-1", ["tcp 22 sg-1"], id="the same group"),
        pytest.param(["egress all 0.0.0.0/0"], "egress tcp 443 10.0.0.0/8", ["egress all 0.0.0.0/0"], id="egress"),
    ],
)  # fmt: skip
def test_a_rule_under_what_is_admitted_already_changes_nothing(
    held: list[str], added: str, already: list[str]
) -> None:
    told = step(ledger(*held), adds=[added])
    meaning = mean(told, {})
    assert words_of(meaning.already) == already
    assert not meaning.newly
    assert severity_of(told, meaning) is INFORMATIONAL
    back = mean(step(ledger(*held, added), removes=[added]), {})
    if added not in held:
        assert words_of(back.still) == already
        assert not back.no_longer
        assert not back.closed


def test_what_is_admitted_already_only_in_part_is_no_reason() -> None:
    meaning = mean(step(ledger("tcp 22 10.0.0.0/9"), adds=["tcp 22 10.0.0.0/8"]), {})
    assert not meaning.already
    assert words_of(meaning.newly) == ["tcp 22 10.128.0.0/9"]


def test_the_rule_that_admits_it_already_is_named_by_its_id() -> None:
    wide = written("tcp 22 0.0.0.0/0", "sgr-wide")
    meaning = mean(step(ledger(wide), adds=["tcp 22 10.0.0.0/8"]), {})
    assert meaning.already == (wide,)


def modified(was: Rule | None, now: Rule, *others: Rule, known: bool = True) -> Step:
    """Make the step in which the rule *was* gets the values of *now*, which the call tells without a direction."""
    entries = tuple(entry(rule) for rule in (was, *others) if rule)
    before = Ledger(entries, is_known=known)
    renewed = entry(now, 0)
    after = Ledger((*(entry(rule) for rule in others), renewed), is_known=known)
    asked = replace(now, direction=None)
    change = a_change(
        kind=ChangeKind.MODIFY, event_name="ModifySecurityGroupRules", added=(), modified=(asked,)
    )
    return Step(change, before, after, (renewed,), entries[:1] if was else ())


def test_a_modified_rule_is_told_as_it_was_and_is() -> None:
    was, now = written("tcp 443 10.0.0.0/8", "sgr-1"), written("tcp 8443 0.0.0.0/0", "sgr-1")
    told = modified(was, now)
    meaning = mean(told, {})
    assert meaning.altered == (Alteration(was, now),)
    assert words_of(meaning.newly) == words_of(meaning.opened) == ["tcp 8443 0.0.0.0/0"]
    assert words_of(meaning.no_longer) == ["tcp 443 10.0.0.0/8"]
    assert not meaning.held
    assert severity_of(told, meaning) is HIGH


def test_a_rule_that_is_made_narrower_opens_nothing() -> None:
    was, now = written("tcp 20-30 0.0.0.0/0", "sgr-1"), written("tcp 22 0.0.0.0/0", "sgr-1")
    told = modified(was, now)
    meaning = mean(told, {})
    assert not meaning.newly
    assert not meaning.already
    assert words_of(meaning.no_longer) == ["tcp 20-21 0.0.0.0/0", "tcp 23-30 0.0.0.0/0"]
    assert severity_of(told, meaning) is INFORMATIONAL


def test_what_another_rule_admits_of_a_modified_one_stays() -> None:
    was, now = written("tcp 22 10.0.0.0/8", "sgr-1"), written("tcp 23 10.0.0.0/8", "sgr-1")
    other = written("tcp 20-30 10.0.0.0/8", "sgr-2")
    meaning = mean(modified(was, now, other), {})
    assert meaning.already == meaning.still == (other,)
    assert not meaning.newly
    assert not meaning.no_longer


def test_what_a_modified_rule_was_may_not_be_known() -> None:
    now = written("tcp 8443 0.0.0.0/0", "sgr-1")
    meaning = mean(modified(None, now, known=False), {})
    assert meaning.knowledge is Knowledge.NOT_READ
    assert meaning.altered == (Alteration(None, now),)
    assert words_of(meaning.newly) == ["tcp 8443 0.0.0.0/0"]


def test_a_rule_whose_direction_nobody_knows_makes_all_unclear() -> None:
    now = replace(written("tcp 8443 0.0.0.0/0", "sgr-1"), direction=None)
    told = modified(None, now)
    meaning = mean(told, {})
    assert meaning.knowledge is Knowledge.UNCLEAR
    assert [rule.direction for rule in meaning.newly] == [None]
    assert severity_of(told, meaning) is HIGH


def test_a_rule_whose_direction_is_known_from_its_id_is_told_with_it() -> None:
    was = written("egress tcp 443 10.0.0.0/8", "sgr-1")
    now = written("egress tcp 443 0.0.0.0/0", "sgr-1")
    meaning = mean(modified(was, now, known=False), {})
    assert words_of(meaning.newly) == ["egress tcp 443 0.0.0.0/0"]
    assert not meaning.opened


@pytest.mark.parametrize("named_by", ["id", "content"])
def test_a_new_description_is_told_with_the_old_one(named_by: str) -> None:
    rule = replace(written("tcp 22 10.0.0.0/8", "sgr-1"), description="before")
    named = "sgr-1" if named_by == "id" else written("tcp 22 10.0.0.0/8")
    edit = DescriptionEdit(named, "after")
    change = a_change(kind=ChangeKind.DESCRIBE, added=(), described=(edit,))
    now = replace(rule, description="after")
    meaning = mean(Step(change, ledger(rule), ledger(now)), {})
    assert meaning == Meaning(Knowledge.KNOWN, altered=(Alteration(rule, now),))


def test_a_new_description_of_a_rule_that_nobody_knows_is_told_as_far_as_it_can_be() -> None:
    rule = written("tcp 22 10.0.0.0/8")
    edits = (DescriptionEdit(rule, "after"), DescriptionEdit("sgr-9", "after"))
    meaning = mean(
        Step(a_change(kind=ChangeKind.DESCRIBE, added=(), described=edits), NOTHING_KNOWN, NOTHING_KNOWN), {}
    )
    assert meaning.altered == (Alteration(None, replace(rule, description="after")),)
    assert not meaning.newly


def test_a_deleted_group_is_told_with_what_it_held() -> None:
    held = (entry("tcp 22 0.0.0.0/0", -90, by="erin"), entry("egress all 0.0.0.0/0", -95))
    before = ledger(*held)
    change = a_change(kind=ChangeKind.DELETE, event_name="DeleteSecurityGroup", added=())
    told = Step(change, before, ledger(), (), held)
    meaning = mean(told, {})
    assert meaning.held == held
    assert words_of(meaning.closed) == ["tcp 22 0.0.0.0/0"]
    assert meaning.open_since == moment(-90)
    assert severity_of(told, meaning) is INFORMATIONAL


def test_what_is_known_of_a_deleted_group_is_closed_though_there_may_have_been_more() -> None:
    held = (entry("tcp 22 0.0.0.0/0", -90),)
    change = a_change(kind=ChangeKind.DELETE, event_name="DeleteSecurityGroup", added=())
    meaning = mean(Step(change, Ledger(held), Ledger(), (), held), {})
    assert meaning.knowledge is Knowledge.NOT_READ
    assert words_of(meaning.closed) == words_of(meaning.no_longer) == ["tcp 22 0.0.0.0/0"]
    assert meaning.open_since == moment(-90)


def test_a_created_group_begins_with_nothing_before() -> None:
    opened = entry("egress all 0.0.0.0/0", 0)
    change = a_change(kind=ChangeKind.CREATE, event_name="CreateSecurityGroup", added=())
    told = Step(change, NOTHING_KNOWN, ledger(opened), (opened,))
    meaning = mean(told, {})
    assert meaning.knowledge is Knowledge.KNOWN
    assert words_of(meaning.newly) == ["egress all 0.0.0.0/0"]
    assert severity_of(told, meaning) is INFORMATIONAL


def test_a_reading_tells_what_it_found_and_what_it_missed() -> None:
    reading = Observation(GroupDetails(GROUP, None, None), START, (written("tcp 443 0.0.0.0/0"),))
    gone, found = entry("tcp 22 0.0.0.0/0", -30), entry("tcp 443 0.0.0.0/0", 0)
    meaning = mean(Step(reading, ledger(gone), ledger(found), (found,), (gone,)), {})
    assert words_of(meaning.newly) == ["tcp 443 0.0.0.0/0"]
    assert words_of(meaning.closed) == ["tcp 22 0.0.0.0/0"]
    assert meaning.held == (gone,)
    assert not meaning.altered


def test_the_longest_of_what_closes_says_since_when_it_was_open() -> None:
    before = ledger(entry("tcp 22 0.0.0.0/0", -20), entry("tcp 443 0.0.0.0/0", -40))
    meaning = mean(step(before, removes=["tcp 22 0.0.0.0/0", "tcp 443 0.0.0.0/0"]), {})
    assert meaning.open_since == moment(-40)


def test_what_was_open_before_under_another_rule_was_open_all_the_time() -> None:
    earlier = entry("tcp 22 0.0.0.0/0", -40, closed=-20)
    before = ledger(entry("tcp 20-30 0.0.0.0/0", -30), closed=(earlier,))
    meaning = mean(step(before, removes=["tcp 20-30 0.0.0.0/0"]), {})
    assert meaning.open_since == moment(-30)  # of the whole range
    before = ledger(entry("tcp 22 0.0.0.0/0", -20), closed=(earlier,))
    meaning = mean(step(before, removes=["tcp 22 0.0.0.0/0"]), {})
    assert meaning.open_since == moment(-40)


SSH = "tcp 22 0.0.0.0/0"


def doubt(text: str) -> dict[str, Any]:
    return {"doubts": ((written(text), at(-5)),)}


def cut(call: str, kind: ChangeKind = ChangeKind.AUTHORIZE) -> dict[str, Any]:
    return {"cuts": (a_change("event-0", kind=kind, event_name=call, added=(), is_cut=True),)}


@pytest.mark.parametrize(
    ("before", "knowledge"),
    [
        pytest.param({}, Knowledge.KNOWN, id="all is known"),
        pytest.param({"is_known": False}, Knowledge.NOT_READ, id="nobody has read it"),
        pytest.param(doubt("tcp 22 10.0.0.0/8"), Knowledge.UNCLEAR, id="a doubt about this port"),
        pytest.param(doubt("tcp 20-30 10.0.0.0/8"), Knowledge.UNCLEAR, id="a doubt about a range around it"),
        pytest.param(doubt("all 10.0.0.0/8"), Knowledge.UNCLEAR, id="a doubt about all traffic"),
        pytest.param(doubt("tcp 23 10.0.0.0/8"), Knowledge.KNOWN, id="a doubt about another port"),
        pytest.param(doubt("udp 22 10.0.0.0/8"), Knowledge.KNOWN, id="a doubt about another protocol"),
        pytest.param(doubt("egress tcp 22 10.0.0.0/8"), Knowledge.KNOWN, id="a doubt about the other direction"),
        pytest.param({"blanks": ("sgr-9",)}, Knowledge.UNCLEAR, id="a rule of which only the id is known"),
        pytest.param(cut("AuthorizeSecurityGroupIngress"), Knowledge.LEFT_OUT, id="an ingress call was cut"),
        pytest.param(cut("AuthorizeSecurityGroupEgress"), Knowledge.KNOWN, id="an egress call was cut"),
        pytest.param(cut("ModifySecurityGroupRules", ChangeKind.MODIFY), Knowledge.LEFT_OUT, id="a modification was cut"),
        pytest.param(
            cut("UpdateSecurityGroupRuleDescriptionsIngress", ChangeKind.DESCRIBE), Knowledge.KNOWN,
            id="new descriptions were cut",
        ),
    ],
)  # fmt: skip
@pytest.mark.parametrize("adds", [True, False], ids=["adding", "removing"])
def test_what_is_not_known_of_the_groups_past_is_said(
    before: dict[str, Any], knowledge: Knowledge, adds: bool
) -> None:
    held = ledger("tcp 22 10.0.0.0/8", *(() if adds else (SSH,)), **before)
    told = step(held, adds=[SSH]) if adds else step(held, removes=[SSH])
    meaning = mean(told, {})
    assert meaning.knowledge is knowledge
    if adds:
        assert words_of(meaning.newly) == words_of(meaning.opened) == [SSH]
        assert words_of(meaning.before) == (["tcp 22 10.0.0.0/8"] if knowledge is Knowledge.KNOWN else [])
        assert severity_of(told, meaning) is CRITICAL
    else:
        assert words_of(meaning.no_longer) == [SSH]
        assert words_of(meaning.closed) == ([SSH] if knowledge is Knowledge.KNOWN else [])


@pytest.mark.parametrize("text", ["tcp 22 10.0.0.0/8", "tcp 22 0.0.0.0/0"])
def test_a_live_rule_of_unknown_direction_is_a_doubt_about_both(text: str) -> None:
    either = replace(written("tcp 22 172.16.0.0/12", "sgr-9"), direction=None)
    for added in (text, f"egress {text}"):
        assert mean(step(ledger(either), adds=[added]), {}).knowledge is Knowledge.UNCLEAR
    assert mean(step(ledger(either), adds=["tcp 23 10.0.0.0/8"]), {}).knowledge is Knowledge.KNOWN


def test_a_doubt_that_the_change_itself_makes_is_one() -> None:
    told = step(ledger(), adds=[SSH], after=doubt(SSH))
    assert mean(told, {}).knowledge is Knowledge.UNCLEAR


def test_a_rule_that_closes_and_was_never_known_leaves_what_was_unclear() -> None:
    gone = {"gone": (Gone("sgr-9", moment(0)),)}
    assert mean(step(ledger(), after=gone), {}).knowledge is Knowledge.UNCLEAR


@pytest.mark.parametrize("before", [doubt("udp 99 10.0.0.0/8"), cut("AuthorizeSecurityGroupEgress")])
def test_whatever_is_in_doubt_matters_to_the_deletion_of_the_group(before: dict[str, Any]) -> None:
    change = a_change(kind=ChangeKind.DELETE, event_name="DeleteSecurityGroup", added=())
    told = Step(change, ledger(**before), ledger())
    assert mean(told, {}).knowledge is not Knowledge.KNOWN


@pytest.mark.parametrize(
    "fields", [{"is_cut": True}, {"kind": ChangeKind.NOT_UNDERSTOOD}], ids=["cut", "not understood"]
)
def test_what_aws_left_out_of_the_change_itself_is_not_known(fields: dict[str, Any]) -> None:
    assert mean(step(ledger(), **fields), {}).knowledge is Knowledge.LEFT_OUT


def test_of_what_is_not_known_the_change_alone_tells() -> None:
    before = ledger("tcp 22 0.0.0.0/0", is_known=False)
    meaning = mean(step(before, adds=["tcp 22 10.0.0.0/8"]), {})
    assert words_of(meaning.newly) == ["tcp 22 10.0.0.0/8"]
    assert not meaning.already
    assert not meaning.before


@pytest.mark.parametrize(
    ("known", "added", "newly", "severity"),
    [
        ("tcp 22 0.0.0.0/1", "tcp 22 128.0.0.0/1", ["tcp 22 0.0.0.0/0"], CRITICAL),
        ("tcp 22 0.0.0.0/1", "tcp 22 128.0.0.0/2", ["tcp 22 0.0.0.0/1", "tcp 22 128.0.0.0/2"], CRITICAL),
        ("tcp 22 8.8.8.0/25", "tcp 22 8.8.8.128/25", ["tcp 22 8.8.8.0/24"], MEDIUM),
        ("tcp 22 0.0.0.0/0", "tcp 22 0.0.0.0/1", ["tcp 22 0.0.0.0/1"], MEDIUM),
    ],
)
def test_of_a_group_that_nobody_has_read_what_is_known_to_be_live_counts_as_well(
    known: str, added: str, newly: list[str], severity: Severity
) -> None:
    told = step(ledger(known, is_known=False), adds=[added])
    meaning = mean(told, {})
    assert meaning.knowledge is Knowledge.NOT_READ
    assert words_of(meaning.newly) == newly
    assert severity_of(told, meaning) is severity


def test_what_a_rule_got_in_place_of_what_it_had_is_not_called_closed() -> None:
    was, now = written("tcp 22 0.0.0.0/0", "sgr-1"), written("tcp 22-23 0.0.0.0/0", "sgr-1")
    meaning = mean(modified(was, now, known=False), {})
    assert words_of(meaning.newly) == ["tcp 22-23 0.0.0.0/0"]
    assert not meaning.no_longer


def test_a_change_alone_tells_what_its_rules_admit_together() -> None:
    rules = tuple(written(f"tcp 22 {half}") for half in ("0.0.0.0/1", "128.0.0.0/1"))
    change = a_change(added=(*rules, written("egress all 0.0.0.0/0")), removed=(written("tcp 80 0.0.0.0/0"),))
    meaning = mean(Step(change, NOTHING_KNOWN, NOTHING_KNOWN), {})
    assert meaning.knowledge is Knowledge.NOT_READ
    assert words_of(meaning.newly) == ["tcp 22 0.0.0.0/0", "egress all 0.0.0.0/0"]
    assert words_of(meaning.opened) == ["tcp 22 0.0.0.0/0"]
    assert words_of(meaning.no_longer) == ["tcp 80 0.0.0.0/0"]
    assert not meaning.closed
    assert assess(change, meaning=meaning).severity is CRITICAL
    assert assess(change).severity is CRITICAL


def test_what_is_too_much_to_show_is_counted_and_the_worst_is_shown() -> None:
    rules = [f"tcp {port} 10.0.0.0/8" for port in range(102, 160, 2)]
    told = step(ledger(), adds=[*rules, SSH])
    meaning = mean(told, {})
    assert words_of(meaning.newly[:1]) == [SSH]
    assert (len(meaning.newly), meaning.more_newly) == (MAX_SHOWN, 10)
    assert assess(fact_of(told), meaning=meaning).more_findings == 0
    back = mean(step(ledger(*rules, SSH), removes=[*rules, SSH]), {})
    assert (len(back.no_longer), back.more_no_longer) == (MAX_SHOWN, 10)
    assert words_of(each.rule for each in back.held[:1]) == [SSH]
    assert (len(back.held), back.more_held) == (MAX_SHOWN, 10)
    held = [rule.replace("10.0.0.0/8", "sg-1") for rule in rules]
    around = mean(step(ledger(*held), adds=["tcp 101-160 10.0.0.0/8"]), {})
    assert (len(around.before), around.more_before) == (MAX_SHOWN, 9)
    around = mean(step(ledger(*held, "tcp 101-160 10.0.0.0/8"), removes=["tcp 101-160 10.0.0.0/8"]), {})
    assert (len(around.left), around.more_left) == (MAX_SHOWN, 9)


def test_findings_that_are_not_shown_are_counted_by_what_they_stand_for() -> None:
    told = step(ledger(), adds=[f"tcp {port} 0.0.0.0/0" for port in range(9301, 9361, 2)])
    assessment = assess(fact_of(told), meaning=mean(told, {}))
    assert (len(assessment.findings), assessment.more_findings) == (20, 10)


def test_not_more_rules_than_can_be_shown_are_named_as_reasons() -> None:
    held = [written(f"tcp {port} 10.0.0.0/8", f"sgr-{port}") for port in range(2, 80, 2)]
    added = [f"tcp {port} 10.0.0.0/9" for port in range(2, 80, 2)]
    assert len(mean(step(ledger(*held), adds=added), {}).already) == MAX_SHOWN


def test_a_rule_that_names_an_empty_prefix_list_admits_nobody_new_and_nothing_covers_it() -> None:
    meaning = mean(step(ledger("tcp 22 10.0.0.0/8"), adds=["tcp 22 pl-1"]), {"pl-1": ()})
    assert (words_of(meaning.newly), words_of(meaning.already)) == ([], [])


def test_prefix_lists_are_taken_for_their_entries() -> None:
    lists = {"pl-1": (ip_network("10.0.0.0/8"), ip_network("192.168.0.0/16"))}
    meaning = mean(step(ledger("tcp 22 pl-1"), adds=["tcp 22 10.1.0.0/16"]), lists)
    assert words_of(meaning.already) == ["tcp 22 pl-1"]
    meaning = mean(step(ledger("tcp 22 10.0.0.0/8"), adds=["tcp 22 pl-1"]), lists)
    assert words_of(meaning.newly) == ["tcp 22 192.168.0.0/16"]


class _Counted(dict[str, tuple[Network, ...]]):
    """Prefix lists that count how often the entries of any are looked up."""

    asked = 0

    def __getitem__(self, prefix_list_id: str) -> tuple[Network, ...]:
        self.asked += 1
        return super().__getitem__(prefix_list_id)


def test_of_a_large_group_the_rules_that_a_change_leaves_alone_are_joined_once() -> None:
    lists = _Counted({f"pl-{n}": (ip_network(f"10.0.{n}.0/24"),) for n in range(100)})
    told = step(ledger(*(f"tcp 22 pl-{n}" for n in range(100))), adds=["tcp 22 192.168.0.0/16"])
    assert words_of(mean(told, lists).newly) == ["tcp 22 192.168.0.0/16"]
    assert lists.asked == 100


def test_a_call_for_what_is_there_changes_nothing() -> None:
    held: Entry = entry("tcp 22 10.0.0.0/8")
    change = a_change(added=(held.rule,))
    meaning = mean(Step(change, ledger(held), ledger(held)), {})
    assert not meaning.newly
    assert meaning.already == (held.rule,)


def test_of_a_rule_without_direction_nothing_is_left_out() -> None:
    either = replace(written("tcp 22 0.0.0.0/0"), direction=None)
    meaning = mean(
        Step(a_change(kind=ChangeKind.MODIFY, added=(), modified=(either,)), NOTHING_KNOWN, NOTHING_KNOWN), {}
    )
    assert meaning.newly == meaning.opened == (either,)
    assert meaning.newly[0].direction is not Direction.INGRESS


class TestCounts:
    def counted(self, before: int, after: int, *, known: bool = True, **more: Any) -> RuleCounts | None:
        rules = [written(f"tcp {port} 10.0.0.0/8") for port in range(1, max(before, after) + 1)]
        was, now = (replace(ledger(*rules[:count]), is_known=known) for count in (before, after))
        told = a_change(**{"added": tuple(rules[before:after]), **more})
        return mean(Step(told, was, now), {}).counts

    def test_the_rules_of_each_direction_are_counted_where_some_came(self) -> None:
        assert self.counted(50, 51) == RuleCounts((50, 51), (0, 0))

    def test_they_are_not_where_none_came_or_not_all_are_known(self) -> None:
        assert self.counted(51, 50) is None
        assert self.counted(50, 51, known=False) is None

    def test_a_group_that_is_created_had_none(self) -> None:
        assert self.counted(0, 1, known=False, kind=ChangeKind.CREATE) == RuleCounts((0, 1), (0, 0))

    def test_they_are_kept_with_the_meaning(self) -> None:
        for meaning in (
            Meaning(Knowledge.KNOWN, counts=RuleCounts((50, 51), (1, 2))),
            Meaning(Knowledge.KNOWN),
        ):
            assert read_meaning(json.loads(json.dumps(write_meaning(meaning)))) == meaning


def test_nothing_that_is_known_opened_nothing() -> None:
    assert what_it_opened(None) == ()


def test_what_is_to_be_closed_again_is_what_matters_else_all_that_is_let_in() -> None:
    internal, world, out = (
        written("tcp 22 10.0.0.0/8"),
        written("tcp 22 0.0.0.0/0"),
        written("egress all ::/0"),
    )
    assert what_it_opened(Meaning(Knowledge.KNOWN, newly=(internal, out))) == (internal,)
    database, twin = written("tcp 5432 10.0.0.0/8"), written("tcp 22 2001:db8::/32")
    several = Meaning(Knowledge.KNOWN, newly=(world, database, twin), opened=(world,))
    assert what_it_opened(several) == (world,)
    assert what_it_let_in(several) == (world, twin, database)
    wide = written("tcp 3306 52.0.0.0/8")
    serious = Meaning(Knowledge.KNOWN, newly=(world, wide, database), opened=(world,))
    assert what_it_opened(serious) == (world, wide)


def test_the_ranges_that_make_up_the_internet_are_not_named_beside_it() -> None:
    world, half, quarter = map(written, ("tcp 22 0.0.0.0/0", "tcp 22 0.0.0.0/1", "tcp 22 128.0.0.0/2"))
    assert what_it_opened(Meaning(Knowledge.KNOWN, newly=(half, quarter), opened=(world,))) == (world,)


def test_no_more_is_waited_for_than_an_alert_keeps() -> None:
    worlds = tuple(written(f"tcp {9000 + 2 * number} 0.0.0.0/0") for number in range(MAX_SHOWN))
    inside = written("tcp 5432 10.0.0.0/8")
    assert what_it_opened(Meaning(Knowledge.KNOWN, newly=(*worlds, inside), opened=worlds)) == worlds
