"""
What the processor does for an event by itself: reading it, and drawing its card; one process, no network.

The events are calls that add or take away one to five rules, in turns, in the shape that CloudTrail gives them now. No two are
alike: each names groups, rules and addresses of its own, so that nothing which the code remembers of one helps the next. Times
are those of the processor, the best of several rounds, each of events of its own, so that they are the same beside other work.
Exits with 1 if a target is missed.

    python -m benchmarks.pure
"""

import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from ipaddress import IPv4Network, ip_network
from random import Random
from typing import Any

from benchmarks.figures import Figure, table
from bot.core.alerts import raise_alert
from bot.core.assessment import assess
from bot.core.cloudtrail import parse_change
from bot.core.fold import fold
from bot.core.meaning import mean
from bot.core.rules import Direction, Rule, Source, make_rule
from bot.slack.cards import draw_card
from tests.makers import NOW
from tests.simulation.calls import Authorize, Call, Create, Revoke
from tests.simulation.ec2 import Ec2
from tests.simulation.records import event_id_of, event_of
from tests.simulation.shapes import Shape

Event = dict[str, Any]

PARSES_A_SECOND = 10_000
CARDS_A_SECOND = 2_000

_EVENTS = 1_000
_ROUNDS = 5
_MOST_RULES = 5
_PORTS = (22, 80, 443, 3306, 3389, 5432, 6379, 8080, 8443, 9200)
_MICROSECONDS = 1_000_000


def make_events(count: int, seed: int = 1) -> Iterator[tuple[Event, Event]]:
    """Make *count* events that add or take away one to five rules, each with the one that created its group."""
    random, ec2, at, told = Random(seed), Ec2(), NOW, 0

    def call(what: Call) -> Event:
        nonlocal at, told
        at, told = at + timedelta(seconds=1), told + 1
        return event_of(ec2.do(what, at), Shape(), event_id_of(told, seed))

    while count > 0:
        most = 1 + count // 2 % _MOST_RULES
        for what in (Authorize, Revoke)[:count]:
            created = call(Create(f"app-{told}"))
            (group_id,) = ec2.groups[-1:]
            rules = tuple(_rule(random, number) for number in range(most))
            if what is Revoke:  # of rules of which no event here has told
                at += timedelta(seconds=1)
                ec2.do(Authorize(group_id, Direction.INGRESS, rules), at)
            yield call(what(group_id, Direction.INGRESS, rules)), created
            count -= 1


def _rule(random: Random, number: int) -> Rule:
    port = random.choice(_PORTS) + 10_000 * number
    return make_rule(
        direction=Direction.INGRESS,
        protocol="tcp",
        from_port=port,
        to_port=port + random.choice((0, 0, 10)),
        source=_source(random),
        description=f"ticket {random.randrange(100_000)}",
    )


def _source(random: Random) -> Source:
    """One rule in eight lets in the internet; the others a network, most of them a private one."""
    if random.randrange(8) == 0:
        return ip_network(random.choice(("0.0.0.0/0", "::/0")))
    first = random.choice((10, 10, 10, 52))
    return IPv4Network((first << 24 | random.randrange(1 << 16) << 8, 24))


def draw(event: Event) -> dict[str, Any]:
    """Draw the card of *event*, as that of a group of which nothing is known yet."""
    change = parse_change(event)
    return draw_card(raise_alert(change, assess(change), details=None, now=NOW))


def draw_with_ledger(event: Event, created: Event) -> dict[str, Any]:
    """Draw the card of *event* with what it means, which the ledger tells."""
    change = parse_change(event)
    step = fold([parse_change(created), change]).of(change.event_id)
    assert step is not None
    meaning = mean(step, {})
    alert = raise_alert(change, assess(change, meaning=meaning), details=None, now=NOW, meaning=meaning)
    return draw_card(alert)


def microseconds(work: Callable[..., object], rounds: list[list[tuple[Event, ...]]]) -> float:
    """Say how long *work* keeps the processor busy with each event of the quickest of *rounds*."""
    times = []
    for events in rounds:
        started = time.process_time()
        for arguments in events:
            work(*arguments)
        times.append((time.process_time() - started) / len(events))
    return min(times) * _MICROSECONDS


def figures(count: int = _EVENTS) -> list[Figure]:
    """Measure with so many events a round."""
    pairs: list[list[tuple[Event, ...]]] = [[*make_events(count, seed)] for seed in range(_ROUNDS)]
    alone: list[list[tuple[Event, ...]]] = [[(event,) for event, _ in made] for made in pairs]
    return [
        Figure(
            f"read an event ({PARSES_A_SECOND:,} a second)",
            "µs",
            microseconds(parse_change, alone),
            target=_MICROSECONDS / PARSES_A_SECOND,
        ),
        Figure(
            f"read it and draw its card ({CARDS_A_SECOND:,} a second)",
            "µs",
            microseconds(draw, alone),
            target=_MICROSECONDS / CARDS_A_SECOND,
        ),
        Figure("likewise, with what the ledger tells", "µs", microseconds(draw_with_ledger, pairs)),
    ]


def main() -> int:
    """Measure, print a table, and say by the exit status whether the targets were met."""
    found = figures()
    print(table(found))
    return 0 if all(figure.is_met for figure in found) else 1


if __name__ == "__main__":
    sys.exit(main())
