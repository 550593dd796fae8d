"""The pages of practising, a module per noun."""

from study.views.attempts import (
    attempt_detail,
    attempt_draft,
    attempt_feedback,
    attempt_feedback_stop,
    attempt_list,
    attempt_live,
    attempt_submission,
)
from study.views.debriefs import debrief_detail, debrief_lines, debrief_reading, debrief_reading_stop, debriefs
from study.views.dictation import dictation
from study.views.pasting import own_questions, pasted_questions, pasted_topics, pasted_topics_stop
from study.views.questions import (
    question_attempts,
    question_skip,
    question_void,
    session_earlier_questions,
    session_own_question,
    session_questions,
    session_suggestion,
    session_suggestion_stop,
)
from study.views.sessions import (
    session_detail,
    session_end,
    session_reconciliation,
    session_summary,
    session_summary_stop,
    sessions,
)
from study.views.stories import (
    question_story,
    stories,
    stories_md,
    stories_upload,
    story_notes,
    story_structure,
    story_structure_stop,
)

__all__ = [
    "attempt_detail",
    "attempt_draft",
    "attempt_feedback",
    "attempt_feedback_stop",
    "attempt_list",
    "attempt_live",
    "attempt_submission",
    "debrief_detail",
    "debrief_lines",
    "debrief_reading",
    "debrief_reading_stop",
    "debriefs",
    "dictation",
    "own_questions",
    "pasted_questions",
    "pasted_topics",
    "pasted_topics_stop",
    "question_attempts",
    "question_skip",
    "question_story",
    "question_void",
    "session_detail",
    "session_earlier_questions",
    "session_end",
    "session_own_question",
    "session_questions",
    "session_reconciliation",
    "session_suggestion",
    "session_suggestion_stop",
    "session_summary",
    "session_summary_stop",
    "sessions",
    "stories",
    "stories_md",
    "stories_upload",
    "story_notes",
    "story_structure",
    "story_structure_stop",
]
