"""Addresses of the radar, of the strip of a limit, of the fragments for the home page and the top of every page."""

from django.urls import path

from mingjing.alerts.views import clock, clock_today

urlpatterns = [
    path("radar/", clock.clocks, name="radar"),
    path("radar/chart/", clock.chart, name="radar_chart"),
    path("radar/print/", clock.today_on_paper, name="print"),
    path("radar/<int:pk>/", clock.strip, name="strip"),
    path("radar/of/<alert:code>/", clock.alert_strip, name="alert_strip"),
    path("today/", clock_today.today, name="today"),
    path("count/", clock_today.count, name="count"),
]
