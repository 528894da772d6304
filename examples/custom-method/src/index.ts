export { familyMethod as default, familyMethod } from "./family-method.ts";
