"""Copies the scripts that pages use out of installed packages: `python -m mingjing.ui.assets NODE_MODULES DEST`. Knows no Django."""

from __future__ import annotations

import re
import sys
from pathlib import Path

FILES = {"echarts/dist/echarts.min.js": "echarts.min.js"}  # the allow-list: from, to
SOURCE_MAP = re.compile(rb"\n?//[#@] sourceMappingURL=[^\n]*\n?")  # the maps are not served, and a dead link would stop the manifest of static files


def copy(modules: Path, dest: Path) -> list[Path]:
    """The files written. Raises FileNotFoundError when a package is not installed."""
    dest.mkdir(parents=True, exist_ok=True)
    written = []
    for source, name in FILES.items():
        target = dest / name
        target.write_bytes(SOURCE_MAP.sub(b"", (modules / source).read_bytes()))
        written.append(target)
    return written


def main(arguments: list[str]) -> int:
    if len(arguments) != 2:
        print("用法：python -m mingjing.ui.assets NODE_MODULES 目标文件夹", file=sys.stderr)
        return 2
    try:
        written = copy(Path(arguments[0]), Path(arguments[1]))
    except FileNotFoundError as error:
        print(f"没有找到 {error.filename}：请先运行 npm ci", file=sys.stderr)
        return 1
    for path in written:
        print(f"{path} {path.stat().st_size:,} 字节")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
