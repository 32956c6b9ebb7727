"""Prefix lists as EC2 keeps them, where moto does otherwise; the pages are named as in ec2_corrections."""

from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.exceptions import EC2ClientError, InvalidParameterValue
from moto.ec2.responses._base_response import EC2BaseResponse

from sandbox.ec2_shapes import masked


class PrefixLists(EC2BaseResponse):
    """The calls that change a prefix list: each makes a version of it."""

    def modify_managed_prefix_list(self) -> ActionResult:
        """Change the entries, or the name, of a prefix list of this version, API_ModifyManagedPrefixList."""
        listed = self._prefix_list()
        removed = {item["Cidr"] for item in self._get_param("RemoveEntries", [])}
        added = [masked(item, "Cidr") for item in self._get_param("AddEntries", [])]
        listed.prefix_list_name = self._get_param("PrefixListName") or listed.prefix_list_name
        if removed or added:
            new = {item["Cidr"] for item in added}
            kept = [item for item in listed.entries[listed.version] if item["Cidr"] not in removed | new]
            self._next_version(listed, kept + added)
        return ActionResult({"PrefixList": listed})

    def restore_managed_prefix_list_version(self) -> ActionResult:
        """Give a prefix list the entries of an earlier version, API_RestoreManagedPrefixListVersion."""
        listed = self._prefix_list()
        earlier = int(self._get_param("PreviousVersion"))
        if earlier not in listed.entries:
            raise InvalidParameterValue(f"Version {earlier} of {listed.id} does not exist.")
        self._next_version(listed, listed.entries[earlier])
        return ActionResult({"PrefixList": listed})

    def _prefix_list(self) -> Any:
        wanted = self._get_param("PrefixListId")
        listed = self.ec2_backend.managed_prefix_lists.get(wanted)
        if listed is None:
            raise EC2ClientError(
                "InvalidPrefixListID.NotFound", f"The prefix list ID '{wanted}' does not exist"
            )
        current = self._get_param("CurrentVersion")
        if current is not None and int(current) != listed.version:
            raise EC2ClientError(
                "PrefixListVersionMismatch",
                f"The prefix list has the incorrect version number: {current}, it has {listed.version}.",
            )
        return listed

    def _next_version(self, listed: Any, entries: list[dict[str, str]]) -> None:
        if listed.max_entries and len(entries) > int(listed.max_entries):
            raise EC2ClientError(
                "PrefixListMaxEntriesExceeded", "You have reached the maximum number of entries."
            )
        listed.version += 1
        listed.entries[listed.version] = entries
        listed.state = "modify-complete"
