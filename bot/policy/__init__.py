"""What policy.toml says, and what holds where it says nothing."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time
from pathlib import Path
from types import MappingProxyType

from bot.core.named_networks import NO_NAMES, NamedNetworks
from bot.core.quieting import QuietPolicy
from bot.core.severity import SeverityPolicy
from bot.policy.naming import read_accounts, read_networks, read_tags
from bot.policy.reading import read_quieting
from bot.policy.severities import read_severities
from bot.policy.tables import PolicyError, Source, Table

__all__ = ["POLICY_FILE", "Policy", "PolicyError", "load_policy"]

POLICY_FILE = Path(__file__).parent.parent.parent / "policy.toml"
"""Where the file is: at the top of the repository, and of what is deployed."""


@dataclass(frozen=True, slots=True)
class Policy:
    """
    How one organisation wants to be told.

    *accounts* gives names to account ids, *networks* to networks. *managed_tags* are keys of tags, beside those that everybody
    knows, that mark a group as managed by code; *mentions* says that people are mentioned in Slack, not just named. *quieting*
    says what is not posted, and *digest_at* at what time of the day, UTC, one message tells of it, None for never. *severities*
    says what matters how much.
    """

    accounts: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    networks: NamedNetworks = NO_NAMES
    managed_tags: frozenset[str] = frozenset()
    mentions: bool = False
    quieting: QuietPolicy = field(default_factory=QuietPolicy)
    digest_at: time | None = time(9)
    severities: SeverityPolicy = field(default_factory=SeverityPolicy)


def load_policy(path: Path = POLICY_FILE) -> Policy:
    """
    Read the policy; without the file, the defaults hold.

    Raises:
        PolicyError: the file is not TOML, or says something that is not known or of the wrong kind.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return Policy()
    except (UnicodeDecodeError, OSError) as error:
        raise PolicyError(f"{path.name}: {error}") from error
    try:
        document = Table(Source(path.name, text), (), tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise PolicyError(f"{path.name}: {error}") from error
    accounts = read_accounts(document.table("accounts"))
    networks = read_networks(document.table("networks"))
    managed_tags = read_tags(document.table("tags"))
    people = document.table("people")
    mentions = people.flag("mention")
    people.close()
    quieting, digest_at = read_quieting(document, accounts, networks)
    severities = read_severities(document.table("severity"), networks)
    document.close()
    return Policy(
        MappingProxyType(accounts), networks, managed_tags, mentions, quieting, digest_at, severities
    )
