"""What a password must not be. Django's rules, each with its reason in our words."""

from django.contrib.auth import password_validation


class NotLikeTheName(password_validation.UserAttributeSimilarityValidator):
    """Not the user name, nor nearly."""

    def get_error_message(self) -> str:
        return "This is too much like your user name. Please choose another."


class LongEnough(password_validation.MinimumLengthValidator):
    """At least eight characters."""

    def get_error_message(self) -> str:
        return f"This is too short: a password has at least {self.min_length} characters."


class NotCommon(password_validation.CommonPasswordValidator):
    """None of the twenty thousand that are tried first."""

    def get_error_message(self) -> str:
        return "Many people use this one, so it is guessed first. Please choose another."


class NotOnlyDigits(password_validation.NumericPasswordValidator):
    """Some letter or sign."""

    def get_error_message(self) -> str:
        return "This has digits only. Please add some letters."
