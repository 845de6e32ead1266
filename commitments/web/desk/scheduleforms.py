"""Forms of schedules, and of reports that somebody asks for now. What is checked, reports.schedules checks."""

from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from commitments.deliveries import subscriptions
from commitments.formfields import TextsField
from commitments.ledger.wellformed import Refused
from commitments.models.declaration import Declaration
from commitments.models.fields import LANGUAGES
from commitments.models.report import CADENCE_CHOICES, FORM_CHOICES, FORMATS
from commitments.readings import scopes
from commitments.reports import schedules
from commitments.rules.periods import ONCE
from commitments.templatetags.tracker import t, word
from commitments.web.desk.forms import Checks, Day

SCOPE = ("section", "organization", "via", "topic", "scope")  # fields
_TONGUES = [(code, word(code)) for code in LANGUAGES]


def _ticks(label: Any, options: Any) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(label=label, choices=options, required=False, widget=Checks)


class WhatForm(forms.Form):
    """What is reported: of which commitments, in which languages and formats.

    Of a scope, what has a name is picked; everything else that narrows a list is typed as in its address.
    """

    section = _ticks(gettext_lazy("Sections"), ())
    organization = forms.ChoiceField(label=gettext_lazy("Organization"), required=False)
    via = forms.BooleanField(
        label=gettext_lazy("Also through groups"),
        required=False,
        help_text=gettext_lazy("What a group undertook to which it belonged on the day of adoption."),
    )
    topic = forms.ChoiceField(label=gettext_lazy("Topic"), required=False)
    scope = forms.CharField(
        label=gettext_lazy("Codes and other conditions"), required=False, max_length=500,
        help_text=gettext_lazy("As in the address of a list: codes=N6.c,N2.d or status=stalled&kind=position. With nothing chosen or written: the whole declaration."),
    )  # fmt: skip
    languages = _ticks(gettext_lazy("languages"), _TONGUES)
    formats = _ticks(gettext_lazy("formats"), [(f, f.upper()) for f in FORMATS])

    def __init__(self, typed: QueryDict | None, *, initial: dict[str, Any], declaration: Declaration) -> None:
        named = {
            name: [(code, t(texts)) for code, texts in rows]
            for name, rows in scopes.options(declaration.pk).items()
        }
        left, picked = dict(initial["scope"]), {}
        for name, rows in named.items():
            values = left[name].split(",") if name in left else []
            if values and {code for code, _label in rows}.issuperset(values):
                picked[name] = values if name == "section" else values[0]
                del left[name]
        if "organization" in picked and left.get("via") == "membership":
            picked["via"] = bool(left.pop("via"))
        super().__init__(typed, initial={**initial, **picked, "scope": schedules.scope_text(left)})
        for name, rows in named.items():
            choices = rows if name == "section" else [("", "–"), *sorted(rows, key=lambda row: row[1])]
            self.fields[name].choices = choices  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """The scope as reports.schedules reads it: what was picked, and what was typed."""
        found = super().clean() or {}
        try:
            scope = schedules.scope_from(found.get("scope", ""))
        except Refused as refused:
            self.add_error("scope", refused.reason)
            return found
        if found.get("via") and not (found.get("organization") or "organization" in scope):
            self.add_error("via", _("Choose the organization whose groups are meant."))
            return found
        for name in SCOPE[:-1]:
            if not (chosen := found.get(name)):
                continue
            if name in scope:
                label = self.fields[name].label
                self.add_error("scope", _("“%(name)s” stands here and above: %(label)s") % {"name": name, "label": label})  # fmt: skip
                return found
            scope[name] = "membership" if name == "via" else ",".join(chosen) if name == "section" else chosen
        return found | {"scope": scope}

    def payload(self) -> dict[str, Any]:
        """What was typed, by the names that reports.schedules knows."""
        return {name: value for name, value in self.cleaned_data.items() if name not in SCOPE[:-1]}


class ScheduleForm(WhatForm):
    code = forms.CharField(
        label=gettext_lazy("Code"),
        required=False,
        max_length=40,
        help_text=gettext_lazy("Small letters, figures and -: narcotics-monthly"),
    )
    title = TextsField(label=gettext_lazy("title"), required=False)
    form = forms.ChoiceField(label=gettext_lazy("form"), choices=FORM_CHOICES, required=False)
    cadence = forms.ChoiceField(
        label=gettext_lazy("cadence"), choices=[c for c in CADENCE_CHOICES if c[0] != ONCE], required=False
    )
    time_zone = forms.CharField(
        label=gettext_lazy("time zone"),
        required=False,
        max_length=40,
        help_text=gettext_lazy("As Asia/Kabul. It decides when a period has ended."),
    )
    start = forms.CharField(
        label=gettext_lazy("first period holds"), required=False, max_length=10, widget=Day
    )
    end = forms.CharField(label=gettext_lazy("last period holds"), required=False, max_length=10, widget=Day)
    paused = forms.BooleanField(label=gettext_lazy("paused"), required=False)
    recipients = forms.CharField(
        label=gettext_lazy("Recipients"), required=False, max_length=subscriptions.MOST * (subscriptions.LONGEST + 8), widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("Addresses, one on a line; a language may stand behind one: anna@example.org ru. Each gets a letter with a link to end it. People may also subscribe themselves."),
    )  # fmt: skip
    because = forms.CharField(label=gettext_lazy("Because"), required=False, max_length=500)
    field_order = (
        "code",
        "title",
        "form",
        *SCOPE,
        "cadence",
        "time_zone",
        "start",
        "end",
        "languages",
        "formats",
        "recipients",
        "paused",
        "because",
    )

    def payload(self) -> dict[str, Any]:
        found = super().payload()
        return {name: found[name] for name in schedules.FIELDS if name in found}


class AskForm(WhatForm):
    form = forms.ChoiceField(label=gettext_lazy("form"), choices=FORM_CHOICES, required=False)
    start = forms.CharField(
        label=gettext_lazy("First day"),
        required=False,
        max_length=10,
        widget=Day,
    )
    end = forms.CharField(label=gettext_lazy("Last day"), required=False, max_length=10, widget=Day)
    field_order = ("form", *SCOPE, "start", "end", "languages", "formats")


class BriefForm(WhatForm):
    """A brief has no period: it says what is known on a day."""

    form = forms.ChoiceField(label=gettext_lazy("form"), choices=FORM_CHOICES, required=False)
    end = forms.CharField(label=gettext_lazy("As of"), required=False, max_length=10, widget=Day)
    scope = forms.CharField(
        label=gettext_lazy("Codes and other conditions"), required=False, max_length=500,
        help_text=gettext_lazy("As in the address of a list: codes=N6.c,N2.d. Twelve commitments at most."),
    )  # fmt: skip
    field_order = ("form", *SCOPE, "end", "languages", "formats")

    def payload(self) -> dict[str, Any]:
        return super().payload() | {"start": ""}
