/** Source -> artifact. The contract is in docs/architecture.md, "Contract: packages/build". */
import { disassemble } from "@zerostart/bytecode";
import { findToolchain, type Toolchain } from "./toolchain.ts";

export { compileHandler, maxSourceBytes, type CompileInput, type CompileResult, type Diagnostic } from "./compile.ts";
export { buildArtifact, buildArtifacts, BuildError, bytecodeSections, inspectArtifact, type Artifact, type ArtifactInfo, type BuildInput } from "./artifact.ts";
export { moduleArtifact, type ModuleArtifact } from "./module-artifact.ts";
export { codeFrame } from "./code-frame.ts";
export { EngineMissingError, loadEngine, makeEngine, type Engine } from "./engine.ts";
export { engineDirectory } from "./engine-files.ts";
export { decodeImage, encodeImage } from "@zerostart/vm/image-file.ts";
export { cutImage, type MemoryImage } from "@zerostart/vm/image.ts";
export {
  containerImage,
  installedProgram,
  lambdaZip,
  moduleArchive,
  moduleLoader,
  systemdArchive,
  systemdUnits,
  type ContainerImage,
  type ImageInput,
  type UnitInput,
} from "./packaging/index.ts";
export type { StubProvider, StubRequest } from "./remote-stub.ts";
export { getStub, stubIdentity, ToolchainMissingError, type Stub } from "./stub.ts";
export { takeSnapshot, type SnapshotOptions, type SnapshotOutput } from "./snapshot.ts";
export { installToolchain, nativeTargets, type Compiler, type MissingTool, type Toolchain } from "./toolchain.ts";

/** What can be built here and what is missing; shown in the UI. */
export function toolchainStatus(): Promise<Toolchain> {
  return findToolchain();
}

export { listFunctions, type ListedFunction } from "@zerostart/bytecode/disassemble.ts";
export { compileTelling } from "./telling.ts";

/** Readable text of a bytecode file. Throws BytecodeError when it is malformed. */
export function disassembleBytecode(bytecode: Uint8Array): string {
  return disassemble(bytecode);
}
