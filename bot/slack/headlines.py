"""An alert in one line: a card's headline, which notifications show too, and the name of the alert in lists and modals."""

from bot.core.alerts import Alert, AlertStatus
from bot.core.behind import lowered
from bot.core.changes import ChangeKind, Membership, Outcome, PrefixListEdit, VpcAssociation
from bot.core.places import ANYWHERE, Places
from bot.slack.blocks import MAX_HEADLINE
from bot.slack.gathered import gathered_words
from bot.slack.list_words import list_headline
from bot.slack.meaning_words import closed_words, how_long
from bot.slack.sentences import remarks_about_who
from bot.slack.text import mrkdwn
from bot.slack.wording import SEVERITY_WORDS, alert_group_words, effect_words, name_words, what_words


def draw_headline(alert: Alert, places: Places = ANYWHERE) -> str:
    """Say in one line what happened, to which group of which account, as mrkdwn."""
    change = alert.digest.change
    if alert.gathering:
        words = mrkdwn(gathered_words(alert, alert.gathering, places), MAX_HEADLINE)
        is_denied = change.outcome is Outcome.DENIED
        return f"⚪ Denied, nothing changed: {words}" if is_denied else f"{_severity_words(alert)}: {words}"
    group = alert_group_words(alert)
    account = places.account(change.account_id)
    if change.outcome is Outcome.DENIED:
        tried = f"{name_words(change.principal)} {_attempt(alert)}"
        return f"⚪ Denied, nothing changed: {mrkdwn(f'{tried}, {account}', MAX_HEADLINE)}"
    if change.kind is ChangeKind.NOT_UNDERSTOOD:
        where = f"a security-group call in {account}. It may have opened something"
        return f"🟠 Not understood: {mrkdwn(where, MAX_HEADLINE)}"
    effect, closed = effect_words(alert.assessment), closed_words(alert.meaning)
    done = what_words(alert.digest, alert.meaning)
    match change.kind:
        case ChangeKind.PREFIX_LIST if in_groups := list_headline(alert, places.networks):
            what = in_groups
        case _ if change.is_cut and effect:
            what = f"{done}: {group} now has {effect}"
        case ChangeKind.PREFIX_LIST:
            what = effect or f"{group} {done}"
        case _ if effect and isinstance(change.effect, Membership):
            what = f"{effect} on {change.effect.resource_id}, now in {group}"
        case _ if effect:
            what = f"{effect} on {group}"
        case ChangeKind.REVOKE | ChangeKind.MODIFY | ChangeKind.FOUND if closed:
            what = f"{closed} on {group}"
        case _ if change.is_cut:
            what = f"{group}: {done}"
        case ChangeKind.AUTHORIZE:
            what = f"{done} to {group}"
        case ChangeKind.REVOKE | ChangeKind.UNTAG:
            what = f"{done} from {group}"
        case ChangeKind.MODIFY | ChangeKind.DESCRIBE | ChangeKind.FOUND:
            what = f"{done} on {group}"
        case _:
            what = f"{group} {done}"
    if change.kind is ChangeKind.FOUND:
        what = f"Found without an event: {what}"
    after = ""
    if change.kind is ChangeKind.DELETE and closed and alert.meaning:
        how = how_long(alert.meaning, change.time)
        after = f". {closed}{f' ({how})' if how else ''}"
    return f"{_severity_words(alert)}: {mrkdwn(f'{what}, {account}{after}', MAX_HEADLINE)}"


def _severity_words(alert: Alert) -> str:
    """
    Say how much an alert matters, and why where that is not what it lets in, as the rest of a headline says that alone.

    Of what is closed, say that first: whoever is woken by it need not get up.
    """
    if alert.gathering:
        severity, found = alert.severity, [finding.severity for finding, _ in alert.gathering.findings]
        remarks = [remark for remark, _ in alert.gathering.remarks]
    else:
        severity, found = alert.own_severity, [finding.severity for finding in alert.assessment.findings]
        remarks = list(alert.assessment.remarks)
    if alert.status is AlertStatus.CLOSED:
        return f"🟢 Closed, was {severity.name.lower()}"
    if any(lowered(each, alert.surroundings) >= severity for each in found):
        return SEVERITY_WORDS[severity]
    weighing = (each.in_short for each in (*remarks_about_who(alert), *remarks) if each.severity >= severity)
    why = next((words for words in weighing if words), None)
    return f"{SEVERITY_WORDS[severity]}, {why}" if why else SEVERITY_WORDS[severity]


def _attempt(alert: Alert) -> str:
    change, group = alert.digest.change, alert_group_words(alert)
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
