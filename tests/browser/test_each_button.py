"""Each button of the sandbox's page, pressed as a visitor presses it, against one demo that goes on running."""

import json
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from sandbox.recorded import RECORDED
from sandbox.stories import HOSTILE, STORIES

pytestmark = pytest.mark.slow

Visit = Callable[..., Page]
JO, SAM, KIM = "U04JOPARK01", "U04SAMLEE02", "U04KIMRAY03"


@pytest.fixture
def page(shared_demo: str, visit: Visit) -> Page:
    """The page as Jo sees it, without a modal that an earlier test may have left open."""
    page = visit(shared_demo)
    expect(page.locator("article").first).to_be_visible()
    if page.get_by_role("dialog").is_visible():
        page.keyboard.press("Escape")
    return page


def tab(page: Page, name: str) -> Locator:
    page.get_by_role("tab", name=name).click()
    return page.get_by_role("tabpanel", name=name)


def play(page: Page, story: str, group: str = "app-prod") -> None:
    panel = tab(page, "Stories")
    panel.get_by_label("Played on").select_option(group)
    panel.get_by_role("button", name=STORIES[story].title).click()
    # Some stories let much time pass, and all that is then due is done before the page hears of it.
    expect(page.locator("#said")).to_contain_text(re.compile(r"\d+ calls? to EC2"), timeout=60_000)


def card(page: Page, text: str) -> Locator:
    return page.locator("article", has_text=text).last


def press(page: Page, trouble: str) -> Locator:
    button = tab(page, "Trouble").get_by_role("button", name=trouble)
    button.click()
    return button


# The tests stand in the order in which a visitor may do these things; none needs another.


def test_a_visitor_finds_one_critical_that_nobody_acknowledged(page: Page) -> None:
    expect(page.locator(".truth")).to_have_text(
        "Simulated: Slack and AWS. Real: all of bot/, the same handlers Lambda calls."
    )
    open_ones = page.locator("article", has_text="Not acknowledged")
    expect(open_ones).to_have_count(1)
    expect(open_ones).to_contain_text("Critical: PostgreSQL (tcp 5432) open to the internet on db-prod")
    expect(page.locator("article", has_text="Acknowledged by @Sam Lee").first).to_be_visible()


def test_the_world_is_let_in_and_shut_out(page: Page) -> None:
    page.get_by_role("button", name="Open SSH to the world").click()
    opened = card(page, "SSH (tcp 22) open to the internet on web-prod")
    expect(opened).to_be_visible()
    expect(page.locator(".group", has_text="web-prod").locator(".rule.open")).to_contain_text("temp debug")

    page.wait_for_timeout(1100)  # of what happens within one second the order cannot be told
    page.get_by_role("button", name="Close it again").click()
    expect(opened).to_contain_text("by alice@example.com, open")
    expect(page.get_by_role("button", name="Close it again")).to_have_count(0)


def test_a_group_is_deleted_and_made_again(page: Page) -> None:
    group = page.locator(".group h3", has_text="old-bastion")
    page.get_by_role("button", name="Delete a group").click()
    expect(group).to_have_count(0)

    page.get_by_role("button", name="Make it again").click()
    expect(group).to_have_count(1)


def test_a_group_is_muted_from_a_card_and_the_mute_is_ended(page: Page) -> None:
    incident = card(page, "PostgreSQL (tcp 5432) open to the internet on db-prod")
    incident.get_by_role("button", name="More actions").click()
    incident.get_by_role("menuitem", name="Mute…").click()
    modal = page.get_by_role("dialog")
    expect(modal).to_contain_text("It takes effect within a minute.")
    modal.get_by_label("What is not to be posted?").select_option("This group: db-prod")
    modal.get_by_label("Why?").fill("moving <b>on</b>")
    modal.get_by_label("Hide what is critical, too").check()
    modal.get_by_role("button", name="Mute").click()
    expect(modal).to_contain_text("What is critical is hidden too.")
    modal.get_by_role("button", name="Close").last.click()
    expect(modal).to_be_hidden()

    composer = page.get_by_role("textbox")
    composer.fill("/sg-changes mutes")
    composer.press("Enter")
    listed = page.locator("article", has_text="1 mute").last
    expect(listed).to_contain_text("Why: moving <b>on</b>")
    expect(listed).to_contain_text("by @Jo Park")
    listed.get_by_role("button", name="End").click()
    expect(page.locator("article", has_text="Nothing is muted.").last).to_be_visible()


def test_any_call_is_filled_in_and_a_wrong_field_is_marked(page: Page) -> None:
    panel = tab(page, "Any call")
    panel.get_by_label("As").select_option("erin")
    panel.get_by_label("Group").select_option(label="bastion")
    panel.get_by_label("Ports").fill("everything")
    panel.get_by_role("button", name="Call EC2").click()
    expect(panel.get_by_label("Ports")).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#said")).to_contain_text("ports: a port, or a range")

    panel.get_by_label("Ports").fill("2379-2380")
    panel.get_by_label("Sources").fill("10.1.2.3/16")
    panel.get_by_role("button", name="Call EC2").click()
    expect(card(page, "ingress tcp 2379–2380 from 10.1.0.0/16")).to_contain_text("erin")


@pytest.mark.parametrize("story", [key for key in STORIES if key not in ("forty", "lost", "found")])
def test_a_story_plays_and_a_card_tells_of_it(page: Page, story: str) -> None:
    before = page.locator("article").count()

    play(page, story)

    page.wait_for_function("before => document.querySelectorAll('article').length > before", arg=before)
    expect(page.locator("#calls")).to_contain_text("calls to Slack")


def test_what_no_event_told_is_found(page: Page) -> None:
    play(page, "found")

    found = card(page, "Found without an event: VNC (tcp 5500) open to the internet on app-prod")
    expect(found).to_be_visible(timeout=60_000)


def test_a_hostile_name_is_text_wherever_it_stands(page: Page) -> None:
    play(page, "hostile")

    told = page.locator("article", has_text="@channel").last
    expect(told.locator(".mention")).to_have_count(0)
    tab(page, "Groups")
    expect(page.locator(".group h3", has_text=HOSTILE).first).to_be_visible()
    assert page.locator("article", has_text="<!here>").count() == 0


def test_a_lost_event_leaves_a_difference_that_is_marked(demo: str, visit: Visit) -> None:
    page = visit(demo)  # in which no reading is due that would find it
    play(page, "close")
    opened = page.locator("article", has_text="open to the internet on app-prod").last
    expect(opened).to_contain_text("Behind it", timeout=20_000)  # so Panopticon has read the group
    play(page, "lost")
    tab(page, "Groups")

    group = page.locator(".group", has_text="app-prod")
    expect(group.locator(".badge.differs")).to_be_visible(timeout=10_000)
    expect(group.locator(".rule", has_text="tcp 1433").locator(".differs")).to_contain_text("does not know")


def test_slack_is_away_and_says_so(page: Page) -> None:
    button = press(page, "Slack down for 30 s")
    expect(button).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#down")).to_be_visible()

    play(page, "describe", "db-prod")
    expect(page.locator("#down")).to_be_hidden(timeout=40_000)
    expect(card(page, 'tcp 5601 from 10.0.0.0/8 "kibana"')).to_be_visible(timeout=90_000)


def test_one_call_too_many_delays_a_card(page: Page) -> None:
    press(page, "Too many requests")
    play(page, "halves", "bastion")

    expect(card(page, "128.0.0.0/1")).to_contain_text("bastion", timeout=40_000)


def test_an_answer_that_is_dropped_loses_no_card(page: Page) -> None:
    press(page, "Drop after accept")
    play(page, "under", "bastion")

    expect(card(page, 'from 10.0.0.0/8 "search"')).to_contain_text("bastion", timeout=40_000)


def test_events_are_held_back_and_let_go(page: Page) -> None:
    button = press(page, "Hold events back")
    play(page, "close_by_id", "bastion")
    tab(page, "Trouble")
    expect(button).to_contain_text("2 held")

    button.click()
    expect(page.locator("#said")).to_contain_text("2 events were let go")
    expect(button).to_have_attribute("aria-pressed", "false")


def test_an_event_of_ones_own_is_read_and_its_fault_named(page: Page) -> None:
    panel = tab(page, "Events")
    box = panel.get_by_label("Paste your own CloudTrail event")
    record = RECORDED[3]["detail"] | {"eventTime": "2026-11-24T02:00:00Z", "eventID": "pasted-1"}
    asked = record["requestParameters"] | {"groupId": "sg-5a5a5a5a"}  # which no other test here shows
    record = record | {"awsRegion": "ap-northeast-2", "requestParameters": asked}

    box.fill(json.dumps(record | {"requestParameters": {}}))
    panel.get_by_role("button", name="Send it", exact=True).click()
    expect(panel.get_by_role("alert")).to_contain_text("ipPermissions")
    expect(panel.get_by_role("button", name="Send it all the same")).to_be_visible()

    box.fill(json.dumps(record))
    panel.get_by_role("button", name="Send it", exact=True).click()
    expect(panel.get_by_role("alert")).to_have_text("")
    expect(card(page, record["requestParameters"]["groupId"])).to_contain_text("dave")


def test_recorded_events_are_replayed_and_delivered_again(page: Page) -> None:
    panel = tab(page, "Events")
    panel.get_by_role("button", name=RECORDED[3]["name"]).click()
    told = page.locator("article", has_text="sg-4e4e4e4e")
    expect(told.last).to_be_visible()
    count = told.count()

    panel.get_by_role("button", name="Deliver the last event again").click()
    expect(page.locator("#said")).to_contain_text("2 times")
    page.wait_for_timeout(1500)
    expect(told).to_have_count(count)


def test_behind_a_card_are_its_event_its_requests_and_its_blocks(page: Page) -> None:
    play(page, "denied")
    told = card(page, "Denied")
    told.get_by_role("button", name="Look behind").click()
    drawer = page.locator("#drawer")
    expect(drawer).to_contain_text("s after the call to EC2")

    drawer.get_by_text("The event: AuthorizeSecurityGroupIngress").click()
    expect(drawer.locator("pre", has_text="Client.UnauthorizedOperation").first).to_be_visible()
    drawer.get_by_text("The card as Block Kit").click()
    expect(drawer.locator("pre", has_text='"attachments"')).to_be_visible()
    drawer.get_by_role("button", name="Deliver again").click()
    expect(drawer).to_contain_text("delivered 2 times")
    page.keyboard.press("Escape")
    expect(drawer).to_be_hidden()


def test_a_thread_is_opened_and_answered(page: Page) -> None:
    told = page.locator("article", has_text="PostgreSQL (tcp 5432)").first
    told.get_by_role("button", name="Reply").click()
    thread = page.locator("#drawer")
    thread.get_by_label("Reply", exact=True).fill("is <this> *ours*?")
    thread.get_by_role("button", name="Send").click()

    expect(thread.locator("article").last).to_contain_text("is <this> ours?")
    expect(told.get_by_role("button", name="1 reply")).to_be_visible()


def test_of_two_who_take_a_card_at_once_one_is_told_who_was_first(visit: Visit, shared_demo: str) -> None:
    jo, sam = (visit(f"{shared_demo}/#{person}") for person in (JO, SAM))
    play(jo, "modify", "db-prod")
    cards = [card(page, "8443 open to the internet on db-prod") for page in (jo, sam)]
    for each in cards:
        expect(each.get_by_role("button", name="Acknowledge", exact=True)).to_be_visible(timeout=40_000)

    for page in (jo, sam):  # without waiting for what comes of it
        page.evaluate(
            """() => [...document.querySelectorAll("article")].filter((each) => each.textContent.includes(
                "8443 open to the internet on db-prod")).at(-1).querySelector("[data-action=acknowledge]").click()"""
        )

    expect(cards[0]).to_contain_text("Acknowledged by @")
    winner = "Jo Park" if "Jo Park" in (cards[0].text_content() or "") else "Sam Lee"
    loser = sam if winner == "Jo Park" else jo
    expect(loser.locator("article.ephemeral").last).to_contain_text(f"Already acknowledged by @{winner}")
    for each in cards:
        expect(each).to_contain_text(f"Acknowledged by @{winner}")


def test_one_of_another_company_is_told_that_they_may_not(visit: Visit, shared_demo: str) -> None:
    page = visit(f"{shared_demo}/#{KIM}")
    told = page.locator("article", has_text="PostgreSQL (tcp 5432)").first

    told.get_by_role("button", name="Acknowledge", exact=True).click()

    expect(page.locator("article.ephemeral").last).to_contain_text("Only visible to you")
    expect(told).to_contain_text("Not acknowledged")


def test_a_modal_turns_its_pages(page: Page) -> None:
    for _ in range(6):
        play(page, "close")
    page.wait_for_timeout(4000)  # twelve events have to be taken
    told = card(page, "on app-prod")
    told.get_by_role("button", name="Recent changes").click()
    modal = page.get_by_role("dialog")
    expect(modal.get_by_role("button", name="Older")).to_be_visible()

    first = modal.locator(".modal-body").text_content()
    modal.get_by_role("button", name="Older").click()
    expect(modal.get_by_role("button", name="Newer")).to_be_visible()
    assert modal.locator(".modal-body").text_content() != first
    modal.get_by_role("button", name="Newer").click()
    expect(modal.get_by_role("button", name="Older")).to_be_visible()
    modal.get_by_role("button", name="Close").last.click()
    expect(modal).to_be_hidden()


def test_the_keyboard_reaches_everything(page: Page) -> None:
    page.get_by_role("tab", name="Groups").focus()
    for name in ("Any call", "Stories", "Trouble", "Events", "Groups"):
        page.keyboard.press("ArrowRight")
        expect(page.get_by_role("tab", name=name)).to_be_focused()
        expect(page.get_by_role("tabpanel", name=name)).to_be_visible()

    told = page.locator("article", has_text="PostgreSQL (tcp 5432)").first
    told.get_by_role("button", name="View rules").press("Enter")
    expect(page.get_by_role("dialog")).to_contain_text(
        "Ingress: ", timeout=20_000
    )  # behind what was played before
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(told.get_by_role("button", name="View rules")).to_be_focused()


def test_the_focus_stays_where_it_is_while_other_messages_come(page: Page) -> None:
    told = page.locator("article", has_text="PostgreSQL (tcp 5432)").first
    told.get_by_role("button", name="View rules").focus()

    page.evaluate(
        """() => fetch("/do/say", {method: "POST", headers: {"Content-Type": "application/json"},
            body: JSON.stringify({user: "U04JOPARK01", text: "anybody on this?"})})"""
    )

    expect(page.locator("article", has_text="anybody on this?")).to_be_visible()
    expect(told.get_by_role("button", name="View rules")).to_be_focused()


def test_a_phone_shows_all_of_it_without_scrolling_sideways(visit: Visit, shared_demo: str) -> None:
    page = visit(shared_demo, viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    told = page.locator("article", has_text="PostgreSQL (tcp 5432)").first

    def is_as_wide_as_the_phone() -> bool:
        return bool(page.evaluate("document.documentElement.scrollWidth <= 390"))

    expect(page.get_by_role("button", name="Open SSH to the world")).to_be_visible()
    expect(page.locator("#say")).to_be_visible()
    assert is_as_wide_as_the_phone()
    page.get_by_text("More: groups").click()
    for name in ("Any call", "Stories", "Trouble", "Events", "Groups"):
        page.get_by_role("tab", name=name).click()
        assert is_as_wide_as_the_phone()
    page.get_by_text("More: groups").click()
    told.get_by_role("button", name="Look behind").click()
    expect(page.locator("#drawer")).to_be_visible()
    box = page.locator("#drawer").bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["width"] <= 390
    page.locator("#drawer").get_by_role("button", name="Close").click()
    told.get_by_role("button", name="View rules").click()
    expect(page.get_by_role("dialog")).to_contain_text("Ingress: ")
    assert is_as_wide_as_the_phone()


def test_a_click_that_takes_too_long_is_shown_in_red(page: Page) -> None:
    press(page, "Slack slow for 30 s")
    told = page.locator("article", has_text="PostgreSQL (tcp 5432)").first

    told.get_by_role("button", name="Acknowledge", exact=True).click()

    notice = page.locator("article.failed").last
    expect(notice).to_contain_text("operation_timeout", timeout=20_000)
    expect(page.locator("#calls .late")).to_be_visible()


def test_terraform_makes_forty_groups(page: Page) -> None:
    page.get_by_role("button", name="Terraform over 40 groups").click()

    expect(page.locator("#said")).to_contain_text("80 calls to EC2", timeout=60_000)
    expect(page.locator(".group h3", has_text=re.compile(r"^app-\d\d$"))).to_have_count(40)
    expect(page.locator("article", has_text="ci-terraform").last).to_be_visible()


def test_starting_over_brings_back_what_a_visitor_found(page: Page) -> None:
    page.get_by_role("button", name="Start over").click()
    back = page.locator("#said", has_text="All is as it was when you came.")
    expect(back).to_be_visible(timeout=60_000)  # what an earlier test has under way is finished first
    expect(page.locator("article")).to_have_count(3)
    expect(page.locator("article", has_text="Not acknowledged")).to_contain_text("db-prod, payments-prod")
