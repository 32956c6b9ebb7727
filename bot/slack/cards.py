"""An alert as the message that a channel sees: pure, from the alert alone."""

from typing import Any

from bot.core.alerts import Alert, AlertStatus
from bot.core.assessment import Severity
from bot.core.changes import ChangeKind, Membership, Outcome, PrefixListEdit, Tagging, VpcAssociation
from bot.core.places import ANYWHERE, Places
from bot.core.rules import ALL_PROTOCOLS, Direction
from bot.slack.blocks import (
    MAX_HEADLINE,
    Block,
    actions,
    button,
    context,
    line,
    listing,
    mention,
    moment,
    option,
    overflow,
    rich_text,
    text,
)
from bot.slack.text import counted, cut, date, duration, mrkdwn
from bot.slack.wording import (
    MAX_NAME,
    SEVERITY_WORDS,
    alert_group_words,
    effect_words,
    outcome_words,
    rule_lines,
    rule_words,
    what_words,
    who_line,
)

ACKNOWLEDGE = "acknowledge"
UNACKNOWLEDGE = "unacknowledge"
VIEW_RULES = "view_rules"
RECENT_CHANGES = "recent_changes"
WHOLE_CHANGE = "whole_change"
MORE = "more"

NOTE_OPTION = "note"
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
_GREY = "#dddddd"

_RULES_IN_PLAIN_CARD = 4
_TRAFFIC_IN_SENTENCE = 5

MAX_NOTE = 500
"""How long a note may be, in characters."""


def draw_card(alert: Alert, places: Places = ANYWHERE) -> dict[str, Any]:
    """
    Draw *alert* as the arguments "text", "attachments" and "metadata" of chat.postMessage and chat.update.

    The headline is the text, which notifications and screen readers take; the attachment gives the bar its colour.
    """
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
    who = mrkdwn(who_line(alert.digest.change), 500)
    rules = [mrkdwn(entry, 250) for entry in _rules(alert)[:_RULES_IN_PLAIN_CARD]]
    more = [f"… and {len(_rules(alert)) - len(rules)} more lines"] if len(rules) < len(_rules(alert)) else []
    sentences = [mrkdwn(sentence, 300) for sentence in _sentences(alert)]
    status = {AlertStatus.OPEN: ["Not acknowledged"], AlertStatus.ACKNOWLEDGED: ["Acknowledged"]}
    lines = [draw_headline(alert, places), who, *rules, *more, *sentences, *status.get(alert.status, [])]
    return {"text": "\n".join([*lines, _grey_line(alert)]), "attachments": [], "metadata": _metadata(alert)}


def draw_headline(alert: Alert, places: Places = ANYWHERE) -> str:
    """Say in one line what happened, to which group of which account, as mrkdwn."""
    change = alert.digest.change
    group = cut(alert_group_words(alert), MAX_NAME)
    account = places.account(change.account_id)
    if change.outcome is Outcome.DENIED:
        tried = f"{cut(change.principal.name, MAX_NAME)} {_attempt(alert)}"
        return f"⚪ Denied, nothing changed: {mrkdwn(f'{tried}, {account}', MAX_HEADLINE)}"
    if change.kind is ChangeKind.NOT_UNDERSTOOD:
        where = f"a security-group call in {account}. It may have opened something"
        return f"🟠 Not understood: {mrkdwn(where, MAX_HEADLINE)}"
    effect = effect_words(alert.assessment)
    done = what_words(alert.digest)
    match change.kind:
        case _ if change.is_cut and effect:
            what = f"{done}: {group} now has {effect}"
        case ChangeKind.PREFIX_LIST:
            what = effect or f"{group} {done}"
        case _ if effect:
            what = f"{effect} on {group}"
        case _ if change.is_cut:
            what = f"{group}: {done}"
        case ChangeKind.AUTHORIZE:
            what = f"{done} to {group}"
        case ChangeKind.REVOKE | ChangeKind.UNTAG:
            what = f"{done} from {group}"
        case ChangeKind.MODIFY | ChangeKind.DESCRIBE:
            what = f"{done} on {group}"
        case _:
            what = f"{group} {done}"
    return f"{SEVERITY_WORDS[alert.assessment.severity]}: {mrkdwn(f'{what}, {account}', MAX_HEADLINE)}"


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
    body = [line(text(who_line(alert.digest.change), 400))]
    rules = _rules(alert)
    if rules:
        body.append(listing(rules))
    body += [line(text(sentence, 600)) for sentence in _sentences(alert)]
    body += _status(alert)
    return [
        rich_text("body", *body),
        actions("actions", *_buttons(alert, places)),
        context("reference", _grey_line(alert)),
    ]


def _rules(alert: Alert) -> list[str]:
    if alert.reading:
        more = alert.reading.count - len(alert.reading.rules)
        return [rule_words(rule) for rule in alert.reading.rules] + ([f"… and {more:,} more"] if more else [])
    tried = "tried: " if alert.digest.change.outcome is Outcome.DENIED else ""
    return [f"{tried}{entry}" for entry in rule_lines(alert.digest)]


def _sentences(alert: Alert) -> list[str]:
    """Say what the change comes to."""
    change = alert.digest.change
    if change.kind is ChangeKind.NOT_UNDERSTOOD:
        named = f" It names {', '.join(change.mentioned)}." if change.mentioned else ""
        return [f"{change.event_name}, which Panopticon cannot read. {outcome_words(change)}.{named}"]
    unclear = "CloudTrail does not say whether that is ingress or egress; it is judged as ingress."
    has_no_direction = any(rule.direction is None for rule in change.modified)
    if change.outcome is Outcome.DENIED:
        return [f"{outcome_words(change)}.", *([unclear] if has_no_direction else [])]
    if change.is_cut:
        return _cut_sentences(alert)
    match change.effect:
        case Membership(resource_id):
            groups = ", ".join([alert_group_words(alert)] if change.group_id else change.mentioned)
            return [f"{resource_id} now has {groups} and no other group. What it had before is not known."]
        case VpcAssociation(vpc_id) if change.kind is ChangeKind.ASSOCIATE:
            return [f"It may now be put on what is in {vpc_id} too, where its rules then apply."]
        case PrefixListEdit(restored_version=version):
            which = "" if version is None else " Which entries that brings back is not told."
            return [f"Every rule that names this list changes with it.{which}"]
        case Tagging(tags):
            marked = "The tag said" if tags else "One of the tags may have said"
            several = f": {', '.join(change.mentioned)}" if change.mentioned else ""
            return [f"{marked} that code manages {f'these groups{several}' if several else 'this group'}."]
    match change.kind:
        case ChangeKind.DELETE:
            return ["What it held is not known."]
    admitted = _admitted_from_anywhere(alert)
    sentences = [f"Now admits {admitted}. What it admitted before is not known."] if admitted else []
    if change.kind is ChangeKind.MODIFY and not admitted:
        it = "What it was" if alert.digest.count == 1 else "What they were"
        sentences = [f"{it} before is not known."]
    return [*sentences, unclear] if has_no_direction else sentences


def _cut_sentences(alert: Alert) -> list[str]:
    """Say that AWS left out what changed, and what was read instead."""
    if alert.digest.change.kind is ChangeKind.PREFIX_LIST:
        return ["AWS left the entries out of its record. Every rule that names this list changes with it."]
    left_out = "AWS left the rules out of its record, as they are too many for it."
    if alert.reading is None:
        return [left_out]
    later = duration((alert.reading.at - alert.digest.change.time).total_seconds())
    count = counted(alert.reading.count, "rule")
    held = f"Above is what the group held when it was read {later} later: {count}."
    return [f"{left_out} {held} Which of them are new is not known."]


def _admitted_from_anywhere(alert: Alert) -> str:
    """Say what the added rules admit from the whole internet, by the kind of address."""
    versions: dict[str, set[int]] = {}
    for rule in alert.digest.change.opening:
        if rule.direction is Direction.INGRESS and rule.admits_any_address:
            traffic = "everything" if rule.protocol == ALL_PROTOCOLS else rule.traffic
            versions.setdefault(traffic, set()).add(getattr(rule.source, "version", 4))
    traffic_by_audience: dict[str, list[str]] = {}
    for traffic, seen in versions.items():
        audience = "any address" if seen == {4, 6} else f"any IPv{min(seen)} address"
        traffic_by_audience.setdefault(audience, []).append(traffic)
    is_cut = alert.digest.cut_count > 0
    return "; ".join(
        f"{audience} to {_list(words, is_cut=is_cut)}" for audience, words in traffic_by_audience.items()
    )


def _list(words: list[str], *, is_cut: bool) -> str:
    """List the first few of *words*, and say that there are more where there are, or may be as the change is cut."""
    shown = words[:_TRAFFIC_IN_SENTENCE]
    if is_cut:
        return f"{', '.join(shown)} and more"
    hidden = len(words) - len(shown)
    return ", ".join(shown) + (f" and {hidden} more" if hidden else "")


def _status(alert: Alert) -> list[Block]:
    match alert.status, alert.acknowledgement:
        case AlertStatus.ACKNOWLEDGED, taken if taken is not None:
            waited = duration((taken.at - alert.created_at).total_seconds())
            return [
                line(
                    text("Acknowledged by ", bold=True),
                    mention(taken.user.user_id),
                    text(" "),
                    moment(taken.at, "{time}"),
                    text(f", after {waited}"),
                    *([text(f': "{taken.note}"', MAX_NOTE + 4)] if taken.note else []),
                )
            ]
        case AlertStatus.OPEN, _:
            return [line(text("Not acknowledged", bold=True))]
        case _:
            return []


def _buttons(alert: Alert, places: Places) -> list[Block]:
    value = button_value(alert)
    buttons = []
    if alert.status is AlertStatus.OPEN:
        buttons.append(button(ACKNOWLEDGE, "Acknowledge", value, style="primary"))
    elif alert.status is AlertStatus.ACKNOWLEDGED:
        buttons.append(button(UNACKNOWLEDGE, "Unacknowledge", value))
    buttons += group_buttons(alert)
    if alert.digest.cut_count:
        buttons.append(button(WHOLE_CHANGE, f"All {alert.digest.count:,} lines", value))
    return [*buttons, overflow(MORE, *_options(alert, places))]


def _options(alert: Alert, places: Places) -> list[Block]:
    note = option("Acknowledge with note…", f"{NOTE_OPTION}:{button_value(alert)}")
    options = [note] if alert.status is AlertStatus.OPEN else []
    if alert.group:
        options.append(option("Open group in AWS", f"{LINK_OPTION}:group", url=places.group_url(alert.group)))
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
    controls = dict.fromkeys(finding.control for finding in alert.assessment.findings if finding.control)
    known = (change.group_id, alert.vpc_id, change.account_id, change.region)
    words = [mrkdwn(word, 200) for word in known if word]
    return " · ".join([*words, date(change.time), *controls, f"ref {alert.reference}"])


def _attempt(alert: Alert) -> str:
    change, group = alert.digest.change, cut(alert_group_words(alert), MAX_NAME)
    match change.effect:
        case PrefixListEdit():
            return f"tried to change {group}"
        case Membership(resource_id):
            return f"tried to put {group} on {resource_id}"
        case VpcAssociation(vpc_id):
            done = "associate" if change.kind is ChangeKind.ASSOCIATE else "disassociate"
            return f"tried to {done} {group} {'with' if done == 'associate' else 'from'} {vpc_id}"
    match change.kind:
        case _ if alert.assessment.findings:
            return f"tried to {alert.assessment.findings[0].attempt} on {group}"
        case ChangeKind.CREATE:
            return f"tried to create {group}"
        case ChangeKind.DELETE:
            return f"tried to delete {group}"
        case ChangeKind.AUTHORIZE:
            return f"tried to add {_counted_rules(alert.digest.count)} to {group}"
        case ChangeKind.REVOKE:
            return f"tried to remove {_counted_rules(alert.digest.count)} from {group}"
        case ChangeKind.MODIFY:
            return f"tried to change {_counted_rules(alert.digest.count)} of {group}"
        case ChangeKind.DESCRIBE:
            return f"tried to change descriptions of {group}"
        case _:
            return f"tried to call {change.event_name} on {group}"


def _counted_rules(count: int) -> str:
    """Count what was tried; nothing to count is what AWS left out of its record."""
    return "a rule" if count == 1 else f"{count:,} rules" if count else "rules"


def _colour(alert: Alert) -> str:
    return _COLOURS[alert.assessment.severity] if alert.status is AlertStatus.OPEN else _GREY


def _metadata(alert: Alert) -> dict[str, Any]:
    return {"event_type": EVENT_TYPE, "event_payload": {"alert_id": alert.alert_id}}
