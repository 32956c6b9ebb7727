"""Which part may know which: imports point inwards, and each rule is about files that are there."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

# What finds the words for a change and what it means.
WORDS = (
    "bot.core.*",
    "bot.slack.admitted",
    "bot.slack.gathered",
    "bot.slack.lines",
    "bot.slack.list_words",
    "bot.slack.meaning_words",
    "bot.slack.text",
    "bot.slack.wording",
)

# What makes modals and answers.
DRAWING = (*WORDS, "bot.slack.blocks", "bot.slack.cards", "bot.slack.headlines", "bot.slack.status")

# A pattern of files, and the patterns of our own modules that they may import. First match counts.
ALLOWED = {
    "bot/__init__.py": (),
    "bot/core/*.py": ("bot.core.*",),
    "bot/settings.py": ("bot.core.*",),
    "bot/policy/__main__.py": ("bot.*",),
    "bot/policy/lines.py": (),
    "bot/policy/tables.py": ("bot.core.errors", "bot.policy.lines"),
    "bot/policy/*.py": ("bot.core.*", "bot.policy.*"),
    "bot/workflows/*.py": ("bot.core.*", "bot.workflows.*"),
    "bot/slack/text.py": (),
    "bot/slack/blocks.py": ("bot.slack.text",),
    "bot/slack/times.py": (),
    "bot/slack/words.py": (),
    "bot/slack/queries.py": ("bot.core.*", "bot.slack.times"),
    "bot/slack/options.py": ("bot.slack.queries", "bot.slack.times", "bot.slack.words"),
    "bot/slack/traffic.py": ("bot.core.*", "bot.slack.text", "bot.slack.times", "bot.slack.words"),
    "bot/slack/commands.py": (
        "bot.slack.options",
        "bot.slack.queries",
        "bot.slack.times",
        "bot.slack.traffic",
        "bot.slack.words",
    ),
    "bot/slack/wording.py": ("bot.core.*", "bot.slack.text"),
    "bot/slack/watched.py": ("bot.core.*", "bot.slack.text"),
    "bot/slack/list_words.py": ("bot.core.*", "bot.slack.text", "bot.slack.wording"),
    "bot/slack/admitted.py": ("bot.core.*", "bot.slack.text", "bot.slack.wording"),
    "bot/slack/gathered.py": ("bot.core.*", "bot.slack.text", "bot.slack.wording"),
    "bot/slack/lines.py": ("bot.core.*", "bot.slack.text", "bot.slack.wording"),
    "bot/slack/meaning_words.py": ("bot.core.*", "bot.slack.admitted", "bot.slack.text", "bot.slack.wording"),
    "bot/slack/behind_words.py": ("bot.core.*", "bot.slack.admitted", "bot.slack.text", "bot.slack.wording"),
    "bot/slack/sentences.py": (*WORDS, "bot.slack.behind_words"),
    "bot/slack/headlines.py": (*WORDS, "bot.slack.blocks", "bot.slack.sentences"),
    "bot/slack/status.py": (*WORDS, "bot.slack.blocks"),
    "bot/slack/cards.py": (
        *WORDS,
        "bot.slack.behind_words",
        "bot.slack.blocks",
        "bot.slack.headlines",
        "bot.slack.sentences",
        "bot.slack.status",
    ),
    "bot/slack/catch_up_card.py": DRAWING,
    "bot/slack/clicked.py": (*DRAWING, "bot.slack.views"),
    "bot/slack/thread_lines.py": DRAWING,
    "bot/slack/views.py": DRAWING,
    "bot/slack/gathered_view.py": DRAWING,
    "bot/slack/mute_wording.py": ("bot.core.*", "bot.slack.text", "bot.slack.wording"),
    "bot/slack/mute_views.py": (*DRAWING, "bot.slack.commands", "bot.slack.mute_wording"),
    "bot/slack/mutes_answer.py": (*DRAWING, "bot.slack.mute_wording"),
    "bot/slack/quiet_answer.py": (*DRAWING, "bot.slack.answers"),
    "bot/slack/answers.py": (*DRAWING, "bot.slack.commands", "bot.slack.times", "bot.slack.watched"),
    "bot/slack/menus.py": (*DRAWING, "bot.slack.times"),
    "bot/slack/ledger_wording.py": DRAWING,
    "bot/slack/rules_at_answer.py": (*DRAWING, "bot.slack.commands", "bot.slack.ledger_wording"),
    "bot/slack/why_answer.py": (
        *DRAWING,
        "bot.slack.exposed_answer",
        "bot.slack.ledger_wording",
        "bot.slack.menus",
    ),
    "bot/slack/exposed_answer.py": (*DRAWING, "bot.slack.answers", "bot.slack.ledger_wording"),
    "bot/slack/notifier.py": ("bot.core.*", "bot.tls"),
    "bot/slack/http.py": ("bot.core.*",),
    "bot/slack/windows.py": ("bot.core.*", "bot.slack.*", "bot.workflows.*"),
    "bot/slack/burst_windows.py": ("bot.core.*", "bot.slack.*", "bot.workflows.*"),
    "bot/slack/listeners.py": ("bot.core.*", "bot.slack.*", "bot.workflows.*"),
    "bot/slack/quiet_listeners.py": ("bot.core.*", "bot.slack.*", "bot.workflows.*"),
    "bot/slack/ledger_questions.py": ("bot.core.*", "bot.slack.*", "bot.workflows.*"),
    "bot/slack/questions.py": ("bot.core.*", "bot.slack.*", "bot.workflows.*"),
    "bot/slack/__init__.py": (),
    "bot/aws/*.py": ("bot.core.*", "bot.aws.*", "bot.tls"),
    "bot/telemetry.py": ("bot.core.*", "bot.slack.notifier", "bot.workflows.*"),
    "bot/parts.py": ("bot.*",),
    "bot/work.py": ("bot.*",),
    "bot/start.py": (),
    "bot/tls.py": (),
    "bot/handlers.py": ("bot.*",),
}

# What stands around the bot, and the folders of ours that each may import; nothing in the bot knows of any.
AROUND = {
    "deploy": ("bot", "deploy"),
    "sandbox": ("bot", "sandbox"),
    "scripts": (
        "bot",
        "deploy",
        "sandbox",
        "scripts",
        "tests",
    ),  # what deploys knows Lambda's Python; the pictures are taken of the sandbox, as tests look at it
    "benchmarks": (
        "bot",
        "benchmarks",
        "sandbox",
        "scripts",
        "tests",
    ),  # what is measured is packaged and simulated as it is tested
}
FOLDERS = {"bot", "tests", *AROUND}

# What the pure parts may not touch at all: the network, the clock, the environment, the disk.
PURE = (
    "bot/core/*.py",
    "bot/slack/text.py",
    "bot/slack/blocks.py",
    "bot/slack/wording.py",
    "bot/slack/admitted.py",
    "bot/slack/lines.py",
    "bot/slack/meaning_words.py",
    "bot/slack/sentences.py",
    "bot/slack/headlines.py",
    "bot/slack/status.py",
    "bot/slack/list_words.py",
    "bot/slack/times.py",
    "bot/slack/words.py",
    "bot/slack/queries.py",
    "bot/slack/options.py",
    "bot/slack/traffic.py",
    "bot/slack/commands.py",
    "bot/slack/cards.py",
    "bot/slack/thread_lines.py",
    "bot/slack/catch_up_card.py",
    "bot/slack/views.py",
    "bot/slack/gathered.py",
    "bot/slack/gathered_view.py",
    "bot/slack/answers.py",
    "bot/slack/menus.py",
    "bot/slack/ledger_wording.py",
    "bot/slack/rules_at_answer.py",
    "bot/slack/why_answer.py",
    "bot/slack/exposed_answer.py",
    "bot/slack/watched.py",
    "bot/slack/mute_wording.py",
    "bot/slack/mute_views.py",
    "bot/slack/mutes_answer.py",
    "bot/slack/quiet_answer.py",
    "bot/policy/lines.py",
    "bot/policy/tables.py",
    "bot/policy/reading.py",
)
IMPURE = {"os", "socket", "time", "random", "uuid", "boto3", "botocore", "slack_sdk", "slack_bolt", "urllib"}
# How an address is quoted.
HARMLESS = {"urllib.parse"}

FILES = sorted(path.relative_to(ROOT) for path in ROOT.glob("bot/**/*.py"))


def imports(path: Path) -> Iterator[str]:
    """Name each module that a file imports, wherever in it."""
    for node in ast.walk(ast.parse((ROOT / path).read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, f"{path} has a relative import"
            named = [f"{node.module}.{alias.name}" for alias in node.names]
            yield from (name if is_module(name) else node.module for name in named)


def is_module(name: str) -> bool:
    path = ROOT / name.replace(".", "/")
    return path.with_suffix(".py").exists() or (path / "__init__.py").exists()


def matches(name: str, pattern: str) -> bool:
    return name == pattern or (pattern.endswith(".*") and name.startswith(pattern[:-1]))


@pytest.mark.parametrize("path", FILES, ids=str)
def test_imports_point_inwards(path: Path) -> None:
    allowed = next((names for pattern, names in ALLOWED.items() if path.match(pattern)), None)
    assert allowed is not None, f"no rule says what {path} may import"
    ours = {name for name in imports(path) if name.split(".")[0] in FOLDERS}
    outward = {name for name in ours if not any(matches(name, pattern) for pattern in allowed)}
    assert not outward


@pytest.mark.parametrize("folder", AROUND)
def test_what_stands_around_the_bot_imports_the_bot_and_not_its_neighbours(folder: str) -> None:
    files = [path.relative_to(ROOT) for path in ROOT.glob(f"{folder}/**/*.py")]
    assert files
    ours = {(path, name) for path in files for name in imports(path) if name.split(".")[0] in FOLDERS}
    assert {(path, name) for path, name in ours if name.split(".")[0] not in AROUND[folder]} == set()


@pytest.mark.parametrize("pattern", [*ALLOWED, *PURE])
def test_each_rule_is_about_files_that_are_there(pattern: str) -> None:
    assert [path for path in FILES if path.match(pattern)]


@pytest.mark.parametrize("path", [p for p in FILES if any(p.match(pattern) for pattern in PURE)], ids=str)
def test_the_pure_parts_touch_nothing_outside(path: Path) -> None:
    assert not {name.split(".")[0] for name in imports(path) if name not in HARMLESS} & IMPURE
    tree = ast.parse((ROOT / path).read_text())
    clock = {"now", "utcnow", "today"}
    attributes = [node for node in ast.walk(tree) if isinstance(node, ast.Attribute) and node.attr in clock]
    called = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
    # A rule before and after a change, `was` and `now`, is no clock: only what is called is, or what datetime gives.
    clocks = [node for node in attributes if node in called or ast.unparse(node.value).startswith("date")]
    assert not clocks
    assert not {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)} & {"open", "print", "input"}


def test_only_the_settings_read_the_environment() -> None:
    readers = [
        path
        for path in FILES
        if "os.environ" in (ROOT / path).read_text() or "getenv" in (ROOT / path).read_text()
    ]
    assert readers == [Path("bot/settings.py")]


def test_nothing_scans_the_table() -> None:
    scan = re.compile(r"""["']scan["']|\.scan\(|paginator\(["']scan""")
    assert [path for path in FILES if scan.search((ROOT / path).read_text())] == []


def test_importing_the_handlers_imports_no_client_and_no_bolt() -> None:
    words = "import sys, bot.handlers; print(*sorted(m for m in sys.modules if m in {'boto3','botocore.client','slack_bolt'}))"
    found = subprocess.run(
        [sys.executable, "-c", words], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert found.stdout.strip() == ""
