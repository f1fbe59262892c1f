import { QueryClientProvider } from "@tanstack/react-query";
import { render, screen, waitFor } from "@testing-library/react";
import { userEvent } from "@testing-library/user-event";
import type { ComponentProps } from "react";
import { MemoryRouter } from "react-router";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import type { Ask as AskType } from "../src/parts/Ask";
import { Manager, refusal } from "./manager";

let manager: Manager;
let show: (props: Partial<ComponentProps<typeof AskType>>) => void;
const said: string[] = [];
const OPERATION = {
  method: "DELETE",
  path: "/vms/1",
  cli: "millpond vm delete web1",
} as const;

beforeAll(async () => {
  manager = await Manager.start();
  const { client } = await import("../src/api/queries");
  const { RunProvider } = await import("../src/app/run");
  const { Ask } = await import("../src/parts/Ask");
  show = (props) =>
    render(
      <QueryClientProvider client={client}>
        <MemoryRouter>
          <RunProvider>
            <Ask
              title="Delete web1"
              submit="Delete"
              operations={[OPERATION]}
              onClose={() => said.push("closed")}
              onDone={() => said.push("done")}
              {...props}
            />
          </RunProvider>
        </MemoryRouter>
      </QueryClientProvider>,
    );
});
beforeEach(() => {
  said.length = 0;
  manager.asked.length = 0;
});
afterAll(() => manager.stop());

const button = () => screen.getByRole<HTMLButtonElement>("button", { name: "Delete" });
const sent = () => manager.asked.filter(({ method }) => method !== "GET");

test("what is accepted closes the dialog, once", async () => {
  manager.answer("DELETE /api/v1/vms/1", 204);
  show({});
  await userEvent.click(button());
  await waitFor(() => expect(said).toEqual(["closed", "done"]));
  expect(sent()).toHaveLength(1);
});

test("what is refused leaves the dialog as it is, and tells why", async () => {
  manager.answer("DELETE /api/v1/vms/1", 409, refusal("vm.busy", "web1", "it moves", "wait"));
  show({});
  await userEvent.click(button());
  await screen.findByText("it moves");
  expect(said).toEqual([]);
  expect(button().disabled).toBe(false); // to be tried again
});

test("of several operations, those that are refused are told, and the dialog closes", async () => {
  manager.answer("DELETE /api/v1/vms/1", 204);
  manager.answer("DELETE /api/v1/vms/2", 409, refusal("vm.busy", "web2", "it moves", "wait"));
  show({ operations: [OPERATION, { ...OPERATION, path: "/vms/2" }] });
  await userEvent.click(button());
  await waitFor(() => expect(said).toEqual(["closed", "done"]));
  await screen.findByText("it moves");
  expect(sent()).toHaveLength(2);
});

test("what is dangerous waits for the name to be typed", async () => {
  manager.answer("DELETE /api/v1/vms/1", 204);
  show({ typed: "web1", danger: true });
  const field = screen.getByRole("textbox");
  expect(button().disabled).toBe(true);
  await userEvent.type(field, "web");
  expect(button().disabled).toBe(true);
  await userEvent.type(field, "1");
  expect(button().disabled).toBe(false);
});

test("a form that is not complete cannot be sent", async () => {
  show({ ready: false });
  await userEvent.click(button());
  expect(button().disabled).toBe(true);
  expect(sent()).toEqual([]);
});

test("the same without the page is one click away", async () => {
  show({});
  await userEvent.click(screen.getByRole("button", { name: "Commands" }));
  screen.getByText("millpond vm delete web1");
  screen.getByText(/curl -X DELETE/);
});
