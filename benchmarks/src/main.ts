// `npm run bench`, or `npm run bench -- lookup listing`: prints ratios of what was measured in this very run.
import { importing } from "./importing.ts";
import { listing } from "./listing.ts";
import { lookup } from "./lookup.ts";
import { miss } from "./miss.ts";
import { tables } from "./sock-diag.ts";
import { storm } from "./storm.ts";

const subjects = { lookup, miss, listing, importing, storm, tables };

const asked = process.argv.slice(2);
for (const name of asked) {
  if (!(name in subjects)) {
    console.error(`There is no benchmark "${name}"; there are: ${Object.keys(subjects).join(", ")}.`);
    process.exit(2);
  }
}
for (const [name, subject] of Object.entries(subjects)) {
  if (asked.length === 0 || asked.includes(name)) await subject();
}
