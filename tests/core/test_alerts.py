"""Alerts: their first version, and what they keep of a change."""

from dataclasses import replace
from ipaddress import ip_network
from typing import Any

import pytest

from bot.core.alerts import (
    MAX_RULES_IN_ALERT,
    AlertStatus,
    alert_id_for,
    as_told_by,
    digest_of,
    is_worth_telling,
    part_of,
    raise_alert,
    with_joined,
)
from bot.core.assessment import Severity, assess
from bot.core.changes import (
    ChangeKind,
    DescriptionEdit,
    Digest,
    GroupDetails,
    GroupKey,
    Membership,
    Outcome,
    PrefixListEdit,
    SecurityGroupChange,
    Tagging,
    VpcAssociation,
)
from bot.core.gathering import gather
from bot.core.meaning import Knowledge, Meaning
from bot.core.rules import PortRange, ReferencedGroup, Rule
from bot.core.severity import SensitivePorts, SeverityPolicy
from tests.makers import a_change, a_rule, an_alert
from tests.records import NOW, alert_of, change, rule

KEY = GroupKey("111122223333", "eu-west-1", "sg-0a1b2c3d4e5f60718")
MARK = ("managed-by", "terraform")
ANY = ip_network("0.0.0.0/0")
TEAM = ("team", "payments")


def other(kind: ChangeKind, **fields: Any) -> SecurityGroupChange:
    return change(**{"kind": kind, "added": (), **fields})


def test_the_first_version_is_open_and_not_drawn_yet() -> None:
    told = change(rule())
    alert = raise_alert(told, assess(told), details=None, now=NOW)
    assert (alert.version, alert.content_version, alert.drawn_version) == (1, 1, 0)
    assert alert.is_behind
    assert alert.status is AlertStatus.OPEN
    assert alert.created_at == NOW
    assert alert.group == KEY
    assert alert.assessment.severity is Severity.CRITICAL
    assert (alert.acknowledgement, alert.message, alert.lease) == (None, None, None)


def test_an_alert_is_behind_until_its_latest_version_is_drawn() -> None:
    alert = replace(alert_of(change()), version=3)
    assert replace(alert, drawn_version=2).is_behind
    assert not replace(alert, drawn_version=3).is_behind


@pytest.mark.parametrize(
    ("outcome", "status", "told"),
    [
        (Outcome.SUCCEEDED, AlertStatus.OPEN, True),
        (Outcome.DENIED, AlertStatus.NOTED, True),
        (Outcome.FAILED, AlertStatus.NOTED, False),
    ],
)
def test_only_what_happened_waits_for_someone(outcome: Outcome, status: AlertStatus, told: bool) -> None:
    answered = change(outcome=outcome)
    assert alert_of(answered).status is status
    assert is_worth_telling(answered) is told


def test_a_repeat_of_an_event_raises_the_same_alert() -> None:
    assert alert_of(change()).alert_id == alert_of(change(group_name="other")).alert_id
    assert alert_of(change()).alert_id != alert_of(change(event_id="other")).alert_id


def test_an_alerts_id_is_fit_for_a_key_and_its_reference_is_short() -> None:
    alert_id = alert_id_for("7c2f9b1e-0000-4000-8000-000000000001")
    assert len(alert_id) == 16
    assert alert_id.isalnum()
    assert alert_of(change()).reference == alert_of(change()).alert_id[:6]


@pytest.mark.parametrize(
    ("own", "known", "name"),
    [
        pytest.param("own", "known", "own", id="the change's own"),
        pytest.param(None, "known", "known", id="what is known"),
        pytest.param(None, None, None, id="nobody knows"),
    ],
)
def test_a_groups_name_and_vpc_come_from_the_change_or_from_what_is_known(
    own: str | None, known: str | None, name: str | None
) -> None:
    told = change(group_name=own, vpc_id=own)
    alert = raise_alert(told, assess(told), details=GroupDetails(KEY, known, known), now=NOW)
    assert (alert.group_name, alert.vpc_id) == (name, name)


def test_the_digest_keeps_the_worst_rules_and_counts_all() -> None:
    harmless = [rule("tcp", (1000 + n, 1000 + n), "10.0.0.0/8") for n in range(30)]
    digest = digest_of(change(*harmless, rule("tcp", (443, 443)), rule("tcp", (22, 22))), 3)
    assert [kept.traffic for kept in digest.change.added] == ["tcp 22", "tcp 443", "tcp 1000"]
    assert (digest.count, digest.cut_count) == (32, 29)


def test_added_rules_come_before_removed_ones_and_those_before_bare_ids() -> None:
    told = change(
        rule("tcp", (1, 1)),
        removed=(rule("tcp", (2, 2)), rule("tcp", (3, 3))),
        removed_rule_ids=("sgr-01", "sgr-02"),
    )
    kept = [
        (len(digest.change.added), len(digest.change.removed), len(digest.change.removed_rule_ids))
        for digest in (digest_of(told, count) for count in range(7))
    ]
    assert kept == [(0, 0, 0), (1, 0, 0), (1, 1, 0), (1, 2, 0), (1, 2, 1), (1, 2, 2), (1, 2, 2)]
    assert [digest_of(told, count).cut_count for count in range(7)] == [5, 4, 3, 2, 1, 0, 0]


def test_a_removed_rule_that_was_wide_open_is_kept_before_a_harmless_one() -> None:
    told = change(
        kind=ChangeKind.REVOKE, added=(), removed=(rule("tcp", (1, 1), "10.0.0.0/8"), rule("tcp", (22, 22)))
    )
    [kept] = digest_of(told, 1).change.removed
    assert kept.traffic == "tcp 22"


def test_a_thousand_rules_are_cut_to_what_a_card_shows() -> None:
    digest = alert_of(change(*(rule("tcp", (n, n), "10.0.0.0/8") for n in range(1000)))).digest
    assert len(digest.change.added) == MAX_RULES_IN_ALERT
    assert (digest.count, digest.cut_count) == (1000, 1000 - MAX_RULES_IN_ALERT)


def test_a_digest_keeps_what_is_sensitive_here_first() -> None:
    policy = SeverityPolicy(sensitive=(SensitivePorts("billing API", PortRange(9444, 9444)),))
    rules = tuple(a_rule(port=port) for port in (9000, 9001, 9444))
    told = a_change(added=rules)
    assert digest_of(told, 2, policy).change.added == (rules[2], rules[0])
    alert = raise_alert(told, assess(told, policy=policy), details=None, now=NOW, policy=policy)
    assert alert.digest.change.added[0] == rules[2]


@pytest.mark.parametrize(
    ("told", "worth"),
    [
        pytest.param(other(ChangeKind.CREATE), True, id="created"),
        pytest.param(other(ChangeKind.DELETE), True, id="deleted"),
        pytest.param(other(ChangeKind.REVOKE, removed=(rule(),)), True, id="a rule removed"),
        pytest.param(other(ChangeKind.REVOKE, removed_rule_ids=("sgr-01",)), True, id="a rule removed by its id"),
        pytest.param(other(ChangeKind.REVOKE, is_cut=True), True, id="rules removed, which is left out"),
        pytest.param(other(ChangeKind.REVOKE), False, id="nothing removed"),
        pytest.param(other(ChangeKind.DESCRIBE), True, id="described anew"),
        pytest.param(other(ChangeKind.ASSOCIATE, effect=VpcAssociation("vpc-0")), True, id="associated"),
        pytest.param(other(ChangeKind.MEMBERSHIP, effect=Membership("eni-0")), True, id="put on an interface"),
        pytest.param(other(ChangeKind.PREFIX_LIST, effect=PrefixListEdit("pl-0")), False, id="a list renamed"),
        pytest.param(other(ChangeKind.PREFIX_LIST, effect=PrefixListEdit("pl-0", ((ANY, None),))), True, id="an entry"),
        pytest.param(other(ChangeKind.PREFIX_LIST, effect=PrefixListEdit("pl-0", (), (ANY,))), True, id="one less"),
        pytest.param(
            other(ChangeKind.PREFIX_LIST, effect=PrefixListEdit("pl-0", restored_version=3)), True, id="a list restored"
        ),
        pytest.param(other(ChangeKind.NOT_UNDERSTOOD), True, id="not understood"),
        pytest.param(other(ChangeKind.TAG, effect=Tagging((MARK,))), False, id="tagged, even as managed by code"),
        pytest.param(other(ChangeKind.UNTAG, effect=Tagging((TEAM,))), False, id="another tag removed"),
        pytest.param(other(ChangeKind.UNTAG, effect=Tagging((TEAM, MARK))), True, id="the mark of code removed"),
        pytest.param(other(ChangeKind.UNTAG, effect=Tagging((("IaC", None),))), True, id="the mark by its key"),
        pytest.param(other(ChangeKind.UNTAG, effect=Tagging(())), True, id="every tag removed"),
        pytest.param(
            other(ChangeKind.UNTAG, effect=Tagging((MARK,)), outcome=Outcome.DENIED), False, id="removal denied"
        ),
    ],
)  # fmt: skip
def test_tags_and_what_came_to_nothing_are_history_only(told: SecurityGroupChange, worth: bool) -> None:
    assert is_worth_telling(told) is worth


def test_a_digest_keeps_the_first_tags() -> None:
    tags = tuple((f"key-{n}", "value") for n in range(30))
    digest = digest_of(other(ChangeKind.UNTAG, effect=Tagging(tags)), 20)
    assert digest.change.effect == Tagging(tags[:20])
    assert (digest.count, digest.cut_count) == (30, 10)


def test_a_digest_keeps_the_widest_entries_of_a_prefix_list_and_added_ones_before_removed_ones() -> None:
    narrow = tuple((ip_network(f"192.0.2.{n}/32"), None) for n in range(3))
    world = (ip_network("0.0.0.0/0"), "oops")
    effect = PrefixListEdit("pl-0", (*narrow, world), (ip_network("198.51.100.0/24"),))
    told = other(ChangeKind.PREFIX_LIST, effect=effect)
    assert digest_of(told, 1).change.effect == PrefixListEdit("pl-0", (world,))
    assert digest_of(told, 4).change.effect == PrefixListEdit("pl-0", (world, *narrow))
    assert digest_of(told, 5).cut_count == 0
    assert digest_of(told, 1).cut_count == 4


def test_a_digest_keeps_modified_rules_by_weight_and_descriptions_in_order() -> None:
    harmless, open_to_all = rule("tcp", (1, 1), "10.0.0.0/8"), rule("tcp", (22, 22))
    modified = other(ChangeKind.MODIFY, modified=(harmless, open_to_all))
    assert digest_of(modified, 1).change.modified == (open_to_all,)
    edits = tuple(DescriptionEdit(f"sgr-{n}", None) for n in range(3))
    described = digest_of(other(ChangeKind.DESCRIBE, described=edits), 2)
    assert (described.change.described, described.cut_count) == (edits[:2], 1)


def test_an_alert_that_gathers_is_told_by_one_of_its_changes_as_if_it_were_alone() -> None:
    alert = an_alert()
    part = part_of(alert)
    assert (part.version, part.group) == (1, alert.group)
    gathered = with_joined(alert, an_alert(a_change("event-2")), redraw_due=None)
    assert part_of(gathered).version == 1
    assert as_told_by(part, gathered) == replace(
        gathered, changes=1, share=None, joined_severity=None, remaining=()
    )


def test_the_groups_that_a_card_says_are_let_in_are_those_of_its_account() -> None:
    def from_group(group_id: str, account_id: str | None = None) -> Rule:
        return replace(a_rule(), source=ReferencedGroup(group_id, account_id))

    change = a_change(added=(from_group("sg-1"), from_group("sg-2", "444455556666"), a_rule()))
    alone = an_alert(change)
    assert alone.groups_let_in == ("sg-1",)

    before = (from_group("sg-3", change.account_id), from_group("sg-1"))
    assert replace(alone, meaning=Meaning(Knowledge.KNOWN, before=before)).groups_let_in == ("sg-1", "sg-3")

    part = replace(part_of(alone), digest=Digest(a_change(added=(from_group("sg-4"),)), 1))
    gathered = replace(alone, gathering=gather([part], is_over=True))
    assert gathered.groups_let_in == ("sg-1", "sg-4")
