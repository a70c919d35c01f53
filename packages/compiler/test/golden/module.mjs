import def, { a as b, default as d2 } from "one";
import * as ns from "two";
export { b as again, ns };
export * from "three";
export * as four from "four";
export { x as y } from "five";
export let live = 1;
export const [p, { q }] = def(ns.z, d2);
export default function handlerFn() { return live++; }
export class K {}
const local = await import("six");
console.log(import.meta.url, local, this);
