"""The queue of jobs for the worker."""

from collections.abc import Callable

from botocore.exceptions import BotoCoreError, ClientError

from bot.aws.clients import Client
from bot.core.errors import JobError
from bot.core.jobs import Job, encode_job

MAX_DELAY_SECONDS = 900  # SQS's own limit


class JobQueue:
    """Hands jobs to the worker."""

    def __init__(self, url: str, client: Callable[[], Client]) -> None:
        self._url = url
        self._client = client

    def send(self, job: Job, *, delay_seconds: int = 0) -> None:
        """
        Queue *job*, to be done after *delay_seconds*, 15 minutes at most.

        Raises:
            JobError: SQS did not take it.
        """
        delay = max(0, min(delay_seconds, MAX_DELAY_SECONDS))
        try:
            self._client().send_message(QueueUrl=self._url, MessageBody=encode_job(job), DelaySeconds=delay)
        except (ClientError, BotoCoreError) as error:
            raise JobError(f"not queued: {type(error).__name__}") from error
