"""The vocabulary of facts as the house uses it: labels and listed values come from `rules/facts.yaml` and stand nowhere else."""

from __future__ import annotations

from functools import cache

from django.conf import settings
from django.utils.deconstruct import deconstructible

from rulebook.vocabulary import Vocabulary, load_vocabulary


@cache
def vocabulary() -> Vocabulary:
    return load_vocabulary(settings.RULES)


@deconstructible
class Listed:
    """The values that a column of a fact table may take, as choices of a field."""

    def __init__(self, table: str, column: str):
        self.table = table
        self.column = column

    def __call__(self) -> list[tuple[str, str]]:
        return [(value, value) for value in vocabulary().tables[self.table].columns[self.column].values]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Listed) and (self.table, self.column) == (other.table, other.column)

    def __hash__(self) -> int:
        return hash((self.table, self.column))
