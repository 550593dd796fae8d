"""The program's pages, and three that fail while they hold what was posted: in the view, in a template, in a query."""

from typing import Any

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.template import Context, Template
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from coach.urls import urlpatterns as pages


@csrf_exempt
def in_the_view(request: HttpRequest) -> HttpResponse:
    raise ValueError(f"cannot read {request.POST['words']}")


@csrf_exempt
def in_a_template(request: HttpRequest) -> HttpResponse:
    class Broken:
        def __str__(self) -> str:
            raise RuntimeError(request.POST["words"])

    return HttpResponse(Template("{{ broken }}").render(Context({"broken": Broken()})))


@csrf_exempt
def in_a_query(request: HttpRequest) -> HttpResponse:
    words: Any = request.POST["words"]
    try:
        raise KeyError(words)
    except KeyError:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 / 0 WHERE %s <> ''", [words])
    return HttpResponse()


urlpatterns = [
    path("broken/view/", in_the_view),
    path("broken/template/", in_a_template),
    path("broken/query/", in_a_query),
    *pages,
]
