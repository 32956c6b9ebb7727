"""The main job as a person does it, in a browser, on the page that `make demo` shows."""

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.slow

HEADLINE = "🔴 Critical: SSH (tcp 22) open to the internet on web-prod"


def test_a_visitor_opens_ssh_acknowledges_it_and_looks_around(page: Page) -> None:
    page.get_by_role("button", name="Open SSH to the world").click()
    card = page.locator("article", has_text=HEADLINE).last
    expect(card).to_contain_text('+ ingress tcp 22 from 0.0.0.0/0 "temp debug"')
    expect(card).to_contain_text("Not acknowledged")

    card.get_by_role("button", name="Acknowledge", exact=True).click()
    expect(card).to_contain_text("Acknowledged by @Jo Park")
    expect(card).not_to_contain_text("Not acknowledged")
    expect(card.get_by_role("button", name="Unacknowledge")).to_be_visible()

    card.get_by_role("button", name="View rules").click()
    modal = page.get_by_role("dialog")
    expect(modal).to_contain_text("Ingress: ")
    expect(modal).to_contain_text('tcp 22 from 0.0.0.0/0 "temp debug"')
    expect(modal).to_contain_text("Read from AWS")
    modal.get_by_role("button", name="Close").last.click()
    expect(modal).to_be_hidden()

    card.get_by_role("button", name="Recent changes").click()
    expect(modal).to_contain_text("Recent changes")
    expect(modal).to_contain_text("ingress tcp 22 from 0.0.0.0/0 added")
    expect(modal).to_contain_text("Acknowledged by @Jo Park")
    modal.get_by_role("button", name="Close").last.click()
    expect(modal).to_be_hidden()

    composer = page.get_by_role("textbox")
    composer.fill("/sg-changes")
    composer.press("Enter")
    answer = page.locator("article", has_text="Only visible to you").last
    expect(answer).to_contain_text("Latest changes")
    expect(answer).to_contain_text("web-prod: ingress tcp 22 from 0.0.0.0/0 added")


def test_the_second_person_sees_who_acknowledged_and_gets_no_answer_of_the_first(page: Page) -> None:
    page.get_by_role("button", name="Open SSH to the world").click()
    card = page.locator("article", has_text=HEADLINE).last
    card.get_by_role("button", name="Acknowledge", exact=True).click()
    expect(card).to_contain_text("Acknowledged by @Jo Park")
    composer = page.get_by_role("textbox")
    composer.fill("/sg-changes help")
    composer.press("Enter")
    expect(page.locator("body")).to_contain_text("waiting for someone, most severe first")

    page.get_by_role("button", name="Sam Lee").click()
    expect(card).to_contain_text("Acknowledged by @Jo Park")
    expect(page.locator("body")).not_to_contain_text("waiting for someone, most severe first")
    card.get_by_role("button", name="Unacknowledge").click()
    expect(card).to_contain_text("Not acknowledged")


def test_a_hostile_description_is_text_on_the_page(page: Page) -> None:
    page.get_by_role("button", name="Open SSH to the world").click()
    card = page.locator("article", has_text=HEADLINE).last
    expect(card).to_be_visible()
    composer = page.get_by_role("textbox")
    composer.fill('/sg-changes "<img src=x onerror=alert(1)> <!channel> *b*"')
    composer.press("Enter")
    answer = page.locator("article", has_text="Only visible to you").last
    expect(answer).to_contain_text("No group called <img src=x onerror=alert(1)> <!channel> *b*.")
    expect(answer.locator("img[src=x]")).to_have_count(0)
