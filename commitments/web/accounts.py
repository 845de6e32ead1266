"""Signing in and choosing a password."""

from typing import Any

from django.contrib.auth.forms import PasswordChangeForm
from django.contrib.auth.views import LoginView, PasswordChangeView
from django.http import HttpResponse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from commitments.models.person import Person


class SignIn(LoginView):
    template_name = "accounts/login.html"


class OwnPasswordForm(PasswordChangeForm):
    """A new password that is a new one."""

    def clean(self) -> dict[str, Any]:
        found: dict[str, Any] = super().clean() or {}
        if found.get("new_password2") and found.get("new_password2") == found.get("old_password"):
            self.add_error("new_password1", _("This is the old password; choose another one."))
        return found


class ChangePassword(PasswordChangeView):
    """Also where a one-time password is replaced, before anything else opens."""

    template_name = "accounts/password.html"
    form_class = OwnPasswordForm

    def form_valid(self, form: Any) -> HttpResponse:
        response = super().form_valid(form)
        Person.objects.filter(user=self.request.user.pk).update(must_change_password=False)
        return response

    def get_success_url(self) -> str:
        wanted = self.request.GET.get("next", "")
        if url_has_allowed_host_and_scheme(wanted, {self.request.get_host()}, self.request.is_secure()):
            return wanted
        return "/"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        person = getattr(self.request.user, "person", None)
        return super().get_context_data(first=bool(person and person.must_change_password), **kwargs)
