"""Pages of the keys, included by `urls` into the namespace `intake`."""

from django.urls import path

from mingjing.intake import views_keys

urlpatterns = [
    path("keys/", views_keys.listed, name="keys"),
    path("keys/new/", views_keys.new_key, name="new_key"),
    path("keys/<str:prefix>/", views_keys.key, name="key"),
    path("keys/<str:prefix>/revoke/", views_keys.revoke_key, name="revoke_key"),
]
