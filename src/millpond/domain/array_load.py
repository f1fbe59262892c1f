"""What hosts do to an array's LUNs, and the limits that it holds them to."""

from pydantic import Field

from millpond.domain.vm import Model


class LunCounters(Model):
    """Counted since the SPs started. ``busy`` is the time of all commands together, in milliseconds, where the array
    tells how long they take."""

    number: int = Field(ge=0)
    name: str
    reads: dict[str, int] = Field(description="Commands, by SP")
    writes: dict[str, int] = Field(description="Commands, by SP")
    bytes_read: dict[str, int] = Field(description="By SP")
    bytes_written: dict[str, int] = Field(description="By SP")
    busy: float | None = Field(default=None, ge=0)


class IoClass(Model):
    """Which commands a policy holds to what. All but ``luns`` and ``running`` in the array's own words."""

    name: str
    running: bool
    luns: tuple[int, ...] | None = Field(description="Numbers of LUNs; null for all of them")
    io_type: str = Field(examples=["ReadWrite"])
    sizes: str = Field(examples=["Any"])
    control: str = Field(description="How the goal is reached", examples=["Limit"])
    metric: str = Field(default="", examples=["Throughput"])
    goal: str = Field(default="", examples=["500.0 IO/s"])


class IoPolicy(Model):
    """Classes that are held to their goals together: one policy runs at a time."""

    name: str
    running: bool
    classes: tuple[str, ...] = Field(description="A command is of the first of these that it fits")
    on_failure: str = Field(description="When goals are missed", examples=["Continue"])


class ArrayQos(Model):
    """An array's quality of service."""

    policies: tuple[IoPolicy, ...] = ()
    classes: tuple[IoClass, ...] = ()
