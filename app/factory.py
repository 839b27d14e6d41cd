"""Puts the Flask app together from parts; opens nothing itself."""

from threading import BoundedSemaphore

import flask
from flask import Flask, Response, request
from flask_smorest import Api
from flask_swagger_ui import get_swaggerui_blueprint
from prometheus_client import CollectorRegistry
from prometheus_flask_exporter import PrometheusMetrics
from werkzeug.exceptions import HTTPException, UnsupportedMediaType

from app import context, errors
from app.api import RESOURCES, operations
from app.blueprint import takes_no_body
from app.event_streams import EventStreams
from app.ops import pages as ops
from app.parts import EVENT_STREAMS, EXTENSION, HEALTH, Parts
from app.schemas.common import ProblemSchema
from config import VERSION
from config.settings import OperatorLogin, Settings

MAX_BODY_BYTES = 2 * 1024 * 1024  #: Room for a thousand events of two kilobytes each.


#: No validator: it is somebody else's server.
SWAGGER_UI = {"app_name": "Learning Service", "validatorUrl": None}

#: Every error that a route does not list by itself, as it is described in the OpenAPI document.
PROBLEM = {
    "description": "Problem details (RFC 9457)",
    "content": {"application/problem+json": {"schema": ProblemSchema}},
}


class ProblemApi(Api):
    """flask-smorest with our shape of errors."""

    DEFAULT_ERROR_RESPONSE_NAME = "PROBLEM"

    def handle_http_exception(self, error: HTTPException) -> Response:
        """Answer with a problem instead of flask-smorest's own shape."""
        return errors.http_error(error)


def create_app(
    settings: Settings, parts: Parts, registry: CollectorRegistry, operator: OperatorLogin | None = None
) -> Flask:
    """The app; ``registry`` is where its request metrics go and what ``/metrics`` shows. Without the login
    of an operator there are no pages for one.
    """
    app = Flask("learning-service", static_folder=None)
    app.config.update(
        MAX_CONTENT_LENGTH=MAX_BODY_BYTES,
        API_TITLE="Learning Service",
        API_VERSION=VERSION,
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX="/",
        OPENAPI_JSON_PATH="openapi.json",
    )
    put_parts(app, settings, parts)
    context.install(app, settings)
    errors.install(app)
    app.before_request(require_json)
    PrometheusMetrics(app, path="/metrics", group_by="endpoint", registry=registry)
    api = ProblemApi(app)
    api.spec.components.response(ProblemApi.DEFAULT_ERROR_RESPONSE_NAME, PROBLEM)
    for resource in RESOURCES:
        api.register_blueprint(resource.blueprint)
    app.register_blueprint(operations.blueprint)
    app.register_blueprint(get_swaggerui_blueprint("/docs", "/openapi.json", SWAGGER_UI))
    if operator is not None:
        app.register_blueprint(ops.make_blueprint(operator))
    app.get("/")(_index)
    return app


def put_parts(app: Flask, settings: Settings, parts: Parts) -> None:
    """Have the app's routes work with these parts from now on, in place of those before."""
    app.extensions |= {EXTENSION: parts, HEALTH: parts.health}
    app.extensions[EVENT_STREAMS] = _event_streams(settings, parts)


def _event_streams(settings: Settings, parts: Parts) -> EventStreams:
    """Room for a quarter of the threads: those who wait for answers must not wait for a thread."""
    slots = BoundedSemaphore(max(1, settings.web_threads // 4))
    front = parts.front
    return EventStreams(front.services.ledger, front.waiters, slots, settings.streams_address)


def require_json() -> None:
    """Refuse a body that is not said to be JSON; a wrong path or method comes first. Operators send forms."""
    if request.routing_exception is not None or request.blueprint == ops.NAME or _comes_without_body():
        return
    if request.method in ("POST", "PUT", "PATCH") and not request.is_json:
        raise UnsupportedMediaType("send the body as application/json")


def _comes_without_body() -> bool:
    view = flask.current_app.view_functions.get(request.endpoint or "")
    return not request.content_length and takes_no_body(view)


def _index() -> flask.typing.ResponseReturnValue:
    """Where to go from here."""
    return {"service": "learning-service", "version": VERSION, "docs": "/docs/", "openapi": "/openapi.json"}
