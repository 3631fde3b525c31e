"""The empty file to fill in, for each table: the columns by their Chinese names, lists to choose from, and a sheet that explains every column."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass

from django.db import models
from openpyxl import Workbook
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from mingjing.cases.cleaning import columns, is_required, listed
from mingjing.cases.models import NOUNS
from mingjing.intake.headers import labels
from mingjing.intake.rejects import BOM

FILLED = 2_000  # rows that get lists to choose from
LONGEST_LIST = 255  # characters that a spreadsheet takes for one
HEAD = ("列名", "类型", "必填", "可填的值", "例子", "说明")

MANNERS = (  # the more special class first
    (models.DateTimeField, ("日期和时间", "2026-03-01 09:00", "北京时间，年在前，精确到分；只有日期没有时刻的不收", "yyyy-mm-dd hh:mm")),
    (models.DateField, ("日期", "2026-03-01", "年在前", "yyyy-mm-dd")),
    (models.BooleanField, ("是否", "是", "不清楚的留空，不要填否", "@")),
    (models.DecimalField, ("数字", "200.50", "不小于 0，最多两位小数", "General")),
    (models.IntegerField, ("整数", "5", "不小于 0", "General")),
)


@dataclass(frozen=True)
class Explained:
    """What the second sheet says of a column; `form` is the number format of its cells."""

    label: str
    kind: str
    is_required: bool
    values: tuple[str, ...]
    example: str
    remark: str
    form: str


def explained(table: str) -> list[Explained]:
    return [_explained(table, name, field) for name, field in columns(table).items()]


def _explained(table: str, name: str, field: models.Field) -> Explained:
    kind, example, remark, form = _manner(name, field)
    values = listed(field) or (("是", "否") if isinstance(field, models.BooleanField) else ())
    return Explained(labels(table)[name], kind, is_required(field), values, values[0] if values else example, remark, form)


def _manner(name: str, field: models.Field) -> tuple[str, str, str, str]:
    """Kind, example, remark and number format."""
    if isinstance(field, models.ForeignKey):
        noun = str(field.related_model._meta.verbose_name)
        example = {"单位": "42010201", "民警": "010001"}.get(noun, "X0001")
        return "编号", example, f"填{noun}的{'警号' if noun == '民警' else '编号'}，须已经录入", "@"
    if name == "code":
        return "编号", "X0001", f"原系统里的编号；同一编号再次导入就是更新同一行；最长 {field.max_length} 个字", "@"
    for kind, said in MANNERS:
        if isinstance(field, kind):
            return said
    return "文字", "", f"最长 {field.max_length} 个字", "@"


def spreadsheet(table: str) -> bytes:
    book = Workbook()
    sheet = book.active
    sheet.title = str(NOUNS[table]._meta.verbose_name)[:31]
    _fill(sheet, table)
    _explain(book.create_sheet("填写说明"), table)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _fill(sheet: Worksheet, table: str) -> None:
    sheet["A1"] = note(table)
    for number, column in enumerate(explained(table), 1):
        letter = get_column_letter(number)
        cell = sheet.cell(2, number, column.label)
        cell.font = Font(bold=column.is_required)
        sheet.column_dimensions[letter].width = max(14, 2 * len(column.label) + 4)
        sheet.column_dimensions[letter].number_format = column.form
        choices = ",".join(column.values)
        if choices and len(choices) <= LONGEST_LIST:
            choice = DataValidation(type="list", formula1=f'"{choices}"', allow_blank=True, showErrorMessage=True)
            choice.errorTitle, choice.error = column.label, "请从列表里选择"
            choice.add(f"{letter}3:{letter}{FILLED + 2}")
            sheet.add_data_validation(choice)
    sheet.freeze_panes = "B3"


def _explain(sheet: Worksheet, table: str) -> None:
    sheet.append(HEAD)
    for column in explained(table):
        sheet.append([column.label, column.kind, "必填" if column.is_required else "", "、".join(column.values), column.example, column.remark])
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    for letter, width in zip("ABCDEF", (30, 12, 8, 50, 20, 50), strict=True):
        sheet.column_dimensions[letter].width = width
    for row in sheet.iter_rows(min_row=2):
        for cell in row:
            cell.alignment, cell.number_format = Alignment(wrap_text=True, vertical="top"), "@"


def text(table: str) -> bytes:
    out = io.StringIO()
    out.write(BOM)
    writer = csv.writer(out)
    writer.writerow([note(table)])
    writer.writerow([column.label for column in explained(table)])
    return out.getvalue().encode()


def note(table: str) -> str:
    return f"※ {NOUNS[table]._meta.verbose_name}导入模板：从下一行的列名之下开始填写；以※开头的行不会导入；列名粗体的必填"
