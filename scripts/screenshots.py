"""
Take the pictures in docs/pictures from the sandbox, so that they show what the product shows.

Usage: python scripts/screenshots.py [NAME ...]     (all of them, or those that are named, as: critical page)

Times and ids on the pictures are those of the run.
"""

import argparse
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Literal

# ruff: noqa: E402 - the repository has to be on the path before anything of it is imported
ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

from sandbox import Sandbox
from scripts.indexed_png import indexed
from tests.conftest import CHROMIUM, FLAGS

FOLDER = ROOT / "docs" / "pictures"
MOST_BYTES = 150_000
BEHIND_WITHIN_SECONDS = 30
# A burst ends a minute after its last change, and its card is drawn at Slack's pace.
GATHERED_WITHIN_SECONDS = 180

# Without what belongs to the sandbox and not to Slack, what moves, and what shows the page behind or takes many colours.
TIDY = """
.toolbar { display: none }
.message:hover { background: none }
.sidebar { background: var(--sidebar) }
dialog { border-radius: 0 }
* { animation: none !important }
"""

SSH = "SSH (tcp 22) open to the internet on web-prod"


def take_critical(page: Page) -> None:
    """Photograph a critical card, in light and in dark."""
    card = _card(page, SSH)
    expect(card).to_contain_text("Behind it", timeout=BEHIND_WITHIN_SECONDS * 1000)
    _save(card, "critical-light")
    page.emulate_media(color_scheme="dark")
    _save(card, "critical-dark")
    page.emulate_media(color_scheme="light")


def take_page(page: Page) -> None:
    """Photograph the whole page, with a critical card in the channel."""
    expect(_card(page, SSH)).to_be_visible()
    expect(page.locator(".rule.open", has_text="temp debug").locator(".differs")).to_have_count(0)
    _save(page.locator("body"), "page", scale="css")


def take_acknowledged(page: Page) -> None:
    """Photograph the card after somebody took it with a note."""
    card = _card(page, SSH)
    card.get_by_role("button", name="More").click()
    page.get_by_role("menuitem", name="Acknowledge with note").click()
    page.get_by_role("dialog").get_by_role("textbox").fill("vendor session until 21:00")
    page.get_by_role("dialog").get_by_role("button", name="Acknowledge").click()
    expect(card).to_contain_text("Acknowledged by @Jo Park")
    expect(page.get_by_role("dialog")).to_be_hidden()
    _save(card, "acknowledged")


def take_rules(page: Page) -> None:
    """Photograph the modal with a group's rules."""
    _card(page, SSH).get_by_role("button", name="View rules").click()
    modal = page.get_by_role("dialog")
    expect(modal).to_contain_text("Read from AWS")
    _save(modal, "rules")
    page.keyboard.press("Escape")
    expect(modal).to_be_hidden()


def take_gathered(page: Page) -> None:
    """Photograph the one card of forty groups that Terraform changed."""
    page.get_by_role("button", name="Terraform over 40 groups").first.click()
    card = page.locator("article").filter(has=page.get_by_role("button", name="View 40 groups")).last
    expect(card).to_contain_text("finished", timeout=GATHERED_WITHIN_SECONDS * 1000)
    _save(card, "gathered")


# In the order in which they are taken of one demo: each after what the ones before it did.
PICTURES: dict[str, Callable[[Page], None]] = {
    "critical": take_critical,
    "page": take_page,
    "rules": take_rules,
    "acknowledged": take_acknowledged,
    "gathered": take_gathered,
}


def _card(page: Page, text: str) -> Locator:
    return page.locator("article", has_text=text).last


def _save(shown: Locator, name: str, scale: Literal["css", "device"] = "device") -> None:
    """
    Write what *shown* shows, at the *scale* of a screen that draws each dot as four, or of one that does not ("css").

    Raises:
        SystemExit: the picture is larger than a paper should hold.
    """
    path = FOLDER / f"{name}.png"
    path.write_bytes(indexed(shown.screenshot(scale=scale)))
    size = path.stat().st_size
    print(f"{path.relative_to(ROOT)}: {size // 1000} kB")
    if size > MOST_BYTES:
        sys.exit(f"{path.relative_to(ROOT)} is too large: {MOST_BYTES // 1000} kB at most")


def _visit(browser: Browser, address: str) -> Page:
    """Open the page as a person in Seoul sees it, with an SSH port just opened to the world."""
    page = browser.new_page(
        viewport={"width": 1320, "height": 800},
        device_scale_factor=2,
        timezone_id="Asia/Seoul",
        locale="en-GB",
        color_scheme="light",
    )
    page.goto(address)
    page.add_style_tag(content=TIDY)
    page.get_by_role("button", name="Open SSH to the world").click()
    expect(_card(page, SSH)).to_contain_text("Before:")
    page.mouse.move(0, 0)
    return page


def main() -> None:
    """Start a demo and take the pictures."""
    parser = argparse.ArgumentParser(description="Take the pictures in docs/pictures from the sandbox.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(PICTURES)}")
    names = parser.parse_args().names or list(PICTURES)
    if unknown := set(names) - set(PICTURES):
        parser.error(f"there is no picture {', '.join(sorted(unknown))}")
    FOLDER.mkdir(exist_ok=True)
    os.environ |= {"LOG_LEVEL": "ERROR", "POWERTOOLS_METRICS_DISABLED": "true"}
    with (
        Sandbox.start(history=True, background=True) as sandbox,
        sync_playwright() as playwright,
        playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS) as browser,
    ):
        page = _visit(browser, sandbox.url)
        for name, take in PICTURES.items():
            if name in names:
                take(page)


if __name__ == "__main__":
    main()
