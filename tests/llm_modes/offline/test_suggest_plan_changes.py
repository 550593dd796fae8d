"""The offline coach changes a plan as it was asked to, says truly why, and says what it cannot do."""

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coach.candidate_text import one_line
from llm_modes.language.words import count_words
from llm_modes.offline.changing import as_asked, changed, energy
from llm_modes.offline.sayings import sayings
from llm_modes.offline.wishes import Wish, read_wishes, written
from llm_modes.suggest_plan.plan import Topic, key, rules_broken_by, total
from llm_modes.suggest_plan_changes.differences import differences
from tests.llm_modes.offline.asking import ask

DATA = sayings("suggest_plan_changes")
PLAN = {"System design": 20, "Databases": 15, "Algorithms": 10}
TABLE_OF_PLAN = [*PLAN, "Clear, brief answers", "C++: the hard parts", "More from less", "Go"]


def change(*feedback, trigger="chat", progress=(), minutes=45, plan=PLAN, motivation=""):
    topics = [
        {"name": name, "daily_study_minutes": each, "priority": rank, "description": f"Practise {name}."}
        for rank, (name, each) in enumerate(plan.items(), start=1)
    ]
    return ask(
        "suggest_plan_changes",
        role="Senior backend engineer",
        context="",
        daily_minutes=minutes,
        time_horizon_weeks=4,
        plan=topics,
        progress=list(progress),
        feedback=list(feedback),
        trigger=trigger,
        motivation=motivation,
    )


def minutes_of(suggestion):
    return {topic["name"]: topic["daily_study_minutes"] for topic in suggestion["plan_topics"]}


def kinds(suggestion):
    return {(entry["topic"], entry["change"]) for entry in suggestion["changes"]}


def reasons(suggestion):
    return {entry["topic"]: entry["reason"] for entry in suggestion["changes"]}


def rationale(suggestion):
    return suggestion["plan_overview"]["rationale"]


def progress(topic, strength, sessions, trend="steady"):
    return {
        "topic": topic, "strength_rating": strength, "minutes_spent": 60, "sessions": sessions, "trend": trend,
    }  # fmt: skip


# --- what is read ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "wishes"),
    [
        # As the page writes them.
        ("System design: 20 minutes a day", [Wish("minutes", "System design", 20)]),
        ("Drop Databases", [Wish("drop", "Databases")]),
        ("Add Salary talk: 10 minutes a day", [Wish("add", "Salary talk", 10)]),
        ("Algorithms first", [Wish("first", "Algorithms")]),
        ("C++: the hard parts: 20 minutes a day", [Wish("minutes", "C++: the hard parts", 20)]),
        ("Drop Clear, brief answers: it holds by now.", [Wish("drop", "Clear, brief answers")]),
        ("Leave out System design for now: I am stuck with it.", [Wish("drop", "System design")]),
        ("Less time for More from less: I am stuck with it.", [Wish("less", "More from less")]),
        ("Make it 35 minutes a day in total: that is what I do.", [Wish("total", "", 35)]),
        ("I have 45 minutes a day in total now.", [Wish("total", "", 45)]),
        # As people type them.
        ("more system design please", [Wish("more", "System design")]),
        ("More time on databases please.", [Wish("more", "Databases")]),
        ("more time for the databases", [Wish("more", "Databases")]),
        ("10 minutes more for System design", [Wish("more", "System design", 10)]),
        ("less on system design and more on algorithms", [Wish("less", "System design"), Wish("more", "Algorithms")]),
        ("drop databases and algorithms", [Wish("drop", "Databases"), Wish("drop", "Algorithms")]),
        ("no algorithms please", [Wish("drop", "Algorithms")]),
        ("remove databases, then add Graph puzzles", [Wish("drop", "Databases"), Wish("add", "Graph puzzles")]),
        ("add a topic on negotiation", [Wish("add", "Negotiation")]),
        ("add upset customers", [Wish("add", "Upset customers")]),
        ("add salary talk, yoga and Go", [Wish("add", "Salary talk"), Wish("add", "Yoga"), Wish("add", "Go")]),
        ("put algorithms first", [Wish("first", "Algorithms")]),
        ("30 minutes in total", [Wish("total", "", 30)]),
        ("databases 20m and algorithms 15 mins", [Wish("minutes", "Databases", 20), Wish("minutes", "Algorithms", 15)]),
        ("Hello! drop databases. Thanks!", [Wish("drop", "Databases")]),
        ("drop databases and more algorithms, thanks", [Wish("drop", "Databases"), Wish("more", "Algorithms")]),
        ("No. More databases.", [Wish("more", "Databases")]),
    ],
)  # fmt: skip
def test_a_wish_is_read_as_the_page_and_as_people_write_it(said, wishes):
    assert read_wishes(said, TABLE_OF_PLAN) == wishes


@pytest.mark.parametrize(
    "said",
    [
        "please add those", "add it", "add something", "add more", "add five topics about all that I told you before",
        "every second week", "not more databases", "don't drop databases", "no more databases", "nothing on databases",
        "should I add databases?", "could we do 5 more minutes of databases?", "why algorithms?", "what is Go?",
        "more time", "more help", "more of everything", "two topics are enough", "I don't have more time on databases",
        "databases, I think, are hard", "give 5 minutes from system design to algorithms", "I have 20 minutes a day.",
        "Leave it as it is: I declined 'more time' for Databases.", "About Databases, in my words: more databases",
        "more design", "more database", "20 minutes for databases and algorithms",
        "I like databases more than algorithms", "high motivation, interview in 9 days", "drop databases unless I ask",
        "databases 99999 minutes", "blue elephants", "", "\n;;..,", "10",
        "thanks (The coach had said: Say\n\"drop Databases\".)",
    ],
)  # fmt: skip
def test_what_is_no_wish_or_not_read_whole_is_not_carried_out(said):
    assert read_wishes(said, TABLE_OF_PLAN) == []
    suggestion = change(said)
    assert suggestion["changes"] == []
    if said.strip(" \n.,;"):
        assert "I am a set of rules and found no change in “" in rationale(suggestion)
        assert "the form" in rationale(suggestion)


@pytest.mark.parametrize(("kind", "form"), [(kind, form) for kind, forms in DATA["forms"].items() for form in forms])
def test_each_form_reads_its_own_example_and_leaves_a_clean_name(kind, form):
    topic = "" if kind == "total" else "Salary talk" if kind == "add" else "Databases"
    said = " ".join({"{topic}": topic.lower(), "#": "15"}.get(word, word) for word in form.split())
    for beside in ("{}", "please {}", "{} please", "{}, and more algorithms"):
        read = read_wishes(beside.format(said), list(PLAN))
        assert read[:1] == [Wish(kind, topic, 15 if "#" in form else None)], beside
        assert read[1:] in ([], [Wish("more", "Algorithms")])


NAMES_OF_ALL_KINDS = [
    "C++", "C++ 20", "20 minutes", "Topic choice", "Saying no, politely", "Drop", "Add", "A day", "Minutes", "More",
    "And", "First", "Me, you and it", "Say “no”", 'Say "no"', "“”", "Children’s safety", "O'Brien's law", "谈判技巧",
    "Обсуждение", "Why?", "Q. And A.", "a; b", "(odd)", "10", "x: 20", "Total", "{0}", "**bold**", "Salary talk",
    "مصاحبه‌های شغلی",
]  # fmt: skip
any_name = st.sampled_from(NAMES_OF_ALL_KINDS) | st.text(
    st.characters(exclude_categories=("Cs", "Cc", "Co", "Cn")), min_size=1, max_size=30
).map(one_line)
any_names = st.lists(any_name.filter(key), min_size=2, max_size=8, unique_by=key)


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(any_names, st.lists(any_name.filter(key), max_size=2, unique_by=key), st.data())
def test_what_a_page_writes_is_read_back_whatever_a_topic_is_called(names, new, data):
    kinds = data.draw(st.lists(st.sampled_from(["drop", "minutes"]), min_size=len(names), max_size=len(names)))
    wishes = [Wish(kind, name, 15 if kind == "minutes" else None) for kind, name in zip(kinds, names, strict=True)] + [
        Wish("add", name, 10) for name in new if count_words(name, leniently=True) <= 3
    ]
    read = read_wishes("\n".join(map(written, wishes)), names)
    assert [(wish.kind, key(wish.topic), wish.minutes) for wish in read] == [
        (wish.kind, key(wish.topic), wish.minutes) for wish in wishes
    ]
    assert {wish.topic for wish in read if wish.kind != "add"} <= set(names)


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("add storytelling with 10 minutes", "Storytelling"),
        ("add storytelling for 10 minutes a day", "Storytelling"),
        ("add python 3", "Python 3"),
        ("add also storytelling", "Storytelling"),
        ("add storytelling again", "Storytelling"),
        ("add storytelling to my plan please", "Storytelling"),
        ("add “how to begin”", "how to begin"),
        ("add SQL 2 10 minutes", "SQL 2"),
    ],
)
def test_a_new_name_is_clean(said, name):
    assert [(wish.kind, wish.topic) for wish in read_wishes(said, list(PLAN))] == [("add", name)]


@pytest.mark.parametrize(
    "name",
    [
        "with", "storytelling on", "stories about the", "10 stories", "3", "both", "whatever",
        "the same", "the other one", "him", "everyone", "Sundays and", "me", "new ones", "harder questions",
        "my stories", "a question", "monday",
        "two stories", "“a name of too many words”", "“ ”",
    ],
)  # fmt: skip
def test_what_is_no_clean_name_adds_nothing(name):
    assert read_wishes(f"add {name}", list(PLAN)) == []


def test_a_topic_that_is_there_already_is_said_to_be():
    for said in ("add databases", "add the databases topic", "add Databases again", "add “databases”"):
        assert "Databases is in your plan already." in rationale(change(said))
    for said in ("drop handling conflict", "Handling conflict first", "more handling conflict", "drop “Zumba”"):
        assert "is not in your plan." in rationale(change(said))


@pytest.mark.parametrize(
    "said",
    [
        "more databases because it is weak, and drop algorithms",
        "Drop databases: I know it, and it bores me, more algorithms",
        "drop databases. And I would like something about payroll law",
        "drop databases\nWhat if I drop it?",
        "drop databases and I would like payroll law",
        "My boss said: drop databases",
        "drop databases. " * 300,
    ],
)
def test_no_half_of_a_message_is_carried_out_while_the_other_is_lost(said):
    assert read_wishes(said, list(PLAN)) == []
    assert "found no change in “" in rationale(change(said))


def test_a_name_is_read_as_a_whole_only():
    plan = {"Medication safety": 15, "Patient safety": 10, "Section 8": 10}
    for said in ("drop safety", "more 8", "drop 8", "8 first", "8 20 minutes"):
        assert read_wishes(said, list(plan)) == []


WORDS = "more less add drop no not first second system design databases algorithms 10 minutes a day in total please"


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.lists(st.sampled_from([*WORDS.split(), "and", "those", "it", ",", ".", "?", "Zumba", "I", "topics"]), max_size=9)
)
def test_no_topic_or_number_comes_from_anywhere_but_the_words(said):
    text = " ".join(said)
    for wish in read_wishes(text, list(PLAN)):
        assert wish.minutes is None or str(wish.minutes) in said
        assert not wish.topic or wish.topic in PLAN or wish.topic.lower() in text.lower()
        assert {"those", "it", "topics", "more"}.isdisjoint(wish.topic.lower().split())
        assert wish.kind != "more" or "more" in said
        assert wish.kind != "less" or "less" in said


# --- what is carried out ---------------------------------------------------------------------------------------------


def test_more_of_a_topic_takes_from_the_largest_that_nobody_asked_for():
    suggestion = change("more algorithms please")
    assert minutes_of(suggestion) == {"System design": 15, "Databases": 15, "Algorithms": 15}
    assert reasons(suggestion)["System design"] == "5 minutes less, to fit Algorithms into 45 minutes a day."
    assert rationale(suggestion).endswith("The plan would take 45 of your 45 minutes a day.")


def test_more_of_a_topic_grows_the_day_while_there_is_time_and_says_what_is_beyond_the_energy():
    suggestion = change("more system design", minutes=60, motivation="low")
    assert minutes_of(suggestion) == {**PLAN, "System design": 25}
    assert "That is 50 minutes a day. With low energy I would plan 45." in rationale(suggestion)


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("System design: 40 minutes a day", "the plan would take 50, and it has 45."),
        ("drop databases and algorithms", "Algorithms stays: a plan has at least two topics."),
        ("add databases", "Databases is in your plan already."),
        (
            "Databases: 3 minutes a day",
            "Databases cannot take 3 minutes a day: a topic takes at least 5.",
        ),
        ("add Salary talk: 3 minutes", "Salary talk cannot take 3 minutes a day: a topic takes at least 5."),
        ("Databases: 500 minutes a day", "the plan would take 510, and it has 45."),
        ("90 minutes in total", "The plan cannot take 90 minutes a day: you have 45. Change your time first."),
        ("5 minutes in total", "The plan cannot take 5 minutes a day: with what you want of its topics it takes 10."),
    ],
)
def test_what_cannot_be_done_is_said_with_why(said, why):
    suggestion = change(said)
    assert why in rationale(suggestion)
    assert minutes_of(suggestion) in (PLAN, {"System design": 20, "Algorithms": 10})


def test_a_ninth_topic_needs_another_one_to_go():
    plan = {f"Topic number {n}": 5 for n in range(8)}
    assert "at most eight topics. Drop one first." in rationale(change("add Zumba", plan=plan))
    assert "Zumba" in minutes_of(change("add Zumba, drop Topic number 3", plan=plan))
    assert list(minutes_of(change("drop A, add Zumba", plan={"A": 5, "B": 5}))) == ["B", "Zumba"]


def test_a_topic_that_has_the_least_and_nothing_to_take_from_say_so():
    plan = {"Databases": 5, "Algorithms": 5}
    assert "Databases has 5 minutes a day, the least that a topic takes." in rationale(
        change("less databases", plan=plan)
    )
    suggestion = change("more databases", plan=plan, minutes=10)
    assert suggestion["changes"] == []
    assert "the plan would take 15, and it has 10" in rationale(suggestion)


def test_the_pages_lines_are_carried_out_to_the_minute():
    suggestion = change("System design: 10 minutes a day\nDrop Databases\nAdd Salary talk: 15 minutes a day")
    assert minutes_of(suggestion) == {"System design": 10, "Algorithms": 10, "Salary talk": 15}
    assert reasons(suggestion)["System design"] == "You asked for 10 minutes a day."
    assert change("Add Salary talk: 15 minutes a day", plan={**PLAN, "Salary talk": 15}, minutes=60)["changes"] == []


def test_a_topic_of_the_bank_comes_with_its_texts_and_one_of_ones_own_in_ones_own_words():
    told = change("add Handling conflict and Underwater welding", minutes=120)["plan_topics"]
    assert [topic["name"] for topic in told[3:]] == ["Handling conflict", "Underwater welding"]
    assert told[3]["description"] != told[4]["description"] == "Practise what you named: Underwater welding."


def test_a_topic_that_comes_first_moves_the_others_down():
    suggestion = change("Algorithms first")
    assert list(minutes_of(suggestion)) == ["Algorithms", "System design", "Databases"]
    assert reasons(suggestion)["Algorithms"] == reasons(suggestion)["Databases"]
    assert reasons(suggestion)["Databases"] == "Algorithms comes first now, as you asked."


def test_a_total_with_no_room_for_all_topics_leaves_out_the_last():
    suggestion = change("10 minutes in total")
    assert minutes_of(suggestion) == {"System design": 5, "Databases": 5}
    assert "10 minutes a day have no room for it" in reasons(suggestion)["Algorithms"]


def test_a_plan_fits_the_time_there_is_whatever_was_asked():
    suggestion = change("Algorithms first", minutes=30)
    assert sum(minutes_of(suggestion).values()) == 30
    assert "Your plan took 45 minutes a day, and you have 30." in rationale(suggestion)


def test_of_a_plan_that_is_too_long_what_is_dropped_goes_before_the_rest_gets_less():
    suggestion = change("drop databases", minutes=20)
    assert minutes_of(suggestion) == {"System design": 10, "Algorithms": 10}
    assert "stays" not in rationale(suggestion)


def test_what_is_to_be_kept_does_not_go_for_what_is_to_be_dropped():
    assert minutes_of(change("drop databases and algorithms", minutes=20)) == {"System design": 10, "Algorithms": 10}
    swapped = change("drop databases, drop algorithms, add Zumba", minutes=20)
    assert list(minutes_of(swapped)) == ["System design", "Zumba"]


def test_of_what_was_said_before_the_oldest_is_left_out_first():
    suggestion = change("more system design", "more databases", "more algorithms")
    assert minutes_of(suggestion) == {"System design": 10, "Databases": 20, "Algorithms": 15}
    assert DATA["notes"]["left_out"] in rationale(suggestion)


@pytest.mark.parametrize("said", ["Databases -5", "databases: -5 minutes", "add salary talk: 10", "add salary talk 10"])
def test_a_number_that_may_mean_something_else_is_neither_minutes_nor_a_name(said):
    assert read_wishes(said, list(PLAN)) == []
    assert read_wishes("Databases - 5", list(PLAN)) == [Wish("minutes", "Databases", 5)]
    assert read_wishes("add Python 3", list(PLAN)) == [Wish("add", "Python 3")]


@pytest.mark.parametrize("said", ["start with databases then system design", "databases and algorithms first"])
def test_of_several_topics_none_comes_first(said):
    assert read_wishes(said, list(PLAN)) == []


NAMES = [
    "System design",
    "Databases",
    "Algorithms",
    "Handling conflict",
    "Zumba",
    "Go",
    "Estimation",
    "SQL",
    "Leadership",
]
plans = st.dictionaries(st.sampled_from(NAMES), st.integers(5, 60), min_size=2, max_size=8).map(
    lambda plan: [
        Topic(name=name, daily_study_minutes=each, priority=place) for place, (name, each) in enumerate(plan.items(), 1)
    ]
)
explicit = st.one_of(
    st.builds(Wish, st.just("minutes"), st.sampled_from(NAMES), st.integers(1, 90)),
    st.builds(Wish, st.just("add"), st.sampled_from([*NAMES, "Yoga"]), st.none() | st.integers(1, 60)),
    st.builds(Wish, st.sampled_from(["drop", "first"]), st.sampled_from(NAMES)),
    st.builds(Wish, st.just("total"), minutes=st.integers(5, 300)),
)
in_words = st.builds(
    Wish, st.sampled_from(["more", "less"]), st.sampled_from(NAMES), st.none() | st.sampled_from([5, 10, 15])
)
many = settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))


def carried_out(plan, wishes, spare=0, motivation=""):
    available = max(10, total(plan) + spare)
    return changed(plan, wishes, available=available, motivation=motivation), available


@many
@given(plans, st.lists(explicit | in_words, max_size=6), st.integers(-60, 90), st.sampled_from(["", "low", "high"]))
def test_whatever_is_wished_for_sums_fit_and_every_change_has_a_true_reason(plan, wishes, spare, motivation):
    new, available = carried_out(plan, wishes, spare, motivation)
    assert not rules_broken_by(new.topics, stated=total(new.topics), available=min(available, 480))
    found = differences(plan, new.topics)
    assert [(one.topic, one.change) for one in found] == [(one["topic"], one["change"]) for one in new.changes]
    before = {topic.name: topic.daily_study_minutes for topic in plan}
    after = {topic.name: topic.daily_study_minutes for topic in new.topics}
    gained = {name for name in after if after[name] > before.get(name, 0)}
    for one in new.changes:
        moved = abs(after.get(one["topic"], 0) - before.get(one["topic"], 0))
        true = {moved, after.get(one["topic"]), total(new.topics), available, 5} | {w.minutes for w in wishes}
        assert {int(number) for number in re.findall(r"\d+", one["reason"])} <= true
        named = {name for name in {*before, *after} if re.search(rf"\b{name}\b", one["reason"])}
        if one["change"] == "less_time":
            assert named <= gained - {one["topic"]}
        elif one["change"] == "reprioritised":
            assert named <= {new.topics[0].name}
        else:
            assert not named
    # What grows beyond the time is not done, and what grows beyond the energy is said, with both numbers.
    fitting = energy(min(available, 480), motivation)
    if total(new.topics) > max(total(plan), fitting):
        assert f"That is {total(new.topics)} minutes a day. With low energy I would plan {fitting}." in new.notes


@many
@given(plans, st.lists(explicit | in_words, max_size=6), st.integers(0, 90))
def test_more_is_never_less_and_exact_minutes_are_exact_or_it_says_why_not(plan, wishes, spare):
    new, _ = carried_out(plan, wishes, spare)
    before = {topic.key: topic.daily_study_minutes for topic in plan}
    after = {topic.key: topic.daily_study_minutes for topic in new.topics}
    last = {(wish.kind == "first") or key(wish.topic): wish for wish in wishes}.values()
    for wish in last:
        now, was, why = after.get(key(wish.topic), 0), before.get(key(wish.topic), 0), " ".join(new.notes)
        is_refused = bool(wish.topic) and wish.topic in why
        if Wish("first", wish.topic) in last:
            continue
        match wish.kind:
            case "more":
                assert now > was or is_refused
            case "less":
                assert now < was or is_refused
            case "minutes" | "add":
                assert now == wish.minutes or is_refused or (wish.kind == "add" and wish.minutes is None and now)
            case "drop":
                assert not now or is_refused
            case "total":
                assert total(new.topics) == wish.minutes or f"{wish.minutes}" in why
            case "first":
                assert not now or new.topics[0].key == key(wish.topic)
        if is_refused and wish.kind != "first" and not any(one.kind == "total" for one in last):
            assert now == was


@many
@given(plans, st.lists(explicit | in_words, min_size=1, max_size=9), st.integers(10, 480))
def test_more_is_never_less_in_a_plan_that_is_too_long_either(plan, wishes, available):
    new = changed(plan, wishes, available=available)
    assert not rules_broken_by(new.topics, stated=total(new.topics), available=available)
    before = {topic.key: topic.daily_study_minutes for topic in plan}
    after = {topic.key: topic.daily_study_minutes for topic in new.topics}
    last = {key(wish.topic): wish for wish in wishes if wish.kind != "first" and key(wish.topic) in before}
    growing = [name for name, wish in last.items() if wish.kind == "more"]
    # Only where these alone take more time than there is beside one other topic, something has to give.
    if sum(before[name] for name in growing) + 5 <= available:
        assert all(after.get(name, 0) >= before[name] for name in growing)


@many
@given(plans, explicit | in_words, st.integers(0, 30))
def test_what_is_said_to_be_too_much_is_too_much_with_the_least_for_all_else(plan, wish, spare):
    available = total(plan) + spare
    for why in changed(plan, [wish], available=available).refused:
        if said := re.search(r"cannot get (\d+) minutes a day: .* would take (\d+), and it has (\d+)", why):
            minutes, needed, has = map(int, said.groups())
            others = sum(topic.key != key(wish.topic) for topic in plan)
            assert needed == minutes + 5 * others > has == available


@many
@given(plans, st.lists(st.lists(explicit | in_words, max_size=3), min_size=1, max_size=3), st.integers(0, 60))
def test_what_is_asked_last_is_done_whatever_was_said_before(plan, said, spare):
    lines = ["\n".join(map(in_a_line, wishes)) for wishes in said]
    known = {"available": total(plan) + spare, "motivation": ""}
    last = changed(plan, read_wishes(lines[-1], [topic.name for topic in plan]), **known)
    new = as_asked(plan, lines, **known)
    assert set(new.refused) <= {*last.refused} or not read_wishes(lines[-1], [topic.name for topic in plan])
    assert new.changes or not last.changes


def in_a_line(wish):
    minutes = f": {wish.minutes} minutes a day" if wish.minutes else ""
    forms = {"total": f"{wish.minutes} minutes in total", "first": f"{wish.topic} first"}
    forms |= {"minutes": wish.topic + minutes, "add": f"add {wish.topic}{minutes}"}
    by = f"{wish.minutes} minutes " if wish.minutes else ""
    return forms.get(wish.kind) or f"{by}{wish.kind} {wish.topic}"


NO_WISHES = ["I like it", "payroll law", "because of Zumba", "why not", "those", "not Go"]
in_lines = (in_words | explicit).map(in_a_line) | st.sampled_from(NO_WISHES)


def test_a_new_topic_ends_at_the_comma():
    wishes = read_wishes("add System design, Databases: 10 minutes a day", NAMES)

    assert [(wish.kind, wish.topic, wish.minutes) for wish in wishes] == [
        ("add", "System design", None),
        ("minutes", "Databases", 10),
    ]


@many
@given(
    st.lists(in_lines, min_size=1, max_size=4), st.sampled_from(["\n", ". ", "; ", ", ", " and ", ", and ", ", then "])
)
def test_a_message_is_read_as_all_its_parts_or_as_none(lines, joint):
    alone = [read_wishes(line, NAMES) for line in lines]
    together = [] if [] in alone else list(dict.fromkeys(wish for wishes in alone for wish in wishes))
    assert read_wishes(joint.join(lines), NAMES) == together


@many
@given(plans, st.lists(in_words | explicit, max_size=4), st.integers(0, 60))
def test_who_gives_is_the_largest_that_was_not_asked_for(plan, wishes, spare):
    new, _ = carried_out(plan, wishes, spare)
    named = {key(wish.topic) for wish in wishes}
    after = {topic.key: topic.daily_study_minutes for topic in new.topics}
    if any(wish.kind == "total" for wish in wishes):
        return
    unasked = [topic for topic in plan if topic.key not in named]
    givers = [topic for topic in unasked if after[topic.key] < topic.daily_study_minutes]
    others = [topic for topic in unasked if after[topic.key] == topic.daily_study_minutes]
    assert all(after[topic.key] <= topic.daily_study_minutes for topic in unasked)
    for giver in givers:
        assert all(giver.daily_study_minutes >= other.daily_study_minutes for other in others)


@many
@given(plans, st.lists(explicit, max_size=6), st.integers(0, 90))
def test_explicit_wishes_carried_out_again_change_nothing_more(plan, wishes, spare):
    new, available = carried_out(plan, wishes, spare)
    again = changed(new.topics, wishes, available=available)
    assert again.topics == new.topics
    assert again.changes == []


# --- a review --------------------------------------------------------------------------------------------------------


def test_a_review_shifts_minutes_from_strong_to_weak_and_names_the_evidence():
    suggestion = change(
        trigger="review",
        progress=[
            progress("System design", 8.4, 5), progress("Databases", 6.5, 4), progress("Algorithms", 3.2, 4, "falling"),
        ],
    )  # fmt: skip
    assert minutes_of(suggestion)["Algorithms"] > 10
    assert minutes_of(suggestion)["System design"] < 20
    assert "3.2 of 10 after 4 sessions" in reasons(suggestion)["Algorithms"]
    assert "8.4 of 10 after 5 sessions" in reasons(suggestion)["System design"]


@pytest.mark.parametrize(
    "marks",
    [
        [],
        [progress("System design", 8.4, 1), progress("Algorithms", 3.2, 1)],
        [progress("System design", None, 4), progress("Algorithms", 3.2, 4)],
        [progress("System design", 6.8, 4), progress("Algorithms", 6.1, 4)],
    ],
)
def test_a_review_without_clear_evidence_keeps_the_plan(marks):
    suggestion = change(trigger="review", progress=marks)
    assert suggestion["changes"] == []
    assert "Everything stays as it is" in rationale(suggestion)


@pytest.mark.parametrize(
    "said", ["more Coming back", "could I have a bit more of coming back please", "more time on Coming back"]
)
def test_a_name_is_read_to_its_end_also_where_that_is_a_word_of_wishes(said):
    assert [(one.kind, one.topic) for one in read_wishes(said, ["Medication safety", "Coming back"])] == [
        ("more", "Coming back")
    ]
