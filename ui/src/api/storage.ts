import { type UseQueryResult, useQueries, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { arrayQuery, useArrays } from "./arrays";
import { api, type Pool } from "./client";
import { all, repositoriesQuery, useEach } from "./queries";
import type { components } from "./schema";

/** What a pool's servers share. */
export interface Storage {
  repositories: components["schemas"]["RepositoryView"][];
  luns: components["schemas"]["LunView"][];
}

/** In ms: an array tells nothing by itself. */
const OFTEN = 30_000;

const lunsQuery = (key: string) => ({
  queryKey: ["luns", key],
  queryFn: () =>
    all((query) => api.GET("/api/v1/pools/{key}/luns", { params: { path: { key }, query } })),
});

/** The LUNs that a pool has of arrays. */
export const useLuns = (key: string) => useQuery(lunsQuery(key));

/** What each pool's servers share, by pool id, where it is known. */
export function useStorage(pools: Pool[]): Record<string, Storage> {
  const repositories = useEach(pools, repositoriesQuery);
  const luns = useEach(pools, lunsQuery);
  return useMemo(() => {
    const known = pools.flatMap(({ id }) => {
      const [shared, mapped] = [repositories[id], luns[id]];
      return shared && mapped ? [[id, { repositories: shared, luns: mapped }] as const] : [];
    });
    return Object.fromEntries(known);
  }, [pools, repositories, luns]);
}

/** Every array with its health, as far as it is known. */
export function useHealthOfArrays(): components["schemas"]["ArrayView"][] {
  const arrays = useArrays().data ?? [];
  return useQueries({
    queries: arrays.map(({ id }) => ({ ...arrayQuery(id), refetchInterval: OFTEN })),
    combine: known,
  });
}

const known = <T>(asked: UseQueryResult<T>[]): T[] => asked.flatMap(({ data }) => data ?? []);
