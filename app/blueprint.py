"""Blueprints that read JSON bodies strictly, and describe all routes of flows alike."""

import json
from collections.abc import Callable
from functools import wraps
from typing import Any

import flask_smorest
from flask import Request
from marshmallow import Schema
from webargs.flaskparser import FlaskParser

from app.context import take_callback
from app.idempotency import PARAMETER as IDEMPOTENCY
from app.parts import services
from app.schemas.common import ModeQuery, ProblemSchema
from app.schemas.jobs import JobSchema
from app.schemas.webhooks import with_callback

PROBLEM_JSON = "application/problem+json"
NOT_YET = "Not ready yet: ask again at Location"
View = Callable[..., Any]


def without_body(view: View) -> View:
    """Marks a view to which a POST may come without a body, and so without its type."""
    view.takes_no_body = True  # type: ignore[attr-defined]
    return view


def takes_no_body(view: View | None) -> bool:
    """True for a view that was marked so."""
    return getattr(view, "takes_no_body", False)


class JsonParser(FlaskParser):
    """Whatever Python cannot read is bad JSON: also nesting too deep and numbers too long."""

    def _raw_load_json(self, req: Request) -> Any:
        try:
            return super()._raw_load_json(req)
        except json.JSONDecodeError:
            raise
        except (RecursionError, ValueError) as error:
            raise json.JSONDecodeError(str(error), "an unreadable body", 0) from None


class Blueprint(flask_smorest.Blueprint):
    """flask-smorest's blueprint with our parser, and a decorator for the routes of flows."""

    ARGUMENTS_PARSER = JsonParser()

    def flow(self, path: str, request: Schema, answer: type[Schema]) -> Callable[[View], View]:
        """A POST that a flow answers: 200 with the answer, or 202 with its job.

        The view gets the body as it was checked, and ``mode``. ``request`` is an instance: a class
        would be built anew per request. The body may have a ``callbackUrl`` too, which the view does
        not see: it is no part of what is asked.
        """

        def decorate(view: View) -> View:
            view = _with_callback(view)
            view = self.alt_response(422, schema=ProblemSchema, content_type=PROBLEM_JSON)(view)
            view = self.alt_response(202, schema=JobSchema, description=NOT_YET)(view)
            view = self.response(200, answer)(view)
            view = self.arguments(ModeQuery(), location="query", as_kwargs=True)(view)
            view = self.arguments(with_callback(request))(view)
            # Described only: what a schema for headers would do with each request, app/idempotency.py does.
            documented: Any = view
            documented._apidoc["arguments"]["parameters"].append(IDEMPOTENCY)
            view = self.alt_response(429, schema=ProblemSchema, content_type=PROBLEM_JSON)(view)
            routed: View = self.post(path)(view)
            return routed

        return decorate


def _with_callback(view: View) -> View:
    """The view, called without ``callbackUrl`` after that was checked; raises InvalidInput."""

    @wraps(view)
    def without(sent: dict[str, Any], *args: Any, **more: Any) -> Any:
        if url := sent.pop("callbackUrl", None):
            services().webhooks.check(url)
            take_callback(url)
        return view(sent, *args, **more)

    return without
