"""The forms of what the API answers, for the description; `rows.out_model` has those of the rows."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from ninja import Schema
from pydantic import ConfigDict, Field, create_model

from mingjing.cases.models import NOUNS
from mingjing.intake.actions.keys import FASTEST
from mingjing.intake.api.body import MOST as MOST_ROWS
from mingjing.intake.api.rows import out_model
from mingjing.intake.models.keys import READ, WRITE

TableName = Literal[tuple(NOUNS)]
Scope = Literal[(READ, f"{WRITE}*", *(WRITE + name for name in NOUNS))]


class Strict(Schema):
    model_config = ConfigDict(extra="forbid")


class Detail(Strict):
    place: str = Field(description="出错的参数、列或者请求头")
    message: str = Field(description="原因")


class Fault(Strict):
    code: str = Field(description="给程序看的代码")
    message: str = Field(description="给人看的说明：什么不对，为什么，怎么办")
    details: list[Detail] = Field(description="逐处说明，可为空")


class Rejected(Strict):
    index: int = Field(description="第几行，从 0 起", ge=0, lt=MOST_ROWS)
    column: str = Field(description="出错的列名，涉及整行时为空")
    code: str | None = Field(description="这一行的编号，没有给出时为 null")
    reason: str = Field(description="原因和改法")


class Pushed(Strict):
    dry_run: bool = Field(description="是否试运行；试运行不写入任何内容")
    total: int = Field(description="收到的行数", ge=1, le=MOST_ROWS)
    entered: int = Field(description="新增的行数", ge=0)
    changed: int = Field(description="改动了已有行的行数", ge=0)
    unchanged: int = Field(description="与已有内容相同的行数", ge=0)
    rejected: int = Field(description="单列的行数，没有写入", ge=0)
    rejects: list[Rejected] = Field(description="单列的行，按行号排列")


class Account(Strict):
    code: str = Field(description="接口账号的编号，台账里的经办人")
    name: str = Field(description="名称")


class Place(Strict):
    code: str = Field(description="单位编号")
    name: str = Field(description="单位名称")


class KeyInfo(Strict):
    name: str = Field(description="密钥名称，写入的行以它为来源")
    prefix: str = Field(description="密钥的前缀，用来辨认")
    expires_at: datetime = Field(description="失效时间")


class Limits(Strict):
    per_minute: int = Field(description="每分钟最多调用次数", ge=1, le=FASTEST)
    rows_per_push: int = Field(description="一次最多写入的行数")
    rows_per_page: int = Field(description="一页最多的行数")
    bytes_per_push: int = Field(description="请求内容最多的字节数")


class Me(Strict):
    account: Account = Field(description="接口账号")
    unit: Place = Field(description="接口账号所属单位")
    key: KeyInfo = Field(description="密钥")
    scopes: list[Scope] = Field(description="密钥的权限")
    reach: list[Place] = Field(description="范围：这些单位和它们的下级单位")
    reads: list[TableName] = Field(description="可以读取的事实表")
    writes: list[TableName] = Field(description="可以写入的事实表")
    limits: Limits = Field(description="上限")


class ColumnInfo(Strict):
    name: str = Field(description="列名")
    label: str = Field(description="中文名称")
    type: Literal["text", "whole", "number", "flag", "date", "time"] = Field(description="类型：文字、整数、数字、是否、日期、时间")
    required: bool = Field(description="新行是否必填")
    values: list[str] = Field(description="可填的值；空表示不限")
    refers_to: str | None = Field(description="填的是哪个对象的编号：事实表、unit（单位）或者 officer（民警）")
    max_length: int | None = Field(description="最多的字数")
    masked: bool = Field(description="读取时是否遮盖")


class TableInfo(Strict):
    name: TableName = Field(description="表名，用在地址里")
    label: str = Field(description="中文名称")
    columns: list[ColumnInfo] = Field(description="可以写入的列")


class Vocabulary(Strict):
    tables: list[TableInfo] = Field(description="事实表；被引用的在前，按这个顺序写入")


class Health(Strict):
    status: Literal["ok"] = Field(description="ok：可以使用；维护时答复 503")


def page_of(table: str, name: str = "") -> type[Schema]:
    row = out_model(table)
    return create_model(
        f"{name or row.__name__}Page", __base__=Strict,
        rows=(list[row], Field(description="这一页的行，按编号排列")),
        next=(str | None, Field(description="下一页的游标；null 表示到底")),
        as_of=(datetime | None, Field(description="从头读起那一刻台账的时间；下次作为 changed_since，就不会漏掉任何改动")))


def _whole_case() -> type[Schema]:
    """A case with the rows of all other tables that belong to it."""
    others: dict[str, Any] = {
        name: (list[out_model(name)], Field(description=str(model._meta.verbose_name))) for name, model in NOUNS.items() if name != "case"
    }
    tables = create_model("CaseTables", __base__=Strict, **others)
    return create_model(
        "WholeCase", __base__=Strict,
        case=(out_model("case"), Field(description="案件")),
        rows=(tables, Field(description="属于本案的行，按表")),
        cut=(list[TableName], Field(description="行数超过 500、没有列全的表；其余的从 /facts/表名?case_code= 读取")))


WholeCase = _whole_case()
