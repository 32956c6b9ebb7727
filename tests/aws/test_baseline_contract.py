"""What the store promises of the places that events come from, and of the baselines read there."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.aws.store import Store
from bot.core.baseline import Baseline, HeardPlace, begin
from bot.core.behind import NotRead, Trouble
from tests.aws.conftest import HISTORY, TABLE, LaggingClient
from tests.makers import NOW

WHERE = ("111122223333", "eu-west-1")
LATER = NOW + timedelta(hours=3)
FIRST = begin(WHERE, "run-1", NOW, after=None)
WHOLE = Baseline(
    *WHERE,
    run="run-2",
    started=NOW,
    moved=LATER,
    token="t" * 2000,
    groups=5000,
    kept=4000,
    missed=3,
    tries=2,
    restarts=1,
    finished=LATER,
    trouble="RequestLimitExceeded",
    is_denied=True,
    complete=NOW - timedelta(days=1),
    version=2,
)


class TestPlaces:
    def test_a_place_is_known_by_its_first_and_its_last_event(self, store: Store) -> None:
        store.hear_from(*WHERE, NOW)
        store.hear_from(*WHERE, LATER)
        assert store.places() == [HeardPlace(*WHERE, first_heard=NOW, last_heard=LATER)]

    def test_places_differ_by_account_and_by_region(self, store: Store) -> None:
        places = [WHERE, ("111122223333", "us-east-1"), ("444455556666", "eu-west-1")]
        for where in places:
            store.hear_from(*where, NOW)
        assert [place.where for place in store.places()] == places

    def test_there_are_none_at_first(self, store: Store) -> None:
        assert store.places() == []

    def test_a_place_tells_why_what_sits_behind_its_groups_may_not_be_read_until_it_may(
        self, store: Store
    ) -> None:
        refusal = NotRead(LATER, "AccessDenied", Trouble.DENIED, "panopticon-read")
        store.hear_from(*WHERE, NOW)
        store.keep_refusal(*WHERE, refusal)
        store.hear_from(*WHERE, LATER)
        assert store.places() == [HeardPlace(*WHERE, first_heard=NOW, last_heard=LATER, refusal=refusal)]

        store.keep_refusal(*WHERE, None)
        assert store.places() == [HeardPlace(*WHERE, first_heard=NOW, last_heard=LATER)]

    def test_what_is_refused_or_read_makes_no_place_of_where_nothing_was_heard_from(
        self, store: Store
    ) -> None:
        store.keep_refusal(*WHERE, NotRead(NOW, "UnauthorizedOperation", Trouble.DENIED))
        store.keep_refusal(*WHERE, None)
        assert store.places() == []

    def test_a_place_goes_when_it_is_silent_for_as_long_as_history_is_kept(
        self, store: Store, client: LaggingClient
    ) -> None:
        store.hear_from(*WHERE, NOW)
        store.hear_from(*WHERE, LATER)
        (item,) = client.scan(TableName=TABLE)["Items"]
        assert int(item["expires_at"]["N"]) == int((LATER + HISTORY).timestamp())


class TestBaselines:
    def test_there_is_none_at_first(self, store: Store) -> None:
        assert store.baseline(WHERE) is None
        assert store.baselines() == []

    @pytest.mark.parametrize("step", [replace(FIRST, version=2), WHOLE], ids=["bare", "whole"])
    def test_a_step_comes_out_as_it_went_in(self, store: Store, step: Baseline) -> None:
        assert store.keep_baseline(FIRST, now=NOW)
        assert store.keep_baseline(step, now=NOW)
        assert store.baseline(WHERE) == step
        assert store.baselines() == [step]

    def test_only_one_step_follows_a_step(self, store: Store) -> None:
        assert store.keep_baseline(FIRST, now=NOW)
        assert not store.keep_baseline(replace(FIRST, run="another"), now=NOW)
        second = FIRST.turned("token", LATER, groups=100, kept=9)
        assert store.keep_baseline(second, now=LATER)
        assert not store.keep_baseline(second, now=LATER)
        assert not store.keep_baseline(replace(second, version=4), now=LATER)
        assert store.baseline(WHERE) == second

    def test_each_place_has_its_own(self, store: Store) -> None:
        other = replace(FIRST, region="us-east-1", run="run-2")
        assert store.keep_baseline(FIRST, now=NOW)
        assert store.keep_baseline(other, now=NOW)
        assert store.baselines() == [FIRST, other]
        assert store.baseline(other.where) == other
