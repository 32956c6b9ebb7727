"""
Whom this process trusts over TLS, read once.

Reading the authorities takes some 35 ms of a processor, and each connection of http.client, so each call of slack_sdk, would
read them anew.
"""

import ssl
from functools import cache


@cache
def context() -> ssl.SSLContext:
    """Give the context for every connection out of this process."""
    return ssl.create_default_context()


def context_for(address: str) -> ssl.SSLContext | None:
    """Give the context for calls to *address*, None where it does not speak TLS."""
    return context() if address.startswith("https:") else None
