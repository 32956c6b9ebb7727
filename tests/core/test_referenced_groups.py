"""A group as a source admits its members, whoever they are: never the world, and never nobody."""

from dataclasses import replace
from ipaddress import ip_network

import pytest

from bot.core.address_sets import addresses_of
from bot.core.assessment import Severity, assess
from bot.core.difference import difference
from bot.core.exposure import exposure_of
from bot.core.rules import Direction, ReferencedGroup, Rule, make_rule
from tests.makers import a_change, a_rule

OWN, FOREIGN = ReferencedGroup("sg-0b"), ReferencedGroup("sg-0b", "444455556666")
SOURCES = pytest.mark.parametrize("source", [OWN, FOREIGN], ids=["own account", "another account"])


def everything_from(source: ReferencedGroup) -> Rule:
    return make_rule(direction=Direction.INGRESS, protocol="-1", from_port=None, to_port=None, source=source)


@SOURCES
def test_all_traffic_from_members_is_not_open_to_the_internet(source: ReferencedGroup) -> None:
    rule = everything_from(source)
    assert exposure_of([rule])
    assert not any(stretch.addresses.is_internet for stretch in exposure_of([rule]).stretches)
    found = difference(exposure_of([]), exposure_of([rule]), Direction.INGRESS)
    assert [told.source for told in found.newly] == [source]
    assert found.opened == ()
    assert assess(a_change(added=(rule,))).severity is Severity.LOW


@SOURCES
def test_members_hold_no_address_that_is_known(source: ReferencedGroup) -> None:
    addresses = addresses_of(source, {"sg-0b": (ip_network("0.0.0.0/0"),)})
    assert (addresses.ipv4, addresses.ipv6) == ((), ())
    assert addresses.named == {source}


@SOURCES
def test_a_rule_for_the_world_beside_one_for_members_is_news(source: ReferencedGroup) -> None:
    members = replace(a_rule(), source=source)
    found = difference(exposure_of([members]), exposure_of([members, a_rule()]), Direction.INGRESS)
    assert [rule.source for rule in found.opened] == [ip_network("0.0.0.0/0")]


@SOURCES
def test_members_beside_the_world_are_news_too(source: ReferencedGroup) -> None:
    """They may come from where no address of the internet is: whether they do is not known."""
    members = replace(a_rule(), source=source)
    found = difference(exposure_of([a_rule()]), exposure_of([a_rule(), members]), Direction.INGRESS)
    assert [rule.source for rule in found.newly] == [source]
    assert found.opened == ()
