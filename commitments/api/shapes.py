"""The documented shapes. They describe what the readings give; a test checks every reply against them."""

from typing import Any

from rest_framework import serializers as s


class Texts(s.Serializer[Any]):
    """One text in several languages; a language without a text is left out."""

    en = s.CharField(required=False)
    zh = s.CharField(required=False)
    ru = s.CharField(required=False)


class Named(s.Serializer[Any]):
    code = s.CharField()
    name = Texts()


class OrganizationInRole(Named):
    role = s.ChoiceField(["obligor", "addressee", "lead", "partner", "named"])


class SourceBrief(s.Serializer[Any]):
    key = s.CharField()
    title = s.CharField()
    publisher = s.CharField()
    date = s.CharField(allow_blank=True, help_text="YYYY, YYYY-MM or YYYY-MM-DD; empty when unknown")
    url = s.URLField()
    language = s.CharField()
    title_is_descriptive = s.BooleanField()
    withdrawn = s.BooleanField(help_text="whether it was taken back and supports nothing any more")


class Passage(s.Serializer[Any]):
    source = s.CharField()  # type: ignore[assignment]  # a field of the same name as an attribute
    passage = s.CharField(allow_blank=True)
    locator = s.CharField(allow_blank=True)
    accessed_on = s.CharField(allow_blank=True)
    withdrawn = s.BooleanField(help_text="whether its source was withdrawn")


SourceBrief._declared_fields["class"] = s.ChoiceField(["primary", "press", "copy"])


class Evidence(s.Serializer[Any]):
    kind = s.ChoiceField(["action", "event", "indicator", "source"])
    key = s.CharField()
    date = s.CharField(allow_blank=True)
    title = Texts()
    verified = s.BooleanField()
    sources = SourceBrief(many=True)
    passages = Passage(many=True)


class DisputeOutcome(s.Serializer[Any]):
    result = s.ChoiceField(["maintained", "corrected"])
    because = Texts()
    decided_on = s.DateField()
    correction = s.CharField(allow_null=True)


class Dispute(s.Serializer[Any]):
    key = s.CharField()
    kind = s.ChoiceField(["reply", "dispute"])
    organization = s.CharField()
    name = Texts()
    text = Texts()
    received_on = s.DateField()
    due_on = s.DateField(allow_null=True)
    open = s.BooleanField()
    overdue = s.BooleanField()
    outcome = DisputeOutcome(allow_null=True)


class Reported(s.Serializer[Any]):
    organization = s.CharField(allow_null=True)
    value = s.CharField()
    effective_on = s.CharField()
    because = Texts()
    assessment = s.CharField()


class Searched(s.Serializer[Any]):
    what = s.CharField()
    on = s.CharField()


class Status(s.Serializer[Any]):
    value = s.CharField()
    scale = s.CharField()
    track = s.ChoiceField(["analyst", "agreed"], allow_null=True)
    since = s.DateField(allow_null=True, help_text="first day of the unbroken run of this value")
    since_precision = s.ChoiceField(["day", "month", "year"])
    effective_on = s.DateField(allow_null=True, help_text="last reviewed")
    effective_precision = s.ChoiceField(["day", "month", "year"], allow_null=True)
    because = Texts()
    confidence = s.ChoiceField(["high", "medium", "low"], allow_null=True)
    assessed_by = s.CharField(allow_null=True)
    assessment = s.CharField(allow_null=True)
    counts = s.BooleanField(help_text="whether it stands in the denominator")
    evidence = Evidence(many=True)
    unsupported = s.BooleanField(
        help_text="whether evidence that it rests on was withdrawn, or is not verified"
    )
    disputed = s.BooleanField(help_text="whether a dispute of it is open")
    disputes = Dispute(many=True)


class Quotation(s.Serializer[Any]):
    language = s.CharField()
    edition = s.CharField()
    role = s.ChoiceField(["clause", "verb"])
    order = s.IntegerField()
    start = s.IntegerField(help_text="code points of the edition's text")
    end = s.IntegerField(help_text="exclusive")
    exact = s.CharField(trim_whitespace=False)


class Newest(s.Serializer[Any]):
    on = s.DateField()
    date = s.CharField()
    happening = s.CharField()


class Commitment(s.Serializer[Any]):
    key = s.CharField()
    code = s.CharField()
    declaration = s.CharField()
    section = s.CharField()
    paragraph = s.CharField()
    kind = s.ChoiceField(["commitment_to_act", "position", "call_on_others", "recognition"])
    operative_verb = s.CharField(allow_blank=True)
    title = Texts()
    plain = Texts()
    verifiable = s.BooleanField()
    strength = s.IntegerField(min_value=1, max_value=5)
    quotations = Quotation(many=True)
    status = Status()
    reported = Reported(
        many=True, help_text="what each organization itself reported last; it never sets the status"
    )
    disagrees = s.BooleanField(help_text="whether an organization reported another value than the status")
    newest_evidence = Newest(allow_null=True)
    organizations = OrganizationInRole(many=True)
    instruments = s.ListField(child=s.CharField())
    actions = s.ListField(child=s.CharField())
    indicators = s.ListField(child=s.CharField())
    url = s.CharField()


class Assessment(s.Serializer[Any]):
    key = s.CharField()
    commitment = s.CharField()
    value = s.CharField()
    effective_on = s.DateField()
    effective_precision = s.ChoiceField(["day", "month", "year"])
    track = s.ChoiceField(["reported", "analyst", "agreed"])
    party = s.CharField(allow_null=True)
    because = Texts()
    confidence = s.ChoiceField(["high", "medium", "low"])
    assessed_by = s.CharField()
    reviewed_by = s.CharField(allow_null=True)
    organization = s.CharField(allow_null=True, help_text="who reported or confirmed it")
    searched = Searched(allow_null=True, help_text="what was searched, where nothing can be shown")
    ledger_number = s.IntegerField()
    replaces = s.CharField(allow_null=True)


class AssessmentInList(Assessment):
    before = s.CharField(
        allow_null=True, help_text="the value that it found; null when it cannot set a status"
    )
    moved = s.BooleanField(help_text="whether it changed the value")
    disputed = s.BooleanField(help_text="whether an organization disputes it and no outcome is recorded")
    unsupported = s.BooleanField(
        help_text="whether evidence that it rests on was withdrawn or is not verified"
    )


class AssessmentDetail(Assessment):
    evidence = Evidence(many=True)
    unsupported = s.BooleanField()
    disputes = Dispute(many=True)
    stands = s.BooleanField(help_text="false when it was replaced or retracted")


class AssessmentOfCommitment(Assessment):
    evidence = Evidence(many=True)
    unsupported = s.BooleanField()
    disputes = Dispute(many=True)
    replaced_by = s.CharField(allow_null=True)
    retracted_because = Texts(allow_null=True)
    retracted_by = s.CharField(allow_null=True)
    moved = s.BooleanField(help_text="whether it changed the value; else it reaffirmed it")


class AttachedEvidence(s.Serializer[Any]):
    source = SourceBrief()  # type: ignore[assignment]  # a field of the same name as an attribute
    passage = s.CharField(allow_blank=True)
    locator = s.CharField(allow_blank=True)
    accessed_on = s.CharField(allow_blank=True)


class TopicOfCommitment(Named):
    through = Named(
        allow_null=True, help_text="what the clause names that deals with it, where its own words do not"
    )


class Topic(Named):
    key = s.CharField()
    declaration = s.CharField()
    commitments = s.ListField(child=s.CharField())


class CommitmentDetail(Commitment):
    note = Texts()
    strength_words = s.CharField(allow_blank=True)
    divergence_note = Texts()
    adopted_on = s.DateField()
    retired = s.BooleanField(help_text="whether it was wrong, split or merged, and other codes stand for it")
    replaced_by = s.ListField(child=s.CharField())
    replaces = s.ListField(child=s.CharField())
    assessments = AssessmentOfCommitment(many=True)
    evidence = AttachedEvidence(many=True, help_text="passages that were attached to the commitment itself")
    topics = TopicOfCommitment(many=True)


class Section(s.Serializer[Any]):
    key = s.CharField()
    code = s.CharField()
    title = Texts()


class SectionDetail(Section):
    declaration = s.CharField()
    commitments = s.IntegerField()


class Party(s.Serializer[Any]):
    organization = s.CharField()
    organization__name = Texts()
    capacity = s.ChoiceField(["party", "at_adoption"])


class Declaration(s.Serializer[Any]):
    key = s.CharField()
    title = Texts()
    adopted_on = s.DateField()
    adopted_at = Texts()
    event = Texts()
    legal_nature = Texts()
    language = s.CharField()
    scale = s.CharField()
    companions = s.ListField(child=s.CharField())
    verification = s.DictField()
    licence = Texts()
    sections = Section(many=True)
    parties = Party(many=True)
    parties_at_adoption = Party(many=True)


class Edition(s.Serializer[Any]):
    key = s.CharField()
    declaration = s.CharField()
    language = s.CharField()
    version = s.IntegerField()
    standing = s.ChoiceField(["authentic", "official", "own_translation"])
    sha256 = s.CharField()
    provenance = Texts()
    replaces = s.CharField(allow_null=True)
    replaced_by = s.CharField(allow_null=True)


class EditionDetail(Edition):
    text = s.CharField(trim_whitespace=False)


class Paragraph(s.Serializer[Any]):
    key = s.CharField()
    code = s.CharField()
    kind = s.CharField()
    declaration = s.CharField()
    section = s.CharField(allow_null=True)
    divergence_note = Texts()
    texts = s.DictField(help_text="by language: edition, start, end, text")


class Organization(s.Serializer[Any]):
    code = s.CharField()
    type = s.CharField()
    name = Texts()
    aliases = s.DictField()
    parent = s.CharField(allow_null=True)  # type: ignore[assignment]  # a field of the same name as an attribute
    valid_from = s.CharField(allow_null=True)
    valid_to = s.CharField(allow_null=True)
    validity = s.ChoiceField(["not_yet", "current", "ended"])
    successor = s.CharField(allow_null=True)
    validity_event = s.CharField(allow_null=True)
    note = Texts()
    url = s.CharField()
    roles = s.DictField(child=s.IntegerField(), help_text="number of commitments by role")


class MembershipShape(s.Serializer[Any]):
    key = s.CharField()
    group = s.CharField()
    member = s.CharField()
    start = s.CharField(allow_blank=True)
    end = s.CharField(allow_blank=True)
    validity = s.ChoiceField(["not_yet", "current", "ended"])
    note = Texts()


class PortfolioShape(s.Serializer[Any]):
    declaration = s.CharField()
    undertaken = s.ListField(
        child=s.CharField(), help_text="undertakings, also through groups of the day of adoption"
    )
    undertaken_through = s.ListField(child=s.CharField())
    roles = s.DictField(child=s.ListField(child=s.CharField()))
    joined_later = MembershipShape(
        many=True, help_text="memberships that began after adoption and so bind to nothing"
    )


class OrganizationDetail(Organization):
    memberships = MembershipShape(many=True)
    members = MembershipShape(many=True)
    portfolios = PortfolioShape(many=True)


class Instrument(Named):
    category = s.ChoiceField(["instrument", "mechanism", "operation", "place"])
    type = s.CharField(allow_blank=True)
    as_in_text = Texts()
    commitments = s.ListField(child=s.CharField())


class Action(s.Serializer[Any]):
    key = s.CharField()
    code = s.CharField()
    declaration = s.CharField()
    category = s.ChoiceField(["action", "event"])
    kind = s.CharField()
    date = s.CharField()
    on = s.DateField(help_text="the day from which it counts")
    end_date = s.CharField(allow_blank=True)
    title = Texts()
    description = Texts()
    verified = s.BooleanField(help_text="false: not shown as a fact and never counted")
    unverified_parts = s.ListField(child=s.CharField())
    note = s.CharField(allow_blank=True)
    organizations = Named(many=True)
    commitments = s.ListField(child=s.CharField())
    sources = SourceBrief(many=True)


class Measurement(s.Serializer[Any]):
    key = s.CharField()
    date = s.CharField(allow_blank=True)
    on = s.DateField(allow_null=True)
    value = s.CharField(help_text="a decimal in the indicator's unit")
    low = s.CharField(allow_null=True)
    high = s.CharField(allow_null=True)
    verified = s.BooleanField()
    derived = s.BooleanField()
    note = s.CharField(allow_blank=True)
    sources = SourceBrief(many=True)


class Indicator(s.Serializer[Any]):
    key = s.CharField()
    code = s.CharField()
    declaration = s.CharField()
    name = Texts()
    unit = s.CharField()
    unit_label = Texts()
    unit_forms = s.DictField()
    desired_direction = s.ChoiceField(["up", "down", "context"])
    organization = Named(allow_null=True)
    commitments = s.ListField(child=s.CharField())
    note = s.CharField(allow_blank=True)
    measurements = Measurement(many=True)


class Source(SourceBrief):
    code = s.CharField()
    declaration = s.CharField()
    note = s.CharField(allow_blank=True)
    facts = s.IntegerField(help_text="verified actions, events, values and memberships that rest on it")
    unverified = s.IntegerField(help_text="facts that are not verified: listed, never counted")


class FactBrief(s.Serializer[Any]):
    key = s.CharField()
    date = s.CharField(allow_blank=True)
    title = Texts()
    verified = s.BooleanField()
    category = s.ChoiceField(["action", "event"])


class SourceDetail(SourceBrief):
    code = s.CharField()
    declaration = s.CharField()
    note = s.CharField(allow_blank=True)
    happenings = FactBrief(many=True)
    measurements = s.ListField(child=s.DictField())
    assessments = s.ListField(child=s.DictField(), help_text="assessments that stand on those facts")
    memberships = s.ListField(child=s.DictField())
    withdrawn_because = Texts(allow_null=True)
    files = s.ListField(child=s.DictField(), help_text="archived copies")
    passages = s.ListField(child=s.DictField(), help_text="quoted passages and what they support")
    history = s.ListField(child=s.DictField(), help_text="what it was before")


class ReportFile(s.Serializer[Any]):
    format = s.CharField()
    url = s.CharField()
    sha256 = s.CharField()
    bytes = s.IntegerField()


class NamedInFilter(s.Serializer[Any]):
    filter = s.ChoiceField(["organization", "instrument", "section", "topic"])
    code = s.CharField()
    name = Texts()


class ReportScope(s.Serializer[Any]):
    declaration = s.CharField()
    filters = s.DictField(child=s.CharField(), help_text="the parameters of a list of commitments")
    named = NamedInFilter(many=True, help_text="what the filters name")


class Report(s.Serializer[Any]):
    id = s.CharField()
    schedule = s.CharField()
    scope = ReportScope()
    title = Texts()
    cadence = s.CharField()
    form = s.ChoiceField(["report", "brief"])
    formats = s.ListField(child=s.CharField())
    summary = s.CharField(allow_blank=True, help_text="sentences made from its figures, in its language")
    replaces = s.CharField(allow_null=True, help_text="the edition before")
    replaced_by = s.CharField(allow_null=True, help_text="the edition after")
    because = s.CharField(allow_blank=True, help_text="why this edition was asked for")
    period_start = s.DateField()
    period_end = s.DateField()
    language = s.CharField()
    edition = s.IntegerField()
    state = s.ChoiceField(["due", "building", "ready", "failed"])
    step = s.CharField(allow_blank=True)
    percent = s.IntegerField()
    attempt = s.IntegerField()
    failure = s.CharField(allow_blank=True)
    ledger_number = s.IntegerField(allow_null=True)
    reading_sha256 = s.CharField(allow_null=True)
    renderer = s.DictField(allow_null=True)
    entry = s.IntegerField(allow_null=True)
    files = ReportFile(many=True)
    url = s.CharField()


class HeadShape(s.Serializer[Any]):
    number = s.IntegerField()
    hash = s.CharField()


class EntryShape(s.Serializer[Any]):
    number = s.IntegerField()
    batch = s.IntegerField(help_text="number of the last entry of its transaction")
    recorded_at = s.CharField()
    actor = s.CharField()
    verb = s.CharField()
    subject_type = s.CharField()
    subject = s.CharField()
    audience = s.ChoiceField(["public", "restricted"])
    body_sha256 = s.CharField(help_text="sha256(salt ‖ canonical body)")
    previous_hash = s.CharField()
    hash = s.CharField(help_text="sha256 of the canonical header without hash, salt and body")
    salt = s.CharField(allow_null=True)
    body = s.DictField(allow_null=True)


class Feed(s.Serializer[Any]):
    results = EntryShape(many=True)
    head = HeadShape()
    schemas = s.DictField(
        child=s.CharField(), help_text="by kind of subject and format: the JSON Schema of its bodies"
    )


class Schemas(s.Serializer[Any]):
    results = s.DictField(child=s.CharField())


class ComparedStatus(s.Serializer[Any]):
    value = s.CharField()
    counts = s.BooleanField(help_text="whether it stands in the denominator")
    since = s.DateField(allow_null=True)
    since_precision = s.ChoiceField(["day", "month", "year"])
    because = Texts()
    effective_on = s.DateField(allow_null=True, help_text="the day of the judgement that `because` is of")
    effective_precision = s.ChoiceField(["day", "month", "year"], allow_null=True)
    assessment = s.CharField(allow_null=True)


class Compared(s.Serializer[Any]):
    key = s.CharField()
    code = s.CharField()
    section = s.CharField()
    kind = s.ChoiceField(["commitment_to_act", "position", "call_on_others", "recognition"])
    title = Texts()
    before = ComparedStatus()
    after = ComparedStatus()
    moved = s.BooleanField()
    entered = s.BooleanField(help_text="whether it came into the denominator")
    left = s.BooleanField(help_text="whether it fell out of the denominator")


class StatusChange(s.Serializer[Any]):
    commitment = s.CharField()
    code = s.CharField()
    title = Texts()
    on = s.DateField(help_text="the day from which it holds")
    precision = s.ChoiceField(["day", "month", "year"])
    before = s.CharField()
    after = s.CharField()
    because = Texts()
    track = s.ChoiceField(["analyst", "agreed"])
    assessment = s.CharField()
    ledger_number = s.IntegerField(help_text="the entry by which we learned of it")


class Share(s.Serializer[Any]):
    k = s.IntegerField(allow_null=True)
    n = s.IntegerField(allow_null=True)
    percent = s.IntegerField(allow_null=True)


class Figures(s.Serializer[Any]):
    commitments = s.IntegerField()
    counting = s.IntegerField()
    not_counting = s.IntegerField()
    by_status = s.DictField(child=s.IntegerField())
    fulfilled = Share()


class Explained(s.Serializer[Any]):
    rule = Texts()
    numerator = s.ListField(child=s.CharField(), help_text="keys of what is counted")
    denominator = s.ListField(
        child=s.CharField(), allow_null=True, help_text="among these; null when it is a plain number"
    )


class StatusWithReports(Status):
    reported = Reported(many=True)


class Explanation(s.Serializer[Any]):
    figures = s.DictField(
        child=Explained(),
        help_text="by figure, as it is named in the summary: fulfilled, by_status.stalled, kinds.position, sections.narcotics.counting, rests_on.actions, …",
    )
    commitments = s.DictField(
        child=StatusWithReports(),
        help_text="by commitment: its status, the assessment that set it and the evidence",
    )


class Summary(Figures):
    declaration = s.CharField()
    as_of = s.DateField()
    ledger_number = s.IntegerField()
    scale = s.CharField()
    total = s.IntegerField()
    kinds = s.DictField(child=s.IntegerField())
    sections = s.DictField(child=Figures())
    disagreements = s.IntegerField(help_text="commitments of which an organization reported another value")
    disputed = s.IntegerField(help_text="commitments whose status is disputed")
    rests_on = s.DictField()
    explain = Explanation(required=False)


class Hit(s.Serializer[Any]):
    key = s.CharField()
    code = s.CharField(allow_blank=True)
    title = s.DictField(child=s.CharField())
    url = s.CharField()
    excerpt = s.DictField(
        child=s.CharField(), required=False, help_text="of a commitment: its words by language"
    )
    date = s.CharField(required=False, help_text="of an action, an event and a source")
    verified = s.BooleanField(required=False, help_text="of an action and an event")
    language = s.CharField(required=False, help_text="of a source")
    publisher = s.CharField(required=False, help_text="of a source")


class HitGroup(s.Serializer[Any]):
    group = s.CharField()
    count = s.IntegerField()
    next = s.CharField(allow_null=True, help_text="where the hits of this group go on")
    hits = Hit(many=True)


class SearchResult(s.Serializer[Any]):
    q = s.CharField()
    count = s.IntegerField()
    results = HitGroup(many=True)


class ScaleValue(s.Serializer[Any]):
    value = s.CharField()
    label = Texts()  # type: ignore[assignment]  # a field of the same name as an attribute
    definition = Texts()
    counts = s.BooleanField()


class Root(s.Serializer[Any]):
    resources = s.DictField(child=s.CharField())
    licence = s.DictField()
    head = HeadShape()


class ProposalShape(s.Serializer[Any]):
    key = s.CharField()
    kind = s.ChoiceField(
        ["assessment", "retraction", "action", "action_change", "measurement", "evidence", "source_change", "withdrawal", "comment"]
    )  # fmt: skip
    declaration = s.CharField()
    target = s.CharField()
    organization = s.CharField(allow_null=True)
    payload = s.DictField()
    state = s.ChoiceField(["submitted", "returned", "accepted", "withdrawn"])
    reason = s.CharField(allow_blank=True, help_text="of the last return, acceptance or withdrawal")
    result = s.ListField(
        child=s.ListField(child=s.CharField()), help_text="what acceptance recorded: subject type and key"
    )
    ledger_number = s.IntegerField()
    url = s.CharField()


class NewProposal(s.Serializer[Any]):
    kind = s.ChoiceField(
        ["assessment", "action", "action_change", "measurement", "evidence", "retraction", "comment"]
    )
    declaration = s.CharField(required=False, help_text="default: the one adopted first")
    payload = s.DictField(help_text="the fields of the kind; see the API guide")
    key = s.CharField(required=False, help_text="of a returned proposal that is submitted again")
    seen = s.IntegerField(
        required=False, help_text="of a change: the last ledger number about what it changes"
    )


class NewProposals(s.Serializer[Any]):
    proposals = NewProposal(many=True)


class MadeProposals(s.Serializer[Any]):
    results = ProposalShape(many=True)


class WithReason(s.Serializer[Any]):
    reason = s.CharField(required=False)


class NewWebhook(s.Serializer[Any]):
    url = s.CharField(max_length=500, help_text="https only, unless a setting allows more")
    events = s.ListField(
        child=s.CharField(), required=False, help_text="types, as assessment.assess; empty: every one"
    )
    scope = s.DictField(child=s.CharField(), required=False, help_text="parameters of a list of commitments")
    state = s.ChoiceField(["active", "paused"], required=False)


class ChangedWebhook(NewWebhook):
    url = s.CharField(max_length=500, required=False)


class Webhook(s.Serializer[Any]):
    key = s.CharField()
    url = s.CharField()
    events = s.ListField(child=s.CharField())
    scope = s.DictField(child=s.CharField())
    state = s.ChoiceField(["active", "paused", "disabled"])
    reason = s.CharField(allow_blank=True, help_text="why it is disabled")
    after = s.IntegerField(help_text="the last entry that was looked at for it")
    version = s.IntegerField()
    failing_since = s.DateTimeField(allow_null=True)
    made_at = s.DateTimeField()


class WebhookWithSecret(Webhook):
    secret = s.CharField(
        allow_null=True,
        help_text="whsec_ and base64 of 32 bytes; shown once: null in a replay of an Idempotency-Key",
    )


class DeliveryShape(s.Serializer[Any]):
    id = s.CharField(help_text="the webhook-id")
    type = s.CharField()
    number = s.IntegerField(help_text="the entry; 0: a test")
    state = s.ChoiceField(["waiting", "sent", "failed"])
    attempt = s.IntegerField()
    not_before = s.DateTimeField(allow_null=True)
    status = s.IntegerField(allow_null=True, help_text="of the last reply")
    failure = s.CharField(allow_blank=True)
    milliseconds = s.IntegerField(allow_null=True)
    made_at = s.DateTimeField()
    sent_at = s.DateTimeField(allow_null=True)


class ProblemError(s.Serializer[Any]):
    parameter = s.CharField(required=False)
    pointer = s.CharField(required=False, help_text="JSON pointer into the body")
    code = s.CharField()
    detail = s.CharField()


class Problem(s.Serializer[Any]):
    type = s.CharField()
    title = s.CharField()
    status = s.IntegerField()
    detail = s.CharField()
    code = s.CharField()
    errors = ProblemError(many=True)  # type: ignore[assignment]  # a field of the same name as an attribute


class NewReport(s.Serializer[Any]):
    declaration = s.CharField(required=False)
    form = s.ChoiceField(["report", "brief"])
    scope = s.DictField(
        child=s.CharField(), required=False, help_text="the parameters of a list of commitments"
    )
    languages = s.ListField(child=s.ChoiceField(["en", "zh", "ru"]))
    formats = s.ListField(child=s.ChoiceField(["html", "pdf", "docx", "xlsx", "csv", "json"]))
    start = s.DateField(required=False, help_text="a brief needs none")
    end = s.DateField()


class MadeReports(s.Serializer[Any]):
    results = Report(many=True)


class Comparison(s.Serializer[Any]):
    a = s.CharField()
    b = s.CharField()
    figures = s.DictField()
    moved = s.ListField(child=s.DictField())
    reaffirmed = s.ListField(child=s.DictField())
    earlier = s.ListField(child=s.DictField(), help_text="the same status by an earlier judgement")
    entered = s.ListField(child=s.DictField())
    left = s.ListField(child=s.DictField())
    entered_count = s.ListField(child=s.DictField(), help_text="whose status counts now")
    left_count = s.ListField(child=s.DictField(), help_text="whose status counts no longer")
    corrected = s.ListField(child=s.DictField())
    added = s.ListField(child=s.DictField(), help_text="judgements of the same period that `b` has besides")
    gone = s.ListField(child=s.DictField(), help_text="judgements of the same period that `b` has no longer")
    reworded = s.ListField(child=s.DictField())
    empty = s.BooleanField(help_text="whether nothing differs but the ledger number")
    other = s.BooleanField(help_text="whether something else differs: evidence, indicators, sources")


class Scale(s.Serializer[Any]):
    key = s.CharField()
    code = s.CharField()
    version = s.IntegerField()
    values = ScaleValue(many=True)
