"""Static files as they are collected: packed small, but only those that pages ask for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from whitenoise.storage import CompressedManifestStaticFilesStorage

HASHED = re.compile(r"\.[0-9a-f]{12}\.\w+$")  # the name that `{% static %}` gives, for which browsers ask


class StaticFiles(CompressedManifestStaticFilesStorage):
    """Every file lies there under both names, with and without its digest; packed is only the former, and no source map. Packing all of them takes ten
    times as long, half a minute at every start, for files that nobody fetches."""

    def compress_files(self, paths: Iterable[str]) -> Iterator[tuple[str, str]]:
        return super().compress_files([path for path in paths if HASHED.search(path) and not path.endswith(".map")])
