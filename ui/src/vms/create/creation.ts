import { millpond, type Operation, type Pool } from "../../api/client";
import { parseSize } from "../../parts/written";
import { parseMemory, parseVcpus } from "../edit/resources";
import { imported } from "./imported";
import { isEmpty, type Plan } from "./plan";

/** What a plan comes to. */
export const creation = (pool: Pool, plan: Plan): Operation =>
  plan.source === "import" ? imported(pool, plan) : created(pool, plan);

function created(pool: Pool, plan: Plan): Operation {
  const { source, name, template, iso, boot, bridge, repository, ha, start } = plan;
  const memory = parseMemory(plan.memory);
  const vcpus = parseVcpus(plan.vcpus);
  const size = parseSize(plan.disk) ?? 0;
  const empty = isEmpty(source);
  return {
    method: "POST",
    path: "/vms",
    body: {
      pool: pool.name,
      name,
      ...(source === "template" && { template }),
      ...(memory !== undefined && { memory }),
      ...(vcpus !== undefined && { vcpus }),
      ...(empty && { boot, disks: [{ target: "vda", size, format: "qcow2" }] }),
      ...(source === "iso" && { cdrom: iso }),
      ...(repository && { repository }),
      vifs: bridge ? [{ bridge }] : [],
      ha,
      start,
    },
    cli: millpond(
      "vm",
      "create",
      name || "NAME",
      ["--pool", pool.name],
      source === "template" && ["--template", template || "TEMPLATE"],
      memory !== undefined && ["--memory", `${memory}M`],
      vcpus !== undefined && ["--vcpus", `${vcpus}`],
      empty && ["--disk", `vda:${plan.disk}:qcow2`],
      source === "iso" && ["--cdrom", iso || "ISO"],
      ...(empty ? boot : []).map((device) => ["--boot", device]),
      Boolean(repository) && ["--repository", repository],
      bridge !== "" && ["--nic", bridge],
      ha && "--ha",
      start && "--start",
    ),
  };
}
