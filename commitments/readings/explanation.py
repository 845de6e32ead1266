"""What stands behind each figure of a headline: its rule, what is counted, among what, and what that rests on."""

from typing import Any

from django.db.models import QuerySet

from commitments.models.declaration import Commitment, Section
from commitments.models.happening import Indicator
from commitments.models.source import Source
from commitments.readings import commitments, overview, sources
from commitments.readings.moment import Moment
from commitments.rules import status as rule


def explained(key: str, moment: Moment) -> dict[str, Any]:
    """What stands behind each figure of the headline, named as it stands there.

    {"figures": {name: {"rule": texts, "numerator": [keys], "denominator": [keys] or null}}, "commitments": {key: its status with
    the assessment that set it and the evidence that this rests on}}
    """
    rows = commitments.listing(commitments.Filter(declaration=key), moment).rows
    shown = commitments.present(rows, moment)
    everything = [row["key"] for row in rows]
    figures = _behind(rows)
    for kind in Commitment.Kind.values:
        figures[f"kinds.{kind}"] = _figure("kinds", [r["key"] for r in rows if r["kind"] == kind], everything)
    for name in ("disagreements", "disputed"):
        field = {"disagreements": "disagrees"}.get(name, name)
        figures[name] = _figure(name, [row["key"] for row in rows if row[field]], everything)
    for section in (
        Section.objects.filter(declaration=key).order_by("position").values_list("code", flat=True)
    ):
        own = _behind([row for row in rows if row["section"] == section])
        figures |= {f"sections.{section}.{name}": figure for name, figure in own.items()}
    for name, keys in _what_it_rests_on(key, moment).items():
        figures[name] = _figure("rests_on", keys, None)
    return {
        "figures": figures,
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
    "not_counting": {
        "en": "Commitments whose status stands outside the denominator.",
        "zh": "状态不计入分母的承诺。",
        "ru": "Обязательства, статус которых не входит в знаменатель.",
    },
    "kinds": {
        "en": "Commitments of this kind, as the words of the clause say it.",
        "zh": "按条款措辞属于此类的承诺。",
        "ru": "Обязательства этого вида, как сказано в формулировке.",
    },
    "rests_on": {
        "en": "What is on record by that day and that entry; of facts and values those that are verified, unless the name says otherwise.",
        "zh": "截至该日和该条目在录的内容；事实和数值只计已核实的，名称另有说明的除外。",
        "ru": "Что записано на этот день и на эту запись; факты и значения — проверенные, если название не говорит иного.",
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


def _figure(name: str, numerator: list[str], denominator: list[str] | None) -> dict[str, Any]:
    return {"rule": _RULES[name], "numerator": numerator, "denominator": denominator}


def _behind(rows: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The figures of some commitments, each with its rule and its lists; a value that none has is there with an empty one."""
    everything = [row["key"] for row in rows]
    counting = [row["key"] for row in rows if row["counts"]]
    by_status: dict[str, list[str]] = {value: [] for value in rule.ORDER}
    for row in rows:
        by_status.setdefault(row["status"]["value"], []).append(row["key"])
    return {
        "total": _figure("total", everything, None),
        "commitments": _figure("total", everything, None),
        "counting": _figure("counting", counting, everything),
        "not_counting": _figure("not_counting", [r["key"] for r in rows if not r["counts"]], everything),
        "fulfilled": _figure("fulfilled", by_status["fulfilled"], counting),
        **{f"by_status.{value}": _figure("by_status", keys, everything) for value, keys in by_status.items()},
    }


def _what_it_rests_on(key: str, moment: Moment) -> dict[str, list[str]]:
    """The keys behind each figure of `rests_on`."""
    ready, measured = overview.facts(key, moment), overview.measured_values(key, moment)
    publications = Source.objects.filter(declaration=key, recorded__lte=moment.at)
    rows: dict[str, QuerySet[Any]] = {
        "assessments": overview.standing_judgements(key, moment),
        "actions": ready.filter(verified=True, category="action"),
        "events": ready.filter(verified=True, category="event"),
        "unverified": ready.filter(verified=False),
        "indicators": Indicator.objects.filter(declaration=key, recorded__lte=moment.at),
        "measurements": measured.filter(verified=True),
        "unverified_measurements": measured.filter(verified=False),
        "sources": publications,
        **{f"by_class.{name}": publications.filter(source_class=name) for name in sources.CLASSES},
    }
    return {
        f"rests_on.{name}": list(found.order_by("pk").values_list("pk", flat=True))
        for name, found in rows.items()
    }
