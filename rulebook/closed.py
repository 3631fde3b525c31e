"""What no rule may do, whoever writes it: judge how likely a citizen is to offend, follow a citizen from case to case, or compare single officers.

The platform supervises acts and deadlines of the police. These lists are closed: the loader refuses the file and says why; there is no switch.
"""

from __future__ import annotations

import re
from typing import Any

from rulebook.errors import Fault
from rulebook.vocabulary import Table, Vocabulary
from rulebook.yamlfile import YamlFile

SCORES = re.compile(r"积分|评分|打分|画像|再犯|高危人员|重点人员|风险等级|犯罪倾向|违法倾向|预测|可疑人员")
RANKS = re.compile(r"排名|排行|末位|个人考核|民警评比")
DENIED = re.compile(r"(不|不得|不是|禁止|无权)[^，。；]{0,12}$")  # a text may well say that it does not rank anybody
GROUPED = re.compile(r"GROUP\s+BY\s+([^)]*?)(?:HAVING|ORDER|QUALIFY|LIMIT|\)|$)", re.IGNORECASE | re.DOTALL)
SAYING = ("name", "message")


def closed_faults(file: YamlFile, data: dict[str, Any], subject: Table, vocabulary: Vocabulary) -> list[Fault]:
    """The reasons for which a rule of sound form is refused, each at its place in the file."""
    faults = [*_subject(file, subject), *_words(file, data)]
    for number, version in enumerate(data.get("versions") or ()):
        check = version.get("check") if isinstance(version, dict) else None
        if isinstance(check, dict) and len(check) == 1:
            ((shape, spec),) = check.items()
            where = ("versions", number, "check", shape)
            faults += _check(file, where, shape, spec, subject, vocabulary) if isinstance(spec, dict) else []
    return faults


def _subject(file: YamlFile, subject: Table) -> list[Fault]:
    if subject.person != "officer":
        return []
    return [file.fault(
        ("subject",), "规则的对象不能是单个民警：只监督办案行为，不给个人评比", "the subject cannot be a single officer: people are not ranked",
        "对象改为案件、措施、询问等行为，或者单位", "take a case, a measure, an interview … or a unit as the subject")]


def _words(file: YamlFile, data: dict[str, Any]) -> list[Fault]:
    faults = []
    for key in SAYING:
        text = data.get(key)
        if not isinstance(text, str):
            continue
        if _claims(SCORES, text):
            faults.append(file.fault((key,), "不得给公民打分、画像或者预测其行为", "no scoring, profiling or predicting of citizens",
                                     "改为监督民警的办案行为和期限", "supervise acts and deadlines of the police instead"))
        if _claims(RANKS, text):
            faults.append(file.fault((key,), "不得给民警排名", "no ranking of officers",
                                     "改为监督单个行为，或者只比较单位", "supervise single acts, or compare units only"))
    return faults


def _claims(words: re.Pattern[str], text: str) -> bool:
    return any(not DENIED.search(text[:found.start()]) for found in words.finditer(text))


def _check(file: YamlFile, where: tuple, shape: str, spec: dict[str, Any], subject: Table, vocabulary: Vocabulary) -> list[Fault]:
    citizens = {name for name, table in vocabulary.tables.items() if table.person == "citizen"}
    officers = {name for name, table in vocabulary.tables.items() if table.person == "officer"}
    if shape in ("rate", "count") and subject.person == "citizen":
        return [_followed(file, where)]
    same = str(spec.get("same") or spec.get("distinct") or "")
    if shape == "count" and same and _ends_in(same, subject, vocabulary) in citizens:
        return [_followed(file, (*where, "same" if "same" in spec else "distinct"))]
    grouped = " ".join(GROUPED.findall(str(spec.get("query", ""))))
    if (shape == "count" and _ends_in(same, subject, vocabulary) in officers) or re.search(r"officer_code|keeper_code", grouped):
        return [file.fault(where, "不得按民警累计、比较", "officers are not counted up or compared",
                           "只监督单个行为，或者只比较单位", "single acts, or units only")]
    if any(re.search(rf"\b{name}\.(name|born_on|id_number|phone)\b", grouped) for name in (*citizens, "p", "party")):
        return [_followed(file, where)]
    return []


def _followed(file: YamlFile, where: tuple) -> Fault:
    return file.fault(where, "不得把一个公民在不同案件里的情况累计起来", "what a citizen did in several cases is not added up",
                      "只看本案里民警的行为和期限", "look only at the acts and deadlines of the police in this case")


def _ends_in(path: str, table: Table, vocabulary: Vocabulary) -> str:
    """The table whose own attribute a path names: `party.name` ends in party; a reference as such (`party_code`) stays within the case."""
    here = table
    *steps, last = path.split(".") if path else [""]
    for step in steps:
        column = here.reference(step)
        if column is None or column.refers not in vocabulary.tables:
            return ""
        here = vocabulary.tables[column.refers]
    column = here.columns.get(last)
    if column is not None and column.refers and vocabulary.tables.get(column.refers) and vocabulary.tables[column.refers].person == "officer":
        return column.refers
    return here.name if steps and (last != here.key or here.person == "officer") else ""
