"""The ledger outside the database: heads kept, files exported, and the commands that check them."""

from __future__ import annotations

import functools
import gzip
import json
import os
import subprocess
import sys
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.utils import timezone
from hypothesis import given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st

from mingjing.ledger import anchors, chain, files, guards, queries
from mingjing.ledger.actions import Happening, record, record_all
from mingjing.ledger.models import Event

LI = SimpleNamespace(code="010001", unit_id="42010201")
ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def data(settings, tmp_path):
    settings.DATA = tmp_path / "data"
    return settings.DATA


@pytest.fixture
def ten(db):
    with transaction.atomic():
        return record_all(by=LI, happenings=[Happening("case.accept", "case", f"A{number}", f"A{number}", None, {"案由": "盗窃\n"}) for number in range(10)])


def one_more() -> Event:
    with transaction.atomic():
        return record(by=LI, kind="case.file", subject_kind="case", subject_code="A1")


def verify(*arguments: object) -> tuple[int, str]:
    """Exit code and what is said."""
    out = StringIO()
    try:
        call_command("verify_ledger", *map(str, arguments), stdout=out, stderr=StringIO())
    except SystemExit as left:
        return left.code, out.getvalue()
    return 0, out.getvalue()


def export(file: Path, **options: object) -> str:
    out = StringIO()
    call_command("export_ledger", str(file), stdout=out, **options)
    return out.getvalue()


def at(text: str) -> datetime:
    return timezone.make_aware(datetime.fromisoformat(text))


# Heads kept outside


def test_the_head_is_kept_once_a_day_and_only_when_something_happened(ten, data, monkeypatch):
    now = at("2026-03-01T23:59:00")
    monkeypatch.setattr(anchors.timezone, "now", lambda: now)
    assert anchors.keep()
    assert not anchors.keep()
    one_more()
    assert not anchors.keep()  # still the same day
    now = at("2026-03-02T00:00:00")  # a new day in Shanghai, the old one still in UTC
    assert anchors.keep()
    now = at("2026-03-03T12:00:00")
    assert not anchors.keep()  # nothing has happened since
    now = at("2027-01-01T00:00:01")
    one_more()
    assert anchors.keep()
    kept, faults = anchors.read(anchors.folder())
    assert [each.seq for each in kept] == [10, 11, 12]
    assert not faults
    assert [file.name for file in sorted((data / "anchors").iterdir())] == ["2026.txt", "2027.txt"]
    line = (data / "anchors" / "2026.txt").read_text().splitlines()[0]
    assert line == f"2026-03-01T23:59:00+08:00 10 sha256 {ten[9].digest}"


def test_an_empty_ledger_has_no_head_to_keep(db, data):
    assert not anchors.keep()
    assert not (data / "anchors").exists()
    with pytest.raises(CommandError, match="还没有记录"):
        call_command("anchor_ledger")


def test_a_damaged_line_is_told_and_the_others_still_serve(ten, data):
    anchors.keep()
    file = data / "anchors" / "2026.txt"
    good = next((data / "anchors").iterdir()).read_text()
    next((data / "anchors").iterdir()).unlink()
    file.write_bytes(b"\xff\xfe\x00 nonsense\n" + b"2026-02-31T00:00:00+08:00 3 sha256 " + b"a" * 64 + b"\n\n" + good.encode() + good[:40].encode())
    kept, faults = anchors.read(anchors.folder())
    assert [each.seq for each in kept] == [10]
    assert [fault.number for fault in faults] == [1, 2, 5]
    code, said = verify()
    assert code == 1
    assert "2026.txt 第 1 行读不出" in said
    one_more()
    anchors.write(anchors.of(queries.head(), at("2026-12-31T08:00:00")))  # the half line does not spoil the next one
    assert [each.seq for each in anchors.read(anchors.folder())[0]] == [10, 11]


def test_a_head_below_one_kept_before_is_logged_as_what_it_is(ten, monkeypatch, caplog):
    monkeypatch.setattr(anchors.timezone, "now", lambda: at("2026-03-01T08:00:00"))
    anchors.keep()
    guards.remove(connection)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM ledger_event WHERE seq > 8")
    guards.install(connection)
    monkeypatch.setattr(anchors.timezone, "now", lambda: at("2026-03-02T08:00:00"))
    assert anchors.keep()
    assert "末尾被截去" in caplog.text
    assert verify()[0] == 1


def test_the_head_is_printed_in_groups_and_what_was_printed_can_be_typed_back(ten):
    out = StringIO()
    call_command("anchor_ledger", stdout=out)
    digest = ten[9].digest
    assert " ".join(anchors.groups(digest)[:8]) in out.getvalue()
    assert f"--anchor 10:{digest}" in out.getvalue()
    assert "签名" in out.getvalue()
    typed = f"10: {' '.join(anchors.groups(digest)).upper()}"
    assert anchors.given(typed) == chain.Anchor(10, digest)
    assert verify("--anchor", typed)[0] == 0
    assert [each.seq for each in anchors.read(anchors.folder())[0]] == [10]


@pytest.mark.parametrize("text", ["", "10", "10:abc", f"0:{'a' * 64}", f"x:{'a' * 64}", f"10:{'g' * 64}", f"10:{'a' * 65}"])
def test_a_head_typed_wrongly_is_told(ten, text):
    code, said = verify("--anchor", text)
    assert code == 2
    assert "序号:摘要" in said


# The commands on the database


def test_a_sound_ledger(ten):
    code, said = verify()
    assert code == 0
    assert "10 条" in said
    assert f"链头：第 10 条，摘要 {ten[9].digest}" in said
    assert "不能排除末尾被截去" in said
    assert "结论：完好" in said
    anchors.keep()
    assert "与留存的链头相符：1 个" in verify()[1]


def test_an_empty_ledger_is_sound(db):
    assert verify()[0] == 0


def test_flaws_are_named_with_number_and_meaning(ten):
    guards.remove(connection)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE ledger_event SET actor = '999999' WHERE seq = 4")
    guards.install(connection)
    code, said = verify()
    assert code == 1
    assert "第 4 条：内容与摘要不符" in said
    assert "发现 1 处问题" in said
    code, said = verify("--format", "json")
    report = json.loads(said)
    assert (code, report["sound"], report["entries"], [flaw["seq"] for flaw in report["flaws"]]) == (1, False, 10, [4])


def test_a_head_that_does_not_fit_is_a_flaw(ten):
    assert verify("--anchor", f"10:{'a' * 64}")[0] == 1
    assert verify("--anchor", f"11:{'a' * 64}")[0] == 1
    assert verify("--anchor", f"10:{ten[9].digest}", "--anchor", f"3:{ten[2].digest}")[0] == 0


# Exported files


@pytest.mark.parametrize("name", ["台账.jsonl", "台账.jsonl.gz"])
def test_an_exported_file_is_checked_without_the_database(ten, tmp_path, name, django_assert_num_queries):
    file = tmp_path / name
    said = export(file)
    assert "已导出 10 条" in said
    assert f"第 10 条，摘要 {ten[9].digest}" in said
    assert (file.read_bytes()[:2] == b"\x1f\x8b") == name.endswith(".gz")
    with django_assert_num_queries(0):
        code, said = verify(file, "--anchor", f"10:{ten[9].digest}")
    assert code == 0
    assert "相符：1 个" in said
    assert list(files.read(file)) == list(queries.entries())


def test_a_file_is_checked_where_there_is_no_database_at_all(ten, tmp_path):
    file = tmp_path / "台账.jsonl.gz"
    export(file)
    nowhere = {**os.environ, "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none", "MINGJING_DATA": str(tmp_path / "empty")}
    command = [sys.executable, "-m", "mingjing", "verify_ledger", str(file)]
    done = subprocess.run(command, env=nowhere, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, "完好" in done.stdout) == (0, True), done.stderr
    nowhere["DATABASE_URL"] = f"sqlite:///{tmp_path}/empty.sqlite3"
    done = subprocess.run(command[:-1], env=nowhere, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, "数据库读不出" in done.stdout) == (2, True), done.stderr


def test_a_part_is_exported_and_checked_as_a_part(ten, tmp_path):
    file = tmp_path / "part.jsonl"
    assert "已导出 3 条" in export(file, first=4, last=6)
    assert [entry["seq"] for entry in files.read(file)] == [4, 5, 6]
    assert verify(file)[0] == 1  # as a whole it would lack its beginning
    assert verify(file, "--from", "4")[0] == 0
    assert verify(file, "--from", "4", "--anchor", f"3:{ten[2].digest}")[0] == 0
    assert verify(file, "--from", "4", "--anchor", f"3:{'a' * 64}")[0] == 1
    assert verify(file, "--from", "3")[0] == 1
    assert verify(file, "--from", "4", "--anchor", f"7:{ten[6].digest}")[0] == 1
    with pytest.raises(CommandError, match="起不大于止"):
        export(file, first=6, last=5)
    assert "没有记录" in export(tmp_path / "none.jsonl", first=11)


def test_an_export_that_fails_leaves_neither_half_a_file_nor_a_lost_one(ten, tmp_path, monkeypatch):
    file = tmp_path / "台账.jsonl"
    export(file)
    before = file.read_bytes()

    def full(fd: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files.os, "fsync", full)
    with pytest.raises(CommandError, match="磁盘空间"):
        export(file)
    assert file.read_bytes() == before
    assert [each.name for each in tmp_path.iterdir() if each.is_file()] == ["台账.jsonl"]
    with pytest.raises(CommandError, match="写不了"):
        export(tmp_path / "nowhere" / "台账.jsonl")


def test_heads_kept_are_used_for_a_file_when_they_are_given(ten, data, tmp_path):
    anchors.keep()
    file = tmp_path / "台账.jsonl"
    export(file)
    assert verify(file, "--anchors", data / "anchors")[0] == 0
    file.write_bytes(b"".join(files.line(entry) for entry in list(files.read(file))[:8]))
    assert verify(file)[0] == 0
    assert verify(file, "--anchors", data / "anchors")[0] == 1
    assert verify(file, "--anchors", tmp_path / "none")[0] == 2


@pytest.mark.parametrize("content", [
    b"", b"\n", b"PNG", b"{}", b"[]\n", b'{"seq":1}\n', b"\x1f\x8b", b"\x1f\x8b\x08\x00nonsense" * 9, "，".encode("utf-16"), b"[" * 100_000 + b"\n",
    gzip.compress(b"hello\n", mtime=0), gzip.compress(b"{}\n" * 100, mtime=0)[:-9], b'{"seq":' + b"9" * 5000 + b"}\n",
])
def test_what_is_no_ledger_is_told_with_exit_code_2(tmp_path, content):
    file = tmp_path / "x.jsonl"
    file.write_bytes(content)
    code, said = verify(file)
    assert code == 2
    assert "读不出" in said


def test_no_file_and_a_folder_are_told(tmp_path):
    assert verify(tmp_path / "none.jsonl")[0] == 2
    assert verify(tmp_path)[0] == 2


def test_a_line_that_is_none_stops_the_check_but_what_was_found_before_is_told(ten, tmp_path):
    file = tmp_path / "台账.jsonl"
    entries = list(queries.entries())
    entries[2]["actor"] = "999999"
    file.write_bytes(b"".join(files.line(entry) for entry in entries[:6]) + b"nonsense\n" + files.line(entries[6]))
    code, said = verify(file)
    assert code == 2
    assert "第 3 条：内容与摘要不符" in said
    assert "第 7 行不是台账记录" in said


CHANGES = {
    "edited": lambda entries: entries[4].update(actor="999999"),
    "first deleted": lambda entries: entries.pop(0),
    "middle deleted": lambda entries: entries.pop(4),
    "inserted": lambda entries: entries.insert(4, {**entries[4], "uid": "f" * 32}),
    "reordered": lambda entries: entries.insert(4, entries.pop(5)),
    "replayed": lambda entries: entries.append(dict(entries[4])),
    "renumbered": lambda entries: entries[9].update(seq=11),
    "emptied in the middle": lambda entries: entries[4].update(data="{}"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_every_change_of_a_file_is_found(ten, tmp_path, change):
    file = tmp_path / "台账.jsonl.gz"
    entries = list(queries.entries())
    CHANGES[change](entries)
    files.write(file, entries)
    assert verify(file)[0] == 1


def test_a_cut_end_of_a_file_is_found_by_an_anchor(ten, tmp_path):
    file = tmp_path / "台账.jsonl"
    files.write(file, list(queries.entries())[:9])
    assert verify(file)[0] == 0
    assert verify(file, "--anchor", f"10:{ten[9].digest}")[0] == 1


@functools.cache
def exported() -> str:
    """A small exported ledger, made by the chain alone: blanks, escapes, both algorithms, characters of one to four bytes."""
    lines, head = [], chain.START
    for seq, algorithm in enumerate(("sha256", "sha256", "sm3"), 1):
        entry = {
            "seq": seq, "uid": f"{seq:032x}", "occurred_at": "2026-03-01T01:05:00.250000Z", "recorded_at": "2026-03-01T01:05:00.300000Z", "kind": "case.accept",
            "actor": "010001", "unit": "42010201", "subject_kind": "case", "subject_code": f"A{seq}", "matter_code": "",
            "data": chain.canonical({"案由": "盗 窃\n\"\\", "𠮷": [True, None, 1.5]}), "algorithm": algorithm, "previous_digest": head.digest,
        }
        entry["digest"] = chain.digest(entry)
        head = chain.Anchor(seq, entry["digest"])
        lines.append(files.line(entry).decode())
    return "".join(lines)


def is_sound(content: bytes, folder: Path) -> bool:
    file = folder / "changed.jsonl"
    file.write_bytes(content)
    try:
        return chain.verify(files.read(file), [chain.Anchor(3, json.loads(exported().splitlines()[2])["digest"])]).sound
    except files.Unreadable:
        return False


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("changed")


def test_the_small_file_is_sound(folder):
    assert is_sound(exported().encode(), folder)


@hypothesis(max_examples=400, deadline=None)
@given(place=st.integers(0, len(exported()) - 1), other=st.characters(codec="utf-8"))
def test_any_changed_character_of_a_file_is_found(folder, place, other):
    text = exported()
    if text[place] != other:
        assert not is_sound((text[:place] + other + text[place + 1 :]).encode(), folder)


@hypothesis(max_examples=400, deadline=None)
@given(place=st.integers(0, len(exported().encode()) - 1), bit=st.integers(0, 7), how=st.sampled_from(["flip", "drop", "double"]))
def test_any_changed_byte_of_a_file_is_found(folder, place, bit, how):
    content = bytearray(exported().encode())
    if how == "flip":
        content[place] ^= 1 << bit
    elif how == "drop":
        del content[place]
    else:
        content.insert(place, content[place])
    assert not is_sound(bytes(content), folder)


def test_a_long_ledger_is_streamed(db, tmp_path, monkeypatch):
    """Pages are joined without a gap or a double."""
    monkeypatch.setattr(queries, "PAGE", 7)
    with transaction.atomic():
        record_all(by=LI, happenings=[Happening("case.accept", "case", f"A{number}", "", timezone.now() - timedelta(days=1)) for number in range(50)])
    assert [entry["seq"] for entry in queries.entries()] == list(range(1, 51))
    assert [entry["seq"] for entry in queries.entries(first=7, last=15)] == list(range(7, 16))
    assert verify()[0] == 0
