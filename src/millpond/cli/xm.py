"""``xm``: the commands that administrators of Xen have in their fingers, over the same client."""

import sys
import time
from typing import Annotated

import typer
from rich.live import Live
from rich.text import Text

from millpond.cli.client import Client, Json, path
from millpond.cli.errors import CliError, ExitCode, usage
from millpond.cli.jobs import run
from millpond.cli.migrate import move
from millpond.cli.options import VmName
from millpond.cli.output import Output, console, document, visible
from millpond.cli.program import run as run_program
from millpond.cli.session import connect
from millpond.cli.sizes import mebibytes
from millpond.cli.vm_console import serial
from millpond.cli.vm_edit import change

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="The xm commands of Xen, for the VMs of all pools. A domain is named by its name, by its "
    "id, or by the first eight digits of its id, as list shows them. For the rest see millpond.",
)

_LETTERS = "rbpscd"  # running, blocked, paused, shutdown, crashed, dying
_STATE = {"running": "r", "paused": "p", "stopped": "s", "suspended": "s"}
ID_DIGITS = 8
REFRESH = 3.0
"""Seconds between two looks of ``top``: CPU use is a difference over time, no event tells it."""


def state_letters(power: str) -> str:
    """``r-----``; what is not known has no letter."""
    return "".join(c if c == _STATE.get(power) else "-" for c in _LETTERS)


def find(client: Client, domain: str) -> Json:
    """The VM with this name or id, or whose id alone starts with these digits."""
    try:
        vm: Json = client.get(path("vms", domain))
    except CliError as error:
        if error.exit_code is not ExitCode.NOT_FOUND or len(domain) != ID_DIGITS:
            raise
        found = [v for v in client.items("/vms") if v["id"].startswith(domain)]
        if len(found) != 1:
            raise
        return found[0]
    return vm


def _key(client: Client, domain: str) -> str:
    return str(find(client, domain)["id"])


def _cpu_time(vm: Json) -> float:
    return float((vm["guest"] or {}).get("cpu_time", 0.0))


def _memory(vm: Json) -> int:
    return int((vm["guest"] or {}).get("memory") or vm["config"]["memory"])


def rows(vms: list[Json]) -> list[str]:
    """The classic table: ``Name ID Mem VCPUs State Time(s)``, names as wide as they need."""
    names = [visible(vm["name"]) for vm in vms]
    width = max([37, *map(len, names)])
    lines = [f"{'Name':<{width}} {'ID':>8} {'Mem':>5} {'VCPUs':>5} {'State':>10} {'Time(s)':>8}"]
    for name, vm in zip(names, vms, strict=True):
        # As with xm, a domain that does not exist at the moment has no id.
        ident = vm["id"][:ID_DIGITS] if vm["power"] in ("running", "paused") else ""
        lines.append(
            f"{name:<{width}} {ident:>8} {_memory(vm):>5} {vm['config']['vcpus']:>5} "
            f"{state_letters(vm['power']):>10} {_cpu_time(vm):>8.1f}"
        )
    return lines


def _act(domain: str, action: str, body: Json | None = None, *, wait: bool = True) -> None:
    with connect() as client:
        job = client.submit("POST", path("vms", _key(client, domain), action), body or {})
        if wait:
            run(client, job, Output.TABLE)


@app.command("list")
def list_(
    domains: Annotated[list[str] | None, typer.Argument(metavar="[DOM]...")] = None,
    long: Annotated[bool, typer.Option("--long", "-l", help="All that is known, as JSON.")] = False,
) -> None:
    """List domains. State: r running, p paused, s shut down; b, c and d are never shown.

    Example: xm list
    """
    with connect() as client:
        vms = [find(client, d) for d in domains] if domains else client.items("/vms")
    if long:
        sys.stdout.write(document(vms, Output.JSON))
    else:
        typer.echo("\n".join(rows(vms)))


@app.command()
def info(
    servers: Annotated[list[str] | None, typer.Argument(metavar="[SERVER]...")] = None,
) -> None:
    """Show the servers, or those named, with xm's words.

    Example: xm info srv1
    """
    with connect() as client:
        names = servers or [s["name"] for s in client.items("/servers") if s["up"]]
        for n, name in enumerate(names):
            found = client.get(path("servers", name, "inventory"))
            typer.echo(("\n" if n else "") + "\n".join(info_lines(found)))


def info_lines(inventory: Json) -> list[str]:
    """``key : value``, as scripts look for it."""
    cpu = inventory["cpu"]
    values = {
        "host": inventory["hostname"],
        "release": inventory["kernel"],
        "nr_cpus": cpu["sockets"] * cpu["cores"] * cpu["threads"],
        "nr_nodes": len(inventory["numa"]),
        "sockets": cpu["sockets"],
        "cores_per_socket": cpu["cores"],
        "threads_per_core": cpu["threads"],
        "cpu_mhz": f"{cpu['mhz']:.0f}",
        "total_memory": inventory["memory"],
        "free_memory": inventory["memory_free"],
        "hypervisor": f"{inventory['hypervisor']} ({inventory['acceleration']})",
        "agent_version": inventory["agent_version"],
    }
    return [f"{key:<22} : {visible(str(value))}" for key, value in values.items()]


@app.command()
def create(domain: VmName) -> None:
    """Start a VM that exists, by name. Configuration files (vm.cfg) are not read: see vm create.

    Example: xm create web1
    """
    if "/" in domain:
        raise usage("configuration files are not read", "create it with: millpond vm create NAME")
    _act(domain, "start")


@app.command()
def start(domain: VmName) -> None:
    """Start a VM.

    Example: xm start web1
    """
    _act(domain, "start")


@app.command()
def shutdown(
    domain: VmName,
    wait: Annotated[bool, typer.Option("-w", "--wait", help="Wait until it is off.")] = False,
) -> None:
    """Ask a domain to shut down.

    Example: xm shutdown -w web1
    """
    _act(domain, "stop", wait=wait)


@app.command()
def destroy(domain: VmName) -> None:
    """Power a domain off at once.

    Example: xm destroy web1
    """
    _act(domain, "kill")


@app.command()
def reboot(
    domain: VmName,
    wait: Annotated[bool, typer.Option("-w", "--wait", help="Wait until it runs again.")] = False,
) -> None:
    """Shut a domain down and start it again.

    Example: xm reboot web1
    """
    _act(domain, "reboot", wait=wait)


@app.command()
def pause(domain: VmName) -> None:
    """Pause a domain.

    Example: xm pause web1
    """
    _act(domain, "pause")


@app.command()
def unpause(domain: VmName) -> None:
    """Let a paused domain run on.

    Example: xm unpause web1
    """
    _act(domain, "unpause")


@app.command()
def migrate(
    domain: VmName,
    host: Annotated[str, typer.Argument(metavar="HOST", help="Target server.")],
    live: Annotated[bool, typer.Option("-l", "--live", help="Keep it running.")] = False,
) -> None:
    """Move a domain to another server of its pool.

    Example: xm migrate -l web1 srv2
    """
    with connect() as client:
        move(client, _key(client, domain), {"live": live}, host, Output.TABLE)


@app.command("console")
def console_(domain: VmName) -> None:
    """Use the serial console of a domain. Leave with Ctrl-].

    Example: xm console web1
    """
    with connect() as client:
        serial(client, _key(client, domain))


@app.command()
def uptime(
    domains: Annotated[list[str] | None, typer.Argument(metavar="[DOM]...")] = None,
) -> None:
    """Show how long domains have been running.

    Example: xm uptime
    """
    with connect() as client:
        vms = [find(client, d) for d in domains] if domains else client.items("/vms")
    typer.echo(f"{'Name':<33} {'ID':>8} Uptime")
    for vm in vms:
        if vm["guest"]:
            typer.echo(
                f"{visible(vm['name']):<33} {vm['id'][:ID_DIGITS]:>8} "
                f"{_clock(vm['guest']['uptime'])}"
            )


def _clock(seconds: float) -> str:
    """``3 days, 4:05:06`` as xm has it."""
    minutes, second = divmod(int(seconds), 60)
    hours, minute = divmod(minutes, 60)
    days, hour = divmod(hours, 24)
    text = f"{hour}:{minute:02d}:{second:02d}"
    return f"{days} day{'s' if days > 1 else ''}, {text}" if days else text


@app.command("vcpu-set")
def vcpu_set(domain: VmName, vcpus: Annotated[int, typer.Argument(metavar="VCPUS", min=1)]) -> None:
    """Give a domain so many virtual CPUs.

    Example: xm vcpu-set web1 2
    """
    with connect() as client:
        change(client, _key(client, domain), {"vcpus": vcpus}, Output.TABLE)


@app.command("mem-set")
def mem_set(
    domain: VmName,
    memory: Annotated[str, typer.Argument(metavar="MEM", help="MiB, or such as 1G.")],
) -> None:
    """Give a domain so much memory.

    Example: xm mem-set web1 512
    """
    with connect() as client:
        change(client, _key(client, domain), {"memory": mebibytes(memory)}, Output.TABLE)


@app.command()
def top() -> None:
    """Watch what domains use, until Ctrl-C.

    Example: xm top
    """
    with connect() as client:
        to, before, then = console(), dict[str, float](), time.monotonic()
        try:
            with Live(console=to, screen=to.is_terminal, auto_refresh=False) as live:
                while True:
                    vms = client.items("/vms")
                    now = time.monotonic()
                    live.update(Text("\n".join(top_rows(vms, before, now - then))), refresh=True)
                    before, then = {vm["id"]: _cpu_time(vm) for vm in vms}, now
                    time.sleep(REFRESH)
        except KeyboardInterrupt:
            return


def top_rows(vms: list[Json], before: dict[str, float], seconds: float) -> list[str]:
    """Most CPU first; ``before`` holds each VM's CPU time ``seconds`` ago."""

    def percent(vm: Json) -> float:
        used = _cpu_time(vm) - before.get(vm["id"], _cpu_time(vm))
        return max(0.0, 100 * used / seconds) if seconds > 0 else 0.0

    running = [vm for vm in vms if vm["guest"]]
    lines = [
        f"{len(vms)} domains, {len(running)} running",
        f"{'NAME':<26} {'STATE':<6} {'CPU(sec)':>10} {'CPU(%)':>7} {'MEM(M)':>8} {'VCPUS':>5} SERVER",
    ]
    for vm in sorted(running, key=percent, reverse=True):
        server = (vm["server"] or {}).get("name", "-")
        lines.append(
            f"{visible(vm['name']):<26.26} {state_letters(vm['power'])} {_cpu_time(vm):>10.0f} "
            f"{percent(vm):>7.1f} {_memory(vm):>8} {vm['config']['vcpus']:>5} {server:<.10}"
        )
    return lines


def main() -> None:
    """Run ``xm``."""
    run_program(app)
