"""What a card says below its rules: what the change comes to, and what is not known of it; not escaped."""

from bot.core.alerts import Alert, AlertStatus
from bot.core.changes import ChangeKind, Membership, Outcome, PrefixListEdit, Tagging, VpcAssociation
from bot.core.completion import lacks_before
from bot.core.meaning import Knowledge, Meaning
from bot.core.places import ANYWHERE, Places
from bot.core.quoting import as_name
from bot.core.rules import Direction
from bot.core.severity import Remark
from bot.slack.admitted import admitted_words, internet_words, unread_list_words
from bot.slack.behind_words import behind_sentences
from bot.slack.list_words import list_sentences
from bot.slack.meaning_words import effect_sentences
from bot.slack.text import counted, duration
from bot.slack.wording import MAX_NAME, alert_group_words, attempt_words, outcome_words


def sentences_of(alert: Alert, places: Places = ANYWHERE) -> list[str]:
    """Say what the change that *alert* tells comes to, and why no more is known."""
    unread = unread_sentences(alert, places)
    is_all = (
        unread and alert.digest.change.kind is ChangeKind.DELETE
    )  # of which else is said that it is not known
    if is_all:
        return [*who_sentences(alert), *unread]
    remarks = [remark.sentence for remark in alert.assessment.remarks]
    coming_to = _coming_to(alert, places, is_why_told=bool(unread))
    return [*coming_to, *remarks, *who_sentences(alert), *unread, *behind_sentences(alert, places)]


def who_sentences(alert: Alert) -> list[str]:
    """Say what matters of who made the changes that *alert* tells; of what is about one of several groups, also of which."""
    if alert.gathering is None:
        return [remark.sentence for remark in alert.assessment.about_who]
    is_of_several = alert.gathering.groups > 1
    return [
        f"{_on_groups(group, count)}: {remark.sentence}"
        if remark.of_group and is_of_several
        else remark.sentence
        for remark, group, count in alert.gathering.about_who
    ]


def remarks_about_who(alert: Alert) -> list[Remark]:
    """Give what matters of who made the changes that *alert* tells."""
    if alert.gathering is None:
        return list(alert.assessment.about_who)
    return [remark for remark, _, _ in alert.gathering.about_who]


def _on_groups(group: str, count: int) -> str:
    """
    Name the groups that something is said of.

    >>> _on_groups("app-01", 1), _on_groups("app-01", 3)
    ('app-01', 'app-01 and 2 more groups')
    """
    more = f" and {counted(count - 1, 'more group')}" if count > 1 else ""
    return f"{as_name(group, MAX_NAME)}{more}"


def _coming_to(alert: Alert, places: Places, *, is_why_told: bool) -> list[str]:
    change = alert.digest.change
    if change.kind is ChangeKind.NOT_UNDERSTOOD:
        called = {change.group_id: alert.group_name} if alert.group_name else {}  # its id stands in grey
        mentioned = ", ".join(
            as_name(called.get(group_id) or group_id, MAX_NAME) for group_id in change.mentioned
        )
        named = [f"names {mentioned}"] if mentioned else []
        return [" · ".join([change.event_name, outcome_words(change), *named])]
    if change.outcome is Outcome.DENIED:
        return [
            " ".join([f"{outcome_words(change)}.", *attempt_words(alert, 1)]),
            *_direction_sentences(alert),
        ]
    if alert.list_meaning:
        return list_sentences(alert.list_meaning, alert, places.networks)
    if change.is_cut:
        return _cut_sentences(alert, places)
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
    if alert.meaning:
        told = _effect_sentences(alert, alert.meaning, places, is_why_told=is_why_told)
        return [*told, *_direction_sentences(alert)]
    if change.kind is ChangeKind.DELETE:
        return ["What it held is not known."]
    return [*_unexplained_sentences(alert), *_direction_sentences(alert)]


def lead_of(alert: Alert) -> str | None:
    """Say what the lines of a card are, where their signs do not."""
    meaning = alert.meaning
    if meaning is None or not meaning.held or alert.digest.change.kind is not ChangeKind.DELETE:
        return None
    count = len(meaning.held) + meaning.more_held
    if meaning.knowledge is Knowledge.KNOWN:
        return f"It held {counted(count, 'rule')}:"
    return f"Of what it held, {counted(count, 'rule')} {'is' if count == 1 else 'are'} known:"


def _effect_sentences(
    alert: Alert, meaning: Meaning, places: Places, *, is_why_told: bool = False
) -> list[str]:
    change = alert.digest.change
    is_closed = alert.status is AlertStatus.CLOSED
    sentences = effect_sentences(
        meaning, alert.digest, places.networks, is_why_told=is_why_told, is_closed=is_closed
    )
    let_in = [rule for rule in meaning.newly if rule.direction is not Direction.EGRESS]
    if change.kind in (ChangeKind.AUTHORIZE, ChangeKind.MODIFY):
        sentences += unread_list_words(let_in)
        is_told = meaning.opened or alert.assessment.findings
        if let_in and meaning.knowledge is Knowledge.KNOWN and not is_told:
            sentences += internet_words(let_in, is_more=meaning.more_newly > 0)
    return [" ".join(sentences)] if sentences else []


def _unexplained_sentences(alert: Alert) -> list[str]:
    """Say what the record alone tells."""
    change = alert.digest.change
    from_anywhere = [
        rule for rule in change.opening if rule.direction is Direction.INGRESS and rule.admits_any_address
    ]
    if from_anywhere:
        admitted = admitted_words(from_anywhere, is_cut=alert.digest.cut_count > 0)
        return [f"Now admits {admitted}. What it admitted before is not known."]
    if change.kind is ChangeKind.MODIFY:
        return [f"{'What it was' if alert.digest.count == 1 else 'What they were'} before is not known."]
    return []


def _direction_sentences(alert: Alert) -> list[str]:
    """Say which way a modified rule is taken to go, where nothing tells."""
    known = (
        {altered.now.rule_id for altered in alert.meaning.altered if altered.now.direction}
        if alert.meaning
        else ()
    )
    if all(rule.direction or rule.rule_id in known for rule in alert.digest.change.modified):
        return []
    return ["CloudTrail does not say whether that is ingress or egress; it is judged as ingress."]


def _cut_sentences(alert: Alert, places: Places) -> list[str]:
    """Say that AWS left out what changed, and what was read instead."""
    if alert.digest.change.kind is ChangeKind.PREFIX_LIST:
        return ["AWS left the entries out of its record. Every rule that names this list changes with it."]
    left_out = "AWS left the rules out of its record, as they are too many for it."
    if alert.meaning and alert.meaning.knowledge is Knowledge.KNOWN:
        return [left_out, *_effect_sentences(alert, alert.meaning, places)]
    if alert.reading is None:
        return [left_out]
    later = duration((alert.reading.at - alert.digest.change.time).total_seconds())
    count = counted(alert.reading.count, "rule")
    held = f"Above is what the group held when it was read {later} later: {count}."
    return [f"{left_out} {held} Which of them are new is not known."]


def unread_sentences(alert: Alert, places: Places) -> list[str]:
    """Say why Panopticon could not read what it lacks."""
    unread, change = alert.unread, alert.digest.change
    if unread is None or not lacks_before(alert):
        return []
    account = places.account(change.account_id)
    else_ = " else" if alert.meaning and alert.meaning.held else ""
    what = f"What{else_} it held" if change.kind is ChangeKind.DELETE else "What it held before"
    if alert.gathering:
        what = "What they held before"
    if unread.role:
        return [
            f"{what} could not be read: role {unread.role} is missing in {account}, or does not let Panopticon in."
        ]
    return [
        f"{what} could not be read: AWS does not let Panopticon read groups in {account} ({unread.code})."
    ]
