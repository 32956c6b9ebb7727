"""`make preflight`: everything a deployment needs, looked at; nothing is changed."""

from collections.abc import Callable
from dataclasses import dataclass

from deploy import programs
from deploy.account import Account, Identity
from deploy.costs import CREATED, Costs, estimate
from deploy.errors import DeployError
from deploy.stack import Stack, find_stack
from deploy.target import Target
from deploy.terminal import Terminal
from deploy.trails import Trails, find_trails


@dataclass(frozen=True, slots=True)
class Ready:
    """What was found to deploy with."""

    identity: Identity
    stack: Stack | None
    trails: Trails


@dataclass(frozen=True, slots=True)
class Preflight:
    """Looks, and says what it sees; *node* gives Node's version, *lambda_python* a program of Lambda's Python."""

    terminal: Terminal
    account: Account
    target: Target
    node: Callable[[], str] = programs.node_version
    lambda_python: Callable[[], str | None] = programs.lambda_python

    def check(self) -> Ready:
        """
        Check credentials, Node and the stack, which have to be in order, and look for a trail, which need not.

        Raises:
            DeployError: the first thing that is not.
        """
        say = self.terminal.say
        identity = self.account.identity()
        say(f"AWS      account {identity.account_id}, region {self.account.region}, as {identity.arn}")
        say(f"Python   {programs.python_version()}{self._bytecode()}")
        say(f"Node     {self.node()}")
        stack = find_stack(self.account.client("cloudformation"), self.target)
        say(f"Stack    {self.target.stack_name}: {f'there ({stack.status})' if stack else 'not there yet'}")
        trails = find_trails(self.account.client("cloudtrail"))
        say(f"Trail    {describe_trails(trails, estimate())}")
        return Ready(identity, stack, trails)

    def _bytecode(self) -> str:
        """Say what is missed without Lambda's version of Python."""
        if self.lambda_python():
            return ""
        version = programs.LAMBDA_PYTHON
        return f"; no {version} is here to compile for Lambda, so cold starts take seconds longer. Installing it mends that"

    def report(self) -> None:
        """
        Check, and say what `make deploy` will create and cost.

        Raises:
            DeployError: something has to be mended first.
        """
        ready = self.check()
        say, costs = self.terminal.say, estimate()
        say()
        say("make deploy will renew:" if ready.stack else "make deploy will create:")
        for line in CREATED:
            say(f"  {line}")
        say(
            f"That costs about ${costs.standing:.0f} a month, and about ${costs.per_thousand:.2f} for each 1,000 changes "
            "(prices of us-east-1, free tiers left aside)."
        )
        say("It takes about three minutes, and changes nothing else in the account.")


def describe_trails(trails: Trails, costs: Costs) -> str:
    """Say whether EventBridge hears of changes, and by which trail."""
    if trails.working:
        return f"{', '.join(trails.working)} logs management writes"
    if trails.unclear:
        return f"not clear: {', '.join(trails.unclear)}. `make prove` will tell"
    why = f" ({'; '.join(trails.not_working)})" if trails.not_working else ""
    return f"none that logs management writes{why}: make deploy offers to create one, about ${costs.trail:.2f} a month"


def decide_trail(target: Target, ready: Ready, terminal: Terminal) -> str:
    """
    Decide what the parameter trail is to be.

    What was said holds; then, what is deployed: a trail of our own must not go because nobody repeated it. Without any trail
    the person is asked.

    Raises:
        DeployError: there is no trail, and nobody to ask.
    """
    if "trail" in target.parameters:
        return target.parameters["trail"]
    if ready.stack and ready.stack.parameters.get("Trail", "none") != "none":
        return ready.stack.parameters["Trail"]
    if ready.trails.working or ready.trails.unclear:
        return "none"
    how = 'PARAMS="trail=region" has one made for this region, "trail=all" for all regions, "trail=none" goes on without.'
    if not terminal.is_interactive:
        raise DeployError(f"Without a trail that logs management writes no card would ever come. {how}")
    terminal.say()
    terminal.say("Without a trail that logs management writes no card would ever come.")
    answer = terminal.ask(f"Make one for this region, about ${estimate().trail:.2f} a month? [Y/n] ").lower()
    if answer in ("", "y", "yes"):
        return "region"
    terminal.say(f"Going on without. Later: {how}")
    return "none"
