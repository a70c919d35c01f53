/** The names that a module's top level declares. */
import { patternNames } from "./analyze.ts";
import { parse } from "./parse.ts";
import { lowerTypescript } from "./typescript.ts";

export interface Binding {
  name: string;
  kind: "const" | "let" | "var" | "function" | "class" | "import";
}

/** In the order of the source; types are none. @throws CompileError for syntax errors */
export function topLevelBindings(source: string, filename: string): Binding[] {
  const { program, typescript } = parse(source, filename, "module");
  if (typescript) lowerTypescript(program);
  return program.body.flatMap((statement): Binding[] => {
    if (statement.type === "ImportDeclaration") return statement.specifiers.map(({ local }) => ({ name: local.name, kind: "import" }));
    const declaration = statement.type === "ExportNamedDeclaration" || statement.type === "ExportDefaultDeclaration" ? statement.declaration : statement;
    if (declaration?.type === "VariableDeclaration") {
      const { kind } = declaration;
      if (kind !== "const" && kind !== "let" && kind !== "var") return [];
      return declaration.declarations.flatMap(({ id }) => patternNames(id).map((name) => ({ name, kind })));
    }
    if (declaration?.type === "FunctionDeclaration" && declaration.id) return [{ name: declaration.id.name, kind: "function" }];
    if (declaration?.type === "ClassDeclaration" && declaration.id) return [{ name: declaration.id.name, kind: "class" }];
    return [];
  });
}
