"""Power: start, stop, kill, reboot, reset, pause, unpause, suspend, resume; delete."""

from collections.abc import Callable, Sequence
from typing import Annotated

import typer

from millpond.cli.client import Json, path
from millpond.cli.errors import CliError, ExitCode
from millpond.cli.jobs import end_with, settle
from millpond.cli.options import (
    DryRunOption,
    ForceOption,
    OutputOption,
    VmNames,
    WaitOption,
    YesOption,
    complete_server,
)
from millpond.cli.output import Output, visible
from millpond.cli.output import show as show_value
from millpond.cli.session import connect
from millpond.cli.sizes import show_bytes
from millpond.cli.vm_views import plan_view

app = typer.Typer()

TimeoutOption = Annotated[float, typer.Option(help="Seconds the guest may take.")]
PowerOffOption = Annotated[bool, typer.Option("--force", help="Power it off when the time is up.")]
OnOption = Annotated[
    str | None,
    typer.Option(help="On this server and no other.", autocompletion=complete_server),
]


def explain_placement(output: Output, body: Json, *places: str) -> None:
    """Which server the request would choose at each of the ``places`` of the API, and why; nothing
    is changed."""
    with connect() as client:
        plans, errors = each(
            places, lambda where: client.call("POST", where, body, dry_run=True)["plan"]
        )
    if plans:
        show_value(plans[0] if len(places) == 1 else plans, plan_view, output)
    end_with(errors)


def each(names: Sequence[str], ask: Callable[[str], Json]) -> tuple[list[Json], list[CliError]]:
    """Ask for each of the names; one refusal does not keep the others waiting. A manager that is gone, or
    does not know the user, would refuse all the same way: those errors end the command."""
    jobs, errors = [], []
    for name in names:
        try:
            jobs.append(ask(name))
        except CliError as error:
            if error.exit_code in (ExitCode.AUTH, ExitCode.UNREACHABLE):
                raise
            errors.append(error)
    return jobs, errors


def act(
    action: str,
    names: list[str],
    body: Json,
    output: Output,
    *,
    wait: bool,
    dry_run: bool = False,
) -> None:
    """``POST /vms/NAME/ACTION`` for each name."""
    if dry_run:
        explain_placement(output, body, *(path("vms", name, action) for name in names))
        return
    with connect() as client:
        jobs, errors = each(
            names, lambda name: client.submit("POST", path("vms", name, action), body)
        )
        settle(client, jobs, output, wait=wait, errors=errors)


@app.command()
def start(
    vms: VmNames,
    on: OnOption = None,
    force: ForceOption = False,
    dry_run: DryRunOption = False,
    wait: WaitOption = True,
    output: OutputOption = Output.TABLE,
) -> None:
    """Start VMs on the servers that suit them best.

    Example: millpond vm start web1 web2
    """
    body = {"force": force} | ({"on": on} if on else {})
    act("start", vms, body, output, wait=wait, dry_run=dry_run)


@app.command()
def stop(
    vms: VmNames,
    timeout: TimeoutOption = 60,
    force: PowerOffOption = False,
    wait: WaitOption = True,
    output: OutputOption = Output.TABLE,
) -> None:
    """Press the power button of VMs and wait until they have powered off.

    A guest that does not obey in time runs on, unless --force is given.

    Example: millpond vm stop web1 --timeout 120 --force
    """
    act("stop", vms, {"timeout": timeout, "force": force}, output, wait=wait)


@app.command()
def kill(vms: VmNames, wait: WaitOption = True, output: OutputOption = Output.TABLE) -> None:
    """Power VMs off at once, as if the cord were pulled. Unwritten data is lost.

    Example: millpond vm kill web1
    """
    act("kill", vms, {}, output, wait=wait)


@app.command()
def reboot(
    vms: VmNames,
    timeout: TimeoutOption = 60,
    force: PowerOffOption = False,
    wait: WaitOption = True,
    output: OutputOption = Output.TABLE,
) -> None:
    """Shut VMs down cleanly and start them again, with pending changes applied.

    Example: millpond vm reboot web1
    """
    act("reboot", vms, {"timeout": timeout, "force": force}, output, wait=wait)


@app.command()
def reset(vms: VmNames, wait: WaitOption = True, output: OutputOption = Output.TABLE) -> None:
    """Press the reset button of VMs. Unwritten data is lost.

    Example: millpond vm reset web1
    """
    act("reset", vms, {}, output, wait=wait)


@app.command()
def pause(vms: VmNames, wait: WaitOption = True, output: OutputOption = Output.TABLE) -> None:
    """Halt the CPUs of VMs; their memory stays where it is.

    Example: millpond vm pause web1
    """
    act("pause", vms, {}, output, wait=wait)


@app.command()
def unpause(vms: VmNames, wait: WaitOption = True, output: OutputOption = Output.TABLE) -> None:
    """Let paused VMs run on.

    Example: millpond vm unpause web1
    """
    act("unpause", vms, {}, output, wait=wait)


@app.command()
def suspend(vms: VmNames, wait: WaitOption = True, output: OutputOption = Output.TABLE) -> None:
    """Save the memory of VMs to disk and free their servers of them.

    Example: millpond vm suspend web1
    """
    act("suspend", vms, {}, output, wait=wait)


@app.command()
def resume(
    vms: VmNames,
    on: OnOption = None,
    force: ForceOption = False,
    dry_run: DryRunOption = False,
    wait: WaitOption = True,
    output: OutputOption = Output.TABLE,
) -> None:
    """Bring suspended VMs back exactly as they were.

    Example: millpond vm resume web1
    """
    body = {"force": force} | ({"on": on} if on else {})
    act("resume", vms, body, output, wait=wait, dry_run=dry_run)


@app.command()
def delete(
    vms: VmNames,
    keep_disks: Annotated[
        bool, typer.Option("--keep-disks", help="Leave the disk files where they are.")
    ] = False,
    yes: YesOption = False,
    wait: WaitOption = True,
    output: OutputOption = Output.TABLE,
) -> None:
    """Delete VMs that are off, and their disks. Asks first, naming what is lost.

    Example: millpond vm delete web1 --keep-disks
    """
    with connect() as client:
        generations: dict[str, str | None] = {}
        if not yes:
            for name in vms:
                vm, generations[name] = client.etag(path("vms", name))
                typer.echo(_loss(vm, keep_disks=keep_disks), err=True)
            typer.confirm("Go on?", abort=True, err=True)
        jobs, errors = each(
            vms,
            # What was agreed to is what was shown: a VM changed meanwhile is not deleted.
            lambda name: client.submit(
                "DELETE",
                path("vms", name),
                if_match=generations.get(name),
                keep_disks=keep_disks or None,
            ),
        )
        settle(client, jobs, output, wait=wait, errors=errors)


def _loss(vm: Json, *, keep_disks: bool) -> str:
    """What deleting the VM takes away, in words."""
    files = [d for d in vm["config"]["disks"] if d["source"].startswith("file:")]
    what = ", ".join(f"{d['target']} ({show_bytes(d['size'])})" for d in files)
    if keep_disks or not files:
        return visible(f"VM {vm['name']} will be deleted; no disk is.")
    return visible(f"VM {vm['name']} will be deleted, and for good its disks {what}.")
