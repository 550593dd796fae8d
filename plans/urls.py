"""The plan, how it is agreed, and what the coach believes."""

from django.urls import path

from plans import views

app_name = "plans"

urlpatterns = [
    path("plan/", views.plan, name="plan"),
    path("plan/today/", views.today, name="today"),
    path("plan/undo/", views.undo, name="undo"),
    # How it is agreed
    path("plan/chat/", views.chat, name="chat"),
    path("plan/chat/reply/", views.chat_reply, name="chat_reply"),
    path("plan/chat/reply/stop/", views.chat_reply_stop, name="chat_reply_stop"),
    path("plan/chat/<int:pk>/live/", views.chat_live, name="chat_live"),
    path("plan/brief/", views.brief, name="brief"),
    path("plan/proposals/", views.proposals, name="proposals"),
    path("plan/proposals/<int:pk>/", views.proposal_detail, name="proposal_detail"),
    path("plan/proposals/<int:pk>/suggestion/", views.proposal_suggestion, name="proposal_suggestion"),
    path("plan/proposals/<int:pk>/suggestion/stop/", views.proposal_suggestion_stop, name="proposal_suggestion_stop"),
    path("plan/proposals/<int:pk>/approval/", views.proposal_approval, name="proposal_approval"),
    path("plan/proposals/<int:pk>/rejection/", views.proposal_rejection, name="proposal_rejection"),
    # Once a day
    path("plan/review/", views.review, name="review"),
    path("plan/review/answer/", views.review_answer, name="review_answer"),
    path("plan/review/answer/stop/", views.review_answer_stop, name="review_answer_stop"),
    # What the coach takes from experience and advert; their own page is /context/
    path("context/reading/", views.context_reading, name="context_reading"),
    path("context/reading/answer/", views.context_reading_answer, name="context_reading_answer"),
    path("context/reading/answer/stop/", views.context_reading_answer_stop, name="context_reading_answer_stop"),
    # What the coach believes
    path("notes/", views.notes, name="notes"),
    path("notes/<int:pk>/", views.note, name="note"),
]
