"""Why no card came: the way of a change, walked step by step."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from bot.aws.parameters import BOT_TOKEN, CHANNEL, SIGNING_SECRET
from deploy.account import Account, aws_words
from deploy.errors import DeployError
from deploy.proof import Seen
from deploy.slack import check_channel
from deploy.stack import Stack
from deploy.target import SERVICE, Target
from deploy.trails import find_trails
from deploy.vault import Vault

_WAITING = "ApproximateNumberOfMessages"
_IN_HAND = "ApproximateNumberOfMessagesNotVisible"


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """Looks at a deployment from outside."""

    account: Account
    target: Target
    stack: Stack
    vault: Vault
    clock: Callable[[], datetime]

    def explain(self, seen: Seen) -> list[str]:
        """Give what was found on the way, in its order; what may not be looked at is said too."""
        steps = (self._channel, self._worker) if seen.is_recorded else (self._trail, self._rule, self._queue)
        found = [] if seen.is_recorded else ["The change did not arrive in the table."]
        if seen.is_recorded:
            found.append("The change is in the table; its card is not in Slack.")
        for step in steps:
            try:
                found += step()
            except DeployError as error:
                found.append(str(error))
        return found

    def _trail(self) -> Iterator[str]:
        trails = find_trails(self.account.client("cloudtrail"))
        if trails.working:
            yield (
                f"The trail {', '.join(trails.working)} logs management writes. CloudTrail mostly takes seconds, and now and "
                "then minutes: try again."
            )
        elif trails.unclear:
            yield f"Whether a trail logs management writes is not clear: {', '.join(trails.unclear)}."
        else:
            why = f" ({'; '.join(trails.not_working)})" if trails.not_working else ""
            yield f'No trail logs management writes here{why}. make deploy PARAMS="trail=region" makes one.'

    def _rule(self) -> Iterator[str]:
        name = self._physical_id("ChangesRule")
        with aws_words(f"look at the rule {name} (events:DescribeRule)"):
            state = self.account.client("events").describe_rule(Name=name)["State"]
        if state != "ENABLED":
            yield f"The EventBridge rule {name} is switched off. Switch it on."

    def _queue(self) -> Iterator[str]:
        waiting = self._messages(self.stack.output("EventsQueueUrl"))
        if waiting:
            yield f"{waiting} events wait in the queue: the function is behind or fails. {self._log('events')}"
        dead = self._messages(self.stack.output("EventsDeadLettersUrl"))
        if dead:
            yield f"{dead} events are in the dead-letter queue: the function could not keep them. {self._log('events')}"

    def _channel(self) -> Iterator[str]:
        stored = self.vault.stored()
        channel = self.stack.parameters.get("Channel") or stored.get(CHANNEL, "")
        missing = [name for name in (BOT_TOKEN, SIGNING_SECRET) if not stored.get(name)]
        missing += [] if channel else [CHANNEL]
        if missing:
            yield f"{self.vault.path} lacks {', '.join(missing)}. Run `make connect`; the card follows within a minute."
            return
        check_channel(stored[BOT_TOKEN], channel, self.stack.parameters["SlackApiUrl"], self.clock)
        yield f"From here a card could be posted to {channel}. It may have come by now; else: {self._log('events')}"

    def _worker(self) -> Iterator[str]:
        dead = self._messages(self.stack.output("JobsDeadLettersUrl"))
        if dead:
            yield f"{dead} jobs are in the dead-letter queue. {self._log('worker')}"

    def _messages(self, url: str) -> int:
        with aws_words("look at a queue (sqs:GetQueueAttributes)"):
            attributes = self.account.client("sqs").get_queue_attributes(
                QueueUrl=url, AttributeNames=[_WAITING, _IN_HAND]
            )["Attributes"]
        return int(attributes[_WAITING]) + int(attributes[_IN_HAND])

    def _physical_id(self, logical_id: str) -> str:
        with aws_words("look at the stack (cloudformation:DescribeStackResource)"):
            found = self.account.client("cloudformation").describe_stack_resource(
                StackName=self.stack.name, LogicalResourceId=logical_id
            )
        return str(found["StackResourceDetail"]["PhysicalResourceId"])

    def _log(self, function: str) -> str:
        return f"See its log: aws logs tail /aws/lambda/{SERVICE}-{self.target.stage}-{function} --since 10m"
