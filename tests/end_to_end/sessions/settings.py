"""The combinations under test: a release line and configuration of Better Auth, its store, and the application."""

from __future__ import annotations

from dataclasses import dataclass, replace

from end_to_end.sessions.oracle import Rules

APP = "end_to_end.apps.app_sessions:app"
FROM_ENVIRONMENT = "support.applications.whoami_app:app"
"""An application without configuration in code: `fastjose.auth` and `JWT_CREDENTIALS`."""
BEARER = ("bearer", "bearer, raw", "bearer, encoded", "bearer, unsigned")
HEADERS = (*BEARER, "cookie")
KEYS = ("api key",)
CACHE_FORMS = ("cookie", "cookies")
RATE_OF_BETTER_AUTH = 100
"""Better Auth takes about 4 ms of a processor for get-session, and most requests are such a question."""
LIMITED = "sessions-limited"
LINES = ("1.7", "1.4")


@dataclass(frozen=True)
class Setting:
    """One combination.

    Attributes:
        line: The release line of Better Auth.
        configuration: A name in `better_auth/node/session_configurations.mjs`.
        storage: Where Better Auth keeps sessions: `memory`, `sqlite`, `postgresql` or `redis`.
        look_up: Where the application looks sessions up: `remote`, `database`, `redis` or `none`.
        forms: The forms in which clients send their credentials, of `credentials.FORMS`.
        strategy: The strategy of the cookie cache that the application accepts, or an empty string.
        cookie_prefix: Better Auth's `advanced.cookiePrefix`.
        max_age_seconds: The time for which the application may use an answer of its store.
        has_load: Whether the run puts load on it.
        max_rate: The number of requests a second that its Better Auth can answer besides the questions of the oracle.
        application: The application.
    """

    line: str
    configuration: str = "sessions"
    storage: str = "memory"
    look_up: str = "remote"
    forms: tuple[str, ...] = HEADERS
    strategy: str = ""
    cookie_prefix: str = "better-auth"
    max_age_seconds: float = 0
    has_load: bool = False
    max_rate: int = 1_000
    application: str = APP

    @property
    def name(self) -> str:
        """Return the name in the table."""
        age = f", kept {self.max_age_seconds:g} s" if self.max_age_seconds else ""
        origin = ", by environment" if self.application == FROM_ENVIRONMENT else ""
        credentials = "API keys" if self.forms == KEYS else self.configuration
        return f"{self.line} {credentials}, {self.storage}, look-up: {self.look_up}{age}{origin}"

    @property
    def rules(self) -> Rules:
        """Return what the oracle knows about the application."""
        return Rules(has_look_up=self.look_up != "none", max_age_seconds=self.max_age_seconds)


def _cookies(line: str, configuration: str, strategy: str, look_up: str = "none", **options: object) -> Setting:
    forms = CACHE_FORMS if look_up != "none" else ("cookies",)
    return Setting(line, configuration, "memory", look_up, forms, strategy, **options)  # type: ignore[arg-type]


def _settings_by_environment() -> list[Setting]:
    chosen = [
        Setting("1.7"),
        Setting("1.7", storage="postgresql", look_up="database"),
        Setting("1.7", storage="redis", look_up="redis"),
        Setting("1.7", storage="sqlite", look_up="database", forms=KEYS),
        _cookies("1.7", "sessions-jwe", "jwe", "remote"),
        _cookies("1.7", "sessions-prefix", "compact", "remote", cookie_prefix="myapp"),
        _cookies("1.7", "sessions-jwt-jwks", "jwks", "remote"),
    ]
    return [replace(setting, application=FROM_ENVIRONMENT) for setting in chosen]


def _settings_of_line(line: str) -> list[Setting]:
    return [
        Setting(line, has_load=True, max_rate=RATE_OF_BETTER_AUTH),
        Setting(line, max_age_seconds=1, has_load=line == "1.7", max_rate=RATE_OF_BETTER_AUTH),
        Setting(line, storage="sqlite"),
        Setting(line, storage="sqlite", look_up="database", has_load=line == "1.7"),
        Setting(line, storage="postgresql"),
        Setting(line, storage="postgresql", look_up="database", has_load=line == "1.7"),
        Setting(line, storage="redis"),
        Setting(line, storage="redis", look_up="redis", has_load=line == "1.7"),
        *(
            _cookies(line, f"sessions-{strategy}", strategy, look_up, has_load=strategy == "jwe" and line == "1.7")
            for strategy in ("compact", "jwt", "jwe")
            for look_up in ("none", "remote")
        ),
        Setting(line, forms=KEYS),
        Setting(line, storage="sqlite", look_up="database", forms=KEYS),
        Setting(line, storage="postgresql", look_up="database", forms=KEYS, has_load=line == "1.7"),
        Setting(line, storage="redis", look_up="redis", forms=KEYS),
        _cookies(line, "sessions-secure", "compact", "remote"),
        _cookies(line, "sessions-prefix", "compact", "remote", cookie_prefix="myapp"),
        _cookies(line, "sessions-chunked", "jwe", "none"),
    ]


SETTINGS = [
    *(setting for line in LINES for setting in _settings_of_line(line)),
    Setting("1.7", LIMITED, forms=("bearer", "cookie")),
    _cookies("1.7", "sessions-jwt-jwks", "jwks"),
    _cookies("1.7", "sessions-jwt-jwks", "jwks", "remote"),
    *_settings_by_environment(),
]
"""Every combination. Only Better Auth 1.7 signs cookies with a key of its JWK Set, and limits requests that have no
address of a client.
"""
