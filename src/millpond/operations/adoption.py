"""What is found in a repository becomes VMs and images of the pool's, or is refused, each by itself."""

from collections.abc import Iterable
from typing import NamedTuple

from pydantic import Field

from millpond.domain.adoption import Find, FindKind, id_of
from millpond.domain.converting import ImportedDisk, Wishes, foreign_name, to_config
from millpond.domain.errors import Refused
from millpond.domain.image import ImageDocument, ImageFormat, ImageKind, ImageState
from millpond.domain.job import Refusal
from millpond.domain.layout import image_path, template_directory
from millpond.domain.names import Id
from millpond.domain.pool import PoolDocument
from millpond.domain.repository import Repository
from millpond.domain.template import TemplateDisk, TemplateDocument
from millpond.domain.vm import Disk, DiskFormat, Model, VmConfig, VmDocument
from millpond.operations.devices import check_unclaimed, claims
from millpond.operations.vms import check_free_name

_NO_DIGEST = "0" * 64
"""In a template that is planned: its images are read when it is made."""


class Link(Model):
    """The ``file`` of the repository gets the name ``to`` as well: that of a file in its VM's directory,
    or a whole path. ``inode`` is the file's."""

    file: str
    format: ImageFormat
    to: str
    inode: str


class AdoptedVm(Model):
    """``before`` is the record it is born with; ``notes`` what is other than described."""

    path: str
    before: VmDocument
    links: tuple[Link, ...]
    notes: tuple[str, ...] = ()


class AdoptedImage(Model):
    """``document`` is its record but for its facts, ``template`` beside it but for its digests."""

    path: str
    document: ImageDocument
    links: tuple[Link, ...]
    template: TemplateDocument | None = None
    notes: tuple[str, ...] = ()


class NotAdopted(Model):
    path: str
    problem: Refusal


class Sorted(Model):
    """``known``: paths of what the pool has already."""

    vms: tuple[AdoptedVm, ...] = ()
    images: tuple[AdoptedImage, ...] = ()
    refused: tuple[NotAdopted, ...] = ()
    known: tuple[str, ...] = ()


class Defaults(Model):
    """For what nothing describes."""

    memory: int = Field(default=1024, ge=32, le=16_777_216, description="MiB")
    vcpus: int = Field(default=1, ge=1, le=288)


class Around(NamedTuple):
    """What the pool has: new names, addresses and files must not be among it."""

    pool: PoolDocument
    repository: Repository | None
    root: str
    vms: list[VmDocument]
    images: list[ImageDocument]
    templates: list[str]
    bridges: frozenset[str]

    @property
    def repository_id(self) -> Id | None:
        """As records have it."""
        return self.repository.id if self.repository else None

    @property
    def key(self) -> Id:
        """Of the repository, or of the pool whose cluster root it is."""
        return self.repository.id if self.repository else self.pool.id


class Sorting:
    """Goes through the finds in their order; the first to claim a name or an address has it."""

    def __init__(self, around: Around, wishes: Wishes, defaults: Defaults) -> None:
        self._around = around
        self._wishes = wishes
        self._defaults = defaults
        self._vms = list(around.vms)
        self._names = {d.name for d in around.images} | set(around.templates)
        self._ids = {d.config.id for d in around.vms} | {d.id for d in around.images}
        self._paths = {
            image_path(around.root, d.kind, d.name, d.format)
            for d in around.images
            if d.repository == around.repository_id and d.state is ImageState.APPROVED
        }
        self._inodes: dict[str, str] = {}

    def sort(self, finds: Iterable[Find]) -> Sorted:
        vms, images, refused, known = [], [], [], []
        for find in sorted(finds, key=lambda f: not self._is_known(f)):
            if self._is_known(find):
                self._claim(find)
                known.append(find.path)
                continue
            try:
                if find.problem is not None:
                    raise Refused(**find.problem.model_dump())
                self._check_files(find)
                if find.kind is FindKind.VM:
                    vms.append(self._vm(find))
                else:
                    images.append(self._image(find))
                self._claim(find)
            except Refused as problem:
                refused.append(NotAdopted(path=find.path, problem=Refusal.of(problem)))
        return Sorted(
            vms=tuple(vms), images=tuple(images), refused=tuple(refused), known=tuple(known)
        )

    def _is_known(self, find: Find) -> bool:
        """By the id that it had when it was adopted, or because it lies where the pool's images lie."""
        here = f"{self._around.root}/{find.path}" in self._paths
        return here or self._id(find) in self._ids

    def _id(self, find: Find) -> str:
        return id_of(self._around.key, find.path)

    def _claim(self, find: Find) -> None:
        self._inodes.update((i.inode, find.path) for i in find.images)

    def _check_files(self, find: Find) -> None:
        for image in find.images:
            other = self._inodes.get(image.inode) or (image.held and f"VM {image.held}")
            if other:
                raise Refused(
                    "object.exists",
                    f"image {image.file}",
                    f"it is the same file as that of {other}",
                    "leave it out, or give each a copy of its own",
                )

    def _vm(self, find: Find) -> AdoptedVm:
        config, links, notes = self._converted(find)
        check_free_name(self._around.pool, self._vms, config.name)
        check_unclaimed(claims(config), [d.config for d in self._vms])
        repository = self._around.repository_id
        born = VmDocument(config=config, generation=1, creating=True, repository=repository)
        self._vms.append(born)
        return AdoptedVm(path=find.path, before=born, links=links, notes=notes)

    def _converted(self, find: Find) -> tuple[VmConfig, tuple[Link, ...], tuple[str, ...]]:
        """Its disks keep their formats: they are used as they are."""
        assert find.vm is not None, "a VM or a template is described"
        vm, notes = find.vm, []
        if not vm.memory:
            vm = vm.model_copy(
                update={
                    "memory": self._defaults.memory,
                    "vcpus": max(vm.vcpus, self._defaults.vcpus),
                }
            )
            notes.append(f"memory: nothing says how much it has, so it gets {vm.memory} MiB")
        if find.kind is FindKind.TEMPLATE:
            if vm.nics:
                notes.append("vif: a template has no network interfaces; they come with its VMs")
            vm = vm.model_copy(update={"nics": ()})
        made = to_config(vm, self._id(find), self._wishes, self._around.bridges)
        images = iter(find.images)
        disks, links = [], []
        for imported in made.disks:
            disk = imported.disk
            if not imported.foreign.block:
                image = next(images)
                disk = _as_it_is(imported, image.format)
                to = disk.source.removeprefix("file:")
                links.append(Link(file=image.file, format=image.format, to=to, inode=image.inode))
            disks.append(disk)
        config = made.config.model_copy(update={"disks": tuple(disks)})
        return config, tuple(links), (*notes, *made.notes)

    def _image(self, find: Find) -> AdoptedImage:
        if find.kind is FindKind.TEMPLATE:
            return self._template(find)
        (image,) = find.images
        kind = ImageKind.ISO if find.kind is FindKind.ISO else ImageKind.DISK
        stem = find.path.rpartition("/")[2].rpartition(".")[0]
        notes: list[str] = []
        document = self._document(find, foreign_name(stem, notes), kind, image.format)
        to = image_path(self._around.root, kind, document.name, image.format)
        link = Link(file=image.file, format=image.format, to=to, inode=image.inode)
        return AdoptedImage(path=find.path, document=document, links=(link,), notes=tuple(notes))

    def _template(self, find: Find) -> AdoptedImage:
        """Its first disk has the name that an imported template's has."""
        config, links, notes = self._converted(find)
        name = foreign_name(find.path.rpartition("/")[2], [])
        if any(d.source.startswith("phy:") for d in config.disks) or not links:
            raise Refused(
                "import.invalid",
                f"template {find.path}",
                "a template's disks are files beside its description, and it has at least one",
                "copy its block devices into files first",
            )
        folder = template_directory(self._around.root, name)
        first = DiskFormat(links[0].format.value)
        files = [f"system.{first.value}", *(link.to for link in links[1:])]
        document = self._document(find, name, ImageKind.TEMPLATE, links[0].format).model_copy(
            update={"memory": config.memory, "vcpus": config.vcpus}
        )
        template = TemplateDocument(
            name=name,
            description=config.description,
            memory=config.memory,
            vcpus=config.vcpus,
            repository=self._around.repository_id,
            disks=tuple(
                TemplateDisk(
                    target=d.target, file=f, format=d.format, size=d.size, sha256=_NO_DIGEST
                )
                for d, f in zip(config.disks, files, strict=True)
            ),
        )
        named = tuple(
            link.model_copy(update={"to": f"{folder}/{file}"})
            for link, file in zip(links, files, strict=True)
        )
        return AdoptedImage(
            path=find.path, document=document, links=named, template=template, notes=notes
        )

    def _document(
        self, find: Find, name: str, kind: ImageKind, format_: ImageFormat
    ) -> ImageDocument:
        if name in self._names:
            raise Refused(
                "object.exists",
                f"image {name}",
                f"pool {self._around.pool.name} has an image or template of that name",
                "rename the file, or delete that one: millpond image delete POOL IMAGE",
            )
        self._names.add(name)
        return ImageDocument(
            id=self._id(find),
            name=name,
            kind=kind,
            format=format_,
            state=ImageState.APPROVED,
            source=f"{self._around.root}/{find.path}"[:2100],
            repository=self._around.repository_id,
            generation=1,
        )


def _as_it_is(imported: ImportedDisk, format_: ImageFormat) -> Disk:
    kept = DiskFormat.QCOW2 if format_ is ImageFormat.QCOW2 else DiskFormat.RAW
    disk = imported.disk
    return disk.model_copy(update={"format": kept, "source": f"file:{disk.target}.{kept.value}"})
