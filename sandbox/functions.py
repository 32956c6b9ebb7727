"""Lambda's part: three functions, each one warm instance that takes one request at a time."""

import importlib
import json
import logging
import sys
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

Handler = Callable[[dict[str, Any], Any], Any]

NAMES = ("events", "slack", "worker")
TIMEOUT_SECONDS = 60

logger = logging.getLogger("sandbox")


@dataclass(frozen=True, slots=True)
class LambdaContext:
    """What Lambda passes beside the event."""

    function_name: str
    invoked_function_arn: str
    aws_request_id: str
    started: float
    function_version: str = "$LATEST"
    memory_limit_in_mb: int = 512
    log_group_name: str = "/aws/lambda/sandbox"
    log_stream_name: str = "sandbox"
    identity: None = None
    client_context: None = None

    def get_remaining_time_in_millis(self) -> int:
        """Tell how long the function may still run."""
        return max(0, int((TIMEOUT_SECONDS - (time.monotonic() - self.started)) * 1000))


@dataclass(slots=True)
class Functions:
    """
    The handlers by function name, imported on the first call.

    *handlers* takes the place of `bot.handlers` where the sandbox itself is under test. What a handler raises is kept
    in `errors`: Lambda would log it and report a failed invocation.
    """

    region: str
    account_id: str
    handlers: Mapping[str, Handler] | None = None
    errors: list[Exception] = field(default_factory=list)
    _locks: dict[str, Lock] = field(default_factory=lambda: {name: Lock() for name in NAMES})

    def invoke(self, name: str, event: Mapping[str, Any]) -> Any:
        """
        Run the function *name*; event and answer cross as JSON, as they do in AWS.

        Raises:
            FunctionError: the handler raised, or answered what is not JSON.
        """
        arn = f"arn:aws:lambda:{self.region}:{self.account_id}:function:panopticon-{name}"
        with self._locks[name]:
            context = LambdaContext(f"panopticon-{name}", arn, str(uuid.uuid4()), time.monotonic())
            try:
                answer = self._handler(name)(json.loads(json.dumps(event)), context)
                return json.loads(json.dumps(answer))
            except Exception as error:
                self.errors.append(error)
                logger.exception("The function %s failed", name)
                raise FunctionError(name) from error

    def start_cold(self) -> None:
        """Have the next calls find nothing that earlier ones kept in memory."""
        self.errors.clear()
        _forget("bot.handlers", "bot.parts")

    def move(self) -> None:
        """Have them make clients of the account that is here now, where one process plays several, one after the other."""
        _forget("bot.aws.clients")

    def _handler(self, name: str) -> Handler:
        if self.handlers is not None:
            return self.handlers[name]
        handler: Handler = getattr(importlib.import_module("bot.handlers"), name)
        return handler


class FunctionError(Exception):
    """A function raised."""

    def __init__(self, name: str) -> None:
        super().__init__(f"the function {name} failed")
        self.name = name


def _forget(*modules: str) -> None:
    """Empty what *modules* keep of their own functions' answers."""
    for module in filter(None, map(sys.modules.get, modules)):
        for kept in vars(module).values():
            if getattr(kept, "__module__", None) == module.__name__ and hasattr(kept, "cache_clear"):
                kept.cache_clear()
