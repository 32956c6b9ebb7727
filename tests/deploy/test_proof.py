"""Proving: from a call to its card and back, whatever comes between."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from botocore import xform_name
from botocore.exceptions import ClientError

from bot import parts
from deploy.diagnosis import Diagnosis
from deploy.errors import DeployError
from deploy.proof import PREFIX, NoCard, Proving, Seen
from deploy.stack import Stack
from deploy.vault import Vault
from sandbox import ALICE, CHANNEL, Sandbox
from sandbox.aws import ACCOUNT_ID, PARAMETERS, REGION
from sandbox.cloudtrail import Call, build_event
from tests.deploy.conftest import TARGET, FakeTerminal, MakeStack

RECORDED = ("CreateSecurityGroup", "AuthorizeSecurityGroupIngress", "DeleteSecurityGroup")


@dataclass
class Ec2:
    """The sandbox's EC2, each call on a group recorded and delivered as CloudTrail and EventBridge do; some may be *refused*."""

    sandbox: Sandbox
    delivers: bool = True
    refused: set[str] = field(default_factory=set)

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def call(**parameters: Any) -> Any:
            operation = next((each for each in RECORDED if xform_name(each) == name), None)
            if operation in self.refused:
                raise ClientError({"Error": {"Code": "UnauthorizedOperation", "Message": "no"}}, name)
            answer = getattr(self.sandbox.aws.ec2, name)(**parameters)
            if operation and self.delivers:
                event = build_event(Call(operation, parameters, answer), ALICE, self.sandbox.clock())
                self.sandbox.deliver(event)
            return answer

        return call


@dataclass
class Time:
    """A clock that goes on only by waiting, while the queues are played as Lambda would; *before* is called at each wait."""

    sandbox: Sandbox
    now: float = 0
    before: Callable[[], None] = lambda: None

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.before()
        self.now += seconds
        self.sandbox.drain()


@pytest.fixture
def time(sandbox: Sandbox) -> Time:
    return Time(sandbox, now=sandbox.clock())


@pytest.fixture
def ec2(sandbox: Sandbox) -> Ec2:
    return Ec2(sandbox)


@pytest.fixture
def proving(terminal: FakeTerminal, ec2: Ec2, time: Time) -> Proving:
    return Proving(terminal, ec2, parts.store(), ACCOUNT_ID, REGION, time.sleep, time)


def ours(sandbox: Sandbox) -> list[str]:
    """Name the groups of ours that are there."""
    groups = sandbox.aws.ec2.describe_security_groups()["SecurityGroups"]
    return [group["GroupName"] for group in groups if group["GroupName"].startswith(PREFIX)]


def test_a_card_comes_and_the_group_goes(proving: Proving, sandbox: Sandbox, terminal: FakeTerminal) -> None:
    seconds = proving.prove()
    assert seconds == 1
    assert any("tcp 9 from 192.0.2.1/32" in message.plain() for message in sandbox.slack.messages(CHANNEL))
    assert ours(sandbox) == []
    assert terminal.said[-1].startswith("Deleted sg-")


def test_what_it_opens_alarms_nobody(proving: Proving, sandbox: Sandbox) -> None:
    proving.prove()
    sandbox.drain()
    headlines = [message.text for message in sandbox.slack.messages(CHANNEL)]
    assert headlines
    assert not [headline for headline in headlines if "Critical" in headline or "High" in headline]


def test_without_a_card_it_says_how_far_the_change_came_and_tidies_up(
    proving: Proving, ec2: Ec2, sandbox: Sandbox
) -> None:
    ec2.delivers = False
    with pytest.raises(NoCard, match="No card came within 20 s") as caught:
        proving.prove(patience_seconds=20)
    assert caught.value.seen == Seen(is_recorded=False, alert_id=None)
    assert ours(sandbox) == []


def test_a_change_whose_card_cannot_be_posted_is_known_to_be_kept(proving: Proving, sandbox: Sandbox) -> None:
    sandbox.aws.ssm.delete_parameter(Name=f"{PARAMETERS}/bot-token")
    with pytest.raises(NoCard) as caught:
        proving.prove(patience_seconds=20)
    assert caught.value.seen.is_recorded
    assert caught.value.seen.alert_id is not None
    assert ours(sandbox) == []


@pytest.mark.parametrize("interruption", [KeyboardInterrupt, SystemExit])
def test_it_tidies_up_when_it_is_interrupted(
    proving: Proving, time: Time, sandbox: Sandbox, interruption: type[BaseException]
) -> None:
    def interrupt() -> None:
        raise interruption

    time.before = interrupt
    with pytest.raises(interruption):
        proving.prove()
    assert ours(sandbox) == []


def test_a_rule_that_may_not_be_added_leaves_no_group(proving: Proving, ec2: Ec2, sandbox: Sandbox) -> None:
    ec2.refused = {"AuthorizeSecurityGroupIngress"}
    with pytest.raises(DeployError, match=r"Could not add a rule to it .*you may not"):
        proving.prove()
    assert ours(sandbox) == []


def test_a_group_that_may_not_be_made_ends_it(proving: Proving, ec2: Ec2) -> None:
    ec2.refused = {"CreateSecurityGroup"}
    with pytest.raises(
        DeployError, match=r"Could not make a security group \(ec2:CreateSecurityGroup\): you may not"
    ):
        proving.prove()


def test_a_group_that_cannot_be_deleted_is_named_and_goes_the_next_time(
    proving: Proving, ec2: Ec2, sandbox: Sandbox, time: Time, terminal: FakeTerminal
) -> None:
    ec2.refused = {"DeleteSecurityGroup"}
    with pytest.raises(DeployError, match=r"Please delete sg-\w+ by hand"):
        proving.prove()
    assert len(ours(sandbox)) == 1

    ec2.refused.clear()
    proving.tidy_up()
    assert len(ours(sandbox)) == 1  # it may be another's who proves this moment
    time.now += 3600
    proving.tidy_up()
    assert ours(sandbox) == []
    assert "which an earlier run left behind" in terminal.said[-1]


def test_it_takes_the_vpc_that_it_is_told(proving: Proving, sandbox: Sandbox, terminal: FakeTerminal) -> None:
    proving.prove(vpc_id=sandbox.groups.vpc_id)
    assert f"in {sandbox.groups.vpc_id}" in terminal.said[0]


def test_without_a_vpc_there_is_no_proof(proving: Proving, sandbox: Sandbox) -> None:
    class Bare(Ec2):
        def describe_vpcs(self) -> Any:
            return {"Vpcs": []}

    with pytest.raises(DeployError, match="no VPC in this region"):
        replace(proving, ec2=Bare(sandbox)).prove()


class TestDiagnosis:
    @pytest.fixture
    def stack(self, make_stack: MakeStack) -> Stack:
        return make_stack()

    @pytest.fixture
    def diagnosis(self, account: Any, stack: Stack) -> Diagnosis:
        return Diagnosis(account, TARGET, stack, Vault(account.client("ssm"), PARAMETERS), parts.now)

    def test_an_account_without_a_trail_is_found_out(self, diagnosis: Diagnosis) -> None:
        found = "\n".join(diagnosis.explain(Seen(is_recorded=False, alert_id=None)))
        assert "did not arrive" in found
        assert 'make deploy PARAMS="trail=region" makes one' in found

    def test_a_trail_that_works_asks_for_patience(self, diagnosis: Diagnosis, account: Any) -> None:
        where = {"LocationConstraint": account.region}
        account.client("s3").create_bucket(Bucket="trail-bucket", CreateBucketConfiguration=where)
        cloudtrail = account.client("cloudtrail")
        cloudtrail.create_trail(Name="audit", S3BucketName="trail-bucket")
        selector = {"ReadWriteType": "All", "IncludeManagementEvents": True}
        cloudtrail.put_event_selectors(TrailName="audit", EventSelectors=[selector])
        cloudtrail.start_logging(Name="audit")
        (_, found) = diagnosis.explain(Seen(is_recorded=False, alert_id=None))
        assert found.startswith("The trail audit logs management writes.")

    def test_a_rule_that_is_switched_off_is_found_out(self, diagnosis: Diagnosis, account: Any) -> None:
        rules = account.client("events")
        (rule,) = rules.list_rules()["Rules"]
        rules.disable_rule(Name=rule["Name"])
        found = diagnosis.explain(Seen(is_recorded=False, alert_id=None))
        assert f"The EventBridge rule {rule['Name']} is switched off. Switch it on." in found

    def test_events_that_wait_or_were_given_up_are_found_out(
        self, diagnosis: Diagnosis, sandbox: Sandbox
    ) -> None:
        sandbox.deliver("an event")
        sandbox.aws.sqs.send_message(QueueUrl=sandbox.aws.queue_urls["events-dead"], MessageBody="x")
        found = "\n".join(diagnosis.explain(Seen(is_recorded=False, alert_id=None)))
        assert "1 events wait in the queue" in found
        assert "1 events are in the dead-letter queue" in found
        assert "aws logs tail /aws/lambda/panopticon-prod-events" in found

    def test_missing_secrets_are_named(self, diagnosis: Diagnosis, sandbox: Sandbox) -> None:
        sandbox.aws.ssm.delete_parameter(Name=f"{PARAMETERS}/bot-token")
        found = diagnosis.explain(Seen(is_recorded=True, alert_id="a"))
        assert f"{PARAMETERS} lacks bot-token. Run `make connect`; the card follows within a minute." in found

    def test_a_channel_that_takes_nothing_is_said_with_what_to_do(
        self, diagnosis: Diagnosis, sandbox: Sandbox
    ) -> None:
        sandbox.aws.ssm.put_parameter(
            Name=f"{PARAMETERS}/channel", Type="String", Value="C04GENERAL0", Overwrite=True
        )
        found = "\n".join(diagnosis.explain(Seen(is_recorded=True, alert_id="a")))
        assert "type /invite @Panopticon there" in found

    def test_where_all_is_well_the_log_is_named(self, diagnosis: Diagnosis) -> None:
        found = "\n".join(diagnosis.explain(Seen(is_recorded=True, alert_id="a")))
        assert f"From here a card could be posted to {CHANNEL}" in found
