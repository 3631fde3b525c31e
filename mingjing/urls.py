"""Which app answers where."""

from django.urls import include, path

urlpatterns = [
    path("", include("mingjing.cases.urls")),
    path("", include("mingjing.accounts.urls")),
    path("", include("mingjing.ledger.urls")),
    path("", include("mingjing.intake.urls")),
    path("account/", include("allauth.urls")),
]

handler400 = "mingjing.ui.errors.bad_request"
handler403 = "mingjing.ui.errors.forbidden"
handler404 = "mingjing.ui.errors.not_found"
handler500 = "mingjing.ui.errors.server_error"
