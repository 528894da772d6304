// Skips all tests, with the reason, where the method audit cannot run.
import { needs } from "./needs.ts";

needs("audit");
