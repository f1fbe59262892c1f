import { describe, expect, test } from "vitest";
import type { Pool, Server, Vm } from "../src/api/client";
import { chooseLanguage } from "../src/i18n";
import { draw } from "../src/picture/layout";

const server = (n: number, more: Partial<Server> = {}) =>
  ({
    id: `s${n}`,
    name: `srv${n}`,
    address: `10.0.0.${n}`,
    roles: ["vm"],
    pool: { id: "p1", name: "pool1" },
    up: true,
    maintenance: false,
    ...more,
  }) as Server;
const guest = (n: number, more: Partial<Vm> = {}) =>
  ({ id: `v${n}`, name: `web${n}`, power: "running", server: { id: "s1" }, ...more }) as Vm;
const pool = {
  id: "p1",
  name: "pool1",
  cluster_root: "/OVS",
  bridges: [{ name: "xenbr0" }],
  ha: { enabled: true, armed: true },
} as Pool;
const world = (some: object) => ({
  servers: [server(1), server(2)],
  pools: [pool],
  vms: [guest(1)],
  storage: {},
  arrays: [],
  answers: true,
  manager: "Manager",
  ...some,
});
const boxes = (some: object) =>
  Object.fromEntries(draw(world(some)).nodes.map(({ id, data }) => [id, data]));

describe("the picture", () => {
  test("has everything that there is, each a link, and what leads to it", () => {
    const { nodes, edges } = draw(world({}));
    expect(nodes.map(({ id }) => id).sort()).toEqual(["manager", "p1", "s1", "s2", "v1"]);
    expect(edges.map(({ id }) => id)).toEqual(["manager-p1", "p1-s1", "s1-v1", "p1-s2"]);
    expect(boxes({}).v1?.to).toBe("/vms/v1");
  });

  test("says what guests do in the viewer's language", () => {
    chooseLanguage("de");
    expect(boxes({}).v1?.lines).toEqual(["läuft"]);
  });

  test("shows a dead server, its line and its guests as such", () => {
    const dead = { servers: [server(1, { up: false }), server(2, { maintenance: true })] };
    const looks = boxes(dead);
    expect([looks.s1?.look, looks.v1?.look, looks.s2?.look]).toEqual(["bad", "bad", "warn"]);
    const lines = draw(world(dead)).edges.map(({ id, animated }) => [id, animated]);
    expect(lines).toContainEqual(["p1-s1", false]);
    expect(lines).toContainEqual(["p1-s2", true]);
  });

  test("draws a dozen guests of a server and counts the others", () => {
    const vms = Array.from({ length: 15 }, (_, n) => guest(n));
    const some = boxes({ vms });
    expect(Object.keys(some).filter((id) => id.startsWith("v"))).toHaveLength(12);
    expect(some["s1-more"]).toMatchObject({ title: "+ 3", to: "/vms?server=srv1" });
  });

  test("shows a pool whose failovers are not armed, and a manager that does not answer", () => {
    const unarmed = { ...pool, ha: { enabled: true, armed: false } };
    const looks = boxes({ pools: [unarmed], answers: false });
    expect([looks.p1?.look, looks.manager?.look]).toEqual(["warn", "bad"]);
  });

  test("has what servers share, and each LUN's path to each SP", () => {
    const array = {
      id: "a1",
      name: "cx4",
      addresses: ["192.0.2.1", "192.0.2.2"],
      health: { answers: { "192.0.2.1": true, "192.0.2.2": false }, faults: [] },
    };
    const lun = { uid: "6006", name: "data1", array: "cx4", number: 3, size: 2 ** 30 };
    const storage = {
      p1: {
        repositories: [{ name: "root", mount: "/OVS", problems: { srv2: "is not mounted" } }],
        luns: [
          lun,
          ...Array.from({ length: 7 }, (_, n) => ({ ...lun, uid: `x${n}`, array: "gone" })),
        ],
      },
    };
    const { nodes, edges } = draw(world({ storage, arrays: [array] }) as never);
    const looks = Object.fromEntries(nodes.map(({ id, data }) => [id, data.look]));
    expect(looks).toMatchObject({
      "p1-root": "bad",
      "6006": "warn",
      "a1-0": "good",
      "a1-1": "bad",
    });
    const ways = edges.filter(({ source }) => source === "6006");
    expect(ways.map(({ target, animated }) => [target, animated])).toEqual([
      ["a1-0", true],
      ["a1-1", false],
    ]);
    for (const [id, title] of [
      ["6006", "data1"],
      ["p1-luns", "+ 2"],
    ])
      expect(nodes.find((one) => one.id === id)?.data).toMatchObject({
        title,
        to: "/pools/p1/luns",
      });
  });
});
