import { millpond, type Pool } from "../api/client";
import type { components } from "../api/schema";

type Request = components["schemas"]["ImageImportRequest"];
/** What is left out is as the API has it. */
export type Import = Pick<Request, "name" | "kind" | "format"> &
  Partial<Pick<Request, "url" | "path" | "repository" | "sha256">>;
export type Format = Import["format"];

/** The formats by the endings of files' names, as the command line knows them. */
const ENDINGS: Record<string, Format> = {
  iso: "iso",
  raw: "raw",
  img: "raw",
  qcow2: "qcow2",
  vmdk: "vmdk",
  vhd: "vhd",
  vpc: "vhd",
  vhdx: "vhdx",
};

export const formatOf = (name: string): Format | undefined =>
  ENDINGS[/\.([a-z0-9]+)(?:[?#].*)?$/i.exec(name)?.[1]?.toLowerCase() ?? ""];

/** What is typed for the same import; `file` is one of the person's own machine. */
export const imported = (pool: Pool, asked: Import, file?: string): string =>
  millpond(
    "image",
    "import",
    pool.name,
    asked.name || "IMAGE",
    file || asked.url || asked.path || "SOURCE",
    asked.kind !== "iso" && ["--kind", asked.kind],
    ["--format", asked.format],
    Boolean(asked.path) && "--on-server",
    Boolean(asked.sha256) && ["--sha256", asked.sha256 ?? ""],
    Boolean(asked.repository) && ["--repository", asked.repository ?? ""],
  );
