"""What a story is played on: an account and a channel in this process, a clock that a story moves, and a page to print on."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sandbox import CHANNEL, JO, SAM, Message, Sandbox
from sandbox.principals import ALICE, Principal
from tests.golden.printing import Reader, with_steady_ids

BEGIN = datetime(2026, 3, 2, 20, 7, tzinfo=UTC)
"""When each story begins: a Monday."""

ANYWHERE = "0.0.0.0/0"


class Clock:
    """The time of the story, which stands still unless a story lets it pass."""

    def __init__(self) -> None:
        self.now = BEGIN

    def __call__(self) -> float:
        return self.now.timestamp()

    def advance(self, seconds: float = 1) -> None:
        """Let time pass."""
        self.now += timedelta(seconds=seconds)


class Stage:
    """
    Plays a story by the bot's own handlers and prints it: what is done, and what Slack shows then.

    Each call is a second after the one before it. What a story does not `show` is shown at its end.
    """

    def __init__(self, sandbox: Sandbox, clock: Clock) -> None:
        self.sandbox = sandbox
        self.clock = clock
        self.lines: list[str] = []
        self._shown: dict[str, list[str]] = {}
        clock.now = BEGIN
        sandbox.reset()

    # What is there before

    def group(self, name: str, *permissions: Mapping[str, Any], is_used: bool = True) -> str:
        """
        Make a group that is older than Panopticon, with these ingress rules and no others; give its id.

        An instance is behind it, unless it *is_used* by nothing.
        """
        ec2, groups = self.sandbox.aws.ec2, self.sandbox.groups
        if name in groups.ids:
            made = groups.ids[name]
            for rule in groups.described([made]):
                if not rule["IsEgress"]:
                    ids = [rule["SecurityGroupRuleId"]]
                    ec2.revoke_security_group_ingress(GroupId=made, SecurityGroupRuleIds=ids)
        else:
            made = ec2.create_security_group(GroupName=name, Description=name, VpcId=groups.vpc_id)["GroupId"]
            groups.ids[name] = made
        if (
            is_used
            and not ec2.describe_network_interfaces(Filters=[{"Name": "group-id", "Values": [made]}])[
                "NetworkInterfaces"
            ]
        ):
            groups.run_instance(f"{name}-1", name)
        if permissions:
            ec2.authorize_security_group_ingress(GroupId=made, IpPermissions=list(permissions))
        return str(made)

    def read_all(self) -> None:
        """Let Panopticon read every group, as it does once a day."""
        self.sandbox.queues.run_schedule()
        self.sandbox.drain()

    # What happens

    def at(self, time: str, *, days: int = 0) -> None:
        """
        Let it become *time* o'clock, UTC, of the first day or some days after it.

        Raises:
            ValueError: it is later already.
        """
        hour, minute = map(int, time.split(":"))
        then = BEGIN.replace(hour=hour, minute=minute) + timedelta(days=days)
        if then < self.clock.now:
            raise ValueError(f"it is {self.clock.now:%H:%M:%S} already, later than {time}")
        self.clock.now = then

    def says(self, what: str) -> None:
        """Print what happens, with the time."""
        self._paragraph(f"{self.clock.now:%H:%M}  {what}")

    def notes(self, what: str) -> None:
        """Print what is so, with no time."""
        self._paragraph(what)

    def call(
        self,
        operation: str,
        principal: Principal = ALICE,
        *,
        age: timedelta = timedelta(0),
        **parameters: Any,
    ) -> dict[str, Any]:
        """Make an EC2 call, some time ago if told so, and give its CloudTrail record."""
        self.clock.advance()
        seconds = int(age.total_seconds())
        event = self.sandbox.groups.call(operation, principal, seconds, **parameters)
        record: dict[str, Any] = event["detail"]
        return record

    def authorize(
        self, group: str, *permissions: Mapping[str, Any], by: Principal = ALICE, **more: Any
    ) -> str:
        """Add ingress rules to *group*; give the id of the first."""
        record = self.call(
            "AuthorizeSecurityGroupIngress",
            by,
            GroupId=self.id(group),
            IpPermissions=list(permissions),
            **more,
        )
        items = ((record["responseElements"] or {}).get("securityGroupRuleSet") or {}).get("items") or [{}]
        return str(items[0].get("securityGroupRuleId"))

    def revoke(self, group: str, *permissions: Mapping[str, Any], by: Principal = ALICE) -> None:
        """Remove ingress rules of *group* by what they admit."""
        self.call("RevokeSecurityGroupIngress", by, GroupId=self.id(group), IpPermissions=list(permissions))

    def id(self, group: str) -> str:
        """Give the id of a group by its name."""
        return self.sandbox.groups.ids[group]

    def deliver(self, event: Mapping[str, Any]) -> None:
        """Deliver an event that no call here has made."""
        self.sandbox.deliver(event)

    def settle(self, seconds: float = 40) -> None:
        """Let the bot work until it has done what is due within *seconds*: less than the minute after which a burst is over."""
        self.sandbox.drain(most_seconds=seconds)

    # What people do

    def card(self, number: int = -1) -> Message:
        """Give a message of the channel that is no line of a thread."""
        return [message for message in self._channel() if message.thread_ts is None][number]

    def click(self, button: str, user: str = JO, number: int = -1) -> None:
        """Click a button of a card by its action."""
        self.sandbox.click(user, self.card(number), button)

    def choose(self, option: str, user: str = JO, number: int = -1) -> None:
        """Choose an option of a card's menu by its text."""
        self.sandbox.choose(user, self.card(number), "more", option)

    # What is seen

    def shows(self, seconds: float = 40) -> None:
        """Let the bot work, then print the channel: of it, what is new or has changed."""
        self.settle(seconds)
        messages = self._channel()
        for message in messages:
            printed = self._reader.message(message)
            if message.thread_ts is None and self._shown.get(message.ts) != printed:
                known = message.ts in self._shown
                self._paragraph("The card is now:" if known else "In the channel:", printed)
                self._shown[message.ts] = printed
            for line in messages:
                if line.thread_ts == message.ts and line.ts not in self._shown:
                    self._shown[line.ts] = self._reader.message(line)
                    self._paragraph("In its thread:", self._shown[line.ts])

    def shows_card(self, number: int) -> None:
        """Print one of the cards alone."""
        self._paragraph("In the channel, among others:", self._reader.message(self.card(number)))

    def shows_answer(self, user: str = JO) -> None:
        """Print the latest message that *user* alone sees."""
        answer = self.sandbox.slack.ephemerals(user)[-1]
        self._paragraph(f"Only @{self._names[user]} sees:", self._reader.message(answer))

    def shows_modal(self, user: str = JO) -> None:
        """Print the modal that *user* sees."""
        view = self.sandbox.slack.modal(user)
        if view is None:
            raise ValueError(f"{user} sees no modal")
        self._paragraph(f"@{self._names[user]} sees:", self._reader.modal(view))

    def asks(self, command: str, user: str = SAM) -> None:
        """Type a command, and print what is answered."""
        self.says(f"@{self._names[user]} types /sg-changes {command}".rstrip())
        self.sandbox.command(user, command)
        self.shows_answer(user)

    def forget(self) -> None:
        """Take the channel as it is for shown."""
        self._shown = {message.ts: self._reader.message(message) for message in self._channel()}

    def page(self, title: str) -> str:
        """Give the story as a page."""
        self.shows()
        told = "\n".join(self.lines)
        return with_steady_ids(f"{title}\n{'=' * len(title)}\n{told}\n")

    @property
    def _names(self) -> dict[str, str]:
        return {user.id: user.name for user in self.sandbox.slack.users.values()}

    @property
    def _reader(self) -> Reader:
        return Reader(self.clock.now, self._names)

    def _channel(self) -> list[Message]:
        return self.sandbox.slack.messages(CHANNEL)

    def _paragraph(self, first: str, lines: Sequence[str] = ()) -> None:
        self.lines += ["", first, *(f"    {line}".rstrip() for line in lines)]


def tcp(
    port: int | tuple[int, int], *sources: str, text: str | None = None, protocol: str = "tcp"
) -> dict[str, Any]:
    """Write an IP permission of a port, or of a range of ports, for sources: networks, and ids of prefix lists or groups."""
    first, last = port if isinstance(port, tuple) else (port, port)
    written: dict[str, Any] = {"IpProtocol": protocol, "FromPort": first, "ToPort": last}
    told = {"Description": text} if text else {}
    for source in sources:
        kind, key = (
            ("PrefixListIds", "PrefixListId")
            if source.startswith("pl-")
            else ("UserIdGroupPairs", "GroupId")
            if source.startswith("sg-")
            else ("Ipv6Ranges", "CidrIpv6")
            if ":" in source
            else ("IpRanges", "CidrIp")
        )
        written.setdefault(kind, []).append({key: source} | told)
    return written


def everything(*sources: str) -> dict[str, Any]:
    """Write an IP permission of all traffic."""
    return {"IpProtocol": "-1"} | {
        name: value
        for name, value in tcp(0, *sources).items()
        if name not in ("IpProtocol", "FromPort", "ToPort")
    }


def in_session(key: str, principal: Principal = ALICE) -> Principal:
    """Give *principal* in another session, whose changes gather with no others."""
    return replace(principal, identity={**principal.identity, "accessKeyId": key})


EARLIER = in_session("ASIAEXAMPLEALICE0000")
"""alice in a session of before, whose changes gather with none of the story's."""
