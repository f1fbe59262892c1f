import { locks } from "node:worker_threads";
import { act, renderHook, waitFor } from "@testing-library/react";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import type * as Live from "../src/api/live";
import type * as Queries from "../src/api/queries";
import { Manager, refusal } from "./manager";

/** The browser's own end of the stream, which this environment lacks. */
class Source extends EventTarget {
  static readonly CLOSED = 2;
  static all: Source[] = [];
  readyState = 1;
  onopen = () => {};
  onerror = () => {};
  constructor(readonly url: string) {
    super();
    Source.all.push(this);
  }
  close() {
    this.readyState = Source.CLOSED;
  }
  say(kind: string, subject: string, data: object = {}) {
    const event = JSON.stringify({ kind, subject, data });
    this.dispatchEvent(new MessageEvent(kind, { data: event }));
  }
}
const source = () => Source.all.at(-1) as Source;

let manager: Manager;
let live: typeof Live;
let queries: typeof Queries;
let leave: () => void;

beforeAll(async () => {
  manager = await Manager.start();
  vi.stubGlobal("EventSource", Source);
  Object.defineProperty(navigator, "locks", { value: locks });
  queries = await import("../src/api/queries");
  live = await import("../src/api/live");
});
beforeEach(async () => {
  Source.all = [];
  manager.asked.length = 0;
  queries.client.clear();
  leave = live.follow();
  await waitFor(() => expect(Source.all).toHaveLength(1));
});
afterEach(() => leave());
afterAll(() => manager.stop());

/** What is there of each, and not stale. */
const know = (...keys: string[][]) => {
  for (const key of keys) queries.client.setQueryData(key, []);
};
const stale = (...key: string[]) => queries.client.getQueryState(key)?.isInvalidated;
const GUEST = { id: "1", name: "web1", power: "stopped" };

describe("an event", () => {
  test("of a job makes the lists of jobs old, not those of servers when it is about a VM", async () => {
    know(["jobs", ""], ["job", "7"], ["job", "8"], ["events", ""], ["servers"], ["users"]);
    source().say("job", "job:7", { id: "7", subject: "pool:1", kind: "pool.edit" });
    await waitFor(() => expect(stale("job", "7")).toBe(true));
    expect([stale("jobs", ""), stale("events", ""), stale("servers")]).toEqual([true, true, true]);
    expect([stale("job", "8"), stale("users")]).toEqual([false, false]);
  });

  test("of a backup's job makes the lists of backups old", async () => {
    know(["backups", "1"]);
    source().say("job", "job:7", { id: "7", subject: "vm:1", kind: "backup.create" });
    await waitFor(() => expect(stale("backups", "1")).toBe(true));
  });

  test("of any job makes the lists of LUNs old: a VM may have one as a disk now", async () => {
    know(["luns", "1"]);
    source().say("job", "job:7", { id: "7", subject: "vm:1", kind: "disk.attach" });
    await waitFor(() => expect(stale("luns", "1")).toBe(true));
  });

  test("of a VM has its row read anew, and no other", async () => {
    queries.client.setQueryData(["vms"], [GUEST, { ...GUEST, id: "2", name: "web2" }]);
    manager.answer("GET /api/v1/vms/1", 200, { ...GUEST, power: "running" });
    source().say("vm", "vm:1");
    await waitFor(() =>
      expect(queries.client.getQueryData(["vms"])).toEqual([
        { ...GUEST, power: "running" },
        { ...GUEST, id: "2", name: "web2" },
      ]),
    );
    expect(manager.asked.map(({ path }) => path)).toEqual(["/api/v1/vms/1"]);
  });

  test("of a VM that is gone takes its row away; of a new one, adds it", async () => {
    queries.client.setQueryData(["vms"], [GUEST]);
    manager.answer("GET /api/v1/vms/1", 404, refusal("vm.unknown", "vm 1", "none", ""));
    manager.answer("GET /api/v1/vms/3", 200, { ...GUEST, id: "3" });
    source().say("vm", "vm:1");
    source().say("vm", "vm:3");
    await waitFor(() =>
      expect(queries.client.getQueryData(["vms"])).toEqual([{ ...GUEST, id: "3" }]),
    );
  });

  test("of many VMs at once has the list read anew instead of each row", async () => {
    know(["vms"]);
    for (let n = 0; n < 40; n += 1) source().say("vm", `vm:${n}`);
    await waitFor(() => expect(stale("vms")).toBe(true));
    expect(manager.asked).toEqual([]);
  });

  test("of a server or a pool makes both old", async () => {
    know(["servers"], ["pools"], ["pool", "1", "ha"], ["users"]);
    source().say("failover", "server:1");
    await waitFor(() => expect(stale("pools")).toBe(true));
    expect([stale("servers"), stale("pool", "1", "ha"), stale("users")]).toEqual([
      true,
      true,
      false,
    ]);
  });
});

describe("a manager that does not answer", () => {
  test("is told, and once it is back all is read anew", async () => {
    const { result } = renderHook(live.useAnswers);
    know(["servers"], ["me"]);
    act(() => source().onopen());
    expect(result.current).toBe(true);
    expect(stale("servers")).toBe(false); // it has just been read
    act(() => source().onerror());
    expect(result.current).toBe(false);
    expect([stale("servers"), stale("me")]).toEqual([false, true]); // the session may have ended
    act(() => source().onopen());
    expect(result.current).toBe(true);
    expect(stale("servers")).toBe(true);
  });

  test("is asked again by us when the browser has given up", async () => {
    source().close();
    source().onerror();
    await waitFor(() => expect(Source.all).toHaveLength(2), { timeout: 10_000 });
  });
});

test("who leaves closes the stream", async () => {
  leave();
  await waitFor(() => expect(source().readyState).toBe(Source.CLOSED));
});
