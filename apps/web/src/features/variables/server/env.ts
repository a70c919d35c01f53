/** The environment of a handler: its own variables and those of one deployment, sealed in the database, open only on their way to an agent. */
import { z } from "zod";
import { Vault } from "../../../server/vault.ts";

export const envName = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,127}$/, "a name of letters, digits and underscores");
export const envValue = z.string().max(32_768, "32,768 characters at most");

/** A value is bound to its handler and name, so that one deployment's can be taken over by the next. */
const context = (handlerId: string, name: string) => `${handlerId}/${name}`;

export const sealValue = (vault: Vault, handlerId: string, name: string, value: string) => vault.seal(value, context(handlerId, name));

export function sealEnv(vault: Vault, handlerId: string, env: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(env).map(([name, value]) => [name, sealValue(vault, handlerId, name, value)]));
}

export const openValue = (vault: Vault, handlerId: string, name: string, value: string) => vault.open(value, context(handlerId, name));

/** Deployments from before values were sealed hold them in the clear. */
export function openEnv(vault: Vault, handlerId: string, variables: { name: string; value: string }[], deploymentEnv: unknown): Record<string, string> {
  const own = z.record(z.string(), z.string()).parse(deploymentEnv);
  return {
    ...Object.fromEntries(variables.map(({ name, value }) => [name, openValue(vault, handlerId, name, value)])),
    ...Object.fromEntries(Object.entries(own).map(([name, value]) => [name, Vault.isSealed(value) ? openValue(vault, handlerId, name, value) : value])),
  };
}
