"""Addresses of files and of the interface."""

from django.urls import include, path

from mingjing.intake import views

app_name = "intake"

urlpatterns = [
    path("", include("mingjing.intake.urls_keys")),
    path("import/", views.batches, name="batches"),
    path("import/new/", views.new, name="new_batch"),
    path("import/blanks/<str:table>.<str:kind>", views.blank, name="blank"),
    path("import/<int:number>/", views.batch, name="batch"),
    path("import/<int:number>/progress/", views.progress, name="progress"),
    path("import/<int:number>/start/", views.start, name="start_batch"),
    path("import/<int:number>/retry/", views.retry, name="retry_batch"),
    path("import/<int:number>/cancel/", views.cancel, name="cancel_batch"),
    path("import/<int:number>/rejects/", views.rejects, name="rejects"),
    path("import/<int:number>/rejects.<str:kind>", views.rejects_file, name="rejects_file"),
]
