"""The lists: which columns, which filters, how to search. What a viewer may see of them is decided by the rows that the view gives."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.utils.safestring import SafeString, mark_safe

from mingjing.accounts.scope import Viewer
from mingjing.cases import queries, search
from mingjing.cases.actions import looking
from mingjing.cases.cleaning import listed
from mingjing.cases.models import Case, CaseOfficer, Decision, Entry, Incident, Interview, Measure, Party, PropertyItem, Summons
from mingjing.cases.models.parties import MARKS
from mingjing.ledger.models import Event
from mingjing.lib.masking import mask_within
from mingjing.lib.refused import Refused
from mingjing.ui.addresses import page
from mingjing.ui.html import fill
from mingjing.ui.lists import Choice, Column, DateRange, Flag, Listing, Text, UnitTree
from mingjing.ui.times import span

SHORTENED = 60  # characters of a text in a list
# what a badge says; the whole name of the column stands in its title
SHORT_MARKS = {
    "is_juvenile": "未成年", "is_foreign": "外国人", "is_deaf": "聋哑", "is_blind": "盲人", "is_pregnant": "怀孕", "is_nursing": "哺乳",
    "is_seriously_ill": "严重疾病", "is_mentally_ill": "精神或智力障碍", "is_deputy": "代表委员",
    "is_official": "公职人员", "is_foreign_tongue": "语言不通", "is_protected_minor": "未成年被害",
}
KNOWN = [("yes", "是"), ("no", "否"), ("unknown", "未登记")]


# --- parts of columns ---

def page_of(case: str, anchor: str = "") -> str:
    return page("cases:case", case) + (f"#{anchor}" if anchor else "")


def case_column(**more: Any) -> Column:
    return Column("case", "所属案件", value="case_id", kind="code", sort="case_id", **{"link": lambda row: page_of(row.case_id), **more})


def shortened(text: str) -> str:
    text = mask_within(text)
    return text if len(text) <= SHORTENED else f"{text[:SHORTENED]}…"


def badges_of(party: Party) -> SafeString:
    """The marks that change what the law demands, as badges."""
    marks = ((SHORT_MARKS[name], Party._meta.get_field(name).verbose_name) for name in MARKS if getattr(party, name))
    return mark_safe(" ".join(fill('<span class="badge strong" title="{1}">{0}</span>', *mark) for mark in marks)) or fill('<span class="muted">{}</span>', "—")


def marks_of(party: Party) -> str:
    return "、".join(SHORT_MARKS[name] for name in MARKS if getattr(party, name))


def person(party: Party) -> SafeString:
    return fill("{} {}", party.name, badges_of(party) if marks_of(party) else "")


def result_of(incident: Incident) -> str:
    return incident.outcome or "未处理"


def link_to_case(incident: Incident) -> SafeString:
    if not incident.case_id:
        return fill('<span class="muted">{}</span>', "—")
    return fill('<a href="{}">{}</a>', page_of(incident.case_id), incident.case_id)


def state_of_measure(measure: Measure) -> str:
    if measure.ended_at:
        return "已结束"
    if measure.started_at:
        return "执行中"
    return "已批准待执行" if measure.approved_at else "待批准"


def state_of_item(item: PropertyItem) -> str:
    if item.disposed_at:
        return "已处理"
    return "在库" if item.checked_in_at else "未入库"


# --- parts of filters ---

def units_in_reach(kind: str, viewer: Viewer) -> list[Any]:
    """Units whose rows the viewer may read, and those where the viewer serves."""
    paths = tuple(viewer.paths(kind)) + tuple(held.path for held in viewer.held if viewer.reaches_team(kind))
    return [unit for unit in viewer.tree.values() if unit.path.startswith(paths)] if paths else []


def of_own(model: type[Entry], rows: QuerySet, viewer: Viewer) -> QuerySet:
    """Rows of the viewer's own cases and incidents."""
    return rows.filter(**{f"{model.matter}__in": queries.team_matters(viewer.officer, model)})


def mine(model: type[Entry], label: str = "我承办的") -> Flag:
    return Flag("mine", label, apply=partial(of_own, model))


def open_only(rows: QuerySet, viewer: Viewer) -> QuerySet:
    return rows.filter(closed_at__isnull=True)


def without_lead(rows: QuerySet, viewer: Viewer) -> QuerySet:
    return rows.filter(~Exists(leads().filter(case=OuterRef("pk"))))


def leads() -> QuerySet:
    return CaseOfficer.objects.filter(until__isnull=True, role=CaseOfficer.Role.LEAD)


def with_state(states: dict[str, Q], rows: QuerySet, value: str, viewer: Viewer) -> QuerySet:
    return rows.filter(states[value])


def by_state(label: str, states: dict[str, Q]) -> Choice:
    """One of a few conditions, by the words that the column says."""
    return Choice("state", label, list(states), apply=partial(with_state, states))


def known_or_not(name: str, rows: QuerySet, value: str, viewer: Viewer) -> QuerySet:
    return rows.filter(**{name: {"yes": True, "no": False, "unknown": None}[value]}) if value != "unknown" else rows.filter(**{f"{name}__isnull": True})


def values_of(model: type[Entry], name: str) -> Callable[[Any], Iterable[str]]:
    return lambda viewer: listed(model._meta.get_field(name))


def led_by(rows: QuerySet, officer: str) -> QuerySet:
    """Cases that an officer leads now, by the officer's number or whole name."""
    return rows.filter(code__in=leads().filter(Q(officer__code=officer) | Q(officer__name=officer)).values("case_id"))


# people whose name begins like this; at least two characters, so that nobody leafs through them all
PERSON_NAME = Text("name", "姓名", lookup="startswith", fits=search.is_name)


def finding(table: str) -> Callable[[QuerySet, str, Viewer], QuerySet]:
    """What is typed into the list's own box: the beginning of a code, or words of the texts."""

    def find(rows: QuerySet, text: str, viewer: Viewer) -> QuerySet:
        if reason := search.refused(text):
            raise Refused(reason, field="q")
        if search.is_code(text):
            return rows.filter(search.code_begins(text))
        found = search.matching([table], text) if table in search.TEXTS else {}
        return rows.filter(found[table]) if table in found else rows.none()

    return find


def on_export(request: HttpRequest, count: int, *, name: str, title: str) -> None:
    conditions = {key: value for key, value in request.GET.items() if key not in ("page", "format", "sort")}
    looking.exported(by=request.viewer, name=name, title=title, conditions=conditions, count=count)


def listing(*, name: str, title: str, **more: Any) -> Listing:
    return Listing(name=name, title=title, on_export=partial(on_export, name=name, title=title), **more)


# --- the lists ---

INCIDENTS = listing(
    name="incidents", title="警情", unit="起",
    columns=[
        Column("code", "警情编号", kind="code", link=lambda row: page("cases:incident", row.code), sort="code"),
        Column("kind", "类别", kind="badge"),
        Column("reported_at", "报警时间", kind="time", sort="reported_at"),
        Column("place", "地点", value=lambda row: shortened(row.place)),
        Column("content", "报警内容", value=lambda row: shortened(row.content), export=lambda row: mask_within(row.content)),
        Column("reporter_name", "报警人", shown=False),
        Column("reporter_phone", "报警电话", kind="phone"),
        Column("unit", "处警单位", value="unit.name"),
        Column("officer", "处警民警", value="officer.name", shown=False),
        Column("outcome", "处理结果", value=result_of, kind="badge"),
        Column("handled_at", "处理时间", kind="time", shown=False),
        Column("case", "所转案件", value="case_id", kind="code", render=link_to_case, shown=False),
    ],
    filters=[
        UnitTree("unit", "单位", options=partial(units_in_reach, "incident")),
        Choice("kind", "类别", values_of(Incident, "kind")),
        Choice("outcome", "处理结果", lambda viewer: [("none", "未处理"), *((value, value) for value in listed(Incident._meta.get_field("outcome")))],
               apply=lambda rows, value, viewer: rows.filter(handled_at__isnull=True) if value == "none" else rows.filter(outcome=value)),
        DateRange("reported", "报警日期", field="reported_at"),
        mine(Incident, "我处理的"),
    ],
    search=finding("incident"), default_sort="-reported_at", empty=("没有警情", "登记或导入的警情会列在这里。"),
)

CASES = listing(
    name="cases", title="案件", unit="起",
    columns=[
        Column("code", "案件编号", kind="code", link=lambda row: page_of(row.code), sort="code"),
        Column("kind", "类型", kind="badge"),
        Column("category", "类别", shown=False),
        Column("offence", "案由", sort="offence"),
        Column("state", "状态", kind="badge"),
        Column("outcome", "处理结果"),
        Column("unit", "办案单位", value="unit.name"),
        Column("lead", "主办", value=lambda row: row.leading[0].officer.name if row.leading else None),
        Column("accepted_at", "受理时间", kind="time", sort="accepted_at"),
        Column("filed_at", "立案时间", kind="time", shown=False),
        Column("decided_at", "决定时间", kind="time", shown=False),
        Column("closed_at", "结案时间", kind="time", shown=False),
    ],
    filters=[
        UnitTree("unit", "单位", options=partial(units_in_reach, "case")),
        Choice("kind", "类型", values_of(Case, "kind")),
        Choice("category", "类别", values_of(Case, "category")),
        Choice("state", "状态", [str(state) for state in Case.State]),
        Choice("outcome", "处理结果", values_of(Case, "outcome")),
        DateRange("accepted", "受理日期", field="accepted_at"),
        Text("offence", "案由"),
        Text("lead", "主办民警", apply=led_by),
        mine(Case),
        Flag("open", "未结案", apply=open_only),
        Flag("leaderless", "没有主办", apply=without_lead),
    ],
    search=finding("case"), default_sort="-accepted_at", empty=("没有案件", "受案或导入的案件会列在这里。"),
)


def with_leads(rows: QuerySet) -> QuerySet:
    """Cases with `leading`, the officers who lead now: one or none."""
    return rows.select_related("unit").prefetch_related(Prefetch("team", queryset=leads().select_related("officer"), to_attr="leading"))


PARTIES = listing(
    name="parties", title="当事人", unit="人次",
    columns=[
        Column("name", "姓名", link=lambda row: page("cases:party", row.code)),
        Column("role", "身份", kind="badge"),
        Column("marks", "特殊情形", value=marks_of, render=badges_of),
        Column("sex", "性别", shown=False),
        Column("id_number", "证件号码", kind="id_number"),
        Column("phone", "联系电话", kind="phone", shown=False),
        case_column(),
        Column("offence", "案由", value="case.offence"),
        Column("unit", "办案单位", value="case.unit.name"),
        Column("accepted_at", "受理时间", value="case.accepted_at", kind="time", sort="case__accepted_at"),
        Column("code", "当事人编号", kind="code", shown=False),
    ],
    filters=[
        UnitTree("unit", "单位", options=partial(units_in_reach, "party"), field="case__unit__path"),
        Choice("role", "身份", values_of(Party, "role")),
        Choice("mark", "特殊情形", [(name, SHORT_MARKS[name]) for name in MARKS], apply=lambda rows, value, viewer: rows.filter(**{value: True})),
        Choice("juvenile", "未成年人", KNOWN, apply=partial(known_or_not, "is_juvenile")),
        DateRange("accepted", "受理日期", field="case__accepted_at"),
        PERSON_NAME,
        mine(Party, "我承办案件的"),
    ],
    search=finding("party"), default_sort="-case__accepted_at", empty=("没有当事人", "这里只列出你可以查阅的案件里的当事人；本平台不提供查人。"),
)

MEASURE_STATES = {
    "待批准": Q(approved_at__isnull=True, started_at__isnull=True, ended_at__isnull=True),
    "已批准待执行": Q(approved_at__isnull=False, started_at__isnull=True, ended_at__isnull=True),
    "待批准或者执行": Q(started_at__isnull=True, ended_at__isnull=True, case__closed_at__isnull=True),
    "执行中": Q(started_at__isnull=False, ended_at__isnull=True), "已结束": Q(ended_at__isnull=False),
}
MEASURES = listing(
    name="measures", title="强制措施", unit="项",
    columns=[
        Column("code", "措施编号", kind="code", link=lambda row: page_of(row.case_id, "measures"), sort="code"),
        Column("kind", "措施类型", kind="badge"),
        Column("state", "状态", value=state_of_measure, kind="badge"),
        Column("party", "被采取措施人", value="party.name", render=lambda row: person(row.party)),
        case_column(shown=False),
        Column("offence", "案由", value="case.offence", shown=False),
        Column("unit", "办案单位", value="case.unit.name"),
        Column("since", "呈请、批准或执行", kind="time", sort="since", shown=False),
        Column("approved_at", "批准时间", kind="time"),
        Column("approver", "批准人", value="approver.name", shown=False),
        Column("started_at", "执行时间", kind="time"),
        Column("ended_at", "解除或变更时间", kind="time", shown=False),
    ],
    filters=[
        UnitTree("unit", "单位", options=partial(units_in_reach, "measure"), field="case__unit__path"),
        Choice("kind", "措施类型", values_of(Measure, "kind")),
        by_state("状态", MEASURE_STATES),
        DateRange("started", "执行日期", field="started_at"),
        mine(Measure, "我承办案件的"),
    ],
    search=finding("measure"), default_sort="-since", empty=("没有强制措施", "在案件页呈请的强制措施会列在这里。"),
)


def since(rows: QuerySet) -> QuerySet:
    """Measures with `since`, the last step that is known: so that those waiting stand among the others by time."""
    return rows.annotate(since=Coalesce("started_at", "approved_at", "entered_at")).select_related("party", "case__unit", "approver")


ITEM_STATES = {
    "未入库": Q(checked_in_at__isnull=True, disposed_at__isnull=True), "在库": Q(checked_in_at__isnull=False, disposed_at__isnull=True),
    "已处理": Q(disposed_at__isnull=False),
}
PROPERTY_ITEMS = listing(
    name="property", title="涉案财物", unit="件",
    columns=[
        Column("code", "物品编号", kind="code", link=lambda row: page_of(row.case_id, "property"), sort="code"),
        Column("name", "物品名称"),
        Column("quantity", "数量"),
        Column("state", "状态", value=state_of_item, kind="badge"),
        case_column(),
        Column("unit", "提取单位", value="unit.name"),
        Column("seized_at", "提取时间", kind="time", sort="seized_at"),
        Column("returned_at", "返回单位时间", kind="time", shown=False),
        Column("checked_in_at", "入库时间", kind="time"),
        Column("disposed_at", "处理完毕时间", kind="time", shown=False),
    ],
    filters=[
        UnitTree("unit", "单位", options=partial(units_in_reach, "property_item"), field="case__unit__path"),
        by_state("状态", ITEM_STATES),
        DateRange("seized", "提取日期", field="seized_at"),
        mine(PropertyItem, "我承办案件的"),
    ],
    search=finding("property_item"), default_sort="-seized_at", empty=("没有涉案财物", "在案件页登记提取的物品会列在这里。"),
)


def running(column: str) -> dict[str, Q]:
    return {"进行中": Q(**{f"{column}__isnull": True}), "已结束": Q(**{f"{column}__isnull": False})}


SUMMONSES = listing(
    name="summonses", title="传唤", unit="人次",
    columns=[
        Column("code", "传唤编号", kind="code", link=lambda row: page_of(row.case_id, "summonses"), sort="code"),
        Column("party", "被传唤人", value="party.name", render=lambda row: person(row.party)),
        Column("kind", "传唤类型"),
        case_column(),
        Column("unit", "办案单位", value="case.unit.name"),
        Column("arrived_at", "到案时间", kind="time", sort="arrived_at"),
        Column("left_at", "离开时间", kind="time"),
    ],
    filters=[
        UnitTree("unit", "单位", options=partial(units_in_reach, "summons"), field="case__unit__path"),
        by_state("是否离开", {"未离开": Q(left_at__isnull=True), "已离开": Q(left_at__isnull=False)}),
        DateRange("arrived", "到案日期", field="arrived_at"),
        mine(Summons, "我承办案件的"),
    ],
    search=finding("summons"), default_sort="-arrived_at", empty=("没有传唤", "登记到案的人会列在这里。"),
)

INTERVIEWS = listing(
    name="interviews", title="询问讯问", unit="次",
    columns=[
        Column("code", "编号", kind="code", link=lambda row: page_of(row.case_id, "interviews"), sort="code"),
        Column("kind", "类型", kind="badge"),
        Column("party", "被询问讯问人", value="party.name", render=lambda row: person(row.party)),
        Column("place", "地点"),
        case_column(),
        Column("unit", "办案单位", value="case.unit.name"),
        Column("started_at", "开始时间", kind="time", sort="started_at"),
        Column("ended_at", "结束时间", kind="time"),
    ],
    filters=[
        UnitTree("unit", "单位", options=partial(units_in_reach, "interview"), field="case__unit__path"),
        Choice("kind", "类型", values_of(Interview, "kind")),
        by_state("是否结束", running("ended_at")),
        DateRange("started", "开始日期", field="started_at"),
        mine(Interview, "我承办案件的"),
    ],
    search=finding("interview"), default_sort="-started_at", empty=("没有询问讯问", "在案件页登记的询问讯问会列在这里。"),
)

DECISIONS = listing(
    name="decisions", title="处罚决定", unit="份",
    columns=[
        Column("code", "决定编号", kind="code", link=lambda row: page_of(row.case_id, "decisions"), sort="code"),
        Column("party", "被处罚人", value="party.name", render=lambda row: person(row.party)),
        case_column(),
        Column("offence", "案由", value="case.offence"),
        Column("unit", "决定名义单位", value="unit.name"),
        Column("decided_at", "决定时间", kind="time", sort="decided_at"),
        Column("fine", "罚款（元）", kind="number"),
        Column("detention_days", "拘留（日）", kind="number"),
    ],
    filters=[
        UnitTree("unit", "办案单位", options=partial(units_in_reach, "decision"), field="case__unit__path"),
        DateRange("decided", "决定日期", field="decided_at"),
        mine(Decision, "我承办案件的"),
    ],
    search=finding("decision"), default_sort="-decided_at", empty=("没有处罚决定", "作出的处罚决定会列在这里。"),
)


def page_of_entry(event: Event) -> str:
    """The page of the case or incident that an entry of the ledger belongs to."""
    return page("cases:incident", event.matter_code) if event.subject_kind == "incident" else page_of(event.matter_code)


LATE = listing(
    name="late", title="补录", unit="项", tie_break="seq",
    columns=[
        Column("matter", "案件或者警情", value="matter_code", kind="code", link=page_of_entry),
        Column("label", "事项"),
        Column("occurred_at", "发生时间", kind="time", sort="occurred_at"),
        Column("recorded_at", "记录时间", kind="time", sort="recorded_at"),
        Column("delay", "相隔", value=lambda event: span(event.delay)),
        Column("actor", "经办人", value=lambda event: event.actor_name or event.actor),
    ],
    filters=[DateRange("recorded", "记录日期", field="recorded_at")],
    default_sort="-recorded_at", empty=("没有补录", "发生超过一天才登记的事项会列在这里；从文件或其他系统导入的不算补录。"),
)
