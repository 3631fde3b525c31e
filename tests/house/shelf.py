"""The rules that the tests of the house run by: a few of the real files, always the same ones. What those tests count must not change with every new rule;
that all rules do right is what tests/test_rules.py, `rulebook score demo` and the journeys are for. The fixture `whole_library` brings the others back."""

from __future__ import annotations

import shutil
from pathlib import Path

WHOLE = Path(__file__).parents[2] / "rules"
FEW = ("AJ-001", "AJ-002", "CF-001", "CF-002", "CF-003", "CF-004", "CF-005", "CF-006", "CF-012", "CU-012", "CU-013", "LX-001", "LX-002", "QZ-001",
       "QZ-002", "QZ-003", "SW-001", "SW-002", "SW-003", "XW-001", "XW-002", "XW-003", "XW-004", "XW-005", "XW-006",
       "ZL-001")


def put_few(folder: Path) -> Path:
    """A rule folder with the vocabulary, the list of laws and these rules."""
    for name in ("facts.yaml", "laws.yaml"):
        shutil.copy(WHOLE / name, folder / name)
    for code in FEW:
        (path,) = WHOLE.rglob(f"{code}_*.yaml")
        (folder / path.parent.name).mkdir(exist_ok=True)
        shutil.copy(path, folder / path.parent.name / path.name)
    return folder
