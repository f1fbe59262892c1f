"""``ports.images`` on a real directory: what arrives stays in its folder until it is checked."""

import base64
import hashlib
import os
import subprocess
from pathlib import Path

import pytest

from millpond.adapters.images.staging import Sources, StagedImages
from millpond.adapters.tasks.runner import TaskRunner
from millpond.domain.errors import Refused
from millpond.domain.image import ImageFormat
from millpond.domain.job import TaskState, TaskStatus
from millpond.domain.layout import FOLDERS
from millpond.domain.names import new_id
from tests.contract.mounts import tmpfs
from tests.data.hostile.images import HOSTILE, Hostile, bomb, iso, qcow2
from tests.support.web import LOOPBACK, Site, serving

MIB = 1 << 20
RAW, QCOW2, ISO = ImageFormat.RAW, ImageFormat.QCOW2, ImageFormat.ISO


class Repository:
    """A repository with a canary beside it, an open folder, and an import under way."""

    def __init__(self, where: Path) -> None:
        self.where = where / "repository"
        self.open = where / "open"
        for folder in (self.open, *(self.where / name for name in FOLDERS)):
            folder.mkdir(parents=True)
        (where / "canary").write_text("precious")
        (self.where / "running_pool" / "disk").write_text("precious")
        self.root, self.id = str(self.where), new_id()
        self.restart()

    def restart(self) -> None:
        """The agent's."""
        self.runner = TaskRunner()
        sources = Sources((LOOPBACK,), (str(self.open),), 64 * MIB)
        self.images = StagedImages([self.root], sources, self.runner)

    async def ended(self, task: str) -> TaskState:
        while (state := await self.runner.state(task, 10)).status is TaskStatus.RUNNING:
            pass
        return state

    async def take(self, content: bytes, name: str = "image") -> TaskState:
        (self.open / name).write_bytes(content)
        await self.images.begin(self.root, self.id, 0)
        await self.images.take("take", self.root, self.id, str(self.open / name))
        return await self.ended("take")

    async def check(
        self, declared: ImageFormat, into: ImageFormat, sha256: str | None = None
    ) -> TaskState:
        await self.images.check("check", self.root, self.id, declared, into, sha256)
        return await self.ended("check")

    def files(self) -> set[str]:
        """All in the repository but the folder of the import."""
        found = (p.relative_to(self.where) for p in self.where.rglob("*") if p.is_file())
        return {str(p) for p in found if p.parts[:2] != (".staging", self.id)}

    def staged(self) -> set[str]:
        folder = self.where / ".staging" / self.id
        return {p.name for p in folder.iterdir()} if folder.exists() else set()


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path)


async def test_an_iso_from_a_folder_of_the_server(repository: Repository) -> None:
    content = iso()
    assert (await repository.take(content)).status is TaskStatus.DONE
    digest = hashlib.sha256(content).hexdigest()
    assert (await repository.check(ISO, ISO, digest)).status is TaskStatus.DONE
    staged = await repository.images.staged(repository.root, repository.id)
    assert staged is not None
    assert staged.facts is not None
    assert (staged.facts.sha256, staged.facts.received) == (digest, len(content))
    assert repository.files() == {"running_pool/disk"}, "nothing is seen before it is published"
    target = f"{repository.root}/iso_pool/debian.iso"
    for _ in range(2):
        await repository.images.publish(repository.root, repository.id, target)
    assert Path(target).read_bytes() == content
    assert repository.files() == {"running_pool/disk", "iso_pool/debian.iso"}
    assert list((repository.where / ".staging").iterdir()) == []


async def test_publishing_goes_on_after_a_crash_and_overwrites_nothing(
    repository: Repository,
) -> None:
    await repository.take(iso())
    await repository.check(ISO, ISO)
    target = repository.where / "iso_pool" / "debian.iso"
    target.write_bytes(b"another")
    with pytest.raises(Refused) as refused:
        await repository.images.publish(repository.root, repository.id, str(target))
    assert refused.value.code == "object.exists"
    assert target.read_bytes() == b"another"
    target.unlink()
    target.hardlink_to(repository.where / ".staging" / repository.id / "image")
    await repository.images.publish(repository.root, repository.id, str(target))
    assert target.read_bytes() == iso()
    assert repository.staged() == set()


@pytest.mark.parametrize("driver", ["qcow2", "vmdk", "vpc", "vhdx", "raw"])
@pytest.mark.parametrize("into", [RAW, QCOW2])
async def test_a_disk_is_converted(
    repository: Repository, tmp_path: Path, driver: str, into: ImageFormat
) -> None:
    raw = tmp_path / "raw"
    raw.write_bytes(os.urandom(MIB) + bytes(3 * MIB))
    image = tmp_path / "image"
    options = ["-o", "force_size=on"] if driver == "vpc" else []
    argv = ["qemu-img", "convert", "-f", "raw", "-O", driver, *options, str(raw), str(image)]
    subprocess.run(argv, check=True)
    assert (await repository.take(image.read_bytes())).status is TaskStatus.DONE
    declared = ImageFormat("vhd" if driver == "vpc" else driver)
    state = await repository.check(declared, into)
    assert state.status is TaskStatus.DONE, state.error
    target = f"{repository.root}/sharedDisk/disk.{into.value}"
    await repository.images.publish(repository.root, repository.id, target)
    argv = ["qemu-img", "compare", "-f", "raw", "-F", into.value, str(raw), target]
    subprocess.run(argv, check=True, capture_output=True)
    assert Path(target).stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("hostile", HOSTILE, ids=lambda h: f"{h.row}-{h.name}")
async def test_a_hostile_image_touches_nothing_outside_its_folder(
    repository: Repository, hostile: Hostile
) -> None:
    before = {p: p.stat().st_mtime_ns for p in repository.where.parent.rglob("*") if p.is_file()}
    await repository.take(hostile.make())
    into = ISO if hostile.declared is ISO else QCOW2
    with pytest.raises(Refused) as refused:
        await repository.check(hostile.declared, into)
    assert refused.value.code == hostile.code
    assert repository.staged() == {"source"}
    await repository.images.discard(repository.root, repository.id)
    after = {p: p.stat().st_mtime_ns for p in repository.where.parent.rglob("*") if p.is_file()}
    del after[repository.open / "image"]
    assert after == before


async def test_a_wrong_checksum_is_refused(repository: Repository) -> None:
    await repository.take(iso())
    state = await repository.check(ISO, ISO, "0" * 64)
    assert state.status is TaskStatus.FAILED
    assert state.refusal is not None
    assert state.refusal.code == "image.checksum"
    staged = await repository.images.staged(repository.root, repository.id)
    assert staged is not None
    assert staged.facts is None


async def test_what_is_announced_has_to_fit(repository: Repository) -> None:
    room = os.statvfs(repository.root)
    patient = StagedImages([repository.root], Sources(limit=1 << 62), repository.runner)
    for images, size, code in (
        (patient, room.f_bavail * room.f_frsize + MIB, "storage.full"),
        (repository.images, 64 * MIB + 1, "image.size"),
    ):
        with pytest.raises(Refused) as refused:
            await images.begin(repository.root, repository.id, size)
        assert refused.value.code == code


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
async def test_a_bomb_is_refused_for_want_of_room(tmp_path: Path) -> None:
    """16 GiB of data in a file of 12 MiB."""
    (tmp_path / "mount").mkdir()
    with tmpfs(tmp_path / "mount", "64M"):
        repository = Repository(tmp_path / "mount")
        assert (await repository.take(bomb())).status is TaskStatus.DONE
        state = await repository.check(QCOW2, RAW)
        assert state.status is TaskStatus.FAILED
        assert state.refusal is not None, state.error
        assert state.refusal.code == "storage.full"
        assert repository.staged() == {"source", "facts"}


async def test_an_upload_goes_on_where_it_was_whoever_was_restarted(
    repository: Repository,
) -> None:
    content = os.urandom(3 * MIB)
    root, staging = repository.root, repository.id

    def piece(start: int, end: int) -> str:
        return base64.b64encode(content[start:end]).decode()

    assert (await repository.images.begin(root, staging, len(content))).received == 0
    assert await repository.images.write(root, staging, 0, piece(0, MIB)) == MIB
    repository.restart()
    assert (await repository.images.begin(root, staging, len(content))).received == MIB
    assert await repository.images.write(root, staging, 0, piece(0, MIB)) == MIB, "sent again"
    for offset in (0, 2 * MIB):
        with pytest.raises(Refused) as refused:
            await repository.images.write(root, staging, offset, piece(0, 2 * MIB))
        assert refused.value.code == "image.state"
    with pytest.raises(Refused):
        await repository.images.uploaded(root, staging, len(content))
    assert await repository.images.write(root, staging, MIB, piece(MIB, 3 * MIB)) == 3 * MIB
    for _ in range(2):
        await repository.images.uploaded(root, staging, len(content))
    assert (await repository.check(RAW, RAW)).status is TaskStatus.DONE
    await repository.images.publish(root, staging, f"{root}/sharedDisk/disk.raw")
    assert (repository.where / "sharedDisk/disk.raw").read_bytes() == content


async def test_a_download_goes_on_after_the_agent_was_killed(repository: Repository) -> None:
    content = os.urandom(3 * MIB)
    root, staging = repository.root, repository.id
    await repository.images.begin(root, staging, 0)
    site = Site({"/image": content}, cut=[MIB] * 5)
    with serving(site):
        site.cut[1:] = [0] * 4
        await repository.images.fetch("fetch", root, staging, site.url("/image"))
        assert (await repository.ended("fetch")).status is TaskStatus.FAILED
        repository.restart()
        site.asked.clear()
        await repository.images.fetch("fetch", root, staging, site.url("/image"))
        assert (await repository.ended("fetch")).status is TaskStatus.DONE
    assert site.asked == [("/image", f"bytes={MIB}-")]
    assert (repository.where / ".staging" / staging / "source").read_bytes() == content


async def test_a_download_can_be_cancelled(repository: Repository) -> None:
    root, staging = repository.root, repository.id
    await repository.images.begin(root, staging, 0)
    with serving(Site({"/image": b"x"}, endless=True)) as site:
        await repository.images.fetch("fetch", root, staging, site.url("/image"))
        await repository.runner.cancel("fetch")
        assert (await repository.ended("fetch")).status is TaskStatus.CANCELLED
    await repository.images.discard(root, staging)
    assert repository.staged() == set()


@pytest.mark.parametrize(
    "path", ["/etc/passwd", "{open}/../canary", "{open}/link", "{open}/nothing"]
)
async def test_no_file_is_taken_that_was_not_offered(repository: Repository, path: str) -> None:
    (repository.open / "link").symlink_to("/etc/passwd")
    await repository.images.begin(repository.root, repository.id, 0)
    with pytest.raises(Refused) as refused:
        where = path.format(open=repository.open)
        await repository.images.take("take", repository.root, repository.id, where)
    assert refused.value.code in ("request.invalid", "request.not_found")
    assert repository.staged() == set()


async def test_a_link_in_place_of_the_folder_is_not_followed(repository: Repository) -> None:
    outside = repository.where.parent / "outside"
    outside.mkdir()
    (repository.where / ".staging").symlink_to(outside)
    with pytest.raises(Refused):
        await repository.images.begin(repository.root, repository.id, 0)
    assert list(outside.iterdir()) == []


async def test_what_was_never_begun(repository: Repository) -> None:
    root, staging = repository.root, repository.id
    assert await repository.images.staged(root, staging) is None
    await repository.images.discard(root, staging)
    with pytest.raises(Refused) as refused:
        await repository.images.write(root, staging, 0, "")
    assert refused.value.code == "image.state"
    await repository.take(qcow2())
    with pytest.raises(Refused) as refused:
        await repository.images.begin("/elsewhere", staging, 0)
    assert refused.value.code == "request.invalid"
