"""What stands around every reading: the declaration, the words of its scale, the year rule."""

from datetime import date
from typing import Any

from commitments.models.declaration import Declaration
from commitments.readings import judgements, overview
from commitments.readings.moment import Moment
from commitments.readings.rows import first
from commitments.templatetags.tracker import content_language


def frame(moment: Moment, today: date) -> dict[str, Any]:
    """The declaration that pages are about, with the columns of its year rule."""
    row = first(
        Declaration.objects.order_by("adopted_on", "key").values(
            "key", "title", "adopted_on", "adopted_at", "language", "scale", "licence"
        )[:1]
    )
    if row is None:
        return {"tracked": None, "today": today, "labels": {}, "years": [], "LANG_SHORT": content_language()}
    values = judgements.scale_values(row["scale"])
    years = overview.columns(row["adopted_on"], today, moment.as_of)
    row["adopted_on"] = row["adopted_on"].isoformat()
    at = next((index for index, column in enumerate(years) if column["current"]), 0)
    return {
        "tracked": row,
        "LANG_SHORT": content_language(),
        "today": today,
        "labels": {value["value"]: value["label"] for value in values},
        "scale": values,
        "years": [{**column, "day": column["day"].isoformat()} for column in years],
        "earlier": years[at - 1]["day"].isoformat() if at else None,
        "earlier_year": years[at - 1]["year"] if at > 1 else None,
        "later": years[at + 1] if at + 1 < len(years) else None,
    }
