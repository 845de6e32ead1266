"""One representation: JSON in UTF-8."""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _
from rest_framework.exceptions import NotAcceptable
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request


class JSON(JSONRenderer):
    charset = None
    ensure_ascii = False


class OnlyJSON(DefaultContentNegotiation):
    """`?format=` selects nothing here: it is a parameter like others, and unknown ones are refused."""

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> Any:
        view = request.parser_context["view"]
        also = {
            kind.split(";")[0] for kind in getattr(view, "produces", ())
        }  # a file that a parameter asks for
        accepted = [item.split(";")[0].strip() for item in request.META.get("HTTP_ACCEPT", "*/*").split(",")]
        for renderer in renderers:
            if {renderer.media_type, "application/*", "*/*", "", "application/problem+json", *also} & set(
                accepted
            ):
                return renderer, renderer.media_type
        raise NotAcceptable(_("This API speaks application/json."), available_renderers=list(renderers))
