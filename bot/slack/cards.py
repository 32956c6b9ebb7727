"""An alert as the message that a channel sees: pure, from the alert alone."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from bot.core.alerts import Alert, AlertStatus
from bot.core.assessment import Severity
from bot.core.changes import ChangeKind, Discovery, Outcome
from bot.core.gathering import Gathering
from bot.core.identity import permission_set
from bot.core.mutes import can_be_muted
from bot.core.named_networks import NamedNetworks
from bot.core.places import ANYWHERE, Places
from bot.slack.behind_words import behind_sentences
from bot.slack.blocks import (
    Block,
    actions,
    button,
    context,
    line,
    link,
    listing,
    mention,
    moment,
    option,
    overflow,
    rich_text,
    text,
)
from bot.slack.gathered import gathered_lines, gathered_sentences
from bot.slack.headlines import draw_headline
from bot.slack.lines import rule_lines
from bot.slack.sentences import (
    lead_of,
    remarks_about_who,
    sentences_of,
    unread_sentences,
    who_sentences,
)
from bot.slack.status import (
    closing_markup,
    explained_words,
    left_words,
    policy_words,
    remaining_words,
    status_lines,
)
from bot.slack.text import date, mrkdwn
from bot.slack.wording import rule_words, who_line

ACKNOWLEDGE = "acknowledge"
UNACKNOWLEDGE = "unacknowledge"
VIEW_RULES = "view_rules"
RECENT_CHANGES = "recent_changes"
WHOLE_CHANGE = "whole_change"
VIEW_GROUPS = "view_groups"
MORE = "more"

NOTE_OPTION = "note"
MUTE_OPTION = "mute"
LINK_OPTION = "link"

EVENT_TYPE = "panopticon_alert"
"""Under this name a message's metadata holds the id of the alert it shows."""

# The bar beside the card, never the only sign: the headline says the same in a word.
_COLOURS = {
    Severity.CRITICAL: "#a30200",
    Severity.HIGH: "#e0701b",
    Severity.MEDIUM: "#daa038",
    Severity.LOW: "#3b7dd8",
    Severity.INFORMATIONAL: "#3b7dd8",
}
_GREEN = "#2eb886"
_GREY = "#8d8d8d"  # a lighter one is the loudest of all bars where Slack is dark

_RULES_IN_PLAIN_CARD = 4
_A_MINUTE = timedelta(minutes=1)
_MANY_LINES = 21
_LINE, _LINE_OF_MANY = 220, 150


def draw_card(alert: Alert, places: Places = ANYWHERE) -> dict[str, Any]:
    """
    Draw *alert* as the arguments "text", "attachments" and "metadata" of chat.postMessage and chat.update.

    The headline is the text, which notifications and screen readers take; the attachment gives the bar its colour.
    """
    places = _with_groups(places, alert)
    headline = draw_headline(alert, places)
    return {
        "text": headline,
        "attachments": [{"color": _colour(alert), "fallback": headline, "blocks": _blocks(alert, places)}],
        "metadata": _metadata(alert),
    }


def draw_plain_card(alert: Alert, places: Places = ANYWHERE) -> dict[str, Any]:
    """
    Draw *alert* as text alone, for when Slack does not take its blocks: less handsome, nothing lost that matters.

    chat.update takes at most 4,000 characters of text.
    """
    places = _with_groups(places, alert)
    who = mrkdwn(who_line(alert.digest.change, places, alert.person), 500)
    if alert.gathering:
        lead, listed = [], gathered_lines(alert, alert.gathering, places.networks)
        told = _told_together(alert, alert.gathering, places)
    else:
        lead = [mrkdwn(words, 100) for words in [lead_of(alert)] if words]
        listed, told = _rules(alert, places), sentences_of(alert, places)
    rules = [mrkdwn(entry, 250) for entry in listed[:_RULES_IN_PLAIN_CARD]]
    more = [f"… and {len(listed) - len(rules)} more lines"] if len(rules) < len(listed) else []
    sentences = [mrkdwn(sentence, 300) for sentence in told]
    lines = [
        draw_headline(alert, places),
        who,
        *lead,
        *rules,
        *more,
        *sentences,
        *_plain_status(alert, places.networks),
    ]
    return {"text": "\n".join([*lines, _grey_line(alert)]), "attachments": [], "metadata": _metadata(alert)}


def _with_groups(places: Places, alert: Alert) -> Places:
    """Call the groups that rules let in as they are called, where somebody has looked; the alert's own is known anyway."""
    own_id, own_name = alert.digest.change.group_id, alert.group_name
    own = ((own_id, own_name),) if own_id and own_name else ()
    known = (*own, *(alert.surroundings.called if alert.surroundings else ()))
    return replace(places, networks=replace(places.networks, groups=known)) if known else places


def button_value(alert: Alert) -> str:
    """Name the alert and the version that the reader of its card sees."""
    return f"{alert.alert_id}.{alert.version}"


def read_button_value(value: str) -> tuple[str, int] | None:
    """
    Read what button_value wrote; None for anything else.

    >>> read_button_value("4f6c.2"), read_button_value("4f6c")
    (('4f6c', 2), None)
    """
    alert_id, _, version = value.partition(".")
    return (alert_id, int(version)) if alert_id and version.isdecimal() and version.isascii() else None


def _blocks(alert: Alert, places: Places) -> list[Block]:
    if alert.gathering:
        return _gathered_blocks(alert, alert.gathering, places)
    body = [line(*_who(alert, places), *_window(alert), *_run_link(alert, places))]
    if lead := lead_of(alert):
        body.append(line(text(lead)))
    rules = _rules(alert, places)
    if rules:
        body.append(listing(rules, _LINE if len(rules) <= _MANY_LINES else _LINE_OF_MANY))
    body += [line(text(sentence, 600)) for sentence in sentences_of(alert, places)]
    body += status_lines(alert, networks=places.networks)
    return [
        rich_text("body", *body),
        *_actions(alert, places),
        context("reference", _grey_line(alert)),
    ]


def _gathered_blocks(alert: Alert, gathering: Gathering, places: Places) -> list[Block]:
    times = [text(" · "), moment(gathering.first, "{time}")]
    if gathering.last - gathering.first >= _A_MINUTE:
        times += [text("–"), moment(gathering.last, "{time}")]
    times.append(text(", finished" if gathering.is_over else ", still going on"))
    body = [line(*_who(alert, places), *times, *_run_link(alert, places))]
    if lines := gathered_lines(alert, gathering, places.networks):
        body.append(listing(lines, _LINE))
    told = _told_together(alert, gathering, places)
    body += [line(text(sentence, 600)) for sentence in told]
    body += status_lines(alert, networks=places.networks)
    return [
        rich_text("body", *body),
        *_actions(alert, places),
        context("reference", _grey_line(alert)),
    ]


def _told_together(alert: Alert, gathering: Gathering, places: Places) -> list[str]:
    return [
        *gathered_sentences(alert, gathering, places.networks),
        *who_sentences(alert),
        *unread_sentences(alert, places),
        *behind_sentences(alert, places),
    ]


def _window(alert: Alert) -> list[Block]:
    """Say between which times it happened, where no event tells when."""
    change = alert.digest.change
    match change.effect:
        case Discovery(after=datetime() as after):
            return [text(", some time between "), moment(after), text(" and "), moment(change.time)]
        case Discovery():
            return [text(", before "), moment(change.time)]
        case _:
            return []


def _who(alert: Alert, places: Places) -> list[Block]:
    """
    Say who made the change: the person in Slack if known, by name, which notifies nobody, unless the policy has them mentioned.

    Whose address is but the name of a session, which its caller chose, is never mentioned.
    """
    change = alert.digest.change
    if alert.person and places.mentions and permission_set(change.principal):
        return [mention(alert.person.user_id), text(f" · {who_line(change, places)}", 400)]
    return [text(who_line(change, places, alert.person), 480)]


def _run_link(alert: Alert, places: Places) -> list[Block]:
    """Link to the run of the pipeline that made the change, where the policy says how."""
    run = places.run_url(alert.digest.change)
    return [text(" · "), link(run, "pipeline run")] if run else []


def _rules(alert: Alert, places: Places) -> list[str]:
    if alert.reading:
        more = alert.reading.count - len(alert.reading.rules)
        held = [rule_words(rule, places.networks) for rule in alert.reading.rules]
        return held + ([f"… and {more:,} more"] if more else [])
    tried = "tried: " if alert.digest.change.outcome is Outcome.DENIED else ""
    lines = rule_lines(alert.digest, alert.meaning, with_blame=True, networks=places.networks)
    return [f"{tried}{entry}" for entry in lines]


def _actions(alert: Alert, places: Places) -> list[Block]:
    buttons = _buttons(alert, places)
    return [actions("actions", *buttons)] if buttons else []


def _buttons(alert: Alert, places: Places) -> list[Block]:
    value = button_value(alert)
    buttons = []
    if alert.status is AlertStatus.OPEN:
        buttons.append(button(ACKNOWLEDGE, "Acknowledge", value, style="primary"))
    elif alert.status is AlertStatus.ACKNOWLEDGED:
        buttons.append(button(UNACKNOWLEDGE, "Unacknowledge", value))
    if alert.gathering and alert.gathering.groups > 1:
        count = alert.gathering.groups
        return [
            *buttons,
            button(VIEW_GROUPS, f"View {count:,} groups", value),
            *_menu(alert, places),
        ]
    buttons += group_buttons(alert)
    if alert.digest.cut_count and not alert.is_gathered:
        buttons.append(button(WHOLE_CHANGE, f"All {alert.digest.count:,} lines", value))
    return [*buttons, *_menu(alert, places)]


def _menu(alert: Alert, places: Places) -> list[Block]:
    options = _options(alert, places)
    return [overflow(MORE, *options)] if options else []


def _options(alert: Alert, places: Places) -> list[Block]:
    note = option("Acknowledge with note…", f"{NOTE_OPTION}:{button_value(alert)}")
    options = [note] if alert.status is AlertStatus.OPEN else []
    if can_be_muted(alert):
        options.append(option("Mute…", f"{MUTE_OPTION}:{button_value(alert)}"))
    group = alert.group
    if group and not _is_of_several(alert):
        options.append(option("Open group in AWS", f"{LINK_OPTION}:group", url=places.group_url(group)))
    if alert.digest.change.kind is ChangeKind.FOUND:
        return options
    event = places.event_url(alert.digest.change)
    return [*options, option("Open event in CloudTrail", f"{LINK_OPTION}:event", url=event)]


def group_buttons(alert: Alert) -> list[Block]:
    """Offer what one can see of the alert's group: nothing where it is not known, and no rules once it is deleted."""
    if alert.group is None:
        return []
    change, value = alert.digest.change, button_value(alert)
    is_gone = change.kind is ChangeKind.DELETE and change.outcome is Outcome.SUCCEEDED
    rules = [] if is_gone else [button(VIEW_RULES, "View rules", value)]
    return [*rules, button(RECENT_CHANGES, "Recent changes", value)]


def _grey_line(alert: Alert) -> str:
    change = alert.digest.change
    of_group = () if _is_of_several(alert) else (change.group_id, alert.vpc_id)
    found = (
        [finding for finding, _ in alert.gathering.findings] if alert.gathering else alert.assessment.findings
    )
    remarks = (
        [remark for remark, _ in alert.gathering.remarks] if alert.gathering else alert.assessment.remarks
    )
    reasons = (*found, *remarks, *remarks_about_who(alert))
    controls = dict.fromkeys(control for reason in reasons for control in reason.controls)
    first = ["first change in 90 days"] if alert.is_first else []
    words = [mrkdwn(word, 200) for word in (*of_group, change.account_id, change.region) if word]
    return " · ".join(
        [
            *words,
            date(change.time),
            *([", ".join(controls)] if controls else []),
            *first,
            f"ref {alert.reference}",
        ]
    )


def _plain_status(alert: Alert, networks: NamedNetworks) -> list[str]:
    remaining, closing = remaining_words(alert, networks), closing_markup(alert)
    left = left_words(alert, networks)
    by_policy = [mrkdwn(words, 200) for words in [policy_words(alert)] if words]
    taken = ["Acknowledged"] if alert.acknowledgement else by_policy
    words = ["Not acknowledged"] if alert.status is AlertStatus.OPEN else taken
    return [
        *words,
        *(mrkdwn(explained, 300) for explained in explained_words(alert)),
        *([f"Still open: {mrkdwn(remaining, 200)}"] if remaining else []),
        *([closing] if closing else []),
        *([f"Not closed by that: {mrkdwn(left, 200)}"] if left else []),
    ]


def _is_of_several(alert: Alert) -> bool:
    """Tell whether *alert* gathers changes of more than one group."""
    return alert.gathering is not None and alert.gathering.groups > 1


def _colour(alert: Alert) -> str:
    if alert.status is AlertStatus.CLOSED:
        return _GREEN
    return _COLOURS[alert.severity] if alert.status is AlertStatus.OPEN else _GREY


def _metadata(alert: Alert) -> dict[str, Any]:
    return {"event_type": EVENT_TYPE, "event_payload": {"alert_id": alert.alert_id}}
