"""Network interfaces as EC2 has them now: those of a group, and those of one thing."""

from collections.abc import Callable, Mapping
from ipaddress import ip_address
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from bot.aws.clients import Client
from bot.aws.ec2_errors import translate
from bot.core.changes import GroupKey
from bot.core.interfaces import MOST_INTERFACES, NetworkInterface

_PAGE = 1000  # the most that the call gives at once; it may give fewer, and say that there are more
_MOST_PAGES = 4


class NetworkInterfaces:
    """Reads network interfaces, wherever they are; *client* gives the client for a region of an account."""

    def __init__(self, client: Callable[[str, str], Client]) -> None:
        self._client = client

    def of_group(self, key: GroupKey) -> tuple[list[NetworkInterface], bool]:
        """
        Read the interfaces of a group, a thousand at most, and say whether there are more; one call, seldom more.

        Raises:
            ReadDenied, ReadThrottled: what EC2 said.
            SecurityGroupError: EC2 said something else, or nothing; its code tells.
        """
        return self._read(key, "group-id", key.group_id)

    def of_resource(self, key: GroupKey, resource_id: str) -> tuple[list[NetworkInterface], bool]:
        """
        Read the interface *resource_id* (eni-…), or those of the instance (i-…), which are where the group *key* is.

        Raises: as of_group does.
        """
        name = "attachment.instance-id" if resource_id.startswith("i-") else "network-interface-id"
        return self._read(key, name, resource_id)

    def _read(self, key: GroupKey, name: str, value: str) -> tuple[list[NetworkInterface], bool]:
        found: list[NetworkInterface] = []
        token = None
        try:
            client = self._client(key.region, key.account_id)
            for _ in range(_MOST_PAGES):
                answer = client.describe_network_interfaces(
                    Filters=[{"Name": name, "Values": [value]}],
                    MaxResults=_PAGE,
                    **({"NextToken": token} if token else {}),
                )
                found += [_interface(entry, key.group_id) for entry in answer["NetworkInterfaces"]]
                token = answer.get("NextToken")
                if not token or len(found) >= MOST_INTERFACES:
                    break
        except (ClientError, BotoCoreError) as error:
            raise translate(error) from error
        return found[:MOST_INTERFACES], bool(token) or len(found) > MOST_INTERFACES


def _interface(entry: Mapping[str, Any], group_id: str) -> NetworkInterface:
    """Read one NetworkInterface of the EC2 API."""
    attachment = entry.get("Attachment") or {}
    associations = [
        entry.get("Association"),
        *(address.get("Association") for address in entry.get("PrivateIpAddresses", ())),
    ]
    addresses = [
        association["PublicIp"] for association in associations if (association or {}).get("PublicIp")
    ]
    ipv6 = [address["Ipv6Address"] for address in entry.get("Ipv6Addresses", ())]
    tags = {tag["Key"]: tag["Value"] for tag in entry.get("TagSet", ())}
    names = {group["GroupId"]: group.get("GroupName") for group in entry.get("Groups", ())}
    return NetworkInterface(
        interface_id=entry["NetworkInterfaceId"],
        type=entry.get("InterfaceType") or "interface",
        description=entry.get("Description") or "",
        is_managed=bool(entry.get("RequesterManaged")),
        is_attached=bool(attachment) or entry.get("Status") == "in-use",
        instance_id=attachment.get("InstanceId"),
        name=tags.get("Name") or None,
        addresses=tuple(dict.fromkeys(addresses)),
        ipv6=tuple(address for address in ipv6 if ip_address(address).is_global),
        vpc_id=entry.get("VpcId"),
        group_name=names.get(group_id),
    )
