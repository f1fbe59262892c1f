"""EMC's own library for its arrays drives ours: through ``naviseccli``, as it drives a real one."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import storops.exception as refused
from storops import VNXSystem
from storops.vnx.enums import (
    VNXCtrlMethod,
    VNXLunType,
    VNXMigrationRate,
    VNXMirrorImageState,
    VNXMirrorViewRecoveryPolicy,
    VNXMirrorViewSyncRate,
    VNXPoolRaidType,
    VNXProvisionEnum,
    VNXSPEnum,
    VNXUserRoleEnum,
)

from tests.contract.mounts import xfs
from tests.support.arrays import NAVISECCLI, PASSWORD, USER, RunningArray, running, until
from tests.support.linked import ONE, PATIENCE, TWO, pair
from tests.unit.array.arrays import IQN

pytestmark = [pytest.mark.slow, pytest.mark.thorough]


@pytest.fixture(scope="module")
def array(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningArray]:
    with (
        running(tmp_path_factory.mktemp("storops")) as found,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setenv("HOME", str(found.home))
        yield found


@pytest.fixture
def vnx(array: RunningArray) -> VNXSystem:
    return VNXSystem(
        array.addresses["A"], USER, PASSWORD, heartbeat_interval=0, naviseccli=NAVISECCLI
    )


@pytest.fixture(scope="module")
def pool(array: RunningArray):
    found = VNXSystem(
        array.addresses["A"], USER, PASSWORD, heartbeat_interval=0, naviseccli=NAVISECCLI
    )
    disks = [f"0_0_{n}" for n in range(5)]
    return found.create_pool("Pool 1", disks, VNXPoolRaidType.RAID5)


def test_the_system(array: RunningArray, vnx: VNXSystem) -> None:
    assert (vnx.serial, vnx.name, vnx.existed) == ("APM00153042305", "K10", True)
    assert vnx.spa_ip == array.addresses["A"]
    assert vnx.spb_ip == array.addresses["B"]
    assert vnx.domain.spb.ip == array.addresses["B"]
    vnx.name = "K11"
    vnx.update()
    assert VNXSystem.name.fget(vnx) == "K11"
    vnx.name = "K10"


def test_pools(vnx: VNXSystem, pool) -> None:
    found = vnx.get_pool(name="Pool 1")
    assert (found.pool_id, found.state, found.user_capacity_gbs) == (0, "Ready", 400.0)
    assert sorted(found.disks.index) == [f"0_0_{n}" for n in range(5)]
    assert [tier.tier_name for tier in found.tiers] == ["Performance"]
    with pytest.raises(refused.VNXPoolNameInUseError):
        vnx.create_pool("Pool 1", ["0_0_5", "0_0_6", "0_0_7"], VNXPoolRaidType.RAID5)
    with pytest.raises(refused.VNXDiskUsedError):
        vnx.create_pool("Pool 2", ["0_0_4", "0_0_5", "0_0_6"], VNXPoolRaidType.RAID5)
    second = vnx.create_pool("Pool 2", ["0_0_5", "0_0_6", "0_0_7"], VNXPoolRaidType.RAID5)
    second.name = "Pool two"
    assert [p.name for p in vnx.get_pool()] == ["Pool 1", "Pool two"]
    with pytest.raises(refused.VNXNameInUseError):
        second.name = "Pool 1"
    second.delete()
    assert not vnx.get_pool(name="Pool two").existed
    feature = vnx.get_pool_feature()
    assert (feature.max_pool_luns, len(vnx.get_available_disks())) == (8192, 10)


def test_luns(vnx: VNXSystem, pool) -> None:
    lun = pool.create_lun("data", 10, provision=VNXProvisionEnum.THIN)
    found = vnx.get_lun(name="data")
    assert (found.lun_id, found.total_capacity_gb, found.state) == (0, 10.0, "Ready")
    assert (found.provision, found.pool_name) == (VNXProvisionEnum.THIN, "Pool 1")
    assert found.wwn.startswith("60:06:01:60:12:60:3D:00:")
    assert found.current_owner in (VNXSPEnum.SP_A, VNXSPEnum.SP_B)
    with pytest.raises(refused.VNXLunNameInUseError):
        pool.create_lun("data", 1)
    lun.expand(20)
    assert vnx.get_lun(lun_id=0).total_capacity_gb == 20.0
    with pytest.raises(refused.VNXLunExpandSizeError):
        lun.expand(20)
    lun.name = "renamed"
    assert [one.name for one in vnx.get_lun()] == ["renamed"]
    vnx.delete_lun("renamed")
    assert not vnx.get_lun(lun_id=0).existed
    with pytest.raises(refused.VNXLunNotFoundError):
        vnx.delete_lun("renamed")


def test_storage_groups(vnx: VNXSystem, pool) -> None:
    lun = pool.create_lun("disk", 5, lun_id=9)
    group = vnx.create_sg("ubuntu14")
    with pytest.raises(refused.VNXStorageGroupNameInUseError):
        vnx.create_sg("ubuntu14")
    assert len(vnx.get_iscsi_port()) == 4
    port = vnx.get_iscsi_port(sp=VNXSPEnum.SP_A, port_id=0)[0]
    group.connect_hba(port, IQN, "ubuntu14", host_ip="192.168.4.30")
    hlu = group.attach_alu(lun, hlu=15)
    found = vnx.get_sg("ubuntu14")
    assert (hlu, found.get_hlu(lun), found.shareable) == (15, 15, True)
    assert [(pair.uid, pair.host_name) for pair in found.hba_sp_pairs] == [(IQN, "ubuntu14")]
    assert found.hba_sp_pairs[0].initiator_ip == "192.168.4.30"
    assert [p.display_name for p in found.iscsi_ports] == ["A-0-0"]
    with pytest.raises(refused.VNXAluAlreadyAttachedError):
        found.attach_alu(lun)
    with pytest.raises(refused.VNXLunInStorageGroupError):
        lun.delete()
    with pytest.raises(refused.VNXStorageGroupNotFoundError):
        vnx.delete_sg("nobody")
    found.detach_alu(lun)
    found.disconnect_host("ubuntu14")
    found.delete()
    assert not vnx.get_sg("ubuntu14").existed
    vnx.delete_hba(IQN)
    lun.delete()


def test_raid_groups_disks_and_users(vnx: VNXSystem) -> None:
    disks = [f"0_0_{n}" for n in range(10, 15)]
    group = vnx.create_rg(3, disks)
    found = vnx.get_rg(3)
    assert found.logical_capacity_blocks == 4 * 2**31
    assert sorted(found.disks.index) == disks
    assert vnx.get_disk("0_0_10").raid_group_id == 3
    assert vnx.get_capacity().total == 10 * 100 + 5 * 1024
    group.delete()
    assert not vnx.get_rg(3).existed
    user = vnx.create_block_user("operator", "operator1", role=VNXUserRoleEnum.OPERATOR)
    with pytest.raises(refused.VNXUserNameInUseError):
        vnx.create_block_user("operator", "operator1")
    assert {u.name for u in vnx.get_block_user()} == {USER, "operator"}
    user.delete()
    assert vnx.get_ndu("-ThinProvisioning").is_installation_completed


def test_migration(vnx: VNXSystem, pool) -> None:
    source = pool.create_lun("moves", 1, provision=VNXProvisionEnum.THIN)
    target = pool.create_lun("there", 2)
    wwn = source.wwn
    with pytest.raises(refused.VNXTargetNotReadyError):
        target.migrate(source, VNXMigrationRate.HIGH)
    source.migrate(target, VNXMigrationRate.ASAP)
    until(lambda: not source.get_migration_session().is_migrating, 60)
    found = vnx.get_lun(name="moves")
    assert (found.wwn, found.total_capacity_gb, found.is_thin_lun) == (wwn, 2.0, False)
    assert not vnx.get_lun(name="there").existed
    with pytest.raises(refused.VNXLunNotMigratingError):
        source.cancel_migrate()
    found.delete()


@pytest.fixture
def snapping(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[VNXSystem]:
    """An array with a pool, on a file system with reflinks."""
    if shutil.which("mkfs.xfs") is None:
        pytest.skip("needs xfsprogs")
    with (
        xfs(tmp_path / "mnt", tmp_path / "image") as place,
        running(place / "root") as found,
    ):
        monkeypatch.setenv("HOME", str(found.home))
        vnx = VNXSystem(
            found.addresses["A"], USER, PASSWORD, heartbeat_interval=0, naviseccli=NAVISECCLI
        )
        vnx.create_pool("Pool 1", [f"0_0_{n}" for n in range(5)], VNXPoolRaidType.RAID5)
        yield vnx


def test_snapshots(snapping: VNXSystem) -> None:
    pool = snapping.get_pool(name="Pool 1")
    luns = [pool.create_lun(n, 1, provision=VNXProvisionEnum.THIN) for n in ("one", "two")]
    snap = luns[0].create_snap("s1", allow_rw=False)
    assert (snap.existed, snap.state, snap.source_luns) == (True, "Ready", [luns[0].lun_id])
    with pytest.raises(refused.VNXSnapNameInUseError):
        luns[1].create_snap("s1")
    with pytest.raises(refused.VNXRestoreSnapToMismatchLunError):
        snap.restore(luns[1].lun_id)
    snap.restore(luns[0].lun_id, "before")
    assert snap.copy("s2").source_luns == [luns[0].lun_id]
    group = snapping.create_cg("pair", members=[lun.lun_id for lun in luns])
    assert sorted(group.lun_list.lun_id) == [lun.lun_id for lun in luns]
    both = group.create_snap("both")
    assert (both.source_cg, both.source_luns) == ("pair", [lun.lun_id for lun in luns])
    with pytest.raises(refused.VNXLunHasSnapError):
        luns[0].delete()
    assert {s.name for s in snapping.get_snap()} == {"s1", "s2", "before", "both"}
    for name in ("s1", "s2", "before", "both"):
        snapping.get_snap(name=name).delete()
    with pytest.raises(refused.VNXSnapNotExistsError):
        snap.delete()
    group.delete()
    luns[0].delete()


def test_mount_points(snapping: VNXSystem) -> None:
    pool = snapping.get_pool(name="Pool 1")
    lun, other = pool.create_lun("one", 1), pool.create_lun("two", 1)
    lun.create_mount_point(name="point", sp_id="B")
    point = snapping.get_lun(name="point")
    assert (point.is_snap_mount_point, point.primary_lun.name) == (True, "one")
    assert (point.default_owner, point.attached_snapshot) == (VNXSPEnum.SP_B, None)
    assert [one.name for one in snapping.get_lun(lun_type=VNXLunType.SNAP)] == ["point"]
    snap = lun.create_snap("s", allow_rw=False)
    assert (snap.allow_read_write, snap.modified, snap.attached_luns) == (False, False, [])
    snap.modify(new_name="s1", desc="to read", allow_rw=True)
    with pytest.raises(refused.VNXAttachSnapLunTypeError):
        other.attach_snap(snap)
    with pytest.raises(refused.VNXSnapNotAttachedError):
        point.detach_snap()
    point.attach_snap(snap)
    point.update()
    snap.update()
    assert point.attached_snapshot.name == "s1"
    assert (snap.allow_read_write, snap.modified, snap.attached_luns) == (
        True,
        True,
        [point.lun_id],
    )
    assert (snap.name, snap.description) == ("s1", "to read")
    with pytest.raises(refused.VNXSnapAlreadyMountedError):
        point.attach_snap(snap)
    with pytest.raises(refused.VNXDeleteAttachedSnapError):
        snap.delete()
    with pytest.raises(refused.VNXLunHasSnapMountPointError):
        lun.delete(delete_snapshots=True)
    with pytest.raises(refused.VNXDetachSnapLunTypeError):
        lun.detach_snap()
    point.detach_snap()
    point.attach_snap(snap.copy("s2"))
    snap.delete()
    with pytest.raises(refused.VNXDeleteLunError):
        point.delete()
    point.delete(force_detach=True)
    assert not snapping.get_lun(name="point").existed
    lun.delete(delete_snapshots=True)
    assert not snapping.get_snap(name="s2").existed


def test_quality_of_service(vnx: VNXSystem, pool) -> None:
    lun = pool.create_lun("limited", 1)
    control = VNXCtrlMethod(VNXCtrlMethod.LIMIT_CTRL, metric="tt", value=150)
    made = vnx.create_ioclass("c", "rw", luns=lun, ctrlmethod=control)
    assert (made.io_type, made.control_method, made.goal_value) == (
        *("ReadWrite", "Limit"),
        "150.0 IO/s",
    )
    assert [found.lun_id for found in made.ioclass_luns] == [lun.lun_id]
    policy = vnx.create_policy("p", ioclasses=[made], time_limit=60, eval_window=3)
    policy.run_policy()
    policy.update()
    assert (policy.state, [one.name for one in policy.ioclasses]) == ("Running", ["c"])
    with pytest.raises(refused.VNXIOPolicyError):
        policy.delete()
    made.modify(iotype="r")  # it stops the policy for that, and runs it again
    made.update()
    assert (made.io_type, vnx.get_policy(name="p").state) == ("Read", "Running")
    vnx.stop_policy()
    policy.delete()
    made.delete()
    assert not vnx.get_ioclass(name="c").existed
    lun.delete()


def test_mirrors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pair(tmp_path) as arrays:
        monkeypatch.setenv("HOME", str(arrays.one.array.home))
        one, two = (
            VNXSystem(
                storage.addresses["A"], USER, PASSWORD, heartbeat_interval=0, naviseccli=NAVISECCLI
            )
            for storage in (arrays.one, arrays.two)
        )
        made = one.create_mirror_view("m0", 0)
        with pytest.raises(refused.VNXMirrorNameInUseError):
            one.create_mirror_view("m0", 1)
        with pytest.raises(refused.VNXMirrorLunNotAvailableError):
            one.create_mirror_view("m1", 0)
        made.add_image(arrays.two.addresses["A"], 0)
        with pytest.raises(refused.VNXMirrorAlreadyMirroredError):
            made.add_image(arrays.two.addresses["A"], 1)

        def synchronized() -> bool:
            made.update()
            return made.get_image(TWO).state == VNXMirrorImageState.SYNCHRONIZED

        until(synchronized, PATIENCE)
        assert (made.is_primary, made.primary_image_id) == (True, ONE)
        assert made.recovery_policy == VNXMirrorViewRecoveryPolicy.AUTO
        assert made.synchronization_rate == VNXMirrorViewSyncRate.HIGH
        assert (made.synchronizing_progress, made.write_intent_log_used) == (100, True)
        with pytest.raises(refused.VNXMirrorSyncImageError):
            made.sync_image(TWO)
        made.fracture_image(TWO)
        with pytest.raises(refused.VNXMirrorFractureImageError):
            made.fracture_image(TWO)
        made.sync_image(TWO)
        until(synchronized, PATIENCE)
        with pytest.raises(refused.VNXMirrorPromoteNonLocalImageError):
            made.promote_image(TWO)
        there = two.get_mirror_view("m0")
        assert not there.is_primary
        there.promote_image(TWO)
        there.update()
        assert (there.is_primary, there.primary_image_id) == (True, TWO)
        with pytest.raises(refused.VNXDeleteMirrorWithSecondaryError):
            there.delete()
        there.remove_image(ONE)
        there.delete()
        with pytest.raises(refused.VNXMirrorNotFoundError):
            there.delete()
        assert not two.get_mirror_view("m0").existed
