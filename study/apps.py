from django.apps import AppConfig


class StudyConfig(AppConfig):
    name = "study"

    def ready(self) -> None:
        """Tell the plan's pages what they show of practising."""
        from plans import practice
        from study import practised

        practice.told = practised
