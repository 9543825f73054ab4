// Write src/openapi.d.ts: the types of everything that the description of the API has.
import { writeFile } from "node:fs/promises";

import openapiTS, { astToString } from "openapi-typescript";
import ts from "typescript";

const DESCRIPTION = new URL("../../docs/openapi.yaml", import.meta.url);
const TYPES = new URL("src/openapi.d.ts", import.meta.url);
const BLOB = ts.factory.createTypeReferenceNode("Blob");

const types = await openapiTS(DESCRIPTION, {
  // Files are no text.
  transform: ({ format }) => (format === "binary" ? BLOB : undefined),
});
await writeFile(TYPES, astToString(types));
