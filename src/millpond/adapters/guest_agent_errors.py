"""Why a guest is not quiet."""

from millpond.domain.errors import Refused


def no_agent(subject: str, instead: str, words: str = "") -> Refused:
    """For work that needs a quiet guest. ``instead``: how to do it without one; ``words``: what was said."""
    return Refused(
        "snapshot.agent",
        subject,
        f"its guest agent does not answer{f': {words}' if words else ''}",
        f"start qemu-guest-agent in the guest, or {instead}",
    )
