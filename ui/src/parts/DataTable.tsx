import { Checkbox } from "@patternfly/react-core";
import { Table, Tbody, Td, Th, Thead, Tr } from "@patternfly/react-table";
import { useVirtualizer } from "@tanstack/react-virtual";
import { type ReactNode, useId, useMemo, useRef } from "react";
import { useSearchParams } from "react-router";

/** `by` is what it is sorted by, and shown if there is no `cell`; without, it is not sorted. */
export type Column<T> = { key: string; title: string } & (
  | { by: (row: T) => string | number; cell?: (row: T) => ReactNode }
  | { by?: never; cell: (row: T) => ReactNode }
);

export interface TableProps<T> {
  label: string;
  columns: Column<T>[];
  rows: T[];
  id: (row: T) => string;
  /** Only the rows in view are drawn, in a window of its own: for what may have thousands. */
  tall?: boolean;
  chosen?: {
    ids: ReadonlySet<string>;
    choose: (ids: ReadonlySet<string>) => void;
    /** What the boxes that choose are called to those who do not see them. */
    all: string;
    name: (row: T) => string;
  };
}

const ROW = 41; // px of a compact row

/** A table, sorted by a click on its head; the address keeps the order. */
export function DataTable<T>({ label, columns, rows, id, tall, chosen }: TableProps<T>) {
  const box = useRef<HTMLDivElement>(null);
  const table = useId();
  const [order, sorted] = useOrder(columns, rows);
  const virtual = useVirtualizer({
    count: sorted.length,
    getScrollElement: () => box.current,
    estimateSize: () => ROW,
    overscan: 12,
    enabled: Boolean(tall),
  });
  const seen = tall
    ? virtual.getVirtualItems()
    : sorted.map((_, index) => ({ index, start: 0, end: 0 }));
  const above = tall ? (seen[0]?.start ?? 0) : 0;
  const below = tall ? virtual.getTotalSize() - (seen.at(-1)?.end ?? 0) : 0;
  const width = columns.length + (chosen ? 1 : 0);

  return (
    <div
      ref={box}
      className={tall ? "mp-table mp-table--tall" : "mp-table"}
      {...(tall && { tabIndex: 0, role: "region", "aria-label": label })}
    >
      <Table aria-label={label} variant="compact" aria-rowcount={sorted.length + 1}>
        <Thead>
          <Tr>
            {chosen && (
              <Th className="pf-v6-c-table__check">
                <Checkbox
                  id={`${table}-all`}
                  aria-label={chosen.all}
                  isChecked={sorted.length > 0 && sorted.every((row) => chosen.ids.has(id(row)))}
                  onChange={(_, on) => chosen.choose(new Set(on ? sorted.map(id) : []))}
                />
              </Th>
            )}
            {columns.map((column, index) => (
              <Th key={column.key} modifier="nowrap" {...(column.by && { sort: order(index) })}>
                {column.title}
              </Th>
            ))}
          </Tr>
        </Thead>
        <Tbody>
          <Space height={above} width={width} />
          {seen.map(({ index }) => {
            const row = sorted[index] as T;
            const key = id(row);
            return (
              <Tr key={key} aria-rowindex={index + 2}>
                {chosen && (
                  <Td className="pf-v6-c-table__check">
                    <Checkbox
                      id={`${table}-${key}`}
                      aria-label={chosen.name(row)}
                      isChecked={chosen.ids.has(key)}
                      onChange={(_, on) => chosen.choose(changed(chosen.ids, key, on))}
                    />
                  </Td>
                )}
                {columns.map((column) => {
                  const shown = (column.cell ?? column.by)?.(row);
                  return (
                    <Td
                      key={column.key}
                      dataLabel={column.title}
                      {...(typeof shown === "string" && { title: shown })}
                    >
                      {shown}
                    </Td>
                  );
                })}
              </Tr>
            );
          })}
          <Space height={below} width={width} />
        </Tbody>
      </Table>
    </div>
  );
}

function Space({ height, width }: { height: number; width: number }) {
  return height > 0 ? (
    <tr aria-hidden>
      <td colSpan={width} style={{ height, padding: 0 }} />
    </tr>
  ) : null;
}

function changed(ids: ReadonlySet<string>, id: string, on: boolean): ReadonlySet<string> {
  const next = new Set(ids);
  if (on) next.add(id);
  else next.delete(id);
  return next;
}

/** The sort of each column's head, and the rows in that order. */
function useOrder<T>(columns: Column<T>[], rows: T[]) {
  const [params, setParams] = useSearchParams();
  const wanted = params.get("sort") ?? "";
  const key = wanted.replace(/^-/, "");
  const down = wanted.startsWith("-");
  const active = columns.findIndex((column) => column.key === key && column.by);
  const by = columns[active]?.by;

  const sorted = useMemo(() => {
    if (!by) return rows;
    const keyed = rows.map((row) => ({ row, value: by(row) }));
    const compare = new Intl.Collator(undefined, { numeric: true }).compare;
    keyed.sort((a, b) =>
      typeof a.value === "number" && typeof b.value === "number"
        ? a.value - b.value
        : compare(String(a.value), String(b.value)),
    );
    if (down) keyed.reverse();
    return keyed.map(({ row }) => row);
  }, [rows, wanted]);

  const order = (columnIndex: number) => ({
    columnIndex,
    sortBy: {
      ...(active >= 0 && { index: active }),
      direction: down ? ("desc" as const) : ("asc" as const),
    },
    onSort: (_: unknown, index: number, direction: "asc" | "desc") =>
      setParams(
        (now) => {
          now.set("sort", (direction === "desc" ? "-" : "") + columns[index]?.key);
          return now;
        },
        { replace: true },
      ),
  });
  return [order, sorted] as const;
}
