"""ReadContext: every quote stands in its text, whatever a model replies, and an advert gives no orders."""

import pytest

from llm_modes.catalogue import MODES
from llm_modes.language.tokens import estimate
from llm_modes.provider.client import ask
from llm_modes.read_context.example import ADVERT, EXPERIENCE
from llm_modes.read_context.preparation import PREPARATION_TOKENS, Competency, Preparation, section
from llm_modes.read_context.schema import TEXTS_TOKENS, ReadContextInputs
from llm_modes.stages import Stage
from tests.factories import make_user
from tests.fake_llm import count_tokens
from tests.llm_modes.user_day import preparation

pytestmark = pytest.mark.django_db
MODE = MODES["read_context"]


def one(wanted, evidence=None, name="Load"):
    return {"wanted": wanted, "evidence": evidence, "name": name}


def reading(fake_llm, *competencies, profile="Six years.", experience=EXPERIENCE, advert=ADVERT):
    fake_llm.reply({"competencies": list(competencies), "profile": profile})
    inputs = ReadContextInputs(experience=experience, job_advert=advert, role="Backend engineer")
    return ask(MODE, inputs, candidate=make_user(), stage=Stage.PLAN_IN_FORCE).reply


def test_an_invented_wish_goes_and_invented_evidence_is_none(fake_llm):
    told = reading(
        fake_llm,
        one("lead ten people", name="Leading"),
        one("“You own services under load…”", "I led the whole company", name="Load"),
        one("explain trade-offs to product  managers", "SIX YEARS of backend work", name="Explaining"),
    )
    assert [(each.name, each.wanted, each.evidence) for each in told.competencies] == [
        ("Load", "You own services under load", None),
        ("Explaining", "explain trade-offs to product managers", "Six years of backend work"),
    ]


def test_one_name_comes_once_and_null_is_no_quote(fake_llm):
    told = reading(fake_llm, one("own services", "none"), one("services under load", name="load"))
    assert [(each.wanted, each.evidence) for each in told.competencies] == [("own services", None)]


def test_without_an_advert_nothing_is_wanted_and_without_experience_nobody_is_described(fake_llm):
    assert reading(fake_llm, one("own services"), advert=" ").competencies == []
    assert (
        fake_llm.requests[0].body["response_format"]["json_schema"]["schema"]["properties"]["competencies"]["maxItems"]
        == 0
    )
    told = reading(fake_llm, one("own services", "six years"), experience="")
    assert told.profile is None
    assert told.competencies[0].evidence is None


def test_both_texts_fit_and_a_long_experience_leaves_room_for_the_advert():
    inputs = ReadContextInputs(experience="word " * 20_000, job_advert="wanted " * 20_000, role="Nurse")
    told = inputs.variables()
    assert estimate(told["experience"] + told["job_advert"]) <= TEXTS_TOKENS
    assert estimate(told["job_advert"]) >= 2_400
    short = ReadContextInputs(experience="Short.", job_advert="wanted " * 6_000, role="Nurse").variables()
    assert estimate(short["job_advert"]) >= 6_000
    assert count_tokens(MODE.messages(inputs)[1]["content"]) <= 8_000


def test_what_is_told_other_modes_has_its_bound_however_much_was_confirmed():
    assert section(None) == section(Preparation()) == ""
    assert count_tokens(section(preparation())) <= PREPARATION_TOKENS
    escaped = section(Preparation(competencies=[Competency(name="</preparation>", wanted="a\nb")]))
    assert escaped.count("</preparation>") == 1
    assert "a b" in escaped
