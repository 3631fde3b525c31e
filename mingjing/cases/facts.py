"""What this app offers to the rules: its tables with exactly the columns of the vocabulary, nothing personal beyond them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pyarrow as pa

from mingjing.cases.cleaning import columns
from mingjing.cases.models import NOUNS
from mingjing.lib.arrow import table
from rulebook.vocabulary import Table


def rows(name: str, form: Table) -> pa.Table:
    attributes = {column: columns(name)[column].attname for column in form.columns}
    return table(NOUNS[name].objects.all(), form, attributes)


TABLES: dict[str, Callable[[Table], pa.Table]] = {name: partial(rows, name) for name in NOUNS}
