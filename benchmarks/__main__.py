"""
Measures all that is promised, one benchmark after the other: `make bench`, or `python -m benchmarks`.

Prints one table, and writes it as docs/benchmarks.json and as the picture docs/pictures/benchmarks.svg. Each benchmark is a
process of its own; one that fails or takes too long is a row that says so. What is timed runs alone, what is only counted at
the same time. Exits with 1 if a target is missed or a benchmark failed.

    python -m benchmarks --only warm pure
"""

import argparse
import json
import os
import platform
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

from benchmarks.figures import Figure, table
from benchmarks.picture import draw
from benchmarks.unpacked import APPS_FOLDER
from tests.processes import stop_group

ROOT = Path(__file__).parent.parent
DOCUMENT = ROOT / "docs" / "benchmarks.json"
PICTURE = ROOT / "docs" / "pictures" / "benchmarks.svg"

TURNS = (("cold",), ("warm",), ("pure",), ("growth",), ("burst", "noise"))
"""The benchmarks in their order; those of one turn run at once. Each has a function `figures`."""

_LONGEST_SECONDS = 600
_REASON_CHARACTERS = 300
_LOG_LINES = 40


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a benchmark: its figures, or in words why there are none."""

    name: str
    figures: tuple[Figure, ...] = ()
    failed: str = ""


def run(name: str, most_seconds: float = _LONGEST_SECONDS) -> Result:
    """Run a benchmark as a process of its own."""
    with tempfile.TemporaryDirectory(prefix="panopticon-bench-") as folder:
        into, log = Path(folder) / "figures.json", Path(folder) / "log"
        command = [sys.executable, "-m", "benchmarks", "--only", name, "--into", str(into)]
        with log.open("wb") as told:
            process = subprocess.Popen(
                command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=told, stderr=told, start_new_session=True
            )
            try:
                status = process.wait(most_seconds)
            except subprocess.TimeoutExpired:
                return Result(name, failed=f"it took more than {most_seconds:.0f} s")
            finally:
                stop_group(process)
        if status or not into.is_file():
            lines = log.read_text(errors="replace").strip().splitlines() or [f"it ended with status {status}"]
            print(*lines[-_LOG_LINES:], sep="\n", file=sys.stderr, flush=True)
            # An assertion without words is told by what it asserts.
            said = lines[-1] if ":" in lines[-1] else ": ".join(map(str.strip, lines[:-3:-1]))
            return Result(name, failed=said.replace(str(ROOT), ".")[:_REASON_CHARACTERS])
        return Result(name, tuple(Figure(**each) for each in json.loads(into.read_text())))


def run_all(names: Sequence[str], run_one: Callable[[str], Result] = run) -> list[Result]:
    """Run the benchmarks that are named, in their order, and say on the way how long each took."""

    def timed(name: str) -> Result:
        started = time.perf_counter()
        result = run_one(name)
        said = f"failed: {result.failed}" if result.failed else "done"
        print(f"{name}: {said}, {time.perf_counter() - started:.0f} s", file=sys.stderr, flush=True)
        return result

    found = []
    for turn in TURNS:
        wanted = [name for name in turn if name in names]
        with ThreadPoolExecutor(len(turn)) as pool:
            found += list(pool.map(timed, wanted))
    return found


def machine() -> dict[str, Any]:
    """Say what this runs on, and nothing that would name it."""
    processor = platform.processor() or platform.machine()
    told = Path("/proc/cpuinfo")
    if told.is_file():
        lines = (line.partition(":") for line in told.read_text().splitlines())
        processor = next(
            (value.strip() for name, _, value in lines if name.strip() == "model name"), processor
        )
    return {
        "processor": processor,
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "system": platform.system(),
    }


def document(results: Sequence[Result], of: dict[str, Any], seconds: float, now: datetime) -> dict[str, Any]:
    """Write *results* as JSON: each figure with its ratio and whether its target is met, null where it has none."""
    return {
        "taken": f"{now:%Y-%m-%d}",
        "machine": of,
        "seconds": round(seconds),
        "figures": [
            {
                "benchmark": result.name,
                **{key: _rounded(value) for key, value in asdict(figure).items()},
                "ratio": _rounded(figure.ratio),
                "met": figure.is_met if figure.target is not None else None,
            }
            for result in results
            for figure in result.figures
        ],
        "failed": {result.name: result.failed for result in results if result.failed},
    }


def report(results: Sequence[Result], of: dict[str, Any]) -> str:
    """Write one table of all, and what failed."""
    figures = [figure for result in results for figure in result.figures]
    failed = [f"{result.name}: failed: {result.failed}" for result in results if result.failed]
    missed = sum(not figure.is_met for figure in figures)
    judged = sum(figure.target is not None for figure in figures)
    return "\n".join(
        [
            f"{of['processor']}, {of['cores']} cores; Python {of['python']} on {of['system']}",
            "",
            table(figures),
            *failed,
            "",
            f"{judged - missed} of {judged} targets met" + (f", {len(failed)} failed" if failed else ""),
        ]
    )


def is_good(results: Sequence[Result]) -> bool:
    """Tell whether nothing failed and no target was missed."""
    return all(not result.failed and all(figure.is_met for figure in result.figures) for result in results)


def _rounded(value: Any) -> Any:
    return round(value, 3) if isinstance(value, float) else value


def main(arguments: Sequence[str] | None = None) -> int:
    """Run all benchmarks or some; only what ran whole is written into docs."""
    every = [name for turn in TURNS for name in turn]
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description=(__doc__ or "").strip().splitlines()[0]
    )
    parser.add_argument("--only", nargs="+", choices=every, default=every)
    parser.add_argument("--into", type=Path, help="measure one of them here, and write its figures as JSON")
    asked = parser.parse_args(arguments)
    if asked.into:
        (name,) = asked.only
        # Whoever ends this process wants what it has started to end too.
        signal.signal(signal.SIGTERM, lambda *_: sys.exit("it was ended"))
        figures = import_module(f"benchmarks.{name}").figures()
        asked.into.write_text(json.dumps([asdict(figure) for figure in figures]))
        return 0
    started = time.perf_counter()
    of = machine()
    with tempfile.TemporaryDirectory(prefix="panopticon-apps-") as folder:
        os.environ[APPS_FOLDER] = folder  # what the first benchmark builds there, the others find
        results = run_all(asked.only)
    seconds = time.perf_counter() - started
    print(report(results, of))
    print(f"{seconds:.0f} s")
    if asked.only == every:
        told = document(results, of, seconds, datetime.now(UTC))
        DOCUMENT.write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n")
        PICTURE.write_text(draw(told))
    return 0 if is_good(results) else 1


if __name__ == "__main__":
    sys.exit(main())
