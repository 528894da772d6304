import { mkdirSync, writeFileSync } from "node:fs";
import { generateSchemas } from "./generate-schemas.ts";

const folder = new URL("../schemas/", import.meta.url);
mkdirSync(folder, { recursive: true });
for (const [name, text] of generateSchemas()) writeFileSync(new URL(name, folder), text);
