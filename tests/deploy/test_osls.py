"""What osls is asked for, and what is said when it fails."""

from collections.abc import Sequence

import pytest

from deploy.errors import DeployError
from deploy.osls import PROGRAM, Osls, run_here
from deploy.target import Target


class Runner:
    """Runs nothing, and keeps the commands."""

    def __init__(self, status: int = 0) -> None:
        self.status = status
        self.commands: list[list[str]] = []

    def __call__(self, command: Sequence[str]) -> int:
        self.commands.append(list(command))
        return self.status


def test_it_is_told_stage_region_and_parameters() -> None:
    run = Runner()
    osls = Osls(Target("prod"), "eu-west-1", run)
    osls.deploy({"trail": "none", "historyDays": "90"})
    osls.package({})
    osls.remove()
    where = ["--stage", "prod", "--region", "eu-west-1"]
    assert run.commands == [
        [str(PROGRAM), "deploy", *where, "--param=historyDays=90", "--param=trail=none"],
        [str(PROGRAM), "package", *where],
        [str(PROGRAM), "remove", *where],
    ]


def test_its_failure_is_ours_and_says_that_it_may_be_run_again() -> None:
    with pytest.raises(DeployError, match=r"osls could not deploy.*may be run again"):
        Osls(Target("prod"), "eu-west-1", Runner(1)).deploy({})


def test_a_program_that_is_not_installed_is_said() -> None:
    with pytest.raises(DeployError, match="run make, not Python"):
        run_here(["/nowhere/osls", "deploy"])


def test_a_program_gives_its_status() -> None:
    assert run_here(["sh", "-c", "exit 3"]) == 3
