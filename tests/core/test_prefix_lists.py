"""What a prefix list holds, in which version, and for how long that is believed."""

from dataclasses import replace
from datetime import timedelta
from ipaddress import ip_network

import pytest

from bot.core.changes import PrefixListEdit
from bot.core.prefix_lists import (
    PrefixListHead,
    PrefixListKey,
    PrefixListVersion,
    edited,
    lists_named,
    next_version,
)
from bot.core.rules import PrefixList, ReferencedGroup
from tests.makers import NOW, a_rule

KEY = PrefixListKey("111122223333", "eu-west-1", "pl-0123456789abcdef0")
OFFICE, HOME, WORLD = map(ip_network, ("198.51.100.0/24", "192.0.2.0/24", "0.0.0.0/0"))
KNOWN = PrefixListVersion(KEY, "office", 3, (OFFICE, HOME), NOW)
OF_AWS = replace(KNOWN, version=None)


class TestAnEdit:
    @pytest.mark.parametrize(
        ("added", "removed", "networks"),
        [
            pytest.param((WORLD,), (), (OFFICE, HOME, WORLD), id="adds"),
            pytest.param((), (OFFICE,), (HOME,), id="removes"),
            pytest.param((WORLD,), (HOME,), (OFFICE, WORLD), id="does both"),
            pytest.param((HOME,), (), (OFFICE, HOME), id="adds what is there, for its description"),
            pytest.param((HOME,), (HOME,), (OFFICE, HOME), id="removes and adds the same"),
            pytest.param((), (), (OFFICE, HOME), id="does nothing"),
        ],
    )
    def test_makes_the_next_version(self, added: tuple, removed: tuple, networks: tuple) -> None:  # type: ignore[type-arg]
        edit = PrefixListEdit(
            KEY.prefix_list_id, tuple((network, "new") for network in added), removed, version=3
        )
        at = NOW + timedelta(minutes=1)
        assert edited(KNOWN, edit, at=at) == replace(KNOWN, version=4, networks=networks, read_at=at)

    def test_of_a_version_that_the_record_does_not_say_makes_one_that_nobody_knows(self) -> None:
        assert next_version(PrefixListEdit(KEY.prefix_list_id)) is None


class TestTrust:
    @pytest.mark.parametrize("known", [KNOWN, OF_AWS], ids=["a customer's", "AWS's"])
    def test_a_list_is_believed_for_a_day(self, known: PrefixListVersion) -> None:
        assert known.is_trusted(NOW + timedelta(hours=23, minutes=59))
        assert not known.is_trusted(NOW + timedelta(days=1))

    @pytest.mark.parametrize(
        ("known", "version", "is_current"),
        [
            pytest.param(KNOWN, 3, True, id="same version"),
            pytest.param(KNOWN, 4, False, id="a later one"),
            pytest.param(OF_AWS, None, False, id="AWS's has none to compare"),
        ],
    )
    def test_beyond_that_the_version_tells(
        self, known: PrefixListVersion, version: int | None, is_current: bool
    ) -> None:
        assert known.is_current(PrefixListHead(KEY, "office", version)) is is_current


def test_the_lists_that_rules_name_are_named_once_each() -> None:
    sources = (PrefixList("pl-b"), PrefixList("pl-a"), PrefixList("pl-b"), ReferencedGroup("sg-1"), OFFICE)
    assert lists_named(replace(a_rule(), source=source) for source in sources) == ("pl-a", "pl-b")


def test_what_is_kept_of_a_list_tells_its_head() -> None:
    assert KNOWN.head == PrefixListHead(KEY, "office", 3)
