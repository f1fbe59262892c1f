"""Reading XML that a stranger wrote: no document type, no entities, no network, a limited size."""

import re

from lxml import etree

from millpond.domain.errors import Refused
from millpond.domain.foreign import too_large, unreadable

MAX_BYTES = 4 << 20
MAX_DEPTH = 64
MAX_ELEMENTS = 50_000
_DOCTYPE = re.compile(rb"<!\s*(DOCTYPE|ENTITY)", re.IGNORECASE)
_WIDE = ("utf-16-le", "utf-16-be")
XINCLUDE = "http://www.w3.org/2001/XInclude"


def parse(data: bytes, what: str) -> etree._Element:
    """The root element. Raises ``Refused``: ``import.too_large``, ``import.unsafe_xml``,
    ``import.unreadable``. XInclude is an element like others, and nobody follows it: refused too."""
    if len(data) > MAX_BYTES:
        raise too_large(what, f"it has {len(data)} bytes; {MAX_BYTES} are enough for any VM")
    if any(_DOCTYPE.search(seen) for seen in _readings(data)):
        raise _unsafe(what, "it declares a document type or entities")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False,
        huge_tree=False, remove_comments=True, remove_pis=True,
    )  # fmt: skip
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        if "depth" in str(error).lower():
            raise too_large(what, str(error)) from error
        raise unreadable(what, str(error)) from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise _unsafe(what, "it declares a document type")
    _check_shape(root, what)
    return root


def _readings(data: bytes) -> list[bytes]:
    """As it stands, and as what it is when every character has two bytes."""
    narrowed = [data.decode(c, "ignore").encode("ascii", "ignore") for c in _WIDE]
    return [data, *narrowed]


def _check_shape(root: etree._Element, what: str) -> None:
    count, depth = 0, 0
    for event, element in etree.iterwalk(root, events=("start", "end")):
        depth += 1 if event == "start" else -1
        count += event == "start"
        if depth > MAX_DEPTH or count > MAX_ELEMENTS:
            raise too_large(what, "its elements are too many or nested too deeply")
        if event == "start" and str(element.tag).startswith(f"{{{XINCLUDE}}}"):
            raise _unsafe(what, "it includes other files (XInclude)")


def _unsafe(what: str, message: str) -> Refused:
    return Refused(
        "import.unsafe_xml",
        what,
        message,
        "remove the document type, the entities and the inclusions; no product needs them here",
    )


def local(element: etree._Element) -> str:
    """The element's name without its namespace."""
    return etree.QName(element).localname
