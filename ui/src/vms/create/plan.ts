import type { Pool } from "../../api/client";
import { INTERFACE, NAME, parseSize } from "../../parts/written";
import type { Boot } from "../BootField";
import { parseMemory, parseVcpus } from "../edit/resources";

export const SOURCES = ["template", "iso", "network", "import"] as const;
/** What a VM is made of: of a template, empty to be installed from a CD or the network, or of a package. */
export type Source = (typeof SOURCES)[number];

/** What a new VM shall be, as it is typed. */
export interface Plan {
  name: string;
  source: Source;
  template: string;
  iso: string;
  path: string;
  /** Bridges for networks that are called otherwise in the package. */
  networks: string;
  newMacs: boolean;
  drivers: boolean;
  memory: string;
  vcpus: string;
  disk: string;
  boot: Boot;
  bridge: string;
  repository: string;
  ha: boolean;
  start: boolean;
}

/** An empty disk is passed over at boot: once it is installed it comes first by itself. */
const BOOTS: Record<Source, Boot> = {
  template: ["disk"],
  iso: ["disk", "cdrom"],
  network: ["disk", "network"],
  import: ["disk"],
};

export const first = (pool: Pool): Plan => ({
  name: "",
  source: "template",
  template: "",
  iso: "",
  path: "",
  networks: "",
  newMacs: false,
  drivers: false,
  memory: "",
  vcpus: "",
  disk: "10G",
  boot: BOOTS.template,
  bridge: pool.bridges[0]?.name ?? "",
  repository: "",
  ha: false,
  start: true,
});

/** With a source goes its own boot order; what is empty needs to be told how large it shall be. */
export const from = (source: Source): Partial<Plan> => ({
  source,
  boot: BOOTS[source],
  ...(isEmpty(source) ? { memory: "1G", vcpus: "1" } : { memory: "", vcpus: "" }),
});

/** Of such a VM the disk is empty at first. */
export const isEmpty = (source: Source): boolean => source === "iso" || source === "network";

/** `LAN=xenbr0, VM Network=xenbr1`; undefined if it cannot be read. */
export function parseNetworks(text: string): Record<string, string> | undefined {
  const pairs = text
    .split(",")
    .map((one) => one.trim())
    .filter(Boolean)
    .map((one) => /^(.+)=([^=]+)$/.exec(one)?.slice(1, 3) ?? []);
  return pairs.every(([, bridge]) => bridge !== undefined && INTERFACE.test(bridge))
    ? Object.fromEntries(pairs)
    : undefined;
}

/** Whether what a VM is made of is said. */
export function hasSource(plan: Plan): boolean {
  if (plan.source === "import")
    return (plan.name === "" || NAME.test(plan.name)) && plan.path.startsWith("/");
  const of = { template: plan.template, iso: plan.iso, network: "network" }[plan.source];
  return NAME.test(plan.name) && of !== "";
}

/** Which of the settings cannot be so. */
export function wrong(plan: Plan): (keyof Plan)[] {
  if (plan.source === "import")
    return parseNetworks(plan.networks) === undefined ? ["networks"] : [];
  const kept = (text: string) => text === "" && plan.source === "template";
  const found: (keyof Plan)[] = [];
  if (!kept(plan.memory) && parseMemory(plan.memory) === undefined) found.push("memory");
  if (!kept(plan.vcpus) && parseVcpus(plan.vcpus) === undefined) found.push("vcpus");
  if (isEmpty(plan.source) && parseSize(plan.disk) === undefined) found.push("disk");
  if (plan.source === "network" && plan.bridge === "") found.push("bridge");
  return found;
}
