"""Forms of proposals: what was typed becomes a payload, and what the ledger finds wrong stands beside its field.

A draft may be incomplete, so nothing is required here; the rules are the ledger's alone.
"""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from commitments.formfields import TextsField
from commitments.ledger.kinds import FACT_KINDS, SOURCE_LANGUAGES, SUPPORTED
from commitments.models.assessment import Assessment
from commitments.models.declaration import Declaration
from commitments.models.organization import Organization
from commitments.models.proposal import Kind
from commitments.models.source import Source
from commitments.readings import desk, judgements
from commitments.readings.moment import Moment
from commitments.templatetags.tracker import t, word


class Day(forms.DateInput):
    input_type = "date"

    def format_value(self, value: Any) -> Any:
        return value  # it is a text as typed, also when it is no date


class Values(forms.RadioSelect):
    """The values of the scale, each with its definition in the reader's language."""

    template_name = "desk/values.html"


class Checks(forms.CheckboxSelectMultiple):
    template_name = "desk/checks.html"


def _line(label: Any, longest: int = 300, **more: Any) -> forms.CharField:
    return forms.CharField(label=label, max_length=longest, required=False, **more)


def _date(label: Any, **more: Any) -> forms.CharField:
    return forms.CharField(label=label, max_length=10, required=False, widget=Day, **more)


def _partial(label: Any, **more: Any) -> forms.CharField:
    help_text = more.pop("help_text", _("YYYY-MM-DD, YYYY-MM or YYYY"))
    return forms.CharField(label=label, max_length=10, required=False, help_text=help_text, **more)


def _area(label: Any, rows: int = 3, longest: int = 5000, **more: Any) -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": rows})
    return forms.CharField(label=label, max_length=longest, required=False, widget=widget, **more)


def _pick(label: Any, choices: Any, **more: Any) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, required=False, choices=choices, **more)


def _codes(text: str, declaration: str) -> list[str]:
    """Codes from a box; a short one is of this declaration."""
    return [c if ":" in c else f"{declaration}:{c}" for c in text.replace(",", " ").split()]


Groups = tuple[tuple[Any, tuple[str, ...]], ...]


class ProposalForm(forms.Form):
    """What all kinds share: sources, and the way from a payload to fields and back."""

    lists: tuple[str, ...] = ()  # fields of codes: ticked ones and, in `<name>_more`, typed ones
    groups: Groups = ()

    def __init__(self, data: Any, payload: Mapping[str, Any], about: "About") -> None:
        self.about, self.before = about, payload
        super().__init__(data, initial=self.from_payload(payload))
        self.fill()

    def fill(self) -> None:
        """Choices that depend on what the proposal is about."""

    def from_payload(self, payload: Mapping[str, Any]) -> dict[str, Any]:
        found = dict(payload)
        for name in self.lists:
            ticked = {key for key, _label in self.options(name)}
            codes = payload.get(name) or []
            found[name] = [code for code in codes if code in ticked]
            rest = [code for code in codes if code not in ticked]
            found[f"{name}_more"] = " ".join(c.removeprefix(f"{self.about.declaration.pk}:") for c in rest)
        return found

    def options(self, name: str) -> list[tuple[str, str]]:
        return self.about.options(name)

    def payload(self) -> dict[str, Any]:
        """What was typed, as the ledger reads it. Call after is_valid()."""
        clean = self.cleaned_data
        found = {name: clean.get(name) for name in self.fields if not name.endswith("_more")}
        for name in self.lists:
            more = _codes(clean.get(f"{name}_more") or "", self.about.declaration.pk)
            if name == "organizations":
                more = [code.split(":")[-1] for code in more]
            found[name] = list(dict.fromkeys([*(clean.get(name) or []), *more]))
        for name in self.about.kept:
            if name in self.before:
                found[name] = self.before[name]
        return {name: value for name, value in found.items() if value is not None}

    def show(self, field: str, reason: str) -> None:
        """Put a fault of the ledger beside its field."""
        name = {"file": "upload", "file_name": "upload"}.get(field, field)
        places = (name, f"{name}_more")  # codes are ticked, or typed below
        self.add_error(next((place for place in places if place in self.fields), None), reason)

    def grouped(self) -> list[tuple[Any, list[Any]]]:
        """Fields in groups, each with its title, as the page shows them."""
        placed = {name for _title, names in self.groups for name in names}
        rest = [name for name in self.fields if name not in placed]
        groups = [*self.groups, ("", tuple(rest))] if rest else list(self.groups)
        return [(title, [self[name] for name in names if name in self.fields]) for title, names in groups]


class About:
    """What a proposal is about, with the facts and sources that may be ticked; read once a form."""

    kept = ("commitment", "assessment", "action", "source", "supports", "target", "indicator", "replaces", "unchanged", "file", "file_name")  # fmt: skip

    def __init__(self, declaration: Declaration, commitment: str | None, actor: Any, moment: Moment) -> None:
        self.declaration, self.commitment, self.actor, self.moment = declaration, commitment, actor, moment
        self._facts = desk.facts_for(commitment, moment) if commitment else {"facts": [], "sources": []}

    def options(self, name: str) -> list[tuple[str, str]]:
        if name == "basis":
            return [(f["key"], f"{f['date'] or '–'} · {t(f['title'])}") for f in self._facts["facts"]]
        if name == "sources":
            return [
                (s["key"], f"{s['date'] or '–'} · {s['title']} ({s['publisher']})")
                for s in self._facts["sources"]
            ]
        if name == "commitments":
            rows = desk.may_be_judged(self.actor, self.declaration.pk)
            return [(row["key"], f"{row['code']} {t(row['title'])}") for row in rows]
        return []

    def organizations(self) -> list[tuple[str, str]]:
        """For whom somebody may report: their own, or any for who enters a letter."""
        codes = self.actor.organizations if self.actor.bound else None
        rows = Organization.objects.order_by("key")
        if codes is not None:
            rows = rows.filter(pk__in=codes)
        return [(key, f"{key} · {t(name)}") for key, name in rows.values_list("key", "name")]


_SOURCE_GROUP = (
    _("A new source"),
    (
        "source_url",
        "source_title",
        "source_publisher",
        "source_date",
        "source_class",
        "source_language",
        "upload",
    ),
)
_PASSAGE_GROUP = (_("The passage that says so"), ("passage", "locator", "accessed_on"))


class _Sources(ProposalForm):
    """Sources on record, one new source, the passage, the file."""

    sources = forms.MultipleChoiceField(label=_("Sources on record"), required=False, widget=Checks)
    sources_more = _line(
        _("Codes of other sources"), help_text=_("Separated by blanks; the list of sources shows them.")
    )
    source_url = _line(_("Address"), 1000, widget=forms.URLInput)
    source_title = _line(_("Title"), 500)
    source_publisher = _line(_("Publisher"))
    source_date = _partial(_("Date of publication"))
    source_class = _pick(_("Class"), [("", "–"), *((c.value, c.label) for c in Source.Class)])
    source_language = _pick(_("Language"), [("", "–"), *((c, word(c)) for c in SOURCE_LANGUAGES)])
    upload = forms.FileField(
        label=_("Archived copy"),
        required=False,
        help_text=_("PDF, PNG, JPEG, DOCX, XLSX or TXT, at most 20 MB."),
    )
    passage = _area(_("Passage"), 3, help_text=_("Word for word, in the language of the source."))
    locator = _line(_("Page or paragraph"), 80)
    accessed_on = _date(_("Accessed on"))

    def payload(self) -> dict[str, Any]:
        found = super().payload()
        found.pop("upload", None)
        return found

    def fill(self) -> None:
        _tick(self, "sources")


def _tick(form: ProposalForm, name: str) -> None:
    field = form.fields[name]
    options = form.options(name)
    field.choices = options  # type: ignore[attr-defined]
    if not options:
        del form.fields[name]


class AssessmentForm(_Sources):
    lists = ("basis", "sources")
    groups = (
        (_("Status"), ("value", "effective_on", "because", "confidence", "organization")),
        (_("What it rests on"), ("basis", "basis_more", "sources", "sources_more")),
        _SOURCE_GROUP,
        _PASSAGE_GROUP,
        (_("When there is nothing to show"), ("searched", "searched_on")),
    )
    value = forms.ChoiceField(label=_("Value"), required=False, widget=Values)
    effective_on = _date(_("True as of"), help_text=_("Not before the adoption and not in the future."))
    because = TextsField(rows=3, label=_("Because"), required=False, help_text=_("In one language at least."))
    confidence = _pick(_("Confidence"), [("", "–"), *((c.value, c.label) for c in Assessment.Confidence)])
    organization = _pick(_("Reported by"), [])
    basis = forms.MultipleChoiceField(
        label=_("Actions, events and indicators"), required=False, widget=Checks
    )
    basis_more = _line(_("Codes of other facts"), help_text=_("Separated by blanks."))
    searched = _area(_("What was searched"), 2, 2000, help_text=_("For “not started” and “stalled” only."))
    searched_on = _date(_("Searched on"))

    def fill(self) -> None:
        super().fill()
        _tick(self, "basis")
        values = judgements.scale_values(self.about.declaration.scale_id)
        self.fields["value"].choices = [(v["value"], t(v["label"])) for v in values]  # type: ignore[attr-defined]
        self.fields["value"].widget.attrs["scale"] = values
        nobody = [] if self.about.actor.bound and len(self.about.actor.organizations) == 1 else [("", "–")]
        self.fields["organization"].choices = [*nobody, *self.about.organizations()]  # type: ignore[attr-defined]
        if not self.about.actor.bound:
            self.fields["organization"].help_text = _(
                "Only for a report that the organization sent by letter."
            )

    def payload(self) -> dict[str, Any]:
        found = super().payload()
        found["organization"] = found.get("organization") or None
        return found


class RetractionForm(ProposalForm):
    because = TextsField(rows=3, label=_("Because"), required=False, help_text=_("In one language at least."))


class ActionForm(_Sources):
    lists = ("commitments", "organizations", "sources")
    groups: Groups = (
        (_("What happened"), ("kind", "date", "end_date", "title", "description")),
        (_("By whom, for what"), ("organizations_more", "commitments", "commitments_more")),
        (_("Sources"), ("sources", "sources_more")),
        _SOURCE_GROUP,
        _PASSAGE_GROUP,
    )
    kind = _pick(_("kind"), [("", "–"), *((k, word(k)) for k in FACT_KINDS)])
    date = _partial(_("Date"))
    end_date = _partial(_("Ended"))
    title = TextsField(rows=1, label=_("Title"), required=False)
    description = TextsField(rows=3, label=_("Description"), required=False)
    organizations = forms.MultipleChoiceField(required=False, widget=forms.MultipleHiddenInput)
    organizations_more = _line(_("Organizations"), help_text=_("Codes, separated by blanks: CSTO SCO-RATS"))
    commitments = forms.MultipleChoiceField(
        label=_("Commitments that it serves"), required=False, widget=Checks
    )
    commitments_more = _line(_("Codes of other commitments"))

    def fill(self) -> None:
        super().fill()
        _tick(self, "commitments")
        del self.fields["organizations"]


class ActionChangeForm(ActionForm):
    groups = ((_("Why it changes"), ("because",)), *ActionForm.groups)
    because = _line(_("Because"), 500)


class MeasurementForm(_Sources):
    lists = ("sources",)
    groups = (
        (_("Value"), ("date", "value", "low", "high", "note")),
        (_("Sources"), ("sources", "sources_more")),
        _SOURCE_GROUP,
        _PASSAGE_GROUP,
    )
    date = _partial(_("Date"))
    value = _line(_("Value"), 26)
    low = _line(_("Lowest"), 26)
    high = _line(_("Highest"), 26)
    note = _line(_("note"), 500)


class EvidenceForm(_Sources):
    lists = ("sources",)
    groups = ((_("Sources"), ("sources", "sources_more")), _SOURCE_GROUP, _PASSAGE_GROUP)


class SourceChangeForm(ProposalForm):
    groups = (
        (_("Why it changes"), ("because",)),
        (_("The source"), ("source_url", "source_title", "source_publisher", "source_date", "source_class", "source_language", "upload")),
    )  # fmt: skip
    because = _line(_("Because"), 500)
    source_url = _Sources.base_fields["source_url"]
    source_title = _Sources.base_fields["source_title"]
    source_publisher = _Sources.base_fields["source_publisher"]
    source_date = _Sources.base_fields["source_date"]
    source_class = _Sources.base_fields["source_class"]
    source_language = _Sources.base_fields["source_language"]
    upload = _Sources.base_fields["upload"]

    def payload(self) -> dict[str, Any]:
        found = super().payload()
        found.pop("upload", None)
        return found


class WithdrawalForm(RetractionForm):
    pass


class CommentForm(ProposalForm):
    text = _area(_("Comment"), 5)


FORMS: dict[str, type[ProposalForm]] = {
    Kind.ASSESSMENT: AssessmentForm, Kind.RETRACTION: RetractionForm, Kind.ACTION: ActionForm,
    Kind.ACTION_CHANGE: ActionChangeForm, Kind.MEASUREMENT: MeasurementForm, Kind.EVIDENCE: EvidenceForm,
    Kind.SOURCE_CHANGE: SourceChangeForm, Kind.WITHDRAWAL: WithdrawalForm, Kind.COMMENT: CommentForm,
}  # fmt: skip
assert set(FORMS) == set(Kind.values) and set(SUPPORTED) >= {"commitment", "assessment"}
