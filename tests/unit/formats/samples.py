"""VMs of every kind, the files we made in other products' styles, and what must survive a round trip."""

from pathlib import Path

from hypothesis import strategies as st

from millpond.domain.converting import Wishes, from_config, to_config
from millpond.domain.foreign import ForeignVm
from millpond.domain.names import new_id
from millpond.domain.vm import (
    DEFAULT_IO_WEIGHT,
    NO_CD,
    BootDevice,
    Disk,
    DiskFormat,
    Keyboard,
    Vif,
    VifModel,
    VmConfig,
)

DATA = Path(__file__).parents[2] / "data" / "formats"
PLACE = "/OVS/running_pool/7d8d2f0c"
BRIDGES = frozenset({"xenbr0", "xenbr1", "br-lan"})


def data(name: str) -> bytes:
    return (DATA / name).read_bytes()


_NAMES = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,40}[A-Za-z0-9]", fullmatch=True)
_TEXT = st.text(
    st.characters(blacklist_categories=["Cs", "Cc"], blacklist_characters="\ufffe\uffff")
    | st.sampled_from("\n\t'\"\\|&<]"),
    max_size=60,
).filter(lambda t: t == t.strip())


@st.composite
def _disks(draw: st.DrawFn) -> tuple[Disk, ...]:
    targets = draw(
        st.tuples(
            st.sets(st.sampled_from("abcd"), max_size=4).map(lambda s: [f"hd{c}" for c in s]),
            st.sets(st.sampled_from("abcdefg"), max_size=7).map(lambda s: [f"sd{c}" for c in s]),
            st.sets(st.sampled_from("abc"), max_size=3).map(lambda s: [f"vd{c}" for c in s]),
            st.sets(st.sampled_from("xyz"), max_size=3).map(lambda s: [f"xvd{c}" for c in s]),
        )
    )
    names = draw(st.permutations([t for group in targets for t in group]))
    return tuple(draw(_disk(target)) for target in names)


@st.composite
def _disk(draw: st.DrawFn, target: str) -> Disk:
    kind = draw(st.sampled_from(["phy", "file", "shared"]))
    if target.startswith("hd") and draw(st.integers(0, 9)) == 0:
        return Disk(target=target, source=NO_CD, size=0, readonly=True)
    format_ = draw(st.sampled_from(DiskFormat)) if kind == "file" else DiskFormat.RAW
    name = {"phy": f"/dev/mapper/{target}", "file": f"{target}.{format_.value}", "shared": target}
    limits = st.none() | st.integers(1, 1_000_000)
    rarely = draw(st.integers(0, 4)) == 0
    return Disk(
        target=target,
        source=f"{kind}:{name[kind]}",
        format=format_,
        size=512 * draw(st.integers(1, 1 << 40)),
        readonly=draw(st.booleans()),
        sharable=kind != "file" and draw(st.booleans()),
        iops_limit=draw(limits) if rarely else None,
        rate_limit=draw(limits) if rarely else None,
    )


_VIFS = st.lists(
    st.builds(
        Vif,
        mac=st.integers(0, (1 << 24) - 1).map(
            lambda n: f"00:16:3e:{n >> 16:02x}:{n >> 8 & 255:02x}:{n & 255:02x}"
        ),
        bridge=st.sampled_from(sorted(BRIDGES)),
        model=st.sampled_from(VifModel),
        rate_limit=st.none() | st.integers(1, 100_000_000),
    ),
    max_size=4,
    unique_by=lambda v: v.mac,
).map(tuple)


@st.composite
def configs(draw: st.DrawFn) -> VmConfig:
    memory, vcpus = draw(st.integers(32, 1 << 20)), draw(st.integers(1, 288))
    return VmConfig(
        id=new_id(),
        name=draw(_NAMES),
        memory=memory,
        max_memory=memory + draw(st.integers(0, 1 << 20)),
        vcpus=vcpus,
        max_vcpus=draw(st.integers(vcpus, 288)),
        cpu_weight=draw(st.integers(1, 10_000)),
        cpu_cap=draw(st.integers(0, 28_800)),
        io_weight=draw(st.just(DEFAULT_IO_WEIGHT) | st.integers(1, 1000)),
        boot=tuple(draw(st.permutations(BootDevice)))[: draw(st.integers(1, 3))],
        disks=draw(_disks()),
        vifs=draw(_VIFS),
        keyboard=draw(st.sampled_from(Keyboard)),
        description=draw(_TEXT),
        tags=tuple(draw(st.lists(st.sampled_from(["a", "b", "env=x"]), unique=True))),
        preferred_servers=tuple(draw(st.lists(st.sampled_from(["srv1", "srv2"]), unique=True))),
        ha=draw(st.booleans()),
        restart_priority=draw(st.integers(1, 1000)),
    )


def lost_on_the_way(before: VmConfig, foreign: ForeignVm) -> set[str]:
    """The fields that are other once ``foreign``, made of ``before`` and read again, is imported.
    Sizes that a format cannot say are taken from the images, which an import looks into."""
    sizes = {_file(d.file): d.capacity for d in from_config(before, PLACE).disks}
    disks = [
        d if d.capacity is not None else d.model_copy(update={"capacity": sizes[_file(d.file)]})
        for d in foreign.disks
    ]
    whole = foreign.model_copy(update={"disks": tuple(disks)})
    after, _, notes = to_config(whole, before.id, Wishes(), BRIDGES)
    told = {n.split()[1].rstrip(":") for n in notes if n.startswith("disk ") and "alone" in n}
    old, new = _comparable(before, told), _comparable(after, told)
    formats = [d.format for d in from_config(before).disks]
    lost = {field for field in old if old[field] != new[field]}
    return lost | ({"disk formats"} if [d.format for d in foreign.disks] != formats else set())


def _file(path: str) -> str:
    return path if path.startswith("/dev/") else path.rpartition("/")[2]


def _comparable(config: VmConfig, alone: set[str]) -> dict[str, object]:
    """An import gives disks files and formats of its own choice; ``alone`` are those of which it has told
    that they are the VM's own from now on."""
    fields = config.model_dump()
    for disk in fields["disks"]:
        if not disk["source"].startswith("phy:"):
            disk["source"] = "file"
        if disk["target"] in alone:
            del disk["sharable"]
        del disk["format"]
    return fields


def fields_of(sentences: tuple[str, ...]) -> set[str]:
    """What the sentences about losses name."""
    return {sentence.partition(":")[0] for sentence in sentences}
