// A reader that is not referenced keeps no process alive.
import { openCommSocket } from "./comm-events.ts";

const reader = openCommSocket().read({
  onBatch() {},
  onError(error) {
    throw error;
  },
});
reader.unref();
reader.ref();
reader.unref();
console.log("ok");
