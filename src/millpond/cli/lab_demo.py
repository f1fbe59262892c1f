"""``millpond lab demo``: the demonstration, and how whoever runs it gets to its manager."""

import os
from typing import Annotated

import typer

from millpond.cli import config
from millpond.lab.demo import GUESTS, NAME, Demo
from millpond.lab.lab import Lab

app = typer.Typer()

LabName = Annotated[str, typer.Option("--name", help="The lab.", envvar="MILLPOND_LAB")]


@app.command()
def demo(
    port: Annotated[int, typer.Option(help="The manager's, on 127.0.0.1.")] = 8443,
    name: LabName = NAME,
) -> None:
    """Bring up three servers, a pool and three guests that count."""
    made = Demo(Lab(name), port)
    config.read(config.path())  # better refused now than when all is up
    url, password = made.run()
    typer.echo("\n".join(_what_next(made, name, url, password)))


@app.command("demo-stop")
def demo_stop(name: LabName = NAME) -> None:
    """Remove the demonstration wholly."""
    lab = Lab(name)
    file = config.path()
    known = config.read(file)
    lab.down()
    if known is not None and known.ca == str(Demo(lab).ca):
        file.unlink()


def _what_next(made: Demo, name: str, url: str, password: str | None) -> list[str]:
    lines = [f"manager   {url}", "user      admin"]
    if password:
        lines.append(f"password  {password}   (shown once; change it: millpond user password)")
    steps = [
        ("millpond vm list", ""),
        (f"millpond vm migrate {GUESTS[0]}", "live; it keeps counting"),
        (f"millpond vm console {GUESTS[0]}", "leave with Ctrl-]"),
        ("millpond server maintenance srv2", "its guests move away"),
        ("millpond server activate srv2", ""),
        (f"millpond lab crash srv3 --name {name}", "a power cut: its guests start elsewhere"),
        ("millpond pool failovers pool1", "how long they were gone"),
    ]
    return [
        *lines,
        "",
        "Try:",
        "  . .venv/bin/activate",
        *_sign_in(made, url),
        *(f"  {typed:<39}{f'# {why}' if why else ''}".rstrip() for typed, why in steps),
        "",
        "make demo-stop removes it all.",
    ]


def _sign_in(made: Demo, url: str) -> list[str]:
    """Sign the user in to the demonstration's manager, or say how, if that would take the place of
    a login to another one."""
    file = config.path()
    known = config.read(file)
    named = os.environ.get("MILLPOND_URL", "").rstrip("/")
    elsewhere = [named] if named not in ("", url) else []
    if known is not None and known.ca != str(made.ca):
        elsewhere.append(known.url)
    if elsewhere:
        return [
            f"  # you stay signed in to {elsewhere[0]}; in this shell alone, use the demo's manager:",
            f"  export MILLPOND_URL={url} XDG_CONFIG_HOME={made.login}",
        ]
    login = config.read(config.path({"XDG_CONFIG_HOME": str(made.login)}))
    assert login is not None, "the demonstration has signed in"
    config.save(login, file)
    return []
