import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { DataTable, type TableProps } from "./DataTable";
import { Empty } from "./Empty";
import { Loaded } from "./Loaded";

interface Props<T> extends Omit<TableProps<T>, "rows"> {
  query: UseQueryResult<T[]>;
  /** What is said if there is nothing, and what to do then. */
  none: string;
  hint?: ReactNode;
  /** Buttons that make more of it. */
  action?: ReactNode;
}

/** A list as a table below the buttons that add to it; of an empty one, what to do next. */
export function Listing<T>({ query, none, hint, action, ...table }: Props<T>) {
  return (
    <Loaded query={query}>
      {(rows) =>
        rows.length === 0 ? (
          <Empty title={none} action={action}>
            {hint}
          </Empty>
        ) : (
          <>
            {action}
            <DataTable {...table} rows={rows} />
          </>
        )
      }
    </Loaded>
  );
}
