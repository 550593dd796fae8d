"""One view: the session, the user, two queries, one template."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path

from tests.bench.bare.models import Session, Topic


def page(request: HttpRequest) -> HttpResponse:
    topics = Topic.objects.filter(user=request.user).order_by("pk")
    sessions = Session.objects.filter(user=request.user).order_by("-begun_at")[:10]
    return render(request, "page.html", {"topics": topics, "sessions": sessions})


urlpatterns = [path("", page)]
