"""What keeps a deployment from its end."""


class DeployError(Exception):
    """A step cannot be done; the message says why, and what to do about it."""


class StackMissing(DeployError):
    """Nothing is deployed under this name in this account and region."""
