import re
from html import unescape
from typing import Any
from urllib.parse import urlsplit

import pytest
import time_machine
from django.test import Client

from commitments.readings import changes
from tests.conftest import CODE
from tests.story import N6C, administrator, judge

pytestmark = pytest.mark.django_db
PAGES = [
    "/", f"/declarations/{CODE}/", f"/declarations/{CODE}/?c=N6.c&show=ru&colour=kind", f"/declarations/{CODE}/?colour=kind", f"/declarations/{CODE}/?colour=organization&organization=CSTO&show=en,ru", f"/declarations/{CODE}/?colour=organization&show=only-ru", f"/declarations/{CODE}/?colour=strength&show=one", "/commitments/",
    "/commitments/?status=fulfilled,stalled&section=narcotics&ordering=-since", f"/commitments/{N6C}/", f"/commitments/{N6C}/panel/",
    "/assessments/", "/assessments/?moved=true&year=2025", "/organizations/", "/organizations/?role=addressee", "/organizations/KAZ/",
    "/organizations/IND/", "/organizations/ISAF/", "/actions/", "/actions/?category=event", "/indicators/", "/indicators/values/",
    f"/indicators/{CODE}:i-opium-ha/", "/sources/", "/sources/?source_class=primary", f"/sources/{CODE}:src-sohu/", "/reports/",
    "/reports/progress/", "/changes/", "/search/", "/search/?q=毒品", "/search/?q=граница", "/method/", "/accounts/login/",
]  # fmt: skip


def get(client: Client, address: str, **headers: Any) -> Any:
    return client.get(address, headers=headers)


def with_query(address: str, query: str) -> str:
    return f"{address}{'&' if '?' in address else '?'}{query}"


@pytest.mark.parametrize("address", PAGES)
@pytest.mark.parametrize("lang", ["en", "zh", "ru"])
def test_every_page_answers_in_three_languages(client: Client, address: str, lang: str) -> None:
    response = get(client, with_query(address, f"lang={lang}") if "accounts" not in address else address)
    assert response.status_code == 200
    if "accounts" not in address:
        assert response.headers["Content-Language"] == {"zh": "zh-hans"}.get(lang, lang)
    if lang == "zh" and "panel" not in address and "progress" not in address and "accounts" not in address:
        assert "声明追踪" in response.content.decode()


@pytest.mark.engineless
@pytest.mark.parametrize("address", [a for a in PAGES if "accounts" not in a])
@pytest.mark.parametrize("day", ["2009-03-26", "2009-03-27", "2014-12-31", "2021"])
def test_every_page_goes_back_in_time(client: Client, address: str, day: str) -> None:
    assert get(client, with_query(address, f"as_of={day}")).status_code == 200


def test_the_language_of_the_reader_is_taken_and_the_address_wins(client: Client) -> None:
    assert get(client, "/", **{"Accept-Language": "ru"}).headers["Content-Language"] == "ru"
    assert get(client, "/", **{"Accept-Language": "zh-CN,zh;q=0.9"}).headers["Content-Language"] == "zh-hans"
    assert get(client, "/?lang=en", **{"Accept-Language": "ru"}).headers["Content-Language"] == "en"
    assert "Accept-Language" in get(client, "/").headers["Vary"]


def figures(page: str) -> list[tuple[str, int]]:
    found = re.findall(r'<a class="fig" href="([^"]+)"><b>([\d,]+)</b></a>', page)
    return [(href.replace("&amp;", "&"), int(number.replace(",", ""))) for href, number in found]


def total(page: str) -> int:
    found = re.search(r'data-total="(\d+)"', page)
    assert found
    return int(found.group(1))


@pytest.mark.engineless
@pytest.mark.parametrize(
    "address",
    [
        "/?lang=en",
        "/?lang=en&as_of=2014-12-31",
        "/?lang=en&at=700",
        "/?lang=en&as_of=2009-03-27&at=790",
        "/organizations/KAZ/?lang=en",
        "/organizations/CSTO/?lang=en",
        "/organizations/?lang=en",
    ],
)
def test_every_figure_opens_a_list_of_exactly_that_many(client: Client, address: str) -> None:
    doors = figures(get(client, address).content.decode())
    assert len(doors) >= 2
    for href, number in dict.fromkeys(doors):
        assert total(get(client, href).content.decode()) == number, href


@pytest.mark.parametrize("code", ["KAZ", "CSTO", "UNODC", "SCO-MS", "SCO", "AFG"])
def test_the_portfolio_of_an_organization_is_role_by_status(client: Client, code: str) -> None:
    page = get(client, f"/organizations/{code}/?lang=en").content.decode()
    table = page[page.index('id="portfolio"') : page.index("</table>")]
    doors = figures(table)
    for href, number in dict.fromkeys(doors):
        assert total(get(client, href).content.decode()) == number, href
    rows = [[number for _href, number in figures(row)] for row in table.split("<tr")[2:]]
    assert sum(map(sum, rows[:-1])) == sum(rows[-1]) > 0


def test_a_party_shows_what_it_undertook_through_its_group(client: Client) -> None:
    page = get(client, "/organizations/?lang=en").content.decode()
    row = page[page.index("/organizations/KAZ/") :].partition("</tr>")[0]
    assert "through SCO member states" in re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", row))
    for href, number in re.findall(r'href="(/commitments/[^"]*)"[^>]*><b>(\d+)</b>', row):
        assert total(get(client, href.replace("&amp;", "&")).content.decode()) == int(number), href


def test_every_figure_of_the_overview_is_the_apis(client: Client) -> None:
    summary = get(client, "/api/v1/summary/").json()
    page = dict(figures(get(client, "/?lang=en").content.decode()))
    assert page["/commitments/?lang=en"] == summary["total"]
    by_query = {
        urlsplit(href).query.replace("lang=en&", ""): number
        for href, number in page.items()
        if href.startswith("/commitments/")
    }
    assert by_query["counts=true"] == summary["counting"]
    for value, number in summary["by_status"].items():
        assert by_query[f"status={value}"] == number
    for kind, number in summary["kinds"].items():
        assert by_query[f"kind={kind}"] == number
    for section, found in summary["sections"].items():
        assert by_query[f"section={section}&counts=true"] == found["counting"]


def test_every_column_of_the_chart_is_the_reading_of_its_day(client: Client) -> None:
    page = get(client, "/?lang=en").content.decode()
    marks = re.findall(r'as_of=([\d-]+)[^"]*status=(\w+)[^"]*"><rect[^>]*><title>[^<]*: (\d+)</title>', page)
    days = dict.fromkeys(day for day, _, _ in marks)
    assert len(days) == 19 and next(iter(days)) == "2009-03-27"
    for day in days:
        shown = {status: int(n) for d, status, n in marks if d == day}
        assert shown == get(client, f"/api/v1/summary/?as_of={day}").json()["by_status"]


def test_unverified_facts_carry_a_mark(client: Client) -> None:
    page = get(client, "/actions/?lang=en&verified=false").content.decode()
    assert page.count('class="unverified"') == 4 == total(page)


def test_india_is_told_why(client: Client) -> None:
    page = get(client, "/organizations/IND/?lang=en").content.decode()
    assert "It joined “SCO member states” on 9 June 2017, after the adoption on 27 March 2009" in page
    empty = get(
        client, "/commitments/?organization=IND&via=membership&role=obligor&kind=commitment_to_act&lang=en"
    ).content.decode()
    assert "India undertook nothing here." in empty
    assert "9 June 2017" in empty


def test_a_month_is_never_printed_as_a_day(client: Client) -> None:
    page = get(client, f"/commitments/{CODE}:T3.e/?lang=en").content.decode()
    assert "since February 2025" in page
    assert "28 February 2025" not in page
    assert "2025年2月28日" not in get(client, f"/commitments/{CODE}:T3.e/?lang=zh").content.decode()


def test_the_words_come_first_and_whole(client: Client) -> None:
    page = get(client, f"/commitments/{N6C}/?lang=en").content.decode()
    assert '<span class="clause u-partially_fulfilled on">应扩大该行动观察员国数量</span>' in page
    assert page.index("应扩大该行动观察员国数量") < page.index("Every assessment")


@pytest.mark.parametrize(
    ("address", "status", "says"),
    [
        ("/commitments/?colour=red", 400, "colour"), ("/commitments/?status=done", 400, "status"), ("/commitments/?as_of=2009-02-30", 400, "as_of"),
        ("/commitments/?as_of=2999-01-01", 400, "as_of"), ("/commitments/?organization=XXX", 400, "organization"), ("/commitments/?kind=position&kind=position", 400, "kind"),
        ("/commitments/?q=" + "毒" * 201, 400, "q"), ("/search/?q=" + "+".join(f"a{n}" for n in range(30)), 400, "q"), ("/?lang=xx", 400, "lang"), ("/?at=99999999", 400, "at"), ("/?at=-1", 400, "at"),
        ("/commitments/?status__in=fulfilled", 400, "status__in"), ("/commitments/?user__password__startswith=a", 400, "user__password"),
        ("/commitments/%00/", 400, ""), ("/commitments/?q=%00", 400, ""), ("/commitments/?q=a%01", 400, "q"), ("/organizations/KAZ%2F..%2F/", 404, ""), ("/nothing/", 404, ""),
        ("/commitments/sco-afg-2009:X9.z/", 404, ""), ("/declarations/none/", 404, ""), (f"/declarations/{CODE}/?c=X9.z", 400, "c"), ("/changes/abc/", 404, ""), ("/changes/٣/", 404, ""),
        ("/changes/999999999999999999999/", 404, ""), ("/reports/none/report.html", 404, ""), ("/?" + "&".join(f"a{n}" for n in range(500)), 400, ""), ("/?lang=en&" + "&".join(f"a{n}=1" for n in range(1200)), 400, "address"), ("/actions/?kind=zz", 400, "kind"), ("/organizations/?kind=zz", 400, "kind"), (f"/reports/{CODE}:yearly.2009-01-01.2009-12-31.en.1/..%2F..%2Fsecret-key", 404, ""), ("/" + "a" * 3000, 400, ""),
        ("/search/?q=%22%27%25_*)(", 200, ""), ("/commitments/?q=%F0%9F%98%80", 200, ""), ("/commitments/?strength=9", 400, "strength"), ("/commitments/?strength=１", 400, "strength"),
        ("/assessments/?year=0", 400, "year"), ("/sources/?source_class=a", 400, "source_class"), ("/commitments/?role=obligor", 400, "role"), ("/changes/?before=0", 400, "before"),
    ],
)  # fmt: skip
def test_bad_input_names_the_field_and_never_breaks(
    client: Client, address: str, status: int, says: str
) -> None:
    head = changes.head()
    response = client.get(address)
    assert response.status_code == status
    assert says in response.content.decode()
    assert changes.head() == head


def test_the_message_is_in_the_readers_language(client: Client) -> None:
    assert "无效" in get(client, "/commitments/?as_of=x", **{"Accept-Language": "zh-CN"}).content.decode()
    assert (
        "Такой даты нет" in get(client, "/commitments/?as_of=x", **{"Accept-Language": "ru"}).content.decode()
    )


def test_a_refused_condition_can_be_dropped_and_the_others_stay(client: Client) -> None:
    page = get(client, "/commitments/?lang=en&status=stalled&as_of=2009-02-30").content.decode()
    (address,) = re.findall(r'<a href="([^"]*)">The same page without it</a>', page)
    assert unescape(address) == "/commitments/?lang=en&status=stalled"
    assert get(client, unescape(address)).status_code == 200
    for elsewhere in ("/nothing/", "//evil.example/", "/\\evil.example/"):
        page = client.get("/nothing/?=x&lang=en", PATH_INFO=elsewhere).content.decode()
        assert "nothing at this address" in page and "The same page without it" not in page
    page = get(client, "/commitments/a%23b/?lang=en&as_of=z").content.decode()
    assert 'href="/commitments/a%23b/?lang=en">The same page without it' in page


def test_the_rules_of_a_chart_are_paths_that_can_be_drawn(client: Client) -> None:
    """What else the page calls rows is none of theirs."""
    for address in ("/actions/", f"/commitments/{N6C}/", f"/indicators/{CODE}:i-opium-ha/", "/indicators/"):
        page = get(client, f"{address}?lang=en").content.decode()
        paths = re.findall(r'<path class="(?:yr|ax)" d="([^"]*)"', page)
        assert paths, address
        for path in paths:
            assert re.fullmatch(r"(M[\d.]+ [\d.]+[hv][\d.]+)+", path), (address, path)


def test_a_figure_of_yes_or_no_says_so(client: Client) -> None:
    page = get(client, f"/indicators/{CODE}:i-ccit/?lang=en").content.decode()
    assert "yes or no" in page and "boolean" not in page
    (source, *_more) = re.findall(r'href="(/sources/[^"?]+/)', page)
    page = get(client, f"{source}?lang=en").content.decode()
    assert "boolean" not in page and re.search(r": (yes|no)</p>", page)


def test_what_the_reader_typed_is_shown_and_runs_nothing(client: Client) -> None:
    page = get(client, "/search/?q=%3Cscript%3Ealert(1)%3C/script%3E").content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_a_public_page_is_a_function_of_the_ledger(client: Client) -> None:
    first = get(client, "/?lang=en")
    assert first.headers["Cache-Control"] == "public, no-cache"
    assert "Set-Cookie" not in first.headers and not first.cookies
    assert get(client, "/?lang=en", **{"If-None-Match": first.headers["ETag"]}).status_code == 304
    assert get(client, "/?lang=ru", **{"If-None-Match": first.headers["ETag"]}).status_code == 200
    assert get(client, "/?lang=en").content == first.content
    judge()
    moved = get(client, "/?lang=en", **{"If-None-Match": first.headers["ETag"]})
    assert moved.status_code == 200
    assert int(moved.headers["Ledger-Number"]) == int(first.headers["Ledger-Number"]) + 1


def test_a_page_that_shows_todays_years_is_new_tomorrow(client: Client) -> None:
    with time_machine.travel("2026-11-24T12:00Z"):
        tag = get(client, "/?lang=en&as_of=2014-12-31").headers["ETag"]
        assert get(client, "/?lang=en&as_of=2014-12-31", **{"If-None-Match": tag}).status_code == 304
    with time_machine.travel("2027-03-01T12:00Z"):
        later = get(client, "/?lang=en&as_of=2014-12-31", **{"If-None-Match": tag})
        assert later.status_code == 200 and '<span class="y">2027</span>' in later.content.decode()


def test_reading_can_be_closed_for_those_who_have_not_signed_in(client: Client, settings: Any) -> None:
    settings.PUBLIC_READING = False
    assert get(client, "/commitments/").headers["Location"].startswith("/accounts/login/")
    assert get(client, "/api/v1/summary/").status_code == 401
    client.force_login(administrator(), backend="django.contrib.auth.backends.ModelBackend")
    assert get(client, "/commitments/").status_code == 200
    assert get(client, "/api/v1/summary/").status_code == 200


def test_pages_of_working_state_are_not_stored(client: Client) -> None:
    response = get(client, "/reports/")
    assert (response.headers["Cache-Control"], "ETag" in response.headers) == ("no-store", False)


def test_a_signed_in_reply_is_private(client: Client) -> None:
    client.force_login(administrator(), backend="django.contrib.auth.backends.ModelBackend")
    response = get(client, "/")
    assert (response.headers["Cache-Control"], "ETag" in response.headers) == ("private, no-store", False)


@pytest.mark.parametrize(
    "address",
    [
        "/",
        "/nothing/",
        "/api/v1/",
        "/api/docs/",
        "/accounts/login/",
        "/commitments/?x=1",
        "/?q=%00",
        "/api/v1/commitments/%00/",
        "/api/v1/nothing/",
    ],
)
def test_every_reply_has_the_strict_headers(client: Client, address: str) -> None:
    headers = get(client, address).headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy and "frame-ancestors 'none'" in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    read = address == "/api/v1/"  # what anybody may read from any site, refusals of the gate before it apart
    assert headers["Cross-Origin-Resource-Policy"] == (
        "cross-origin" if read or "/api/v1/nothing" in address else "same-origin"
    )


def test_no_page_has_an_inline_script_or_style(client: Client) -> None:
    for address in PAGES:
        page = get(client, address).content.decode()
        assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=", page), address


def test_links_keep_the_language_and_the_moment(client: Client) -> None:
    page = get(client, "/?lang=zh&as_of=2014-12-31").content.decode()
    inner = [h for h in re.findall(r'href="(/commitments/[^"]*)"', page) if "as_of=" not in h]
    assert not inner, inner[:3]


def test_a_one_time_password_opens_only_the_form_that_replaces_it(client: Client) -> None:
    administrator(must_change=True)
    assert (
        client.post("/accounts/login/", {"username": "ada", "password": "correct horse battery"}).status_code
        == 302
    )
    assert client.get("/").headers["Location"].startswith("/accounts/password/")
    page = client.post(
        "/accounts/password/",
        {"old_password": "correct horse battery", "new_password1": "short", "new_password2": "short"},
    )
    assert page.status_code == 200 and "fault" in page.content.decode()
    new = {
        "old_password": "correct horse battery",
        "new_password1": "a quite other one 7",
        "new_password2": "a quite other one 7",
    }
    assert client.post("/accounts/password/?next=https://evil.example/", new).headers["Location"] == "/"
    assert client.get("/").status_code == 200


def test_reading_needs_no_post(client: Client) -> None:
    assert Client(enforce_csrf_checks=True).post("/commitments/").status_code == 405


def test_health(client: Client) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}
    assert client.get("/readyz").json()["ledger_number"] == changes.head()["number"]


@pytest.mark.parametrize("day", ["9999", "9999-12-31", "2026-12"])
def test_any_day_of_the_calendar_leads_to_what_was_known_then(
    client: Client, day: str, settings: Any
) -> None:
    answer = get(client, f"/known/?on={day}&back=/commitments/?section=narcotics")
    assert (
        answer.status_code == 302
        and "at=" in answer.headers["Location"]
        and "section=narcotics" in answer.headers["Location"]
    )
    settings.PUBLIC_READING = False
    assert get(client, f"/known/?on={day}").headers["Location"].startswith("/accounts/login/")


@pytest.mark.parametrize("lang", ["en", "zh", "ru"])
def test_a_day_before_the_record_is_said_to_be_one(client: Client, lang: str) -> None:
    answer = get(client, f"/known/?on=0001-01-01&lang={lang}")
    began = changes.recorded_at(1)[:10]
    assert answer.status_code == 400 and began in answer.content.decode()


def test_what_mail_and_sites_hang_on_an_address_is_left_out(client: Client) -> None:
    for hung in ("utm_source=mail&utm_medium=x", "fbclid=1", "gclid=a&yclid=b"):
        answer = get(client, f"/commitments/?section=narcotics&{hung}&lang=zh")
        assert (answer.status_code, answer.headers["Location"]) == (
            302,
            "/commitments/?section=narcotics&lang=zh",
        )
    assert get(client, "/?fbclid=1").headers["Location"] == "/"
    assert get(client, "/?utm=1").status_code == 400


@pytest.mark.parametrize(
    "query",
    [
        "on=soon",
        "on=2026-11-01&back=//evil.example/",
        "on=2026-11-01&back=https://evil.example",
        "on=2026-11-01&x=1",
        "",
    ],
)
def test_a_day_that_is_none_and_a_way_that_leads_elsewhere_are_refused(client: Client, query: str) -> None:
    assert get(client, f"/known/?{query}").status_code == 400


def test_the_style_page_is_for_those_who_build(client: Client, settings: Any) -> None:
    assert client.get("/style/").status_code == 404
    settings.DEBUG = True
    page = client.get("/style/").content.decode()
    shapes = re.findall(r'<symbol id="s-(\w+)"', page)
    assert len(shapes) == 13 and all(
        f'class="clause u-{value}"' in page and f'class="f-{value}"' in page for value in shapes
    )


def test_an_entry_leads_to_the_change_that_made_it(client: Client) -> None:
    key = judge(day="2026-01-07")
    number = changes.head()["number"]
    page = get(client, f"/commitments/{N6C}/?lang=en").content.decode()
    doors = re.findall(
        r'<li><span class="d"><a href="([^"]+)">([\d,]+)</a>',
        page.partition('id="cite"')[0].rpartition("mini ledger")[2],
    )
    assert doors and doors[0][1] == f"{number:,}"
    for address, entry in doors:
        there = get(client, unescape(address))
        assert (
            there.status_code == 200 and address.startswith("/changes/") and entry in there.content.decode()
        )
    assert key.rpartition(":")[2] in get(client, unescape(doors[0][0])).content.decode()
    listed = re.findall(
        r'<a class="fig" href="([^"]+)"><b>', get(client, "/changes/?lang=en").content.decode()
    )
    assert len(listed) >= 2 and all(
        address.startswith("/changes/") and get(client, unescape(address)).status_code == 200
        for address in listed
    )


def test_the_text_is_read_in_one_language_or_two(client: Client) -> None:
    heads = {
        "en": ["zh", "en"], "ru": ["zh", "ru"], "en,ru": ["en", "ru"], "one": ["zh"], "only-en": ["en"], "only-ru": ["ru"],
    }  # fmt: skip
    words = {"zh": "我们赞成加强", "en": "We favour strengthening", "ru": "Мы высказываемся за укрепление"}
    for show, languages in heads.items():
        page = client.get(f"/declarations/{CODE}/?lang=en&show={show}").content.decode()
        assert [text in page for text in words.values()] == [lang in languages for lang in words], show
        assert page.count('<div class="colhead"') - 1 == len(languages)


def test_clauses_are_underlined_by_what_one_organization_has_to_do(client: Client) -> None:
    page = client.get(f"/declarations/{CODE}/?lang=en&colour=organization&organization=CSTO").content.decode()
    told = dict(
        re.findall(r'role=(\w+)">[^<]+</a><span class="clause o-\w+">[^<]*</span><span class="n">(\d+)', page)
    )
    assert told
    for role, k in told.items():
        listed = client.get(f"/api/v1/commitments/?organization=CSTO&role={role}").json()
        assert listed["count"] == int(k) > 0, role
        keys = set(re.findall(rf'class="clause o-{role}[^>]*data-c="([^"]+)"', page))
        assert keys <= {row["key"] for row in listed["results"]}
    linked = client.get("/api/v1/commitments/?organization=CSTO&page_size=200").json()
    drawn = set(re.findall(r'class="clause o-(?!none)[^>]*data-c="([^"]+)"', page))
    assert drawn == {row["key"] for row in linked["results"]}
    assert client.get(f"/declarations/{CODE}/?organization=NOPE").status_code == 400


@pytest.mark.parametrize(
    ("lang", "words"),
    [("en", "continuing INCREASE"), ("zh", "持续增加”表示关切"), ("ru", "продолжающимся РОСТОМ")],
)
def test_where_the_languages_differ_the_note_shows_in_the_language_of_the_reader(
    lang: str, words: str, client: Client
) -> None:
    reader = unescape(get(client, f"/declarations/{CODE}/?lang={lang}").content.decode())
    assert words in reader and reader.count('class="divergence') == 5
    other = unescape(get(client, f"/commitments/{CODE}:P3.a/?lang={lang}").content.decode())
    assert words in other


def test_a_search_offers_a_brief_to_those_who_can_make_one(client: Client) -> None:
    assert "Brief on those shown" not in get(client, "/search/?q=precursor&lang=en").content.decode()
    client.force_login(administrator(), backend="django.contrib.auth.backends.ModelBackend")
    page = get(client, "/search/?q=precursor&lang=en").content.decode()
    (codes,) = re.findall(r"/reports/new/\?form=brief&amp;lang=en&amp;codes=([^&\"]+)", page)
    assert "N2.c" in codes
    assert (
        "Nothing was recorded in this range." in get(client, "/changes/?after=99999&lang=en").content.decode()
    )
