"""Searching texts in Chinese: how a text is cut for the index, how what somebody types is cut, and the rows that match.

The index holds every pair of neighbouring characters, so that no word is missed because a dictionary cut the text elsewhere: 盗窃 is found in 被盗窃案 whatever
stands around it. What is typed is cut into words (盗窃电动车: 盗窃, 电动车), and a row matches when it has all of them, in any order.
Long numbers are left out on both sides: nobody can be looked up by an ID or phone number.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime

import rjieba
from django.db import connection, transaction
from django.db.models import BooleanField, Q, QuerySet
from django.db.models.expressions import RawSQL

from mingjing.cases.models import NOUNS, Entry
from mingjing.cases.models.search import SearchText

TEXTS: dict[str, tuple[str, ...]] = {"incident": ("content", "place"), "case": ("offence", "summary"), "property_item": ("name",)}
HAN = "\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff"
RUN = re.compile(rf"[{HAN}]+|[a-z0-9]+")
IS_HAN = re.compile(rf"[{HAN}]")
CODE = re.compile(r"(?=.*[0-9])[A-Za-z0-9][A-Za-z0-9._/()-]{1,63}")
NAME = re.compile(rf"[{HAN}·•]{{2,25}}|[A-Za-z][A-Za-z .'-]{{1,49}}")
ID_NUMBER = re.compile(r"\d{17}[\dXx]|\d{15}")
PHONE = re.compile(r"(?:\+?86)?1[3-9]\d{9}|0\d{2,3}-?\d{7,8}")
NO_NUMBERS = "证件号码、电话号码不能用来检索：本平台只查案件，不查人。请改用案件编号、警情编号，或者你可以查阅的案件里的姓名、字词。"
FEW = 1_000  # codes that are named one by one
LONGEST_NUMBER = 6  # digits; longer ones are numbers of people, of phones, of bank cards


def index(rows: Iterable[Entry]) -> None:
    """Keep the texts of these rows findable; in the transaction that writes the rows."""
    texts = [SearchText(kind=row.table, code=row.code, words=" ".join(pieces(text_of(row)))) for row in rows if row.table in TEXTS]
    if texts:
        SearchText.objects.bulk_create(texts, update_conflicts=True, unique_fields=["kind", "code"], update_fields=["words"])


def is_touched(table: str, names: Iterable[str]) -> bool:
    """Whether a change of these columns changes what the search finds."""
    return not set(TEXTS.get(table, ())).isdisjoint(names)


def text_of(row: Entry) -> str:
    return "\n".join(getattr(row, name) for name in TEXTS[row.table])


def pieces(text: str) -> list[str]:
    """What a text is found by, each once: pairs of neighbouring characters, words of letters and short numbers."""
    found: dict[str, None] = {}
    for run in RUN.findall(folded(text)):
        found |= dict.fromkeys(_pairs(run) if IS_HAN.match(run) else _word(run))
    return list(found)


def _pairs(run: str) -> Iterable[str]:
    return [run[at:at + 2] for at in range(len(run) - 1)]


def _word(run: str) -> Iterable[str]:
    return [] if sum(character.isdigit() for character in run) > LONGEST_NUMBER else [run]


def folded(text: str) -> str:
    """Full-width letters and digits as half-width ones, small letters."""
    return unicodedata.normalize("NFKC", text).lower()


def words(typed: str) -> list[str]:
    """The words in what somebody typed. Single characters that stand together are one word; a lonely one says too little and is passed over."""
    found, loose = [], ""
    for word in [*rjieba.cut(folded(typed)), " "]:
        if len(word) == 1 and IS_HAN.match(word):
            loose += word
            continue
        found += [loose] if len(loose) > 1 else []
        loose = ""
        found += [run for run in RUN.findall(word) if len(run) > 1]
    return list(dict.fromkeys(found))


def normal(typed: str) -> str:
    """What somebody typed, with full-width letters and digits as half-width ones and single spaces."""
    return " ".join(unicodedata.normalize("NFKC", typed).split())


def refused(typed: str) -> str:
    """Why this cannot be searched for: it holds what looks like the number of a person or of a phone; empty if it can."""
    return NO_NUMBERS if any(is_personal(word) for word in normal(typed).split(" ")) else ""


def is_personal(word: str) -> bool:
    """An ID number has a date in it; a code of 18 digits without one is a code."""
    if PHONE.fullmatch(word):
        return True
    if not ID_NUMBER.fullmatch(word):
        return False
    digits = word[6:14] if len(word) == 18 else f"19{word[6:12]}"
    try:
        datetime.strptime(digits, "%Y%m%d")
    except ValueError:
        return False
    return True


def is_code(typed: str) -> bool:
    return bool(CODE.fullmatch(normal(typed)))


def is_name(typed: str) -> bool:
    return bool(NAME.fullmatch(normal(typed)))


def code_begins(typed: str) -> Q:
    """The condition that a code begins with what was typed, also if it was typed in small letters."""
    code = normal(typed)
    return Q(code__startswith=code) | Q(code__startswith=code.upper())


def matching(tables: Sequence[str], typed: str) -> dict[str, Q]:
    """By table, the condition that a row's texts hold every word of what was typed; a table in which no row does is missing. One query.

    Few codes are named one by one; a common word stays a condition, and the rows are found by walking the list in its order. Left to itself, the database
    walks through every row for a word that is nowhere.
    """
    wanted = list(dict.fromkeys(piece for word in words(typed) for piece in pieces(word)))
    if not wanted:
        return {}
    codes: dict[str, list[str]] = defaultdict(list)
    with connection.cursor() as cursor:
        hits = f"SELECT * FROM (SELECT kind, code FROM cases_searchtext WHERE kind = %s AND {_match()} LIMIT {FEW + 1}) AS hits"
        cursor.execute(" UNION ALL ".join([hits] * len(tables)), [given for table in tables for given in (table, _asked(wanted))])
        for table, code in cursor.fetchall():
            codes[table].append(code)
    return {table: Q(code__in=found if len(found) <= FEW else _holding(table, wanted)) for table, found in codes.items()}


def _holding(table: str, wanted: Sequence[str]) -> QuerySet:
    condition = RawSQL(_match(), [_asked(wanted)], output_field=BooleanField())
    return SearchText.objects.filter(condition, kind=table).values("code")


def _match() -> str:
    if connection.vendor == "postgresql":
        return "array_to_tsvector(string_to_array(words, ' ')) @@ %s::tsquery"
    return "id IN (SELECT rowid FROM cases_searchwords WHERE cases_searchwords MATCH %s)"


def _asked(wanted: Sequence[str]) -> str:
    """The pieces are letters, digits and Chinese characters only, so that quoting them is enough."""
    return " & ".join(f"'{piece}'" for piece in wanted) if connection.vendor == "postgresql" else " AND ".join(f'"{piece}"' for piece in wanted)


def rebuild(batch: int = 2_000) -> Iterable[tuple[str, int]]:
    """Make the whole index anew from the rows, a batch a transaction; yields table and number of rows after each batch. Safe to break off and to repeat."""
    for table, names in TEXTS.items():
        done, last = 0, ""
        while rows := list(NOUNS[table].objects.filter(code__gt=last).order_by("code").only("code", *names)[:batch]):
            with transaction.atomic():
                index(rows)
            done, last = done + len(rows), rows[-1].code
            yield table, done
