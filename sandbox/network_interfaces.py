"""
Network interfaces as moto has them, corrected where AWS does otherwise, and those that services make, which moto does not.

API_… is to be found at https://docs.aws.amazon.com/AWSEC2/latest/APIReference/.
"""

from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.models import ec2_backends
from moto.ec2.responses import EC2Response


class NetworkInterfaces(EC2Response):
    """The calls about network interfaces that moto answers otherwise than EC2."""

    def describe_network_interfaces(self) -> ActionResult:
        """
        List interfaces by the page, and find those of a group also where the group is the instance's.

        API_DescribeNetworkInterfaces
        """
        self.error_on_dryrun()
        filters = self._filters_from_querystring()
        groups = set(filters.pop("group-id", ()))
        found = [
            interface
            for interface in self.ec2_backend.get_all_network_interfaces(
                self._get_param("NetworkInterfaceIds", []), filters
            )
            if not groups or groups & {group.id for group in interface.group_set}
        ]
        start, most = int(self._get_param("NextToken") or 0), self._get_param("MaxResults")
        end = start + int(most) if most is not None else len(found)
        token = str(end) if end < len(found) else None
        return ActionResult({"NetworkInterfaces": found[start:end], "NextToken": token})

    def modify_instance_attribute(self) -> ActionResult:
        """
        Give an instance other groups, which its primary interface then has, and no others.

        API_ModifyInstanceAttribute
        """
        answer = super().modify_instance_attribute()
        if group_ids := self._get_param("Groups", []):
            groups = [self.ec2_backend.get_security_group_from_id(group_id) for group_id in group_ids]
            instance = self.ec2_backend.get_instance(self._get_param("InstanceId"))
            instance.security_groups = groups
            instance.nics[0]._group_set = groups  # noqa: SLF001  # where moto keeps what an interface has by itself
        return answer


def give_address(place: tuple[str, str], interface_id: str, address: str) -> None:
    """Give an interface that has a public address this one, where moto draws lots."""
    account_id, region = place
    interface: Any = ec2_backends[account_id][region].enis[interface_id]
    interface.public_ip = address


def give_to_service(place: tuple[str, str], interface_id: str, service: str, kind: str = "interface") -> None:
    """
    Make an interface one that a service has made and uses, in *place*, an account and region.

    *service* is as EC2 names it in RequesterId, *kind* its InterfaceType.
    https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/requester-managed-eni.html
    """
    account_id, region = place
    interface: Any = ec2_backends[account_id][region].enis[interface_id]
    interface.requester_managed = True
    interface.requester_id = service
    interface.interface_type = kind
    interface.status = "in-use"
