"""Addresses of the case page and of the forms of acts; `urls.py` includes them, in the namespace `cases`."""

from django.urls import path

from mingjing.cases.views import acting, case

urlpatterns = [
    path("cases/new/", acting.accept, name="accept"),
    path("incidents/new/", acting.record, name="record"),
    path("cases/<str:code>/", case.case, name="case"),
    path("cases/<str:case>/<str:table>/<str:name>/", acting.create, name="create"),
    path("acts/<str:table>/<str:code>/<str:name>/", acting.act, name="act"),
    path("correct/<str:table>/<str:code>/", acting.correct, name="correct"),
]
