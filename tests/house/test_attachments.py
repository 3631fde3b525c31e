"""附件: what is taken and what is not, told by its contents; who may add and who may have it; the digest in the ledger; a full disk, a lost file."""

from __future__ import annotations

import errno
import hashlib
import io
import os
import zipfile
from pathlib import Path

import pytest
from alerting import hand
from bureau import ELSEWHERE
from caseload import case, enter, put_on_team
from desk import Desk
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse

from mingjing.alerts.actions.attaching import place, shelf
from mingjing.alerts.filetypes import clean_name
from mingjing.alerts.models import Alert, Attachment
from mingjing.ledger.models import Event
from mingjing.lib.keeping import Receiving, disk

pytestmark = pytest.mark.django_db
PDF, PNG, JPG = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj", b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", b"\xff\xd8\xff\xe0\x00\x10JFIF\x00"
MP4, EXE = b"\x00\x00\x00\x20ftypisom\x00\x00\x02\x00", b"MZ\x90\x00\x03\x00\x00\x00"
SVG, HTML = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', b"<!DOCTYPE html><script>alert(1)</script>"


def office(*names: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as parts:
        for name in ("[Content_Types].xml", *names):
            parts.writestr(name, "<x/>")
    return out.getvalue()


DOCX, XLSX = office("word/document.xml"), office("xl/workbook.xml")


@pytest.fixture(autouse=True)
def own_data(settings, tmp_path) -> Path:
    settings.DATA = tmp_path
    return tmp_path


@pytest.fixture
def alert(bureau, liming) -> Alert:
    enter("case", case("A1"))
    put_on_team("A1", liming)
    return hand(1, "整改中", matter="A1", officer=liming)


def send(desk: Desk, alert: Alert, name: str, content: bytes, media: str = "application/pdf") -> HttpResponse:
    return desk.client.post(f"/alerts/{alert.code}/attach/", {"file": SimpleUploadedFile(name, content, media)})


def kept() -> list[Path]:
    return [path for path in shelf().folder.rglob("*") if path.is_file()] if shelf().folder.exists() else []


@pytest.mark.parametrize(("name", "content", "media"), [
    ("送医记录.pdf", PDF, "application/pdf"), ("现场.JPG", JPG, "image/jpeg"), ("现场.jpeg", JPG, "image/jpeg"), ("截图.png", PNG, "image/png"),
    ("讯问.mp4", MP4, "video/mp4"), ("说明.docx", DOCX, None), ("清单.xlsx", XLSX, None), ("备注.txt", "情况属实。\n".encode(), "text/plain"),
    ("旧系统.txt", "情况属实".encode("gb18030"), "text/plain"), ("长文.txt", ("情况属实。" * 30_000).encode(), "text/plain"),
])
def test_what_is_taken_is_kept_under_its_digest_and_given_back_as_it_was(alert, liming, name, content, media):
    desk, digest = Desk(liming), hashlib.sha256(content).hexdigest()
    assert send(desk, alert, name, content, "application/x-lies").status_code == 302
    one = Attachment.objects.get()
    assert (one.name, one.digest, one.size, one.officer_id) == (name, digest, len(content), liming.code)
    assert media is None or one.kind == media
    assert [path.stem for path in kept()] == [digest] and place(one).read_bytes() == content
    event = Event.objects.get(kind="alert.attach")
    assert digest in event.data and event.matter_code == "A1"
    answer = desk.client.get(f"/alerts/{alert.code}/files/{one.pk}/")
    assert b"".join(answer.streaming_content) == content
    assert answer.headers["Content-Disposition"].startswith("attachment") and answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"] and "no-store" in answer.headers["Cache-Control"]
    page = desk.client.get(f"/alerts/{alert.code}/").content.decode()
    assert name in page and digest in page


@pytest.mark.parametrize(("name", "content", "words"), [
    ("程序.exe", EXE, "不能上传“.exe”文件"), ("说明.pdf", EXE, "内容却不是这种格式"), ("图.svg", SVG, "不能上传"), ("图.png", SVG, "内容却不是"),
    ("页.html", HTML, "不能上传"), ("页.txt", HTML, "内容却不是"), ("页.txt", b"\xef\xbb\xbf  <html>", "内容却不是"), ("图.txt", SVG, "内容却不是"),
    ("程序.txt", EXE + b"\x00", "内容却不是"), ("压缩.zip", DOCX, "不能上传"), ("说明.docx", office("other.xml"), "内容却不是"),
    ("说明.docx", office("word/document.xml", "word/vbaProject.bin"), "内容却不是"), ("说明.docx", XLSX, "内容却不是"),
    ("说明.docx", b"PK\x03\x04broken", "内容却不是"), ("没有扩展名", PDF, "没有扩展名"), ("视频.mp4", PDF, "内容却不是"), ("空.pdf", b"", "空"),
    ("图.png.exe", PNG, "不能上传"), ("宏.docm", DOCX, "不能上传"), ("乱码.txt", b"\xff\xfe\xff\xfe\x81", "内容却不是"),
])
def test_what_is_not_taken_is_told_in_plain_words_and_leaves_nothing(alert, liming, name, content, words):
    answer = send(Desk(liming), alert, name, content)
    assert answer.status_code == 422 and words in answer.content.decode()
    assert not Attachment.objects.exists() and not Event.objects.filter(kind="alert.attach").exists()
    assert kept() == []


def test_the_same_file_twice_is_told(alert, liming, wangfang):
    assert send(Desk(liming), alert, "记录.pdf", PDF).status_code == 302
    answer = send(Desk(wangfang), alert, "换个名字.pdf", PDF)
    assert answer.status_code == 422 and "已经在附件里：“记录.pdf”，李明" in answer.content.decode()
    assert Attachment.objects.count() == 1 and len(kept()) == 1


def test_two_files_at_once_are_refused(alert, liming):
    both = {"file": SimpleUploadedFile("一.pdf", PDF), "other": SimpleUploadedFile("二.pdf", PDF)}
    answer = Desk(liming).client.post(f"/alerts/{alert.code}/attach/", both)
    assert answer.status_code == 422 and "一次只能上传一个文件" in answer.content.decode()
    assert not Attachment.objects.exists() and kept() == []


def test_nothing_chosen(alert, liming):
    answer = Desk(liming).client.post(f"/alerts/{alert.code}/attach/", {})
    assert answer.status_code == 422 and "请选择文件" in answer.content.decode()


@pytest.mark.parametrize("announced", [True, False])
def test_a_file_over_the_limit(alert, liming, settings, announced):
    settings.UPLOAD_LIMIT = 200_000 if announced else 260_000  # the second within what a form may add: counted while it comes
    answer = send(Desk(liming), alert, "大.pdf", PDF + b"0" * 300_000)
    assert answer.status_code == 422 and "上限" in answer.content.decode() and "压缩或者分段" in answer.content.decode()
    assert not Attachment.objects.exists() and kept() == []


def test_a_full_disk(alert, liming, monkeypatch):
    def full(self, block):
        with disk():
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Receiving, "write", full)
    answer = send(Desk(liming), alert, "记录.pdf", PDF)
    assert answer.status_code == 422 and "磁盘已满" in answer.content.decode()
    assert not Attachment.objects.exists() and kept() == []


def test_a_file_that_is_lost_is_said_to_be_lost(alert, liming):
    desk = Desk(liming)
    send(desk, alert, "记录.pdf", PDF)
    one = Attachment.objects.get()
    place(one).unlink()
    answer = desk.client.get(f"/alerts/{alert.code}/files/{one.pk}/")
    assert answer.status_code == 422 and "不在服务器上" in answer.content.decode()


def test_others_neither_add_nor_get_it(alert, liming, wangfang, zhaoqiang, admin, chief):
    send(Desk(liming), alert, "记录.pdf", PDF)
    path = f"/alerts/{alert.code}/files/{Attachment.objects.get().pk}/"
    for stranger in (zhaoqiang, admin):
        assert Desk(stranger).client.get(path).status_code == 404
        assert send(Desk(stranger), alert, "其他.pdf", PDF + b"x").status_code == 404
    assert send(Desk(chief), alert, "其他.pdf", PDF + b"x").status_code == 403  # reads, may not add
    assert Desk(chief).client.get(path).status_code == 200
    other = hand(2, unit=ELSEWHERE)
    assert Desk(wangfang).client.get(path.replace(alert.code, other.code)).status_code == 404
    mine = hand(3, matter="A1")
    assert Desk(wangfang).client.get(path.replace(alert.code, mine.code)).status_code == 404  # of another alert
    assert Attachment.objects.count() == 1 and len(kept()) == 1


def test_without_sign_in_and_without_token(alert, liming):
    send(Desk(liming), alert, "记录.pdf", PDF)
    path = f"/alerts/{alert.code}/files/{Attachment.objects.get().pk}/"
    guest = Desk(liming).client
    guest.logout()
    assert guest.get(path).status_code == 302
    strict = Desk(liming, enforce_csrf_checks=True)
    assert send(strict, alert, "其他.pdf", PDF + b"x").status_code == 403
    assert Attachment.objects.count() == 1 and len(kept()) == 1


def test_an_alert_that_is_over_takes_no_more_files(alert, liming):
    Alert.objects.update(state="办结")
    assert Desk(liming).client.get(f"/alerts/{alert.code}/attach/").status_code == 403
    assert send(Desk(liming), alert, "记录.pdf", PDF).status_code == 403
    assert kept() == []


@pytest.mark.parametrize(("given", "shown"), [
    ("../../etc/passwd.pdf", "passwd.pdf"), ("C:\\文件\\说明.pdf", "说明.pdf"),
    ("a\r\nSet-Cookie: x.pdf", "aSet-Cookie x.pdf"), ("长" * 200 + ".pdf", "长" * 146 + ".pdf"),
])
def test_a_files_name_is_only_a_name(given, shown):
    assert clean_name(given) == shown


def test_a_name_that_looks_like_a_page_is_shown_as_text(alert, liming):
    desk = Desk(liming)
    send(desk, alert, "<img src=x onerror=alert(1)>.pdf", PDF)
    assert "<img src=x" not in desk.client.get(f"/alerts/{alert.code}/").content.decode()
    assert Attachment.objects.get().name == "img src=x onerror=alert(1).pdf"
