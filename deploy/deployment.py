"""`make deploy`: the stack, and then the way to the Slack app."""

from dataclasses import dataclass

from bot.aws.parameters import BOT_TOKEN, CHANNEL, SIGNING_SECRET
from deploy import address
from deploy.account import Account
from deploy.app import FILLED, ROOT, create_link, fill_manifest, load_manifest, write_manifest
from deploy.osls import Osls
from deploy.preflight import Preflight, decide_trail
from deploy.stack import Stack, need_stack
from deploy.target import Target
from deploy.terminal import Terminal
from deploy.vault import Vault


@dataclass(frozen=True, slots=True)
class Deploying:
    """Deploys a target; *fetch* asks the function's address."""

    terminal: Terminal
    account: Account
    target: Target
    preflight: Preflight
    osls: Osls
    fetch: address.Fetch = address.fetch

    def deploy(self) -> None:
        """
        Make or renew the stack, then say what is next; works before there is a Slack app.

        Raises:
            DeployError: a check failed, or osls did.
        """
        ready = self.preflight.check()
        trail = decide_trail(self.target, ready, self.terminal)
        self.terminal.say()
        self.osls.deploy({**self.target.parameters, "trail": trail})
        stack = need_stack(self.account.client("cloudformation"), self.target)
        url = stack.output("FunctionUrl")
        manifest = fill_manifest(load_manifest(), url)
        write_manifest(manifest)
        say = self.terminal.say
        say()
        say(f"{stack.name} is deployed. Slack's address of it: {url}")
        if trouble := address.find_address_trouble(url, None, self.fetch):
            say(f"But that address: {trouble}.")
        say()
        if self._is_connected(stack):
            say("It is connected with Slack: /sg-changes doctor there, or make prove here.")
            say(f"Has the manifest changed? App Manifest on the app's page takes {FILLED.relative_to(ROOT)}.")
            return
        say(
            "Next, create the Slack app, install it (an admin may have to approve it), and invite it to a channel:"
        )
        say()
        say(f"  {create_link(manifest)}")
        say()
        say(f"The same manifest is in {FILLED.relative_to(ROOT)}. Then: make connect")

    def _is_connected(self, stack: Stack) -> bool:
        present = Vault(self.account.client("ssm"), stack.output("SlackParameters")).present()
        needed = {BOT_TOKEN, SIGNING_SECRET} | ({CHANNEL} if not stack.parameters.get("Channel") else set())
        return needed <= present
