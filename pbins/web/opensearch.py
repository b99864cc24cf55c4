"""Lets browsers search the catalogue from their address bar."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from pbins.web.catalogue_access import visitors

MEDIA_TYPE = "application/opensearchdescription+xml; charset=utf-8"


@visitors
def description(request: HttpRequest) -> HttpResponse:
    return render(request, "pbins/opensearch.xml", content_type=MEDIA_TYPE)
