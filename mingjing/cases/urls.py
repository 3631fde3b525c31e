"""Addresses of this app; those of the case page and of acts stand in `urls_acts`, in front, because `cases/new/` is no code of a case."""

from django.urls import include, path

from mingjing.cases.views import home, incident, lists, party, searching

app_name = "cases"

urlpatterns = [
    path("", home.home, name="home"),
    path("search/", searching.find, name="search"),
    path("", include("mingjing.cases.urls_acts")),
    path("incidents/", lists.incidents, name="incidents"),
    path("incidents/<str:code>/", incident.incident, name="incident"),
    path("cases/", lists.cases, name="cases"),
    path("parties/", lists.parties, name="parties"),
    path("parties/<str:code>/", party.party, name="party"),
    path("measures/", lists.measures, name="measures"),
    path("property/", lists.property_items, name="property_items"),
    path("summonses/", lists.summonses, name="summonses"),
    path("interviews/", lists.interviews, name="interviews"),
    path("decisions/", lists.decisions, name="decisions"),
    path("late/", lists.late, name="late"),
    path("reveal/<str:table>/<str:code>/<str:name>/", party.reveal, name="reveal"),
]
