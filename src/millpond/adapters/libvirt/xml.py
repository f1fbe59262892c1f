"""Writing XML as it reads: ``E.disk(E.source(file=path), type="file")``."""

from collections.abc import Callable
from functools import partial

from lxml import etree


def element(tag: str, *children: "etree._Element | str", **attributes: str) -> etree._Element:
    """An element with its attributes, and with children or a text. lxml escapes, and raises
    ``ValueError`` for characters XML cannot carry."""
    made = etree.Element(tag)
    for name, value in attributes.items():
        made.set(name, value)
    for child in children:
        if isinstance(child, str):
            made.text = child
        else:
            made.append(child)
    return made


def text(tree: etree._Element) -> str:
    """The element as libvirt wants it."""
    return etree.tostring(tree, encoding="unicode")


class _Maker:
    def __getattr__(self, tag: str) -> Callable[..., etree._Element]:
        return partial(element, tag)


E = _Maker()
