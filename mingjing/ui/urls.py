"""The page of parts, for those who build pages; not served in production."""

from django.conf import settings
from django.urls import path

from mingjing.ui import style

app_name = "ui"
pages = [
    path("style/", style.guide, name="style"),
    path("style/list/", style.listing, name="style_list"),
    path("style/form/", style.form, name="style_form"),
    path("style/row/<int:number>/", style.row, name="style_row"),
]
urlpatterns = pages if settings.DEBUG else []
