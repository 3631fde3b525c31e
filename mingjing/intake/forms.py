"""Sending a file in."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings

from mingjing.cases.models import NOUNS
from mingjing.ui.forms import HouseForm


class NewBatch(HouseForm):
    """The table comes before the file, so that it is known when the file begins to arrive."""

    table = forms.ChoiceField(label="导入到", choices=lambda: [("", "请选择"), *((name, model._meta.verbose_name) for name, model in NOUNS.items())])
    file = forms.FileField(label="文件", widget=forms.FileInput(attrs={"accept": ".csv,.txt,.tsv,.xlsx,.parquet,.pq"}), max_length=255)

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        limit = settings.UPLOAD_LIMIT
        self.fields["file"].widget.attrs["data-limit"] = limit
        self.fields["file"].help_text = f"CSV、XLSX 或 Parquet，不超过 {limit // (1024 * 1024)} MB。先试运行，确认后才写入。"
