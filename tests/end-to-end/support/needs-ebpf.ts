// Skips all tests, with the reason, where the method ebpf cannot run.
import { needs } from "./needs.ts";

needs("ebpf");
