"""What the offline coach makes of a rejected proposal: its reason counts once, and the next one goes on from it."""

from random import Random

import pytest

from llm_modes.suggest_plan.plan import total
from plans import conversation, daily_review
from plans.models import ChatMessage
from plans.plan_in_force import topics_in_force
from plans.proposals import asking, deciding
from plans.proposals.writing import changes_inputs, lessons
from tests.factories import make_brief, make_plan

pytestmark = pytest.mark.django_db


@pytest.fixture
def nurse(alice):
    alice.current_role = "Nurse"
    alice.save()
    make_brief(alice, daily_minutes=60, weaknesses="Medication safety", motivation="medium")
    return alice


def minutes_of(proposal):
    return {topic.name: topic.daily_study_minutes for topic in proposal.topics}


def asked(user, wish=""):
    return asking.write(conversation.ask_for_proposal(user, wish))


def said(user, text):
    """The coach's answer to a message, and the proposal that followed from it, if any."""
    conversation.answer(conversation.say(user, text))
    line = ChatMessage.objects.filter(user=user, author="coach").order_by("-pk").first()
    return line.text, line.proposal and asking.write(line.proposal)


def test_the_next_plan_after_a_rejection_goes_on_from_the_rejected_one(nurse):
    first = asked(nurse)
    second = asked(nurse, "more Medication safety")
    third = asked(nurse, "more Medication safety")
    deciding.reject(nurse, third, reason="more Medication safety")
    fourth = asked(nurse)
    grown = [minutes_of(one)["Medication safety"] for one in (first, second, third, fourth)]
    assert grown == [grown[0], grown[0] + 5, grown[0] + 10, grown[0] + 15]
    deciding.reject(nurse, fourth)
    again = asked(nurse)
    assert minutes_of(again) == minutes_of(fourth)
    assert again.overview["rationale"].startswith("This is what I suggested before")


@pytest.mark.parametrize(
    "news",
    [{"daily_minutes": 90}, {"weaknesses": "Hard conversations"}, {"motivation": "low"}, {}, {"role": "Teacher"}],
)
def test_what_is_known_differently_since_makes_another_plan(nurse, news):
    first = asked(nurse)
    nurse.current_role = news.get("role", nurse.current_role)
    nurse.save()
    for field, value in news.items():
        setattr(nurse.plan_brief, field, value)
    nurse.plan_brief.save()
    changed = asked(nurse, "more Medication safety")
    deciding.reject(nurse, changed)
    assert (minutes_of(asked(nurse)) == minutes_of(changed)) is not bool(news)
    assert first.overview["known"] == changed.overview["known"]


def test_a_reason_is_carried_out_in_the_next_proposal_and_in_no_later_one(alice):
    make_plan(alice)
    make_brief(alice, daily_minutes=90, motivation="medium")
    deciding.reject(alice, asked(alice, "more Algorithms"), reason="drop Algorithms")
    second = asked(alice, "more System design")
    assert "Algorithms" not in minutes_of(second)
    deciding.reject(alice, second)
    third = asked(alice, "more System design")
    assert {change.topic for change in third.changes} == {"System design"}


def test_a_reason_counts_in_no_review(alice):
    make_plan(alice)
    make_brief(alice, daily_minutes=90)
    deciding.reject(alice, asked(alice, "more Algorithms"), reason="drop Algorithms")
    known = changes_inputs(alice, base=topics_in_force(alice), feedback=lessons(alice), trigger="review")
    assert known.feedback == ["drop Algorithms"]
    reply = daily_review.SUGGEST_PLAN_CHANGES.answer_offline(known)
    assert reply["changes"] == []


@pytest.mark.parametrize(
    "reason", ["add Zumba", "drop Algorithms", "20 minutes in total", "Conflict stories first", "No."]
)
@pytest.mark.parametrize("wish", ["drop Zumba", "Algorithms 30", "more Algorithms", "40 minutes in total", "add Zumba"])
def test_what_is_promised_after_a_rejection_changes_the_plan(alice, reason, wish):
    make_plan(alice)
    make_brief(alice, daily_minutes=60, motivation="medium")
    deciding.reject(alice, asked(alice, "System design 25"), reason=reason)
    answer, proposal = said(alice, wish)
    assert ("I make a proposal." in answer) is bool(proposal)
    assert proposal is None or proposal.changes


@pytest.mark.parametrize("seed", range(12))
def test_more_of_a_topic_never_makes_it_less_on_any_way_to_a_plan(nurse, seed):
    chance = Random(seed)
    now = asked(nurse)
    for _step in range(8):
        topic = chance.choice(now.topics)
        wish = chance.choice([f"more {topic.name}", f"drop {topic.name}", f"{topic.name}: 15 minutes", "add Zumba"])
        match chance.choice(["reject", "reject with a reason", "approve", "ask", "less time", "more time"]):
            case "approve" if now.status == "open":
                deciding.approve(nurse, now)
            case "reject" | "reject with a reason" as how if now.status == "open":
                deciding.reject(nurse, now, reason=wish if "reason" in how else "")
            case "less time" | "more time" as how:
                make_brief(nurse, daily_minutes=25 if how == "less time" else 90)
                deciding.reject(nurse, now) if now.status == "open" and not topics_in_force(nurse) else None
                now = asked(nurse)
        before = {one.name: one.daily_study_minutes for one in topics_in_force(nurse) or now.topics}
        grows = chance.choice([name for name in before if before[name] < 15] or list(before))
        nurse.plan_brief.refresh_from_db()
        now = asked(nurse, f"more {grows}")
        after = minutes_of(now) if now.topics else before
        # Less than that is there only where the day itself became shorter than the topic.
        if before[grows] + 5 <= nurse.plan_brief.daily_minutes:
            assert after.get(grows, 0) >= before[grows], (seed, before, after, now.overview)
        assert total(now.topics) <= 90


def test_with_a_plan_in_force_a_second_wish_comes_in_addition_to_the_open_one(nurse):
    make_plan(nurse)
    plan = {topic.name: topic.daily_study_minutes for topic in topics_in_force(nurse)}
    name = max(plan, key=plan.get)
    added = asked(nurse, "add Negotiation: 5 minutes")
    both = asked(nurse, f"more {name}")
    assert "Negotiation" in minutes_of(added)
    assert minutes_of(both)["Negotiation"] == 5
    assert minutes_of(both)[name] > plan[name]
    deciding.reject(nurse, both)
    assert "Negotiation" not in minutes_of(asked(nurse, f"less {name}"))


def test_a_wish_that_comes_while_another_one_is_being_written_takes_each_line_along_once(nurse):
    make_plan(nurse)
    name = topics_in_force(nurse)[0].name
    asked(nurse, "add Negotiation: 5 minutes")
    conversation.ask_for_proposal(nurse, f"more {name}")
    third = conversation.ask_for_proposal(nurse, f"{name} first")
    assert third.feedback == ["add Negotiation: 5 minutes", f"more {name}", f"{name} first"]
