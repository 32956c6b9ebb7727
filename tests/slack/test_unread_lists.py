"""A prefix list whose entries are not known may hold anything: no card says that nothing is newly open by it."""

from dataclasses import replace
from ipaddress import ip_network

import pytest

from bot.core.address_sets import Entries
from bot.core.alerts import Alert, part_of, raise_alert, with_joined
from bot.core.assessment import assess
from bot.core.fold import fold
from bot.core.gathering import gather
from bot.core.ledger import Ledger
from bot.core.meaning import mean
from bot.core.rules import Direction, PrefixList, Rule
from bot.slack.headlines import draw_headline
from bot.slack.sentences import sentences_of
from tests.makers import NOW, a_change, a_rule

LIST = replace(a_rule(), source=PrefixList("pl-0a"))
NONE: Entries = {}
OFFICE: Entries = {"pl-0a": (ip_network("10.0.0.0/8"),)}


def alert(*rules: Rule, lists: Entries = NONE, event_id: str = "e") -> Alert:
    change = a_change(event_id, added=rules)
    step = fold([change], Ledger(is_known=True)).of(change.event_id)
    assert step
    meaning = mean(step, lists)
    return raise_alert(change, assess(change, meaning=meaning), details=None, now=NOW, meaning=meaning)


def test_its_name_stands_in_for_what_it_admits() -> None:
    assert sentences_of(alert(LIST)) == ["Before, nobody was admitted to it. What pl-0a holds is not known."]


def test_once_it_is_read_what_it_holds_is_said() -> None:
    (said,) = sentences_of(alert(LIST, lists=OFFICE))
    assert said.endswith("Nothing newly open to the internet.")


def test_what_goes_out_to_it_lets_nobody_in() -> None:
    egress = replace(LIST, direction=Direction.EGRESS)
    (said,) = sentences_of(alert(egress, a_rule("10.0.0.0/8", 5432)))
    assert said.endswith("Nothing newly open to the internet.")


@pytest.mark.parametrize("count", [4, 100])
def test_of_many_the_first_few_are_named(count: int) -> None:
    said, *_ = sentences_of(
        alert(*(replace(LIST, source=PrefixList(f"pl-{number:04}")) for number in range(count)))
    )
    assert "What pl-0000, pl-0001, pl-0002 and " in said
    assert "Nothing newly open" not in said


def test_a_card_that_gathers_does_not_say_so_either() -> None:
    alerts = [
        alert(replace(LIST, ports=port.ports), event_id=f"e{port.ports}")
        for port in (a_rule(), a_rule(port=80))
    ]
    gathering = gather([part_of(each) for each in alerts], is_over=True)
    joined = replace(with_joined(*alerts, redraw_due=None), gathering=gathering)

    assert "Nothing newly open" not in draw_headline(joined)
