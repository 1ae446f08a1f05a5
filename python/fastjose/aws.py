"""Verifiers of tokens that Amazon Web Services sign: those of an Application Load Balancer.

Example::

    verifier = alb_verifier(
        signer="arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/web/50dc6c495c0c9188"
    )
    auth = BearerAuth(verifier, scheme=APIKeyHeader(name="x-amzn-oidc-data"))
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from fastjose._arguments import check_names, check_text
from fastjose._config.defaults import DEFAULT_CACHE_SIZE
from fastjose._core import RemoteKeySet, Verifier
from fastjose._tracebacks import hide_arguments

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from typing_extensions import Unpack

    from fastjose._core import RevocationList, _HasRevocationList
    from fastjose.oidc import FetchOptions

__all__ = ["alb_keys_url", "alb_verifier"]

_EXAMPLE_SIGNER = "arn:aws:elasticloadbalancing:…:loadbalancer/…"
_REGION = re.compile(r"[a-z]{2}(?:-[a-z]+)+-[0-9]{1,2}")
_SIGNER = re.compile(r"arn:aws[a-z-]*:elasticloadbalancing:([a-z0-9-]+):[0-9]{12}:loadbalancer/[A-Za-z0-9/-]+")


def alb_keys_url(region: str) -> str:
    """Return the URL below which the load balancers of a region publish their keys, each at its `kid`.

    Example::

        alb_keys_url("eu-west-1")  # "https://public-keys.auth.elb.eu-west-1.amazonaws.com"

    Args:
        region: The region, such as `eu-west-1` or `us-gov-west-1`.

    Raises:
        ValueError: `region` does not have the form of a region.
    """
    if not _REGION.fullmatch(region):
        raise ValueError('region must be the name of an AWS region, such as "eu-west-1"')
    if region.startswith("us-gov-"):
        return f"https://s3-{region}.amazonaws.com/aws-elb-public-keys-prod-{region}"
    suffix = ".cn" if region.startswith("cn-") else ""
    return f"https://public-keys.auth.elb.{region}.amazonaws.com{suffix}"


@hide_arguments
def alb_verifier(  # noqa: PLR0913 - keyword arguments, as users name them
    *,
    signer: str | Iterable[str],
    region: str | None = None,
    client_id: str | Iterable[str] | None = None,
    issuer: str | Iterable[str] | None = None,
    keys: RemoteKeySet | None = None,
    leeway_seconds: float = 10,
    max_token_bytes: int = 65_536,
    cache_size: int = DEFAULT_CACHE_SIZE,
    revocations: RevocationList | _HasRevocationList | None = None,
    **fetch_options: Unpack[FetchOptions],
) -> Verifier:
    """Return a verifier of the header `x-amzn-oidc-data`, with which a load balancer passes a signed-in user on.

    All load balancers of a region, of every customer, publish their keys at one URL. So the token must name this load
    balancer in `signer`. The token is padded, contrary to RFC 7515 §2, and its signature covers the padding. It is
    signed with ES256. It must have `exp`. `aud` is not compared, because AWS does not set it.

    Example::

        arn = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/web/50dc6c495c0c9188"
        verifier = alb_verifier(signer=arn, client_id="1example23456789")

    Args:
        signer: The ARN of the load balancer, or several of one region.
        region: The region. Defaults to that of `signer`.
        client_id: The client of the identity provider that the load balancer uses, or several: the parameter `client`
            of the header. Defaults to None: it is not compared.
        issuer: The accepted `iss`, or several. Defaults to None: it is not compared.
        keys: A `RemoteKeySet.per_kid` to use in place of that of the region. Several verifiers may share one.
        leeway_seconds: Clock skew to tolerate when `exp` is validated, in seconds. Tokens are valid for two minutes.
        max_token_bytes: Maximum length of a token, in bytes.
        cache_size: Maximum number of verified tokens to cache, at most 4 KiB each on average. 0: no cache.
        revocations: A `RevocationList` or `RedisRevocations` of `fastjose.revocation`.
        **fetch_options: The keyword arguments of `RemoteKeySet.per_kid`, such as `proxy`.

    Raises:
        ValueError: `signer` is not the ARN of a load balancer, the signers are in several regions and `region` is
            absent, or a value is invalid for `Verifier` or `RemoteKeySet.per_kid`.
        TypeError: An argument has a wrong type, or `keys` is given together with an argument of the fetch.
    """
    signers = (signer,) if isinstance(signer, str) else tuple(check_names("signer", signer, _EXAMPLE_SIGNER))
    if region is not None:
        check_text("region", region, "eu-west-1")
    regions = _regions_of(signers)
    if region is None and len(regions) > 1:
        raise ValueError("signer must name load balancers of one region; use a verifier for each region")
    region = regions.pop() if region is None else region
    if keys is not None and fetch_options:
        raise TypeError(f"{next(iter(fetch_options))} must be absent together with keys; pass it to the RemoteKeySet")
    return Verifier(
        RemoteKeySet.per_kid(alb_keys_url(region), **fetch_options) if keys is None else keys,
        **alb_rules(signers, client_id),
        issuer=issuer,
        leeway_seconds=leeway_seconds,
        max_token_bytes=max_token_bytes,
        cache_size=cache_size,
        revocations=revocations,
    )


def alb_rules(signers: Sequence[str], client_id: str | Iterable[str] | None) -> dict[str, Any]:
    """Return the arguments of a `Verifier` that the tokens of all load balancers have in common."""
    return {
        "algorithms": "ES256",
        "header": {"signer": signers} if client_id is None else {"signer": signers, "client": client_id},
        "check_audience": False,
        "required": "exp",
        "allow_padding": True,
    }


def _regions_of(signers: tuple[str, ...]) -> set[str]:
    """Return the regions of load balancers."""
    matches = [_SIGNER.fullmatch(signer) for signer in signers]
    regions = {match[1] for match in matches if match is not None}
    if None in matches or not regions:
        raise ValueError(f'signer must be the ARN of a load balancer: "{_EXAMPLE_SIGNER}"')
    return regions
