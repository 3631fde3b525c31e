"""预警模型: the register of all rules, and how right they are."""

from __future__ import annotations

from collections import Counter
from urllib.parse import urlencode

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from mingjing.accounts.scope import Viewer
from mingjing.accounts.views.asking import exported, require
from mingjing.alerts import quality as measure
from mingjing.alerts import register
from mingjing.alerts.lists import level_badge
from mingjing.alerts.models.alert import LEVELS
from mingjing.alerts.quality import Share
from mingjing.alerts.register import FAULTY, Entries, Entry
from mingjing.ui.lists import Button, Choice, Column, Listing
from mingjing.ui.templatetags.ui import badge
from mingjing.ui.times import NOTHING, span
from rulebook.explain import STATUS_WORDS

ELEMENTS = ("人", "情", "案", "物", "卷", "场")
STATUSES = (*STATUS_WORDS.values(), FAULTY)
MARKS = [("off", "有单位停用"), ("demoted", "已退回试运行"), ("unverified", "依据未核实"), ("skipped", "没有数据，未判断")]
NAMED = 2  # articles that the register names before it says how many
LINE = f"{measure.LINE:.0%}"


# --- words and addresses ---

def page_of_rule(entry: Entry) -> str:
    return reverse("alerts:rule", args=[entry.code])


def alerts_url(code: str, **condition: str) -> str:
    return f"{reverse('alerts:alerts')}?{urlencode({'rule': code, **condition})}"


def percent(share: Share) -> str:
    """76%（95% 区间 62%—86%）; — while nothing is judged."""
    if share.value is None or share.bounds is None:
        return NOTHING
    low, high = share.bounds
    return f"{share.value:.0%}（95% 区间 {low:.0%}—{high:.0%}）"


# --- cells ---

def status(entry: Entry) -> SafeString:
    marks = [badge(entry.status, "strong" if entry.status == FAULTY else "" if entry.status == STATUS_WORDS["active"] else "outline")]
    if entry.demotion:
        marks.append(badge("已退回", "strong"))
    if entry.is_unverified:
        marks.append(badge("有依据未核实", "outline"))
    if entry.skipped:
        marks.append(badge("没有数据", "outline"))
    if entry.off_here:
        marks.append(badge("本单位已停用", "strong"))
    elif entry.off_units:
        marks.append(format_html('<a class="nowrap" href="{}#settings">{} 个单位停用</a>', page_of_rule(entry), entry.off_units))
    return format_html_join(" ", "{}", ((mark,) for mark in marks))


def name(entry: Entry) -> SafeString:
    if entry.broken is None:
        return format_html("{}", entry.name)
    faults = format_html_join("", "<li>{}</li>", ((fault,) for fault in entry.broken.faults))
    return format_html('<span class="rule-file">{}</span><ul class="rule-faults">{}</ul>', entry.name, faults)


def bases(entry: Entry) -> SafeString:
    """The first articles and how many there are; what could not be checked against the text is marked by the rulebook itself."""
    if not entry.bases:
        return format_html("{}", NOTHING)
    first = format_html_join("", '<span class="rule-basis">{}</span>', ((text,) for text in entry.bases[:NAMED]))
    more = format_html('<a class="nowrap" href="{}">共 {} 条依据</a>', page_of_rule(entry), len(entry.bases)) if len(entry.bases) > NAMED else ""
    return format_html("{}{}", first, more)


def live(entry: Entry) -> SafeString:
    return format_html('<a href="{}">{}</a>', alerts_url(entry.code, state="live"), entry.tally.live) if entry.rule else format_html("{}", NOTHING)


def share(share: Share, url: str) -> SafeString:
    """A share with its interval below; it opens what was judged."""
    if share.value is None or share.bounds is None:
        return format_html('<span class="muted">{}</span>', NOTHING)
    low, high = share.bounds
    return format_html('<a href="{}">{}</a> <span class="muted nowrap">{}—{}</span>', url, f"{share.value:.0%}", f"{low:.0%}", f"{high:.0%}")


def precision(entry: Entry) -> SafeString:
    return share(entry.tally.precision, alerts_url(entry.code, state="all"))


def missed(entry: Entry) -> SafeString:
    return share(entry.tally.misses, f"{reverse('alerts:samples')}?{urlencode({'rule': entry.code, 'verdict': '漏报'})}")


def cure(entry: Entry) -> str:
    return span(entry.tally.cure) if entry.tally.cure is not None else ""


# --- filters: rows are entries, not a query ---

def of_element(rows: Entries, value: str, viewer: Viewer) -> Entries:
    return Entries(entry for entry in rows if entry.element == value)


def of_phase(rows: Entries, value: str, viewer: Viewer) -> Entries:
    return Entries(entry for entry in rows if entry.phase == value)


def of_level(rows: Entries, value: str, viewer: Viewer) -> Entries:
    return Entries(entry for entry in rows if entry.level == value)


def of_status(rows: Entries, value: str, viewer: Viewer) -> Entries:
    return Entries(entry for entry in rows if entry.status == value)


def marked(rows: Entries, value: str, viewer: Viewer) -> Entries:
    tests = {"off": lambda entry: entry.off_here or entry.off_units, "demoted": lambda entry: entry.demotion, "unverified": lambda entry: entry.is_unverified,
             "skipped": lambda entry: entry.skipped}
    return Entries(entry for entry in rows if tests[value](entry))


def search(rows: Entries, text: str, viewer: Viewer) -> Entries:
    """Number, name or article."""
    return Entries(entry for entry in rows if any(text.lower() in words.lower() for words in (entry.code, entry.name, *entry.bases)))


RULES = Listing(
    name="rules", title="预警模型", unit="个", default_sort="phase", search=search, page_size=200, on_export=exported("rule"),
    empty=("没有预警模型", "规则文件放进规则目录以后会列在这里。"),
    filters=[
        Choice("phase", "环节", lambda viewer: list(register.phases()), apply=of_phase),
        Choice("element", "要素", ELEMENTS, apply=of_element),
        Choice("level", "级别", list(LEVELS.items()), apply=of_level),
        Choice("status", "状态", STATUSES, apply=of_status),
        Choice("mark", "标记", MARKS, apply=marked),
    ],
    columns=[
        Column("code", "编号", kind="code", link=page_of_rule, sort="code"),
        Column("name", "名称", render=name, sort="name", export=lambda entry: "；".join((entry.name, *(entry.broken.faults if entry.broken else ())))),
        Column("phase", "环节", sort="phase"),
        Column("level", "级别", render=lambda entry: level_badge(entry.level) if entry.level else format_html("{}", NOTHING),
               export=lambda entry: LEVELS.get(entry.level, "")),
        Column("status", "状态", render=status),
        Column("basis", "依据", render=bases, export=lambda entry: "；".join(entry.bases)),
        Column("live", "未办结预警", kind="number", render=live, sort="live", export=lambda entry: entry.tally.live),
        Column("precision", "准确率", render=precision, sort="precision", export=lambda entry: percent(entry.tally.precision)),
        Column("cure", "整改用时", value=cure, sort="cure"),
    ],
)

QUALITY = Listing(
    name="quality", title="预警模型质量", unit="个", default_sort="precision", page_size=100, on_export=exported("rule"),
    empty=("还没有已判断的预警", "预警办结或者撤销以后，这里会列出各个模型的准确率；抽查对照判断以后，会列出漏报率。"),
    columns=[
        Column("code", "编号", kind="code", link=page_of_rule, sort="code"),
        Column("name", "名称", sort="name"),
        Column("status", "状态", render=status),
        Column("judged", "已判断", kind="number", value=lambda entry: entry.tally.precision.judged, sort="judged",
               render=lambda entry: format_html('<a href="{}">{}</a>', alerts_url(entry.code, state="all"), entry.tally.precision.judged)),
        Column("precision", "准确率", render=precision, sort="precision", export=lambda entry: percent(entry.tally.precision)),
        Column("verdict", "与线比较", value=lambda entry: against_line(entry.tally.precision)),
        Column("misses", "漏报率", render=missed, sort="misses", export=lambda entry: percent(entry.tally.misses)),
        Column("sampled", "已抽查", kind="number", value=lambda entry: entry.tally.misses.judged or None),
    ],
)


def against_line(share: Share) -> str:
    """Where a precision stands to the line below which a rule goes back to trial."""
    if share.judged < measure.LEAST:
        return f"不足 {measure.LEAST} 条，不作判断"
    return "低于线" if measure.falls_below(share) else "不低于线"


@require_safe
def rules(request: HttpRequest) -> HttpResponseBase:
    require(request.viewer, "rule", "read")
    buttons = [Button("质量", reverse("alerts:quality"), "gauge")]
    every = register.entries(request.viewer)
    context = {"scope": scope_words(request.viewer), "last": measure.LAST, "phases": by_phase(every), "running": sum(entry.runs for entry in every)}
    return RULES.respond(request, every, template="alerts/rules.html", context=context, buttons=buttons)


def by_phase(every: Entries) -> list[tuple[str, int, str]]:
    """Each phase with the number of its rules that run, and its list."""
    counts = Counter(entry.phase for entry in every if entry.runs)
    return [(phase, counts[phase], f"{reverse('alerts:rules')}?{urlencode({'phase': phase})}") for phase in register.phases() if counts[phase]]


@require_safe
def quality(request: HttpRequest) -> HttpResponseBase:
    """Of each rule with anything judged: how often it was right and how much it missed."""
    require(request.viewer, "rule", "read")
    every = register.entries(request.viewer)
    rows = Entries(entry for entry in every if entry.tally.precision.judged or entry.tally.misses.judged or entry.demotion)
    context = {"scope": scope_words(request.viewer), "last": measure.LAST, "line": LINE, "least": measure.LEAST,
               "sees_samples": request.viewer.may("rule", "sample"), "others": sum(entry.rule is not None for entry in every) - len(rows)}
    return QUALITY.respond(request, rows, template="alerts/quality.html", context=context,
                           buttons=[Button("全部模型", reverse("alerts:rules"), "list")])


def scope_words(viewer: Viewer) -> str:
    """Which alerts the counts speak of."""
    return "条数只计你有权查看的预警" if viewer.may("alert", "read") else "你的职责不接触案件，条数只计指明由你办理的预警"
