export { startControllers, type ControllerOptions } from "./start.ts";
