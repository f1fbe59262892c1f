"""libvirt's errors in Millpond's words (libvirt/virterror.h)."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager

import libvirt

from millpond.domain.errors import Failed, MillpondError, Refused, Unknown

GONE = frozenset({libvirt.VIR_ERR_NO_DOMAIN, libvirt.VIR_ERR_NO_DOMAIN_METADATA})
"""The domain is not there, or is none of ours."""

_REFUSALS = frozenset(
    {
        libvirt.VIR_ERR_ARGUMENT_UNSUPPORTED,
        libvirt.VIR_ERR_CONFIG_UNSUPPORTED,
        libvirt.VIR_ERR_INVALID_ARG,
        libvirt.VIR_ERR_NO_SUPPORT,
        libvirt.VIR_ERR_OPERATION_DENIED,
        libvirt.VIR_ERR_OPERATION_INVALID,
        libvirt.VIR_ERR_OPERATION_UNSUPPORTED,
        libvirt.VIR_ERR_RESOURCE_BUSY,
        libvirt.VIR_ERR_XML_DETAIL,
        libvirt.VIR_ERR_XML_ERROR,
    }
)


def is_gone(error: libvirt.libvirtError) -> bool:
    """Whether the domain asked for does not exist (any more)."""
    return error.get_error_code() in GONE


def words(error: libvirt.libvirtError) -> str:
    """The hypervisor's own sentence, on one line and of bearable length."""
    return " ".join(str(error.get_error_message() or error).split())[:600]


def refused(subject: str, error: libvirt.libvirtError) -> Refused:
    """The hypervisor does not want to do this."""
    if error.get_error_domain() == libvirt.VIR_FROM_LOCKING:
        return _no_lease(subject, error)
    return Refused(
        "hypervisor.refused",
        subject,
        words(error),
        "see the server's log of the guest in /var/log/libvirt/qemu, correct the VM and repeat",
    )


def _no_lease(subject: str, error: libvirt.libvirtError) -> Refused:
    """The lock driver did not get the lease. It reports an errno(3) as it is, and sanlock's own
    numbers only as sanlock's words, which are never translated (client.c, sanlock_strerror)."""
    if error.get_int1() == errno.EEXIST or "another host" in words(error):
        return Refused(
            "lease.held",
            subject,
            f"another holds its lease: {words(error)}",
            "look where it runs: millpond pool ha POOL",
        )
    return Refused(
        "lease.lockspace",
        subject,
        f"its lease cannot be used: {words(error)}",
        "see what its server's agent says of it: millpond pool ha POOL",
    )


def translate(step: str, subject: str, error: libvirt.libvirtError) -> MillpondError:
    """``Refused`` where libvirt says it cannot be done like this, ``Failed`` where it tried, and
    ``Unknown`` where it took too long to say."""
    code = error.get_error_code()
    if code in _REFUSALS:
        return refused(subject, error)
    if code == libvirt.VIR_ERR_OPERATION_TIMEOUT:
        return Unknown(step, words(error))
    return Failed(step, words(error))


@contextmanager
def translating(step: str, subject: str) -> Iterator[None]:
    """Let no ``libvirtError`` out."""
    try:
        yield
    except libvirt.libvirtError as error:
        raise translate(step, subject, error) from error
