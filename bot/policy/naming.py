"""What policy.toml says of how accounts and networks are called, and by which tags code marks what it manages."""

from ipaddress import ip_network

from bot.core.named_networks import UNKNOWN_NETWORK, NamedNetworks
from bot.core.rules import Network
from bot.policy.tables import Table

MAX_NETWORK_NAME = 40
"""How long the name of a network may be, in characters: it stands in the middle of sentences."""


def read_accounts(table: Table) -> dict[str, str]:
    """
    Read what accounts are called, by id.

    Raises:
        PolicyError: something of it is not as it should be.
    """
    names: dict[str, str] = {}
    for account_id, name in table.values.items():
        if not is_account_id(account_id):
            raise table.error(account_id, "expected an account id of 12 digits, in quotes")
        if not isinstance(name, str) or not name.strip():
            raise table.error(account_id, f"expected a name, found {name!r}")
        if name.strip().lower() in map(str.lower, names.values()):  # people type them in either case
            raise table.error(account_id, f"another account is called {name!r} too")
        names[account_id] = name.strip()
    return names


def read_networks(table: Table) -> NamedNetworks:
    """
    Read what networks are called: each name with its networks.

    Raises:
        PolicyError: something of it is not as it should be.
    """
    named: list[tuple[str, Network]] = []
    for key in table.values:
        name = key.strip()
        if not name or len(name) > MAX_NETWORK_NAME:
            raise table.error(key, f"expected a name of at most {MAX_NETWORK_NAME} characters")
        if name.lower() == UNKNOWN_NETWORK:
            raise table.error(key, "so cards call what is in none of these networks")
        if name.lower() in (own.lower() for own, _ in named):
            raise table.error(key, f"another network is called {name!r} too")
        for words in table.texts(key):
            network = read_network(table, key, words)
            if network.prefixlen == 0:
                raise table.error(key, f"{network} is every address, which is no network of yours")
            if other := next((own for own, known in named if known == network), None):
                raise table.error(key, f"{network} is called {other!r} already")
            named.append((name, network))
    return NamedNetworks(tuple(named))


def read_tags(table: Table) -> frozenset[str]:
    """
    Read the keys of tags that mark a group as managed by code.

    Raises:
        PolicyError: something of it is not as it should be.
    """
    keys = table.texts("managed") if table.has("managed") else []
    table.close()
    return frozenset(keys)


def read_network(table: Table, key: str, words: str) -> Network:
    """
    Read one network.

    Raises:
        PolicyError: *words* are none.
    """
    try:
        return ip_network(words)
    except ValueError as error:
        raise table.error(key, f'expected networks, as "203.0.113.0/24": {error}') from None


def is_account_id(words: str) -> bool:
    """Tell whether *words* are an account's id."""
    return words.isascii() and words.isdecimal() and len(words) == 12
