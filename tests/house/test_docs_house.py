"""Settings, commands and duties that are not documented do not exist for whoever runs the platform."""

from __future__ import annotations

import re
from pathlib import Path

from mingjing.accounts.duties import table
from mingjing.alerts.models.alert import LEVELS
from mingjing.alerts.pace import PACES

ROOT = Path(__file__).parents[2]
HANDBOOK = "\n".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "docs" / "handbook").glob("*.md")))


def test_every_setting_from_the_environment_is_documented():
    code = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "mingjing").rglob("*.py"))
    names = set(re.findall(r'"(MINGJING_[A-Z_]+|DATABASE_URL)"', code)) - {"MINGJING_CI"}
    assert names
    assert not sorted(name for name in names if f"`{name}`" not in HANDBOOK)


def test_every_command_is_documented():
    commands = [path.stem for path in (ROOT / "mingjing").rglob("management/commands/*.py") if path.stem != "__init__"]
    texts = HANDBOOK + (ROOT / "README.md").read_text(encoding="utf-8")
    assert not sorted(name for name in commands if f"mingjing {name}" not in texts)


def test_the_handbook_names_the_times_that_the_house_keeps():
    for level, pace in PACES.items():
        hours = " | ".join(f"{length.total_seconds() / 3600:.0f} 小时" for length in (pace.acknowledge, pace.answer, pace.judge))
        assert f"| {LEVELS[level]} | {hours} |" in HANDBOOK


def test_every_duty_says_what_it_is_for():
    assert all(duty.what for duty in table().duties.values())


def test_no_page_reaches_outside():
    """No address of another host in templates, styles and scripts."""
    found = []
    for path in (ROOT / "mingjing").rglob("*"):
        if path.suffix in (".html", ".css", ".js"):
            text = path.read_text(encoding="utf-8")
            found += [(path.name, address) for address in re.findall(r"(?:src|href)=[\"']?(?:https?:)?//[^\"' >]+|url\(\s*[\"']?(?:https?:)?//[^)]+", text)]
    assert not found


def test_no_inline_script_or_style_in_templates():
    """The Content-Security-Policy would silence them."""
    found = []
    for path in (ROOT / "mingjing").rglob("templates/**/*.html"):
        text = path.read_text(encoding="utf-8")
        found += [(path.name, what) for what in re.findall(r"\son\w+\s*=|\sstyle\s*=|<style|<script(?![^>]*(?:\bsrc=|application/json))[^>]*>", text)]
    assert not found
