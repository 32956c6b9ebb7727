"""What sits behind a group, from what EC2 tells of its network interfaces."""

from dataclasses import replace
from typing import Any

import pytest

from bot.core.alerts import Share, raise_alert
from bot.core.assessment import Assessment, Severity, assess
from bot.core.behind import (
    MOST_REFERENCED,
    Behind,
    Example,
    Kind,
    NotRead,
    OfGroup,
    Referenced,
    Surroundings,
    Tally,
    Trouble,
    asks_what_sits_behind,
    groups_admitted,
    lowered,
)
from bot.core.changes import ChangeKind, Discovery, Membership, Outcome
from bot.core.interfaces import NetworkInterface, sum_up
from bot.core.rules import Direction, ReferencedGroup
from bot.core.severity import Remark
from tests.makers import GROUP, NOW, a_change, a_rule, an_alert

NOTHING = Behind(NOW, 0)


def managed(description: str = "", type_: str = "interface", **more: object) -> NetworkInterface:
    """Make an interface of a service."""
    return replace(
        NetworkInterface("eni-1", type_, description, is_managed=True),
        **more,  # type: ignore[arg-type]
    )


def instance(interface_id: str, instance_id: str, **more: object) -> NetworkInterface:
    return replace(NetworkInterface(interface_id, instance_id=instance_id), **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("interface", "kind", "name"),
    [
        (instance("eni-1", "i-0a"), Kind.INSTANCE, "i-0a"),
        (instance("eni-1", "i-0a", name="web-1"), Kind.INSTANCE, "web-1"),
        (managed("ELB app/web/50dc6c495c0c9188", addresses=("198.51.100.1",)), Kind.INTERNET_FACING, "web"),
        (managed("ELB app/web/50dc6c495c0c9188"), Kind.INTERNAL, "web"),
        (managed("ELB app/web/50dc6c495c0c9188", ipv6=("2600:1f14::1",)), Kind.LOAD_BALANCER, "web"),
        (managed("ELB net/db/0123456789abcdef", "network_load_balancer"), Kind.INTERNAL, "db"),
        (managed("ELB classic"), Kind.INTERNAL, "classic"),
        (managed("RDSNetworkInterface"), Kind.DATABASE, None),
        (managed("RedshiftNetworkInterface"), Kind.DATABASE, None),
        (managed("ElastiCache sessions-001"), Kind.CACHE, "sessions-001"),
        (managed("EFS mount target for fs-0a1b (fsmt-0c)"), Kind.FILE_SYSTEM, "fs-0a1b"),
        (managed("arn:aws:ecs:eu-west-1:111122223333:attachment/0f"), Kind.TASK, None),
        (
            managed("AWS Lambda VPC ENI-sync-0a1b2c3d-0a1b-0a1b-0a1b-0a1b2c3d4e5f", "lambda"),
            Kind.FUNCTION,
            "sync",
        ),
        (managed("AWS Lambda VPC ENI-sync", "interface"), Kind.FUNCTION, "sync"),
        (managed("VPC Endpoint Interface vpce-0f", "vpc_endpoint"), Kind.ENDPOINT, "vpce-0f"),
        (managed("VPC Endpoint Interface: vpce-0f"), Kind.ENDPOINT, "vpce-0f"),
        (managed("Interface for NAT Gateway nat-0f", "nat_gateway"), Kind.GATEWAY, "nat-0f"),
        (managed("", "api_gateway_managed"), Kind.GATEWAY, None),
        (managed("DMSNetworkInterface"), Kind.SERVICE, "DMSNetworkInterface"),
        (managed("AWS created network interface for directory d-1", name="ours"), Kind.SERVICE, "ours"),
        (managed(""), Kind.SERVICE, None),
        (NetworkInterface("eni-1", description="a person wrote this"), Kind.OTHER, None),
        (NetworkInterface("eni-1", is_attached=False), Kind.UNATTACHED, None),
        (managed("RDSNetworkInterface", is_attached=False), Kind.UNATTACHED, None),
    ],
)
def test_an_interface_is_counted_by_what_it_belongs_to(
    interface: NetworkInterface, kind: Kind, name: str | None
) -> None:
    (tally,) = sum_up([interface], NOW).tallies

    assert (tally.kind, tally.count) == (kind, 1)
    assert [example.name for example in tally.examples] == ([name] if name else [])


@pytest.mark.parametrize("description", ["VPC Endpoint Interface vpce-0f", "AWS Lambda VPC ENI-sync"])
def test_what_a_person_wrote_on_an_interface_makes_it_no_harmless_one(description: str) -> None:
    behind = sum_up([NetworkInterface("eni-1", description=description)], NOW)

    assert [tally.kind for tally in behind.tallies] == [Kind.OTHER]
    assert not behind.is_out_of_reach


def test_a_description_of_another_kind_than_the_type_says_is_not_believed() -> None:
    (tally,) = sum_up([managed("VPC Endpoint Interface vpce-0f", "network_load_balancer")], NOW).tallies

    assert tally.kind is Kind.INTERNAL


def test_a_thing_with_several_interfaces_counts_once() -> None:
    behind = sum_up(
        [
            instance("eni-1", "i-0a"),
            instance("eni-2", "i-0a", addresses=("198.51.100.20",)),
            *(managed("ELB app/web/50dc", interface_id=f"eni-{number}") for number in (3, 4, 5)),
        ],
        NOW,
    )

    assert behind.interfaces == 5
    assert behind.tallies == (
        Tally(Kind.INSTANCE, 1, 1, (Example("i-0a", "198.51.100.20"),)),
        Tally(Kind.INTERNAL, 1, 0, (Example("web"),)),
    )


def test_load_balancers_of_several_types_may_have_one_name() -> None:
    behind = sum_up(
        [
            managed("ELB web", interface_id="eni-1", addresses=("198.51.100.1",)),
            managed("ELB app/web/50dc", interface_id="eni-2"),
            managed("ELB net/web/77aa", "network_load_balancer", interface_id="eni-3"),
            managed("ELB net/web/88bb", "network_load_balancer", interface_id="eni-4"),
        ],
        NOW,
    )

    assert behind.tallies == (
        Tally(Kind.INTERNET_FACING, 1, 1, (Example("web", "198.51.100.1"),)),
        Tally(Kind.INTERNAL, 3, 0, 3 * (Example("web"),)),
    )


def test_interfaces_of_an_unknown_service_count_each_though_it_wrote_the_same_on_them() -> None:
    (tally,) = sum_up([managed("ES logs", interface_id=f"eni-{number}") for number in (1, 2)], NOW).tallies

    assert (tally.count, tally.examples) == (2, 2 * (Example("ES logs"),))


def test_what_has_an_ipv6_address_alone_is_counted_by_itself() -> None:
    interfaces = [
        instance("eni-1", "i-1", ipv6=("2600:1f14::1",)),
        instance("eni-2", "i-2", ipv6=("2600:1f14::2",), addresses=("198.51.100.20",)),
        instance("eni-3", "i-3"),
    ]

    (tally,) = sum_up(interfaces, NOW).tallies

    assert (tally.count, tally.public, tally.ipv6) == (3, 1, 1)
    assert tally.examples == (
        Example("i-2", "198.51.100.20"),
        Example("i-1", "2600:1f14::1", is_ipv6=True),
        Example("i-3"),
    )


def test_the_first_few_are_named_those_with_a_public_address_first() -> None:
    interfaces = [instance(f"eni-{number}", f"i-{number}", name=f"web-{number}") for number in range(5)]
    interfaces[4] = replace(interfaces[4], addresses=("198.51.100.20",))

    (tally,) = sum_up(interfaces, NOW).tallies

    assert (tally.count, tally.public) == (5, 1)
    assert tally.examples == (Example("web-4", "198.51.100.20"), Example("web-0"), Example("web-1"))


@pytest.mark.parametrize(
    ("interfaces", "is_nothing", "is_out_of_reach"),
    [
        ([], True, True),
        ([NetworkInterface("eni-1", is_attached=False)], True, True),
        ([managed(type_="vpc_endpoint")], False, True),
        ([managed(type_="lambda"), managed(type_="api_gateway_managed")], False, True),
        ([managed("RDSNetworkInterface")], False, False),
        ([managed("ELB app/web/50dc")], False, False),
        ([managed("something new")], False, False),
        ([instance("eni-1", "i-0a")], False, False),
        ([managed(type_="lambda"), instance("eni-2", "i-0a")], False, False),
    ],
)
def test_nobody_is_reached_where_nothing_is_attached_or_only_what_takes_no_connections(
    interfaces: list[NetworkInterface], is_nothing: bool, is_out_of_reach: bool
) -> None:
    behind = sum_up(interfaces, NOW)

    assert (behind.is_nothing, behind.is_out_of_reach) == (is_nothing, is_out_of_reach)


def test_only_what_was_read_is_read() -> None:
    tried = [
        Surroundings(),
        Surroundings(NotRead(NOW, "Throttling", Trouble.THROTTLED)),
        Surroundings(NOTHING),
    ]

    assert [each.is_read for each in tried] == [False, False, True]


def test_of_a_group_with_more_interfaces_than_were_read_nothing_is_concluded() -> None:
    behind = sum_up([], NOW, is_more=True)

    assert (behind.is_nothing, behind.is_out_of_reach) == (False, False)


@pytest.mark.parametrize(
    ("severity", "after"),
    [
        (Severity.CRITICAL, Severity.HIGH),
        (Severity.HIGH, Severity.MEDIUM),
        (Severity.MEDIUM, Severity.LOW),
        (Severity.LOW, Severity.LOW),
        (Severity.INFORMATIONAL, Severity.INFORMATIONAL),
    ],
)
def test_a_severity_falls_by_one_level_where_nobody_is_reached_and_not_below_low(
    severity: Severity, after: Severity
) -> None:
    assert lowered(severity, Surroundings(NOTHING)) is after
    assert lowered(severity, Surroundings(sum_up([instance("eni-1", "i-0a")], NOW))) is severity
    assert lowered(severity, Surroundings(NotRead(NOW, "Throttling", Trouble.THROTTLED))) is severity
    assert lowered(severity, None) is severity


def test_an_alert_is_weighed_by_what_sits_behind_and_still_knows_how_it_was_judged() -> None:
    change = a_change()
    alert = replace(
        raise_alert(change, assess(change), details=None, now=NOW), surroundings=Surroundings(NOTHING)
    )

    assert (alert.severity, alert.judged_severity) == (Severity.HIGH, Severity.CRITICAL)
    assert alert.assessment.severity is Severity.CRITICAL

    joined = replace(alert, joined_severity=Severity.CRITICAL, changes=2)
    assert joined.severity is Severity.CRITICAL


def test_who_made_a_change_matters_no_less_for_that_nobody_is_reached() -> None:
    change = a_change()
    by_root = (Remark(Severity.CRITICAL, "The root user made it."),)
    assessment = replace(assess(change), about_who=by_root)
    alert = raise_alert(change, assessment, details=None, now=NOW)

    assert replace(alert, surroundings=Surroundings(NOTHING)).severity is Severity.CRITICAL


@pytest.mark.parametrize(
    ("port", "severity"),
    [
        pytest.param(22, Severity.HIGH, id="critical by whom it lets in"),
        pytest.param(443, Severity.HIGH, id="low by that"),
    ],
)
def test_a_default_group_matters_no_less_for_that_nobody_is_reached(port: int, severity: Severity) -> None:
    change = a_change(added=(a_rule(port=port),))
    alert = raise_alert(change, assess(change, group_name="default"), details=None, now=NOW)

    assert [remark.severity for remark in alert.assessment.remarks] == [Severity.HIGH]
    assert replace(alert, surroundings=Surroundings(NOTHING)).severity is severity


def test_many_rules_are_as_hard_to_oversee_where_nobody_is_reached() -> None:
    wide = a_change(added=(a_rule("8.8.0.0/16"),))
    remarks = (Remark(Severity.MEDIUM, "It now has 51 ingress rules."),)
    told = [replace(assess(wide), remarks=each) for each in ((), remarks)]
    alerts = [raise_alert(wide, each, details=None, now=NOW) for each in told]

    assert [alert.severity for alert in alerts] == [Severity.MEDIUM, Severity.MEDIUM]
    weighed = [replace(alert, surroundings=Surroundings(NOTHING)).severity for alert in alerts]
    assert weighed == [Severity.LOW, Severity.MEDIUM]


def test_what_is_high_because_it_is_not_known_stays_so() -> None:
    change = a_change(added=(), is_cut=True)
    alert = raise_alert(change, Assessment(Severity.HIGH), details=None, now=NOW)

    assert replace(alert, surroundings=Surroundings(NOTHING)).severity is Severity.HIGH


@pytest.mark.parametrize(
    ("more", "asks"),
    [
        ({}, True),
        ({"kind": ChangeKind.MODIFY, "added": (), "modified": (a_rule(direction=None),)}, True),
        ({"added": (), "is_cut": True}, True),
        ({"kind": ChangeKind.FOUND, "effect": Discovery(None)}, True),
        ({"kind": ChangeKind.FOUND, "added": (), "removed": (a_rule(),)}, False),
        ({"added": (a_rule(direction=Direction.EGRESS),)}, False),
        ({"kind": ChangeKind.REVOKE, "added": (), "removed": (a_rule(),)}, False),
        ({"kind": ChangeKind.CREATE, "added": ()}, False),
        ({"outcome": Outcome.DENIED}, False),
        ({"group_id": None, "mentioned": ()}, False),
        ({"kind": ChangeKind.MEMBERSHIP, "added": (), "effect": Membership("i-0a")}, True),
        (
            {
                "kind": ChangeKind.MEMBERSHIP,
                "added": (),
                "effect": Membership("i-0a"),
                "outcome": Outcome.DENIED,
            },
            False,
        ),
        (
            {
                "kind": ChangeKind.MEMBERSHIP,
                "added": (),
                "effect": Membership("i-0a"),
                "group_id": None,
                "mentioned": ("sg-1", "sg-2"),
            },
            True,
        ),
        ({"kind": ChangeKind.NOT_UNDERSTOOD, "added": ()}, False),
    ],
)
def test_what_sits_behind_is_asked_where_somebody_may_have_been_let_in(
    more: dict[str, Any], asks: bool
) -> None:
    assert asks_what_sits_behind(a_change(**more)) is asks


def test_the_groups_of_the_own_account_that_a_change_admits_are_looked_into_the_first_few() -> None:
    sources = [
        ReferencedGroup("sg-other", "444455556666"),
        ReferencedGroup("sg-1", None),
        ReferencedGroup("sg-1", GROUP.account_id),
        *(ReferencedGroup(f"sg-{number}", None) for number in range(2, 9)),
    ]
    change = a_change(added=tuple(replace(a_rule(), source=source) for source in sources))

    assert groups_admitted(change) == ("sg-1", "sg-2", "sg-3")
    assert len(groups_admitted(change)) == MOST_REFERENCED


def test_an_alert_of_a_burst_tells_what_was_read_of_each_of_its_groups() -> None:
    """A change of membership tells of its group only what came under it."""
    alert = replace(an_alert(), share=Share("burst", after=1))
    assert alert.behind_group(GROUP.group_id) is None
    assert alert.lacks_surroundings

    told = replace(alert, surroundings=Surroundings(NOTHING, joined=(OfGroup("sg-2", NOTHING),)))
    assert told.behind_group(GROUP.group_id) == told.behind_group("sg-2") == NOTHING
    assert told.behind_group("sg-3") is None
    assert not told.lacks_surroundings

    moved = a_change(kind=ChangeKind.MEMBERSHIP, added=(), effect=Membership("eni-1"))
    assert replace(an_alert(moved), surroundings=Surroundings(NOTHING)).behind_group(GROUP.group_id) is None


def test_groups_are_called_as_the_store_or_their_interfaces_tell() -> None:
    seen = sum_up([instance("eni-1", "i-0a")], NOW)
    told = Surroundings(
        seen,
        (
            Referenced("sg-1", replace(seen, group_name="app")),
            Referenced("sg-2", replace(seen, group_name=None)),
        ),
        names=(("sg-3", "db"),),
    )
    assert told.called == (("sg-3", "db"), ("sg-1", "app"))
