"""The native core: token → key → signature → claims. Times are in seconds since the epoch, sizes in bytes.

Objects of this module are immutable, and threads can share them. The GIL is released while a public key verifies a
signature, and while keys are fetched.
"""

import os
from collections.abc import Awaitable, Callable, Container, Coroutine, Iterable, Mapping, MutableMapping, Sequence
from types import GenericAlias
from typing import Any, Final, Generic, Literal, NoReturn, Protocol, TypeAlias, TypeVar, final, overload

from typing_extensions import Self, disjoint_base

from fastjose._claims_types import ClaimsModel as _ClaimsModel
from fastjose._sessions.session_token import SessionToken as _SessionToken
from fastjose.backends.base import Key as _JwkKey

__all__ = [
    "ASYMMETRIC_ALGORITHMS",
    "CEK_BYTES",
    "ED25519_IMPLEMENTATION",
    "IV_BYTES",
    "MIN_SECRET_BYTES",
    "Acceptance",
    "AuthJsCookieReader",
    "DiscoveryDocument",
    "FunctionAlias",
    "JweKey",
    "JweToken",
    "Key",
    "KeyMaterial",
    "OriginPolicy",
    "PendingVerification",
    "RemoteApiKeys",
    "RemoteIntrospection",
    "RemoteKeySet",
    "RemoteSessions",
    "RequestAuthenticator",
    "RevocationList",
    "SessionCookieReader",
    "SessionCookies",
    "SessionTokenReader",
    "VerifiedToken",
    "Verifier",
    "__version__",
    "aead_open",
    "aead_seal",
    "bearer_token",
    "cbc_decrypt",
    "cbc_encrypt",
    "check_claims_not_revoked",
    "configure_key_classes",
    "configure_registry",
    "encrypt_session_data",
    "json_dumps_bytes",
    "jwe_encrypt",
    "jwe_header",
    "jws_load",
    "jws_sign",
    "jws_unverified_header",
    "jws_unverified_payload",
    "jws_verify",
    "jws_verify_parts",
    "jwt_decode",
    "jwt_parse_claims",
    "jwt_validate_claims",
    "reject_sender_constrained",
    "require_subject",
    "sign",
    "unverified_issuer",
    "unverified_issuer_of_request",
    "url_origin",
    "user_fields",
    "verify_token",
]

_Scalar: TypeAlias = str | int | bool
"""A value with which a claim is compared."""

_UserT = TypeVar("_UserT")
_ClaimsT = TypeVar("_ClaimsT", bound=_ClaimsModel)

__version__: Final[str]

MIN_SECRET_BYTES: Final[Mapping[str, int]]
"""The minimum length of a secret in bytes, by HMAC algorithm (RFC 7518 §3.2)."""

ASYMMETRIC_ALGORITHMS: Final[tuple[str, ...]]
"""The names of the algorithms that public keys verify (RFC 7518 §3.1, RFC 8037 §3.1, RFC 9864 §2.2).

ES256K (RFC 8812 §3.2) is not in the list. It is accepted only if `algorithms` or the `alg` of a local JWK names it.
"""

ED25519_IMPLEMENTATION: Final[str]
"""The crate that verifies EdDSA signatures on this processor, and the instructions that it uses.

One of "ed25519-dalek, AVX-512 IFMA", "ed25519-dalek, AVX2" and "aws-lc-rs". Each accepts the same signatures.
"""

CEK_BYTES: Final[Mapping[str, int]]
"""The length of the content encryption key in bytes, by content encryption algorithm (RFC 7518 §5.1)."""

IV_BYTES: Final[Mapping[str, int]]
"""The length of the initialization vector in bytes, by content encryption algorithm (RFC 7518 §5.2.2.1, §5.3)."""

_Material: TypeAlias = str | bytes | Mapping[str, Any] | Key | _JwkKey | RemoteKeySet
_Keys: TypeAlias = _Material | Sequence[_Material]
_Pem: TypeAlias = str | bytes | os.PathLike[str]

class _UrlObject(Protocol):
    """A URL object whose `str` is the URL, such as pydantic's `HttpUrl` or `httpx.URL`."""

    @property
    def scheme(self) -> str: ...

@final
class Key:
    """A prepared key, restricted to the algorithms that it can verify. Verifiers can share it.

    Example:
        from fastjose import Key, Verifier, sign_token

        secret = "a-secret-of-at-least-thirty-two-bytes"
        key = Key(secret, kid="2026-01", algorithm="HS256")
        assert (key.kid, key.algorithms) == ("2026-01", ["HS256"])

        token = sign_token({"sub": "user-1", "exp": 4_000_000_000}, secret, algorithm="HS256")
        assert Verifier(key).verify(token)["sub"] == "user-1"
    """

    def __new__(
        cls,
        material: str | bytes | Mapping[str, Any],
        *,
        kid: str | None = None,
        algorithm: str | None = None,
        allow_short_secret: bool = False,
    ) -> Key:
        """Prepare a key.

        Args:
            material: A secret; a public key in PEM (`str` or `bytes`) or DER (`bytes`); or a JWK (RFC 7517 §4). PEM and
                DER can be SPKI, PKCS #1, or an X.509 certificate, of which only the key is used. The `alg`, `use`,
                `key_ops` and `crv` of a JWK restrict the key.
            kid: The id of the key. Defaults to the `kid` of the JWK.
            algorithm: The only algorithm of the key. Defaults to all that its type supports.
            allow_short_secret: Accept `material` as a secret of any length except 0. For development only: an attacker
                can guess a secret below 32 bytes (RFC 7518 §3.2). Not permitted for a JWK.

        Raises:
            JWKError: The material cannot be used. `code` is `weak_key` for a secret below 32 bytes, and for an RSA
                key below 2048 bits or with the ROCA flaw (CVE-2017-15361), otherwise `invalid_key`. A public key is
                never accepted as a secret.
            ValueError: The algorithm is not supported, or `allow_short_secret` is set for a JWK.
            TypeError: `material` is not a str, bytes or mapping.
        """

    @property
    def kid(self) -> str | None:
        """The id of the key (RFC 7517 §4.5)."""

    @property
    def algorithms(self) -> list[str]:
        """The names of the algorithms that the key can verify."""

    def __copy__(self) -> Key:
        """Return this object, which is immutable."""

    def __deepcopy__(self, _memo: object, /) -> Key:
        """Return this object, which is immutable."""

    def __reduce__(self) -> NoReturn:
        """Refuse to be pickled: pass the key material to the other process and build the Key there.

        Raises:
            TypeError: Always.
        """

@final
class KeyMaterial:
    """The native part of a key object of `fastjose.jwk`: the key material, without an algorithm."""

    def __new__(cls, key: object, kty: str, algorithm: str | None = None) -> KeyMaterial:
        """Parse a key. A cache keeps 256 parsed keys by their content.

        Args:
            key: A secret if `kty` is `oct`, otherwise PEM; a JWK of this `kty` as a dict; a key object of another
                library; or a `KeyMaterial`.
            kty: The expected key type: `oct`, `RSA`, `EC` or `OKP` (RFC 7518 §6.1, RFC 8037 §2). PEM of another key
                type is parsed, but verifies no signature.
            algorithm: The JOSE name of the algorithm for which the key will be used. If `key` is a JWK, its `alg`,
                `use` and `key_ops` must allow it (RFC 7517 §4.2 to §4.4). None skips this check.

        Raises:
            JWKError: The key cannot be used. The message is python-jose's if it has one.
            ValueError: `kty` is unknown.
        """

    def sign(self, algorithm: str, message: bytes) -> bytes:
        """Return the signature or MAC of `message`. Releases the GIL for an asymmetric key.

        Raises:
            JWKError: The key is a public key, or does not support `algorithm`.
            TypeError: The curve is too short for the hash, or `algorithm` is not a signature algorithm.
        """

    def verify(self, algorithm: str, message: bytes, signature: bytes) -> bool:
        """Return whether `signature` is valid for `message`. Releases the GIL for an asymmetric key.

        A private RSA or Ed25519 key verifies with a `UserWarning`. A private EC key verifies no signature.

        Raises:
            TypeError: `algorithm` is not a signature algorithm.
        """

    @property
    def kty(self) -> str:
        """The key type: `oct`, `RSA`, `EC` or `OKP`."""

    @property
    def is_private(self) -> bool:
        """Whether the key is a private key. False for a secret."""

    def public_key(self) -> KeyMaterial:
        """Return the public key.

        Raises:
            JWKError: The key is a secret.
        """

    def to_pem(self, form: str) -> bytes:
        """Export the key in PEM, byte for byte as OpenSSL writes it.

        Args:
            form: `PKCS8`, which is SPKI for a public key; or `traditional`: PKCS #1 for RSA, SEC 1 for a private EC
                key.

        Raises:
            JWKError: The key is a secret.
            ValueError: The key type has no such format.
        """

    def to_jwk(self) -> dict[str, str]:
        """Export the members of the key's JWK, `kty` first."""

    def __copy__(self) -> KeyMaterial:
        """Return this object, which is immutable."""

    def __deepcopy__(self, _memo: object, /) -> KeyMaterial:
        """Return this object, which is immutable."""

    def __reduce__(self) -> tuple[type[KeyMaterial], tuple[dict[str, str], str]]:
        """Pickle a secret, as python-jose does. The pickle contains the secret.

        Raises:
            TypeError: The key is asymmetric: pass its `to_pem()` or `to_dict()` to the other process.
        """

@final
class DiscoveryDocument:
    """The endpoints that the discovery document of an issuer names (OpenID Connect Discovery 1.0 §3, RFC 8414 §2).

    An endpoint is None if the document does not name it, or if its URL may not be requested: https, or plain http as
    `RemoteKeySet.of_issuer` permits it. Returned by `RemoteKeySet.discovery`; immutable.
    """

    @property
    def issuer(self) -> str:
        """The issuer, which is the configured one to the letter."""

    @property
    def jwks_uri(self) -> str | None:
        """The URL of the key set. An issuer of opaque tokens may have none."""

    @property
    def authorization_endpoint(self) -> str | None:
        """The page at which users sign in."""

    @property
    def token_endpoint(self) -> str | None:
        """The endpoint that issues tokens."""

    @property
    def introspection_endpoint(self) -> str | None:
        """The endpoint that says whether an opaque token is active (RFC 7662)."""

    @property
    def revocation_endpoint(self) -> str | None:
        """The endpoint that revokes tokens (RFC 7009)."""

    @property
    def userinfo_endpoint(self) -> str | None:
        """The endpoint with the claims of a user."""

    @property
    def end_session_endpoint(self) -> str | None:
        """The page at which users sign out."""

    @property
    def scopes_supported(self) -> tuple[str, ...]:
        """The scopes that a client can ask for: at most 256. Empty if the document does not list them."""

    @property
    def introspection_endpoint_auth_methods_supported(self) -> tuple[str, ...]:
        """The ways in which a client can authenticate at the introspection endpoint. Empty if they are not listed."""

@final
class RemoteKeySet:
    """A JWK Set that is fetched from a URL and cached (RFC 7517 §5).

    The set is fetched when a key is first needed, and at once when a token needs a key that is not cached. All waiters
    share one fetch. A token that its unverified claims rule out causes no fetch, nor does a token with HS*. While the
    set is fresh, a token that a cached key verifies does not wait for a fetch. Waiting tokens occupy at most 64 MiB.
    Before the set is stale, it is refreshed in the background, whether or not tokens arrive. A failed fetch keeps the
    cached keys.

    Secrets (`oct`) and unusable members of the set are ignored. A key is used only as its own `alg`, `use`, `key_ops`
    and `crv` permit. A valid set without keys removes every key. An object that has a certificate or public key in PEM
    for each `kid`, as Google and Firebase publish them, is read as a set: an RSA key is used for RS256 alone, an EC key
    for the algorithm of its curve.

    A fetch is a GET over HTTP/1.1, without redirects, and without a proxy unless one is named. `ETag`, `Cache-Control`,
    `Age`, `Retry-After` and Better Auth's `x-retry-after` are supported. Ages are measured on a monotonic clock. The
    child of a `fork()` keeps the cached keys and runs its own fetches.

    Threads, event loops and verifiers may share one instance.

    Example:
        from fastjose import RemoteKeySet, Verifier

        keys = RemoteKeySet("https://auth.example.com/api/auth/jwks", max_age_seconds=300)
        verifier = Verifier(keys, issuer="https://auth.example.com", audience="https://api.example.com")
        assert keys.age_seconds is None  # the first token, or keys.fetch(), starts the first fetch
    """

    def __new__(
        cls,
        url: str | _UrlObject,
        *,
        allow_http: bool = False,
        max_age_seconds: float = 600.0,
        min_age_seconds: float = 60.0,
        refresh_jitter: float = 0.2,
        max_stale_seconds: float = 86_400.0,
        fetch_burst: int = 5,
        fetch_interval_seconds: float = 1.0,
        max_wait_seconds: float = 2.0,
        max_waiting_threads: int = 4,
        recheck_interval_seconds: float = 30.0,
        max_retry_after_seconds: float = 300.0,
        timeout_seconds: float = 5.0,
        max_body_bytes: int = 1_048_576,
        max_keys: int = 1_000,
        headers: Mapping[str, str | os.PathLike[str]] | None = None,
        ca_certificates: _Pem | None = None,
        client_certificate: _Pem | tuple[_Pem, _Pem] | None = None,
        proxy: str | _UrlObject | None = None,
        initial: Mapping[str, Any] | str | bytes | None = None,
    ) -> RemoteKeySet:
        """Create the key set. Nothing is fetched yet.

        Args:
            url: An https URL without user name and password: a str, or a URL object such as pydantic's `HttpUrl`. Plain
                http is permitted to a loopback address (`localhost`, 127.0.0.0/8, ::1).
            allow_http: Permit plain http to every host, for example in a container network. Defaults to False.
            max_age_seconds: The age at which the cached set is stale. The server's `Cache-Control` can lower it, never
                raise it. While the server responds, a removed key is accepted for at most this time. Defaults to 600.
            min_age_seconds: The lowest age that `Cache-Control` can set. However low an age is, the background
                refreshes the set once a second at most. Defaults to 60.
            refresh_jitter: The fraction of the age, from 0 to 1, by which the refresh starts early. A random 50 to
                100 % of it applies. Defaults to 0.2: 60 to 120 seconds before an age of 600 seconds.
            max_stale_seconds: The time for which a stale set is used while fetches fail. Then the set is expired, and
                no token is accepted before a fetch succeeds. Defaults to 86,400 (one day).
            fetch_burst: The number of fetches for unknown keys that may follow each other without a pause. Defaults
                to 5.
            fetch_interval_seconds: The time after which one more fetch for an unknown key is permitted (token bucket).
                Defaults to 1.
            max_wait_seconds: The longest time that a token with an unknown key waits until a fetch is permitted, in
                addition to the fetch itself. Pauses after failures grow from 0.25 seconds to at most this time, so that
                no such token is rejected once the server responds again. Defaults to 2.
            max_waiting_threads: The number of threads of a process that may wait for a fetch of the set at a time, in
                `Verifier.verify` and `verify_token`. A further thread gets a JWKSetUnavailableError at once, unless a
                cached key verifies its token. Coroutines and `fetch` do not count. Defaults to 4.
            recheck_interval_seconds: The minimum time between two successful fetches caused by a wrong signature. After
                a failed fetch, the retry delay applies instead. An issuer with a new database may use an old `kid` for
                a new key. Defaults to 30.
            max_retry_after_seconds: The longest `Retry-After` of the server that is obeyed. Defaults to 300.
            timeout_seconds: The time for one fetch, from name resolution to the last byte. Defaults to 5.
            max_body_bytes: The maximum size of a response after decompression, in bytes. A longer response counts as a
                failed fetch. Defaults to 1,048,576.
            max_keys: The maximum number of keys in the set. A larger set counts as a failed fetch. Defaults to 1,000.
            headers: Header fields of each fetch, by name. A str is the value. A path is a file of at most 65,536 bytes
                that contains the value, without the white space around it. It is read at each fetch, so a token that is
                rotated, such as a Kubernetes service account's, needs no restart. For `Authorization`, the content of a
                file without a space is sent as `Bearer <content>`. The fields are sent to the origin of the URL, and to
                no other. No error, log or repr contains a value.
            ca_certificates: The authorities that the server's certificate is verified with, in place of those of the
                system: the path of a PEM file, which is read at each fetch, or PEM as str or bytes.
            client_certificate: The certificate that the client presents (mutual TLS): the path of a PEM file with the
                certificate chain and its private key, which is read at each fetch, or PEM as str or bytes. A pair is
                the chain and the private key, each a path or PEM.
            proxy: `"environment"` uses `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY` as they are now, in
                capital or small letters. A URL is the http or https proxy of every fetch, and may contain a user name
                and a password. Plain http to a loopback address never goes through a proxy. Defaults to None: the
                environment is ignored, and no proxy is used.
            initial: A JWK Set that is used until the first fetch succeeds: a mapping, or JSON as str or bytes. It is
                refresh-due at once, so its first use starts a fetch in the background. If fetches fail, it is used for
                `max_age_seconds` and `max_stale_seconds` from now, like a fetched set.

        Raises:
            ValueError: The URL is not permitted, or has credentials or a placeholder such as `{tenantid}`. A number
                is negative or too large (more than 1e9 seconds), `refresh_jitter` is not from 0 to 1, or `fetch_burst`
                or `max_waiting_threads` is 0. A header is not valid (RFC 9110 §5), belongs to the HTTP client (such as
                `Host`), or occurs twice. PEM has no usable certificate or private key. The proxy has no valid URL.
            JWKError: `initial` is not a usable JWK Set.
            TypeError: An argument has the wrong type.
        """

    @staticmethod
    def of_issuer(
        issuer: str,
        *,
        allow_http: bool = False,
        max_age_seconds: float = 600.0,
        min_age_seconds: float = 60.0,
        refresh_jitter: float = 0.2,
        max_stale_seconds: float = 86_400.0,
        fetch_burst: int = 5,
        fetch_interval_seconds: float = 1.0,
        max_wait_seconds: float = 2.0,
        max_waiting_threads: int = 4,
        recheck_interval_seconds: float = 30.0,
        max_retry_after_seconds: float = 300.0,
        timeout_seconds: float = 5.0,
        max_body_bytes: int = 1_048_576,
        max_keys: int = 1_000,
        headers: Mapping[str, str | os.PathLike[str]] | None = None,
        ca_certificates: _Pem | None = None,
        client_certificate: _Pem | tuple[_Pem, _Pem] | None = None,
        proxy: str | _UrlObject | None = None,
        initial: Mapping[str, Any] | str | bytes | None = None,
    ) -> RemoteKeySet:
        """Create the key set that the discovery document of an issuer names. Nothing is fetched yet.

        `issuer` is the value of `iss` in the issuer's tokens, to the letter: with or without a slash at the end. A URL
        object is not accepted, because it may add a slash. The other arguments are those of the constructor.

        The document is at `{issuer}/.well-known/openid-configuration` (OpenID Connect Discovery 1.0 §4). If that URL
        has none, it is at the path of RFC 8414 §3.1: `/.well-known/oauth-authorization-server` before the path of the
        issuer. It is fetched with each fetch of the set, so that a changed `jwks_uri` is followed at once. Both share
        `timeout_seconds`. If only the document is unavailable, the known `jwks_uri` is used for `max_age_seconds` +
        `max_stale_seconds`.

        The `issuer` of the document must be the configured one to the letter. `jwks_uri` may be on another host.
        `allow_http` holds for the document, for `jwks_uri` and for the endpoints of `discovery`. Without it, an https
        issuer may name https URLs alone, and an issuer at a loopback address may name such addresses, too. `headers`
        and `client_certificate` are for the origin of the issuer, and for `jwks_uri` only if it has the same origin. A
        document that breaks these rules is a failed fetch. The reason names the document, and nothing of its content.

        Example:
            from fastjose import RemoteKeySet, Verifier

            keys = RemoteKeySet.of_issuer("https://acme.eu.auth0.com/")
            verifier = Verifier(keys, issuer="https://acme.eu.auth0.com/", audience="https://api.example.com")

        Raises:
            ValueError: The issuer is not a permitted URL, or has a query, a fragment, white space, a placeholder or the
                path of the document. Or an argument of the constructor is out of its range.
            TypeError: An argument has the wrong type.
        """

    @staticmethod
    def per_kid(
        url: str | _UrlObject,
        *,
        allow_http: bool = False,
        max_age_seconds: float = 600.0,
        min_age_seconds: float = 60.0,
        refresh_jitter: float = 0.2,
        max_stale_seconds: float = 86_400.0,
        fetch_burst: int = 5,
        fetch_interval_seconds: float = 1.0,
        max_wait_seconds: float = 2.0,
        max_waiting_threads: int = 4,
        recheck_interval_seconds: float = 30.0,
        max_retry_after_seconds: float = 300.0,
        timeout_seconds: float = 5.0,
        max_body_bytes: int = 1_048_576,
        max_keys: int = 1_000,
        headers: Mapping[str, str | os.PathLike[str]] | None = None,
        ca_certificates: _Pem | None = None,
        client_certificate: _Pem | tuple[_Pem, _Pem] | None = None,
        proxy: str | _UrlObject | None = None,
        initial: Mapping[str, Any] | str | bytes | None = None,
    ) -> RemoteKeySet:
        """Create a set of keys that are published one by one: `{url}/{kid}` is a public key in PEM.

        AWS Application Load Balancers publish their keys in this way. `url` has no query. `initial` must be None: to
        verify without a fetch, pass a `Key` to the `Verifier`. The other arguments are those of the constructor.

        A key is fetched when a token first names it, and refreshed by its own age: one that cannot be fetched does not
        affect another. 16 keys are kept, first those that have verified an accepted token. A `kid` that is not 1 to 128
        letters, digits, `.`, `_` and `-` is an unknown key without a fetch. So is a `kid` for which the server has no
        key (a 4xx). Tokens with at most 8 different unknown keys wait for a fetch; a further one gets a
        JWKSetUnavailableError. An RSA key is used for RS256 alone, an EC key for the algorithm of its curve.

        Example:
            from fastjose import RemoteKeySet, Verifier

            keys = RemoteKeySet.per_kid("https://public-keys.auth.elb.eu-west-1.amazonaws.com")
            verifier = Verifier(keys, algorithms="ES256", allow_padding=True)

        Raises:
            ValueError: The URL is not permitted, or has a query or a fragment. Or an argument is out of its range.
            TypeError: An argument has the wrong type.
        """

    def fetch(self) -> None:
        """Fetch the set now, regardless of its age: for example at startup, or after a key was compromised.

        Blocks the calling thread and releases the GIL. Signal handlers run meanwhile, so Ctrl-C ends the wait. A set of
        `per_kid` fetches every cached key.

        Raises:
            JWKSetUnavailableError: The fetch failed. The message contains the URL without its query. The cached keys
                are kept, unless the fetch brought a set with members of which none is usable: the issuer has withdrawn
                the cached ones. For a set of `per_kid`: a key that has verified an accepted token cannot be fetched.
        """

    def fetch_async(self) -> Coroutine[Any, Any, None]:
        """Return a coroutine that fetches the set now, regardless of its age. The fetch starts when it is awaited.

        Runs in asyncio, uvloop and trio.

        Raises:
            RuntimeError: At the call, if no event loop is running in this thread.
            JWKSetUnavailableError: When awaited, if the fetch fails. The cached keys are kept as by `fetch`.
        """

    def fetch_if_needed_async(self) -> Coroutine[Any, Any, None]:
        """Return a coroutine that fetches the set, unless it has usable keys: for a readiness probe, or at startup.

        However often it is called, fetches keep to the limits of those for unknown keys: `fetch_burst`,
        `fetch_interval_seconds`, and the pauses after failures. It returns or raises within `max_wait_seconds`, and the
        time of a fetch that it waits for. A set of `per_kid` is not fetched, because only a token names its keys.

        Runs in asyncio, uvloop and trio.

        Raises:
            RuntimeError: At the call, if no event loop is running in this thread.
            JWKSetUnavailableError: When awaited, if no fetch succeeded, or none is permitted in time.
        """

    @property
    def url(self) -> str:
        """The configured URL: that of the set, of the issuer, or of the keys of `per_kid`."""

    @property
    def issuer(self) -> str | None:
        """The issuer of `of_issuer`, as configured. None for any other set."""

    @property
    def discovery(self) -> DiscoveryDocument | None:
        """The discovery document that was last fetched.

        None before the first fetch, once the document is older than `max_age_seconds` + `max_stale_seconds`, and
        without `of_issuer`.
        """

    @property
    def age_seconds(self) -> float | None:
        """Seconds since the set was fetched or reported as unchanged, or None before the first successful fetch.

        For a set of `per_kid`: of the oldest key that has verified an accepted token and has not expired.
        """

    @property
    def last_failure(self) -> str | None:
        """The reason for which the last fetch in this process failed, or None if it succeeded.

        It names the cause and a remedy. It contains the status of the response, and no other part of it.
        """

    @property
    def key_count(self) -> int:
        """The number of cached keys that can verify tokens, also those of a set that has expired.

        For a set of `per_kid`, keys that have expired do not count.
        """

    @property
    def has_usable_keys(self) -> bool:
        """Whether a cached key may verify a token now, even if only while fetches fail. False once the set expired."""

    @property
    def is_per_kid(self) -> bool:
        """Whether this is a set of `per_kid`, whose keys are fetched when a token names them."""

    @property
    def fetch_count(self) -> int:
        """The number of fetches in this process that have ended. The child of a `fork()` begins at 0."""

    @property
    def failed_fetch_count(self) -> int:
        """The number of fetches in this process that failed: at most `fetch_count`."""

    @property
    def skipped_keys(self) -> list[str]:
        """The members of the cached set that cannot verify a token, each with its position and the reason.

        Empty before the first fetch. A member for encryption is not listed.
        """

    def __eq__(self, other: object, /) -> bool:
        """Return whether `other` is the same set, as the objects of `Verifier.remote_key_sets` are."""

    def __hash__(self) -> int:
        """Return a hash of the identity of the set."""

    def __copy__(self) -> RemoteKeySet:
        """Return this object, which its owners share."""

    def __deepcopy__(self, _memo: object, /) -> RemoteKeySet:
        """Return this object, which its owners share."""

    def __reduce__(self) -> NoReturn:
        """Refuse to be pickled: pass its arguments to the other process and build the RemoteKeySet there.

        Raises:
            TypeError: Always.
        """

@final
class RemoteSessions:
    """The sessions of a Better Auth server, looked up over HTTP: public as `fastjose.sessions.RemoteSessions`.

    A look-up is `GET {base_url}/get-session?disableCookieCache=true&disableRefresh=true`. It sends one credential and
    nothing else of the client's request: a token from the Authorization header as `Authorization: Bearer <raw>`, which
    Better Auth reads with its plugin `bearer()`; a token from a cookie as `Cookie: <cookie_name>=<raw>`.

    Every answer comes from a request that began after the call. If a look-up of the same token is in flight, the call
    waits for it to end and shares the next one, because the session may have ended meanwhile. So at most one request
    for each token is in flight. With `cache_seconds`, an answer about a session that lives is used again up to that
    age, also after the session has ended. Other answers are never cached. If a look-up fails, the calls that wait for
    the next one fail with it, so that no call waits for two timeouts in an outage.

    Better Auth is not asked to refresh the session: a session that is only used here ends after its lifetime (7 days
    by default). The front end extends it when it calls `get-session` itself. `find_organization_roles` is an exception.

    Better Auth limits `get-session` to 100 requests in 10 seconds for a whole backend, if its rate limiter is on. This
    option of Better Auth lifts the limit: `rateLimit: { customRules: { "/get-session": false } }`. After a response
    with status 429 no request is sent before the time that it names, 60 seconds at most.

    Connections are kept open, on a thread of their own for each process. Redirects are not followed, no proxy is used,
    and cookies of a response are ignored. The child of a `fork()` opens its own connections. Threads and event loops
    may share one instance.

    Example:
        from fastjose.sessions import RemoteSessions

        sessions = RemoteSessions("http://localhost:3000", cache_seconds=5)
        assert sessions.base_url == "http://localhost:3000/api/auth"
        # in a coroutine: answer = await sessions(token)
    """

    def __new__(
        cls,
        base_url: str | _UrlObject,
        *,
        allow_http: bool = False,
        cache_seconds: float = 0.0,
        max_cached_sessions: int = 1_000,
        timeout_seconds: float = 5.0,
        max_body_bytes: int = 262_144,
        max_lookups_in_flight: int = 256,
    ) -> RemoteSessions:
        """Create the store. Nothing is sent yet.

        Args:
            base_url: Better Auth's base URL, with or without `/api/auth` and a slash at the end. Another path is its
                `basePath`. May be an internal URL. Plain http is permitted to a loopback address.
            allow_http: Permit plain http to every host, for example in a container network. Defaults to False.
            cache_seconds: The age up to which an answer about a session that lives is used again, in seconds. It counts
                from the request. Defaults to 0: every call is looked up.
            max_cached_sessions: The maximum number of cached answers, at most 4 KiB each on average. Defaults to 1,000.
            timeout_seconds: The time for one look-up, from name resolution to the last byte. A call that has to wait
                for the look-up before takes at most twice this time. Defaults to 5.
            max_body_bytes: The maximum size of a response after decompression, in bytes. Defaults to 262,144.
            max_lookups_in_flight: The maximum number of tokens that are looked up at a time in one process. Eight times
                as many calls may wait. A further call fails at once. Defaults to 256.

        Raises:
            ValueError: The URL is not permitted, or has a user name, a password or a placeholder. A number is negative
                or too large, or `timeout_seconds` or `max_lookups_in_flight` is 0.
            TypeError: An argument has the wrong type.
        """

    def __call__(self, token: _SessionToken) -> Coroutine[Any, Any, dict[str, Any] | None]:
        """Return a coroutine that looks up the session of `token`. The look-up starts when it is awaited.

        Runs in asyncio, uvloop and trio. A caller that stops waiting does not cancel a look-up that others share.

        Args:
            token: The token. Its `raw`, `carrier` and `cookie_name` are sent as the client sent them. A value that
                cannot be sent, for example with a line break, is not looked up: it belongs to no session.

        Returns:
            The JSON object of `get-session`, with `session` and `user`. None if Better Auth responds with `null` or
            status 401: the session is unknown or has ended. Expiry and ban are not validated here.

        Raises:
            StoreUnavailableError: When awaited, without a clear answer: another status, a timeout, a body that is not
                such an object, or too many look-ups. `retry_after_seconds` is the time that the server names, else 1.
                The message says what to check. It contains the URL, and nothing of the token or of the response.
            RuntimeError: At the call, if no event loop is running in this thread.
            TypeError: At the call, if `token` is not a `SessionToken`.
            ValueError: At the call, if `token.carrier` is "cookie" and `token.cookie_name` is None.
        """

    def find_organization_roles(
        self, token: _SessionToken, user_id: str, organization_id: str
    ) -> Coroutine[Any, Any, list[str]]:
        """Return a coroutine that looks up the roles of the session's user in an organization.

        The request is `GET {base_url}/organization/get-active-member-role` with `organizationId` and `userId`, of
        Better Auth's plugin `organization()`. Nothing of it is cached.

        Better Auth refreshes the session for this request, at most once in its `updateAge` (a day by default): it
        extends the session in its store, while the browser's cookie keeps its end.

        Args:
            token: The token of the session.
            user_id: The id of the session's user.
            organization_id: The id of the organization, which need not be the active one.

        Returns:
            The names, such as `["owner", "admin"]`. Empty if the user is not a member, or the session has ended
            (status 400, 401 or 403).

        Raises:
            StoreUnavailableError: When awaited, without a clear answer. A status 404 means that Better Auth lacks the
                plugin.
            RuntimeError: At the call, if no event loop is running in this thread.
            TypeError: At the call, if an argument has the wrong type.
            ValueError: At the call, if `token.carrier` is "cookie" and `token.cookie_name` is None.
        """

    @property
    def base_url(self) -> str:
        """The URL of Better Auth's routes, such as `https://auth.example.com/api/auth`."""

    def __copy__(self) -> RemoteSessions:
        """Return this object, which its owners share."""

    def __deepcopy__(self, _memo: object, /) -> RemoteSessions:
        """Return this object, which its owners share."""

    def __reduce__(self) -> NoReturn:
        """Refuse to be pickled: pass its arguments to the other process and build the RemoteSessions there.

        Raises:
            TypeError: Always.
        """

@final
class RemoteIntrospection:
    """Opaque access tokens, introspected at an authorization server: public as `fastjose.introspection`.

    A look-up is a POST of OAuth 2.0 Token Introspection (RFC 7662) with the token, `token_type_hint=access_token` and
    the credentials of this application, and nothing else of the client's request. A token is accepted only if the
    response has `"active": true`, and if the other members satisfy the requirements, as the claims of a JWT do.

    Which tokens a client may introspect is decided by the server. Better Auth shows a token only to the client that
    requested it, and to the clients that are linked to its resource; every other token is `"active": false`.

    Every answer comes from a request that began after the call. If a look-up of the same token is in flight, the call
    waits for it to end and shares the next one, because the token may have been revoked meanwhile. So at most one
    request for each token is in flight. With `cache_seconds`, an answer about an active token is used again up to that
    age, but not after its `exp`. Then a revoked token is accepted up to that age. Other answers are never cached. If a
    look-up fails, the calls that wait for the next one fail with it. After a response with status 429 no request is
    sent before the time that it names, 60 seconds at most.

    Connections are kept open, on a thread of their own for each process. Redirects are not followed, and cookies of a
    response are ignored. The child of a `fork()` opens its own connections. Threads and event loops may share one
    instance. The secret is in no repr, log or error.

    Example:
        from pathlib import Path
        from fastjose.introspection import RemoteIntrospection

        introspection = RemoteIntrospection(
            "https://app.example.com/api/auth/oauth2/introspect",
            client_id="api", client_secret=Path("/run/secrets/introspection"), accepted_client_id=["web", "ios"],
        )
        # in a coroutine: claims = await introspection.introspect(token)
    """

    def __new__(
        cls,
        url: str | _UrlObject | RemoteKeySet,
        *,
        client_id: str,
        client_secret: str | os.PathLike[str],
        auth_method: Literal["client_secret_basic", "client_secret_post"] = "client_secret_basic",
        issuer: str | Iterable[str] | None = None,
        audience: str | Iterable[str] | None = None,
        accepted_client_id: str | Iterable[str] | None = None,
        claims: Mapping[str, _Scalar | Iterable[_Scalar]] | None = None,
        check_audience: bool = True,
        audience_exact: bool = False,
        required: str | Iterable[str] = (),
        leeway_seconds: float = 0,
        cache_seconds: float = 0.0,
        max_cached_tokens: int = 1_000,
        allow_http: bool = False,
        timeout_seconds: float = 5.0,
        max_body_bytes: int = 262_144,
        max_lookups_in_flight: int = 256,
        ca_certificates: _Pem | None = None,
        client_certificate: _Pem | tuple[_Pem, _Pem] | None = None,
        proxy: str | _UrlObject | None = None,
    ) -> RemoteIntrospection:
        """Create the endpoint. Nothing is sent yet.

        Args:
            url: The URL of the introspection endpoint. Plain http is permitted to a loopback address. Or a key set of
                `RemoteKeySet.of_issuer`: then the endpoint is `introspection_endpoint` of the issuer's discovery
                document, which is fetched with the first look-up, and then with each fetch of the key set. It is
                refreshed in the background, also if the issuer publishes no key set. A document that is older than
                `max_age_seconds` + `max_stale_seconds` of the key set is not used: it is fetched first.
            client_id: The id of this application at the server.
            client_secret: Its secret, or the path of a file that contains it (`pathlib.Path`). The file is read at each
                request, and white space around the secret is ignored.
            auth_method: The way in which the secret is sent: the one that the client is registered with. Basic
                credentials are encoded as form fields first (RFC 6749 §2.3.1). Defaults to `client_secret_basic`.
            issuer: The accepted values of `iss`. If it is given, `iss` is required. Defaults to None: `iss` is not
                compared.
            audience: The accepted values of `aud`. If it is given, `aud` is required. Defaults to None: a token with
                `aud` is rejected.
            accepted_client_id: The clients whose tokens are accepted. Of `azp`, `client_id`, `cid` and `appid` at least
                one is required, and each that is there must be one of these. Defaults to None: they are not compared.
            claims: The accepted values of other members, as in `Verifier`. Defaults to None.
            check_audience: Whether `aud` is compared. If False, only its type is checked. Must be True with `audience`.
                Defaults to True.
            audience_exact: Whether every member of `aud` must be one of `audience`. Defaults to False.
            required: The names of required members. Defaults to none: every member but `active` is optional (RFC 7662
                §2.2).
            leeway_seconds: The tolerated difference of clocks for `exp` and `nbf`, in seconds. Defaults to 0.
            cache_seconds: The age up to which an answer about an active token is used again, in seconds. It counts from
                the request. Defaults to 0: every call is looked up.
            max_cached_tokens: The maximum number of cached answers, at most 4 KiB each on average. Defaults to 1,000.
            allow_http: Permit plain http to every host, for example in a container network. Defaults to False.
            timeout_seconds: The time for one look-up, from name resolution to the last byte. A call that has to wait
                for the look-up before takes at most twice this time. Defaults to 5.
            max_body_bytes: The maximum size of a response after decompression, in bytes. Defaults to 262,144.
            max_lookups_in_flight: The maximum number of tokens that are looked up at a time in one process. Eight times
                as many calls may wait. A further call fails at once. Defaults to 256.
            ca_certificates: The authorities of the server's certificate, as in `RemoteKeySet`. Files of certificates
                are read again after a minute.
            client_certificate: The certificate that this application presents, as in `RemoteKeySet`.
            proxy: The proxy, as in `RemoteKeySet`. Defaults to None: no proxy.

        Raises:
            ValueError: None of `audience`, `accepted_client_id` and `claims` is given, and `check_audience` is True:
                the tokens of every application would be accepted that the server lets this client introspect. Or the
                URL is not permitted, `client_id` or `client_secret` is empty, `auth_method` is unknown, or a number is
                negative or too large.
            TypeError: An argument has the wrong type.
        """

    def introspect(self, token: str | bytes) -> Coroutine[Any, Any, dict[str, Any]]:
        """Return a coroutine that introspects an access token. The look-up starts when it is awaited.

        Runs in asyncio, uvloop and trio. A caller that stops waiting does not cancel a look-up that others share. The
        requirements are checked at each call, also for a cached answer.

        Args:
            token: The token, without `Bearer `: visible ASCII of at most 16,384 characters.

        Returns:
            The JSON object of the response, a new `dict`.

        Raises:
            JWTError: The token is not active (`code` is `inactive_token`); a member is missing; it is not an access
                token for every bearer, by `token_type`, by Hydra's `token_use` or by Keycloak's `typ` (`wrong_type`),
                for example a refresh token. At the call, if no such token can exist (`malformed`).
            JWTClaimsError: A member has a value that is not accepted, or the token is sender-constrained (`cnf`).
            ExpiredSignatureError: `exp` has passed.
            StoreUnavailableError: When awaited, without a clear answer: another status, a timeout, a body that is not
                such an object, or too many look-ups. `retry_after_seconds` is the time that the server names, else 1.
                The message says what to check. It contains the URL without its query, and nothing of the token, of the
                secret or of the response.
            RuntimeError: At the call, if no event loop is running in this thread.
            TypeError: At the call, if `token` is neither a str nor bytes.
        """

    @property
    def url(self) -> str:
        """The URL of the endpoint, or the issuer, without its query."""

    @property
    def has_seen_active(self) -> bool:
        """Whether the server has called a token active in this process."""

    def __copy__(self) -> RemoteIntrospection: ...
    def __deepcopy__(self, _memo: object, /) -> RemoteIntrospection: ...
    def __reduce__(self) -> NoReturn:
        """Raise `TypeError`: a `RemoteIntrospection` cannot be pickled. Each process creates one from its arguments."""

@final
class RemoteApiKeys:
    """The API keys of a Better Auth server, looked up over HTTP: public as `fastjose.api_keys.RemoteApiKeys`.

    A look-up is `GET {base_url}/get-session` with the key in `header`, and nothing else of the client's request. Better
    Auth needs its plugin `apiKey()` with `enableSessionForAPIKeys: true`. It answers for keys of users, not for keys of
    organizations.

    Better Auth counts each look-up as one request of the key. By default a key has 10 requests a day: raise
    `rateLimit` of the plugin, or read the keys from Better Auth's database. Nothing is cached, and no call shares the
    answer of another.

    Better Auth's answer contains the key itself. It does not reach Python.

    Example:
        from fastjose.api_keys import RemoteApiKeys

        keys = RemoteApiKeys("http://localhost:3000")
        assert keys.base_url == "http://localhost:3000/api/auth"
        # in a coroutine: answer = await keys("the-key-of-the-client")
    """

    def __new__(
        cls,
        base_url: str | _UrlObject,
        *,
        header: str = "x-api-key",
        allow_http: bool = False,
        timeout_seconds: float = 5.0,
        max_body_bytes: int = 262_144,
        max_lookups_in_flight: int = 256,
    ) -> RemoteApiKeys:
        """Create the store. Nothing is sent yet.

        Args:
            base_url: Better Auth's base URL, in the forms that `RemoteSessions` accepts.
            header: The header that Better Auth reads, one of its `apiKeyHeaders`. Defaults to `x-api-key`.
            allow_http: Permit plain http to every host, for example in a container network. Defaults to False.
            timeout_seconds: The time for one look-up, from name resolution to the last byte. Defaults to 5.
            max_body_bytes: The maximum size of a response after decompression, in bytes. Defaults to 262,144.
            max_lookups_in_flight: The maximum number of look-ups at a time in one process. A further call fails at
                once. Defaults to 256.

        Raises:
            ValueError: The URL is not permitted, `header` is not the name of a header, or a number is out of range.
            TypeError: An argument has the wrong type.
        """

    def __call__(self, key: str) -> Coroutine[Any, Any, dict[str, Any] | None]:
        """Return a coroutine that looks up the owner of `key`. The look-up starts when it is awaited.

        Runs in asyncio, uvloop and trio. A caller that stops waiting cancels the request.

        Args:
            key: The API key. A value that cannot be sent, for example with a line break, is not looked up.

        Returns:
            `{"apiKey": {"id", "referenceId", "enabled", "expiresAt", "permissions"}, "user": {…}}`. Better Auth has
            validated the key: `enabled` is True. It reports neither the key's expiry nor its permissions: both are
            None. `user` has every column, also those with `returned: false`. None if Better Auth refuses the key.

        Raises:
            StoreUnavailableError: When awaited, without a clear answer, or if the key has used up its limit.
                `retry_after_seconds` is then the time until the key may be used again.
            RuntimeError: At the call, if no event loop is running in this thread.
            TypeError: At the call, if `key` is not a str.
        """

    @property
    def base_url(self) -> str:
        """The URL of Better Auth's routes, such as `https://auth.example.com/api/auth`."""

    def __copy__(self) -> RemoteApiKeys:
        """Return this object, which its owners share."""

    def __deepcopy__(self, _memo: object, /) -> RemoteApiKeys:
        """Return this object, which its owners share."""

    def __reduce__(self) -> NoReturn:
        """Refuse to be pickled: pass its arguments to the other process and build the RemoteApiKeys there.

        Raises:
            TypeError: Always.
        """

@final
class Verifier:
    """Verifies tokens with fixed keys and a fixed policy (RFC 7515 §5.2, RFC 7519 §7.2, RFC 8725).

    Strict: an allow-list of algorithms, each key restricted to its algorithm, canonical base64url, UTF-8 JSON without
    duplicate keys, strictly typed claims, no `crit`.

    Example:
        from fastjose import ExpiredSignatureError, Verifier, sign_token

        secret = "a-secret-of-at-least-thirty-two-bytes"
        verifier = Verifier(secret, algorithms="HS256", issuer="https://auth.example.com", leeway_seconds=10)
        claims = {"iss": "https://auth.example.com", "sub": "user-1", "exp": 4_000_000_000}
        assert verifier.verify(sign_token(claims, secret, algorithm="HS256")) == claims
        try:
            verifier.verify(sign_token({**claims, "exp": 1_000_000_000}, secret, algorithm="HS256"))
        except ExpiredSignatureError as error:
            assert (error.code, error.claim) == ("expired", "exp")
    """

    def __new__(
        cls,
        keys: _Keys,
        *,
        algorithms: str | Iterable[str] | None = None,
        issuer: str | Iterable[str] | None = None,
        audience: str | Iterable[str] | None = None,
        subject: str | None = None,
        typ: str | Iterable[str] | None = None,
        claims: Mapping[str, _Scalar | Iterable[_Scalar]] | None = None,
        client_id: str | Iterable[str] | None = None,
        header: Mapping[str, str | Iterable[str]] | None = None,
        check_audience: bool = True,
        audience_exact: bool = False,
        required: str | Iterable[str] = ...,
        check_issued_at: bool = False,
        leeway_seconds: float = 0,
        max_token_bytes: int = 65_536,
        max_header_bytes: int = 8_192,
        max_candidate_keys: int = 8,
        cache_size: int = 0,
        allow_padding: bool = False,
        revocations: RevocationList | _HasRevocationList | None = None,
    ) -> Verifier:
        """Prepare a verifier. Every error in the arguments is raised here.

        Args:
            keys: A secret, PEM, DER, a JWK, a JWK Set, a `Key`, a `RemoteKeySet`, a key object of `fastjose.jwk`, or a
                sequence of these. A key object verifies with its public key and its own algorithm; objects of other
                classes are rejected. Every key can sign for every issuer: an issuer with separate keys needs a separate
                verifier (RFC 8725 §3.8). If a token has a `kid`, the keys with this `kid` are tried, or the keys
                without a `kid` if there are none. If a token has no `kid`, all keys are tried. Only keys for the `alg`
                of the token are tried, and at most `max_candidate_keys` of them.
            algorithms: The allow-list, by JOSE names; a str is one name. Optional if every key determines its
                algorithm: a JWK with `alg`, an Ed25519 key, an EC key on a NIST curve, a `RemoteKeySet`.
            issuer: The accepted `iss`, or several. If given, the claim is required. Defaults to None: `iss` is not
                validated.
            audience: The accepted `aud`, or several. If given, the claim is required and must contain one of them.
                Defaults to None: a token with `aud` is rejected (RFC 7519 §4.1.3), unless its list is empty.
            subject: The accepted `sub`. If given, the claim is required. Defaults to None: `sub` is not validated.
            typ: The accepted `typ` of the header, or several, compared case-insensitively and without `application/`
                (RFC 8725 §3.11). A token without `typ` counts as `JWT`. Defaults to None: `typ` is not checked.
            claims: The claims that must have one of some values: a mapping of names to a value, or to several. A claim
                must be there, and be one of the values or a list that holds one of them. Values are str, int or bool,
                and types are exact: `1` is neither `True` nor `"1"` nor `1.0`. A name is that of a claim, never a path
                into an object. `iss`, `aud`, `sub`, `exp`, `nbf` and `iat` have arguments of their own. Defaults to
                None: no other claim is compared.
            client_id: The accepted client, or several, for issuers whose tokens have no `aud` of this application. One
                of `azp`, `client_id`, `cid` and `appid` is then required, and each of them that the token has must be
                one of these str. Defaults to None: these claims are not compared.
            header: The parameters of the protected header that must have one of some values, as in `claims`, but of
                str alone. An AWS Application Load Balancer names itself in `signer`. `alg` and `typ` have arguments of
                their own. Defaults to None: no other parameter is compared.
            check_audience: Whether `aud` is compared. If False, only its type is checked: a str or a list of str. The
                issuer then decides alone for which applications a token is. It is safe only with `claims` or
                `client_id` that bind the token to this application, or if the issuer serves this application alone.
                Must be True with `audience`. Defaults to True.
            audience_exact: Whether every member of `aud` must be one of `audience`, which must be given. If False, one
                member suffices. Defaults to False.
            required: The names of required claims. A claim that is null is missing, and so is an `aud` that is an empty
                list and is not compared. Defaults to `exp` alone.
            check_issued_at: Whether a token whose `iat` is in the future is rejected, as PyJWT rejects it. Defaults to
                False: only the type of `iat` is checked.
            leeway_seconds: Clock skew to tolerate when `exp`, `nbf` and `iat` are validated, in seconds. Defaults to 0.
            max_token_bytes: The length of the longest token, in bytes. Defaults to 65,536.
            max_header_bytes: The length of the longest encoded header, in bytes. Defaults to 8,192, which has room for
                three certificates of 2,048 bits in `x5c`. A header with more than 8 arrays and objects, 20 commas or
                200 escapes is rejected at any length.
            max_candidate_keys: The maximum number of keys that a signature is tried with, of the keys given here and of
                each `RemoteKeySet`; at least 1. Defaults to 8.
            cache_size: The number of verified tokens to cache, at most 1,000,000. Defaults to 0: no cache. The cache
                takes at most 4 KiB for each token on average. A cached token skips signature verification and JSON
                parsing; `exp` and `nbf` are rechecked on every hit. With or without a cache, the tokens of a removed
                key are accepted until the next refresh of its remote key set.
            allow_padding: Whether each segment may end with complete base64 padding, contrary to RFC 7515 §2. An AWS
                Application Load Balancer pads its tokens. The padding of the signature is not signed, so that a token
                then has two spellings: identify tokens by `jti`, never by their text. Defaults to False.
            revocations: The list of revoked tokens, sessions and users, or an object whose attribute `local` is the
                list, such as `RedisRevocations`. It is asked whenever a token has been verified, also for a cached
                token. `leeway_seconds` must then be at most 300. Defaults to None: a token is valid until it expires.

        Raises:
            ValueError: The arguments do not fit together, an algorithm is not supported, or a number is out of range.
            TypeError: An argument has the wrong type.
            JWKError: A key cannot be used, or two keys of a JWK Set have one `kid`, `kty` and `alg`. `code` is
                `weak_key` for a short key, otherwise `invalid_key`.
        """

    @overload
    def verify(self, token: str | bytes, *, into: None = None) -> dict[str, Any]:
        """Verify a token and return its claims. Blocks while keys are fetched, as `RemoteKeySet.fetch` does.

        If a key must be fetched, the unverified claims are validated first. A token that they rule out is rejected
        without a fetch. The error then rests on claims whose signature is not verified.

        Args:
            token: The token, without `Bearer `.
            into: A Pydantic model, or a msgspec Struct. The claims are returned as a new instance of it, built from the
                JSON of the payload as `into.model_validate_json` or `msgspec.json.decode(…, type=into)` does. Every
                check of this verifier comes first. `model_validator` and `__post_init__` run, and an exception of
                theirs that is not a validation error passes through unchanged. Defaults to None: a dict.

        Raises:
            ExpiredSignatureError: The current time is `exp` plus leeway, or later.
            JWTClaimsError: A claim has an unacceptable value, or does not fit `into`; `claim` names it. The code is
                `invalid_claim` if it does not fit `into`, also if it is missing. `claim` is None if `into` does not
                declare the claim. The error and its context do not contain the value, nor the error of Pydantic or
                msgspec, which does.
            JWTError: Any other error of the token; `code` identifies it. The code is `revoked` if the token, its
                session or its user is on the list `revocations`.
            JWKSetUnavailableError: The keys cannot be fetched, or too many tokens or threads are waiting for them.
            StoreUnavailableError: The list `revocations` is a copy that is not synchronised with its store and closed.
            TypeError: The token is neither a str nor bytes. `into` is neither a Pydantic model nor a msgspec Struct:
                then nothing is verified.

        Example:
            from pydantic import BaseModel

            from fastjose import JWTClaimsError, Verifier, sign_token

            class Claims(BaseModel):
                sub: str
                role: str = "user"

            secret = "a-secret-of-at-least-thirty-two-bytes"
            verifier = Verifier(secret, algorithms="HS256")
            claims = {"sub": "user-1", "exp": 4_000_000_000}
            assert verifier.verify(sign_token(claims, secret, algorithm="HS256"), into=Claims).role == "user"
            try:
                verifier.verify(sign_token({**claims, "role": 1}, secret, algorithm="HS256"), into=Claims)
            except JWTClaimsError as error:
                assert str(error) == 'Claim "role" is not valid.'
        """

    @overload
    def verify(self, token: str | bytes, *, into: type[_ClaimsT]) -> _ClaimsT: ...
    @overload
    def try_verify(self, token: str | bytes, *, into: None = None) -> dict[str, Any] | None:
        """Verify a token with the cached keys. Never waits.

        Args:
            token: The token.
            into: As in `verify`.

        Returns:
            The claims, or None if a key must be fetched first: then await `verify_async`.

        Raises:
            JOSEError, TypeError: As `verify`.
        """

    @overload
    def try_verify(self, token: str | bytes, *, into: type[_ClaimsT]) -> _ClaimsT | None: ...
    @overload
    def verify_async(self, token: str | bytes, *, into: None = None) -> Coroutine[Any, Any, dict[str, Any]]:
        """Verify a token and return a coroutine of its claims, which waits only if a key must be fetched.

        Runs in asyncio, uvloop and trio.

        If the key is cached, the call verifies the token and raises every error itself, whether or not the coroutine
        is awaited. If a key must be fetched, the call rejects a token that its unverified claims rule out, or that must
        not wait. Otherwise the coroutine raises the error. If that coroutine is never awaited, Python only warns
        `coroutine … was never awaited`.

        It is not a FastAPI dependency: use `Depends(auth.current_claims)` of `fastjose.fastapi.BearerAuth`.

        Args:
            token: The token.
            into: As in `verify`. Unverified claims are never built as a type.

        Raises:
            RuntimeError: At the call, if no event loop is running in this thread.
            JOSEError, TypeError: As `verify`; at the call, or when awaited if a key must be fetched. A wrong `into`
                raises at the call.
        """

    @overload
    def verify_async(self, token: str | bytes, *, into: type[_ClaimsT]) -> Coroutine[Any, Any, _ClaimsT]: ...
    @property
    def algorithms(self) -> list[str]:
        """The allowed algorithms."""

    @property
    def remote_key_sets(self) -> list[RemoteKeySet]:
        """The remote sets among its keys. Each access returns new objects, which share the state of the given ones."""

    @property
    def skipped_keys(self) -> list[str]:
        """The members of the JWK Sets that cannot verify a token, each with its position and the reason.

        A remote set is listed after its first fetch. A member for encryption is not listed.
        """

    @property
    def local_key_count(self) -> int:
        """The number of its keys that the application supplied: shared secrets and public keys."""

    @property
    def verification_count(self) -> int:
        """The number of times that it accepted a token, from its cache or not.

        A request with several dependencies counts once. The child of a `fork()` begins with the number of its parent.
        """

    @property
    def cache_hit_count(self) -> int:
        """The number of times that it accepted a token from its cache. Always 0 without a cache."""

    @property
    def cache_miss_count(self) -> int:
        """The number of times that a token was not in its cache, whether or not it was accepted then."""

    @property
    def cached_token_count(self) -> int | None:
        """The number of tokens in its cache. None without a cache."""

    @property
    def issuers(self) -> list[str]:
        """The accepted `iss` values. Empty if `iss` is not validated."""

    @property
    def audiences(self) -> list[str]:
        """The accepted `aud` values. If empty, a token with `aud` is rejected."""

    @property
    def types(self) -> list[str]:
        """The accepted `typ` values, as passed to the constructor. Empty if `typ` is not checked."""

    @property
    def revocations(self) -> RevocationList | None:
        """The list that is asked for each token, in this process, or None without one."""

    def __copy__(self) -> Verifier:
        """Return this object, which is immutable."""

    def __deepcopy__(self, _memo: object, /) -> Verifier:
        """Return this object, which is immutable."""

    def __reduce__(self) -> NoReturn:
        """Refuse to be pickled: pass its arguments to the other process and build the Verifier there.

        Raises:
            TypeError: Always.
        """

class _HasRevocationList(Protocol):
    """An object with a list of revocations, such as `RedisRevocations`."""

    @property
    def local(self) -> RevocationList:
        """The list of this process."""

@final
class RevocationList:
    """A list of revoked tokens, sessions and users, in the memory of this process. Threads can share it.

    A token is found by its `jti`, by its `sid`, or by its user and `iat`. The user is `sub`, and for the dependencies
    also the id in their `user_id_claim`. A `sid` that is an integer counts as its
    decimal text. With a list, a token whose `sid` is neither a string, an integer nor null is rejected.

    An entry takes at most 60 bytes, or 80 for a user. The list keeps 128 bits of a hash that is keyed at random, not
    the text. If two texts had the same 128 bits, a token that is not revoked would be rejected. With a million entries,
    the probability is about 3e-33 for each token. A revoked token is never accepted because of it.

    An entry has an effect until 300 seconds after its `until`, for clocks that differ and for `leeway_seconds`. Then it
    leaves the memory, with the insertion of further entries, once the same time has passed on a monotonic clock, too.

    Example:
        from fastjose import JWTError, Verifier, sign_token
        from fastjose.revocation import RevocationList

        secret = "a-secret-of-at-least-thirty-two-bytes"
        revocations = RevocationList()
        verifier = Verifier(secret, algorithms="HS256", revocations=revocations)
        token = sign_token({"sub": "user-1", "sid": "session-1", "exp": 4_000_000_000}, secret, algorithm="HS256")
        assert verifier.verify(token)["sid"] == "session-1"
        revocations.revoke_session("session-1")
        try:
            verifier.verify(token)
        except JWTError as error:
            assert error.code == "revoked"
    """

    def __new__(
        cls, *, max_token_lifetime_seconds: float = 86_400, policy: Literal["closed", "open"] | None = None
    ) -> RevocationList:
        """Create an empty list.

        Args:
            max_token_lifetime_seconds: The default of `until` is this time from now. It must not be shorter than the
                lifetime of the issuer's longest token: a token that outlives its entry is accepted again. Defaults to
                one day.
            policy: For a list that is the copy of a store, which a program of the application keeps up to date with
                `trust_for`. While the copy is not synchronised, a token that is not listed raises a
                StoreUnavailableError (`closed`), or is accepted (`open`). Defaults to None: the list is complete by
                itself.

        Raises:
            ValueError: `max_token_lifetime_seconds` is not above 0, or `policy` has another value.
            TypeError: An argument has the wrong type.
        """

    def revoke_token(self, jti: str, until: float | None = None) -> None:
        """Revoke the token with this `jti`.

        Args:
            jti: The `jti` of the token.
            until: The `exp` of the token, in seconds since the epoch. Defaults to `max_token_lifetime_seconds` from
                now. An entry that is present keeps the later time.

        Raises:
            ValueError: `jti` is empty or not valid Unicode, or `until` is negative or in milliseconds.
            TypeError: An argument has the wrong type.
        """

    def revoke_session(self, sid: str, until: float | None = None) -> None:
        """Revoke every token with this `sid`.

        Args:
            sid: The `sid` of the tokens.
            until: The latest `exp` of a token of the session, in seconds since the epoch. The default is that of
                `revoke_token`.

        Raises:
            ValueError, TypeError: As `revoke_token`.
        """

    def revoke_user(self, sub: str, at: float | None = None, until: float | None = None) -> None:
        """Revoke every token of a user that was issued at or before a time.

        Issuers write `iat` in whole seconds. A token of the same second as `at` is revoked, because it may have been
        issued before. A token without `iat` is revoked, too. A user who signs in again gets an accepted token from the
        next second on. If the issuer's clock may be ahead, pass an `at` that is as much later than now.

        Args:
            sub: The `sub` of the tokens.
            at: The time, in seconds since the epoch. Defaults to now. An entry that is present keeps the later time.
            until: The latest `exp` of such a token, in seconds since the epoch. The default is that of
                `revoke_token`.

        Raises:
            ValueError, TypeError: As `revoke_token`.
        """

    def is_revoked(
        self, *, jti: str | None = None, sid: str | None = None, sub: str | None = None, iat: float | None = None
    ) -> bool:
        """Return whether a token or a session is revoked by any of its identifiers.

        A `Verifier` with the list asks it itself. This is for credentials that are not tokens.

        Args:
            jti: The id of the token.
            sid: The id of the session.
            sub: The id of the user.
            iat: The time at which the token or the session was issued, in seconds since the epoch. Without it,
                a revocation of the user always counts.

        Raises:
            StoreUnavailableError: It is not listed, and the list is a copy that is not synchronised and closed.
            ValueError: An identifier is empty or not valid Unicode, or `iat` is negative or in milliseconds.
            TypeError: An argument has the wrong type, or no identifier is given.
        """

    def trust_for(self, seconds: float) -> None:
        """Declare that the copy has every revocation of its store, and trust it for `seconds` from now.

        Call it again before the time is over. No effect on a list without a `policy`.
        """

    def distrust(self) -> None:
        """Declare that revocations may be missing in the copy. No effect on a list without a `policy`."""

    @property
    def is_synchronised(self) -> bool:
        """Whether the list is complete: always, unless it is a copy."""

    @property
    def max_token_lifetime_seconds(self) -> float:
        """The argument of the constructor."""

    def __len__(self) -> int:
        """Return the number of entries that have an effect. Looks at all of them: a million take milliseconds."""

    def __bool__(self) -> bool:
        """Return True, also for an empty list."""

    def __copy__(self) -> RevocationList:
        """Return this object, which its owners share."""

    def __deepcopy__(self, _memo: object, /) -> RevocationList:
        """Return this object, which its owners share."""

    def __reduce__(self) -> NoReturn:
        """Refuse to be pickled.

        Raises:
            TypeError: Always.
        """

@final
class SessionTokenReader:
    """Reads Better Auth's session tokens, which clients send as a bearer token.

    A token that is read is not a session yet: Better Auth may have ended it. Look it up in a store.

    Example:
        from fastjose._core import SessionTokenReader
        from fastjose.exceptions import SessionError

        secret = "a-secret-of-at-least-thirty-two-bytes"
        signed = "kQ3mZtY8vB1nLxW5rJ7pHs2dFgA9uCeE.m8IWyZUrd8hte7WvE3hXDYThDxVo7Q6/lkcpSbZOOOk="
        reader = SessionTokenReader([secret])
        assert reader.read(signed) == "kQ3mZtY8vB1nLxW5rJ7pHs2dFgA9uCeE"
        try:
            reader.read("kQ3mZtY8vB1nLxW5rJ7pHs2dFgA9uCeE")
        except SessionError as error:
            assert error.code == "unsigned_session_token"
    """

    def __new__(cls, secrets: Sequence[str] = (), *, allow_unsigned: bool = False) -> SessionTokenReader:
        """Prepare the keys.

        Args:
            secrets: The secrets of Better Auth whose signatures are accepted. Better Auth signs with the current one
                alone, and accepts no other. Without a secret, a signature is only checked for its form. Their length is
                not checked.
            allow_unsigned: Accept tokens without a signature. Better Auth returns such a token in the body of a
                sign-in and to a device, and accepts it unless `bearer({requireSignature: true})` is set. Defaults to
                False.

        Raises:
            ValueError: A secret is empty, or a public or private key.
            TypeError: An argument has the wrong type.
        """

    def read(self, value: str) -> str:
        """Return the token without its signature, as Better Auth's database has it.

        Args:
            value: The token: `TOKEN.SIGNATURE`, percent-encoded or not, or `TOKEN` alone. `TOKEN` has 1 to 128
                letters, digits, hyphens and underscores. `SIGNATURE` is the base64 of an HMAC-SHA256, with padding.

        Raises:
            SessionError: `code` is `malformed_session_token` if the value has another form, `unsigned_session_token` if
                a signature is required, and `bad_session_signature` if no secret verifies it.
            TypeError: `value` is not a str.
        """

    @property
    def allow_unsigned(self) -> bool:
        """Whether tokens without a signature are accepted."""

    def __copy__(self) -> SessionTokenReader:
        """Return this object, which is immutable."""

    def __deepcopy__(self, _memo: object, /) -> SessionTokenReader:
        """Return this object, which is immutable."""

    def __reduce__(self) -> NoReturn:
        """Refuse to be pickled: pass its arguments to the other process and build the SessionTokenReader there.

        Raises:
            TypeError: Always.
        """

@final
class AuthJsCookieReader:
    """Reads the session cookie of Auth.js and NextAuth.js with the session strategy `jwt`: a JWE under a derived key.

    The key is derived from the secret, as `@auth/core/jwt` (A256CBC-HS512) and `next-auth/jwt` 4 (A256GCM) do: `enc`
    says which one. A cookie that is split into chunks is joined. A name with `__Secure-` counts before the plain name.

    Example:
        from fastjose._core import AuthJsCookieReader

        reader = AuthJsCookieReader(["a-secret-of-at-least-thirty-two-bytes"])
        assert reader.read([b"theme=dark"]) is None
    """

    def __new__(
        cls,
        secrets: Sequence[str],
        *,
        cookie_name: str | None = None,
        leeway_seconds: float = 15,
        revocations: RevocationList | _HasRevocationList | None = None,
    ) -> AuthJsCookieReader:
        """Derive the keys.

        Args:
            secrets: `AUTH_SECRET` (`NEXTAUTH_SECRET`), and earlier ones that are accepted. Their length is not checked.
            cookie_name: The whole name of the cookie, if the application sets `cookies.sessionToken.name`. It is the
                salt of the key. Defaults to the names of Auth.js 5 and of NextAuth.js 4, with and without `__Secure-`.
            leeway_seconds: Clock skew to tolerate when `exp` is validated, in seconds. Auth.js tolerates 15.
            revocations: A `RevocationList`, or an object that has one as its attribute `local`, which is asked for
                `jti`, `sid`, and `sub` with `iat`.

        Raises:
            ValueError: No secret is given, a secret is empty, `cookie_name` cannot be the name of a cookie, or
                `leeway_seconds` is above 300 with `revocations`.
            TypeError: An argument has the wrong type.
        """

    def read(self, cookie_headers: Iterable[bytes]) -> dict[str, Any] | None:
        """Return the claims of the session cookie, or None for a request without one.

        `exp` is required, and the times are validated. As in Auth.js, no other claim is: its callback `jwt` may copy
        the `aud` and `iss` of a provider, and the key of the application binds the cookie to it.

        Args:
            cookie_headers: The values of the Cookie headers, at most 65,536 bytes in all.

        Raises:
            JWTError: The cookie is not an encrypted token, is incomplete, occurs twice, no secret decrypts it, or it is
                revoked; `code` is then `revoked`.
            ExpiredSignatureError: `exp` has passed.
            JWTClaimsError: A time has the wrong type; with `revocations` also `jti`, `sid` or `sub`.
            StoreUnavailableError: The list of revocations is not synchronised, and closed.
            TypeError: `cookie_headers` is not an iterable of bytes.
        """

    def __copy__(self) -> AuthJsCookieReader:
        """Return the reader itself."""

    def __deepcopy__(self, _memo: object, /) -> AuthJsCookieReader:
        """Return the reader itself."""

    def __reduce__(self) -> NoReturn:
        """Refuse to be pickled.

        Raises:
            TypeError: Always. Create the reader in the other process from its arguments.
        """

@final
class SessionCookieReader:
    """Reads Better Auth's session cookies: the signed `session_token`, and the session that `session_data` caches.

    Cookie headers are read as Better Auth reads them: the first of two cookies of one name counts, a broken
    percent-encoding stays as it is, and a leading `;` is permitted. A name with `__Host-` or `__Secure-` counts before
    the plain name.

    Example:
        from fastjose._core import SessionCookieReader

        reader = SessionCookieReader(secrets=["a-secret-of-at-least-thirty-two-bytes"], strategy="compact")
        signed = "kQ3mZtY8vB1nLxW5rJ7pHs2dFgA9uCeE.m8IWyZUrd8hte7WvE3hXDYThDxVo7Q6%2FlkcpSbZOOOk%3D"
        cookies = reader.read([b"theme=dark; __Secure-better-auth.session_token=" + signed.encode()])
        assert cookies.session_token == "kQ3mZtY8vB1nLxW5rJ7pHs2dFgA9uCeE"
        assert (cookies.payload, cookies.failure) == (None, None)  # a store has to be asked
    """

    def __new__(
        cls,
        *,
        secrets: Sequence[str] = (),
        accepted_old_secrets: Sequence[str] = (),
        strategy: Literal["compact", "jwt", "jwe", "jwks"] | None = None,
        cookie_prefix: str = "better-auth",
        session_token_name: str | None = None,
        session_data_name: str | None = None,
        version: str | None = "1",
    ) -> SessionCookieReader:
        """Prepare the keys and the names.

        Args:
            secrets: All secrets of Better Auth, the current one first. Only cookies that the current one has signed or
                encrypted are used. Better Auth also decrypts a `session_data` of the strategy `jwe` with the others,
                but an attacker who knows one of them can encrypt it. Without a secret, the signature of `session_token`
                is only checked for its form. The length of the secrets is not checked.
            accepted_old_secrets: Further secrets that are accepted, contrary to Better Auth.
            strategy: The form of `session_data`: Better Auth's option `session.cookieCache.strategy`, or `jwks` for
                `jwt` together with `jwt({sessionCookieCache: true})`. None: the cookie is not read.
            cookie_prefix: Better Auth's option `advanced.cookiePrefix`.
            session_token_name: Better Auth's option `advanced.cookies.session_token.name`, which replaces the prefix
                and the name.
            session_data_name: Better Auth's option `advanced.cookies.session_data.name`.
            version: The `version` that `session_data` must have: Better Auth's option `cookieCache.version`. None: it
                is not compared.

        Raises:
            ValueError: A secret is empty, or a public or private key; a strategy other than `jwks` has no secret; the
                strategy is not known; or a name cannot be that of a cookie.
            TypeError: An argument has the wrong type.
        """

    def read(self, cookie_headers: Iterable[bytes]) -> SessionCookies:
        """Return the session cookies of a request. No content of the headers raises an error.

        A `session_data` is used if its signature or encryption is valid, it has not expired, its version is the
        expected one, and it belongs to the `session_token` beside it. The `exp` of a JWT or JWE is tolerated for 15
        seconds, as by Better Auth. The `expiresAt` of the session itself is not validated, nor is a ban of the user.

        Args:
            cookie_headers: The values of the Cookie headers, at most 65,536 bytes in all.

        Raises:
            TypeError: `cookie_headers` is not an iterable of bytes.
        """

    @property
    def strategy(self) -> Literal["compact", "jwt", "jwe", "jwks"] | None:
        """The form of `session_data`."""

    def __copy__(self) -> SessionCookieReader:
        """Return this object, which is immutable."""

    def __deepcopy__(self, _memo: object, /) -> SessionCookieReader:
        """Return this object, which is immutable."""

    def __reduce__(self) -> NoReturn:
        """Refuse to be pickled: pass its arguments to the other process and build the SessionCookieReader there.

        Raises:
            TypeError: Always.
        """

@final
class SessionCookies:
    """The session cookies of one request. The repr shows nothing of them."""

    @property
    def session_token(self) -> str | None:
        """The session token without its signature. The signature is verified if the reader has a secret.

        It is not a session yet: look it up in a store. None if the cookie is absent or not used.
        """

    @property
    def session_token_raw(self) -> str | None:
        """The value of the cookie as the client sent it: signed and percent-encoded."""

    @property
    def session_token_name(self) -> str | None:
        """The name of the cookie, with its prefix."""

    @property
    def payload(self) -> dict[str, Any] | None:
        """The `session_data` that passed every check of the reader: `{"session": {...}, "user": {...}}`.

        Better Auth may have ended the session since it wrote the cookie. None if the cookie is absent or not used, and
        with the strategies None and `jwks`.
        """

    @property
    def signed_data(self) -> str | None:
        """The `session_data` of the strategy `jwks`: an unverified JWS, for a `Verifier`.

        Its `typ` must be `better-auth.session-cache+jwt`, its `aud` `better-auth:session-cache`, and its `sid` the
        `session_token`.
        """

    @property
    def is_present(self) -> bool:
        """Whether the request has one of the two cookies, used or not. True if the headers are too long."""

    @property
    def failure(self) -> str | None:
        """The reason why a cookie that is present is not used, stable across releases. None if none was refused.

        Of both cookies: `cookies_too_large`. Of `session_token`, so that `session_data` is not read either:
        `malformed_session_token`, `bad_session_signature`. Of `session_data`: `session_data_malformed` (cut, chunks
        missing or doubled, not a session), `session_data_bad_signature`, `session_data_expired`,
        `session_data_other_version`, `session_data_other_strategy`, `session_data_unbound` (of another session, or
        without a `session_token`), `unknown_session_data_key` (encrypted to the key of an unknown secret),
        `session_data_old_secret` (encrypted to the key of an old secret that is not accepted).
        """

    def __reduce__(self) -> NoReturn:
        """Refuse to be pickled: pass the Cookie headers to the other process.

        Raises:
            TypeError: Always.
        """

@final
class OriginPolicy:
    """Refuses requests that another site made a browser send with the user's cookies (CSRF, WebSocket hijacking).

    HTTP requests with GET, HEAD or OPTIONS are allowed: they must not change state. For other methods, and for every
    WebSocket handshake:

    - `Origin` must be the own origin or a trusted one. `null`, a malformed value and two headers are refused. The own
      origin is that of the Host header. Its scheme is not compared, because TLS may end at a proxy.
    - Without `Origin`, `Sec-Fetch-Site` must be `same-origin` or `none`.
    - Without both headers, the client is not a browser, and the request is allowed.

    Example:
        from fastjose._core import OriginPolicy

        policy = OriginPolicy(["https://app.example.com"])
        headers = [(b"host", b"api.example.com"), (b"origin", b"https://evil.example")]
        scope = {"type": "http", "method": "POST", "headers": headers}
        assert not policy.allows(scope)
        assert policy.allows({**scope, "headers": [(b"origin", b"https://app.example.com")]})
    """

    def __new__(cls, trusted_origins: Sequence[str] = ()) -> OriginPolicy:
        """Create the policy.

        Args:
            trusted_origins: Origins of front ends, such as `https://app.example.com`. Of a URL, only its origin counts.

        Raises:
            ValueError: An entry is not an http or https URL, has a user name or a password, or has a wildcard. The text
                has the position of the entry, counted from 1.
            TypeError: `trusted_origins` is not an iterable of str.
        """

    def allows(self, scope: Mapping[str, Any]) -> bool:
        """Return whether the request may be answered.

        Args:
            scope: The ASGI scope of an HTTP request or of a WebSocket. A scope of another type, and headers that are
                not pairs of bytes, are refused.

        Raises:
            TypeError: `scope` is not a mapping.
        """

    @property
    def trusted_origins(self) -> list[str]:
        """The trusted origins, as browsers write them (RFC 6454 §6.2)."""

    def __copy__(self) -> OriginPolicy:
        """Return this object, which is immutable."""

    def __deepcopy__(self, _memo: object, /) -> OriginPolicy:
        """Return this object, which is immutable."""

    def __reduce__(self) -> NoReturn:
        """Refuse to be pickled: pass its arguments to the other process and build the OriginPolicy there.

        Raises:
            TypeError: Always.
        """

def encrypt_session_data(payload: bytes, secret: str) -> str:
    """Encrypt a `session_data` of the strategy `jwe` as Better Auth does, for `fastjose.testing`.

    Args:
        payload: The claims as JSON.
        secret: The secret of Better Auth.

    Raises:
        ValueError: The payload is too long, or the secret is not valid Unicode.
    """

@final
class VerifiedToken:
    """The result of the verification of a bearer token. Private: `RequestAuthenticator` returns its user and claims."""

    def __copy__(self) -> VerifiedToken:
        """Return this object, which is immutable."""

    def __deepcopy__(self, _memo: object, /) -> VerifiedToken:
        """Return this object, which is immutable."""

@final
class PendingVerification:
    """A parsed token whose key must be fetched before its signature can be verified. Private. Starts once."""

    def verify(self) -> Awaitable[Any]:
        """Fetch the key and verify the token: return a future of the claims, as a dict or as the type asked for."""

    def authenticate_bearer(self) -> Awaitable[VerifiedToken]:
        """Fetch the key and verify a bearer token: return a future of the result."""

@disjoint_base
class FunctionAlias:
    """The base of objects that compare and hash like a function. Private: used by `fastjose.fastapi`.

    A subclass has an `__init__` with `function` as the first argument, and any others.
    """

    def __new__(cls, function: Callable[..., Any], *_args: Any, **_kwargs: Any) -> Self:
        """Create the alias of `function`."""

    @property
    def function(self) -> Callable[..., Any]:
        """The function."""

    def __eq__(self, other: object, /) -> bool:
        """Return whether `other` is the function, or an alias of it."""

    def __hash__(self) -> int:
        """Return the hash of the function."""

    def __copy__(self) -> Self:
        """Return this object, which is immutable."""

    def __deepcopy__(self, _memo: object, /) -> Self:
        """Return this object, which is immutable."""

@final
class RequestAuthenticator(Generic[_UserT]):
    """Verifies the bearer token of a request once. Private: used by `fastjose.fastapi`.

    A request keeps the result in its ASGI scope, under a key of the authenticator, if the token is a `BearerToken`. The
    methods then return the user and the claims of the same result.
    """

    def __new__(
        cls,
        verifier: Verifier,
        build_from_claims: Callable[[dict[str, Any]], _UserT],
        *,
        build_from_fields: Callable[[dict[str, str | None]], _UserT] | None = None,
        user_id_claim: str | None = "sub",
        accept: Callable[[dict[str, Any]], bool] | None = None,
    ) -> RequestAuthenticator[_UserT]:
        """Create the authenticator.

        Args:
            verifier: Verifies the tokens.
            build_from_claims: Builds a user from the claims.
            build_from_fields: Builds a user from the fields of a `CurrentUser`, if they suffice. Its users must be
                immutable: the dependencies of a request share one, and so do the requests with a cached token.
            user_id_claim: The claim with the id of the user, which a token must have. `sub` must be a str. Another
                claim may also be an int, which counts as its decimal text. None: no id is required. Defaults to `sub`.
            accept: Accepts or rejects the claims of a verified token, as `Acceptance` does. It is called once in each
                request with a token that it accepts, also if the token is cached, before a user or claims are returned.
                Its dict is not used elsewhere. Defaults to None: every verified token is accepted.

        Raises:
            TypeError: `accept` is not a plain function.
            ValueError: `user_id_claim` is empty, or None with `build_from_fields`.
        """

    def __class_getitem__(cls, key: Any) -> GenericAlias:
        """Return the generic alias, for annotations."""

    def authenticate_user(self, token: str | bytes) -> _UserT | PendingVerification:
        """Verify a bearer token with the cached keys, and return its user.

        Returns:
            The user, or a pending verification if a key must be fetched first: pass its result to `get_user`.

        Raises:
            JOSEError, TypeError: As `Verifier.verify`, then as `reject_sender_constrained`, then as `require_subject`.
                With `build_from_fields`, then a JWTClaimsError if `email` or `name` is not a string. Then those of the
                function that builds the user.
        """

    def authenticate_claims(self, token: str | bytes) -> dict[str, Any] | PendingVerification:
        """Verify a bearer token with the cached keys, and return its claims, as a new dict on every call.

        Returns:
            The claims, or a pending verification if a key must be fetched first: pass its result to `get_claims`.

        Raises:
            JOSEError, TypeError: As `Verifier.verify`, then as `reject_sender_constrained`, then as `require_subject`.
        """

    def authenticate_user_of_request(self, scope: MutableMapping[str, Any]) -> _UserT | PendingVerification | None:
        """Verify the bearer token of an HTTP request with the cached keys, and return its user, as `authenticate_user`.

        Args:
            scope: The ASGI scope of the request.

        Returns:
            None for a request without a bearer token, for a WebSocket, and for headers in another form than a list of
            tuples of `bytes`.
        """

    def authenticate_claims_of_request(
        self, scope: MutableMapping[str, Any]
    ) -> dict[str, Any] | PendingVerification | None:
        """Verify the bearer token of an HTTP request with the cached keys, and return its claims.

        The arguments, what is returned and what is raised are those of `authenticate_user_of_request` and
        `authenticate_claims`.
        """

    def get_user(self, verified: VerifiedToken, token: str | bytes) -> _UserT:
        """Return the user of a result for `token`, and keep both with the request."""

    def get_claims(self, verified: VerifiedToken, token: str | bytes) -> dict[str, Any]:
        """Return the claims of a result for `token`, and keep both with the request."""

    def get_user_of_claims(self, claims: dict[str, Any], scope: MutableMapping[str, Any]) -> _UserT:
        """Return the user of the claims of a request: those of its token, or of an override of the dependency."""

    def __copy__(self) -> RequestAuthenticator[_UserT]:
        """Return this object, which is immutable."""

    def __deepcopy__(self, _memo: object, /) -> RequestAuthenticator[_UserT]:
        """Return this object, which is immutable."""

@final
class Acceptance:
    """The function of an application that accepts or rejects the claims of a verified token. Private.

    Example:
        from fastjose import JWTClaimsError
        from fastjose._core import Acceptance

        acceptance = Acceptance(lambda claims: claims["tid"] in claims["iss"])
        acceptance.require({"iss": "https://login.example.com/t1/v2.0", "tid": "t1"})
        try:
            acceptance.require({"iss": "https://login.example.com/t1/v2.0"})
        except JWTClaimsError as error:
            assert error.code == "claims_not_accepted"
    """

    def __new__(cls, function: Callable[[dict[str, Any]], bool]) -> Acceptance:
        """Check the function.

        Raises:
            TypeError: It is not callable, or is a coroutine function, which would decide nothing.
        """

    def require(self, claims: dict[str, Any]) -> None:
        """Call the function with `claims`, which must not be used elsewhere: the function may change them.

        Raises:
            JWTClaimsError: The function did not return True itself, or raised an Exception, which is dropped; `code` is
                `claims_not_accepted`. Its attribute `outcome` says what the function did, for a log. It has nothing of
                the claims.
        """

    def __copy__(self) -> Acceptance:
        """Return this object, which is immutable."""

    def __deepcopy__(self, _memo: object, /) -> Acceptance:
        """Return this object, which is immutable."""

def bearer_token(authorization_values: list[str]) -> str | None:
    """Return the token in the values of a request's Authorization headers, or None (RFC 6750 §2.1).

    The name of the scheme is case-insensitive (RFC 9110 §11.1). Two headers count as a missing token: an attacker and a
    proxy could disagree about which of them is valid.
    """

def unverified_issuer(token: str | bytes) -> str | None:
    """Return `iss` of an unverified token, which chooses the verifier of the token and is trusted for nothing else.

    Returns:
        None if the payload is not a JSON object by the rules of `Verifier`, or if `iss` is missing, not a string, or
        longer than 2,048 characters. Also for a `token` of another type. The header and the signature are not parsed.
    """

def unverified_issuer_of_request(scope: MutableMapping[str, Any]) -> str | None:
    """Return `unverified_issuer` of the bearer token of an HTTP request.

    Args:
        scope: The ASGI scope of the request.

    Returns:
        None also where `RequestAuthenticator.authenticate_user_of_request` returns None.
    """

def user_fields(claims: Mapping[str, Any], *, user_id_claim: str = "sub") -> dict[str, str | None]:
    """Return the fields of a `CurrentUser`: `user_id` from a claim; `email` and `name`, None if null or missing.

    Raises:
        JWTError: As `require_subject`.
        JWTClaimsError: As `require_subject`; or `email` or `name` is not a string; `code` is `invalid_claim`.
    """

def require_subject(claims: Mapping[str, Any], claim: str = "sub") -> str:
    """Return the id of a user. A blank id, or one with U+0000, which PostgreSQL cannot store, counts as missing.

    Args:
        claims: The claims of a verified token.
        claim: The claim with the id. `sub` must be a str (RFC 7519 §4.1.2). Another claim may also be an int, which
            counts as its decimal text. Defaults to `sub`.

    Raises:
        JWTError: The claim is missing or null; `code` is `missing_claim`.
        JWTClaimsError: The claim has another type, such as bool or float; `code` is `invalid_claim`.
    """

def check_claims_not_revoked(
    revocations: RevocationList | _HasRevocationList | None, claims: dict[str, Any], user_id: str | None = None
) -> None:
    """Reject the claims of a revoked token: by its `jti`, its `sid`, its `sub`, or the user's id in another claim.

    Args:
        revocations: The list, or an object that has one as its attribute `local`. None accepts every token.
        claims: The claims, which were validated before. An `iat` that is not a number counts as missing.
        user_id: The id of the user, if it may be in another claim than `sub`.

    Raises:
        JWTError: The token, its session or its user is revoked; `code` is `revoked`.
        JWTClaimsError: `jti`, `sid` or `sub` is neither a str, an int nor None; `code` is `invalid_claim`.
        StoreUnavailableError: The token is not listed, but the list is not synchronised, and closed.
        TypeError: `revocations` is something else.
    """

def reject_sender_constrained(claims: Mapping[str, Any]) -> None:
    """Reject the claims of a sender-constrained token, whatever its `cnf` contains, and of a logout token.

    A client that sends it as a bearer token has not proven possession of the key (RFC 7800 §3.1). Proof requires DPoP
    (RFC 9449 §7.1) or mutual TLS (RFC 8705 §3.1). A logout token declares in `events` that a session has ended (OpenID
    Connect Back-Channel Logout 1.0, section 2.4). It has the issuer, the audience and the user of an ID token.

    Raises:
        JWTClaimsError: The claims have a `cnf`; `code` is `invalid_claim`.
        JWTError: The claims are those of a logout token; `code` is `wrong_type`.
    """

def verify_token(
    token: str | bytes,
    keys: _Keys,
    *,
    algorithms: str | Iterable[str] | None = None,
    issuer: str | Iterable[str] | None = None,
    audience: str | Iterable[str] | None = None,
    subject: str | None = None,
    typ: str | Iterable[str] | None = None,
    claims: Mapping[str, _Scalar | Iterable[_Scalar]] | None = None,
    client_id: str | Iterable[str] | None = None,
    header: Mapping[str, str | Iterable[str]] | None = None,
    check_audience: bool = True,
    audience_exact: bool = False,
    required: str | Iterable[str] = ...,
    check_issued_at: bool = False,
    leeway_seconds: float = 0,
    max_token_bytes: int = 65_536,
    max_header_bytes: int = 8_192,
    max_candidate_keys: int = 8,
    allow_padding: bool = False,
    revocations: RevocationList | _HasRevocationList | None = None,
) -> dict[str, Any]:
    """Verify one token and return its claims: `Verifier(keys, …).verify(token)`.

    A cache keeps 256 parsed keys by their content, so that PEM is not parsed in every call. An application that
    verifies many tokens keeps a `Verifier`.

    Raises:
        JOSEError, ValueError, TypeError: As `Verifier` and `Verifier.verify`.

    Example:
        from fastjose import sign_token, verify_token

        secret = "a-secret-of-at-least-thirty-two-bytes"
        token = sign_token({"sub": "user-1", "exp": 4_000_000_000}, secret, algorithm="HS256")
        assert verify_token(token, secret, algorithms="HS256")["sub"] == "user-1"
    """

def url_origin(url: str | _UrlObject) -> str:
    """Return the origin of an http or https URL, as a browser writes it (RFC 6454 §6.2).

    Raises:
        ValueError: `url` is not an http or https URL, or contains a user name or a password. The message does not
            contain `url`.
    """

def sign(header: bytes, payload: bytes, key: Any, algorithm: str) -> str:
    """Sign `payload` under `header`, both JSON: the native part of `fastjose.sign_token`.

    Args:
        header: The header in JSON.
        payload: The claims in JSON.
        key: As for `fastjose.jws.sign`, but only a key for `algorithm`.
        algorithm: The JOSE name of the algorithm.

    Raises:
        JWKError: The key cannot be used with the algorithm.
        ValueError: The algorithm is not supported.
    """

@final
class JweKey:
    """A key for one key management algorithm of JWE (RFC 7518 §4.1)."""

    def __new__(cls, material: bytes | KeyMaterial, algorithm: str) -> JweKey:
        """Prepare a key. The prepared form of a private RSA key is cached with its material.

        Args:
            material: The bytes of a symmetric key, or an RSA key as `KeyMaterial`.
            algorithm: `dir`, `RSA1_5`, `RSA-OAEP`, `RSA-OAEP-256`, `A128KW`, `A192KW` or `A256KW`.

        Raises:
            JWEAlgorithmUnsupportedError: The algorithm is not supported.
            JWEError: The algorithm requires an RSA key, and `material` is another key.
            TypeError: `material` has the wrong type for `algorithm`.
        """

    def wrap(self, cek: bytes) -> bytes:
        """Encrypt a content encryption key. Releases the GIL for RSA.

        Args:
            cek: The content encryption key. AES key wrap requires at least 16 bytes and a multiple of 8 bytes.

        Raises:
            JWKError: The key does not have the length that its algorithm requires.
            JWEError: The key is private, or the length of `cek` is not supported.
            ValueError: The algorithm is `dir`, which does not encrypt keys.
        """

    def unwrap(self, encrypted_key: bytes) -> bytes:
        """Decrypt a content encryption key. Releases the GIL for RSA.

        Do not use it for tokens, use `JweToken.decrypt`. If a sender learns that this method failed, `RSA1_5` is open
        to the attack of RFC 3218.

        Args:
            encrypted_key: The encrypted content encryption key.

        Raises:
            JWKError: The key does not have the length that its algorithm requires.
            JWEError: The key is public.
            JWEInvalidAuth: The key cannot decrypt `encrypted_key`.
            ValueError: The algorithm is `dir`, which does not encrypt keys.
        """

@final
class JweToken:
    """A parsed compact JWE. Its contents are unverified until `decrypt` returns."""

    def __new__(cls, token: bytes, max_bytes: int) -> JweToken:
        """Parse a token (RFC 7516 §5.2 steps 1 to 5).

        The segments must be canonical base64url. The header must be UTF-8 JSON without repeated names and without
        `crit`.

        Args:
            token: The compact JWE.
            max_bytes: The maximum length of `token`, in bytes.

        Raises:
            JWEError: The token is longer than `max_bytes`, or its header has `crit`.
            JWEParseError: The token is malformed.
        """

    @property
    def alg(self) -> str:
        """The header's `alg`: how the content encryption key is encrypted. May be unsupported."""

    @property
    def enc(self) -> str:
        """The header's `enc`: how the content is encrypted. May be unsupported."""

    @property
    def encrypted_key(self) -> bytes:
        """The encrypted content encryption key. Empty for `dir`."""

    def decrypt(self, key: JweKey, max_bytes: int) -> bytes:
        """Decrypt the token and return the plaintext (RFC 7516 §5.2 steps 6 to 19). Releases the GIL for RSA.

        Args:
            key: The key. Its algorithm must be the token's `alg`.
            max_bytes: The maximum length of the plaintext, in bytes. Decompression stops at this limit.

        Raises:
            JWEAlgorithmUnsupportedError: `alg`, `enc` or `zip` is not supported, or the key is for another `alg`.
            JWEInvalidAuth: The encrypted key, key, IV, ciphertext or tag is wrong. The error does not distinguish them.
            JWEError: The key does not have the length that `alg` or `enc` requires, or it is public. Or the
                authenticated plaintext is longer than `max_bytes`.
            JWEParseError: The authenticated content cannot be decompressed, or a `dir` token has an encrypted key.
        """

    def decrypt_with(self, cek: bytes | None, max_bytes: int) -> bytes:
        """Decrypt the token with a content encryption key that the caller decrypted, and return the plaintext.

        Args:
            cek: The content encryption key, or None if the caller could not decrypt it. None and a key of the wrong
                length fail like a wrong tag (RFC 7516 §11.5).
            max_bytes: The maximum length of the plaintext, in bytes. Decompression stops at this limit.

        Raises:
            JWEAlgorithmUnsupportedError: `enc` or `zip` is not supported.
            JWEInvalidAuth: The key, IV, ciphertext or tag is wrong. The error does not distinguish them.
            JWEError: The authenticated plaintext is longer than `max_bytes`.
            JWEParseError: The authenticated content cannot be decompressed.
        """

def jwe_header(token: bytes, max_bytes: int) -> dict[str, Any]:
    """Return the unverified header of a compact JWE.

    Args:
        token: The compact JWE.
        max_bytes: The maximum length of the token, in bytes.

    Raises:
        JWEError: The token is too long.
        JWEParseError: The token is malformed.
    """

def jwe_encrypt(
    plaintext: bytes, header: bytes, cek: bytes, encrypted_key: bytes, iv: bytes, encryption: str, compress: bool
) -> bytes:
    """Encrypt `plaintext` and return the compact JWE (RFC 7516 §5.1 steps 10 to 19).

    Releases the GIL above 16 KiB.

    Args:
        plaintext: The content.
        header: The protected header as JSON. It is written unchanged.
        cek: The content encryption key. Use it for one token only, unless it is a shared key (`dir`).
        encrypted_key: The content encryption key, encrypted with the header's `alg`. Empty for `dir`.
        iv: The initialization vector, `IV_BYTES[encryption]` bytes long. Do not use it twice with one `cek`.
        encryption: The header's `enc`.
        compress: Whether to compress the content. Must be True exactly if the header has `zip`. The zlib frame is
            written, as in python-jose.

    Raises:
        JWKError: `cek` is not `CEK_BYTES[encryption]` bytes long.
        JWEError: The header is invalid, or `encryption` is not supported.
        ValueError: The header does not match `encryption` and `compress`, or `iv` has the wrong length.
    """

def aead_seal(encryption: str, key: bytes, iv: bytes, aad: bytes, plaintext: bytes) -> tuple[bytes, bytes]:
    """Encrypt and authenticate content (RFC 7518 §5.2, §5.3). Releases the GIL above 16 KiB.

    Args:
        encryption: The algorithm, a name in `CEK_BYTES`.
        key: The key, `CEK_BYTES[encryption]` bytes long.
        iv: The initialization vector, `IV_BYTES[encryption]` bytes long. Do not use it twice with one key.
        aad: Additional data that is authenticated but not encrypted.
        plaintext: The content.

    Returns:
        The ciphertext and the tag.

    Raises:
        JWKError: The key has the wrong length.
        JWEAlgorithmUnsupportedError: The algorithm is not supported.
        ValueError: The IV has the wrong length.
    """

def aead_open(encryption: str, key: bytes, iv: bytes, aad: bytes, ciphertext: bytes, tag: bytes) -> bytes:
    """Decrypt content of `aead_seal` and return the plaintext. Releases the GIL above 16 KiB.

    Args:
        encryption: The algorithm, a name in `CEK_BYTES`.
        key: The key, `CEK_BYTES[encryption]` bytes long.
        iv: The initialization vector.
        aad: The additional data.
        ciphertext: The ciphertext.
        tag: The authentication tag.

    Raises:
        JWKError: The key has the wrong length.
        JWEAlgorithmUnsupportedError: The algorithm is not supported.
        JWEInvalidAuth: The decryption failed for any other reason.
    """

def cbc_encrypt(key: bytes, iv: bytes, plaintext: bytes) -> bytes:
    """Encrypt with AES-CBC and PKCS #7 padding, without authentication. Releases the GIL above 16 KiB.

    Args:
        key: The key: 16, 24 or 32 bytes.
        iv: The initialization vector: 16 bytes that an attacker cannot predict.
        plaintext: The content.

    Raises:
        JWEError: The key or the IV has the wrong length.
    """

def cbc_decrypt(key: bytes, iv: bytes, ciphertext: bytes) -> bytes:
    """Decrypt a ciphertext of `cbc_encrypt`. Releases the GIL above 16 KiB.

    If the ciphertext was changed, the result is another plaintext or an error. An attacker who learns whether a changed
    ciphertext is rejected can decrypt it.

    Args:
        key: The key: 16, 24 or 32 bytes.
        iv: The initialization vector: 16 bytes.
        ciphertext: The ciphertext.

    Raises:
        JWEError: The key, IV, ciphertext or padding is wrong. The error does not distinguish them.
    """

def json_dumps_bytes(value: Mapping[Any, Any]) -> bytes | None:
    """Encode a dict as `json.dumps(value, separators=(",", ":"))` does, in ASCII.

    Returns:
        The JSON, or None if the value is outside the fast path. The caller then uses `json.dumps`. Outside are: a
        mapping that is not a dict, a key that is not a str, a subclass, a tuple, an int of more than 64 bits, a float
        that is not finite, a lone surrogate, nesting deeper than 32, and a container that contains itself.
    """

def configure_key_classes(
    *, base: type[_JwkKey], native: Sequence[type[_JwkKey]], external_key_pem: Callable[[object, str], bytes | None]
) -> None:
    """Set the classes of keys that `jws_sign`, `jws_verify`, `jwt_decode` and `Verifier` accept.

    `fastjose.backends` calls it at its import. Only the first call has an effect.

    Args:
        base: The base class of every class of keys.
        native: The classes whose `sign` and `verify` are those of `KeyMaterial`. Their instances have the attributes
            `prepared_key` and `_algorithm`.
        external_key_pem: Returns a key object of another library in PEM, for the expected `kty`; None for any other
            object.
    """

def configure_registry(
    *,
    algorithms: object,
    constants: object,
    construct: Callable[[Any, str], _JwkKey],
    calculate_at_hash: Callable[[str, Callable[[bytes], Any]], str],
) -> None:
    """Set the registry of algorithms for `jws_sign`, `jws_verify` and `jwt_decode`.

    `fastjose.jwk` calls it at its import. Only the first call has an effect.

    Args:
        algorithms: `fastjose.constants.ALGORITHMS`. Its dicts `KEYS` and `HASHES` are read at every use, so that an
            application can add to them or replace them.
        constants: `fastjose.constants`. Its `MAX_TOKEN_BYTES` is read at every use.
        construct: Returns the key object for key material and an algorithm that does not sign natively.
        calculate_at_hash: Returns the `at_hash` of an access token under a hash function.
    """

def jws_sign(header: bytes, payload: bytes, key: Any, algorithm: str) -> str:
    """Sign a payload as `fastjose.jws.sign` does, and return the compact JWS.

    Args:
        header: The header as JSON.
        payload: The payload.
        key: One key: text, a JWK dict, or a `jwk.Key`.
        algorithm: The name of a supported algorithm, or of one with a registered key class.

    Raises:
        JWKError: The key cannot be used with the algorithm.
        Exception: Any error of a registered key class.
    """

def jws_verify(token: str | bytes, key: Any, algorithms: str | Container[str] | None) -> bytes:
    """Verify the signature of a token as `fastjose.jws.verify` does, and return the payload.

    Args:
        token: The compact JWS.
        key: As for `fastjose.jws.verify`: one or several keys.
        algorithms: The allowed algorithms. A str is one name. None allows every algorithm that works with the key.

    Raises:
        JWSError: The token is malformed, its algorithm is not allowed, or its signature is wrong.
        JWKError: A single key cannot be used with the token's algorithm.
        AttributeError: `token` is not a str, bytes or bytearray.
    """

def jws_load(token: str | bytes) -> tuple[dict[str, Any], bytes, bytes, bytes]:
    """Return header, payload, signing input and signature of a token. None of them is verified.

    Args:
        token: The compact JWS.

    Raises:
        JWSError: The token is malformed.
        AttributeError: `token` is not a str, bytes or bytearray.
    """

def jws_verify_parts(
    signing_input: bytes, header: bytes, signature: bytes, key: Any, algorithms: str | Container[str] | None
) -> None:
    """Verify the signature of a token that `jws_load` has split.

    Args:
        signing_input: The signed bytes.
        header: The header in JSON.
        signature: The signature.
        key: As for `fastjose.jws.verify`: one or several keys.
        algorithms: The allowed algorithms. A str is one name. None allows every algorithm that works with the key.

    Raises:
        JWSError: The header is malformed, its algorithm is not allowed, or the signature is wrong.
        JWKError: A single key cannot be used with the token's algorithm.
    """

def jws_unverified_header(token: str | bytes) -> dict[str, Any]:
    """Return the unverified header of a token.

    Args:
        token: The compact JWS. Its payload and signature are not checked.

    Raises:
        JWSError: The header is malformed, or the token has fewer than three segments.
        AttributeError: `token` is not a str, bytes or bytearray.
    """

def jws_unverified_payload(token: str | bytes) -> bytes:
    """Return the unverified payload of a token.

    Args:
        token: The compact JWS. Its header and signature are not checked.

    Raises:
        JWSError: The payload is not base64url, or the token has fewer than three segments.
        AttributeError: `token` is not a str, bytes or bytearray.
    """

def jwt_decode(
    token: str | bytes,
    key: Any,
    algorithms: str | Container[str] | None,
    options: Mapping[str, Any] | None,
    audience: str | None,
    issuer: str | Container[str] | Iterable[str] | None,
    subject: str | None,
    access_token: str | None,
    now: float,
) -> dict[str, Any]:
    """Verify a token as `fastjose.jwt.decode` does, and return its claims.

    Args:
        token: The compact JWS.
        key: As for `fastjose.jwt.decode`: one or several keys.
        algorithms: The allowed algorithms. A str is one name. None allows every algorithm that works with the key.
        options: As for `fastjose.jwt.decode`.
        audience: The value that `aud` must contain.
        issuer: The value of `iss`, or the values of which `iss` must be one.
        subject: The value of `sub`.
        access_token: The access token for `at_hash`.
        now: The time in seconds since the epoch. Fractions are truncated.

    Raises:
        JWSError: The token is malformed, its algorithm is not allowed, or its signature is wrong.
        JWTError: The payload is not a claims set, or a required claim is missing.
        JWTClaimsError: A claim has a value that is not accepted.
        ExpiredSignatureError: `exp` has passed.
        JWKError: A single key cannot be used with the token's algorithm.
        AttributeError: `token` is not a str, bytes or bytearray.
        TypeError: `leeway` in `options` is not a number of seconds or a timedelta.
    """

def jwt_validate_claims(
    payload: bytes,
    algorithm: str | None,
    options: Mapping[str, Any] | None,
    audience: str | None,
    issuer: str | Container[str] | Iterable[str] | None,
    subject: str | None,
    access_token: str | None,
    now: float,
) -> dict[str, Any]:
    """Validate the claims in a verified payload as `jwt_decode` does, and return them.

    Args:
        payload: The payload of a token whose signature the caller verified.
        algorithm: The header's `alg`, from which `at_hash` is computed.
        options: As for `fastjose.jwt.decode`. `verify_signature` is ignored.
        audience: The value that `aud` must contain.
        issuer: The value of `iss`, or the values of which `iss` must be one.
        subject: The value of `sub`.
        access_token: The access token for `at_hash`.
        now: The time in seconds since the epoch. Fractions are truncated.

    Raises:
        JWTError: The payload is not a claims set, or a required claim is missing.
        JWTClaimsError: A claim has a value that is not accepted.
        ExpiredSignatureError: `exp` has passed.
        TypeError: `leeway` in `options` is not a number of seconds or a timedelta.
    """

def jwt_parse_claims(payload: bytes) -> dict[str, Any]:
    """Parse a payload as a claims set, with the values that Python's `json` returns.

    Args:
        payload: The payload of a token. Its claims are unverified.

    Raises:
        JWTError: The payload is not a JSON object.
    """
