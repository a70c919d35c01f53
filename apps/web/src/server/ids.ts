/** Row ids: a readable prefix, then time-ordered and random parts, e.g. bld_mf3k2v9x0a1b2c3d4e. */
import { randomBytes } from "node:crypto";

export type IdPrefix =
  | "usr"
  | "prj"
  | "mem"
  | "tok"
  | "enr"
  | "aud"
  | "hnd"
  | "ver"
  | "bld"
  | "art"
  | "job"
  | "hst"
  | "dep"
  | "msr"
  | "exp"
  | "chk"
  | "alr"
  | "chn"
  | "dlv"
  | "inv"
  | "var"
  | "dlt"
  | "trc";

/** 48 bits of milliseconds, then 60 random bits. */
export function newId(prefix: IdPrefix): string {
  const time = Date.now().toString(36).padStart(9, "0");
  const random = BigInt(`0x${randomBytes(8).toString("hex")}`)
    .toString(36)
    .padStart(13, "0")
    .slice(0, 12);
  return `${prefix}_${time}${random}`;
}
