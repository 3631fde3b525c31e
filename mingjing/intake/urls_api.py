"""/api/v1/…; whatever else is asked under /api/ is answered with 404 in JSON."""

from mingjing.intake.api.site import urls

app_name = "api"
urlpatterns = urls()
