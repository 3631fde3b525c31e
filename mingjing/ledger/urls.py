"""Addresses of the ledger."""

from django.urls import path

from mingjing.ledger import views

app_name = "ledger"
urlpatterns = [
    path("ledger/", views.check, name="check"),
    path("ledger/verify/", views.verify, name="verify"),
    path("ledger/head/", views.head, name="head"),
    path("ledger/entries/", views.entries, name="entries"),
    path("ledger/entries/<int:seq>/", views.entry, name="entry"),
]
