"""Practising: sessions, questions, attempts, stories."""

from django.urls import path

from study import views

app_name = "study"

urlpatterns = [
    path("sessions/", views.sessions, name="sessions"),
    path("sessions/<int:pk>/", views.session_detail, name="session_detail"),
    path("sessions/<int:pk>/questions/", views.session_questions, name="session_questions"),
    path("sessions/<int:pk>/questions/suggestion/", views.session_suggestion, name="session_suggestion"),
    path("sessions/<int:pk>/questions/suggestion/stop/", views.session_suggestion_stop, name="session_suggestion_stop"),
    path("sessions/<int:pk>/questions/earlier/", views.session_earlier_questions, name="session_earlier_questions"),
    path("sessions/<int:pk>/questions/own/", views.session_own_question, name="session_own_question"),
    path("sessions/<int:pk>/end/", views.session_end, name="session_end"),
    path("sessions/<int:pk>/summary/", views.session_summary, name="session_summary"),
    path("sessions/<int:pk>/summary/stop/", views.session_summary_stop, name="session_summary_stop"),
    path("sessions/<int:pk>/reconciliation/", views.session_reconciliation, name="session_reconciliation"),
    path("questions/own/", views.own_questions, name="own_questions"),
    path("questions/own/<int:pk>/", views.pasted_questions, name="pasted_questions"),
    path("questions/own/<int:pk>/topics/", views.pasted_topics, name="pasted_topics"),
    path("questions/own/<int:pk>/topics/stop/", views.pasted_topics_stop, name="pasted_topics_stop"),
    path("questions/<int:pk>/attempts/", views.question_attempts, name="question_attempts"),
    path("questions/<int:pk>/skip/", views.question_skip, name="question_skip"),
    path("questions/<int:pk>/voiding/", views.question_void, name="question_void"),
    path("questions/<int:pk>/story/", views.question_story, name="question_story"),
    path("questions/<int:pk>/story/notes/", views.story_notes, name="story_notes"),
    path("questions/<int:pk>/story/structure/", views.story_structure, name="story_structure"),
    path("questions/<int:pk>/story/structure/stop/", views.story_structure_stop, name="story_structure_stop"),
    path("attempts/<int:pk>/", views.attempt_detail, name="attempt_detail"),
    path("attempts/<int:pk>/draft/", views.attempt_draft, name="attempt_draft"),
    path("attempts/<int:pk>/list/", views.attempt_list, name="attempt_list"),
    path("attempts/<int:pk>/submission/", views.attempt_submission, name="attempt_submission"),
    path("attempts/<int:pk>/feedback/", views.attempt_feedback, name="attempt_feedback"),
    path("attempts/<int:pk>/feedback/stop/", views.attempt_feedback_stop, name="attempt_feedback_stop"),
    path("attempts/<int:pk>/live/", views.attempt_live, name="attempt_live"),
    path("stories/", views.stories, name="stories"),
    path("stories/stories.md", views.stories_md, name="stories_md"),
    path("stories/upload/", views.stories_upload, name="stories_upload"),
    path("debriefs/", views.debriefs, name="debriefs"),
    path("debriefs/<int:pk>/", views.debrief_detail, name="debrief_detail"),
    path("debriefs/<int:pk>/reading/", views.debrief_reading, name="debrief_reading"),
    path("debriefs/<int:pk>/reading/stop/", views.debrief_reading_stop, name="debrief_reading_stop"),
    path("debriefs/<int:pk>/lines/", views.debrief_lines, name="debrief_lines"),
    path("dictation/", views.dictation, name="dictation"),
]
