"""What the service can be told from outside: one frozen record, built once from one mapping.

Nothing else reads the environment. Names and lifetimes that nobody should change per
installation do not belong here; they live in :mod:`config.keys` and :mod:`config.queues`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Any, TypeVar

from config.values import (
    PasswordInUrl,
    collection_name_of,
    keys_of,
    model_name_of,
    networks_of,
    prefix_of,
    url_of,
)

T = TypeVar("T")

LOOPBACK_HOSTS = frozenset({"127.0.0.1", "::1", "localhost"})
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
LLM_APIS = ("ollama", "openai", "llamacpp")
EMBEDDING_APIS = ("ollama", "openai")


class SettingsError(Exception):
    """Raised when an environment variable has a value that cannot be used; names both."""


@dataclass(frozen=True, slots=True)
class OperatorLogin:
    """Name and password of whoever operates the service."""

    name: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything an installation may choose. ``.env.example`` explains each in a line."""

    host: str
    port: int
    data_dir: Path
    redis_url: str | None
    database_url: str
    log_level: str
    streams_port: int
    streams_url: str | None
    max_streams: int
    max_connections: int
    flower_port: int
    operator_login: "OperatorLogin | None"
    memory_service_port: int
    pbml_service_port: int
    entitlements_service_port: int
    upstream_token: str | None = field(repr=False)
    web_threads: int
    interactive_workers: int
    llm_concurrency: int
    llm_slots: int
    drafts_per_hour: int
    flows_file: Path | None
    metrics_dir: Path | None
    memory_service_url: str | None
    pbml_service_url: str | None
    entitlements_url: str | None
    entitlements_token: str | None = field(repr=False)
    entitlements_file: Path | None
    entitlements_stale_s: int
    entitlements_void_s: int
    ollama_url: str | None
    qwen_model: str
    llm_api: str
    qdrant_url: str | None
    qdrant_api_key: str | None = field(repr=False)
    qdrant_collection: str
    embedding_url: str | None
    embedding_token: str | None = field(repr=False)
    embedding_model: str | None
    embedding_api: str
    embedding_query_prefix: str | None
    embedding_document_prefix: str | None
    memory_vectors_ms: int
    webhook_allowed_networks: tuple[IPv4Network | IPv6Network, ...]
    webhook_allow_http: bool
    api_keys: Mapping[str, str] = field(repr=False)

    @property
    def open_to_anyone(self) -> bool:
        """True in the embedded mode: no keys are set and only this machine can call."""
        return not self.api_keys and self.host in LOOPBACK_HOSTS

    @property
    def streams_address(self) -> str | None:
        """Where clients find the streams process; None where this service cannot know."""
        if self.streams_url or self.host not in LOOPBACK_HOSTS:
            return self.streams_url
        return f"http://{f'[{self.host}]' if ':' in self.host else self.host}:{self.streams_port}"

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> "Settings":
        """Build the settings from an environment; raises SettingsError naming the variable."""
        settings = cls._read(env)
        if not settings.api_keys and not settings.open_to_anyone:
            raise SettingsError(
                f"HOST={settings.host} can be reached from other machines: set API_KEYS=organisation:key"
                " (at least one), or HOST=127.0.0.1"
            )
        settings.check_source()
        return settings

    @classmethod
    def of_upstream(cls, env: Mapping[str, str]) -> "Settings":
        """The settings of a service behind the front, which asks for UPSTREAM_TOKEN and not for API keys.

        Raises SettingsError naming the variable.
        """
        settings = cls._read(env)
        if settings.host not in LOOPBACK_HOSTS and not settings.upstream_token:
            raise SettingsError(
                f"HOST={settings.host} can be reached from other machines: set UPSTREAM_TOKEN,"
                " or HOST=127.0.0.1"
            )
        return settings

    @classmethod
    def of_command(cls, env: Mapping[str, str]) -> "Settings":
        """The settings of a command that listens nowhere; raises SettingsError naming the variable."""
        return cls._read(env)

    def check_source(self) -> None:
        """Raise SettingsError when what is said of the source of entitlements contradicts itself."""
        if self.entitlements_url and self.entitlements_file:
            raise SettingsError("ENTITLEMENTS_URL and ENTITLEMENTS_FILE are both set: there is one source")
        if self.entitlements_void_s < self.entitlements_stale_s:
            raise SettingsError(
                f"ENTITLEMENTS_VOID_S={self.entitlements_void_s}: must be at least ENTITLEMENTS_STALE_S,"
                f" which is {self.entitlements_stale_s}"
            )

    @classmethod
    def _read(cls, env: Mapping[str, str]) -> "Settings":
        data_dir = Path(env.get("DATA_DIR") or ".data").resolve()
        return cls(
            host=env.get("HOST") or "127.0.0.1",
            port=_port(env, "PORT", 3005),
            data_dir=data_dir,
            redis_url=env.get("REDIS_URL") or None,
            database_url=env.get("DATABASE_URL") or f"sqlite:///{data_dir / 'learning.db'}",
            log_level=_one_of(env, "LOG_LEVEL", "INFO", LOG_LEVELS),
            streams_port=_port(env, "STREAMS_PORT", 3007),
            streams_url=_optional_url(env, "STREAMS_URL"),
            max_streams=_int(env, "MAX_STREAMS", 4000, at_least=1),
            max_connections=_int(env, "MAX_CONNECTIONS", 4000, at_least=1),
            flower_port=_port(env, "FLOWER_PORT", 5555),
            operator_login=_operator_login(env),
            memory_service_port=_port(env, "MEMORY_SERVICE_PORT", 3003),
            pbml_service_port=_port(env, "PBML_SERVICE_PORT", 3006),
            entitlements_service_port=_port(env, "ENTITLEMENTS_SERVICE_PORT", 3008),
            upstream_token=_secret(env, "UPSTREAM_TOKEN"),
            web_threads=_int(env, "WEB_THREADS", 32, at_least=2),
            interactive_workers=_int(env, "INTERACTIVE_WORKERS", 1, at_least=1),
            llm_concurrency=_int(env, "LLM_CONCURRENCY", 1, at_least=1),
            llm_slots=_int(env, "LLM_SLOTS", 1, at_least=1),
            drafts_per_hour=_int(env, "DRAFTS_PER_HOUR", 0, at_least=0),
            flows_file=_optional_path(env, "FLOWS_FILE"),
            metrics_dir=_optional_path(env, "PROMETHEUS_MULTIPROC_DIR"),
            memory_service_url=_optional_url(env, "MEMORY_SERVICE_URL"),
            pbml_service_url=_optional_url(env, "PBML_SERVICE_URL"),
            entitlements_url=_optional_url(env, "ENTITLEMENTS_URL"),
            entitlements_token=_secret(env, "ENTITLEMENTS_TOKEN"),
            entitlements_file=_optional_path(env, "ENTITLEMENTS_FILE"),
            entitlements_stale_s=_int(env, "ENTITLEMENTS_STALE_S", 900, at_least=300),
            entitlements_void_s=_int(env, "ENTITLEMENTS_VOID_S", 86_400, at_least=300),
            **_models(env),
            webhook_allowed_networks=_parsed(env, "WEBHOOK_ALLOWED_NETWORKS", (), networks_of),
            webhook_allow_http=_one_of(env, "WEBHOOK_ALLOW_HTTP", "no", ("no", "yes")) == "yes",
            api_keys=_api_keys(env),
        )


def _models(env: Mapping[str, str]) -> dict[str, Any]:
    """What is said of models and of the index of vectors."""
    return {
        "ollama_url": _optional_url(env, "OLLAMA_URL"),
        "qwen_model": _parsed(env, "QWEN_MODEL", "qwen3:4b", model_name_of),
        "llm_api": _one_of(env, "LLM_API", "ollama", LLM_APIS),
        "qdrant_url": _optional_url(env, "QDRANT_URL"),
        "qdrant_api_key": _secret(env, "QDRANT_API_KEY"),
        "qdrant_collection": _parsed(env, "QDRANT_COLLECTION", "learning-memories", collection_name_of),
        "embedding_url": _optional_url(env, "EMBEDDING_URL"),
        "embedding_token": _secret(env, "EMBEDDING_TOKEN"),
        "embedding_model": _parsed(env, "EMBEDDING_MODEL", None, model_name_of),
        "embedding_api": _one_of(env, "EMBEDDING_API", "", EMBEDDING_APIS),
        "embedding_query_prefix": _parsed(env, "EMBEDDING_QUERY_PREFIX", None, prefix_of),
        "embedding_document_prefix": _parsed(env, "EMBEDDING_DOCUMENT_PREFIX", None, prefix_of),
        "memory_vectors_ms": _int(env, "MEMORY_VECTORS_MS", 25, at_least=10),
    }


def _parsed(env: Mapping[str, str], name: str, default: T, parse: Callable[[str], T]) -> T:
    text = env.get(name)
    if not text:
        return default
    try:
        return parse(text)
    except ValueError as error:
        raise SettingsError(f"{name}={text!r}: {error}") from None


def _int(env: Mapping[str, str], name: str, default: int, *, at_least: int) -> int:
    def parse(text: str) -> int:
        number = _whole(text)
        if number < at_least:
            raise ValueError(f"must be at least {at_least}")
        return number

    return _parsed(env, name, default, parse)


def _port(env: Mapping[str, str], name: str, default: int) -> int:
    def parse(text: str) -> int:
        number = _whole(text)
        if not 0 < number < 65536:
            raise ValueError("must be a port, 1 to 65535")
        return number

    return _parsed(env, name, default, parse)


def _secret(env: Mapping[str, str], name: str) -> str | None:
    """Visible ASCII, which goes into a header as it is. The value is never shown."""
    text = env.get(name) or None
    if text is not None and (len(text) < 16 or any(not "!" <= character <= "~" for character in text)):
        raise SettingsError(f"{name}: must be 16 or more letters, digits and signs, without spaces")
    return text


def _operator_login(env: Mapping[str, str]) -> OperatorLogin | None:
    """Name and password for HTTP Basic (RFC 7617). The value is never shown."""
    text = env.get("OPERATOR_LOGIN") or None
    if text is None:
        return None
    name, _, password = text.partition(":")
    if not name or len(password) < 8 or not text.isprintable():
        raise SettingsError("OPERATOR_LOGIN: must be user:password, with a password of 8 characters or more")
    return OperatorLogin(name, password)


def _whole(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise ValueError("must be a whole number") from None


def _one_of(env: Mapping[str, str], name: str, default: str, choices: tuple[str, ...]) -> str:
    def parse(text: str) -> str:
        for choice in choices:
            if text.lower() == choice.lower():
                return choice
        raise ValueError("must be one of " + ", ".join(choices))

    return _parsed(env, name, default, parse)


def _optional_path(env: Mapping[str, str], name: str) -> Path | None:
    return Path(env[name]).resolve() if env.get(name) else None


def _optional_url(env: Mapping[str, str], name: str) -> str | None:
    """The address of another service, without a slash at its end."""
    try:
        return _parsed(env, name, None, url_of)
    except PasswordInUrl as error:  # Say what is wrong without showing it.
        raise SettingsError(f"{name}: {error}") from None


def _api_keys(env: Mapping[str, str]) -> Mapping[str, str]:
    """``API_KEYS=organisation:key,organisation:key`` as {key: organisation}."""
    try:
        return _parsed(env, "API_KEYS", {}, keys_of)
    except SettingsError as error:  # The value is a secret: say what is wrong without showing it.
        raise SettingsError(f"API_KEYS: {str(error).rpartition(': ')[2]}") from None
