"""What a deployment asks of CloudFormation, as osls compiles serverless.yml."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.deployment.conftest import compile_template
from tests.deployment.templates import FUNCTIONS, attribute, lint, logical_name, of_type, properties
from tests.test_names_agree import SERVERLESS

pytestmark = pytest.mark.slow

QUEUES = {"EventsQueue": "EventsDeadLetters", "JobsQueue": "JobsDeadLetters"}
FOURTEEN_DAYS = 14 * 24 * 3600

# Osls names a role twice.
TOLERATED_WARNINGS = {"W3005"}


def test_cloudformation_would_find_no_fault(template_path: Path) -> None:
    assert [match for match in lint(template_path) if match[0] not in TOLERATED_WARNINGS] == []


def test_there_are_the_three_functions_and_no_other(template: dict[str, Any]) -> None:
    assert set(of_type(template, "AWS::Lambda::Function")) == set(map(logical_name, FUNCTIONS))


class TestFunctions:
    @pytest.mark.parametrize("name", FUNCTIONS)
    def test_each_runs_the_artifact_on_the_runtime_it_was_built_for(
        self, template: dict[str, Any], name: str
    ) -> None:
        function = properties(template, logical_name(name))
        assert function["Handler"] == f"bot.handlers.{name}"
        assert function["Runtime"] == "python3.13"
        assert function["Architectures"] == ["arm64"]
        assert function["Timeout"] == FUNCTIONS[name]
        assert function["Code"]["S3Key"].endswith("/panopticon.zip")

    @pytest.mark.parametrize("name", FUNCTIONS)
    def test_each_has_a_role_that_no_other_has(self, template: dict[str, Any], name: str) -> None:
        role = f"{name.title()}Role"
        assert properties(template, logical_name(name))["Role"] == attribute(role)
        (trust,) = properties(template, role)["AssumeRolePolicyDocument"]["Statement"]
        assert trust["Principal"] == {"Service": "lambda.amazonaws.com"}
        assert trust["Action"] == "sts:AssumeRole"

    @pytest.mark.parametrize("name", FUNCTIONS)
    def test_each_is_told_where_its_things_are(self, template: dict[str, Any], name: str) -> None:
        variables = properties(template, logical_name(name))["Environment"]["Variables"]
        # That these are all, and the names that the settings read, is for test_names_agree.
        assert (variables["TABLE_NAME"], variables["JOBS_QUEUE_URL"]) == (
            {"Ref": "Table"},
            {"Ref": "JobsQueue"},
        )
        assert variables["SLACK_PARAMETERS"] == "/panopticon/dev"
        parameters = template["Parameters"]
        for variable, parameter, default in (
            ("SLACK_API_URL", "SlackApiUrl", "https://slack.com/api/"),
            ("HISTORY_DAYS", "HistoryDays", 400),
            ("LOG_LEVEL", "LogLevel", "INFO"),
            ("SSO_PORTAL", "SsoPortal", ""),
            ("SLACK_CHANNEL", "Channel", ""),
        ):
            assert variables[variable] == {"Ref": parameter}
            assert parameters[parameter]["Default"] == default
        assert variables["ACCOUNT_ID"] == {"Ref": "AWS::AccountId"}

    @pytest.mark.parametrize("name", FUNCTIONS)
    def test_each_logs_into_a_group_that_forgets(self, template: dict[str, Any], name: str) -> None:
        function = properties(template, logical_name(name))
        groups = of_type(template, "AWS::Logs::LogGroup").values()
        assert {"LogGroupName": f"/aws/lambda/{function['FunctionName']}", "RetentionInDays": 30} in groups


class TestFunctionUrl:
    def test_only_slack_has_a_url_and_it_asks_for_no_aws_signature(self, template: dict[str, Any]) -> None:
        (url,) = of_type(template, "AWS::Lambda::Url").values()
        assert url["AuthType"] == "NONE"
        assert url["TargetFunctionArn"] == attribute("SlackLambdaFunction")
        assert template["Outputs"]["FunctionUrl"]["Value"] == attribute(
            "SlackLambdaFunctionUrl", "FunctionUrl"
        )

    def test_the_public_has_both_permissions_and_only_through_the_url(self, template: dict[str, Any]) -> None:
        """https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html: both are needed since October 2025."""
        public = [
            permission
            for permission in of_type(template, "AWS::Lambda::Permission").values()
            if permission["Principal"] == "*"
        ]
        for permission in public:
            assert permission["FunctionName"] == attribute("SlackLambdaFunction")
        assert {
            (
                permission["Action"],
                permission.get("FunctionUrlAuthType"),
                permission.get("InvokedViaFunctionUrl"),
            )
            for permission in public
        } == {("lambda:InvokeFunctionUrl", "NONE", None), ("lambda:InvokeFunction", None, True)}


class TestQueues:
    @pytest.mark.parametrize("name", QUEUES)
    def test_what_fails_five_times_is_kept_for_fourteen_days(
        self, template: dict[str, Any], name: str
    ) -> None:
        queue = properties(template, name)
        assert queue["RedrivePolicy"] == {
            "deadLetterTargetArn": attribute(QUEUES[name]),
            "maxReceiveCount": 5,
        }
        assert properties(template, QUEUES[name])["MessageRetentionPeriod"] == FOURTEEN_DAYS

    @pytest.mark.parametrize("name", [*QUEUES, *QUEUES.values()])
    def test_each_is_encrypted_and_takes_nothing_without_tls(
        self, template: dict[str, Any], name: str
    ) -> None:
        assert properties(template, name)["SqsManagedSseEnabled"] is True
        denied = [
            statement
            for policy in of_type(template, "AWS::SQS::QueuePolicy").values()
            for statement in policy["PolicyDocument"]["Statement"]
            if {"Ref": name} in policy["Queues"]
            and statement["Effect"] == "Deny"
            and attribute(name) in statement["Resource"]
        ]
        (statement,) = denied
        assert statement["Principal"] == "*"
        assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}

    @pytest.mark.parametrize(
        ("queue", "function", "batch"), [("EventsQueue", "events", 10), ("JobsQueue", "worker", 1)]
    )
    def test_each_feeds_its_function_which_may_name_what_failed(
        self, template: dict[str, Any], queue: str, function: str, batch: int
    ) -> None:
        (mapping,) = [
            mapping
            for mapping in of_type(template, "AWS::Lambda::EventSourceMapping").values()
            if mapping["EventSourceArn"] == attribute(queue)
        ]
        assert mapping["FunctionName"] == attribute(logical_name(function))
        assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
        assert mapping["BatchSize"] == batch
        assert "MaximumBatchingWindowInSeconds" not in mapping
        # https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
        assert properties(template, queue)["VisibilityTimeout"] >= 6 * FUNCTIONS[function]

    def test_only_the_rules_may_put_events_on_their_queue(self, template: dict[str, Any]) -> None:
        allowed = [
            statement
            for policy in of_type(template, "AWS::SQS::QueuePolicy").values()
            for statement in policy["PolicyDocument"]["Statement"]
            if statement["Effect"] == "Allow"
        ]
        (statement,) = allowed
        assert statement["Principal"] == {"Service": "events.amazonaws.com"}
        assert statement["Action"] == "sqs:SendMessage"
        forwarded = [
            "TakesFromElsewhere",
            attribute("ForwardedChangesRule"),
            {"Ref": "AWS::NoValue"},
        ]
        sources = [attribute("ChangesRule"), {"Fn::If": forwarded}]
        assert statement["Condition"] == {"ArnEquals": {"aws:SourceArn": sources}}

    @pytest.mark.parametrize("name", QUEUES.values())
    def test_dead_letters_raise_an_alarm(self, template: dict[str, Any], name: str) -> None:
        (alarm,) = [
            alarm
            for alarm in of_type(template, "AWS::CloudWatch::Alarm").values()
            if alarm["Dimensions"] == [{"Name": "QueueName", "Value": attribute(name, "QueueName")}]
        ]
        assert (alarm["Namespace"], alarm["MetricName"]) == (
            "AWS/SQS",
            "ApproximateNumberOfMessagesVisible",
        )
        assert (alarm["ComparisonOperator"], alarm["Threshold"]) == ("GreaterThanThreshold", 0)
        assert alarm["TreatMissingData"] == "notBreaching"


class TestTable:
    def test_it_outlives_the_stack(self, template: dict[str, Any]) -> None:
        table = template["Resources"]["Table"]
        assert (table["DeletionPolicy"], table["UpdateReplacePolicy"]) == ("Retain", "Retain")

    def test_it_can_be_put_back_to_any_moment_and_forgets_what_has_expired(
        self, template: dict[str, Any]
    ) -> None:
        table = properties(template, "Table")
        assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
        assert table["TimeToLiveSpecification"] == {"AttributeName": "expires_at", "Enabled": True}
        assert table["BillingMode"] == "PAY_PER_REQUEST"

    def test_every_key_is_declared_and_nothing_else(self, template: dict[str, Any]) -> None:
        table = properties(template, "Table")
        schemas = [table["KeySchema"], *(index["KeySchema"] for index in table["GlobalSecondaryIndexes"])]
        keys = {key["AttributeName"] for schema in schemas for key in schema}
        assert {entry["AttributeName"] for entry in table["AttributeDefinitions"]} == keys


class TestTrail:
    def test_it_is_made_only_when_asked_for_and_what_it_wrote_outlives_it(
        self, template: dict[str, Any]
    ) -> None:
        assert template["Parameters"]["Trail"]["Default"] == "none"
        resources = template["Resources"]
        for name in ("ManagementTrail", "TrailBucket", "TrailBucketPolicy"):
            assert resources[name]["Condition"] == "MakesTrail"
        assert resources["TrailBucket"]["DeletionPolicy"] == "Retain"
        assert resources["ManagementTrail"]["DependsOn"] == ["TrailBucketPolicy"]

    def test_it_logs_management_writes_and_no_more(self, template: dict[str, Any]) -> None:
        trail = properties(template, "ManagementTrail")
        assert trail["IsLogging"] is True
        assert trail["EventSelectors"] == [{"IncludeManagementEvents": True, "ReadWriteType": "WriteOnly"}]

    def test_only_this_trail_may_write_into_its_bucket(self, template: dict[str, Any]) -> None:
        statements = properties(template, "TrailBucketPolicy")["PolicyDocument"]["Statement"]
        allowed = [statement for statement in statements if statement["Effect"] == "Allow"]
        assert {statement["Action"] for statement in allowed} == {"s3:GetBucketAcl", "s3:PutObject"}
        name = properties(template, "ManagementTrail")["TrailName"]
        for statement in allowed:
            assert statement["Principal"] == {"Service": "cloudtrail.amazonaws.com"}
            source = statement["Condition"]["StringEquals"]["aws:SourceArn"]["Fn::Sub"]
            assert source.endswith(f":trail/{name}")


class TestCentralBus:
    def test_nobody_forwards_anything_until_somebody_is_named(self, template: dict[str, Any]) -> None:
        conditions = {
            "CentralBus": "TakesFromElsewhere",
            "CentralBusPolicyOfOrganization": "TakesFromOrganization",
            "CentralBusPolicyOfAccounts": "TakesFromAccounts",
            "ForwardedChangesRule": "TakesFromElsewhere",
        }
        assert {name: template["Resources"][name]["Condition"] for name in conditions} == conditions
        assert template["Parameters"]["OrganizationId"]["Default"] == ""
        assert template["Parameters"]["SenderAccounts"]["Default"] == ""

    def test_those_who_are_named_may_forward_and_nobody_else(self, template: dict[str, Any]) -> None:
        organization = properties(template, "CentralBusPolicyOfOrganization")["Statement"]
        assert organization["Condition"] == {
            "StringEquals": {"aws:PrincipalOrgID": {"Ref": "OrganizationId"}}
        }
        accounts = properties(template, "CentralBusPolicyOfAccounts")["Statement"]
        assert accounts["Principal"] == {"AWS": {"Fn::Split": [",", {"Ref": "SenderAccounts"}]}}
        for statement in (organization, accounts):
            assert (statement["Effect"], statement["Action"]) == ("Allow", "events:PutEvents")
            assert statement["Resource"] == attribute("CentralBus")

    def test_what_is_forwarded_goes_the_way_of_what_happens_here(self, template: dict[str, Any]) -> None:
        here, forwarded = properties(template, "ChangesRule"), properties(template, "ForwardedChangesRule")
        assert forwarded["EventBusName"] == {"Ref": "CentralBus"}
        assert (forwarded["EventPattern"], forwarded["Targets"]) == (here["EventPattern"], here["Targets"])


class TestParameters:
    def test_the_values_given_reach_the_template(self, artifact: Path, tmp_path: Path) -> None:
        given = {
            "alarmEmail": "ops@example.com",
            "architecture": "x86_64",
            "channel": "C0123456789",
            "historyDays": 90,
            "logLevel": "DEBUG",
            "logRetentionDays": 7,
            "memorySize": 1024,
            "organizationId": "o-a1b2c3d4e5",
            "organizationNames": "yes",
            "reservedConcurrency": 5,
            "runtime": "python3.14",
            "senderAccounts": "111122223333,444455556666",
            "slackApiUrl": "https://slack-gov.com/api/",
            "snapStart": "false",
            "ssoPortal": "https://example.awsapps.com/start",
            "trail": "all",
        }
        assert set(given) == set(SERVERLESS["params"]["default"])
        options = [f"--param={name}={value}" for name, value in given.items()]
        path = compile_template(tmp_path, artifact, "--stage", "prod", *options)
        template = json.loads(path.read_text())

        function = properties(template, "SlackLambdaFunction")
        assert function["FunctionName"] == "panopticon-prod-slack"
        assert function["Environment"]["Variables"]["SLACK_PARAMETERS"] == "/panopticon/prod"
        compiled = (function["MemorySize"], function["Runtime"], function["Architectures"])
        assert compiled == (1024, "python3.14", ["x86_64"])
        groups = of_type(template, "AWS::Logs::LogGroup").values()
        assert {group["RetentionInDays"] for group in groups} == {7}

        defaults = {name: parameter["Default"] for name, parameter in template["Parameters"].items()}
        told = {name[0].upper() + name[1:]: value for name, value in given.items()}
        for name in ("Architecture", "LogRetentionDays", "MemorySize", "Runtime", "SnapStart"):
            del told[name]
        assert {name: str(value) for name, value in defaults.items()} == {
            name: str(value) for name, value in told.items()
        }
        assert {match[0] for match in lint(path)} <= TOLERATED_WARNINGS

    def test_instances_are_kept_for_slack_only_when_a_number_is_given(self, template: dict[str, Any]) -> None:
        kept = {"Fn::If": ["KeepsInstances", {"Ref": "ReservedConcurrency"}, {"Ref": "AWS::NoValue"}]}
        assert properties(template, "SlackLambdaFunction")["ReservedConcurrentExecutions"] == kept
        for name in ("events", "worker"):
            assert "ReservedConcurrentExecutions" not in properties(template, logical_name(name))


@pytest.fixture(scope="module")
def with_snapshots(artifact: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    path = compile_template(tmp_path_factory.mktemp("snap-start"), artifact, "--param=snapStart=true")
    assert {match[0] for match in lint(path)} <= TOLERATED_WARNINGS
    template: dict[str, Any] = json.loads(path.read_text())
    return template


class TestSnapStart:
    """https://docs.aws.amazon.com/lambda/latest/dg/snapstart.html: only a published version starts from a snapshot."""

    def test_it_is_off_by_default(self, template: dict[str, Any]) -> None:
        assert "SnapStart" not in properties(template, "SlackLambdaFunction")
        assert of_type(template, "AWS::Lambda::Version") == of_type(template, "AWS::Lambda::Alias") == {}
        assert properties(template, "SlackLambdaFunctionUrl")["Qualifier"] == {"Ref": "AWS::NoValue"}

    def test_the_address_leads_to_the_version_that_was_just_published(
        self, with_snapshots: dict[str, Any]
    ) -> None:
        function = properties(with_snapshots, "SlackLambdaFunction")
        assert function["SnapStart"] == {"ApplyOn": "PublishedVersions"}
        ((version, _),) = of_type(with_snapshots, "AWS::Lambda::Version").items()
        ((alias, _),) = of_type(with_snapshots, "AWS::Lambda::Alias").items()
        assert properties(with_snapshots, alias)["FunctionVersion"] == {"Fn::GetAtt": [version, "Version"]}
        name = {"Fn::Select": [7, {"Fn::Split": [":", {"Ref": alias}]}]}
        assert properties(with_snapshots, "SlackLambdaFunctionUrl")["Qualifier"] == name
        for permission in ("SlackLambdaPermissionFnUrl", "SlackLambdaPermissionFn"):
            assert properties(with_snapshots, permission)["FunctionName"] == {"Ref": alias}

    def test_a_version_that_is_followed_by_another_is_deleted(self, with_snapshots: dict[str, Any]) -> None:
        ((_, version),) = of_type(with_snapshots, "AWS::Lambda::Version").items()
        assert version.get("DeletionPolicy", "Delete") == "Delete"
        assert version.get("UpdateReplacePolicy", "Delete") == "Delete"

    def test_only_the_function_that_people_wait_for_has_a_snapshot(
        self, with_snapshots: dict[str, Any]
    ) -> None:
        for name in ("events", "worker"):
            assert "SnapStart" not in properties(with_snapshots, logical_name(name))
