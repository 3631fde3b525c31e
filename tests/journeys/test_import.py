"""案管 imports a file with faults, reads what is wrong, mends the rows handed back, and sends them again."""

from __future__ import annotations

import csv
from pathlib import Path

from openpyxl import load_workbook

HEADER = ["警情编号", "处警单位", "警情类别", "报警时间", "报警内容"]


def write(path: Path, rows: list[list[str]]) -> Path:
    with path.open("w", encoding="gb18030", newline="") as out:  # as a spreadsheet in China saves it
        csv.writer(out).writerows(rows)
    return path


def send(window, file: Path) -> None:
    window.open("/import/new/")
    window.page.select_option("select[name=table]", "incident")
    window.page.set_input_files("input[type=file]", file)
    window.page.click("main form button[type=submit]")
    window.page.wait_for_selector("text=可导入", timeout=20_000)


def start(window) -> None:
    window.page.click("main form[action$='/start/'] button")
    window.page.wait_for_selector("h1 .badge:has-text('完成')", timeout=30_000)


def test_a_file_with_faults_is_mended(visit, city, tmp_path):
    window = visit(city.person("案管"))
    unit = city.person("办案民警", "李明").code  # a police number is no unit: one of the faults
    rows = [HEADER, ["J-TEST-1", "42990101", "治安", "2026-03-01 09:00", "有人打架"], ["J-TEST-2", unit, "治安", "2026-03-01 09:00", "有人打架"],
            ["J-TEST-3", "42990101", "打架", "2026年3月1日9时5分", "有人打架"], ["J-TEST-4", "42990101", "治安", "2026/3/1 9:30", "<b>有人打架</b>"]]
    send(window, write(tmp_path / "警情.csv", rows))
    window.shoot("import-dry-run")
    text = window.page.inner_text("main")
    assert "GB" in text
    assert "没有“打架”这个值" in text
    assert f"没有编号为“{unit}”的单位" in text
    start(window)
    window.shoot("import-done")
    with window.page.expect_download() as download:
        window.page.click("a:has-text('下载单列行')")
    mended = tmp_path / "单列.xlsx"
    download.value.save_as(mended)
    book = load_workbook(mended)
    sheet = book.active
    for row in sheet.iter_rows():
        for cell in row:
            if cell.value == unit:
                cell.value = "42990101"
            if cell.value == "打架":
                cell.value = "治安"
    book.save(mended)
    send(window, mended)
    start(window)
    for number in (1, 2, 3, 4):
        answer = window.page.goto(f"{city.url}/incidents/J-TEST-{number}/")
        assert answer.status == 200, number
    window.shoot("import-incident")
    assert "<b>有人打架</b>" in window.page.inner_text("main")
    send(window, write(tmp_path / "再次.csv", rows[:2]))  # the same row again
    assert "没有变化" in window.page.inner_text("main") or "不变" in window.page.inner_text("main")
