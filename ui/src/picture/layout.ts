import type { Edge, Node } from "@xyflow/react";
import i18next from "i18next";
import type { Pool, Server, Vm } from "../api/client";
import type { components } from "../api/schema";
import type { Storage } from "../api/storage";
import { rolesOf } from "../i18n";
import { processors, shared, WIDE } from "./storage";

export type Look = "good" | "warn" | "bad";
export type Box = Node<{ title: string; lines: string[]; to?: string; look: Look }, "box">;

interface World {
  servers: Server[];
  pools: Pool[];
  vms: Vm[];
  storage: Record<string, Storage>; // by pool id
  arrays: components["schemas"]["ArrayView"][];
  answers: boolean;
  manager: string;
}

const GUEST = 62; // from one guest to the next
const MOST = 12; // guests drawn of one server
const ROWS = { manager: 0, pool: 120, server: 250, guests: 400 };

/** Where everything stands: the manager on top, then pools, their servers, the guests below each, what the
 * servers share, and the arrays that is from. */
export function draw({ servers, pools, vms, storage, arrays, answers, manager }: World): {
  nodes: Box[];
  edges: Edge[];
} {
  const nodes: Box[] = [];
  const edges: Edge[] = [];
  const guests = Object.groupBy(vms, (vm) => vm.server?.id ?? "");
  const box = (id: string, x: number, y: number, data: Box["data"]) =>
    nodes.push({ id, type: "box", position: { x, y }, data });
  const line = (source: string, target: string, well: boolean) =>
    edges.push({
      id: `${source}-${target}`,
      source,
      target,
      animated: well,
      style: { stroke: well ? GOOD : BAD, strokeWidth: well ? 1 : 2 },
    });

  const most = Math.max(0, ...Object.values(guests).map((some) => some?.length ?? 0));
  const bottom = ROWS.guests + (Math.min(most, MOST + 1) + 1) * GUEST;
  let column = 0;
  for (const pool of [...pools, undefined]) {
    const members = servers.filter((server) => server.pool?.id === pool?.id);
    if (members.length === 0) continue;
    const left = column * WIDE;
    if (pool) {
      const centre = left + ((members.length - 1) * WIDE) / 2;
      box(pool.id, centre, ROWS.pool, {
        title: pool.name,
        to: `/pools/${pool.id}`,
        look: pool.ha.enabled && !pool.ha.armed ? "warn" : "good",
        lines: [pool.cluster_root, pool.bridges.map((bridge) => bridge.name).join(", ")].filter(
          Boolean,
        ),
      });
      line("manager", pool.id, answers);
      const has = storage[pool.id];
      if (has) shared(has, pool.id, arrays, left, bottom, { box, line });
    }
    for (const server of members) {
      const x = column * WIDE;
      box(server.id, x, ROWS.server, {
        title: server.name,
        to: `/servers/${server.id}`,
        lines: [rolesOf(server.roles), server.address].filter(Boolean),
        look: lookOf(server),
      });
      line(pool?.id ?? "manager", server.id, server.up);
      const [first] = guests[server.id] ?? [];
      if (first) line(server.id, first.id, server.up);
      stack(box, server, guests[server.id] ?? [], x);
      column += 1;
    }
  }
  processors(arrays, bottom, box);
  box("manager", (Math.max(column - 1, 0) * WIDE) / 2, ROWS.manager, {
    title: manager,
    lines: [],
    look: answers ? "good" : "bad",
  });
  return { nodes, edges };
}

const GOOD = "var(--pf-t--global--border--color--brand--default)";
const BAD = "var(--pf-t--global--border--color--status--danger--default)";

function lookOf(server: Server): Look {
  if (!server.up) return "bad";
  return server.maintenance ? "warn" : "good";
}

export type Draw = (id: string, x: number, y: number, data: Box["data"]) => void;

function stack(box: Draw, server: Server, vms: Vm[], x: number): void {
  vms.slice(0, MOST).forEach((vm, at) => {
    const bad = vm.power === "unknown" || !server.up || vm.problem;
    box(vm.id, x, ROWS.guests + at * GUEST, {
      title: vm.name,
      to: `/vms/${vm.id}`,
      lines: [vm.busy?.kind ?? i18next.t(`power.${vm.power}`)],
      look: bad ? "bad" : vm.power === "paused" ? "warn" : "good",
    });
  });
  if (vms.length > MOST) {
    box(`${server.id}-more`, x, ROWS.guests + MOST * GUEST, {
      title: `+ ${vms.length - MOST}`,
      to: `/vms?server=${server.name}`,
      lines: [],
      look: "good",
    });
  }
}
