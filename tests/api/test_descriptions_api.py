"""VMs as text, over the API and on the command line."""

from collections.abc import Iterator

import pytest
import yaml
from lxml import etree

from millpond.domain.vm import VmConfig
from tests.support.api import ApiError
from tests.support.system import System


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    with System(tmp_path_factory.mktemp("described") / "run", servers=1) as made:
        made.make_pool()
        vm = {"pool": "pool1", "name": "web1", "template": "tiny", "tags": ["shop"]}
        made.api.do("POST", "/vms", {**vm, "vifs": [{"bridge": "xenbr0"}]})
        yield made


def said(system: System, notation: str) -> tuple[str, list[str]]:
    found = system.api("GET", f"/vms/web1/description?notation={notation}")
    return found["text"], found["lost"]


def test_millponds_own_words_are_the_whole_configuration(system: System) -> None:
    text, lost = said(system, "yaml")
    config = VmConfig.model_validate(yaml.safe_load(text))
    shown = system.api("GET", "/vms/web1")
    assert config.model_dump(mode="json") == shown["config"]
    assert lost == []


def test_other_products_words_say_where_the_disks_lie(system: System) -> None:
    vm = system.api("GET", "/vms/web1")
    disk = f"{vm['id']}/{vm['config']['disks'][0]['source'].removeprefix('file:')}"
    assert (system.root / "running_pool" / disk).exists()
    for notation in ("vm.cfg", "xl.cfg", "xml"):
        text, lost = said(system, notation)
        assert disk in text and "web1" in text, notation
        assert any(line.startswith("tags: shop") for line in lost)
    assert etree.fromstring(said(system, "xml")[0]).findtext("name") == "web1"
    assert 'builder = "hvm"' in said(system, "vm.cfg")[0].replace("'", '"')


def test_what_is_no_notation_is_refused(system: System) -> None:
    with pytest.raises(ApiError) as refused:
        said(system, "vmx")
    assert refused.value.code == "request.invalid"
