"""What the API answers with. Times are seconds since 1970 UTC; memory is in MiB.

Lists and single VMs are written straight from the database (``views.py``); these models document
them, and a test holds the two together.
"""

from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from millpond.domain.ha.settings import HaSettings
from millpond.domain.job import JobState, Progress, StepState
from millpond.domain.names import Address, Id, Name
from millpond.domain.pool import BridgeSpec
from millpond.domain.preflight import Difference
from millpond.domain.repository import RepositoryKind
from millpond.domain.server import Role
from millpond.domain.vm import Power, VmConfig, Wanted
from millpond.manager.store.events import KINDS

T = TypeVar("T")

TIME = "Seconds since 1970 UTC"


class Request(BaseModel):
    """Base of what callers send: unknown fields are refused, and so is a number as a string."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Listing(BaseModel, Generic[T]):
    """One page. ``next`` is what to send as ``after`` for the next one, null on the last page."""

    items: list[T]
    next: str | None


class Snapshot(BaseModel):
    """A VM as it was. ``current``: the VM goes on from it. ``deleting``: its deletion was begun and did not
    end; delete it again."""

    name: str = Field(examples=["before-upgrade"])
    created: float = Field(description=TIME)
    parent: str | None = Field(description="The snapshot that it came after")
    current: bool
    memory: bool = Field(description="Whether it has the guest's memory")
    deleting: bool
    schedule: str | None = Field(description="What made it; None: somebody asked for it")
    description: str
    config: VmConfig


class Ref(BaseModel):
    """Another object."""

    id: str = Field(examples=["0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11"])
    name: str = Field(examples=["pool1"])


class Busy(BaseModel):
    """The running job that holds the object."""

    job: Id
    kind: str = Field(examples=["vm.start"])


class GuestView(BaseModel):
    """The running guest, as its server's hypervisor last told."""

    uptime: float = Field(description="Seconds, now")
    memory: int = Field(description="MiB now given to the guest")
    cpu_time: float = Field(description="Seconds of CPU time used")
    reason: str = Field(description="Why it is in this state, in the hypervisor's words")


class Vm(BaseModel):
    """A VM: what was asked for (config), what is (power, server, guest), what is under way (busy),
    and what waits for its next start (pending)."""

    id: Id
    name: Name = Field(examples=["web1"])
    pool: Ref
    server: Ref | None = Field(description="Where its guest is, or was placed")
    power: Power
    wanted: Wanted = Field(description="The power state last asked for")
    guarded: bool = Field(
        description="High availability would restart it: it and its pool ask for it"
    )
    busy: Busy | None
    config: VmConfig
    generation: int = Field(description="Grows with every change; the ETag", examples=[7])
    repository: Ref | None = Field(description="Where it lies; None: in the cluster root")
    problem: str = Field(description="Why nothing can be done with it now; mostly empty")
    pending: dict[str, Any] = Field(description="Fields that take effect at the next start")
    guest: GuestView | None


class JobStep(BaseModel):
    """One step of a job."""

    n: int
    name: str = Field(examples=["place"])
    state: StepState
    error: dict[str, Any] | None = Field(description="Why it failed, as a job's ``error``")


class Job(BaseModel):
    """A change under way, or its history. ``held`` = its outcome is not known: an operator may
    resume or cancel it, and it goes on by itself if servers did not answer and then do."""

    id: Id
    kind: str = Field(examples=["vm.start"])
    state: JobState
    subject: str = Field(examples=["vm:0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11"])
    subject_name: str = Field(examples=["web1"])
    user: str = Field(examples=["admin"])
    created: float = Field(description=TIME)
    started: float | None
    ended: float | None
    step: str | None = Field(description="The step it is at, or ended at")
    steps: list[JobStep]
    progress: Progress
    error: dict[str, Any] | None = Field(
        description="kind (refused, failed, unknown), code, subject, message, fix, step, cause"
    )
    result: dict[str, Any] = Field(description="Such as a migration's downtime_ms")
    cancel_requested: bool
    parent: Id | None = Field(description="The job that started this one")
    spec: dict[str, Any] = Field(description="The request, secrets masked")


class PlanReply(BaseModel):
    """What a dry run decided; nothing was changed."""

    plan: dict[str, Any]


class Server(BaseModel):
    """A server. ``up``: its agent answers."""

    id: str = Field(description="The host's UUID; provisional until it is enrolled")
    name: Name = Field(examples=["srv1"])
    address: Address = Field(examples=["192.0.2.11"])
    port: int = Field(examples=[8899])
    pool: Ref | None
    roles: list[Role]
    enrolled: bool
    up: bool
    maintenance: bool
    host_id: int | None = Field(description="Its id in its pool's lockspace")
    busy: Busy | None
    seen: float | None = Field(description="When it last said something; " + TIME)
    memory: int | None = Field(description="MiB in all, as of the last inventory")
    memory_free: int | None = Field(description="MiB")
    cpus: int | None = Field(description="Logical processors")
    hypervisor: str | None = Field(examples=["QEMU 7.2.18"])
    acceleration: str | None = Field(examples=["kvm"])
    vms: int = Field(description="VMs that are on it or placed on it")


class NewServer(Request):
    """A server to be managed; its agent then enrols with the token in the reply."""

    name: Name = Field(examples=["srv1"])
    address: Address = Field(description="Host name or IP address", examples=["192.0.2.11"])
    port: int = Field(default=8899, ge=1, le=65535, description="The agent's port")


class ServerToken(BaseModel):
    """``token`` is shown this once; on the server: ``millpond-agent enrol TOKEN``."""

    server: Server
    token: str = Field(examples=["mp1.eyJ1cmwiOiJodHRwczovL21hbmFnZXI6ODQ0MyJ9"])


class Member(BaseModel):
    """A server as a member of its pool."""

    id: Id
    name: Name
    address: Address
    port: int
    host_id: int = Field(description="Its id in the pool's lockspace")
    roles: list[Role]
    maintenance: bool
    up: bool = Field(description="Its agent answers")


class Pool(BaseModel):
    """A server pool, as its master last told."""

    id: Id
    name: Name = Field(examples=["pool1"])
    description: str
    generation: int = Field(description="Grows with every change; the ETag")
    members: list[Member]
    master: Ref
    cluster_root: str = Field(description="The shared directory", examples=["/OVS"])
    bridges: list[BridgeSpec] = Field(description="What every member shall have")
    bandwidth: int = Field(description="MiB/s each live migration may use; 0 = no limit")
    lab: bool = Field(description="Its servers may be broken by `millpond chaos`")
    migrations: int = Field(description="How many run at once from one server")
    reserve: int = Field(description="Percent of each repository that is kept free")
    term: int = Field(description="Grows by one with each new pool master")
    ha: HaSettings
    vms: int = Field(description="How many VMs it has")
    busy: Busy | None


class Report(BaseModel):
    """What a preflight or a check found. ``fits``: nothing blocking stands in the way."""

    fits: bool
    differences: list[Difference]


class RepositoryView(BaseModel):
    """A repository, and how its servers see it. Sizes in bytes, as the first of them says."""

    id: Id | None = Field(description="None: it is the cluster root")
    name: Name = Field(examples=["data1"])
    kind: RepositoryKind | None = Field(description="None: it is the cluster root")
    source: str = Field(examples=["filer1:/vol/data1"])
    mount: str = Field(description="Where servers find it")
    cluster_root: bool
    servers: list[Name] = Field(description="Those that can use it")
    problems: dict[Name, str] = Field(description="Why the others cannot")
    unknown: list[Name] = Field(description="Those of its servers that do not answer")
    total: int
    free: int
    virtual: int = Field(
        description="What its VMs' image files would take if they were full; above total, it is"
        " over-committed"
    )
    vms: int = Field(description="VMs that lie in it")


class BridgeView(BaseModel):
    """A bridge, and the members that have it."""

    name: str = Field(examples=["xenbr0"])
    managed: bool = Field(description="In the pool's record: every member shall have it")
    nic: str | None
    vlan: int | None
    bond: list[str]
    servers: list[str] = Field(description="Members that have it")
    missing: list[str] = Field(description="Members that lack it")
    unknown: list[str] = Field(description="Members that did not answer")


class User(BaseModel):
    """A local user."""

    name: Name = Field(examples=["admin"])
    created: float = Field(description=TIME)


class Credentials(Request):
    """A user name and its password."""

    name: str = Field(min_length=1, max_length=63, examples=["admin"])
    password: str = Field(min_length=1, max_length=1024, examples=["four random plain words"])


class NewUser(Request):
    """``password``: at least 10 characters."""

    name: Name = Field(examples=["anna"])
    password: str = Field(min_length=10, max_length=1024, examples=["four random plain words"])


class PasswordChange(Request):
    """``new``: at least 10 characters. All other sessions of the user end."""

    old: str = Field(min_length=1, max_length=1024)
    new: str = Field(min_length=10, max_length=1024, examples=["four random plain words"])


class Session(BaseModel):
    """``token`` goes into ``Authorization: Bearer TOKEN``; shown this once."""

    token: str = Field(examples=["mps_8N0kKqVxk2v6dZc1"])
    user: str
    expires: float | None = Field(description=TIME + ", later with every request")


class BrowserSession(BaseModel):
    """A session whose secret is in a cookie."""

    user: str
    expires: float | None = Field(description=TIME + ", later with every request")


class NewToken(Request):
    """``days`` until it expires; left out, it lasts until it is deleted."""

    name: Name = Field(examples=["backup-script"])
    days: float | None = Field(default=None, gt=0, le=3650)


class Token(BaseModel):
    """An API token, without its secret."""

    id: Id
    name: str = Field(examples=["backup-script"])
    created: float = Field(description=TIME)
    used: float = Field(description=TIME + "; accurate to a minute")
    expires: float | None


class IssuedToken(BaseModel):
    """``secret`` is shown this once."""

    token: Token
    secret: str = Field(examples=["mpt_8N0kKqVxk2v6dZc1"])


class Redemption(Request):
    """What an agent sends to get its certificate."""

    secret: str = Field(min_length=1, max_length=256)
    csr: str = Field(min_length=1, max_length=16_384, description="PEM, key EC P-256")
    server_id: Id = Field(description="The host's UUID")
    port: int = Field(ge=1, le=65535, description="Where the agent listens")


class Enrolment(BaseModel):
    """An agent's certificate and the CA it was signed by, as PEM."""

    ca: str
    certificate: str
    name: str
    address: str


class ConsoleRequest(Request):
    """Which console to open."""

    kind: str = Field(default="serial", pattern="^(serial|vnc)$", examples=["serial"])


class ConsoleTicket(BaseModel):
    """Open ``url`` as a WebSocket (binary frames both ways) before ``expires``; good for once."""

    ticket: str
    url: str = Field(examples=["/api/v1/consoles/Zk3y7v0c"])
    expires: float = Field(description=TIME)


class Event(BaseModel):
    """Something that happened. ``seq`` numbers all events; it is the SSE event's id."""

    seq: int
    time: float = Field(description=TIME)
    kind: str = Field(description=", ".join(KINDS), examples=["vm"])
    subject: str = Field(examples=["vm:0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11"])
    data: dict[str, Any]


class Version(BaseModel):
    """The manager's version and this API's."""

    version: str = Field(examples=["0.1.0"])
    api: str = Field(examples=["v1"])


class Health(BaseModel):
    """``ok``: the manager can do its work."""

    ok: bool
