"""Address sets as numbers: there and back, one after the other, however many intervals they have."""

from hypothesis import given
from hypothesis import strategies as st

from bot.core.address_sets import AddressSet, Interval, merged
from bot.core.axes import Axis
from bot.core.rules import PrefixList, ReferencedGroup

_NAMES: list[PrefixList | ReferencedGroup] = [PrefixList("pl-1"), ReferencedGroup("sg-1")]

places = st.integers(0, 79)
stretches = st.lists(st.tuples(places, st.integers(0, 6)), max_size=3)


@st.composite
def sequences(draw: st.DrawFn) -> list[AddressSet]:
    """Draw sets of many intervals, each of which differs from the one before in a few stretches."""
    four = set(draw(st.sampled_from([range(0, 80, 2), range(0, 80, 3), range(40), ()])))
    six = set(draw(st.sampled_from([range(1, 80, 2), range(79, 80), ()])))
    found = []
    for _ in range(draw(st.integers(1, 8))):
        for held in (four, six):
            for first, length in draw(stretches):
                held ^= set(range(first, min(first + length, 79) + 1))
        named = frozenset(draw(st.sets(st.sampled_from(_NAMES))))
        found.append(AddressSet(_intervals(four), _intervals(six), named))
    return found


def _intervals(places: set[int]) -> tuple[Interval, ...]:
    return merged((place, place) for place in places)


@given(sequences(), st.data())
def test_sets_are_the_same_there_and_back(sets: list[AddressSet], data: st.DataObject) -> None:
    """Law: decode(encode(set)) is the set, in whatever order sets come."""
    axis = Axis(sets)
    encode, decode = axis.encoder(), axis.decoder()
    assert [decode(encode(each)) for each in sets] == sets
    again = data.draw(st.permutations(sets))
    assert [decode(encode(each)) for each in again] == again


@given(sequences())
def test_numbers_combine_as_sets_do(sets: list[AddressSet]) -> None:
    """Law: joining, cutting and subtracting the numbers of sets gives the numbers of what that makes of the sets."""
    axis = Axis(sets)
    decode = axis.decoder()
    for one in sets:
        for other in sets:
            ours, theirs = axis.encoder()(one), axis.encoder()(other)
            assert decode(ours | theirs) == one | other
            assert decode(ours & theirs) == one & other
            assert decode(ours & ~theirs) == one - other
