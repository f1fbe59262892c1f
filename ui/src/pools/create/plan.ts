import { millpond, type Operation } from "../../api/client";

export const ROLES = ["master", "utility", "vm"] as const;
export type Role = (typeof ROLES)[number];
/** The roles of each server, by its name; one that has none is not in the pool. */
export type Roles = Record<string, Role[]>;

/** What a new pool shall be. */
export interface Plan {
  name: string;
  root: string;
  bridges: string[];
  roles: Roles;
  ha: boolean;
  tolerate: number;
}

/** The first server that there is does everything, the others run VMs. */
export function firstRoles(names: string[]): Roles {
  return Object.fromEntries(names.map((name, at) => [name, at === 0 ? [...ROLES] : ["vm"]]));
}

export const membersOf = ({ roles }: Plan) =>
  Object.entries(roles)
    .filter(([, some]) => some.length > 0)
    .map(([server, some]) => ({ server, roles: some }));

export const hasMaster = (plan: Plan): boolean =>
  membersOf(plan).some((member) => member.roles.includes("master"));

export function body(plan: Plan) {
  return {
    name: plan.name,
    cluster_root: plan.root,
    members: membersOf(plan),
    bridges: plan.bridges.map((name) => ({ name })),
    ha: { enabled: plan.ha, tolerate: plan.ha ? plan.tolerate : 0 },
  };
}

export function creation(plan: Plan): Operation {
  return {
    method: "POST",
    path: "/pools",
    body: body(plan),
    cli: millpond(
      "pool",
      "create",
      plan.name || "NAME",
      ...membersOf(plan).map(({ server, roles }) => ["-s", `${server}:${roles.join(",")}`]),
      ["--cluster-root", plan.root],
      ...plan.bridges.map((name) => ["--bridge", name]),
      plan.ha && "--ha",
      plan.ha && plan.tolerate > 0 && ["--tolerate", String(plan.tolerate)],
    ),
  };
}
