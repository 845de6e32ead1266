"""Who: organizations, their memberships in groups, and the other things a text names."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from commitments.models.fields import Subject, TextsField


class Organization(Subject):
    """A state, a group of states, a body or a mechanism. Its code is global and its key."""

    kind = models.CharField(_("type"), max_length=40)
    name = TextsField(verbose_name=_("name"))
    aliases = models.JSONField(_("aliases"), default=dict, blank=True)  # {"zh": ["集安条约组织", …]}
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("parent")
    )
    valid_from = models.CharField(_("valid from"), max_length=10, blank=True)
    valid_to = models.CharField(
        _("valid to"), max_length=10, blank=True
    )  # first day on which it no longer is
    successor = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("successor")
    )
    validity_event = models.CharField(_("event behind the dates"), max_length=120, blank=True)
    note = TextsField(verbose_name=_("note"))

    class Meta:
        verbose_name = _("organization")
        verbose_name_plural = _("organizations")


class Membership(Subject):
    """An organization in a group over [start, end); a bound that the sources do not give is empty."""

    group = models.ForeignKey(Organization, models.PROTECT, related_name="members")
    member = models.ForeignKey(Organization, models.PROTECT, related_name="memberships")
    start = models.CharField(max_length=10, blank=True)
    end = models.CharField(max_length=10, blank=True)
    note = TextsField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~models.Q(group=models.F("member")), name="no_member_of_itself"),
        ]


class NamedEntity(Subject):
    """Something the text names that is not an organization: an instrument, a mechanism, an operation, a place."""

    class Category(models.TextChoices):
        INSTRUMENT = "instrument", _("instrument")
        MECHANISM = "mechanism", _("mechanism")
        OPERATION = "operation", _("operation")
        PLACE = "place", _("place")

    category = models.CharField(max_length=12, choices=Category.choices)
    kind = models.CharField(max_length=40, blank=True)
    name = TextsField()
    as_in_text = TextsField()
