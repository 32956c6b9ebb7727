"""What README, SECURITY, CONTRIBUTING, CHANGELOG and docs/ say must be there: files, headings, targets, commands, scopes, settings."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.slack.answers import help_answer
from bot.slack.commands import COMMAND, parse_command
from bot.slack.times import Misunderstood
from deploy.costs import estimate
from tests.test_names_agree import MANIFEST, OPTIONAL_SCOPES, SERVERLESS

ROOT = Path(__file__).parent.parent
PAPERS = sorted(path.relative_to(ROOT).as_posix() for path in (*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")))
READMES = ("README.md", "README.ko.md")
NOW = datetime(2026, 11, 24, 20, 7, tzinfo=UTC)

# Where a path in backticks begins with one of these, it is one of the repository's.
FOLDERS = ("bot", "benchmarks", "deploy", "docs", "sandbox", "scripts", "tests", ".ci")

FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
SPAN = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r'\]\(([^)\s]+)\)|(?:src|srcset|href)="([^"]+)"')


def read(paper: str) -> str:
    return (ROOT / paper).read_text("utf-8")


def prose(paper: str) -> str:
    return FENCE.sub("", read(paper))


def code(paper: str) -> Iterator[str]:
    """Give what stands in backticks, and each line of what stands between fences, without its comment."""
    yield from SPAN.findall(prose(paper))
    for fence in FENCE.findall(read(paper)):
        yield from (line.split(" # ")[0].strip() for line in fence.splitlines()[1:-1])


def links(paper: str) -> list[str]:
    return ["".join(found) for found in LINK.findall(SPAN.sub("", prose(paper)))]


def anchors(paper: str) -> set[str]:
    """Name the headings as GitHub does in addresses."""
    headings = re.findall(r"^#+ (.+)$", prose(paper), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading).lower().replace(" ", "-") for heading in headings}


def commands(paper: str) -> list[str]:
    return [piece for piece in code(paper) if piece.split(" ")[0] == COMMAND]


def targets(paper: str) -> set[str]:
    return {name for piece in code(paper) for name in re.findall(r"(?:^|[;&(] ?)make +([a-z]+)", piece)}


def scopes(paper: str) -> set[str]:
    of_slack = r"(?:app_mentions|channels|chat|commands|files|groups|im|team|users)(?::[a-z.]+)*"
    return {piece for piece in code(paper) if re.fullmatch(of_slack, piece)}


@pytest.mark.parametrize("paper", PAPERS)
def test_each_link_leads_to_what_is_there(paper: str) -> None:
    for link in links(paper):
        if re.match(r"https?://", link):
            continue
        path, _, anchor = link.partition("#")
        target = ((ROOT / paper).parent / path).resolve() if path else ROOT / paper
        assert target.exists(), link
        if anchor:
            assert anchor in anchors(target.relative_to(ROOT).as_posix()), link


@pytest.mark.parametrize("paper", PAPERS)
def test_each_path_of_the_repository_is_there(paper: str) -> None:
    for piece in code(paper):
        first = piece.split(" ")[0]
        if re.fullmatch(rf"(?:{'|'.join(map(re.escape, FOLDERS))})/[\w./*-]*", first):
            assert list(ROOT.glob(first)), first


@pytest.mark.parametrize("paper", PAPERS)
def test_each_module_that_is_to_be_run_is_there(paper: str) -> None:
    for piece in code(paper):
        for module in re.findall(r"python -m ((?:bot|benchmarks|sandbox|scripts)[\w.]*)", piece):
            path = ROOT / module.replace(".", "/")
            assert path.with_suffix(".py").exists() or (path / "__main__.py").exists(), module


@pytest.mark.parametrize("paper", PAPERS)
def test_each_target_can_be_made(paper: str) -> None:
    assert targets(paper) <= set(re.findall(r"^([a-z]+):", read("Makefile"), re.MULTILINE))


@pytest.mark.parametrize("paper", PAPERS)
def test_each_command_is_a_question(paper: str) -> None:
    for command in commands(paper):
        if "GROUP" not in command and "NAME" not in command:  # which stand for something
            read_as = parse_command(command.removeprefix(COMMAND).strip(), NOW)
            assert not isinstance(read_as, Misunderstood), command


@pytest.mark.parametrize("paper", READMES)
def test_each_command_that_help_lists_is_in_the_readmes_table(paper: str) -> None:
    listed = set(re.findall(rf"({COMMAND}(?: \S+)*) {{2,}}", json.dumps(help_answer())))
    assert listed
    assert listed <= set(re.findall(rf"^\| `({COMMAND}[^`]*)` \|", read(paper), re.MULTILINE))


@pytest.mark.parametrize("paper", READMES)
def test_the_scopes_are_the_manifests_and_the_optional_ones(paper: str) -> None:
    assert scopes(paper) == set(MANIFEST["oauth_config"]["scopes"]["bot"]) | OPTIONAL_SCOPES


@pytest.mark.parametrize("paper", READMES)
def test_what_it_costs_is_what_is_estimated(paper: str) -> None:
    costs = estimate()
    told = re.findall(r"\$(\d+\.\d\d)", prose(paper))
    parts = [float(count) * float(each) for count, each in re.findall(r"(\d+) × \$(\d\.\d\d)", prose(paper))]
    assert told[0] == f"{costs.standing:.2f}"
    assert told[-2:] == [f"{costs.per_thousand:.2f}", f"{costs.trail:.2f}"]
    assert sum(parts) + sum(map(float, told[1 + len(parts) : -2])) == pytest.approx(costs.standing, abs=0.01)


def test_each_setting_stands_in_the_papers_with_its_default() -> None:
    settings = read("docs/deploy.md").partition("## Settings")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| `(\w+)` \| *(\S*) *\|", settings, re.MULTILINE)
    assert dict(rows) == {name: str(value) for name, value in SERVERLESS["params"]["default"].items()}


def test_both_readmes_say_the_same_in_two_languages() -> None:
    english, korean = READMES
    assert set(commands(english)) == set(commands(korean))
    assert targets(english) == targets(korean)
    assert read(english).count("\n## ") == read(korean).count("\n## ")
    outward = [
        {link.partition("#")[0] for link in links(paper) if link.partition("#")[0] not in ("", *READMES)}
        for paper in READMES
    ]
    assert outward[0] == outward[1]
    assert korean in links(english)
    assert english in links(korean)
