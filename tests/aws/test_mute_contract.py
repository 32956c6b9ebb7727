"""What the store promises of mutes, of what they hid, and of the days whose digest was told."""

from collections import Counter
from contextlib import suppress
from dataclasses import replace
from datetime import date, timedelta

import pytest

from bot.aws.store import Store
from bot.core.alerts import AlreadyRecorded
from bot.core.mutes import Mute, MutedPrincipal, MuteSubject
from bot.core.quiet import Quiet, QuietReason
from tests.aws.conftest import TABLE, LaggingClient
from tests.aws.keeping import at_once
from tests.makers import GROUP, JO, NOW, SAM, a_change, an_alert
from tests.quieting import a_mute

BARE = a_mute(mute_id="bare", subject=MuteSubject(finding="EC2.18"))
WHOLE = a_mute(
    mute_id="whole",
    subject=MuteSubject(GROUP, "web-prod", MutedPrincipal("erin", "111122223333", "role:é"), "x: <!here>"),
    also_critical=True,
    until=NOW + timedelta(days=90),
)
DAY = date(2026, 11, 23)


def hide(store: Store, number: int, mute_id: str = "bare") -> None:
    """Record a change that a mute hides."""
    change = a_change(f"event-{number}")
    alert = replace(an_alert(change), quiet=Quiet(QuietReason.MUTED, mute_id), drawn_version=1)
    store.record_change(change, {"detail": {}}, alert=alert, learn=None, now=NOW)


class TestMutes:
    def test_there_are_none_at_first(self, store: Store) -> None:
        assert store.mutes(NOW) == []
        assert store.hidden_by_mutes() == Counter()

    @pytest.mark.parametrize("mute", [BARE, WHOLE], ids=["bare", "whole"])
    def test_a_mute_comes_out_as_it_went_in(self, store: Store, mute: Mute) -> None:
        store.add_mute(mute)
        assert store.mutes(NOW) == [mute]

    def test_what_ends_first_comes_first(self, store: Store) -> None:
        store.add_mute(WHOLE)
        store.add_mute(BARE)
        assert store.mutes(NOW) == [BARE, WHOLE]

    def test_the_same_mute_again_changes_nothing(self, store: Store) -> None:
        store.add_mute(BARE)
        store.add_mute(replace(BARE, reason="another", until=WHOLE.until))
        assert store.mutes(NOW) == [BARE]
        store.end_mute("bare", SAM.user_id, NOW)
        store.add_mute(BARE)
        assert store.mutes(NOW) == []

    def test_one_that_is_over_is_left_out_though_it_is_there_still(self, store: Store) -> None:
        store.add_mute(BARE)
        assert store.mutes(BARE.until - timedelta(seconds=1)) == [BARE]
        assert store.mutes(BARE.until) == []

    def test_a_mute_goes_soon_after_its_end(self, store: Store, client: LaggingClient) -> None:
        store.add_mute(BARE)
        (item,) = client.scan(TableName=TABLE)["Items"]
        assert int(item["expires_at"]["N"]) == int((BARE.until + timedelta(days=1)).timestamp())

    def test_who_ends_a_mute_is_kept_with_who_asked_for_it(self, store: Store, client: LaggingClient) -> None:
        store.add_mute(BARE)
        assert store.end_mute("bare", SAM.user_id, NOW) == BARE
        assert store.mutes(NOW) == []
        (item,) = client.scan(TableName=TABLE)["Items"]
        assert (item["owner"]["S"], item["ended_by"]["S"]) == (JO.user_id, SAM.user_id)

    def test_a_mute_ends_once(self, store: Store) -> None:
        store.add_mute(BARE)
        store.add_mute(WHOLE)
        ended = at_once(4, lambda _: store.end_mute("bare", SAM.user_id, NOW))
        assert sorted(ended, key=str, reverse=True) == [None, None, None, BARE]
        assert store.end_mute("nothing", SAM.user_id, NOW) is None
        assert store.end_mute("whole", SAM.user_id, WHOLE.until) is None


class TestWhatIsHidden:
    def test_each_change_that_is_hidden_counts_once(self, store: Store) -> None:
        store.add_mute(BARE)
        for number in range(40):
            hide(store, number)
        hide(store, 100, "whole")
        assert store.hidden_by_mutes() == Counter({"bare": 40, "whole": 1})
        assert store.mutes(NOW) == [BARE]

    def test_a_change_that_comes_again_counts_no_more(self, store: Store) -> None:
        for number in (1, 1, 2, 1):
            with suppress(AlreadyRecorded):
                hide(store, number)
        assert store.hidden_by_mutes() == Counter({"bare": 2})

    def test_changes_that_come_at_once_all_count(self, store: Store) -> None:
        assert at_once(8, lambda number: hide(store, number)) == [None] * 8
        assert store.hidden_by_mutes() == Counter({"bare": 8})

    def test_what_the_threshold_keeps_is_no_mutes(self, store: Store) -> None:
        change = a_change()
        alert = replace(an_alert(change), quiet=Quiet(QuietReason.BELOW_THRESHOLD, "low"), drawn_version=1)
        store.record_change(change, {"detail": {}}, alert=alert, learn=None, now=NOW)
        assert store.hidden_by_mutes() == Counter()


class TestDigests:
    def test_a_day_is_told_by_one(self, store: Store) -> None:
        claims = at_once(4, lambda _: store.claim_digest(DAY, now=NOW))
        assert sorted(map(str, claims)) == ["False", "False", "False", "True"]

    def test_one_who_does_not_come_back_is_followed_by_another(self, store: Store) -> None:
        assert store.claim_digest(DAY, now=NOW)
        assert not store.claim_digest(DAY, now=NOW + timedelta(minutes=5))
        assert store.claim_digest(DAY, now=NOW + timedelta(minutes=6))

    def test_what_is_told_is_told(self, store: Store) -> None:
        assert store.claim_digest(DAY, now=NOW)
        store.close_digest(DAY, now=NOW)
        assert not store.claim_digest(DAY, now=NOW + timedelta(days=9))
        assert store.claim_digest(DAY + timedelta(days=1), now=NOW)
