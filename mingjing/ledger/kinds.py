"""What the codes in the ledger are called. The ledger stands below the apps whose acts it keeps, so each of them says here how to name its own:

    kinds.register({"case.accept": "受案"}, subjects={"case": "案件"}, fields={"case": {"accepted_at": "受理时间"}})

once, when it is imported. A code that nobody has named is shown as it is.
"""

from __future__ import annotations

from collections.abc import Mapping

_labels: dict[str, str] = {}
_subjects: dict[str, str] = {}
_fields: dict[tuple[str, str], str] = {}


def register(labels: Mapping[str, str], *, subjects: Mapping[str, str] | None = None, fields: Mapping[str, Mapping[str, str]] | None = None) -> None:
    """`labels`: kind → name of the act; `subjects`: subject kind → its name; `fields`: subject kind → key inside `data` → its name.

    Raises ValueError when a code already has another name: two apps would mean different things by it.
    """
    _add(_labels, labels)
    _add(_subjects, subjects or {})
    _add(_fields, {(subject, name): text for subject, names in (fields or {}).items() for name, text in names.items()})


def _add(known: dict, more: Mapping) -> None:
    for code, text in more.items():
        if known.setdefault(code, text) != text:
            raise ValueError(f"{code} is called {known[code]!r} already, not {text!r}")


def label(kind: str) -> str:
    return _labels.get(kind, kind)


def subject(kind: str) -> str:
    return _subjects.get(kind, kind)


def field(subject_kind: str, name: str) -> str:
    """The name of a key inside `data`; what every kind of subject has in common is registered under the empty subject kind."""
    return _fields.get((subject_kind, name)) or _fields.get(("", name), name)


def choices() -> list[tuple[str, str]]:
    """(kind, name) of all that are named, for a filter. Acts of different subjects that share a name carry the subject's."""
    names = list(_labels.values())
    shown = [(kind, text if names.count(text) == 1 else f"{text}（{subject(kind.partition('.')[0])}）") for kind, text in _labels.items()]
    return sorted(shown, key=lambda pair: pair[0])


register(
    {"ledger.verify": "核验台账", "ledger.export": "导出台账"},
    subjects={"ledger": "台账"},
    fields={"": {
        "values": "内容", "changes": "改动", "source": "来源", "version": "版本", "reason": "理由", "entries": "条数", "flaws": "问题", "found": "问题数",
        "head": "链头", "anchors": "相符的留存链头", "count": "条数", "conditions": "条件", "field": "项目",
    }},
)
