"""People and their roles. A person is not deleted: the ledger speaks of their code for ever."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import AdminPasswordChangeForm, AdminUserCreationForm, UserChangeForm
from django.contrib.auth.models import Group, User
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from commitments.admin.base import RecordAdmin, actor
from commitments.ledger import people, verbs
from commitments.models.organization import Organization
from commitments.models.person import Grant, Person

admin.site.unregister(Group)
admin.site.unregister(User)
admin.site.site_header = _("Declaration Tracker")
admin.site.site_title = _("Declaration Tracker")


class _RoleFields(forms.ModelForm):  # type: ignore[type-arg]
    role = forms.ChoiceField(label=_("role"), choices=Grant.Role.choices)
    organizations = forms.CharField(
        label=_("organizations"), max_length=500, required=False,
        help_text=_("Codes, separated by blanks: for whom a focal point or a service account speaks."),
    )  # fmt: skip
    because = forms.CharField(label=_("Because"), max_length=500)

    def clean_organizations(self) -> list[str]:
        codes = list(dict.fromkeys(str(self.cleaned_data["organizations"]).replace(",", " ").split()))
        known = set(Organization.objects.filter(pk__in=codes).values_list("pk", flat=True))
        if unknown := [code for code in codes if code not in known]:
            raise forms.ValidationError(
                _("nothing on record has the code “%(code)s”"), params={"code": unknown[0][:60]}
            )
        return codes

    def clean(self) -> dict[str, Any]:
        found: dict[str, Any] = super().clean() or {}
        bound = found.get("role") in people.BOUND
        if bound and not found.get("organizations") and "organizations" not in self.errors:
            self.add_error(
                "organizations", _("a focal point or a service account speaks for an organization")
            )
        if not bound:
            found["organizations"] = []
        return found


class NewUserForm(AdminUserCreationForm, _RoleFields):  # type: ignore[type-arg]
    class Meta:
        model = User
        fields = ("username",)


class ResetForm(AdminPasswordChangeForm):  # type: ignore[type-arg]
    """A password that somebody else chose opens nothing but the form that replaces it."""

    def save(self, commit: bool = True) -> Any:
        user = super().save(commit)
        Person.objects.update_or_create(user=user, defaults={"must_change_password": True})
        return user


class OldUserForm(UserChangeForm, _RoleFields):  # type: ignore[type-arg]
    class Meta:
        model = User
        fields = ("username", "email", "first_name", "last_name", "is_active")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        person = Person.objects.filter(user=self.instance.pk).first()
        grant = Grant.objects.filter(pk=person.code).first() if person else None
        self.grant = grant
        if grant:
            self.fields["role"].initial = grant.role
            self.fields["organizations"].initial = " ".join(grant.organizations)

    def clean(self) -> dict[str, Any]:
        found: dict[str, Any] = super().clean() or {}
        others = User.objects.filter(is_superuser=True, is_active=True).exclude(pk=self.instance.pk)
        stays = found.get("role") == Grant.Role.ADMINISTRATOR and found.get("is_active")
        if self.instance.is_superuser and not stays and not others.exists():
            self.add_error("role", _("This is the last administrator; name another one first."))
        return found


@admin.register(User)
class PeopleAdmin(RecordAdmin, UserAdmin):  # type: ignore[type-arg]
    form = OldUserForm
    add_form = NewUserForm
    change_password_form = ResetForm
    filter_horizontal = ()
    list_display = ("username", "is_active", "last_login")
    list_filter = ("is_active",)
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        (_("Person"), {"fields": ("first_name", "last_name", "email", "is_active")}),
        (_("Role"), {"fields": ("role", "organizations", "because")}),
    )
    add_fieldsets = (
        (
            None,
            {
                "fields": (
                    "username",
                    "usable_password",
                    "password1",
                    "password2",
                    "role",
                    "organizations",
                    "because",
                )
            },
        ),
    )

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        role = form.cleaned_data["role"]
        obj.is_staff = obj.is_superuser = obj.is_active and role == Grant.Role.ADMINISTRATOR
        obj.save()
        person, made = Person.objects.get_or_create(user=obj)
        if made:
            Person.objects.filter(pk=person.pk).update(must_change_password=True)
        organizations = form.cleaned_data["organizations"]
        standing = Grant.objects.filter(pk=person.code).values_list("role", "active", "organizations").first()
        if standing != (role, obj.is_active, organizations):
            verbs.grant(
                person=person.code,
                role=role,
                active=obj.is_active,
                organizations=organizations,
                by=actor(request),
                because=form.cleaned_data["because"],
            )
