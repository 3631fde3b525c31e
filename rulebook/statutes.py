"""Statutes: which version was in force on which day, and whether what a rule cites stands in the text.

`laws.yaml` of a rule set holds names, dates and article counts only, never the words of a statute. Where a folder of statute texts is
given, a citation is also held against the text: article, paragraph, item and the figures the rule relies on.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from rulebook.errors import Fault, RuleError
from rulebook.schema import check_schema
from rulebook.yamlfile import Where, YamlFile, read_yaml

DIGITS = dict(zip("零一二三四五六七八九", range(10), strict=True)) | {"〇": 0, "○": 0, "两": 2}
UNITS = {"十": 10, "百": 100, "千": 1000, "万": 10000}
NUMERAL = "".join(DIGITS) + "".join(UNITS)

TAG = re.compile(r"</?[A-Za-z][^>]*>|<!--.*?-->")
LINK = re.compile(r"\[([^\]]*)\]\(#[^)]*\)")
# A heading ends at a space, a colon or the line's end; “第二十条第二款规定的…” at the start of a line is a citation
ARTICLE = re.compile(rf"^[#*\s]*第([{NUMERAL}]+|[0-9０-９]+)条(之[{NUMERAL}]+)?\**(?=[\s：:]|$)[\s：:]*")
DIVISION = re.compile(rf"^(#|第[{NUMERAL}0-9]+(编|分编|章|节)(\s|$)|附\s*则$)")
ANNEX = re.compile(rf"^附件([{NUMERAL}0-9：:\s]|$)")
ITEM = re.compile(rf"^[（(]\s*([{NUMERAL}]+|[0-9０-９]+)\s*[）)]")
SUBITEM = re.compile(r"^([0-9]{1,2}[.．、]|[①-⑳⒈-⒛])")
NUMBER_RUN = re.compile(rf"[{NUMERAL}0-9]+")
# A text may lack an article (the stored 刑事诉讼法 lacks 128); a bigger jump is a citation or an annex
MAY_LACK = 2


@dataclass(frozen=True)
class LawVersion:
    """One version of a statute. `articles` is None where the count is not known; `in_force_to` is the last day, None while in force."""

    law: str
    in_force_from: date
    in_force_to: date | None
    articles: int | None
    text: str | None
    verified: bool

    def covers(self, day: date) -> bool:
        return self.in_force_from <= day and (self.in_force_to is None or day <= self.in_force_to)


@dataclass(frozen=True)
class Laws:
    """The statute list of one rule set. A rule set without a list has `exists=False`: its citations are not checked, only counted."""

    versions: dict[str, tuple[LawVersion, ...]] = field(default_factory=dict)
    exists: bool = True

    def version(self, law: str, on: date) -> LawVersion | None:
        """The version in force on that day, None where the law is not listed or not in force."""
        return next((version for version in self.versions.get(law, ()) if version.covers(on)), None)


@dataclass(frozen=True)
class Article:
    """One article. Each paragraph (款) is its lead line followed by its item lines, joined by newlines."""

    number: int
    paragraphs: tuple[str, ...]


@dataclass
class CitationTally:
    """How far citations could be checked: against the text, only against the list, or (no list) not at all."""

    checked: int = 0
    listed_only: int = 0
    unchecked: int = 0


# ---- the list of statutes


def load_laws(folder: str | Path) -> Laws:
    """Read `laws.yaml` of a rule set; an absent file gives an empty list. Raises RuleError with all faults."""
    path = Path(folder) / "laws.yaml"
    if not path.exists():
        return Laws(exists=False)
    file = read_yaml(path)
    faults = check_schema(file, "laws")
    if faults:
        raise RuleError(faults)
    laws = {law: _versions(file, law, spec["versions"], faults) for law, spec in file.data["laws"].items()}
    faults += [_full_title(file, law) for law in laws if law.startswith("中华人民共和国")]
    if faults:
        raise RuleError(faults)
    return Laws(laws)


def _versions(file: YamlFile, law: str, specs: list[dict[str, Any]], faults: list[Fault]) -> tuple[LawVersion, ...]:
    versions = []
    for index, spec in enumerate(specs):
        where = ("laws", law, "versions", index)
        start, end = _day(file, where, spec, "in_force_from", faults), _day(file, where, spec, "in_force_to", faults)
        if not spec["verified"] and "note" not in spec:
            faults.append(_no_note(file, where, law))
        if start is None or (end is None and "in_force_to" in spec):
            continue
        version = LawVersion(law, start, end, spec.get("articles"), spec.get("text"), spec["verified"])
        faults.extend(_order_faults(file, where, versions[-1] if versions else None, version))
        versions.append(version)
    return tuple(versions)


def _day(file: YamlFile, where: Where, spec: dict[str, Any], key: str, faults: list[Fault]) -> date | None:
    if key not in spec:
        return None
    try:
        return date.fromisoformat(spec[key])
    except ValueError:
        faults.append(file.fault((*where, key), f"没有“{spec[key]}”这一天", f"“{spec[key]}” is no day of the calendar",
                                 "写成实际存在的日期，如 2026-01-01", "write a real date such as 2026-01-01"))
        return None


def _order_faults(file: YamlFile, where: Where, before: LawVersion | None, version: LawVersion) -> list[Fault]:
    law, start, end = version.law, version.in_force_from, version.in_force_to
    if end is not None and end < start:
        return [file.fault((*where, "in_force_to"), f"“{law}”该版本的失效日 {end} 早于生效日 {start}",
                           f"this version of {law} ends on {end}, before it starts on {start}", "核对两个日期", "check both dates")]
    if before is None:
        return []
    if start <= before.in_force_from:
        return [file.fault((*where, "in_force_from"), f"“{law}”的版本次序不对：{start} 不晚于前一版本的 {before.in_force_from}",
                           f"versions of {law} are out of order: {start} is not after {before.in_force_from}",
                           "按生效日从早到晚排列", "put the oldest version first")]
    if before.in_force_to is None or before.in_force_to >= start:
        last = start - timedelta(days=1)
        return [file.fault((*where, "in_force_from"), f"“{law}”的两个版本在 {start} 同时有效",
                           f"two versions of {law} are in force on {start}",
                           f"给前一版本写上 in_force_to: {last}，或更早的一天", f"give the older version in_force_to: {last} or earlier")]
    return []


def _no_note(file: YamlFile, where: Where, law: str) -> Fault:
    return file.fault(where, f"“{law}”有版本未经核实，却没有说明", f"an unverified version of {law} has no note",
                      "补上 note:，写明哪一点没有核实", "add note: and say what is not verified")


def _full_title(file: YamlFile, law: str) -> Fault:
    short = law.removeprefix("中华人民共和国")
    return file.fault(("laws", law), f"法规名称“{law}”不带国名", f"law names are written without the country: {law}",
                      f"改为“{short}”", f"write {short}")


# ---- numbers and texts


def chinese_number(numeral: str) -> int:
    """The value of a numeral below 100 million: 九十七, 二百零五, 十, 二○○四, also 97 and ９７. ValueError for anything else."""
    plain = unicodedata.normalize("NFKC", numeral)
    if plain.isdecimal():
        return int(plain)
    if plain and all(digit in DIGITS for digit in plain):
        return int("".join(str(DIGITS[digit]) for digit in plain))
    high, ten_thousand, low = plain.rpartition("万")
    if ten_thousand:
        return chinese_number(high) * UNITS["万"] + (chinese_number(low) if low else 0)
    return _below_ten_thousand(plain)


def _below_ten_thousand(numeral: str) -> int:
    total, digit = 0, None
    for sign in numeral:
        if sign in DIGITS:
            digit = DIGITS[sign]
        elif sign in UNITS:
            total, digit = total + (1 if digit is None else digit) * UNITS[sign], None
        else:
            raise ValueError(f"not a Chinese numeral: {numeral!r}")
    if not numeral:
        raise ValueError("an empty numeral")
    return total + (digit or 0)


def _number_or_zero(numeral: str) -> int:
    try:
        return chinese_number(numeral)
    except ValueError:
        return 0


def plain_figures(text: str) -> str:
    """The text without spaces and with every number in Arabic digits, so that 三日, 3日 and ３ 日 are one and the same."""
    return NUMBER_RUN.sub(_arabic, re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)))


def _arabic(run: re.Match[str]) -> str:
    try:
        return str(chinese_number(run[0]))
    except ValueError:
        return run[0]


def has_figure(text: str, figure: str) -> bool:
    """Whether the figure stands in the text as a number of its own: 三日 does not stand in 十三日."""
    wanted = plain_figures(figure)
    before, after = r"(?<!\d)" if wanted[:1].isdigit() else "", r"(?!\d)" if wanted[-1:].isdigit() else ""
    return bool(wanted) and re.search(f"{before}{re.escape(wanted)}{after}", plain_figures(text)) is not None


def read_articles(path: str | Path) -> dict[int, Article]:
    """The articles of one statute text. An article 第X条之一 is left out: it has no number of its own to be cited by."""
    paragraphs: dict[int, list[str]] = {}
    current: list[str] | None = None
    last = 0
    for line in _lines(Path(path)):
        heading = ARTICLE.match(line)
        number = _number_or_zero(heading[1]) if heading else 0
        if heading and heading[2] and number == last:
            current = []
        elif heading and not heading[2] and last < number <= last + 1 + MAY_LACK:
            last, current = number, paragraphs.setdefault(number, [])
            _add_line(current, line[heading.end():])
            continue
        elif last and ANNEX.match(line):
            break
        elif DIVISION.match(line):
            continue
        if current is not None:
            _add_line(current, line)
    return {number: Article(number, tuple(lines)) for number, lines in paragraphs.items()}


def _add_line(paragraphs: list[str], line: str) -> None:
    if not line:
        return
    if paragraphs and (ITEM.match(line) or SUBITEM.match(line)):
        paragraphs[-1] += "\n" + line
    else:
        paragraphs.append(line)


def _lines(path: Path) -> Iterator[str]:
    raw = path.read_bytes()
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("gb18030", errors="replace")
    for line in text.splitlines():
        yield LINK.sub(r"\1", TAG.sub("", line)).strip()


@cache
def _articles(path: Path, changed: int) -> dict[int, Article]:
    """Texts are read once for many citations; `changed` (time of change) keeps a long-running process from using a stale copy."""
    return read_articles(path)


# ---- citations


def check_citation(
    laws: Laws, texts: Path | None, citation: dict[str, Any], effective: date, until: date | None, file: YamlFile, where: Where,
    tally: CitationTally | None = None,
) -> list[Fault]:
    """Faults of one citation of a rule version that is effective from `effective` and until before `until` (None: open)."""
    tally = tally if tally is not None else CitationTally()
    if not laws.exists:
        tally.unchecked += 1
        return []
    law = citation["law"]
    if law not in laws.versions:
        return [_unlisted(file, where, law)]
    version = laws.version(law, effective)
    if version is None:
        return [_not_in_force(file, where, law, effective, laws.versions[law])]
    faults = _change_faults(laws, version, until, file, where)
    if version.articles is not None and not 1 <= citation["article"] <= version.articles:
        faults.append(_no_such_article(file, where, citation, version))
        return faults
    path = texts / version.text if texts is not None and version.text else None
    if path is None or not path.is_file():
        tally.listed_only += 1
        return faults
    tally.checked += 1
    return faults + _text_faults(_articles(path, path.stat().st_mtime_ns), citation, version, file, where)


def _unlisted(file: YamlFile, where: Where, law: str) -> Fault:
    return file.fault((*where, "law"), f"法规清单 laws.yaml 中没有“{law}”", f"laws.yaml does not list {law}",
                      "核对名称（不带国名），或先把它的版本和生效日补进 laws.yaml",
                      "check the name, or add the law with its dates to laws.yaml")


def _not_in_force(file: YamlFile, where: Where, law: str, effective: date, versions: tuple[LawVersion, ...]) -> Fault:
    spans = "、".join(f"{version.in_force_from}～{version.in_force_to or ''}" for version in versions)
    return file.fault((*where, "law"), f"{effective} 没有有效的“{law}”版本", f"no listed version of {law} is in force on {effective}",
                      f"清单中的有效期：{spans}；核对规则版本的 effective",
                      f"listed periods: {spans}; check the effective date of this rule version")


def _change_faults(laws: Laws, version: LawVersion, until: date | None, file: YamlFile, where: Where) -> list[Fault]:
    """The law must not change while one version of the rule is effective, or the rule would cite a text that no longer stands."""
    if version.in_force_to is None or (until is not None and until <= version.in_force_to + timedelta(days=1)):
        return []
    law, last = version.law, version.in_force_to
    later = [start for start in (other.in_force_from for other in laws.versions[law]) if start > last and (until is None or start < until)]
    if later:
        return [file.fault((*where, "law"), f"“{law}”自 {later[0]} 起有新版本，本规则版本还在用",
                           f"a new version of {law} is in force from {later[0]} while this rule version is still effective",
                           f"给规则加一个 effective: {later[0]} 的版本，按新条文写明依据",
                           f"add a rule version with effective: {later[0]} that cites the new text")]
    return [file.fault((*where, "law"), f"“{law}”{last} 之后不再有效，本规则版本还在用",
                       f"{law} is not in force after {last} while this rule version is still effective",
                       "给规则加一个版本，改用其后有效的依据", "add a rule version that cites law in force after that day")]


def _no_such_article(file: YamlFile, where: Where, citation: dict[str, Any], version: LawVersion) -> Fault:
    law, article, since = version.law, citation["article"], version.in_force_from
    return file.fault((*where, "article"), f"“{law}”（{since} 起施行的版本）共 {version.articles} 条，没有第 {article} 条",
                      f"{law} (in force from {since}) has {version.articles} articles, no article {article}",
                      "核对条号是不是另一版本的", "check whether the number belongs to another version")


def _text_faults(articles: dict[int, Article], citation: dict[str, Any], version: LawVersion, file: YamlFile, where: Where) -> list[Fault]:
    number, paragraph = citation["article"], citation.get("paragraph")
    place = f"“{version.law}”第 {number} 条"
    if number not in articles:
        return [file.fault((*where, "article"), f"{place}在正文“{version.text}”中找不到",
                           f"article {number} is not in the text {version.text}",
                           "核对条号；正文有缺漏的，换一份完整的正文", "check the number, or supply a complete text")]
    paragraphs = articles[number].paragraphs
    if paragraph is not None and not 1 <= paragraph <= len(paragraphs):
        return [file.fault((*where, "paragraph"), f"{place}只有 {len(paragraphs)} 款，没有第 {paragraph} 款",
                           f"article {number} has {len(paragraphs)} paragraphs, no paragraph {paragraph}",
                           "对照正文改正款次", "correct the paragraph by the text")]
    cited = list(paragraphs) if paragraph is None else [paragraphs[paragraph - 1]]
    if citation.get("item") is not None:
        cited = [narrowed for text in cited if (narrowed := _lead_and_item(text, citation["item"]))]
        if not cited:
            return [file.fault((*where, "item"), f"{place}所引之处没有第 {citation['item']} 项",
                               f"the cited part of article {number} has no item {citation['item']}",
                               "对照正文改正项次", "correct the item by the text")]
    return _figure_faults("\n".join(cited), citation, place, file, where)


def _lead_and_item(paragraph: str, item: int | str) -> str:
    """The lead line of the paragraph with that one item and its sub-items; empty where the item is not there."""
    wanted = item if isinstance(item, int) else _number_or_zero(item.strip("（）()第项 "))
    lead, *rest = paragraph.split("\n")
    kept, inside = [], False
    for line in rest:
        mark = ITEM.match(line)
        inside = _number_or_zero(mark[1]) == wanted if mark else inside
        if inside:
            kept.append(line)
    return "\n".join([lead, *kept]) if kept else ""


def _figure_faults(text: str, citation: dict[str, Any], place: str, file: YamlFile, where: Where) -> list[Fault]:
    return [file.fault((*where, "figures", index), f"{place}所引之处没有“{figure}”",
                       f"“{figure}” is not in the cited part of article {citation['article']}",
                       "对照正文改正数字、款项或条号", "correct the figure or the place by the text")
            for index, figure in enumerate(citation.get("figures", ())) if not has_figure(text, figure)]
