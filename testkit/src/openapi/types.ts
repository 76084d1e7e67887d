import openapiTS, { astToString, COMMENT_HEADER } from "openapi-typescript"

/** TypeScript types of an OpenAPI document, as a module's text. */
export async function typesOf(document: object): Promise<string> {
  const ast = await openapiTS(JSON.stringify(document), { immutable: true, alphabetize: false })
  return `${COMMENT_HEADER}${astToString(ast)}`
}
