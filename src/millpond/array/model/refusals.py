"""Every refusal of the array, with its text, its code and the exit status that clients look for.

Texts and codes that clients know are the real array's; a refusal whose real text is not known says what
is wrong in our words and has the general status.
"""

from dataclasses import dataclass

from millpond.domain.errors import MillpondError

GENERAL = 255
AGENT = 66


@dataclass(frozen=True)
class Reason:
    """``text`` may have fields for ``str.format``. ``agent``: the text stands under the line that says
    that the agent answered it."""

    text: str
    status: int = GENERAL
    code: int | None = None
    agent: bool = False


REASONS = {
    "lun.name": Reason(
        "Unable to create the LUN because the specified name is already in use. Please retry the "
        "operation using a unique name.",
        code=0x712D8D04,
    ),
    "lun.not_found": Reason(
        "Could not retrieve the specified (pool lun). The (pool lun) may not exist", 9
    ),
    "lun.number": Reason("The specified LUN number {number} is already in use or out of range."),
    "lun.numbers": Reason("All LUN numbers of the array are in use."),
    "lun.capacity": Reason(
        "The specified LUN capacity is not supported.",
        code=0x712D8E08,
    ),
    "lun.shrink": Reason(
        "SP A: Expansion LUN size must be greater than current LUN size.",
        code=0x712D8E04,
    ),
    "lun.full": Reason(
        "The Storage Pool has not enough available capacity: {need} blocks are needed, {have} are "
        "available."
    ),
    "lun.threshold": Reason(
        "The operation would raise the Storage Pool above its Percent Full Threshold of {threshold}. "
        "To go on all the same, use -ignoreThresholds."
    ),
    "lun.in_group": Reason("Cannot unbind LUN because it's contained in a Storage Group."),
    "lun.in_use": Reason(
        "Cannot unbind LUN because it's being used by a feature of the Storage System"
    ),
    "lun.busy": Reason(
        "LUN {number} is being {what}; until that has ended it cannot be expanded, removed, restored, mapped "
        "or copied."
    ),
    "migrate.none": Reason("The specified source LUN is not currently migrating.", 23),
    "migrate.no_source": Reason("The specified source LUN does not exist", 23),
    "migrate.destination": Reason(
        "The destination LUN is not available for migration: it has to be another LUN, at least as large as "
        "the source, that is in no Storage Group and that no other feature uses."
    ),
    "migrate.snaps": Reason(
        "The source LUN has snapshots; they would stay where the LUN no longer is."
    ),
    "clone.group_name": Reason("The Clone Group name is already in use.", 69),
    "clone.group_none": Reason("The specified Clone Group does not exist.", 69),
    "clone.group_not_empty": Reason("The Clone Group still has clones.", 69),
    "clone.not_found": Reason("The specified clone does not exist.", 70),
    "clone.lun": Reason("LUN {number} does not exist.", 70),
    "clone.unfit": Reason(
        "A clone is a LUN of exactly the source's size that has no snapshots and is in no consistency group.",
        70,
    ),
    "clone.most": Reason("A Clone Group has at most {most} clones.", 70),
    "clone.state": Reason("The operation is not possible while the clone is {state}.", 70),
    "clone.others": Reason(
        "All other clones of the Clone Group have to be fractured, and none reverse-synchronizing.",
        70,
    ),
    "clone.reversing": Reason(
        "Another clone of the Clone Group is reverse-synchronizing, or was fractured meanwhile.", 70
    ),
    "clone.protected": Reason(
        "A clone that is protected from what hosts write to the source meanwhile is not supported.",
        70,
    ),
    "clone.behind": Reason(
        "The clone was not fractured: what hosts have written could not be copied to it: {why}", 70
    ),
    "clone.unended": Reason(
        "The clone was fractured, but a copy under way to it has not ended yet.", 70
    ),
    "classic.not_found": Reason("The specified LUN does not exist.", 30),
    "classic.space": Reason(
        "The RAID Group has no contiguous free space of {blocks} blocks.", agent=True, status=AGENT
    ),
    "classic.type": Reason(
        "The RAID type does not fit the RAID Group, which is {type}.", agent=True, status=AGENT
    ),
    "name.invalid": Reason("A name has 1 to {most} characters and no control characters."),
    "pool.name": Reason(
        "Unable to create the Storage Pool. Pool name is already used.", code=0x712D8501
    ),
    "pool.rename": Reason("Could not set properties:(Name). The name is already used."),
    "pool.not_found": Reason(
        "Could not retrieve the specified (Storagepool). The (Storagepool) may not exist", 72
    ),
    "pool.not_empty": Reason("Cannot destroy the Storage Pool because it contains LUNs."),
    "pool.rtype": Reason("The specified number of disks are not supported for this raid type."),
    "pool.threshold": Reason("A Percent Full Threshold is from 1 to 84."),
    "disk.used": Reason("Disk {disk} is already in use.", code=0x76008304),
    "disk.not_found": Reason("Disk {disk} does not exist."),
    "disk.failed": Reason("Disk {disk} has failed."),
    "rg.not_found": Reason("RAIDGroup Not Found", agent=True, status=AGENT),
    "rg.exists": Reason("RAIDGroup ID {number} is already in use.", agent=True, status=AGENT),
    "rg.disks": Reason("The specified number of disks are not supported for this raid type."),
    "rg.not_empty": Reason("The RAIDGroup contains LUNs.", agent=True, status=AGENT),
    "rg.stands_in": Reason(
        "The RAIDGroup's disk takes part in a rebuild, or stands in for one that failed.",
        agent=True,
        status=AGENT,
    ),
    "rg.mixed": Reason("The disks of a RAIDGroup are of one type.", agent=True, status=AGENT),
    "group.name": Reason("Storage Group name already in use", agent=True, status=AGENT),
    "group.not_found": Reason(
        "The group name or UID does not match any storage groups for this array", 83
    ),
    "group.not_empty": Reason(
        "Hosts are connected to the Storage Group.", agent=True, status=AGENT
    ),
    "group.alu": Reason(
        "Requested LUN has already been added to this Storage Group", agent=True, status=AGENT
    ),
    "group.hlu": Reason("Requested Host LUN Number already in use", agent=True, status=AGENT),
    "group.hlu_range": Reason("A Host LUN Number is from 0 to 1023.", agent=True, status=AGENT),
    "group.no_hlu": Reason("No such Host LUN in this Storage Group", agent=True, status=AGENT),
    "group.not_bound": Reason("The ALU number specified by user is not a bound ALU number"),
    "host.not_found": Reason("Host specified is not known by storage system", 116),
    "host.not_connected": Reason("Host specified is not connected to this Storage Group", 116),
    "hba.not_found": Reason("The HBA UID specified is not known by the array"),
    "hba.other_host": Reason("The HBA UID is registered for the host {host}."),
    "hba.invalid": Reason("An HBA UID is an iSCSI name, in at most 223 bytes."),
    "port.not_found": Reason("Request failed. Specified port not found."),
    "port.virtual": Reason("Request failed. Specified virtual port not found."),
    "port.address": Reason("The address is not an IPv4 address, or another port has it."),
    "meta.not_found": Reason("The specified MetaLUN does not exist."),
    "meta.component": Reason(
        "A component of a MetaLUN is a LUN of a RAID Group that is in no Storage Group and no MetaLUN."
    ),
    "meta.stripe": Reason(
        "LUNs that a MetaLUN is striped over have the size and the RAID type of its base."
    ),
    "meta.capacity": Reason(
        "The capacity is more than the components have, or less than the LUN has."
    ),
    "array.name": Reason(
        "Error: arrayname command failed\nThe max length of storage system name is 64"
    ),
    "snap.name": Reason(
        "The specified snapshot name is already in use.",
        code=0x716D8005,
    ),
    "snap.not_found": Reason("The specified snapshot does not exist.", 5),
    "session.not_found": Reason("The specified session does not exist.", 151),
    "snap.resource": Reason("The specified resource does not exist."),
    "snap.mismatch": Reason(
        "The snapshot cannot be restored to a LUN that it is not of, or whose size has changed.",
        code=0x716D8008,
    ),
    "snap.kept": Reason(
        "A snapshot that may be deleted automatically cannot have an expiration date: give one of -keepFor and"
        " -allowAutoDelete yes."
    ),
    "snap.reflinks": Reason(
        "Snapshots and asynchronous mirrors need a file system under the array's data that shares blocks between files: XFS or Btrfs."
    ),
    "snap.not_held": Reason(
        "Nothing was changed, because hosts' writes could not be held for a moment: {why}. Please retry the "
        "operation."
    ),
    "snap.group_exists": Reason("The consistency group already exists.", code=0x716D8021),
    "snap.group_none": Reason("Cannot find the consistency group.", 13),
    "snap.group_member": Reason("The LUN is a member of a consistency group.", code=0x716D8025),
    "lun.has_snaps": Reason("The LUN cannot be destroyed because it still has snapshots"),
    "lun.has_mount_points": Reason(
        "The LUN cannot be destroyed because it still has snapshot mount points, or snapshots of SnapView.",
        code=0x716D801A,
    ),
    "snap.attached": Reason(
        "The snapshot cannot be destroyed because it is attached to a snapshot mount point.",
        code=0x716D8003,
    ),
    "mount.primary": Reason("A snapshot mount point is of a LUN that has data of its own."),
    "mount.type": Reason("Cannot attach the snapshot. Invalid LUN type."),
    "mount.other": Reason(
        "Cannot attach the snapshot. It has nothing of the snapshot mount point's primary LUN."
    ),
    "mount.twice": Reason(
        "The snapshot or the snapshot mount point is already attached.", code=0x716D8055
    ),
    "mount.not_one": Reason("Cannot detach the snapshot: it is not a snapshot mount point."),
    "mount.empty": Reason("Snapshot mount point is not currently attached."),
    "mount.in_use": Reason(
        "The snapshot mount point has a snapshot attached. Detach it first, or use -forceDetach."
    ),
    "mount.feature": Reason(
        "LUN {number} shows hosts a snapshot: it has no data of its own to be expanded, copied, mirrored, kept or "
        "restored."
    ),
    "snapshot.name": Reason("The snapshot name is already in use.", 24),
    "snapshot.none": Reason("The specified snapshot does not exist.", 24),
    "snapshot.other": Reason(
        "The snapshot cannot be activated on a session that has nothing of its Target Logical Unit.",
        24,
    ),
    "snapshot.active": Reason("The snapshot is active on a session. Deactivate it first.", 24),
    "snapshot.inactive": Reason("The snapshot is not active on a session.", 154),
    "fault.there": Reason("The fault is there already: {what}."),
    "fault.none": Reason("There is no such fault: {what}."),
    "fault.delay": Reason("A slow disk takes 1 to {most} milliseconds longer."),
    "fault.sp": Reason("An SP is A or B."),
    "mirror.unavailable": Reason(
        "Request failed.  Management Server - {kind} Mirror Feature software is not installed or unavailable."
    ),
    "mirror.name": Reason("Mirror name already in use", 67),
    "mirror.lun": Reason("Creating mirror failed. Specified LU not available for mirroring.", 169),
    "mirror.none": Reason("{action} failed. Mirror not found", 145),
    "mirror.list": Reason("Getting mirror list failed. Requested mirror does not exist", 145),
    "mirror.image": Reason("{action} {kind} mirror image failed. Image not found"),
    "mirror.there": Reason(
        "A mirror image for the specified mirror already exists on the chosen subsystem"
    ),
    "mirror.size": Reason(
        "Specified LU not available for mirroring. It has {far} blocks, and the primary image {near}.",
        169,
    ),
    "mirror.has_image": Reason(
        "Attempt to destroy a mirror which still has at least one secondary image", code=0x71058243
    ),
    "mirror.synchronizing": Reason(
        "Attempt to remove a secondary image while it is being synchronized", code=0x71058247
    ),
    "mirror.fracture": Reason(
        "Fracturing {kind} mirror image failed. Cannot fracture the image because of\n"
        "- This was a primary image. OR\n- The image was already admin fractured. OR\n"
        "- The image is not in-sync or consistent. OR\n- The image is participating in a group."
    ),
    "mirror.sync": Reason(
        "Synchronizing {kind} mirror image failed. Cannot synchronize the image because of\n"
        "- This was a primary image. OR\n- The image is neither out-of-sync nor fractured. OR\n"
        "- The parent mirror is in the attention state. OR\n- The image is participating in a group."
    ),
    "mirror.primary": Reason(
        "{action} {kind} mirror image failed. Cannot remove or promote a primary image."
    ),
    "mirror.not_local": Reason(
        "UID of the secondary image to be promoted is not local to this array.Mirrorview can't promote a "
        "secondary image not local to this array. Make sure you are sending the promote command to the correct "
        "array where the secondary image is located.",
        78,
        code=0x7105824E,
    ),
    "mirror.promote": Reason(
        "Promoting {kind} mirror image failed. The image is {state}: it is not what the primary image was at any "
        "moment. To promote it all the same, use -type oos."
    ),
    "mirror.unlike": Reason(
        "The images differ where a storage processor died amid a write. They are made alike within seconds: ask again."
    ),
    "mirror.behind": Reason(
        "The primary image has been written to since the image was updated. Let no host write, update it with "
        "-syncimage, and ask again; or give up what is missing, with -type local."
    ),
    "mirror.updating": Reason("The image is being updated. Ask again when that has ended."),
    "mirror.minutes": Reason("There are 1 to {most} minutes between updates."),
    "mirror.secondary": Reason(
        "The mirror's primary image is in another array. To forget the mirror here, use -force."
    ),
    "mirror.superseded": Reason("The mirror {uid} has no image here that takes that."),
    "link.used": Reason("A mirror has an image in the array {serial}."),
    "link.self": Reason("An array is not linked to itself, nor to a copy of itself."),
    "link.none": Reason("The array is not linked to another one that has {what}."),
    "link.refused": Reason("{why}"),
    "link.down": Reason("The array {serial} does not answer: {why}."),
    "nqm.class_there": Reason("An I/O Class of that name exists already."),
    "nqm.class_none": Reason("The specified I/O Class does not exist."),
    "nqm.class_used": Reason("The I/O Class is part of a Policy."),
    "nqm.class_runs": Reason("Can not modify or delete an I/O Class while it is currently running"),
    "nqm.policy_there": Reason("A Policy of that name exists already."),
    "nqm.policy_none": Reason("The specified Policy does not exist."),
    "nqm.policy_used": Reason("Another Policy falls back to the Policy."),
    "nqm.policy_runs": Reason(
        "Can not modify a Policy, delete a Policy or update event log settings while it is currently running"
    ),
    "nqm.many": Reason("There are at most {most} I/O Classes."),
    "nqm.sizes": Reason("The minimal size of an I/O is not above the maximal one."),
    "nqm.goal": Reason("A goal is a number above 0."),
    "nqm.metric": Reason("The goal of the control method {control} is {metrics}."),
    "nqm.fallback": Reason("A Policy does not fall back to itself."),
    "nqm.window": Reason("An evaluation window is 1 to 60 samples."),
    "nqm.off": Reason("Navisphere QoS Manager is off: nqm -on"),
    "chap.short": Reason("A CHAP secret has at least {least} characters."),
    "chap.same": Reason("The initiator's secret and the array's must not be the same."),
    "chap.none": Reason("The initiator has no secret."),
    "user.exists": Reason("Add user operation failed. The specified user already exists."),
    "user.not_found": Reason("User does not exist"),
    "user.last": Reason("The last administrator cannot be removed or lose that role."),
    "user.password": Reason("A password has 6 to 64 characters."),
}


class Refusal(MillpondError):
    """``key`` is one of ``REASONS``, ``fields`` fill its text."""

    def __init__(self, key: str, **fields: object) -> None:
        self.key = key
        self.reason = REASONS[key]
        text = self.reason.text.format(**fields)
        if self.reason.code is not None:
            text += f" ({self.reason.code:#010x})"
        super().__init__(text)
        self.text = text
