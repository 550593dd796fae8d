"""A proposal: written by the coach, beside the plan in force, decided line by line."""

import re
import threading
from dataclasses import replace

import pytest
from django.db import connection, transaction
from django.urls import reverse
from django.utils import timezone

from coach.encryption import sealed
from llm_modes.asking.rows import AskState
from plans import conversation
from plans.journey import plan_version
from plans.models import PlanProposal, PlanTopic
from plans.plan_in_force import topics_in_force
from plans.proposals import asking, deciding
from plans.proposals.change import Change
from plans.proposals.comparison import Edit
from plans.views.proposals import detail
from tests.factories import (
    make_brief,
    make_plan,
    make_progress,
    make_proposal,
    make_review,
    make_session,
    make_user,
    plan_data,
    topic_data,
)
from tests.fake_llm import a_chat_reply, a_plan, a_plan_change, a_reply_to, a_topic, topics_of
from tests.plans.conftest import HTMX

pytestmark = pytest.mark.django_db


def url(name, proposal):
    return reverse(f"plans:{name}", args=[proposal.pk])


def names(user):
    return [(topic.name, topic.daily_study_minutes) for topic in topics_in_force(user)]


def changed_plan(fake_llm=None):
    """More design, less algorithms, no conflict stories, estimation added; in the order of the plan."""
    return a_plan_change(
        a_topic("System design", priority=1, minutes=25),
        a_topic("Algorithms", priority=2, minutes=5),
        a_topic("Estimation", priority=3, minutes=10),
        changes=[
            ("System design", "more_time"),
            ("Algorithms", "less_time"),
            ("Conflict stories", "removed"),
            ("Estimation", "added"),
        ],
    )


@pytest.fixture
def change(alice, fake_llm):
    """A change of Alice's plan, open for her decision. The plan: design 20, conflict 15, algorithms 10 of 45 min."""
    make_plan(alice)
    fake_llm.reply(changed_plan())
    return asking.write(asking.request(alice, feedback=["More design."]))


def decision(proposal, *declined, **fields):
    """The form as the page posts it, with the ticks of these (topic, change) taken away."""
    from plans.proposals.lines import lines_of

    data = {"seen_version": proposal.base_version, "by_line": "True"}
    for place, topic in enumerate(sorted(proposal.topics, key=lambda topic: topic.priority)):
        data |= {
            f"name-{place}": topic.name,
            f"minutes-{place}": topic.daily_study_minutes,
            f"priority-{place}": topic.priority,
        }
    for line in lines_of(proposal):
        if (line.topic, line.change) not in declined:
            data[f"accept-{line.name}"] = "on"
    return {**data, **{name.replace("_", "-"): value for name, value in fields.items()}}


# --- asked for and written -------------------------------------------------------------------------------------------


def test_a_first_plan_needs_the_four_things(client, alice):
    with pytest.raises(asking.NotEnoughKnown):
        asking.request(alice)
    response = client.post(reverse("plans:proposals"), {"feedback": ""})
    assert response["Location"] == reverse("plans:chat")


def test_a_first_plan_is_written_from_what_is_known(client, alice, fake_llm):
    make_brief(alice, weaknesses="estimating", daily_minutes=45)
    proposal = asking.request(alice)
    page = client.get(url("proposal_detail", proposal)).content.decode()
    assert "Get the proposal" in page
    fake_llm.reply(a_plan())
    page = client.post(url("proposal_suggestion", proposal), headers=HTMX).content.decode()
    assert "<html" not in page
    assert 'id="proposal"' in page
    assert 'value="System design"' in page
    assert "Design is where you feel weak" in page
    assert "estimating" in fake_llm.requests[0].user
    assert not topics_in_force(alice)


def test_the_chats_card_shows_the_written_proposal(client, alice, fake_llm):
    make_brief(alice)
    proposal = asking.request(alice)
    fake_llm.reply(a_plan())
    response = client.post(url("proposal_suggestion", proposal) + "?card=1", headers=HTMX)
    page = response.content.decode()
    # An id of its own: the card of an earlier proposal may stand in the same conversation.
    assert f'id="proposal-card-{proposal.pk}"' in page
    assert url("proposal_detail", proposal) in page


def test_a_failed_proposal_says_so_and_can_be_written_again(client, alice, fake_llm):
    make_brief(alice)
    proposal = asking.request(alice)
    fake_llm.fault("wrong_schema")
    fake_llm.fault("wrong_schema")
    response = client.post(url("proposal_suggestion", proposal), headers=HTMX)
    assert response.status_code == 503
    assert "Try again" in response.content.decode()
    assert "Try again" in client.get(url("proposal_detail", proposal)).content.decode()
    fake_llm.reply(a_plan())
    assert client.post(url("proposal_suggestion", proposal)).status_code == 302
    proposal.refresh_from_db()
    assert proposal.status == "open"


@pytest.mark.django_db(transaction=True)
def test_two_tabs_pay_once(client, alice, fake_llm):
    make_brief(alice)
    proposal = asking.request(alice)
    hold = threading.Event()
    fake_llm.reply(a_plan(), hold=hold)

    def write():
        try:
            asking.write(PlanProposal.objects.get(pk=proposal.pk))
        finally:
            connection.close()

    first = threading.Thread(target=write)
    first.start()
    fake_llm.wait_for(1)
    with transaction.atomic():  # asked outside of any transaction: nothing is locked
        PlanProposal.objects.select_for_update(nowait=True).get(pk=proposal.pk)
    page = client.post(url("proposal_suggestion", proposal), headers=HTMX).content.decode()
    assert "Look again" in page
    still = client.post(url("proposal_suggestion", proposal) + "?again=1", headers=HTMX)
    assert (still.status_code, still.content) == (204, b"")
    hold.set()
    first.join(10)
    assert len(fake_llm.requests) == 1
    assert "Approve" in client.get(url("proposal_detail", proposal)).content.decode()


def test_a_newer_wish_replaces_the_one_being_written_and_takes_its_words_along(alice):
    make_plan(alice)
    first = asking.request(alice, feedback=["More design."])
    second = asking.request(alice, feedback=["And no algorithms."])
    first.refresh_from_db()
    assert (first.status, first.ask_state) == ("superseded", AskState.NONE)
    assert second.feedback == ["More design.", "And no algorithms."]


def test_changes_of_a_first_suggestion_rest_on_that_suggestion(client, alice, fake_llm):
    make_brief(alice)
    first = make_proposal(alice)
    fake_llm.reply(changed_plan())
    second = asking.write(asking.request(alice, feedback=["No conflict stories."]))
    first.refresh_from_db()
    assert (first.status, second.status, second.base_version) == ("superseded", "open", 0)
    assert fake_llm.requests[0].mode == "suggest_plan_changes"
    page = client.get(url("proposal_detail", second)).content.decode()
    assert "Since the last proposal" in page
    assert "Because you asked for it (Estimation)." in page


def test_a_word_of_rejection_goes_into_the_next_suggestion(client, alice, change, fake_llm):
    page = client.post(url("proposal_rejection", change), {"reason": "Too little time for stories."}, follow=True).text
    assert "the coach will remember what you said" in page
    change.refresh_from_db()
    assert (change.status, change.rejection_reason) == ("rejected", "Too little time for stories.")
    fake_llm.reply(changed_plan())
    asking.write(asking.request(alice, feedback=["Try again."]))
    assert "Too little time for stories." in fake_llm.requests[-1].user
    assert plan_version(alice) == 1
    silent = alice.proposals.get(status="open")
    page = client.post(url("proposal_rejection", silent), {"reason": " "}, follow=True).text
    assert "Rejected. The plan stays as it is." in page
    assert "what you said" not in page


def test_nothing_to_change_is_said_and_needs_no_click(client, alice, fake_llm):
    make_plan(alice)
    same = [topic.as_json() for topic in plan_data()]
    fake_llm.reply(a_plan_change(*same, rationale="The plan fits as it is."))
    proposal = asking.write(asking.request(alice, feedback=["Is it good?"]))
    assert proposal.status == "kept"
    page = client.get(url("proposal_detail", proposal)).content.decode()
    assert "Nothing to change" in page
    assert "The plan fits as it is." in page
    assert "Approve" not in page


def test_an_unexplained_change_cannot_reach_the_candidate(alice, fake_llm):
    make_plan(alice)
    invented = a_plan_change(a_topic("Trivia", minutes=20), a_topic("Small talk", priority=2, minutes=10), changes=[])
    fake_llm.reply(invented)
    fake_llm.reply(invented)
    proposal = asking.write(asking.request(alice, feedback=["Surprise me."]))
    assert (proposal.status, proposal.ask_failure) == ("waiting", "invalid_reply")
    assert len(fake_llm.requests) == 2


# --- while no plan is in force ---------------------------------------------------------------------------------------


@pytest.fixture
def rejected(client, alice):
    """A first suggestion that Alice has rejected without a word."""
    make_brief(alice)
    proposal = make_proposal(alice)
    page = client.post(url("proposal_rejection", proposal), {"reason": ""}, follow=True).text
    assert "There is no plan yet" in page
    assert "The plan stays as it is" not in page
    return proposal


def written(client):
    """The page after "Write my plan" has been pressed, and the coach asked."""
    asked_for = client.post(reverse("plans:proposals"), {"feedback": ""})["Location"]
    client.post(f"{asked_for}suggestion/")
    return client.get(asked_for).text


def test_after_a_rejection_the_next_plan_can_be_approved_though_the_coach_would_change_nothing(
    client, alice, rejected, fake_llm
):
    assert "Write another plan" in client.get(url("proposal_detail", rejected)).text
    fake_llm.always(a_reply_to)
    page = written(client)
    assert "Approve" in page
    assert "The coach would keep" not in page


def test_a_rejected_plan_is_told_as_such_and_never_as_the_plan(client, alice, rejected, fake_llm):
    fake_llm.always(a_reply_to)
    asking.write(asking.request(alice, feedback=["No algorithms, please."]))
    asked = fake_llm.requests[-1]
    assert asked.mode == "suggest_plan"
    assert "Conflict stories: 15 min/day" in asked.user.partition("<rejected_plan>")[2]
    assert "No algorithms, please." in asked.user.partition("<wishes>")[2]


def test_a_suggestion_rejected_while_its_change_was_to_be_written_is_not_changed_but_replaced(alice, fake_llm):
    make_brief(alice)
    first = make_proposal(alice)
    second = asking.request(alice, feedback=["More design."])
    deciding.reject(alice, first, reason="I teach.")
    fake_llm.always(a_reply_to)
    assert asking.write(second).status == "open"
    assert (fake_llm.requests[-1].mode, "I teach." in fake_llm.requests[-1].user) == ("suggest_plan", True)


def test_a_suggestion_rejected_at_the_very_moment_leaves_its_change_unasked_and_the_page_says_why(
    client, alice, fake_llm
):
    make_brief(alice)
    first = make_proposal(alice)
    second = asking.request(alice, feedback=["More design."])

    to_reject = [first]

    def rejected_at_the_claim(execute, sql, *more):
        if sql.startswith("UPDATE") and "ask_lease_until" in sql and to_reject:
            deciding.reject(alice, to_reject.pop())
        return execute(sql, *more)

    with connection.execute_wrapper(rejected_at_the_claim):
        answer = client.post(url("proposal_suggestion", second), headers=HTMX)
    assert (answer.status_code, fake_llm.requests) == (409, [])
    assert "has changed meanwhile, so the coach was not asked" in answer.text
    fake_llm.always(a_reply_to)
    client.post(url("proposal_suggestion", second))
    assert [request.mode for request in fake_llm.requests] == ["suggest_plan"]


def test_a_wish_for_a_suggestion_that_was_approved_meanwhile_is_one_for_the_plan(client, alice, fake_llm):
    make_brief(alice)
    first = make_proposal(alice)
    second = asking.request(alice, feedback=["More design."])
    deciding.approve(alice, first, accepted=["added-0", "added-1"])
    review = make_proposal(alice, source="review", base_version=1, base_topics=topics_in_force(alice))
    fake_llm.always(a_reply_to)
    asking.write(second)
    assert [one.name for one in topics_of(fake_llm.requests[-1])] == ["System design", "Conflict stories"]
    assert "The coach would keep the plan as it is" in client.get(url("proposal_detail", second)).text
    review.refresh_from_db()
    assert review.status == "open"


def test_a_wish_that_changes_nothing_leaves_a_suggestion_to_approve(client, alice, fake_llm):
    make_brief(alice)
    first = make_proposal(alice)
    fake_llm.always(a_reply_to)
    second = asking.write(asking.request(alice, feedback=["Is it good?"]))
    first.refresh_from_db()
    assert (first.status, second.status) == ("superseded", "open")
    assert "Approve" in client.get(url("proposal_detail", second)).text


def test_the_offline_coach_says_that_it_suggests_the_same_again(client, alice):
    make_brief(alice)
    first = asking.write(asking.request(alice))
    deciding.reject(alice, first)
    page = written(client)
    assert "This is what I suggested before" in page
    assert "Approve" in page

    wish = ["add medication: 5 minutes"]
    deciding.reject(alice, asking.write(asking.request(alice, feedback=wish)))
    again = asking.write(asking.request(alice, feedback=wish))
    assert "Medication" in [topic.name for topic in again.topics]
    assert "This is what I suggested before" in again.overview["rationale"]


def test_no_wish_for_a_first_plan_is_forgotten_however_often_one_is_rejected(client, alice, rejected, fake_llm):
    fake_llm.always(a_reply_to)
    client.post(reverse("plans:proposals"), {"feedback": "No algorithms, please."})
    second = asking.write(alice.proposals.get(status="waiting"))
    deciding.reject(alice, second, reason="Too dry.")
    conversation.answer(conversation.say(alice, "Something with people."))  # the coach only asks on
    written(client)
    wishes = fake_llm.requests[-1].user.partition("<wishes>")[2].partition("</wishes>")[0].split("\n")[1:-1]
    assert wishes == ["- No algorithms, please.", "- Too dry.", "- Something with people."]


@pytest.mark.parametrize(
    ("wish", "topic", "is_in"),
    [("Drop algorithms.", "Algorithms", False), ("Add salary talk", "Salary talk", True)],
)
def test_the_offline_coach_takes_a_wish_in_the_chat_after_a_rejection(alice, wish, topic, is_in):
    make_brief(alice)
    deciding.reject(alice, asking.write(conversation.ask_for_proposal(alice)))
    conversation.answer(conversation.say(alice, wish))
    then = asking.write(alice.proposals.get(status="waiting"))
    assert (topic in [one.name for one in then.topics]) is is_in
    assert "found no change" not in then.overview["rationale"]


def test_the_offline_coach_takes_yes_for_no_wish(alice):
    make_brief(alice)
    first = asking.write(conversation.ask_for_proposal(alice))
    deciding.reject(alice, first)
    for text in ("Hm.", "Yes, write it."):
        conversation.answer(conversation.say(alice, text))
    then = asking.write(alice.proposals.get(status="waiting"))
    assert "The coach had said" not in then.overview["rationale"]
    assert "Yes, write it" not in then.overview["rationale"]


@pytest.mark.parametrize("status", ["kept", "rejected", "superseded"])
def test_what_was_decided_before_there_is_a_plan_leads_to_one(client, alice, status):
    make_brief(alice)
    page = client.get(url("proposal_detail", make_proposal(alice, status=status))).text
    assert "Write another plan" in page
    assert "keep the plan" not in page
    assert "Nothing to change" not in page


def test_a_wish_for_an_open_suggestion_counts_though_not_all_is_known(client, alice, fake_llm):
    make_proposal(alice)  # asked for by a program, which has to know less
    fake_llm.reply(a_chat_reply(action="suggest_changes"))
    conversation.answer(conversation.say(alice, "More time for the conflict stories, please."))
    assert PlanProposal.objects.get(status="waiting").feedback == ["More time for the conflict stories, please."]


def test_a_plan_can_be_had_before_all_is_known(client, alice, fake_llm):
    page = client.get(reverse("plans:plan")).text
    assert "Write a plan with what you know" in page
    fake_llm.always(a_reply_to)
    response = client.post(reverse("plans:proposals"), {"assume": "on"})
    client.post(response["Location"] + "suggestion/")
    assert "Approve" in client.get(response["Location"]).text


def test_a_suggestion_that_no_longer_fits_the_time_says_so_with_one_click_to_another(client, alice):
    make_brief(alice, daily_minutes=20)
    page = client.get(url("proposal_detail", make_proposal(alice))).text
    assert "It takes 45 minutes a day, and you have 20." in page
    assert "Ask for a plan that fits" in page


# --- beside the plan in force ----------------------------------------------------------------------------------------


def test_every_change_is_shown_with_its_reason_and_totals(client, alice, change):
    page = client.get(url("proposal_detail", change)).content.decode()
    for line in change.changes:
        assert line.reason in page
    assert "20 → 25 minutes a day" in page
    assert 'data-label="Now">45<' in page  # the totals before and after, and the time there is
    assert 'data-label="Minutes">40 <' in page
    assert "of 45" in page


def test_approving_all_of_it_makes_it_the_plan(client, alice, change):
    response = client.post(url("proposal_approval", change), decision(change))
    assert response["Location"] == reverse("plans:plan")
    assert names(alice) == [("System design", 25), ("Algorithms", 5), ("Estimation", 10)]
    change.refresh_from_db()
    assert (change.status, change.version) == ("approved", 2)


def test_lines_can_be_declined(client, alice, change):
    left = [("Conflict stories", "removed"), ("Estimation", "added"), ("System design", "more_time")]
    client.post(url("proposal_approval", change), decision(change, *left))
    assert names(alice) == [("System design", 20), ("Conflict stories", 15), ("Algorithms", 5)]
    change.refresh_from_db()
    assert {line.topic for line in change.declined} == {"Conflict stories", "Estimation", "System design"}
    [taken] = change.changes
    assert (taken.topic, taken.change) == ("Algorithms", "less_time")
    assert taken.reason == "Because you asked for it (Algorithms)."


def test_declined_lines_go_into_the_next_suggestion(client, alice, change, fake_llm):
    client.post(url("proposal_approval", change), decision(change, ("Estimation", "added")))
    fake_llm.always(changed_plan())
    asking.write(asking.request(alice, feedback=["Something else."]))
    assert "I declined 'added' for Estimation" in fake_llm.requests[-1].user


def test_what_was_wrong_with_a_first_plan_is_settled_by_the_one_approved(alice, fake_llm):
    make_proposal(alice, status="rejected", rejection_reason="too little about the gap", decided_at=timezone.now())
    make_plan(alice)
    make_proposal(alice, status="rejected", base_version=1, rejection_reason="not now", decided_at=timezone.now())
    fake_llm.always(changed_plan())
    asking.write(asking.request(alice, feedback=["Something else."]))
    assert "not now" in fake_llm.requests[-1].user
    assert "the gap" not in fake_llm.requests[-1].user


def test_what_was_declined_is_told_wherever_its_reasons_stand(client, alice, change):
    """The coach's reasons speak of all that it proposed."""
    client.post(url("proposal_approval", change), decision(change, ("Estimation", "added")))
    assert "→" in client.get(url("proposal_detail", change)).text  # "20 → 15 minutes a day", as before deciding
    history = client.get(reverse("plans:proposals")).text
    assert "Declined by you: <span" in history
    assert re.search(r'Estimation</span> <span class="badge">added\s*</span></p>', history)
    make_review(alice, proposal=change, ask_state="done")
    page = client.get(reverse("plans:review")).text
    assert re.search(r"It made a proposal: agreed on \d+ \w+, without what you declined", page)


def test_declining_every_line_leaves_the_plan_as_it_is(client, alice, change):
    every = [(line.topic, line.change) for line in change.changes]
    client.post(url("proposal_approval", change), decision(change, *every))
    change.refresh_from_db()
    assert (change.status, change.version) == ("rejected", None)
    assert plan_version(alice) == 1


def test_lines_that_hang_together_by_their_minutes_are_explained(client, alice, change):
    data = decision(change, ("Conflict stories", "removed"), ("Algorithms", "less_time"))
    response = client.post(url("proposal_approval", change), data)
    page = response.content.decode()
    assert response.status_code == 422
    assert "Together these are 60 minutes a day, and you have 45." in page
    assert "was to come from Algorithms, Conflict stories" in page
    assert re.search(r"Together, as ticked and typed</th>.*?>60 <span", page, re.DOTALL)
    assert plan_version(alice) == 1


def test_numbers_and_names_can_be_edited_before_approving(client, alice, change):
    data = decision(change, name_0="Designing systems", minutes_2="15", priority_2="1")
    client.post(url("proposal_approval", change), data)
    assert names(alice) == [("Estimation", 15), ("Designing systems", 25), ("Algorithms", 5)]
    change.refresh_from_db()
    reasons = {(line.topic, line.change): line.reason for line in change.changes}
    assert reasons["Designing systems", "reworded"] == "You changed this yourself."
    assert all(line.reason for line in change.changes)


OWN = {"own_name_0": "Night shifts", "own_minutes_0": "5", "own_description_0": "Why I like them."}


def test_a_topic_of_ones_own_can_be_added_to_a_proposal(client, alice, change):
    assert 'name="own-name-0"' in client.get(url("proposal_detail", change)).text
    client.post(url("proposal_approval", change), decision(change, **OWN, own_priority_0="2"))
    assert names(alice) == [("System design", 25), ("Night shifts", 5), ("Algorithms", 5), ("Estimation", 10)]
    change.refresh_from_db()
    added = {line.topic: line.reason for line in change.changes if line.change == "added"}
    assert added["Night shifts"] == "You changed this yourself."
    assert change.topics[1].description == "Why I like them."


def test_a_topic_can_be_added_to_a_first_plan_and_comes_last(client, alice):
    make_brief(alice, daily_minutes=60)
    proposal = make_proposal(alice)
    client.post(url("proposal_approval", proposal), decision(proposal, **OWN))
    assert names(alice)[-1] == ("Night shifts", 5)


def test_another_row_is_given_without_a_script_and_nothing_is_decided(client, alice, change):
    data = {**decision(change, **OWN), "own-rows": "1", "add-row": "on"}
    page = client.post(url("proposal_approval", change), data).text
    assert 'value="Night shifts"' in page
    assert 'name="own-name-1"' in page
    assert 'data-label="Minutes">45 <' in page  # 40 as proposed, and 5 of one's own
    assert plan_version(alice) == 1
    half = client.post(url("proposal_approval", change), {**data, "own-minutes-0": ""})
    assert half.status_code == 200
    assert "Nothing was approved yet" not in half.text
    assert "Give your topic minutes a day." not in half.text
    two = {**data, "own-rows": "2", "own-name-1": "Small talk", "own-minutes-1": "5"}
    two.pop("add-row")
    response = client.post(url("proposal_approval", change), two)
    assert response.status_code == 422  # 50 of 45 minutes
    assert 'value="Small talk"' in response.text
    client.post(url("proposal_approval", change), {**two, "minutes-0": "20"})
    assert names(alice)[-2:] == [("Night shifts", 5), ("Small talk", 5)]


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"own_minutes_0": "5"}, "Give your topic a name."),
        ({"own_name_0": "Night shifts"}, "Give your topic minutes a day."),
        ({**OWN, "own_name_0": "ALGORITHMS"}, "Two topics have the same name"),
        ({**OWN, "own_minutes_0": "30"}, "Together these are 70 minutes a day, and you have 45"),
        ({**OWN, "own_name_0": "Designing very big systems"}, "A name has at most 3 words:"),
    ],
)
def test_an_impossible_topic_of_ones_own_is_refused_and_kept(client, alice, change, fields, sentence):
    response = client.post(url("proposal_approval", change), decision(change, **fields))
    assert response.status_code == 422
    assert sentence in response.text
    assert all(f'value="{value}"' in response.text for value in fields.values())
    assert plan_version(alice) == 1


def test_a_topic_of_ones_own_is_still_there_when_the_plan_has_moved_on(client, alice, change):
    data = decision(change, **OWN, **{"minutes-0": "22", "name-0": "Big systems"})
    deciding.approve_topics(alice, plan_data("System design", "Algorithms"))
    response = client.post(url("proposal_approval", change), data)
    assert response.status_code == 409
    for typed in ("Night shifts", "22", "Big systems"):
        assert f'value="{typed}"' in response.text


def test_a_change_keeps_its_reason_when_its_topic_was_renamed_meanwhile(alice):
    make_plan(alice)
    plan = deciding.approve_topics(alice, plan_data()).topics
    renamed = [replace(topic, name=topic.name.replace("Algorithms", "Puzzles")) for topic in plan]
    clearer = [Change(topic="Puzzles", change="reworded", reason="Clearer.")]
    values = {"source": "review", "base_version": 2, "base_topics": plan}
    base = deciding.approve(alice, make_proposal(alice, **values, topics=renamed, changes=clearer)).topics
    less = [*base[:2], replace(base[2], daily_study_minutes=5)]
    holds = [Change(topic="Puzzles", change="less_time", reason="It holds.")]
    values = {"source": "review", "base_version": 3, "base_topics": base}
    other = make_proposal(alice, **values, topics=less, changes=holds)
    deciding.undo(alice)
    shown = detail(PlanProposal.objects.get(pk=other.pk))["proposal"]
    assert [(line.topic, line.change, line.reason) for line in shown.changes] == [
        ("Algorithms", "less_time", "It holds.")
    ]


def test_the_neighbours_of_a_moved_topic_share_its_reason_and_not_its_evidence(alice):
    plan = make_plan(alice)
    first = Change(
        topic="Algorithms",
        change="reprioritised",
        reason="It is weak.",
        topic_id=plan[2].pk,
        evidence="strength 2 of 10",
    )
    base = topics_in_force(alice)
    moved = [replace(topic, priority=place) for topic, place in zip(base, (2, 3, 1), strict=True)]
    proposal = make_proposal(alice, source="review", base_version=1, base_topics=base, topics=moved, changes=[first])
    approved = deciding.approve(alice, proposal)
    found = {change.topic: (change.reason, change.evidence, change.topic_id) for change in approved.changes}
    assert found == {
        "Algorithms": ("It is weak.", "strength 2 of 10", plan[2].pk),
        "System design": ("It is weak.", "", plan[0].pk),
        "Conflict stories": ("It is weak.", "", plan[1].pk),
    }


def test_a_topic_renamed_meanwhile_keeps_its_new_name_when_a_proposal_words_it_otherwise(client, alice, change):
    def with_description(topics, description):
        return [replace(topic, description=description) for topic in topics]

    client.post(url("proposal_approval", change), decision(change, **{"name-0": "Architecture"}))
    assert names(alice)[0] == ("Architecture", 25)
    base = topics_in_force(alice)
    reworded = [Change(topic=topic.name, change="reworded", reason="Because it is short.") for topic in base]
    review = make_proposal(
        alice,
        source="review",
        base_version=2,
        base_topics=base,
        topics=with_description(base, "Short."),
        changes=reworded,
    )
    deciding.undo(alice)
    shown = detail(PlanProposal.objects.get(pk=review.pk))["proposal"]
    assert {line.reason for line in shown.changes} == {"Because it is short."}
    deciding.approve(alice, review, seen_version=3)
    assert names(alice)[0] == ("System design", 20)


def test_a_renamed_topic_keeps_its_history(client, alice, change):
    topic = PlanTopic.objects.filter(user=alice).in_force()[0]
    make_progress(topic, sessions=7)
    client.post(url("proposal_approval", change), decision(change, name_0="Designing systems"))
    topic.refresh_from_db()
    assert (topic.name, topic.archived_at, topic.progress.sessions) == ("Designing systems", None, 7)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"minutes_0": "400"}, "Together these are 415 minutes a day, and you have 45"),
        ({"minutes_0": "4"}, "give at least 5"),
        ({"minutes_0": "-3"}, "give at least 5"),
        ({"minutes_0": "many"}, "Enter a whole number"),
        ({"minutes_0": "9" * 40}, "give at most 480"),
        ({"name_0": "algorithms"}, "Two topics have the same name"),
        ({"name_0": "n" * 121}, "at most 120 fit"),
        ({"name_0": "Designing very big systems"}, "A name has at most 3 words:"),
        ({"priority_0": "0"}, "give at least 1"),
    ],
)
def test_bad_edits_are_refused_and_kept(client, alice, change, fields, sentence):
    response = client.post(url("proposal_approval", change), decision(change, **fields))
    page = response.content.decode()
    assert response.status_code == 422
    assert sentence in page
    assert f'value="{next(iter(fields.values()))}"' in page
    assert plan_version(alice) == 1


def test_a_name_longer_than_the_coach_may_make_one_stands_until_it_is_typed_anew(client, alice):
    make_brief(alice)
    long = "系统设计与架构以及性能优化和容量规划"
    proposal = make_proposal(alice, topics=plan_data(long, "SQL"))
    typed = decision(proposal, name_1="数据库性能优化与容量规划方法")
    page = client.post(url("proposal_approval", proposal), typed).content.decode()
    assert "A name has at most 3 words:" in page
    assert "A name has at most 3 words." in page
    client.post(url("proposal_approval", proposal), decision(proposal))
    assert [name for name, _minutes in names(alice)] == [long, "SQL"]


def test_a_first_plan_can_be_taken_without_some_topics(client, alice):
    make_brief(alice)
    proposal = make_proposal(alice)
    client.post(url("proposal_approval", proposal), decision(proposal, ("Conflict stories", "added")))
    assert names(alice) == [("System design", 20), ("Algorithms", 10)]
    assert plan_version(alice) == 1


def test_a_plan_of_one_topic_is_refused(client, alice):
    make_brief(alice)
    proposal = make_proposal(alice)
    data = decision(proposal, ("Conflict stories", "added"), ("Algorithms", "added"))
    response = client.post(url("proposal_approval", proposal), data)
    assert response.status_code == 422
    assert "at least 2 topics" in response.content.decode()


def test_a_plan_of_thirty_topics_is_refused(alice):
    make_brief(alice, daily_minutes=480)
    with pytest.raises(deciding.PlanError) as refused:
        deciding.approve_topics(alice, [topic_data(f"Topic {n}", priority=n + 1, minutes=5) for n in range(30)])
    assert len(refused.value.errors) == 1
    assert "topics" in refused.value.errors[0]
    assert not topics_in_force(alice)


# --- versions --------------------------------------------------------------------------------------------------------


def test_approving_twice_changes_nothing_the_second_time(client, alice, change):
    data = decision(change)
    client.post(url("proposal_approval", change), data)
    response = client.post(url("proposal_approval", change), data, follow=True)
    assert "does not wait for your decision" in response.content.decode()
    assert plan_version(alice) == 2
    # Nor is anything said to be approved that is typed in another tab, where it is still open.
    bad = (("proposal_approval", {**data, "name-0": "x" * 500}), ("proposal_rejection", {"reason": "x" * 2_000}))
    for name, fields in bad:
        response = client.post(url(name, change), fields, follow=True)
        assert "does not wait for your decision" in response.content.decode()


def test_what_was_typed_for_a_decision_that_came_too_late_is_there_to_be_copied(client, alice, change):
    data = decision(change, **OWN)
    base, now = topics_in_force(alice), timezone.now()
    other = make_proposal(alice, source="review", base_version=1, base_topics=base, status="rejected", decided_at=now)
    page = client.post(url("proposal_rejection", other), {"reason": "I teach that all day."}).text
    assert "I teach that all day.</textarea>" in page
    page = client.post(url("proposal_approval", other), data).text
    assert "Night shifts" in page
    # The second of two clicks has lost nothing, and says nothing of it.
    assert client.post(url("proposal_approval", change), data).status_code == 302
    assert client.post(url("proposal_approval", change), data).status_code == 302
    rejected = make_proposal(alice, source="review", base_version=2, base_topics=topics_in_force(alice))
    for _ in range(2):
        assert client.post(url("proposal_rejection", rejected), {"reason": "No."}).status_code == 302


def test_a_stale_proposal_is_compared_afresh_and_changes_nothing(client, alice, change):
    make_brief(alice, daily_minutes=60)
    data = decision(change)  # the page is open in one tab
    own = plan_data("System design", "Conflict stories", "Algorithms", "Small talk")
    deciding.approve_topics(alice, own)  # and a plan of one's own is put in force in another tab
    before = names(alice)
    response = client.post(url("proposal_approval", change), data)
    page = response.content.decode()
    assert response.status_code == 409
    assert "The plan has moved on" in page
    assert names(alice) == before
    change.refresh_from_db()
    assert change.base_version == 2
    # The topic of her own is not touched by this one: nobody explained that.
    assert {(line.topic, line.change) for line in change.changes} == {
        ("System design", "more_time"),
        ("Algorithms", "less_time"),
        ("Conflict stories", "removed"),
        ("Estimation", "added"),
    }
    client.post(url("proposal_approval", change), decision(change))
    assert ("Small talk", 5) in names(alice)
    assert ("Conflict stories", 15) not in names(alice)


def test_a_proposal_of_which_the_plan_has_all_by_now_waits_no_more(client, alice, change):
    make_brief(alice, daily_minutes=60)
    stale = client.get(url("proposal_detail", change)).text
    assert "What would change" in stale
    deciding.approve_topics(alice, [replace(topic, id=None) for topic in change.topics])
    change.refresh_from_db()
    assert (change.status, len(change.changes)) == ("superseded", 4)
    assert "A proposal waits" not in client.get(reverse("plans:plan")).text


def test_a_proposal_without_anything_left_to_decline_is_not_called_declined(client, alice):
    make_plan(alice)
    same = make_proposal(alice, base_version=1, base_topics=topics_in_force(alice))  # as an earlier release left it
    page = client.post(url("proposal_approval", same), decision(same), follow=True).text
    assert "You declined every change" not in page
    assert "Your plan has all of it already" in page


def test_what_was_rejected_is_not_the_plan_for_how_many_weeks(alice, change, fake_llm):
    longer = {**change.overview, "time_horizon_weeks": 30}
    alice.proposals.filter(pk=change.pk).update(**sealed(change, overview=longer))
    deciding.reject(alice, change)
    fake_llm.always(a_reply_to)
    asking.write(asking.request(alice, feedback=["Is it good?"]))
    assert "<weeks>6</weeks>" in fake_llm.requests[-1].user


def test_a_stale_proposal_is_shown_beside_the_plan_as_it_is_now(client, alice, change):
    deciding.approve_topics(alice, plan_data("System design", "Algorithms"))
    page = client.get(url("proposal_detail", change)).content.decode()
    assert "Conflict stories" not in page  # it left the plan already
    assert 'name="seen_version" value="2"' in page


def test_approving_by_id_alone_is_refused_once_when_the_plan_has_moved_on(alice, change):
    deciding.approve_topics(alice, plan_data("System design", "Algorithms"))
    with pytest.raises(deciding.StaleProposal):
        deciding.approve(alice, change)
    assert plan_version(alice) == 2
    deciding.approve(alice, change)
    assert plan_version(alice) == 3


@pytest.mark.django_db(transaction=True)
def test_two_tabs_approving_at_once_make_one_version(alice):
    make_plan(alice)
    data = plan_data("System design", "Algorithms")
    proposal = make_proposal(
        alice,
        base_version=1,
        base_topics=topics_in_force(alice),
        topics=data,
        changes=[Change(topic="Conflict stories", change="removed", reason="Enough.")],
    )
    barrier, outcomes = threading.Barrier(2), []

    def approve():
        try:
            barrier.wait(5)
            deciding.approve(alice, proposal)
            outcomes.append("approved")
        except deciding.NotOpen:
            outcomes.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=approve) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert sorted(outcomes) == ["approved", "refused"]
    assert plan_version(alice) == 2


def test_undo_restores_the_plan_before_as_an_approval_of_its_own(client, alice, change):
    topic = PlanTopic.objects.filter(user=alice).in_force()[1]
    make_progress(topic, sessions=3)
    before = names(alice)
    client.post(url("proposal_approval", change), decision(change))
    response = client.post(reverse("plans:undo"), {"version": 2}, follow=True)
    assert "in force again, as version 3" in response.content.decode()
    assert names(alice) == before
    topic.refresh_from_db()
    assert topic.archived_at is None  # the same topic, with what was practised
    last = PlanProposal.objects.get(version=3)
    assert last.source == "undo"
    assert {line.reason for line in last.changes} == {"You took version 2 back."}
    client.post(reverse("plans:undo"), {"version": 3})
    assert names(alice) == [("System design", 25), ("Algorithms", 5), ("Estimation", 10)]


def test_undo_of_the_first_plan_or_from_an_old_page_does_nothing(client, alice, change):
    assert "Nothing was taken back" in client.post(reverse("plans:undo"), follow=True).content.decode()
    client.post(url("proposal_approval", change), decision(change))
    client.post(reverse("plans:undo"), {"version": 1})
    assert plan_version(alice) == 2


def test_a_removed_topic_with_a_running_session_is_archived_and_the_session_goes_on(client, alice, change):
    topic = PlanTopic.objects.filter(user=alice).in_force()[1]
    session = make_session(alice, topic=topic)
    client.post(url("proposal_approval", change), decision(change))
    topic.refresh_from_db()
    session.refresh_from_db()
    assert topic.archived_at is not None
    assert session.is_running


# --- whose ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["proposal_detail", "proposal_suggestion", "proposal_approval", "proposal_rejection"])
def test_another_candidates_proposal_does_not_exist(client, alice, bob, name):
    proposal = make_proposal(bob)
    method = client.get if name == "proposal_detail" else client.post
    assert method(url(name, proposal)).status_code == 404
    proposal.refresh_from_db()
    assert proposal.status == "open"


@pytest.mark.parametrize("name", ["proposal_detail", "proposal_suggestion", "proposal_approval", "proposal_rejection"])
def test_anonymous_visitors_are_sent_to_the_login(client, name):
    proposal = make_proposal(make_user())
    method = client.get if name == "proposal_detail" else client.post
    assert method(url(name, proposal))["Location"].startswith(reverse("login"))


@pytest.mark.parametrize("name", ["proposal_suggestion", "proposal_approval", "proposal_rejection"])
def test_nothing_is_decided_by_looking(client, alice, name):
    assert client.get(url(name, make_proposal(alice))).status_code == 302


def test_edits_go_by_place_in_the_proposal(alice, change):
    deciding.approve(alice, change, edits={2: Edit(minutes=12)})
    assert names(alice)[2] == ("Estimation", 12)


def test_feedback_that_nobody_answers_goes_along_up_to_a_number_of_lines(alice):
    make_plan(alice)
    for number in range(60):
        proposal = asking.request(alice, feedback=[f"wish {number}"])
    assert proposal.feedback == [f"wish {number}" for number in range(20, 60)]
    many = [f"line {number}" for number in range(50)]
    assert asking.request(alice, feedback=many).feedback == many


@pytest.mark.parametrize(("state", "said"), [("asking", "being written"), ("failed", "not written yet")])
def test_a_plan_that_is_not_there_yet_is_not_said_to_be_written(client, alice, state, said):
    proposal = make_proposal(
        alice,
        topics=[],
        overview={},
        status="waiting",
        ask_state=state,
        ask_failure="unreachable",
        asked_at=timezone.now(),
    )
    head = client.get(url("proposal_detail", proposal)).content.decode().split("page-head")[1].split("</header>")[0]
    assert said in head
    assert "wrote" not in head
    assert "as proposed" not in head
