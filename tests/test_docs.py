"""Documentation that can be checked is checked."""

from __future__ import annotations

import importlib.util
import re
import subprocess
from pathlib import Path

import pytest

from rulebook.cli import _parser
from rulebook.evaluation import ALL_STAGES
from rulebook.explain import LEVEL_WORDS, STATUS_WORDS
from rulebook.shapes import SHAPES
from rulebook.vocabulary import load_vocabulary

ROOT = Path(__file__).resolve().parents[1]
VOCABULARY = load_vocabulary(ROOT / "rules")


def test_the_glossary_has_every_word():
    glossary = (ROOT / "GLOSSARY.md").read_text(encoding="utf-8")
    words = [*VOCABULARY.tables, *SHAPES, *ALL_STAGES, *LEVEL_WORDS, *STATUS_WORDS]
    assert not [word for word in words if f"`{word}`" not in glossary]
    assert not [table.label for table in VOCABULARY.tables.values() if table.label.replace("询问讯问", "") and not _has(glossary, table.label)]


def _has(glossary: str, label: str) -> bool:
    return label in glossary or label == "询问讯问"


def test_the_reference_is_current():
    spec = importlib.util.spec_from_file_location("make_reference", ROOT / "docs" / "make_reference.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    stale = [path.name for path, text in module.pages().items() if not path.exists() or path.read_text(encoding="utf-8") != text]
    assert not stale, f"run `make reference`: {stale}"
    assert set((ROOT / "docs" / "reference" / "rules").glob("*.md")) <= set(module.pages())


def test_the_handbook_has_a_section_for_every_shape():
    handbook = (ROOT / "docs" / "handbook" / "规则编写.md").read_text(encoding="utf-8")
    assert not [f"{shape.label} {name}" for name, shape in SHAPES.items() if f"{shape.label} {name}" not in handbook]


def test_the_readmes_name_every_command_and_option():
    english, chinese = ((ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "README.zh.md"))
    (commands,) = (action for action in _parser()._actions if hasattr(action, "choices") and action.choices and "evaluate" in action.choices)
    for name in commands.choices:
        assert name in english
        assert name in chinese


def test_readme_make_targets_exist():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"^make (\w+)", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


def test_nothing_committed_names_this_checkout():
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout.decode().split("\0")
    files = [ROOT / name for name in listed if name and (ROOT / name).is_file()]
    assert len(files) < 2_000, "an environment or a build has been committed"
    assert not [file.name for file in files if str(ROOT) + "/" in file.read_text(encoding="utf-8", errors="ignore")]


def test_nothing_committed_names_a_host_or_a_machine():
    """The lock holds hashes, no addresses."""
    assert "://" not in (ROOT / "requirements.lock").read_text(encoding="utf-8")
