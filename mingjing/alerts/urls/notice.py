"""Addresses of the inbox and of the stream that tells an open page what is new."""

from django.urls import path

from mingjing.alerts.views import notice, notice_live

urlpatterns = [
    path("inbox/", notice.inbox, name="inbox"),
    path("inbox/read/", notice.mark_read, name="read"),
    path("inbox/<int:pk>/", notice.notice, name="notice"),
    path("inbox/<int:pk>/sign/", notice.sign, name="sign"),
    path("live/", notice_live.live, name="live"),
]
