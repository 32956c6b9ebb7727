"""The benchmarks of warm functions and of the processor's part, in small: that figures are counted right."""

import json

import pytest

from benchmarks.pure import draw, draw_with_ledger, make_events
from benchmarks.warm import CLICK, COMMAND, ECHO, EVENT, Sample, figures_of
from bot.core.cloudtrail import parse_change


def test_our_own_part_is_what_is_not_waiting() -> None:
    sample = Sample(0.030, 0.028, {"DynamoDB": 0.010, "Slack": 0.006}, {"DynamoDB": 2})
    assert sample.own == pytest.approx(0.012)


def test_figures_are_ratios_to_the_echo_of_the_same_run_and_calls_as_they_were_sent() -> None:
    def samples(whole: float, calls: int, slack: int) -> list[Sample]:
        waited = {"DynamoDB": whole / 2, "Slack": whole / 10}
        return [Sample(whole, whole, waited, {"DynamoDB": calls, "Slack": slack})] * 20

    found = figures_of(
        {
            ECHO: samples(0.005, 0, 0),
            COMMAND: samples(0.020, 2, 0),
            CLICK: samples(0.040, 4, 1),
            EVENT: samples(0.060, 6, 1),
        }
    )
    by_name = {figure.name: figure for figure in found}
    assert by_name[f"{COMMAND}, p50"].ratio == pytest.approx(4)
    assert by_name[f"{EVENT}, p99"].ratio == pytest.approx(12)
    assert by_name[f"{CLICK}, waiting for DynamoDB"].ours == pytest.approx(50)
    own = by_name[f"{COMMAND}, our own part, p50"]
    assert own.ours == pytest.approx(8)
    assert own.is_met
    assert not by_name["DynamoDB calls for an alert"].is_met
    assert by_name["Slack calls for an alert"].is_met


def test_no_two_events_of_the_processors_benchmark_are_alike_and_each_makes_a_card() -> None:
    made = list(make_events(20))
    changes = [parse_change(event) for event, _ in made]
    assert len({json.dumps(event) for event, _ in made}) == 20
    assert {len(change.added) + len(change.removed) for change in changes} == {1, 2, 3, 4, 5}
    for event, created in made:
        assert draw(event)["text"]
        assert "before Panopticon" not in json.dumps(draw_with_ledger(event, created))
