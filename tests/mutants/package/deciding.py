"""The modules of the package that decide who is let in, and the tests that cover them."""

from __future__ import annotations

from pathlib import Path

SOURCES = Path("python", "fastjose")
DECIDING_TESTS = {
    "_credentials": [
        "tests/credentials/test_wrong_arguments.py",
        "tests/credentials/test_credential_rules.py",
        "tests/credentials/test_principals.py",
        "tests/telemetry/test_measured_authenticator.py",
    ],
    "_credentials/opaque_tokens.py": [
        "tests/credentials/introspection/test_opaque_tokens.py",
        "tests/credentials/test_credential_rules.py",
        "tests/credentials/revocation/test_revoked_users.py",
    ],
    "_credentials/jwt_credentials.py": [
        "tests/credentials/test_credential_rules.py",
        "tests/credentials/test_principals.py",
        "tests/credentials/revocation/test_revoked_users.py",
        "tests/telemetry/test_measured_authenticator.py",
    ],
    "_authorization": [
        "tests/fastapi_dependencies/authorization/test_authorization.py",
        "tests/fastapi_dependencies/authorization/test_grants.py",
        "tests/fastapi_dependencies/authorization/test_session_requirements.py",
    ],
    "_ownership": ["tests/ownership"],
    "_ownership/owner_ids.py": ["tests/ownership/test_owner_ids.py"],
    "_ownership/repositories/repository.py": ["tests/ownership/test_repository.py"],
    "_ownership/criteria.py": [
        "tests/ownership/bypasses/test_selects.py",
        "tests/ownership/test_declarations.py",
        "tests/ownership/test_eager_loads.py",
        "tests/ownership/test_reads.py",
    ],
    "_ownership/declarations.py": [
        "tests/ownership/bypasses/test_flushes.py",
        "tests/ownership/test_declarations.py",
        "tests/ownership/test_fastapi.py",
        "tests/ownership/test_writes.py",
    ],
    "_ownership/session/changes.py": [
        "tests/ownership/bypasses/test_flushes.py",
        "tests/ownership/bypasses/test_sql_text.py",
        "tests/ownership/test_mapped_expressions.py",
        "tests/ownership/test_reads.py",
        "tests/ownership/test_restriction.py",
        "tests/ownership/test_writes.py",
        "tests/ownership/test_written_values.py",
    ],
    "_ownership/session/flush_checks.py": [
        "tests/ownership/bypasses/test_flushes.py",
        "tests/ownership/test_restriction.py",
        "tests/ownership/test_writes.py",
        "tests/ownership/test_written_values.py",
    ],
    "_ownership/session/element_parts.py": [
        "tests/ownership/bypasses/test_flushes.py",
        "tests/ownership/bypasses/test_sql_text.py",
        "tests/ownership/test_statements.py",
        "tests/ownership/test_written_values.py",
    ],
    "_ownership/session/element_text.py": [
        "tests/ownership/bypasses/test_sql_text.py",
        "tests/ownership/test_statements.py",
    ],
    "_ownership/session/mapped_expressions.py": ["tests/ownership/test_mapped_expressions.py"],
    "_ownership/session/restriction.py": [
        "tests/ownership/bypasses/test_flushes.py",
        "tests/ownership/bypasses/test_selects.py",
        "tests/ownership/test_eager_loads.py",
        "tests/ownership/test_mapped_expressions.py",
        "tests/ownership/test_reads.py",
        "tests/ownership/test_repository.py",
        "tests/ownership/test_restriction.py",
        "tests/ownership/test_writes.py",
    ],
    "_ownership/session/select_tables.py": [
        "tests/ownership/bypasses/test_loaded_tables.py",
        "tests/ownership/bypasses/test_selects.py",
        "tests/ownership/test_reads.py",
        "tests/ownership/test_restriction.py",
        "tests/ownership/test_statements.py",
    ],
    "_ownership/session/statement_options.py": [
        "tests/ownership/bypasses/test_loaded_tables.py",
        "tests/ownership/bypasses/test_selects.py",
        "tests/ownership/test_eager_loads.py",
        "tests/ownership/test_reads.py",
        "tests/ownership/test_restriction.py",
        "tests/ownership/test_statements.py",
    ],
    "_ownership/session/statements.py": [
        "tests/ownership/bypasses/test_loaded_tables.py",
        "tests/ownership/bypasses/test_selects.py",
        "tests/ownership/bypasses/test_sql_text.py",
        "tests/ownership/test_reads.py",
        "tests/ownership/test_restriction.py",
        "tests/ownership/test_statements.py",
        "tests/ownership/test_written_values.py",
    ],
    "_places": [
        "tests/fastapi_dependencies/places/test_place_values.py",
        "tests/fastapi_dependencies/places/test_several_places.py",
        "tests/fastapi_dependencies/places/test_cross_origin.py",
        "tests/frameworks/starlette/test_sources.py",
    ],
    "_places/named_places.py": ["tests/fastapi_dependencies/places/test_place_values.py"],
    "_places/bearer_token.py": ["tests/fastapi_dependencies/authorization/test_authorization.py"],
    "_refusals": ["tests/fastapi_dependencies/responses/test_refusals.py"],
    "_fastapi": [
        "tests/fastapi_dependencies/flat/test_flat_dependencies.py",
        "tests/fastapi_dependencies/authorization",
    ],
    "_fastapi/extra_claims.py": ["tests/fastapi_dependencies/users/test_users.py"],
    "_fastapi/aliases.py": ["tests/fastapi_dependencies/authorization/test_aliases.py"],
    "_fastapi/dependencies.py": [
        "tests/fastapi_dependencies/flat/test_flat_dependencies.py",
        "tests/fastapi_dependencies/flat/test_flat_rejections.py",
        "tests/fastapi_dependencies/authorization/test_authorization.py",
        "tests/fastapi_dependencies/authorization/test_misused_dependencies.py",
    ],
    "_fastapi/flat_dependencies.py": [
        "tests/fastapi_dependencies/flat/test_flat_dependencies.py",
        "tests/fastapi_dependencies/flat/test_flat_rejections.py",
        "tests/fastapi_dependencies/authorization/test_authorization.py",
        "tests/fastapi_dependencies/authorization/test_security_scopes.py",
        "tests/fastapi_dependencies/flat/test_bearer_dependencies.py",
    ],
    "_fastapi/bearer.py": [
        "tests/fastapi_dependencies/places/test_token_scheme.py",
        "tests/fastapi_dependencies/places/test_several_places.py",
        "tests/fastapi_dependencies/authorization/test_security_scopes.py",
    ],
    "_fastapi/credential_auth.py": [
        "tests/fastapi_dependencies/authorization/test_credential_requirements.py",
        "tests/credentials/test_credential_auth.py",
        "tests/credentials/test_principals.py",
    ],
    "_fastapi/credential_dependencies.py": [
        "tests/fastapi_dependencies/authorization/test_credential_requirements.py",
        "tests/fastapi_dependencies/responses/test_credentials_of_websockets.py",
        "tests/credentials/test_credential_auth.py",
        "tests/credentials/test_principals.py",
        "tests/fastapi_dependencies/authorization/test_security_scopes.py",
    ],
    "_fastapi/overrides.py": ["tests/fastapi_dependencies/flat/test_flat_dependencies.py"],
    "_fastapi/places": [
        "tests/fastapi_dependencies/places/test_described_places.py",
        "tests/fastapi_dependencies/places/test_openapi.py",
        "tests/fastapi_dependencies/places/test_several_places.py",
        "tests/credentials/test_wrong_arguments.py",
    ],
    "_fastapi/places/authorization_code.py": ["tests/fastapi_dependencies/places/test_authorization_code.py"],
    "_fastapi/responses.py": ["tests/fastapi_dependencies/responses/test_responses.py"],
    "_fastapi/places/bearer_schemes.py": [
        "tests/fastapi_dependencies/authorization/test_security_scopes.py",
        "tests/fastapi_dependencies/places/test_described_places.py",
        "tests/fastapi_dependencies/places/test_resource_metadata.py",
        "tests/fastapi_dependencies/places/test_several_places.py",
    ],
    "_fastapi/token_verification.py": [
        "tests/fastapi_dependencies/test_token_verification.py",
        "tests/credentials/revocation/test_revoked_users.py",
    ],
    "_fastapi/user_models.py": ["tests/fastapi_dependencies/users/test_users.py"],
    "_fastapi/users.py": ["tests/fastapi_dependencies/users/test_users.py"],
    "_api_keys": [
        "tests/credentials/stores/test_database_stores.py",
        "tests/credentials/api_keys/test_database_api_keys.py",
        "tests/credentials/api_keys/test_secondary_storage_api_keys.py",
        "tests/credentials/test_wrong_arguments.py",
    ],
    "_api_keys/key_query.py": [
        "tests/credentials/stores/test_database_stores.py",
        "tests/credentials/api_keys/test_database_api_keys.py",
    ],
    "_api_keys/validation.py": ["tests/credentials/api_keys/test_api_key_validation.py"],
    "_database": ["tests/credentials/stores"],
    "_database/engines.py": ["tests/credentials/stores/test_database_engines.py"],
    "_database/hidden_text.py": ["tests/credentials/stores/test_hidden_text.py"],
    "_database/json_form.py": ["tests/credentials/stores/test_json_form.py"],
    "_database/layout.py": ["tests/credentials/stores/test_table_layout.py"],
    "_database/names.py": [
        "tests/credentials/stores/test_table_names.py",
        "tests/credentials/test_wrong_arguments.py",
    ],
    "_database/reader.py": [
        "tests/credentials/stores/test_database_reader.py",
        "tests/credentials/test_wrong_arguments.py",
    ],
    "_database/requirement.py": ["tests/credentials/stores/test_sqlalchemy_requirement.py"],
    "_database/rows.py": ["tests/credentials/stores/test_table_layout.py"],
    "_secondary_storage": ["tests/credentials/stores"],
    "_secondary_storage/clients.py": ["tests/credentials/stores/test_secondary_storage_clients.py"],
    "_secondary_storage/reader.py": [
        "tests/credentials/stores/test_secondary_storage_reader.py",
        "tests/credentials/test_wrong_arguments.py",
    ],
    "_sessions": [
        "tests/credentials/stores/test_database_stores.py",
        "tests/credentials/sessions/test_database_sessions.py",
        "tests/credentials/sessions/test_secondary_storage_sessions.py",
        "tests/credentials/test_wrong_arguments.py",
    ],
    "_sessions/session_queries.py": [
        "tests/credentials/stores/test_database_stores.py",
        "tests/credentials/sessions/test_database_sessions.py",
    ],
    "_sessions/session_token.py": ["tests/credentials/test_credential_auth.py", "tests/credentials/test_principals.py"],
    "_sessions/empty_table.py": ["tests/credentials/sessions/test_session_lookup.py"],
    "_sessions/lookup.py": ["tests/credentials/sessions/test_session_lookup.py"],
    "_sessions/revocation.py": ["tests/credentials/sessions/test_session_lookup.py"],
    "_sessions/session.py": ["tests/credentials/test_credential_rules.py"],
    "_sessions/timestamps.py": ["tests/credentials/sessions/test_session_validation.py"],
    "_sessions/validation.py": ["tests/credentials/sessions/test_session_validation.py"],
    "_telemetry/measured_authentication.py": ["tests/telemetry/test_measured_authentication.py"],
    "_telemetry/observed_verifiers.py": [
        "tests/telemetry/test_described_sources.py",
        "tests/telemetry/test_observed_verifiers.py",
        "tests/telemetry/test_tenant_verifiers.py",
    ],
    "_verifiers": ["tests/core/policy/test_issuer_choice.py"],
    "_verifiers/bearer_policy.py": [
        "tests/credentials/revocation/test_revoked_users.py",
        "tests/fastapi_dependencies/test_token_verification.py",
    ],
    "_verifiers/request_authentication.py": ["tests/fastapi_dependencies/issuers/test_request_authentication.py"],
    "_verifiers/tenants.py": [
        "tests/core/policy/test_kept_verifiers.py",
        "tests/fastapi_dependencies/issuers/test_tenants.py",
        "tests/telemetry/test_tenant_verifiers.py",
    ],
    "_config": [
        "tests/configuration/test_environment.py",
        "tests/configuration/test_configuration_errors.py",
        "tests/configuration/keys/test_key_sources.py",
    ],
    "_config/auth_from_settings.py": ["tests/configuration/test_auth_options.py"],
    "_config/auth_options.py": [
        "tests/configuration/values/test_credential_errors.py",
        "tests/configuration/test_auth_options.py",
        "tests/configuration/test_configuration_errors.py",
    ],
    "_config/credentials_from_settings.py": [
        "tests/configuration/values/test_built_credentials.py",
        "tests/configuration/values/test_credential_errors.py",
        "tests/credentials/test_credentials_environment.py",
        "tests/configuration/test_credential_settings.py",
    ],
    "_config/every_error.py": [
        "tests/configuration/values/test_every_error.py",
        "tests/configuration/test_configuration_errors.py",
    ],
    "_config/keys": [
        "tests/configuration/keys/test_key_error_codes.py",
        "tests/configuration/keys/test_verifier_arguments.py",
        "tests/configuration/keys/test_key_sources.py",
    ],
    "_config/keys/alb.py": ["tests/configuration/keys/test_alb_rules.py"],
    "_config/keys/configured_secrets.py": [
        "tests/configuration/values/test_credential_errors.py",
        "tests/configuration/keys/test_published_secrets.py",
    ],
    "_config/keys/public_keys.py": [
        "tests/configuration/keys/test_key_error_codes.py",
        "tests/configuration/keys/test_public_key_setting.py",
    ],
    "_config/keys/remote_keys.py": ["tests/configuration/keys/test_fetch_options.py"],
    "_config/keys/secret_files.py": ["tests/configuration/keys/test_secret_files.py"],
    "_config/keys/shared_secret.py": [
        "tests/configuration/keys/test_shared_secrets.py",
        "tests/configuration/keys/test_key_error_codes.py",
        "tests/configuration/keys/test_secret_rotation.py",
    ],
    "_config/names": ["tests/configuration/names"],
    "_config/names/misspelled_variables.py": [
        "tests/configuration/names/test_suggested_variables.py",
        "tests/configuration/names/test_misspelled_variables.py",
    ],
    "_config/names/repeated_names.py": ["tests/configuration/names/test_repeated_names.py"],
    "_config/opaque_tokens.py": [
        "tests/configuration/values/test_built_credentials.py",
        "tests/configuration/values/test_credential_errors.py",
        "tests/configuration/test_credential_settings.py",
    ],
    "_config/setting_values.py": [
        "tests/configuration/values",
        "tests/configuration/test_configuration_errors.py",
    ],
    "_config/urls.py": ["tests/configuration/values"],
    "_config/token_policy.py": [
        "tests/configuration/keys/test_key_error_codes.py",
        "tests/configuration/keys/test_verifier_arguments.py",
        "tests/configuration/test_token_policy_settings.py",
    ],
    "_config/verifier_from_settings.py": [
        "tests/configuration/keys/test_key_error_codes.py",
        "tests/configuration/keys/test_verifier_arguments.py",
        "tests/configuration/keys/test_alb_rules.py",
        "tests/configuration/keys/test_accept_secret.py",
    ],
    "_revocation/entry.py": ["tests/credentials/revocation/shared/test_stream_entries.py"],
    "_revocation/logout_route.py": [
        "tests/credentials/revocation/test_back_channel_logout.py",
        "tests/credentials/revocation/test_logout_tokens.py",
        "tests/credentials/test_wrong_arguments.py",
    ],
    "_revocation/logout_tokens.py": [
        "tests/credentials/revocation/test_back_channel_logout.py",
        "tests/credentials/revocation/test_logout_tokens.py",
    ],
    "_revocation/redis_client.py": ["tests/credentials/revocation/shared/test_redis_client.py"],
    "_revocation/redis_revocations.py": [
        "tests/credentials/revocation/shared/test_shared_list.py",
        "tests/credentials/test_wrong_arguments.py",
    ],
    "_revocation/revocation_stream.py": ["tests/credentials/revocation/shared/test_revocation_stream.py"],
    "_revocation/synchronizer.py": ["tests/credentials/revocation/shared/test_synchronizer.py"],
    "_connections": [
        "tests/credentials/test_changed_scopes.py",
        "tests/fastapi_dependencies/authorization/test_bearer_requirements.py",
        "tests/fastapi_dependencies/authorization/test_security_scopes.py",
        "tests/frameworks/starlette/test_connections.py",
        "tests/frameworks/starlette/test_sources.py",
    ],
    "_arguments.py": ["tests/credentials/test_wrong_arguments.py"],
    "_allowed_hosts.py": [
        "tests/fastapi_dependencies/issuers/test_host_verifiers.py",
        "tests/credentials/test_wrong_arguments.py",
    ],
    "_application_functions.py": [
        "tests/fastapi_dependencies/authorization/test_grants.py",
        "tests/fastapi_dependencies/authorization/test_accept.py",
    ],
    "_program_only.py": ["tests/fastapi_dependencies/authorization/test_program_only.py"],
    "fastapi.py": [
        "tests/fastapi_dependencies/authorization/test_security_scopes.py",
        "tests/fastapi_dependencies/authorization/test_misused_dependencies.py",
        "tests/fastapi_dependencies/flat/test_bearer_dependencies.py",
        "tests/fastapi_dependencies/flat/test_flat_dependencies.py",
    ],
    "ownership.py": ["tests/fastapi_dependencies/users/test_ownership.py"],
    "starlette.py": [
        "tests/frameworks/starlette/test_backend.py",
        "tests/frameworks/starlette/test_backend_environment.py",
        "tests/credentials/test_wrong_arguments.py",
    ],
    "_starlette": [
        "tests/frameworks/starlette/test_backend.py",
        "tests/frameworks/starlette/test_backend_environment.py",
        "tests/frameworks/starlette/test_middleware.py",
        "tests/frameworks/starlette/test_sources.py",
    ],
    "jwt.py": [
        "tests/python_jose/modules/test_jwt.py",
        "tests/python_jose/test_contract.py",
        "tests/python_jose/test_private_names.py",
        "tests/python_jose/test_replaced_functions.py",
        "tests/core/test_error_codes.py",
        "tests/security/secrets/test_outputs.py",
    ],
    "jws.py": [
        "tests/python_jose/modules/test_jws.py",
        "tests/python_jose/test_contract.py",
        "tests/python_jose/test_private_names.py",
        "tests/python_jose/test_replaced_functions.py",
        "tests/core/test_error_codes.py",
        "tests/security/secrets/test_outputs.py",
    ],
    "jwe.py": [
        "tests/python_jose/modules/test_jwe.py",
        "tests/python_jose/test_private_names.py",
        "tests/core/test_error_codes.py",
        "tests/security/secrets/test_outputs.py",
    ],
    "jwk.py": ["tests/python_jose/modules/test_jwk.py"],
    "_signing.py": [
        "tests/core/test_signing.py",
        "tests/core/test_error_codes.py",
        "tests/security/secrets/test_outputs.py",
    ],
    "utils.py": ["tests/python_jose/modules/test_utils.py"],
    "backends": ["tests/python_jose/modules/test_jwk.py", "tests/python_jose/modules/test_aes_key.py"],
    "backends/_errors.py": [
        "tests/python_jose/modules/test_jwk.py",
        "tests/python_jose/modules/test_aes_key.py",
        "tests/python_jose/modules/test_jwe.py",
    ],
    "backends/asymmetric.py": ["tests/python_jose/modules/test_jwk.py", "tests/python_jose/modules/test_jwe.py"],
    "aws.py": [
        "tests/core/issuers/test_alb_verifier.py",
        "tests/credentials/test_wrong_arguments.py",
    ],
    "oidc.py": ["tests/core/issuers/test_oidc_verifier.py"],
    "auth.py": ["tests/fastapi_dependencies/test_auth.py"],
    "_claims_types.py": ["tests/core/test_claims_types.py"],
    "better_auth.py": [
        "tests/core/issuers/test_better_auth_verifiers.py",
        "tests/better_auth/test_profiles.py",
        "tests/better_auth/test_urls.py",
        "tests/fastapi_dependencies/issuers/test_host_verifiers.py",
        "tests/credentials/test_wrong_arguments.py",
    ],
    "_coroutines.py": ["tests/core/process/test_awaited_results.py"],
    "_json_errors.py": ["tests/python_jose/modules/test_replaced_names.py"],
    "_replaceable.py": ["tests/python_jose/modules/test_replaced_names.py"],
    "_tracebacks.py": ["tests/core/process/test_tracebacks.py"],
    "_trio.py": ["tests/core/process/test_awaited_results.py"],
    "health.py": ["tests/telemetry/test_described_sources.py"],
}
"""The tests by a prefix of the module's name; the longest prefix decides."""


def deciding_files(root: Path) -> list[Path]:
    """Return the modules that decide, the smallest first, relative to `root`."""
    files = [file for file in (root / SOURCES).rglob("*.py") if _prefix(file.relative_to(root))]
    files = [file for file in files if "def " in file.read_text()]
    return [file.relative_to(root) for file in sorted(files, key=lambda file: (file.stat().st_size, file))]


def covering_tests(file: Path) -> list[str]:
    """Return the tests that cover a module."""
    return DECIDING_TESTS[_prefix(file)]


def _prefix(file: Path) -> str:
    """Return the longest prefix that a module has, or an empty text for one that does not decide."""
    name = file.relative_to(SOURCES).as_posix()
    return max((prefix for prefix in DECIDING_TESTS if f"{name}/".startswith(f"{prefix}/")), key=len, default="")
