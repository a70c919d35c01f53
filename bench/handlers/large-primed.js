import app from "./large.js";

await app.request("http://127.0.0.1/");
export default app;
