/**
 * The agent's file that this control plane holds, for hosts to become: made by `node apps/agent/scripts/bundle.ts`, which `npm start` does, or another one that
 * ZEROSTART_AGENT_FILE names. Read again when it was replaced.
 */
import { createHash } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { agentStatement, type AgentOrder } from "@zerostart/protocol";
import type { Signer } from "./signing.ts";

const builtFile = fileURLToPath(new URL("../../../agent/build/zerostart-agent.mjs", import.meta.url));

export type HeldAgent = AgentOrder & { bytes: Buffer; /** Of hosts that can run it, as agents name it. */ arch: string };

export class AgentRelease {
  readonly #file: string;
  readonly #signer: Signer;
  #held: { stamp: string; agent: HeldAgent } | undefined;

  constructor(signer: Signer, file = builtFile) {
    this.#file = file;
    this.#signer = signer;
  }

  /** Undefined when there is none here. */
  async held(): Promise<HeldAgent | undefined> {
    const file = await stat(this.#file).catch(() => undefined);
    if (!file) return undefined;
    const stamp = `${file.ino} ${file.mtimeMs} ${file.size}`;
    if (this.#held?.stamp !== stamp) {
      const bytes = await readFile(this.#file).catch(() => undefined);
      // Not of the machine that it is made on: what it holds says which one it is for.
      const arch = bytes && /this bundle is for Linux on (\w+),/.exec(bytes.toString("latin1"))?.[1];
      if (!bytes || !arch) return undefined;
      const sha256 = createHash("sha256").update(bytes).digest("hex");
      const signature = this.#signer.sign(agentStatement(sha256));
      this.#held = {
        stamp,
        agent: { sha256, sizeBytes: bytes.length, signature, bytes, arch: arch === "x64" ? "x86_64" : arch === "arm64" ? "aarch64" : arch },
      };
    }
    return this.#held.agent;
  }
}
