"""Lambda's event source mappings: takes batches off the queues and hands them to the functions."""

import logging
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Event, RLock, Thread
from typing import Any

from moto.core.utils import unix_time_millis
from moto.sqs.models import sqs_backends

from sandbox.aws import ACCOUNT_ID, REGION, AwsAccount
from sandbox.functions import FunctionError, Functions

BATCH_SIZE = 10
SCHEDULE_SECONDS = 60
_POLL_SECONDS = 0.2
_BY_THE_CLOCK_SECONDS = 600

# queue -> function
MAPPINGS = {"events": "events", "jobs": "worker"}

logger = logging.getLogger("sandbox")


@dataclass(slots=True)
class Queues:
    """
    The two queues and the functions behind them.

    *pass_time* lets so many seconds pass at once for all that goes by the sandbox's clock; None where that is the real one.
    """

    aws: AwsAccount
    functions: Functions
    pass_time: Callable[[float], None] | None = None
    most_rounds: int = 500
    _left: dict[str, float] = field(default_factory=dict)
    _locks: dict[str, RLock] = field(
        default_factory=lambda: {name: RLock() for name in (*MAPPINGS, "schedule")}
    )

    @contextmanager
    def at_rest(self) -> Iterator[None]:
        """Hand nothing over for the time of a `with` block, but what its own thread does."""
        with ExitStack() as locks:
            for lock in self._locks.values():
                locks.enter_context(lock)
            yield

    def drain(self, *, hasten: bool = True, most_seconds: float = float("inf")) -> int:
        """
        Hand over messages until both queues are empty, in this thread, and tell how many rounds that took.

        With *hasten* the time that a message waits (its delay, or its rest after a failure) passes at once, so a message
        that keeps failing ends in the dead-letter queue; by a clock that cannot be moved, the message alone is taken to have
        waited, unless it is asked for in many minutes: what then looks at the clock would only ask again. Without it, what is not due is left where it is; *most_seconds* likewise leaves what is not due within so long.

        Raises:
            RuntimeError: the queues do not empty, because the functions keep filling them.
        """
        for rounds in range(self.most_rounds):
            if hasten and self.pass_time is None:
                self.wait(float("inf"), but=_BY_THE_CLOCK_SECONDS)
            elif hasten:
                self._stand_still()
            if any(self.poll(queue) for queue in MAPPINGS):
                continue
            waits = [wait for _, wait in self._waiting()]
            if not (hasten and self.pass_time and waits) or min(waits) > most_seconds:
                return rounds
            most_seconds -= min(waits)
            self.pass_time(min(waits))
            self.wait(min(waits))
        raise RuntimeError(f"the queues are not empty after {self.most_rounds} rounds")

    def poll(self, queue: str) -> bool:
        """Hand over one batch of *queue*, if there is any; what the function reports as failed stays."""
        with self._locks[queue]:
            return self._poll(queue)

    def _poll(self, queue: str) -> bool:
        url = self.aws.queue_urls[queue]
        received = self.aws.sqs.receive_message(
            QueueUrl=url,
            MaxNumberOfMessages=BATCH_SIZE,
            AttributeNames=["All"],
            MessageAttributeNames=["All"],
        )
        messages: list[dict[str, Any]] = received.get("Messages", [])
        if not messages:
            return False
        arn = f"arn:aws:sqs:{REGION}:{ACCOUNT_ID}:{queue}"
        try:
            answer = self.functions.invoke(
                MAPPINGS[queue], {"Records": [sqs_record(message, arn) for message in messages]}
            )
            failed = {failure["itemIdentifier"] for failure in (answer or {}).get("batchItemFailures", ())}
        except FunctionError:
            failed = {message["MessageId"] for message in messages}
        # An identifier that is not of this batch, or none, fails the batch.
        # https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
        if failed - {message["MessageId"] for message in messages}:
            failed = {message["MessageId"] for message in messages}
        for message in messages:
            if message["MessageId"] not in failed:
                self.aws.sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return True

    def dead(self, queue: str) -> int:
        """Count the messages that were given up on."""
        url = self.aws.queue_urls[f"{queue}-dead"]
        name = "ApproximateNumberOfMessages"
        return int(
            self.aws.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[name])["Attributes"].get(name, 0)
        )

    def run_schedule(self) -> None:
        """Invoke the worker as the every-minute schedule does."""
        with self._locks["schedule"]:
            self._run_schedule()

    def _run_schedule(self) -> None:
        rule = f"arn:aws:events:{REGION}:{ACCOUNT_ID}:rule/panopticon-every-minute"
        self.functions.invoke(
            "worker",
            {
                "version": "0",
                "id": str(uuid.uuid4()),
                "detail-type": "Scheduled Event",
                "source": "aws.events",
                "account": ACCOUNT_ID,
                "time": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
                "region": REGION,
                "resources": [rule],
                "detail": {},
            },
        )

    def _waiting(self) -> list[tuple[Any, float]]:
        """List the messages in both queues, as moto keeps them, with the seconds until each may be taken."""
        backend, now = sqs_backends[ACCOUNT_ID][REGION], unix_time_millis()
        messages = [
            message
            for name in MAPPINGS
            for message in backend.get_queue(name)._messages  # noqa: SLF001  # SQS has no call that ends a delay
        ]
        return [(message, max(0.0, *self._seconds_left(message, now))) for message in messages]

    def _seconds_left(self, message: Any, now: float) -> tuple[float, float]:
        """Say how long a message waits yet for its delay, and for its rest after a failure."""
        delay = self._left.get(message.id, (message.delayed_until - now) / 1000)
        return delay, (message.visible_at - now + 1) / 1000

    def _stand_still(self) -> None:
        """Take back what real time has done to the delays: how long these calls take on a busy machine counts for nothing."""
        waiting, now = [message for message, _ in self._waiting()], unix_time_millis()
        asked = {message.id: (message.delayed_until - message.sent_timestamp) / 1000 for message in waiting}
        self._left = {message_id: self._left.get(message_id, delay) for message_id, delay in asked.items()}
        for message in waiting:
            message.delayed_until = now + self._left[message.id] * 1000

    def wait(self, seconds: float, *, but: float = float("inf")) -> None:
        """Have each message waited for so long, *but* those that were sent with a longer delay than that."""
        for message, _ in self._waiting():
            if message.delayed_until - message.sent_timestamp > but * 1000:
                continue
            message.delayed_until -= seconds * 1000
            message.visible_at -= seconds * 1000
            if message.id in self._left:
                self._left[message.id] -= seconds


class Background:
    """Threads that poll both queues and keep the schedule, for as long as the demo runs."""

    def __init__(self, queues: Queues) -> None:
        self._queues = queues
        self._stopping = Event()
        self._threads = [Thread(target=self._poll, args=(queue,), daemon=True) for queue in MAPPINGS]
        self._threads.append(Thread(target=self._schedule, daemon=True))

    def start(self) -> None:
        """Begin to poll."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Finish the batches at hand and end."""
        self._stopping.set()
        for thread in self._threads:
            thread.join()

    def _poll(self, queue: str) -> None:
        while not self._stopping.is_set():
            if not self._queues.poll(queue):
                self._stopping.wait(_POLL_SECONDS)

    def _schedule(self) -> None:
        while not self._stopping.wait(SCHEDULE_SECONDS):
            try:
                self._queues.run_schedule()
            except FunctionError:
                logger.warning("The scheduled run of the worker failed")


def sqs_record(message: dict[str, Any], queue_arn: str) -> dict[str, Any]:
    """
    Write a received message as Lambda's event source mapping does.

    https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
    """
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": message.get("Attributes", {}),
        "messageAttributes": message.get("MessageAttributes", {}),
        "md5OfBody": message["MD5OfBody"],
        "eventSource": "aws:sqs",
        "eventSourceARN": queue_arn,
        "awsRegion": queue_arn.split(":")[3],
    }
