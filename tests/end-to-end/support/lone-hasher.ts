import { type Hashing, type HashingOptions, hashing } from "@procmon/hashing";
import { onTestFinished } from "vitest";

/** A hasher without a monitor, stopped after the test. */
export function makeHasher(options: HashingOptions = {}): Hashing {
  const hasher = hashing(options);
  onTestFinished(() => hasher.stop());
  return hasher;
}
