// Writes the types of the manager's API: node tools/api.js DESCRIPTION TARGET. Replies that are errors
// are left out: they all have the shape of ErrorReply, and on every route they would be most of the file.
import { readFile, writeFile } from "node:fs/promises";
import openapiTS, { astToString } from "openapi-typescript";

const [description, target] = process.argv.slice(2);
const api = JSON.parse(await readFile(description, "utf8"));
for (const methods of Object.values(api.paths)) {
  for (const operation of Object.values(methods)) {
    for (const status of Object.keys(operation.responses)) {
      if (status >= "400") delete operation.responses[status];
    }
  }
}
delete api.components.examples;
const comment = "// Made from the manager's OpenAPI by tools/api: do not edit.\n";
await writeFile(target, comment + astToString(await openapiTS(api)));
