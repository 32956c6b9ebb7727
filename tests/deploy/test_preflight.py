"""Looking before deploying: what is said, and what becomes of an account without a trail."""

from dataclasses import replace
from types import MappingProxyType

import pytest

from deploy.account import Account, Identity
from deploy.costs import estimate
from deploy.errors import DeployError
from deploy.preflight import Preflight, Ready, decide_trail, describe_trails
from deploy.programs import python_version
from deploy.stack import Stack
from deploy.trails import Trails
from sandbox import Sandbox
from sandbox.aws import ACCOUNT_ID, REGION
from tests.deploy.conftest import TARGET, FakeTerminal, MakeStack

IDENTITY = Identity(ACCOUNT_ID, "arn:aws:iam::123456789012:user/erin")
NOTHING = Ready(IDENTITY, None, Trails())


def stack_with(trail: str) -> Stack:
    return Stack("panopticon-prod", "CREATE_COMPLETE", {}, {"Trail": trail})


@pytest.fixture
def preflight(terminal: FakeTerminal, account: Account) -> Preflight:
    return Preflight(terminal, account, TARGET, lambda: "v20.0.0")


class TestReport:
    def test_it_says_what_is_there_what_it_will_create_and_what_that_costs(
        self, preflight: Preflight, terminal: FakeTerminal
    ) -> None:
        preflight.report()
        assert f"account {ACCOUNT_ID}, region {REGION}" in terminal.text
        assert "Node     v20.0.0" in terminal.text
        assert "panopticon-prod: not there yet" in terminal.text
        assert (
            "none that logs management writes: make deploy offers to create one, about $0.11 a month"
            in terminal.text
        )
        assert "make deploy will create:" in terminal.text
        assert "3 Lambda functions" in terminal.text
        assert "about $4 a month" in terminal.text

    @pytest.mark.parametrize(
        ("python", "said"),
        [("python3.13", ""), (None, "; no 3.13 is here to compile for Lambda, so cold starts")],
    )
    def test_it_says_what_is_missed_without_lambdas_python(
        self, preflight: Preflight, terminal: FakeTerminal, python: str | None, said: str
    ) -> None:
        replace(preflight, lambda_python=lambda: python).report()
        (line,) = (line for line in terminal.text.splitlines() if line.startswith("Python"))
        assert line.startswith(f"Python   {python_version()}{said}")
        assert ("cold starts" in line) == bool(said)

    def test_it_changes_nothing(self, preflight: Preflight, sandbox: Sandbox) -> None:
        preflight.report()
        assert {call.operation for call in sandbox.aws.calls} <= {
            "GetCallerIdentity",
            "DescribeStacks",
            "DescribeTrails",
        }

    def test_a_stack_that_is_there_will_be_renewed(
        self, preflight: Preflight, terminal: FakeTerminal, make_stack: MakeStack
    ) -> None:
        make_stack()
        preflight.report()
        assert "panopticon-prod: there (CREATE_COMPLETE)" in terminal.text
        assert "make deploy will renew:" in terminal.text

    def test_what_is_missing_ends_it(self, preflight: Preflight) -> None:
        def no_node() -> str:
            raise DeployError("Node.js is missing.")

        with pytest.raises(DeployError, match=r"Node\.js is missing"):
            replace(preflight, node=no_node).report()


@pytest.mark.parametrize(
    ("trails", "words"),
    [
        pytest.param(Trails(working=("audit", "org")), "audit, org logs management writes", id="some"),
        pytest.param(
            Trails(unclear=("org (may not be looked at: AccessDenied)",)),
            "`make prove` will tell",
            id="unclear",
        ),
        pytest.param(
            Trails(not_working=("audit is switched off",)),
            "writes (audit is switched off): make deploy",
            id="off",
        ),
    ],
)
def test_trails_are_told(trails: Trails, words: str) -> None:
    assert words in describe_trails(trails, estimate())


class TestTrail:
    def test_a_trail_that_works_leaves_nothing_to_do(self, terminal: FakeTerminal) -> None:
        ready = replace(NOTHING, trails=Trails(working=("audit",)))
        assert decide_trail(TARGET, ready, terminal) == "none"

    def test_one_that_may_not_be_looked_at_is_not_doubled(self, terminal: FakeTerminal) -> None:
        ready = replace(NOTHING, trails=Trails(unclear=("org (may not be looked at: x)",)))
        assert decide_trail(TARGET, ready, terminal) == "none"

    @pytest.mark.parametrize("said", ["none", "region", "all"])
    def test_what_was_said_holds(self, terminal: FakeTerminal, said: str) -> None:
        target = replace(TARGET, parameters=MappingProxyType({"trail": said}))
        assert decide_trail(target, replace(NOTHING, stack=stack_with("region")), terminal) == said

    def test_one_of_our_own_stays_though_nobody_repeats_it(self, terminal: FakeTerminal) -> None:
        ready = Ready(IDENTITY, stack_with("region"), Trails(working=("panopticon-prod",)))
        assert decide_trail(TARGET, ready, terminal) == "region"

    @pytest.mark.parametrize(
        ("answer", "trail"), [("", "region"), ("y", "region"), ("YES", "region"), ("n", "none")]
    )
    def test_without_any_the_person_is_asked(self, terminal: FakeTerminal, answer: str, trail: str) -> None:
        terminal.answers = [answer]
        assert decide_trail(TARGET, NOTHING, terminal) == trail
        assert "about $0.11 a month" in terminal.text

    def test_with_nobody_to_ask_it_has_to_be_said(self, terminal: FakeTerminal) -> None:
        terminal.interactive = False
        with pytest.raises(DeployError, match='PARAMS="trail=region"'):
            decide_trail(TARGET, NOTHING, terminal)
