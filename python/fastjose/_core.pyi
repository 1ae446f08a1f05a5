"""The native core: token → key → signature → claims. Times are in seconds since the epoch, sizes in bytes.

Objects here are immutable and may be shared by threads. The GIL is let go while a public key verifies a signature, and
while keys are fetched.
"""

from collections.abc import Callable, Container, Coroutine, Iterable, Mapping, Sequence
from typing import Any, Final, TypeAlias, final

from fastjose.backends.base import Key as _JwkKey

__all__ = [
    "ASYMMETRIC_ALGORITHMS",
    "CEK_BYTES",
    "IV_BYTES",
    "MIN_SECRET_BYTES",
    "JweKey",
    "JweToken",
    "Key",
    "KeyMaterial",
    "RemoteKeySet",
    "Verifier",
    "__version__",
    "aead_open",
    "aead_seal",
    "cbc_decrypt",
    "cbc_encrypt",
    "configure_key_classes",
    "configure_registry",
    "json_dumps_bytes",
    "jwe_encrypt",
    "jwe_header",
    "jws_sign",
    "jws_unverified_header",
    "jws_unverified_payload",
    "jws_verify",
    "jwt_decode",
    "jwt_parse_claims",
    "jwt_validate_claims",
    "reject_sender_constrained",
    "require_subject",
    "sign",
    "url_origin",
    "user_fields",
    "verify_token",
]

__version__: Final[str]

MIN_SECRET_BYTES: Final[Mapping[str, int]]
"""The shared-secret algorithms, and the least length of a secret for each, in bytes (RFC 7518 §3.2)."""

ASYMMETRIC_ALGORITHMS: Final[tuple[str, ...]]
"""The names of the algorithms that a public key verifies (RFC 7518 §3.1, RFC 8037 §3.1, RFC 9864 §2.2).

ES256K (RFC 8812 §3.2) is not among them: it is accepted only where it is named, in `algorithms` or in the `alg` of a
JWK that is not fetched.
"""

CEK_BYTES: Final[Mapping[str, int]]
"""The content encryption algorithms, and the length of the key of each, in bytes (RFC 7518 §5.1)."""

IV_BYTES: Final[Mapping[str, int]]
"""The same, and the length of the initialization vector of each, in bytes (RFC 7518 §5.2.2.1, §5.3)."""

_Material: TypeAlias = str | bytes | Mapping[str, Any] | Key | _JwkKey | RemoteKeySet
_Keys: TypeAlias = _Material | Sequence[_Material]

@final
class Key:
    """Key material prepared once, to be shared by verifiers, and bound to the algorithms that it can be used with."""

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
            material: A secret; or a public key as PEM (`str` or `bytes`) or DER (`bytes`): SPKI, PKCS #1, or an X.509
                certificate, of which the key alone is read; or a JWK (RFC 7517 §4), whose `alg`, `use`, `key_ops` and
                `crv` bind it.
            kid: The key's id; by default the JWK's own.
            algorithm: Bind the key to this algorithm alone.
            allow_short_secret: Take `material` as a secret of any length but empty. For development alone: below 32
                bytes a secret can be guessed (RFC 7518 §3.2). Not for a JWK.

        Raises:
            JWKError: The material cannot be used: `code` is `invalid_key`, or `weak_key` for a secret below 32 bytes
                and an RSA key below 2048 bits. A public key is never taken for a secret.
            ValueError: The algorithm is not supported.
            TypeError: The material is none of these.
        """

    @property
    def kid(self) -> str | None:
        """The key's id (RFC 7517 §4.5)."""

    @property
    def algorithms(self) -> list[str]:
        """What it may verify."""

@final
class KeyMaterial:
    """The native part of a key object of `fastjose.jwk`: its material, and no algorithm of its own."""

    def __new__(cls, key: object, kty: str) -> KeyMaterial:
        """Read a key. What was read is kept in a cache of 256, found by its content.

        Args:
            key: A secret where `kty` is `oct`, else PEM; a JWK of that `kty` as a dict; a key object of another
                library; or `KeyMaterial`.
            kty: The kind that is expected: `oct`, `RSA`, `EC` or `OKP` (RFC 7518 §6.1, RFC 8037 §2). PEM of another
                kind is read all the same, and verifies nothing.

        Raises:
            JWKError: The key cannot be used, with python-jose's text where it has one.
            ValueError: There is no such `kty`.
        """

    def sign(self, algorithm: str, message: bytes) -> bytes:
        """Return the signature or MAC. The GIL is let go for an asymmetric key.

        Raises:
            JWKError: The key is public, or not for `algorithm`.
            TypeError: The curve is too short for the hash, or the algorithm is not one of signatures.
        """

    def verify(self, algorithm: str, message: bytes, signature: bytes) -> bool:
        """Return whether the signature or MAC is the key's. The GIL is let go for an asymmetric key.

        A private RSA or Ed25519 key verifies with a `UserWarning`, a private EC key verifies nothing.

        Raises:
            TypeError: The algorithm is not one of signatures.
        """

    @property
    def kty(self) -> str:
        """What kind of key it is."""

    @property
    def is_private(self) -> bool:
        """Whether it has a private half; a secret has no halves."""

    def public_key(self) -> KeyMaterial:
        """Return the public half alone.

        Raises:
            JWKError: It is a secret.
        """

    def to_pem(self, form: str) -> bytes:
        """Return it in PEM, as OpenSSL writes it.

        Args:
            form: `PKCS8`, which is SPKI for a public key; or `traditional`: PKCS #1 for RSA, SEC 1 for a private EC
                key.

        Raises:
            JWKError: It is a secret.
            ValueError: It has no such form.
        """

    def to_jwk(self) -> dict[str, str]:
        """Return the parameters of its JWK, `kty` first."""

@final
class RemoteKeySet:
    """A JWK Set behind a URL (RFC 7517 §5).

    It is fetched when a key is first needed, and at once when a token names a key that it does not have; one fetch is
    in flight, however many wait. Before its age runs out it is fetched anew in the background, whether or not tokens
    come, while the keys at hand go on being used; a failed fetch keeps them. A token whose key is at hand waits for no
    fetch. Secrets (`oct`) in it are ignored, and so is every member that cannot be used; a key is used under its own
    `alg`, `use`, `key_ops` and `crv` alone. A well-formed set without any member withdraws every key.

    Fetching is GET over HTTP/1.1, without redirects and without a proxy. `ETag`, `Cache-Control`, `Age`, `Retry-After`
    and Better Auth's `x-retry-after` are honoured. Ages are measured on a monotonic clock. After a `fork()` the child
    goes on with the keys at hand, and fetches by itself.
    """

    def __new__(
        cls,
        url: str,
        *,
        allow_http: bool = False,
        max_age_seconds: float = 600.0,
        min_age_seconds: float = 60.0,
        refresh_jitter: float = 0.2,
        max_stale_seconds: float = 86_400.0,
        fetch_burst: int = 5,
        fetch_interval_seconds: float = 1.0,
        max_wait_seconds: float = 2.0,
        recheck_interval_seconds: float = 30.0,
        max_retry_after_seconds: float = 300.0,
        timeout_seconds: float = 5.0,
        max_body_bytes: int = 1_048_576,
        max_keys: int = 1_000,
    ) -> RemoteKeySet:
        """Describe the set; nothing is fetched yet.

        Args:
            url: An https URL without user name and password. Plain http is taken to this machine (`localhost`,
                127.0.0.0/8, ::1).
            allow_http: Take plain http to any machine, as inside a container network.
            max_age_seconds: The age to which the set is used without having been fetched anew. A server's
                `Cache-Control` can lower it. A key that is withdrawn is accepted for so long at the most, while the
                server can be reached.
            min_age_seconds: The least that `Cache-Control` can lower it to.
            refresh_jitter: How much before its age runs out the set is fetched anew, as a share of the age: half of
                this share to the whole of it, drawn by lot.
            max_stale_seconds: How much longer it is used where that fails. Then no token is accepted without a fetch.
            fetch_burst: How many fetches for keys that the set does not have may follow each other at once.
            fetch_interval_seconds: After these, how long it takes until one more is permitted: a token bucket.
            max_wait_seconds: How long a token whose key is not at hand waits until a fetch is permitted, besides the
                fetch itself. The pauses after failures grow from a quarter of a second to no more than this, so that no
                such token is refused once the server is back.
            recheck_interval_seconds: The least time between two fetches because of a wrong signature under a key that
                the set has, which an issuer with a new database and ids that count from 1 can cause.
            max_retry_after_seconds: The longest that the server can ask to be left alone.
            timeout_seconds: For one fetch, from the look-up of the name to the last byte.
            max_body_bytes: The longest answer that is read, decompressed.
            max_keys: The most members that a set may have; a longer one counts as a failed fetch.

        Raises:
            ValueError: The URL is none, or not to be trusted; a number is negative or beyond thirty years,
                `refresh_jitter` is beyond 1, `fetch_burst` is 0.
            TypeError: An argument is of the wrong type.
        """

    def fetch(self) -> None:
        """Fetch the set now, whether it has aged or not: at the start of a program, or when a key is known to be lost.

        Blocks, with the GIL let go.

        Raises:
            JWKSetUnavailableError: That failed; the keys at hand stay.
        """

    def fetch_async(self) -> Coroutine[Any, Any, None]:
        """Return a coroutine that fetches the set as `fetch` does, without blocking. It starts when it is awaited.

        Raises:
            RuntimeError: At the call, if no event loop is running in this thread.
            JWKSetUnavailableError: When awaited, if the fetch fails. The cached keys stay.
        """

    @property
    def url(self) -> str:
        """Where it is fetched from."""

    @property
    def age_seconds(self) -> float | None:
        """How long ago it was fetched, or last found unchanged; None before the first time."""

    @property
    def last_failure(self) -> str | None:
        """Why the last fetch failed in this process, or None if it did not."""

@final
class Verifier:
    """Verifies tokens under fixed keys and a fixed policy (RFC 7515 §5.2, RFC 7519 §7.2, RFC 8725).

    Strict: an allow-list of algorithms, each key bound to its algorithm, canonical base64url, UTF-8 JSON without
    repeated names, claims strictly typed, `crit` refused.
    """

    def __new__(
        cls,
        keys: _Keys,
        *,
        algorithms: str | Iterable[str] | None = None,
        issuer: str | Iterable[str] | None = None,
        audience: str | Iterable[str] | None = None,
        subject: str | None = None,
        typ: str | None = None,
        required: str | Iterable[str] = ...,
        leeway_seconds: float = 0,
        max_token_bytes: int = 65_536,
        cache_size: int = 0,
    ) -> Verifier:
        """Prepare a verifier. Everything that can be wrong with the arguments is said here.

        Args:
            keys: A secret, PEM, DER, a JWK, a JWK Set, a `Key`, a key of `fastjose.jwk` (as public key for its own
                algorithm alone; not one of a class of your own), a `RemoteKeySet`, or a sequence of these. Any of them
                may have signed for any of the issuers: an issuer with keys of its own needs a verifier of its own
                (RFC 8725 §3.8). A token with a `kid` is held against the keys of that name, or if there is none against
                those without a name; a token without `kid` against all; at the most against 32.
            algorithms: The allow-list, by JOSE names; a str is one name. It may be left out where every key names its
                own algorithm (a JWK with `alg`, an Ed25519 key, an EC key on a NIST curve, a `RemoteKeySet`).
            issuer: What `iss` must be, or several of which it must be one. Given, the claim must be there.
            audience: What `aud` must name, or several of which it must name one. Given, the claim must be there; not
                given, a token that has it is refused (RFC 7519 §4.1.3).
            subject: What `sub` must be. Given, the claim must be there.
            typ: What the header's `typ` must be, compared without case and without `application/` (RFC 8725 §3.11).
                Where `JWT` is expected there need be none: it rules out the kinds of JWT that name themselves, such as
                `at+jwt`.
            required: The claims that must be there; by default `exp` alone.
            leeway_seconds: How far the issuer's clock may be off.
            max_token_bytes: The longest token that is read.
            cache_size: How many accepted tokens are remembered, by the whole of their text; 0 for none, at most
                1,000,000. No more than 4 KiB of memory are taken for each, on the whole, and kept until others take its
                place. A token seen before needs neither its signature checked nor its JSON read: `exp` and `nbf` are
                judged anew, which time alone can change, and the claims are a new dict at every call. As without a
                cache, a token whose key is withdrawn from a remote set is accepted until that set is fetched anew.

        Raises:
            ValueError: The arguments cannot work together, an algorithm is not supported, a number is out of range.
            TypeError: An argument is of the wrong type.
            JWKError: A key cannot be used: `code` is `invalid_key`, or `weak_key` for one that is too short.
        """

    def verify(self, token: str | bytes) -> dict[str, Any]:
        """Verify a token and return its claims. Blocks while keys must be fetched.

        Raises:
            ExpiredSignatureError: `exp` has passed: now is `exp` plus leeway, or later.
            JWTClaimsError: A claim has a value that is not accepted; `claim` names it.
            JWTError: Anything else about the token; `code` says what.
            JWKSetUnavailableError: No key could be had.
            TypeError: The token is neither str nor bytes.
        """

    def try_verify(self, token: str | bytes) -> dict[str, Any] | None:
        """Verify a token and return its claims, or None where a key must be fetched first: `verify_async` then does.

        It never blocks, and makes no awaitable.

        Raises:
            JOSEError, TypeError: As `verify`.
        """

    def identify_at_hand(self, token: str | bytes) -> dict[str, str | None] | None:
        """Verify a bearer token and return who bears it, without a `dict` of all claims; else as `try_verify`.

        Returns:
            What `user_fields` returns.

        Raises:
            JOSEError, TypeError: As `verify`, then as `reject_sender_constrained`, then as `user_fields`.
        """

    def verify_async(self, token: str | bytes) -> Coroutine[Any, Any, dict[str, Any]]:
        """Verify a token and return a coroutine of its claims, which waits only if a key must be fetched.

        If the key is cached, the call verifies the token and raises every error itself, whether or not the coroutine
        is awaited. If a key must be fetched, the coroutine raises the error. A coroutine that is never awaited then
        shows in one way: Python's warning `coroutine … was never awaited`.

        It is not a FastAPI dependency: use `Depends(auth.current_claims)` of `fastjose.fastapi.BearerAuth`.

        Raises:
            RuntimeError: At the call, if no event loop is running in this thread.
            JOSEError, TypeError: As `verify`; at the call, or when awaited if a key must be fetched.
        """

    @property
    def algorithms(self) -> list[str]:
        """What it accepts."""

    @property
    def issuers(self) -> list[str]:
        """What `iss` may be; empty where it is not compared."""

    @property
    def audiences(self) -> list[str]:
        """What `aud` may name; empty where no token may have it."""

    @property
    def typ(self) -> str | None:
        """What the header's `typ` must be, as it was given."""

def user_fields(claims: Mapping[str, Any]) -> dict[str, str | None]:
    """Return who verified claims name: `user_id`, from `sub`; `email` and `name`, None where they are null or missing.

    Raises:
        JWTError: As `require_subject`.
        JWTClaimsError: `sub`, `email` or `name` is no string; `code` is `invalid_claim`.
    """

def require_subject(claims: Mapping[str, Any]) -> str:
    """Return whom verified claims name.

    A subject that is blank names nobody; one that holds U+0000 names nobody whom PostgreSQL could know.

    Raises:
        JWTError: Nobody; `code` is `missing_claim`.
        JWTClaimsError: `sub` is no string; `code` is `invalid_claim`.
    """

def reject_sender_constrained(claims: Mapping[str, Any]) -> None:
    """Refuse the claims of a token that is bound to a key, whatever is in their `cnf`.

    Whoever sends it as a bearer token has not shown the key: one of its own (RFC 7800 §3.1), by DPoP (RFC 9449 §7.1),
    or of mutual TLS (RFC 8705 §3.1).

    Raises:
        JWTClaimsError: They have a `cnf`; `code` is `invalid_claim`.
    """

def verify_token(
    token: str | bytes,
    keys: _Keys,
    *,
    algorithms: str | Iterable[str] | None = None,
    issuer: str | Iterable[str] | None = None,
    audience: str | Iterable[str] | None = None,
    subject: str | None = None,
    typ: str | None = None,
    required: str | Iterable[str] = ...,
    leeway_seconds: float = 0,
    max_token_bytes: int = 65_536,
) -> dict[str, Any]:
    """Verify one token and return its claims: `Verifier(keys, …).verify(token)`.

    Parsed keys are kept in a cache of 256, found by their content, so that a PEM is not parsed at every call.

    Raises:
        JOSEError, ValueError, TypeError: As `Verifier` and `Verifier.verify`.
    """

def url_origin(url: str) -> str:
    """Return the origin of an http or https URL, as a browser writes it (RFC 6454 §6.2).

    Raises:
        ValueError: It is none, or holds a user name or a password; the text does not show it.
    """

def sign(header: bytes, payload: bytes, key: str | bytes, algorithm: str) -> str:
    """Sign `payload` under `header`, both JSON: the native part of `fastjose.sign_token`.

    Raises:
        JWKError: The key cannot be used with the algorithm.
        ValueError: The algorithm is not supported.
    """

@final
class JweKey:
    """A key for one key management algorithm of JWE (RFC 7518 §4.1)."""

    def __new__(cls, material: bytes | KeyMaterial, algorithm: str) -> JweKey:
        """Prepare a key. What prepares a private RSA key once is kept with its material.

        Args:
            material: The octets of a symmetric key; or an RSA key.
            algorithm: `dir`, or the name of an RSA or AES key wrapping algorithm.

        Raises:
            JWEAlgorithmUnsupportedError: Another algorithm.
            JWEError: A key that is not RSA where RSA is asked for.
            TypeError: `material` is not what `algorithm` needs.
        """

    def wrap(self, cek: bytes) -> bytes:
        """Encrypt a content encryption key. The GIL is let go for RSA.

        Raises:
            JWKError: The key has another length than its algorithm needs.
            JWEError: The key is private, or `cek` is too long for it, or no multiple of 8 bytes (AES key wrap).
            ValueError: The algorithm is `dir`.
        """

    def unwrap(self, encrypted_key: bytes) -> bytes:
        """Decrypt a content encryption key: not for tokens, which `JweToken.decrypt` opens.

        Whoever tells a sender that this failed gives with `RSA1_5` the oracle of RFC 3218. The GIL is let go for RSA.

        Raises:
            JWKError: The key has another length than its algorithm needs.
            JWEError: The key is public; `JWEInvalidAuth`, it cannot decrypt this.
            ValueError: The algorithm is `dir`.
        """

@final
class JweToken:
    """A compact JWE whose header is read. Until it is decrypted, nobody has vouched for anything in it."""

    def __new__(cls, token: bytes, max_bytes: int) -> JweToken:
        """Read a token (RFC 7516 §5.2 steps 1 to 5): canonical base64url, UTF-8 JSON without repeated names, no `crit`.

        Raises:
            JWEError: It is longer than `max_bytes` bytes, or asks for an extension.
            JWEParseError: It is malformed.
        """

    @property
    def alg(self) -> str:
        """How the content encryption key is encrypted, whether that is supported or not."""

    @property
    def enc(self) -> str:
        """How the content is encrypted, whether that is supported or not."""

    @property
    def encrypted_key(self) -> bytes:
        """The content encryption key, as `alg` has it."""

    def decrypt(self, key: JweKey, max_bytes: int) -> bytes:
        """Return the plaintext (RFC 7516 §5.2 steps 6 to 19). The GIL is let go for RSA.

        Raises:
            JWEAlgorithmUnsupportedError: `alg`, `enc` or `zip` is not supported, or `alg` is not the key's.
            JWEInvalidAuth: Whatever is wrong with encrypted key, key, IV, ciphertext or tag.
            JWEError: The key has another length than `enc` needs, or is public; the authentic content is longer than
                `max_bytes` bytes, or cannot be decompressed.
        """

    def decrypt_with(self, cek: bytes | None, max_bytes: int) -> bytes:
        """Return the plaintext under a content encryption key that was decrypted in another way.

        Args:
            cek: The key. None says that it could not be decrypted; that is answered like a wrong tag, as is a key of a
                wrong length (RFC 7516 §11.5).
            max_bytes: The longest plaintext that is returned.

        Raises:
            JWEError: As `decrypt`.
        """

def jwe_header(token: bytes) -> dict[str, Any]:
    """Return the header of a compact JWE, which nobody has vouched for.

    Raises:
        JWEParseError: The token is malformed.
    """

def jwe_encrypt(
    plaintext: bytes, header: bytes, cek: bytes, encrypted_key: bytes, iv: bytes, encryption: str, compress: bool
) -> bytes:
    """Return the compact JWE of `plaintext` (RFC 7516 §5.1 steps 10 to 19).

    The GIL is let go above 16 KiB.

    Args:
        plaintext: The content.
        header: The protected header: JSON, written as it comes.
        cek: The content encryption key, for this token alone unless it is shared (`dir`).
        encrypted_key: The same as the header's `alg` has it; empty for `dir`.
        iv: As long as `IV_BYTES` says; never twice under one `cek`.
        encryption: The header's `enc`.
        compress: Whether the header has `zip`; the frame of zlib is written, as by python-jose.

    Raises:
        JWKError: `cek` has another length than `CEK_BYTES` says.
        JWEError: The header cannot be read, or `encryption` is not supported.
        ValueError: The header says something else, or `iv` has another length.
    """

def aead_seal(encryption: str, key: bytes, iv: bytes, aad: bytes, plaintext: bytes) -> tuple[bytes, bytes]:
    """Encrypt and authenticate (RFC 7518 §5.2, §5.3): ciphertext and tag. The GIL is let go above 16 KiB.

    Args:
        encryption: One of `CEK_BYTES`.
        key: As long as that says.
        iv: As long as `IV_BYTES` says; never twice under one key.
        aad: What is authenticated with the content.
        plaintext: The content.

    Raises:
        JWKError: The key has another length.
        JWEAlgorithmUnsupportedError: Another algorithm.
        ValueError: The IV has another length.
    """

def aead_open(encryption: str, key: bytes, iv: bytes, aad: bytes, ciphertext: bytes, tag: bytes) -> bytes:
    """Return the plaintext that `aead_seal` was given. The GIL is let go above 16 KiB.

    Raises:
        JWKError: The key has another length.
        JWEAlgorithmUnsupportedError: Another algorithm.
        JWEInvalidAuth: Whatever else is wrong.
    """

def cbc_encrypt(key: bytes, iv: bytes, plaintext: bytes) -> bytes:
    """Encrypt with AES-CBC and PKCS #7 padding, without authentication. The GIL is let go above 16 KiB.

    Args:
        key: 16, 24 or 32 bytes.
        iv: 16 bytes that nobody can foretell.
        plaintext: The content.

    Raises:
        JWEError: Key or IV has another length.
    """

def cbc_decrypt(key: bytes, iv: bytes, ciphertext: bytes) -> bytes:
    """Return the plaintext that `cbc_encrypt` was given, or some other if the ciphertext was changed.

    Whoever can learn of changed ciphertexts whether they are refused can read the plaintext. The GIL is let go above
    16 KiB.

    Raises:
        JWEError: Key, IV, ciphertext or padding is wrong; it is not told which.
    """

def json_dumps_bytes(value: Mapping[Any, Any]) -> bytes | None:
    """Write a dict as `json.dumps(value, separators=(",", ":"))` does, in ASCII.

    Returns:
        The octets. None for what is left to Python: a mapping that is no dict, a name that is no str, a subclass, a
        tuple, an int beyond 64 bits, a float that is not finite, a str that is no Unicode text, and what nests deeper
        than 32 or holds itself.
    """

def configure_key_classes(
    *, base: type[_JwkKey], native: Sequence[type[_JwkKey]], external_key_pem: Callable[[object, str], bytes | None]
) -> None:
    """Set the classes of keys that `jws_sign`, `jws_verify`, `jwt_decode` and `Verifier` accept.

    `fastjose.backends` calls it at its import. Only the first call has an effect.

    Args:
        base: The base class of every class of keys.
        native: The classes whose `sign` and `verify` are those of `KeyMaterial`. Their instances have the attributes
            `native_key` and `_algorithm`.
        external_key_pem: Returns a key object of another library in PEM, for the expected `kty`; None for any other
            object.
    """

def configure_registry(
    *,
    algorithms: object,
    construct: Callable[[Any, str], _JwkKey],
    calculate_at_hash: Callable[[str, Callable[[bytes], Any]], str],
) -> None:
    """Set the registry of algorithms for `jws_sign`, `jws_verify` and `jwt_decode`.

    `fastjose.jwk` calls it at its import. Only the first call has an effect.

    Args:
        algorithms: `fastjose.constants.ALGORITHMS`. Its dicts `KEYS` and `HASHES` are read at every use, so that an
            application can add to them or replace them.
        construct: Returns the key object for key material and an algorithm that does not sign natively.
        calculate_at_hash: Returns the `at_hash` of an access token under a hash function.
    """

def jws_sign(header: bytes, payload: bytes, key: Any, algorithm: str) -> str:
    """Sign as `fastjose.jws.sign` does, once header and payload are written.

    Args:
        header: The header, JSON.
        payload: The payload.
        key: One key: text, a JWK dict, or a `jwk.Key`.
        algorithm: The name of the algorithm, one of the core's or one that a class was registered for.

    Raises:
        JWKError: The key cannot be used with the algorithm. A class that was registered may raise anything.
    """

def jws_verify(token: str | bytes, key: Any, algorithms: str | Container[str] | None) -> bytes:
    """Verify a signature as `fastjose.jws.verify` does, and return the payload.

    Raises:
        JWSError: The token is no JWS, its algorithm is not allowed, or its signature is wrong.
        JWKError: A single key cannot be used with the token's algorithm.
    """

def jws_unverified_header(token: str | bytes) -> dict[str, Any]:
    """Return the header of a token, which nobody has vouched for.

    Raises:
        JWSError: The token is no JWS.
    """

def jws_unverified_payload(token: str | bytes) -> bytes:
    """Return the payload of a token, which nobody has vouched for.

    Raises:
        JWSError: The token is no JWS.
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
    """Verify a token as `fastjose.jwt.decode` does, at `now`, in seconds since the epoch, of which whole ones count.

    Raises:
        JWSError: What `jws_verify` refuses.
        JWTError: What is signed is no claims set, or a claim is missing.
        JWTClaimsError: A claim is not what it must be.
        ExpiredSignatureError: `exp` has passed.
        JWKError: A single key cannot be used with the token's algorithm.
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
    """Judge the claims in a payload that was verified elsewhere, as `jwt_decode` does.

    Args:
        payload: The payload.
        algorithm: The header's `alg`, which `at_hash` needs.
        options: As for `fastjose.jwt.decode`; `verify_signature` is passed over.
        audience: As for `fastjose.jwt.decode`.
        issuer: As for `fastjose.jwt.decode`.
        subject: As for `fastjose.jwt.decode`.
        access_token: As for `fastjose.jwt.decode`.
        now: The time, in seconds since the epoch, of which whole ones count.

    Raises:
        JWTError: It is no claims set, or a claim is missing.
        JWTClaimsError: A claim is not what it must be.
        ExpiredSignatureError: `exp` has passed.
    """

def jwt_parse_claims(payload: bytes) -> dict[str, Any]:
    """Read a payload as a claims set, as Python's `json` reads it.

    Raises:
        JWTError: It is no JSON object.
    """
