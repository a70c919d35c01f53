import type { T } from "types";
import { Only, value } from "mixed";
enum Color { Red, Green = 5, Blue, Text = "t", Both = Red | Green }
namespace N { export const a = 1; export function f(): number { return a; } interface I {} }
class P extends Base<T> {
  declare hidden: string;
  field!: number;
  constructor(private readonly x: number, y?: string) { super(); this.field = x; }
  abstract?(): void;
}
export const z = <Only>value! as unknown satisfies T;
function over(a: string): void;
function over(this: P, a: unknown) { return a as string; }
export { over };
