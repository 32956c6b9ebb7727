"""Slack's secrets in the Parameter Store, where the functions read them."""

from bot.aws.parameters import BOT_TOKEN, CHANNEL, PREVIOUS_SIGNING_SECRET, SIGNING_SECRET
from deploy.account import Client, aws_words

NAMES = (BOT_TOKEN, SIGNING_SECRET, PREVIOUS_SIGNING_SECRET, CHANNEL)
_SECRET = frozenset({BOT_TOKEN, SIGNING_SECRET, PREVIOUS_SIGNING_SECRET})


class Vault:
    """Reads, keeps and removes what lies under one path; each call raises DeployError when AWS refuses."""

    def __init__(self, ssm: Client, path: str) -> None:
        self.path = path
        self._ssm = ssm

    def stored(self) -> dict[str, str]:
        """Give what is there, by its name under the path."""
        with aws_words(f"read {self.path} (ssm:GetParameters)"):
            answer = self._ssm.get_parameters(
                Names=[f"{self.path}/{name}" for name in NAMES], WithDecryption=True
            )
        return {entry["Name"].rsplit("/", 1)[-1]: entry["Value"] for entry in answer["Parameters"]}

    def present(self) -> frozenset[str]:
        """Name what is there, without reading it."""
        with aws_words(f"look at {self.path} (ssm:GetParameters)"):
            answer = self._ssm.get_parameters(Names=[f"{self.path}/{name}" for name in NAMES])
        return frozenset(entry["Name"].rsplit("/", 1)[-1] for entry in answer["Parameters"])

    def keep(self, name: str, value: str) -> None:
        """Store *value*, over an earlier one."""
        kind = "SecureString" if name in _SECRET else "String"
        with aws_words(f"store {self.path}/{name} (ssm:PutParameter)"):
            self._ssm.put_parameter(Name=f"{self.path}/{name}", Type=kind, Value=value, Overwrite=True)

    def empty(self) -> frozenset[str]:
        """Remove everything, and name what was there."""
        with aws_words(f"remove {self.path} (ssm:DeleteParameters)"):
            answer = self._ssm.delete_parameters(Names=[f"{self.path}/{name}" for name in NAMES])
        return frozenset(name.rsplit("/", 1)[-1] for name in answer["DeletedParameters"])
