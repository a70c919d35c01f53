const Item = (props: { text: string }) => <li class="item" {...props}>{props.text} &amp; more</li>;
export const page = <><h1 id="t" hidden>Hello,
   world {/* nothing */}</h1><Item text={"x"} /><svg:rect a-b="1" /></>;
