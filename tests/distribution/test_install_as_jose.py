"""`install_as_jose`: the result of `import jose` afterwards. Each case uses a new process, as imports persist."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import fastjose

PACKAGE = Path(fastjose.__file__).parent
START = "import sys; import fastjose; fastjose.install_as_jose()\n"
MODULES = (
    "backends",
    "backends.base",
    "backends.cryptography_backend",
    "backends.ecdsa_backend",
    "backends.native",
    "backends.rsa_backend",
    "constants",
    "exceptions",
    "jwe",
    "jwk",
    "jws",
    "jwt",
    "utils",
)


def run_python(code: str, *, search: str = "") -> str:
    """Run `code` in a new Python process with `search` first on the path; return its output."""
    path = os.pathsep.join(filter(None, [search, str(PACKAGE.parent)]))
    completed = subprocess.run(  # noqa: S603 - the tests' own programs
        [sys.executable, "-W", "error", "-c", code],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert not completed.returncode, completed.stderr
    return completed.stdout.strip()


@pytest.mark.parametrize(
    "form",
    [
        "import jose.{name}; got = jose.{name}",
        "from {parent} import {leaf} as got",
        "import jose.{name} as got",
        "import importlib; got = importlib.import_module('jose.{name}')",
        "import pkgutil; got = pkgutil.resolve_name('jose.{name}')",
    ],
)
def test_import_form_returns_fastjose_module(form: str) -> None:
    code = "\n".join(
        f"{form.format(name=name, parent=parent, leaf=leaf)}\nimport fastjose.{name}; assert got is fastjose.{name}"
        for name, (parent, _, leaf) in ((name, f"jose.{name}".rpartition(".")) for name in MODULES)
    )
    assert run_python(f"{START}{code}\nprint(got.__name__)") == f"fastjose.{MODULES[-1]}"


def test_module_is_identical_in_either_import_order() -> None:
    code = "\n".join(f"import fastjose.{name}, jose.{name}; assert jose.{name} is fastjose.{name}" for name in MODULES)
    assert run_python(f"{START}{code}\nprint('same')") == "same"


def test_jose_package_has_python_jose_names_and_version() -> None:
    python_jose = run_python("import jose; print(jose.__file__, jose.__version__)").split()
    assert Path(python_jose[0]).parent.name == "jose"
    code = f"""{START}
import jose, fastjose
from jose import ExpiredSignatureError, JOSEError, JWSError, JWTError
assert (ExpiredSignatureError, JOSEError, JWSError, JWTError) == (
    fastjose.ExpiredSignatureError, fastjose.JOSEError, fastjose.JWSError, fastjose.JWTError)
print(jose.__name__, jose.__version__, jose.__file__)"""
    assert run_python(code) == f"jose {python_jose[1]} {PACKAGE / '_jose_alias/jose_module.py'}"


@pytest.mark.parametrize("imports", ["import jose", "import jose.jwt", "from jose import jwk"])
def test_submodule_is_attribute_of_jose(imports: str) -> None:
    modules = "jose.exceptions, jose.jws, jose.backends, jose.utils"
    code = f"{START}{imports}\nimport jose\nprint(*(module.__name__ for module in ({modules})))"
    assert run_python(code) == "fastjose.exceptions fastjose.jws fastjose.backends fastjose.utils"


def test_missing_attribute_raises_attribute_error() -> None:
    code = f"""{START}
import jose
print(hasattr(jose, "auth"), hasattr(jose, "__wrapped__"), hasattr(jose, "jws_not_there"))
try:
    from jose import JWTClaimsError
except ImportError as error:
    print(type(error).__name__, error.name)"""
    assert run_python(code) == "False False False\nImportError jose"


def test_python_jose_is_not_loaded() -> None:
    code = f"""{START}
import importlib
for name in {MODULES!r}:
    importlib.import_module("jose." + name)
print(*(module.__file__ for name, module in sys.modules.items() if name.partition(".")[0] == "jose"), sep="\\n")"""
    files = [Path(file) for file in run_python(code).splitlines()]
    assert len(files) == len(MODULES) + 1
    assert all(file.is_relative_to(PACKAGE) for file in files)


def test_exception_class_is_identical_and_pickles() -> None:
    code = f"""{START}
import pickle
from jose.exceptions import JWTClaimsError
import fastjose
try:
    raise fastjose.JWTClaimsError("Invalid audience")
except JWTClaimsError as error:
    again = pickle.loads(pickle.dumps(error))
print(type(again) is JWTClaimsError, again, JWTClaimsError.__module__)"""
    assert run_python(code) == "True Invalid audience fastjose.exceptions"


def test_patch_of_jose_module_affects_fastjose() -> None:
    code = f"""{START}
from unittest import mock
from fastjose import jwt
with mock.patch("jose.jwt.decode", return_value="patched"):
    print(jwt.decode("token", "key"))"""
    assert run_python(code) == "patched"


def test_module_specs_name_fastjose() -> None:
    code = f"""{START}
import importlib.util, jose.utils, fastjose.utils
print(importlib.util.find_spec("jose").name, importlib.util.find_spec("jose.utils").name, fastjose.utils.__spec__.name,
      fastjose.utils.__loader__ is fastjose.utils.__spec__.loader)"""
    assert run_python(code) == "jose fastjose.utils fastjose.utils True"


def test_find_spec_does_not_load_module() -> None:
    code = f"""{START}
import importlib.util
print(importlib.util.find_spec("jose.constants").name, "jose.constants" in sys.modules)"""
    assert run_python(code) == "jose.constants False"


def test_reload_keeps_fastjose_modules() -> None:
    code = f"""{START}
import importlib, jose.utils
importlib.reload(jose)
importlib.reload(jose.utils)
import fastjose.utils
print(jose.__file__, jose.utils is fastjose.utils is sys.modules["jose.utils"], fastjose.utils.__spec__.name)"""
    assert run_python(code) == f"{PACKAGE / '_jose_alias/jose_module.py'} True fastjose.utils"


def test_reimport_after_removal_from_sys_modules_returns_fastjose() -> None:
    code = f"""{START}
import jose.utils
del sys.modules["jose"], sys.modules["jose.utils"]
import jose.utils, fastjose.utils
print(jose.__file__, jose.utils is fastjose.utils)"""
    assert run_python(code) == f"{PACKAGE / '_jose_alias/jose_module.py'} True"


@pytest.mark.parametrize("name", ["auth", "fastapi", "_core", "backends.pycrypto_backend", "jws_not_there"])
def test_module_missing_in_python_jose_is_not_importable(name: str) -> None:
    code = f"""{START}
import importlib, importlib.util
assert importlib.util.find_spec("jose.{name}") is None
try:
    importlib.import_module("jose.{name}")
except ModuleNotFoundError as error:
    print(error.name)"""
    assert run_python(code) == f"jose.{name}"


def test_walk_packages_finds_only_python_jose_modules() -> None:
    assert (
        run_python(f"{START}import jose, pkgutil; print(list(pkgutil.walk_packages(jose.__path__, 'jose.')))") == "[]"
    )


def test_walk_packages_of_backends_imports_fastjose() -> None:
    code = f"""{START}
import importlib, pkgutil, jose.backends
names = [module.name for module in pkgutil.walk_packages(jose.backends.__path__, "jose.backends.")]
print("jose.backends.base" in names, *{{importlib.import_module(name).__name__.partition(".")[0] for name in names}})"""
    assert run_python(code) == "True fastjose"


def test_package_with_common_prefix_is_unaffected(tmp_path: Path) -> None:
    tmp_path.joinpath("joseph.py").touch()
    assert run_python(f"{START}import joseph; print(joseph.__name__)", search=str(tmp_path)) == "joseph"


def test_install_works_without_python_jose() -> None:
    code = f"""
import sys, importlib.util
sys.path[:] = [{str(PACKAGE.parent)!r}, *(p for p in sys.path if "site-packages" not in p)]
assert importlib.util.find_spec("jose") is None
{START}
from jose.exceptions import JOSEError
print(JOSEError.__module__)"""
    assert run_python(code) == "fastjose.exceptions"


def test_second_install_changes_nothing() -> None:
    code = f"""{START}
import jose.utils
before = list(sys.meta_path), jose, jose.utils
fastjose.install_as_jose()
print((sys.meta_path, sys.modules["jose"], sys.modules["jose.utils"]) == before)"""
    assert run_python(code) == "True"


@pytest.mark.parametrize(
    "earlier",
    [
        "import jose",
        "import jose.utils; del sys.modules['jose']",  # other modules may still use the rest of it
        "sys.modules['jose'] = None",  # how a test blocks an import
    ],
)
def test_late_install_raises_and_changes_nothing(earlier: str) -> None:
    code = f"""
import sys
{earlier}
import fastjose
before = dict(sys.modules), list(sys.meta_path)
try:
    fastjose.install_as_jose()
except RuntimeError as error:
    print(error)
assert before == (dict(sys.modules), list(sys.meta_path))"""
    assert (
        run_python(code) == "jose is imported already: call fastjose.install_as_jose() before the first import of jose"
    )


def test_install_during_import_in_other_thread_raises(tmp_path: Path) -> None:
    """The other thread has found python-jose but not yet registered it: the import system holds its lock."""
    tmp_path.joinpath("jose.py").write_text("")
    code = f"""
import importlib.machinery, sys, threading
import fastjose
entering, may_enter = threading.Event(), threading.Event()
class Slow(importlib.machinery.SourceFileLoader):
    def create_module(self, spec):
        entering.set()
        assert "jose" not in sys.modules
        may_enter.wait(30)
class Finder:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name == "jose":
            return importlib.machinery.ModuleSpec(name, Slow(name, {str(tmp_path / "jose.py")!r}), origin="theirs")
class Watched(list):
    def insert(self, index, value):
        super().insert(index, value)
        may_enter.set()
sys.meta_path = Watched([Finder, *sys.meta_path])
other = threading.Thread(target=__import__, args=("jose",))
other.start()
entering.wait(30)
try:
    fastjose.install_as_jose()
except RuntimeError as error:
    print(error)
other.join()
print(sys.modules["jose"].__spec__.origin, sys.meta_path[0] is Finder)"""
    text = "jose is imported already: call fastjose.install_as_jose() before the first import of jose"
    assert run_python(code) == f"{text}\ntheirs True"


def test_concurrent_install_and_import_return_same_modules() -> None:
    code = f"""
import importlib, sys, threading
import fastjose
names = [f"{{top}}.{{name}}" for name in {MODULES!r} for top in ("jose", "fastjose")]
start, got = threading.Barrier(8), []
def use(turn):
    start.wait()
    fastjose.install_as_jose()
    order = names[turn % len(names):] + names[:turn % len(names)]
    got.append({{name: importlib.import_module(name) for name in order}})
    exec("from jose.utils import base64url_decode; from jose.exceptions import JWTError")
threads = [threading.Thread(target=use, args=(turn,)) for turn in range(8)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
assert len(got) == 8
for modules in got:
    for name in {MODULES!r}:
        assert modules["jose." + name] is modules["fastjose." + name] is got[0]["fastjose." + name]
        assert modules["fastjose." + name].__spec__.name == "fastjose." + name
print("same")"""
    assert run_python(code) == "same"
