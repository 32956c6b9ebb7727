"""The benchmark of a month's noise, in small and on the sandbox's DynamoDB."""

import pytest

from benchmarks.month import CI_ROLE, START, Who, make_month
from benchmarks.noise import SILENT, judge_month, play, policy_of, report
from tests.own_dynamodb import OwnDynamoDB
from tests.workflows.conftest import Stage, World, make_stage

EVENTS = 60


@pytest.fixture
def stage() -> Stage:
    return make_stage(OwnDynamoDB(), world=World(START))


def test_a_month_is_as_it_is_said_to_be_and_always_the_same() -> None:
    month = make_month(1000, 1)
    share = {who: sum(one.who is who for one in month.happened) / len(month.happened) for who in Who}
    assert share == pytest.approx({Who.CI: 0.70, Who.SERVICES: 0.25, Who.PEOPLE: 0.05}, abs=0.03)
    bad = [(one.bad, one.who) for one in month.happened if one.bad]
    assert sorted(bad) == [
        *[("Critical", Who.CI)] * 2,
        *[("Critical", Who.PEOPLE)] * 3,
        ("High", Who.CI),
        *[("High", Who.PEOPLE)] * 3,
    ]
    assert make_month(1000, 1).happened == month.happened


def test_the_policy_is_the_shipped_one_with_one_expected_principal_more() -> None:
    assert policy_of("").quieting.expected == ()
    (expected,) = policy_of(SILENT).quieting.expected
    assert (expected.roles, expected.is_silent) == (frozenset({CI_ROLE}), True)


@pytest.mark.slow
def test_of_a_month_nothing_is_hidden_that_must_not_be(
    stage: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    month = make_month(EVENTS, 4)
    result = play(stage, month, policy_of(SILENT))
    assert result.broken == ()
    assert sum(result.fates.values()) == len(month.happened)
    assert result.fates[(Who.CI, "quiet: expected")] > EVENTS / 2
    assert sum(result.cards.values()) == result.messages["cards"]
    assert result.notifying < len(month.happened) / 2
    assert report(month, {"silent": result}) == []
    assert capsys.readouterr().out.startswith(f"{len(month.happened)} events in 30 days")
    bad = [one for one in month.happened if one.bad]
    told = stage.store.alerts_of_events(one.event["detail"]["eventID"] for one in month.happened)
    stage.channel.posts = 0
    assert judge_month(stage, month, told) == [
        f"{len(stage.channel.messages)} cards are there, and 0 were counted"
    ]
    stage.channel.messages.clear()
    alerts = stage.store.alerts_of_events(one.event["detail"]["eventID"] for one in bad)
    assert len(judge_month(stage, month, alerts)) == len(bad) > 0
