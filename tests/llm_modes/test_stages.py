import pytest

from llm_modes import stages
from llm_modes.catalogue import MODES
from llm_modes.stages import NotAtThisStage, Stage, require


def test_every_mode_is_listed_at_some_stage_and_every_listed_mode_exists():
    assert set().union(*stages.MODES.values()) == set(MODES)


def test_every_stage_says_its_modes_and_actions():
    assert set(stages.MODES) == set(stages.ACTIONS) == set(Stage)


@pytest.mark.parametrize("stage", Stage)
@pytest.mark.parametrize("mode", MODES)
def test_a_mode_is_refused_at_the_stages_that_do_not_list_it(mode, stage):
    if mode in stages.MODES[stage]:
        require(mode, stage)
    else:
        with pytest.raises(NotAtThisStage, match=mode):
            require(mode, stage)


def test_no_plan_can_be_asked_for_before_all_is_known():
    assert stages.ACTIONS[Stage.GETTING_TO_KNOW] == ("ask",)
    assert stages.MODES[Stage.GETTING_TO_KNOW] == {"plan_chat"}
