import { useSearchParams } from "react-router";

/** What a list is filtered by, kept in the address: a link to it shows the same, also after a reload. */
export function useFilters<K extends string>(...keys: K[]) {
  const [params, setParams] = useSearchParams();
  const filters = Object.fromEntries(keys.map((key) => [key, params.get(key) ?? ""])) as Record<
    K,
    string
  >;
  const change = (what: (now: URLSearchParams) => void) =>
    setParams(
      (now) => {
        what(now);
        return now;
      },
      { replace: true },
    );
  const set = (key: K, value: string) =>
    change((now) => (value ? now.set(key, value) : now.delete(key)));
  const clear = () =>
    change((now) => {
      for (const key of keys) now.delete(key);
    });
  return [filters, set, clear] as const;
}
