"""What a fence agent says of itself: ``fence_x -o metadata`` (the resource agent API's XML, as
fence-agents' ``fencing.py`` writes it)."""

from dataclasses import dataclass

from lxml import etree

from millpond.adapters.fencing.rules import is_secret, why_refused
from millpond.domain.errors import Failed
from millpond.domain.fencing import FenceAgent, FenceParameter


@dataclass(frozen=True)
class Metadata:
    """``agent`` has the arguments that may be given; ``refused`` says why others may not."""

    agent: FenceAgent
    actions: frozenset[str]
    refused: dict[str, str]


def parse(name: str, document: bytes) -> Metadata:
    """Raises ``Failed`` if ``document`` is no such metadata."""
    step = f"{name} -o metadata"
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root = etree.fromstring(document, parser)
    except etree.XMLSyntaxError as error:
        raise Failed(step, f"what it printed is no XML: {error}") from error
    if root.tag != "resource-agent" or b"<!DOCTYPE" in document:
        raise Failed(step, "what it printed is not the metadata of a fence agent")
    parameters = [p for p in root.iterfind("parameters/parameter") if p.get("name")]
    refused: dict[str, str] = {}
    offered = []
    for parameter in parameters:
        why = why_refused(parameter.get("name", "")) or _renamed(parameter, parameters)
        if why is None:
            offered.append(_parameter(parameter))
        else:
            refused[parameter.get("name", "")] = why
    description = " ".join((root.findtext("longdesc") or root.get("shortdesc") or "").split())
    return Metadata(
        agent=FenceAgent(name=name, description=description, parameters=tuple(offered)),
        actions=frozenset(a.get("name", "") for a in root.iterfind("actions/action")),
        refused=refused,
    )


def _renamed(parameter: etree._Element, parameters: list[etree._Element]) -> str | None:
    """Many arguments are listed twice, under an old name and the one that obsoletes it."""
    if parameter.get("deprecated") != "1":
        return None
    heirs = (p.get("name") for p in parameters if p.get("obsoletes") == parameter.get("name"))
    heir = next(heirs, None)
    return f"is called {heir} now" if heir else None


def _parameter(parameter: etree._Element) -> FenceParameter:
    name = parameter.get("name", "")
    description = " ".join((parameter.findtext("shortdesc") or "").split())
    content = parameter.find("content")
    if content is None:
        content = etree.Element("content")
    kind = content.get("type", "string")
    return FenceParameter(
        name=name,
        required=parameter.get("required") == "1",
        secret=is_secret(name, kind, description),
        default=content.get("default"),
        description=description,
        kind=kind,
        options=tuple(o.get("value", "") for o in content.iter("option")),
    )
