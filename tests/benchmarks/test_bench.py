"""The command that runs all benchmarks: what it writes, and what becomes of one that fails."""

import xml.etree.ElementTree as ET
from datetime import UTC, datetime
from pathlib import Path

import pytest

import benchmarks.__main__ as bench
from benchmarks.figures import Figure
from benchmarks.picture import draw, shown

NOW = datetime(2026, 11, 28, tzinfo=UTC)
MACHINE = {"processor": "Some CPU", "cores": 2, "python": "3.11.7", "system": "Linux"}
MET = bench.Result(
    "cold", (Figure("command", "ms", 600, "the usual app", 1000, 0.65), Figure("load", "", 0.5))
)
MISSED = bench.Result("pure", (Figure("read an event", "µs", 120, target=100),))
FAILED = bench.Result("noise", failed="DynamoDBLocalError: 'java' is not on the PATH")


def test_what_fails_loses_no_other_figures() -> None:
    tried: list[str] = []

    def run_one(name: str) -> bench.Result:
        tried.append(name)
        return FAILED if name == "noise" else MET

    results = bench.run_all(["cold", "noise"], run_one)
    assert tried == ["cold", "noise"]
    said = bench.report(results, MACHINE).splitlines()
    assert said[0] == "Some CPU, 2 cores; Python 3.11.7 on Linux"
    assert "noise: failed: DynamoDBLocalError: 'java' is not on the PATH" in said
    assert said[-1] == "1 of 1 targets met, 1 failed"
    assert bench.is_good([MET])
    assert not bench.is_good([MET, FAILED])
    assert not bench.is_good([MET, MISSED])


def test_a_process_that_fails_says_why_and_one_that_hangs_is_ended(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    program = tmp_path / "program"
    monkeypatch.setattr("benchmarks.__main__.sys.executable", str(program))
    program.write_text("#!/bin/sh\necho first; echo SomeError: it says why >&2; exit 3\n")
    program.chmod(0o755)
    assert bench.run("pure").failed == "SomeError: it says why"
    program.write_text("#!/bin/sh\necho '  assert cards'; echo AssertionError; exit 1\n")
    assert bench.run("pure").failed == "AssertionError: assert cards"
    program.write_text("#!/bin/sh\nsleep 60\n")
    assert bench.run("pure", most_seconds=0.2).failed == "it took more than 0 s"
    program.write_text("""#!/bin/sh\necho '[{"name": "n", "unit": "ms", "ours": 1.5}]' > "$6"\n""")
    assert bench.run("pure").figures == (Figure("n", "ms", 1.5),)


def test_the_document_says_of_each_figure_if_it_is_met_and_names_no_machine() -> None:
    told = bench.document([MET, MISSED, FAILED], bench.machine(), 12.4, NOW)
    assert [figure["met"] for figure in told["figures"]] == [True, None, False]
    assert told["figures"][0]["ratio"] == 0.6
    assert told["failed"] == {"noise": FAILED.failed}
    assert set(told["machine"]) == {"processor", "cores", "python", "system"}


def test_the_picture_draws_a_bar_for_each_target_and_what_failed() -> None:
    svg = draw(bench.document([MET, MISSED, FAILED], MACHINE, 12, NOW))
    kinds = [each.get("class") for each in ET.fromstring(svg).iter() if each.tag.endswith("rect")]
    assert kinds == ["bed", "met", "bed", "missed"]
    assert "600 ms: 0.60 × the usual app, at most 0.65" in svg
    assert "noise failed" in svg
    assert "prefers-color-scheme: dark" in svg


def test_of_many_look_ups_the_picture_shows_the_worst_of_each_unit() -> None:
    lookups = tuple(
        Figure(name, "RCU", units, "that at 1,000", 10, 1.3) for name, units in (("a", 11), ("b", 12))
    )
    result = bench.Result("growth", (*lookups, Figure("one more event", "units", 60, "a fresh group", 50, 2)))
    rows = bench.document([result], MACHINE, 1, NOW)["figures"]
    assert [row["name"] for row in shown(rows, "growth")] == [
        "worst of the look-ups, RCU: b",
        "one more event",
    ]
