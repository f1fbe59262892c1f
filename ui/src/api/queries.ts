import { QueryClient, type UseQueryResult, useQueries, useQuery } from "@tanstack/react-query";
import { useCallback } from "react";
import type { Samples } from "../charts/figures";
import { ApiError, api, type Job, type Pool, type Vm } from "./client";

/** Nothing is asked for again by time: events say what is old. */
export const client = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: Number.POSITIVE_INFINITY,
      refetchOnWindowFocus: false,
      retry: (count, error) =>
        error instanceof ApiError ? error.status === 503 && count < 3 : true,
      retryDelay: (count) => Math.min(500 * 2 ** count, 5000),
    },
  },
});

export interface Page<T> {
  items: T[];
  next: string | null;
}

/** All pages of a list; `seen` gets what is there so far. */
async function everything<T>(
  page: (after: string | undefined) => Promise<Page<T>>,
  seen: (items: T[]) => void = () => {},
): Promise<T[]> {
  const items: T[] = [];
  let after: string | undefined;
  do {
    const { items: more, next } = await page(after);
    items.push(...more);
    after = next ?? undefined;
    if (after) seen([...items]);
  } while (after);
  return items;
}

const LARGE = 1000;
const MANY = 30; // VMs changed at once: then the list is read anew

/** All pages of a list that is small enough to be waited for; `page` asks for one. */
export const all = <T>(
  page: (query: { limit: number; after?: string }) => Promise<{ data?: Page<T> }>,
): Promise<T[]> => everything((after) => got(page({ limit: LARGE, ...(after && { after }) })));

export async function got<T>(call: Promise<{ data?: T }>): Promise<T> {
  return (await call).data as T;
}

export const useMe = () =>
  useQuery({ queryKey: ["me"], queryFn: () => got(api.GET("/api/v1/users/me")) });

export const useVersion = () =>
  useQuery({ queryKey: ["version"], queryFn: () => got(api.GET("/api/v1/version")) });

/** The lists of VMs being loaded, each as the ids that changed meanwhile: pages may be older. */
const loading = new Set<Set<string>>();

async function loadVms({ signal }: { signal: AbortSignal }): Promise<Vm[]> {
  const changed = new Set<string>();
  loading.add(changed);
  try {
    let list = await everything<Vm>(
      (after) =>
        got(
          api.GET("/api/v1/vms", {
            params: { query: { limit: LARGE, ...(after && { after }) } },
            signal,
          }),
        ),
      (some) => client.getQueryData(["vms"]) === undefined && client.setQueryData(["vms"], some),
    );
    for (const id of changed) {
      changed.delete(id); // if it changes again while it is read, it comes again
      list = withRow(list, id, await findVm(id));
    }
    return list;
  } finally {
    loading.delete(changed);
  }
}

/** Every VM. The first thousand are there before the rest has come. */
export const useVms = () => useQuery({ queryKey: ["vms"], queryFn: loadVms });

const fetchVm = (key: string) => got(api.GET("/api/v1/vms/{key}", { params: { path: { key } } }));

async function findVm(id: string): Promise<Vm | undefined> {
  try {
    return await fetchVm(id);
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return undefined;
    throw error;
  }
}

function withRow(list: Vm[], id: string, found: Vm | undefined): Vm[] {
  const at = list.findIndex((vm) => vm.id === id);
  if (!found) return list.filter((vm) => vm.id !== id);
  return at < 0 ? [...list, found] : list.with(at, found);
}

/** These VMs of the list; if they are few, without reading the others. */
export async function refreshRows(ids: ReadonlySet<string>): Promise<void> {
  for (const changed of loading) for (const id of ids) changed.add(id);
  if (client.getQueryData(["vms"]) === undefined) return;
  if (ids.size > MANY) client.invalidateQueries({ queryKey: ["vms"] });
  else for (const id of ids) await refreshRow(id);
}

async function refreshRow(id: string): Promise<void> {
  let found: Vm | undefined;
  try {
    found = await findVm(id);
  } catch {
    return; // when the manager answers again, all is read anew
  }
  client.setQueryData<Vm[]>(["vms"], (list = []) => withRow(list, id, found));
}

export const useVm = (key: string) =>
  useQuery({ queryKey: ["vm", key], queryFn: () => fetchVm(key) });

export const useDescription = (key: string, notation: "yaml" | "xml" | "vm.cfg" | "xl.cfg") =>
  useQuery({
    queryKey: ["vm", key, "description", notation],
    queryFn: () =>
      got(
        api.GET("/api/v1/vms/{key}/description", {
          params: { path: { key }, query: { notation } },
        }),
      ),
  });

export const useSnapshots = (key: string) =>
  useQuery({
    queryKey: ["vm", key, "snapshots"],
    queryFn: () =>
      got(
        api.GET("/api/v1/vms/{key}/snapshots", {
          params: { path: { key }, query: { limit: LARGE } },
        }),
      ),
  });

export const useSchedules = (key: string) =>
  useQuery({
    queryKey: ["vm", key, "schedules"],
    queryFn: () => got(api.GET("/api/v1/vms/{key}/schedules", { params: { path: { key } } })),
    select: (page) => page.items,
  });

/** The backups of a VM that lie in a repository. */
export const useBackups = (key: string, vm: string, repository: string) =>
  useQuery({
    queryKey: ["backups", key, vm, repository],
    queryFn: () =>
      all((page) =>
        api.GET("/api/v1/pools/{key}/backups", {
          params: { path: { key }, query: { repository, vm, ...page } },
        }),
      ),
  });

export const useBridges = (key: string) =>
  useQuery({
    queryKey: ["pool", key, "bridges"],
    queryFn: () => got(api.GET("/api/v1/pools/{key}/bridges", { params: { path: { key } } })),
    select: (page) => page.items,
  });

export const useServers = () =>
  useQuery({
    queryKey: ["servers"],
    queryFn: () => got(api.GET("/api/v1/servers", { params: { query: { limit: LARGE } } })),
    select: (page) => page.items,
  });

export const usePools = () =>
  useQuery({
    queryKey: ["pools"],
    queryFn: () => got(api.GET("/api/v1/pools", { params: { query: { limit: LARGE } } })),
    select: (page) => page.items,
  });

export const poolHaQuery = (key: string) => ({
  queryKey: ["pool", key, "ha"],
  queryFn: () => got(api.GET("/api/v1/pools/{key}/ha", { params: { path: { key } } })),
});

export const usePoolHa = (key: string) => useQuery(poolHaQuery(key));

/** What a query finds of each pool, by its id, as far as it is known. */
export function useEach<T>(
  pools: Pool[],
  query: (key: string) => { queryKey: string[]; queryFn: () => Promise<T> },
): Record<string, T> {
  const combine = useCallback(
    (asked: UseQueryResult<T>[]) =>
      Object.fromEntries(
        pools.flatMap(({ id }, n) => (asked[n]?.data ? [[id, asked[n].data]] : [])),
      ),
    [pools],
  );
  return useQueries({ queries: pools.map(({ id }) => query(id)), combine });
}

export const useFailovers = (key: string) =>
  useQuery({
    queryKey: ["pool", key, "failovers"],
    queryFn: () => got(api.GET("/api/v1/pools/{key}/failovers", { params: { path: { key } } })),
    select: (page) => page.items,
  });

export const repositoriesQuery = (key: string) => ({
  queryKey: ["pool", key, "repositories"],
  queryFn: async () =>
    (await got(api.GET("/api/v1/pools/{key}/repositories", { params: { path: { key } } }))).items,
});

export const useRepositories = (key: string) => useQuery(repositoriesQuery(key));

export const useTemplates = (key: string) =>
  useQuery({
    queryKey: ["pool", key, "templates"],
    queryFn: () => got(api.GET("/api/v1/pools/{key}/templates", { params: { path: { key } } })),
    select: (page) => page.items,
  });

export const useImages = (key: string) =>
  useQuery({
    queryKey: ["pool", key, "images"],
    queryFn: () => got(api.GET("/api/v1/pools/{key}/images", { params: { path: { key } } })),
    select: (page) => page.items,
  });

/** The newest of those that fit. */
export const useJobs = (of: { subject?: string; state?: Job["state"]; kind?: string } = {}) =>
  useQuery({
    queryKey: ["jobs", of],
    queryFn: () => got(api.GET("/api/v1/jobs", { params: { query: { limit: 200, ...of } } })),
    select: (page) => page.items,
  });

export const useJob = (id: string) =>
  useQuery({
    queryKey: ["job", id],
    queryFn: () => got(api.GET("/api/v1/jobs/{id}", { params: { path: { id } } })),
  });

export const useEvents = (subject?: string) =>
  useQuery({
    queryKey: ["events", subject ?? ""],
    queryFn: () =>
      got(
        api.GET("/api/v1/events/log", {
          params: { query: { limit: 500, ...(subject && { subject }) } },
        }),
      ),
    select: (page) => page.items,
  });

export const useUsers = () =>
  useQuery({
    queryKey: ["users"],
    queryFn: () => got(api.GET("/api/v1/users")),
    select: (page) => page.items,
  });

export const useTokens = () =>
  useQuery({
    queryKey: ["tokens"],
    queryFn: () => got(api.GET("/api/v1/tokens")),
    select: (page) => page.items,
  });

/** What tells nothing by itself is asked for anew whenever its page is opened. */
export const ASKED = { staleTime: 0 };

/** What a server's agent says of it. */
export const useInventory = (key: string) =>
  useQuery({
    queryKey: ["inventory", key],
    queryFn: () => got(api.GET("/api/v1/servers/{key}/inventory", { params: { path: { key } } })),
    ...ASKED,
  });

export type Sampled = "vms" | "servers" | "arrays";

/** What a VM or a server has used, or hosts did to a part of an array. No event tells of more: it is asked for
 * while it is shown. */
export const useSamples = (of: Sampled, key: string, span: "hour" | "day", part: string) =>
  useQuery({
    queryKey: ["samples", of, key, span, part],
    queryFn: async (): Promise<Samples> => {
      const params = { path: { key }, query: { span } };
      if (of === "vms") return got(api.GET("/api/v1/vms/{key}/samples", { params }));
      if (of === "servers") return got(api.GET("/api/v1/servers/{key}/samples", { params }));
      const query = { span, of: part };
      return got(api.GET("/api/v1/arrays/{key}/samples", { params: { path: { key }, query } }));
    },
    refetchInterval: 20_000,
    ...ASKED,
  });

export const useTiming = (key: string) =>
  useQuery({
    queryKey: ["pool", key, "timing"],
    queryFn: () => got(api.GET("/api/v1/pools/{key}/timing", { params: { path: { key } } })),
  });

export const useFencing = (key: string) =>
  useQuery({
    queryKey: ["pool", key, "fencing"],
    queryFn: () =>
      got(
        api.GET("/api/v1/pools/{key}/fencing", {
          params: { path: { key }, query: { limit: LARGE } },
        }),
      ),
    select: (page) => page.items,
  });

export const useFenceAgents = (key: string) =>
  useQuery({
    queryKey: ["agents", key],
    queryFn: () => got(api.GET("/api/v1/pools/{key}/fence-agents", { params: { path: { key } } })),
    select: (page) => page.items.map((one) => one.name),
  });

export const useFenceAgent = (key: string, agent: string) =>
  useQuery({
    queryKey: ["agents", key, agent],
    queryFn: () =>
      got(
        api.GET("/api/v1/pools/{key}/fence-agents/{agent}", { params: { path: { key, agent } } }),
      ),
  });

/** Asked each time anew, for an answer is of that moment. */
export const useFenceCheck = (key: string) =>
  useQuery({
    queryKey: ["fence-check", key],
    queryFn: () =>
      got(api.POST("/api/v1/servers/{key}/fencing/check", { params: { path: { key } } })),
    gcTime: 0,
    retry: false,
  });
