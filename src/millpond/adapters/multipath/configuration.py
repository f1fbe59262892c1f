"""multipath.conf(5): one for all servers of a pool."""

from collections.abc import Mapping
from typing import Literal

from millpond.domain.timing import Timing

FailoverMode = Literal[1, 4]
"""A CLARiiON's: 4 is ALUA, in 1 the SP that does not own a LUN takes no I/O for it."""

_CLARIION: dict[FailoverMode, dict[str, str]] = {
    1: {"hardware_handler": '"1 emc"', "prio": "emc"},
    4: {"hardware_handler": '"1 alua"', "prio": "alua"},
}


def multipath_conf(timing: Timing, mode: FailoverMode, aliases: Mapping[str, str]) -> str:
    """``aliases``: by WWID. Disks of no CLARiiON are left alone, and so is the LUNZ by which it shows
    a server that it has no LUN 0."""
    clariion = {
        "vendor": '"DGC"',
        "product": '"^(RAID|DISK|VRAID)"',
        "path_grouping_policy": "group_by_prio",
        # The checker knows what the CLARiiON's passive paths and snapshots answer; what multipath
        # finds out by itself would take its place.
        "path_checker": "emc_clariion",
        "detect_checker": "no",
        **_CLARIION[mode],
        "detect_prio": "no",
        "failback": "immediate",
        "no_path_retry": str(timing.no_path_retry),
    }
    defaults = {
        "user_friendly_names": "no",
        "find_multipaths": "no",
        "polling_interval": str(timing.polling),
        "max_polling_interval": str(timing.polling),
        "fast_io_fail_tmo": str(timing.fast_io_fail),
        "dev_loss_tmo": str(timing.dev_loss),
    }
    named = [("multipath", {"wwid": wwid, "alias": alias}) for wwid, alias in aliases.items()]
    everything = {"vendor": '".*"', "product": '".*"'}
    ours = {"vendor": clariion["vendor"], "product": clariion["product"]}
    return "".join(
        (
            _section("defaults", _lines(defaults)),
            _section("blacklist", _section("device", _lines(everything))),
            _section("blacklist_exceptions", _section("device", _lines(ours))),
            _section("devices", _section("device", _lines(clariion))),
            _section("multipaths", "".join(_section(kind, _lines(v)) for kind, v in named)),
        )
    )


def _section(name: str, body: str) -> str:
    inside = "".join(f"    {line}\n" for line in body.splitlines())
    return f"{name} {{\n{inside}}}\n"


def _lines(settings: Mapping[str, str]) -> str:
    return "".join(f"{key} {value}\n" for key, value in settings.items())
