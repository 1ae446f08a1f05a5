"""The hint of each known misconfiguration, by its code."""

from fastjose.better_auth import DEFAULT_PATH

HINTS = {
    "session_token": "the client sent a session token of Better Auth's bearer(), which is not a JWT; enable jwt(), and "
    "let the front end fetch a token from GET /api/auth/token (an OAuth client must request a resource), or accept "
    "session tokens with JWT_CREDENTIALS=session",
    "opaque_access_token": "the client sent an opaque OAuth access token; to get a JWT, it must request a resource, "
    "which some issuers call an audience",
    "session_cookie": "the client sent a session_data cookie signed with BETTER_AUTH_SECRET; let the front end fetch a "
    "token from GET /api/auth/token",
    "session_cache_cookie": "the client sent a session_data cookie of jwt({ sessionCookieCache: true }); let the front "
    "end fetch a token from GET /api/auth/token",
    "email_verification_token": "the client sent a token from one of Better Auth's e-mails, signed with "
    "BETTER_AUTH_SECRET; it does not authenticate a user",
    "shared_secret_token": "the token is signed with a shared secret (HS*), but the configured keys are public keys; "
    "$send_token, or $use_secret",
    "asymmetric_token": "the token is signed with a private key, but a shared secret is configured; $use_key_set",
    "unsigned_token": 'the token has no signature (alg "none") and is never accepted; let the client send a token that '
    "the issuer has signed",
    "other_algorithm": "the token's alg is not one of the accepted ones: $accepted_algorithms ($algorithms); if the "
    "token is from your issuer, change $algorithms",
    "access_token_for_api": "the token is an OAuth access token (at+jwt), but API tokens are expected; to accept it, "
    "$use_oauth",
    "api_token_for_oauth": "the token is an API token or an id_token, but OAuth access tokens (at+jwt) are expected; "
    "to accept API tokens, $use_api",
    "id_token": "the token's aud is not the accepted audience $accepted_audiences ($audience), and it seems to be an "
    "id_token; if this API expects access tokens, the client must send its access token, and if it expects ID tokens, "
    "$fix_audience",
    "microsoft_graph_token": "the header of the token has a nonce, as in tokens for Microsoft Graph, which only Graph "
    "can verify; let the client request a token with a scope of this API",
    "issuer_sts_windows": "the token's iss is https://sts.windows.net/…, which is version 1.0 of Microsoft's tokens, "
    "but the accepted issuer is $accepted_issuers ($issuer); set requestedAccessTokenVersion to 2 in the manifest of "
    "the API's app registration, or $fix_issuer",
    "issuer_microsoftonline": "the token's iss is https://login.microsoftonline.com/…, which is version 2.0 of "
    "Microsoft's tokens, but the accepted issuer is $accepted_issuers ($issuer); $fix_issuer",
    "issuer_has_path": f"the token's iss ends with {DEFAULT_PATH}, the accepted issuer $accepted_issuers ($issuer) "
    "does not; $fix_issuer",
    "issuer_lacks_path": f"the accepted issuer $accepted_issuers ($issuer) ends with {DEFAULT_PATH}, the token's iss "
    "does not; $fix_issuer",
    "issuer_slash": "the token's iss and the accepted issuer $accepted_issuers ($issuer) differ only by a slash at the "
    "end; $fix_issuer",
    "issuer_scheme": "the token's iss and the accepted issuer $accepted_issuers ($issuer) differ by http and https; "
    "$fix_issuer",
    "issuer_loopback_name": "the token's iss has another name of this machine than the accepted issuer "
    "$accepted_issuers ($issuer), as localhost and 127.0.0.1 are; $fix_issuer",
    "wrong_issuer": "the token's iss is not the accepted issuer $accepted_issuers ($issuer); if the token is from your "
    "issuer, $fix_issuer",
    "audience_slash": "the token's aud and the accepted audience $accepted_audiences ($audience) differ only by a "
    "slash at the end; $fix_audience",
    "audience_scheme": "the token's aud and the accepted audience $accepted_audiences ($audience) differ by http and "
    "https; $fix_audience",
    "audience_loopback_name": "the token's aud has another name of this machine than the accepted audience "
    "$accepted_audiences ($audience), as localhost and 127.0.0.1 are; $fix_audience",
    "wrong_audience": "the token's aud is not the accepted audience $accepted_audiences ($audience); if the token is "
    "for this API, $fix_audience",
    "no_subject": "the token has no sub, so it identifies no user: it may be a token for a machine, not for a user; "
    "let the client send the token of a user, or the issuer add sub",
    "missing_claim": "the token lacks the required claim $claim; let the issuer add it$required",
    "wrong_claim": "the token's claim $claim does not have an accepted value ($claims), so the token is for another "
    "application, or of another kind; if it is for this application, add the value",
    "wrong_header": "a parameter of the token's header is missing, or does not have an accepted value ($header), so "
    "the token is from another server; if it is from yours, add the value",
    "claims_not_accepted": "the function accept= does not accept the claims of the token: it $outcome; it must return "
    "True for those that it accepts",
    "wrong_secret": "the token is not signed with the configured secret ($secret); $check_secret",
    "wrong_key": "no configured key verifies the signature of the token, which has no kid; check that the keys are "
    "those of its issuer",
    "numeric_expiration_time": "the token expired in 1970, because Better Auth reads a number in jwt.expirationTime as "
    'a date; write "1h" for one hour',
    "audience_not_configured": "the token has an audience, but none is configured; $fix_audience$audience_of_issuer",
    "no_matching_key": "the JWK Set ($key_set) has no key for the token; the token is from another server, or from "
    "before its database was reset",
    "skipped_keys": "$skipped_keys; these members of the JWK Set cannot be used, and it has no other key for the token",
    "encrypted_token": "the client sent an encrypted token (JWE, five segments); let the issuer send a signed token",
    "missing_token": "the client sent the text of a missing value (undefined, null, None, NaN, empty quotes) in "
    "place of a token; the front end sends requests before it has a token, or reads it from the wrong place: without a "
    "token, it must send no header",
    "quoted_token": "the client sent the token in quotes; the front end must send the str without them, which "
    "JSON.parse returns",
    "repeated_scheme": "the client sent Bearer twice; the front end or a proxy adds it to a value that contains it",
    "keys_unavailable": "$error; tokens signed with uncached keys are rejected with 503",
}
"""The hint of each known misconfiguration, by its code. The codes are stable across releases.

A hint is a `string.Template`. `$` begins a field of `SettingNames`, an accepted value, or a property of the error."""
