"""Class of the processor by its flags: it decides how fast an Ed25519 signature can be verified, and so the targets."""

from __future__ import annotations

import platform
from enum import Enum
from functools import cache
from pathlib import Path

_CPUINFO = Path("/proc/cpuinfo")


class ProcessorClass(Enum):
    """Processors by the vector instructions that curve25519-dalek uses."""

    IFMA = "AVX-512 IFMA"
    AVX2 = "AVX2"
    OTHER = "neither AVX-512 IFMA nor AVX2"


def classify_processor(flags: frozenset[str]) -> ProcessorClass:
    """Return the class of a processor with the flags of `/proc/cpuinfo`."""
    if {"avx512ifma", "avx512vl"} <= flags:
        return ProcessorClass.IFMA
    return ProcessorClass.AVX2 if "avx2" in flags else ProcessorClass.OTHER


@cache
def get_processor_class() -> ProcessorClass:
    """Return the class of this machine's processor. Without `/proc/cpuinfo`, it is `OTHER`."""
    return classify_processor(frozenset(_read_cpuinfo("flags").split()))


def get_processor_name() -> str:
    """Return the model and the architecture of this machine's processor."""
    model = _read_cpuinfo("model name")
    return f"{model} ({platform.machine()})" if model else platform.machine()


def _read_cpuinfo(field: str) -> str:
    """Return a field of the first processor, or an empty string."""
    lines = _CPUINFO.read_text(encoding="utf-8").splitlines() if _CPUINFO.exists() else []
    values = (line.partition(":")[2].strip() for line in lines if line.partition(":")[0].strip() == field)
    return next(values, "")
