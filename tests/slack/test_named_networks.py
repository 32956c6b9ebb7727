"""The networks of an organisation are called by their names wherever a card tells of them."""

import json
from dataclasses import replace
from ipaddress import ip_network

import pytest

from bot.core.alerts import Acknowledgement, Alert, AlertStatus, User, part_of
from bot.core.changes import ChangeKind, DescriptionEdit, GroupKey, PrefixListEdit
from bot.core.gathering import gather
from bot.core.list_meaning import ListEffect, ListMeaning, NamedGroup
from bot.core.meaning import Knowledge, Meaning
from bot.core.named_networks import NamedNetworks
from bot.core.places import Places
from bot.core.severity import SeverityPolicy
from bot.slack.cards import draw_card, draw_plain_card
from tests.ledgers import written
from tests.makers import NOW, a_change, an_alert

OFFICE = ip_network("52.78.10.0/24")
PLACES = Places(networks=NamedNetworks((("Seoul office", OFFICE),)))
RULE = written("tcp 8443 52.78.10.0/24", "sgr-1")
ADDED = an_alert(a_change(added=(RULE,)))
EFFECT = ListEffect((RULE,), (NamedGroup(GroupKey("1", "eu-west-1", "sg-1"), "web"),))


def gathered(alert: Alert) -> Alert:
    return replace(
        alert,
        gathering=gather([part_of(alert)] * 2, is_over=True, policy=SeverityPolicy(networks=PLACES.networks)),
    )


CARDS = {
    "gathered": gathered(
        replace(ADDED, meaning=Meaning(Knowledge.KNOWN, newly=(replace(RULE, rule_id=None),)))
    ),
    "an edit of a prefix list": replace(
        an_alert(a_change(kind=ChangeKind.PREFIX_LIST, added=(), effect=PrefixListEdit("pl-1", (), ()))),
        list_meaning=ListMeaning(is_known=True, groups=1, opens=(EFFECT,), closes=(EFFECT,)),
    ),
    "a description": an_alert(
        a_change(kind=ChangeKind.DESCRIBE, added=(), described=(DescriptionEdit(RULE, "tunnel"),))
    ),
    "already admitted": replace(
        an_alert(a_change(added=(written("tcp 8443 52.78.10.7/32"),))),
        meaning=Meaning(Knowledge.KNOWN, already=(RULE,)),
    ),
    "still admitted": replace(
        an_alert(a_change(kind=ChangeKind.REVOKE, added=(), removed=(written("tcp 8443 10.0.0.0/8"),))),
        meaning=Meaning(Knowledge.KNOWN, still=(RULE,)),
    ),
    "still open": replace(
        an_alert(),
        status=AlertStatus.ACKNOWLEDGED,
        acknowledgement=Acknowledgement(User("U1", "jo"), NOW, seen_version=1),
        remaining=(RULE,),
    ),
}


@pytest.mark.parametrize("alert", CARDS.values(), ids=CARDS)
def test_it_is_named(alert: Alert) -> None:
    for draw in (draw_card, draw_plain_card):
        card = json.dumps(draw(alert, PLACES))
        assert "Seoul office" in card
        assert card.count(str(OFFICE)) == card.count(f"Seoul office ({OFFICE})")
