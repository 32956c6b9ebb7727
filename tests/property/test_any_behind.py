"""What any network interfaces come to: it reads back from the table, adds up, and its card is one that Slack takes."""

import json
from dataclasses import replace
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.aws.behind_documents import read_exposed, read_surroundings, write_exposed, write_surroundings
from bot.aws.keys import dump
from bot.core.alerts import Alert
from bot.core.assessment import Severity
from bot.core.behind import Exposed, Kind, NotRead, OfGroup, Referenced, Surroundings, Trouble, lowered
from bot.core.interfaces import NetworkInterface, sum_up
from bot.slack.cards import draw_card, draw_plain_card
from tests.makers import NOW
from tests.property.alert_strategies import alerts
from tests.property.strategies import maybe_text, rules, times
from tests.property.test_any_rendering import assert_sendable

MOST_BYTES = 40_000

descriptions = st.text(max_size=60) | st.sampled_from(
    [
        "ELB app/web/50dc",
        "ELB net/",
        "RDSNetworkInterface",
        "VPC Endpoint Interface vpce-0f",
        "AWS Lambda VPC ENI-a",
    ]
)
types = st.sampled_from(["interface", "vpc_endpoint", "lambda", "network_load_balancer", "branch", ""])
interfaces = st.builds(
    NetworkInterface,
    interface_id=st.integers(0, 30).map("eni-{}".format),
    type=types,
    description=descriptions,
    is_managed=st.booleans(),
    is_attached=st.booleans(),
    instance_id=st.none() | st.sampled_from(["i-1", "i-2"]),
    name=maybe_text,
    addresses=st.lists(st.sampled_from(["198.51.100.1", "203.0.113.9"]), max_size=2).map(tuple),
    ipv6=st.lists(st.sampled_from(["2600:1f14::1", "2600:1f14::2"]), max_size=2).map(tuple),
    vpc_id=st.none() | st.just("vpc-1"),
    group_name=maybe_text,
)
several = st.lists(interfaces, max_size=12, unique_by=lambda interface: interface.interface_id)
readings = st.builds(sum_up, several, times, is_more=st.booleans())
failures = st.builds(
    NotRead,
    times,
    st.text(max_size=40),
    st.sampled_from(list(Trouble)),
    role=st.none() | st.text(max_size=64),
)
exposures = st.builds(
    Exposed,
    st.lists(rules(), max_size=5).map(tuple),
    st.lists(st.sampled_from(["sg-1", "sg-2"]), unique=True).map(tuple),
)
surroundings = st.builds(
    Surroundings,
    st.none() | readings | failures,
    st.lists(st.builds(Referenced, st.just("sg-0f"), readings, st.booleans()), max_size=3).map(tuple),
    st.lists(
        st.builds(OfGroup, st.sampled_from(["sg-1", "sg-2", "sg-3"]), readings | failures), max_size=3
    ).map(tuple),
    st.dictionaries(st.sampled_from(["sg-0a", "sg-0f"]), st.text(min_size=1, max_size=300)).map(
        lambda names: tuple(names.items())
    ),
)


@given(several, st.booleans(), st.randoms())
def test_each_thing_is_counted_once_in_whatever_order_they_come(
    listed: list[NetworkInterface], is_more: bool, random: Random
) -> None:
    """As many things as there are, or fewer, each of one kind; the order of EC2's answer does not matter."""
    behind = sum_up(listed, NOW, is_more=is_more)
    shuffled = list(listed)
    random.shuffle(shuffled)

    assert sum_up(shuffled, NOW, is_more=is_more) == behind
    kinds = [tally.kind for tally in behind.tallies]
    assert kinds == [kind for kind in Kind if kind in kinds]
    assert sum(tally.count for tally in behind.tallies) <= behind.interfaces == len(listed)
    for tally in behind.tallies:
        assert tally.count >= 1
        assert 0 <= tally.public <= tally.public + tally.ipv6 <= tally.count
        assert len(tally.examples) <= min(3, tally.count)
    assert behind.is_out_of_reach or not behind.is_nothing


@given(st.sampled_from(Severity), surroundings)
def test_what_sits_behind_never_raises_a_severity_and_lowers_it_by_one_level_at_most(
    severity: Severity, around: Surroundings
) -> None:
    """Between one level less and the same, and low stays low."""
    assert max(severity - 1, min(severity, Severity.LOW)) <= lowered(severity, around) <= severity


@given(exposures)
def test_what_is_exposed_reads_back_from_the_table(exposed: Exposed) -> None:
    """Reading is the inverse of writing."""
    assert read_exposed(json.loads(dump(write_exposed(exposed)))) == exposed


@given(surroundings)
def test_it_reads_back_from_the_table(around: Surroundings) -> None:
    """Reading is the inverse of writing, and what is written is small."""
    written = dump(write_surroundings(around))

    assert read_surroundings(json.loads(written)) == around
    assert len(written) < MOST_BYTES


@settings(deadline=None)
@given(alerts(), surroundings)
def test_its_card_is_escaped_and_within_the_limits(alert: Alert, around: Surroundings) -> None:
    """Whatever people called their things, Slack takes the card, and takes it as text."""
    told = replace(alert, surroundings=around)

    assert_sendable(draw_card(told))
    assert_sendable(draw_plain_card(told))
