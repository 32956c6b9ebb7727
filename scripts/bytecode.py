"""
Compiles what the functions import, so that no start of a function has to.

Lambda unpacks the artifact where nothing can be written: without bytecode in it, Python compiles every module anew at each
cold start. The bytecode is of one version of Python; any other takes no notice of it and compiles the sources, which are the
same as in the repository.

Two things are done once here that else each start would do:

- A dataclass writes the source of its methods, and has it compiled, when its module is imported: half of the time that
  importing the bot takes. Its bytecode has these methods written out (`write_out`).
- What people read in a module (docstrings) is left out: it would be read from disk and kept in memory.

    python3.13 -m scripts.bytecode FOLDER
"""

import __future__

import argparse
import ast
import importlib.util
import marshal
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_OURS = "bot"
# That what follows was made by this version, and goes by a hash of the source which is not to be checked.
# https://peps.python.org/pep-0552/
_HEAD = importlib.util.MAGIC_NUMBER + (0b01).to_bytes(4, "little")
# Annotations of ours are for mypy; only as texts they cost nothing.
_OUR_FLAGS = __future__.annotations.compiler_flag


class NotUnderstood(Exception):
    """A dataclass is written in a way that is not known here; the message says where."""


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a dataclass: its default as source, or what makes one, and whether repr shows it and it is compared."""

    name: str
    default: ast.expr | None = None
    factory: ast.expr | None = None
    is_shown: bool = True
    is_compared: bool = True


def main() -> int:
    """Compile what is in a folder."""
    parser = argparse.ArgumentParser(description="Compile what the functions import.")
    parser.add_argument("folder", type=Path)
    compile_tree(parser.parse_args().folder)
    return 0


def compile_tree(folder: Path) -> None:
    """
    Put beside the sources below *folder* that the bot imports their bytecode, which Python takes without comparing the two.

    Raises:
        NotUnderstood: a dataclass of ours is written in another way than the others.
    """
    for source in imported_in(folder):
        name = source.relative_to(folder)
        compiled = Path(importlib.util.cache_from_source(str(source)))
        compiled.parent.mkdir(exist_ok=True)
        compiled.write_bytes(_bytecode(source, str(name), is_ours=name.parts[0] == _OURS))


def imported_in(folder: Path) -> list[Path]:
    """List the sources below *folder* that are loaded once all of the bot's are, and all that it imports anywhere."""
    names = {_OURS}
    for source in folder.glob(f"{_OURS}/**/*.py"):
        names.add(".".join(source.relative_to(folder).with_suffix("").parts).removesuffix(".__init__"))
        for node in ast.walk(ast.parse(source.read_bytes())):
            match node:
                case ast.Import(names=aliases):
                    names |= {alias.name for alias in aliases}
                case ast.ImportFrom(module=str(module), level=0):
                    names.add(module)
    program = "import importlib, sys\n" + "".join(
        f"importlib.import_module({name!r})\n" for name in sorted(names)
    )
    program += (
        "print(*(m.__file__ for m in list(sys.modules.values()) if getattr(m, '__file__', None)), sep='\\n')"
    )
    done = subprocess.run(
        [sys.executable, "-S", "-B", "-c", program],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder)},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    files = {Path(line) for line in done.stdout.splitlines()}
    return sorted(path for path in files if path.suffix == ".py" and path.is_relative_to(folder))


def _bytecode(source: Path, name: str, *, is_ours: bool) -> bytes:
    content = source.read_bytes()
    tree = ast.parse(content, name)
    without_docstrings(tree)
    if is_ours:
        tree = write_out(tree, name)
    code = compile(tree, f"/var/task/{name}", "exec", flags=_OUR_FLAGS if is_ours else 0, dont_inherit=True)
    return _HEAD + importlib.util.source_hash(content) + marshal.dumps(code)


def without_docstrings(tree: ast.Module) -> None:
    """Leave the docstrings of *tree* out."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            match node.body:
                case [ast.Expr(value=ast.Constant(value=str())), *rest]:
                    node.body = rest or [ast.copy_location(ast.Pass(), node.body[0])]


def write_out(tree: ast.Module, name: str) -> ast.Module:
    """
    Write out the methods of the dataclasses of *tree*, as `dataclass` would make them.

    `replace` is written out too, as it asks for what `dataclass` notes down.

    Raises:
        NotUnderstood: a dataclass is written in another way; *name* is the module's.
    """
    written: ast.Module = _WritingOut(name).visit(tree)
    return ast.fix_missing_locations(written)


class _WritingOut(ast.NodeTransformer):
    def __init__(self, name: str) -> None:
        self._name = name

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.ClassDef:
        self.generic_visit(node)
        for decorator in node.decorator_list:
            if "dataclass" in ast.unparse(decorator):
                options = self._options(decorator)
                if len(node.decorator_list) > 1 or any("Generic" not in ast.unparse(b) for b in node.bases):
                    raise NotUnderstood(f"{self._name}: {node.name} is decorated twice, or inherits")
                node.decorator_list = []
                self._expand(node, options)
        return node

    def visit_ImportFrom(self, node: ast.ImportFrom) -> list[ast.stmt] | ast.stmt:
        names = [alias.name for alias in node.names]
        if node.module != "dataclasses" or "replace" not in names:
            return node
        node.names = [alias for alias in node.names if alias.name != "replace"]
        replacing = _located(ast.parse(_REPLACE).body, node)
        return [node, *replacing] if node.names else replacing

    def _options(self, decorator: ast.expr) -> set[str]:
        match decorator:
            case ast.Call(func=ast.Name(id="dataclass"), args=[], keywords=keywords):
                told = {
                    keyword.arg
                    for keyword in keywords
                    if isinstance(keyword.value, ast.Constant) and keyword.value.value is True
                }
                options = {word for word in told if word}
                if len(options) == len(keywords) and {"slots"} <= options <= {"slots", "frozen", "order"}:
                    return options
        raise NotUnderstood(f"{self._name}: {ast.unparse(decorator)}")

    def _expand(self, node: ast.ClassDef, options: set[str]) -> None:
        fields: list[Field] = []
        body: list[ast.stmt] = []
        for statement in node.body:
            match statement:
                case ast.AnnAssign(target=ast.Name(id=name), annotation=annotation, value=value):
                    if "ClassVar" in ast.unparse(annotation):
                        raise NotUnderstood(f"{self._name}: {node.name}.{name}")
                    fields.append(self._field(node.name, name, value))
                case _:
                    body.append(statement)
        own = {statement.name for statement in body if isinstance(statement, ast.FunctionDef)}
        if "__post_init__" in own or "__init__" in own:
            raise NotUnderstood(f"{self._name}: {node.name} has an __init__ of its own")
        names = tuple(field.name for field in fields)
        body += _located(ast.parse(f"__slots__ = __match_args__ = {names!r}").body, node)
        body.append(_initialiser(fields, node, is_frozen="frozen" in options))
        for method in _methods(fields, options):
            (written,) = _located(ast.parse(method).body, node)
            if isinstance(written, ast.Assign) or getattr(written, "name", "") not in own:
                body.append(written)
        node.body = body

    def _field(self, owner: str, name: str, value: ast.expr | None) -> Field:
        match value:
            case ast.Call(func=ast.Name(id="field"), args=[], keywords=keywords):
                told = {str(keyword.arg): keyword.value for keyword in keywords}
                shown, compared = told.pop("repr", None), told.pop("compare", None)
                made, default = told.pop("default_factory", None), told.pop("default", None)
                if told:
                    raise NotUnderstood(f"{self._name}: {owner}.{name}")
                return Field(name, default, made, shown is None, compared is None)
        return Field(name, value)


_REPLACE = """
def replace(obj, /, **changes):
    return obj.__class__(**{name: getattr(obj, name) for name in obj.__slots__} | changes)
"""


def _initialiser(fields: list[Field], node: ast.ClassDef, *, is_frozen: bool) -> ast.stmt:
    lines = []
    for field in fields:
        name = field.name
        value = f"_make_{name}() if {name} is _absent else {name}" if field.factory else name
        lines.append(f"    _set(self, {name!r}, {value})" if is_frozen else f"    self.{name} = {value}")
    given = ", ".join(
        ["self"]
        + [field.name if not (field.default or field.factory) else f"{field.name}=0" for field in fields]
    )
    extra = ", ".join(
        ["_set=0", "_absent=0", *(f"_make_{field.name}=0" for field in fields if field.factory)]
    )
    (written,) = ast.parse(f"def __init__({given}, *, {extra}):\n" + ("\n".join(lines) or "    pass")).body
    assert isinstance(written, ast.FunctionDef)
    _located([written], node)
    absent = ast.copy_location(ast.Constant(...), node)
    written.args.defaults = [field.default or absent for field in fields if field.default or field.factory]
    setting = ast.parse("object.__setattr__", mode="eval").body
    made = [field.factory for field in fields if field.factory]
    written.args.kw_defaults = [setting, absent, *made]
    return written


def _methods(fields: list[Field], options: set[str]) -> Iterator[str]:
    def values(of: str) -> str:
        return "(" + "".join(f"{of}.{field.name}, " for field in fields if field.is_compared) + ")"

    shown = ", ".join(f"{field.name}={{self.{field.name}!r}}" for field in fields if field.is_shown)
    yield f"def __repr__(self):\n    return f{'{self.__class__.__qualname__}(' + shown + ')'!r}"
    same = "other.__class__ is self.__class__"
    for method, sign in (
        ("eq", "=="),
        *((("lt", "<"), ("le", "<="), ("gt", ">"), ("ge", ">=")) if "order" in options else ()),
    ):
        yield (
            f"def __{method}__(self, other):\n"
            f"    return {values('self')} {sign} {values('other')} if {same} else NotImplemented"
        )
    if "frozen" not in options:
        yield "__hash__ = None"
        return
    yield f"def __hash__(self):\n    return hash({values('self')})"
    yield "def __setattr__(self, name, value):\n    raise AttributeError(f'cannot assign to field {name!r}')"
    yield "def __delattr__(self, name):\n    raise AttributeError(f'cannot delete field {name!r}')"


def _located(statements: list[ast.stmt], node: ast.stmt) -> list[ast.stmt]:
    """Let *statements* seem to stand where *node* begins."""
    for statement in statements:
        for part in ast.walk(statement):
            ast.copy_location(part, node)
    return statements


if __name__ == "__main__":
    sys.exit(main())
