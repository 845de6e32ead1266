"""Signing in and choosing a password."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.forms import PasswordChangeForm
from django.contrib.auth.views import LoginView, PasswordChangeView
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from commitments import clock
from commitments.accounts import invitations, shelf
from commitments.ledger.wellformed import Refused
from commitments.models.person import Person
from commitments.web.errors import beside, page_error


class SignIn(LoginView):
    template_name = "accounts/login.html"

    def form_valid(self, form: Any) -> HttpResponse:
        response = super().form_valid(form)
        if person := Person.objects.filter(user=self.request.user.pk).first():
            shelf.came(person)
        return response


@require_http_methods(["POST"])
def views(request: HttpRequest) -> HttpResponse:
    """Save a list, remove one, or say that everything new was seen; then back to where they were."""
    person = Person.objects.filter(user=request.user.pk).first()
    if person is None:
        return page_error(request, 403, "permission-denied")
    back = request.POST.get("back", "")
    if not back.startswith("/") or not url_has_allowed_host_and_scheme(back, {request.get_host()}):
        back = "/desk/"
    intent = request.POST.get("intent", "")
    try:
        if intent == "keep":
            found = shelf.keep(
                person, request.POST.get("name", "")[:200], request.POST.get("address", "")[:2000]
            )
            messages.success(
                request, _("Saved as “%(name)s”; you find it on your desk.") % {"name": found.name}
            )
        elif intent == "drop":
            shelf.drop(person, request.POST.get("view", ""))
        elif intent == "seen":
            number = request.POST.get("number", "")
            if number.isascii() and number.isdigit() and len(number) < 18:
                shelf.caught_up(person, int(number), clock.now())
    except Refused as refused:
        messages.error(request, refused.reason)
    return HttpResponseRedirect(back)


class InvitationForm(forms.Form):
    """A name to sign in with and a password, twice."""

    username = forms.CharField(label=gettext_lazy("User name"), max_length=150)
    name = forms.CharField(label=gettext_lazy("Your name"), max_length=150, required=False)
    password = forms.CharField(
        label=gettext_lazy("Password"), max_length=200, strip=False, widget=forms.PasswordInput
    )
    again = forms.CharField(
        label=gettext_lazy("Once more"), max_length=200, strip=False, widget=forms.PasswordInput
    )

    def clean(self) -> dict[str, Any]:
        found: dict[str, Any] = super().clean() or {}
        if found.get("password") and found.get("again") != found["password"]:
            self.add_error("again", _("The two passwords differ."))
        return found


@sensitive_post_parameters("password", "again")
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest, secret: str) -> HttpResponse:
    """Follow an invitation: choose a name and a password, and be signed in."""
    found = invitations.open_one(secret)
    if found is None:
        words = _("This invitation was used already or has expired. Ask for a new one.")
        return page_error(request, 404, "not-found", told=words)
    form = InvitationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        clean = form.cleaned_data
        try:
            user = invitations.take(
                secret=secret, username=clean["username"], name=clean["name"], password=clean["password"]
            )
        except Refused as refused:
            beside(form, refused)
        else:
            login(request, user, backend="django.contrib.auth.backends.ModelBackend")
            return HttpResponseRedirect("/desk/")
    status = 400 if form.errors else 200
    return render(request, "accounts/invitation.html", {"form": form, "invitation": found}, status=status)


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
