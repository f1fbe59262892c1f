"""Every operation by its public name."""

from typing import Any

from millpond.operations.add_disk import AddDisk, AttachDisk
from millpond.operations.adopt_pool import AdoptPool
from millpond.operations.adopt_repository import AdoptRepository
from millpond.operations.approve_image import ApproveImage
from millpond.operations.attach_repository import AttachRepository
from millpond.operations.base import Operation
from millpond.operations.bridges import CreateBridge, DeleteBridge
from millpond.operations.cdrom import EjectCd, InsertCd
from millpond.operations.clone_vm import CloneVm
from millpond.operations.clone_vms import CloneVms
from millpond.operations.cloud_init import DetachCloudInit, SetCloudInit
from millpond.operations.create_backup import CreateBackup
from millpond.operations.create_lun import CreateLun
from millpond.operations.create_pool import CreatePool
from millpond.operations.create_repository import CreateRepository
from millpond.operations.create_snapshot import CreateSnapshot
from millpond.operations.create_vm import CreateVm
from millpond.operations.delete_backup import DeleteBackup
from millpond.operations.delete_image import DeleteImage
from millpond.operations.delete_lun import DeleteLun
from millpond.operations.delete_pool import DeletePool
from millpond.operations.delete_snapshot import DeleteSnapshot
from millpond.operations.delete_template import DeleteTemplate
from millpond.operations.delete_vm import DeleteVm
from millpond.operations.deploy_template import DeployTemplate
from millpond.operations.drop_repository import DeleteRepository, DetachRepository
from millpond.operations.edit_disk import EditDisk, GrowDisk
from millpond.operations.edit_pool import EditPool
from millpond.operations.edit_vm import EditVm
from millpond.operations.export_vm import ExportVm
from millpond.operations.import_image import ImportImage
from millpond.operations.import_vm import ImportVm
from millpond.operations.kill_vm import KillVm
from millpond.operations.maintenance import Activate, EnterMaintenance
from millpond.operations.migrate_vm import MigrateVm
from millpond.operations.move_disk import MoveDisk
from millpond.operations.move_vm import MoveVm
from millpond.operations.pause_vm import PauseVm, UnpauseVm
from millpond.operations.pool_members import AddServer, RemoveServer, SetRoles
from millpond.operations.pool_settings import ArmPool, DisarmPool
from millpond.operations.power_server import RebootServer, ShutDownServer
from millpond.operations.reboot_vm import RebootVm
from millpond.operations.refresh_repository import RefreshRepository
from millpond.operations.remove_disk import DetachDisk, RemoveDisk
from millpond.operations.reset_vm import ResetVm
from millpond.operations.restore_backup import RestoreBackup
from millpond.operations.resume_vm import ResumeVm
from millpond.operations.revert_snapshot import RevertSnapshot
from millpond.operations.rules import AddRule, RemoveRule
from millpond.operations.save_template import SaveTemplate
from millpond.operations.schedules import DeleteSchedule, RunSchedule, SetSchedule
from millpond.operations.start_vm import StartVm
from millpond.operations.stop_vm import StopVm
from millpond.operations.suspend_vm import SuspendVm
from millpond.operations.verify_backup import VerifyBackup
from millpond.operations.vifs import AddVif, EditVif, RemoveVif
from millpond.operations.warm_import import (
    BeginWarmImport,
    CancelWarmImport,
    CutOverWarmImport,
    SyncWarmImport,
)

OPERATIONS: dict[str, Operation[Any, Any]] = {
    operation.kind: operation
    for operation in (
        CreateVm(),
        StartVm(),
        StopVm(),
        KillVm(),
        RebootVm(),
        ResetVm(),
        PauseVm(),
        UnpauseVm(),
        SuspendVm(),
        ResumeVm(),
        EditVm(),
        DeleteVm(),
        MigrateVm(),
        ImportVm(),
        BeginWarmImport(),
        SyncWarmImport(),
        CutOverWarmImport(),
        CancelWarmImport(),
        ExportVm(),
        SetCloudInit(),
        DetachCloudInit(),
        CloneVm(),
        CloneVms(),
        SaveTemplate(),
        DeleteTemplate(),
        DeployTemplate(),
        CreateSnapshot(),
        RevertSnapshot(),
        DeleteSnapshot(),
        SetSchedule(),
        DeleteSchedule(),
        RunSchedule(),
        AddVif(),
        EditVif(),
        RemoveVif(),
        AddDisk(),
        AttachDisk(),
        EditDisk(),
        GrowDisk(),
        MoveDisk(),
        MoveVm(),
        DetachDisk(),
        RemoveDisk(),
        InsertCd(),
        EjectCd(),
        CreatePool(),
        EditPool(),
        DeletePool(),
        AddServer(),
        RemoveServer(),
        SetRoles(),
        AdoptPool(),
        ArmPool(),
        DisarmPool(),
        AddRule(),
        RemoveRule(),
        EnterMaintenance(),
        Activate(),
        ShutDownServer(),
        RebootServer(),
        CreateBridge(),
        DeleteBridge(),
        ImportImage(),
        ApproveImage(),
        DeleteImage(),
        CreateRepository(),
        AttachRepository(),
        AdoptRepository(),
        RefreshRepository(),
        DetachRepository(),
        DeleteRepository(),
        CreateLun(),
        DeleteLun(),
        CreateBackup(),
        VerifyBackup(),
        RestoreBackup(),
        DeleteBackup(),
    )
}
