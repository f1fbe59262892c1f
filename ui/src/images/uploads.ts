import i18next from "i18next";
import { useSyncExternalStore } from "react";
import { ApiError, api, type Operation, type Pool } from "../api/client";
import { type Import, imported } from "./importing";

const PIECE = 1 << 20; // bytes sent at once: the most the manager takes
const PATIENCE = [1, 2, 5, 10, 20, 30]; // seconds between attempts while the manager does not answer

/** A file on its way; `error` once it has stopped. */
export interface Upload {
  key: string;
  pool: Pool;
  file: File;
  asked: Import;
  sent: number;
  error?: unknown;
}

/** Pages come and go while files are sent: they are kept here. */
let uploads: Upload[] = [];
const stopping = new Map<string, AbortController>();
const watchers = new Set<() => void>();

function show(next: Upload[]): void {
  uploads = next;
  for (const changed of watchers) changed();
}

const change = (key: string, some: Partial<Upload>) =>
  show(uploads.map((one) => (one.key === key ? { ...one, ...some } : one)));

export const useUploads = () =>
  useSyncExternalStore(
    (changed) => {
      watchers.add(changed);
      return () => watchers.delete(changed);
    },
    () => uploads,
  );

/** What is sent of a file lies with the pool: the browser keeps where, so that it goes on there. */
const kept = ({ pool, file, asked }: Upload) =>
  `millpond-upload ${pool.id} ${asked.repository ?? ""} ${file.name} ${file.size} ${file.lastModified}`;

/** Send a file, or what the pool lacks of it, and have it imported by `run` then. */
export function upload(
  pool: Pool,
  file: File,
  asked: Import,
  run: (operation: Operation) => Promise<boolean>,
): void {
  const one: Upload = { key: crypto.randomUUID(), pool, file, asked, sent: 0 };
  show([...uploads, one]);
  go(one, run);
}

export function again(one: Upload, run: (operation: Operation) => Promise<boolean>): void {
  const { error: _, ...rest } = one;
  show(uploads.map((other) => (other.key === one.key ? rest : other)));
  go(rest, run);
}

/** Stop it, and have what was sent removed. */
export async function giveUp(one: Upload): Promise<void> {
  stopping.get(one.key)?.abort();
  show(uploads.filter(({ key }) => key !== one.key));
  const id = localStorage.getItem(kept(one));
  if (!id) return;
  await api.DELETE("/api/v1/pools/{key}/uploads/{upload}", { params: place(one, id) });
  localStorage.removeItem(kept(one));
}

async function go(one: Upload, run: (operation: Operation) => Promise<boolean>): Promise<void> {
  const stop = new AbortController();
  stopping.set(one.key, stop);
  try {
    const id = await send(one, stop.signal);
    const accepted = await run({
      method: "POST",
      path: `/pools/${one.pool.id}/images`,
      body: { ...one.asked, upload: id, size: one.file.size },
      cli: imported(one.pool, one.asked, one.file.name),
    });
    if (!accepted) return change(one.key, { error: i18next.t("templates.refused") });
    show(uploads.filter(({ key }) => key !== one.key));
    localStorage.removeItem(kept(one));
  } catch (error) {
    if (!stop.signal.aborted) change(one.key, { error });
  } finally {
    stopping.delete(one.key);
  }
}

const place = (one: Upload, upload: string) => ({
  path: { key: one.pool.id, upload },
  query: { ...(one.asked.repository && { repository: one.asked.repository }) },
});

/** Its id, once all of it has been received. */
async function send(one: Upload, signal: AbortSignal): Promise<string> {
  let { id, received } = await patiently(signal, () => begun(one));
  localStorage.setItem(kept(one), id);
  while (received < one.file.size) {
    change(one.key, { sent: received });
    received = await patiently(signal, () => piece(one, id, received, signal));
  }
  return id;
}

/** The upload that was begun with this file before, or a new one. */
async function begun(one: Upload): Promise<{ id: string; received: number }> {
  const id = localStorage.getItem(kept(one));
  if (id) {
    try {
      const { data } = await api.GET("/api/v1/pools/{key}/uploads/{upload}", {
        params: place(one, id),
      });
      if (data) return data;
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 404) throw error;
    }
  }
  const { data } = await api.POST("/api/v1/pools/{key}/uploads", {
    params: { path: { key: one.pool.id } },
    body: { size: one.file.size, repository: one.asked.repository ?? null },
  });
  return data as { id: string; received: number };
}

async function piece(one: Upload, id: string, offset: number, signal: AbortSignal) {
  const { path, query } = place(one, id);
  const { data } = await api.PUT("/api/v1/pools/{key}/uploads/{upload}", {
    params: { path, query: { ...query, offset } },
    headers: { "Content-Type": "application/octet-stream" },
    body: one.file.slice(offset, offset + PIECE),
    bodySerializer: (body: unknown) => body as Blob,
    signal,
  });
  return (data as { received: number }).received;
}

/** What the manager refuses is final; while it does not answer, it is asked again. */
async function patiently<T>(signal: AbortSignal, what: () => Promise<T>): Promise<T> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await what();
    } catch (error) {
      const wait = PATIENCE[attempt];
      const silent = error instanceof ApiError ? error.status >= 500 : error instanceof TypeError;
      if (signal.aborted || !silent || wait === undefined) throw error;
      await new Promise((resolve) => setTimeout(resolve, wait * 1000));
    }
  }
}
