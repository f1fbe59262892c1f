import createClient from "openapi-fetch";
import type { components, paths } from "./schema";

type Schemas = components["schemas"];
export type Vm = Schemas["Vm"];
export type Job = Schemas["Job"];
export type Server = Schemas["Server"];
export type Pool = Schemas["Pool"];
export type Event = Schemas["Event"];

/** The error that every reply of the API has if it is not a success. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly subject: string,
    message: string,
    readonly fix: string,
  ) {
    super(message);
  }
}

async function refuse(response: Response): Promise<never> {
  const body = await response.json().catch(() => undefined);
  const error = body?.error ?? { code: "", subject: "", message: response.statusText, fix: "" };
  throw new ApiError(response.status, error.code, error.subject, error.message, error.fix);
}

/** The session is in a cookie that goes with every call by itself. */
export const api = createClient<paths>({ baseUrl: window.location.origin });
api.use({
  async onResponse({ response }) {
    if (!response.ok) await refuse(response);
  },
});

/** As one word of a shell. */
const quoted = (word: string) =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;

/** A command line of millpond, to be typed into a shell; what is false is left out. */
export const millpond = (...words: (string | string[] | false)[]): string =>
  ["millpond", ...words.flat().filter((word) => word !== false)].map(quoted).join(" ");

/** What an operation is, once: what is sent, and what a person would type for the same. */
export interface Operation {
  method: "POST" | "PATCH" | "DELETE" | "PUT";
  path: string;
  cli: string;
  body?: Record<string, unknown>;
  /** The field, or fields, of the body never shown; of one with several secrets, their names are. */
  secret?: string | readonly string[];
  /** What is done with an answer that is not a job, such as to show what it alone tells. */
  answered?: (answer: unknown) => void;
}

async function send({ method, path, body }: Operation): Promise<Response> {
  const headers: Record<string, string> = { "Idempotency-Key": crypto.randomUUID() };
  if (body) headers["Content-Type"] = "application/json";
  const response = await fetch(`/api/v1${path}`, {
    method,
    headers,
    ...(body && { body: JSON.stringify(body) }),
  });
  return response.ok ? response : refuse(response);
}

/** Ask for an operation; the answer is its job (or nothing, for what is done at once). */
export async function submit(operation: Operation): Promise<Job | undefined> {
  const response = await send(operation);
  if (response.status === 202) return response.json();
  operation.answered?.(await response.json());
  return undefined;
}

/** The plan of an operation, of which nothing is done. */
export async function rehearse<Plan>(operation: Operation): Promise<Plan> {
  const response = await send({ ...operation, path: `${operation.path}?dry_run=true` });
  return (await response.json()).plan;
}

/** A secret, or several by their names. */
const starred = (secret: unknown): unknown =>
  typeof secret === "object" && secret
    ? Object.fromEntries(Object.keys(secret).map((name) => [name, "***"]))
    : "***";

/** The same call for a shell. */
export function curl({ method, path, body, secret }: Operation): string {
  const parts = [`curl -X ${method} ${quoted(`${window.location.origin}/api/v1${path}`)}`];
  parts.push(`-H "Authorization: Bearer $TOKEN"`);
  const shown = body && { ...body };
  if (shown) for (const field of [secret ?? []].flat()) shown[field] = starred(shown[field]);
  if (shown) parts.push(`--json ${quoted(JSON.stringify(shown))}`);
  return parts.join(" \\\n  ");
}
