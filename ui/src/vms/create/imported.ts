import { millpond, type Operation, type Pool } from "../../api/client";
import { type Plan, parseNetworks } from "./plan";

/** A VM of another product, with its disks; it is off then. */
export function imported(pool: Pool, plan: Plan): Operation {
  const { name, path, repository, newMacs, drivers } = plan;
  const networks = parseNetworks(plan.networks) ?? {};
  return {
    method: "POST",
    path: "/vms/import",
    body: {
      pool: pool.name,
      path,
      ...(name && { name }),
      ...(repository && { repository }),
      networks,
      new_macs: newMacs,
      drivers,
    },
    cli: millpond(
      "vm",
      "import",
      path || "PATH",
      ["--pool", pool.name],
      name !== "" && ["--name", name],
      ...Object.entries(networks).map(([network, bridge]) => ["--network", `${network}=${bridge}`]),
      newMacs && "--new-macs",
      drivers && "--drivers",
      repository !== "" && ["--repository", repository],
    ),
  };
}
