"""
Slack's rules for what blocks are made of: texts, options, confirm dialogs, and interactive elements.

https://docs.slack.dev/reference/block-kit/block-elements and .../composition-objects
"""

from collections.abc import Iterable
from typing import Any, Literal

Surface = Literal["message", "modal"]

_PLAIN = ("plain_text",)
ANY_TEXT = ("plain_text", "mrkdwn")
FILLED_IN = ("plain_text_input", "static_select", "checkboxes")
"""What a person fills in or chooses in a modal."""

_TEXT_KEYS = {"plain_text": {"type", "text", "emoji"}, "mrkdwn": {"type", "text", "verbatim"}}
_OPTION_KEYS = {"text", "value", "description"}


class ElementChecker:
    """Gathers problems instead of stopping at the first, as Slack's response_metadata.messages does."""

    def __init__(self, surface: Surface) -> None:
        self.surface = surface
        self.problems: list[str] = []
        self.block_ids: set[str] = set()

    def error(self, path: str, problem: str) -> None:
        """Note that something at *path*, a JSON pointer, is not as it must be."""
        self.problems.append(f"[ERROR] {problem} [json-pointer:{path}]")

    def known(self, value: Any, path: str, keys: set[str], required: Iterable[str] = ()) -> dict[str, Any]:
        """Take an object that may have *keys* and no others, and must have those *required*; {} if it is none."""
        if not isinstance(value, dict):
            self.error(path, "must provide an object")
            return {}
        for name in required:
            if value.get(name) is None:
                self.error(path, f"missing required field: {name}")
        for name in value.keys() - keys:
            self.error(f"{path}/{name}", f'unsupported or unknown field: "{name}"')
        return value

    def members(self, value: Any, path: str, most: int, least: int = 1) -> Iterable[tuple[Any, str]]:
        """Give the members of a list of *least* to *most*, each with its path."""
        if not isinstance(value, list):
            self.error(path, "must provide an array")
            return []
        if len(value) < least:
            self.error(path, f"no less than {least} items allowed")
        if len(value) > most:
            self.error(path, f"no more than {most} items allowed")
        return [(member, f"{path}/{index}") for index, member in enumerate(value)]

    def string(self, value: Any, path: str, most: int, least: int = 1) -> None:
        """Check a text of *least* to *most* characters; None is fine."""
        if value is None:
            return
        if not isinstance(value, str):
            self.error(path, "must provide a string")
        elif len(value) < least:
            self.error(path, f"must be more than {least - 1} characters")
        elif len(value) > most:
            self.error(path, f"must be less than {most + 1} characters")

    def text(self, value: Any, path: str, most: int, kinds: tuple[str, ...] = _PLAIN) -> None:
        """Check a text object; None is fine."""
        if value is None:
            return
        kind = value.get("type") if isinstance(value, dict) else None
        if kind not in kinds:
            self.error(path, f"must be a text object of type {' or '.join(kinds)}")
            return
        self.known(value, path, _TEXT_KEYS[kind], ("text",))
        self.string(value.get("text"), f"{path}/text", most)

    def confirm(self, value: Any, path: str) -> None:
        """Check a confirm dialog; None is fine. .../composition-objects/confirmation-dialog-object."""
        if value is None:
            return
        self.known(
            value, path, {"title", "text", "confirm", "deny", "style"}, ("title", "text", "confirm", "deny")
        )
        self.text(value.get("title"), f"{path}/title", 100)
        self.text(value.get("text"), f"{path}/text", 300, ANY_TEXT)
        self.text(value.get("confirm"), f"{path}/confirm", 30)
        self.text(value.get("deny"), f"{path}/deny", 30)

    def options(self, value: Any, path: str, most: int, keys: set[str] = _OPTION_KEYS) -> None:
        """
        Check a menu's options.

        https://docs.slack.dev/reference/block-kit/composition-objects/option-object
        """
        for option, at in self.members(value, path, most):
            self.known(option, at, keys, ("text", "value"))
            if isinstance(option, dict):
                self.text(option.get("text"), f"{at}/text", 75)
                self.string(option.get("value"), f"{at}/value", 150)
                self.text(option.get("description"), f"{at}/description", 75)
                self.string(option.get("url"), f"{at}/url", 3000)

    # Elements

    def element(self, value: Any, path: str, allowed: tuple[str, ...]) -> None:
        """Check an element, which must be of a type that is *allowed* here."""
        kind = str(value.get("type")) if isinstance(value, dict) else None
        if kind not in allowed:
            self.error(path, f"unsupported type: {kind}")
            return
        self.string(value.get("action_id"), f"{path}/action_id", 255)
        self.confirm(value.get("confirm"), f"{path}/confirm")
        getattr(self, f"element_{kind}")(value, path)

    def element_button(self, value: dict[str, Any], path: str) -> None:
        """Check a button: https://docs.slack.dev/reference/block-kit/block-elements/button-element has it."""
        keys = {"type", "text", "action_id", "url", "value", "style", "confirm", "accessibility_label"}
        self.known(value, path, keys, ("text",))
        self.text(value.get("text"), f"{path}/text", 75)
        self.string(value.get("url"), f"{path}/url", 3000)
        self.string(value.get("value"), f"{path}/value", 2000)
        self.string(value.get("accessibility_label"), f"{path}/accessibility_label", 75)
        if value.get("style") not in (None, "primary", "danger"):
            self.error(f"{path}/style", "must be one of: primary, danger")

    def element_overflow(self, value: dict[str, Any], path: str) -> None:
        """Check an overflow menu: https://docs.slack.dev/reference/block-kit/block-elements/overflow-menu-element has it."""
        self.known(value, path, {"type", "action_id", "options", "confirm"}, ("options",))
        self.options(value.get("options"), f"{path}/options", 5, _OPTION_KEYS | {"url"})

    def element_static_select(self, value: dict[str, Any], path: str) -> None:
        """Check a select menu: https://docs.slack.dev/reference/block-kit/block-elements/select-menu-element has it."""
        keys = {"type", "action_id", "options", "placeholder", "initial_option", "confirm", "focus_on_load"}
        self.known(value, path, keys, ("options",))
        self.options(value.get("options"), f"{path}/options", 100)
        self.text(value.get("placeholder"), f"{path}/placeholder", 150)
        if value.get("initial_option") not in [None, *(value.get("options") or [])]:
            self.error(f"{path}/initial_option", "must match one of the options")

    def element_checkboxes(self, value: dict[str, Any], path: str) -> None:
        """Check a group of checkboxes: https://docs.slack.dev/reference/block-kit/block-elements/checkboxes-element has it."""
        self.known(value, path, {"type", "action_id", "options", "focus_on_load"}, ("options",))
        self.options(value.get("options"), f"{path}/options", 10)

    def element_plain_text_input(self, value: dict[str, Any], path: str) -> None:
        """Check a text input: https://docs.slack.dev/reference/block-kit/block-elements/plain-text-input-element has it."""
        keys = {"type", "action_id", "initial_value", "multiline", "min_length", "max_length", "placeholder"}
        self.known(value, path, keys | {"focus_on_load"})
        self.text(value.get("placeholder"), f"{path}/placeholder", 150)
        self.string(value.get("initial_value"), f"{path}/initial_value", 3000, least=0)
        if value.get("max_length", 1) not in range(1, 3001):
            self.error(f"{path}/max_length", "must be between 1 and 3000")
        if value.get("min_length", 0) not in range(3001):
            self.error(f"{path}/min_length", "must be between 0 and 3000")
        elif value.get("min_length", 0) > value.get("max_length", 3000):
            self.error(f"{path}/min_length", "must not exceed max_length")

    def element_image(self, value: dict[str, Any], path: str) -> None:
        """Check an image: https://docs.slack.dev/reference/block-kit/block-elements/image-element has it."""
        self.known(value, path, {"type", "image_url", "alt_text"}, ("image_url", "alt_text"))
        self.string(value.get("image_url"), f"{path}/image_url", 3000)
        self.string(value.get("alt_text"), f"{path}/alt_text", 2000)
