"""Lists of changes: what they are narrowed to, and how a button remembers them."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.core.changes import GroupKey, PrincipalKind
from bot.core.history import (
    AlertScope,
    HistoryEntry,
    KnownPrincipal,
    Listing,
    Place,
    QuietScope,
    decode_listing,
    decode_quiet_scope,
    decode_scope,
    encode_listing,
    encode_quiet_scope,
    encode_scope,
    reference_of,
)
from tests.records import alert_of, change

KEY = GroupKey("111122223333", "eu-west-1", "sg-0a1b2c3d4e5f60718")
POSITION = "2026-03-02T20:07:31#7c2f9b1e-0000-4000-8000-000000000001"
FULL = Listing(
    group=KEY,
    principal="person:alice@example.com",
    name="web-prod",
    place=Place("111122223333", "eu-west-1"),
    since=datetime(2026, 3, 1, tzinfo=UTC),
    until=datetime(2026, 3, 3, tzinfo=UTC),
    before=POSITION,
    after=POSITION,
)


@pytest.mark.parametrize(
    ("place", "held"),
    [
        pytest.param(Place(), True, id="everywhere"),
        pytest.param(Place("111122223333"), True, id="its account"),
        pytest.param(Place(None, "eu-west-1"), True, id="its region"),
        pytest.param(Place("111122223333", "eu-west-1"), True, id="both"),
        pytest.param(Place("444455556666"), False, id="another account"),
        pytest.param(Place(None, "us-east-1"), False, id="another region"),
        pytest.param(Place("111122223333", "us-east-1"), False, id="its account, another region"),
        pytest.param(Place("444455556666", "eu-west-1"), False, id="another account, its region"),
    ],
)
def test_a_list_shows_what_is_in_the_accounts_and_regions_asked_for(place: Place, held: bool) -> None:
    assert place.holds("111122223333", "eu-west-1") is held
    assert Listing(place=place).shows(HistoryEntry(alert_of(change()).digest, None, POSITION)) is held
    assert place.is_everywhere is (place == Place())


def test_a_list_turned_to_another_page_stays_the_same_list() -> None:
    older = FULL.turned(before="x")
    newer = older.turned(after="y")
    assert (older.before, older.after, older.newest_first) == ("x", None, True)
    assert (newer.before, newer.after, newer.newest_first) == (None, "y", False)
    assert replace(newer, before=POSITION, after=POSITION) == FULL


@pytest.mark.parametrize(
    "listing",
    [
        pytest.param(Listing(), id="all"),
        pytest.param(FULL, id="everything set"),
        pytest.param(Listing(group=KEY, name='a"b\\c <é> \u202e\n🔥'), id="a hostile name"),
        pytest.param(Listing(principal="k" * 300, before=POSITION), id="a long key"),
        pytest.param(Listing(place=Place(region="us-gov-west-1")), id="a region"),
    ],
)
def test_a_button_remembers_a_list(listing: Listing) -> None:
    value = encode_listing(listing)
    assert decode_listing(value) == listing
    assert len(value) <= 2000


def test_a_button_remembers_as_much_of_a_name_as_a_title_takes() -> None:
    assert decode_listing(encode_listing(Listing(group=KEY, name="n" * 255))).name == "n" * 100


@pytest.mark.parametrize(
    "scope",
    [AlertScope(), AlertScope(Place("111122223333", "eu-west-1"), "4#x"), AlertScope(behind="0#y")],
    ids=["all", "narrowed", "a further page"],
)
def test_a_button_remembers_which_alerts_it_goes_on_with(scope: AlertScope) -> None:
    assert decode_scope(encode_scope(scope)) == scope


@pytest.mark.parametrize(
    "value",
    [
        pytest.param("", id="nothing"),
        pytest.param("4f6c.2", id="another button's"),
        pytest.param("[]", id="a list"),
        pytest.param("null", id="null"),
        pytest.param('"since"', id="a text"),
        pytest.param('{"region":1}', id="a number"),
        pytest.param('{"region":null}', id="a null"),
    ],
)
def test_a_value_that_no_button_of_a_list_holds_is_refused(value: str) -> None:
    for decode in (decode_listing, decode_scope):
        with pytest.raises(ValueError, match=r"\A"):
            decode(value)


@pytest.mark.parametrize("value", ['{"group":"a/b"}', '{"since":"yesterday"}', '{"until":"2026-13-01"}'])
def test_a_list_of_no_group_or_time_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match=r"\A"):
        decode_listing(value)


def test_a_principals_key_has_a_short_reference_of_its_own() -> None:
    known = KnownPrincipal("k" * 300, "alice", PrincipalKind.IAM_USER, None)
    assert known.reference == reference_of("k" * 300)
    assert known.reference != reference_of("k" * 299)
    assert len(known.reference) == 32
    assert known.reference.isalnum()


def test_half_a_character_in_a_principals_key_does_no_harm() -> None:
    assert len(reference_of("\ud800")) == 32


class TestQuietScope:
    SPAN = QuietScope(datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 2, tzinfo=UTC))

    @pytest.mark.parametrize("more", [{}, {"place": Place("111122223333", "eu-west-1"), "behind": "here"}])
    def test_it_comes_through_a_button(self, more: dict[str, Any]) -> None:
        scope = replace(self.SPAN, **more)
        assert decode_quiet_scope(encode_quiet_scope(scope)) == scope

    @pytest.mark.parametrize("text", ["{}", '{"since": "2026-03-01"}'])
    def test_what_says_no_span_is_not_one(self, text: str) -> None:
        with pytest.raises(ValueError, match=r"\{.*\}"):
            decode_quiet_scope(text)
