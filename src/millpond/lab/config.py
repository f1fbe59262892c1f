"""The configuration files of a server's daemons."""

import json
import shutil
import sys
from importlib.resources import files
from pathlib import Path
from uuid import UUID

from millpond.lab.layout import MANAGER_ADDRESS, ServerLayout, server_address, server_name


def write(server: ServerLayout, index: int, host_uuid: UUID, controllers: list[str]) -> None:
    """What does not change while the server exists."""
    (server.etc / "hostname").write_text(server_name(index) + "\n")
    (server.etc / "machine-id").write_text(host_uuid.hex + "\n")
    (server.etc / "libvirt/libvirtd.conf").write_text(_libvirtd(host_uuid, server_address(index)))
    (server.etc / "libvirt/qemu.conf").write_text(_qemu(server_address(index), controllers))
    (server.etc / "libvirt/qemu-sanlock.conf").write_text(_sanlock())
    hooks = server.etc / "libvirt/hooks"
    hooks.mkdir(exist_ok=True)
    shutil.copy(str(files("millpond.adapters.libvirt") / "qemu-hook"), hooks / "qemu")
    (server.etc / "millpond/agent.toml").write_text(_settings(_agent()))


def _agent() -> dict[str, str | int | list[str]]:
    """There is no systemd in a server: this is how its agent, and its administrator, do without."""
    commands = {
        "libvirt_restart": "restart_libvirtd",
        "power_off": "power off",
        "reboot": "power reboot",
    }
    return {key: f"{sys.executable} -P -m millpond.lab.{what}" for key, what in commands.items()}


def write_hosts(server: ServerLayout, indexes: list[int]) -> None:
    """/etc/hosts, naming the manager and every server of the lab."""
    lines = ["127.0.0.1 localhost", f"{MANAGER_ADDRESS} manager"]
    lines += [f"{server_address(i)} {server_name(i)}" for i in indexes]
    _replace(server.etc / "hosts", "\n".join(lines) + "\n")


def _replace(path: Path, text: str) -> None:
    fresh = path.with_name(f".{path.name}.new")
    fresh.write_text(text)
    fresh.rename(path)


def _settings(values: dict[str, str | int | list[str]]) -> str:
    """libvirt's configuration syntax, and TOML's: strings and lists are written as in JSON."""
    return "".join(f"{key} = {json.dumps(value)}\n" for key, value in values.items())


def _libvirtd(host_uuid: UUID, address: str) -> str:
    return _settings(
        {
            "host_uuid": str(host_uuid),
            "listen_addr": address,
            "listen_tls": 1,
            "listen_tcp": 0,
            "auth_tls": "none",  # the client's certificate is the authentication
            "auth_unix_rw": "none",  # there is no polkit in a server
            "auth_unix_ro": "none",
        }
    )


def _qemu(address: str, controllers: list[str]) -> str:
    return _settings(
        {
            "user": "root",
            "group": "root",
            "dynamic_ownership": 0,
            "remember_owner": 0,
            "security_driver": "none",
            "namespaces": [],
            "cgroup_controllers": controllers,
            "lock_manager": "sanlock",
            "migration_host": address,
            "default_tls_x509_cert_dir": "/etc/pki/qemu",
            "default_tls_x509_verify": 1,
            "migrate_tls_x509_cert_dir": "/etc/pki/qemu",
            "migrate_tls_x509_verify": 1,
        }
    )


def _sanlock() -> str:
    """libvirt's lock driver. That no guest with a disk runs without a lease of its own is its hook's."""
    return _settings(
        {
            "auto_disk_leases": 0,
            "require_lease_for_disks": 0,
            "user": "root",
            "group": "root",
        }
    )
