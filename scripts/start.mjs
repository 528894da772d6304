// `npm start`: sets up, and watches this machine's connections in this very process, so that signals and pipes are the command's own.
import { setUp } from "./setup.mjs";

setUp();
process.argv.splice(2, 0, "watch");
await import("../packages/cli/dist/main.js");
