"""The HTML report: a folder that opens from disk, prints, and needs neither network nor script. A page a rule, a chart a rule."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pc_csv
from jinja2 import Environment, PackageLoader, select_autoescape

from rulebook.errors import Text
from rulebook.evaluation import Evaluation, Result
from rulebook.explain import (
    LEVEL_WORDS,
    STAGE_WORDS,
    advice_sentences,
    chinese_due,
    chinese_time,
    citations,
    message,
    period,
    version_sentences,
)
from rulebook.facts import Facts
from rulebook.report.charts import chart
from rulebook.rules import STAGES

SHOWN = 200  # findings listed on a rule's page; all of them are in the CSV beside it
CSV_COLUMNS = ["subject", "stage", "version", "start_at", "due_at", "end_at", "estimated", "facts", "details"]
FORMULA = r"^([=+\-@\t\r])"  # a spreadsheet would run a cell that begins like this


def write_report(evaluation: Evaluation, folder: Path, source: str, summary: list[Text], facts: Facts) -> None:
    """Write index.html, a page and a CSV for each rule, and the rows set aside. The evaluation holds every stage."""
    folder.mkdir(parents=True, exist_ok=True)
    environment = Environment(loader=PackageLoader("rulebook.report"), autoescape=select_autoescape(), trim_blocks=True, lstrip_blocks=True)
    environment.globals |= {"stage_words": STAGE_WORDS, "level_words": LEVEL_WORDS, "stages": STAGES, "chinese_time": chinese_time,
                            "chinese_due": chinese_due, "citations": citations, "message": message, "period": period, "version_sentences": version_sentences,
                            "advice_sentences": advice_sentences}
    environment.filters["thousands"] = lambda number: f"{number:,}"
    shared = {"source": source, "at": evaluation.at, "summary": [line.zh for line in summary]}
    rejects = facts.rejected_rows()
    _page(environment, folder / "index.html", "index.html", evaluation=evaluation, rejected=rejects.num_rows, **shared)
    for result in evaluation.results:
        findings = _findings(result)
        _page(environment, folder / f"{result.rule.code}.html", "rule.html", result=result, rule=result.rule, total=findings.num_rows,
              findings=list(_worst(result, findings)), chart=chart(result, evaluation.at), **shared)
        _csv(findings.select(CSV_COLUMNS), folder / f"{result.rule.code}.csv")
    _csv(rejects, folder / "rejects.csv")


def _page(environment: Environment, path: Path, template: str, **values) -> None:
    path.write_text(environment.get_template(template).render(**values), encoding="utf-8")


def _findings(result: Result) -> pa.Table:
    return result.table.filter(pc.is_in(result.table["stage"], pa.array(STAGES)))


def _worst(result: Result, findings: pa.Table) -> Result:
    """The findings to list: what is not merely running first, then by due time, oldest first."""
    running = pc.cast(pc.equal(findings["stage"], "running"), pa.int8())
    ordered = findings.append_column("running", running).sort_by([("running", "ascending"), ("due_at", "ascending"), ("subject", "ascending")])
    return Result(result.rule, result.subjects, result.seconds, ordered.drop_columns("running").slice(0, SHOWN))


def _csv(table: pa.Table, path: Path) -> None:
    """Text cells that a spreadsheet would take for a formula get an apostrophe in front."""
    columns = [pc.replace_substring_regex(column, FORMULA, r"'\1") if pa.types.is_string(column.type) else pc.cast(column, pa.string())
               for column in table.columns]
    with path.open("wb") as file:
        file.write("\ufeff".encode())  # spreadsheets then read UTF-8
        pc_csv.write_csv(pa.table(dict(zip(table.column_names, columns, strict=True))), file)
