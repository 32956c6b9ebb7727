"""Who made a change, by what means and from where, as a channel sees it: through bot.handlers."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from typing import Any

import pytest

from bot import parts
from bot.core.expected import Expected
from bot.core.named_networks import NamedNetworks
from bot.core.quieting import QuietPolicy
from bot.policy import Policy
from sandbox import CHANNEL, Sandbox
from sandbox.aws import ACCOUNT_ID, TABLE_NAME
from sandbox.principals import (
    ALICE,
    BALANCER,
    CALLED_ALICE,
    DANA,
    ERIN,
    FRANK,
    PRETENDER,
    ROOT,
    STRANGER,
    TERRAFORM,
    THROUGH_CLOUDFORMATION,
    Principal,
    role_session,
)
from sandbox.slack_objects import ALICE as ALICE_IN_SLACK
from sandbox.stories import play

NETWORKS = NamedNetworks(
    (("Seoul office", ip_network("203.0.113.0/24")), ("partner", ip_network("198.51.100.0/28")))
)
ACCOUNTS = {ACCOUNT_ID: "payments-prod", "444455556666": "shop-dev"}


@contextmanager
def told(sandbox: Sandbox, policy: Policy) -> Iterator[None]:
    """Have the bot go by *policy*."""
    with parts.by_policy(policy):
        sandbox.functions.start_cold()
        yield
    sandbox.functions.start_cold()


def the_card(sandbox: Sandbox) -> Any:
    (card,) = sandbox.slack.messages(CHANNEL)
    return card


def opened(sandbox: Sandbox, principal: Principal, source: str = "10.0.0.0/8") -> Any:
    """Add a rule as *principal*, and give the card that tells it."""
    permission = sandbox.groups.permission(9000, source, None)
    group_id = sandbox.groups.ids["web-prod"]
    sandbox.ec2("AuthorizeSecurityGroupIngress", principal, GroupId=group_id, IpPermissions=[permission])
    sandbox.drain()
    return the_card(sandbox)


class TestOrigin:
    @pytest.mark.parametrize(
        ("principal", "who"),
        [
            pytest.param(
                ALICE,
                "alice@example.com · AWS console · SSO AdministratorAccess · from 203.0.113.7",
                id="console",
            ),
            pytest.param(ERIN, "erin · AWS CLI · IAM user, long-term key · from 192.0.2.15", id="CLI"),
            pytest.param(
                TERRAFORM,
                "ci-terraform · Terraform · role ci-terraform-apply · from 192.0.2.200",
                id="Terraform, by a role that is called so",
            ),
            pytest.param(
                PRETENDER,
                "mallory · Terraform (says its user agent) · IAM user, long-term key · from 198.51.100.99",
                id="what says that it is Terraform",
            ),
            pytest.param(
                CALLED_ALICE,
                "alice@example.com (session name) · AWS SDK · role lambda-exec · from 198.51.100.77",
                id="a session that chose to be called by an address",
            ),
            pytest.param(
                THROUGH_CLOUDFORMATION,
                "alice@example.com · CloudFormation on their behalf · SSO AdministratorAccess",
                id="CloudFormation for a person",
            ),
            pytest.param(
                BALANCER,
                "elasticloadbalancing · AWS service · role AWSServiceRoleForElasticLoadBalancing",
                id="a service by its own role",
            ),
            pytest.param(
                STRANGER,
                "deploy-7 · AWS SDK · role deployer · of account 999988887777 · from 198.51.100.200",
                id="a role of another account",
            ),
        ],
    )
    def test_a_card_says_by_what_means_and_how_one_knows(
        self, sandbox: Sandbox, principal: Principal, who: str
    ) -> None:
        # From a public address, as what services do within the network is not posted.
        assert opened(sandbox, principal, "8.8.8.8/32").plain().splitlines()[1] == who

    def test_terraform_is_what_calls_by_a_role_that_the_policy_expects(self, sandbox: Sandbox) -> None:
        usual = Expected(
            "ci", frozenset({ACCOUNT_ID}), frozenset({"ci-terraform-apply"}), (ip_network("192.0.2.0/24"),)
        )
        with told(sandbox, Policy(quieting=QuietPolicy(expected=(usual,)))):
            shown = opened(sandbox, TERRAFORM).plain()
        assert "ci-terraform · Terraform · role ci-terraform-apply · from 192.0.2.200\n" in shown


class TestNetworks:
    def test_a_source_address_goes_by_its_name(self, sandbox: Sandbox) -> None:
        with told(sandbox, Policy(networks=NETWORKS)):
            assert "· from Seoul office (203.0.113.7)\n" in opened(sandbox, ALICE).plain()

    def test_one_outside_all_of_them_is_not_a_known_network(self, sandbox: Sandbox) -> None:
        with told(sandbox, Policy(networks=NETWORKS)):
            assert "· from 192.0.2.15 (not a known network)\n" in opened(sandbox, ERIN).plain()

    def test_a_service_is_in_no_network(self, sandbox: Sandbox) -> None:
        with told(sandbox, Policy(networks=NETWORKS)):
            assert "known network" not in opened(sandbox, BALANCER, "8.8.8.8/32").plain()

    def test_the_sources_of_rules_go_by_their_names_too(self, sandbox: Sandbox) -> None:
        with told(sandbox, Policy(networks=NETWORKS)):
            shown = opened(sandbox, ALICE, "198.51.100.4/32").plain()
        assert "+ ingress tcp 9000 from partner (198.51.100.4/32)" in shown


class TestFindings:
    def test_the_root_user_is_medium_at_least(self, sandbox: Sandbox) -> None:
        card = opened(sandbox, ROOT)
        assert card.text.startswith(
            "🟡 Medium, by the root user: ingress tcp 9000 from 10.0.0.0/8 added to web-prod"
        )
        assert "By the account's root user, which everyday work does not need." in card.plain()
        assert "CloudWatch.1" in card.plain()

    def test_so_is_a_session_without_a_second_factor(self, sandbox: Sandbox) -> None:
        card = opened(sandbox, DANA)
        assert card.text.startswith(
            "🟡 Medium, without MFA: ingress tcp 9000 from 10.0.0.0/8 added to web-prod"
        )
        assert "The session was begun without a second factor (MFA)." in card.plain()

    def test_what_the_headline_says_to_be_as_bad_needs_no_other_reason(self, sandbox: Sandbox) -> None:
        assert opened(sandbox, DANA, "0.0.0.0/0").text.startswith("🟠 High: tcp 9000 open to the internet")

    def test_a_burst_says_in_its_headline_what_makes_it_medium(self, sandbox: Sandbox) -> None:
        opened(sandbox, DANA)
        sandbox.create_group("queue-prod", DANA)
        sandbox.drain()
        assert the_card(sandbox).text.startswith("🟡 Medium, without MFA: 2 groups changed")

    def test_a_users_long_term_key_is_said_and_raises_nothing(self, sandbox: Sandbox) -> None:
        card = opened(sandbox, ERIN)
        assert card.text.startswith("🔵 Low: ")
        assert "erin · AWS CLI · IAM user, long-term key · from" in card.plain()

    def test_another_account_is_told_and_is_strange_once_accounts_have_names(self, sandbox: Sandbox) -> None:
        card = opened(sandbox, STRANGER)
        assert card.text.startswith("🔵 Low: ")
        assert "Called from another account: 999988887777." in card.plain()

    def test_an_account_that_is_not_known_is_high(self, sandbox: Sandbox) -> None:
        with told(sandbox, Policy(accounts=ACCOUNTS)):
            card = opened(sandbox, STRANGER)
        assert card.text.startswith("🟠 High, from an unknown account: ")
        assert "Called from account 999988887777, which is not known." in card.plain()

    @pytest.mark.parametrize(
        ("owner", "severity"),
        [("999988887777", "🟠 High"), ("444455556666", "🔵 Low")],
        ids=["strange", "known"],
    )
    def test_so_is_a_rule_that_admits_a_group_of_one(
        self, sandbox: Sandbox, owner: str, severity: str
    ) -> None:
        group_id = sandbox.groups.ids["db-prod"]
        permission = sandbox.groups.permission(5432, "app-prod", None)
        with told(sandbox, Policy(accounts=ACCOUNTS)):
            event = sandbox.groups.call(
                "AuthorizeSecurityGroupIngress", ERIN, GroupId=group_id, IpPermissions=[permission]
            )
            record = event["detail"]
            record.update(errorCode=None, eventID="another", responseElements=None)
            record["requestParameters"]["ipPermissions"]["items"][0]["groups"] = {
                "items": [{"groupId": "sg-0fedcba9876543210", "userId": owner}]
            }
            sandbox.functions.invoke("events", event)
            card = sandbox.slack.messages(CHANNEL)[-1]
        assert card.text.startswith(f"{severity}: ")
        is_told = f"open to a group of unknown account {owner}" in card.text
        assert is_told is (severity == "🟠 High")


class TestGroupsOfCode:
    SENTENCE = "Managed by stack payments-network, changed in the console: will drift."

    def test_a_stacks_group_that_is_changed_by_hand_will_drift(self, sandbox: Sandbox) -> None:
        play(sandbox, "by_hand", "web-prod")
        sandbox.drain()
        (shown,) = [card.plain() for card in sandbox.slack.messages(CHANNEL) if "tcp 8080" in card.plain()]
        assert self.SENTENCE in shown

    def test_a_group_read_after_its_change_tells_its_tags_then(self, sandbox: Sandbox) -> None:
        self.tag(sandbox, "ManagedBy", "terraform")
        shown = opened(sandbox, ALICE).plain()
        assert (
            "Managed by code (says its tag ManagedBy = terraform), changed in the console: will drift."
            in shown
        )

    def test_other_tags_may_say_so_by_the_policy(self, sandbox: Sandbox) -> None:
        self.tag(sandbox, "acme:stack", "net-7")
        with told(sandbox, Policy(managed_tags=frozenset({"acme:stack"}))):
            assert "Managed by code (says its tag acme:stack = net-7)" in opened(sandbox, ALICE).plain()

    def test_code_that_changes_its_own_group_does_not_drift(self, sandbox: Sandbox) -> None:
        self.tag(sandbox, "ManagedBy", "terraform")
        assert "drift" not in opened(sandbox, TERRAFORM).plain()

    def test_a_tag_that_is_taken_away_says_nothing_any_more(self, sandbox: Sandbox) -> None:
        self.tag(sandbox, "ManagedBy", "terraform")
        group_id = sandbox.groups.ids["web-prod"]
        opened(sandbox, TERRAFORM)
        sandbox.ec2("DeleteTags", TERRAFORM, Resources=[group_id], Tags=[{"Key": "ManagedBy"}])
        sandbox.drain()
        sandbox.open_ssh()
        sandbox.drain()
        assert "drift" not in sandbox.slack.messages(CHANNEL)[-1].plain()

    def tag(self, sandbox: Sandbox, key: str, value: str) -> None:
        """Tag web-prod before Panopticon has read it."""
        tags = [{"Key": key, "Value": value}]
        sandbox.aws.ec2.create_tags(Resources=[sandbox.groups.ids["web-prod"]], Tags=tags)


class TestFirstChange:
    WORDS = "· first change in 90 days · ref "

    def test_it_is_said_of_who_was_not_seen_for_ninety_days(self, sandbox: Sandbox) -> None:
        play(sandbox, "back_again", "web-prod")
        sandbox.drain()
        assert self.WORDS in the_card(sandbox).plain()
        sandbox.open_ssh(principal=FRANK)
        sandbox.drain()
        assert self.WORDS not in sandbox.slack.messages(CHANNEL)[-1].plain()

    def test_of_who_was_never_seen_only_once_changes_are_kept_for_that_long(self, sandbox: Sandbox) -> None:
        assert self.WORDS not in opened(sandbox, ERIN).plain()
        sandbox.functions.start_cold()
        self.watch_since(sandbox, timedelta(days=91))
        sandbox.open_ssh("bastion", FRANK)
        sandbox.drain()
        assert self.WORDS in sandbox.slack.messages(CHANNEL)[-1].plain()

    def watch_since(self, sandbox: Sandbox, ago: timedelta) -> None:
        since = datetime.fromtimestamp(sandbox.clock(), UTC) - ago
        item = {"pk": {"S": "WATCH"}, "sk": {"S": "WATCH"}, "since": {"S": since.isoformat()}}
        sandbox.aws.dynamodb.put_item(TableName=TABLE_NAME, Item=item)


@pytest.fixture
def asking(sandbox: Sandbox) -> Iterator[Sandbox]:
    """A workspace whose admin has given the scope by which people are found."""
    before = sandbox.api.scopes
    sandbox.api.scopes = before | {"users:read.email"}
    yield sandbox
    sandbox.api.scopes = before


def lookups(sandbox: Sandbox) -> int:
    return sum(call.method == "users.lookupByEmail" for call in sandbox.slack.calls)


def mentioned(card: Any) -> list[str]:
    """Name whom a card mentions."""
    elements = [
        part for block in card.all_blocks if block["type"] == "rich_text" for part in block["elements"]
    ]
    return [piece["user_id"] for part in elements for piece in part["elements"] if piece["type"] == "user"]


class TestPeople:
    def test_who_is_called_by_an_address_gets_their_name_in_slack_and_no_mention(
        self, asking: Sandbox
    ) -> None:
        card = opened(asking, ALICE)
        assert "Alice Kim · alice@example.com · AWS console · SSO AdministratorAccess" in card.plain()
        assert mentioned(card) == []

    def test_a_mention_is_the_policys_choice(self, asking: Sandbox) -> None:
        with told(asking, Policy(mentions=True)):
            assert mentioned(opened(asking, ALICE)) == [ALICE_IN_SLACK]

    def test_slack_is_asked_once_a_day(self, asking: Sandbox, clock: Any) -> None:
        opened(asking, ALICE)
        clock.advance(3600)
        asking.open_ssh("bastion")
        asking.drain()
        assert lookups(asking) == 1
        assert "Alice Kim" in asking.slack.messages(CHANNEL)[-1].plain()
        clock.advance(86_400)
        asking.open_ssh("db-prod")
        asking.drain()
        assert lookups(asking) == 2

    def test_whom_slack_does_not_know_stays_an_address(self, asking: Sandbox) -> None:
        role = "AWSReservedSSO_AdministratorAccess_0123456789abcdef"
        nobody = replace(ALICE, identity=role_session(role, "zoe@example.com", "ASIAEXAMPLEZOE000001"))
        assert opened(asking, nobody).plain().splitlines()[1].startswith("zoe@example.com · AWS console")
        assert lookups(asking) == 1

    def test_who_chose_an_address_as_the_name_of_a_session_is_neither_taken_for_its_owner_nor_mentioned(
        self, asking: Sandbox
    ) -> None:
        with told(asking, Policy(mentions=True)):
            card = opened(asking, CALLED_ALICE)
        words = "alice@example.com (session name; Alice Kim's address) · AWS SDK · role lambda-exec"
        assert card.plain().splitlines()[1].startswith(words)
        assert mentioned(card) == []

    def test_without_the_scope_nobody_is_asked_for(self, sandbox: Sandbox) -> None:
        assert opened(sandbox, ALICE).plain().splitlines()[1].startswith("alice@example.com · ")
        assert lookups(sandbox) == 0

    def test_a_scope_that_is_taken_away_meanwhile_costs_nothing(self, asking: Sandbox) -> None:
        asking.functions.invoke("events", asking.open_ssh())
        asking.api.scopes -= {"users:read.email"}
        asking.drain()
        assert "Alice Kim" not in the_card(asking).plain()
        assert lookups(asking) == 1

    def test_nobody_is_looked_up_while_a_card_is_posted(self, asking: Sandbox) -> None:
        asking.functions.invoke("events", asking.open_ssh())
        assert lookups(asking) == 0
        assert "alice@example.com" in the_card(asking).plain()
