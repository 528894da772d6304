// The process exits with readers and unclosed sockets, in the middle of events.
import { openCommSocket, rename } from "./comm-events.ts";

let batches = 0;
for (let index = 0; index < 4; index++) {
  openCommSocket();
  openCommSocket().read({
    onBatch() {
      batches++;
      rename(10);
      if (batches < 20) return;
      console.log("ok");
      process.exit(0);
    },
    onError(error) {
      throw error;
    },
    intervalMs: 0,
  });
}
rename(10);
