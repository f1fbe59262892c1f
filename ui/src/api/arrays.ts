import { useQuery } from "@tanstack/react-query";
import { api } from "./client";
import { ASKED, all, got, type Page } from "./queries";

export const useArrays = () =>
  useQuery({
    queryKey: ["arrays"],
    queryFn: () => all((query) => api.GET("/api/v1/arrays", { params: { query } })),
  });

export const arrayQuery = (key: string) => ({
  queryKey: ["array", key],
  queryFn: () => got(api.GET("/api/v1/arrays/{key}", { params: { path: { key } } })),
});

export const useArray = (key: string) => useQuery({ ...arrayQuery(key), ...ASKED });

interface Params {
  path: { key: string };
  query: { limit: number; after?: string };
}

/** What is on its way is asked for again while it is looked at, in ms. */
const MOVING = 5_000;
const MINUTE = 60_000;

/** All that an array has of something; `often` (ms): asked for again while it is shown. */
const useAll = <T>(
  key: string,
  what: string,
  page: (params: Params) => Promise<{ data?: Page<T> }>,
  often: number | false = false,
) =>
  useQuery({
    queryKey: ["array", key, what],
    queryFn: () => all((query) => page({ path: { key }, query })),
    refetchInterval: often,
    ...ASKED,
  });

export const useArrayLuns = (key: string) =>
  useAll(key, "luns", (params) => api.GET("/api/v1/arrays/{key}/luns", { params }));

export const useArrayPorts = (key: string) =>
  useAll(key, "ports", (params) => api.GET("/api/v1/arrays/{key}/ports", { params }));

export const useArrayGroups = (key: string) =>
  useAll(key, "groups", (params) => api.GET("/api/v1/arrays/{key}/groups", { params }));

export const useArraySnapshots = (key: string) =>
  useAll(key, "snapshots", (params) => api.GET("/api/v1/arrays/{key}/snapshots", { params }));

export const useArrayMirrors = (key: string) =>
  useAll(key, "mirrors", (params) => api.GET("/api/v1/arrays/{key}/mirrors", { params }));

export const useArrayMigrations = (key: string) =>
  useAll(
    key,
    "migrations",
    (params) => api.GET("/api/v1/arrays/{key}/migrations", { params }),
    MOVING,
  );

export const useArrayLoads = (key: string) =>
  useAll(
    key,
    "performance",
    (params) => api.GET("/api/v1/arrays/{key}/performance", { params }),
    MINUTE,
  );

export const useArrayQos = (key: string) =>
  useQuery({
    queryKey: ["array", key, "qos"],
    queryFn: () => got(api.GET("/api/v1/arrays/{key}/qos", { params: { path: { key } } })),
    ...ASKED,
  });
