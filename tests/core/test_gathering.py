"""What the changes of a burst come to together."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bot.aws.burst_documents import read_gathering, write_gathering
from bot.core.alerts import digest_of
from bot.core.assessment import Severity, assess, with_who
from bot.core.changes import ChangeKind, Outcome, SecurityGroupChange
from bot.core.exposure import exposure_of
from bot.core.fold import fold
from bot.core.gathering import MAX_LINES, Gathering, gather, net_of
from bot.core.ledger import Ledger
from bot.core.meaning import Alteration, mean
from bot.core.parts import Part
from bot.core.rules import Direction, PortRange, Rule
from bot.core.severity import Remark, SensitivePorts, SeverityPolicy
from tests.makers import NOW, a_change, a_rule

START = NOW.replace(microsecond=0)
KNOWN = Ledger(is_known=True)
SSH, DATABASE, OFFICE = a_rule(), a_rule("10.20.0.0/16", 5432), a_rule("10.0.0.0/8", 22)


def at(second: int, kind: ChangeKind, *rules: Rule, group: str = "sg-1", **more: Any) -> SecurityGroupChange:
    moved = {"added": rules} if kind is ChangeKind.AUTHORIZE else {"added": (), "removed": rules}
    time = START + timedelta(seconds=second)
    return a_change(f"event-{second}-{group}", kind=kind, time=time, group_id=group, **{**moved, **more})


def authorize(second: int, *rules: Rule, **more: Any) -> SecurityGroupChange:
    return at(second, ChangeKind.AUTHORIZE, *rules, **more)


def revoke(second: int, *rules: Rule, **more: Any) -> SecurityGroupChange:
    return at(second, ChangeKind.REVOKE, *rules, **more)


def parts(*changes: SecurityGroupChange, start: Ledger = KNOWN) -> list[Part]:
    """Give changes as an alert gathers them, each with what its group's ledger makes of it."""
    found = []
    for version, change in enumerate(changes, 1):
        same = [other for other in changes if other.group == change.group]
        step = fold(same, start).of(change.event_id)
        meaning = mean(step, {}) if step and change.outcome is Outcome.SUCCEEDED else None
        found.append(Part(version, digest_of(change, 20), assess(change, meaning=meaning), meaning))
    return found


def gathered(*changes: SecurityGroupChange) -> Gathering:
    return gather(parts(*changes), is_over=True)


def test_what_is_added_and_removed_is_summed_up_over_groups() -> None:
    found = gathered(
        authorize(0, DATABASE, group="sg-1"),
        authorize(1, DATABASE, SSH, group="sg-2"),
        authorize(2, OFFICE, group="sg-3"),
        revoke(3, OFFICE, group="sg-3"),
        revoke(4, OFFICE, group="sg-2"),
    )
    assert (found.changes, found.groups, found.added, found.removed) == (5, 3, 3, 1)
    assert dict(found.admitted) == {replace(DATABASE): 2, replace(SSH): 1}
    assert [finding.effect for finding, _ in found.findings] == ["SSH (tcp 22) open to the internet"]


def test_churn_that_nets_to_nothing_is_nothing() -> None:
    found = gathered(
        authorize(0, DATABASE), revoke(5, DATABASE), authorize(9, DATABASE), revoke(11, DATABASE)
    )
    assert found.is_nothing
    assert (found.admitted, found.lines) == ((), ())


def test_what_was_there_before_and_is_put_back_admits_nothing_new() -> None:
    before = fold([authorize(-500, OFFICE)], KNOWN).end
    found = gather(parts(revoke(0, OFFICE), authorize(9, OFFICE), start=before), is_over=True)
    assert found.is_nothing
    assert found.admitted == ()


def test_a_group_created_and_deleted_again_counts_as_neither() -> None:
    found = gathered(at(0, ChangeKind.CREATE, group="sg-9"), at(9, ChangeKind.DELETE, group="sg-9"))
    assert (found.created, found.deleted) == (0, 0)


def test_a_created_group_is_counted_and_its_default_rule_is_not() -> None:
    found = gathered(at(0, ChangeKind.CREATE, group="sg-9"), authorize(3, DATABASE, group="sg-9"))
    assert (found.created, found.added) == (1, 1)


def test_the_worst_groups_and_lines_come_first() -> None:
    found = gathered(
        *(authorize(number, DATABASE, group=f"sg-{number}") for number in range(30)),
        authorize(40, SSH, group="sg-99"),
    )
    assert found.names[0] == "sg-99"
    assert len(found.lines) == MAX_LINES
    assert (found.lines[0].group, found.lines[0].rule) == ("sg-99", SSH)


def test_where_before_is_not_known_it_says_so() -> None:
    found = gather(parts(authorize(0, DATABASE), start=Ledger()), is_over=False)
    assert not found.is_known


def test_denied_attempts_tell_the_worst_that_was_tried() -> None:
    denied = {"outcome": Outcome.DENIED, "error_code": "Client.UnauthorizedOperation"}
    found = gathered(
        authorize(0, DATABASE, group="sg-1", **denied), authorize(1, SSH, group="sg-2", **denied)
    )
    assert [(finding.attempt, group) for finding, group in found.findings] == [
        ("open SSH (tcp 22) to the internet", "sg-2")
    ]


RULES = st.sampled_from([SSH, DATABASE, OFFICE, a_rule("0.0.0.0/0", 443), a_rule("10.0.0.0/8", 5432)])


class TestAnyBurst:
    """The net of a burst is what is there at its end and was not at its start, and the reverse, in rules and in exposure."""

    @given(st.lists(st.tuples(st.booleans(), RULES), min_size=1, max_size=12), st.sets(RULES))
    def test_the_net_is_the_difference_of_the_ends(
        self, moves: list[tuple[bool, Rule]], held: set[Rule]
    ) -> None:
        before = fold([authorize(-500, *sorted(held, key=str))], KNOWN).end if held else KNOWN
        now, changes = set(held), []
        for second, (adds, rule) in enumerate(moves):
            if adds == (rule in now):
                continue  # EC2 refuses that
            now ^= {rule}
            changes.append(authorize(second * 2, rule) if adds else revoke(second * 2, rule))
        if not changes:
            return
        (net,) = net_of(parts(*changes, start=before))
        assert set(net.added.values()) == now - held
        assert set(net.removed.values()) == held - now
        start, end = before, fold(changes, before).end
        whole = [ledger.going(Direction.INGRESS) for ledger in (start, end)]
        was, is_ = (exposure_of(rules) for rules in whole)
        assert net.newly == is_ - was
        assert net.no_longer == was - is_
        assert net.severity >= Severity.INFORMATIONAL


def test_what_is_said_of_groups_is_kept_with_their_names_the_worst_first() -> None:
    named = [
        at(0, ChangeKind.CREATE, group="sg-1", group_name="launch-wizard-7"),
        authorize(1, DATABASE, group="sg-2", group_name="default"),
    ]
    found = gathered(*named)
    assert [(group, remark.severity) for remark, group in found.remarks] == [
        ("default", Severity.HIGH),
        ("launch-wizard-7", Severity.MEDIUM),
    ]
    assert read_gathering(json.loads(json.dumps(write_gathering(found)))) == found


BY_ROOT = Remark(Severity.MEDIUM, "By the account's root user.", "CloudWatch.1")
WILL_DRIFT = Remark(Severity.LOW, "Managed by stack web: will drift.", of_group=True)


def test_what_is_said_of_who_made_the_changes_is_said_once_the_worst_first() -> None:
    told = parts(*(authorize(second, DATABASE, group=f"sg-{second}") for second in range(3)))
    said = [(), (WILL_DRIFT,), (WILL_DRIFT, BY_ROOT)]
    found = gather(
        [
            replace(part, assessment=with_who(part.assessment, remarks))
            for part, remarks in zip(told, said, strict=True)
        ],
        is_over=True,
    )
    assert found.about_who == ((BY_ROOT, "sg-2", 1), (WILL_DRIFT, "sg-1", 2))
    assert read_gathering(json.loads(json.dumps(write_gathering(found)))) == found


def test_a_gathering_that_was_kept_before_there_were_remarks_can_be_read() -> None:
    kept = write_gathering(gathered(authorize(0, SSH)))
    del kept["remarks"], kept["who"], kept["opened"], kept["opened_more"]
    read = read_gathering(kept)
    assert (read.remarks, read.about_who, read.opened, read.more_opened) == ((), (), (), 0)


def test_what_the_organisation_calls_sensitive_is_the_worst_of_what_a_burst_opens() -> None:
    policy = SeverityPolicy(sensitive=(SensitivePorts("billing API", PortRange(8444, 8444)),))
    opened = parts(authorize(0, a_rule(port=9999), a_rule(port=8444)))
    (worst, _), *_ = gather(opened, is_over=True, policy=policy).findings
    assert worst.effect == "billing API (tcp 8444) open to the internet"


def test_the_groups_to_look_behind_are_the_worst_and_of_as_bad_those_that_came_first() -> None:
    web = a_rule(port=443)
    burst = [authorize(second, web, group=f"sg-{9 - second}") for second in range(5)]
    private = authorize(8, DATABASE, group="sg-private")
    undone = [authorize(9, SSH, group="sg-undone"), revoke(10, SSH, group="sg-undone")]
    found = gathered(*burst, private, *undone, authorize(11, SSH, group="sg-worst"))
    assert [group_id for group_id, _ in found.opened] == ["sg-worst", "sg-9", "sg-8"]
    assert found.more_opened == 3


def test_a_group_alone_is_looked_behind_whomever_it_admits() -> None:
    assert gathered(authorize(0, DATABASE)).opened == (("sg-1", "sg-1"),)
    assert gathered(authorize(0, DATABASE), revoke(1, DATABASE)).opened == ()


def test_groups_that_are_deleted_or_changed_otherwise_are_counted() -> None:
    gone = at(0, ChangeKind.DELETE, group="sg-1")
    moved = at(1, ChangeKind.MEMBERSHIP, group="sg-2")
    found = gathered(gone, moved)
    assert (found.deleted, found.others, found.groups) == (1, 1, 2)


def test_a_rule_that_is_modified_goes_as_it_was_and_comes_as_it_is() -> None:
    was, now = replace(OFFICE, rule_id="sgr-1"), replace(SSH, rule_id="sgr-1")
    told = at(1, ChangeKind.MODIFY, modified=(now,), removed=())
    (part,) = parts(told)
    assert part.meaning
    net = gather(
        [replace(part, meaning=replace(part.meaning, altered=(Alteration(was, now), Alteration(None, SSH))))],
        is_over=True,
    )
    assert (net.added, net.removed) == (1, 1)
