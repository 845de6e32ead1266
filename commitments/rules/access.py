"""WHO MAY DO WHAT: the one table. Every route stands in it; one that does not is refused, and fails the build.

Beyond the route, the ledger looks at the thing itself: a focal point proposes only where its organizations have a role, and
nobody decides on what they proposed (ledger.proposals, ledger.kinds, ledger.disputes).
"""

from dataclasses import dataclass

ANONYMOUS, NO_ROLE = "anonymous", "no_role"  # NO_ROLE: signed in, and nothing was granted or it has ended
ANALYST, FOCAL_POINT, REVIEWER, ADMINISTRATOR = "analyst", "focal_point", "reviewer", "administrator"
SERVICE = "service"  # a partner's program, by a token
ACTORS = (ANONYMOUS, NO_ROLE, ANALYST, FOCAL_POINT, REVIEWER, ADMINISTRATOR, SERVICE)
_PEOPLE = frozenset({ANALYST, FOCAL_POINT, REVIEWER, ADMINISTRATOR})


@dataclass(frozen=True)
class Act:
    """Something that may be done, in words, and by whom."""

    words: str
    actors: frozenset[str]


READ = Act("read what is public (a setting closes it to those who have not signed in)", frozenset(ACTORS))
SIGN_IN = Act("sign in, follow an invitation", frozenset(ACTORS))
ACCOUNT = Act("one's own account", frozenset(ACTORS) - {ANONYMOUS, SERVICE})
KEEP = Act("save lists, mark what is new as seen", _PEOPLE)
WORK = Act("draft, propose, withdraw, answer a round, bring a spreadsheet", _PEOPLE)
ANSWER = Act("reply to an assessment or dispute it", frozenset({FOCAL_POINT, REVIEWER, ADMINISTRATOR}))
REVIEW = Act("return and accept proposals, decide disputes", frozenset({REVIEWER, ADMINISTRATOR}))
ASK = Act("ask organizations for an update, invite focal points", frozenset({REVIEWER, ADMINISTRATOR}))
SUBSCRIBE = Act("get reports by mail, by a link that is mailed", frozenset(ACTORS))
MAKE = Act(
    "make a report now, recompute one; a reviewer: a new edition; an administrator: a failed one again",
    _PEOPLE,
)
ADMINISTER = Act("organizations, schedules, people and their roles, tokens", frozenset({ADMINISTRATOR}))
PARTNER = Act("propose by program and follow it, make a report now, webhooks", frozenset({SERVICE}))
OWN_PROGRAMS = Act(
    "tokens and webhooks: a partner its own, an administrator each partner's",
    frozenset({SERVICE, ADMINISTRATOR}),
)
ACTS = (
    READ,
    SUBSCRIBE,
    SIGN_IN,
    ACCOUNT,
    KEEP,
    WORK,
    MAKE,
    ANSWER,
    REVIEW,
    ASK,
    ADMINISTER,
    PARTNER,
    OWN_PROGRAMS,
)

_GET = {"GET": READ}
_FORM = {"GET": WORK, "POST": WORK}
ROUTES: dict[str, dict[str, Act]] = {
    # pages
    **dict.fromkeys(
        (
            "overview", "reader", "commitments", "commitment", "panel", "assessments", "organizations", "organization",
            "actions", "indicators", "measurements", "indicator", "sources", "source", "reports", "reports-progress", "report",
            "report-state", "report-compare", "report-feed", "report-schema", "report-file", "changes", "status-changes", "compare", "change", "search", "chart-drawing", "chart-figures", "chart-embedded", "help", "style", "method", "corrections", "robots", "sitemap", "known-on", "dispute", "file", "verify-script", "sync-script", "healthz", "readyz",
            "favicon", "api-home", "api-docs", "admin-login",
        ),
        _GET,
    ),
    "report-new": {"GET": MAKE, "POST": MAKE},
    "report-act": {"POST": MAKE},
    "subscribe": {"GET": SUBSCRIBE, "POST": SUBSCRIBE},
    "subscription": {"GET": SUBSCRIBE, "POST": SUBSCRIBE},
    "subscription-act": {"GET": SUBSCRIBE, "POST": SUBSCRIBE},
    # accounts
    "login": {"GET": SIGN_IN, "POST": SIGN_IN},
    "invitation": {"GET": SIGN_IN, "POST": SIGN_IN},
    "logout": {"POST": ACCOUNT},
    "password": {"GET": ACCOUNT, "POST": ACCOUNT},
    "views": {"POST": KEEP},
    # the desk
    "desk": {"GET": WORK},
    "desk-new": _FORM,
    "draft": _FORM,
    "draft-autosave": {"POST": WORK},
    "draft-hand-over": {"POST": WORK},
    "proposal": _FORM,
    "proposals-accept": {"POST": REVIEW},
    "proposal-file": {"GET": WORK},
    "dispute-new": {"GET": ANSWER, "POST": ANSWER},
    "dispute-decide": {"GET": REVIEW, "POST": REVIEW},
    "rounds": {"GET": ASK, "POST": ASK},
    "round": {"GET": ASK, "POST": ASK},
    "round-answer": _FORM,
    "people": {"GET": ASK, "POST": ASK},
    "sheets": _FORM,
    "sheet-list": {"GET": WORK},
    "sheet": _FORM,
    "sheet-progress": {"GET": WORK},
    "partner": {"GET": OWN_PROGRAMS, "POST": OWN_PROGRAMS},
    "schedules": {"GET": ADMINISTER, "POST": ADMINISTER},
    "schedule": {"GET": ADMINISTER, "POST": ADMINISTER},
    # the API
    **dict.fromkeys(
        (
            "api:root", "api:declarations", "api:declaration", "api:editions", "api:edition", "api:sections", "api:section",
            "api:paragraphs", "api:paragraph", "api:commitments", "api:commitment", "api:organizations", "api:organization",
            "api:instruments", "api:instrument", "api:actions", "api:action", "api:indicators", "api:indicator", "api:sources",
            "api:status-changes", "api:comparison", "api:topics", "api:schemas", "api:body-schema", "api:export", "api:source", "api:assessments", "api:assessment", "api:report", "api:report-compare", "api:scales", "api:scale", "api:changes",
            "api:summary", "api:search", "api:schema",
        ),
        _GET,
    ),
    "api:reports": {"GET": READ, "POST": PARTNER},
    "api:proposals": {"GET": PARTNER, "POST": PARTNER},
    "api:proposals-batch": {"POST": PARTNER},
    "api:proposal": {"GET": PARTNER},
    "api:proposal-withdraw": {"POST": PARTNER},
    "api:webhooks": {"GET": PARTNER, "POST": PARTNER},
    "api:webhook": {"GET": PARTNER, "PATCH": PARTNER, "DELETE": PARTNER},
    "api:webhook-rotate": {"POST": PARTNER},
    "api:webhook-test": {"POST": PARTNER},
    "api:webhook-deliveries": {"GET": PARTNER},
    "api:webhook-redeliver": {"POST": PARTNER},
    # the admin, every route of it
    "admin:*": {"GET": ADMINISTER, "POST": ADMINISTER},
}  # fmt: skip


# What a token must be good for; where nothing is said, for reading.
SCOPES: dict[str, str] = {
    "api:proposals": "propose", "api:proposals-batch": "propose", "api:proposal": "propose", "api:proposal-withdraw": "propose",
    "api:webhooks": "webhook", "api:webhook": "webhook", "api:webhook-rotate": "webhook", "api:webhook-test": "webhook",
    "api:webhook-deliveries": "webhook", "api:webhook-redeliver": "webhook",
}  # fmt: skip


def scope_of(route: str, method: str) -> str:
    """The scope of a request by token."""
    if route == "api:reports" and method == "POST":
        return "report"
    return SCOPES.get(route, "read")


def methods_of(route: str) -> tuple[str, ...]:
    """The methods of a route; none for one that is not in the table."""
    return tuple(ROUTES.get("admin:*" if route.startswith("admin:") else route, {}))


def act_of(route: str, method: str) -> Act | None:
    """What a request does; None when the table does not know the route or the method. HEAD is GET."""
    methods = ROUTES.get("admin:*" if route.startswith("admin:") else route, {})
    return methods.get("GET" if method == "HEAD" else method)


def may(actor: str, route: str, method: str) -> bool:
    """Whether an actor may make a request."""
    act = act_of(route, method)
    return act is not None and actor in act.actors


def as_markdown() -> str:
    """The table as `docs/permissions.md` shows it."""
    titles = ("route", "method", "what it does", *(a.replace("_", " ") for a in ACTORS))
    lines = ["| " + " | ".join(titles) + " |", "|" + "---|" * len(titles)]
    for route, methods in ROUTES.items():
        for method, act in methods.items():
            marks = ("yes" if actor in act.actors else "" for actor in ACTORS)
            lines.append("| " + " | ".join((f"`{route}`", method, act.words, *marks)) + " |")
    return "\n".join(lines) + "\n"
