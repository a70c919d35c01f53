/** What an artifact is wrapped into for where it runs. */
export { containerImage, type ContainerImage, type ImageInput } from "./oci.ts";
export { moduleArchive, moduleLoader } from "./esm.ts";
export { lambdaZip } from "./lambda.ts";
export { installedProgram, systemdArchive, systemdUnits, type UnitInput } from "./systemd.ts";
