"""The page in a real browser: it draws what Slack would draw, and never turns anybody's text into markup."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from sandbox import BOT_USER, CHANNEL, JO, SAM, Sandbox

pytestmark = pytest.mark.slow


@pytest.fixture
def page(browser: Browser, sandbox: Sandbox) -> Iterator[Page]:
    """The page as Jo sees it, in Seoul; at the end nothing may have gone wrong in the browser."""
    context = browser.new_context(timezone_id="Asia/Seoul", viewport={"width": 1280, "height": 800})
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.goto(sandbox.url)
    yield page
    context.close()
    assert errors == []


def post(sandbox: Sandbox, *blocks: dict[str, Any], text: str = "") -> None:
    sandbox.slack.post(CHANNEL, BOT_USER, {"text": text, "blocks": list(blocks)})


def section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("*bold* _it_ ~gone~", "<b>bold</b> <i>it</i> <s>gone</s>"),
        ("snake_case_name 2*3*4", "snake_case_name 2*3*4"),
        ("`a *b* &lt;c&gt;`", "<code>a *b* &lt;c&gt;</code>"),
        ("a &amp;lt; b", "a &amp;lt; b"),
        ("&lt;!channel&gt; &lt;@U04JOPARK01&gt;", "&lt;!channel&gt; &lt;@U04JOPARK01&gt;"),
        ("<@U04JOPARK01>", '<span class="mention">@Jo Park</span>'),
        ("<javascript:alert(1)|click>", "<span>click</span>"),
        ("<img src=x onerror=alert(1)>", "<span>img src=x onerror=alert(1)</span>"),
        ("```a\n*b*```", "<pre>a\n*b*</pre>"),
        ("&gt; said\nafter", "<blockquote>said</blockquote>after"),
    ],
)
def test_mrkdwn_is_read_before_it_is_unescaped(sandbox: Sandbox, page: Page, text: str, html: str) -> None:
    post(sandbox, section(text))

    shown = page.locator(".section-text").last
    expect(shown).to_be_visible()
    assert shown.inner_html() == html


def test_a_link_leads_only_to_the_web_and_a_date_is_in_the_zone_of_the_viewer(
    sandbox: Sandbox, page: Page
) -> None:
    post(
        sandbox,
        section("<https://example.com/a?b=1&amp;c=2|event> <!date^1764000000^{date_num} {time}|then>"),
    )

    link = page.locator(".section-text a")
    expect(link).to_have_attribute("href", "https://example.com/a?b=1&c=2")
    expect(link).to_have_text("event")
    expect(page.locator(".section-text time")).to_have_text("2025-11-25 01:00")


def test_plain_text_and_rich_text_parse_no_markup(sandbox: Sandbox, page: Page) -> None:
    hostile = "*a* <!channel> <b>&amp;</b>"
    rich = {
        "type": "rich_text_section",
        "elements": [{"type": "text", "text": hostile, "style": {"bold": True}}],
    }
    post(
        sandbox,
        {"type": "header", "text": {"type": "plain_text", "text": hostile}},
        {"type": "rich_text", "elements": [rich]},
    )

    expect(page.locator(".block-header")).to_have_text(hostile)
    expect(page.locator(".rich b")).to_have_text(hostile)


@pytest.mark.parametrize(
    "block",
    [
        {"type": "sektion"},
        {"type": "actions", "elements": [{"type": "knob"}]},
        {"type": "context", "elements": [{"type": "html", "text": "x"}]},
        {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [{"type": "marquee"}]}]},
    ],
)
def test_what_cannot_be_drawn_is_said_loudly(sandbox: Sandbox, page: Page, block: dict[str, Any]) -> None:
    post(sandbox, block)

    expect(page.locator(".unknown")).to_contain_text("Unknown")


def test_each_person_sees_their_own_ephemeral_messages_and_modals(sandbox: Sandbox, page: Page) -> None:
    sandbox.slack.post(CHANNEL, BOT_USER, {"text": "psst"}, ephemeral_to=SAM)
    view = {"type": "modal", "title": {"type": "plain_text", "text": "For Sam"}, "blocks": [section("x")]}
    sandbox.slack.show(SAM, view)
    sandbox.slack.post(CHANNEL, BOT_USER, {"text": "for all"})
    expect(page.get_by_text("for all")).to_be_visible()
    expect(page.get_by_text("psst")).to_have_count(0)
    expect(page.locator("#modal")).not_to_be_visible()

    page.get_by_role("button", name="Sam Lee").click()

    expect(page.get_by_text("psst")).to_be_visible()
    expect(page.get_by_text("Only visible to you")).to_be_visible()
    expect(page.locator("#modal-title")).to_have_text("For Sam")
    page.reload()
    expect(page.locator("#modal-title")).to_have_text("For Sam")
    page.keyboard.press("Escape")
    expect(page.locator("#modal")).not_to_be_visible()
    assert sandbox.slack.modal(SAM) is None


def test_text_is_a_message_of_the_person_and_a_foreign_command_is_none(sandbox: Sandbox, page: Page) -> None:
    box = page.get_by_label("Message or slash command")
    box.fill("is <this> *ours*?")
    box.press("Enter")
    expect(page.locator(".message").last).to_contain_text("is <this> ours?")

    box.fill("/giphy cat")
    box.press("Enter")
    expect(page.locator(".message").last).to_contain_text("/giphy is not a valid command")
    assert [message.text for message in sandbox.slack.messages()] == ["is &lt;this&gt; *ours*?"]


def test_a_second_opening_says_what_ec2_answered(page: Page) -> None:
    said = page.get_by_role("status")
    page.get_by_role("button", name="Open SSH to the world").click()
    expect(said).to_have_text("EC2 did AuthorizeSecurityGroupIngress.")
    expect(page.locator(".rule.open")).to_contain_text("0.0.0.0/0")

    page.get_by_role("button", name="Open SSH to the world").click()
    expect(said).to_have_text(re.compile("EC2 refused .*already exists"))

    page.get_by_role("button", name="Close it again").click()
    expect(page.locator(".rule.open")).to_have_count(0)


def test_a_deleted_group_can_be_made_again(page: Page) -> None:
    group = page.locator(".group h3", has_text="old-bastion")
    page.get_by_role("button", name="Delete a group").click()
    expect(group).to_have_count(0)

    page.get_by_role("button", name="Make it again").click()
    expect(group).to_have_count(1)


def confirmed_button() -> dict[str, Any]:
    words = {"title": "Sure?", "text": "It stays.", "confirm": "Do it", "deny": "Leave it"}
    confirm = {name: {"type": "plain_text", "text": text} for name, text in words.items()}
    element = {
        "type": "button",
        "action_id": "x",
        "text": {"type": "plain_text", "text": "Go"},
        "confirm": confirm,
    }
    return {"type": "actions", "elements": [element]}


def test_a_confirm_dialog_stands_before_the_click(sandbox: Sandbox, page: Page) -> None:
    clicks = []
    page.on(
        "request", lambda request: clicks.append(request.url) if request.url.endswith("/do/click") else None
    )
    post(sandbox, confirmed_button())

    page.get_by_role("button", name="Go").click()
    page.get_by_role("button", name="Leave it").click()
    expect(page.locator("#confirm")).not_to_be_visible()
    assert clicks == []

    page.get_by_role("button", name="Go").click()
    with page.expect_response(re.compile("/do/click$")):
        page.get_by_role("button", name="Do it").click()
    assert len(clicks) == 1


def test_a_phones_width_needs_no_scrolling_sideways(sandbox: Sandbox, page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    post(sandbox, section("x" * 300), text="long")
    expect(page.locator(".section-text")).to_be_visible()

    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.get_by_role("button", name="Open SSH to the world").is_visible()
    assert page.locator("#say").is_visible()
    assert JO in page.evaluate("document.querySelector('#people').dataset.user")
