"""What policy.toml says, and what holds where it says nothing."""

import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from bot.core.errors import PanopticonError

POLICY_FILE = Path(__file__).parent.parent / "policy.toml"
"""Where the file is: at the top of the repository, and of what is deployed."""

_KNOWN = frozenset({"accounts"})


class PolicyError(PanopticonError):
    """policy.toml does not say what it should; the message names the place."""


@dataclass(frozen=True, slots=True)
class Policy:
    """
    How one organisation wants to be told.

    *accounts* gives names to account ids.
    """

    accounts: MappingProxyType[str, str] = field(default_factory=lambda: MappingProxyType({}))


def load_policy(path: Path = POLICY_FILE) -> Policy:
    """
    Read the policy; without the file, the defaults hold.

    Raises:
        PolicyError: the file is not TOML, or says something that is not known or of the wrong kind.
    """
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Policy()
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise PolicyError(f"{path.name}: {error}") from error
    unknown = sorted(document.keys() - _KNOWN)
    if unknown:
        raise PolicyError(
            f"{path.name}: nothing is called {unknown[0]!r}; known: {', '.join(sorted(_KNOWN))}"
        )
    return Policy(accounts=MappingProxyType(_accounts(path, document.get("accounts", {}))))


def _accounts(path: Path, table: Any) -> dict[str, str]:
    if not isinstance(table, dict):
        raise PolicyError(f"{path.name}: accounts: expected a table, as [accounts]")
    names: dict[str, str] = {}
    for account_id, name in table.items():
        place = f"{path.name}: accounts.{account_id}"
        if not (account_id.isascii() and account_id.isdecimal() and len(account_id) == 12):
            raise PolicyError(f"{place}: expected an account id of 12 digits, in quotes")
        if not isinstance(name, str) or not name.strip():
            raise PolicyError(f"{place}: expected a name, found {name!r}")
        if name.strip().lower() in map(str.lower, names.values()):  # people type them in either case
            raise PolicyError(f"{place}: another account is called {name!r} too")
        names[account_id] = name.strip()
    return names
