from django.apps import AppConfig


class LLMModesConfig(AppConfig):
    name = "llm_modes"
    verbose_name = "LLM modes"
