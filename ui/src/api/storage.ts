import { type UseQueryResult, useQueries, useQuery } from "@tanstack/react-query";
import { useCallback } from "react";
import { arrayQuery, useArrays } from "./arrays";
import { api, type Pool } from "./client";
import { everything, got, LARGE } from "./queries";
import type { components } from "./schema";

/** What a pool's servers share. */
export interface Storage {
  repositories: components["schemas"]["RepositoryView"][];
  luns: components["schemas"]["LunView"][];
}

/** In ms: an array tells nothing by itself. */
const OFTEN = 30_000;

/** What each pool's servers share, by pool id, as far as it is known. */
export function useStorage(pools: Pool[]): Record<string, Storage> {
  const combine = useCallback(
    (asked: UseQueryResult<Storage>[]) =>
      Object.fromEntries(
        pools.flatMap(({ id }, n) => (asked[n]?.data ? [[id, asked[n].data]] : [])),
      ),
    [pools],
  );
  return useQueries({
    queries: pools.map(({ id }) => ({
      queryKey: ["pool", id, "storage"],
      queryFn: async (): Promise<Storage> => {
        const of = { params: { path: { key: id } } };
        const [repositories, luns] = await Promise.all([
          got(api.GET("/api/v1/pools/{key}/repositories", of)),
          got(api.GET("/api/v1/pools/{key}/luns", of)),
        ]);
        return { repositories: repositories.items, luns: luns.items };
      },
    })),
    combine,
  });
}

/** The LUNs that a pool has of arrays. */
export const useLuns = (key: string) =>
  useQuery({
    queryKey: ["luns", key],
    queryFn: () =>
      everything((after) =>
        got(
          api.GET("/api/v1/pools/{key}/luns", {
            params: { path: { key }, query: { limit: LARGE, ...(after && { after }) } },
          }),
        ),
      ),
  });

/** Every array with its health, as far as it is known. */
export function useHealthOfArrays(): components["schemas"]["ArrayView"][] {
  const arrays = useArrays().data ?? [];
  return useQueries({
    queries: arrays.map(({ id }) => ({ ...arrayQuery(id), refetchInterval: OFTEN })),
    combine: known,
  });
}

const known = <T>(asked: UseQueryResult<T>[]): T[] => asked.flatMap(({ data }) => data ?? []);
