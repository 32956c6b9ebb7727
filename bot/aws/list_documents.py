"""What an edit of a prefix list comes to as a JSON document for the table, and back."""

from collections.abc import Mapping
from typing import Any

from bot.aws.documents import Document, read_rule, write_rule
from bot.core.changes import GroupKey
from bot.core.list_meaning import ListEffect, ListMeaning, NamedGroup


def write_list_meaning(meaning: ListMeaning) -> Document:
    """Write *meaning*."""
    return {
        "known": meaning.is_known,
        "groups": meaning.groups,
        "opens": [_write_effect(effect) for effect in meaning.opens],
        "closes": [_write_effect(effect) for effect in meaning.closes],
        "more": [meaning.more_opens, meaning.more_closes],
        "unclear": meaning.unclear,
        "cut": meaning.is_cut,
        "name": meaning.name,
    }


def read_list_meaning(document: Mapping[str, Any]) -> ListMeaning:
    """Read what write_list_meaning wrote."""
    more_opens, more_closes = document["more"]
    return ListMeaning(
        is_known=document["known"],
        groups=document["groups"],
        opens=tuple(_read_effect(effect) for effect in document["opens"]),
        closes=tuple(_read_effect(effect) for effect in document["closes"]),
        more_opens=more_opens,
        more_closes=more_closes,
        unclear=document["unclear"],
        is_cut=document["cut"],
        name=document["name"],
    )


def _write_effect(effect: ListEffect) -> Document:
    return {
        "rules": [write_rule(rule) for rule in effect.rules],
        "groups": [
            [group.key.account_id, group.key.region, group.key.group_id, group.name]
            for group in effect.groups
        ],
        "more": [effect.more_rules, effect.more_groups],
    }


def _read_effect(document: Mapping[str, Any]) -> ListEffect:
    more_rules, more_groups = document["more"]
    return ListEffect(
        rules=tuple(read_rule(rule) for rule in document["rules"]),
        groups=tuple(
            NamedGroup(GroupKey(account_id, region, group_id), name)
            for account_id, region, group_id, name in document["groups"]
        ),
        more_rules=more_rules,
        more_groups=more_groups,
    )
