"""A city as files: one folder of Parquet parts a fact table, with exactly the columns of the vocabulary, and the truth about the planted faults.

The truth lies in `_truth/`: the engine passes over folders that begin with a line.
"""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from demo.city import Batch, City, Tell, batches
from demo.faults import ANSWER
from rulebook.vocabulary import Vocabulary

TRUTH = "_truth"


def write(city: City, folder: Path, vocabulary: Vocabulary, tell: Tell = lambda said: None) -> dict[str, int]:
    """Write the city into an empty or new folder. Returns the number of rows of each table. Raises FileExistsError if something is there already."""
    if folder.exists() and any(folder.iterdir()):
        raise FileExistsError(folder)
    rows = dict.fromkeys(vocabulary.tables, 0)
    truths = []
    for batch in batches(city, tell):
        for name in batch.tables():
            rows[name] += write_table(batch, name, list(vocabulary.tables[name].columns), folder / name / f"{batch.number:04d}.parquet")
        truths.append(batch.connection.execute(ANSWER).to_arrow_table())
    write_truth(pa.concat_tables(truths), folder / TRUTH)
    return rows


def write_table(batch: Batch, name: str, columns: list[str], path: Path) -> int:
    path.parent.mkdir(parents=True, exist_ok=True)
    order = "code" if name in ("unit", "officer") else "n, code"
    query = f"SELECT {', '.join(columns)} FROM row_{name} ORDER BY {order}"
    return batch.connection.execute(f"COPY ({query}) TO '{path}' (FORMAT parquet, COMPRESSION zstd)").fetchone()[0]


def write_truth(truth: pa.Table, folder: Path) -> None:
    """The same table twice: for programs and for people."""
    folder.mkdir(parents=True, exist_ok=True)
    pq.write_table(truth, folder / "truth.parquet")
    pyarrow.csv.write_csv(truth, folder / "truth.csv")
