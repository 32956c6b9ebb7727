"""What the internet is, and how addresses are cut into networks."""

from ipaddress import IPv4Address, IPv6Address, ip_network, summarize_address_range

import pytest

from bot.core.address_sets import (
    PUBLIC,
    AddressSet,
    addresses_of,
    blocks_of,
    may_be_internet,
    merged,
    network_of,
    public_counts,
)
from bot.core.rules import Network, PrefixList, ReferencedGroup


def set_of(*networks: str, without: tuple[str, ...] = ()) -> AddressSet:
    entries = {"pl-1": tuple(map(ip_network, networks)), "pl-2": tuple(map(ip_network, without))}
    return addresses_of(PrefixList("pl-1"), entries) - addresses_of(PrefixList("pl-2"), entries)


@pytest.mark.parametrize(
    ("addresses", "versions"),
    [
        pytest.param(set_of("0.0.0.0/0"), [4], id="all of IPv4"),
        pytest.param(set_of("0.0.0.0/1", "128.0.0.0/1"), [4], id="both halves"),
        pytest.param(set_of("0.0.0.0/1"), [], id="one half"),
        pytest.param(set_of("0.0.0.0/0", without=("10.0.0.0/8",)), [4], id="all but a private range"),
        pytest.param(
            set_of("0.0.0.0/0", without=("0.0.0.0/8", "10.0.0.0/8", "127.0.0.0/8", "224.0.0.0/3")), [4],
            id="all but special-purpose ranges",
        ),
        pytest.param(set_of("0.0.0.0/0", without=("8.8.8.8/32",)), [], id="all but a public address"),
        pytest.param(set_of("0.0.0.0/0", without=("223.255.255.255/32",)), [], id="all but the last public address"),
        pytest.param(set_of("::/0"), [6], id="all of IPv6"),
        pytest.param(set_of("2000::/3"), [6], id="all of IPv6 that is routed"),
        pytest.param(set_of("2000::/4"), [], id="half of that"),
        pytest.param(set_of("0.0.0.0/0", "2000::/3"), [4, 6], id="both"),
        pytest.param(AddressSet(), [], id="nobody"),
    ],
)  # fmt: skip
def test_the_internet_is_all_that_is_routed_globally(addresses: AddressSet, versions: list[int]) -> None:
    assert [version for version in (4, 6) if addresses.holds_all(version)] == versions
    assert may_be_internet(addresses.sources(), {}) or not versions
    whole = [str(network) for network in addresses.rounded().networks()]
    assert [version for version, world in ((4, "0.0.0.0/0"), (6, "::/0")) if world in whole] == versions


@pytest.mark.parametrize(
    ("addresses", "versions"),
    [
        pytest.param(set_of("0.0.0.0/0", without=("8.8.8.8/32",)), [4], id="all but a public address"),
        pytest.param(set_of("0.0.0.0/1", "128.0.0.0/2"), [4], id="85 percent"),
        pytest.param(set_of("0.0.0.0/1", "128.0.0.0/3", "160.0.0.0/5", "168.0.0.0/6"), [4], id="76 percent"),
        pytest.param(set_of("0.0.0.0/1", "128.0.0.0/3", "160.0.0.0/5", "168.0.0.0/9"), [], id="74 percent"),
        pytest.param(set_of("0.0.0.0/1", "224.0.0.0/3"), [], id="half, and much that is not routed"),
        pytest.param(set_of("2000::/4", "3000::/5"), [], id="75 percent of IPv6"),
        pytest.param(set_of("2000::/4", "3000::/5", "3800::/32"), [6], id="more than 75 percent of IPv6"),
        pytest.param(AddressSet(), [], id="nobody"),
    ],
)  # fmt: skip
def test_more_than_three_quarters_of_the_internet_are_nearly_all_of_it(
    addresses: AddressSet, versions: list[int]
) -> None:
    assert [version for version in (4, 6) if addresses.holds_nearly_all(version)] == versions
    assert addresses.is_internet is bool(versions)
    whole = [str(network) for network in addresses.internet().networks()]
    assert whole == [world for version, world in ((4, "0.0.0.0/0"), (6, "::/0")) if version in versions]


def test_what_counts_as_routed_globally_is_so_at_its_edges() -> None:
    for first, last in PUBLIC.ipv4:
        assert IPv4Address(first).is_global
        assert IPv4Address(last).is_global
    assert not any(IPv4Address(last + 1).is_global for _, last in PUBLIC.ipv4[:-1] if last + 1 != RELAYS)
    assert PUBLIC.ipv4[-1][1] == int(IPv4Address("223.255.255.255"))


RELAYS = int(IPv4Address("192.88.99.0"))
"""Once of 6to4 relays, which the registry has as deprecated; Python counts it as global."""


@pytest.mark.parametrize(
    ("first", "last"), [(0, 2**32 - 1), (0, 0), (1, 2**32 - 1), (1, 6), (2**32 - 1, 2**32 - 1), (5, 5), (10, 300)]
)  # fmt: skip
def test_an_interval_is_cut_into_the_fewest_networks(first: int, last: int) -> None:
    four = [network_of(4, block) for block in blocks_of((first, last))]
    assert four == list(summarize_address_range(IPv4Address(first), IPv4Address(last)))
    six = [network_of(6, block) for block in blocks_of((first, last))]
    assert six == list(summarize_address_range(IPv6Address(first), IPv6Address(last)))


@pytest.mark.parametrize(
    ("network", "is_held"),
    [
        (ip_network("10.0.0.0/9"), True),
        (ip_network("10.0.0.0/8"), True),
        (ip_network("10.0.0.0/7"), False),
        (ip_network("11.0.0.0/32"), False),
        (ip_network("9.0.0.0/8"), False),
        (ip_network("::a00:0/128"), False),
    ],
)
def test_a_network_is_held_if_all_of_it_is(network: Network, is_held: bool) -> None:
    assert set_of("10.0.0.0/8", "12.0.0.0/8").holds(network) is is_held


def test_a_name_is_held_as_a_name() -> None:
    group, other = ReferencedGroup("sg-1"), PrefixList("pl-1")
    held = addresses_of(group, {})
    assert held.holds(group)
    assert not held.holds(other)
    assert list(held.sources()) == [group]


def test_intervals_that_touch_are_one() -> None:
    assert merged([(5, 7), (0, 1), (2, 3), (6, 9), (6, 6)]) == ((0, 3), (5, 9))


def test_what_two_have_in_common_is_what_neither_lacks() -> None:
    wide, narrow = addresses_of(ip_network("10.0.0.0/8"), {}), addresses_of(ip_network("10.1.0.0/16"), {})
    assert wide & narrow == narrow
    assert not narrow & addresses_of(ip_network("192.0.2.0/24"), {})


def test_what_two_hold_together_is_what_either_does() -> None:
    low, high = (addresses_of(ip_network(half), {}) for half in ("10.0.0.0/9", "10.128.0.0/9"))
    assert low | high == addresses_of(ip_network("10.0.0.0/8"), {})


@pytest.mark.parametrize(
    ("sources", "may_be"),
    [
        pytest.param(["0.0.0.0/1", "128.0.0.0/1"], True, id="both halves"),
        pytest.param(
            ["0.0.0.0/1", "128.0.0.0/2"],
            True,
            id="three quarters of the numbers, which is more of what is routed",
        ),
        pytest.param(["0.0.0.0/1", "128.0.0.0/3"], False, id="five eighths"),
        pytest.param(["10.0.0.0/8"] * 300, True, id="so many that it would take a look at which"),
        pytest.param(["2000::/3"], True, id="all of IPv6 that is routed"),
        pytest.param(["2000::/4", "0.0.0.0/1"], False, id="half of each"),
        pytest.param(["pl-1"], True, id="a list of the world"),
        pytest.param(["pl-2", "sg-1"], False, id="names"),
        pytest.param([], False, id="nothing"),
    ],
)
def test_fewer_addresses_than_nearly_all_of_the_internet_are_not_open_to_it(
    sources: list[str], may_be: bool
) -> None:
    lists = {"pl-1": (ip_network("0.0.0.0/0"),)}
    kinds = {"pl": PrefixList, "sg": ReferencedGroup}
    named = [kinds[text[:2]](text) if text[:2] in kinds else ip_network(text) for text in sources]
    assert may_be_internet(named, lists) is may_be


def test_public_addresses_are_counted_once_and_private_ones_and_names_not() -> None:
    networks = ["52.0.0.0/24", "52.0.0.128/25", "10.0.0.0/8", "fd00::/8", "2600::/64"]
    sources = [*map(ip_network, networks), PrefixList("pl-1"), ReferencedGroup("sg-1")]
    assert public_counts(sources) == (256, 1 << 64)
    assert public_counts([]) == (0, 0)
