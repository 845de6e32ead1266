"""The desk in a client: drafts, conflicts, review."""

import io
import zipfile
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils.html import escape

from commitments.ledger import proposals, verbs
from commitments.ledger.people import actor
from commitments.ledger.subjects import SUBJECTS
from commitments.ledger.wellformed import Faulty
from commitments.models.assessment import Assessment, AssessmentBasis
from commitments.models.happening import Happening
from commitments.models.proposal import Draft, Proposal
from commitments.models.source import Source
from commitments.readings import changes, desk, judgements
from tests.broken import BROKEN_DISPUTE, RULES, as_form, beside, by, can_be_typed, holds, target
from tests.ledger.test_proposals import BROKEN, PDF
from tests.story import ANNA, N2D, N6C, NURLAN, SOURCE, cast, on, person, propose, report

pytestmark = pytest.mark.django_db
BACKEND = "django.contrib.auth.backends.ModelBackend"


@pytest.fixture(autouse=True)
def people(db: None, settings: Any, tmp_path: Any) -> None:
    settings.ARCHIVE_DIR = tmp_path / "archive"
    cast()


def signed_in(name: str) -> Client:
    client = Client()
    client.force_login(User.objects.get(username=name), backend=BACKEND)
    return client


def read() -> dict[str, int]:
    """What a form says of somebody who has just read the page."""
    return {"seen": changes.head()["number"]}


def begin(client: Client, kind: str = "assessment", target: str = N6C, **more: str) -> str:
    """A new draft; returns its address."""
    response = client.post("/desk/new/", {"kind": kind, "target": target, **more})
    assert response.status_code == 302, response.content[:300]
    return str(response.headers["Location"])


def typed(address: str, **change: Any) -> dict[str, Any]:
    version = Draft.objects.get(pk=address.split("/")[3]).version
    return {
        "version": version, "value": "largely_fulfilled", "effective_on": "2025-10-31", "because_en": "The operation took place.",
        "confidence": "medium", "organization": "CSTO", **SOURCE, **change,
    }  # fmt: skip


def test_a_report_goes_from_a_draft_to_the_record() -> None:
    anna, nurlan = signed_in("anna"), signed_in("nurlan")
    address = begin(anna)
    assert "N6.c" in anna.get("/desk/").content.decode()
    assert anna.post(address, typed(address)).status_code == 302
    page = anna.get(address).content.decode()
    assert "The status stays" in page and "fulfilled of" in page
    response = anna.post(address, typed(address, intent="submit"))
    assert response.status_code == 302, response.content.decode()[-3000:]
    key = address.split("/")[3]
    assert "reported by the organization" in nurlan.get(f"/desk/proposals/{key}/").content.decode()
    back = nurlan.post(f"/desk/proposals/{key}/", {**read(), "intent": "return", "reason": ""})
    assert back.status_code == 400 and "must be given" in back.content.decode()
    assert (
        nurlan.post(
            f"/desk/proposals/{key}/", {**read(), "intent": "return", "reason": "Which year?"}
        ).status_code
        == 302
    )
    assert "Which year?" in anna.get("/desk/").content.decode()
    assert "Which year?" in anna.get(address).content.decode()
    assert anna.post(address, typed(address, intent="submit", because_en="In 2025.")).status_code == 302
    assert (
        nurlan.post(
            f"/desk/proposals/{key}/", {**read(), "intent": "accept", "track": "reported"}
        ).status_code
        == 302
    )
    row = Assessment.objects.get(organization="CSTO")
    assert (row.track, row.because, row.reviewed_by) == ("reported", {"en": "In 2025."}, NURLAN)
    assert not Draft.objects.exists()
    public = Client().get(f"/commitments/{N6C}/").content.decode()
    assert "reported by the organization" in public


def test_every_fault_stands_beside_its_field_and_what_was_typed_is_kept() -> None:
    anna = signed_in("anna")
    address = begin(anna)
    head = changes.head()
    change = {
        "effective_on": "2009-03-26",
        "because_en": "",
        "because_ru": "",
        "source_url": "javascript:x",
        "intent": "submit",
    }
    response = anna.post(address, typed(address, **change))
    page = response.content.decode()
    assert response.status_code == 400 and changes.head() == head
    for field in ("effective_on", "because", "source_url"):
        part = (
            page.split(f'id="f-{field}"')[1].split("</div>")[0]
            if field != "because"
            else page.split('id="f-because"')[1][:3000]
        )
        assert "fault" in part, field
    assert 'value="2009-03-26"' in page and "javascript:x" in page


def a_report_can(change: dict[str, Any], field: str) -> bool:
    """Whether a form of a focal point can send this: its other fields are set by the product itself."""
    if field in ("commitment", "organization", "replaces", "surprise", "unchanged", "file"):
        return False
    because, basis = change.get("because", {}), change.get("basis", [])
    texts = isinstance(because, dict) and set(because) <= {"en", "zh", "ru"} and because.get("en") != "\ud800"
    return texts and isinstance(basis, list) and all(isinstance(code, str) for code in basis)


@pytest.mark.engineless
@pytest.mark.parametrize(("change", "field"), [rule for rule in BROKEN if a_report_can(*rule)])
def test_every_rule_that_the_ledger_has_the_page_tells_beside_its_field(
    change: dict[str, Any], field: str
) -> None:
    anna = signed_in("anna")
    address = begin(anna)
    head = changes.head()
    form = {name: value for name, value in change.items() if name not in ("because", "basis", "sources")}
    if "because" in change:
        form |= {f"because_{lang}": change["because"].get(lang, "") for lang in ("en", "zh", "ru")}
    for name in ("basis", "sources"):
        if name in change:
            form[f"{name}_more"] = " ".join(change[name])
    response = anna.post(address, typed(address, **form, intent="submit"))
    page = response.content.decode()
    assert response.status_code == 400 and changes.head() == head and not Proposal.objects.exists()
    assert beside(page, field)
    for value in form.values():
        assert len(value) > 5000 or "\x00" in value or escape(value) in page, value[:80]


@pytest.mark.engineless  # the rules themselves are broken on both engines, in tests/ledger
@pytest.mark.parametrize(("kind", "change", "field"), [rule for rule in RULES if can_be_typed(rule)])
def test_every_rule_of_every_kind_stands_beside_its_field(
    kind: str, change: dict[str, Any], field: str
) -> None:
    proposals.accept(key=propose(), by=NURLAN)
    author = signed_in(by(kind).removeprefix("p-"))
    address = begin(author, kind, **target(kind))
    form, head, waiting = as_form(holds(kind, **change)), changes.head(), Proposal.objects.count()
    version = Draft.objects.get(pk=address.split("/")[3]).version
    response = author.post(address, {"version": version, **form, "intent": "submit"})
    page = response.content.decode()
    assert response.status_code == 400 and changes.head() == head and Proposal.objects.count() == waiting
    assert beside(page, field)


@pytest.mark.engineless
@pytest.mark.parametrize(("change", "field"), [rule for rule in BROKEN_DISPUTE if rule[1] != "assessment"])
def test_every_rule_of_a_dispute_stands_beside_its_field(change: dict[str, Any], field: str) -> None:
    assessment = Assessment.objects.filter(commitment=N6C, track="analyst").latest("effective_on").pk
    form = {"assessment": assessment, "organization": "CSTO", "kind": "dispute", "text": {"en": "No."}}
    head = changes.head()
    response = signed_in("anna").post("/desk/disputes/", as_form(form | change))
    assert response.status_code == 400 and changes.head() == head
    assert beside(response.content.decode(), field)


@pytest.mark.parametrize("field", ["because_en", "passage", "source_title", "source_url"])
def test_a_megabyte_in_a_field_is_told_beside_it(field: str) -> None:
    anna = signed_in("anna")
    address = begin(anna)
    response = anna.post(address, typed(address, **{field: "x" * 1_000_000, "intent": "submit"}))
    page = response.content.decode()
    assert response.status_code == 400 and not Proposal.objects.exists()
    shown = page.split(f'id="f-{field.removesuffix("_en")}"')[1].split('id="f-')[0]
    assert "fault" in shown and "x" * 1_000_000 in shown


@pytest.mark.parametrize("raw", ["%ED%A0%80", "a%00b", "%E2%80%AE", "%EF%BF%BD"])
def test_what_no_text_may_hold_is_refused_by_its_field_as_it_comes_over_the_wire(raw: str) -> None:
    anna = signed_in("anna")
    address = begin(anna)
    body = urlencode({**typed(address, intent="submit"), "because_en": "@"}).replace(
        "because_en=%40", f"because_en={raw}"
    )
    response = anna.post(address, body, content_type="application/x-www-form-urlencoded")
    assert response.status_code == 400 and not Proposal.objects.exists()
    assert "fault" in response.content.decode().split('id="f-because"')[1].split('id="f-')[0]


@pytest.mark.parametrize("lang", ["zh", "ru"])
def test_the_definition_of_each_value_stands_beside_the_choice(lang: str) -> None:
    anna = signed_in("anna")
    page = anna.get(f"{begin(anna)}?lang={lang}").content.decode()
    for value in judgements.scale_values("house@1"):
        assert escape(value["definition"][lang]) in page, value["value"]


def test_who_changes_an_action_that_was_changed_meanwhile_sees_both_and_loses_nothing() -> None:
    fact = Happening.objects.filter(category="action", verified=True).order_by("key")[0]
    liu = signed_in("liu")
    address = begin(liu, "action_change", fact.pk)
    state = SUBJECTS["action"].states([fact.pk])[fact.pk]
    verbs.amend(
        subject_type="action", subject=fact.pk, state=state | {"title": {"en": "Theirs"}}, by=NURLAN, because="clearer"
    )  # fmt: skip
    payload = Draft.objects.get().payload
    form = {
        "version": 1, "kind": payload["kind"], "date": payload["date"], "end_date": payload["end_date"], "title_en": "Mine",
        "description_en": "", "because": "clearer still", "organizations": payload["organizations"],
        "organizations_more": " ".join(payload["organizations"]), "commitments_more": " ".join(payload["commitments"]),
        "sources_more": " ".join(payload["sources"]), "intent": "submit",
    }  # fmt: skip
    response = liu.post(address, form)
    page = response.content.decode()
    assert (
        response.status_code == 409
        and "Theirs" in page
        and "Mine" in page.split('id="f-title"')[1].split('id="f-')[0]
    )
    assert SUBJECTS["action"].states([fact.pk])[fact.pk]["title"] == {"en": "Theirs"}
    assert liu.post(address, {**form, "version": Draft.objects.get().version}).status_code == 302


def test_what_each_kind_would_change_is_shown_before_it_happens() -> None:
    liu = signed_in("liu")
    used = AssessmentBasis.objects.filter(assessment__commitment=N6C, happening__isnull=False).latest("pk")
    source = used.happening.sources.first().source_id
    page = liu.get(begin(liu, "withdrawal", source)).content.decode()
    assert "would be marked" in page and "N6.c" in page.split("would be marked")[1]
    Draft.objects.all().delete()
    address = begin(liu, "action", N6C)
    form = {
        "version": 1,
        "kind": "operation",
        "date": "2026-09",
        "title_en": "Channel 2026",
        "organizations": ["CSTO"],
        "commitments": [N6C],
    }
    liu.post(address, form)
    page = liu.get(address).content.decode()
    assert (
        "Channel 2026" in page.split("What it would change")[1]
        and "newest evidence" in page
        and "Sep 2026" in page
    )
    Draft.objects.all().delete()
    address = begin(liu, "measurement", "sco-afg-2009:i-opium-ha")
    liu.post(address, {"version": 1, "date": "2026", "value": "12345"})
    page = liu.get(address).content.decode()
    assert "Newest value" in page and "12,345 (2026)" in page
    Draft.objects.all().delete()
    address = begin(liu, "evidence", N6C, supports="commitment")
    liu.post(address, {"version": 1, "passage": "The exact words.", **SOURCE})
    assert "The exact words." in liu.get(address).content.decode().split("What it would change")[1]


def test_the_desk_watches_the_silence_of_ones_organizations_and_the_copies() -> None:
    bek, nurlan = (
        signed_in("bek").get("/desk/").content.decode(),
        signed_in("nurlan").get("/desk/").content.decode(),
    )
    anna = signed_in("anna").get("/desk/").content.decode()
    kaz = desk.silent(actor("p-bek"), "sco-afg-2009", on(date.today().isoformat()))
    assert [g["code"] for g in kaz] == ["KAZ"] and kaz[0][
        "count"
    ] > 3  # bound through the group of the day of adoption
    for row in kaz[0]["rows"]:
        assert f"/commitments/{row['key']}/" in bek.split("Silent longest")[1]
    assert "KAZ" not in anna.split("Silent longest")[1].split("</section>")[0]
    copies = [s["key"] for s in desk.copies("sco-afg-2009", on(date.today().isoformat()))]
    assert copies and all(Source.objects.get(pk=key).source_class == "copy" for key in copies)
    assert f"/sources/{copies[0]}/" in nurlan
    groups = desk.silent(actor("p-nurlan"), "sco-afg-2009", on(date.today().isoformat()))
    assert [g["since"] for g in groups] == sorted(g["since"] for g in groups)


def test_a_focal_point_changes_its_action_and_keeps_links_that_are_not_its_own() -> None:
    fact = Happening.objects.get(pk="sco-afg-2009:a-ch-2025b")
    anna = signed_in("anna")
    address = begin(anna, "action_change", fact.pk)
    payload = Draft.objects.get().payload
    clean = {**payload, "because": "clearer", "title": {**payload["title"], "en": "Channel, second stage"}}
    propose(clean, kind="action_change", seen=fact.recorded)
    with pytest.raises(Faulty, match="no role in"):
        propose(
            {**clean, "commitments": [*payload["commitments"], "sco-afg-2009:P1.a"]},
            kind="action_change",
            seen=fact.recorded,
        )
    assert address


@pytest.mark.parametrize(("lang", "words"), [("zh", "必须填写"), ("ru", "нужно заполнить")])
def test_faults_are_told_in_the_language_of_the_person(lang: str, words: str) -> None:
    anna = signed_in("anna")
    address = begin(anna)
    page = anna.post(
        f"{address}?lang={lang}", typed(address, confidence="", intent="submit")
    ).content.decode()
    assert words in page


def test_two_people_write_one_draft_and_the_second_sees_both() -> None:
    anna = signed_in("anna")
    address = begin(anna)
    first, second = typed(address, because_en="Mine."), typed(address, because_en="Yours.")
    assert anna.post(address, first).status_code == 302
    response = anna.post(address, second)
    page = response.content.decode()
    assert response.status_code == 409 and "Mine." in page and "Yours." in page
    assert Draft.objects.get().payload["because"] == {"en": "Mine."}
    assert anna.post(address, typed(address, because_en="Both.")).status_code == 302


def test_a_draft_saves_itself_and_says_when_it_cannot() -> None:
    anna = signed_in("anna")
    address = begin(anna)
    saved = anna.post(f"{address}autosave/", typed(address)).json()
    assert saved == {"saved": True, "version": 2, "words": "Saved."}
    assert anna.post(f"{address}autosave/", typed(address, version=1)).json()["saved"]  # the same, sent twice
    assert anna.post(f"{address}autosave/", typed(address, version=1, because_en="x")).status_code == 409
    assert anna.post(f"{address}autosave/", typed(address, because_en="a\u202eb")).status_code == 400
    assert Draft.objects.get().payload["because"] == {"en": "The operation took place."}


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.pdf", b"", "empty"), ("a.pdf", b"\x89PNG\r\n\x1a\n", "not what its name says"), ("a.exe", b"MZ", "only PDF"),
        ("a.txt", b"<html><script>", "not what its name says"), ("a.txt", b"a\x00b", "not what its name says"),
        ("a.docx", b"PK\x03\x04nothing", "not what its name says"), ("a.pdf", b"%PDF-1.7\n%%EOF" + b" " * (20 * 1024 * 1024), "20 MB"),
    ],
)  # fmt: skip
def test_a_file_that_is_not_what_it_says_is_refused(name: str, content: bytes, words: str) -> None:
    anna = signed_in("anna")
    address = begin(anna)
    response = anna.post(address, typed(address, upload=SimpleUploadedFile(name, content)))
    page = response.content.decode()
    assert response.status_code == 400
    field = page.split('id="f-upload"')[1].split('class="field"')[0]
    assert words in field, field[:1500]
    assert "The operation took place." in page  # what was typed beside it is kept
    assert not [p for p in Path(settings.ARCHIVE_DIR).rglob("*") if p.is_file()]


PNG = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89"
)


def office(member: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr(member, "<x/>")
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.pdf", PDF), ("a.png", PNG), ("a.jpg", b"\xff\xd8\xff\xe0 jpeg \xff\xd9"), ("a.docx", office("word/document.xml")),
        ("a.xlsx", office("xl/workbook.xml")), ("a.txt", "Слово 词".encode()),
    ],
)  # fmt: skip
def test_every_kind_of_file_is_kept_as_evidence(name: str, content: bytes) -> None:
    anna = signed_in("anna")
    address = begin(anna)
    anna.post(address, typed(address, upload=SimpleUploadedFile(name, content), intent="submit"))
    proposals.accept(key=address.split("/")[3], by=NURLAN)
    digest = Assessment.objects.get(organization="CSTO").sources.get().source.files.get().pk
    assert Client().get(f"/files/{digest}/").content == content


def test_a_file_is_kept_and_offered_as_an_attachment() -> None:
    anna, nurlan = signed_in("anna"), signed_in("nurlan")
    address = begin(anna)
    anna.post(address, typed(address, upload=SimpleUploadedFile("../report <1>.pdf", PDF)))
    anna.post(address, typed(address, intent="submit"))
    key = address.split("/")[3]
    for client in (anna, nurlan):
        reply = client.get(f"/desk/proposals/{key}/file/")
        assert reply.content == PDF and reply.headers["X-Content-Type-Options"] == "nosniff"
        assert reply.headers["Content-Disposition"].startswith('attachment; filename="report _1_.pdf"')
    assert signed_in("bek").get(f"/desk/proposals/{key}/file/").status_code == 403
    nurlan.post(f"/desk/proposals/{key}/", {**read(), "intent": "accept"})
    digest = Assessment.objects.get(organization="CSTO").sources.get().source.files.get().pk
    public = Client().get(f"/files/{digest}/")
    assert public.content == PDF and "attachment" in public.headers["Content-Disposition"]


def test_drafts_are_seen_by_those_who_write_them() -> None:
    anna = signed_in("anna")
    address = begin(anna)
    for name in ("bek", "liu", "nurlan"):
        assert signed_in(name).get(address).status_code == 403
    key = propose()
    assert signed_in("bek").get(f"/desk/proposals/{key}/").status_code == 403
    assert signed_in("liu").get(f"/desk/proposals/{key}/").status_code == 200


def test_a_retraction_shows_its_effect_before_it_happens() -> None:
    liu = signed_in("liu")
    fulfilled = Assessment.objects.get(commitment=N2D, value="fulfilled", replaced_by=None)
    page = liu.get(begin(liu, "retraction", fulfilled.pk)).content.decode()
    assert "7 fulfilled of 48" in page and "6 fulfilled of 4" in page


def test_what_is_proposed_is_withdrawn_by_who_proposed_it() -> None:
    key = propose()
    assert signed_in("liu").post(f"/desk/proposals/{key}/", {"intent": "withdraw"}).status_code == 403
    assert signed_in("anna").post(f"/desk/proposals/{key}/", {"intent": "withdraw"}).status_code == 302
    assert Proposal.objects.get(pk=key).state == "withdrawn"
    assert (
        signed_in("nurlan").post(f"/desk/proposals/{key}/", {**read(), "intent": "accept"}).status_code == 409
    )


def test_a_draft_is_handed_over() -> None:
    person("aida", "focal_point", ["CSTO"])
    anna = signed_in("anna")
    address = begin(anna)
    assert anna.post(f"{address}hand-over/", {"to": "p-bek"}).status_code == 302
    assert Draft.objects.get().author.code == ANNA
    assert anna.post(f"{address}hand-over/", {"to": "p-aida"}).status_code == 302
    assert signed_in("aida").get(address).status_code == 200


@pytest.mark.parametrize("kind", ["assessment", "action", "comment", "evidence", "measurement", "action_change", "source_change", "withdrawal"])  # fmt: skip
@pytest.mark.parametrize("lang", ["en", "zh", "ru"])
def test_every_kind_has_its_form(kind: str, lang: str) -> None:
    liu = signed_in("liu")
    target = {
        "measurement": "sco-afg-2009:i-opium-ha", "action_change": "sco-afg-2009:m-statement", "source_change": "sco-afg-2009:src-sohu",
        "withdrawal": "sco-afg-2009:src-sohu",
    }.get(kind, N6C)  # fmt: skip
    if kind == "action_change":
        target = Happening.objects.filter(category="action").values_list("pk", flat=True)[0]
    address = begin(liu, kind, target, supports="commitment")
    assert liu.get(f"{address}?lang={lang}").status_code == 200
    response = liu.post(f"{address}?lang={lang}", {"version": 1, "intent": "submit"})
    assert response.status_code == 400 and "fault" in response.content.decode()


def test_many_unchanged_reports_are_accepted_at_once() -> None:
    keys = [
        propose(report(effective_on=f"2025-10-{day}", value="partially_fulfilled", unchanged=True))
        for day in (10, 11, 12)
    ]
    nurlan = signed_in("nurlan")
    assert "unchanged" in nurlan.get("/desk/").content.decode()
    assert nurlan.post("/desk/proposals/accept/", {**read(), "key": keys}).status_code == 302
    assert {Proposal.objects.get(pk=key).state for key in keys} == {"accepted"}
    with pytest.raises(Faulty, match="another value"):
        propose(report(unchanged=True))
    other = propose(report())
    nurlan.post("/desk/proposals/accept/", {**read(), "key": [other]})
    assert Proposal.objects.get(pk=other).state == "submitted"


@pytest.mark.parametrize("bad", ["\x00", "x" * 5000, "\u202e", "../..", "<script>"])
def test_what_no_code_can_be_is_answered_on_every_form(bad: str) -> None:
    nurlan, anna = signed_in("nurlan"), signed_in("anna")
    key = propose()
    draft = begin(anna)
    for client, address, fields in (
        (nurlan, "/desk/new/", ("kind", "target", "supports", "replaces")), (nurlan, f"/desk/proposals/{key}/", ("intent", "track", "reason")),
        (nurlan, "/desk/proposals/accept/", ("key",)), (anna, draft, ("intent", "version", "value", "because_en", "basis", "sources_more", "effective_on")),
        (anna, f"{draft}autosave/", ("version", "source_url")), (anna, f"{draft}hand-over/", ("to",)), (nurlan, "/desk/disputes/", ("assessment", "organization")),
        (nurlan, "/desk/rounds/", ("title", "organizations", "due_on")), (nurlan, "/desk/people/", ("address", "organizations", "intent", "from", "to", "person")),
        (nurlan, "/desk/sheets/", ("organization",)),
    ):  # fmt: skip
        for name in fields:
            valid = (
                {"kind": "assessment", "target": N6C}
                if address == "/desk/new/"
                else {"version": "1"}
                if "drafts" in address
                else {}
            )
            assert client.post(address, valid | {name: bad}).status_code in (200, 302, 400, 403, 404, 409), (
                address,
                name,
            )
    assert nurlan.get("/desk/").status_code == 200 and anna.get("/desk/").status_code == 200
    assert Client().get(f"/commitments/{N6C}/").status_code == 200


def test_a_double_click_on_a_dispute_is_told_and_not_a_failure() -> None:
    anna = signed_in("anna")
    assessment = Assessment.objects.filter(commitment=N6C, track="analyst").latest("effective_on").pk
    form = {
        "assessment": assessment,
        "organization": "CSTO",
        "kind": "dispute",
        "text_en": "No.",
        "received_on": date.today().isoformat(),
    }
    form |= {"text_0": "No.", "text_1": "", "text_2": ""}
    assert [anna.post("/desk/disputes/", form).status_code for _ in range(2)] == [302, 400]


def test_an_event_is_not_changed_as_an_action() -> None:
    event = Happening.objects.filter(category="event").values_list("pk", flat=True)[0]
    assert signed_in("liu").post("/desk/new/", {"kind": "action_change", "target": event}).status_code == 404


def test_a_draft_belongs_to_the_organization_that_it_reports_for() -> None:
    person("both", "focal_point", ["CSTO", "KAZ"])
    both = signed_in("both")
    address = begin(both)
    both.post(address, typed(address, organization="KAZ"))
    assert signed_in("anna").get(address).status_code == 403
    assert signed_in("bek").get(address).status_code == 200


def test_files_are_not_cached_by_others_when_reading_is_closed(settings: Any) -> None:
    anna, nurlan = signed_in("anna"), signed_in("nurlan")
    address = begin(anna)
    anna.post(address, typed(address, upload=SimpleUploadedFile("a.pdf", PDF), intent="submit"))
    nurlan.post(f"/desk/proposals/{address.split('/')[3]}/", {**read(), "intent": "accept"})
    digest = Assessment.objects.get(organization="CSTO").sources.get().source.files.get().pk
    assert "public" in nurlan.get(f"/files/{digest}/").headers["Cache-Control"]
    settings.PUBLIC_READING = False
    assert nurlan.get(f"/files/{digest}/").headers["Cache-Control"] == "private, no-store"
    assert Client().get(f"/files/{digest}/").status_code == 302


def test_an_old_tab_accepts_nothing_that_was_not_read() -> None:
    key = propose(report(value="partially_fulfilled"))
    nurlan, old = signed_in("nurlan"), read()
    signed_in("olga").post(f"/desk/proposals/{key}/", {**read(), "intent": "return", "reason": "more"})
    propose(report(value="fulfilled"), key=key)
    for form in ({**old, "intent": "accept"}, {"intent": "accept"}):
        response = nurlan.post(f"/desk/proposals/{key}/", form)
        assert response.status_code == 409 and "submitted anew" in response.content.decode()
    assert Proposal.objects.get(pk=key).state == "submitted"
    page = nurlan.get(f"/desk/proposals/{key}/").content.decode()
    assert f'name="seen" value="{read()["seen"]}"' in page


def test_handing_over_ones_own_words_does_not_make_them_anothers() -> None:
    nurlan, liu = signed_in("nurlan"), signed_in("liu")
    address = begin(nurlan)
    nurlan.post(address, typed(address, organization=""))
    nurlan.post(f"{address}hand-over/", {"to": "p-liu"})
    assert liu.post(address, typed(address, organization="", intent="submit")).status_code == 302
    key = address.split("/")[3]
    assert nurlan.post(f"/desk/proposals/{key}/", {**read(), "intent": "accept"}).status_code == 403
    assert (
        signed_in("olga").post(f"/desk/proposals/{key}/", {**read(), "intent": "accept"}).status_code == 302
    )


def test_a_returned_proposal_that_was_handed_over_is_on_the_desk_of_who_has_it() -> None:
    person("mei", "analyst")
    liu, mei = signed_in("liu"), signed_in("mei")
    address = begin(liu)
    liu.post(address, typed(address, organization="", intent="submit"))
    signed_in("nurlan").post(
        f"/desk/proposals/{address.split('/')[3]}/", {**read(), "intent": "return", "reason": "Which page?"}
    )
    liu.post(f"{address}hand-over/", {"to": "p-mei"})
    assert "Which page?" in mei.get("/desk/").content.decode() and mei.get(address).status_code == 200
    assert "Which page?" not in liu.get("/desk/").content.decode()
    assert (
        mei.post(address, typed(address, organization="", because_en="Page 3.", intent="submit")).status_code
        == 302
    )


def test_only_its_author_discards_a_draft_and_only_as_it_was_seen() -> None:
    person("aida", "focal_point", ["CSTO"])
    anna = signed_in("anna")
    address = begin(anna)
    signed_in("aida").post(address, {"intent": "discard", "version": 1})
    anna.post(address, typed(address))
    anna.post(address, {"intent": "discard", "version": 1})
    assert Draft.objects.count() == 1
    anna.post(address, {"intent": "discard", "version": 2})
    assert not Draft.objects.exists()


def test_a_foreign_draft_is_shut_in_every_way() -> None:
    anna, bek = signed_in("anna"), signed_in("bek")
    address = begin(anna)
    anna.post(address, typed(address))
    before = Draft.objects.values().get()
    for path, form in ((address, typed(address, because_en="x")), (f"{address}autosave/", typed(address)), (f"{address}hand-over/", {"to": "p-bek"}), (address, {"intent": "discard", "version": 2})):  # fmt: skip
        assert bek.post(path, form).status_code == 403, path
    assert bek.get(address).status_code == 403 and Draft.objects.values().get() == before
