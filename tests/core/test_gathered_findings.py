"""What makes a burst severe is among what is gathered of it, whichever judge found it: no card is high without a reason."""

from dataclasses import replace
from typing import Any

from bot.core.alerts import digest_of, raise_alert, with_joined
from bot.core.assessment import assess
from bot.core.behind import Exposed
from bot.core.changes import ChangeKind, Membership, SecurityGroupChange
from bot.core.fold import fold
from bot.core.gathering import Gathering, gather
from bot.core.ledger import Ledger
from bot.core.meaning import Knowledge, mean
from bot.core.parts import Part, Reading
from bot.core.rules import Direction, ReferencedGroup, Rule
from bot.core.who import Known
from bot.slack.gathered import gathered_sentences
from bot.slack.headlines import draw_headline
from tests.makers import NOW, a_change, a_rule

KNOWN = Known({"111122223333": "payments-prod"})
FOREIGN = replace(a_rule(port=8443), source=ReferencedGroup("sg-0f", "999988887777"))
FRIENDLY = replace(a_rule(port=9443), source=ReferencedGroup("sg-0a"))
STRANGERS = "tcp 8443 open to a group of unknown account 999988887777"


def parts(*changes: SecurityGroupChange) -> list[Part]:
    found = []
    for version, change in enumerate(changes, 1):
        step = fold(changes, Ledger(is_known=True)).of(change.event_id)
        meaning = mean(step, {}) if step else None
        found.append(
            Part(version, digest_of(change, 20), assess(change, meaning=meaning, known=KNOWN), meaning)
        )
    return found


def authorize(event_id: str, *rules: Rule, **more: Any) -> SecurityGroupChange:
    return a_change(event_id, added=rules, **more)


def card_words(gathering: Gathering, of: list[Part]) -> tuple[str, list[str]]:
    """Give the headline and the sentences of the card that tells *of* together."""
    alerts = [
        raise_alert(part.digest.change, part.assessment, details=None, now=NOW, meaning=part.meaning)
        for part in of[:2]
    ]
    alert = replace(with_joined(*alerts, redraw_due=None), gathering=gathering)
    return draw_headline(alert), gathered_sentences(alert, gathering)


def effects(gathering: Gathering) -> list[str]:
    return [finding.effect for finding, _ in gathering.findings]


def test_a_group_of_an_account_that_is_not_known_is_the_headline() -> None:
    listed = parts(authorize("e1", FOREIGN), authorize("e2", FRIENDLY))
    gathering = gather(listed, is_over=True)

    assert effects(gathering) == [STRANGERS]
    headline, _ = card_words(gathering, listed)
    assert headline.startswith(f"🟠 High: {STRANGERS} on")
    assert "Nothing newly open" not in headline


def test_what_was_taken_back_is_not() -> None:
    revoke = a_change("e2", kind=ChangeKind.REVOKE, added=(), removed=(FOREIGN,))

    assert effects(gather(parts(authorize("e1", FOREIGN), revoke), is_over=True)) == []


def test_groups_that_are_known_and_what_goes_out_are_nothing_to_find() -> None:
    egress = replace(FOREIGN, direction=Direction.EGRESS)
    listed = parts(authorize("e1", FOREIGN), authorize("e2", FRIENDLY, egress, a_rule("10.0.0.0/8")))

    assert effects(gather(listed, is_over=True)) == [STRANGERS]


def test_what_is_put_under_groups_is_told_by_what_those_expose() -> None:
    change = a_change(
        "e2",
        kind=ChangeKind.MEMBERSHIP,
        added=(),
        group_id=None,
        mentioned=("sg-1", "sg-2"),
        effect=Membership("eni-1"),
    )
    put = Part(2, digest_of(change, 20), assess(change, exposes=Exposed((a_rule(),))))

    gathering = gather([*parts(authorize("e1", FRIENDLY)), put], is_over=True)

    assert [(finding.effect, of) for finding, of in gathering.findings] == [
        ("SSH (tcp 22) open to the internet", "eni-1")
    ]


def left_out(event_id: str) -> SecurityGroupChange:
    return a_change(event_id, added=(), is_cut=True)


def unknown(part: Part) -> Part:
    assert part.meaning
    return replace(part, meaning=replace(part.meaning, knowledge=Knowledge.LEFT_OUT))


def test_what_aws_left_out_is_said_to_be_not_known() -> None:
    listed = [unknown(part) for part in parts(left_out("e1"), left_out("e2"))]
    gathering = gather(listed, is_over=True)

    assert gathering.untold == 2
    headline, sentences = card_words(gathering, listed)
    assert "Nothing newly open" not in headline
    assert (
        "What 2 changes opened is not known: AWS left it out of its record, or it cannot be read."
        in sentences
    )


def test_once_it_is_read_it_is_told_as_that_was_judged() -> None:
    first, second = (unknown(part) for part in parts(left_out("e1"), left_out("e2")))
    read = replace(
        second,
        assessment=assess(second.digest.change, [a_rule()]),
        reading=Reading(NOW, (a_rule(),), count=1),
    )
    gathering = gather([first, read], is_over=True)

    assert (gathering.untold, effects(gathering)) == (1, ["SSH (tcp 22) open to the internet"])
