"""EC2's errors in our words."""

from botocore.exceptions import BotoCoreError, ClientError

from bot.core.errors import GroupNotFound, PrefixListNotFound, ReadDenied, ReadThrottled, SecurityGroupError

# https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html, where EC2 writes "Id" and "ID" alike.
_KINDS: dict[str, type[SecurityGroupError]] = {
    "InvalidGroup.NotFound": GroupNotFound,
    "InvalidGroupId.Malformed": GroupNotFound,
    "InvalidSecurityGroupID.NotFound": GroupNotFound,
    "InvalidPrefixListId.NotFound": PrefixListNotFound,
    "InvalidPrefixListID.NotFound": PrefixListNotFound,
    "InvalidPrefixListId.Malformed": PrefixListNotFound,
    "InvalidPrefixListID.Malformed": PrefixListNotFound,
    "UnauthorizedOperation": ReadDenied,
    "AccessDenied": ReadDenied,
    "AuthFailure": ReadDenied,
    "RequestLimitExceeded": ReadThrottled,
    "Throttling": ReadThrottled,
    "ThrottlingException": ReadThrottled,
}


def translate(error: ClientError | BotoCoreError) -> SecurityGroupError:
    """Turn what botocore raised, AWS's answer or the lack of one, into our error."""
    if not isinstance(error, ClientError):
        return SecurityGroupError(type(error).__name__)
    code = error.response["Error"]["Code"]
    return _KINDS.get(code, SecurityGroupError)(code)
