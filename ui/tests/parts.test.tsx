import type { UseQueryResult } from "@tanstack/react-query";
import { render, screen, within } from "@testing-library/react";
import { userEvent } from "@testing-library/user-event";
import { useState } from "react";
import { MemoryRouter, useLocation } from "react-router";
import { describe, expect, test } from "vitest";
import { ApiError } from "../src/api/client";
import { type Column, DataTable } from "../src/parts/DataTable";
import { ErrorNote } from "../src/parts/ErrorNote";
import { Listing } from "../src/parts/Listing";
import { Loaded } from "../src/parts/Loaded";
import { Usage } from "../src/parts/Usage";
import { useFilters } from "../src/parts/useFilters";

const Address = () => <output data-testid="address">{useLocation().search}</output>;
const address = () => screen.getByTestId("address").textContent;

interface Guest {
  id: string;
  name: string;
  memory: number;
}
const GUESTS: Guest[] = [
  { id: "a", name: "web10", memory: 512 },
  { id: "b", name: "web9", memory: 4096 },
  { id: "c", name: "db1", memory: 1024 },
];
const COLUMNS: Column<Guest>[] = [
  { key: "name", title: "Name", by: (guest) => guest.name },
  { key: "memory", title: "Memory", by: (guest) => guest.memory, cell: (g) => `${g.memory} MiB` },
  { key: "more", title: "More", cell: () => "…" },
];

function Guests() {
  const [ids, choose] = useState<ReadonlySet<string>>(new Set());
  return (
    <>
      <DataTable
        label="Guests"
        columns={COLUMNS}
        rows={GUESTS}
        id={(guest) => guest.id}
        chosen={{ ids, choose, all: "all guests", name: (guest) => guest.name }}
      />
      <output data-testid="chosen">{[...ids].sort().join()}</output>
      <Address />
    </>
  );
}

const show = (at = "/") =>
  render(
    <MemoryRouter initialEntries={[at]}>
      <Guests />
    </MemoryRouter>,
  );
const names = () =>
  screen
    .getAllByRole("row")
    .slice(1)
    .map((row) => within(row).getAllByRole("cell")[1]?.textContent);

describe("a table", () => {
  test("is sorted by a click on a head, numbers within names too, and the address keeps it", async () => {
    show();
    expect(names()).toEqual(["web10", "web9", "db1"]);
    await userEvent.click(screen.getByRole("button", { name: "Name" }));
    expect(names()).toEqual(["db1", "web9", "web10"]);
    expect(address()).toBe("?sort=name");
    await userEvent.click(screen.getByRole("button", { name: "Name" }));
    expect(names()).toEqual(["web10", "web9", "db1"]);
    expect(address()).toBe("?sort=-name");
  });

  test("is sorted by its values, not by what is shown of them, as a link says", () => {
    show("/?sort=-memory");
    expect(names()).toEqual(["web9", "db1", "web10"]);
  });

  test("is not sorted by what has no order", () => {
    show("/?sort=more");
    expect(names()).toEqual(["web10", "web9", "db1"]);
    expect(screen.queryByRole("button", { name: "More" })).toBeNull();
  });

  test("has rows chosen one by one and all at once", async () => {
    show();
    await userEvent.click(screen.getByRole("checkbox", { name: "web9" }));
    expect(screen.getByTestId("chosen").textContent).toBe("b");
    await userEvent.click(screen.getByRole("checkbox", { name: "all guests" }));
    expect(screen.getByTestId("chosen").textContent).toBe("a,b,c");
    await userEvent.click(screen.getByRole("checkbox", { name: "db1" }));
    expect(screen.getByTestId("chosen").textContent).toBe("a,b");
  });
});

test("filters live in the address beside what else is there", async () => {
  function Filters() {
    const [filters, set, clear] = useFilters("name", "power");
    return (
      <>
        <input
          aria-label="Filter"
          value={filters.name}
          onChange={(event) => set("name", event.target.value)}
        />
        <span>power {filters.power}</span>
        <button type="button" onClick={clear}>
          Clear
        </button>
        <Address />
      </>
    );
  }
  render(
    <MemoryRouter initialEntries={["/?sort=name&power=running"]}>
      <Filters />
    </MemoryRouter>,
  );
  screen.getByText("power running");
  await userEvent.type(screen.getByLabelText("Filter"), "web");
  expect(address()).toBe("?sort=name&power=running&name=web");
  await userEvent.clear(screen.getByLabelText("Filter"));
  expect(address()).toBe("?sort=name&power=running");
  await userEvent.click(screen.getByText("Clear"));
  expect(address()).toBe("?sort=name");
});

describe("what a query found", () => {
  const query = (found: object) => found as UseQueryResult<string[]>;
  const list = (found: object) =>
    render(
      <MemoryRouter>
        <Listing
          query={query(found)}
          none="No guests"
          hint="Create one."
          label="Guests"
          columns={[{ key: "name", title: "Name", by: (name) => name }]}
          id={(name) => name}
        />
      </MemoryRouter>,
    );

  test("is waited for", () => {
    list({});
    screen.getByLabelText("Loading");
  });

  test("is listed, even if asking anew failed", () => {
    list({ data: ["web1"], error: new Error("later") });
    screen.getByRole("cell", { name: "web1" });
  });

  test("may be nothing: then it says what to do next", () => {
    list({ data: [] });
    screen.getByText("No guests");
    screen.getByText("Create one.");
    expect(screen.queryByRole("table")).toBeNull();
  });

  test("may be refused, with the reason and the fix", () => {
    list({ error: new ApiError(409, "pool.busy", "pool1", "it is being made", "wait") });
    screen.getByText("it is being made");
  });

  test("may not be there any more", () => {
    const gone = new ApiError(404, "vm.unknown", "vm 1", "there is none", "");
    render(<Loaded query={query({ data: ["old"], error: gone })}>{() => "old"}</Loaded>);
    screen.getByText("There is nothing here");
    expect(screen.queryByText("old")).toBeNull();
  });
});

describe("an error", () => {
  test("of the API has its subject, what to do and its code", () => {
    render(
      <ErrorNote error={new ApiError(409, "vm.busy", "vm web1", "it moves", "wait for it")} />,
    );
    screen.getByText(/vm web1/);
    screen.getByText("it moves");
    screen.getByText("wait for it", { exact: false });
    screen.getByText("vm.busy");
  });

  test("of a job has its cause and its step", () => {
    render(<ErrorNote error={{ code: "job.failed", step: "start", cause: "no room" }} />);
    screen.getByText("no room");
    screen.getByText("job.failed · start");
  });

  test("of the browser is told as it is", () => {
    render(<ErrorNote error={new TypeError("Failed to fetch")} />);
    screen.getByText("Failed to fetch");
    expect(screen.queryByText(/undefined/)).toBeNull();
  });
});

describe("how full something is", () => {
  test("in words and per cent", () => {
    render(<Usage name="srv1" free={1 << 30} total={4 * (1 << 30)} />);
    screen.getByText("75%");
    screen.getByText(/3 GiB.*4 GiB/);
  });

  test("is nothing if there is nothing", () => {
    const { container } = render(<Usage name="srv1" free={0} total={0} />);
    expect(container.textContent).toBe("");
  });
});
