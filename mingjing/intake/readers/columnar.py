"""Parquet: five hundred rows at a time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from django.conf import settings

from mingjing.intake.readers import Recognise, Row, Source, fault

ROWS = 500
UNPACKED = 6  # times the upload limit
LONGEST = 100_000  # bytes of one text
WIDEST = 200


def open_columnar(path: Path, recognise: Recognise) -> Source:
    try:
        with pq.ParquetFile(path) as file:
            schema, metadata = file.schema_arrow, file.metadata
            unpacked = sum(metadata.row_group(number).total_byte_size for number in range(metadata.num_row_groups))
    except (pa.ArrowException, OSError) as error:
        raise _damaged() from error
    if len(schema) > WIDEST or unpacked > UNPACKED * settings.UPLOAD_LIMIT:
        raise fault(f"文件解压后过大（{unpacked // (1024 * 1024):,} MB，{len(schema)} 列），超出安全限制。请拆成几份再上传。")
    for column in schema:
        if pa.types.is_nested(column.type) or not _is_plain(column.type):
            raise fault(f"“{column.name}”列的类型是 {column.type}，不能导入。每一列应是文字、数字、日期、时间或者是否。")
    return Source([name.strip() for name in schema.names], [], lambda: _rows(path))


def _is_plain(kind: pa.DataType) -> bool:
    kind = kind.value_type if pa.types.is_dictionary(kind) else kind
    return (pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_integer(kind) or pa.types.is_floating(kind)
            or pa.types.is_decimal(kind) or pa.types.is_boolean(kind) or pa.types.is_date(kind) or pa.types.is_timestamp(kind) or pa.types.is_null(kind))


def _rows(path: Path) -> Iterator[Row]:
    number = 0
    try:
        with pq.ParquetFile(path) as file:
            texts = [column.name for column in file.schema_arrow if pa.types.is_string(column.type) or pa.types.is_large_string(column.type)]
        # texts stay in their dictionary until they are known to be short: one long text named a million times fits into a small file
        with pq.ParquetFile(path, read_dictionary=texts) as file:
            for batch in file.iter_batches(batch_size=ROWS):
                columns = [_plain(column) for column in batch.columns]
                for cells in zip(*columns, strict=True):
                    number += 1
                    if any(cell is not None and cell != "" for cell in cells):
                        yield Row(number, cells)
    except (pa.ArrowException, OSError) as error:
        raise _damaged() from error


def _plain(column: pa.Array) -> list:
    if pa.types.is_dictionary(column.type):
        words = column.dictionary
        longest = pc.max(pc.binary_length(words)).as_py() if pa.types.is_string(words.type) or pa.types.is_large_string(words.type) else 0
        if longest and longest > LONGEST:
            raise fault(f"文件里有超过 {LONGEST:,} 字节的一格，不像表格里的内容。请检查导出是否正确。")
    if pa.types.is_timestamp(column.type) and column.type.unit == "ns":
        column = column.cast(pa.timestamp("us", column.type.tz), safe=False)
    return [value.isoformat() if type(value).__name__ == "date" else value for value in column.to_pylist()]


def _damaged() -> Exception:
    return fault("Parquet 文件已损坏，读不出来。请重新导出后再上传。")
