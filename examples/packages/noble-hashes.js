import { blake2b } from "@noble/hashes/blake2.js";
import { hmac } from "@noble/hashes/hmac.js";
import { pbkdf2 } from "@noble/hashes/pbkdf2.js";
import { sha256, sha512 } from "@noble/hashes/sha2.js";
import { sha3_256 } from "@noble/hashes/sha3.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";

export default (request) => {
  const { searchParams } = new URL(request.url);
  const bytes = utf8ToBytes(searchParams.get("text").repeat(Number(searchParams.get("n"))));
  return Response.json(
    [
      ...[sha256, sha512, sha3_256, blake2b].map((hash) => hash(bytes)),
      hmac(sha256, utf8ToBytes("key"), bytes),
      pbkdf2(sha256, bytes, utf8ToBytes("salt"), { c: 10, dkLen: 40 }),
    ].map(bytesToHex),
  );
};
