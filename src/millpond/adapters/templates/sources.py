"""The installed packages a template is made of."""

import re
import shutil
import subprocess
from pathlib import Path

from millpond.domain.errors import Failed


def require(path: str, package: str) -> Path:
    """``path`` if it exists. Raises Failed, naming the package that brings it."""
    found = Path(path)
    if not found.exists():
        raise _missing(path, package)
    return found


def require_program(name: str, package: str) -> Path:
    """The path of a program. Raises Failed, naming the package that brings it."""
    found = shutil.which(name)
    if found is None:
        raise _missing(f"the program {name}", package)
    return Path(found)


def newest_kernel() -> tuple[Path, Path]:
    """The newest installed cloud kernel and the directory of its modules."""
    kernels = sorted(Path("/boot").glob("vmlinuz-*-cloud-amd64"), key=_version)
    for kernel in reversed(kernels):
        modules = Path("/lib/modules", kernel.name.removeprefix("vmlinuz-"))
        if (modules / "modules.dep").exists():
            return kernel, modules
    raise _missing("a kernel /boot/vmlinuz-*-cloud-amd64", "linux-image-cloud-amd64")


def modules_in_load_order(modules: Path, names: tuple[str, ...]) -> list[Path]:
    """The files of the named modules and of all they need, in the order to load them.

    From modules.dep (modules.dep(5)), which lists what a module needs last-to-load first. Names
    that are built into the kernel are left out.
    """
    needs: dict[str, list[str]] = {}
    for line in (modules / "modules.dep").read_text().splitlines():
        path, _, rest = line.partition(":")
        needs[_module_name(path)] = [path, *rest.split()]
    builtin = {_module_name(p) for p in (modules / "modules.builtin").read_text().splitlines()}
    ordered: list[Path] = []
    for name in names:
        if name not in needs and name not in builtin:
            raise _missing(f"the kernel module {name}", "linux-image-cloud-amd64")
        ordered += [modules / p for p in reversed(needs.get(name, []))]
    return list(dict.fromkeys(ordered))


def shared_libraries(program: Path) -> list[Path]:
    """The libraries and the loader a program needs, under the names it asks for (ldd(1))."""
    listed = subprocess.run(["ldd", str(program)], capture_output=True, text=True, check=False)
    if listed.returncode != 0 or "not found" in listed.stdout:
        raise Failed("read what the template needs", f"ldd {program}: {listed.stdout.strip()}")
    return [Path(p) for p in re.findall(r"(?:=> |^\s*)(/\S+) \(0x", listed.stdout, re.MULTILINE)]


def _module_name(path: str) -> str:
    return Path(path).name.partition(".ko")[0].replace("-", "_")


def _version(path: Path) -> list[int]:
    return [int(n) for n in re.findall(r"\d+", path.name)]


def _missing(what: str, package: str) -> Failed:
    return Failed("build the template", f"{what} is missing; run: apt-get install {package}")
