"""Addresses of what is kept under control: silences, runs, the blind sample, and the banner that says whether evaluation is alive."""

from django.urls import path

from mingjing.alerts.views import control_runs, control_samples, control_silences

urlpatterns = [
    path("silences/", control_silences.silences, name="silences"),
    path("silences/request/", control_silences.request_, name="request_silence"),
    path("silences/<int:number>/", control_silences.silence, name="silence"),
    path("silences/<int:number>/approve/", control_silences.approve, name="approve_silence"),
    path("silences/<int:number>/end/", control_silences.end, name="end_silence"),
    path("runs/", control_runs.runs, name="runs"),
    path("runs/banner/", control_runs.banner, name="banner"),
    path("runs/<int:number>/", control_runs.run, name="run"),
    path("samples/", control_samples.samples, name="samples"),
    path("samples/<int:number>/", control_samples.sample, name="sample"),
]
