"""What the changes of a burst come to together: on each group, and over all; a fold of what an alert gathers."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from bot.core.changes import ChangeKind, GroupKey, Membership, Outcome, SecurityGroupChange
from bot.core.exposure import Exposure, exposure_of
from bot.core.exposure_rules import rules_of
from bot.core.findings import in_order, judge_all, nearness, order_by_weight, severity_of
from bot.core.judged import is_opening_unknown
from bot.core.ledger import content_of
from bot.core.meaning import Knowledge
from bot.core.parts import Part
from bot.core.quoting import NOT_NAMED
from bot.core.rules import Direction, Rule
from bot.core.severity import STANDARD, Finding, Remark, Severity, SeverityPolicy
from bot.core.who import judge_accounts_again

MAX_LINES = 20
"""How many lines of what was added and removed a gathering keeps, the worst ones."""

_MAX_NAMES = 12
_MAX_ADMITTED = 12
_MAX_FINDINGS = 5
_MAX_REMARKS = 3

MOST_LOOKED_BEHIND = 3
"""Behind how many of the groups of a burst somebody looks: a line each is as much as one reads."""


@dataclass(frozen=True, slots=True)
class NetLine:
    """A rule that is there at the end of a burst and was not before (*is_added*), or the reverse; *group* is a name or an id."""

    group: str
    rule: Rule
    is_added: bool


@dataclass(frozen=True, slots=True)
class Gathering:
    """
    What the changes that an alert gathers come to together.

    *names* are those of the groups, or their ids, the worst first, of *groups* in all. *first* and *last* are the times of
    the changes. *added* and *removed* count rules that are there at the end and were not before, and the reverse; *uncounted*
    the lines that no alert has, as there were too many in one call. *created* and *deleted* count groups, *others* the changes
    that are about something else than rules. *admitted* are rules that say who is newly admitted to what, each with the number
    of groups it is so on; *more_admitted* counts those left out. *findings* are the worst of what that opens, and *remarks*
    the worst of what else is to be said, with the group's name. *about_who* are the worst remarks about who made the changes,
    each once, with the first group that it is made of and the number of them. *opened* are the ids and names of the groups of
    which it is to be told what sits behind them, the worst first, and those of as bad by time; *more_opened* counts those left
    out. *is_known* says that what the groups held before is known as far as that matters.
    *untold* counts the changes of which it is not known what they opened. *is_over* says that the burst is.
    """

    changes: int
    groups: int
    names: tuple[str, ...]
    first: datetime
    last: datetime
    added: int = 0
    removed: int = 0
    uncounted: int = 0
    created: int = 0
    deleted: int = 0
    others: int = 0
    lines: tuple[NetLine, ...] = ()
    admitted: tuple[tuple[Rule, int], ...] = ()
    more_admitted: int = 0
    findings: tuple[tuple[Finding, str], ...] = ()
    remarks: tuple[tuple[Remark, str], ...] = ()
    about_who: tuple[tuple[Remark, str, int], ...] = ()
    opened: tuple[tuple[str, str], ...] = ()
    more_opened: int = 0
    is_known: bool = True
    untold: int = 0
    is_over: bool = False

    @property
    def is_nothing(self) -> bool:
        """Whether everything that was done was undone."""
        touched = self.added or self.removed or self.uncounted or self.created or self.deleted or self.others
        return not touched


@dataclass(slots=True)
class GroupNet:
    """
    What the changes of a burst come to on one group.

    *began* is the time of the first. *added* and *removed* are what is there at the end and was not before, and the reverse.
    *newly* and *no_longer* are what is admitted at the end and was not before, and the reverse.
    """

    key: GroupKey | None
    name: str
    began: datetime
    changes: int = 0
    severity: Severity = Severity.INFORMATIONAL
    added: dict[Rule, Rule] = field(default_factory=dict)
    removed: dict[Rule, Rule] = field(default_factory=dict)
    newly: Exposure = field(default_factory=Exposure)
    no_longer: Exposure = field(default_factory=Exposure)
    uncounted: int = 0
    is_created: bool = False
    is_deleted: bool = False
    others: int = 0
    is_known: bool = True

    def take(self, part: Part) -> None:
        """Add what a further change did."""
        change, meaning = part.digest.change, part.meaning
        self.changes += 1
        self.severity = max(self.severity, part.assessment.severity)
        self.name = part.group_name or change.group_name or self.name
        self.uncounted += part.digest.cut_count
        came, went = _moved(part)
        for rule in went:
            if self.added.pop(content_of(rule), None) is None:
                self.removed[content_of(rule)] = rule
        for rule in came:
            if self.removed.pop(content_of(rule), None) is None:
                self.added[content_of(rule)] = rule
        match change.kind:
            case ChangeKind.CREATE:
                self.is_created = True
            case ChangeKind.DELETE if self.is_created:
                self._forget()  # neither before nor after there is such a group
                return
            case ChangeKind.DELETE:
                self.is_deleted = True
            case ChangeKind.AUTHORIZE | ChangeKind.REVOKE | ChangeKind.MODIFY:
                pass
            case _:
                self.others += 1
        if meaning is None:
            self.is_known = self.is_known and not change.opening
            return
        self.is_known = self.is_known and meaning.knowledge is Knowledge.KNOWN
        # What is told as a whole network may be a part of it: the rest is told as what was so before, or still is.
        new = _ingress(meaning.newly) - _ingress(meaning.before)
        gone = _ingress(meaning.no_longer) - _ingress(meaning.left)
        newly, no_longer = self.newly, self.no_longer
        self.newly = (newly - gone) | (new - no_longer)
        self.no_longer = (no_longer - new) | (gone - newly)

    def _forget(self) -> None:
        self.added, self.removed = {}, {}
        self.newly = self.no_longer = Exposure()
        self.uncounted = self.others = 0
        self.is_created, self.is_known = False, True


def net_of(parts: Iterable[Part]) -> list[GroupNet]:
    """Say what the changes come to on each group, the worst first, among equals by name."""
    nets: dict[tuple[GroupKey | None, str], GroupNet] = {}
    for part in sorted(parts, key=lambda part: (part.digest.change.time, part.version)):
        change = part.digest.change
        for key in change.groups or (None,):
            name = (key.group_id if key else None) or change.group_name or NOT_NAMED
            net = nets.setdefault((key, "" if key else name), GroupNet(key, name, change.time))
            net.take(part)
    return sorted(nets.values(), key=lambda net: (-net.severity, net.name))


def gather(parts: Sequence[Part], *, is_over: bool, policy: SeverityPolicy = STANDARD) -> Gathering:
    """Say what the changes come to over all; there is at least one."""
    nets = net_of(parts)
    times = [part.digest.change.time for part in parts]
    admitted: dict[Rule, int] = {}
    findings: dict[tuple[Finding, str], None] = {}
    opening: list[tuple[Severity, GroupNet]] = []
    judged = [finding for part in parts for finding in part.assessment.findings]
    for net in nets:
        opened = rules_of(net.newly, Direction.INGRESS)
        for rule in opened:
            admitted[rule] = admitted.get(rule, 0) + 1
        found = in_order([*judge_all(opened, policy), *judge_accounts_again(opened, judged)])
        findings |= {(finding, net.name): None for finding in found}
        if opened and (found or len(nets) == 1):
            opening.append((found[0].severity if found else Severity.INFORMATIONAL, net))
    by_weight = {rule: place for place, rule in enumerate(order_by_weight(admitted, policy))}
    listed = sorted(
        admitted.items(),
        key=lambda each: (
            *(-severity_of(each[0], policy), nearness(each[0].source)),
            *(-each[1], by_weight[each[0]]),
        ),
    )
    if parts[0].digest.change.outcome is not Outcome.SUCCEEDED:
        findings = {}
    findings |= {
        (finding, _on_what(part)): None
        for part in parts
        if not _is_summed_up(part)
        for finding in part.assessment.findings
    }
    remarks = {(remark, _name(part)): None for part in parts for remark in part.assessment.remarks}
    lines = _lines(nets, policy)
    # What is as bad keeps its place when more comes, so that what was looked behind once stays on the card.
    opening.sort(key=lambda each: (-each[0], each[1].began))
    behind = [(net.key.group_id, net.name) for _, net in opening if net.key]
    return Gathering(
        changes=len(parts),
        groups=len(nets),
        names=tuple(net.name for net in nets[:_MAX_NAMES]),
        first=min(times),
        last=max(times),
        added=sum(len(net.added) for net in nets),
        removed=sum(len(net.removed) for net in nets),
        uncounted=sum(net.uncounted for net in nets),
        created=sum(net.is_created for net in nets),
        deleted=sum(net.is_deleted for net in nets),
        others=sum(net.others for net in nets),
        lines=tuple(lines[:MAX_LINES]),
        admitted=tuple(listed[:_MAX_ADMITTED]),
        more_admitted=max(len(listed) - _MAX_ADMITTED, 0),
        findings=tuple(sorted(findings, key=lambda found: -found[0].severity)[:_MAX_FINDINGS]),
        remarks=tuple(sorted(remarks, key=lambda found: -found[0].severity)[:_MAX_REMARKS]),
        about_who=_about_who(parts),
        opened=tuple(behind[:MOST_LOOKED_BEHIND]),
        more_opened=max(len(behind) - MOST_LOOKED_BEHIND, 0),
        is_known=all(net.is_known for net in nets),
        untold=sum(map(_is_untold, parts)),
        is_over=is_over,
    )


def _is_summed_up(part: Part) -> bool:
    """Tell whether what a change opened is among what its group newly admits; if not, it is told as it was judged."""
    is_known = part.meaning is not None and part.meaning.knowledge is Knowledge.KNOWN
    return part.meaning is not None and (is_known or part.reading is None)


def _is_untold(part: Part) -> bool:
    """Tell whether nothing says what a change opened: neither its record, nor the ledger, nor a reading."""
    is_told = part.meaning is not None and part.meaning.knowledge is Knowledge.KNOWN
    change = part.digest.change
    is_unknown = change.outcome is Outcome.SUCCEEDED and is_opening_unknown(change)
    return is_unknown and not is_told and part.reading is None


def _on_what(part: Part) -> str:
    """Name what a finding is of: the group, or what was put under groups."""
    effect = part.digest.change.effect
    return effect.resource_id if isinstance(effect, Membership) else _name(part)


def _about_who(parts: Iterable[Part]) -> tuple[tuple[Remark, str, int], ...]:
    """Gather what is said of who made the changes, the worst first; what is said of many groups is said once."""
    groups: dict[Remark, dict[str, None]] = {}
    for part in parts:
        for remark in part.assessment.about_who:
            groups.setdefault(remark, {})[_name(part)] = None
    said = sorted(groups.items(), key=lambda found: -found[0].severity)
    return tuple((remark, next(iter(names)), len(names)) for remark, names in said[:_MAX_REMARKS])


def _lines(nets: Iterable[GroupNet], policy: SeverityPolicy) -> list[NetLine]:
    """List what was added, then what was removed, the worst first."""
    lines = []
    for is_added in (True, False):
        of_rule: dict[Rule, list[NetLine]] = {}
        for net in nets:
            for rule in (net.added if is_added else net.removed).values():
                # Its id would put what is alike on several groups into no order that a reader sees.
                of_rule.setdefault(replace(rule, rule_id=None), []).append(NetLine(net.name, rule, is_added))
        lines += [line for rule in order_by_weight(of_rule, policy) for line in of_rule[rule]]
    return lines


def _moved(part: Part) -> tuple[list[Rule], list[Rule]]:
    """Give the rules that a change brought and took, as far as they are known; none of what a call did that AWS refused."""
    change, meaning = part.digest.change, part.meaning
    if change.outcome is not Outcome.SUCCEEDED:
        return list(change.added), list(change.removed)
    came, went = list(change.added), list(change.removed)
    held = meaning.held if meaning else ()
    if change.kind is ChangeKind.DELETE or not went:
        went = [entry.rule for entry in held]
    altered = meaning.altered if meaning and change.kind is ChangeKind.MODIFY else ()
    for alteration in altered:
        came.append(alteration.now)
        if alteration.was:
            went.append(alteration.was)
    return came, went


def _name(part: Part) -> str:
    change: SecurityGroupChange = part.digest.change
    return part.group_name or change.group_name or change.group_id or NOT_NAMED


def _ingress(rules: Iterable[Rule]) -> Exposure:
    return exposure_of(rule for rule in rules if rule.direction is not Direction.EGRESS)
