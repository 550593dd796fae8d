"""The whole sitemap, readable top to bottom."""

from django.contrib import admin
from django.urls import include, path, re_path

from coach import views
from coach.facade import api, nothing_here
from coach.running import health
from coach.running.watching.doors import metrics
from plans.views import context

handler400 = "coach.refusals.bad_request"
handler500 = "coach.refusals.server_error"

urlpatterns = [
    path("", views.home, name="home"),
    # For supervisors, balancers and whoever runs the program
    path("health/", health.health, name="health"),
    path("health/live", health.live, name="health_live"),
    path("health/ready", health.ready, name="health_ready"),
    path("metrics", metrics, name="metrics"),
    # The candidate
    path("join/", views.join, name="join"),
    path("login/", views.login, name="login"),
    path("logout/", views.logout, name="logout"),
    path("account/", views.account, name="account"),
    path("account/password/", views.password, name="password"),
    path("account/export/", views.export, name="export"),
    path("account/deletion/", views.deletion, name="deletion"),
    path("account/unreadable/", views.unreadable, name="unreadable"),
    path("context/", context, name="context"),
    # The plan: /plan/…, /notes/
    path("", include("plans.urls")),
    # Practising: /sessions/…, /questions/…, /attempts/…, /stories/…, /dictation/
    path("", include("study.urls")),
    path("admin/", admin.site.urls),
    # The REST facade: /users/…, /plan/suggest_new and so on, /study/…, /api/docs
    path("", api.urls),
    re_path("^(users|study|api)/", nothing_here),
]
