"""The watched folder: what is taken, what is left, where it goes."""

from __future__ import annotations

import csv
import io
import logging
import os
from pathlib import Path

import pytest
from bureau import STATION, appoint
from openpyxl import load_workbook

from mingjing.accounts.models import Officer
from mingjing.accounts.scope import viewer
from mingjing.cases.models import Incident
from mingjing.intake import actions, files, folder, worker
from mingjing.intake.models import Batch
from mingjing.intake.models.batches import State
from mingjing.lib.refused import Refused

pytestmark = pytest.mark.django_db
HEAD = ["警情编号", "处警单位", "警情类别", "报警时间"]


@pytest.fixture
def account(bureau) -> Officer:
    officer = appoint("900001", "接处警系统", "420102", "系统接口")
    officer.is_interface = True
    officer.save()
    return officer


@pytest.fixture(autouse=True)
def inbox(settings, tmp_path, account, monkeypatch) -> Path:
    settings.DATA, settings.INBOX_ACCOUNT = tmp_path, account.code
    monkeypatch.setattr(folder, "QUIET", 0.0)
    folder._seen.clear()
    folder._said.clear()
    (tmp_path / "inbox").mkdir()
    return tmp_path / "inbox"


def content(*codes: str, kind="治安") -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows([HEAD, *[[code, STATION, kind, "2026-03-01 09:00"] for code in codes]])
    return out.getvalue().encode()


def rounds(number=6) -> None:
    for _ in range(number):
        folder.run_once()
        while worker.run_once():
            pass


def names(path: Path) -> set[str]:
    return {entry.name for entry in path.iterdir() if entry.is_file()}


@pytest.mark.parametrize("name", ["incident_20260301.csv", "警情_夜班.csv", "incident.csv", "警情.CSV"])
def test_a_file_is_imported_for_the_account_and_put_away(inbox, account, name):
    (inbox / name).write_bytes(content("J1", "J2"))
    rounds()
    assert Incident.objects.count() == 2
    batch = Batch.objects.get()
    assert (batch.officer, batch.state, batch.unit_id, batch.filed) == (account, State.DONE, "420102", f"done/{name}")
    assert names(inbox) == names(inbox / "work") == names(inbox / "failed") == set()
    assert names(inbox / "done") == {name, f"{name}.说明.txt"}
    assert "新增 2" in (inbox / "done" / f"{name}.说明.txt").read_text(encoding="utf-8-sig")


def test_rejects_lie_beside_the_file_and_can_be_put_in_again(inbox):
    (inbox / "incident_1.csv").write_bytes(content("J1") + content("J2", kind="天气").split(b"\r\n")[1])
    rounds()
    assert names(inbox / "done") == {"incident_1.csv", "incident_1.csv.单列.xlsx", "incident_1.csv.说明.txt"}
    book = load_workbook(inbox / "done" / "incident_1.csv.单列.xlsx")
    assert "天气" in book.active["G3"].value
    book.active["C3"] = "治安"
    book.save(inbox / "incident_2.xlsx")
    rounds()
    assert set(Incident.objects.values_list("code", flat=True)) == {"J1", "J2"}


def test_a_file_of_which_every_row_is_set_aside_has_failed(inbox):
    (inbox / "incident_1.csv").write_bytes(content("J1", kind="天气"))
    rounds()
    assert names(inbox / "failed") == {"incident_1.csv", "incident_1.csv.单列.xlsx", "incident_1.csv.说明.txt"}


def test_a_file_that_still_grows_is_not_taken(inbox):
    path = inbox / "incident_1.csv"
    whole = content("J1", "J2")
    for end in range(10, len(whole), 20):
        path.write_bytes(whole[:end])
        folder.run_once()
        assert not Batch.objects.exists()
    path.write_bytes(whole)
    rounds()
    assert Incident.objects.count() == 2


def test_a_file_must_be_at_rest_for_a_while(inbox, monkeypatch):
    monkeypatch.setattr(folder, "QUIET", 3600.0)
    (inbox / "incident_1.csv").write_bytes(content("J1"))
    rounds()
    assert names(inbox) == {"incident_1.csv"}


def test_the_same_name_twice_keeps_both_files(inbox):
    for code in ("J1", "J2"):
        (inbox / "incident.csv").write_bytes(content(code))
        rounds()
    first, second = Batch.objects.order_by("pk")
    assert first.filed == "done/incident.csv"
    assert second.filed == f"done/incident_第{second.pk}批.csv"
    assert b"J2" in (inbox / second.filed).read_bytes()
    assert Incident.objects.count() == 2


def test_a_second_file_of_a_name_waits_until_the_first_is_put_away(inbox):
    (inbox / "incident.csv").write_bytes(content("J1"))
    folder.run_once()
    folder.run_once()
    assert Batch.objects.count() == 1
    (inbox / "incident.csv").write_bytes(content("J2"))
    folder.run_once()
    folder.run_once()
    assert Batch.objects.count() == 1
    rounds()
    assert Incident.objects.count() == 2


@pytest.mark.parametrize(("name", "body", "said"), [
    ("天气_1.csv", b"x", "看不出是哪一张表"), ("incident_1.pdf", b"x", "不支持“.pdf”"), ("incident_1.csv", b"%PDF", "PDF"), ("incident_2.csv", b"", "空的"),
    ("incident_3.xlsx", b"code\n1", "内容却不是 XLSX"), ("incident", b"x", "没有扩展名"),
])
def test_what_cannot_be_imported_goes_to_failed_with_the_reason(inbox, name, body, said):
    (inbox / name).write_bytes(body)
    rounds()
    assert names(inbox / "failed") == {name, f"{name}.说明.txt"}
    assert said in (inbox / "failed" / f"{name}.说明.txt").read_text(encoding="utf-8-sig")
    assert not Batch.objects.exists()
    (inbox / name).write_bytes(body)
    rounds()
    assert len(names(inbox / "failed")) == 4


def test_a_file_over_the_limit_goes_to_failed(inbox, settings):
    settings.UPLOAD_LIMIT = 1024
    (inbox / "incident_1.csv").write_bytes(content(*[f"J{number}" for number in range(100)]))
    rounds()
    assert "上限" in (inbox / "failed" / "incident_1.csv.说明.txt").read_text(encoding="utf-8-sig")


def test_names_in_another_encoding_are_read_and_no_name_at_all_does_no_harm(inbox):
    (Path(os.fsdecode(os.fsencode(str(inbox)) + b"/" + "警情_甲.csv".encode("gb18030")))).write_bytes(content("J1"))
    (Path(os.fsdecode(os.fsencode(str(inbox)) + b"/incident_\xff\xff.csv"))).write_bytes(content("J2"))
    (inbox / f"incident_{'长' * 70}.csv").write_bytes(content("J3"))
    (inbox / "incident_a\nb\x07.csv").write_bytes(content("J4"))
    rounds()
    assert Incident.objects.count() == 4
    assert "警情_甲.csv" in names(inbox / "done")
    assert names(inbox) == set()


def test_links_folders_and_hidden_files_are_left_alone(inbox, tmp_path):
    secret = tmp_path / "secret.csv"
    secret.write_bytes(content("J1"))
    (inbox / "incident_link.csv").symlink_to(secret)
    (inbox / "incident_folder.csv").mkdir()
    (inbox / ".incident_1.csv").write_bytes(content("J2"))
    (inbox / "incident_2.csv.part").write_bytes(content("J3"))
    rounds()
    assert not Incident.objects.exists()
    assert secret.exists()


def test_killed_between_the_steps_the_next_round_goes_on(inbox, monkeypatch):
    (inbox / "incident_1.csv").write_bytes(content("J1", "J2"))
    steps = [("receive", folder), ("filed", folder)]
    for name, module in steps:
        with monkeypatch.context() as patched:
            patched.setattr(module, name, lambda *args, **kwargs: (_ for _ in ()).throw(KeyboardInterrupt))
            with pytest.raises(KeyboardInterrupt):
                rounds()
    rounds()
    assert Incident.objects.count() == 2
    assert Batch.objects.get().filed == "done/incident_1.csv"
    assert names(inbox / "done") == {"incident_1.csv", "incident_1.csv.说明.txt"}


def test_a_full_disk_leaves_the_file_where_it_is(inbox, monkeypatch):
    (inbox / "incident_1.csv").write_bytes(content("J1"))
    with monkeypatch.context() as patched:
        patched.setattr(files.Receiving, "write", lambda self, block: (_ for _ in ()).throw(files.disk_full()))
        rounds()
        assert names(inbox / "work") == {"incident_1.csv"}
    rounds()
    assert names(inbox / "done") == {"incident_1.csv", "incident_1.csv.说明.txt"}


def test_a_batch_that_was_tried_again_moves_from_failed_to_done(inbox, records, monkeypatch):
    (inbox / "incident_1.csv").write_bytes(content("J1"))
    with monkeypatch.context() as patched:
        patched.setattr(worker, "advance", lambda *args, **kwargs: (_ for _ in ()).throw(OSError(28, "No space left on device")))
        rounds()
    batch = Batch.objects.get()
    assert (batch.state, batch.filed) == (State.FAILED, "failed/incident_1.csv")
    assert "磁盘已满" in batch.message
    actions.retry(by=viewer(records), number=batch.pk)
    rounds()
    batch.refresh_from_db()
    assert (batch.state, batch.filed) == (State.DONE, "done/incident_1.csv")
    assert "incident_1.csv" not in names(inbox / "failed")


@pytest.mark.parametrize("wrong", ["off", "unknown", "person", "no duty", "gone"])
def test_without_a_proper_account_nothing_is_taken_and_the_log_says_so_once(inbox, account, records, settings, wrong, caplog):
    (inbox / "incident_1.csv").write_bytes(content("J1"))
    if wrong == "off":
        settings.INBOX_ACCOUNT = ""
    elif wrong == "unknown":
        settings.INBOX_ACCOUNT = "777777"
    elif wrong == "person":
        settings.INBOX_ACCOUNT = records.code
    elif wrong == "no duty":
        account.assignments.update(ends_on="2021-01-01")
    else:
        Officer.objects.filter(code=account.code).update(is_active=False)
    with caplog.at_level(logging.ERROR):
        rounds()
    assert names(inbox) == {"incident_1.csv"}
    assert len([record for record in caplog.records if "收件夹停用" in record.message]) == (wrong != "off")


def test_the_longest_name_of_a_table_wins():
    assert folder.table_of("property_item_1.csv") == "property_item"
    assert folder.table_of("案件类型转换_1.csv") == "conversion"
    assert folder.table_of("案件_1.csv") == "case"
    with pytest.raises(Refused):
        folder.table_of("案件1.csv")
