"""ALB mode: which settings a load balancer's tokens have. `tests/documentation/providers` has the tokens themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from fastjose._config.names.environment_names import names_of_environment
from fastjose._config.verifier_from_settings import build_verifier
from support.environment.fresh_import import load_auth, set_environment

if TYPE_CHECKING:
    from pathlib import Path

from fastjose.settings import AuthSettings, load_settings

pytestmark = pytest.mark.http

ARN = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/web/50dc6c495c0c9188"
OTHER_REGION = ARN.replace("eu-west-1", "us-east-1")


def load(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, **environment: str) -> AuthSettings:
    set_environment(monkeypatch, tmp_path, {"ALB_SIGNER": ARN, **environment})
    return load_settings()


def test_alb_signer_selects_alb_mode(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    settings = load(monkeypatch, tmp_path, JWT_ISSUER="https://idp.example.com")
    assert settings.mode == "alb"
    verifier = build_verifier(settings)
    assert (verifier.algorithms, verifier.issuers) == (["ES256"], ["https://idp.example.com"])


def test_alb_signer_may_be_several_of_a_region(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert build_verifier(load(monkeypatch, tmp_path, ALB_SIGNER=f"{ARN},{ARN}1"))


@pytest.mark.parametrize(
    ("environment", "fragment"),
    [
        ({"ALB_SIGNER": "my-load-balancer"}, "ALB_SIGNER: signer must be the ARN of a load balancer"),
        ({"ALB_SIGNER": f'"{ARN}"'}, "ALB_SIGNER must not contain quotes"),
        ({"ALB_SIGNER": ","}, "ALB_SIGNER must not be empty"),
        ({"ALB_SIGNER": f"{ARN},{OTHER_REGION}"}, "ALB_SIGNER: signer must name load balancers of one region"),
        ({"JWT_AUDIENCE": "api"}, "JWT_AUDIENCE must not be set with ALB_SIGNER"),
        ({"JWT_AUDIENCE_EXACT": "1"}, "JWT_AUDIENCE_EXACT must not be set with ALB_SIGNER"),
        ({"JWT_CLAIMS": '{"tier": "gold"}'}, "JWT_CLAIMS must not be set with ALB_SIGNER"),
        ({"JWT_PROFILE": "oauth"}, "JWT_PROFILE must not be set with ALB_SIGNER"),
        ({"JWT_ALGORITHM": "RS256"}, "JWT_ALGORITHM must not be set with ALB_SIGNER"),
        ({"JWT_ACCEPT_SECRET": "1"}, "JWT_ACCEPT_SECRET must not be set with ALB_SIGNER"),
        ({"JWT_LEEWAY_SECONDS": "-1"}, "JWT_LEEWAY_SECONDS must be"),
        ({"JWT_CLIENT_ID": ","}, "JWT_CLIENT_ID must not be empty"),
        ({"JWKS_URL": "https://a.example"}, "ALB_SIGNER and JWKS_URL must not both be set"),
        ({"OIDC_ISSUER": "https://a.example"}, "must not both be set"),
        ({"ALB_SIGNER": "", "JWT_MODE": "alb"}, "JWT_MODE=alb requires ALB_SIGNER"),
    ],
)
def test_invalid_settings_of_alb_mode_raise_value_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, environment: dict[str, Any], fragment: str
) -> None:
    with pytest.raises(ValueError) as raised:  # noqa: PT011 - the message is compared below
        load_auth(monkeypatch, tmp_path, **{"ALB_SIGNER": ARN, **environment})
    assert fragment in str(raised.value)


def test_log_hints_name_the_variables_of_alb_mode(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    names = names_of_environment(load(monkeypatch, tmp_path))
    assert (names.header, names.key_set, names.is_better_auth) == ("ALB_SIGNER and JWT_CLIENT_ID", "ALB_SIGNER", False)


def test_jwt_mode_decides_between_load_balancer_and_key_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    settings = load(monkeypatch, tmp_path, JWKS_URL="https://a.example/jwks", JWT_MODE="jwks")
    assert build_verifier(settings).issuers == ["https://a.example"]
