"""The overview of a declaration: its roll-up, its years, its score, what moved last and what is silent longest."""

from collections import Counter
from datetime import date
from typing import Any

from django.db.models import Count

from commitments.models.declaration import Declaration, Party, Section
from commitments.models.happening import Happening, Indicator, Measurement
from commitments.readings import commitments, judgements, sources
from commitments.readings.moment import Moment
from commitments.readings.rows import first
from commitments.rules import status as rule
from commitments.rules.rollup import Rollup, roll_up


def declaration_of(key: str) -> dict[str, Any] | None:
    """A declaration with its sections, parties and editions."""
    row = first(Declaration.objects.filter(pk=key).values(
        "key", "title", "adopted_on", "adopted_at", "event", "legal_nature", "language", "scale", "companions",
        "verification", "licence",
    ))  # fmt: skip
    if row is None:
        return None
    row["adopted_on"] = row["adopted_on"].isoformat()
    row["sections"] = list(
        Section.objects.filter(declaration=key).order_by("position").values("key", "code", "title")
    )
    parties = (
        Party.objects.filter(declaration=key)
        .order_by("position")
        .values("organization", "organization__name", "capacity")
    )
    row["parties"] = [p for p in parties if p["capacity"] == "party"]
    row["parties_at_adoption"] = [p for p in parties if p["capacity"] == "at_adoption"]
    return row


def columns(adopted: date, today: date, as_of: date) -> list[dict[str, Any]]:
    """The year rule: the day of adoption, then the end of each year to today. `current` is the column of `as_of`."""
    found = [{"year": adopted.year, "day": adopted, "adoption": True, "current": as_of == adopted}]
    for year in range(adopted.year, max(today.year, as_of.year) + 1):
        last = min(date(year, 12, 31), max(today, as_of))
        current = as_of.year == year and not found[0]["current"]
        found.append(
            {"year": year, "day": last, "adoption": False, "current": current, "today": last >= today}
        )
    return found


def by_year(
    run: dict[str, list[judgements.Judgement]], rows: list[dict[str, Any]], days: list[date]
) -> list[Counter[str]]:
    """How many commitments have each status on each of some days."""
    return [Counter(rule.status(run.get(row["key"], []), day).value for row in rows) for day in days]


def read(key: str, moment: Moment, today: date) -> dict[str, Any] | None:
    """Everything on the overview."""
    declaration = declaration_of(key)
    if declaration is None:
        return None
    listing = commitments.listing(commitments.Filter(declaration=key), moment)
    rows, counts = listing.rows, judgements.counting(declaration["scale"])
    adopted = date.fromisoformat(declaration["adopted_on"])
    # The chart shows every year, whatever as_of is: later years stand beside it, the rest of the page does not know them.
    all_years = Moment(max(today, moment.as_of), moment.at, moment.head)
    run = judgements.judgements(all_years, commitment__declaration=key)
    years = columns(adopted, today, moment.as_of)
    counters = by_year(run, rows, [column["day"] for column in years])
    for column, counter in zip(years, counters, strict=True):
        column["counts"] = {value: counter[value] for value in rule.ORDER if counter[value]}
        column["day"] = column["day"].isoformat()
    steps = sorted(
        (
            step
            for row in rows
            for step in rule.changed(rule.history(run.get(row["key"], []), moment.as_of))
        ),
        key=lambda step: (step.assessment.effective_on, step.assessment.number),
        reverse=True,
    )  # fmt: skip
    by_key = {row["key"]: row for row in rows}
    silent = sorted(
        (row for row in rows if row["status"]["value"] in rule.OPEN),
        key=lambda row: ((row["newest_evidence"] or {}).get("on", ""), row["ordinal"]),
    )
    return {
        "declaration": declaration,
        "kinds": {kind: listing.facets["kind"].get(kind, 0) for kind in commitments.KINDS},
        "rollup": listing.rollup,
        "sections": [
            {**section, "rows": mine, "rollup": roll_up((r["status"]["value"] for r in mine), counts)}
            for section in declaration["sections"]
            if (mine := [row for row in rows if row["section"] == section["code"]])
        ],
        "years": years,
        "scale": judgements.scale_values(declaration["scale"]),
        "changes": [
            {"row": by_key[s.assessment.commitment], "before": s.before, **judgements.describe(s.assessment)}
            for s in steps
        ],
        "silent": silent,
        "disagreements": sum(row["disagrees"] for row in rows),
        "disputed": sum(row["disputed"] for row in rows),
        "rests_on": rests_on(key, moment),
        "events": events(key, moment),
        "rows": rows,
    }


def rests_on(key: str, moment: Moment) -> dict[str, Any]:
    """How much is on record by the moment; what is not verified is listed and not counted as a fact."""
    ready = Happening.objects.filter(declaration=key, on__lte=moment.as_of, recorded__lte=moment.at)
    kinds = dict(ready.filter(verified=True).values_list("category").annotate(Count("pk")))
    by_class = sources.by_class(moment, key)
    measured = Measurement.objects.filter(indicator__declaration=key, recorded__lte=moment.at).exclude(
        on__gt=moment.as_of
    )
    return {
        "assessments": judgements.standing(moment, commitment__declaration=key)
        .filter(effective_on__lte=moment.as_of)
        .count(),
        "actions": kinds.get("action", 0),
        "events": kinds.get("event", 0),
        "unverified": ready.filter(verified=False).count(),
        "indicators": Indicator.objects.filter(declaration=key, recorded__lte=moment.at).count(),
        "measurements": measured.filter(verified=True).count(),
        "unverified_measurements": measured.filter(verified=False).count(),
        "sources": sum(by_class.values()),
        "by_class": by_class,
    }


MARKED_KINDS = ("end", "regime_change")  # events that the year rule marks: a change of circumstances


def events(key: str, moment: Moment) -> list[dict[str, Any]]:
    """Changes of circumstances by `as_of`: the most-cited of each kind stand on the year rule."""
    rows = Happening.objects.filter(
        declaration=key,
        category="event",
        kind__in=MARKED_KINDS,
        verified=True,
        on__lte=moment.as_of,
        recorded__lte=moment.at,
    )
    counted = rows.annotate(cited=Count("bases", distinct=True)).order_by("-cited", "on")[:2]
    found = [{"key": h.key, "date": h.date, "on": h.on.isoformat(), "title": h.title} for h in counted]
    return sorted(found, key=lambda event: event["on"])


def summary(key: str, moment: Moment) -> dict[str, Any] | None:
    """The figures of the headline as the API has them."""
    declaration = declaration_of(key)
    if declaration is None:
        return None
    listing = commitments.listing(commitments.Filter(declaration=key), moment)
    counts = judgements.counting(declaration["scale"])
    return {
        "declaration": key,
        "as_of": moment.as_of.isoformat(),
        "ledger_number": moment.at,
        "scale": declaration["scale"],
        "total": listing.rollup.total,
        "kinds": {kind: listing.facets["kind"].get(kind, 0) for kind in commitments.KINDS},
        **figures(listing.rollup),
        "disagreements": sum(row["disagrees"] for row in listing.rows),
        "disputed": sum(row["disputed"] for row in listing.rows),
        "sections": {
            section["code"]: figures(
                roll_up(
                    (r["status"]["value"] for r in listing.rows if r["section"] == section["code"]), counts
                )
            )
            for section in declaration["sections"]
        },
        "rests_on": rests_on(key, moment),
    }


def explained(key: str, moment: Moment) -> dict[str, Any]:
    """What stands behind each figure of the headline.

    {"figures": {name: {"rule": texts, "numerator": [keys], "denominator": [keys] or null}}, "commitments": {key: its status with
    the assessment that set it and the evidence that this rests on}}
    """
    rows = commitments.listing(commitments.Filter(declaration=key), moment).rows
    shown = commitments.present(rows, moment)
    found = {"": _behind(rows)}
    for row in rows:
        found.setdefault(f"sections.{row['section']}.", {})
    for name in list(found)[1:]:
        section = name.split(".")[1]
        found[name] = _behind([row for row in rows if row["section"] == section])
    plainly = {
        "disagreements": (_RULES["disagreements"], [r["key"] for r in rows if r["disagrees"]]),
        "disputed": (_RULES["disputed"], [r["key"] for r in rows if r["disputed"]]),
    }
    behind = {f"{prefix}{name}": figure for prefix, many in found.items() for name, figure in many.items()}
    behind |= {
        name: {"rule": rule_, "numerator": keys, "denominator": [row["key"] for row in rows]}
        for name, (rule_, keys) in plainly.items()
    }
    return {
        "figures": behind,
        "commitments": {row["key"]: {"reported": row["reported"], **row["status"]} for row in shown},
    }


_RULES: dict[str, dict[str, str]] = {
    "total": {
        "en": "Commitments of the text that were not replaced.",
        "zh": "文本中未被替换的承诺。",
        "ru": "Обязательства текста, которые не были заменены.",
    },
    "counting": {
        "en": "Commitments whose status stands in the denominator: not those that were not assessed, are unknown, declaratory or cannot be tracked.",
        "zh": "状态计入分母的承诺：未评估、不明、宣示性和无法跟踪的不计入。",
        "ru": "Обязательства, статус которых входит в знаменатель: кроме тех, что не оценены, неизвестны, декларативны или не отслеживаются.",
    },
    "by_status": {
        "en": "Commitments whose latest standing assessment by an analyst, or agreed by both sides, has this value by that day.",
        "zh": "截至该日，分析员作出或双方确认的最近一项有效评估为此值的承诺。",
        "ru": "Обязательства, последняя действующая оценка которых аналитиком или обеими сторонами на этот день имеет это значение.",
    },
    "fulfilled": {
        "en": "k of n: k are fulfilled, n are those whose status counts; rounded half up to a whole per cent; null when nothing counts.",
        "zh": "n项中的k项：k为已落实的，n为状态计入的；百分比四舍五入取整；没有计入的则为空。",
        "ru": "k из n: k выполнены, n — те, чей статус учитывается; округление до целого процента, половина вверх; null, если ничего не учитывается.",
    },
    "disagreements": {
        "en": "Commitments of which an organization itself reported another value than the status.",
        "zh": "有组织自行报告的值与状态不同的承诺。",
        "ru": "Обязательства, по которым организация сама сообщила иное значение, чем статус.",
    },
    "disputed": {
        "en": "Commitments whose status an organization disputes without an outcome on record.",
        "zh": "状态被组织提出异议且尚无处理结果的承诺。",
        "ru": "Обязательства, статус которых организация оспаривает, а исход ещё не записан.",
    },
}


def _behind(rows: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The figures of some commitments, each with its rule and its lists."""
    everything = [row["key"] for row in rows]
    counting = [row["key"] for row in rows if row["counts"]]
    by_status: dict[str, list[str]] = {}
    for row in rows:
        by_status.setdefault(row["status"]["value"], []).append(row["key"])
    return {
        "total": {"rule": _RULES["total"], "numerator": everything, "denominator": None},
        "counting": {"rule": _RULES["counting"], "numerator": counting, "denominator": everything},
        "fulfilled": {
            "rule": _RULES["fulfilled"],
            "numerator": [row["key"] for row in rows if row["status"]["value"] == "fulfilled"],
            "denominator": counting,
        },
        **{
            f"by_status.{value}": {
                "rule": _RULES["by_status"],
                "numerator": by_status[value],
                "denominator": everything,
            }
            for value in rule.ORDER
            if value in by_status
        },
    }


def figures(rollup: Rollup) -> dict[str, Any]:
    """A roll-up as k of n: a share is null, never 0, when nothing counts."""
    share = rollup.share("fulfilled")
    return {
        "commitments": rollup.total,
        "counting": rollup.counting,
        "not_counting": rollup.not_counting,
        "by_status": rollup.by_value,
        "fulfilled": {
            "k": rollup.by_value.get("fulfilled", 0) if rollup.counting else None,
            "n": rollup.counting or None,
            "percent": int(share) if share is not None else None,
        },
    }
