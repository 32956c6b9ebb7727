"""What a group held at a moment, from its ledger as of then and as it is now; and the traffic one asks about."""

from dataclasses import replace
from datetime import datetime, timedelta
from ipaddress import ip_network

import pytest

from bot.core.changes import ChangeKind, GroupDetails, GroupKey, Observation
from bot.core.fold import fold
from bot.core.ledger import NOTHING_KNOWN, Ledger
from bot.core.ledger_views import Flow, Reasons, RulesThen, as_live, rules_then
from tests.records import change, rule
from tests.told_ledgers import JO, NOW, OPENED, READ, SSH, WEB, a_ledger, by, closed, unseen

GROUP = GroupKey("111122223333", "eu-west-1", "sg-0a1b2c3d4e5f60718")
AT = OPENED + timedelta(minutes=5)


def contents(rules: RulesThen) -> tuple[set[str], set[str]]:
    """Name the traffic of what was held, and of what is in doubt."""
    return {entry.rule.traffic for entry in rules.held}, {rule.traffic for rule in rules.doubtful}


class TestRulesThen:
    def test_what_was_live_for_certain_is_held(self) -> None:
        assert contents(rules_then(AT, a_ledger(SSH, WEB), a_ledger(WEB))) == ({"tcp 22", "tcp 443"}, set())

    def test_what_the_ledger_doubts_is_in_doubt_as_it_was_told_last(self) -> None:
        then = a_ledger(SSH, WEB, doubts=((SSH.content, AT),))
        found = rules_then(AT, then, then)
        assert contents(found) == ({"tcp 443"}, {"tcp 22"})
        assert found.doubtful == (SSH.rule,)

    def test_what_was_found_without_an_event_later_may_have_been_there(self) -> None:
        later = replace(WEB, opened=unseen(NOW, READ))
        for now in (a_ledger(SSH, later), a_ledger(SSH, closed=(closed(later, by(at=NOW)),))):
            assert contents(rules_then(AT, a_ledger(SSH), now)) == ({"tcp 22"}, {"tcp 443"})

    def test_what_was_found_gone_without_an_event_later_may_have_been_gone(self) -> None:
        now = a_ledger(SSH, closed=(closed(WEB, unseen(NOW, READ)),))
        assert contents(rules_then(AT, a_ledger(SSH, WEB), now)) == ({"tcp 22"}, {"tcp 443"})

    def test_what_opened_or_closed_by_an_event_that_was_seen_later_is_no_matter(self) -> None:
        now = a_ledger(replace(WEB, opened=by(at=NOW)), closed=(closed(SSH, by(at=NOW)),))
        assert contents(rules_then(AT, a_ledger(SSH), now)) == ({"tcp 22"}, set())

    def test_a_group_that_was_created_later_was_not_there(self) -> None:
        created = by(at=NOW, kind=ChangeKind.CREATE)
        assert rules_then(AT, NOTHING_KNOWN, Ledger(created=created)).created == created
        assert rules_then(NOW, a_ledger(created=created), a_ledger(created=created)).created is None

    @pytest.mark.parametrize(
        ("then", "is_unknown"),
        [
            pytest.param(NOTHING_KNOWN, True, id="nothing"),
            pytest.param(Ledger(is_known=True), True, id="the start of a group that was read later"),
            pytest.param(Ledger(live=(replace(WEB, opened=unseen(NOW)),), is_known=True), True, id="what was there at first"),
            pytest.param(Ledger(live=(SSH,)), False, id="a rule that a change opened"),
            pytest.param(Ledger(closed=(closed(SSH, by(at=AT)),)), False, id="a rule that a change closed"),
            pytest.param(Ledger(created=by(kind=ChangeKind.CREATE)), False, id="a group just made"),
            pytest.param(Ledger(deleted=by(kind=ChangeKind.DELETE)), False, id="a group that is gone"),
            pytest.param(a_ledger(), False, id="a group that was read"),
            pytest.param(Ledger(cuts=(change(is_cut=True),)), False, id="a change that AWS left out"),
            pytest.param(Ledger(blanks=("sgr-0",)), False, id="a rule of which only the id is known"),
        ],
    )  # fmt: skip
    def test_it_is_unknown_where_nothing_told_of_the_group_by_then(
        self, then: Ledger, is_unknown: bool
    ) -> None:
        assert rules_then(AT, then, then).is_unknown is is_unknown

    @pytest.mark.parametrize(
        ("at", "held", "doubtful"),
        [
            pytest.param(OPENED - timedelta(1), set(), {"tcp 443"}, id="before the first that is known"),
            pytest.param(OPENED + timedelta(minutes=2), {"tcp 22", "tcp 443"}, set(), id="between"),
            pytest.param(NOW, {"tcp 443"}, {"tcp 80"}, id="before it was found"),
            pytest.param(NOW + timedelta(hours=2), {"tcp 443", "tcp 80"}, set(), id="after the last"),
        ],
    )
    def test_what_facts_fold_to_is_told_of_each_moment(
        self, at: datetime, held: set[str], doubtful: set[str]
    ) -> None:
        """Opened at OPENED, closed before NOW, and read an hour after with a rule that nothing told of, twice."""
        web, more = rule(ports=(443, 443), rule_id="sgr-1"), rule(ports=(80, 80), rule_id="sgr-2")
        ssh = rule(rule_id="sgr-0f")
        details = GroupDetails(GROUP, "web-prod", None)
        timeline = fold(
            [
                change(ssh, event_id="1", time=OPENED),
                Observation(details, AT, (ssh, web)),
                change(event_id="2", time=NOW - timedelta(minutes=9), kind=ChangeKind.REVOKE, added=(), removed=(ssh,)),
                Observation(details, NOW + timedelta(hours=1), (web, more)),
            ]
        )  # fmt: skip
        assert contents(rules_then(at, timeline.at(at), timeline.end)) == (held, doubtful)


class TestFlow:
    @pytest.mark.parametrize(
        ("flow", "words"),
        [
            (Flow("udp", 53), "udp 53"),
            (Flow("tcp", 0, ip_network("203.0.113.7/32")), "tcp 0 from 203.0.113.7"),
            (Flow("icmpv6", None, ip_network("2001:db8::7/128")), "icmpv6 from 2001:db8::7"),
            (Flow("all", None, ip_network("::/0")), "traffic from ::/0"),
        ],
    )
    def test_it_is_named_as_one_asks_for_it(self, flow: Flow, words: str) -> None:
        assert flow.words == words

    @pytest.mark.parametrize(
        ("network", "source", "is_partly"),
        [
            ("203.0.113.0/24", "203.0.113.0/25", True),
            ("203.0.113.0/24", "203.0.113.0/24", False),
            ("203.0.113.0/24", "0.0.0.0/0", False),
            ("::/0", "2001:db8::/32", True),
            ("::/0", "0.0.0.0/0", False),
        ],
    )
    def test_a_source_that_leaves_out_a_part_is_told_from_one_that_does_not(
        self, network: str, source: str, is_partly: bool
    ) -> None:
        assert Flow("tcp", 22, ip_network(network)).is_partly_from(rule(source=source)) is is_partly

    def test_from_wherever_leaves_nothing_out(self) -> None:
        assert not Flow("tcp", 22).is_partly_from(rule(source="10.0.0.0/8"))


class TestReasons:
    def test_who_acknowledged_is_the_alerts_word_first_and_the_entrys_own_else(self) -> None:
        other = replace(JO, user_id="U04SAMLEE02")
        copied = replace(SSH, opened=by(acceptance=JO))
        assert copied.opened.by is not None
        stored = {copied.opened.by.event_id: other}
        assert Reasons(Flow("tcp", 22), NOTHING_KNOWN, acceptances=stored).acceptance(copied) == other
        assert Reasons(Flow("tcp", 22), NOTHING_KNOWN).acceptance(copied) == JO
        assert Reasons(Flow("tcp", 22), NOTHING_KNOWN).acceptance(SSH) is None
        assert Reasons(Flow("tcp", 22), NOTHING_KNOWN).acceptance(WEB) is None


def test_rules_taken_as_live_are_asked_like_live_ones() -> None:
    (entry,) = as_live([(SSH.rule, AT)]).live
    assert (entry.rule, entry.opened.at) == (SSH.content, AT)


def test_traffic_from_anywhere_names_no_source() -> None:
    assert Flow("tcp", 22).source == ""


def test_an_entry_is_found_by_its_rules_id_else_by_its_content() -> None:
    held = a_ledger(SSH, WEB)
    assert held.entry(replace(SSH.rule, ports=None)) == (SSH if SSH.rule.rule_id else None)
    assert held.entry(replace(WEB.rule, rule_id=None, description=None)) == WEB
    assert held.entry(rule("tcp", (9999, 9999), rule_id="sgr-none")) is None
