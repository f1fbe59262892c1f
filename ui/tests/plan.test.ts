import { expect, test } from "vitest";
import type { Vm } from "../src/api/client";
import { differing } from "../src/parts/differing";
import { parseNetworks } from "../src/vms/create/plan";
import { edited } from "../src/vms/edit/changes";
import { read, written } from "../src/vms/edit/resources";

const config = {
  memory: 512,
  max_memory: 512,
  vcpus: 1,
  max_vcpus: 1,
  cpu_weight: 100,
  cpu_cap: 0,
  io_weight: 100,
  tags: ["web"],
};
const vm = { id: "1", name: "web1", config } as unknown as Vm;

test("bridges for networks", () => {
  expect(parseNetworks("")).toEqual({});
  expect(parseNetworks("VM Network=xenbr0, LAN=xenbr1")).toEqual({
    "VM Network": "xenbr0",
    LAN: "xenbr1",
  });
  for (const bad of ["LAN", "=xenbr0", "LAN=", "LAN=0br"])
    expect(parseNetworks(bad), bad).toBeUndefined();
});

test("what a VM that is off can get grows with what it has", () => {
  expect(written(vm, { memory: "2G" }, true).max_memory).toBe("2G");
  expect(read(written(vm, { memory: "2G" }, false)).wrong).toEqual(["max_memory"]);
});

test("only what is other is sent; no tags are one empty word", () => {
  const changes = differing(vm.config, { memory: 512, vcpus: 2, tags: [] });
  expect(changes).toEqual({ vcpus: 2, tags: [] });
  expect(edited(vm, changes).cli).toBe("millpond vm edit web1 --vcpus 2 --tag ''");
});
