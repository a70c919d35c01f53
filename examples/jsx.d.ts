/** What TypeScript needs to know of a handler's JSX: every tag is allowed, and an element is something that a handler may answer with. */
declare namespace JSX {
  type Element = object;
  interface IntrinsicElements {
    [tag: string]: object;
  }
}
