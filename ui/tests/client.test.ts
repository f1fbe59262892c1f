import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type * as Client from "../src/api/client";
import { Manager, refusal } from "./manager";

let manager: Manager;
let client: typeof Client;

beforeAll(async () => {
  manager = await Manager.start();
  client = await import("../src/api/client"); // it asks at once where the manager is
});
afterAll(() => manager.stop());

describe("the command line", () => {
  test("leaves out what is false and quotes what a shell would read", () => {
    expect(client.millpond("vm", "start", "web1", false, ["--to", "srv2"])).toBe(
      "millpond vm start web1 --to srv2",
    );
    expect(client.millpond("vm", "edit", "it's; rm -rf $HOME")).toBe(
      "millpond vm edit 'it'\\''s; rm -rf $HOME'",
    );
    expect(client.millpond("vm", "edit", "")).toBe("millpond vm edit ''");
  });
});

describe("the call for a shell", () => {
  const path = "/users";

  test("has the body, and the token as a variable", () => {
    const shown = client.curl({ method: "POST", path, cli: "", body: { name: "anna's" } });
    expect(shown).toContain(`curl -X POST ${window.location.origin}/api/v1/users`);
    expect(shown).toContain(`-H "Authorization: Bearer $TOKEN"`);
    expect(shown).toContain(`--json '{"name":"anna'\\''s"}'`);
    expect(client.curl({ method: "DELETE", path, cli: "" })).not.toContain("--json");
  });

  test("shows no secret", () => {
    const body = { name: "anna", password: "four random words" };
    const one = client.curl({ method: "POST", path, cli: "", body, secret: "password" });
    expect(one).toContain(`{"name":"anna","password":"***"}`);
    const several = { method: "POST", path, cli: "", secret: "options" } as const;
    expect(
      client.curl({ ...several, body: { options: { login: "root", pin: "1234" } } }),
    ).toContain(`{"options":{"login":"***","pin":"***"}}`);
  });
});

describe("an operation", () => {
  const start = { method: "POST", path: "/vms/1/start", cli: "", body: { to: "srv1" } } as const;

  test("is sent with its body and a key of its own; the answer is its job", async () => {
    manager.answer("POST /api/v1/vms/1/start", 202, { id: "job1" });
    expect(await client.submit(start)).toEqual({ id: "job1" });
    expect(await client.submit(start)).toEqual({ id: "job1" });
    const keys = manager.asked.map(({ headers }) => headers["idempotency-key"]);
    expect(new Set(keys).size).toBe(2);
    expect(manager.asked[0]?.body).toEqual({ to: "srv1" });
    expect(manager.asked[0]?.headers["content-type"]).toContain("application/json");
  });

  test("that is done at once has no job", async () => {
    manager.answer("DELETE /api/v1/users/anna", 204);
    const gone = { method: "DELETE", path: "/users/anna", cli: "" } as const;
    expect(await client.submit(gone)).toBeUndefined();
  });

  test("that is refused says why and what to do", async () => {
    const body = refusal("vm.busy", "vm web1", "it is being moved", "wait for job 7");
    manager.answer("POST /api/v1/vms/1/start", 409, body);
    await expect(client.submit(start)).rejects.toMatchObject({
      status: 409,
      code: "vm.busy",
      subject: "vm web1",
      message: "it is being moved",
      fix: "wait for job 7",
    });
  });

  test("that a gateway refuses, without a reason of ours, has the status' own", async () => {
    manager.answer("POST /api/v1/vms/1/start", 502, "no JSON of ours");
    await expect(client.submit(start)).rejects.toMatchObject({
      status: 502,
      code: "",
      message: "Bad Gateway",
    });
  });
});

test("what is read is refused in the same way", async () => {
  manager.answer("GET /api/v1/vms/2", 404, refusal("vm.unknown", "vm 2", "there is none", ""));
  const read = client.api.GET("/api/v1/vms/{key}", { params: { path: { key: "2" } } });
  await expect(read).rejects.toBeInstanceOf(client.ApiError);
  await expect(read).rejects.toMatchObject({ status: 404, code: "vm.unknown" });
});
