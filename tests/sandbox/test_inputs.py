"""What is filled in is held as Slack's payloads hold it, and what Slack would not let through is named."""

from typing import Any

import pytest

from sandbox.inputs import filled_in, find_gaps, find_option

JSON = dict[str, Any]


def plain(text: str) -> JSON:
    return {"type": "plain_text", "text": text}


HOUR: JSON = {"text": plain("an hour"), "value": "1"}
DAY: JSON = {"text": plain("a day"), "value": "24"}


def select(**parts: Any) -> JSON:
    return {"type": "static_select", "action_id": "hours", "options": [HOUR, DAY], **parts}


def text_input(**parts: Any) -> JSON:
    return {"type": "plain_text_input", "action_id": "text", **parts}


def asked(element: JSON, block_id: str = "note", **parts: Any) -> JSON:
    return {"type": "input", "block_id": block_id, "label": plain("Note"), "element": element, **parts}


def text(value: str | None) -> JSON:
    return {"type": "plain_text_input", "value": value}


def chosen(option: JSON | None) -> JSON:
    return {"type": "static_select", "selected_option": option}


@pytest.mark.parametrize(
    ("element", "values", "held"),
    [
        (text_input(), {}, text(None)),
        (text_input(), {"text": "drill"}, text("drill")),
        (text_input(), {"note/text": "drill"}, text("drill")),
        (text_input(initial_value="first"), {}, text("first")),
        (text_input(initial_value="first"), {"text": ""}, text(None)),
        (select(), {}, chosen(None)),
        (select(), {"hours": "24"}, chosen(DAY)),
        (select(), {"note/hours": "a day"}, chosen(DAY)),
        (select(initial_option=HOUR), {}, chosen(HOUR)),
        (select(initial_option=HOUR), {"hours": ""}, chosen(None)),
    ],
)
def test_an_input_holds_what_was_given_else_its_first_value(
    element: JSON, values: dict[str, str], held: JSON
) -> None:
    assert filled_in([asked(element)], {}, values) == {"note": {element["action_id"]: held}}


def test_what_was_filled_in_before_stays_unless_it_is_given_anew() -> None:
    blocks = [asked(text_input(initial_value="first")), asked(select(), "until")]
    before = filled_in(blocks, {}, {"text": "second", "hours": "1"})

    assert filled_in(blocks, before) == before
    assert filled_in(blocks, before, {"hours": "24"}) == {
        "note": {"text": text("second")},
        "until": {"hours": chosen(DAY)},
    }


def test_two_inputs_of_one_action_id_are_told_apart_by_their_blocks() -> None:
    blocks = [asked(text_input(), "who"), asked(text_input(), "why")]

    assert filled_in(blocks, {}, {"why/text": "drill", "who/text": "me"}) == {
        "who": {"text": text("me")},
        "why": {"text": text("drill")},
    }


def test_selects_outside_of_inputs_count_buttons_and_overflow_menus_do_not() -> None:
    button = {"type": "button", "action_id": "go", "text": plain("Go")}
    more = {"type": "overflow", "action_id": "more", "options": [HOUR]}
    blocks: list[JSON] = [
        {"type": "actions", "block_id": "do", "elements": [button, more]},
        {"type": "section", "block_id": "pick", "text": plain("For"), "accessory": select()},
    ]

    assert filled_in(blocks, {}, {"hours": "1"}) == {"pick": {"hours": chosen(HOUR)}}


def test_an_input_or_option_that_is_not_there_is_an_error() -> None:
    with pytest.raises(LookupError, match=r"no input \['nope'\]"):
        filled_in([asked(text_input())], {}, {"nope": "x"})
    with pytest.raises(LookupError, match="no option 'a week'"):
        filled_in([asked(select())], {}, {"hours": "a week"})


@pytest.mark.parametrize(
    ("block", "values", "gap"),
    [
        (asked(text_input()), {}, "Please complete this required field."),
        (asked(text_input()), {"text": "x"}, None),
        (asked(text_input(), optional=True), {}, None),
        (asked(select()), {}, "Please complete this required field."),
        (asked(select()), {"hours": "1"}, None),
        (asked(select(), optional=True), {}, None),
        (asked(text_input(min_length=3)), {"text": "ab"}, "Please enter at least 3 characters."),
        (asked(text_input(min_length=3)), {"text": "abc"}, None),
        (asked(text_input(min_length=3), optional=True), {}, None),
        (asked(text_input(max_length=3)), {"text": "abcd"}, "Please enter at most 3 characters."),
        (asked(text_input(max_length=3)), {"text": "abc"}, None),
        (asked(text_input()), {"text": "x" * 3001}, "Please enter at most 3000 characters."),
    ],
)
def test_what_must_be_filled_in_and_how_long(block: JSON, values: dict[str, str], gap: str | None) -> None:
    assert find_gaps([block], filled_in([block], {}, values)) == ({"note": gap} if gap else {})


def test_an_option_is_found_by_value_before_text() -> None:
    swapped = {"text": plain("1"), "value": "an hour"}

    assert find_option(select(options=[swapped, HOUR]), "1") == HOUR
    assert find_option(select(options=[HOUR]), "an hour") == HOUR
