import { useQuery } from "@tanstack/react-query";
import { api } from "./client";
import { ASKED, everything, got, LARGE } from "./queries";

export const useArrays = () =>
  useQuery({
    queryKey: ["arrays"],
    queryFn: () => got(api.GET("/api/v1/arrays", { params: { query: { limit: LARGE } } })),
    select: (page) => page.items,
  });

export const arrayQuery = (key: string) => ({
  queryKey: ["array", key],
  queryFn: () => got(api.GET("/api/v1/arrays/{key}", { params: { path: { key } } })),
});

export const useArray = (key: string) => useQuery({ ...arrayQuery(key), ...ASKED });

export const useArrayLuns = (key: string) =>
  useQuery({
    queryKey: ["array", key, "luns"],
    queryFn: () =>
      everything((after) =>
        got(
          api.GET("/api/v1/arrays/{key}/luns", {
            params: { path: { key }, query: { limit: LARGE, ...(after && { after }) } },
          }),
        ),
      ),
    ...ASKED,
  });

export const useArrayPorts = (key: string) =>
  useQuery({
    queryKey: ["array", key, "ports"],
    queryFn: () =>
      got(
        api.GET("/api/v1/arrays/{key}/ports", {
          params: { path: { key }, query: { limit: LARGE } },
        }),
      ),
    select: (page) => page.items,
    ...ASKED,
  });

export const useArrayGroups = (key: string) =>
  useQuery({
    queryKey: ["array", key, "groups"],
    queryFn: () =>
      everything((after) =>
        got(
          api.GET("/api/v1/arrays/{key}/groups", {
            params: { path: { key }, query: { limit: LARGE, ...(after && { after }) } },
          }),
        ),
      ),
    ...ASKED,
  });

export const useArraySnapshots = (key: string) =>
  useQuery({
    queryKey: ["array", key, "snapshots"],
    queryFn: () =>
      everything((after) =>
        got(
          api.GET("/api/v1/arrays/{key}/snapshots", {
            params: { path: { key }, query: { limit: LARGE, ...(after && { after }) } },
          }),
        ),
      ),
    ...ASKED,
  });
