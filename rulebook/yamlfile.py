"""YAML files with a line for every value, and without YAML's traps.

Only the scalars of YAML 1.2's core schema are converted (null, true/false, integers, floats); dates and times stay text, so that nothing
depends on a parser's guess, and so do numbers with a leading zero, which are codes (`001`). The words `on off yes no y n` without quotes are
refused: YAML 1.1 reads them as truth values.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from rulebook.errors import Fault, RuleError, Text

TRUTH_TRAP = re.compile(r"^(on|off|yes|no|y|n)$", re.IGNORECASE)
Where = tuple[str | int, ...]


# libyaml where PyYAML was built with it: ten times as fast
class _CoreLoader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
    """SafeLoader with YAML 1.2's short list of implicit types."""


CORE = {
    "null": re.compile(r"^(?:null|Null|NULL|~|)$"),
    "bool": re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$"),
    "int": re.compile(r"^[-+]?(?:0|[1-9][0-9]*)$"),
    "float": re.compile(r"^[-+]?(?:(?:0|[1-9][0-9]*)\.[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?$"),
}
FIRST = {"null": ["n", "N", "~", ""], "bool": list("tTfF"), "int": list("-+0123456789"), "float": list("-+.0123456789")}
TAG = "tag:yaml.org,2002:"
MOST_VALUES = 200_000  # aliases within aliases can make a small file endless

_CoreLoader.yaml_implicit_resolvers = {}
for _kind, _pattern in CORE.items():
    _CoreLoader.add_implicit_resolver(TAG + _kind, _pattern, FIRST[_kind])


@dataclass(frozen=True)
class YamlFile:
    """Plain data and the line of each value, addressed by its keys and indexes: `line(("versions", 0, "check"))`."""

    path: str
    data: Any
    lines: dict[Where, int]

    def line(self, where: Where = ()) -> int:
        """The line of that value, or of the nearest thing that holds it."""
        while where and where not in self.lines:
            where = where[:-1]
        return self.lines.get(where, 1)

    def fault(self, where: Where, zh: str, en: str, fix_zh: str, fix_en: str) -> Fault:
        return Fault(self.path, self.line(where), Text(zh, en), Text(fix_zh, fix_en))


def read_yaml(path: str | Path, faults: list[Fault] | None = None) -> YamlFile:
    """Read one file. Raises RuleError with the syntax fault, or with every duplicate key and unquoted truth word.

    A list `faults` takes those faults that leave the file readable, so that its form can be checked in the same pass.
    """
    name = str(path)
    try:
        text = Path(path).read_text(encoding="utf-8")
    except OSError as error:
        raise RuleError([_unreadable(name, error.strerror or str(error))]) from error
    except UnicodeDecodeError as error:
        raise RuleError([_not_utf8(name)]) from error
    return parse_yaml(text, name, faults)


def parse_yaml(text: str, name: str, faults: list[Fault] | None = None) -> YamlFile:
    """The same for text already in hand; `name` stands for the file in messages."""
    builder = _Builder(name)
    try:
        root = yaml.compose(text, Loader=_CoreLoader)
        data = builder.build(root, ()) if root is not None else None
    except yaml.reader.ReaderError as error:
        raise RuleError([_broken(name, text[:error.position].count("\n") + 1, error.reason)]) from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or str(error)
        raise RuleError([_broken(name, mark.line + 1 if mark else 0, problem)]) from error
    except (RecursionError, _EndlessError) as error:
        raise RuleError([_endless(name)]) from error
    if builder.faults and faults is None:
        raise RuleError(builder.faults)
    if faults is not None:
        faults += builder.faults
    return YamlFile(name, data, builder.lines)


class _EndlessError(Exception):
    """More values than a file of this project can hold."""


class _Builder:
    """Turns nodes into plain data and notes lines and faults."""

    def __init__(self, name: str):
        self.name = name
        self.lines: dict[Where, int] = {}
        self.faults: list[Fault] = []

    def build(self, node: yaml.Node, where: Where) -> Any:
        line = node.start_mark.line + 1
        self.lines.setdefault(where, line)
        if len(self.lines) > MOST_VALUES:
            raise _EndlessError
        if not _is_plain(node):
            self.faults.append(_tagged(self.name, line, node.tag))
            return None
        if isinstance(node, yaml.SequenceNode):
            return [self.build(item, (*where, index)) for index, item in enumerate(node.value)]
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, where)
        if not node.style and TRUTH_TRAP.match(node.value):
            self.faults.append(_truth_trap(self.name, line, node.value))
        return _scalar(node)

    def _mapping(self, node: yaml.MappingNode, where: Where) -> dict[str, Any]:
        built: dict[str, Any] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                self.faults.append(_no_key(self.name, line))
                continue
            key = key_node.value
            if not key_node.style and TRUTH_TRAP.match(key):
                self.faults.append(_truth_trap(self.name, line, key))
            if key in built:
                self.faults.append(_duplicate(self.name, line, key, self.lines[(*where, key)]))
                continue
            self.lines[(*where, key)] = line
            built[key] = self.build(value_node, (*where, key))
        return built


def _is_plain(node: yaml.Node) -> bool:
    """Whether the value is of the core schema and, under a tag such as `!!int`, written accordingly."""
    kind = node.tag.removeprefix(TAG)
    return kind in ("str", "seq", "map") or (kind in CORE and CORE[kind].match(node.value) is not None)


def _scalar(node: yaml.Node) -> Any:
    kind = node.tag.removeprefix(TAG)
    if kind == "null":
        return None
    if kind == "bool":
        return node.value.lower() == "true"
    if kind == "int":
        return int(node.value)
    if kind == "float":
        return float(node.value)
    return node.value


def _unreadable(name: str, reason: str) -> Fault:
    return Fault(name, 0, Text(f"读不了这个文件：{reason}", f"cannot read this file: {reason}"),
                 Text("核对路径和读取权限", "check the path and the permission to read it"))


def _not_utf8(name: str) -> Fault:
    return Fault(name, 0, Text("不是 UTF-8 编码", "is not UTF-8"), Text("另存为 UTF-8 再试", "save it as UTF-8 and try again"))


def _broken(name: str, line: int, problem: str) -> Fault:
    return Fault(name, line, Text(f"YAML 写法有误：{problem}", f"broken YAML: {problem}"),
                 Text("检查这一行和上一行的缩进、冒号、引号是否成对", "check indentation, colons and quotes on this line and the one above"))


def _duplicate(name: str, line: int, key: str, first: int) -> Fault:
    return Fault(name, line, Text(f"键“{key}”重复，第 {first} 行已有", f"duplicate key “{key}”, first on line {first}"),
                 Text("两处只留一处", "keep one of the two"))


def _truth_trap(name: str, line: int, word: str) -> Fault:
    return Fault(name, line, Text(f"裸写的“{word}”会被当作真假值", f"bare “{word}” reads as a truth value in YAML 1.1"),
                 Text(f"文字请加引号写成 \"{word}\"，真假值请写 true 或 false", f"write \"{word}\" in quotes for text, or true/false"))


def _no_key(name: str, line: int) -> Fault:
    return Fault(name, line, Text("键不是文字", "a key is not text"),
                 Text("以花括号或方括号开头的文字要加引号，如 \"{subject} 超期\"", "quote text that begins with a brace or bracket, as \"{subject} is late\""))


def _tagged(name: str, line: int, tag: str) -> Fault:
    word = tag.replace(TAG, "!!")
    return Fault(name, line, Text(f"标签 {word} 不能用，或与值不符", f"tag {word} is not allowed, or does not fit its value"),
                 Text("去掉标签，文字加引号", "remove the tag; put text in quotes"))


def _endless(name: str) -> Fault:
    return Fault(name, 0, Text("嵌套太深，或者别名（*）引用了自己、层层展开", "nested too deep, or an alias (*) holds itself or unfolds without end"),
                 Text("减少层次，把别名展开写", "flatten it and write aliases out"))
