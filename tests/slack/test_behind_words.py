"""What a card says of what sits behind a group, word for word."""

from dataclasses import replace
from typing import Any

import pytest

from bot.core.alerts import Alert
from bot.core.assessment import Severity, assess
from bot.core.behind import Behind, Example, Exposed, Kind, Referenced, Surroundings, Tally
from bot.core.changes import ChangeKind, Membership
from bot.core.interfaces import sum_up
from bot.slack.behind_words import behind_sentences
from bot.slack.cards import draw_card, draw_plain_card
from bot.slack.headlines import draw_headline
from tests.makers import NOW, a_change, a_rule, an_alert


def behind(*tallies: Tally, interfaces: int = 9, **more: Any) -> Behind:
    return Behind(NOW, interfaces, tallies=tallies, **more)


def told(found: Behind, alert: Alert | None = None, **more: Any) -> Alert:
    return replace(alert or an_alert(), surroundings=Surroundings(found, **more))


WEB = Example("web-1", "198.51.100.20")
INSTANCES = Tally(Kind.INSTANCE, 3, 1, (WEB, Example("web-2")))


@pytest.mark.parametrize(
    ("found", "says"),
    [
        (
            behind(INSTANCES, Tally(Kind.INTERNAL, 1)),
            "3 instances, 1 with a public address (web-1, 198.51.100.20); 1 internal load balancer",
        ),
        (
            behind(Tally(Kind.INSTANCE, 1, 1, (WEB,))),
            "1 instance with a public address (web-1, 198.51.100.20)",
        ),
        (behind(Tally(Kind.INSTANCE, 1, 0, (Example("web-1"),))), "1 instance (web-1)"),
        (
            behind(Tally(Kind.INSTANCE, 5, 0, tuple(Example(name) for name in "abc"))),
            "5 instances (a, b, c and 2 more)",
        ),
        (
            behind(Tally(Kind.INSTANCE, 9, 5, (WEB, Example(None, "198.51.100.21")))),
            "9 instances, 5 with a public address (web-1, 198.51.100.20; 198.51.100.21 and 3 more)",
        ),
        (
            behind(Tally(Kind.INTERNET_FACING, 1, 1, (Example("web", "198.51.100.30"),))),
            "1 internet-facing load balancer (web, 198.51.100.30)",
        ),
        (
            behind(Tally(Kind.INSTANCE, 4, 1, (WEB, Example("web-2", "2600:1f14::1", is_ipv6=True)), ipv6=2)),
            "4 instances, 1 with a public address, 2 with an IPv6 address (web-1, 198.51.100.20; web-2, 2600:1f14::1 and 1 more)",
        ),
        (
            behind(Tally(Kind.SERVICE, 1, 0, (Example("Network interface for DBProxy orders"),))),
            "1 interface of another AWS service (“Network interface for DBProxy orders”)",
        ),
        (behind(Tally(Kind.DATABASE, 2)), "2 database interfaces"),
        (behind(Tally(Kind.DATABASE, 2), Tally(Kind.UNATTACHED, 1)), "2 database interfaces"),
        (
            behind(Tally(Kind.SERVICE, 2), Tally(Kind.OTHER, 1)),
            "2 interfaces of other AWS services; 1 interface of something else",
        ),
        (
            behind(Tally(Kind.INSTANCE, 1000), interfaces=1000, is_more=True),
            "more than 1,000 interfaces; of the first 1,000: 1,000 instances",
        ),
    ],
)
def test_things_are_counted_by_kind_and_the_first_few_named(found: Behind, says: str) -> None:
    assert behind_sentences(told(found)) == [f"Behind it: {says}"]


@pytest.mark.parametrize(
    ("found", "says"),
    [
        (sum_up([], NOW), "nothing is attached, so this is high, not critical"),
        (
            behind(Tally(Kind.UNATTACHED, 2)),
            "nothing but 2 unattached interfaces, so this is high, not critical",
        ),
        (
            behind(Tally(Kind.ENDPOINT, 1, 0, (Example("vpce-0f"),))),
            "1 endpoint (vpce-0f), which takes no connections from outside, so this is high, not critical",
        ),
    ],
)
def test_a_severity_never_falls_without_a_word(found: Behind, says: str) -> None:
    alert = told(found)

    assert behind_sentences(alert) == [f"Behind it: {says}"]
    assert draw_headline(alert).startswith("🟠 High: ")
    assert says in str(draw_card(alert))
    assert says in draw_plain_card(alert)["text"]


def test_where_nothing_is_attached_and_nothing_falls_that_is_all_it_says() -> None:
    low = an_alert(a_change(added=(a_rule("10.0.0.0/8"),)))

    assert behind_sentences(told(sum_up([], NOW), low)) == ["Behind it: nothing is attached"]
    assert told(sum_up([], NOW), low).severity is low.severity is Severity.LOW


@pytest.mark.parametrize(
    ("referenced", "says"),
    [
        (
            behind(interfaces=6, group_name="app-api", vpc_id="vpc-1"),
            "Admits the 6 interfaces in app-api, same VPC.",
        ),
        (
            behind(interfaces=1, group_name="app-api", vpc_id="vpc-2"),
            "Admits the one interface in app-api, in vpc-2.",
        ),
        (behind(interfaces=2), "Admits the 2 interfaces in sg-app."),
        (behind(interfaces=0), "No interface is in sg-app, so that admits nobody yet."),
        (
            behind(interfaces=1000, is_more=True, group_name="app-api"),
            "Admits more than 1,000 interfaces in app-api.",
        ),
    ],
)
def test_a_group_that_is_admitted_is_said_with_how_many_are_in_it(referenced: Behind, says: str) -> None:
    alert = replace(an_alert(), vpc_id="vpc-1")
    alert = told(behind(INSTANCES), alert, referenced=(Referenced("sg-app", referenced),))

    assert behind_sentences(alert)[1:] == [says]


def test_of_a_group_that_may_be_another_accounts_nobody_is_said_to_be_in_it() -> None:
    alert = told(behind(INSTANCES), referenced=(Referenced("sg-app", behind(interfaces=0), is_known=False),))

    assert behind_sentences(alert)[1:] == ["Whose group sg-app is, and so who is in it, is not known."]


def membership(**more: Any) -> Alert:
    change = a_change(
        kind=ChangeKind.MEMBERSHIP,
        event_name="ModifyNetworkInterfaceAttribute",
        added=(),
        effect=Membership("eni-1"),
        **more,
    )
    return an_alert(change)


def test_a_membership_says_what_came_and_that_nothing_lets_the_internet_in() -> None:
    alert = replace(told(behind(INSTANCES), membership()), exposes=Exposed())

    assert behind_sentences(alert) == [
        "Came under it: 3 instances, 1 with a public address (web-1, 198.51.100.20)",
        "The group admits nothing from the internet.",
    ]


def test_several_groups_expose_what_comes_under_them_together() -> None:
    alert = membership(group_id=None, mentioned=("sg-1", "sg-2"))
    alert = replace(told(behind(INSTANCES), alert), exposes=Exposed((a_rule(),)))

    assert behind_sentences(alert)[1] == (
        "Together the groups admit, and so it now admits, any IPv4 address to tcp 22."
    )


@pytest.mark.parametrize(
    ("exposed", "says"),
    [
        (
            Exposed((a_rule(),), ("sg-2",)),
            "Together the groups admit, and so it now admits, any IPv4 address to tcp 22, "
            "and perhaps more: what sg-2 admits is not known.",
        ),
        (
            Exposed((), ("sg-2",)),
            "What sg-2 admits is not known. The rest of the groups admit nothing from the internet.",
        ),
        (Exposed((), ("sg-1", "sg-2", "sg-3", "sg-4", "sg-5")), "What that exposes it to is not known."),
        (
            Exposed((), ("sg-1", "sg-2", "sg-3", "sg-4")),
            "What sg-1, sg-2, sg-3 and 1 more group admits is not known. "
            "The rest of the groups admit nothing from the internet.",
        ),
    ],
    ids=["one-unread", "one-unread-and-none-open", "none-read", "four-unread"],
)
def test_a_group_that_was_never_read_hides_nothing_of_the_others(exposed: Exposed, says: str) -> None:
    alert = membership(group_id=None, mentioned=("sg-1", "sg-2", "sg-3", "sg-4", "sg-5"))

    assert behind_sentences(replace(alert, exposes=exposed)) == [says]


def test_what_came_under_a_group_and_cannot_be_reached_lowers_what_it_exposes_with_a_word() -> None:
    change = membership().digest.change
    exposed = Exposed((a_rule(),))
    alert = replace(an_alert(change), assessment=assess(change, exposes=exposed), exposes=exposed)
    alert = told(behind(Tally(Kind.UNATTACHED, 1), interfaces=1), alert)

    assert draw_headline(alert).startswith(
        "🟠 High: SSH (tcp 22) open to the internet on eni-1, now in sg-0a1b2c3d4e5f60718"
    )
    assert behind_sentences(alert)[0] == (
        "Came under it: nothing but 1 unattached interface, so this is high, not critical"
    )


def test_nothing_is_said_before_somebody_has_looked() -> None:
    assert behind_sentences(an_alert()) == []
    assert behind_sentences(replace(an_alert(), surroundings=Surroundings())) == []
    assert behind_sentences(replace(membership(), surroundings=Surroundings())) == []
