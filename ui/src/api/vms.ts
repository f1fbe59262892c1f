import { useQuery } from "@tanstack/react-query";
import { api } from "./client";
import { all, useImages } from "./queries";

/** The affinity rules of a pool. */
export const useRules = (key: string) =>
  useQuery({
    queryKey: ["pool", key, "rules"],
    queryFn: () =>
      all((query) => api.GET("/api/v1/pools/{key}/rules", { params: { path: { key }, query } })),
  });

/** The CDs that VMs of a pool may have. */
export function useIsos(key: string) {
  const { data, error } = useImages(key);
  return { data: data?.filter((one) => one.kind === "iso" && one.state === "approved"), error };
}
