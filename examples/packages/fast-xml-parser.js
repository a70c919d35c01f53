import { XMLBuilder, XMLParser, XMLValidator } from "fast-xml-parser";

export default (request) => {
  const { searchParams } = new URL(request.url);
  const n = Number(searchParams.get("n"));
  const xml = `<?xml version="1.0"?><list n="${n}"><!-- c --><a><![CDATA[<${searchParams.get("text")}>]]></a>${"<i v='1.50'>x &lt; y</i>".repeat(n)}<empty/></list>`;
  const options = { ignoreAttributes: false };
  const parsed = new XMLParser(options).parse(xml);
  return Response.json({
    parsed,
    built: new XMLBuilder({ ...options, format: true }).build(parsed),
    valid: XMLValidator.validate(xml),
    invalid: XMLValidator.validate("<a><b></a>"),
  });
};
