"""A small world of security groups in moto's EC2, and calls that change it and are recorded as AWS would."""

from collections.abc import Callable
from typing import Any

from botocore import xform_name
from botocore.exceptions import ClientError

from sandbox.aws import ACCOUNT_ID, REGION
from sandbox.cloudtrail import Call, build_event
from sandbox.network_interfaces import give_address, give_to_service
from sandbox.principals import ALICE, ERIN, TERRAFORM, Principal

ANYWHERE = "0.0.0.0/0"

# name -> (description, ingress rules as (port, source, description)); a source without "/" is another group's name
GROUPS: dict[str, tuple[str, tuple[tuple[int, str, str], ...]]] = {
    "bastion": ("Way in for operators", ((22, "203.0.113.0/24", "office"),)),
    "web-prod": (
        "Public web servers",
        ((80, ANYWHERE, "redirect to https"), (443, ANYWHERE, "https"), (22, "bastion", "operators")),
    ),
    "app-prod": ("Application servers", ((8080, "web-prod", "from web"), (22, "bastion", "operators"))),
    "db-prod": ("PostgreSQL", ((5432, "app-prod", "from app"),)),
    "old-bastion": ("Former way in, to be removed", ((22, "198.51.100.0/24", "former office"),)),
}
STORY = ("web-prod", "old-bastion")
"""The groups whose making Panopticon has seen; the others are older than it is."""
STORY_AGE_SECONDS = 2400
STORY_STEP_SECONDS = 600
"""What happens one after the other so quickly that it gathers in one card is another story."""
INCIDENT_AGE_SECONDS = 720

WEB_ADDRESS = "198.51.100.20"

# What AWS runs there: which service, under which group, and how it describes its interface.
SERVED = (
    ("amazon-elb", "web-prod", "ELB app/web-internal/50dc6c495c0c9188"),
    ("amazon-rds", "db-prod", "RDSNetworkInterface"),
)

PREFIX_LIST = ("office", ("203.0.113.0/24", "Seoul"))


class SecurityGroups:
    """The groups of the sandbox's VPC by name, and every call that changes one; `version` rises with each."""

    def __init__(
        self,
        client: Any,
        emit: Callable[[dict[str, Any]], None],
        clock: Callable[[], float],
    ) -> None:
        self._client = client
        self._emit = emit
        self._clock = clock
        self.version = 0
        self.vpc_id = self.other_vpc_id = ""
        self.prefix_list_id = self.subnet_id = self.instance_id = self.interface_id = ""
        self.ids: dict[str, str] = {}

    def build(self) -> None:
        """Make the world from nothing; nobody records it, as if it were older than the trail."""
        self.version += 1
        self.ids.clear()
        self.vpc_id = self._client.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        for name, (description, _) in GROUPS.items():
            made = self._client.create_security_group(
                GroupName=name, Description=description, VpcId=self.vpc_id
            )
            self.ids[name] = made["GroupId"]
            self._add_rules(name)
        self._furnish()

    def _furnish(self) -> None:
        """
        Make what groups are used by: an instance, a load balancer, a database, an interface that waits; a prefix list, another VPC.

        Behind the bastions, and the application, there is nothing.
        """
        subnet = self._client.create_subnet(VpcId=self.vpc_id, CidrBlock="10.0.1.0/24")["Subnet"]["SubnetId"]
        self.subnet_id = subnet
        self.instance_id, primary = self.run_instance("web-1", "web-prod", is_public=True)
        give_address((ACCOUNT_ID, REGION), primary, WEB_ADDRESS)
        self.interface_id = self._interface(subnet, "web-prod", "a spare one")
        for service, group, description in SERVED:
            give_to_service((ACCOUNT_ID, REGION), self._interface(subnet, group, description), service)
        name, (cidr, text) = PREFIX_LIST
        listed = self._client.create_managed_prefix_list(
            PrefixListName=name,
            AddressFamily="IPv4",
            MaxEntries=10,
            Entries=[{"Cidr": cidr, "Description": text}],
        )
        self.prefix_list_id = listed["PrefixList"]["PrefixListId"]
        vpcs = self._client.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"]
        self.other_vpc_id = vpcs[0]["VpcId"]

    def run_instance(self, name: str, group: str, *, is_public: bool = False) -> tuple[str, str]:
        """Run an instance behind *group* whose interface has a *name*; give both their ids."""
        made = self._client.run_instances(
            ImageId="ami-0abcdef1234567890",
            InstanceType="t3.micro",
            MinCount=1,
            MaxCount=1,
            NetworkInterfaces=[
                {
                    "DeviceIndex": 0,
                    "SubnetId": self.subnet_id,
                    "Groups": [self.ids[group]],
                    "AssociatePublicIpAddress": is_public,
                }
            ],
        )["Instances"][0]
        primary = made["NetworkInterfaces"][0]["NetworkInterfaceId"]
        self._client.create_tags(Resources=[primary], Tags=[{"Key": "Name", "Value": name}])
        return made["InstanceId"], primary

    def _interface(self, subnet: str, group: str, description: str) -> str:
        made = self._client.create_network_interface(
            SubnetId=subnet, Groups=[self.ids[group]], Description=description
        )
        interface_id: str = made["NetworkInterface"]["NetworkInterfaceId"]
        return interface_id

    def record_story(self, principal: Principal = TERRAFORM) -> None:
        """Record that the STORY's groups were made and opened a while ago, so that Panopticon knows them and what they hold."""
        for number, name in enumerate(STORY):
            then = self._clock() - STORY_AGE_SECONDS + number * STORY_STEP_SECONDS
            group_id, (description, rules) = self.ids[name], GROUPS[name]
            made = {"GroupName": name, "Description": description, "VpcId": self.vpc_id}
            self._record(
                build_event(Call("CreateSecurityGroup", made, {"GroupId": group_id}), principal, then)
            )
            opened = {"GroupId": group_id, "IpPermissions": [self.permission(*rule) for rule in rules]}
            held = [rule for rule in self.described([group_id]) if not rule["IsEgress"]]
            response = {"Return": True, "SecurityGroupRules": held}
            call = Call("AuthorizeSecurityGroupIngress", opened, response)
            self._record(build_event(call, principal, then + 1))

    def record_incident(self, principal: Principal = ERIN) -> None:
        """Open the database to the world, a while ago: what nobody has acknowledged when a visitor comes."""
        self.call(
            "AuthorizeSecurityGroupIngress",
            principal,
            INCIDENT_AGE_SECONDS,
            GroupId=self.ids["db-prod"],
            IpPermissions=[self.permission(5432, ANYWHERE, "migration, remove after")],
        )

    def call(
        self, operation: str, principal: Principal, age_seconds: int = 0, /, **parameters: Any
    ) -> dict[str, Any]:
        """
        Make an EC2 call as *principal*, put its event on the queue, and return the event.

        A call that EC2 refuses is recorded as refused; it raises nothing. *operation* is EC2's name, *parameters* are
        boto3's. *age_seconds* is how long ago the event says that it was.

        Raises:
            ParamValidationError: boto3 does not send such parameters.
        """
        if principal.denied:
            message = (
                "You are not authorized to perform this operation. "
                f"User: {principal.identity['arn']} is not authorized to perform: ec2:{operation} "
                "because no identity-based policy allows the action"
            )
            call = Call(operation, parameters, None, "UnauthorizedOperation", message)
        else:
            try:
                response = getattr(self._client, xform_name(operation))(**parameters)
                call = Call(operation, parameters, response)
            except ClientError as error:
                details = error.response["Error"]
                call = Call(operation, parameters, None, details["Code"], details["Message"])
        event = build_event(call, principal, self._clock() - age_seconds)
        self._record(event)
        return event

    def open_ssh(self, group: str = "web-prod", principal: Principal = ALICE) -> dict[str, Any]:
        """Open tcp 22 to the world; a second time AWS answers InvalidPermission.Duplicate, which is recorded too."""
        permission = self.permission(22, ANYWHERE, "temp debug")
        return self.call(
            "AuthorizeSecurityGroupIngress", principal, GroupId=self.ids[group], IpPermissions=[permission]
        )

    def close_ssh(self, group: str = "web-prod", principal: Principal = ALICE) -> dict[str, Any]:
        """Close tcp 22 to the world; when it is not open AWS answers InvalidPermission.NotFound."""
        permission = self.permission(22, ANYWHERE, None)
        return self.call(
            "RevokeSecurityGroupIngress", principal, GroupId=self.ids[group], IpPermissions=[permission]
        )

    def create_group(self, name: str, principal: Principal = TERRAFORM) -> dict[str, Any]:
        """Make a group in the VPC."""
        description = GROUPS[name][0] if name in GROUPS else "Made in the sandbox"
        return self.call(
            "CreateSecurityGroup", principal, GroupName=name, Description=description, VpcId=self.vpc_id
        )

    def delete_group(self, name: str = "old-bastion", principal: Principal = ALICE) -> dict[str, Any]:
        """Delete a group; when it is gone already AWS answers InvalidGroup.NotFound."""
        return self.call("DeleteSecurityGroup", principal, GroupId=self.ids[name])

    def permission(self, port: int, source: str, description: str | None) -> dict[str, Any]:
        """Write a permission of one tcp port for one source: a CIDR, a prefix list's id, or the name of a group."""
        told = {"Description": description} if description else {}
        permission: dict[str, Any] = {"IpProtocol": "tcp", "FromPort": port, "ToPort": port}
        if source.startswith("pl-"):
            return permission | {"PrefixListIds": [{"PrefixListId": source} | told]}
        if "/" in source:
            return permission | {"IpRanges": [{"CidrIp": source} | told]}
        return permission | {"UserIdGroupPairs": [{"GroupId": self.ids[source]} | told]}

    def prefix_list_version(self) -> int:
        """Read which version the prefix list is at."""
        ids = [self.prefix_list_id]
        (listed,) = self._client.describe_managed_prefix_lists(PrefixListIds=ids)["PrefixLists"]
        version: int = listed["Version"]
        return version

    def described(self, group_ids: list[str]) -> list[dict[str, Any]]:
        """Read the rules of groups as EC2 describes them."""
        wanted = [{"Name": "group-id", "Values": group_ids}]
        found = self._client.describe_security_group_rules(Filters=wanted)
        rules: list[dict[str, Any]] = found["SecurityGroupRules"]
        return rules

    def rules(self) -> list[dict[str, Any]]:
        """Read each group of the VPC with its rules, from EC2, as the page shows them."""
        in_vpc = [{"Name": "vpc-id", "Values": [self.vpc_id]}]
        groups = self._client.describe_security_groups(Filters=in_vpc)["SecurityGroups"]
        names = {group["GroupId"]: group["GroupName"] for group in groups}
        rules: dict[str, list[dict[str, Any]]] = {group_id: [] for group_id in names}
        for rule in self.described(list(names)):
            referenced = rule.get("ReferencedGroupInfo", {}).get("GroupId")
            rules[rule["GroupId"]].append(
                {
                    "id": rule["SecurityGroupRuleId"],
                    "egress": rule["IsEgress"],
                    "protocol": rule["IpProtocol"],
                    "from_port": rule.get("FromPort", -1),
                    "to_port": rule.get("ToPort", -1),
                    "source": rule.get("CidrIpv4")
                    or rule.get("CidrIpv6")
                    or rule.get("PrefixListId")
                    or names.get(referenced, referenced),
                    "description": rule.get("Description") or "",
                }
            )
        return [
            {"id": group_id, "name": name, "rules": rules[group_id]}
            for group_id, name in names.items()
            if name != "default"
        ]

    def _record(self, event: dict[str, Any]) -> None:
        self.version += 1
        record = event["detail"]
        if record["eventName"] == "CreateSecurityGroup" and record["responseElements"]:
            self.ids[record["requestParameters"]["groupName"]] = record["responseElements"]["groupId"]
        self._emit(event)

    def _add_rules(self, name: str) -> None:
        permissions = [self.permission(*rule) for rule in GROUPS[name][1]]
        self._client.authorize_security_group_ingress(GroupId=self.ids[name], IpPermissions=permissions)
