export { startControllers, type ControllerOptions, type Controllers } from "./start.ts";
