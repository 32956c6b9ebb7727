"""The soak of benchmarks/, in small."""

import pytest

from benchmarks.soak import BY_READING, Load, main, soak
from tests.simulation.judging import Mark


@pytest.mark.slow
def test_a_soak_breaks_no_law_and_counts_what_it_did(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--calls", "1000", "--groups", "12", "--seed", "2"]) == 0
    printed = capsys.readouterr().out
    assert "1,000 carried out" in printed
    assert "Every law held. Seed 2" in printed


def test_a_soak_loses_and_delays_as_many_events_as_it_is_told() -> None:
    tally = soak(Load(calls=300, groups=6, lost=20, late=20, twice=0, samples=2))
    told = tally.fates.total()
    assert told == tally.calls.total()
    assert 0.1 * told < tally.fates["lost"] < 0.3 * told
    assert 300 / tally.simulated_seconds > 10
    assert {*tally.before} <= {*(mark.value for mark in Mark), BY_READING}


def test_a_soak_of_which_nothing_is_missing_finds_nothing_by_reading() -> None:
    tally = soak(Load(calls=300, groups=6, lost=0, late=0, samples=2))
    assert tally.before[BY_READING] == 0
