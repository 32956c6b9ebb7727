"""What must be said of every event in tests/events, from its JSON to the card, whatever the card's layout."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from bot.core.alerts import Alert, is_worth_telling
from bot.core.cloudtrail import changes_a_group
from bot.slack.cards import draw_card
from bot.slack.lines import rule_lines
from bot.slack.wording import group_words, outcome_words, what_words, who_line
from tests.records import alert_of, event_names, load_event
from tests.slack.reading import read_mrkdwn

WEB = "sg-0a1b2c3d4e5f60718"
DB = "sg-0b2c3d4e5f6071829"
APP = "sg-0c3d4e5f607182930"


@dataclass(frozen=True)
class Story:
    """
    What a reader must learn of one event.

    *severity* is the word in which the headline begins, None where the event is history only. *who* and *says* are phrases
    that must appear somewhere. *groups* are all groups that the change names, the ones to find it by.
    """

    severity: str | None
    who: tuple[str, ...]
    groups: tuple[str, ...]
    says: tuple[str, ...]


PIPELINE = ("pipeline-4711", "Terraform", "role ci-terraform-apply", "203.0.113.7")
BOB = ("bob", "AWS CLI", "IAM user", "203.0.113.7")
ALICE = ("alice", "AWS CLI", "IAM user", "203.0.113.7")
ALICE_BY_SDK = ("alice", "AWS SDK", "IAM user", "203.0.113.7")
ALICE_BY_SOMETHING = ("alice", "IAM user", "203.0.113.7")
CAROL = ("carol@example.com", "AWS console", "SSO AdministratorAccess", "203.0.113.7")
ROOT = ("root user", "AWS console", "203.0.113.7")
ERIN = ("erin", "AWS CLI", "IAM user", "203.0.113.7")
JANITOR = ("network-janitor", "AWS SDK", "role network-janitor", "198.51.100.20")
STACK = ("AWSCloudFormation", "CloudFormation", "role stack-deployer")

STORIES = {
    "associate_vpc": Story(
        "Low",
        PIPELINE,
        (WEB,),
        ("associated with vpc-0fedcba9876543210", "may now be put on what is in vpc-0fedcba9876543210"),
    ),
    "associate_vpc_denied": Story(
        "Denied",
        BOB,
        (WEB,),
        ("not authorised (Client.UnauthorizedOperation)", "bob tried to associate"),
    ),
    "authorize_egress_all_traffic_zero_ports": Story(
        "Informational",
        PIPELINE,
        (APP,),
        ("+ egress all traffic to 0.0.0.0/0", "+ egress all traffic to ::/0"),
    ),
    "authorize_egress_prefix_list": Story(
        "Informational", JANITOR, (APP,), ("+ egress tcp 443 to pl-0fedcba9876543210",)
    ),
    "authorize_egress_to_group": Story(
        "Informational",
        ALICE_BY_SDK,
        (WEB,),
        (
            "+ egress tcp 5432 to sg-0b2c3d4e5f6071829",
            '"database"',
        ),
    ),
    "authorize_ingress_2017_by_root": Story(
        "Low",
        ROOT,
        ("sg-1a2b3c4d",),
        ("HTTPS (tcp 443) open to the internet", "+ ingress tcp 443 from 0.0.0.0/0"),
    ),
    "authorize_ingress_2018": Story("Low", ALICE, ("sg-1a2b3c4d",), ("+ ingress tcp 443 from 10.0.0.0/8",)),
    "authorize_ingress_2021": Story(
        "Low", CAROL, (WEB,), ('+ ingress tcp 8443 from 198.51.100.0/24 "partner"',)
    ),
    "authorize_ingress_all_tcp_from_world": Story(
        "Critical", ERIN, (WEB,), ("every tcp port open to the internet", "+ ingress all tcp from 0.0.0.0/0")
    ),
    "authorize_ingress_all_traffic_from_world": Story(
        "Critical",
        PIPELINE,
        (WEB,),
        (
            "everything open to the internet",
            "+ ingress all traffic from 0.0.0.0/0",
            "+ ingress all traffic from ::/0",
        ),
    ),
    "authorize_ingress_all_traffic_without_ports": Story(
        "Low", PIPELINE, (APP,), ("+ ingress all traffic from 10.30.0.0/16",)
    ),
    "authorize_ingress_bare_lists": Story(
        "Low", ALICE_BY_SOMETHING, (APP,), ("+ ingress udp 53 from 10.0.0.0/8",)
    ),
    "authorize_ingress_by_another_account": Story(
        "Low",
        ("account 444455556666", "AWS SDK", "another account", "198.51.100.20"),
        (APP,),
        ("+ ingress tcp 22 from 10.9.0.0/16",),
    ),
    "authorize_ingress_by_federated_user": Story(
        "Low",
        ("frank", "AWS SDK", "federated user", "198.51.100.20"),
        (APP,),
        ("+ ingress tcp 22 from 10.9.0.0/16",),
    ),
    "authorize_ingress_by_identity_center_user": Story(
        "Low",
        ("94482488-3041-7005-8a5c-dc0e2ad9b1d1", "AWS console", "Identity Center user", "203.0.113.7"),
        (APP,),
        ("+ ingress tcp 22 from 10.9.0.0/16",),
    ),
    "authorize_ingress_by_name_from_cloudformation": Story(
        "Low", STACK, ("sg-5e6f7081",), ("+ ingress tcp 80 from 10.0.0.0/8", "legacy-web")
    ),
    "authorize_ingress_by_service": Story(
        "Low",
        ("elasticbeanstalk.amazonaws.com", "AWS service"),
        (APP,),
        ("+ ingress tcp 80 from sg-0a1b2c3d4e5f60718",),
    ),
    "authorize_ingress_by_service_role": Story(
        "Low",
        ("ElasticLoadBalancing", "AWS service", "role AWSServiceRoleForElasticLoadBalancing"),
        (APP,),
        ("+ ingress tcp 30000–32767 from sg-0a1b2c3d4e5f60718",),
    ),
    "authorize_ingress_by_web_identity": Story(
        "Low",
        ("1100220033", "AWS SDK", "web identity", "198.51.100.20"),
        (APP,),
        ("+ ingress tcp 22 from 10.9.0.0/16",),
    ),
    "authorize_ingress_denied": Story(
        "Denied",
        BOB,
        (WEB,),
        (
            "open RDP (tcp 3389) to the internet",
            "+ ingress tcp 3389 from 0.0.0.0/0",
            "not authorised (Client.UnauthorizedOperation)",
        ),
    ),
    "authorize_ingress_denied_without_parameters": Story(
        "Denied",
        BOB,
        (),
        ("AuthorizeSecurityGroupIngress", "not authorised", "a group that the record does not name"),
    ),
    "authorize_ingress_direct_parameters": Story(
        "Low", ALICE_BY_SDK, (WEB,), ("+ ingress tcp 3389 from 198.51.100.0/24",)
    ),
    "authorize_ingress_direct_parameters_2019": Story(
        "Low", ALICE_BY_SDK, (WEB,), ("+ ingress tcp 8080–8090 from 10.20.0.0/16",)
    ),
    "authorize_ingress_dry_run": Story(None, ALICE, (WEB,), ("+ ingress tcp 22 from 0.0.0.0/0", "A dry run")),
    "authorize_ingress_duplicate": Story(
        None, PIPELINE, (WEB,), ("+ ingress tcp 443 from 0.0.0.0/0", "Client.InvalidPermission.Duplicate")
    ),
    "authorize_ingress_empty_response": Story("Low", ALICE, (WEB,), ("+ ingress tcp 8081 from 10.0.0.0/8",)),
    "authorize_ingress_from_own_group": Story(
        "Low", ALICE_BY_SDK, (APP,), ("+ ingress all traffic from sg-0c3d4e5f607182930",)
    ),
    "authorize_ingress_from_peered_vpc": Story(
        "Low", PIPELINE, (APP,), ("+ ingress tcp 8000–8100 from sg-0d4e5f60718293041 (account 444455556666)",)
    ),
    "authorize_ingress_group_by_referenced_id": Story(
        "Low", ALICE_BY_SDK, (APP,), ("+ ingress tcp 9000 from sg-0a1b2c3d4e5f60718",)
    ),
    "authorize_ingress_host_bits": Story("Low", ALICE, (WEB,), ("+ ingress tcp 22 from 203.0.113.0/24",)),
    "authorize_ingress_icmp_code": Story(
        "Low", ALICE, (APP,), ("+ ingress icmp destination unreachable code 4 from 10.0.0.0/8",)
    ),
    "authorize_ingress_icmp_echo": Story(
        "Low", ALICE, (APP,), ("+ ingress icmp echo request from 10.0.0.0/8",)
    ),
    "authorize_ingress_icmpv6_all_2022": Story(
        "Low", ALICE, (APP,), ("+ ingress icmpv6 all types from 2001:db8::/32",)
    ),
    "authorize_ingress_invalid_ports": Story(
        None, ALICE, (WEB,), ("AuthorizeSecurityGroupIngress", "Client.InvalidParameterValue")
    ),
    "authorize_ingress_ipv6_from_console": Story(
        "Low",
        CAROL,
        (WEB,),
        ("HTTPS (tcp 443) open to the internet", '+ ingress tcp 443 from ::/0 "public site"'),
    ),
    "authorize_ingress_ipv6_ranges": Story(
        "Low",
        ALICE,
        (APP,),
        ("+ ingress udp 4500 from 2001:db8:1::/48", '+ ingress udp 4500 from 2001:db8:2::/48 "vpn, branch"'),
    ),
    "authorize_ingress_limit_exceeded": Story(
        None,
        PIPELINE,
        (WEB,),
        ("+ ingress tcp 9000 from 10.0.0.0/8", "Client.RulesPerSecurityGroupLimitExceeded"),
    ),
    "authorize_ingress_missing_members": Story("Low", ALICE, (WEB,), ("+ ingress tcp 8080 from 10.0.0.0/8",)),
    "authorize_ingress_omitted_parameters": Story(
        "High",
        PIPELINE,
        (),
        ("AWS left the rules out of its record", "a group that the record does not name"),
    ),
    "authorize_ingress_omitted_permissions": Story(
        "High", PIPELINE, (DB,), ("AWS left the rules out of its record",)
    ),
    "authorize_ingress_omitted_request": Story(
        "Low", PIPELINE, (DB,), ("+ ingress tcp 3306 from 10.20.0.0/16",)
    ),
    "authorize_ingress_omitted_response": Story(
        "Low",
        PIPELINE,
        (DB,),
        ("+ ingress tcp 5433 from 10.20.0.0/16", "+ ingress tcp 5433 from 10.21.0.0/16"),
    ),
    "authorize_ingress_port_zero": Story("Low", ALICE, (APP,), ("+ ingress tcp 0 from 10.0.0.0/8",)),
    "authorize_ingress_ports_as_text": Story(
        "Low", ALICE_BY_SOMETHING, (APP,), ("+ ingress tcp 8443 from 10.1.0.0/16",)
    ),
    "authorize_ingress_prefix_lists": Story(
        "Low",
        ALICE,
        (WEB,),
        (
            '+ ingress tcp 443 from pl-0123456789abcdef0 "office"',
            '+ ingress tcp 443 from pl-0fedcba9876543210 "cdn origin"',
        ),
    ),
    "authorize_ingress_protocol_number": Story(
        "Low", ALICE, (APP,), ("+ ingress protocol 50 from 192.0.2.0/24",)
    ),
    "authorize_ingress_protocols_by_number": Story(
        "Low",
        ALICE,
        (APP,),
        (
            "+ ingress icmpv6 echo request code 0 from 2001:db8::/32",
            "+ ingress protocol 47 from 10.1.0.0/16",
            "+ ingress tcp 9100 from 10.1.0.0/16",
            "+ ingress udp 53 from 10.1.0.0/16",
        ),
    ),
    "authorize_ingress_session_without_issuer": Story(
        "Low",
        ("nightly=run+7@build.example", "AWS SDK", "role runner", "198.51.100.20"),
        (APP,),
        ("+ ingress tcp 22 from 10.9.0.0/16",),
    ),
    "authorize_ingress_several_groups": Story(
        "Low",
        ALICE_BY_SDK,
        (DB,),
        (
            "+ ingress tcp 5432 from sg-0a1b2c3d4e5f60718",
            '"web tier"',
            "+ ingress tcp 5432 from sg-0c3d4e5f607182930",
            '+ ingress tcp 5432 from sg-0d4e5f60718293041 (account 444455556666) "reporting"',
        ),
    ),
    "authorize_ingress_several_ports_from_world": Story(
        "Critical",
        ("dave", "AWS CLI", "IAM user", "203.0.113.7"),
        (WEB,),
        (
            "MySQL (tcp 3306) and 3 more open to the internet",
            "+ ingress tcp 3306 from 0.0.0.0/0",
            "+ ingress tcp 3306 from ::/0",
            "+ ingress udp 8000–8100 from ::/0",
            "+ ingress icmpv6 all types from ::/0",
            "+ ingress tcp 443 from ::/0",
        ),
    ),
    "authorize_ingress_several_sources": Story(
        "Low",
        PIPELINE,
        (DB,),
        (
            '+ ingress tcp 5432 from 10.20.0.0/16 "app subnets"',
            "+ ingress tcp 5432 from 192.0.2.10/32",
            "+ ingress tcp 5432 from 2001:db8:1234::/48",
            '+ ingress tcp 5432 from pl-0123456789abcdef0 "office"',
            "+ ingress tcp 5432 from sg-0d4e5f60718293041 (account 444455556666)",
        ),
    ),
    "authorize_ingress_several_sources_2020": Story(
        "Low",
        PIPELINE,
        (DB,),
        (
            '+ ingress tcp 5432 from 10.20.0.0/16 "app subnets"',
            "+ ingress tcp 5432 from 192.0.2.10/32",
            "+ ingress tcp 5432 from 2001:db8:1234::/48",
            '+ ingress tcp 5432 from pl-0123456789abcdef0 "office"',
            "+ ingress tcp 5432 from sg-0d4e5f60718293041 (account 444455556666)",
        ),
    ),
    "authorize_ingress_source_group_by_name": Story(
        "Not understood", ALICE, (WEB,), ("AuthorizeSecurityGroupIngress", "AWS reports success")
    ),
    "authorize_ingress_ssh_from_world": Story(
        "Critical",
        CAROL,
        (WEB,),
        ("SSH (tcp 22) open to the internet", '+ ingress tcp 22 from 0.0.0.0/0 "temp debug"'),
    ),
    "authorize_ingress_unknown_source": Story(
        "Not understood", ALICE, (WEB,), ("AuthorizeSecurityGroupIngress", "AWS reports success")
    ),
    "authorize_ingress_wide_range": Story(
        "Medium",
        ALICE,
        (WEB,),
        ("tcp 443 open to the wide public range 52.0.0.0/8", "+ ingress tcp 443 from 52.0.0.0/8"),
    ),
    "authorize_ingress_without_identity": Story(
        "Low",
        ("someone the record does not name", "203.0.113.7"),
        (APP,),
        ("+ ingress tcp 22 from 10.9.0.0/16",),
    ),
    "authorize_ingress_without_identity_type": Story(
        "Low", ("ec2.amazonaws.com", "AWS service"), (APP,), ("+ ingress tcp 443 from pl-0123456789abcdef0",)
    ),
    "create_by_terraform": Story(
        "Informational", PIPELINE, ("sg-0e5f607182930415a",), ("payments-api created",)
    ),
    "create_denied": Story(
        "Denied", BOB, (), ("not authorised (Client.UnauthorizedOperation)", "bob tried to create shadow")
    ),
    "create_duplicate": Story(
        None, PIPELINE, (), ("Client.InvalidGroup.Duplicate", "payments-api", "not created")
    ),
    "create_in_default_vpc": Story("Medium", CAROL, ("sg-0f6071829304152b3",), ("launch-wizard-7 created",)),
    "create_tags_among_others": Story(
        None, PIPELINE, (WEB,), ("+ tag team = payments", "+ tag critical = true")
    ),
    "create_tags_managed_by": Story(None, PIPELINE, (WEB, DB), ("+ tag managed-by = terraform",)),
    "create_without_response": Story("Informational", ALICE_BY_SDK, (), ("batch-workers created",)),
    "delete_by_name": Story("Informational", STACK, (), ("legacy-web deleted", "What it held is not known")),
    "delete_by_root": Story("Informational", ROOT, (DB,), ("deleted", "What it held is not known")),
    "delete_by_user": Story("Informational", ERIN, (WEB,), ("deleted", "What it held is not known")),
    "delete_denied": Story(
        "Denied", BOB, (DB,), ("not authorised (Client.UnauthorizedOperation)", "bob tried to delete")
    ),
    "delete_dependency_violation": Story(None, ALICE, (APP,), ("Client.DependencyViolation", "not deleted")),
    "delete_tags_all_of_two_groups": Story(
        "Low", ALICE_BY_SDK, (WEB, DB), ("all tags removed", "1 more group")
    ),
    "delete_tags_denied": Story(None, BOB, (WEB,), ("− tag managed-by", "not authorised")),
    "delete_tags_managed_by": Story("Low", ALICE, (WEB,), ("− tag managed-by", "− tag team = payments")),
    "delete_tags_of_team": Story(None, ALICE, (WEB,), ("− tag team",)),
    "disassociate_vpc": Story(
        "Informational", PIPELINE, (WEB,), ("disassociated from vpc-0fedcba9876543210",)
    ),
    "modify_instance_groups": Story(
        "Low",
        ALICE,
        (WEB, APP),
        ("i-0a1b2c3d4e5f60718 now has sg-0a1b2c3d4e5f60718, sg-0c3d4e5f607182930 and no other group",),
    ),
    "modify_instance_groups_denied": Story(
        "Denied",
        BOB,
        (WEB,),
        ("not authorised (Client.UnauthorizedOperation)", "bob tried to put"),
    ),
    "modify_interface_one_group": Story(
        "Low", CAROL, (WEB,), ("eni-0a1b2c3d4e5f60718 now has sg-0a1b2c3d4e5f60718 and no other group",)
    ),
    "modify_interface_three_groups": Story(
        "Low",
        ALICE_BY_SDK,
        (WEB, DB, APP),
        (
            "eni-0a1b2c3d4e5f60718 now has sg-0a1b2c3d4e5f60718, sg-0b2c3d4e5f6071829, sg-0c3d4e5f607182930 and no other group",
        ),
    ),
    "modify_prefix_list_denied": Story(
        "Denied",
        BOB,
        (),
        ("prefix list pl-0123456789abcdef0", "+ 0.0.0.0/0", "not authorised (Client.UnauthorizedOperation)"),
    ),
    "modify_prefix_list_entry_removed": Story(
        "Informational", ALICE, (), ("prefix list pl-0123456789abcdef0", "− 192.0.2.0/24")
    ),
    "modify_prefix_list_omitted_parameters": Story(
        "High",
        PIPELINE,
        (),
        (
            "prefix list pl-0123456789abcdef0 changed, AWS left out how",
            "AWS left the entries out of its record.",
        ),
    ),
    "modify_prefix_list_one_entry": Story(
        "Low", ALICE, (), ("prefix list pl-0123456789abcdef0", '+ 198.51.100.0/24 "new office"')
    ),
    "modify_prefix_list_renamed": Story(
        None, CAROL, (), ("prefix list pl-0123456789abcdef0", "changed, but for its entries")
    ),
    "modify_prefix_list_several_entries": Story(
        "High",
        PIPELINE,
        (),
        (
            "every rule that names pl-0123456789abcdef0 open to the internet",
            '+ 0.0.0.0/0 "true"',
            "+ 10.8.0.0/16",
            "− 192.0.2.0/24",
            "− 192.0.2.128/25",
        ),
    ),
    "modify_prefix_list_stale_version": Story(
        None,
        PIPELINE,
        (),
        ("prefix list pl-0123456789abcdef0", "+ 10.8.0.0/16", "Client.PrefixListVersionMismatch"),
    ),
    "modify_rules": Story(
        "High",
        CAROL,
        (WEB,),
        (
            "tcp 8443 open to the internet",
            'now tcp 8443 from 0.0.0.0/0 "true"',
            "does not say whether that is ingress or egress",
        ),
    ),
    "modify_rules_denied": Story(
        "Denied",
        BOB,
        (WEB,),
        (
            "open everything to the internet",
            "now all traffic from 0.0.0.0/0",
            "now all traffic from ::/0",
            "not authorised (Client.UnauthorizedOperation)",
        ),
    ),
    "modify_rules_not_found": Story(
        None, ALICE, (WEB,), ("now tcp 22 from 10.0.0.0/8", "Client.InvalidSecurityGroupRuleId.NotFound")
    ),
    "modify_rules_omitted_parameters": Story(
        "High",
        PIPELINE,
        (),
        ("AWS left the rules out of its record", "a group that the record does not name"),
    ),
    "modify_rules_several": Story(
        "Low",
        PIPELINE,
        (DB,),
        (
            "now all traffic from sg-0c3d4e5f607182930",
            'now tcp 5432 from 2001:db8:1234::/48 "5432"',
            'now tcp 5432 from pl-0123456789abcdef0 "office"',
            "does not say whether that is ingress or egress",
        ),
    ),
    "modify_rules_to_private_range": Story(
        "Low",
        ALICE_BY_SDK,
        (WEB,),
        ('now tcp 22 from 10.0.0.0/8 "false"', "does not say whether that is ingress or egress"),
    ),
    "modify_rules_without_source": Story(
        "Not understood", CAROL, (WEB,), ("ModifySecurityGroupRules", "AWS reports success")
    ),
    "restore_prefix_list": Story(
        "Medium",
        CAROL,
        (),
        (
            "prefix list pl-0123456789abcdef0",
            "set back to version 1",
            "Which entries that brings back is not told",
        ),
    ),
    "revoke_egress_by_rule_id_set": Story(
        "Informational", ALICE, (WEB,), ("− rule sgr-0eeeeffff00001111, what it admitted is not known",)
    ),
    "revoke_egress_default": Story("Informational", PIPELINE, (WEB,), ("− egress all traffic to 0.0.0.0/0",)),
    "revoke_egress_several": Story(
        "Informational",
        JANITOR,
        (APP,),
        (
            "− egress tcp 443 to ::/0",
            "− egress tcp 443 to pl-0fedcba9876543210",
            "− egress udp 123 to sg-0c3d4e5f607182930",
        ),
    ),
    "revoke_ingress_2023": Story(
        "Informational", ALICE, (WEB,), ('− ingress tcp 22 from 0.0.0.0/0 "temp debug"',)
    ),
    "revoke_ingress_by_name": Story(
        "Informational", STACK, (), ("− ingress tcp 80 from 10.0.0.0/8", "legacy-web")
    ),
    "revoke_ingress_by_rule_ids": Story(
        "Informational",
        CAROL,
        (DB,),
        (
            "− rule sgr-0aaaabbbbccccdddd, what it admitted is not known",
            "− rule sgr-0eeeeffff00001111, what it admitted is not known",
        ),
    ),
    "revoke_ingress_by_rule_ids_bare": Story(
        "Informational", ALICE, (WEB,), ("− rule sgr-0aaaabbbbccccdddd, what it admitted is not known",)
    ),
    "revoke_ingress_denied": Story(
        "Denied",
        BOB,
        (DB,),
        ("− ingress tcp 5432 from 10.20.0.0/16", "not authorised (Client.UnauthorizedOperation)"),
    ),
    "revoke_ingress_direct_parameters": Story(
        "Informational", ALICE_BY_SDK, (WEB,), ("− ingress tcp 22 from 0.0.0.0/0",)
    ),
    "revoke_ingress_not_found": Story(
        None, ALICE, (WEB,), ("− ingress tcp 22 from 0.0.0.0/0", "Client.InvalidPermission.NotFound")
    ),
    "revoke_ingress_nothing_matched": Story(None, ALICE, (WEB,), ("0 rules removed",)),
    "revoke_ingress_omitted_parameters": Story(
        "Informational",
        PIPELINE,
        (),
        ("AWS left the rules out of its record", "a group that the record does not name"),
    ),
    "revoke_ingress_revoked_set": Story(
        "Informational", CAROL, (DB,), ('− ingress tcp 5432 from 10.20.0.0/16 "app subnets"',)
    ),
    "update_descriptions_by_rule_ids": Story(
        "Informational",
        CAROL,
        (WEB,),
        (
            'rule sgr-0aaaabbbbccccdddd: now "public site"',
            "rule sgr-0eeeeffff00001111: now without description",
        ),
    ),
    "update_descriptions_cleared": Story(
        "Informational", ALICE, (DB,), ("ingress tcp 5432 from 10.20.0.0/16: now without description",)
    ),
    "update_descriptions_denied": Story(
        "Denied",
        BOB,
        (DB,),
        ('egress tcp 443 to 0.0.0.0/0: now "updates"', "not authorised (Client.UnauthorizedOperation)"),
    ),
    "update_descriptions_egress": Story(
        "Informational", ALICE_BY_SDK, (WEB,), ('egress all traffic to 0.0.0.0/0: now "anywhere"',)
    ),
    "update_descriptions_ingress": Story(
        "Informational", ALICE, (WEB,), ('ingress tcp 443 from 0.0.0.0/0: now "public site"',)
    ),
}


TOLD = [name for name, story in STORIES.items() if story.severity]
HISTORY_ONLY = [name for name, story in STORIES.items() if not story.severity]

NOBODY_CAN_MEAN = re.compile(r"\b(undefined|None|null|NaN|unknown user)\b|\{\}|\[\]")


def told_of(name: str) -> Alert:
    """Raise the alert of an event whose group nobody knows yet."""
    return alert_of(name, name=None)


def shown(part: Any) -> Iterator[str]:
    """Give what people read in a message or a part of one."""
    match part:
        case {"type": "mrkdwn", "text": str(text)}:
            yield read_mrkdwn(text).shown
        case dict():
            for name in ("text", "elements", "blocks", "attachments"):
                yield from shown(part.get(name))
        case list():
            for entry in part:
                yield from shown(entry)
        case str():
            yield part


def card_words(alert: Alert) -> str:
    """Give everything that the card of *alert* says, its headline first."""
    card = draw_card(alert)
    return "\n".join([read_mrkdwn(card["text"]).shown, *shown(card["attachments"])])


def history_words(alert: Alert) -> str:
    """Give everything that lists and windows say of a change that has no card."""
    change = alert.digest.change
    words = [group_words(change), what_words(alert.digest), outcome_words(change), who_line(change)]
    return "\n".join([*words, *rule_lines(alert.digest)])


def test_every_event_has_a_story_but_the_foreign_ones() -> None:
    foreign = {name for name in event_names() if not changes_a_group(load_event(name))}
    assert foreign == {name for name in event_names() if name.startswith("foreign_")}
    assert set(event_names()) - foreign == set(STORIES)


@pytest.mark.parametrize("name", STORIES)
def test_an_event_is_told_or_is_history_only(name: str) -> None:
    change = told_of(name).digest.change
    assert is_worth_telling(change) is (STORIES[name].severity is not None)


@pytest.mark.parametrize("name", STORIES)
def test_a_change_is_found_by_each_group_that_its_record_names(name: str) -> None:
    change = told_of(name).digest.change
    assert tuple(key.group_id for key in change.groups) == STORIES[name].groups


@pytest.mark.parametrize("name", TOLD)
def test_a_card_says_how_bad_it_is_who_did_what_and_to_which_group(name: str) -> None:
    story, alert = STORIES[name], told_of(name)
    words = card_words(alert)
    assert re.match(rf"\W*{story.severity}\b", words)
    assert [phrase for phrase in (*story.who, *story.groups[:1], *story.says) if phrase not in words] == []
    assert alert.digest.change.account_id in words
    assert alert.digest.change.region in words


@pytest.mark.parametrize("name", HISTORY_ONLY)
def test_history_says_who_tried_or_did_what_and_what_came_of_it(name: str) -> None:
    story, words = STORIES[name], history_words(told_of(name))
    assert [phrase for phrase in (*story.who, *story.says) if phrase not in words] == []


@pytest.mark.parametrize("name", STORIES)
def test_no_placeholder_stands_where_a_name_or_a_value_should(name: str) -> None:
    alert = told_of(name)
    for words in (card_words(alert), history_words(alert)):
        assert NOBODY_CAN_MEAN.findall(words) == []
