"""What the API says of a pool's LUNs. Sizes are in bytes."""

from pydantic import BaseModel, Field

from millpond.domain.array import ArrayPort


class LunView(BaseModel):
    name: str = Field(examples=["data1"])
    pool: str
    array: str = Field(description="Name of the array; its id if the manager has forgotten it")
    number: int = Field(description="The array's number for it")
    uid: str = Field(description="Its name for hosts (NAA)")
    size: int = Field(description="Bytes")
    thin: bool
    group: str = Field(description="The storage group that shows it to the pool's servers")
    hlu: int = Field(description="Host LUN number")
    ports: tuple[ArrayPort, ...] = Field(description="The array's ports that lead to it")
    device: str = Field(description="What it is on every server", examples=["/dev/mapper/data1"])
    vms: list[str] = Field(description="The VMs that have it as a disk")
