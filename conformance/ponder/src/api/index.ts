import { db } from "ponder:api"
import * as tables from "ponder:schema"
import { Hono } from "hono"

/** Every row of a table. */
export default new Hono().get("/rows/:table", async ({ req, json }) =>
  json(await db.select().from(new Map(Object.entries(tables)).get(req.param("table")))),
)
