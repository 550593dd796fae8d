"""manage.py show_prompt MODE: a prompt as it would be sent, word for word."""

import json
from collections.abc import Callable
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from coach.models import User
from llm_modes.catalogue import MODES
from llm_modes.language.mode import Inputs
from plans import debriefs
from plans.context_reading import reading_inputs
from plans.conversation import chat_inputs
from plans.models import Debrief
from plans.plan_in_force import topics_in_force
from plans.proposals.writing import changes_inputs, new_plan_inputs
from study import marking, questions, reconciliation, stories
from study.models import QuestionAttempt, QuestionRound, Reconciliation, Story

DEMO_USER = "demo"


def _latest(rows: Any) -> Any:
    row = rows.order_by("-pk").first()
    if row is None:
        raise CommandError("This candidate has no row yet that this mode could be asked about.")
    return row


def _changes(user: User) -> Inputs:
    return changes_inputs(user, base=topics_in_force(user), feedback=["A little more system design."], trigger="chat")


# A mode that is not here shows its example.
INPUTS: dict[str, Callable[[User], Inputs]] = {
    "plan_chat": chat_inputs,
    "read_context": reading_inputs,
    "suggest_plan": new_plan_inputs,
    "suggest_plan_changes": _changes,
    "read_debrief": lambda user: debriefs.prompt_inputs(_latest(Debrief.objects.filter(user=user))),
    "generate_questions": lambda user: questions.prompt_inputs(
        _latest(QuestionRound.objects.filter(session__user=user))
    ),
    "evaluate_answer": lambda user: marking.prompt_inputs(
        _latest(QuestionAttempt.objects.filter(user=user, submitted_at__isnull=False))
    ),
    "build_story": lambda user: stories.prompt_inputs(_latest(Story.objects.filter(user=user))),
    "reconcile_session": lambda user: reconciliation.prompt_inputs(
        _latest(Reconciliation.objects.filter(session__user=user))
    ),
}


class Command(BaseCommand):
    """Prints rules, inputs and, where asked for, the schema of one mode, with a candidate's latest rows."""

    help = "Print a mode's prompt as it would be sent for the demo candidate (manage.py demo_data) or another one."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("mode", choices=list(MODES))
        parser.add_argument("--username", default=DEMO_USER, help=f"whose rows to read (default: {DEMO_USER})")
        parser.add_argument("--schema", action="store_true", help="also print the schema that the reply has to keep")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            user = User.objects.get_by_natural_key(options["username"])
        except User.DoesNotExist:
            missing = f"There is no candidate '{options['username']}'. manage.py demo_data makes one."
            raise CommandError(missing) from None
        mode = MODES[options["mode"]]
        inputs = INPUTS[mode.name](user) if mode.name in INPUTS else mode.example.inputs
        for message in mode.messages(inputs):
            self.stdout.write(self.style.MIGRATE_HEADING(f"--- {message['role']}"))
            self.stdout.write(message["content"] + "\n\n")
        if options["schema"]:
            self.stdout.write(self.style.MIGRATE_HEADING("--- schema of the reply"))
            self.stdout.write(json.dumps(mode.reply.model_json_schema(), indent=1))
