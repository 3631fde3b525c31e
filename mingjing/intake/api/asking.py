"""The parameters of the lists. One that is unknown or given twice is told: passed over, it would answer another question than was asked."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Schema
from pydantic import AfterValidator, BeforeValidator, Field

from mingjing.cases.cleaning import EARLIEST, LATEST, columns, listed
from mingjing.cases.models import Case
from mingjing.intake.api.faults import Fault, detail

PLAIN = r"^[^\x00-\x1f\x7f]+$"
OFFSET = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,6})?([Zz]|[+-]\d\d:\d\d)")
LIMIT, MOST = 100, 500


def _with_offset(raw: Any) -> Any:
    if isinstance(raw, str) and not OFFSET.fullmatch(raw):
        raise ValueError("应写成 2026-03-01T09:00:00+08:00 的样子，须带时区；在地址中加号要写成 %2B")
    return raw


def _sensible(value: datetime) -> datetime:
    if not EARLIEST < value.year < LATEST:
        raise ValueError(f"年份应在 {EARLIEST} 至 {LATEST} 之间")
    return value


Moment = Annotated[datetime, BeforeValidator(_with_offset), AfterValidator(_sensible)]
Code = Annotated[str, Field(min_length=1, max_length=64, pattern=PLAIN)]
SINCE = "只要这个时间（含）以后新录入或者改动过的；通常填上次读取时答复中的 as_of"


class Asked(Schema):
    """What every list takes."""

    changed_since: Moment | None = Field(None, description=SINCE, examples=["2026-03-01T09:00:00+08:00"])
    cursor: str | None = Field(None, min_length=1, max_length=500, pattern=PLAIN, description="上一页答复中的 next；不填从头读起")
    limit: int = Field(LIMIT, ge=1, le=MOST, description="这一页最多几行")


class AskedCases(Asked):
    kind: Literal[listed(columns("case")["kind"])] | None = Field(None, description="案件类型")
    state: Literal[tuple(Case.State.values)] | None = Field(None, description="状态")
    unit_code: Code | None = Field(None, description="办案单位，包含其下级单位")
    offence: Annotated[str, Field(min_length=1, max_length=100, pattern=PLAIN)] | None = Field(None, description="案由包含的字词")
    changed_since: Moment | None = Field(None, description=SINCE + "；案件的当事人、措施等有变动的也算", examples=["2026-03-01T09:00:00+08:00"])


class AskedIncidents(Asked):
    kind: Literal[listed(columns("incident")["kind"])] | None = Field(None, description="警情类别")
    state: Literal["未处理", "已处理"] | None = Field(None, description="是否已登记处理结果")
    unit_code: Code | None = Field(None, description="处警单位，包含其下级单位")


class AskedRows(Asked):
    case_code: Code | None = Field(None, description="只要这起案件的")


class AskedPush(Schema):
    dry_run: bool = Field(False, description="试运行：检查全部行并给出结果，不写入任何内容")


def known_only(request: HttpRequest, model: type[Schema] | None = None) -> None:
    """Raises Fault for a parameter of the address that the operation does not have, or that is given more than once."""
    names = model.model_fields if model else {}
    unknown = [name for name in request.GET if name not in names]
    twice = [name for name, values in request.GET.lists() if len(values) > 1]
    if unknown or twice:
        details = [*(detail(name, "没有这个参数，请核对拼写") for name in unknown), *(detail(name, "出现了不止一次") for name in twice)]
        raise Fault(422, "invalid", "参数有误，没有处理：" + "；".join(f"{one['place'][:60]} {one['message']}" for one in details[:5]) + "。", details[:20])
