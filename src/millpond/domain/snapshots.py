"""A VM's snapshots: images that are kept, with layers over them for what came after.

Every image is written to by one version of the VM alone: by the VM as it is now, or by nobody, as a
snapshot has it. An image that is no version's own is there for those that lie over it. It is merged
with the last one of them.
"""

from collections.abc import Iterator
from itertools import pairwise

from millpond.domain.errors import Refused, not_found
from millpond.domain.vm import (
    MAX_LAYERS,
    MAX_SNAPSHOTS,
    Disk,
    DiskFormat,
    Layer,
    LayerSource,
    Model,
    Snapshot,
    VmConfig,
    VmDocument,
)

KEPT_NOW = ("name", "description", "tags", "preferred_servers", "ha", "restart_priority")
"""What a VM keeps when it goes back: what is said of it, not what it is made of."""


class Merge(Model):
    """All data of the image ``drop`` go into the one beneath it, ``into``, which takes its place."""

    drop: LayerSource
    into: LayerSource


def find_snapshot(document: VmDocument, name: str) -> Snapshot:
    """Raises ``Refused(request.not_found)``."""
    for snapshot in document.snapshots:
        if snapshot.name == name:
            return snapshot
    vm = document.config.name
    raise not_found("snapshot", name, f"see which there are: millpond vm snapshot list {vm}")


def is_kept(disk: Disk) -> bool:
    """Whether snapshots keep the disk: one of the VM's own that it writes to."""
    return disk.source.startswith("file:") and not disk.readonly


def check_new(document: VmDocument, name: str) -> None:
    """Raise ``Refused`` unless the VM can have another snapshot, of that name."""
    vm, subject = document.config.name, f"vm {document.config.name}"
    if any(s.name == name for s in document.snapshots):
        raise Refused(
            "object.exists",
            f"snapshot {name}",
            f"VM {vm} has one of that name",
            "choose another name",
        )
    for disk in document.config.disks:
        if disk.source.startswith("phy:") and not disk.readonly:
            raise Refused(
                "snapshot.disk",
                subject,
                f"disk {disk.target} is a block device, which has no layers",
                "remove that disk from the VM, or make the snapshot on the storage system",
            )
        if disk.source.startswith("shared:") and not disk.readonly:
            raise Refused(
                "snapshot.disk",
                subject,
                f"disk {disk.target} is a shared disk, which has no layers",
                f"detach it first: millpond vm disk detach {vm} {disk.target}",
            )
        if disk.source.startswith("file:/"):
            raise Refused(
                "snapshot.disk",
                subject,
                f"disk {disk.target} lies in another repository than the VM, and layers do not",
                f"move it back first: millpond vm disk move {vm} {disk.target} REPOSITORY",
            )
    layers = max((len(d.backing) for d in document.config.disks), default=0)
    if len(document.snapshots) >= MAX_SNAPSHOTS or layers >= MAX_LAYERS:
        raise Refused(
            "snapshot.disk",
            subject,
            f"it has {len(document.snapshots)} snapshots, and {layers} layers beneath a disk",
            f"delete some: millpond vm snapshot list {vm}",
        )


def layered(config: VmConfig, tag: str) -> VmConfig:
    """The VM with a fresh layer over each disk that snapshots keep, named after ``tag``."""
    return config.model_copy(
        update={"disks": tuple(_over(d, tag) if is_kept(d) else d for d in config.disks)}
    )


def _over(disk: Disk, tag: str) -> Disk:
    return disk.model_copy(
        update={
            "source": f"file:{disk.target}-{tag}.qcow2",
            "format": DiskFormat.QCOW2,
            "backing": (Layer(source=disk.source, format=disk.format), *disk.backing),
        }
    )


def reverted(document: VmDocument, snapshot: Snapshot, tag: str) -> VmConfig:
    """The VM as the snapshot has it, with fresh layers to write to. Raises ``Refused``."""
    config, vm = document.config, document.config.name
    if snapshot.deleting:
        raise Refused(
            "snapshot.changed",
            f"snapshot {snapshot.name}",
            "it was begun to be deleted, and is whole no more",
            f"end that: millpond vm snapshot delete {vm} {snapshot.name}",
        )
    now = {d.target for d in config.disks if is_kept(d)}
    then = {d.target for d in snapshot.config.disks}
    if now - then:
        raise Refused(
            "snapshot.changed",
            f"vm {vm}",
            f"it has got disk {min(now - then)} since, which would be lost",
            "remove that disk from the VM first, and keep its file",
        )
    kept = {field: getattr(config, field) for field in KEPT_NOW}
    return layered(snapshot.config.model_copy(update=kept), tag)


def files(document: VmDocument) -> frozenset[str]:
    """All images of the VM's own directory that it, or a snapshot of it, consists of."""
    return frozenset(
        source for disk in _disks(document) for source in disk.owned if source.startswith("file:")
    )


def memories(document: VmDocument) -> frozenset[str]:
    """The files with the memory of snapshots."""
    return frozenset(s.memory for s in document.snapshots if s.memory is not None)


def merges(document: VmDocument) -> list[Merge]:
    """What is to be merged, one after the other, until every image that is nobody's own has several
    that need it."""
    found: list[Merge] = []
    while (merge := _mergeable(document)) is not None:
        found.append(merge)
        document = merged(document, merge)
    return found


def _mergeable(document: VmDocument) -> Merge | None:
    own = {disk.source for disk in _disks(document)}
    over: dict[str, set[str]] = {}
    for disk in _disks(document):
        chain = (disk.source, *(layer.source for layer in disk.backing))
        for upper, lower in pairwise(chain):
            if lower.startswith("file:") and lower not in own:
                over.setdefault(lower, set()).add(upper)
    for lower, uppers in over.items():
        if len(uppers) == 1:
            return Merge(drop=uppers.pop(), into=lower)
    return None


def merged(document: VmDocument, merge: Merge) -> VmDocument:
    """The record once that is done."""
    return document.model_copy(
        update={
            "config": without_layer(document.config, merge.drop),
            "snapshots": tuple(
                s.model_copy(update={"config": without_layer(s.config, merge.drop)})
                for s in document.snapshots
            ),
        }
    )


def without_layer(config: VmConfig, drop: str) -> VmConfig:
    """The disks without the image ``drop``: the one beneath it takes its place."""
    return config.model_copy(update={"disks": tuple(_without(d, drop) for d in config.disks)})


def _without(disk: Disk, drop: str) -> Disk:
    if disk.source == drop and disk.backing:
        first, *rest = disk.backing
        return disk.model_copy(
            update={"source": first.source, "format": first.format, "backing": tuple(rest)}
        )
    left = tuple(layer for layer in disk.backing if layer.source != drop)
    return disk.model_copy(update={"backing": left}) if left != disk.backing else disk


def forgotten(document: VmDocument, name: str) -> VmDocument:
    """The record without that snapshot; those that came after it come after its parent."""
    gone = find_snapshot(document, name)
    return document.model_copy(
        update={
            "snapshots": tuple(
                s.model_copy(update={"parent": gone.parent}) if s.parent == name else s
                for s in document.snapshots
                if s.name != name
            ),
            "snapshot": gone.parent if document.snapshot == name else document.snapshot,
        }
    )


def _disks(document: VmDocument) -> Iterator[Disk]:
    for config in (document.config, *(s.config for s in document.snapshots)):
        yield from config.disks
