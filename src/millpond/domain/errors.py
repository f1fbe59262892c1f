"""Whose fault it is, and what to do about it.

``Refused``  the request cannot be carried out as it stands; nothing was changed; has a fix.
``Failed``   a step was tried and did not work; the world says so.
``Unknown``  the outcome of a step is not known (a server stopped answering): look at the world
             again before anything else; never retried blindly.

Every code a user can meet stands in ``CODES``; the reference page is generated from it.
"""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Code:
    """One kind of refusal: its HTTP status (RFC 9110) and what it means."""

    status: int
    meaning: str


CODES: dict[str, Code] = {
    "auth.required": Code(401, "No valid session or API token came with the request."),
    "auth.denied": Code(403, "The user lacks the permission this call needs."),
    "auth.origin": Code(403, "A browser's session came from a page that is not this manager's."),
    "auth.rate": Code(429, "Too many failed sign-ins for this user or address."),
    "request.invalid": Code(422, "The request does not have the documented form."),
    "request.not_found": Code(404, "There is no such object or page."),
    "request.method": Code(405, "The page exists but not with this HTTP method."),
    "request.etag": Code(412, "The object changed since it was read."),
    "request.idempotency": Code(409, "The idempotency key was used for a different request."),
    "request.too_large": Code(413, "The request body is larger than the limit."),
    "request.range": Code(416, "None of the bytes that were asked for are there."),
    "object.busy": Code(409, "A running job holds the object."),
    "object.exists": Code(409, "The name is taken."),
    "user.last": Code(409, "The last user cannot be deleted."),
    "enrol.token": Code(403, "The enrolment token is unknown, used or expired."),
    "server.not_enrolled": Code(409, "The server has no certificate of this manager yet."),
    "server.unreachable": Code(503, "The server's agent does not answer."),
    "server.in_pool": Code(409, "The server belongs to a pool."),
    "server.not_in_pool": Code(409, "The server belongs to no pool."),
    "server.has_guests": Code(409, "Guests still run on the server."),
    "server.role": Code(409, "The server lacks the role this work needs."),
    "pool.preflight": Code(409, "The servers do not fit together; each difference is listed."),
    "pool.members": Code(409, "The pool has as many members as a lockspace has host ids."),
    "pool.not_lab": Code(409, "The pool is not marked as a lab, and chaos would kill its servers."),
    "pool.deposed": Code(409, "Another server has become pool master since."),
    "pool.master": Code(409, "The pool needs exactly one pool master."),
    "pool.roles": Code(409, "The pool needs at least one utility server and one VM server."),
    "pool.not_empty": Code(409, "The pool still has virtual machines."),
    "pool.stale": Code(409, "The pool's record changed meanwhile."),
    "pool.unreadable": Code(409, "The repository holds a record that cannot be read."),
    "vm.state": Code(409, "The VM is not in a state that allows this."),
    "vm.no_shutdown": Code(409, "The guest did not power off when asked to."),
    "vm.memory": Code(422, "The memory sizes contradict each other or are too small."),
    "vm.vcpus": Code(422, "The vCPU counts contradict each other."),
    "vm.devices": Code(422, "The VM's disks or network interfaces contradict each other."),
    "snapshot.disk": Code(409, "The VM has a disk of which no snapshot can be made."),
    "snapshot.agent": Code(
        409, "No guest agent answers, so the guest's file systems stay as they are."
    ),
    "snapshot.changed": Code(409, "The VM's disks are not those of the snapshot any more."),
    "vm.not_hot": Code(409, "The change cannot be made before the VM is stopped."),
    "placement.none": Code(409, "No server can take the VM; the reasons are listed."),
    "migration.other_pool": Code(409, "Live migration stays inside one pool."),
    "migration.same_server": Code(409, "The VM is already on that server."),
    "migration.cpu": Code(409, "The target lacks CPU features the guest may be using."),
    "migration.hypervisor": Code(409, "Source and target run different hypervisors."),
    "migration.memory": Code(409, "The target has too little free memory."),
    "migration.bridge": Code(409, "The target lacks a bridge the guest is plugged into."),
    "migration.disk": Code(409, "A disk of the guest is not on storage the target sees."),
    "migration.device": Code(409, "The guest uses a device of its server."),
    "template.unreadable": Code(409, "The template's description or image cannot be used."),
    "repository.in_use": Code(409, "Guests run from the repository, or it holds VMs."),
    "repository.foreign": Code(409, "The repository belongs to another pool."),
    "lun.in_use": Code(409, "A VM has the LUN as a disk, or a guest has it open."),
    "lun.no_relay": Code(
        503, "The service that passes guests on to LUNs does not run on the server."
    ),
    "lun.differs": Code(409, "Servers or the array find something else in the LUN's place."),
    "storage.full": Code(507, "The repository has too little free space."),
    "storage.unavailable": Code(503, "The repository cannot be reached from the server."),
    "storage.no_sandbox": Code(503, "The server cannot shut image tools in, so it runs none."),
    "image.backing_file": Code(422, "The image needs another one: a backing file or parent disk."),
    "image.data_file": Code(422, "The image keeps its data in another file."),
    "image.extents": Code(422, "The VMDK's data are not in this one file alone."),
    "image.features": Code(422, "The image uses features that are not known, or encryption."),
    "image.format": Code(422, "The image's contents are not of its declared format alone."),
    "image.size": Code(422, "The image claims a size, or a number of parts, that no disk has."),
    "image.archive": Code(422, "The archive holds something else than plain files, or too much."),
    "image.checksum": Code(422, "The image's checksum is not the one that was given."),
    "image.url": Code(422, "Images are not fetched from there."),
    "image.state": Code(409, "The image is not in a state that allows this."),
    "image.in_use": Code(409, "A VM has the image."),
    "image.damaged": Code(422, "The image is cut short, or contradicts itself."),
    "backup.damaged": Code(422, "A backup's files are not what its manifest says, or lack others."),
    "backup.needed": Code(409, "Other backups build on this one."),
    "import.unreadable": Code(422, "A VM's description is not of the format it should have."),
    "import.too_large": Code(422, "A VM's description asks for more work than an honest one does."),
    "import.unsafe_xml": Code(422, "An XML file declares entities or a document type."),
    "import.reference": Code(422, "A VM's description names a file that is not in its own folder."),
    "import.invalid": Code(422, "What is described is no VM that could be here."),
    "import.network": Code(422, "A network of the description has no bridge in the pool."),
    "import.choice": Code(
        422, "The description offers a choice, and none or a wrong one was made."
    ),
    "import.digest": Code(422, "A file is not what the manifest says of it."),
    "import.changing": Code(409, "What is imported is still being written to where it comes from."),
    "import.certificate": Code(422, "The certificate does not vouch for the manifest."),
    "import.drivers": Code(422, "virt-v2v, which puts drivers into guests, cannot do so here."),
    "bridge.in_use": Code(409, "Guests are plugged into the bridge."),
    "bridge.unsupported": Code(409, "The server's kernel lacks what the bridge needs."),
    "job.finished": Code(409, "The job has ended already."),
    "job.fenced": Code(409, "A newer manager has taken over the job."),
    "lease.held": Code(409, "Another server holds the lease."),
    "lease.outdated": Code(409, "Another server has held the lease of a paused guest since."),
    "lease.host_id": Code(409, "Another live server uses the host id in the pool's lockspace."),
    "lease.lockspace": Code(503, "The pool's lockspace or a lease is missing or damaged."),
    "lease.replaced": Code(503, "The pool's lockspace was replaced while servers used it."),
    "lease.daemon": Code(503, "The server's lease daemon (sanlock) does not answer."),
    "fence.invalid": Code(422, "The fence device's arguments do not fit its agent."),
    "fence.unproven": Code(409, "No fence device confirmed that the server is off."),
    "fence.contradicted": Code(409, "A fence device says off, but the server lives."),
    "ha.admission": Code(409, "The pool could no longer restart its HA VMs after a failure."),
    "volume.in_use": Code(
        409, "A file or device that would be overwritten is in use, or not empty."
    ),
    "volume.unfit": Code(422, "A file or device cannot be measured as it is."),
    "array.unreachable": Code(409, "Nothing of the array answers."),
    "array.login": Code(409, "The array does not take its user's password, or is another one."),
    "array.plain": Code(409, "The array's LUNs are made elsewhere."),
    "console.ticket": Code(403, "The console ticket is unknown, used or expired."),
    "hypervisor.refused": Code(409, "The hypervisor refused the request."),
    "server.busy": Code(503, "The service is starting or too busy; try again."),
    "step.failed": Code(502, "A server tried what was asked and could not do it."),
    "step.unknown": Code(504, "A server did not answer; whether it did its work is not known."),
    "internal.error": Code(500, "The manager made a mistake; its log says more."),
}


class MillpondError(Exception):
    """Base of everything Millpond raises on purpose."""


class Refused(MillpondError):
    """Nothing was changed. ``code`` is a key of ``CODES``; ``fix`` says what to do; ``details``
    holds what a program may want to show as a table (JSON values only)."""

    def __init__(
        self,
        code: str,
        subject: str,
        message: str,
        fix: str,
        details: dict[str, Any] | None = None,
    ) -> None:
        if code not in CODES:
            raise ValueError(f"error code {code!r} is not in the catalogue")
        super().__init__(f"{subject}: {message}")
        self.code = code
        self.subject = subject
        self.message = message
        self.fix = fix
        self.details = details or {}

    @property
    def status(self) -> int:
        """The HTTP status that goes with the code."""
        return CODES[self.code].status


class Failed(MillpondError):
    """A step was tried and did not work; ``cause`` is a sentence for the user."""

    def __init__(self, step: str, cause: str) -> None:
        super().__init__(f"{step}: {cause}")
        self.step = step
        self.cause = cause


class Unknown(MillpondError):
    """The outcome of ``step`` is not known; look again before acting."""

    def __init__(self, step: str, cause: str) -> None:
        super().__init__(f"{step}: outcome unknown: {cause}")
        self.step = step
        self.cause = cause


def not_found(kind: str, key: str, fix: str | None = None) -> Refused:
    """The refusal for an object that does not exist. A ``kind`` that ``millpond KIND list`` does not
    list needs another ``fix``."""
    listing = f"list what exists with: millpond {kind} list"
    return Refused("request.not_found", f"{kind} {key}", "does not exist", fix or listing)
