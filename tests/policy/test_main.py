"""What `python -m bot.policy` says: what holds, what is wrong, and what a file would have kept from the channel."""

import subprocess
import sys
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.core.alerts import Alert, part_of
from bot.core.assessment import Assessment, Severity
from bot.core.changes import ChangeKind
from bot.core.list_meaning import ListMeaning
from bot.core.mutes import Mute
from bot.core.parts import Part
from bot.core.policy_replay import replay
from bot.core.quiet import Quiet, QuietReason
from bot.core.quieting import POST_ALL, Treatment, treated
from bot.core.severity import SeverityPolicy
from bot.policy.__main__ import main
from tests.makers import GROUP, NOW, a_change, a_rule, an_alert
from tests.quieting import a_mute, a_policy, an_expected, by_ci

ROOT = Path(__file__).parent.parent.parent
BELOW = Treatment(Quiet(QuietReason.BELOW_THRESHOLD, "low"))
CAUGHT_UP = Treatment(Quiet(QuietReason.CAUGHT_UP, "another"))
REMOVED = a_change("removed", kind=ChangeKind.REVOKE, added=(), removed=(a_rule(),))
LOW = a_change("low", added=(a_rule("10.0.0.0/8", 8080),))
CRITICAL = a_change("critical")


@dataclass
class Recorded:
    """A table with these alerts, newest first, given two at a time; *asked* is from when on."""

    alerts: list[Alert]
    muted: list[Mute] = field(default_factory=list)
    joined: dict[str, list[Part]] = field(default_factory=dict)
    asked: list[datetime] = field(default_factory=list)

    def alerts_between(
        self, since: datetime, until: datetime, *, limit: int, behind: str | None = None
    ) -> tuple[list[Alert], str | None]:
        self.asked.append(since)
        start = int(behind or 0)
        end = start + 2
        return self.alerts[start:end], str(end) if end < len(self.alerts) else None

    def parts(self, alert: Alert) -> list[Part]:
        return [part_of(alert), *self.joined.get(alert.alert_id, ())]

    def mutes(self, now: datetime) -> list[Mute]:
        return self.muted


def run(*arguments: str, recorded: Recorded | None = None) -> tuple[int, str]:
    """Run the program and give its exit status and what it says."""
    said: list[str] = []

    def store(table: str) -> Recorded:
        assert (table, recorded is not None) == ("panopticon-dev", True)
        return recorded or Recorded([])

    status = main(arguments, store=store, clock=lambda: NOW, say=said.append)
    return status, "\n".join(said)


def written(folder: Path, text: str) -> str:
    path = folder / "mine.toml"
    path.write_text(text)
    return str(path)


class TestCheck:
    def test_it_says_what_holds_as_shipped(self) -> None:
        assert run("check") == (
            0,
            "Names for 0 accounts and 0 networks.\nPosted: what is low or more severe. Digest of the rest: at 09:00 UTC.\n"
            "Upkeep by AWS services that lets in groups or private addresses alone: not posted.",
        )

    def test_it_says_all_that_a_file_says(self, tmp_path: Path) -> None:
        text = """
            [accounts]
            "111122223333" = "payments-prod"
            [channels.alerts]
            observe_only = true
            digest = "off"
            [[expected]]
            name = "ci"
            accounts = ["payments-prod"]
            role = "ci-apply"
            networks = ["198.51.100.0/24"]
            when = "silent"
            [[mutes]]
            finding = "EC2.18"
            owner = "jo"
            reason = "load\\u001b[31m test"
            from = 2026-11-24
            until = 2026-12-01
            [[mutes]]
            principal = "erin"
            account = "payments-prod"
            owner = "jo"
            reason = "over"
            from = 2026-11-01
            until = 2026-11-02
            also_critical = true
        """
        status, said = run("check", written(tmp_path, text))
        assert status == 0
        assert said.splitlines() == [
            "Names for 1 account and 0 networks.",
            "Posted: what is critical or more severe. Digest of the rest: never.",
            "Upkeep by AWS services that lets in groups or private addresses alone: not posted.",
            "Expected: ci, role ci-apply of payments-prod from 198.51.100.0/24: below high not posted.",
            "Muted: EC2.18 on any group, 2026-11-24 until 2026-12-01, by jo: load⟨U+001B⟩[31m test",
            "Muted (over): what erin (payments-prod) does, even what is critical, 2026-11-01 until 2026-11-02, by jo: over",
        ]

    def test_it_says_what_is_wrong_and_where(self, tmp_path: Path) -> None:
        text = "[channels.alerts]\nleast_severity = 1"
        status, said = run("check", written(tmp_path, text))
        assert status == 1
        assert said.startswith("mine.toml:2: channels.alerts.least_severity: expected one of")

    def test_a_file_that_is_not_there_is_no_default(self, tmp_path: Path) -> None:
        status, said = run("check", str(tmp_path / "typo.toml"))
        assert (status, said.endswith("typo.toml: there is no such file")) == (1, True)

    @pytest.mark.slow
    def test_it_runs_from_a_terminal(self, tmp_path: Path) -> None:
        for file, status in ((ROOT / "policy.toml", 0), (tmp_path / "typo.toml", 1)):
            command = [sys.executable, "-m", "bot.policy", "check", str(file)]
            assert subprocess.run(command, cwd=ROOT, check=False).returncode == status


class TestReplay:
    def test_alerts_are_judged_as_if_the_policy_had_held(self) -> None:
        alerts = [
            an_alert(CRITICAL),
            an_alert(LOW),
            treated(an_alert(REMOVED), BELOW),
            treated(an_alert(LOW), CAUGHT_UP),
        ]
        muting_all = a_policy(mutes=(a_mute(),))
        difference = replay(alerts, muting_all)
        assert (difference.count, difference.posted) == (4, 3)
        assert difference.silenced == (alerts[1], alerts[3])
        assert difference.told == ()
        assert replay(alerts, POST_ALL).told == (alerts[2],)

    def test_what_holds_already_makes_no_difference(self) -> None:
        alerts = [an_alert(CRITICAL), an_alert(LOW), treated(an_alert(REMOVED), BELOW)]
        difference = replay(alerts, a_policy())
        assert (difference.silenced, difference.told) == ((), ())

    def test_mutes_of_people_count_while_they_held(self) -> None:
        before = an_alert(LOW, now=a_mute().since - timedelta(seconds=1))
        difference = replay([an_alert(LOW), before], a_policy(), [a_mute()])
        assert difference.silenced == (an_alert(LOW),)

    def test_severity_is_judged_anew_by_what_the_policy_says_of_it(self, tmp_path: Path) -> None:
        wide = an_alert(a_change("wide", added=(a_rule("8.8.0.0/20"),)))
        quiet = treated(an_alert(a_change("narrow", added=(a_rule("8.8.8.0/28", 8443),))), BELOW)
        text = """
            [channels.alerts]
            least_severity = "medium"
            [severity]
            wide_ipv4 = {}
        """
        said = [
            run("replay", written(tmp_path, text.format(bound)), "--table", "panopticon-dev", recorded=Recorded([wide, quiet]))[1]
            for bound in (16, 24, 28)
        ]  # fmt: skip
        assert (
            "would not have been posted:\n  2026-11-24 20:07 Low: ingress tcp 22 from 8.8.0.0/20" in said[0]
        )
        assert "All that was posted would have been." in said[1]
        assert "Nothing else would have been posted." in said[1]
        assert "Medium: tcp 8443 open to the wide public range 8.8.8.0/28" in said[2]

    def test_one_that_gathers_is_judged_by_the_worst_of_its_changes(self, tmp_path: Path) -> None:
        first = replace(an_alert(LOW), changes=2, joined_severity=Severity.MEDIUM)
        second = replace(part_of(an_alert(a_change("wide", added=(a_rule("8.8.0.0/20"),)))), version=2)
        recorded = Recorded([first], joined={first.alert_id: [second]})
        text = "[channels.alerts]\nleast_severity = 'medium'\n[severity]\nwide_ipv4 = {}"
        said = [
            run("replay", written(tmp_path, text.format(bound)), "--table", "panopticon-dev", recorded=recorded)[1]
            for bound in (16, 24)
        ]  # fmt: skip
        assert "This alert of the last 30 days would not have been posted:" in said[0]
        assert "All that was posted would have been." in said[1]

    def test_what_is_left_out_of_an_alert_counts_as_it_was_judged(self) -> None:
        many = an_alert(a_change("many", added=tuple(a_rule("8.8.0.0/20", port) for port in range(1, 30))))
        listed = replace(
            an_alert(LOW), list_meaning=ListMeaning(is_known=True), assessment=Assessment(Severity.HIGH)
        )
        severities = SeverityPolicy(wide_ipv4=16)
        assert replay([many, listed], a_policy(least=Severity.MEDIUM), severities=severities).silenced == ()

    def test_it_lists_what_would_not_have_been_posted_and_what_would(self, tmp_path: Path) -> None:
        expected = an_expected()
        recorded = Recorded(
            [
                an_alert(CRITICAL),
                an_alert(by_ci("ci-1")),
                an_alert(by_ci("ci-2", added=(a_rule("11.0.0.0/8"),))),
                treated(an_alert(REMOVED), BELOW),
            ]
        )
        text = f"""
            [channels.alerts]
            least_severity = "informational"
            [[expected]]
            name = "ci"
            accounts = ["{GROUP.account_id}"]
            role = "{next(iter(expected.roles))}"
            networks = ["198.51.100.0/24"]
            when = "silent"
        """
        file = written(tmp_path, text)
        status, said = run("replay", file, "--table", "panopticon-dev", "--days", "7", recorded=recorded)
        assert status == 0
        where = f"{GROUP.group_id}, account {GROUP.account_id}, {GROUP.region}"
        ci = "gha-4711 · Terraform · role ci-apply · from 198.51.100.20"
        assert said.splitlines() == [
            "4 alerts in the last 7 days, 3 of them posted.",
            "",
            "These 2 alerts of the last 7 days would not have been posted:",
            f"  2026-11-24 20:07 Low: ingress tcp 8080 from 10.0.0.0/8 added · {where} · {ci}",
            f"  2026-11-24 20:07 Medium: tcp 22 open to the wide public range 11.0.0.0/8 · {where} · {ci}",
            "",
            "This alert of the last 7 days would have been posted besides:",
            f"  2026-11-24 20:07 Informational: ingress tcp 22 from 0.0.0.0/0 removed · {where} · "
            "alice@example.com · AWS console · SSO AdministratorAccess · from 203.0.113.7",
        ]
        assert recorded.asked == [NOW - timedelta(days=7)] * 2

    def test_it_says_so_where_nothing_would_have_been_different(self) -> None:
        recorded = Recorded([an_alert(CRITICAL)])
        _, said = run("replay", str(ROOT / "policy.toml"), "--table", "panopticon-dev", recorded=recorded)
        assert said.splitlines() == [
            "1 alert in the last 30 days, 1 of them posted.",
            "",
            "All that was posted would have been.",
            "",
            "Nothing else would have been posted.",
        ]

    def test_a_file_that_is_wrong_is_refused_before_the_table_is_read(self, tmp_path: Path) -> None:
        recorded = Recorded([])
        file = written(tmp_path, "nonsense = 1")
        assert run("replay", file, "--table", "panopticon-dev", recorded=recorded)[0] == 1
        assert recorded.asked == []
