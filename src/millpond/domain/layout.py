"""Where things lie in a repository. The five folders are those of Oracle VM's /OVS."""

from millpond.domain.image import ImageFormat, ImageKind
from millpond.domain.leases import MASTER, SLOT, SUCCESSION, Lockspace, Resource
from millpond.domain.vm import DiskSource, LayerSource

RUNNING_POOL = "running_pool"
SEED_POOL = "seed_pool"
ISO_POOL = "iso_pool"
PUBLISH_POOL = "publish_pool"
SHARED_DISK = "sharedDisk"
FOLDERS = (ISO_POOL, PUBLISH_POOL, SEED_POOL, SHARED_DISK, RUNNING_POOL)
STAGING = ".staging"
"""Imports under way: a folder for each, by its id."""

IMAGES = ".millpond/images"
"""One record for each imported image."""

POOL_RECORD = ".millpond/pool.json"
REPOSITORY_RECORD = ".millpond/repository.json"
VM_RECORD = "vm.json"
RETIRED_RECORD = "vm.json.deleted"
"""A record that is none any more: its VM was deleted and its files were kept, or it has moved."""

LEASE = "lease"
TEMPLATE_RECORD = "template.json"


def vm_directory(root: str, vm: str) -> str:
    """All a VM owns: its record, its disks, its saved memory."""
    return f"{root}/{RUNNING_POOL}/{vm}"


def template_directory(root: str, name: str) -> str:
    return f"{root}/{SEED_POOL}/{name}"


def image_path(root: str, kind: ImageKind, name: str, format_: ImageFormat) -> str:
    """Where an approved image lies; that of a template beside its record."""
    match kind:
        case ImageKind.ISO:
            return f"{root}/{ISO_POOL}/{name}.iso"
        case ImageKind.DISK:
            return f"{root}/{SHARED_DISK}/{name}.{format_.value}"
        case ImageKind.TEMPLATE:
            return f"{template_directory(root, name)}/system.{format_.value}"


def disk_path(directory: str, source: DiskSource) -> str:
    """The absolute path behind a disk's source."""
    kind, _, rest = source.partition(":")
    root = _root_of(directory)
    if kind == "iso":
        return image_path(root, ImageKind.ISO, rest, ImageFormat.ISO)
    if kind == "shared":
        return f"{root}/{SHARED_DISK}/{rest}"
    return rest if rest.startswith("/") else f"{directory}/{rest}"


def move_note(path: str) -> str:
    """Beside a disk's file while the disk moves: once it is there, the file that it names is the disk."""
    return f"{path}.moved"


def layer_path(directory: str, source: LayerSource) -> str:
    """The absolute path of an image beneath a disk."""
    kind, _, rest = source.partition(":")
    folder = f"{_root_of(directory)}/{SEED_POOL}" if kind == "seed" else directory
    return f"{folder}/{rest}"


def _root_of(directory: str) -> str:
    """Of the repository that a VM's directory lies in."""
    return directory.rpartition(f"/{RUNNING_POOL}/")[0]


def suspend_image(directory: str) -> str:
    """The memory of a VM suspended to disk."""
    return f"{directory}/suspend.img"


LEASES = ".millpond/leases"
"""The pool's own leases: the file ``lockspace``, and ``pool`` with its resources."""

FAILOVERS = ".millpond/failovers"
"""One record for each failover."""

FENCING_RECORD = ".millpond/fencing.json"
"""How to fence each member; holds secrets, so only root may read it."""


def lockspace_path(root: str) -> str:
    return f"{root}/{LEASES}/lockspace"


def pool_lease(root: str, pool: str, name: str) -> Resource:
    """A resource of the pool itself: ``MASTER`` or ``SUCCESSION``."""
    offset = (MASTER, SUCCESSION).index(name) * SLOT
    return Resource(lockspace=pool, name=name, path=f"{root}/{LEASES}/pool", offset=offset)


def pool_leases(lockspace: Lockspace) -> tuple[Resource, ...]:
    """All of the pool's own, from the place of its lockspace."""
    root = lockspace.path.removesuffix(lockspace_path(""))
    return tuple(pool_lease(root, lockspace.name, name) for name in (MASTER, SUCCESSION))


def vm_lease(directory: str, pool: str, vm: str) -> Resource:
    """The lease a VM runs under, in its own ``directory``."""
    return Resource(lockspace=pool, name=vm, path=f"{directory}/{LEASE}")
