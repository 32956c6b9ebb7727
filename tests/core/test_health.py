"""How places are put in order for who asks whether Panopticon works."""

from datetime import timedelta

from bot.core.baseline import HeardPlace, begin
from bot.core.behind import NotRead, Trouble
from bot.core.health import PlaceHealth, by_silence
from tests.makers import NOW

HOUR = timedelta(hours=1)
EU, US, SA = (("111122223333", region) for region in ("eu-west-1", "us-east-1", "sa-east-1"))


def test_the_most_silent_place_comes_first_and_one_never_heard_from_before_all() -> None:
    places = [HeardPlace(*EU, NOW - HOUR, NOW), HeardPlace(*US, NOW - 9 * HOUR, NOW - HOUR)]
    own = begin(SA, "run-1", NOW, after=None)
    read = begin(EU, "run-2", NOW, after=None)
    assert by_silence(places, [read, own]) == (
        PlaceHealth(SA, None, own),
        PlaceHealth(US, NOW - HOUR, None),
        PlaceHealth(EU, NOW, read),
    )


def test_a_place_says_what_may_not_be_read_there() -> None:
    refusal = NotRead(NOW, "UnauthorizedOperation", Trouble.DENIED)
    (place,) = by_silence([HeardPlace(*EU, NOW - HOUR, NOW, refusal)], [])
    assert place == PlaceHealth(EU, NOW, None, refusal)


def test_there_are_none_at_first() -> None:
    assert by_silence([], []) == ()
