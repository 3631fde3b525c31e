"""Addresses of the list of alerts, of one alert with its acts and files, and of the fragments for pages of other apps."""

from django.urls import path, register_converter

from mingjing.alerts.acts import BATCHED
from mingjing.alerts.views import alert, alert_acts, alert_batch, alert_files, alert_find, alert_list, alert_parts


class AlertCode:
    """The number of an alert; other pages may stand below `alerts/` as well."""

    regex = r"YJ-\d{4}-\d{6,12}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(AlertCode, "alert")

urlpatterns = [
    path("alerts/", alert_list.alerts, name="alerts"),
    path("alerts/by-case/", alert_list.by_matter, name="by_matter"),
    path("alerts/supervised/", alert_list.supervised, name="supervised"),
    path("alerts/find/", alert_find.find, name="find"),
    path("alerts/mine/", alert_parts.mine, name="mine"),
    path("alerts/of/<str:matter>/", alert_parts.of_matter, name="of_matter"),
    path("alerts/of-unit/<str:unit>/", alert_parts.of_unit, name="of_unit"),
    *(path(f"alerts/batch/{act}/", alert_batch.batch, {"act": act}, name=f"batch_{act}") for act in BATCHED),
    path("alerts/<alert:code>/", alert.alert, name="alert"),
    path("alerts/<alert:code>/attach/", alert_files.attach, name="attach"),
    path("alerts/<alert:code>/files/<int:number>/", alert_files.download, name="attachment"),
    path("alerts/<alert:code>/<slug:act>/", alert_acts.act, name="act"),
]
