"""Names of accounts, and links to AWS's console."""

from dataclasses import replace
from ipaddress import ip_network
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from bot.core.changes import GroupKey
from bot.core.expected import Expected
from bot.core.places import ANYWHERE, Places, portal_address
from tests.records import change

KEY = GroupKey("111122223333", "eu-west-1", "sg-0a1b2c3d4e5f60718")
NAMED = Places({"111122223333": "payments-prod", "444455556666": "Sandbox"})
PORTAL = "https://example.awsapps.com/start"
IN_PORTAL = Places(portal=PORTAL)


def test_an_account_is_called_by_its_name_where_it_has_one() -> None:
    assert NAMED.account("111122223333") == "payments-prod"
    assert NAMED.account("777788889999") == "account 777788889999"
    assert ANYWHERE.account("111122223333") == "account 111122223333"


@pytest.mark.parametrize(
    ("words", "account_id"),
    [
        pytest.param("payments-prod", "111122223333", id="a name"),
        pytest.param("SANDBOX", "444455556666", id="a name in another case"),
        pytest.param("777788889999", "777788889999", id="an id that nobody named"),
        pytest.param("payments", None, id="part of a name"),
        pytest.param("٣٣٣٣٤٤٤٤٥٥٥٥", None, id="digits of another script"),
        pytest.param("", None, id="nothing"),
    ],
)
def test_an_account_is_found_by_its_id_or_its_name(words: str, account_id: str | None) -> None:
    assert NAMED.account_id(words) == account_id


# Each partition has a console of its own.
CONSOLES = [
    pytest.param("eu-west-1", "eu-west-1.console.aws.amazon.com", id="aws"),
    pytest.param("cn-north-1", "cn-north-1.console.amazonaws.cn", id="aws-cn"),
    pytest.param("us-gov-west-1", "us-gov-west-1.console.amazonaws-us-gov.com", id="aws-us-gov"),
    pytest.param(
        "us-west-2", "us-west-2.console.aws.amazon.com", id="a region that only starts like GovCloud's"
    ),
]


@pytest.mark.parametrize(("region", "host"), CONSOLES)
def test_a_group_is_linked_in_the_console_of_its_partition(region: str, host: str) -> None:
    url = ANYWHERE.group_url(replace(KEY, region=region))
    assert url == f"https://{host}/ec2/home?region={region}#SecurityGroup:groupId=sg-0a1b2c3d4e5f60718"


@pytest.mark.parametrize(("region", "host"), CONSOLES)
def test_an_event_is_linked_in_the_console_of_its_partition(region: str, host: str) -> None:
    url = ANYWHERE.event_url(change(region=region, event_id="7c2f9b1e-01"))
    assert url == f"https://{host}/cloudtrailv2/home?region={region}#/events/7c2f9b1e-01"


@pytest.mark.parametrize("region", ["eu-west-1", "us-gov-west-1"])
def test_through_a_portal_a_link_leads_to_the_same_page_of_the_right_account(region: str) -> None:
    key = replace(KEY, region=region)
    url = IN_PORTAL.group_url(key)
    assert url.startswith(f"{PORTAL}/#/console?")
    query = parse_qs(urlsplit(url).fragment.partition("?")[2], strict_parsing=True)
    assert query == {"account_id": ["111122223333"], "destination": [ANYWHERE.group_url(key)]}
    assert not set(url.partition("destination=")[2]) & set(":/?#&=")


def test_an_event_too_is_linked_through_the_portal() -> None:
    told = change()
    _, _, destination = IN_PORTAL.event_url(told).partition("&destination=")
    assert unquote(destination) == ANYWHERE.event_url(told)


@pytest.mark.parametrize("places", [ANYWHERE, IN_PORTAL], ids=["console", "portal"])
def test_nothing_in_an_id_can_break_out_of_a_link(places: Places) -> None:
    hostile = "x> |&destination=evil#<é\n"
    for url in (
        places.group_url(GroupKey(hostile, hostile, hostile)),
        places.event_url(change(account_id=hostile, region=hostile, event_id=hostile)),
    ):
        assert url.isascii()
        assert not set(url) & set('<>|" \n')
        assert url.count("#") == 1
        assert url.count("&destination=") == (places.portal is not None)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        pytest.param(PORTAL, PORTAL, id="as it is kept"),
        pytest.param(f" {PORTAL}/\n", PORTAL, id="with a slash"),
        pytest.param(f"{PORTAL}/#/", PORTAL, id="as the browser shows it"),
        pytest.param(f"{PORTAL}/#/?tab=accounts", PORTAL, id="as the browser shows its first page"),
        pytest.param("example.awsapps.com", PORTAL, id="the host alone"),
        pytest.param("example.awsapps.com/start", PORTAL, id="without https"),
        pytest.param(
            "https://start.us-gov-home.awsapps.com/directory/d-1", None, id="GovCloud's own path stays"
        ),
    ],
)
def test_the_address_of_a_portal_is_read_as_people_copy_it(text: str, address: str | None) -> None:
    assert portal_address(text) == (address or text)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param("https://", id="no host"),
        pytest.param("#/", id="a fragment alone"),
        pytest.param("http://example.awsapps.com/start", id="not https"),
        pytest.param("https://example.awsapps.com/my start", id="a space"),
        pytest.param("https://example.awsapps.com/start|x", id="a bar, which would end a link"),
        pytest.param("https://example.awsapps.com/start>", id="a bracket, which would end a link"),
    ],
)
def test_what_is_not_the_address_of_a_portal_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"\A"):
        portal_address(text)


def test_whom_the_policy_expects_is_expected_from_their_networks_alone() -> None:
    made = change(
        principal=replace(change().principal, role="ci", account_id="111122223333"),
        origin=replace(change().origin, source_address="203.0.113.7"),
    )
    accounts, roles = frozenset({"111122223333"}), frozenset({"ci"})
    there, elsewhere = (
        Places(expected=(Expected("ci", accounts, roles, (ip_network(network),)),))
        for network in ("203.0.113.0/24", "192.0.2.0/24")
    )
    assert there.expects(made)
    assert not elsewhere.expects(made)
    assert not ANYWHERE.expects(made)
