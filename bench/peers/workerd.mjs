import handler from "../handlers/hello.js";

export default { fetch: handler };
