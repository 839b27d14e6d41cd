"""Who is asking."""

import hmac
from dataclasses import dataclass, field
from time import time

from werkzeug.datastructures import Headers

from app.foreign_pages import refuse_foreign_pages
from config.settings import Settings
from tasks.store.base import Job
from tasks.store.demo_people import ORGANISATIONS
from tasks.store.missing import missing_job

DEMO_ORGANISATION = "demo"
DEMO_ORGANISATIONS = frozenset(organisation.id for organisation in ORGANISATIONS)


class Forbidden(Exception):
    """Raised when a request is about an organisation that its principal may not ask for."""


class Unauthenticated(Exception):
    """Raised when a request needs a key and has none that is known."""


@dataclass(frozen=True, slots=True)
class Principal:
    """The organisation in whose name a request is made.

    ``others`` are organisations that it may ask for too: those of the demo for whoever tries
    the service without a key, none for a key.
    """

    organisation: str
    others: frozenset[str] = field(default=frozenset(), compare=False)

    def may_ask_for(self, organisation: str) -> str:
        """The organisation that a client named; raises Forbidden, whether it exists or not."""
        if organisation != self.organisation and organisation not in self.others:
            raise Forbidden
        return organisation

    def own(self, job: Job) -> Job:
        """The job; raises JobNotFound for another organisation's, as for one that never was."""
        if job.organisation != self.organisation:
            raise missing_job(job.id, time())
        return job


def principal_of(headers: Headers, settings: Settings) -> Principal:
    """The owner of the request's key; the demo organisation where no key is needed.

    Raises Unauthenticated, and ForeignPage where no key is needed.
    """
    if settings.open_to_anyone:
        refuse_foreign_pages(headers)
        return Principal(DEMO_ORGANISATION, DEMO_ORGANISATIONS)
    for key, organisation in settings.api_keys.items():
        if has_key(headers, key):
            return Principal(organisation)
    raise Unauthenticated


def has_key(headers: Headers, key: str) -> bool:
    """True when the request has this key, as ``Authorization: Bearer <key>`` or ``X-API-Key: <key>``."""
    scheme, _, token = headers.get("Authorization", "").partition(" ")
    given = token.strip() if scheme.lower() == "bearer" else headers.get("X-API-Key", "")
    return hmac.compare_digest(key.encode(), given.encode())
