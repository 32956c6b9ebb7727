"""Slack's limits: what is within passes, one more is refused, with a pointer to it."""

from typing import Any

import pytest

from sandbox.block_kit import check_attachments, check_blocks, check_view

JSON = dict[str, Any]


def plain(text: str = "Go") -> JSON:
    return {"type": "plain_text", "text": text}


def marked(text: str = "Go") -> JSON:
    return {"type": "mrkdwn", "text": text}


def section(text: str = "Hello") -> JSON:
    return {"type": "section", "text": marked(text)}


def button(**parts: Any) -> JSON:
    return {"type": "button", "action_id": "go", "text": plain(), **parts}


def options(count: int, *, text: str = "One", value: str = "1") -> list[JSON]:
    return [{"text": plain(text), "value": f"{value}{number}"[: len(value)]} for number in range(count)]


def actions(*elements: JSON) -> JSON:
    return {"type": "actions", "elements": list(elements)}


def overflow(count: int, **parts: Any) -> JSON:
    return {"type": "overflow", "action_id": "more", "options": options(count, **parts)}


def select(count: int, **parts: Any) -> JSON:
    return {"type": "static_select", "action_id": "pick", "options": options(count), **parts}


def of_one(**parts: Any) -> JSON:
    """Give an overflow menu whose only option has *parts* too."""
    return overflow(0) | {"options": [options(1)[0] | parts]}


def confirm(**parts: str) -> JSON:
    texts = {"title": "Sure?", "text": "Really?", "confirm": "Yes", "deny": "No"} | parts
    return button(confirm={name: plain(text) for name, text in texts.items()})


def input_block(**parts: Any) -> JSON:
    element = {"type": "plain_text_input", "action_id": "text", **parts}
    return {"type": "input", "label": plain("Note"), "element": element}


def asking(block: JSON) -> JSON:
    """Give a modal with one block and a submit button."""
    return modal(block, submit=plain())


def modal(*blocks: JSON, **parts: Any) -> JSON:
    return {"type": "modal", "title": plain("Title"), "blocks": list(blocks), **parts}


def rich(*elements: JSON) -> JSON:
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": list(elements)}]}


# name -> what is just within, what is just beyond, and where
LIMITS: dict[str, tuple[list[JSON], list[JSON], str]] = {
    "section text": ([section("x" * 3000)], [section("x" * 3001)], "/blocks/0/text/text"),
    "empty text": ([section("x")], [section("")], "/blocks/0/text/text"),
    "fields": (
        [{"type": "section", "fields": [marked()] * 10}],
        [{"type": "section", "fields": [marked()] * 11}],
        "/blocks/0/fields",
    ),
    "field text": (
        [{"type": "section", "fields": [marked("x" * 2000)]}],
        [{"type": "section", "fields": [marked("x" * 2001)]}],
        "/blocks/0/fields/0/text",
    ),
    "header": (
        [{"type": "header", "text": plain("x" * 150)}],
        [{"type": "header", "text": plain("x" * 151)}],
        "/blocks/0/text/text",
    ),
    "header's kind of text": (
        [{"type": "header", "text": plain()}],
        [{"type": "header", "text": marked()}],
        "/blocks/0/text",
    ),
    "context": (
        [{"type": "context", "elements": [marked()] * 10}],
        [{"type": "context", "elements": [marked()] * 11}],
        "/blocks/0/elements",
    ),
    "actions": (
        [actions(*[button(action_id=f"a{n}") for n in range(25)])],
        [actions(*[button(action_id=f"a{n}") for n in range(26)])],
        "/blocks/0/elements",
    ),
    "one action id twice": (
        [actions(button(action_id="a"), button(action_id="b"))],
        [actions(button(action_id="a"), button(action_id="a"))],
        "/blocks/0/elements/1/action_id",
    ),
    "one block id twice": (
        [section() | {"block_id": "a"}, section() | {"block_id": "b"}],
        [section() | {"block_id": "a"}, section() | {"block_id": "a"}],
        "/blocks/1/block_id",
    ),
    "block id": (
        [section() | {"block_id": "x" * 255}],
        [section() | {"block_id": "x" * 256}],
        "/blocks/0/block_id",
    ),
    "action id": (
        [actions(button(action_id="x" * 255))],
        [actions(button(action_id="x" * 256))],
        "/blocks/0/elements/0/action_id",
    ),
    "button text": (
        [actions(button(text=plain("x" * 75)))],
        [actions(button(text=plain("x" * 76)))],
        "/blocks/0/elements/0/text/text",
    ),
    "button value": (
        [actions(button(value="x" * 2000))],
        [actions(button(value="x" * 2001))],
        "/blocks/0/elements/0/value",
    ),
    "button url": (
        [actions(button(url="x" * 3000))],
        [actions(button(url="x" * 3001))],
        "/blocks/0/elements/0/url",
    ),
    "button style": (
        [actions(button(style="danger"))],
        [actions(button(style="default"))],
        "/blocks/0/elements/0/style",
    ),
    "overflow": ([actions(overflow(5))], [actions(overflow(6))], "/blocks/0/elements/0/options"),
    "select": ([actions(select(100))], [actions(select(101))], "/blocks/0/elements/0/options"),
    "overflow as accessory": (
        [section() | {"accessory": overflow(5)}],
        [section() | {"accessory": overflow(6)}],
        "/blocks/0/accessory/options",
    ),
    "select as accessory": (
        [section() | {"accessory": select(100)}],
        [section() | {"accessory": select(101)}],
        "/blocks/0/accessory/options",
    ),
    "no option": ([actions(overflow(1))], [actions(overflow(0))], "/blocks/0/elements/0/options"),
    "option url": (
        [actions(of_one(url="x" * 3000))],
        [actions(of_one(url="x" * 3001))],
        "/blocks/0/elements/0/options/0/url",
    ),
    "links are for overflow menus": (
        [actions(of_one(url="https://example.com"))],
        [actions(of_one(url="https://example.com") | {"type": "static_select"})],
        "/blocks/0/elements/0/options/0/url",
    ),
    "an option's value": (
        [actions(of_one())],
        [actions(of_one(value=None))],
        "/blocks/0/elements/0/options/0",
    ),
    "option's kind of text": (
        [actions(of_one(text=plain()))],
        [actions(of_one(text=marked()))],
        "/blocks/0/elements/0/options/0/text",
    ),
    "option description": (
        [actions(of_one(description=plain("x" * 75)))],
        [actions(of_one(description=plain("x" * 76)))],
        "/blocks/0/elements/0/options/0/description/text",
    ),
    "placeholder of a select": (
        [actions(select(1, placeholder=plain("x" * 150)))],
        [actions(select(1, placeholder=plain("x" * 151)))],
        "/blocks/0/elements/0/placeholder/text",
    ),
    "first choice of a select": (
        [actions(select(1, initial_option=options(1)[0]))],
        [actions(select(1, initial_option=options(1, text="Two")[0]))],
        "/blocks/0/elements/0/initial_option",
    ),
    "an input is no element of an actions block": (
        [actions(select(1))],
        [actions(input_block()["element"])],
        "/blocks/0/elements/0",
    ),
    "option text": (
        [actions(overflow(1, text="x" * 75))],
        [actions(overflow(1, text="x" * 76))],
        "/blocks/0/elements/0/options/0/text/text",
    ),
    "option value": (
        [actions(overflow(1, value="x" * 150))],
        [actions(overflow(1, value="x" * 151))],
        "/blocks/0/elements/0/options/0/value",
    ),
    "confirm title": (
        [actions(confirm(title="x" * 100))],
        [actions(confirm(title="x" * 101))],
        "/blocks/0/elements/0/confirm/title/text",
    ),
    "confirm text": (
        [actions(confirm(text="x" * 300))],
        [actions(confirm(text="x" * 301))],
        "/blocks/0/elements/0/confirm/text/text",
    ),
    "confirm button": (
        [actions(confirm(deny="x" * 30))],
        [actions(confirm(deny="x" * 31))],
        "/blocks/0/elements/0/confirm/deny/text",
    ),
    "rich text element": (
        [rich({"type": "text", "text": "x"})],
        [rich({"type": "bold", "text": "x"})],
        "/blocks/0/elements/0/elements/0/type",
    ),
    "empty rich text": (
        [rich({"type": "text", "text": "x"})],
        [rich({"type": "text", "text": ""})],
        "/blocks/0/elements/0/elements/0/text",
    ),
    "unknown block": ([section()], [{"type": "sektion"}], "/blocks/0/type"),
    "unknown element": ([actions(button())], [actions({"type": "knob"})], "/blocks/0/elements/0"),
    "unknown field": ([section()], [section() | {"colour": "red"}], "/blocks/0/colour"),
    "blocks of a message": ([section()] * 50, [section()] * 51, "/blocks"),
}


@pytest.mark.parametrize("name", LIMITS)
def test_what_is_just_within_a_limit_passes(name: str) -> None:
    assert check_blocks(LIMITS[name][0], "message") == []


@pytest.mark.parametrize("name", LIMITS)
def test_what_is_just_beyond_a_limit_is_refused_and_pointed_at(name: str) -> None:
    _, beyond, pointer = LIMITS[name]

    (problem,) = check_blocks(beyond, "message")

    assert problem.endswith(f"[json-pointer:{pointer}]")


VIEW_LIMITS: dict[str, tuple[JSON, JSON, str]] = {
    "blocks": (modal(*[section()] * 100), modal(*[section()] * 101), "/view/blocks"),
    "title": (
        modal() | {"title": plain("x" * 24)},
        modal() | {"title": plain("x" * 25)},
        "/view/title/text",
    ),
    "submit": (modal(submit=plain("x" * 24)), modal(submit=plain("x" * 25)), "/view/submit/text"),
    "close": (modal(close=plain("x" * 24)), modal(close=plain("x" * 25)), "/view/close/text"),
    "private metadata": (
        modal(private_metadata="x" * 3000),
        modal(private_metadata="x" * 3001),
        "/view/private_metadata",
    ),
    "callback id": (modal(callback_id="x" * 255), modal(callback_id="x" * 256), "/view/callback_id"),
    "external id": (modal(external_id="x" * 255), modal(external_id="x" * 256), "/view/external_id"),
    "input without submit": (modal(input_block(), submit=plain()), modal(input_block()), "/view/submit"),
    "longest input": (
        modal(input_block(max_length=3000), submit=plain()),
        modal(input_block(max_length=3001), submit=plain()),
        "/view/blocks/0/element/max_length",
    ),
    "shortest input": (
        asking(input_block(min_length=3000)),
        asking(input_block(min_length=3001)),
        "/view/blocks/0/element/min_length",
    ),
    "shortest beyond longest": (
        asking(input_block(min_length=5, max_length=5)),
        asking(input_block(min_length=6, max_length=5)),
        "/view/blocks/0/element/min_length",
    ),
    "placeholder of an input": (
        asking(input_block(placeholder=plain("x" * 150))),
        asking(input_block(placeholder=plain("x" * 151))),
        "/view/blocks/0/element/placeholder/text",
    ),
    "what an input holds at first": (
        asking(input_block(initial_value="x" * 3000)),
        asking(input_block(initial_value="x" * 3001)),
        "/view/blocks/0/element/initial_value",
    ),
    "label": (
        asking(input_block() | {"label": plain("x" * 2000)}),
        asking(input_block() | {"label": plain("x" * 2001)}),
        "/view/blocks/0/label/text",
    ),
    "hint": (
        asking(input_block() | {"hint": plain("x" * 2000)}),
        asking(input_block() | {"hint": plain("x" * 2001)}),
        "/view/blocks/0/hint/text",
    ),
    "select as input": (
        asking(input_block() | {"element": select(100)}),
        asking(input_block() | {"element": select(101)}),
        "/view/blocks/0/element/options",
    ),
    "a button is no input": (
        asking(input_block()),
        asking(input_block() | {"element": button()}),
        "/view/blocks/0/element",
    ),
    "type": (modal(), modal() | {"type": "dialog"}, "/view/type"),
}


@pytest.mark.parametrize("name", VIEW_LIMITS)
def test_a_modal_just_within_a_limit_passes(name: str) -> None:
    assert check_view(VIEW_LIMITS[name][0]) == []


@pytest.mark.parametrize("name", VIEW_LIMITS)
def test_a_modal_just_beyond_a_limit_is_refused_and_pointed_at(name: str) -> None:
    _, beyond, pointer = VIEW_LIMITS[name]

    (problem,) = check_view(beyond)

    assert problem.endswith(f"[json-pointer:{pointer}]")


def test_blocks_in_an_attachment_obey_the_same_rules() -> None:
    assert check_attachments([{"color": "#a30200", "fallback": "f", "blocks": [section("x" * 3000)]}]) == []
    (problem,) = check_attachments([{"blocks": [section("x" * 3001)]}])
    assert problem.endswith("[json-pointer:/attachments/0/blocks/0/text/text]")


def test_an_attachment_has_either_blocks_or_the_old_fields() -> None:
    assert check_attachments([{"text": "old"}]) == []
    assert check_attachments([{"text": "old", "blocks": [section()]}]) != []


@pytest.mark.parametrize(
    "blocks", [None, "text", {"type": "section"}, [None], [[]], [{}], [{"type": "actions"}]]
)
def test_anything_that_is_no_list_of_blocks_is_refused_without_an_exception(blocks: Any) -> None:
    assert check_blocks(blocks, "message") != []


def test_slackblocks_agrees_that_the_just_allowed_sizes_are_allowed() -> None:
    """A second opinion on the numbers, from a library that holds Slack's current limits."""
    from slackblocks import Button, HeaderBlock, Option, OverflowMenu, SectionBlock

    SectionBlock("x" * 3000)
    HeaderBlock("x" * 150)
    Button(text="x" * 75, action_id="x" * 255, value="x" * 2000)
    OverflowMenu(action_id="more", options=[Option(text="x" * 75, value=str(n) * 75) for n in range(5)])
