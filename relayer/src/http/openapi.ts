import swagger from "@fastify/swagger"
import Fastify from "fastify"
import { ROUTES, type Route } from "./routes.ts"

/** The API's description, OpenAPI 3.1, made from the routes that the server takes. */
export async function openApi() {
  const app = Fastify()
  const license = { name: "Apache-2.0", identifier: "Apache-2.0" }
  await app.register(swagger, {
    openapi: { openapi: "3.1.0", info: { title: "Wattest relayer", version: "1", license } },
  })
  // Nobody asks this server: it only lists what is taken.
  const routes: readonly Route[] = Object.values(ROUTES)
  for (const route of routes) app.route({ ...route, handler: () => null })
  await app.ready()
  return app.swagger()
}
