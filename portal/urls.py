"""The doors: the portal's pages at the root, the administration beside them."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("admin/", admin.site.urls),
    path("", include("pbins.web.urls")),
]

handler400 = "pbins.web.errors.bad_request"
handler403 = "pbins.web.errors.forbidden"
handler404 = "pbins.web.errors.not_found"
handler500 = "pbins.web.errors.server_error"
