"""`make prove`: changes a security group of our own in AWS, and waits for its card."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from bot.core.alerts import Alert, AlertNotFound
from bot.core.changes import GroupKey
from bot.core.errors import StoreError
from bot.core.history import HistoryEntry, Listing
from deploy.account import Client, aws_words
from deploy.errors import DeployError
from deploy.terminal import Terminal

PREFIX = "panopticon-prove-"
"""How the names of our groups begin; the time follows, by which one that was left behind is known."""

RULE_CALL = "AuthorizeSecurityGroupIngress"

# The discard port, from an address of documents, to which nothing is ever routed. https://www.rfc-editor.org/rfc/rfc5737
_HARMLESS = {
    "IpProtocol": "tcp",
    "FromPort": 9,
    "ToPort": 9,
    "IpRanges": [{"CidrIp": "192.0.2.1/32", "Description": "Panopticon proves that it works"}],
}
_LOOK_AGAIN_SECONDS = 1
_LEFT_BEHIND_SECONDS = 15 * 60


class History(Protocol):
    """What is asked of the store."""

    def changes(self, listing: Listing, *, limit: int, now: datetime) -> list[HistoryEntry]:
        """List the changes of a group."""

    def alert(self, alert_id: str) -> Alert:
        """Give an alert."""


@dataclass(frozen=True, slots=True)
class Seen:
    """How far the change had come when time was up: to the table, and to an alert of its own."""

    is_recorded: bool
    alert_id: str | None


class NoCard(DeployError):
    """The change was made and no card came; *seen* says how far it got."""

    def __init__(self, seconds: int, seen: Seen) -> None:
        super().__init__(f"No card came within {seconds} s.")
        self.seen = seen


@dataclass(frozen=True, slots=True)
class Proving:
    """Makes a group that nothing uses, adds a rule that lets nobody in, and deletes it again whatever happens."""

    terminal: Terminal
    ec2: Client
    store: History
    account_id: str
    region: str
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.time

    def prove(self, *, vpc_id: str | None = None, patience_seconds: int = 180) -> float:
        """
        Give the seconds from the change to its card.

        Raises:
            NoCard: none came in time.
            DeployError: AWS did not let us; the group is deleted all the same.
        """
        self.tidy_up()
        with self._group(vpc_id or self._any_vpc()) as group_id:
            self.terminal.say(f"Adding to {group_id}: ingress tcp 9 from 192.0.2.1/32, which admits nobody …")
            began = self.clock()
            with aws_words("add a rule to it (ec2:AuthorizeSecurityGroupIngress)"):
                self.ec2.authorize_security_group_ingress(GroupId=group_id, IpPermissions=[_HARMLESS])
            seen = Seen(is_recorded=False, alert_id=None)
            while self.clock() - began < patience_seconds:
                seen, has_card = self._look(GroupKey(self.account_id, self.region, group_id))
                if has_card:
                    return self.clock() - began
                self.sleep(_LOOK_AGAIN_SECONDS)
            raise NoCard(patience_seconds, seen)

    def tidy_up(self) -> None:
        """Delete groups that an earlier run could not, because it was killed."""
        with aws_words("look for groups of an earlier run (ec2:DescribeSecurityGroups)"):
            found = self.ec2.describe_security_groups(
                Filters=[{"Name": "group-name", "Values": [f"{PREFIX}*"]}]
            )["SecurityGroups"]
        for group in found:
            made_at = group["GroupName"].removeprefix(PREFIX)
            if made_at.isdecimal() and self.clock() - int(made_at) > _LEFT_BEHIND_SECONDS:
                self._delete(group["GroupId"])
                self.terminal.say(f"Deleted {group['GroupId']}, which an earlier run left behind")

    def _look(self, key: GroupKey) -> tuple[Seen, bool]:
        """Tell how far the change has come, and whether its card is there."""
        try:
            entries = self.store.changes(Listing(group=key), limit=10, now=datetime.now(UTC))
            ours = [entry for entry in entries if entry.digest.change.event_name == RULE_CALL]
            told = ours[0].told if ours else None
            if told is None:
                return Seen(bool(ours), None), False
            alert = self.store.alert(told.alert_id)
        except AlertNotFound:
            return Seen(is_recorded=True, alert_id=None), False
        except StoreError as error:
            raise DeployError(
                f"The table did not answer ({error}). You need the right to read it."
            ) from error
        is_drawn = alert.message is not None and alert.drawn_version >= alert.content_version
        return Seen(is_recorded=True, alert_id=alert.alert_id), is_drawn

    def _any_vpc(self) -> str:
        with aws_words("look for a VPC (ec2:DescribeVpcs)"):
            vpcs = self.ec2.describe_vpcs()["Vpcs"]
        if not vpcs:
            raise DeployError(
                "There is no VPC in this region to make a group in. Make one, or prove in another region."
            )
        best: str = max(vpcs, key=lambda vpc: bool(vpc.get("IsDefault")))["VpcId"]
        return best

    @contextmanager
    def _group(self, vpc_id: str) -> Iterator[str]:
        with aws_words("make a security group (ec2:CreateSecurityGroup)"):
            group_id: str = self.ec2.create_security_group(
                GroupName=f"{PREFIX}{int(self.clock())}",
                Description="Panopticon proves that it works. Deleted in a moment.",
                VpcId=vpc_id,
            )["GroupId"]
        self.terminal.say(f"Made {group_id} in {vpc_id}, which nothing uses")
        try:
            yield group_id
        finally:
            self._delete(group_id)
            self.terminal.say(f"Deleted {group_id}")

    def _delete(self, group_id: str) -> None:
        try:
            with aws_words("delete it (ec2:DeleteSecurityGroup)"):
                self.ec2.delete_security_group(GroupId=group_id)
        except DeployError as error:
            raise DeployError(f"{error} Please delete {group_id} by hand; it lets nobody in.") from error
