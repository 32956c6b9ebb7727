"""The queues are played as Lambda's event source mapping plays them."""

import time
from typing import Any

import pytest

from bot import parts
from sandbox import Sandbox
from sandbox.aws import ACCOUNT_ID, MAX_RECEIVE_COUNT, REGION
from sandbox.functions import Functions
from sandbox.queues import Queues
from tests.conftest import Clock

Batch = list[dict[str, Any]]


class Worker:
    """Fails the messages whose body it is told to, or the whole batch."""

    def __init__(self, *failing: str, raises: bool = False) -> None:
        self.failing = failing
        self.raises = raises
        self.batches: list[Batch] = []

    def __call__(self, event: dict[str, Any], context: Any) -> dict[str, Any]:
        assert context.get_remaining_time_in_millis() > 0
        self.batches.append(event["Records"])
        if self.raises:
            raise ValueError("a bug")
        failed = [record["messageId"] for record in event["Records"] if record["body"] in self.failing]
        return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}

    @property
    def bodies(self) -> list[str]:
        return [record["body"] for batch in self.batches for record in batch]


def queues(sandbox: Sandbox, worker: Worker) -> Queues:
    handlers = {"events": worker, "worker": worker}
    return Queues(sandbox.aws, Functions(REGION, ACCOUNT_ID, handlers))


def send(sandbox: Sandbox, body: str, delay_seconds: int = 0) -> None:
    url = sandbox.aws.queue_urls["jobs"]
    sandbox.aws.sqs.send_message(QueueUrl=url, MessageBody=body, DelaySeconds=delay_seconds)


def test_a_batch_looks_as_lambda_makes_it(sandbox: Sandbox) -> None:
    worker = Worker()
    sandbox.deliver({"detail": "é"})

    queues(sandbox, worker).drain()

    ((record,),) = worker.batches
    assert record["eventSource"] == "aws:sqs"
    assert record["eventSourceARN"] == f"arn:aws:sqs:{REGION}:{ACCOUNT_ID}:events"
    assert record["attributes"]["ApproximateReceiveCount"] == "1"
    assert record["body"] == '{"detail": "\\u00e9"}'
    assert record.keys() >= {"messageId", "receiptHandle", "messageAttributes", "md5OfBody", "awsRegion"}


def test_what_did_not_fail_is_gone_and_what_failed_comes_again(sandbox: Sandbox) -> None:
    worker = Worker("bad")
    for body in ("good", "bad", "fine"):
        send(sandbox, body)
    played = queues(sandbox, worker)

    played.poll("jobs")
    worker.failing = ()
    played.drain()

    assert sorted(worker.bodies) == ["bad", "bad", "fine", "good"]


def test_a_message_that_always_fails_ends_in_the_dead_letter_queue(sandbox: Sandbox) -> None:
    worker = Worker("bad")
    send(sandbox, "bad")
    played = queues(sandbox, worker)

    played.drain()

    assert worker.bodies == ["bad"] * MAX_RECEIVE_COUNT
    assert (played.dead("jobs"), played.dead("events")) == (1, 0)


def test_a_function_that_raises_fails_its_batch_and_the_error_is_kept(sandbox: Sandbox) -> None:
    worker = Worker(raises=True)
    send(sandbox, "one")
    played = queues(sandbox, worker)

    assert played.poll("jobs")

    (error,) = played.functions.errors
    assert str(error) == "a bug"
    worker.raises = False
    played.drain()
    assert worker.bodies == ["one", "one"]


def test_a_failure_that_names_no_message_of_the_batch_fails_all_of_it(sandbox: Sandbox) -> None:
    worker = Worker()
    send(sandbox, "one")
    answers = Functions(
        REGION, ACCOUNT_ID, {"worker": lambda *_: {"batchItemFailures": [{"itemIdentifier": "other"}]}}
    )

    Queues(sandbox.aws, answers).poll("jobs")
    queues(sandbox, worker).drain()

    assert worker.bodies == ["one"]


def test_a_delayed_message_waits_unless_it_is_hastened(sandbox: Sandbox) -> None:
    worker = Worker()
    send(sandbox, "later", delay_seconds=60)
    played = queues(sandbox, worker)

    played.drain(hasten=False)
    assert worker.bodies == []

    played.drain()
    assert worker.bodies == ["later"]


def test_by_a_clock_that_can_be_moved_each_wait_passes_for_all(sandbox: Sandbox) -> None:
    """The soonest comes first, and what comes later has waited as long by then."""
    worker, passed = Worker(), list[float]()
    for body, delay in (("last", 90), ("first", 30), ("second", 75)):
        send(sandbox, body, delay)
    played = queues(sandbox, worker)
    played.pass_time = passed.append

    played.drain(hasten=False)
    assert (worker.bodies, passed) == ([], [])

    played.drain(most_seconds=60)
    assert worker.bodies == ["first"]

    played.drain()
    assert worker.bodies == ["first", "second", "last"]
    assert passed == [pytest.approx(wait, abs=5) for wait in (30, 45, 15)]


def test_by_a_clock_that_can_be_moved_real_time_counts_for_nothing(sandbox: Sandbox) -> None:
    worker, passed = Worker(), list[float]()
    send(sandbox, "later", 30)
    played = queues(sandbox, worker)
    played.pass_time = passed.append
    played.drain(most_seconds=1)
    time.sleep(0.5)

    played.drain()
    assert worker.bodies == ["later"]
    assert passed == [pytest.approx(30, abs=0.2)]


def test_the_functions_go_by_the_sandboxs_clock(sandbox: Sandbox, clock: Clock) -> None:
    clock.advance(1000)
    assert abs(parts.now().timestamp() - sandbox.clock()) < 1
    send(sandbox, "later", delay_seconds=900)
    Queues(sandbox.aws, Functions(REGION, ACCOUNT_ID, {"worker": Worker()}), clock.advance).drain()
    assert parts.now().timestamp() - time.time() > 1890


def test_by_a_clock_that_cannot_be_moved_what_is_to_wait_for_long_is_left(sandbox: Sandbox) -> None:
    """Such a job looks at the clock, and asks for itself again."""

    class Patient(Worker):
        def __call__(self, event: dict[str, Any], context: Any) -> dict[str, Any]:
            send(sandbox, "once more", 900)
            return super().__call__(event, context)

    worker = Patient()
    send(sandbox, "once", 300)

    queues(sandbox, worker).drain()
    assert worker.bodies == ["once"]


def test_functions_that_keep_filling_their_queue_are_found_out(sandbox: Sandbox) -> None:
    class Endless(Worker):
        def __call__(self, event: dict[str, Any], context: Any) -> dict[str, Any]:
            send(sandbox, "again")
            return super().__call__(event, context)

    send(sandbox, "once")

    played = queues(sandbox, Endless())
    played.most_rounds = 5

    with pytest.raises(RuntimeError, match="not empty after 5 rounds"):
        played.drain()


def test_the_schedule_reaches_the_worker_as_eventbridge_sends_it(sandbox: Sandbox) -> None:
    seen = []
    functions = Functions(REGION, ACCOUNT_ID, {"worker": lambda event, _: seen.append(event)})

    Queues(sandbox.aws, functions).run_schedule()

    assert [(event["source"], event["detail-type"]) for event in seen] == [("aws.events", "Scheduled Event")]
