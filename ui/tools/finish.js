// After the build: a gzip copy beside each text file, for the manager to send, and a limit on what a
// browser loads before it shows the first page.
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

const LIMIT = 400_000; // bytes of script, gzipped

const folder = "dist";
const packed = new Map();
for (const name of await readdir(folder, { recursive: true })) {
  if (!/\.(js|css|svg)$/.test(name)) continue;
  const bytes = gzipSync(await readFile(join(folder, name)), { level: 9 });
  packed.set(name, bytes.length);
  await writeFile(join(folder, `${name}.gz`), bytes);
}

const manifest = JSON.parse(await readFile(join(folder, ".vite/manifest.json"), "utf8"));
const first = new Set();
function load(key) {
  const chunk = manifest[key];
  if (first.has(chunk.file)) return;
  first.add(chunk.file);
  for (const imported of chunk.imports ?? []) load(imported);
}
load("index.html");
const size = [...first].reduce((sum, file) => sum + (packed.get(file) ?? 0), 0);
console.log(`first load: ${Math.round(size / 1000)} kB of script, gzipped`);
if (size > LIMIT) {
  console.error(`that is more than ${LIMIT / 1000} kB: load what is heavy lazily`);
  process.exit(1);
}
