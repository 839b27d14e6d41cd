"""What the two services behind the front have in common: one app around one engine.

They keep the conventions of the front (problem+json, request ids, strict JSON, health, metrics) and
know neither organisations' keys nor jobs: their only caller is a front or worker, which names the
organisation in each request and, where a token is set, shows it.
"""

from collections.abc import Mapping
from typing import Any, cast

from flask import Flask, current_app
from flask_smorest import Blueprint
from prometheus_client import CollectorRegistry
from prometheus_flask_exporter import PrometheusMetrics
from werkzeug.datastructures import Headers

from app import context, errors
from app.api import operations
from app.factory import PROBLEM, ProblemApi, require_json
from app.foreign_pages import refuse_foreign_pages
from app.health import Health
from app.parts import HEALTH
from app.principal import Unauthenticated, has_key
from config.settings import Settings

PROBLEM_JSON = "application/problem+json"
ENGINE = "learning-service-engine"
CONTRACT_VERSION = "1.0.0"  #: Of paths and shapes under /v1. What breaks a caller gets other paths.
MAX_BODY_BYTES = 8 * 1024 * 1024  #: A hundred memories, or a thousand events, of the usual lengths.


def create_service(
    contract: Mapping[str, Any],
    blueprint: Blueprint,
    engine: object,
    settings: Settings,
    health: Health,
    registry: CollectorRegistry,
) -> Flask:
    """An app that serves ``blueprint``, whose routes find the engine with ``engine_of_app``.

    ``contract`` is what the OpenAPI document says beside the paths: ``info`` with a title,
    and ``servers``.
    """
    app = Flask(blueprint.name, static_folder=None)
    app.config.update(
        MAX_CONTENT_LENGTH=MAX_BODY_BYTES,
        API_TITLE=contract["info"]["title"],
        API_VERSION=CONTRACT_VERSION,
        API_SPEC_OPTIONS={**contract, "security": [{"token": []}, {}]},
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX="/",
        OPENAPI_JSON_PATH="openapi.json",
    )
    app.extensions |= {ENGINE: engine, HEALTH: health}
    _keep_conventions(app, settings, registry)
    api = ProblemApi(app)
    api.spec.components.response(ProblemApi.DEFAULT_ERROR_RESPONSE_NAME, PROBLEM)
    api.spec.components.security_scheme("token", {"type": "http", "scheme": "bearer"})
    api.register_blueprint(blueprint)
    for unused in ("Error", "PaginationMetadata"):
        api.spec.components.schemas.pop(unused)
    app.register_blueprint(operations.blueprint)
    return app


def engine_of_app() -> Any:
    """The engine of the current app."""
    return cast(Any, current_app.extensions[ENGINE])


def _keep_conventions(app: Flask, settings: Settings, registry: CollectorRegistry) -> None:
    def admit(headers: Headers) -> None:
        if settings.upstream_token is None:  # Then only this machine can call.
            refuse_foreign_pages(headers)
        elif not has_key(headers, settings.upstream_token):
            raise Unauthenticated

    context.around_requests(app, admit)
    errors.install(app)
    app.before_request(require_json)
    PrometheusMetrics(app, path="/metrics", group_by="endpoint", registry=registry)
