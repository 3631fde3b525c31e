"""Which app answers where."""

from django.urls import include, path

urlpatterns = [
    path("api/v1/", include("mingjing.intake.urls_api")),
    path("", include("mingjing.cases.urls")),
    path("", include("mingjing.accounts.urls")),
    path("", include("mingjing.ledger.urls")),
    path("", include("mingjing.intake.urls")),
    path("", include("mingjing.alerts.urls")),
    path("account/", include("allauth.urls")),
    path("", include("mingjing.ui.urls")),
]

handler400 = "mingjing.ui.errors.bad_request"
handler403 = "mingjing.ui.errors.forbidden"
handler404 = "mingjing.ui.errors.not_found"
handler500 = "mingjing.ui.errors.server_error"
