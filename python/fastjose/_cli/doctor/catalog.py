"""Every code of a finding: how bad it is, its cause, and its cure (docs/reference/command-line.md)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping


class Entry(NamedTuple):
    """A kind of finding.

    Attributes:
        severity: `error`, `warning` or `note`.
        cause: What is wrong.
        cure: What to do, unless the finding itself says more.
    """

    severity: Literal["error", "warning", "note"]
    cause: str
    cure: str


_GENERATE = "generate a secret with `openssl rand -base64 48`, in Better Auth or the issuer as well"

CATALOG: Mapping[str, Entry] = {
    # Variables
    "not_configured": Entry("error", "no variable says whose tokens are accepted", "set the variables of your issuer"),
    "misspelled_variable": Entry(
        "warning", "a variable has the name of another library, or a typing error", "rename the variable"
    ),
    "unknown_variable": Entry(
        "note", "a variable has a prefix of fastjose, but is not read", "remove it, unless another program reads it"
    ),
    "empty_variable": Entry("note", "a variable is empty, which counts as not set", "set it, or remove it"),
    "overridden_variable": Entry("note", "the process environment and the file differ", "remove one of the two values"),
    "duplicate_variable": Entry("warning", "the file sets a variable twice, to different values", "remove one line"),
    "export_in_name": Entry(
        "error", "the name of a variable contains export or white space", "remove it from the file"
    ),
    "unreadable_line": Entry("error", "a line of the file is not NAME=value", "write NAME=value"),
    "docker_env_file": Entry(
        "warning", "docker --env-file reads a line of the given file in another way", "write the bare value"
    ),
    "env_file_elsewhere": Entry(
        "error",
        "nothing is configured, and a file with variables is in another folder or has another name",
        "start the application in the folder of .env, copy the file there, or pass --env-file",
    ),
    "other_env_file": Entry(
        "note",
        "another file has variables that the application does not read",
        "if its values are meant, copy them into .env, or start the application in its folder",
    ),
    "unused_introspection": Entry(
        "warning",
        "the variables of introspection are set, but no opaque token is accepted",
        "add opaque to JWT_CREDENTIALS, or remove them",
    ),
    "unused_variables": Entry(
        "warning",
        "variables are set that only another kind of credential or another source of keys reads",
        "add the kind to JWT_CREDENTIALS, or remove them",
    ),
    "telemetry_in_file": Entry(
        "warning", "a switch of telemetry is in the file, where it is not read", "set it in the process environment"
    ),
    "variable_in_file": Entry(
        "warning",
        "a variable for certificates or the proxy is in the file, where it is not read",
        "set it in the process environment",
    ),
    "not_all_checked": Entry(
        "note",
        "errors stopped the other checks",
        "correct the errors, then run fastjose doctor again",
    ),
    # Values
    "invalid_value": Entry("error", "the value of a variable cannot be used", "correct the value"),
    "quoted_value": Entry("error", "a value has quotes around it", "remove the quotes: docker --env-file keeps them"),
    "comment_in_value": Entry("error", "a value ends with a comment", "remove the comment: docker --env-file keeps it"),
    "placeholder": Entry("error", "a value contains a placeholder such as {tenantid}", "replace it with its value"),
    "placeholder_value": Entry("warning", "a value is that of an example", "replace it with your own"),
    "space_in_name": Entry("warning", "a list of names has spaces in place of commas", "separate names with commas"),
    "cookie_prefix": Entry(
        "warning", "the prefix of cookies contains more than the prefix", "write advanced.cookiePrefix of Better Auth"
    ),
    "missing_variable": Entry("error", "a variable requires another one", "set the other one"),
    "missing_audience": Entry(
        "error", "nothing says for which application a token must be", "set JWT_AUDIENCE or JWT_CLIENT_ID"
    ),
    "conflicting_variables": Entry("error", "two variables contradict each other", "remove one of them"),
    "configuration_warning": Entry("warning", "fastjose warns of the configuration", "follow the warning"),
    "algorithm_ignored": Entry("warning", "JWT_ALGORITHM does not fit the mode", "remove JWT_ALGORITHM"),
    "environment_name": Entry(
        "warning", "ENVIRONMENT is misspelled, so it counts as production", "write one of the known names"
    ),
    "long_leeway": Entry(
        "warning", "expired tokens are accepted for minutes", "lower JWT_LEEWAY_SECONDS, and set clocks"
    ),
    "large_cache": Entry("warning", "the token caches of all workers need much memory", "lower JWT_CACHE_SIZE"),
    # Secrets
    "short_secret": Entry("error", "a secret is shorter than its hash", _GENERATE),
    "short_secret_allowed": Entry("warning", "a short secret is allowed in this environment", _GENERATE),
    "published_secret": Entry("error", "everybody knows the secret: it is a default, or from documentation", _GENERATE),
    "placeholder_secret": Entry("warning", "a secret is the placeholder of a template", _GENERATE),
    "guessable_secret": Entry("warning", "a secret repeats itself or has few different characters", _GENERATE),
    "not_a_secret": Entry("error", "a secret is a URL, a token or a path", "set the secret of the issuer"),
    "secret_in_quotes": Entry(
        "warning",
        "a secret has quotes or white space around it, or a comment behind it",
        "remove them, unless the secret of the issuer has them too: docker --env-file keeps them",
    ),
    "private_key": Entry(
        "error", "JWT_PUBLIC_KEY has the private key", "export the public key; replace the disclosed one"
    ),
    "secret_in_place_of_keys": Entry(
        "warning",
        "tokens are verified with BETTER_AUTH_SECRET, but a Better Auth runs, which signs with its keys",
        "set BETTER_AUTH_URL to its base URL; without JWT_MODE=secret it selects its keys",
    ),
    "shared_secret_of_better_auth": Entry(
        "note",
        "tokens are verified with BETTER_AUTH_SECRET, which Better Auth's jwt() does not use",
        "set BETTER_AUTH_URL, unless jwt.sign of Better Auth signs with its secret",
    ),
    # Issuer and audience
    "profile_not_set": Entry(
        "warning",
        "the tokens of an OpenID provider may be rejected, because JWT_PROFILE is not set",
        "set JWT_PROFILE=oidc, or JWT_PROFILE=api if the issuer is Better Auth",
    ),
    "issuer_mismatch": Entry(
        "warning", "the accepted issuer is not the one that tokens have", "copy the iss to the letter"
    ),
    "audience_mismatch": Entry(
        "warning", "the accepted audience is not the one that tokens have", "copy the aud to the letter"
    ),
    "audience_is_issuer": Entry(
        "warning", "the audience is the issuer", "set JWT_AUDIENCE to the identifier of this API at the issuer"
    ),
    "shared_audience": Entry(
        "warning",
        "the audience is that of every application of the issuer",
        "add an audience mapper for your API to the client in Keycloak, and set JWT_AUDIENCE to it",
    ),
    "audience_not_checked": Entry(
        "note",
        "tokens for other applications are accepted",
        "set JWT_AUDIENCE or JWT_CLIENT_ID in place of JWT_CHECK_AUDIENCE=0",
    ),
    "no_audience": Entry(
        "note",
        "no audience is configured, so every token with an aud is rejected",
        "set JWT_AUDIENCE if the issuer writes an aud",
    ),
    "secret_as_name": Entry(
        "error",
        "an issuer, an audience or a client is a configured secret",
        "set the public name, and replace the secret",
    ),
    "secret_as_audience": Entry(
        "error",
        "JWT_AUDIENCE looks like a secret",
        "set JWT_AUDIENCE to the public name of this API; replace the disclosed secret",
    ),
    "base_url_mismatch": Entry(
        "error",
        "Better Auth has another base URL than BETTER_AUTH_URL, so its tokens have another iss and aud",
        "set BETTER_AUTH_URL to the baseURL of Better Auth, or to its variable BETTER_AUTH_URL, to the letter",
    ),
    "names_of_better_auth": Entry(
        "warning",
        "issuer or audience is not the origin of BETTER_AUTH_URL, and no token shows that it is meant",
        "remove the variable, or set jwt.issuer or jwt.audience in Better Auth to it",
    ),
    "internal_base_url": Entry(
        "warning",
        "the accepted issuer is an internal host name",
        "set BETTER_AUTH_URL to the public URL, JWKS_URL to the internal one",
    ),
    "plain_http": Entry("error", "keys are fetched without encryption from another machine", "use https"),
    # Fetch of keys, and requests to stores
    "host_not_found": Entry(
        "error", "the host name of a URL cannot be resolved", "correct the host, or DNS on this machine"
    ),
    "connection_refused": Entry("error", "no server listens at the port", "start the server, or correct host and port"),
    "host_unreachable": Entry("error", "no route leads to the host", "check address, routes and firewalls"),
    "fetch_timeout": Entry("error", "the server does not answer in time", "check the server, and firewalls"),
    "unknown_authority": Entry(
        "error",
        "the certificate is signed by an unknown authority",
        "set JWKS_CA_CERTIFICATES to the certificates of the authority",
    ),
    "certificate_name": Entry(
        "error", "the certificate is for another host name", "use a host name of the certificate"
    ),
    "clock_or_certificate": Entry(
        "error", "the certificate has expired or is not valid yet", "renew it, or correct the clock of this machine"
    ),
    "client_certificate": Entry(
        "error", "the server refuses the client certificate", "correct JWKS_CLIENT_CERTIFICATE"
    ),
    "tls_failed": Entry("error", "the TLS handshake failed", "check scheme and port of the URL"),
    "proxy_failed": Entry("error", "the proxy does not lead to the server", "correct JWKS_PROXY"),
    "not_http": Entry("error", "the server does not speak HTTP at this port", "check scheme and port of the URL"),
    "redirected": Entry("error", "the server redirects", "set the URL to which it leads"),
    "not_permitted": Entry(
        "error",
        "the server requires authentication, or forbids the request",
        "set JWKS_HEADERS or JWKS_BEARER_TOKEN_FILE",
    ),
    "rate_limited": Entry(
        "error", "the server limits the rate of requests", "exempt the path from the limit of the server"
    ),
    "not_found": Entry("error", "the URL does not exist on the server", "correct the path"),
    "server_failed": Entry("error", "the server responds with an error", "look into the log of the server"),
    "fetch_failed": Entry("error", "a request fails for another reason", "follow the reason"),
    "file_unreadable": Entry(
        "error",
        "a file that a variable names is missing, empty, or cannot be read",
        "create or mount the file, or correct its path",
    ),
    "wrong_scheme": Entry(
        "error",
        "the server speaks another protocol than the scheme of the URL says, such as plain http at an https URL",
        "write the scheme that the server speaks, or name its other port",
    ),
    "internal_issuer": Entry(
        "error",
        "OIDC_ISSUER is an internal URL of the issuer, whose tokens have the one that users see",
        "set OIDC_ISSUER to the public issuer, or JWT_ISSUER to it and JWKS_URL to the internal URL of its keys",
    ),
    "discovery_mismatch": Entry(
        "error", "the discovery document is that of another issuer, to the letter", "set OIDC_ISSUER to its issuer"
    ),
    "no_discovery_document": Entry(
        "error", "the issuer has no usable discovery document", "correct OIDC_ISSUER, or set JWKS_URL and JWT_ISSUER"
    ),
    "not_a_key_set": Entry("error", "the URL does not lead to a JWK Set", "correct the URL"),
    "url_of_document": Entry("error", "JWKS_URL is that of a discovery document", "set OIDC_ISSUER"),
    "url_of_issuer": Entry("error", "JWKS_URL is that of the issuer", "set OIDC_ISSUER to it, and remove JWKS_URL"),
    "url_of_keys": Entry(
        "error", "OIDC_ISSUER or BETTER_AUTH_URL is the URL of keys", "set JWKS_URL to it, and JWT_ISSUER"
    ),
    "url_of_page": Entry("error", "the URL leads to a page for people", "set the URL of the issuer or of its keys"),
    "url_of_application": Entry("error", "the URL leads to a FastAPI application", "set the URL of the issuer"),
    "no_jwt_plugin": Entry("error", "Better Auth runs, but publishes no keys", "add jwt() to its plugins"),
    "empty_key_set": Entry("error", "the JWK Set is empty", "let the issuer create a key"),
    "no_usable_key": Entry("error", "no key of the set can be used", "follow the reasons"),
    "skipped_keys": Entry("warning", "some keys of the set cannot be used", "follow the reasons"),
    "algorithm_without_key": Entry("error", "no key is for the accepted algorithm", "correct JWT_ALGORITHM"),
    "clock_skew": Entry("error", "the clocks of this machine and of the server differ", "synchronise the clocks (NTP)"),
    # Sessions, API keys, opaque tokens
    "wrong_tables": Entry(
        "error", "the database does not have Better Auth's tables", "name its database, or run Better Auth's migrations"
    ),
    "session_table_empty": Entry(
        "warning",
        "the table of sessions is empty",
        "if Better Auth has a secondaryStorage, set BETTER_AUTH_SESSION_STORE to its Redis; else sign in once",
    ),
    "database_file_missing": Entry(
        "error", "the SQLite file does not exist", "correct the path: four slashes begin an absolute one"
    ),
    "database_failed": Entry("error", "the database refuses the connection or the query", "check URL, user and tables"),
    "api_keys_not_enabled": Entry(
        "error",
        "Better Auth ignores API keys",
        "set enableSessionForAPIKeys: true in its plugin apiKey(), or set BETTER_AUTH_SESSION_STORE to its database",
    ),
    "secondary_storage_failed": Entry("error", "Redis does not answer", "check its URL, its password and its ACL"),
    "redis_prefix": Entry("error", "Redis has sessions under another prefix", "set BETTER_AUTH_SESSION_STORE_PREFIX"),
    "redis_database": Entry(
        "error",
        "Redis has sessions in another database than that of BETTER_AUTH_SESSION_STORE",
        "write the number of that database at the end of the URL",
    ),
    "redis_other_keys": Entry(
        "warning",
        "Redis has no sessions, but other keys",
        "compare the database at the end of the URL and BETTER_AUTH_SESSION_STORE_PREFIX with Better Auth's "
        "secondaryStorage; if both are right, sign in once",
    ),
    "redis_without_sessions": Entry(
        "note", "Redis has no sessions yet", "sign in once, and run doctor again: then it compares database and prefix"
    ),
    "cookie_name_mismatch": Entry(
        "error",
        "the cookie that the sign-in sets has another name than the one that the application reads",
        "set BETTER_AUTH_COOKIE_PREFIX to advanced.cookiePrefix of Better Auth",
    ),
    "not_better_auth": Entry(
        "error", "the server does not answer about sessions as Better Auth does", "set the base URL of Better Auth"
    ),
    "client_refused": Entry(
        "error",
        "the authorization server refuses this application",
        "correct INTROSPECTION_CLIENT_ID, its secret, and INTROSPECTION_AUTH_METHOD, which must be as registered",
    ),
    "introspection_accepts_everything": Entry(
        "error",
        "the introspection endpoint calls an invented token active",
        "set INTROSPECTION_URL to that of the server",
    ),
    "no_trusted_origins": Entry(
        "warning",
        "cookies are accepted, but from no page of another origin",
        "set JWT_TRUSTED_ORIGINS to the origin of the front end, unless it has the origin of this application",
    ),
    "doubtful_origin": Entry(
        "note",
        "a trusted origin is one that a browser seldom sends",
        "write the origin as the browser shows it, with its port",
    ),
    "origin_without_port": Entry(
        "error",
        "a trusted origin has no port, but Better Auth has one on the same host, so no browser sends this origin",
        "write the origin as the browser shows it, with its port",
    ),
    "trusted_origin_mismatch": Entry(
        "warning", "a trusted origin is almost that of Better Auth", "write the origin as the browser shows it"
    ),
    "origins_without_cookies": Entry(
        "warning", "JWT_TRUSTED_ORIGINS has no effect", "add cookie to JWT_CREDENTIALS; for CORS use CORSMiddleware"
    ),
    # Packages
    "missing_package": Entry("error", "a required package is missing", 'pip install "fastjose[fastapi]"'),
    "old_package": Entry("error", "a package is too old", "update it"),
    "missing_extra": Entry("error", "the library of a store is missing", "install the extra"),
    # Tokens
    "sign_in_failed": Entry("error", "Better Auth refuses the sign-in", "check e-mail address and password"),
    "credentials_not_tried": Entry(
        "note",
        "--sign-in tries one kind of credential, and others are accepted as well",
        "verify one of the others with fastjose explain --as",
    ),
    "no_token": Entry(
        "error", "Better Auth signs in, but returns no token of the accepted kind", "add the plugin to Better Auth"
    ),
    "secret_in_other_form": Entry(
        "error", "the token is signed with the secret in another form", "set the secret as the issuer uses it"
    ),
    "id_token": Entry(
        "warning",
        "the application accepts an ID token",
        "let the client send its access token, and set JWT_AUDIENCE to the identifier of this API",
    ),
    "claim_of_names": Entry(
        "warning",
        "the token has no roles, scopes or permissions in the configured claim",
        "set the claim that has them",
    ),
    "token_rejected": Entry("error", "the application rejects the token", "follow the explanation"),
}
