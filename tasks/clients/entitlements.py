"""Entitlements of a source over HTTP, by the contract ``docs/upstreams/entitlements.yaml``."""

from hashlib import blake2b

from flows.errors import BadUpstreamAnswer, EntitlementsNotFound, InvalidInput, UpstreamRefused
from flows.intelligence.entitlements.source import Fetched, SourcedEntitlements, in_words, sourced_from_json
from flows.json_object import JsonObject
from tasks.clients.base import Representation, UpstreamClient, path_of

FETCH_S = 5.0  #: The whole answer is there by then; the organisation with most contracts sets it.
NOT_FOUND = 404


class HttpEntitlements:
    """An EntitlementSource over HTTP; one instance serves all threads."""

    kind = "http"

    def __init__(self, client: UpstreamClient, *, fetch_s: float = FETCH_S) -> None:
        """``fetch_s`` is the deadline of a call, in seconds."""
        self._client, self._fetch_s = client, fetch_s
        self.identity = blake2b(client.settings.url.encode(), digest_size=8).hexdigest()

    def fetch(self, organisation: str, etag: str | None) -> Fetched:
        """What an organisation has, unless that is what ``etag`` stands for.

        Raises EntitlementsNotFound, and PortUnavailable also for an answer with anything wrong in it.
        """
        try:
            path = path_of("organisations", organisation, "entitlements")
        except ValueError:  # "." and ".." are ids too, but no parts of a path.
            raise EntitlementsNotFound("no source can be asked for such an organisation") from None
        try:
            answer = self._client.get_if_changed(path, etag, self._fetch_s)
        except UpstreamRefused as error:
            if error.status == NOT_FOUND:
                raise EntitlementsNotFound("the source does not know the organisation") from error
            raise
        return Fetched(None if answer.unchanged else _read(answer, organisation), answer.etag)

    def listed(self) -> tuple[str, ...]:
        """None: it is asked by organisation."""
        return ()


def _read(answer: Representation, organisation: str) -> SourcedEntitlements:
    try:
        found = sourced_from_json(JsonObject.of(answer.value))
    except InvalidInput as error:
        raise BadUpstreamAnswer(f"the source answered what cannot be used: {in_words(error)}") from error
    if found.organisation != organisation:
        raise BadUpstreamAnswer("the source answered for another organisation")
    return found
