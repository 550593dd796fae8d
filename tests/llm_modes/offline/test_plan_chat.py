"""The offline coach's conversation: it reads free wording, asks for one missing thing, and routes wishes."""

import pytest

from tests.llm_modes.offline.asking import ask

PLAN = [{"name": "System design", "daily_study_minutes": 20}, {"name": "Databases", "daily_study_minutes": 10}]
KNOWN = {"role": "nurse", "daily_minutes": 30, "weaknesses": "drug calculations", "motivation": "high"}
NOTHING = {"role": None, "daily_minutes": None, "weaknesses": None, "motivation": None}


def talk(message, *, coach="", known=None, allowed=("ask",), plan=(), proposal=(), context=""):
    messages = [{"author": "coach", "text": coach}] if coach else []
    return ask(
        "plan_chat",
        stage="getting to know",
        allowed_actions=list(allowed),
        known={**NOTHING, **(known or {})},
        has_context=bool(context),
        context=context,
        plan=list(plan),
        proposal=list(proposal),
        messages=[*messages, {"author": "candidate", "text": message}],
    )


def changes(message, **others):
    return talk(message, known=KNOWN, allowed=["ask", "suggest_changes", "none"], plan=PLAN, **others)


@pytest.mark.parametrize(
    ("message", "role", "minutes", "weak", "motivation"),
    [
        (
            "I'm applying as a nurse, have half an hour a day, weak in drug calculations, quite motivated",
            "nurse", 30, "drug calculations", "high",
        ),
        (
            "Hi! I have a data analyst interview next week. I can do 45 minutes a day. I struggle with SQL window "
            "functions. Motivation is medium.",
            "data analyst", 45, "SQL window functions", "medium",
        ),
        (
            "I want to become a primary school teacher and I have an hour and a half each day but I'm not very "
            "motivated. Classroom management scares me.",
            "primary school teacher", 90, "Classroom management", "low",
        ),
        (
            "Interviewing for an ICU nurse position; shaky on ventilator settings; thirty minutes; highly motivated",
            "ICU nurse", 30, "ventilator settings", "high",
        ),
        (
            "looking for a new job as product manager. 1h30 per day. I'm bad at estimation questions, I am "
            "really motivated!",
            "product manager", 90, "estimation questions", "high",
        ),
        (
            "I'm a teacher, primary school, and I've got 20 mins before the kids wake up. I'm scared of the "
            "safeguarding questions. motivation so-so",
            "teacher", 20, "safeguarding questions", "medium",
        ),
        (
            "Hi I am Anna, mother of two, and would like to go back to work as a bookkeeper. I can study while the "
            "kids are at school, say 2 hours. I panic in tests. motivation: 9/10",
            "bookkeeper", 120, "panic in tests", "high",
        ),
        (
            "its for warehouse team lead and im not good at talking about conflicts ive got 1 hour a day and im "
            "motivated",
            "warehouse team lead", 60, "talking about conflicts", "high",
        ),
        (
            "Role: Data Engineer\nTime: 45 minutes\nWeaknesses: Spark, data modelling\nMotivation: high",
            "Data Engineer", 45, "Spark, data modelling", "high",
        ),
        (
            "QA engineer / 30 mins / test automation and SQL / medium",
            "QA engineer", 30, "test automation and SQL", "medium",
        ),
        (
            "The role is Account Executive. I can do 30-45 minutes per day. Objection handling is hard for me. I'm not "
            "that motivated at the moment.",
            "Account Executive", 30, "Objection handling", "low",
        ),
        (
            "career changer from teaching into software testing, 3 hours per week, struggle with automation, keen to "
            "start",
            "software testing", 25, "automation", "high",
        ),
        ("nurse, 30 minutes, drug calculations, high", "nurse", 30, "drug calculations", "high"),
        (
            "Senior backend engineer, 45 min a day, system design under time pressure is my weakness, motivation ok",
            "Senior backend engineer", 45, "system design under time pressure", "medium",
        ),
    ],
)  # fmt: skip
def test_several_facts_are_read_from_one_message(message, role, minutes, weak, motivation):
    known = talk(message)["known"]

    assert known == {"role": role, "daily_minutes": minutes, "weaknesses": weak, "motivation": motivation}


@pytest.mark.parametrize(
    ("coach", "known", "message", "field", "value"),
    [
        ("Which role are you applying for?", {}, "barista", "role", "barista"),
        ("How many minutes a day can you practise?", {"role": "nurse"}, "45", "daily_minutes", 45),
        ("How many minutes a day can you practise?", {"role": "nurse"}, "twenty or so", "daily_minutes", 20),
        (
            "Where do you feel weak when you think of the interview?",
            {"role": "nurse", "daily_minutes": 20},
            "talking about mistakes",
            "weaknesses",
            "talking about mistakes",
        ),
        (
            "How motivated are you just now: low, medium or high?",
            {"role": "nurse", "daily_minutes": 20, "weaknesses": "x"},
            "so-so",
            "motivation",
            "medium",
        ),
        (
            "A plan needs at least 10 minutes a day. Could you manage 10 minutes?",
            {"role": "nurse"},
            "yes",
            "daily_minutes",
            10,
        ),
    ],
)
def test_short_answers_answer_the_question_just_asked(coach, known, message, field, value):
    assert talk(message, coach=coach, known=known)["known"][field] == value


def test_of_two_messages_before_one_answer_both_are_read():
    """Without scripts a second one can be sent before the first is answered."""
    said = ["My motivation is high", "I can do 20 minutes a day"]
    lines = [{"author": "coach", "text": "Which role are you applying for?"}]
    known = ask(
        "plan_chat",
        stage="getting to know",
        allowed_actions=["ask"],
        known=NOTHING,
        has_context=False,
        context="",
        plan=[],
        proposal=[],
        messages=[*lines, *({"author": "candidate", "text": text} for text in said)],
    )["known"]
    assert (known["motivation"], known["daily_minutes"]) == ("high", 20)


def test_not_knowing_is_an_answer_too():
    weak = talk("no idea", coach="Where do you feel weak?", known={"role": "nurse", "daily_minutes": 20})
    role = talk("I'm not sure yet, something with people", coach="Which role are you applying for?")

    assert weak["known"]["weaknesses"] == "not sure yet"
    assert role["known"]["role"] is None
    assert "closest" in role["reply"]


@pytest.mark.parametrize("message", ["I can practise in the evening", "in the morning after work", "hello there"])
def test_what_is_no_job_does_not_become_the_role(message):
    assert talk(message, coach="How many minutes a day can you practise?")["known"]["role"] is None


def test_a_misread_role_is_corrected():
    assert talk("wait, I meant midwife", known=KNOWN, allowed=["ask", "suggest_plan"])["known"]["role"] == "midwife"


def test_what_is_known_is_not_asked_for():
    said = talk("I'm applying as a nurse and have half an hour a day")

    assert said["action"] == "ask"
    assert "weak" in said["reply"].lower()
    assert "which role" not in said["reply"].lower()
    assert said["reply"].count("?") == 1


def test_a_correction_replaces_what_was_known():
    said = talk("actually make it 20 minutes", known=KNOWN, allowed=["ask", "suggest_plan"])

    assert said["known"]["daily_minutes"] == 20
    assert said["action"] == "suggest_plan"


def test_agreeing_when_all_is_known_brings_the_plan():
    assert talk("yes please", known=KNOWN, allowed=["ask", "suggest_plan"])["action"] == "suggest_plan"
    assert talk("not yet", known=KNOWN, allowed=["ask", "suggest_plan"])["action"] == "ask"


def test_what_it_does_not_understand_it_says_with_an_example():
    said = talk("asdkjh", coach="Which role are you applying for?")

    assert said["known"]["role"] is None
    assert "sorry" in said["reply"].lower()
    assert "for example" in said["reply"].lower()


def test_too_little_time_is_not_noted_but_talked_about():
    said = talk("5 minutes", coach="How many minutes a day can you practise?", known={"role": "nurse"})

    assert said["known"]["daily_minutes"] is None
    assert "10 minutes" in said["reply"]


def test_role_and_weak_spots_come_from_the_context_only_when_stated_plainly():
    stated = talk(
        "hello", context="Ten years in retail. I am looking for a job as a data analyst. I struggle with statistics."
    )
    guessed = talk(
        "hello", context="I was a barista for five years and my boss was a data analyst who hated statistics."
    )

    assert stated["known"]["role"] == "data analyst"
    assert stated["known"]["weaknesses"] == "statistics"
    assert "data analyst" in stated["reply"]
    assert guessed["known"] == NOTHING


@pytest.mark.parametrize(
    "message",
    [
        "more time on databases please",
        "drop system design",
        "add salary talk (10 minutes)",
        "I only have 20 minutes a day now",
        "System design is not important",
        "my motivation is low now",
    ],
)
def test_wishes_for_another_plan_are_routed(message):
    assert changes(message)["action"] == "suggest_changes"


@pytest.mark.parametrize("message", ["looks good", "thanks!", "perfect"])
def test_contentment_changes_nothing(message):
    assert changes(message)["action"] == "none"


def test_it_says_what_it_is():
    assert "no language model" in talk("Are you a real person?")["reply"]


def test_another_language_gets_an_honest_note():
    said = talk("Ich bin Krankenschwester und habe eine halbe Stunde am Tag")

    assert "only read English" in said["reply"]


@pytest.mark.parametrize(
    "spots", ["ich bin schlecht im Reden über mich selbst und habe Angst vor Fragen zu Medikamenten", "im Gespräch"]
)
def test_weak_spots_in_another_language_are_taken_letter_by_letter(spots):
    known = {**KNOWN, "weaknesses": None}

    assert talk(spots, coach="Where do you feel weak?", known=known)["known"]["weaknesses"] == spots


@pytest.mark.parametrize(
    ("message", "weak"),
    [
        ("I am a nurse, back after ten years.", None),
        ("I'm a nurse, currently in Leeds", None),
        ("I'm a nurse, 30 minutes, drug calculations, high", "drug calculations"),
    ],
)
def test_only_a_list_says_what_is_weak_without_calling_it_so(message, weak):
    known = talk(message, coach="Which role are you applying for?")["known"]

    assert (known["role"], known["weaknesses"]) == ("nurse", weak)
