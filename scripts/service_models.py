"""
Trims what botocore knows of AWS to what the functions call.

botocore brings the models of 400 services, each with all its operations, and reads a model whole when the first client of
its service is made: a person whose click starts a function waits for that.
"""

import gzip
import json
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

# Of STS, AssumeRole is the read-only roles' in other accounts.
OPERATIONS: Mapping[str, tuple[str, ...]] = {
    "dynamodb": ("BatchGetItem", "GetItem", "PutItem", "Query", "TransactWriteItems", "UpdateItem"),
    "ec2": (
        *("DescribeManagedPrefixLists", "DescribeNetworkInterfaces", "DescribeSecurityGroupRules"),
        *("DescribeSecurityGroups", "GetManagedPrefixListEntries"),
    ),
    "organizations": ("ListAccounts",),
    "sqs": ("SendMessage",),
    "ssm": ("GetParameters",),
    "sts": ("AssumeRole",),
}


def trim(data: Path) -> None:
    """Keep of *data*, botocore's folder of models, what OPERATIONS names, and what is about no service in particular."""
    for service in data.iterdir():
        if service.is_dir() and service.name not in OPERATIONS:
            shutil.rmtree(service)
    for name, operations in OPERATIONS.items():
        _trim_service(data / name, operations)
    _rewrite(data / "endpoints.json", _of_services)


def _trim_service(folder: Path, operations: tuple[str, ...]) -> None:
    newest = max(folder.iterdir())
    for version in folder.iterdir():
        if version != newest:
            shutil.rmtree(version)
    for name in ("examples-1.json", "waiters-2.json"):
        (newest / name).unlink(missing_ok=True)
    packed = newest / "service-2.json.gz"
    model = trim_model(json.loads(gzip.decompress(packed.read_bytes())), operations)
    (newest / "service-2.json").write_text(_written(model))
    packed.unlink()

    def of_operations(content: dict[str, Any]) -> dict[str, Any]:
        pages = content["pagination"]
        return content | {"pagination": {name: pages[name] for name in pages if name in operations}}

    _rewrite(newest / "paginators-1.json", of_operations)


def trim_model(model: Mapping[str, Any], operations: tuple[str, ...]) -> dict[str, Any]:
    """
    Keep of a service's *model* some *operations* and the shapes that these are made of, without what people read.

    Raises:
        KeyError: the service has no such operation.
    """
    kept = {name: model["operations"][name] for name in operations}
    shapes: dict[str, Any] = {}
    wanted = [name for operation in kept.values() for name in _shapes_in(operation)]
    while wanted:
        name = wanted.pop()
        if name not in shapes:
            shapes[name] = model["shapes"][name]
            wanted += _shapes_in(shapes[name])
    found = {**model, "operations": kept, "shapes": shapes}
    without: dict[str, Any] = _without_documentation(found)
    return without


def _shapes_in(part: Any) -> Iterator[str]:
    match part:
        case {"shape": str(name)}:
            yield name
    for value in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
        yield from _shapes_in(value)


def _without_documentation(part: Any) -> Any:
    match part:
        case dict():
            return {
                name: _without_documentation(value)
                for name, value in part.items()
                if not (name == "documentation" and isinstance(value, str))
            }
        case list():
            return [_without_documentation(value) for value in part]
    return part


def _of_services(endpoints: dict[str, Any]) -> dict[str, Any]:
    partitions = [
        partition
        | {"services": {name: entry for name, entry in partition["services"].items() if name in OPERATIONS}}
        for partition in endpoints["partitions"]
    ]
    return endpoints | {"partitions": partitions}


def _rewrite(path: Path, change: Any) -> None:
    if path.exists():
        path.write_text(_written(change(json.loads(path.read_text()))))


def _written(content: Any) -> str:
    return json.dumps(content, separators=(",", ":"))
