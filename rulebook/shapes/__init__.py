"""The closed set of shapes of a check. A new one is a decision about the language of rules, not a convenience."""

from rulebook.shapes.base import Shape
from rulebook.shapes.counting import Count
from rulebook.shapes.custom_sql import CustomSql
from rulebook.shapes.deadline import Deadline
from rulebook.shapes.intervals import Cover, Overlap
from rulebook.shapes.presence import Forbid, Required
from rulebook.shapes.rate import Rate
from rulebook.shapes.sequence import Sequence

SHAPES: dict[str, type[Shape]] = {
    shape.name: shape for shape in (Deadline, Required, Forbid, Sequence, Overlap, Cover, Count, Rate, CustomSql)
}

__all__ = ["SHAPES", "Shape"]
