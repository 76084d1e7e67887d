// A scheduler extender for Kubernetes that prefers racks whose accelerators stay cool for their power, by what
// `wattest gate --prometheus` made of judged certificates and their evidence:
//
//     node extender.mjs wattest.prom 8099
//
// kube-scheduler asks POST /filter and POST /prioritize (kube-scheduler.yaml). A node says its rack by the label wattest/site.
// MIN_WATTS_PER_KELVIN: racks below it are filtered out. A rack that nobody measured passes the filter and scores 0.
import { readFileSync } from "node:fs"
import { createServer } from "node:http"

const [page = "wattest.prom", port = "8099"] = process.argv.slice(2)
const least = Number(process.env.MIN_WATTS_PER_KELVIN ?? 0)
const LABEL = "wattest/site"
const MAX_BODY = 16 * 1024 * 1024
// The most that kube-scheduler takes of an extender.
const MAX_SCORE = 10

const SAMPLE = /^wattest_thermal_envelope_watts_per_kelvin\{(.*)\} (\S+)$/gm
const SITE = /(?:^|,)site="((?:[^"\\]|\\.)*)"/

/** Watts for each kelvin by site: the lowest of its devices, for a rack cools its worst board too. */
function envelopes() {
  const found = new Map()
  for (const [, labels, value] of readFileSync(page, "utf8").matchAll(SAMPLE)) {
    const site = SITE.exec(labels)?.[1]?.replace(/\\(.)/g, "$1")
    if (site) found.set(site, Math.min(found.get(site) ?? Number.POSITIVE_INFINITY, Number(value)))
  }
  return found
}

/** Each node's envelope; undefined where nobody measured its rack. */
function measured(nodes) {
  const known = envelopes()
  return nodes.map((node) => ({ node, name: node.metadata.name, value: known.get(node.metadata.labels?.[LABEL]) }))
}

function filter({ Nodes }) {
  const nodes = measured(Nodes?.items ?? [])
  const isCool = ({ value }) => value === undefined || value >= least
  const warm = nodes.filter((one) => !isCool(one))
  return {
    Nodes: { ...Nodes, items: nodes.filter(isCool).map(({ node }) => node) },
    FailedNodes: Object.fromEntries(
      warm.map(({ name, value }) => [name, `${value.toFixed(1)} W/K of its rack: below ${least}`]),
    ),
    Error: "",
  }
}

function prioritize({ Nodes }) {
  const nodes = measured(Nodes?.items ?? [])
  const best = Math.max(...nodes.map(({ value }) => value ?? 0))
  return nodes.map(({ name, value }) => ({
    Host: name,
    Score: best > 0 ? Math.round(((value ?? 0) / best) * MAX_SCORE) : 0,
  }))
}

const routes = { "/filter": filter, "/prioritize": prioritize }

const server = createServer(async (request, response) => {
  const reply = (status, value) =>
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value))
  const route = request.method === "POST" && Object.hasOwn(routes, request.url) ? routes[request.url] : undefined
  if (route === undefined) return reply(404, { Error: `no ${request.method} ${request.url}` })
  try {
    let body = ""
    for await (const piece of request.setEncoding("utf8")) {
      body += piece
      if (body.length > MAX_BODY) return reply(413, { Error: "the body is too long" })
    }
    reply(200, route(JSON.parse(body)))
  } catch (error) {
    // kube-scheduler goes on without the extender where its configuration says that it may be ignored.
    reply(500, { Error: error.message })
  }
})
server.listen(Number(port), "127.0.0.1", () => console.log(`extender on http://127.0.0.1:${server.address().port}`))
