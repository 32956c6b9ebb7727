"""Fields read out of JSON that nobody vouches for."""

from typing import Any

import pytest

from bot.core.errors import MalformedEvent
from bot.core.fields import Fields, is_identifier


@pytest.mark.parametrize("nothing", [None, ""], ids=["null", "empty text"])
@pytest.mark.parametrize("read", ["object", "text", "identifier", "integer", "items", "elements"])
def test_every_way_of_saying_nothing_reads_as_absent(read: str, nothing: Any) -> None:
    for values in ({"field": nothing}, {}):
        found = getattr(Fields(values, "detail"), read)("field")
        assert found is None or (isinstance(found, Fields) and found.values == {}) or list(found) == []


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param("tcp", "tcp", id="text"),
        pytest.param(True, "true", id="true"),
        pytest.param(False, "false", id="false"),
        pytest.param(6, "6", id="number"),
        pytest.param(0, "0", id="zero is not nothing"),
        pytest.param(1.5, "1.5", id="fraction"),
        pytest.param(
            {"tag": 1, "content": "vpc-0a"}, "vpc-0a", id="text beside a tag, as newer calls write it"
        ),
        pytest.param({"tag": 1, "content": True}, "true", id="true beside a tag"),
        pytest.param({"tag": 1, "content": ""}, None, id="nothing beside a tag"),
    ],
)
def test_a_text_that_aws_turned_into_something_else_turns_back(value: Any, expected: str | None) -> None:
    assert Fields({"field": value}).text("field") == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param(22, 22, id="number"),
        pytest.param(0, 0, id="zero"),
        pytest.param(-1, -1, id="minus one"),
        pytest.param("22", 22, id="text"),
        pytest.param("-1", -1, id="minus one as text"),
    ],
)
def test_a_whole_number_reads_from_a_number_and_from_text(value: Any, expected: int) -> None:
    assert Fields({"field": value}).integer("field") == expected


@pytest.mark.parametrize(
    ("read", "value", "path"),
    [
        pytest.param("object", [], "detail.field", id="a list for an object"),
        pytest.param("object", "{}", "detail.field", id="a text for an object"),
        pytest.param("text", {}, "detail.field", id="an object for a text"),
        pytest.param("text", ["a"], "detail.field", id="a list for a text"),
        pytest.param("text", {"content": ["a"]}, "detail.field", id="a list beside a tag"),
        pytest.param("required_text", None, "detail.field", id="no text"),
        pytest.param("required_text", "", "detail.field", id="an empty text"),
        pytest.param("identifier", "a#b", "detail.field", id="an id that would break a key"),
        pytest.param("identifier", "a\nb", "detail.field", id="an id over two lines"),
        pytest.param("identifier", "a" * 129, "detail.field", id="an id too long"),
        pytest.param("identifier", "é", "detail.field", id="an id beyond ASCII"),
        pytest.param("required_identifier", None, "detail.field", id="no id"),
        pytest.param("integer", "22.5", "detail.field", id="a fraction as text"),
        pytest.param("integer", 22.5, "detail.field", id="a fraction"),
        pytest.param("integer", True, "detail.field", id="true for a number"),
        pytest.param("integer", "9" * 5000, "detail.field", id="a number no one can mean"),
        pytest.param("items", "x", "detail.field", id="a text for a list"),
        pytest.param("items", {"items": 1}, "detail.field.items", id="a number for the wrapped list"),
        pytest.param("items", {"items": [{}, 7]}, "detail.field.items[1]", id="a number among the objects"),
        pytest.param("items", [{}, None], "detail.field[1]", id="null among the objects of a bare list"),
        pytest.param("elements", "x", "detail.field", id="a text for one or several objects"),
        pytest.param("elements", [{}, 7], "detail.field[1]", id="a number among several objects"),
    ],
)
def test_a_field_of_the_wrong_kind_is_named_by_its_path(read: str, value: Any, path: str) -> None:
    with pytest.raises(MalformedEvent) as caught:
        list(getattr(Fields({"field": value}, "detail"), read)("field"))
    assert caught.value.path == path


@pytest.mark.parametrize(
    "value",
    [
        pytest.param({"items": [{"a": 1}, {"a": 2}]}, id="wrapped, as AWS does"),
        pytest.param([{"a": 1}, {"a": 2}], id="bare"),
    ],
)
def test_a_list_reads_wrapped_and_bare(value: Any) -> None:
    assert [item.integer("a") for item in Fields({"field": value}).items("field")] == [1, 2]


@pytest.mark.parametrize("value", [{}, {"items": None}, {"items": []}, []], ids=repr)
def test_an_empty_list_gives_nothing(value: Any) -> None:
    assert list(Fields({"field": value}).items("field")) == []


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param({"a": 1}, [("detail.field", 1)], id="one, as an object"),
        pytest.param([{"a": 1}, {"a": 2}], [("detail.field[0]", 1), ("detail.field[1]", 2)], id="several"),
        pytest.param({"items": [{"a": 1}]}, [("detail.field.items[0]", 1)], id="wrapped, as older calls do"),
        pytest.param([], [], id="none"),
    ],
)
def test_one_or_several_objects_read_alike(value: Any, expected: list[tuple[str, int]]) -> None:
    found = Fields({"field": value}, "detail").elements("field")
    assert [(element.path, element.integer("a")) for element in found] == expected


def test_paths_grow_on_the_way_in() -> None:
    inner = Fields({"a": {"b": [{"c": {}}]}}, "detail").object("a")
    [item] = inner.items("b")
    assert item.object("c").at("d") == "detail.a.b[0].c.d"


def test_a_document_that_is_no_object_is_named_by_its_root() -> None:
    with pytest.raises(MalformedEvent) as caught:
        Fields.of([1], "detail")
    assert caught.value.path == "detail"


@pytest.mark.parametrize(
    ("value", "fit"),
    [
        ("sg-0a1b2c3d", True),
        ("7c2f9b1e-0000-4000-8000-000000000001", True),
        ("a" * 128, True),
        ("a" * 129, False),
        ("", False),
        ("a#b", False),
        ("a\tb", False),
        ("ä", False),
        ("\x7f", False),
    ],
    ids=repr,
)
def test_an_identifier_is_short_printable_ascii_without_the_mark_that_joins_keys(
    value: str, fit: bool
) -> None:
    assert is_identifier(value) is fit
