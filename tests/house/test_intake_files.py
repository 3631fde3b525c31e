"""Files into one fact table: what is read, what is refused and how it is said, trial, import, rejects."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from datetime import datetime
from functools import partial
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from bureau import BRANCH, ELSEWHERE, STATION, appoint, sign_in
from django.urls import reverse
from django.utils import timezone
from openpyxl import Workbook, load_workbook

from mingjing.accounts.models import DutyAssignment
from mingjing.accounts.scope import viewer
from mingjing.cases.cleaning import columns
from mingjing.cases.models import NOUNS, Case, Incident, Party
from mingjing.intake import actions, blanks, files, readers, worker
from mingjing.intake import rejects as reject_file
from mingjing.intake.headers import labels
from mingjing.intake.models import Batch, Reject
from mingjing.intake.models.batches import State
from mingjing.ledger import kinds
from mingjing.ledger.models import Event
from mingjing.lib.masking import check_digit
from mingjing.lib.refused import Conflict, Forbidden, Refused

pytestmark = pytest.mark.django_db
HEAD = ["警情编号", "处警单位", "警情类别", "报警时间", "报警内容"]


@pytest.fixture(autouse=True)
def data(settings, tmp_path) -> Path:
    settings.DATA = tmp_path
    return tmp_path


def incident(code="J1", **more) -> list[str]:
    row = {"警情编号": code, "处警单位": STATION, "警情类别": "治安", "报警时间": "2026-03-01 09:00", "报警内容": "吵架", **more}
    return list(row.values())


def as_csv(*rows, separator=",", encoding="utf-8") -> bytes:
    out = io.StringIO()
    csv.writer(out, delimiter=separator).writerows(rows)
    return out.getvalue().encode(encoding)


def as_xlsx(*rows, sheet=None) -> bytes:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    if sheet:
        sheet(book.active)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def as_parquet(**named) -> bytes:
    out = io.BytesIO()
    pq.write_table(pa.table(named), out)
    return out.getvalue()


def receive(officer, content: bytes, name="警情.csv", table="incident") -> Batch:
    with files.receiving(io.BytesIO(content)) as coming:
        return actions.receive(by=viewer(officer), table=table, name=name, coming=coming)


def tried(officer, content: bytes, name="警情.csv", table="incident") -> Batch:
    batch = receive(officer, content, name, table)
    worker.try_at_once(batch)
    batch.refresh_from_db()
    return batch


def imported(officer, content: bytes, name="警情.csv", table="incident") -> Batch:
    batch = tried(officer, content, name, table)
    assert batch.state == State.READY, batch.message
    actions.start(by=viewer(officer), number=batch.pk)
    while worker.run_once():
        pass
    batch.refresh_from_db()
    return batch


def counts(batch: Batch) -> tuple[int, int, int, int]:
    return batch.entered, batch.changed, batch.unchanged, batch.rejected


def refused(officer, content: bytes, name="警情.csv", table="incident") -> str:
    with pytest.raises(Refused) as caught:
        receive(officer, content, name, table)
    assert not Batch.objects.exists()
    assert not list((files.folder() / "coming").iterdir())
    return caught.value.message


# --- what is read -----------------------------------------------------------------------------------------------------------------------


def test_a_csv_file_is_tried_out_without_writing_and_then_imported(records):
    content = as_csv(HEAD, incident("J1"), incident("J2", 警情类别="天气"))
    batch = tried(records, content)
    assert (batch.state, counts(batch), batch.total) == (State.READY, (1, 0, 0, 1), 2)
    assert not Incident.objects.exists()
    assert not Event.objects.filter(kind="incident.enter").exists()
    assert batch.preview[0]["values"]["reported_at"] == "2026-03-01 09:00"
    assert "没有“天气”" in batch.preview[1]["reason"]
    actions.start(by=viewer(records), number=batch.pk)
    assert worker.run_once()
    assert not worker.run_once()
    batch.refresh_from_db()
    assert (batch.state, counts(batch)) == (State.DONE, (1, 0, 0, 1))
    row = Incident.objects.get()
    assert (row.code, row.content, row.source) == ("J1", "吵架", f"文件导入第 {batch.pk} 批")
    assert batch.foreseen == {"entered": 1, "changed": 0, "unchanged": 0, "rejected": 1}
    told = Event.objects.filter(subject_kind="batch").values_list("kind", flat=True)
    assert list(told) == ["batch.receive", "batch.import", "batch.finish"]


@pytest.mark.parametrize(("encoding", "said"), [("utf-8", "UTF-8，"), ("utf-8-sig", "BOM"), ("gbk", "GBK"), ("gb18030", "GBK")])
def test_the_usual_encodings_are_recognised_and_said(records, encoding, said):
    batch = imported(records, as_csv(HEAD, incident(报警内容="邻居李四酒后打人"), encoding=encoding))
    assert Incident.objects.get().content == "邻居李四酒后打人"
    assert said in batch.notes[0]


@pytest.mark.parametrize(("separator", "said"), [(",", "逗号"), ("\t", "制表符"), (";", "分号")])
def test_separators_are_recognised(records, separator, said):
    batch = imported(records, as_csv(HEAD, incident(报警内容="甲,乙;丙\t丁"), separator=separator))
    assert Incident.objects.get().content == "甲,乙;丙\t丁"
    assert said in batch.notes[0]


def test_columns_are_known_by_name_whatever_their_order_and_by_either_name(records):
    head = ["报警内容", "reported_at", "处警单位", "编号", "警情类别"]
    batch = imported(records, as_csv(head, ["吵架", "2026/3/1 9:00", STATION, "J1", "治安"]))
    assert counts(batch) == (1, 0, 0, 0)
    assert any("顺序" in note for note in batch.notes)
    assert Incident.objects.get(code="J1").content == "吵架"


def test_unknown_doubled_and_unnamed_columns_stop_the_file_and_are_named(records):
    said = refused(records, as_csv([*HEAD, "天气", "心情"], [*incident(), "晴", "好"]))
    assert "天气、心情" in said
    assert "删掉" in said
    assert "报警时间" in refused(records, as_csv([*HEAD, "reported_at"], [*incident(), "2026-03-01 09:00"]))
    assert "第 6 列没有列名" in refused(records, as_csv([*HEAD, "", "地点"], [*incident(), "", "某路"]))


def test_a_missing_code_column_stops_the_file_and_another_missing_one_is_told(records):
    assert "缺少“警情编号”" in refused(records, as_csv(HEAD[1:], incident()[1:]))
    batch = tried(records, as_csv(["警情编号", "报警时间"], ["J1", "2026-03-01 09:00"]))
    assert any("处警单位" in note for note in batch.notes)
    assert counts(batch) == (0, 0, 0, 1)


def test_a_file_of_another_table_is_recognised(records):
    said = refused(records, as_csv(list(labels("party").values()), ["D1"] * len(labels("party"))))
    assert "当事人" in said


def test_dates_in_three_ways_and_cells_of_a_spreadsheet_mean_the_same(records):
    written = ["2026-03-01 09:05", "2026/3/1 9:05", "2026年3月1日9时5分"]
    imported(records, as_csv(HEAD, *[incident(f"C{i}", 报警时间=text) for i, text in enumerate(written)]))
    imported(records, as_xlsx(HEAD, *[incident(f"X{i}", 报警时间=value) for i, value in enumerate([*written, datetime(2026, 3, 1, 9, 5)])]), "警情.xlsx")
    imported(records, as_parquet(code=["P1"], unit_code=[STATION], kind=["治安"], reported_at=[datetime(2026, 3, 1, 9, 5)]), "a.parquet")
    moments = set(Incident.objects.values_list("reported_at", flat=True))
    assert {timezone.localtime(moment).isoformat() for moment in moments} == {"2026-03-01T09:05:00+08:00"}
    assert Incident.objects.count() == 8


def test_a_spreadsheet_cell_that_shows_only_a_day_is_not_midnight(records):
    def day_only(sheet):
        sheet["D2"].number_format = "yyyy-mm-dd"

    batch = tried(records, as_xlsx(HEAD, incident(报警时间=datetime(2026, 3, 1)), sheet=day_only), "警情.xlsx")
    assert "没有时刻" in batch.rejects.get().reason
    assert counts(tried(records, as_xlsx(HEAD, incident(报警时间=datetime(2026, 3, 1, 9)), sheet=day_only), "警情.xlsx")) == (1, 0, 0, 0)
    assert counts(tried(records, as_xlsx(HEAD, incident(报警时间=datetime(2026, 3, 1))), "警情.xlsx")) == (1, 0, 0, 0)


def test_numbers_in_cells_are_codes_and_long_ones_that_lost_their_end_are_refused(records):
    batch = imported(records, as_xlsx(HEAD, incident(123.0, 处警单位=42010201), incident(420102199001010019)), "警情.xlsx")
    assert Incident.objects.get().code == "123"
    assert "末几位已经丢失" in batch.rejects.get().reason
    assert "末几位已经丢失" in tried(records, as_csv(HEAD, incident("4.20102E+17"))).rejects.get().reason


def test_a_later_row_of_the_same_file_completes_an_earlier_one_in_the_trial_as_in_the_import(records):
    rows = [incident("J1"), incident("J2"), ["J1", "", "", "", "改过"], ["J1", "", "", "", "改过"], ["J3", "", "", "", "没有单位"]]
    batch = tried(records, as_csv(HEAD, *rows))
    foreseen = counts(batch)
    assert foreseen == (2, 1, 1, 1)
    actions.start(by=viewer(records), number=batch.pk)
    worker.run_once()
    batch.refresh_from_db()
    assert counts(batch) == foreseen
    assert Incident.objects.get(code="J1").content == "改过"


def test_rows_of_one_code_in_different_chunks_are_tried_out_right(records, monkeypatch):
    monkeypatch.setattr(worker, "CHUNK", 2)
    rows = [incident(f"J{number % 3}", 报警内容=f"第{number}次") for number in range(9)]
    batch = tried(records, as_csv(HEAD, *rows))
    assert counts(batch) == (3, 6, 0, 0)


def test_lines_that_begin_with_the_mark_and_empty_lines_are_passed_over(records):
    content = as_csv(["※ 警情导入模板"], [], HEAD, [""] * 5, incident("J1"), ["※ 完，实际导出 1 项"])
    batch = imported(records, content)
    assert (counts(batch), batch.total) == ((1, 0, 0, 0), 1)


def test_the_sheet_with_our_header_is_read_and_said(records):
    book = Workbook()
    book.active.append(["说明"])
    other = book.create_sheet("数据")
    for row in ([*HEAD], incident()):
        other.append(row)
    out = io.BytesIO()
    book.save(out)
    batch = tried(records, out.getvalue(), "警情.xlsx")
    assert any("数据" in note and "Sheet" in note for note in batch.notes)
    assert counts(batch)[0] == 1


# --- what is refused --------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("content", "name", "said"), [
    (b"", "a.csv", "空的"),
    (b"%PDF-1.7 ...", "a.csv", "PDF"),
    (b"MZ\x90\x00", "a.csv", "可执行"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "a.xls", "旧格式"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "a.xlsx", "密码"),
    (b"code,unit_code\nJ1,\x00\x01\x02", "a.csv", "控制字符"),
    (b"code\nJ1\n", "a.doc", "不支持“.doc”"),
    (b"code\nJ1\n", "a", "没有扩展名"),
    (b"code,reported_at\nJ1,x\n", "a.xlsx", "内容却不是 XLSX"),
    (b"PK\x03\x04 broken", "a.xlsx", "已损坏"),
    (b"PK\x03\x04", "a.csv", "内容却是 XLSX"),
    (b"PAR1 broken PAR1", "a.parquet", "已损坏"),
    (b"x", "a.xlsm", "宏"),
    ("警情编号,报警时间\n".encode(), "a.csv", "没有数据行"),
    ("警情编号,处警单位\nJ1,某".encode("utf-16"), "a.csv", "UTF-16"),
    ("警情编号,报警内容\nJ1,".encode() + b"\xff\xff\n", "a.csv", "第 2 行"),
    (b"\n\n\n", "a.csv", "表头"),
])
def test_what_is_no_table_is_refused_with_what_it_is(records, content, name, said):
    assert said in refused(records, content, name)


def test_a_zip_bomb_is_not_opened(records, settings):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        with archive.open("xl/worksheets/sheet1.xml", "w") as part:
            for _ in range(200):
                part.write(b"0" * 1024 * 1024)
    assert len(out.getvalue()) < 400_000
    assert "解压后过大" in refused(records, out.getvalue(), "a.xlsx")


def test_entities_that_grow_in_a_spreadsheet_do_no_harm(records):
    grown = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">' + "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True)) + "]>"
    whole, out = zipfile.ZipFile(io.BytesIO(as_xlsx(HEAD, incident()))), io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in whole.namelist():
            content = whole.read(name)
            if name.endswith("sheet1.xml"):
                content = (grown + content.decode()).replace("吵架", "&i;").encode()
            archive.writestr(name, content)
    assert "已损坏" in refused(records, out.getvalue(), "a.xlsx")


def test_macros_and_passwords_inside_an_archive_are_refused(records):
    out = io.BytesIO(as_xlsx(HEAD, incident()))
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr("xl/vbaProject.bin", "macro")
    assert "宏" in refused(records, out.getvalue(), "a.xlsx")


def test_formulas_are_refused_with_their_place_and_the_other_rows_go_on(records):
    batch = imported(records, as_xlsx(HEAD, incident("J1", 报警内容="=HYPERLINK(1)"), incident("J2")), "警情.xlsx")
    reject = batch.rejects.get()
    assert (reject.row, reject.column, reject.label) == (2, "content", "报警内容")
    assert "E2" in reject.reason
    assert "公式" in reject.reason
    assert Incident.objects.get().code == "J2"


def test_merged_cells_are_refused_with_their_place(records):
    said = refused(records, as_xlsx(HEAD, incident("J1"), incident("J2"), sheet=lambda sheet: sheet.merge_cells("B2:B3")), "警情.xlsx")
    assert "B2:B3" in said


@pytest.mark.parametrize("cell", ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", " =1", "'=1+1", "\t=1"])
def test_what_a_spreadsheet_would_run_is_refused(records, cell):
    batch = tried(records, as_csv(HEAD, incident(报警内容=cell)))
    assert "当作公式" in batch.rejects.get().reason
    assert batch.rejects.get().column == "content"
    assert batch.preview[0]["values"]["code"] == "J1"


def test_signed_numbers_and_phones_with_a_plus_are_fine(records):
    batch = imported(records, as_csv([*HEAD, "报警电话"], [*incident(报警内容="-1"), "+86 138 0013 8000"]))
    assert counts(batch) == (1, 0, 0, 0)
    row = Incident.objects.get()
    assert (row.content, row.reporter_phone) == ("-1", "+86 138 0013 8000")


def test_a_line_with_too_many_or_too_few_cells_is_set_aside_with_its_number(records):
    content = as_csv(HEAD) + b"\n" + as_csv(incident("J1"), [*incident("J2"), "x"], incident("J3")[:2], incident("J4"))
    batch = imported(records, content)
    assert [(reject.row, reject.reason[:8]) for reject in batch.rejects.all()] == [(4, "这一行有 6 格"), (5, "这一行有 2 格")]
    assert set(Incident.objects.values_list("code", flat=True)) == {"J1", "J4"}


def test_a_quote_that_is_not_closed_stops_the_file_with_its_line(records):
    content = as_csv(HEAD, incident("J1")) + b'"J2,x\n' + as_csv(incident("J3"))
    batch = tried(records, content)
    assert batch.state == State.FAILED
    assert "第 3 行有引号没有成对" in batch.message


def test_line_numbers_count_lines_of_the_file_also_after_a_cell_of_several_lines(records):
    batch = tried(records, as_csv(HEAD, incident("J1", 报警内容="一\n二\n三"), incident("J2", 警情类别="天气")))
    assert batch.rejects.get().row == 5


def test_nested_columns_of_a_columnar_file_are_refused(records):
    assert "list" in refused(records, as_parquet(code=["J1"], unit_code=[[STATION]]), "a.parquet")


def test_one_long_text_named_a_million_times_does_not_fill_memory(records):
    words = pa.DictionaryArray.from_arrays(pa.array([0] * 5_000, pa.int32()), pa.array(["长" * 200_000]))
    content = as_parquet(code=[f"J{number}" for number in range(5_000)], content=words)
    assert len(content) < 2_000_000
    assert "一格" in refused(records, content, "a.parquet")


def test_too_many_rows_are_refused_before_anything_is_written(records, monkeypatch):
    monkeypatch.setattr(worker, "MOST_ROWS", 2)
    batch = tried(records, as_csv(HEAD, *[incident(f"J{number}") for number in range(3)]))
    assert (batch.state, "超过 2 行" in batch.message) == (State.FAILED, True)


def test_a_wrong_check_digit_is_set_aside(records):
    imported(records, as_csv(["编号", "案件类型", "办案单位", "受理时间"], ["A1", "行政", STATION, "2026-03-01 09:00"]), table="case")
    right = "42010219900101001"
    head = ["编号", "所属案件", "身份", "姓名", "证件类型", "证件号码"]
    row = ["A1", "证人", "某甲", "居民身份证"]
    wrong = "0" if check_digit(right) != "0" else "1"
    batch = imported(records, as_csv(head, ["D1", *row, right + check_digit(right)], ["D2", *row, right + wrong]), table="party")
    assert "校验码" in batch.rejects.get().reason
    assert Party.objects.get().code == "D1"
    assert right not in str(batch.preview)


def test_rows_of_another_unit_are_set_aside_and_tell_nothing(records):
    batch = imported(records, as_csv(HEAD, incident("J1", 处警单位=ELSEWHERE), incident("J2", 处警单位="9999"), incident("J3")))
    assert [reject.row for reject in batch.rejects.all()] == [2, 3]
    assert "管辖范围" in batch.rejects.first().reason
    assert Incident.objects.get().code == "J3"


# --- rejects and templates --------------------------------------------------------------------------------------------------------------


def rejects_of(batch: Batch, kind: str) -> bytes:
    out = io.BytesIO()
    reject_file.WRITERS[kind](batch, out)
    return out.getvalue()


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_rejects_are_mended_and_sent_again_as_they_are(records, kind):
    head = [*HEAD, "报警电话"]
    batch = imported(records, as_csv(head, [*incident("007", 警情类别="天气"), "+86 13800138000"], [*incident("J2"), ""]))
    content = rejects_of(batch, kind)
    again = tried(records, content, f"单列.{kind}")
    assert counts(again) == (0, 0, 0, 1), again.rejects.first().reason
    if kind == "csv":
        mended = content.replace("天气".encode(), "治安".encode(), 1)
    else:
        book = load_workbook(io.BytesIO(content))
        book.active["C3"] = "治安"
        out = io.BytesIO()
        book.save(out)
        mended = out.getvalue()
    assert counts(imported(records, mended, f"单列.{kind}")) == (1, 0, 0, 0)
    assert Incident.objects.get(code="007").reporter_phone == "+86 13800138000"


def test_a_broken_line_is_not_taken_by_sending_its_reject_unmended(records):
    batch = tried(records, as_csv(HEAD, [*incident("J1"), "多"], incident("J2")[:4]))
    assert counts(batch) == (0, 0, 0, 2)
    again = tried(records, rejects_of(batch, "xlsx"), "a.xlsx")
    assert counts(again) == (0, 0, 0, 2)
    assert "待核对" in again.rejects.first().reason
    assert counts(tried(records, rejects_of(again, "csv"))) == (0, 0, 0, 2)


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_rejects_do_not_carry_formulas_out(records, kind):
    batch = tried(records, as_csv(HEAD, incident(报警内容="=1+1")))
    content = rejects_of(batch, kind)
    if kind == "csv":
        rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
        assert rows[2][4] == "'=1+1"
    else:
        cell = load_workbook(io.BytesIO(content)).active["E3"]
        assert (cell.value, cell.data_type) == ("'=1+1", "s")


def test_the_same_file_twice_changes_nothing(records):
    content = as_csv(HEAD, incident("J1"), incident("J2"))
    imported(records, content)
    before = Event.objects.exclude(subject_kind="batch").count()
    assert counts(imported(records, content)) == (0, 0, 2, 0)
    assert Event.objects.exclude(subject_kind="batch").count() == before


@pytest.mark.parametrize("table", sorted(NOUNS))
def test_templates_hold_every_column_and_are_passed_by_their_own_reader(records, table, tmp_path):
    book = load_workbook(io.BytesIO(blanks.spreadsheet(table)))
    sheet, explained = book.worksheets
    head = [cell.value for cell in sheet[2]]
    assert head == list(labels(table).values())
    assert len(set(head)) == len(head)
    assert [row[0].value for row in explained.iter_rows(min_row=2)] == head
    lists = {str(choice.sqref).split(":")[0].rstrip("0123456789") for choice in sheet.data_validations.dataValidation}
    listed = [field for field in columns(table).values() if field.flatchoices or field.get_internal_type() == "BooleanField"]
    assert len(lists) == len(listed)
    for kind, content in (("xlsx", blanks.spreadsheet(table)), ("csv", blanks.text(table))):
        assert "没有数据行" in refused(records, content, f"a.{kind}", table)


def test_a_filled_template_is_imported(records):
    book = load_workbook(io.BytesIO(blanks.spreadsheet("incident")))
    values = {"警情编号": "0001", "处警单位": STATION, "警情类别": "治安", "报警时间": datetime(2026, 3, 1, 9, 5)}
    for cell in book.worksheets[0][2]:
        if cell.value in values:
            book.worksheets[0].cell(3, cell.column, values[cell.value]).number_format = "yyyy-mm-dd hh:mm"
    out = io.BytesIO()
    book.save(out)
    assert counts(imported(records, out.getvalue(), "a.xlsx")) == (1, 0, 0, 0)
    assert Incident.objects.get().code == "0001"


# --- deciding ---------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["liming", "wangfang", "leader", "admin", "legal", "chief"])
def test_only_who_imports_may_send_a_file(who, request):
    officer = request.getfixturevalue(who)
    with pytest.raises(Forbidden):
        receive(officer, as_csv(HEAD, incident()))
    assert not Batch.objects.exists()


def test_only_the_sender_decides_and_only_in_its_state(records, second_records):
    batch = tried(records, as_csv(HEAD, incident()))
    for act in (actions.start, actions.cancel):
        with pytest.raises(Forbidden):
            act(by=viewer(second_records), number=batch.pk)
    with pytest.raises(Conflict):
        actions.retry(by=viewer(records), number=batch.pk)
    actions.start(by=viewer(records), number=batch.pk)
    with pytest.raises(Conflict):
        actions.start(by=viewer(records), number=batch.pk)


def test_nothing_to_import_is_said(records):
    batch = tried(records, as_csv(HEAD, incident(警情类别="天气")))
    with pytest.raises(Refused, match="没有可以导入的行"):
        actions.start(by=viewer(records), number=batch.pk)


def begun(records, monkeypatch) -> Batch:
    """Six rows, of which two are imported."""
    monkeypatch.setattr(worker, "CHUNK", 2)
    monkeypatch.setattr(worker, "TURN", -1.0)
    batch = tried(records, as_csv(HEAD, *[incident(f"J{number}") for number in range(6)]))
    while batch.state != State.READY:
        worker.run_once()
        batch.refresh_from_db()
    actions.start(by=viewer(records), number=batch.pk)
    worker.run_once()
    return batch


def test_a_cancelled_batch_writes_nothing_more(records, monkeypatch):
    batch = begun(records, monkeypatch)
    assert Incident.objects.count() == 2
    actions.cancel(by=viewer(records), number=batch.pk)
    assert not worker.run_once()
    assert Incident.objects.count() == 2
    batch.refresh_from_db()
    assert "2 行" in batch.message


def test_whoever_loses_the_duty_meanwhile_stops_there(records, monkeypatch):
    batch = begun(records, monkeypatch)
    DutyAssignment.objects.filter(officer=records).update(ends_on="2026-01-01")
    worker.run_once()
    batch.refresh_from_db()
    assert (batch.state, batch.position, Incident.objects.count()) == (State.FAILED, 2, 2)
    assert "没有导入“警情”的职责" in batch.message


@pytest.fixture
def second_records(bureau):
    """Another 案管 of the same branch."""
    return appoint("020002", "另案管", BRANCH, "案管")


# --- pages ------------------------------------------------------------------------------------------------------------------------------


@pytest.fixture
def signed(client):
    return partial(sign_in, client)


def upload(client, content: bytes, name="警情.csv", table="incident"):
    from django.core.files.uploadedfile import SimpleUploadedFile  # noqa: PLC0415

    return client.post(reverse("intake:new_batch"), {"table": table, "file": SimpleUploadedFile(name, content)})


def test_the_way_through_the_pages(records, signed):
    client = signed(records)
    assert client.get(reverse("intake:batches")).status_code == 200
    assert client.get(reverse("intake:new_batch")).status_code == 200
    answer = upload(client, as_csv(HEAD, incident("J1"), incident("J2", 警情类别="天气")))
    batch = Batch.objects.get()
    assert (answer.status_code, answer.url) == (302, reverse("intake:batch", args=[batch.pk]))
    page = client.get(answer.url).content.decode()
    assert "试运行完成" in page
    assert "没有“天气”" in page
    assert client.post(reverse("intake:start_batch", args=[batch.pk])).status_code == 302
    assert "正在导入" in client.get(answer.url).content.decode()
    assert "HX-Refresh" not in client.get(reverse("intake:progress", args=[batch.pk])).headers
    worker.run_once()
    assert client.get(reverse("intake:progress", args=[batch.pk])).headers["HX-Refresh"] == "true"
    assert "导入完成" in client.get(answer.url).content.decode()
    assert "没有“天气”" in client.get(reverse("intake:rejects", args=[batch.pk])).content.decode()
    for kind in ("csv", "xlsx"):
        answer = client.get(reverse("intake:rejects_file", args=[batch.pk, kind]))
        assert b"".join(answer.streaming_content)
    assert Event.objects.filter(kind="batch.hand_out").count() == 2


def test_the_list_as_a_file_is_on_record(records, signed):
    batch = imported(records, as_csv(HEAD, incident()))
    answer = signed(records).get(reverse("intake:batches"), {"format": "csv", "table": "incident"})
    assert batch.name in b"".join(answer.streaming_content).decode()
    event = Event.objects.get(kind="batch.export")
    assert (event.actor, json.loads(event.data)) == (records.code, {"count": 1, "conditions": "format=csv&table=incident"})
    assert kinds.label(event.kind) == "导出导入记录"


def test_a_file_that_is_refused_says_so_at_the_form(records, signed):
    answer = upload(signed(records), b"%PDF-1.4")
    assert answer.status_code == 422
    assert "PDF" in answer.content.decode()
    assert not list((files.folder() / "coming").iterdir())


def test_the_same_file_again_is_told(records, signed):
    content = as_csv(HEAD, incident())
    imported(records, content)
    answer = upload(signed(records), content)
    assert "同一份文件已于" in signed(records).get(answer.url).content.decode()


class Endless(io.RawIOBase):
    """Two hundred megabytes that nobody holds; counts what was taken."""

    def __init__(self, head: bytes, size: int):
        self.head, self.size, self.taken = head, size, 0

    def readable(self):
        return True

    def read(self, amount=-1):
        if self.head:
            part, self.head = self.head[:amount], self.head[amount:] if amount >= 0 else b""
        else:
            part = b"x" * min(amount if amount >= 0 else self.size, self.size - self.taken)
        self.taken += len(part)
        return part


MEGABYTE = 1024 * 1024


@pytest.mark.parametrize(("limit", "announced"), [(100 * MEGABYTE, 200 * MEGABYTE), (MEGABYTE, MEGABYTE + 60_000)])
def test_two_hundred_megabytes_are_refused_early(records, signed, limit, announced, tmp_path, settings):
    """By the length that the browser announces, or while it comes."""
    head = (b'--X\r\nContent-Disposition: form-data; name="table"\r\n\r\nincident\r\n'
            b'--X\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\nContent-Type: text/csv\r\n\r\n')
    body = Endless(head, 200 * MEGABYTE)
    settings.UPLOAD_LIMIT = limit
    answer = signed(records).generic(
        "POST", reverse("intake:new_batch"), **{"wsgi.input": body, "CONTENT_LENGTH": str(announced), "CONTENT_TYPE": "multipart/form-data; boundary=X"})
    assert answer.status_code == 422
    assert "MB 的上限" in answer.content.decode()
    assert body.taken < 2 * MEGABYTE
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and path.stat().st_size]


def test_a_full_disk_is_said_and_leaves_nothing(records, signed, monkeypatch):
    import errno  # noqa: PLC0415

    real = files.Receiving.write

    def full(self, block):
        real(self, block)
        with files.disk():
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(files.Receiving, "write", full)
    answer = upload(signed(records), as_csv(HEAD, incident()))
    assert answer.status_code == 422
    assert "磁盘已满" in answer.content.decode()
    assert not list((files.folder() / "coming").iterdir())


def test_scripts_in_cells_are_shown_as_text(records, signed):
    evil = "<script>alert(1)</script>"
    client = signed(records)
    answer = upload(client, as_csv(HEAD, incident("J1", 报警内容=evil), incident("J2", 警情类别=evil)), name=f"{evil}.csv")
    number = Batch.objects.get().pk
    for url in (answer.url, reverse("intake:rejects", args=[number]), reverse("intake:batches"), reverse("intake:progress", args=[number])):
        page = client.get(url).content.decode()
        assert "alert(1)" in page or url not in (answer.url, reverse("intake:rejects", args=[number]))
        assert "<script>alert" not in page
    answer = upload(client, as_csv([*HEAD, evil], [*incident(), "x"]))
    assert answer.status_code == 422
    assert "<script>alert" not in answer.content.decode()


def test_a_batch_is_seen_by_its_officer_and_from_above_and_by_nobody_else(records, signed, request, bureau):
    from bureau import appoint  # noqa: PLC0415

    batch = tried(records, as_csv(HEAD, incident(警情类别="天气")))
    urls = [reverse(f"intake:{name}", args=[batch.pk]) for name in ("batch", "progress", "rejects")]
    urls.append(reverse("intake:rejects_file", args=[batch.pk, "xlsx"]))
    above, beside = appoint("000011", "市案管", "4201", "案管"), appoint("030011", "北湖案管", "420103", "案管")
    below = appoint("010011", "所案管", STATION, "案管")
    for officer, expected in ((records, 200), (above, 200), (beside, 404), (below, 404)):
        client = signed(officer)
        assert {client.get(url).status_code for url in urls} == {expected}, officer.name
        listed = client.get(reverse("intake:batches")).content.decode()
        assert ("警情.csv" in listed) == (expected == 200)
        if expected == 404:
            for name in ("start_batch", "retry_batch", "cancel_batch"):
                assert client.post(reverse(f"intake:{name}", args=[batch.pk])).status_code == 404
    for who in ("liming", "wangfang", "leader", "chief"):
        client = signed(request.getfixturevalue(who))
        assert {client.get(url).status_code for url in [*urls, reverse("intake:batches"), reverse("intake:new_batch")]} == {403}, who
    assert signed(records).get("/import/999999/").status_code == 404


def test_the_system_administrator_sees_the_course_and_no_contents(records, admin, signed):
    batch = tried(records, as_csv(HEAD, incident(报警内容="张三家暴"), incident("J2", 警情类别="天气")))
    client = signed(admin)
    page = client.get(reverse("intake:batch", args=[batch.pk])).content.decode()
    assert "可导入" in page
    assert "张三家暴" not in page
    assert "天气" not in page
    assert client.get(reverse("intake:rejects", args=[batch.pk])).status_code == 403
    assert client.get(reverse("intake:rejects_file", args=[batch.pk, "csv"])).status_code == 403
    assert client.get(reverse("intake:new_batch")).status_code == 403
    assert client.post(reverse("intake:cancel_batch", args=[batch.pk])).status_code == 403


@pytest.mark.parametrize("rows", [3, 60])
def test_pages_ask_few_queries_whatever_the_number_of_rows(records, signed, rows, django_assert_max_num_queries):
    for number in range(rows):
        batch = Batch.objects.create(
            table="incident", name=f"{number}.csv", kind="csv", digest="0" * 64, size=1, officer=records, unit_id="420102", created_at=timezone.now(),
            state=State.DONE, total=rows, position=rows, rejected=rows)
    Reject.objects.bulk_create(Reject(batch=batch, row=number, column="kind", label="警情类别", reason="x", cells={}) for number in range(rows))
    client = signed(records)
    for url in (reverse("intake:batches"), reverse("intake:new_batch"), reverse("intake:batch", args=[batch.pk]), reverse("intake:rejects", args=[batch.pk])):
        with django_assert_max_num_queries(15):
            assert client.get(url).status_code == 200


def test_numbers_in_reject_lists_are_masked(records, signed):
    imported(records, as_csv(["编号", "案件类型", "办案单位", "受理时间"], ["A1", "行政", STATION, "2026-03-01 09:00"]), table="case")
    head = ["编号", "所属案件", "身份", "姓名", "* 证件号码", "联系电话"]
    batch = tried(records, as_csv(head, ["D1", "A1", "路人", "某甲", "420102199001010019", "13800138000"]), table="party")
    page = signed(records).get(reverse("intake:rejects", args=[batch.pk])).content.decode()
    assert "4201************19" in page
    assert "420102199001010019" not in page
    assert "13800138000" not in page
    assert "420102199001010019" in rejects_of(batch, "csv").decode()


def test_templates_are_for_download(records, signed):
    client = signed(records)
    for kind in ("xlsx", "csv"):
        answer = client.get(reverse("intake:blank", args=["case", kind]))
        assert answer.status_code == 200
        assert "attachment" in answer["Content-Disposition"]
    assert client.get("/import/blanks/nothing.csv").status_code == 404
    assert client.get("/import/blanks/case.exe").status_code == 404
    assert Case.objects.count() == 0


def test_kinds_and_suffixes_agree():
    assert set(readers.SUFFIXES.values()) == set(readers.KINDS)
