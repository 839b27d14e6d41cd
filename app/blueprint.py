"""Blueprints that read JSON bodies strictly."""

import json
from typing import Any

import flask_smorest
from flask import Request
from webargs.flaskparser import FlaskParser


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
    """flask-smorest's blueprint with our parser."""

    ARGUMENTS_PARSER = JsonParser()
