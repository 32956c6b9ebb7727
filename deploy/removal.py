"""`make remove`: the stack and Slack's secrets; what holds history stays."""

from dataclasses import dataclass

from deploy.account import Account
from deploy.errors import DeployError
from deploy.osls import Osls
from deploy.stack import find_stack
from deploy.target import SERVICE, Target
from deploy.terminal import Terminal
from deploy.vault import Vault


@dataclass(frozen=True, slots=True)
class Removing:
    """Removes a target."""

    terminal: Terminal
    account: Account
    target: Target
    osls: Osls

    def remove(self, *, is_sure: bool) -> None:
        """
        Ask, then take the stack and the secrets away; where nothing is left of either, say so.

        Raises:
            DeployError: nobody was there to ask, or it was not meant, or AWS refused.
        """
        say, name = self.terminal.say, self.target.stack_name
        stack = find_stack(self.account.client("cloudformation"), self.target)
        path = stack.output("SlackParameters") if stack and "SlackParameters" in stack.outputs else None
        vault = Vault(self.account.client("ssm"), path or f"/{SERVICE}/{self.target.stage}")
        if stack is None and not vault.present():
            say(f"There is no stack {name} in {self.account.region}, and no secrets. Nothing to remove.")
            return
        self._ask(is_sure=is_sure)
        if stack:
            self.osls.remove()
        removed = vault.empty()
        say()
        secrets = f" and {vault.path}/{{{','.join(sorted(removed))}}}" if removed else ""
        say(f"Removed {name}{secrets}.")
        if stack and "TableName" in stack.outputs:
            table = stack.outputs["TableName"]
            say(f"Still there, because it holds the history: the table {table}. To delete it for good:")
            say(f"  aws dynamodb delete-table --region {self.account.region} --table-name {table}")
        if stack and "TrailBucketName" in stack.outputs:
            bucket = stack.outputs["TrailBucketName"]
            say(f"Still there, with what the trail wrote: the bucket {bucket}. To delete it for good:")
            say(f"  aws s3 rb --force s3://{bucket}")
        say("The Slack app is still there: delete it on its page at api.slack.com/apps.")

    def _ask(self, *, is_sure: bool) -> None:
        if is_sure:
            return
        name = self.target.stack_name
        if not self.terminal.is_interactive:
            raise DeployError(f"This removes {name}. Say YES=1 when it is meant and nobody can be asked.")
        if self.terminal.ask(f"Type {name} to remove it from {self.account.region}: ") != name:
            raise DeployError("Nothing was removed.")
