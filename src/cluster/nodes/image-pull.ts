import { imageNameProblem } from "./image-name.ts";
import { crashBase, crashMost, fieldPath, type ContainerRun, type Due, type PodWorld } from "./pod-run.ts";

/**
 * What keeps a container waiting for its image: a name that is none (InvalidImageName), or, where an annotation says so, an
 * image that cannot be pulled. False when the image is there.
 */
export function waitsForImage(container: ContainerRun, given: string | undefined, world: PodWorld, due: Due): boolean {
  const image: string = container.spec.image ?? "";
  const wrong = imageNameProblem(image);
  if (wrong !== undefined) {
    invalidName(container, image, wrong, world, due);
    return true;
  }
  if (given === undefined) return false;
  pull(container, given, world, due);
  return true;
}

/** The kubelet looks again, and complains again, whenever it comes by. */
function invalidName(container: ContainerRun, image: string, why: string, world: PodWorld, due: Due): void {
  const name = JSON.stringify(image);
  const message = `Failed to apply default image tag ${name}: couldn't parse image name ${name}: ${why}`;
  if (container.pullAt <= world.now) {
    const field = fieldPath(container);
    world.emit({ type: "Warning", reason: "InspectFailed", message, fieldPath: field });
    world.emit({ type: "Warning", reason: "Failed", message: "Error: InvalidImageName", fieldPath: field });
    container.waiting = { reason: "InvalidImageName", message };
    container.pullAt = world.now + crashBase;
  }
  due.at(container.pullAt);
}

/** An image that cannot be pulled: ErrImagePull, then ImagePullBackOff for 10 s, doubling to 5 minutes. */
function pull(container: ContainerRun, given: string, world: PodWorld, due: Due): void {
  const { now } = world;
  const field = fieldPath(container);
  const image: string = container.spec.image ?? "";
  const error =
    given === "" || given === "ErrImagePull"
      ? `failed to pull and unpack image ${JSON.stringify(image)}: failed to resolve reference ${JSON.stringify(image)}: (simulated) ${image}: not found`
      : given;
  if (container.pullAt <= now) {
    world.emit({
      type: "Normal",
      reason: "Pulling",
      message: `Pulling image ${JSON.stringify(image)}`,
      fieldPath: field,
    });
    const failed = `Failed to pull image ${JSON.stringify(image)}: ${error}`;
    world.emit({ type: "Warning", reason: "Failed", message: failed, fieldPath: field });
    world.emit({ type: "Warning", reason: "Failed", message: "Error: ErrImagePull", fieldPath: field });
    container.waiting = { reason: "ErrImagePull", message: error };
    container.pullBackoff = container.pullBackoff === 0 ? crashBase : Math.min(container.pullBackoff * 2, crashMost);
    container.pullAt = now + container.pullBackoff;
    // The kubelet's next look at the pod finds the back-off.
    due.at(now + 1000);
    return;
  }
  if (container.waiting.reason === "ErrImagePull") {
    if (now < container.pullAt - container.pullBackoff + 1000)
      return due.at(container.pullAt - container.pullBackoff + 1000);
    const message = `Back-off pulling image ${JSON.stringify(image)}`;
    world.emit({ type: "Normal", reason: "BackOff", message, fieldPath: field });
    world.emit({ type: "Warning", reason: "Failed", message: "Error: ImagePullBackOff", fieldPath: field });
    container.waiting = { reason: "ImagePullBackOff", message: `${message}: ErrImagePull: ${error}` };
  }
  due.at(container.pullAt);
}
