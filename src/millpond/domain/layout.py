"""Where things lie in a repository. The five folders are those of Oracle VM's /OVS."""

from millpond.domain.vm import DiskSource

RUNNING_POOL = "running_pool"
SEED_POOL = "seed_pool"
FOLDERS = ("iso_pool", "publish_pool", SEED_POOL, "sharedDisk", RUNNING_POOL)
POOL_RECORD = ".millpond/pool.json"
VM_RECORD = "vm.json"
TEMPLATE_RECORD = "template.json"


def vm_directory(root: str, vm: str) -> str:
    """All a VM owns: its record, its disks, its saved memory."""
    return f"{root}/{RUNNING_POOL}/{vm}"


def template_directory(root: str, name: str) -> str:
    return f"{root}/{SEED_POOL}/{name}"


def disk_path(directory: str, source: DiskSource) -> str:
    """The absolute path behind a disk's source."""
    kind, _, rest = source.partition(":")
    return rest if kind == "phy" else f"{directory}/{rest}"


def suspend_image(directory: str) -> str:
    """The memory of a VM suspended to disk."""
    return f"{directory}/suspend.img"
