"""What a change teaches of the groups that it names."""

from typing import Any

import pytest

from bot.core.changes import ChangeKind, GroupDetails, GroupKey, Membership, Outcome, Tagging
from bot.core.learning import what_it_teaches, whom_it_meets
from tests.makers import GROUP, a_change

OTHERS = tuple(f"sg-{number:017x}" for number in range(30))
TAGS = (("team", "web"), ("ManagedBy", "terraform"))


def known(name: str | None = "web-prod", tags: Any = TAGS) -> GroupDetails:
    return GroupDetails(GROUP, name, "vpc-1", tags=tags)


class TestWhomItMeets:
    def put_under(self, *groups: str, **more: Any) -> tuple[GroupKey, ...]:
        put: dict[str, Any] = {
            "kind": ChangeKind.MEMBERSHIP,
            "group_id": None,
            "added": (),
            "effect": Membership("eni-1"),
        }
        return whom_it_meets(a_change(**put, mentioned=groups, **more))

    def test_a_call_on_several_groups_shows_that_they_are_there(self) -> None:
        assert [key.group_id for key in self.put_under(*OTHERS[:2])] == [*OTHERS[:2]]

    @pytest.mark.parametrize("groups", [OTHERS[:1], OTHERS[:21]], ids=["one", "more than anything can have"])
    def test_one_on_one_or_on_far_too_many_shows_nothing_new(self, groups: tuple[str, ...]) -> None:
        assert self.put_under(*groups) == ()

    def test_what_a_refused_one_names_may_be_invented(self) -> None:
        assert self.put_under(*OTHERS[:2], outcome=Outcome.DENIED) == ()


class TestWhatItTeaches:
    def test_a_group_that_nobody_knew_is_there(self) -> None:
        assert what_it_teaches(a_change(), None) == GroupDetails(GROUP, None, None)

    def test_its_name_once_a_call_gives_it(self) -> None:
        named = a_change(group_name="web-prod")
        assert what_it_teaches(named, known(None)) == GroupDetails(GROUP, "web-prod", None)
        assert what_it_teaches(named, known()) is None

    def test_nothing_by_a_call_that_was_refused_or_names_no_group(self) -> None:
        assert what_it_teaches(a_change(outcome=Outcome.DENIED), None) is None
        assert what_it_teaches(a_change(group_id=None), None) is None

    def test_the_tags_that_a_group_is_created_with(self) -> None:
        created = a_change(kind=ChangeKind.CREATE, group_name="web-prod", added=(), given_tags=TAGS)
        learned = what_it_teaches(created, None)
        assert learned
        assert learned.tags == TAGS

    @pytest.mark.parametrize(
        ("kind", "tags", "left"),
        [
            pytest.param(ChangeKind.TAG, (("team", "db"), ("new", None)), (("ManagedBy", "terraform"), ("team", "db"), ("new", "")), id="set"),
            pytest.param(ChangeKind.UNTAG, (("team", None),), (("ManagedBy", "terraform"),), id="one taken"),
            pytest.param(ChangeKind.UNTAG, (), (), id="all taken"),
        ],
    )  # fmt: skip
    def test_the_tags_as_a_call_leaves_them(self, kind: ChangeKind, tags: Any, left: Any) -> None:
        learned = what_it_teaches(a_change(kind=kind, added=(), effect=Tagging(tags)), known())
        assert learned
        assert learned.tags == left

    def test_no_tags_where_not_all_were_known(self) -> None:
        told = a_change(kind=ChangeKind.TAG, added=(), effect=Tagging((("team", "db"),)))
        assert what_it_teaches(told, known(tags=None)) is None
