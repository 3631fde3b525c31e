"""Numbers for what is entered by hand. Rows from files and other systems keep the number they have there."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone

from mingjing.cases.models import NOUNS, Case, Counter, Entry, Incident

LETTERS = {
    "conversion": "ZH", "party": "R", "summons": "CH", "restraint": "YS", "interview": "XW", "attendance": "CJ", "recording": "LX", "measure": "CS",
    "suspension": "KC", "extension": "YQ", "notification": "GZ", "hearing": "TZ", "decision": "JD", "service": "SD", "execution": "ZX",
    "property_item": "WP", "waiting": "HW", "inspection": "JC", "lineup": "BR", "appraisal": "JN", "review": "SH", "recusal": "HB", "prosecutor_document": "JW",
    "postponement": "HZ", "disclosure": "GK", "remedy": "JJ", "loan": "DY",
}
HEADS = {Incident: "J", Case: "A"}


def next_code(model: type[Entry], *, unit_code: str, matter_code: str, at: datetime) -> str:
    """A number never used before: A + unit + month + running number for a case, the case's number + letters + running number for what is in it.

    Called inside the act's transaction; the counter's row is locked until its end.
    """
    if model in HEADS:
        prefix, width = f"{HEADS[model]}{unit_code}{timezone.localtime(at):%Y%m}", 4
    else:
        prefix, width = f"{matter_code}-{LETTERS[model.table]}", 2
    while True:
        code = f"{prefix}{taken(prefix):0{width}d}"
        if not NOUNS[model.table].objects.filter(code=code).exists():  # an import may have brought this very number
            return code


def taken(prefix: str, count: int = 1) -> int:
    """Takes the next `count` numbers after a prefix, inside the caller's transaction, and returns the last of them."""
    Counter.objects.get_or_create(prefix=prefix)
    counter = Counter.objects.select_for_update().get(prefix=prefix)
    counter.last += count
    counter.save(update_fields=["last"])
    return counter.last
