#!/usr/bin/env node
import { requireNode } from "@wattest/protocol/runtime"

requireNode()
const { run } = await import("./cli.ts")
process.exitCode = await run(process.argv.slice(2))
