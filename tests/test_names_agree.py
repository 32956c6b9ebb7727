"""What code, serverless.yml and manifest.json each name must be the same thing."""

import ast
import importlib
import inspect
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from bot.aws import parameters
from bot.core.calls import CALLS
from bot.core.cloudtrail import EC2_EVENT_SOURCE
from bot.settings import Settings
from bot.slack import (
    answers,
    cards,
    catch_up_card,
    exposed_answer,
    gathered_view,
    menus,
    mute_views,
    mutes_answer,
    notifier,
    quiet_answer,
    rules_at_answer,
    views,
    why_answer,
)
from bot.slack.burst_windows import BurstWindows
from bot.slack.commands import COMMAND
from bot.slack.http import PATH
from bot.slack.ledger_questions import LedgerQuestions
from bot.slack.listeners import Listeners
from bot.slack.questions import Questions
from bot.slack.quiet_listeners import QuietListeners

ROOT = Path(__file__).parent.parent

# The scope that each method of Slack's needs. https://docs.slack.dev/reference/methods
SCOPES = {
    "chat_postMessage": "chat:write",
    "chat_update": "chat:write",
    "chat_delete": "chat:write",
    "chat_scheduleMessage": "chat:write",
    "chat_deleteScheduledMessage": "chat:write",
    "views_open": None,
    "views_update": None,
    "conversations_history": "channels:history",
    "users_lookupByEmail": "users:read.email",
}
# Asked for by nobody: what uses it does without.
OPTIONAL_SCOPES = {"channels:history", "users:read.email"}

MANIFEST = json.loads((ROOT / "manifest.json").read_text())


class CloudFormation(yaml.SafeLoader):
    """Reads CloudFormation's short functions as what they take."""


def take(loader: CloudFormation, _: str, node: yaml.Node) -> Any:
    match node:
        case yaml.ScalarNode():
            return loader.construct_scalar(node)
        case yaml.SequenceNode():
            return loader.construct_sequence(node, deep=True)
        case yaml.MappingNode():
            return loader.construct_mapping(node, deep=True)


CloudFormation.add_multi_constructor("!", take)
SERVERLESS = yaml.load((ROOT / "serverless.yml").read_text(), Loader=CloudFormation)
RESOURCES = SERVERLESS["resources"]["Resources"]


def source_of(*folders: str) -> str:
    return "\n".join(path.read_text() for folder in folders for path in sorted((ROOT / folder).glob("*.py")))


def called_methods(source: str, prefixes: tuple[str, ...]) -> set[str]:
    """Name the methods with these prefixes that *source* mentions."""
    names = {node.attr for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Attribute)}
    return {name for name in names if name.startswith(prefixes)}


def statements(role: str) -> Iterator[dict[str, Any]]:
    for policy in RESOURCES[role]["Properties"]["Policies"]:
        yield from policy["PolicyDocument"]["Statement"]


def actions(role: str) -> set[str]:
    found: set[str] = set()
    for statement in statements(role):
        action = statement["Action"]
        found |= set(action) if isinstance(action, list) else {action}
    return found


def test_the_event_pattern_names_the_calls_that_the_parser_knows_letter_by_letter() -> None:
    pattern = RESOURCES["ChangesRule"]["Properties"]["EventPattern"]
    assert pattern["source"] == ["aws.ec2"]
    assert pattern["detail-type"] == ["AWS API Call via CloudTrail"]
    assert pattern["detail"]["eventSource"] == [EC2_EVENT_SOURCE]
    named = [name for choice in pattern["detail"]["$or"] for name in choice["eventName"]]
    assert sorted(named) == sorted(CALLS)


def test_each_function_is_there_under_the_name_that_lambda_calls() -> None:
    for name, function in SERVERLESS["functions"].items():
        module, _, attribute = function["handler"].rpartition(".")
        handler = getattr(importlib.import_module(module), attribute)
        assert attribute == name
        assert list(inspect.signature(handler).parameters) == ["event", "context"]
        assert function["role"] in RESOURCES


def test_the_environment_is_what_the_settings_read() -> None:
    read = set(re.findall(r'"([A-Z][A-Z_]+)"', inspect.getsource(Settings)))
    assert set(SERVERLESS["provider"]["environment"]) == read | {"LOG_LEVEL"}  # which Powertools reads itself


def test_the_command_and_the_address_are_the_manifests() -> None:
    (command,) = MANIFEST["features"]["slash_commands"]
    assert command["command"] == COMMAND
    urls = {command["url"], MANIFEST["settings"]["interactivity"]["request_url"]}
    assert len(urls) == 1
    assert urls.pop().endswith(PATH)
    for word in ("rules", "why", "exposed", "unacked", "by", "quiet", "mutes", "doctor", "help"):
        assert word in command["usage_hint"]


def test_the_scopes_are_those_that_the_calls_need_and_no_more() -> None:
    methods = called_methods(inspect.getsource(notifier), ("chat_", "views_", "conversations_", "users_"))
    assert methods == set(SCOPES)
    needed = {scope for method in methods if (scope := SCOPES[method])} | {"commands"}
    assert set(MANIFEST["oauth_config"]["scopes"]["bot"]) == needed - OPTIONAL_SCOPES


def test_what_can_be_clicked_has_a_listener_and_every_listener_something_to_click() -> None:
    drawing = (
        cards,
        catch_up_card,
        views,
        gathered_view,
        answers,
        menus,
        rules_at_answer,
        why_answer,
        exposed_answer,
        mute_views,
        mutes_answer,
        quiet_answer,
    )
    names = {
        name: value
        for module in drawing
        for name, value in vars(module).items()
        if name.isupper() and isinstance(value, str)
    }
    source = "\n".join(map(inspect.getsource, drawing))
    made = set(re.findall(r"(?:button|overflow|menu)\(\s*([A-Z_]+),", source))
    made |= {name for pair in re.findall(r"_paging\(\(([A-Z_]+), ([A-Z_]+)\)", source) for name in pair}
    made |= set(re.findall(r"Pick\(([A-Z_]+), ", source))
    registering = (
        Listeners.register,
        BurstWindows.register,
        Questions.register,
        LedgerQuestions.register,
        QuietListeners.register,
    )
    listened = "\n".join(inspect.getsource(register) for register in registering)
    assert made == set(re.findall(r"app\.action\(([A-Z_]+)\)", listened))
    assert len({names[name] for name in made}) == len(made) == 35
    assert re.findall(r"app\.view\(([A-Z_]+)\)", listened) == ["ACKNOWLEDGE_WITH_NOTE", "MUTE"]


def test_the_stores_keys_and_indexes_are_the_tables() -> None:
    properties = RESOURCES["Table"]["Properties"]
    store = source_of("bot/aws")
    used = set(re.findall(r'index="(\w+)"|_alerts_listed\(\s*"(\w+)"', store))
    names = {name for pair in used for name in pair if name}
    deployed = {index["IndexName"]: index for index in properties["GlobalSecondaryIndexes"]}
    assert names <= set(deployed)
    for index in deployed.values():
        for key in index["KeySchema"]:
            assert f'"{key["AttributeName"]}"' in store or f"{key['AttributeName']} =" in store
        for attribute in index["Projection"].get("NonKeyAttributes", ()):
            assert f'"{attribute}"' in store
    assert properties["TimeToLiveSpecification"]["AttributeName"] == "expires_at"
    assert '"expires_at"' in store


def test_each_role_may_query_the_indexes_that_its_function_reads_and_no_other() -> None:
    def queried(role: str) -> set[str]:
        resources = [
            entry
            for statement in statements(role)
            for entry in (
                statement["Resource"] if isinstance(statement["Resource"], list) else [statement["Resource"]]
            )
        ]
        return {entry.rsplit("/", 1)[1] for entry in resources if "/index/" in entry}

    assert queried("EventsRole") == {"by_name"}
    assert queried("SlackRole") == {"by_name", "by_principal", "exposed", "feed", "worklist"}
    assert queried("WorkerRole") == {"feed", "pending"}


def test_only_the_worker_may_touch_ec2_and_only_to_read() -> None:
    source = source_of("bot/aws")
    paginated = set(re.findall(r'get_paginator\("(\w+)"\)', source)) - {"list_accounts"}
    operations = called_methods(source, ("describe_",)) | paginated
    allowed = {"ec2:" + "".join(part.title() for part in name.split("_")) for name in operations}
    assert {action for action in actions("WorkerRole") if action.startswith("ec2:")} == allowed
    for role in ("EventsRole", "SlackRole"):
        assert not {action for action in actions(role) if action.startswith("ec2:")}


def test_the_worker_alone_may_ask_the_organisation_and_only_what_it_asks() -> None:
    source = source_of("bot/aws")
    (policy,) = [
        resource["Properties"] for resource in RESOURCES.values() if "organizations:" in str(resource)
    ]
    assert policy["Roles"] == ["WorkerRole"]
    (statement,) = policy["PolicyDocument"]["Statement"]
    assert statement["Action"] == "organizations:ListAccounts"
    assert 'get_paginator("list_accounts")' in source


def test_the_parameters_of_slack_are_documented_where_they_are_set() -> None:
    text = (ROOT / "serverless.yml").read_text()
    names = (
        parameters.BOT_TOKEN,
        parameters.SIGNING_SECRET,
        parameters.PREVIOUS_SIGNING_SECRET,
        parameters.CHANNEL,
    )
    for name in names:
        assert name in text
