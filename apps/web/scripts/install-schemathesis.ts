/** Installs the fuzzer of the REST API into the cache, so that its test does not begin with a download. */
import { installSchemathesis } from "../test/support/schemathesis.ts";

await installSchemathesis();
