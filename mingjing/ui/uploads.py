"""Receiving one file of a form straight into its place: counted as it comes, refused at the limit, never whole in memory or twice on disk."""

from __future__ import annotations

from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, StopFutureHandlers, StopUpload
from django.http import HttpRequest

from mingjing.lib.keeping import BLOCK, Receiving, Shelf
from mingjing.lib.refused import Refused

FRAME = 64 * 1024  # what a form adds around its file


class Received(UploadedFile):
    """The file of a form, already on disk."""

    def __init__(self, name: str, coming: Receiving):
        super().__init__(name=name, size=coming.size)
        self.coming = coming


class Receiver(FileUploadHandler):
    """`refused` says why the file was not taken; `coming` is what was received so far."""

    chunk_size = BLOCK

    def __init__(self, request: HttpRequest, shelf: Shelf):
        super().__init__(request)
        self.shelf = shelf
        self.coming: Receiving | None = None
        self.refused: Refused | None = None

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        if self.coming is not None:
            return self._stop(Refused("一次只能上传一个文件。", field="file"))
        try:
            self.coming = Receiving(self.shelf)
        except Refused as refused:
            self._stop(refused)
        raise StopFutureHandlers

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        try:
            self.coming.write(raw_data)
        except Refused as refused:
            self._stop(refused)

    def file_complete(self, file_size: int) -> Received | None:
        try:
            self.coming.close()
        except Refused as refused:
            self._stop(refused)
        return Received(self.file_name, self.coming)

    def upload_interrupted(self) -> None:
        self.discard()

    def discard(self) -> None:
        if self.coming is not None:
            self.coming.discard()

    def _stop(self, refused: Refused) -> None:
        self.refused = refused
        raise StopUpload(connection_reset=True)


def announced_too_large(request: HttpRequest, shelf: Shelf) -> Refused | None:
    """The refusal when the length that the browser announces is already over the limit, before a byte is read."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    return shelf.too_large() if length.isdecimal() and int(length) > shelf.limit + FRAME else None
