"""From histories to rows: one query a fact table, with exactly the columns of the vocabulary, and after them what only the platform keeps.

Only what has happened by the end of the history is there: times that lie ahead are empty, rows whose beginning lies ahead are absent. Columns beyond the
vocabulary: those of the platform's models (names of columns as in its files), `n` (number of the case), and `was_…`: what a column held before the act
that changed it. Times are instants (TIMESTAMPTZ).
"""

from __future__ import annotations

from demo.rows import custody, evidence, interviews, matters, measures, outcomes, periods, property, remedies, scrutiny

MODULES = (matters, custody, interviews, measures, periods, evidence, scrutiny, outcomes, remedies, property)
KEPT = {name: query for module in MODULES for name, query in module.TABLES.items()}
# no row comes before one that it refers to
ORDER = (
    "unit", "officer", "case", "incident", "conversion", "party", "summons", "restraint", "waiting", "interview", "attendance", "recording",
    "measure", "suspension", "extension", "notification", "hearing", "inspection", "lineup", "appraisal", "review", "recusal", "prosecutor_document",
    "decision", "service", "execution", "postponement", "disclosure", "remedy", "property_item", "loan",
)
TABLES = {name: KEPT[name] for name in ORDER}
