"""The page in a real browser: it draws what Slack would draw, and never turns anybody's text into markup."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Request, expect

from sandbox import BOT_USER, CHANNEL, JO, KIM, SAM, Sandbox

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


def plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text}


def menu(kind: str, *labels: str, **parts: Any) -> dict[str, Any]:
    options = [{"text": plain(label), "value": label.lower()} for label in labels]
    return {"type": kind, "action_id": "menu", "options": options, **parts}


@pytest.fixture
def sent(page: Page) -> list[dict[str, Any]]:
    """What the page asks the sandbox to do, in order."""
    asked: list[dict[str, Any]] = []

    def note(request: Request) -> None:
        if "/do/" in request.url:
            asked.append(dict(request.post_data_json or {}))

    page.on("request", note)
    return asked


def test_an_overflow_menu_is_used_with_the_keyboard_and_escape_closes_it(
    sandbox: Sandbox, page: Page, sent: list[dict[str, Any]]
) -> None:
    row = {"type": "actions", "block_id": "do", "elements": [menu("overflow", "<b>Note</b>", "Mute")]}
    post(sandbox, row)
    opener = page.get_by_role("button", name="More actions")
    expect(opener).to_have_attribute("aria-expanded", "false")

    opener.press("Enter")
    expect(opener).to_have_attribute("aria-expanded", "true")
    expect(page.get_by_role("menuitem", name="<b>Note</b>")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("menu")).not_to_be_visible()
    expect(opener).to_be_focused()
    assert sent == []

    opener.press("Enter")
    page.keyboard.press("ArrowDown")
    with page.expect_response(re.compile("/do/click$")):
        page.keyboard.press("Enter")
    expect(page.get_by_role("menu")).not_to_be_visible()
    (asked,) = sent
    assert (asked["action_id"], asked["block_id"], asked["option"]) == ("menu", "do", "mute")


def test_a_menu_is_wholly_in_sight_wherever_its_button_is(sandbox: Sandbox, page: Page) -> None:
    row = {"type": "actions", "elements": [menu("overflow", *"abcde")]}
    page.set_viewport_size({"width": 390, "height": 844})
    post(sandbox, row)
    post(sandbox, *[section("x")] * 20, row)

    openers = page.get_by_role("button", name="More actions")
    expect(openers).to_have_count(2)
    for opener in openers.all():
        opener.click()
        box = page.get_by_role("menu").bounding_box()
        room = page.locator("#messages").bounding_box()
        assert box is not None
        assert room is not None
        assert box["x"] >= room["x"]
        assert box["y"] >= room["y"]
        assert box["x"] + box["width"] <= room["x"] + room["width"]
        page.keyboard.press("Escape")


def test_an_option_with_a_link_opens_it_in_a_new_tab_and_is_sent_too(
    sandbox: Sandbox, page: Page, sent: list[dict[str, Any]]
) -> None:
    link = menu("overflow", "Event")
    link["options"][0]["url"] = f"{sandbox.url}/page/eye.svg"
    post(sandbox, {"type": "actions", "elements": [link]})
    page.get_by_role("button", name="More actions").click()

    with page.context.expect_page() as opened, page.expect_response(re.compile("/do/click$")):
        page.get_by_role("menuitem", name="Event").click()

    assert opened.value.url == f"{sandbox.url}/page/eye.svg"
    assert sent[0]["option"] == "event"


def test_a_link_to_anything_but_the_web_is_not_opened(
    sandbox: Sandbox, page: Page, sent: list[dict[str, Any]]
) -> None:
    link = menu("overflow", "Event")
    link["options"][0]["url"] = "javascript:document.title='broken'"
    post(sandbox, {"type": "actions", "elements": [link]})
    page.get_by_role("button", name="More actions").click()

    with page.expect_response(re.compile("/do/click$")):
        page.get_by_role("menuitem", name="Event").click()

    assert len(page.context.pages) == 1
    assert page.title() != "broken"
    assert len(sent) == 1


@pytest.mark.parametrize("place", ["actions", "accessory"])
def test_a_select_sends_what_is_chosen(
    sandbox: Sandbox, page: Page, sent: list[dict[str, Any]], place: str
) -> None:
    select = menu("static_select", "Hour", "Day", placeholder=plain("Mute for"))
    row = {"type": "actions", "elements": [select]}
    post(sandbox, row if place == "actions" else section("Mute") | {"accessory": select})

    with page.expect_response(re.compile("/do/click$")):
        page.get_by_label("Mute for").select_option("Day")

    assert sent[0]["option"] == "day"


def note_modal() -> dict[str, Any]:
    note = {
        "type": "plain_text_input",
        "action_id": "text",
        "multiline": True,
        "min_length": 3,
        "max_length": 9,
    }
    return {
        "type": "modal",
        "title": plain("Note"),
        "submit": plain("Save"),
        "blocks": [
            {
                "type": "input",
                "block_id": "note",
                "label": plain("Why"),
                "hint": plain("<i>short</i>"),
                "element": note,
            },
            {
                "type": "input",
                "block_id": "until",
                "label": plain("Until"),
                "optional": True,
                "element": menu("static_select", "Hour", "Day"),
            },
            {"type": "actions", "elements": [menu("overflow", "Help")]},
        ],
    }


def test_a_modal_says_at_the_input_what_is_missing_and_keeps_what_was_typed(
    sandbox: Sandbox, page: Page
) -> None:
    view = sandbox.slack.show(JO, note_modal())
    modal = page.get_by_role("dialog")
    why = modal.get_by_label("Why")
    expect(modal.get_by_text("<i>short</i>")).to_be_visible()
    modal.get_by_label("Until").select_option("Day")

    modal.get_by_role("button", name="Save").click()
    expect(modal.get_by_role("alert")).to_have_text("Please complete this required field.")
    expect(why).to_be_focused()
    expect(modal.get_by_label("Until")).to_have_value("day")

    why.press_sequentially("ab")
    modal.get_by_role("button", name="Save").click()
    expect(modal.get_by_role("alert")).to_have_text("Please enter at least 3 characters.")
    expect(why).to_have_value("ab")
    why.press_sequentially("cdefghijkl")
    expect(why).to_have_value("abcdefghi")
    assert view.values["note"]["text"]["value"] == "ab"


def test_what_the_bot_says_is_wrong_stands_at_the_input(sandbox: Sandbox, page: Page) -> None:
    view = sandbox.slack.show(JO, note_modal())
    modal = page.get_by_role("dialog")
    modal.get_by_label("Why").fill("secret")

    view.errors = {"note": "Not <b>that</b>"}
    sandbox.slack.changed()

    expect(modal.get_by_role("alert")).to_have_text("Not <b>that</b>")
    expect(modal.get_by_label("Why")).to_have_value("secret")
    expect(modal.get_by_label("Why")).to_have_attribute("aria-invalid", "true")


def test_escape_closes_a_menu_in_a_modal_and_not_the_modal(
    sandbox: Sandbox, page: Page, sent: list[dict[str, Any]]
) -> None:
    sandbox.slack.show(JO, note_modal())
    modal = page.get_by_role("dialog")
    modal.get_by_label("Why").fill("half a")
    modal.get_by_role("button", name="More actions").click()
    expect(modal.get_by_role("menuitem", name="Help")).to_be_visible()

    page.keyboard.press("Escape")
    expect(modal.get_by_role("menu")).not_to_be_visible()
    expect(modal).to_be_visible()

    modal.get_by_role("button", name="More actions").click()
    with page.expect_response(re.compile("/do/click_in_modal$")):
        modal.get_by_role("menuitem", name="Help").click()
    assert sent[0]["values"] == {"note/text": "half a", "until/menu": ""}


def test_a_person_of_another_company_can_be_chosen_and_has_no_command(sandbox: Sandbox, page: Page) -> None:
    page.get_by_role("button", name="Kim Ray other company").click()
    expect(page.locator("#people")).to_have_attribute("data-user", KIM)

    page.locator("#say").fill("/sg-changes")
    page.locator("#say").press("Enter")

    expect(page.locator(".message").last).to_contain_text("is not a valid command: your company has not")


def test_a_phones_width_needs_no_scrolling_sideways(sandbox: Sandbox, page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    post(sandbox, section("x" * 300), text="long")
    expect(page.locator(".section-text")).to_be_visible()

    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.get_by_role("button", name="Open SSH to the world").is_visible()
    assert page.locator("#say").is_visible()
    assert JO in page.evaluate("document.querySelector('#people').dataset.user")
