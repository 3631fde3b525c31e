"""Which column of a file is which column of a table: by Chinese name or by column name, in any order."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

from mingjing.cases.cleaning import columns, is_required
from mingjing.cases.models import NOUNS
from mingjing.cases.vocabulary import vocabulary
from mingjing.intake.readers import fault

REMAINDER = "待核对"  # in a file of rejects: what did not fit under the header; the row is taken once this cell is empty
OURS = ("行号", "列", "原因", REMAINDER)  # what a file of rejects adds to the columns of the original


@dataclass(frozen=True)
class Header:
    """`texts`: the header as it is in the file; `names`: at each place the column's name, or None where the place is passed over; `notes`: to be told."""

    texts: tuple[str, ...]
    names: tuple[str | None, ...]
    notes: tuple[str, ...]


@cache
def labels(table: str) -> dict[str, str]:
    """Column name → Chinese name, in the order of the template: as in the vocabulary, for the platform's own columns as in the model."""
    said = vocabulary().tables[table].columns
    return {name: said[name].label if name in said else str(field.verbose_name) for name, field in columns(table).items()}


@cache
def required(table: str) -> tuple[str, ...]:
    """Names of the columns that a new row must have."""
    return tuple(name for name, field in columns(table).items() if is_required(field))


@cache
def _known(table: str) -> dict[str, str]:
    """Everything that a column may be called → its name."""
    plain = {str(field.verbose_name): name for name, field in columns(table).items()}
    return {**plain, **{label: name for name, label in labels(table).items()}, **{name: name for name in columns(table)}}


def name_of(table: str, text: str) -> str:
    """The name of the column that a header's text means, empty if it means none."""
    return _known(table).get(tidy(text), "")


def recogniser(table: str) -> Callable[[Sequence[str]], int]:
    known = _known(table)
    return lambda texts: len({known[text] for text in map(tidy, texts) if text in known})


def tidy(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip().strip("*").lstrip("'").strip()


def read_header(table: str, texts: Sequence[str]) -> Header:
    """The columns of a file for this table. Raises Refused naming all that is unknown, doubled, unnamed or missing, and what to do."""
    known = _known(table)
    names = tuple(known.get(tidy(text)) for text in texts)
    unknown = [text[:40] for text, name in zip(texts, names, strict=True) if name is None and tidy(text) not in OURS and text.strip()]
    unnamed = [str(place) for place, text in enumerate(texts, 1) if not text.strip()]
    found = [name for name in names if name]
    doubled = sorted({labels(table)[name] for name in found if found.count(name) > 1})
    faults = []
    if not found or len(unknown) > 2 * len(found):
        raise fault(_other_table(table, texts))
    if unknown:
        faults.append(f"不认识这些列：{'、'.join(unknown)}。请改成模板里的列名；不需要的列请删掉")
    if unnamed:
        faults.append(f"第 {'、'.join(unnamed)} 列没有列名。请补上列名，或删掉整列")
    if doubled:
        faults.append(f"这些列出现了不止一次：{'、'.join(doubled)}。请只留一列")
    if "code" not in found:
        faults.append(f"缺少“{labels(table)['code']}”列。每一行都要有编号，系统靠它认出同一行")
    if faults:
        raise fault("；".join(faults) + "。")
    return Header(tuple(texts), names, tuple(_notes(table, found)))


def _notes(table: str, found: list[str]) -> list[str]:
    notes = []
    missing = [labels(table)[name] for name in required(table) if name not in found]
    if missing:
        notes.append(f"缺少必填的列：{'、'.join(missing)}。只能补充已有的行；编号尚未录入的行会被单列")
    order = [name for name in labels(table) if name in found]
    if found != order:
        notes.append("列的顺序与模板不同，已按列名对应")
    return notes


def _other_table(table: str, texts: Sequence[str]) -> str:
    scores = {other: recogniser(other)(texts) for other in NOUNS}
    best = max(scores, key=lambda other: scores[other])
    like = f"看起来更像“{NOUNS[best]._meta.verbose_name}”的表头，请确认选对了表。" if scores[best] > scores[table] + 1 else ""
    return f"表头与“{NOUNS[table]._meta.verbose_name}”对不上，第一行是：{'、'.join(text[:20] for text in texts[:8])}。{like}列名应与模板相同，可下载模板对照。"
