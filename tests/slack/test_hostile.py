"""What AWS and people may call things, wherever it is shown: it shows as itself and does nothing."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from ipaddress import ip_network
from typing import Any

import pytest

from bot.core.alerts import Acknowledgement, Alert, AlertStatus
from bot.core.baseline import begin
from bot.core.changes import (
    ChangeKind,
    DescriptionEdit,
    GroupDetails,
    GroupKey,
    Observation,
    Outcome,
    PrefixListEdit,
    PrincipalKind,
    SecurityGroupChange,
    Tagging,
)
from bot.core.findings import Severity
from bot.core.health import Health, PlaceHealth
from bot.core.history import AlertScope, HistoryEntry, KnownPrincipal, Listing, Page, Place, Silence
from bot.core.ledger import Acceptance, Ledger
from bot.core.ledger_views import Flow, Reasons, rules_then
from bot.core.meaning import Alteration
from bot.core.openness import ExposedGroup, Open
from bot.core.organization import Organization
from bot.core.parts import AlertRef, Reading
from bot.core.places import Places
from bot.core.rules import PrefixList
from bot.slack.answers import (
    changes_answer,
    changes_view,
    health_answer,
    nothing_answer,
    open_alerts_answer,
    sentence_answer,
)
from bot.slack.cards import draw_card, draw_plain_card
from bot.slack.exposed_answer import exposed_answer
from bot.slack.menus import groups_answer, principals_answer, to_see_changes
from bot.slack.rules_at_answer import rules_at_answer
from bot.slack.text import plain
from bot.slack.times import ANY_TIME
from bot.slack.views import note_view, notice_view, rules_view, whole_change_view
from bot.slack.why_answer import why_answer
from tests.makers import a_change, an_alert
from tests.records import NOW, acknowledged, alert_of, change, rule
from tests.slack import meanings
from tests.slack.limits import find_message_problems, find_view_problems
from tests.slack.meanings import ERIN_OPENED, held, known, seen
from tests.slack.reading import read_mrkdwn
from tests.told_ledgers import JO, SSH, a_ledger, by, closed

TEXTS = {
    "channel": "<!channel>",
    "person": "<@U0AB12CD3> @here",
    "link": "<https://evil.example|bank>",
    "escaped": "&lt;!here&gt; &amp;lt;",
    "code": "`code` ```block```",
    "bold": "*bold* _it_ ~no~",
    "emoji": ":fire: :+1:",
    "lines": "one\ntwo\r\n> three",
    "right to left": "gpj.\u202eexe\u2066x",
    "invisible": "web\u200b\u2060-prod",
    "control": "a\x00\x1b[31m",
    "half": "a\ud800b",
    "date": "<!date^0^{time}|now>",
    "quotes": "\"'|^#\\",
}
LONG = ["<" * 255, "*" * 255, "\u202e" * 255, ":a:" * 85, "n" * 255]

KEY = GroupKey("111122223333", "eu-west-1", "sg-0a1b2c3d4e5f60718")


def opened(text: str) -> SecurityGroupChange:
    """Give a change that has *text* for the group's name, the rule's description and the caller's name."""
    told = change(rule(description=text), group_name=text)
    return replace(told, principal=replace(told.principal, name=text))


def named(text: str) -> Places:
    return Places({KEY.account_id: text})


def other(kind: ChangeKind, **fields: Any) -> Alert:
    return alert_of(change(kind=kind, added=(), **fields))


def noted(text: str) -> Alert:
    alert = acknowledged(alert_of(change()), NOW)
    assert alert.acknowledgement is not None
    taken: Acknowledgement = replace(alert.acknowledgement, note=text)
    return replace(alert, acknowledgement=taken)


def cut_and_read(text: str) -> Alert:
    alert = alert_of(change(added=(), is_cut=True, group_name=text))
    return replace(alert, reading=Reading(NOW, (rule(description=text),), 1))


def observation(text: str) -> Observation:
    return Observation(GroupDetails(KEY, text, None, text), NOW, (rule(description=text),), ((text, text),))


def page(text: str, alert: Alert) -> Page:
    entry = HistoryEntry(replace(alert.digest, count=2), AlertRef(alert.alert_id, 1), "x")
    return Page(Listing(name=text, principal="key"), (entry,), {"x": alert}, None, None)


def ledger_with(text: str) -> Ledger:
    """Give a ledger of a rule described by *text*, which somebody called so opened and somebody acknowledged with it."""
    author = by(text, acceptance=replace(JO, note=text or "-"))
    return a_ledger(replace(SSH, rule=rule(description=text), opened=author, origin=by(text)))


def doubted(text: str) -> Ledger:
    """Give a ledger in which *text* describes what is in doubt, and names who changed what AWS left out."""
    principal = replace(change().principal, name=text, role=None)
    cut = change(added=(), is_cut=True, principal=principal)
    return a_ledger(doubts=((rule(description=text), NOW),), cuts=(cut,), blanks=(text,))


def watched(text: str) -> tuple[PlaceHealth, ...]:
    """A place of this name, where this keeps a baseline from going on."""
    where = (KEY.account_id, text)
    return (PlaceHealth(where, NOW, begin(where, "run", NOW, after=None).delayed(text, NOW)),)


CARDS: dict[str, Callable[[str], Alert]] = {
    "names": lambda text: alert_of(opened(text)),
    "denied": lambda text: alert_of(replace(opened(text), outcome=Outcome.DENIED, error_code=text)),
    "role": lambda text: alert_of(
        change(principal=replace(change().principal, kind=PrincipalKind.ASSUMED_ROLE, role=text))
    ),
    "source address": lambda text: alert_of(change(origin=replace(change().origin, source_address=text))),
    "tag's key": lambda text: other(ChangeKind.UNTAG, effect=Tagging(((text, None),))),
    "tag's value": lambda text: other(ChangeKind.UNTAG, effect=Tagging((("team", text), ("Name", None)))),
    "entry of a prefix list": lambda text: other(
        ChangeKind.PREFIX_LIST, effect=PrefixListEdit("pl-0", ((ip_network("10.0.0.0/8"), text),)), group_id=None
    ),
    "new description": lambda text: other(ChangeKind.DESCRIBE, described=(DescriptionEdit("sgr-0", text),)),
    "modified rule": lambda text: other(ChangeKind.MODIFY, modified=(rule(description=text),)),
    "reading": cut_and_read,
    "rule that a revoke took": lambda text: meanings.other(
        ChangeKind.REVOKE, known(held=(held(rule(description=text, rule_id="sgr-0")),)), removed_rule_ids=("sgr-0",)
    ),
    "rule of a deleted group": lambda text: meanings.other(
        ChangeKind.DELETE, known(held=(held(rule(description=text)),))
    ),
    "opener": lambda text: meanings.other(
        ChangeKind.DELETE, known(held=(held(rule(), seen(replace(ERIN_OPENED, name=text))),))
    ),
    "note of an acknowledgement": lambda text: meanings.other(
        ChangeKind.DELETE,
        known(held=(held(rule(), seen(replace(ERIN_OPENED, acceptance=Acceptance("U0AB12CD3", NOW, text)))),)),
    ),
    "description before": lambda text: meanings.other(
        ChangeKind.DESCRIBE,
        known(altered=(Alteration(rule(description=text, rule_id="sgr-0"), rule(rule_id="sgr-0")),)),
        described=(DescriptionEdit("sgr-0", "new"),),
    ),
    "rule before": lambda text: meanings.other(
        ChangeKind.MODIFY,
        known(altered=(Alteration(rule("tcp", (80, 80), description=text, rule_id="sgr-0"), rule(rule_id="sgr-0")),)),
        modified=(rule(rule_id="sgr-0"),),
    ),
    "rule that allows it already": lambda text: meanings.told(known(already=(rule(rule_id=text),)), rule()),
    "list that is admitted": lambda text: meanings.told(
        known(newly=(rule(source=PrefixList(text)),)), rule()
    ),
    "closer": lambda text: meanings.closed(meanings.STORIES["opened"], 47, name=text),
}  # fmt: skip

ON_CARDS_ONLY: dict[str, Callable[[str], Alert]] = {
    "note": noted
}  # a plain card says only that someone took it

MODALS: dict[str, Callable[[str], dict[str, Any]]] = {
    "rules": lambda text: rules_view(observation(text), places=named(text)),
    "rules as recorded": lambda text: rules_view(observation(""), places=Places(), trouble=text),
    "whole change": lambda text: whole_change_view(alert_of(opened(text)), opened(text), places=named(text)),
    "note": lambda text: note_view(alert_of(opened(text)), seen="4f6c.1", clicked=None, places=named(text)),
    "notice": lambda text: notice_view("Rules", text),
    "changes": lambda text: changes_view(page(text, alert_of(opened(text))), named(text)),
    "changes, of a group": lambda text: changes_view(
        replace(page(text, noted(text)), listing=Listing(group=KEY, name=text)), named(text)
    ),
}

ANSWERS: dict[str, Callable[[str], dict[str, Any]]] = {
    "changes": lambda text: changes_answer(page(text, alert_of(opened(text))), named(text)),
    "changes that mean something": lambda text: changes_answer(
        page("x", meanings.closed(CARDS["rule of a deleted group"](text), 47, name=text)), Places()
    ),
    "changes with a note": lambda text: changes_answer(page("x", noted(text)), Places()),
    "nothing": lambda text: nothing_answer(
        Listing(place=Place(KEY.account_id)), Silence(None, None), named(text)
    ),
    "open alerts": lambda text: open_alerts_answer(
        [alert_of(opened(text))],
        AlertScope(Place(KEY.account_id)),
        more=None,
        now=NOW + timedelta(hours=1),
        places=named(text),
    ),
    "groups": lambda text: groups_answer(
        text, [GroupDetails(KEY, text, None)], to_see_changes(ANY_TIME), named(text)
    ),
    "principals": lambda text: principals_answer(
        text,
        [KnownPrincipal(text, text, PrincipalKind.IAM_USER, KEY.account_id)],
        span=ANY_TIME,
        place=Place(),
        places=named(text),
    ),
    "rules at a moment": lambda text: rules_at_answer(
        GroupDetails(KEY, text, None), rules_then(NOW, ledger_with(text), ledger_with(text)), named(text)
    ),
    "rules in doubt": lambda text: rules_at_answer(
        GroupDetails(KEY, None, None), rules_then(NOW, doubted(text), doubted(text)), Places()
    ),
    "rules before the group": lambda text: rules_at_answer(
        GroupDetails(KEY, "web", None),
        rules_then(NOW, Ledger(), Ledger(created=by(text, kind=ChangeKind.CREATE))),
        Places(),
    ),
    "why": lambda text: why_answer(
        GroupDetails(KEY, text, None),
        Reasons(Flow("tcp", 22), ledger_with(text), ledger_with(text).live),
        named(text),
        NOW,
    ),
    "why not": lambda text: why_answer(
        GroupDetails(KEY, text, None),
        Reasons(Flow("tcp", 22), ledger_with(""), last=closed(ledger_with(text).live[0], by(text))),
        named(text),
        NOW,
    ),
    "why not, in doubt": lambda text: why_answer(
        GroupDetails(KEY, "web", None),
        Reasons(Flow("tcp", 22), doubted(text), doubtful=(rule(description=text),)),
        Places(),
        NOW,
    ),
    "why not any more": lambda text: why_answer(
        GroupDetails(KEY, "web", None), Reasons(Flow("tcp", 22), Ledger(deleted=by(text))), Places(), NOW
    ),
    "exposed": lambda text: exposed_answer(
        [ExposedGroup(KEY, text, (Open(rule(), by(text), Severity.CRITICAL),), "x")],
        AlertScope(Place(KEY.account_id)),
        more=None,
        now=NOW,
        places=named(text),
    ),
    "health": lambda text: health_answer(
        Health(None, None, text, watched(text), Organization(NOW, trouble=text)), named(text)
    ),
    "sentence": sentence_answer,
}

Draw = Callable[[str], dict[str, Any]]


def drawn(draw: Callable[[Alert], dict[str, Any]], make: Callable[[str], Alert]) -> Draw:
    return lambda text: draw(make(text))


DOCUMENTS: dict[str, Draw] = {
    **{f"card: {name}": drawn(draw_card, make) for name, make in {**CARDS, **ON_CARDS_ONLY}.items()},
    **{f"plain card: {name}": drawn(draw_plain_card, make) for name, make in CARDS.items()},
    "card: account": lambda text: draw_card(alert_of(change()), named(text)),
    "plain card: account": lambda text: draw_plain_card(alert_of(change()), named(text)),
    **{f"modal: {name}": make for name, make in MODALS.items()},
    **{f"answer: {name}": make for name, make in ANSWERS.items()},
}


def markups(part: Any) -> Iterator[str]:
    """Give each text of a document that Slack reads as mrkdwn: mrkdwn itself, a message's text, a fallback."""
    if isinstance(part, dict):
        own_kind = part.get("type", "mrkdwn")
        for key, value in part.items():
            if isinstance(value, str) and key in ("text", "fallback") and own_kind == "mrkdwn":
                yield value
            else:
                yield from markups(value)
    elif isinstance(part, list):
        for entry in part:
            yield from markups(entry)


def shown(part: Any) -> Iterator[str]:
    """Give each text of a document as people see it."""
    if isinstance(part, dict):
        is_markup = part.get("type", "mrkdwn") == "mrkdwn"
        for key, value in part.items():
            if isinstance(value, str) and key in ("text", "fallback"):
                yield read_mrkdwn(value).shown if is_markup else value
            else:
                yield from shown(value)
    elif isinstance(part, list):
        for entry in part:
            yield from shown(entry)


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
@pytest.mark.parametrize("name", DOCUMENTS)
def test_it_shows_as_itself(name: str, text: str) -> None:
    visible = plain(text, 200)
    texts = list(shown(DOCUMENTS[name](text)))
    assert any(visible in one for one in texts)
    assert not any(set("".join(texts)) & set("\u202e\u2066\u200b\u2060\x00\x1b\r\ud800"))


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
@pytest.mark.parametrize("name", DOCUMENTS)
def test_it_mentions_links_and_styles_nothing(name: str, text: str) -> None:
    harmless = list(markups(DOCUMENTS[name]("web-prod")))
    hostile = list(markups(DOCUMENTS[name](text)))
    assert len(hostile) == len(harmless)
    for ours, theirs in zip(map(read_mrkdwn, harmless), map(read_mrkdwn, hostile), strict=True):
        assert theirs.live == ours.live == ()
        assert len(theirs.styled) <= len(ours.styled)  # a bold title of ours


@pytest.mark.parametrize(
    "text", [*TEXTS.values(), *LONG], ids=[*TEXTS, *(f"255 of {text[0]!r}" for text in LONG)]
)
@pytest.mark.parametrize("name", DOCUMENTS)
def test_slack_takes_it(name: str, text: str) -> None:
    document = DOCUMENTS[name](text)
    problems = find_view_problems if name.startswith("modal") else find_message_problems
    assert problems(document) == []


def test_a_card_that_is_acknowledged_says_the_note_to_nobody_in_particular() -> None:
    alert = noted("<!channel>")
    assert alert.status is AlertStatus.ACKNOWLEDGED
    assert "<!channel>" not in "".join(markups(draw_card(alert)))


def test_a_groups_name_cannot_be_taken_for_the_rest_of_a_headline() -> None:
    name = "dev, sandbox-account. Closed again (0 min)"
    headline = draw_card(an_alert(a_change(group_name=name)))["text"]
    assert headline == f"🔴 Critical: SSH (tcp 22) open to the internet on “{name}”, account 111122223333"
