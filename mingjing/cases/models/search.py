"""What the search looks into: the texts of a row, cut into pairs of characters. Written by `search.index` together with the row itself.

PostgreSQL has an index of words on it; SQLite a table of its own beside it that triggers keep (migration 0002).
"""

from __future__ import annotations

from django.db import models


class SearchText(models.Model):
    """`kind`: name of the fact table; `words`: pairs of characters and words of letters, separated by spaces."""

    kind = models.CharField(max_length=20)
    code = models.CharField(max_length=64)
    words = models.TextField()

    class Meta:
        constraints = (models.UniqueConstraint(name="one_text_a_row", fields=("kind", "code")),)
