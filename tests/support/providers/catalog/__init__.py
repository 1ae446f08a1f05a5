"""All providers: their forms of tokens, and the documents that they serve."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from support.providers.catalog import (
    amazon_microsoft,
    google_apple,
    identity_servers,
    identity_services,
    keycloak,
    shared_secrets,
    workloads,
)

if TYPE_CHECKING:
    from support.providers.forms import TokenForm

MODULES = (
    identity_services,
    amazon_microsoft,
    google_apple,
    keycloak,
    identity_servers,
    workloads,
    shared_secrets,
)

FORMS: dict[str, TokenForm] = {f"{form.section}: {form.name}": form for module in MODULES for form in module.FORMS}
"""Each form, by the name of its tests."""

DOCUMENTS: dict[str, Any] = {url: document for module in MODULES for url, document in module.DOCUMENTS.items()}
