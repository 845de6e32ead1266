"""What was declared: a declaration, its sections and paragraphs, its editions, and the commitments anchored in them."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from commitments.models.fields import LANGUAGES, Link, Subject, TextsField
from commitments.models.organization import NamedEntity, Organization
from commitments.models.source import Source

LANGUAGE_CHOICES = [(lang, lang) for lang in LANGUAGES]


class Declaration(Subject):
    """One adopted text."""

    title = TextsField()
    adopted_on = models.DateField()
    adopted_at = TextsField()
    event = TextsField()
    legal_nature = TextsField()
    language = models.CharField(max_length=8, choices=LANGUAGE_CHOICES)
    scale = models.ForeignKey("Scale", models.PROTECT, related_name="+")
    companions = models.JSONField(default=list)  # titles or entity codes of papers adopted together with it
    verification = models.JSONField(default=dict)
    research = models.JSONField(default=dict)  # how and when the record was compiled, and what its words mean
    licence = TextsField()
    notes = models.JSONField(default=list)


class Party(Link):
    """Who adopted it (`party`), and each state that was bound on the day (`at_adoption`)."""

    declaration = models.ForeignKey(Declaration, models.CASCADE, related_name="parties")
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="+")
    capacity = models.CharField(
        max_length=12, choices=[("party", _("party")), ("at_adoption", _("bound at adoption"))]
    )


class DeclarationSource(Link):
    declaration = models.ForeignKey(Declaration, models.CASCADE, related_name="+")
    source = models.ForeignKey(Source, models.PROTECT, related_name="+")


class Section(Link):
    declaration = models.ForeignKey(Declaration, models.CASCADE, related_name="sections")
    key = models.CharField(max_length=120, unique=True)
    code = models.CharField(max_length=40)
    title = TextsField()

    def __str__(self) -> str:
        return self.key


class Paragraph(Link):
    """A numbered unit of the text. In each edition it is a span, never a copy."""

    declaration = models.ForeignKey(Declaration, models.CASCADE, related_name="paragraphs")
    key = models.CharField(max_length=120, unique=True)
    code = models.CharField(max_length=20)
    kind = models.CharField(max_length=12)
    section = models.ForeignKey(
        Section, models.CASCADE, to_field="key", null=True, related_name="paragraphs", db_constraint=False
    )
    divergence_note = TextsField()

    def __str__(self) -> str:
        return self.key


class Edition(Subject):
    """One language version: exact text, never changed. A corrected transcription is a new edition that replaces it."""

    class Standing(models.TextChoices):
        AUTHENTIC = "authentic", _("authentic text")
        OFFICIAL = "official", _("official translation")
        OWN = "own_translation", _("own translation")

    declaration = models.ForeignKey(Declaration, models.PROTECT, related_name="editions")
    language = models.CharField(max_length=8, choices=LANGUAGE_CHOICES)
    version = models.PositiveIntegerField()
    standing = models.CharField(max_length=16, choices=Standing.choices)
    text = models.TextField()
    sha256 = models.CharField(max_length=64)
    provenance = TextsField()
    replaces = models.ForeignKey("self", models.PROTECT, null=True, related_name="+")
    notes = models.JSONField(default=list)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["declaration", "language", "version"], name="edition_once")
        ]


class EditionParagraph(Link):
    edition = models.ForeignKey(Edition, models.CASCADE, related_name="spans")
    paragraph = models.ForeignKey(
        Paragraph, models.CASCADE, to_field="key", related_name="+", db_constraint=False
    )
    start = models.PositiveIntegerField()
    end = models.PositiveIntegerField()

    class Meta(Link.Meta):
        constraints = [
            models.CheckConstraint(condition=models.Q(start__lt=models.F("end")), name="paragraph_span")
        ]


class Connective(Link):
    """Text of a paragraph that stands in no quotation, with the reason: every sentence is accounted for."""

    edition = models.ForeignKey(Edition, models.CASCADE, related_name="connectives")
    paragraph = models.ForeignKey(
        Paragraph, models.CASCADE, to_field="key", related_name="+", db_constraint=False
    )
    start = models.PositiveIntegerField()
    end = models.PositiveIntegerField()
    exact = models.TextField()
    reason = models.CharField(max_length=20)


class Commitment(Subject):
    """One atomic undertaking or position, anchored by quotations in each edition."""

    class Kind(models.TextChoices):
        COMMITMENT_TO_ACT = "commitment_to_act", _("undertaking")
        POSITION = "position", _("position")
        CALL_ON_OTHERS = "call_on_others", _("call on others")
        RECOGNITION = "recognition", _("recognition")

    declaration = models.ForeignKey(Declaration, models.PROTECT, related_name="commitments")
    paragraph = models.ForeignKey(
        Paragraph, models.PROTECT, to_field="key", related_name="commitments", db_constraint=False
    )
    code = models.CharField(max_length=20)
    ordinal = models.PositiveIntegerField(help_text="its place in the order of the text, from 1")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    title = TextsField()
    plain = TextsField()
    verifiable = models.BooleanField()
    strength = models.PositiveSmallIntegerField(
        help_text="firmness of wording, 1 to 5, from the operative words"
    )
    strength_words = models.CharField(max_length=80, blank=True)
    note = TextsField()
    retired = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["declaration", "code"], name="commitment_code_once"),
            models.CheckConstraint(condition=models.Q(strength__range=(1, 5)), name="strength_1_to_5"),
        ]


class Replacement(Link):
    """A retired commitment was wrong, split or merged; these stand for it now."""

    commitment = models.ForeignKey(Commitment, models.CASCADE, related_name="replacements")
    by = models.ForeignKey(Commitment, models.PROTECT, related_name="+")


class Quotation(Link):
    """An anchor: edition.text[start:end] == exact, with its context (W3C position and quote selectors)."""

    commitment = models.ForeignKey(Commitment, models.CASCADE, related_name="quotations")
    edition = models.ForeignKey(Edition, models.PROTECT, related_name="quotations")
    role = models.CharField(max_length=8, choices=[("clause", _("clause")), ("verb", _("operative verb"))])
    order = models.PositiveSmallIntegerField()
    start = models.PositiveIntegerField()
    end = models.PositiveIntegerField()
    exact = models.TextField()
    prefix = models.TextField(blank=True)
    suffix = models.TextField(blank=True)

    class Meta(Link.Meta):
        constraints = [
            models.UniqueConstraint(fields=["commitment", "edition", "role", "order"], name="quotation_once"),
            models.CheckConstraint(condition=models.Q(start__lt=models.F("end")), name="quotation_span"),
        ]


class Responsibility(Link):
    """An organization in a commitment: who undertakes, who is asked, who leads, takes part or is named."""

    class Role(models.TextChoices):
        OBLIGOR = "obligor", _("who undertakes")
        ADDRESSEE = "addressee", _("who is asked")
        LEAD = "lead", _("lead")
        PARTNER = "partner", _("partner")
        NAMED = "named", _("named in the text")

    commitment = models.ForeignKey(Commitment, models.CASCADE, related_name="responsibilities")
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="responsibilities")
    role = models.CharField(max_length=12, choices=Role.choices)

    class Meta(Link.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["commitment", "organization", "role"], name="responsibility_once"
            ),
        ]


class Mention(Link):
    commitment = models.ForeignKey(Commitment, models.CASCADE, related_name="mentions")
    entity = models.ForeignKey(NamedEntity, models.PROTECT, related_name="mentions")
