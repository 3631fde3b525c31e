"""附件: sending a file in and taking one out. A file is given out as a download only, to whoever may read the alert."""

from __future__ import annotations

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_safe

from mingjing.alerts import lists, queries
from mingjing.alerts.actions import attaching
from mingjing.alerts.forms import AttachForm
from mingjing.alerts.models import Alert
from mingjing.lib.refused import Refused
from mingjing.ui.forms import done
from mingjing.ui.uploads import Receiver, announced_too_large


@csrf_exempt
@require_http_methods(["GET", "POST"])
def attach(request: HttpRequest, code: str) -> HttpResponse:
    """Not yet protected: the place where the file goes must be set before anything looks into the request. `_attach` is."""
    found = attaching.permit(request.viewer, code)
    shelf = attaching.shelf()
    if refused := announced_too_large(request, shelf):
        return _refused(request, found, refused)
    receiver = Receiver(request, shelf)
    request.upload_handlers = [receiver]
    try:
        return _attach(request, found, receiver)
    finally:
        receiver.discard()


@csrf_protect
def _attach(request: HttpRequest, found: Alert, receiver: Receiver) -> HttpResponse:
    if request.method == "GET":
        return _form(request, found, AttachForm())
    form = AttachForm(request.POST, request.FILES)
    is_valid = form.is_valid()
    if receiver.refused:
        return _refused(request, found, receiver.refused)
    if is_valid:
        with form.refusals():
            file = form.cleaned_data["file"]
            kept = attaching.attach(by=request.viewer, code=found.code, name=file.name, coming=file.coming)
        if form.is_valid():
            messages.success(request, f"已上传附件：{kept.name}。摘要已记入台账。")
            return done(request, f"{reverse('alerts:alert', args=[found.code])}#files")
    return _form(request, found, form)


def _refused(request: HttpRequest, found: Alert, refused: Refused) -> HttpResponse:
    """The form with the reason at its file; what was half received is forgotten."""
    form = AttachForm({}, {})
    form.errors.pop("file", None)
    form.refuse(refused)
    return _form(request, found, form)


def _form(request: HttpRequest, found: Alert, form: AttachForm) -> HttpResponse:
    context = {"alert": found, "level": lists.level_badge(found.level), "limit": attaching.shelf().limit // (1024 * 1024)}
    return form.respond(
        request, title=f"上传附件 {found.code}", submit="上传", cancel=reverse("alerts:alert", args=[found.code]), template="alerts/attach.html",
        context=context)


@require_safe
def download(request: HttpRequest, code: str, number: int) -> FileResponse:
    attachment = queries.one(request.viewer, code).attachments.filter(pk=number).first()
    if attachment is None:
        raise Http404("没有这个附件")
    path = attaching.place(attachment)
    if not path.is_file():
        raise Refused(f"附件“{attachment.name}”不在服务器上。它的摘要仍在台账里；请联系系统管理员从备份恢复。")
    response = FileResponse(path.open("rb"), as_attachment=True, filename=attachment.name, content_type=attachment.kind)
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
