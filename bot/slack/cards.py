"""An alert as the message that a channel sees: pure, from the alert alone."""

from typing import Any

from bot.core.alerts import Alert, AlertStatus
from bot.core.assessment import Severity
from bot.core.changes import ChangeKind, Outcome
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
    rich_text,
    text,
)
from bot.slack.text import cut, date, duration, mrkdwn
from bot.slack.wording import (
    MAX_NAME,
    account_words,
    alert_group_words,
    effect_words,
    outcome_words,
    rule_lines,
    what_words,
    who_line,
)

ACKNOWLEDGE = "acknowledge"
UNACKNOWLEDGE = "unacknowledge"
VIEW_RULES = "view_rules"
RECENT_CHANGES = "recent_changes"

EVENT_TYPE = "panopticon_alert"
"""Under this name a message's metadata holds the id of the alert it shows."""

_SEVERITY_WORDS = {
    Severity.CRITICAL: "🔴 Critical",
    Severity.HIGH: "🟠 High",
    Severity.MEDIUM: "🟡 Medium",
    Severity.LOW: "🔵 Low",
    Severity.INFORMATIONAL: "🔵 Informational",
}

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


def draw_card(alert: Alert) -> dict[str, Any]:
    """
    Draw *alert* as the arguments "text", "attachments" and "metadata" of chat.postMessage and chat.update.

    The headline is the text, which notifications and screen readers take; the attachment gives the bar its colour.
    """
    headline = draw_headline(alert)
    return {
        "text": headline,
        "attachments": [{"color": _colour(alert), "fallback": headline, "blocks": _blocks(alert)}],
        "metadata": _metadata(alert),
    }


def draw_plain_card(alert: Alert) -> dict[str, Any]:
    """
    Draw *alert* as text alone, for when Slack does not take its blocks: less handsome, nothing lost that matters.

    chat.update takes at most 4,000 characters of text.
    """
    who = mrkdwn(who_line(alert.digest.change), 500)
    rules = [mrkdwn(entry, 250) for entry in _rules(alert)[:_RULES_IN_PLAIN_CARD]]
    more = [f"… and {len(_rules(alert)) - len(rules)} more lines"] if len(rules) < len(_rules(alert)) else []
    sentences = [mrkdwn(sentence, 300) for sentence in _sentences(alert)]
    status = {AlertStatus.OPEN: ["Not acknowledged"], AlertStatus.ACKNOWLEDGED: ["Acknowledged"]}
    lines = [draw_headline(alert), who, *rules, *more, *sentences, *status.get(alert.status, [])]
    return {"text": "\n".join([*lines, _grey_line(alert)]), "attachments": [], "metadata": _metadata(alert)}


def draw_headline(alert: Alert) -> str:
    """Say in one line what happened, to which group of which account, as mrkdwn."""
    change = alert.digest.change
    group = cut(alert_group_words(alert), MAX_NAME)
    account = account_words(change.account_id)
    if change.outcome is Outcome.DENIED:
        tried = f"{cut(change.principal.name, MAX_NAME)} {_attempt(alert)}"
        return f"⚪ Denied, nothing changed: {mrkdwn(f'{tried}, {account}', MAX_HEADLINE)}"
    if change.kind is ChangeKind.NOT_UNDERSTOOD:
        where = f"a security-group call in {account}. It may have opened something"
        return f"🟠 Not understood: {mrkdwn(where, MAX_HEADLINE)}"
    effect = effect_words(alert.assessment)
    match change.kind:
        case _ if effect:
            what = f"{effect} on {group}"
        case ChangeKind.AUTHORIZE:
            what = f"{what_words(alert.digest)} to {group}"
        case ChangeKind.REVOKE:
            what = f"{what_words(alert.digest)} from {group}"
        case _:
            what = f"{group} {what_words(alert.digest)}"
    return f"{_SEVERITY_WORDS[alert.assessment.severity]}: {mrkdwn(f'{what}, {account}', MAX_HEADLINE)}"


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


def _blocks(alert: Alert) -> list[Block]:
    body = [line(text(who_line(alert.digest.change), 400))]
    rules = _rules(alert)
    if rules:
        body.append(listing(rules))
    body += [line(text(sentence, 600)) for sentence in _sentences(alert)]
    body += _status(alert)
    buttons = _buttons(alert)
    return [
        rich_text("body", *body),
        *([actions("actions", *buttons)] if buttons else []),
        context("reference", _grey_line(alert)),
    ]


def _rules(alert: Alert) -> list[str]:
    tried = "tried: " if alert.digest.change.outcome is Outcome.DENIED else ""
    return [f"{tried}{entry}" for entry in rule_lines(alert.digest)]


def _sentences(alert: Alert) -> list[str]:
    """Say what the change comes to."""
    change = alert.digest.change
    if change.kind is ChangeKind.NOT_UNDERSTOOD:
        named = f" It names {', '.join(change.mentioned)}." if change.mentioned else ""
        return [f"{change.event_name}, which Panopticon cannot read. {outcome_words(change)}.{named}"]
    if change.outcome is Outcome.DENIED:
        return [f"{outcome_words(change)}."]
    if change.kind is ChangeKind.DELETE:
        return ["What it held is not known."]
    admitted = _admitted_from_anywhere(alert)
    return [f"Now admits {admitted}. What it admitted before is not known."] if admitted else []


def _admitted_from_anywhere(alert: Alert) -> str:
    """Say what the added rules admit from the whole internet, by the kind of address."""
    versions: dict[str, set[int]] = {}
    for rule in alert.digest.change.added:
        if rule.direction is Direction.INGRESS and rule.admits_any_address:
            traffic = "everything" if rule.protocol == ALL_PROTOCOLS else rule.traffic
            versions.setdefault(traffic, set()).add(getattr(rule.source, "version", 4))
    traffic_by_audience: dict[str, list[str]] = {}
    for traffic, seen in versions.items():
        audience = "any address" if seen == {4, 6} else f"any IPv{min(seen)} address"
        traffic_by_audience.setdefault(audience, []).append(traffic)
    is_cut = alert.digest.added_count > len(alert.digest.change.added)
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
                )
            ]
        case AlertStatus.OPEN, _:
            return [line(text("Not acknowledged", bold=True))]
        case _:
            return []


def _buttons(alert: Alert) -> list[Block]:
    value = button_value(alert)
    buttons = []
    if alert.status is AlertStatus.OPEN:
        buttons.append(button(ACKNOWLEDGE, "Acknowledge", value, style="primary"))
    elif alert.status is AlertStatus.ACKNOWLEDGED:
        buttons.append(button(UNACKNOWLEDGE, "Unacknowledge", value))
    return buttons + group_buttons(alert)


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
    if alert.assessment.findings:
        return f"tried to {alert.assessment.findings[0].attempt} on {group}"
    match change.kind:
        case ChangeKind.CREATE:
            return f"tried to create {group}"
        case ChangeKind.DELETE:
            return f"tried to delete {group}"
        case ChangeKind.AUTHORIZE:
            return f"tried to add {_counted_rules(alert.digest.added_count)} to {group}"
        case ChangeKind.REVOKE:
            return f"tried to remove {_counted_rules(alert.digest.removed_count)} from {group}"
        case ChangeKind.NOT_UNDERSTOOD:
            return f"tried to call {change.event_name} on {group}"


def _counted_rules(count: int) -> str:
    return "a rule" if count == 1 else f"{count:,} rules"


def _colour(alert: Alert) -> str:
    return _COLOURS[alert.assessment.severity] if alert.status is AlertStatus.OPEN else _GREY


def _metadata(alert: Alert) -> dict[str, Any]:
    return {"event_type": EVENT_TYPE, "event_payload": {"alert_id": alert.alert_id}}
