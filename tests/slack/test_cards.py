"""Cards: whole, as golden JSON, and what they must mean."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from ipaddress import ip_network
from typing import Any

import pytest

from bot.core.alerts import Alert, Unread
from bot.core.changes import (
    ChangeKind,
    DescriptionEdit,
    GroupDetails,
    Membership,
    Observation,
    Outcome,
    PrefixListEdit,
    PrincipalKind,
    SecurityGroupChange,
    Tagging,
)
from bot.core.cloudtrail import parse_change
from bot.core.completion import complete
from bot.core.places import Places
from bot.core.rules import Direction
from bot.slack.cards import (
    ACKNOWLEDGE,
    MORE,
    RECENT_CHANGES,
    UNACKNOWLEDGE,
    VIEW_RULES,
    WHOLE_CHANGE,
    button_value,
    draw_card,
    draw_plain_card,
    read_button_value,
)
from bot.slack.headlines import draw_headline
from tests.records import NOW, acknowledged, alert_of, change, event, load_event, rule
from tests.slack.conftest import MatchGolden
from tests.slack.limits import find_message_problems
from tests.slack.reading import read_mrkdwn

RTL_OVERRIDE = "\u202e"

HOSTILE_NAME = "<!channel> <@U1> `*b*` :fire:"
HOSTILE_DESCRIPTION = f"a\nb {RTL_OVERRIDE}gpj.exe &lt;!here&gt; ```x``` <https://evil.example|bank>"


def hostile() -> Alert:
    opened = rule(description=HOSTILE_DESCRIPTION)
    told = change(opened, group_name=HOSTILE_NAME)
    principal = replace(told.principal, name=f"mallory <@U1> &lt;!channel&gt; {RTL_OVERRIDE}:fire:")
    return alert_of(replace(told, principal=principal))


def longest() -> Alert:
    opened = rule(description="d" * 255)
    return alert_of(change(opened, group_name="n" * 255))


def worst() -> Alert:
    """Give an alert of as many characters as can be, each of which takes five to escape."""
    long = "&" * 1000
    opened = [
        replace(rule("50", (None, None)), protocol=long + str(number), description=long)
        for number in range(1000)
    ]
    told = change(*opened, group_name=long, vpc_id=long, account_id="&" * 128, region="&" * 128)
    principal = replace(told.principal, kind=PrincipalKind.ASSUMED_ROLE, name=long, role=long)
    origin = replace(told.origin, source_address=long)
    return alert_of(replace(told, principal=principal, origin=origin))


def thousand_rules() -> Alert:
    opened = [rule("tcp", (n, n)) for n in range(8000, 8500)]
    opened += [rule("tcp", (n, n), "10.0.0.0/8") for n in range(500)]
    return alert_of(change(*opened))


def unreadable() -> dict[str, Any]:
    told = load_event("modify_rules")
    told["detail"]["requestParameters"] = {"ModifySecurityGroupRulesRequest": ["unheard of"]}
    told["detail"]["responseElements"] = {"groupId": "sg-0a1b2c3d4e5f60718"}
    return told


def directed(direction: Direction) -> SecurityGroupChange:
    """Give the modified rule with the way it goes, as a reading of the group tells it."""
    told = parse_change(load_event("modify_rules"))
    return replace(told, modified=tuple(replace(rule, direction=direction) for rule in told.modified))


def other_call(event_name: str, kind: ChangeKind, **fields: Any) -> SecurityGroupChange:
    return replace(change(), event_name=event_name, kind=kind, added=(), **fields)


def membership(*groups: str) -> SecurityGroupChange:
    one = groups[0] if len(groups) == 1 else None
    mentioned = () if one else groups
    effect = Membership("eni-0123456789abcdef0")
    return other_call(
        "ModifyNetworkInterfaceAttribute",
        ChangeKind.MEMBERSHIP,
        effect=effect,
        group_id=one,
        mentioned=mentioned,
    )


def untag(*tags: tuple[str, str | None]) -> SecurityGroupChange:
    return other_call("DeleteTags", ChangeKind.UNTAG, effect=Tagging(tags))


def prefix_list(
    *, added: tuple[str, ...] = (), removed: tuple[str, ...] = (), restored_version: int | None = None
) -> SecurityGroupChange:
    effect = PrefixListEdit(
        "pl-0123456789abcdef0",
        tuple((ip_network(text), "office") for text in added),
        tuple(ip_network(text) for text in removed),
        restored_version,
    )
    return other_call("ModifyManagedPrefixList", ChangeKind.PREFIX_LIST, effect=effect, group_id=None)


def cut_and_read() -> Alert:
    alert = alert_of(replace(change(), added=(), is_cut=True))
    held = [rule(), *(rule("tcp", (443, 443), f"10.{number}.0.0/16") for number in range(99))]
    assert alert.group is not None
    completion = complete(
        alert, observation=Observation(GroupDetails(alert.group, "web-prod", None), NOW, tuple(held))
    )
    assert completion is not None
    return replace(
        alert, digest=completion.digest, assessment=completion.assessment, reading=completion.reading
    )


def noted(note: str) -> Alert:
    alert = acknowledged(alert_of("authorize_ingress_ssh_from_world"), NOW + timedelta(minutes=4))
    assert alert.acknowledgement is not None
    return replace(alert, acknowledgement=replace(alert.acknowledgement, note=note))


def unread(alert: Alert, role: str | None = "panopticon-read") -> Alert:
    code = "AccessDenied" if role else "UnauthorizedOperation"
    return replace(alert, unread=Unread(NOW, code, role))


CARDS: dict[str, Alert] = {
    "critical_ssh": alert_of("authorize_ingress_ssh_from_world"),
    "critical_everything": alert_of("authorize_ingress_all_traffic_from_world"),
    "critical_ipv6_several_rules": alert_of("authorize_ingress_several_ports_from_world"),
    "low_internal_rules": alert_of("authorize_ingress_several_sources", name="orders-db"),
    "low_one_internal_rule": alert_of("authorize_ingress_by_name_from_cloudformation"),
    "informational_egress": alert_of("authorize_egress_prefix_list", name="app-prod"),
    "revoke": alert_of("revoke_ingress_revoked_set", name="orders-db"),
    "revoke_by_rule_ids": alert_of("revoke_ingress_by_rule_ids", name="orders-db"),
    "create": alert_of("create_by_terraform"),
    "delete": alert_of("delete_by_user"),
    "delete_by_root": alert_of("delete_by_root", name="orders-db"),
    "denied": alert_of("authorize_ingress_denied"),
    "denied_create": alert_of("create_denied"),
    "not_understood": alert_of(unreadable()),
    "modify": alert_of("modify_rules"),
    "modify_read": alert_of(directed(Direction.INGRESS)),
    "modify_denied": alert_of("modify_rules_denied"),
    "describe": alert_of("update_descriptions_ingress"),
    "associate": alert_of("associate_vpc"),
    "membership": alert_of(membership("sg-0a1b2c3d4e5f60718")),
    "membership_of_three": alert_of(
        membership("sg-0a1b2c3d4e5f60718", "sg-0b2c3d4e5f6071829", "sg-0c3d4e5f607182930")
    ),
    "untag": alert_of(untag(("managed-by", "terraform"), ("Name", None))),
    "untag_all": alert_of(untag()),
    "prefix_list": alert_of(prefix_list(added=("203.0.113.0/24", "0.0.0.0/0"), removed=("198.51.100.0/24",))),
    "prefix_list_restored": alert_of(prefix_list(restored_version=3)),
    "prefix_list_denied": alert_of(
        replace(
            prefix_list(added=("0.0.0.0/0",)),
            outcome=Outcome.DENIED,
            error_code="Client.UnauthorizedOperation",
        )
    ),
    "default_group": alert_of(change(rule(source="10.0.0.0/8"), group_name="default")),
    "denied_again": replace(alert_of("authorize_ingress_denied"), attempts=3),
    "cut": alert_of("authorize_ingress_omitted_parameters"),
    "cut_read": cut_and_read(),
    "cut_no_role": unread(alert_of("authorize_ingress_omitted_parameters")),
    "delete_no_role": unread(alert_of("delete_by_user")),
    "modify_refused": unread(alert_of("modify_rules"), role=None),
    "acknowledged_with_note": noted(HOSTILE_NAME),
    "acknowledged": acknowledged(
        alert_of("authorize_ingress_ssh_from_world"), NOW + timedelta(minutes=4, seconds=10)
    ),
    "without_known_name": alert_of("authorize_ingress_ssh_from_world", name=None),
    "thousand_rules": thousand_rules(),
    "hostile_names": hostile(),
    "longest_names": longest(),
}


def buttons(card: dict[str, Any]) -> list[str]:
    return [
        element["action_id"]
        for attachment in card["attachments"]
        for block in attachment["blocks"]
        if block["type"] == "actions"
        for element in block["elements"]
    ]


def body(card: dict[str, Any]) -> str:
    """Give what the card's rich text shows, a line for each part."""
    [attachment] = card["attachments"]
    lines = []
    for block in attachment["blocks"]:
        if block["type"] == "rich_text":
            lines += ["".join(map(shown, part["elements"])) for part in block["elements"]]
    return "\n".join(lines)


def shown(element: dict[str, Any]) -> str:
    match element["type"]:
        case "user":
            return f"<@{element['user_id']}>"
        case "date":
            return str(element["fallback"])
        case _:
            return str(element["text"])


def mrkdwn_texts(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        if part.get("type") == "mrkdwn":
            yield part["text"]
        for value in part.values():
            yield from mrkdwn_texts(value)
    elif isinstance(part, list):
        for entry in part:
            yield from mrkdwn_texts(entry)


@pytest.mark.parametrize("name", CARDS)
def test_a_card_looks_as_it_was_reviewed(name: str, match_golden: MatchGolden) -> None:
    match_golden(f"card_{name}", draw_card(CARDS[name]))


def test_a_card_that_has_nothing_to_offer_has_no_empty_menu() -> None:
    told = change()
    nobody = replace(told.principal, kind=PrincipalKind.UNKNOWN)
    found = replace(
        told, kind=ChangeKind.FOUND, outcome=Outcome.DENIED, added=(), group_id=None, principal=nobody
    )
    card = draw_card(alert_of(found))
    assert find_message_problems(card) == []
    assert not [block for block in card["attachments"][0]["blocks"] if block["type"] == "actions"]


@pytest.mark.parametrize("name", ["critical_ssh", "denied", "not_understood", "delete", "hostile_names"])
def test_a_plain_card_looks_as_it_was_reviewed(name: str, match_golden: MatchGolden) -> None:
    match_golden(f"plain_card_{name}", draw_plain_card(CARDS[name]))


@pytest.mark.parametrize("name", CARDS)
def test_a_card_is_within_slacks_limits(name: str) -> None:
    assert find_message_problems(draw_card(CARDS[name])) == []
    assert find_message_problems(draw_plain_card(CARDS[name])) == []


@pytest.mark.parametrize("draw", [draw_card, draw_plain_card])
def test_a_card_is_within_slacks_limits_where_every_character_takes_five_to_escape(
    draw: Callable[[Alert], dict[str, Any]],
) -> None:
    assert find_message_problems(draw(worst())) == []


@pytest.mark.parametrize("name", CARDS)
def test_nothing_on_a_card_is_a_mention_a_link_or_an_emoji_that_a_name_asked_for(name: str) -> None:
    for card in (draw_card(CARDS[name]), draw_plain_card(CARDS[name])):
        for markup in (card["text"], *mrkdwn_texts(card)):
            reading = read_mrkdwn(markup)
            assert reading.live == ()
            assert reading.styled == ()


@pytest.mark.parametrize("name", CARDS)
def test_the_headline_is_the_messages_text_and_its_fallback_and_stands_nowhere_inside(name: str) -> None:
    alert = CARDS[name]
    card = draw_card(alert)
    headline = draw_headline(alert)
    assert card["text"] == headline
    assert card["attachments"][0]["fallback"] == headline
    assert headline not in json.dumps(card["attachments"][0]["blocks"], ensure_ascii=False)
    assert read_mrkdwn(headline).shown not in body(card)


@pytest.mark.parametrize("name", CARDS)
def test_a_message_carries_the_alerts_id_and_nothing_else(name: str) -> None:
    alert = CARDS[name]
    expected = {"event_type": "panopticon_alert", "event_payload": {"alert_id": alert.alert_id}}
    assert draw_card(alert)["metadata"] == draw_plain_card(alert)["metadata"] == expected


@pytest.mark.parametrize("name", CARDS)
def test_every_button_names_the_alert_and_the_version_that_its_reader_sees(name: str) -> None:
    alert = CARDS[name]
    for block in draw_card(alert)["attachments"][0]["blocks"]:
        for element in block["elements"] if block["type"] == "actions" else ():
            if element["type"] == "button":
                assert read_button_value(element["value"]) == (alert.alert_id, alert.version)


@pytest.mark.parametrize("name", CARDS)
def test_every_card_and_every_plain_card_says_the_reference(name: str) -> None:
    alert = CARDS[name]
    for card in (draw_card(alert), draw_plain_card(alert)):
        assert f"ref {alert.reference}" in json.dumps(card)


@pytest.mark.parametrize(
    ("name", "headline"),
    [
        (
            "critical_ssh",
            "🔴 Critical: SSH (tcp 22) open to the internet on web-prod, account 111122223333",
        ),
        (
            "critical_everything",
            "🔴 Critical: everything open to the internet on web-prod, account 111122223333",
        ),
        (
            "critical_ipv6_several_rules",
            "🔴 Critical: MySQL (tcp 3306) and 3 more open to the internet on web-prod, account 111122223333",
        ),
        ("low_internal_rules", "🔵 Low: 5 rules added to orders-db, account 111122223333"),
        (
            "low_one_internal_rule",
            "🔵 Low: ingress tcp 80 from 10.0.0.0/8 added to legacy-web, account 111122223333",
        ),
        (
            "revoke",
            "🔵 Informational: ingress tcp 5432 from 10.20.0.0/16 removed from orders-db, account 111122223333",
        ),
        ("revoke_by_rule_ids", "🔵 Informational: 2 rules removed from orders-db, account 111122223333"),
        ("create", "🔵 Informational: payments-api created, account 111122223333"),
        ("delete", "🔵 Informational: web-prod deleted, account 111122223333"),
        (
            "denied",
            "⚪ Denied, nothing changed: bob tried to open RDP (tcp 3389) to the internet on web-prod, account 111122223333",
        ),
        ("denied_create", "⚪ Denied, nothing changed: bob tried to create shadow, account 111122223333"),
        (
            "acknowledged",
            "🔴 Critical: SSH (tcp 22) open to the internet on web-prod, account 111122223333",
        ),
        (
            "without_known_name",
            "🔴 Critical: SSH (tcp 22) open to the internet on sg-0a1b2c3d4e5f60718, account 111122223333",
        ),
    ],
)
def test_a_headline_says_severity_effect_group_and_account(name: str, headline: str) -> None:
    assert read_mrkdwn(draw_headline(CARDS[name])).shown == headline


@pytest.mark.parametrize(
    ("name", "colour"),
    [
        ("critical_ssh", "#a30200"),
        ("not_understood", "#e0701b"),
        ("low_internal_rules", "#3b7dd8"),
        ("revoke", "#3b7dd8"),
        ("acknowledged", "#8d8d8d"),
        ("denied", "#8d8d8d"),
    ],
)
def test_the_bar_has_the_severitys_colour_until_nobody_is_waited_for(name: str, colour: str) -> None:
    assert draw_card(CARDS[name])["attachments"][0]["color"] == colour


@pytest.mark.parametrize(
    ("name", "offered"),
    [
        ("critical_ssh", [ACKNOWLEDGE, VIEW_RULES, RECENT_CHANGES, MORE]),
        ("acknowledged", [UNACKNOWLEDGE, VIEW_RULES, RECENT_CHANGES, MORE]),
        ("denied", [VIEW_RULES, RECENT_CHANGES, MORE]),
        ("denied_create", [MORE]),
        ("delete", [ACKNOWLEDGE, RECENT_CHANGES, MORE]),
        ("not_understood", [ACKNOWLEDGE, VIEW_RULES, RECENT_CHANGES, MORE]),
        ("cut", [ACKNOWLEDGE, MORE]),
        ("membership_of_three", [ACKNOWLEDGE, MORE]),
        ("prefix_list", [ACKNOWLEDGE, MORE]),
        ("thousand_rules", [ACKNOWLEDGE, VIEW_RULES, RECENT_CHANGES, WHOLE_CHANGE, MORE]),
    ],
)
def test_a_card_offers_what_can_be_done(name: str, offered: list[str]) -> None:
    assert buttons(draw_card(CARDS[name])) == offered


def test_an_acknowledged_card_says_who_took_it_and_after_how_long() -> None:
    text = body(draw_card(CARDS["acknowledged"]))
    assert "Acknowledged by <@U0AB12CD3> 2026-03-02 20:12 UTC, after 4 min" in text
    assert "Not acknowledged" not in text


def test_an_acknowledged_card_keeps_its_headline_and_its_details() -> None:
    before = draw_card(CARDS["critical_ssh"])
    after = draw_card(CARDS["acknowledged"])
    assert after["text"] == before["text"]
    assert "ingress tcp 22 from 0.0.0.0/0" in body(after)


def test_a_denied_card_says_that_it_was_only_tried_and_what_aws_said() -> None:
    text = body(draw_card(CARDS["denied"]))
    assert "tried: + ingress tcp 3389 from 0.0.0.0/0" in text
    assert "AWS refused: not authorised (Client.UnauthorizedOperation)." in text
    assert "acknowledged" not in text.lower()
    assert "Now admits" not in text


@pytest.mark.parametrize(
    ("name", "tried"),
    [
        ("critical_ssh", "carol@example.com tried to open SSH (tcp 22) to the internet on web-prod"),
        ("low_internal_rules", "pipeline-4711 tried to add 5 rules to orders-db"),
        ("low_one_internal_rule", "AWSCloudFormation tried to add a rule to legacy-web"),
        ("revoke_by_rule_ids", "carol@example.com tried to remove 2 rules from orders-db"),
        ("create", "pipeline-4711 tried to create payments-api"),
        ("delete", "erin tried to delete web-prod"),
        ("modify", "carol@example.com tried to open tcp 8443 to the internet on web-prod"),
        ("describe", "alice tried to change descriptions of web-prod"),
        ("associate", "pipeline-4711 tried to associate web-prod with vpc-0fedcba9876543210"),
        ("membership", "alice tried to put web-prod on eni-0123456789abcdef0"),
        (
            "membership_of_three",
            "alice tried to put sg-0a1b2c3d4e5f60718 and 2 more groups on eni-0123456789abcdef0",
        ),
        ("prefix_list", "alice tried to change prefix list pl-0123456789abcdef0"),
        ("prefix_list_restored", "alice tried to change prefix list pl-0123456789abcdef0"),
        ("cut", "pipeline-4711 tried to add rules to a group that the record does not name"),
    ],
)
def test_each_kind_of_call_that_was_denied_says_what_was_tried_and_nothing_of_what_came_of_it(
    name: str, tried: str
) -> None:
    told = CARDS[name].digest.change
    refused = replace(told, outcome=Outcome.DENIED, error_code="Client.UnauthorizedOperation")
    alert = alert_of(refused, name=CARDS[name].group_name)
    card = draw_card(alert)
    headline = read_mrkdwn(card["text"]).shown
    assert headline.startswith("⚪ Denied, nothing changed: ")
    assert headline.endswith(f"{tried}, account 111122223333")
    text = body(card)
    assert "AWS refused: not authorised (Client.UnauthorizedOperation)." in text
    for claim in ("Now admits", "now has", "What it", "may now", "changes with it", "acknowledged"):
        assert claim not in text
    assert ACKNOWLEDGE not in buttons(card)
    assert find_message_problems(card) == []


@pytest.mark.parametrize("count", [1, 20, 21, 1000])
@pytest.mark.parametrize("field", ["added", "removed", "modified", "described", "tags", "entries"])
def test_a_call_of_any_size_fits_a_card_that_counts_what_it_leaves_out(field: str, count: int) -> None:
    rules = tuple(rule("tcp", (n, n), "10.0.0.0/8", description="d" * 255) for n in range(count))
    told = {
        "added": lambda: change(*rules),
        "removed": lambda: change(kind=ChangeKind.REVOKE, added=(), removed=rules),
        "modified": lambda: change(kind=ChangeKind.MODIFY, added=(), modified=rules),
        "described": lambda: change(
            kind=ChangeKind.DESCRIBE,
            added=(),
            described=tuple(DescriptionEdit(each, "new") for each in rules),
        ),
        "tags": lambda: untag(*((f"managed-by-{n}", "v" * 255) for n in range(count))),
        "entries": lambda: prefix_list(added=tuple(f"10.{n // 250}.{n % 250}.0/24" for n in range(count))),
    }[field]()
    alert = alert_of(told)
    for card in (draw_card(alert), draw_plain_card(alert)):
        assert find_message_problems(card) == []
    labels = [
        element["text"]["text"]
        for element in draw_card(alert)["attachments"][0]["blocks"][1]["elements"]
        if element["type"] == "button"
    ]
    assert (f"All {count:,} lines" in labels) is (count > 20)
    assert (f"… and {count - 20:,} more" in body(draw_card(alert))) is (count > 20)


def test_a_plain_card_says_no_less_of_a_refusal() -> None:
    text = read_mrkdwn(draw_plain_card(CARDS["denied"])["text"]).shown
    assert "tried: + ingress tcp 3389 from 0.0.0.0/0" in text
    assert "AWS refused: not authorised (Client.UnauthorizedOperation)." in text


def test_a_plain_card_names_the_call_that_was_not_understood() -> None:
    assert "ModifySecurityGroupRules" in draw_plain_card(CARDS["not_understood"])["text"]


def test_a_card_that_was_not_understood_says_the_call_its_outcome_and_the_group() -> None:
    alert = CARDS["not_understood"]
    told = "ModifySecurityGroupRules · AWS reports success · names"
    assert f"{told} {alert.group_name}" in body(draw_card(alert))
    assert f"{told} sg-0a1b2c3d4e5f60718" in body(draw_card(replace(alert, group_name=None)))


@pytest.mark.parametrize(
    ("name", "phrases"),
    [
        (
            "modify",
            ["now tcp 8443 from 0.0.0.0/0", "CloudTrail does not say whether that is ingress or egress"],
        ),
        ("modify_read", ["now ingress tcp 8443 from 0.0.0.0/0", "Now admits any IPv4 address to tcp 8443."]),
        ("modify_denied", ["tried: now", "AWS refused: not authorised"]),
        ("describe", [": now "]),
        ("associate", ["vpc-0fedcba9876543210"]),
        ("membership", ["eni-0123456789abcdef0 now has web-prod and no other group."]),
        ("membership_of_three", ["sg-0a1b2c3d4e5f60718, sg-0b2c3d4e5f6071829, sg-0c3d4e5f607182930"]),
        (
            "untag",
            ["− tag managed-by = terraform", "− tag Name", "The tag said that code manages this group."],
        ),
        (
            "prefix_list",
            ['+ 203.0.113.0/24 "office"', "− 198.51.100.0/24", "Every rule that names this list"],
        ),
        ("prefix_list_restored", ["Which entries that brings back is not told."]),
        ("cut", ["AWS left the rules out of its record"]),
        ("cut_read", ["ingress tcp 22 from 0.0.0.0/0", "… and 80 more", "100 rules. Which of them are new"]),
        ("acknowledged_with_note", [f': "{HOSTILE_NAME}"']),
    ],
)
def test_a_card_says_what_its_call_did(name: str, phrases: list[str]) -> None:
    text = body(draw_card(CARDS[name]))
    assert [phrase for phrase in phrases if phrase not in text] == []


def options_of(alert: Alert, places: Places = Places()) -> dict[str, dict[str, Any]]:  # noqa: B008 - frozen
    (menu,) = [
        element
        for block in draw_card(alert, places)["attachments"][0]["blocks"]
        for element in (block["elements"] if block["type"] == "actions" else ())
        if element["type"] == "overflow"
    ]
    return {option["text"]["text"]: option for option in menu["options"]}


def test_a_note_can_be_left_only_while_the_alert_waits() -> None:
    note = "Acknowledge with note…"
    assert note in options_of(CARDS["critical_ssh"])
    assert note not in options_of(CARDS["acknowledged"])
    assert note not in options_of(CARDS["denied"])


@pytest.mark.parametrize(
    ("region", "console"),
    [
        ("eu-west-1", "https://eu-west-1.console.aws.amazon.com"),
        ("cn-north-1", "https://cn-north-1.console.amazonaws.cn"),
        ("us-gov-west-1", "https://us-gov-west-1.console.amazonaws-us-gov.com"),
    ],
)
def test_links_lead_to_the_console_of_the_partition(region: str, console: str) -> None:
    options = options_of(alert_of(replace(change(), region=region)))
    group = f"{console}/ec2/home?region={region}#SecurityGroup:groupId=sg-0a1b2c3d4e5f60718"
    event_id = "7c2f9b1e-0000-4000-8000-000000000001"
    assert options["Open group in AWS"]["url"] == group
    assert options["Open event in CloudTrail"]["url"] == (
        f"{console}/cloudtrailv2/home?region={region}#/events/{event_id}"
    )


def test_links_sign_in_to_the_right_account_through_a_portal() -> None:
    places = Places(portal="https://example.awsapps.com/start")
    assert options_of(alert_of(change()), places)["Open group in AWS"]["url"] == (
        "https://example.awsapps.com/start/#/console?account_id=111122223333"
        "&destination=https%3A%2F%2Feu-west-1.console.aws.amazon.com%2Fec2%2Fhome%3Fregion%3Deu-west-1"
        "%23SecurityGroup%3AgroupId%3Dsg-0a1b2c3d4e5f60718"
    )


def test_an_account_is_called_by_its_name_where_it_has_one() -> None:
    places = Places({"111122223333": "payments-prod <!here>"})
    headline = draw_headline(CARDS["critical_ssh"], places)
    assert read_mrkdwn(headline).shown.endswith("on web-prod, payments-prod <!here>")
    assert read_mrkdwn(headline).live == ()


def test_hostile_names_show_as_themselves() -> None:
    card = draw_card(CARDS["hostile_names"])
    assert HOSTILE_NAME in read_mrkdwn(card["text"]).shown
    text = body(card)
    assert 'from 0.0.0.0/0 "a⏎b ⟨U+202E⟩gpj.exe &lt;!here&gt; ```x``` <https://evil.example|bank>"' in text
    assert "mallory <@U1> &lt;!channel&gt; ⟨U+202E⟩:fire:" in text


def test_a_thousand_rules_are_cut_on_purpose_and_counted() -> None:
    text = body(draw_card(CARDS["thousand_rules"]))
    assert text.count("+ ingress") == 20
    assert "… and 980 more" in text


def test_what_a_cut_card_admits_is_not_told_as_if_it_were_all() -> None:
    sentence = next(
        line for line in body(draw_card(CARDS["thousand_rules"])).split("\n") if "Now admits" in line
    )
    assert sentence.endswith("What it admitted before is not known.")
    assert "more" in sentence


@pytest.mark.parametrize(
    ("rules", "sentence"),
    [
        pytest.param([rule()], "Now admits any IPv4 address to tcp 22.", id="IPv4"),
        pytest.param([rule(source="::/0")], "Now admits any IPv6 address to tcp 22.", id="IPv6"),
        pytest.param([rule(), rule(source="::/0")], "Now admits any address to tcp 22.", id="both"),
        pytest.param(
            [rule(), rule("tcp", (80, 80), "::/0"), rule("tcp", (443, 443))],
            "Now admits any IPv4 address to tcp 22, tcp 443; any IPv6 address to tcp 80.",
            id="each kind with its ports",
        ),
        pytest.param([rule(source="10.0.0.0/8")], None, id="nobody from the internet"),
        pytest.param([rule(direction=Direction.EGRESS)], None, id="egress admits nobody"),
    ],
)
def test_a_card_says_what_is_now_admitted_and_does_not_guess_at_before(
    rules: list[Any], sentence: str | None
) -> None:
    text = body(draw_card(alert_of(change(*rules))))
    if sentence is None:
        assert "admit" not in text
    else:
        assert f"{sentence} What it admitted before is not known." in text


@pytest.mark.parametrize("kind", ChangeKind)
def test_no_card_claims_that_anything_can_reach_anything(kind: ChangeKind) -> None:
    card = draw_card(alert_of(change(kind=kind)))
    assert "can reach" not in json.dumps(card)


@pytest.mark.parametrize("name", CARDS)
def test_a_card_says_the_group_once_it_is_known_and_where_it_is(name: str) -> None:
    alert = CARDS[name]
    told = alert.digest.change
    grey = read_mrkdwn(draw_card(alert)["attachments"][0]["blocks"][-1]["elements"][0]["text"]).shown
    assert told.account_id in grey
    assert told.region in grey
    assert (told.group_id or "") in grey


@pytest.mark.parametrize(
    "value",
    ["", ".", "4f6c", "4f6c.", ".2", "4f6c.-1", "4f6c.two", "4f6c.2.3", "4f6c.²", "4f6c.٣", "4f6c. 2"],
)
def test_a_value_that_no_button_of_ours_holds_is_nothing(value: str) -> None:
    assert read_button_value(value) is None


def test_a_button_value_reads_back() -> None:
    alert = replace(alert_of(change()), version=12)
    assert read_button_value(button_value(alert)) == (alert.alert_id, 12)


def test_events_of_the_tables_row_draw_as_the_stored_ones_do() -> None:
    assert "SSH (tcp 22) open to the internet" in draw_headline(alert_of(event()))
