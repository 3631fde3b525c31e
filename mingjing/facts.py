"""All facts of the house: what every app offers, gathered for the engine."""

from __future__ import annotations

from collections.abc import Iterable

import pyarrow as pa

from mingjing.accounts import facts as accounts
from mingjing.cases import facts as cases
from mingjing.cases.vocabulary import vocabulary

TABLES = {**accounts.TABLES, **cases.TABLES}


def snapshot(names: Iterable[str] | None = None) -> dict[str, pa.Table]:
    """Fact tables by name as they stand now. Raises KeyError for a table that no app offers."""
    forms = vocabulary().tables
    return {name: TABLES[name](forms[name]) for name in (TABLES if names is None else names)}
