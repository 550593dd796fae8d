"""The rules for passwords: Django's, with their reasons in our words."""

from django.contrib.auth import password_validation


class NotLikeTheName(password_validation.UserAttributeSimilarityValidator):
    """Not the user name, nor nearly the same."""

    def get_error_message(self) -> str:
        return "This is too much like your user name. Please choose another."


class LongEnough(password_validation.MinimumLengthValidator):
    """At least eight characters."""

    def get_error_message(self) -> str:
        return f"This is too short: a password has at least {self.min_length} characters."


class NotCommon(password_validation.CommonPasswordValidator):
    """None of the 20,000 most common ones, which are guessed first."""

    def get_error_message(self) -> str:
        return "Many people use this one, so it is guessed first. Please choose another."


class NotOnlyDigits(password_validation.NumericPasswordValidator):
    """At least one letter or sign."""

    def get_error_message(self) -> str:
        return "This has digits only. Please add some letters."
