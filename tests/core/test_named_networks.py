"""What networks are called."""

from ipaddress import ip_network

import pytest

from bot.core.named_networks import NO_NAMES, NamedNetworks
from bot.core.rules import PrefixList

NETWORKS = NamedNetworks(
    (
        ("all offices", ip_network("203.0.112.0/23")),
        ("Seoul office", ip_network("203.0.113.0/24")),
        ("Seoul office", ip_network("2001:db8:5e::/48")),
    )
)


@pytest.mark.parametrize(
    ("network", "name"),
    [
        ("203.0.113.0/24", "Seoul office"),
        ("203.0.113.64/26", "Seoul office"),
        ("203.0.112.7/32", "all offices"),
        ("203.0.112.0/23", "all offices"),
        ("203.0.112.0/22", None),
        ("2001:db8:5e:7::/64", "Seoul office"),
        ("0.0.0.0/0", None),
        ("::/0", None),
    ],
)
def test_a_network_goes_by_the_narrowest_that_holds_it(network: str, name: str | None) -> None:
    assert NETWORKS.name_of(ip_network(network)) == name


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("203.0.113.7", "Seoul office (203.0.113.7)"),
        ("2001:db8:5e::7", "Seoul office (2001:db8:5e::7)"),
        ("::ffff:203.0.113.7", "Seoul office (::ffff:203.0.113.7)"),
        ("198.51.100.7", "198.51.100.7 (not a known network)"),
        ("something else", "something else"),
    ],
)
def test_a_call_comes_from_a_named_network_or_from_none(address: str, words: str) -> None:
    assert NETWORKS.where(address) == words


def test_without_names_nothing_is_unknown() -> None:
    assert NO_NAMES.where("198.51.100.7") == "198.51.100.7"


def test_what_is_no_network_has_no_name() -> None:
    assert NETWORKS.name_of_source(PrefixList("pl-0b")) is None


def test_groups_have_names_beside_them() -> None:
    named = NamedNetworks(groups=(("sg-1", "app"), ("sg-2", "db")))
    assert [named.name_of_group(each) for each in ("sg-2", "sg-3")] == ["db", None]
