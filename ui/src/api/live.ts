import { useSyncExternalStore } from "react";
import type { Event, Vm } from "./client";
import { client, refreshRows } from "./queries";

/**
 * What happens, as it happens. A browser opens few connections to one host, so one tab follows the
 * stream for all: the one that holds the lock tells the others.
 */
export const KINDS = ["job", "vm", "server", "pool", "user", "ha", "failover", "schedule"];
const GATHER = 100; // ms

type Said = { event: Event } | { answers: boolean; again: boolean };

let answers = true;
const watchers = new Set<() => void>();

/** Whether the manager answers. */
export const useAnswers = () =>
  useSyncExternalStore(
    (changed) => {
      watchers.add(changed);
      return () => watchers.delete(changed);
    },
    () => answers,
  );

export function follow(): () => void {
  const channel = new BroadcastChannel("millpond-events");
  const done = new AbortController();
  let leave = () => {};
  channel.onmessage = ({ data }: MessageEvent<Said>) => heard(data);
  const tell = (said: Said) => {
    channel.postMessage(said);
    heard(said);
  };
  navigator.locks
    .request("millpond-events", { signal: done.signal }, async () => {
      const close = listen(tell);
      await new Promise<void>((resolve) => {
        leave = resolve;
      });
      close();
    })
    .catch(() => undefined); // left before it was this tab's turn
  return () => {
    done.abort();
    leave();
    channel.close();
  };
}

function listen(tell: (said: Said) => void): () => void {
  let source: EventSource;
  let timer = 0;
  let opened = false;
  const open = () => {
    source = new EventSource("/api/v1/events");
    source.onopen = () => {
      tell({ answers: true, again: opened });
      opened = true;
    };
    source.onerror = () => {
      tell({ answers: false, again: false });
      if (source.readyState !== EventSource.CLOSED) return; // it tries again by itself
      timer = window.setTimeout(open, 2000);
    };
    for (const kind of KINDS) {
      source.addEventListener(kind, (message) => tell({ event: JSON.parse(message.data) }));
    }
  };
  open();
  return () => {
    window.clearTimeout(timer);
    source.close();
  };
}

const old = new Set<string>();
const vms = new Set<string>();
let gathering = 0;

function heard(said: Said): void {
  if ("answers" in said) {
    answers = said.answers;
    for (const changed of watchers) changed();
    // While nobody listened, anything may have changed; and a session may have ended.
    if (said.again) client.invalidateQueries();
    if (!said.answers) client.invalidateQueries({ queryKey: ["me"] });
    return;
  }
  note(said.event);
  if (gathering === 0) gathering = window.setTimeout(refresh, GATHER);
}

function note({ kind, subject, data }: Event): void {
  old.add("events");
  if (kind === "job") {
    old.add("jobs");
    old.add("luns"); // a VM may have one as a disk now, or no longer
    old.add(`job ${data["id"]}`);
    if (/^(backup\.|schedule\.run$)/.test(String(data["kind"]))) old.add("backups");
    const about = String(data["subject"]);
    if (about.startsWith("vm:")) vms.add(about.slice(3));
    else old.add("pools").add("servers").add("pool");
  } else if (kind === "vm") {
    vms.add(subject.slice(3));
  } else if (kind === "user") {
    old.add("users");
  } else if (kind === "schedule") {
    vms.add(subject.slice(3));
  } else {
    old.add("pools").add("servers").add("pool");
  }
}

async function refresh(): Promise<void> {
  const keys = [...old].map((key) => key.split(" "));
  const changed = new Set(vms);
  old.clear();
  vms.clear();
  gathering = 0;
  for (const queryKey of keys) client.invalidateQueries({ queryKey });
  if (changed.size === 0) return;
  client.invalidateQueries({
    predicate: ({ queryKey: [kind, key], state }) =>
      kind === "vm" &&
      (changed.has(String(key)) || changed.has(String((state.data as Vm | undefined)?.id))),
  });
  client.invalidateQueries({ queryKey: ["servers"] });
  await refreshRows(changed);
}
