"""`python -m deploy STEP`: what the Makefile calls."""

import argparse
import signal
import sys
from datetime import UTC, datetime, timedelta
from functools import partial

from bot.aws.store import Store
from bot.aws.table import Table
from deploy.account import Account
from deploy.connect import Connecting
from deploy.deployment import Deploying
from deploy.diagnosis import Diagnosis
from deploy.errors import DeployError
from deploy.osls import Osls
from deploy.preflight import Preflight
from deploy.proof import NoCard, Proving
from deploy.removal import Removing
from deploy.stack import need_stack
from deploy.standalone import package
from deploy.target import Target, read_target
from deploy.terminal import Terminal
from deploy.vault import Vault

# How long the store keeps what it is given, which is nothing here.
_NOTHING_IS_WRITTEN = timedelta()


def main(arguments: list[str] | None = None) -> int:
    """Do one step; 1 when it could not be done, 130 when it was interrupted."""
    options = _parse(arguments)
    # `kill` ends a step as Ctrl-C does, so that what it made is taken away.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        target = read_target(options.stage, options.region, options.param)
        options.step(target, options)
    except DeployError as error:
        sys.stderr.write(f"\n{error}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("\nInterrupted.\n")
        return 130
    return 0


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m deploy", description="Deploy Panopticon.")
    steps = {
        "package": _package,
        "preflight": _preflight,
        "deploy": _deploy,
        "connect": _connect,
        "prove": _prove,
        "remove": _remove,
    }
    parser.add_argument("step", choices=steps, help="what to do")
    parser.add_argument("--stage", default="prod", help="which deployment (prod)")
    parser.add_argument("--region", help="where; the AWS configuration's when not given")
    parser.add_argument(
        "--param", action="append", default=[], help="name=value of serverless.yml, repeatable"
    )
    parser.add_argument("--vpc", help="for prove: the VPC to make the group in")
    parser.add_argument("--seconds", type=int, default=180, help="for prove: how long to wait (180)")
    parser.add_argument("--yes", action="store_true", help="for remove: do not ask")
    options = parser.parse_args(arguments)
    options.step = steps[options.step]
    return options


def _package(target: Target, _options: argparse.Namespace) -> None:
    package(Terminal(), Osls(target, target.region or "us-east-1"), target)


def _preflight(target: Target, _options: argparse.Namespace) -> None:
    Preflight(Terminal(), Account(target.region), target).report()


def _deploy(target: Target, _options: argparse.Namespace) -> None:
    terminal, account = Terminal(), Account(target.region)
    preflight = Preflight(terminal, account, target)
    Deploying(terminal, account, target, preflight, Osls(target, account.region)).deploy()


def _connect(target: Target, _options: argparse.Namespace) -> None:
    account = Account(target.region)
    stack = need_stack(account.client("cloudformation"), target)
    Connecting(Terminal(), Vault(account.client("ssm"), stack.output("SlackParameters")), _now).connect(stack)


def _prove(target: Target, options: argparse.Namespace) -> None:
    terminal, account = Terminal(), Account(target.region)
    identity = account.identity()
    stack = need_stack(account.client("cloudformation"), target)
    table = Table(stack.output("TableName"), partial(account.client, "dynamodb"))
    proving = Proving(
        terminal,
        account.client("ec2"),
        Store(table, _NOTHING_IS_WRITTEN),
        identity.account_id,
        account.region,
    )
    try:
        seconds = proving.prove(vpc_id=options.vpc, patience_seconds=options.seconds)
    except NoCard as trouble:
        vault = Vault(account.client("ssm"), stack.output("SlackParameters"))
        found = Diagnosis(account, target, stack, vault, _now).explain(trouble.seen)
        raise DeployError("\n- ".join([str(trouble), *found])) from trouble
    terminal.say(f"card after {seconds:.0f} s")


def _remove(target: Target, options: argparse.Namespace) -> None:
    account = Account(target.region)
    Removing(Terminal(), account, target, Osls(target, account.region)).remove(is_sure=options.yes)


def _now() -> datetime:
    return datetime.now(UTC)


if __name__ == "__main__":
    sys.exit(main())
