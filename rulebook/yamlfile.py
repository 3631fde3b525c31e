"""YAML files with a line for every value, and without YAML's traps.

Only the scalars of YAML 1.2's core schema are converted (null, true/false, integers, floats); dates and times stay text, so that nothing
depends on a parser's guess. The words `on off yes no y n` without quotes are refused: YAML 1.1 reads them as truth values.
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


class _CoreLoader(yaml.SafeLoader):
    """SafeLoader with YAML 1.2's short list of implicit types."""


_CoreLoader.yaml_implicit_resolvers = {}
for _tag, _pattern, _first in (
    ("null", r"^(?:null|Null|NULL|~|)$", ["n", "N", "~", ""]),
    ("bool", r"^(?:true|True|TRUE|false|False|FALSE)$", list("tTfF")),
    ("int", r"^[-+]?[0-9]+$", list("-+0123456789")),
    ("float", r"^[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?$", list("-+.0123456789")),
):
    _CoreLoader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(_pattern), _first)


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


def read_yaml(path: str | Path) -> YamlFile:
    """Read one file. Raises RuleError with every syntax fault, duplicate key and unquoted truth word."""
    name = str(path)
    try:
        text = Path(path).read_text(encoding="utf-8")
    except OSError as error:
        raise RuleError([_unreadable(name, error.strerror or str(error))]) from error
    except UnicodeDecodeError as error:
        raise RuleError([_not_utf8(name)]) from error
    return parse_yaml(text, name)


def parse_yaml(text: str, name: str) -> YamlFile:
    """The same for text already in hand; `name` stands for the file in messages."""
    try:
        root = yaml.compose(text, Loader=_CoreLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or str(error)
        raise RuleError([_broken(name, mark.line + 1 if mark else 0, problem)]) from error
    lines: dict[Where, int] = {}
    faults: list[Fault] = []
    data = _build(root, (), lines, faults, name) if root is not None else None
    if faults:
        raise RuleError(faults)
    return YamlFile(name, data, lines)


def _build(node: yaml.Node, where: Where, lines: dict[Where, int], faults: list[Fault], name: str) -> Any:
    line = node.start_mark.line + 1
    lines.setdefault(where, line)
    if isinstance(node, yaml.SequenceNode):
        return [_build(item, (*where, index), lines, faults, name) for index, item in enumerate(node.value)]
    if isinstance(node, yaml.MappingNode):
        return _build_mapping(node, where, lines, faults, name)
    if node.style is None and TRUTH_TRAP.match(node.value):
        faults.append(_truth_trap(name, line, node.value))
    return _scalar(node)


def _build_mapping(node: yaml.MappingNode, where: Where, lines: dict[Where, int], faults: list[Fault], name: str) -> dict[str, Any]:
    built: dict[str, Any] = {}
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + 1
        key = key_node.value if isinstance(key_node, yaml.ScalarNode) else str(key_node.value)
        if key_node.style is None and TRUTH_TRAP.match(key):
            faults.append(_truth_trap(name, line, key))
        if key in built:
            faults.append(_duplicate(name, line, key, lines[(*where, key)]))
            continue
        lines[(*where, key)] = line
        built[key] = _build(value_node, (*where, key), lines, faults, name)
    return built


def _scalar(node: yaml.Node) -> Any:
    kind = node.tag.rsplit(":", 1)[-1]
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
