"""What a person has filled in and chosen, as payloads hold it, and what Slack does not let them submit."""

from collections.abc import Mapping
from typing import Any

from sandbox.block_elements import FILLED_IN
from sandbox.slack_objects import elements

State = dict[str, dict[str, Any]]


def filled_in(blocks: list[dict[str, Any]], before: State, values: Mapping[str, str] | None = None) -> State:
    """
    Give the state of all inputs and selects in *blocks*: what *values* says, else what it was *before*, else the first.

    *values* holds a text, or an option's value or text, of checkboxes one to a line, by "block_id/action_id" or by action_id
    alone; "" empties.
    https://docs.slack.dev/reference/interaction-payloads/view-interactions-payload

    Raises:
        LookupError: there is no such input, or no such option.
    """
    left = dict(values or {})
    state: State = {}
    for block in blocks:
        for element in elements(block):
            block_id, action_id = block["block_id"], element["action_id"]
            if element["type"] in FILLED_IN:
                by_action = left.pop(action_id, None)
                given = left.pop(f"{block_id}/{action_id}", by_action)
                old = before.get(block_id, {}).get(action_id)
                state.setdefault(block_id, {})[action_id] = _value(element, given, old)
    if left:
        raise LookupError(f"no input {sorted(left)}")
    return state


def find_gaps(blocks: list[dict[str, Any]], state: State) -> dict[str, str]:
    """
    List by block_id what keeps a modal from being submitted: what must be filled in, what is too short or too long.

    https://docs.slack.dev/reference/block-kit/blocks/input-block and .../block-elements/plain-text-input-element; the
    sentences on the length are not Slack's.
    """
    gaps = {}
    for block in blocks:
        if block["type"] != "input":
            continue
        element = block["element"]
        filled = state[block["block_id"]][element["action_id"]]
        text = filled.get("value") or ""
        least, most = element.get("min_length", 0), element.get("max_length", 3000)
        if not text and not filled.get("selected_option") and not filled.get("selected_options"):
            if not block.get("optional"):
                gaps[block["block_id"]] = "Please complete this required field."
        elif text and len(text) < least:
            gaps[block["block_id"]] = f"Please enter at least {least} characters."
        elif len(text) > most:
            gaps[block["block_id"]] = f"Please enter at most {most} characters."
    return gaps


def find_option(element: dict[str, Any], wanted: str | None) -> dict[str, Any]:
    """
    Give the option of a menu whose value, or else whose text, is *wanted*.

    Raises:
        LookupError: there is none.
    """
    for option in element["options"]:
        if option["value"] == wanted:
            return dict(option)
    for option in element["options"]:
        if option["text"]["text"] == wanted:
            return dict(option)
    there = [(option["text"]["text"], option["value"]) for option in element["options"]]
    raise LookupError(f"no option {wanted!r}; there are {there}")


def find_element(
    blocks: list[dict[str, Any]],
    action_id: str,
    value: str | None,
    option: str | None,
    block_id: str | None,
) -> tuple[dict[str, Any], dict[str, Any]]:
    """
    Give the block and the interactive element that are meant.

    *value*, the *block_id*, or an *option* (its value or text) tell apart elements of one *action_id*.

    Raises:
        LookupError: there is no such element.
    """
    there = [(block, element) for block in blocks for element in elements(block)]
    found = [
        (block, element)
        for block, element in there
        if element["action_id"] == action_id
        and value in (None, element.get("value"))
        and block_id in (None, block["block_id"])
    ]
    if not found:
        names = [element["action_id"] for _, element in there]
        raise LookupError(f"no element {action_id!r} with value {value!r}; there are {names}")
    for block, element in found:
        if any(option in (each["value"], each["text"]["text"]) for each in element.get("options", ())):
            return block, element
    return found[0]


def chosen(action: dict[str, Any]) -> dict[str, str]:
    """Give what a click has changed of the state, as values to fill in."""
    if action["type"] != "static_select":
        return {}
    return {f"{action['block_id']}/{action['action_id']}": action["selected_option"]["value"]}


def _value(element: dict[str, Any], given: str | None, old: dict[str, Any] | None) -> dict[str, Any]:
    if given is None and old is not None and old["type"] == element["type"]:
        return old
    if element["type"] == "plain_text_input":
        text = element.get("initial_value") if given is None else given
        return {"type": element["type"], "value": text or None}
    if element["type"] == "checkboxes":
        ticked = [find_option(element, each) for each in (given or "").splitlines()]
        return {"type": element["type"], "selected_options": ticked}
    chosen = element.get("initial_option") if given is None else None
    return {
        "type": element["type"],
        "selected_option": find_option(element, given) if given else chosen,
    }
