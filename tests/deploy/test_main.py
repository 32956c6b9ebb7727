"""The steps as the Makefile calls them: their words, and their status."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from deploy.__main__ import main
from tests.terminals import type_answers

ROOT = Path(__file__).parent.parent.parent


@pytest.mark.parametrize("step", ["connect", "prove"])
@pytest.mark.usefixtures("sandbox")
def test_a_step_without_a_stack_says_what_comes_first(step: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([step]) == 1
    assert "Run `make deploy` first" in capsys.readouterr().err


@pytest.mark.usefixtures("sandbox")
def test_preflight_reports(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["preflight", "--stage", "dev"]) == 0
    assert "panopticon-dev: not there yet" in capsys.readouterr().out


@pytest.mark.usefixtures("sandbox")
def test_removing_what_is_not_there_is_no_failure(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["remove", "--yes"]) == 0
    assert "Nothing to remove" in capsys.readouterr().out


def test_no_credentials_are_said_in_a_line_without_a_trace(tmp_path: os.PathLike[str]) -> None:
    bare = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "AWS_EC2_METADATA_DISABLED": "true"}
    done = run(["preflight", "--region", "eu-west-1"], bare)
    assert done.returncode == 1
    assert "No AWS credentials were found" in done.stderr
    assert "Traceback" not in done.stderr
    done = run(["preflight"], bare)
    assert "No AWS region is set" in done.stderr


def run(arguments: Sequence[str], environment: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "deploy", *arguments]
    return subprocess.run(
        command, env=environment, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
    )


class TestTerminal:
    def test_what_is_typed_in_secret_does_not_show(self) -> None:
        words = "from deploy.terminal import Terminal as T; print(len(T().ask_secret('Token: ')))"
        status, shown = type_answers([sys.executable, "-c", words], ["xoxb-secret"], cwd=ROOT)
        assert status == 0, shown
        assert shown.split() == ["Token:", "11"]

    def test_what_may_be_seen_shows(self) -> None:
        words = "from deploy.terminal import Terminal as T; t = T(); print(t.is_interactive, len(t.ask('Channel: ')))"
        status, shown = type_answers([sys.executable, "-c", words], ["C0123456789"], cwd=ROOT)
        assert (status, shown.split()) == (0, ["Channel:", "C0123456789", "True", "11"])

    def test_without_a_terminal_no_secret_is_asked_for(self) -> None:
        command = [
            sys.executable,
            "-c",
            "from deploy.terminal import Terminal as T; T().ask_secret('Token: ')",
        ]
        done = subprocess.run(
            command,
            input="xoxb-secret\n",
            capture_output=True,
            text=True,
            check=False,
            start_new_session=True,
        )
        assert "here is no terminal that can" in done.stderr
        assert "xoxb-secret" not in done.stdout + done.stderr

    def test_nobody_there_to_answer_is_said(self) -> None:
        command = [sys.executable, "-c", "from deploy.terminal import Terminal as T; T().ask('Channel: ')"]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        assert "Nobody answered" in done.stderr
