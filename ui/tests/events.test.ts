import { expect, test } from "vitest";
import type { Event } from "../src/api/client";
import { news } from "../src/events/Events";

const event = (seq: number, subject: string, state: string): Event =>
  ({ seq, time: 0, kind: "job", subject, data: { state } }) as unknown as Event;

test("an event that says what was said last of its subject is left out", () => {
  const events = [
    event(6, "vm:1", "done"),
    event(5, "vm:1", "running"),
    event(4, "vm:2", "running"),
    event(3, "vm:1", "running"),
    event(2, "vm:1", "running"),
    event(1, "vm:1", "done"),
  ];
  expect(news(events).map((one) => one.seq)).toEqual([6, 4, 2, 1]);
});
