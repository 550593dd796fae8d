"""The offline coach in the plan chat: four questions like a form's, and nothing that the candidate did not say."""

import re
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coach.candidate_text import clean_text
from llm_modes.language.folding import folded
from llm_modes.offline.bank import banks, general, role_bank
from llm_modes.offline.changing import changed
from llm_modes.offline.fields import FIELDS, SAYINGS, choice, is_unreadable, prefilled, remark, typed
from llm_modes.offline.weak_spots import spots_of
from llm_modes.offline.wishes import read_wishes
from llm_modes.plan_chat.offline import CARE
from llm_modes.plan_chat.schema import KnownNow
from llm_modes.suggest_plan.plan import Topic
from tests.llm_modes.offline.asking import ask

NOTHING = dict.fromkeys(FIELDS)
NO_NEWS = dict.fromkeys(KnownNow.model_fields)
KNOWN = {"role": "Nurse", "daily_minutes": 30, "weaknesses": "Medication safety", "motivation": "medium"}
PLAN = [
    Topic(name="System design", priority=1, daily_study_minutes=20).as_json(),
    Topic(name="Databases", priority=2, daily_study_minutes=10).as_json(),
]
HURRY = "System design interview at Stripe for a senior backend engineer role in 9 days"


def talk(text, *, known=NOTHING, allowed=("ask",), plan=(), proposal=(), lines=()):
    """The reply to what a candidate says, with so much known; `lines`: the conversation that ends with it."""
    return ask(
        "plan_chat",
        stage="getting to know",
        allowed_actions=list(allowed),
        known={**NOTHING, **known},
        has_context=False,
        context="I am looking for a job as a data analyst. I struggle with statistics.",
        plan=list(plan),
        proposal=list(proposal),
        messages=lines or ([{"author": "candidate", "text": text}] if text else []),
    )


def known_before(name):
    """What is known when the question for this field is open."""
    return {field: KNOWN[field] for field in FIELDS[: FIELDS.index(name)]}


def learned(name, text):
    """What the coach takes from an answer to the question for this field; None where it takes nothing."""
    known = talk(text, known=known_before(name))["known"]
    assert all(value is None for field, value in known.items() if field != name)
    return known[name]


def about_the_plan(text, **fields):
    return talk(text, known=KNOWN, plan=PLAN, allowed=("ask", "suggest_changes", "none"), **fields)


# --- four questions --------------------------------------------------------------------------------------------------


def test_it_asks_for_one_thing_at_a_time_in_the_order_of_the_fields():
    for name in FIELDS:
        said = talk("", known=known_before(name))
        assert said["reply"] == SAYINGS["asks"][name]
        assert said["action"] == "ask"


@pytest.mark.parametrize("name", FIELDS)
def test_what_was_chosen_in_a_field_is_noted_and_the_next_question_follows(name):
    known = {**known_before(name), name: KNOWN[name]}
    said = talk(choice(name, KNOWN[name]), known=known)
    assert choice(name, KNOWN[name]) in said["reply"]
    if name == "motivation":
        assert "I am putting a plan together" in said["reply"]
    else:
        assert said["reply"].endswith(SAYINGS["asks"][FIELDS[FIELDS.index(name) + 1]])
    assert said["known"] == NO_NEWS


def test_the_last_choice_has_the_plan_written():
    said = talk(choice("motivation", "medium"), known=KNOWN, allowed=("ask", "suggest_plan"))
    assert said["action"] == "suggest_plan"


def test_nothing_is_taken_from_what_the_candidate_wrote_about_themselves_elsewhere():
    assert talk("")["known"] == NO_NEWS


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("role", "senior backend engineer", "senior backend engineer"),
        ("role", " Nurse. ", "Nurse"),
        ("role", "high school teacher", "high school teacher"),
        ("role", "Nurse, stroke unit", "Nurse, stroke unit"),
        ("role", "head of year", "head of year"),
        ("role", "IT manager", "IT manager"),
        ("daily_minutes", "30", 30),
        ("daily_minutes", "30 min a day", 30),
        ("daily_minutes", "~30", 30),
        ("daily_minutes", "30 min. a day, please", 30),
        ("daily_minutes", "forty-five", 45),
        ("daily_minutes", "20 minutes on weekdays", 20),
        ("daily_minutes", "1.5 hours", 90),
        ("daily_minutes", "45min", 45),
        ("daily_minutes", "45mins a day", 45),
        ("daily_minutes", "a quarter of an hour", 15),
        ("daily_minutes", "an hour or so", 60),
        ("daily_minutes", "3 hours", 180),
        ("daily_minutes", "half an hour", 30),
        ("daily_minutes", "an hour", 60),
        ("daily_minutes", "an hour and a half", 90),
        ("daily_minutes", "I have two hours a day.", 120),
        ("daily_minutes", "twenty minutes, please", 20),
        ("weaknesses", "I don't know yet", "not sure yet"),
        ("weaknesses", "none", "not sure yet"),
        ("weaknesses", "no", "not sure yet"),
        ("weaknesses", "idk", "not sure yet"),
        ("motivation", "low", "low"),
        ("motivation", "low energy", "low"),
        *[("motivation", label, value) for value, label in SAYINGS["energy"].items()],
        ("motivation", "My motivation is very high.", "high"),
        ("motivation", "I'd say medium at the moment", "medium"),
    ],
)
def test_a_few_words_that_are_an_answer_and_nothing_else_are_taken_as_typed(name, text, value):
    assert learned(name, text) == value


def test_every_topic_of_a_role_is_ticked_by_its_name():
    for bank in banks().values():
        role = next(iter(bank.titles), "diver")
        for topic in bank.topics:
            assert prefilled("weaknesses", topic.name, role) == [topic.name]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("role", "I want to be a teacher"),
        ("role", "my role is a nurse"),
        ("role", "nurse?"),
        ("role", "nurse 30 minutes"),
        ("role", "Lighthouse keeper"),
        ("role", "not a nurse"),
        ("role", "former nurse"),
        ("role", "ex-teacher"),
        ("role", "quit nursing"),
        ("role", "nurse or teacher"),
        *[("role", said) for said in ("go back", "skip", "later", "next", "quit", "stop", "test", "asdf")],
        ("role", "I don't know"),
        ("role", "something with people"),
        ("role", "please a good one"),
        ("role", "x" * 101),
        ("role", "nurse " * 30),
        ("role", "IT manager " * 30),
        ("role", "Ich bin Krankenschwester"),
        ("daily_minutes", "30 or 45"),
        ("daily_minutes", "not 30"),
        *[
            ("daily_minutes", said)
            for said in ("-30", "£30", "30%", "day 30", "30/60", "v30", "30-45", "30 to 45", "1,5 h")
        ],
        *[
            ("daily_minutes", said)
            for said in ("30 days", "30 minutes, 45", "#30", "30+", "30x2", "1e2", "8 pm", "０３０")
        ],
        ("daily_minutes", "5"),
        ("daily_minutes", "5 minutes"),
        ("daily_minutes", "600 minutes"),
        ("daily_minutes", "9" * 5000),
        ("daily_minutes", "3 hours a week"),
        ("daily_minutes", "I can in 9 days"),
        ("daily_minutes", "30 minutes but on Sundays 60"),
        ("weaknesses", "please add those"),
        ("weaknesses", "those"),
        ("weaknesses", "good at medication safety"),
        ("weaknesses", "skip medication safety"),
        ("weaknesses", "not medication safety"),
        ("weaknesses", "medication safety is fine"),
        ("weaknesses", "handling conflict, no medication safety"),
        ("weaknesses", "payroll law"),
        ("weaknesses", "dinosaurs"),
        ("weaknesses", "medication safety, dinosaurs"),
        ("motivation", "not low"),
        ("motivation", "low or medium"),
        ("motivation", "high, but only at night"),
        ("motivation", "high blood pressure"),
        ("motivation", "tired"),
    ],
)
def test_everything_else_teaches_nothing_and_points_to_the_field(name, text):
    assert learned(name, text) is None
    said = talk(text, known=known_before(name))
    places = ("field", "choose one", "tick your weak spots", SAYINGS["asks"][name])
    assert any(place in said["reply"] for place in places)
    assert said["action"] == "ask"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("role", HURRY),
        ("role", "My interview is next Thursday, at 10."),
        ("daily_minutes", "The interview is on 2026-12-10"),
        ("weaknesses", "high motivation, interview in 9 days"),
        ("weaknesses", "I am nervous: the interview is on the 3rd"),
        ("motivation", "I have two weeks until my interview"),
    ],
)
def test_the_day_of_the_interview_is_handed_on_in_its_words_and_the_question_comes_again(name, text):
    said = talk(text, known=known_before(name))
    assert said["known"] == {**NO_NEWS, "interview_when": text}
    assert said["reply"].endswith(SAYINGS["asks"][name])


@pytest.mark.parametrize(
    "text",
    [
        "Interview",
        "It is on Monday",
        "I am bad at interviews on two things",
        "Today I want to practise for my interview",
        "I can practise on Monday for my interview",
        "30 minutes a day for the interview",
        "I have 2 hours on Saturday for interview practice",
        "I failed my interview on Monday",
        "I had an interview last Monday",
        "My interview got cancelled",
    ],
)
def test_what_tells_no_day_of_an_interview_to_come_is_handed_on_as_none(text):
    assert talk(text)["known"]["interview_when"] is None


def test_a_day_told_at_great_length_is_no_more_than_a_few_words():
    text = "My interview is in 9 days " + "and I am so very tired of it all " * 200
    assert talk(text)["known"]["interview_when"].startswith("My interview is in 9 days and")


@pytest.mark.parametrize(
    ("name", "text", "begins"),
    [
        ("role", HURRY, []),
        ("role", "I want to be a teacher", []),
        ("role", "nurse or teacher?", []),
        ("role", "Lighthouse keeper", ["Lighthouse keeper"]),
        ("role", "Lighthouse keeper?", ["Lighthouse keeper"]),
        ("role", "System design", []),
        ("role", "not a nurse", []),
        ("role", "I am no longer a nurse", []),
        ("role", "I want to kill myself", []),
        ("role", "kill myself", []),
        *[("role", said, []) for said in ("go back", "skip", "later", "next", "quit", "stop", "test", "danke")],
        ("weaknesses", "good at medication safety", []),
        ("weaknesses", "handling conflict, not medication safety", []),
        ("weaknesses", "good at medication safety and handling conflict", []),
        ("weaknesses", "payroll law", ["Payroll law"]),
        ("weaknesses", "handover and dinosaurs, payroll law", ["Handover and dinosaurs", "Payroll law"]),
        ("weaknesses", "payroll law in many countries", []),
        ("weaknesses", "next", []),
        ("weaknesses", "I am weak in medication safety", ["Medication safety"]),
        ("weaknesses", "Medication safety is my weak spot.", ["Medication safety"]),
        ("weaknesses", "I'm not good at medication safety", []),
        ("weaknesses", "I am good at medication safety", []),
        ("role", "I am not a nurse but a teacher", []),
        ("role", "Go developer?", ["Go developer"]),
        ("role", "Stop motion animator", ["Stop motion animator"]),
        ("role", "медсестра", []),
        ("role", "Ich bin Krankenschwester", []),
        ("weaknesses", "please add those", []),
        ("weaknesses", "high motivation, interview in 9 days", []),
        (
            "weaknesses",
            "I forget everything; medication safety; salary talk",
            ["Medication safety", "Offers and expectations"],
        ),
        ("daily_minutes", "not sure, maybe half an hour", []),
        ("daily_minutes", "20 or 30 minutes", []),
        ("daily_minutes", HURRY, []),
        ("motivation", "not low", []),
    ],
)
def test_a_field_begins_with_what_fits_it_of_words_that_were_no_answer(name, text, begins):
    assert prefilled(name, text, "Nurse") == begins


# --- what it says besides --------------------------------------------------------------------------------------------


HARM = [
    "I want to kill myself",
    "I don't want to live any more",
    "I don’t want to live anymore.",
    "i dont want to live",
    "I want to die",
    "suicide",
    "I am suicidal",
    "I hurt myself",
    "I will end it all",
    "I want to die. Of course I try not to show it",
    "I don't want to live in this world any more",
    "I don't want to live. In the morning it is worst",
    "Nurse. I want to end my life",
    "30 minutes, then I kill myself",
    "What if I want to die?",
    "low, I wish I was dead",
    "Ich will nicht mehr leben",
]
NO_HARM = [
    "This interview is killing me",
    "I could die of embarrassment",
    "I want to die of shame",
    "kill my nerves",
    "I would kill for this job",
    "I don't want to live in London",
    "suicide prevention nurse",
    "suicide risk assessment",
    "How do I kill a process?",
    "I am dying to get this role",
]
STATES = [
    *({"known": known_before(name)} for name in FIELDS),
    {"known": KNOWN, "allowed": ("ask", "suggest_plan")},
    {"known": KNOWN, "allowed": ("ask", "suggest_changes", "none"), "plan": PLAN},
    {"known": KNOWN, "allowed": ("ask", "suggest_changes", "none"), "proposal": PLAN},
    {"known": KNOWN, "allowed": ("none",), "plan": PLAN},
]


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("text", HARM)
def test_who_speaks_of_harming_themselves_is_sent_to_people_and_nothing_else_is_said(text, state):
    said = talk(text, **state)
    assert said["reply"] == CARE["say"]
    assert "local emergency number" in said["reply"]
    assert not re.search(r"[0-9?]", said["reply"])
    assert said["known"] == NO_NEWS
    assert said["action"] in ("none", "ask")


@pytest.mark.parametrize("text", NO_HARM)
def test_a_manner_of_speaking_is_no_such_thing(text):
    for state in STATES:
        assert "emergency" not in talk(text, **state)["reply"]


def test_whatever_stands_beside_it_harm_is_heard_and_begins_no_field():
    for text in (one for one in HARM if one != "suicide"):
        for beside in ("", "Nurse ", "30 minutes. ", "please, "):
            assert all(not prefilled(name, beside + text, "Nurse") for name in FIELDS)
            assert talk(beside + text)["reply"] == CARE["say"]


@pytest.mark.parametrize("text", [*(f"change my {name}" for name in ("role", "time", "weak spots", "motivation"))])
@pytest.mark.parametrize("state", STATES)
def test_a_wish_to_correct_is_told_where(text, state):
    reply = talk(text, **state)["reply"]
    assert "“Correct this”" in reply


@pytest.mark.parametrize(
    "text",
    [
        "I meant 20 minutes",
        "start over",
        "new plan",
        "wrong role",
        "go back",
        "Can we start again?",
        "My role is wrong.",
    ],
)
def test_so_is_a_slip_in_whatever_words(text):
    for state in STATES:
        said = talk(text, **state)
        assert "“Correct this”" in said["reply"]
        assert said["action"] in ("ask", "none")
        assert said["known"] == NO_NEWS


@pytest.mark.parametrize(
    "text",
    [
        "I start again as a nurse after ten years",
        "I want to help people",
        "my data skills",
        "private practice",
        "not nervous",
        "I am not very nervous",
        "calming anxious patients",
        "the nervous system",
        "the private sector",
        "I never panic",
        "I restart my career",
        "what are you looking for in a nurse?",
        "I ask why do you want this job",
        "a change of role",
    ],
)
def test_words_that_mean_something_else_carry_no_remark(text):
    assert remark(text) == ""


def test_a_second_refusal_in_a_row_says_the_next_step_in_other_words():
    """And so does a third: never the same one twice."""
    for name in (*FIELDS, "plan"):
        for text in ("Hm.", "Ich bin Krankenschwester", "lots and lots", "9 minutes"):
            lines = []
            for _ in range(4):
                lines.append({"author": "candidate", "text": text})
                said = talk(text, known=KNOWN if name == "plan" else known_before(name), allowed=("ask",), lines=lines)
                lines.append({"author": "coach", "text": said["reply"]})
            replies = [line["text"] for line in lines[1::2]]
            assert all(one != other for one, other in pairwise(replies))
            assert replies[1] == SAYINGS["refused_again"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("hello", "Hello."),
        ("thanks!", "You are welcome."),
        ("Are you human?", "no person, and no language model"),
        ("help", "you change or approve it"),
        ("Hi, how does this work?", "you change or approve it"),
        ("is it private", "stored encrypted"),
        ("What happens to my data?", "stored encrypted"),
        ("My nerves.", "Many people feel like that"),
        ("This interview is killing me", "Many people feel like that"),
        ("stop", "go on here later"),
        ("How does this work?", "you change or approve it"),
        ("I am nervous", "Many people feel like that"),
        ("I forgot everything", "Many people feel like that"),
    ],
)
def test_small_talk_gets_one_honest_sentence_and_the_question_again(text, said):
    for name in FIELDS:
        reply = talk(text, known=known_before(name))["reply"]
        assert said in reply
        assert reply.endswith(SAYINGS["asks"][name])


def test_another_language_and_another_script_are_declined():
    for text in (
        "Ich bin Krankenschwester und habe eine halbe Stunde am Tag",
        "Ich bin Krankenschwester",
        "Je suis infirmière",
        "Je voudrais travailler dans un hôpital à Paris",
        "Quiero ser enfermera",
        "Busco un trabajo como enfermera en Madrid",
        "我想当软件工程师",
        "שלום, אני רוצה",
    ):
        for name in FIELDS:
            assert talk(text, known=known_before(name))["reply"] == "I can read English only. Please use the fields."


@pytest.mark.parametrize(
    "text",
    [
        "façade",
        "naïve",
        "Müller",
        "CV résumé",
        "Zürich",
        "I worked on the façade pattern, naïve Bayes and Ω",
        "ALS ambulance",
        "Engineer at Müller in Zürich",
        "pâtissier at a café",
        "señor developer",
        "µm tolerances",
        "I know als from school",
    ],
)
def test_a_foreign_word_or_letter_makes_no_text_foreign(text):
    assert not is_unreadable(text)
    assert "English only" not in talk(text)["reply"]


@pytest.mark.parametrize(
    ("role", "says"),
    [
        ("Nurse", ""),
        ("Lighthouse keeper", "I have no questions made for this role"),
        ("медсестра", "I can read English only, so you get the general questions"),
    ],
)
def test_a_role_without_questions_of_its_own_is_said(role, says):
    reply = talk(choice("role", role), known={"role": role})["reply"]
    assert says in reply
    assert ("general" in reply) is bool(says)


def test_the_suggested_roles_lead_to_every_bank_that_has_titles():
    found = {role_bank(role).name for role in SAYINGS["roles"]}
    assert found == {bank.name for bank in banks().values() if bank is not general()}
    assert len(SAYINGS["roles"]) < 40


def test_with_all_known_a_plan_is_written_on_a_yes_or_a_wish_and_on_nothing_else():
    both = ("ask", "suggest_plan")
    assert talk("yes, please", known=KNOWN, allowed=both)["action"] == "suggest_plan"
    assert talk("Drop algorithms.", known=KNOWN, allowed=both)["action"] == "suggest_plan"
    for text in ("Hm.", "not yet", "thanks", "Ich bin müde"):
        assert talk(text, known=KNOWN, allowed=both)["action"] == "ask"


# --- a plan is there -------------------------------------------------------------------------------------------------


def test_a_wish_that_changes_the_plan_leads_to_a_proposal():
    for text in (
        "more time on databases please",
        "drop system design and add code quality",
        "add salary talk: 10 minutes",
    ):
        said = about_the_plan(text)
        assert said["action"] == "suggest_changes", text
        assert said["known"] == NO_NEWS


def test_a_wish_beside_what_it_could_not_read_is_not_read_either_and_the_form_is_named():
    said = about_the_plan("more databases. And something about payroll law, please")
    assert said["action"] == "ask"
    assert "or use the form “Change the plan” below" in said["reply"]


@pytest.mark.parametrize("text", ["Dinosaurs", "please add those", HURRY, "high motivation, interview in 9 days", "hm"])
def test_what_changes_nothing_promises_nothing(text):
    said = about_the_plan(text)
    assert said["action"] != "suggest_changes"
    assert "I make a proposal" not in said["reply"]


@settings(max_examples=200, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(
    st.lists(
        st.builds(
            "{} {}{}".format,
            st.sampled_from(["more", "less", "drop", "add", "no", "I am weak in", "please", ""]),
            st.sampled_from(["system design", "Databases", "those", "dinosaurs", "everything", "code quality"]),
            st.sampled_from(["", ": 10 minutes a day", ": 500 minutes", " in 9 days", "?"]),
        ),
        min_size=1,
        max_size=3,
    ).map(", ".join)
)
def test_a_proposal_is_promised_only_where_the_plan_would_change(text):
    said = about_the_plan(text)
    plan = [Topic(**topic) for topic in PLAN]
    wishes = read_wishes(text, [topic.name for topic in plan])
    made = changed(plan, wishes, available=30, motivation="medium")
    assert (said["action"] == "suggest_changes") is bool(made.changes)
    assert ("I make a proposal" in said["reply"]) is bool(made.changes)
    assert all(note in said["reply"] for note in made.notes) or not wishes


def test_contentment_and_small_talk_change_nothing():
    for text in ("looks good", "thanks!", "Are you human?", "I am nervous"):
        assert about_the_plan(text)["action"] == "ask"


def test_who_is_content_is_told_that_nothing_changes_before_they_approve_it():
    for proposal in ((), PLAN):
        assert "changes before you approve it" in about_the_plan("looks good", proposal=proposal)["reply"]


def test_what_is_corrected_late_is_noted_beside_the_plan():
    said = about_the_plan(choice("daily_minutes", 30))
    assert said["action"] == "ask"
    assert "Nothing in your plan changes before you approve it" in said["reply"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("I approve it", "buttons “Approve” and “Reject”"),
        ("I got the job!", "Congratulations!"),
        ("I didn't get the job.", "I am sorry to hear that."),
        ("change role to teacher", "“What I understood”"),
        ("I have 60 minutes a day now", "“What I understood”"),
    ],
)
def test_what_is_no_wish_for_the_plan_hears_what_can_be_said_to_it(text, says):
    said = about_the_plan(text)
    assert says in said["reply"]
    assert said["action"] == "ask"


def test_what_cannot_be_carried_out_is_not_promised_where_only_the_time_changes_the_plan():
    said = talk("more system design", known={**KNOWN, "daily_minutes": 10}, plan=PLAN, allowed=("suggest_changes",))
    assert "of that" not in said["reply"]
    assert "System design cannot get" in said["reply"]


# --- whatever is said ------------------------------------------------------------------------------------------------

SCRAPS = [
    *SAYINGS["roles"],
    *(topic.name for topic in role_bank("Nurse").topics),
    *((one.get("alone") or one["heard"])[0] for one in SAYINGS["remarks"][1:]),
    *("low", "medium", "high", "not", "30", "9 days", "half an hour", "minutes", "I am", "I want to be a", "and", "or"),
    *(
        "please",
        "those",
        "everything",
        "?",
        ",",
        "interview",
        "motivation",
        "role",
        "weak in",
        "ich bin",
        "медсестра",
        "我",
    ),
]
said_by_anyone = st.one_of(
    st.lists(st.sampled_from(SCRAPS), min_size=1, max_size=7).map(" ".join),
    st.text(max_size=60).map(clean_text).filter(str.strip),
)
KEPT = settings(max_examples=400, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


def assert_number_is_written(minutes, text):
    """In figures or in a phrase, as minutes or as hours."""
    phrases = SAYINGS["words"]["answers"]["daily_minutes"]
    numbers = {int(number) for number in re.findall(r"\d+", text)}
    assert {minutes, minutes / 60} & (numbers | {phrases[phrase] for phrase in phrases if phrase in text.lower()})


@KEPT
@given(st.sampled_from(FIELDS), said_by_anyone)
def test_nothing_is_known_that_was_not_written(name, text):
    value = learned(name, text)
    if value in (None, SAYINGS["not_sure"]):
        return
    if name == "daily_minutes":
        assert_number_is_written(value, text)
    else:
        assert all(folded(part) in folded(text) for part in str(value).split("; "))


@KEPT
@given(st.sampled_from(FIELDS), said_by_anyone)
def test_a_field_begins_with_nothing_that_was_not_written(name, text):
    for begun in prefilled(name, text, "Nurse"):
        names = {topic.name for bank in (role_bank("Nurse"), general()) for topic in bank.topics}
        assert begun in names or folded(begun) in folded(text)


@KEPT
@given(said_by_anyone)
def test_a_question_and_a_refusal_are_no_answer(text):
    assert typed("role", f"{text}?") is None
    assert typed("role", f"not {text}") is None
    assert prefilled("role", f"not {text}", "") == []
    assert typed("motivation", f"not {text}") is None


SIGNS = st.sampled_from("-£$€%#/+*=@^&<>\\")


@KEPT
@given(st.integers(0, 999), SIGNS, st.booleans(), st.sampled_from(["", " minutes", " min a day"]))
def test_a_number_with_another_sign_beside_it_is_no_time(number, sign, is_before, unit):
    assert typed("daily_minutes", f"{sign}{number}{unit}" if is_before else f"{number}{sign}{unit}") is None


@KEPT
@given(
    st.sampled_from(
        ["not a {}", "not {}", "no {}", "former {}", "ex-{}", "never a {}", "I am not a {}", "quit being a {}"]
    ),
    st.sampled_from(
        [*SAYINGS["roles"], *(title for bank in banks().values() if bank is not general() for title in bank.titles)]
    ),
)
def test_a_role_that_is_denied_is_neither_known_nor_offered(denied, title):
    text = denied.format(title)
    assert typed("role", text) is None
    assert prefilled("role", text, "") == []
    assert typed("role", title) == title


@KEPT
@given(
    st.sampled_from(["good at {}", "not {}", "skip {}", "{} is fine", "{} are fine", "anything but {}", "no {}"]),
    st.sampled_from([topic.name for topic in role_bank("Backend engineer").topics]),
)
def test_what_one_is_good_at_is_no_weak_spot(said, topic):
    text = said.format(topic)
    assert typed("weaknesses", text) is None
    assert prefilled("weaknesses", text, "Backend engineer") == []


@KEPT
@given(
    st.lists(st.sampled_from([topic.name for topic in role_bank("Nurse").topics]), min_size=1, max_size=5, unique=True)
)
def test_weak_spots_on_lines_of_their_own_stay_apart(topics):
    assert prefilled("weaknesses", "\n".join(topics), "Nurse") == topics
    assert list(spots_of("; ".join(topics), role_bank("Nurse")).values()) == topics


@KEPT
@given(st.lists(said_by_anyone, min_size=2, max_size=8))
def test_no_refusal_comes_twice_in_a_row(texts):
    known, lines = dict(NOTHING), []
    for text in texts:
        lines.append({"author": "candidate", "text": text})
        said = talk(
            text, known=known, allowed=("ask", "suggest_plan") if all(known.values()) else ("ask",), lines=lines
        )
        if lines[:-1] and not remark(text) and not any(said["known"].values()) and said["action"] == "ask":
            assert said["reply"] != lines[-2]["text"]
        known |= {name: value for name, value in said["known"].items() if value}
        lines.append({"author": "coach", "text": said["reply"]})


@KEPT
@given(st.sampled_from([one for one in HARM if " " in one]), said_by_anyone, st.sampled_from(STATES), st.booleans())
def test_nothing_said_beside_it_drowns_a_word_of_harm(harm, beside, state, is_before):
    said = talk(f"{beside}. {harm}" if is_before else f"{harm}. {beside}", **state)
    assert said["reply"] == CARE["say"]
    assert said["known"] == NO_NEWS
