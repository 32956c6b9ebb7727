"""Which principals change groups as a matter of course."""

import re
from dataclasses import replace
from ipaddress import ip_network
from typing import Any

import pytest

from bot.core.assessment import assess
from bot.core.changes import ChangeKind, Origin, OriginKind, Outcome
from bot.core.expected import RunLink, run_url
from tests.makers import ALICE, GROUP, a_rule
from tests.quieting import CI, an_expected, by_ci

EXPECTED = an_expected()
LINK = RunLink(re.compile(r"gha-(?P<run>[0-9]+)"), "https://ci.example.com/runs/{run}")


@pytest.mark.parametrize(
    "more",
    [
        pytest.param({}, id="as it is"),
        pytest.param({"principal": replace(CI, name="another-session")}, id="in another session"),
        pytest.param(
            {"origin": Origin(OriginKind.CONSOLE, "198.51.100.255")}, id="by whatever it says it calls with"
        ),
    ],
)
def test_it_is_known_by_account_role_and_network(more: dict[str, Any]) -> None:
    assert EXPECTED.made(by_ci(**more))


@pytest.mark.parametrize(
    "more",
    [
        pytest.param({"principal": replace(CI, account_id="444455556666")}, id="another account"),
        pytest.param({"principal": replace(CI, account_id=None)}, id="no account"),
        pytest.param({"principal": replace(CI, role="ci-apply2")}, id="another role"),
        pytest.param(
            {"principal": replace(CI, role=None, name="ci-apply")}, id="a user called like the role"
        ),
        pytest.param({"principal": ALICE}, id="somebody else"),
        pytest.param({"origin": Origin(OriginKind.TERRAFORM, "198.51.101.20")}, id="another network"),
        pytest.param({"origin": Origin(OriginKind.TERRAFORM, "2001:db8::1")}, id="IPv6"),
        pytest.param({"origin": Origin(OriginKind.TERRAFORM, None)}, id="from nowhere"),
        pytest.param({"origin": Origin(OriginKind.TERRAFORM, "ci.example.com")}, id="from a name"),
    ],
)
def test_somebody_else_is_not_taken_for_it_though_they_call_with_terraform(more: dict[str, Any]) -> None:
    assert not EXPECTED.made(by_ci(**more))
    assert not EXPECTED.is_usual(by_ci(**more), assess(by_ci(**more)))


def test_its_address_may_be_written_as_ipv6() -> None:
    address = by_ci().origin.source_address
    assert EXPECTED.made(by_ci(origin=Origin(OriginKind.TERRAFORM, f"::ffff:{address}")))


def test_what_it_does_below_high_is_usual() -> None:
    medium = by_ci(added=(a_rule("11.0.0.0/8"),))
    for change in (by_ci(), medium):
        assert EXPECTED.is_usual(change, assess(change))


@pytest.mark.parametrize(
    "more",
    [
        pytest.param({"added": (a_rule(port=22),)}, id="critical"),
        pytest.param({"added": (a_rule(port=8443),)}, id="high"),
        pytest.param({"kind": ChangeKind.NOT_UNDERSTOOD}, id="not understood"),
        pytest.param({"is_cut": True}, id="of which AWS left out what it opens"),
        pytest.param({"outcome": Outcome.DENIED, "error_code": "Client.UnauthorizedOperation"}, id="refused"),
    ],
)
def test_what_is_high_or_refused_is_not_usual(more: dict[str, Any]) -> None:
    change = by_ci(**more)
    assert EXPECTED.made(change)
    assert not EXPECTED.is_usual(change, assess(change))


class TestRuns:
    def test_a_run_is_found_by_the_sessions_name(self) -> None:
        assert run_url((EXPECTED, an_expected(run_link=LINK)), by_ci()) == "https://ci.example.com/runs/4711"

    @pytest.mark.parametrize(
        "name", ["gha-", "xgha-4711", "gha-4711x", "gha-" + "1" * 61, "gha-4711\n"], ids=repr
    )
    def test_a_name_of_another_form_leads_nowhere(self, name: str) -> None:
        change = by_ci(principal=replace(CI, name=name))
        assert run_url((an_expected(run_link=LINK),), change) is None

    def test_only_the_principals_own_sessions_lead_there(self) -> None:
        expected = an_expected(run_link=LINK, networks=(ip_network("10.0.0.0/8"),))
        assert run_url((expected,), by_ci()) is None

    def test_what_a_session_is_called_stays_within_its_place(self) -> None:
        link = RunLink(re.compile("(?P<run>.+)"), "https://ci.example.com/{run}/log?of={run}")
        assert link.url_of("../a?b#c&d") == (
            "https://ci.example.com/..%2Fa%3Fb%23c%26d/log?of=..%2Fa%3Fb%23c%26d"
        )

    def test_a_group_that_may_be_left_out_is_nothing(self) -> None:
        link = RunLink(re.compile("run(?P<n>[0-9]+)?"), "https://ci.example.com/{n}")
        assert link.url_of("run") == "https://ci.example.com/"


def test_the_account_is_the_principals_and_not_the_groups() -> None:
    elsewhere = by_ci(account_id="444455556666")
    assert GROUP.account_id != elsewhere.account_id
    assert EXPECTED.made(elsewhere)
