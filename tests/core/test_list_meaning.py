"""What an edit of a prefix list opens and closes on the groups that name it."""

from dataclasses import replace
from ipaddress import ip_network
from typing import Any

import pytest

from bot.core.alerts import Alert
from bot.core.assessment import Finding, Severity
from bot.core.changes import ChangeKind, GroupKey, PrefixListEdit
from bot.core.ledger import Entry, Ledger, Moment
from bot.core.list_completion import complete_edit
from bot.core.list_meaning import (
    MAX_EFFECTS,
    MAX_NAMED,
    MAX_RULES,
    ListEffect,
    ListMeaning,
    NamedGroup,
    NamingGroup,
    mean_edit,
)
from bot.core.rules import Direction, Network, PrefixList, ReferencedGroup, Rule
from tests.makers import NOW, a_change, a_rule, an_alert

LIST = "pl-0123456789abcdef0"
OFFICE, HOME, WORLD, WORLD6, LOW_HALF, HIGH_HALF = map(
    ip_network, ("23.0.0.0/24", "24.0.0.0/24", "0.0.0.0/0", "::/0", "0.0.0.0/1", "128.0.0.0/1")
)


def named(port: int = 22, **more: Any) -> Rule:
    return replace(a_rule(port=port), source=PrefixList(LIST), **more)


def group(name: str, *rules: Rule, is_known: bool = True) -> NamingGroup:
    entries = tuple(Entry(rule, Moment(NOW), seen=NOW) for rule in rules)
    key = GroupKey("111122223333", "eu-west-1", f"sg-{name}")
    return NamingGroup(NamedGroup(key, name), Ledger(live=entries, is_known=is_known))


def mean(
    was: tuple[Network, ...], now: tuple[Network, ...], *groups: NamingGroup, **more: Any
) -> ListMeaning:
    return mean_edit(LIST, was, now, groups, more.pop("others", {}), **more)


def lines(effects: tuple[ListEffect, ...]) -> list[str]:
    """Write effects as "tcp 22 0.0.0.0/0, … on web, app +1"."""
    return [
        ", ".join(f"{rule.traffic} {rule.source}" for rule in effect.rules)
        + " on "
        + ", ".join(str(each.name) for each in effect.groups)
        + (f" +{effect.more_groups}" if effect.more_groups else "")
        for effect in effects
    ]


class TestWhatItOpens:
    def test_the_new_entry_on_the_ports_of_the_rules_that_name_the_list(self) -> None:
        meaning = mean(
            (OFFICE,), (OFFICE, WORLD), group("web", named(22), named(443), a_rule("10.0.0.0/8", 80))
        )
        assert lines(meaning.opens) == ["tcp 22 0.0.0.0/0, tcp 443 0.0.0.0/0 on web"]
        assert meaning.closes == ()

    def test_groups_that_fare_alike_stand_together_the_worst_first(self) -> None:
        groups = [group("web", named(443)), group("app", named(22)), group("db", named(22))]
        assert lines(mean((), (WORLD,), *groups).opens) == [
            "tcp 22 0.0.0.0/0 on app, db",
            "tcp 443 0.0.0.0/0 on web",
        ]

    def test_what_another_rule_admits_already_is_nothing_new(self) -> None:
        meaning = mean(
            (), (OFFICE,), group("web", named(22), a_rule("23.0.0.0/8", 22)), group("app", named(22))
        )
        assert lines(meaning.opens) == ["tcp 22 23.0.0.0/24 on app"]
        assert (meaning.groups, meaning.is_certain) == (2, True)

    def test_another_list_counts_as_its_entries(self) -> None:
        other = replace(a_rule(), source=PrefixList("pl-other"))
        groups = (group("web", named(22), other),)
        assert mean((), (OFFICE,), *groups, others={"pl-other": (ip_network("23.0.0.0/8"),)}).opens == ()
        assert len(mean((), (OFFICE,), *groups).opens) == 1

    def test_the_half_that_completes_the_internet_opens_the_internet(self) -> None:
        meaning = mean((LOW_HALF,), (LOW_HALF, HIGH_HALF), group("web", named(22)))
        assert lines(meaning.opens) == ["tcp 22 0.0.0.0/0 on web"]

    def test_egress_is_told_apart_from_ingress(self) -> None:
        meaning = mean((), (OFFICE,), group("web", named(22, direction=Direction.EGRESS)))
        (effect,) = meaning.opens
        assert [rule.direction for rule in effect.rules] == [Direction.EGRESS]

    def test_members_of_a_group_that_another_rule_names_are_not_the_world(self) -> None:
        members = replace(a_rule(), source=ReferencedGroup("sg-0b"))
        meaning = mean((), (OFFICE,), group("web", named(22), members))
        assert lines(meaning.opens) == ["tcp 22 23.0.0.0/24 on web"]


class TestWhatItCloses:
    def test_an_entry_that_goes_closes_its_ports(self) -> None:
        meaning = mean((OFFICE, WORLD), (OFFICE,), group("web", named(22)))
        assert lines(meaning.closes) == ["tcp 22 0.0.0.0/0 on web"]
        assert meaning.opens == ()

    def test_one_that_another_rule_admits_still_closes_nothing(self) -> None:
        assert mean((WORLD,), (), group("web", named(22), a_rule("0.0.0.0/0", 22))).closes == ()


class TestBounds:
    def test_a_group_without_a_rule_that_names_the_list_does_not_count(self) -> None:
        meaning = mean((), (WORLD,), group("web", a_rule("10.0.0.0/8", 22)))
        assert meaning == ListMeaning(is_known=True)
        assert not meaning.is_certain

    def test_a_group_that_nobody_has_read_is_counted_as_unclear(self) -> None:
        meaning = mean((), (WORLD,), group("web", named(22), is_known=False), group("app", named(22)))
        assert (meaning.groups, meaning.unclear, meaning.is_certain) == (2, 1, False)

    def test_of_many_some_are_named_and_the_rest_counted(self) -> None:
        groups = [group(f"web-{number:02d}", named(22)) for number in range(20)]
        (effect,) = mean((), (WORLD,), *groups).opens
        assert [each.name for each in effect.groups] == ["web-00", "web-01", "web-02"][:MAX_NAMED]
        assert effect.more_groups == 20 - MAX_NAMED

    def test_of_many_effects_the_worst_are_kept(self) -> None:
        groups = [group(f"g-{number}", named(1000 + 2 * number)) for number in range(9)]
        meaning = mean((), (WORLD,), *groups, group("ssh", named(22)))
        assert lines(meaning.opens)[0] == "tcp 22 0.0.0.0/0 on ssh"
        assert (len(meaning.opens), meaning.more_opens) == (MAX_EFFECTS, 10 - MAX_EFFECTS)

    def test_of_many_rules_some_are_kept(self) -> None:
        (effect,) = mean((), (WORLD,), group("web", *(named(1000 + 2 * port) for port in range(20)))).opens
        assert (len(effect.rules), effect.more_rules) == (MAX_RULES, 20 - MAX_RULES)


def an_edit(*added: Network, **more: Any) -> Alert:
    edit = PrefixListEdit(LIST, tuple((network, None) for network in added), version=3, **more)
    return an_alert(a_change(kind=ChangeKind.PREFIX_LIST, added=(), group_id=None, effect=edit))


class TestCompletion:
    def test_the_severity_is_that_of_what_is_newly_open(self) -> None:
        alert = an_edit(WORLD)
        assert alert.assessment.severity is Severity.HIGH
        completion = complete_edit(alert, mean((), (WORLD,), group("web", named(22))))
        assert completion
        assert completion.assessment.severity is Severity.CRITICAL
        assert completion.assessment.findings == (
            Finding(Severity.CRITICAL, "SSH (tcp 22)", "the internet", "EC2.19, CIS AWS 7.0 §6.3"),
        )
        assert completion.is_more

    def test_it_falls_where_every_group_is_understood(self) -> None:
        completion = complete_edit(an_edit(WORLD), mean((), (WORLD,), group("web", named(443))))
        assert completion
        assert (completion.assessment.severity, completion.is_more) == (Severity.LOW, False)

    @pytest.mark.parametrize(
        "meaning",
        [
            pytest.param(ListMeaning(is_known=True), id="no group is known to name it"),
            pytest.param(ListMeaning(is_known=False), id="the entries are not known"),
            pytest.param(
                mean((), (WORLD,), group("web", named(443), is_known=False)), id="a group was not read"
            ),
            pytest.param(
                mean((), (WORLD,), group("web", named(443)), is_cut=True), id="there are more groups"
            ),
        ],
    )
    def test_it_does_not_fall_otherwise(self, meaning: ListMeaning) -> None:
        completion = complete_edit(an_edit(WORLD), meaning)
        assert completion
        assert completion.assessment.severity is Severity.HIGH
        assert completion.assessment.findings

    def test_nearly_all_of_the_internet_is_judged_as_all_of_it(self) -> None:
        entries = (LOW_HALF, ip_network("128.0.0.0/2"))
        completion = complete_edit(an_edit(*entries), mean((), entries, group("web", named(22))), (), entries)
        assert completion
        assert completion.assessment.findings[0].effect == "SSH (tcp 22) open to nearly all of the internet"

    @pytest.mark.parametrize(
        ("added", "severity", "audience"),
        [
            (HIGH_HALF, Severity.HIGH, "the internet"),
            (ip_network("128.0.0.0/2"), Severity.HIGH, "nearly all of the internet"),
            (ip_network("128.0.0.0/3"), Severity.MEDIUM, "the wide public range 128.0.0.0/3"),
        ],
    )
    def test_an_entry_is_judged_with_those_that_the_list_had(
        self, added: Network, severity: Severity, audience: str
    ) -> None:
        alert = an_edit(added)
        assert alert.assessment.severity is Severity.MEDIUM
        completion = complete_edit(alert, ListMeaning(is_known=True), (LOW_HALF,), (LOW_HALF, added))
        assert completion
        assert completion.assessment.severity is severity
        assert completion.assessment.findings[0].audience == audience

    def test_an_edit_that_opens_nothing_is_informational(self) -> None:
        completion = complete_edit(
            an_edit(OFFICE), mean((), (OFFICE,), group("web", named(22), a_rule("0.0.0.0/0")))
        )
        assert completion
        assert completion.assessment.severity is Severity.INFORMATIONAL

    def test_a_restored_version_is_told_by_its_entries(self) -> None:
        alert = an_edit(restored_version=1)
        completion = complete_edit(alert, mean((OFFICE,), (HOME,)), (OFFICE,), (HOME,))
        assert completion
        edit = completion.digest.change.effect
        assert isinstance(edit, PrefixListEdit)
        assert (edit.added, edit.removed, completion.digest.count) == (((HOME, None),), (OFFICE,), 2)

    def test_the_same_again_adds_nothing(self) -> None:
        meaning = mean((), (WORLD,), group("web", named(22)))
        assert complete_edit(replace(an_edit(WORLD), list_meaning=meaning), meaning) is None
