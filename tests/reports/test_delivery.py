"""Reports by mail: who subscribes, what is sent, and a mail server that refuses, puts off and hangs up."""

import re
import socketserver
import threading
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from datetime import timedelta
from email import message_from_bytes
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.apps import apps
from django.core import mail as outbox
from django.test import Client
from django.utils import translation

from commitments import clock
from commitments.deliveries import mail, subscriptions
from commitments.ledger import verbs
from commitments.ledger.subjects import SUBJECTS
from commitments.ledger.wellformed import Refused
from commitments.models.mail import Mail
from commitments.models.report import IssuedReport, Report, Schedule
from commitments.models.subscription import Subscription
from commitments.reports import build, due
from tests.conftest import CODE
from tests.reports.test_reports import NOW
from tests.story import LIU, administrator

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("folder")]
YEARLY = f"{CODE}:yearly"


def make(count: int = 3) -> None:
    due.make_due(NOW)
    build.work_off(lambda: NOW, limit=count)


BEGAN = "2025-12-15T12:00:00Z"  # before the year ended, of which the reports are made first


def test_who_is_entered_gets_what_falls_due_from_then_on_and_each_once() -> None:
    with time_machine.travel(BEGAN, tick=False):
        subscriptions.enter(
            YEARLY, [("a@example.org", "en"), ("b@example.org", "zh")], by=LIU, site="https://t.example"
        )
    assert subscriptions.announce() == 0  # what was issued before is not sent
    make(3)
    assert subscriptions.announce() == 2 and subscriptions.announce() == 0
    assert mail.work_off(clock.now()) == 2 and mail.work_off(clock.now()) == 0
    english, chinese = sorted(outbox.outbox, key=lambda m: m.to)
    assert (
        english.to == ["a@example.org"]
        and "Yearly progress report" in english.subject
        and "that count are fulfilled" in english.body
    )
    assert "年度进展报告" in chinese.subject and "本报告涵盖64项承诺" in chinese.body
    key = IssuedReport.objects.get(language="en", period_end="2025-12-31").key
    assert f"https://t.example/reports/{key}/" in english.body
    row = Subscription.objects.get(language="en")
    assert english.extra_headers["List-Unsubscribe"] == f"<https://t.example/subscriptions/{row.secret}/end/>"
    assert english.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert len({m.extra_headers["Message-ID"] for m in outbox.outbox}) == 2


def test_the_pdf_is_attached_as_it_was_issued(folder: Path) -> None:
    make(1)
    report = IssuedReport.objects.get()
    path = f"{report.key.replace(':', '/')}/report.html"
    sha = report.files[0]["sha256"]
    file = {
        "path": path,
        "name": "x.pdf",
        "sha256": sha if report.files[0]["name"] == "report.html" else report.files[1]["sha256"],
    }
    mail.post(key="k", address="a@example.org", subject="s", text="t", files=[file])
    mail.work_off(clock.now())
    assert [a[0] for a in outbox.outbox[0].attachments] == ["x.pdf"]  # type: ignore[index]
    (folder / path).write_text("forged")
    mail.post(key="k2", address="a@example.org", subject="s", text="t", files=[file])
    mail.work_off(clock.now())
    assert len(outbox.outbox) == 1 and "not the one that was issued" in Mail.objects.get(key="k2").failure


def test_somebody_subscribes_confirms_and_ends_it_with_one_click(client: Client) -> None:
    make(1)
    page = client.get("/reports/subscribe/?lang=en").content.decode()
    assert "Reports by mail" in page and "Yearly progress report" in page
    form = {"schedule": YEARLY, "language": "en", "address": "reader@example.org"}
    assert client.post("/reports/subscribe/", form | {"address": "nobody"}).status_code == 400
    for field, words in (("schedule", "choose a report"), ("language", "choose a language")):
        refused = client.post("/reports/subscribe/?lang=en", form | {field: "x"})
        beside = refused.content.decode().split(f'id="f-{field}"')[1].split("</div>")[0]
        assert (
            refused.status_code == 400
            and words in beside
            and "reader@example.org" in refused.content.decode()
        )
    for _ in range(3):  # once a day, however often somebody asks
        assert "on its way" in client.post("/reports/subscribe/?lang=en", form).content.decode()
    mail.work_off(clock.now())
    (letter,) = outbox.outbox
    address = re.search(r"http://testserver(/subscriptions/[^/\s]+/)", letter.body)
    assert address
    page = client.get(f"{address.group(1)}?lang=en").content.decode()
    assert (
        "Begin the subscription" in page and Subscription.objects.get().confirmed_at is None
    )  # a link alone does nothing
    with time_machine.travel(BEGAN, tick=False):
        assert client.post(f"{address.group(1)}confirm/").status_code == 200
    Subscription.objects.update(after=0)
    make(3)
    assert subscriptions.announce() == 1
    bare = Client(enforce_csrf_checks=True)
    done = bare.post(
        f"{address.group(1)}end/",
        "List-Unsubscribe=One-Click",
        content_type="application/x-www-form-urlencoded",
    )
    assert done.status_code == 200 and Subscription.objects.get().address == ""
    assert not Mail.objects.exclude(address="").exists() and not Mail.objects.exclude(headers={}).exists()
    assert mail.work_off(clock.now()) == 0  # what waited is not sent any more
    assert bare.post(f"{address.group(1)}end/").status_code == 200  # twice is no error
    assert "has ended" in client.get(f"{address.group(1)}?lang=en").content.decode()
    assert client.get("/subscriptions/unknown/").status_code == 404
    make(3)
    assert subscriptions.announce() == 0


def test_strangers_cause_few_letters() -> None:
    for n in range(5):
        subscriptions.subscribe(
            address=f"victim+{n}@example.org", schedule=YEARLY, language="en", site="", client="10.0.0.1"
        )
    with pytest.raises(Refused, match="too many"):
        subscriptions.subscribe(
            address="victim@example.org", schedule=YEARLY, language="zh", site="", client="10.0.0.1"
        )
    for n in range(295):
        subscriptions.subscribe(
            address=f"x{n}@example.org", schedule=YEARLY, language="en", site="", client=f"10.0.1.{n // 5}"
        )
    with pytest.raises(Refused, match="too many"):
        subscriptions.subscribe(
            address="y@example.org", schedule=YEARLY, language="en", site="", client="10.9.9.9"
        )


def test_who_is_entered_begins_although_somebody_had_asked_and_not_confirmed() -> None:
    subscriptions.subscribe(address="a@example.org", schedule=YEARLY, language="en", site="", client="1")
    subscriptions.enter(YEARLY, [("a@example.org", "en")], by=LIU)
    row = Subscription.objects.get()
    assert row.confirmed_at is not None and row.entered_by == LIU


def test_a_letter_is_in_the_language_of_each_part() -> None:
    with translation.override("zh-hans"):
        subscriptions.subscribe(address="a@example.org", schedule=YEARLY, language="en", site="", client="1")
    text = Mail.objects.get().text
    assert "the reports “Yearly progress report”" in text and "“年度进展报告”" in text


def test_a_closed_tracker_takes_no_subscribers(settings: Any, client: Client) -> None:
    settings.PUBLIC_READING = False
    for address in (
        "/reports/subscribe/",
        "/reports/report.schema.json",
        "/reports/feed/?schedule=x",
        "/reports/compare/",
    ):
        assert client.get(address).status_code == 302, address
    assert (
        client.post(
            "/reports/subscribe/", {"schedule": YEARLY, "language": "en", "address": "a@example.org"}
        ).status_code
        == 302
    )
    assert not Subscription.objects.exists()


def test_a_mail_server_that_does_not_answer_holds_up_one_letter(settings: Any) -> None:
    settings.EMAIL_BACKEND, settings.EMAIL_HOST, settings.EMAIL_PORT = (
        "django.core.mail.backends.smtp.EmailBackend",
        "127.0.0.1",
        1,
    )
    for n in range(5):
        mail.post(key=f"k{n}", address=f"a{n}@example.org", subject="s", text="t")
    assert mail.work_off(clock.now()) == 0
    assert Mail.objects.filter(attempt=1).count() == 1 and Mail.objects.filter(attempt=0).count() == 4


def test_what_nobody_confirms_is_forgotten() -> None:
    subscriptions.subscribe(address="x@example.org", schedule=YEARLY, language="en", site="", client="1")
    with time_machine.travel(clock.now() + timedelta(days=8)):
        subscriptions.announce()
    assert not Subscription.objects.exists()


def test_recipients_are_lines_of_addresses() -> None:
    assert subscriptions.addresses_in(" a@example.org zh\n\nb@example.org\na@example.org zh") == [
        ("a@example.org", "zh"),
        ("b@example.org", "en"),
    ]
    for bad in (
        "nobody",
        "a@example.org fr",
        "a@exa\u202emple.org",
        "a@example.org\nx",
        f"{'a' * 60}@{'b' * 200}.org",
    ):
        with pytest.raises(Refused):
            subscriptions.addresses_in(bad)
    with pytest.raises(Refused) as refused:
        subscriptions.addresses_in("nobody\na@example.org fr\nb@example.org ru\nc@example.org", ["en"])
    for line in ("“nobody”", "“a@example.org fr”", "“b@example.org ru”"):  # each of them, and no good one
        assert line in refused.value.reason
    assert "c@example.org" not in refused.value.reason
    with pytest.raises(Refused, match="and 2 more"):
        subscriptions.addresses_in("\n".join(f"nobody{n}" for n in range(7)))


def test_an_address_in_other_letters_is_nobody_else() -> None:
    both = "Anna@Example.org\nanna@example.org\nanna@example.org ru\nu@BÜCHER.example\nu@bücher.example\na@straße.de\na@strasse.de"
    found = subscriptions.addresses_in(both)
    assert found == [
        ("anna@example.org", "en"), ("anna@example.org", "ru"), ("u@bücher.example", "en"), ("a@straße.de", "en"), ("a@strasse.de", "en"),
    ]  # fmt: skip
    assert subscriptions.enter(YEARLY, found[:1], by=LIU) and not subscriptions.enter(
        YEARLY, found[:1], by=LIU
    )
    subscriptions.subscribe(address="ANNA@example.org", schedule=YEARLY, language="en", site="", client="x")
    assert subscriptions.entered(YEARLY) == ["anna@example.org en"] and Subscription.objects.count() == 1
    assert not Mail.objects.exists()  # she gets them: no letter asks whether she wants to


def test_addresses_of_before_are_brought_to_small_letters() -> None:
    begun = {"schedule_id": YEARLY, "asked_at": clock.now()}
    for secret, address, confirmed, ended in (
        ("1", "Anna@example.org", None, None), ("2", "ANNA@example.org", clock.now(), None), ("3", "anna@example.org", clock.now(), None),
        ("4", "Bo@example.org", None, None), ("5", "", None, clock.now()),
    ):  # fmt: skip
        Subscription.objects.create(
            secret=secret, address=address, confirmed_at=confirmed, ended_at=ended, language="en", **begun
        )
    import_module("commitments.migrations.0009_addresses").in_small_letters(apps, None)
    found = [
        (row.secret, row.address, row.ended_at is None) for row in Subscription.objects.order_by("secret")
    ]
    assert found == [
        ("1", "", False), ("2", "anna@example.org", True), ("3", "", False), ("4", "bo@example.org", True), ("5", "", False),
    ]  # fmt: skip


def test_who_subscribed_themselves_is_named_when_they_are_entered() -> None:
    subscriptions.subscribe(address="anna@example.org", schedule=YEARLY, language="en", site="", client="x")
    subscriptions.confirm(Subscription.objects.get())
    both = [("anna@example.org", "en"), ("b@example.org", "en")]
    assert subscriptions.enter(YEARLY, both, by=LIU) and subscriptions.entered(YEARLY) == ["b@example.org en"]
    assert subscriptions.by_themselves(YEARLY, both) == ["anna@example.org"]


def test_a_letter_says_on_which_part_of_the_declaration_it_is() -> None:
    key = f"{CODE}:stalled"
    state = SUBJECTS["schedule"].states([YEARLY])[YEARLY]
    scope = {"organization": "CSTO", "status": "stalled,ongoing"}
    verbs.amend(subject_type="schedule", subject=key, state=state | {"scope": scope}, by=LIU, because="t")
    with time_machine.travel(BEGAN, tick=False):
        for schedule in (key, YEARLY):
            subscriptions.enter(schedule, [("a@example.org", "zh")], by=LIU)
    due.make_due(NOW)
    Report.objects.exclude(period_end="2025-12-31").delete()
    build.work_off(lambda: NOW)
    assert subscriptions.announce() == 2
    narrow, whole = (
        Mail.objects.get(key__endswith=f":{s}.2025-01-01.2025-12-31.zh.1").text for s in (key, YEARLY)
    )
    assert "范围：" in narrow and "集体安全条约组织 (CSTO)" in narrow
    assert "停滞" in narrow.split("范围：")[1].split("\n")[0] and "范围：" not in whole


def test_the_feed_has_each_issued_report_of_a_language(client: Client) -> None:
    make(6)
    reply = client.get(f"/reports/feed/?schedule={YEARLY}&language=zh")
    text = reply.content.decode()
    assert reply.headers["Content-Type"].startswith("application/atom+xml") and text.startswith("<?xml")
    assert text.count("<entry>") == 2 and "年度进展报告" in text and "本报告涵盖64项承诺" in text
    root = ElementTree.fromstring(text)
    space = "{http://www.w3.org/2005/Atom}"
    assert root.get("{http://www.w3.org/XML/1998/namespace}base") == "http://testserver/"
    titles = [e.findtext(f"{space}title") for e in root.findall(f"{space}entry")]
    # made on one day, 2025 first: the newest period is on top, though 2024 was issued last
    assert titles == ["年度进展报告，2025年", "年度进展报告，2024年"]
    links = {link.get("title") for link in root.iter(f"{space}link") if link.get("rel") == "enclosure"}
    assert {"HTML", "JSON"} <= links
    updated = [e.findtext(f"{space}updated") or "" for e in root.findall(f"{space}entry")]
    assert root.findtext(f"{space}updated") == max(updated) == updated[1]
    with time_machine.travel(
        clock.now() + timedelta(days=3)
    ):  # what was left when the day ended, and a later edition
        build.work_off(clock.now, limit=3)
        due.new_edition(
            IssuedReport.objects.get(language="zh", period_end="2024-12-31"), by="p", because="late evidence"
        )
        build.work_off(clock.now, limit=1)
    root = ElementTree.fromstring(
        client.get(f"/reports/feed/?schedule={YEARLY}&language=zh").content.decode()
    )
    assert [e.findtext(f"{space}title") for e in root.findall(f"{space}entry")] == [
        "年度进展报告，2024年（第2版）", "年度进展报告，2025年", "年度进展报告，2024年（第1版）", "年度进展报告，2023年",
    ]  # fmt: skip
    assert (
        "of which schedule" in client.get("/reports/feed/?lang=en").content.decode()
        and client.get("/reports/feed/?schedule=x").status_code == 400
    )


# --- a hostile mail server --------------------------------------------------------------------------------------------------


class _Hostile(socketserver.StreamRequestHandler):
    """SMTP as far as a client needs it. What it does with a recipient stands in its name."""

    def handle(self) -> None:
        server: Any = self.server
        self._say("220 here")
        recipient = ""
        while line := self.rfile.readline().decode().strip():
            verb = line[:4].upper()
            if verb in ("EHLO", "HELO", "MAIL", "RSET", "NOOP"):
                self._say("250 ok")
            elif verb == "RCPT":
                recipient = line.split("<")[1].split(">")[0]
                server.tried[recipient] = server.tried.get(recipient, 0) + 1
                if recipient.startswith("refused"):
                    self._say("550 no such user")
                elif recipient.startswith("grey") and server.tried[recipient] < 3:
                    self._say("451 come back later")
                else:
                    self._say("250 ok")
            elif verb == "DATA":
                self._say("354 go on")
                body = b""
                while (part := self.rfile.readline()) != b".\r\n":
                    body += part
                server.taken.append((recipient, str(message_from_bytes(body)["Message-ID"])))
                if recipient.startswith("dropped") and server.tried[recipient] == 1:
                    return  # taken, and never said so
                self._say("250 taken")
            elif verb == "QUIT":
                self._say("221 bye")
                return

    def _say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


@pytest.fixture
def hostile(settings: Any) -> Iterator[Any]:
    server: Any = socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Hostile)
    server.daemon_threads = True
    server.tried, server.taken = {}, []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = server.server_address
    yield server
    server.shutdown()
    server.server_close()


def test_every_recipient_gets_one_letter_or_is_listed_as_failed(hostile: Any) -> None:
    names = [f"{kind}{n}@example.org" for kind in ("fine", "grey", "dropped", "refused") for n in range(5)]
    with time_machine.travel(BEGAN, tick=False):
        subscriptions.enter(YEARLY, [(name, "en") for name in names], by=LIU)
    make(3)
    assert subscriptions.announce() == len(names)
    now = clock.now()
    for _ in range(12):
        with time_machine.travel(now):
            mail.work_off(now)
            subscriptions.announce()
        now += timedelta(days=1)
    by_name = {row.address: row for row in Mail.objects.all()}
    for name in names:
        ids = {message for recipient, message in hostile.taken if recipient == name}
        if name.startswith("refused"):
            assert by_name[name].state == "failed" and "550" in by_name[name].failure and not ids
        else:
            assert by_name[name].state == "sent" and len(ids) == 1, (
                name
            )  # twice only with one and the same Message-ID
    doubled = [r for r, _ in hostile.taken if [x for x, _ in hostile.taken].count(r) > 1]
    assert set(doubled) == {n for n in names if n.startswith("dropped")}
    told = subscriptions.deliveries(IssuedReport.objects.get(language="en").key)
    assert told["sent"] == 15 and len(told["failed"]) == 5 and told["waiting"] == 0


def test_an_administrator_sees_what_could_not_be_delivered(client: Client) -> None:
    make(1)
    report = IssuedReport.objects.get()
    Mail.objects.create(
        key=f"report:1:{report.key}",
        address="gone@example.org",
        subject="s",
        text="",
        state="failed",
        failure="550 no",
        not_before=NOW,
    )
    assert "gone@example.org" not in client.get(f"/reports/{report.key}/").content.decode()
    client.force_login(administrator(), backend="django.contrib.auth.backends.ModelBackend")
    page = client.get(f"/reports/{report.key}/?lang=en").content.decode()
    assert "gone@example.org" in page and "550 no" in page


def test_nobody_waits_for_a_report_in_a_language_that_is_not_made(client: Client) -> None:
    assert subscriptions.addresses_in("a@example.org\nb@example.org zh", ["zh"]) == [
        ("a@example.org", "zh"), ("b@example.org", "zh"),
    ]  # fmt: skip
    with pytest.raises(Refused, match="no report is made in this language"):
        subscriptions.addresses_in("a@example.org ru", ["zh"])
    with pytest.raises(Refused, match="is not an address"):  # and not “the language is …”
        subscriptions.addresses_in("bad address", ["zh"])
    Schedule.objects.filter(pk=f"{CODE}:yearly").update(languages=["zh"])
    asked = {"schedule": f"{CODE}:yearly", "address": "c@example.org"}
    refused = client.post("/reports/subscribe/?lang=en", asked | {"language": "ru"})
    assert refused.status_code == 400 and "not made in this language" in refused.content.decode()
    assert client.post("/reports/subscribe/?lang=en", asked | {"language": "zh"}).status_code == 200
    assert list(Subscription.objects.values_list("address", "language")) == [("c@example.org", "zh")]


def test_the_letter_of_a_new_edition_says_that_it_is_one_and_why() -> None:
    subscriptions.enter(f"{CODE}:yearly", [("a@example.org", "en")], by="package", site="https://t.example")
    make(3)
    first = IssuedReport.objects.filter(language="en").get()
    due.new_edition(first, by="package", because="a source was withdrawn")
    build.work_off(lambda: NOW + timedelta(hours=1))
    subscriptions.announce()
    letter = Mail.objects.get(subject__contains="edition 2")
    assert "takes the place of the one before" in letter.text and "a source was withdrawn" in letter.text
