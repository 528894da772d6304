export { type MethodTestOptions, runMethodTests, type TestFunction } from "./run-method-tests.ts";
