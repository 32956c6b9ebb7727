"""What is told about a change, who took it, and how far its card in Slack has come."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from bot.core.assessment import Assessment, Severity, order_by_weight
from bot.core.behind import Behind, Exposed, NotRead, Surroundings, asks_what_sits_behind, lowered
from bot.core.changes import (
    ChangeKind,
    Digest,
    GroupDetails,
    GroupKey,
    Membership,
    Outcome,
    PrefixListEdit,
    SecurityGroupChange,
    Tagging,
    line_count,
)
from bot.core.errors import PanopticonError
from bot.core.gathering import Gathering
from bot.core.ledger import Author
from bot.core.list_meaning import ListMeaning
from bot.core.meaning import Meaning, what_it_let_in
from bot.core.parts import Part, Reading
from bot.core.people import Person
from bot.core.quiet import Quiet
from bot.core.rules import Rule, groups_of
from bot.core.severity import STANDARD, SeverityPolicy
from bot.core.tags import marks_as_code

LEASE = timedelta(seconds=20)
"""How long one holder may draw an alert's card: longer than a call to Slack may take, and its plain form after it."""

LONGEST_LEASE = timedelta(hours=1)
"""How long a lease may grow while it stays unknown whether Slack took a card: what is critical waits no longer for its next try."""

MAX_RULES_IN_ALERT = 20
"""How many rules an alert carries for its card; the stored change has all."""


_MOST_LET_IN = 10


class AlertStatus(StrEnum):
    """Where an alert stands."""

    OPEN = "open"  # waiting for someone
    ACKNOWLEDGED = "acknowledged"  # someone took it
    CLOSED = "closed"  # what it opened is not open any more, whoever took it or not
    NOTED = "noted"  # asks for nothing: AWS refused the call, or nobody wants to be notified of it


@dataclass(frozen=True, slots=True)
class User:
    """A person in Slack."""

    user_id: str
    team_id: str


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """Who took an alert, when, and why if they said so; *seen_version* is that of the card that they clicked on."""

    user: User
    at: datetime
    seen_version: int
    note: str | None = None


@dataclass(frozen=True, slots=True)
class MessageRef:
    """A message in Slack: its channel's id and its timestamp, which is its id there."""

    channel: str
    ts: str


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to call Slack for one alert, until *until*; *holder* is unique to one attempt."""

    holder: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Unread:
    """
    That a group could not be read at *at*, as Panopticon may not: *code* is AWS's, *role* the one in the group's account that
    is missing or does not let it in, None where it is EC2 that refuses.
    """

    at: datetime
    code: str
    role: str | None


@dataclass(frozen=True, slots=True)
class Shown:
    """What a card in Slack showed when it was drawn last, and when that was."""

    at: datetime
    severity: Severity
    status: AlertStatus


@dataclass(frozen=True, slots=True)
class Closing:
    """
    When the last of what an alert opened was closed, and since when it was open; *since* None where that is not known.

    *name* is the principal's, None for an event not seen.
    """

    at: datetime
    name: str | None
    event_id: str | None
    since: datetime | None


@dataclass(frozen=True, slots=True)
class Share:
    """
    Which changes of a burst an alert gathers: those that joined it, or the alerts before it, in versions behind *after*.

    *until* is the last of those versions, None while more may come; what came later is told by the alert *next_alert_id*.
    *burst_id* is the id of the first alert of the burst, under which all of its changes stand.
    """

    burst_id: str
    after: int
    until: int | None = None
    next_alert_id: str | None = None


@dataclass(frozen=True, slots=True)
class Alert:
    """
    What is told about a change, or about those that gather in a burst.

    *version* rises by one with every transition; *drawn_version* is the one that Slack shows, 0 before the first.
    *content_version* is the version at which what is told last grew: acknowledging covers no more than was seen.
    *digest* is the change, cut to the lines worth showing; *reading* stands in where the record leaves them out.
    *meaning* is what the change comes to, None for one that is not about a known group's rules. *remaining* is what of all
    that it let in is admitted still, as far as that is known; *closing* is set once nothing is of what mattered.
    *list_meaning* is what an edit of a prefix list comes to, None until somebody has looked.
    *explained* are the changes that did what was found without an event, once theirs came after all.
    *unread* says why what the group held could not be read, None where nobody tried or a reading has succeeded since.
    *surroundings* is what sits behind the group, and behind others of a burst, None until somebody has looked; the assessment is
    without it. *exposes* is what the groups admit that something was put under, None where nothing was.
    *group_name* and *vpc_id* are None until someone learns them. *message* is None until Slack has told the card's timestamp.
    *lease* is None when nobody draws. *shown* is what the card showed last, None before the first and where there is none;
    *waits_until* is when it is its turn to be drawn, None where it waits for none. *quiet* says why it gets no card, None for
    one that does. *is_first* says that it is the first change of its principal in 90 days; *person* is who in Slack made it,
    None until that is known. *expected* is the policy's name for the principal where the policy has acknowledged it, so that nobody
    need to. *attempts* counts what AWS denied the principal in the ten minutes up to the latest change that this tells, 0 where it
    denied none.

    Of a burst, all this is about the first change. *changes* counts them, *share* says which of them they are, None while
    there is one alone; *joined_severity* is the highest of the others, *gathering* what all come to as of *drawn_version*. *redraw_due*
    is when a job will have drawn what joined last. *is_over* says that nothing has joined for a while.
    """

    alert_id: str
    version: int
    content_version: int
    drawn_version: int
    status: AlertStatus
    assessment: Assessment
    digest: Digest
    group_name: str | None
    vpc_id: str | None
    created_at: datetime
    reading: Reading | None = None
    meaning: Meaning | None = None
    remaining: tuple[Rule, ...] = ()
    closing: Closing | None = None
    list_meaning: ListMeaning | None = None
    unread: Unread | None = None
    surroundings: Surroundings | None = None
    exposes: Exposed | None = None
    explained: tuple[Author, ...] = ()
    acknowledgement: Acknowledgement | None = None
    message: MessageRef | None = None
    lease: Lease | None = None
    shown: Shown | None = None
    waits_until: datetime | None = None
    quiet: Quiet | None = None
    expected: str | None = None
    is_first: bool = False
    person: Person | None = None
    attempts: int = 0
    changes: int = 1
    share: Share | None = None
    joined_severity: Severity | None = None
    gathering: Gathering | None = None
    redraw_due: datetime | None = None
    is_over: bool = False

    @property
    def is_gathered(self) -> bool:
        """Whether it tells more than one change."""
        return self.changes > 1

    @property
    def severity(self) -> Severity:
        """
        How much the worst of what it tells matters, given what sits behind the group of the first of its changes.

        That may be less than it was judged to be when it came, which decided whether and where it is told: knowing more
        takes no card back. What joined it is as it was judged.
        """
        return max(self.own_severity, self.joined_severity or Severity.INFORMATIONAL)

    @property
    def own_severity(self) -> Severity:
        """
        How much the first of its changes matters.

        What sits behind lowers what is found of who is let in, as it says who can be reached. Remarks stand as they are: a
        default group is given to whatever is started next, many rules are as hard to oversee, who made the change is who it
        was. So does what is judged without a finding, by not being known.
        """
        own, findings = self.assessment.severity, self.assessment.findings
        if not findings or lowered(own, self.surroundings) == own:
            return own
        remarks = (*self.assessment.remarks, *self.assessment.about_who)
        return max([lowered(findings[0].severity, self.surroundings), *(each.severity for each in remarks)])

    @property
    def judged_severity(self) -> Severity:
        """How much the worst of what it tells mattered before anybody had looked at what sits behind it."""
        return max(self.assessment.severity, self.joined_severity or Severity.INFORMATIONAL)

    def behind_group(self, group_id: str) -> Behind | NotRead | None:
        """Give what was read of what sits behind one of its groups; None where nobody has looked."""
        change, around = self.digest.change, self.surroundings
        if around is None:
            return None
        is_first = group_id == change.group_id and not isinstance(change.effect, Membership)
        return (around.behind if is_first else None) or around.of_joined(group_id)

    @property
    def groups_to_look_behind(self) -> tuple[str, ...]:
        """Name the groups of a burst of which it is to be told what sits behind them, and nobody has looked."""
        opened = self.gathering.opened if self.gathering else ()
        return tuple(group_id for group_id, _ in opened if self.behind_group(group_id) is None)

    @property
    def groups_let_in(self) -> tuple[str, ...]:
        """Name the groups of its own account that rules on its card let in, by their ids, the first few."""
        change, meaning, gathering = self.digest.change, self.meaning, self.gathering
        rules = [*change.added, *change.modified, *change.removed]
        if meaning:
            rules += (*meaning.newly, *meaning.before, *meaning.no_longer, *meaning.left)
        if gathering:
            rules += (*(rule for rule, _ in gathering.admitted), *(line.rule for line in gathering.lines))
        return groups_of(rules, change.account_id)[:_MOST_LET_IN]

    @property
    def lacks_surroundings(self) -> bool:
        """Whether it tells a burst, or the rest of one, and nobody has looked behind one of its groups, as somebody is to."""
        is_untold = self.share is not None and self.surroundings is None
        return bool(self.groups_to_look_behind) or (is_untold and asks_what_sits_behind(self.digest.change))

    @property
    def is_behind(self) -> bool:
        """Whether the card in Slack does not show the latest version."""
        return self.drawn_version < self.version

    @property
    def group(self) -> GroupKey | None:
        """The group it is about, if that is known."""
        return self.digest.change.group

    @property
    def reference(self) -> str:
        """A short word for people to name this alert by."""
        return self.alert_id[:6]


class TransitionRefused(PanopticonError):
    """An alert is not in the state that a click assumes; *alert* is how it stands, so that the loser learns who won."""

    def __init__(self, alert: Alert) -> None:
        super().__init__(f"alert {alert.alert_id} is {alert.status}")
        self.alert = alert


class AlreadyRecorded(PanopticonError):
    """The event was taken before; *alert_id* names the alert that tells it, None where none does."""

    def __init__(self, alert_id: str | None) -> None:
        super().__init__(f"already recorded, alert {alert_id}")
        self.alert_id = alert_id


class NothingToDraw(PanopticonError):
    """An alert's card needs nothing from this caller: it is up to date, somebody else draws it, or it is gone."""


class LeaseLost(PanopticonError):
    """Somebody else took over an alert whose lease ran out while it was drawn."""


class AlertNotFound(PanopticonError):
    """The store holds no such alert (any more)."""


def alert_id_for(event_id: str) -> str:
    """Derive the id of the alert that the event *event_id* raises, so that a repeat raises the same one."""
    return hashlib.sha256(event_id.encode()).hexdigest()[:16]


def part_of(alert: Alert) -> Part:
    """Give the first of the changes that *alert* gathers."""
    return Part(
        version=alert.share.after if alert.share else alert.version,
        digest=alert.digest,
        assessment=alert.assessment,
        meaning=alert.meaning,
        reading=alert.reading,
        group_name=alert.group_name,
        vpc_id=alert.vpc_id,
    )


def as_told_by(part: Part, alert: Alert) -> Alert:
    """Give *alert* as if it told *part* alone."""
    return replace(
        alert,
        digest=part.digest,
        assessment=part.assessment,
        meaning=part.meaning,
        reading=part.reading,
        group_name=part.group_name,
        vpc_id=part.vpc_id,
        remaining=(),
        list_meaning=None,
        surroundings=None,
        exposes=None,
        changes=1,
        share=None,
        joined_severity=None,
        gathering=None,
    )


def takes_more(alert: Alert) -> bool:
    """Whether a further change may join *alert*: not once a person took it, or what it opened is closed."""
    is_taken_by_policy = alert.status is AlertStatus.ACKNOWLEDGED and alert.expected is not None
    return alert.status in (AlertStatus.OPEN, AlertStatus.NOTED) or is_taken_by_policy


def with_joined(alert: Alert, new: Alert, *, redraw_due: datetime | None) -> Alert:
    """
    Give *alert* with one change more, that which *new* would tell alone; its card will have been drawn anew at *redraw_due*.

    What asks for something makes the alert ask for it; what alone would get a card gives one to an alert that had none.
    """
    version = alert.version + 1
    is_quiet = alert.quiet is not None and new.quiet is not None
    status = max(alert.status, new.status, key=_BY_WHAT_THEY_ASK.index)
    return replace(
        alert,
        status=status,
        expected=(alert.expected or new.expected) if status is AlertStatus.ACKNOWLEDGED else None,
        quiet=alert.quiet if is_quiet else None,
        drawn_version=version if is_quiet else alert.drawn_version,
        version=version,
        content_version=version,
        changes=alert.changes + 1,
        share=alert.share or Share(alert.alert_id, after=1),
        joined_severity=max(new.assessment.severity, alert.joined_severity or Severity.INFORMATIONAL),
        redraw_due=redraw_due,
        is_over=False,
        attempts=max(alert.attempts, new.attempts),
    )


_BY_WHAT_THEY_ASK = (AlertStatus.NOTED, AlertStatus.ACKNOWLEDGED, AlertStatus.OPEN)


def is_worth_telling(
    change: SecurityGroupChange, marks: Callable[[str, str | None], bool] = marks_as_code
) -> bool:
    """
    Whether *change* gets an alert; *marks* tells which tags, by key and value, say that code manages a group.

    What AWS refused for the caller's mistakes, dry runs, and revoking what was not there, are history only. So are a new name
    for a prefix list, and tags, unless a group loses the one that says which code manages it.
    """
    match change.kind:
        case _ if change.outcome is Outcome.FAILED:
            return False
        case ChangeKind.REVOKE:
            return bool(change.removed or change.removed_rule_ids or change.is_cut)
        case ChangeKind.TAG:
            return False
        case ChangeKind.PREFIX_LIST:
            edit = change.effect
            named_only = isinstance(edit, PrefixListEdit) and edit.restored_version is None
            return bool(line_count(change) or change.is_cut or not named_only)
        case ChangeKind.UNTAG:
            tags = change.effect.tags if isinstance(change.effect, Tagging) else ()
            loses_mark = not tags or any(marks(key, value) for key, value in tags)
            return loses_mark and change.outcome is Outcome.SUCCEEDED
        case _:
            return True


def raise_alert(
    change: SecurityGroupChange,
    assessment: Assessment,
    *,
    details: GroupDetails | None,
    now: datetime,
    meaning: Meaning | None = None,
    exposes: Exposed | None = None,
    is_first: bool = False,
    policy: SeverityPolicy = STANDARD,
) -> Alert:
    """
    Make the first version of the alert that tells *change*, and what it means and exposes as far as that is known.

    What matters most by *policy* is kept of it.
    """
    return Alert(
        alert_id=alert_id_for(change.event_id),
        version=1,
        content_version=1,
        drawn_version=0,
        status=AlertStatus.OPEN if change.outcome is Outcome.SUCCEEDED else AlertStatus.NOTED,
        assessment=assessment,
        digest=digest_of(change, MAX_RULES_IN_ALERT, policy),
        group_name=change.group_name or (details.name if details else None),
        vpc_id=change.vpc_id or (details.vpc_id if details else None),
        created_at=now,
        meaning=meaning,
        remaining=what_it_let_in(meaning),
        exposes=exposes,
        is_first=is_first,
    )


def digest_of(change: SecurityGroupChange, count: int, policy: SeverityPolicy = STANDARD) -> Digest:
    """Keep of *change* the *count* lines that matter most by *policy*."""
    effect = change.effect
    match effect:
        case Tagging(tags):
            effect = Tagging(tags[:count])
        case PrefixListEdit():
            entries = tuple(sorted(effect.added, key=lambda entry: entry[0].prefixlen)[:count])
            effect = replace(effect, added=entries, removed=effect.removed[: count - len(entries)])
    added = tuple(order_by_weight(change.added, policy)[:count])
    modified = tuple(order_by_weight(change.modified, policy)[: count - len(added)])
    left = count - len(added) - len(modified)
    removed = tuple(order_by_weight(change.removed, policy)[:left])
    lines = line_count(change)
    is_whole = lines <= count and effect is change.effect
    if is_whole and (added, modified, removed) == (change.added, change.modified, change.removed):
        return Digest(change, lines)
    left -= len(removed)
    kept = replace(
        change,
        added=added,
        modified=modified,
        removed=removed,
        removed_rule_ids=change.removed_rule_ids[:left],
        described=change.described[: max(left - len(change.removed_rule_ids), 0)],
        effect=effect,
    )
    return Digest(kept, lines)
