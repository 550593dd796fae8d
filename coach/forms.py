"""The forms of joining, signing in and telling about oneself."""

from typing import Any

from django import forms
from django.contrib.auth import password_validation
from django.contrib.auth.forms import PasswordChangeForm
from django.http import HttpRequest

from coach import zone_names
from coach.candidate_text import clean_text
from coach.htmx import CandidateRequest
from coach.models import User
from coach.signing_in import TooManyFailures, check_credentials, is_own_password

USER_NAME_ATTRIBUTES = {
    "autocomplete": "username",
    "autocapitalize": "none",
    "spellcheck": "false",
    "autofocus": True,
    "dir": "auto",
}
TIME_ZONE_HELP = "Your day begins at midnight there. A city or a country is enough."


class TimeZoneField(forms.CharField):
    """A time zone as a browser or a person names it. The page offers cities and countries."""

    def __init__(self, **options: Any) -> None:
        attrs = {"list": "time-zones", "autocomplete": "off", "spellcheck": "false"}
        super().__init__(
            help_text=TIME_ZONE_HELP,
            widget=forms.TextInput(attrs=attrs),
            error_messages={"required": "Please name a city or a country."},
            **options,
        )

    def prepare_value(self, value: Any) -> Any:
        return zone_names.label_of(value) if value else value


RULES = "At least 8 characters, not only digits, and not a common one."


class FocusOnWrong:
    """A form that comes back with errors has its focus on the first wrong field."""

    fields: dict[str, forms.Field]
    errors: Any
    # The field that gets the focus when an error names no field.
    most_likely_wrong = ""

    def full_clean(self) -> None:
        super().full_clean()  # type: ignore[misc]
        self.focus_on_wrong()

    def focus_on_wrong(self) -> None:
        """Do it, also after an error that was added later."""
        wrong = next((name for name in self.fields if name in self.errors), self.most_likely_wrong)
        if self.errors and wrong:
            for name, field in self.fields.items():
                field.widget.attrs["autofocus"] = name == wrong


class JoinForm(FocusOnWrong, forms.ModelForm):
    """User name, password, and optionally how the coach may call you."""

    password = forms.CharField(
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=RULES,
        error_messages={"required": "Please type a password."},
    )
    # A script fills it in and hides it; without scripts it is a field like the others.
    time_zone = TimeZoneField(required=False)

    class Meta:
        model = User
        fields = ("username", "password", "name")
        labels = {"name": "What should the coach call you?"}
        error_messages = {"username": {"required": "Please type a user name."}}
        widgets = {
            "username": forms.TextInput(attrs=USER_NAME_ATTRIBUTES),
            "name": forms.TextInput(attrs={"autocomplete": "nickname", "dir": "auto"}),
        }

    def clean_name(self) -> str:
        return clean_text(self.cleaned_data["name"])

    def clean(self) -> dict[str, Any] | None:
        typed = self.cleaned_data
        if password := typed.get("password"):
            user = User(username=typed.get("username", ""), name=typed.get("name", ""))
            try:
                password_validation.validate_password(password, user)
            except forms.ValidationError as error:
                self.add_error("password", error)
        return super().clean()

    def save(self, commit: bool = True) -> User:
        user = super().save(commit=False)
        user.set_password(self.cleaned_data["password"])
        user.time_zone = zone_names.meant_by(self.cleaned_data["time_zone"]) or zone_names.UTC
        if commit:
            user.save()
        return user


class LoginForm(FocusOnWrong, forms.Form):
    """User name and password."""

    # The password is mistyped more often: nobody sees it, and it has to be typed again anyway.
    most_likely_wrong = "password"

    username = forms.CharField(
        label="User name",
        max_length=150,
        error_messages={"required": "Please type your user name."},
        widget=forms.TextInput(attrs=USER_NAME_ATTRIBUTES),
    )
    password = forms.CharField(
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        error_messages={"required": "Please type your password."},
    )
    time_zone = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.request = request
        self.user: User | None = None
        self.too_many_failures: TooManyFailures | None = None

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        if data.get("username") and data.get("password"):
            try:
                self.user = check_credentials(self.request, username=data["username"], password=data["password"])
            except TooManyFailures as error:
                self.too_many_failures = error
                raise forms.ValidationError(str(error)) from None
            if self.user is None:
                raise forms.ValidationError("That user name and password do not belong together.")
        return data


class AccountForm(FocusOnWrong, forms.ModelForm):
    """How the coach calls you, and where your day begins."""

    time_zone = TimeZoneField()

    class Meta:
        model = User
        fields = ("name", "current_role", "time_zone")
        labels = {"name": "What should the coach call you?", "current_role": "Role you apply for"}
        widgets = dict.fromkeys(("name", "current_role"), forms.TextInput(attrs={"dir": "auto"}))

    def clean_name(self) -> str:
        return clean_text(self.cleaned_data["name"])

    def clean_current_role(self) -> str:
        return clean_text(self.cleaned_data["current_role"])

    def clean_time_zone(self) -> str:
        """The zone's present name."""
        typed = self.cleaned_data["time_zone"]
        if zone := zone_names.meant_by(typed):
            return zone
        near = zone_names.similar(typed)
        if len(near) == 1:
            raise forms.ValidationError(f"Did you mean {near[0]}? Please choose it, or name another city.")
        if near:
            raise forms.ValidationError(
                f"There are several: {'; '.join(near)}. Please choose one, or name another city."
            )
        raise forms.ValidationError("No time zone goes by that name. Try the largest city near you, or your country.")


class OwnPassword:
    """A form that asks for the candidate's password once more. Guesses are counted as at the login."""

    request: HttpRequest
    user: User
    too_many_failures: TooManyFailures | None = None

    def check_own(self, password: str, *, wrong: str) -> str:
        """The password, if it is right. Raises ValidationError: with the text `wrong`, or that they have to wait."""
        try:
            if is_own_password(self.request, self.user, password):
                return password
        except TooManyFailures as error:
            self.too_many_failures = error
            raise forms.ValidationError(str(error)) from None
        raise forms.ValidationError(wrong, code="password_incorrect")


class NewPasswordForm(FocusOnWrong, OwnPassword, PasswordChangeForm):
    """The old password and a new one."""

    error_messages = {
        "password_incorrect": "That is not your present password. Nothing was changed.",
        "password_mismatch": "The two are not the same. Please type the new password twice.",
    }

    def __init__(self, request: CandidateRequest, *args: Any, **kwargs: Any) -> None:
        super().__init__(request.user, *args, **kwargs)
        self.request = request
        asked = {
            "old_password": ("Your present password", "", "Please type your present password."),
            "new_password1": ("New password", RULES, "Please type a new password."),
            "new_password2": ("The new password once more", "", "Please type the new password once more."),
        }
        for name, (label, help_text, missing) in asked.items():
            field = self.fields[name]
            field.label, field.help_text, field.error_messages["required"] = label, help_text, missing

    def save(self, commit: bool = True) -> User:
        """Store it. The candidate is no longer told that an admin has chosen their password."""
        self.user.password_set_by_admin_at = None
        return super().save(commit)

    def clean_old_password(self) -> str:
        return self.check_own(self.cleaned_data["old_password"], wrong=str(self.error_messages["password_incorrect"]))


class DeletionForm(FocusOnWrong, OwnPassword, forms.Form):
    """Asks for the password once more, so that nobody erases an account from an unlocked phone."""

    password = forms.CharField(
        label="Your password",
        error_messages={"required": "Please type your password. Nothing was deleted."},
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def __init__(self, request: CandidateRequest, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.request, self.user = request, request.user

    def clean_password(self) -> str:
        return self.check_own(self.cleaned_data["password"], wrong="That is not your password. Nothing was deleted.")
