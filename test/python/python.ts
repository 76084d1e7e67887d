import { spawnSync } from "node:child_process"
import { existsSync } from "node:fs"
import { join } from "node:path"

export const ROOT = join(import.meta.dirname, "../..")

/** The environment that .ci/run makes of python/requirements.txt, or undefined where there is none. */
export function findEnvironment(): string | undefined {
  const python = join(ROOT, "build/wattest-python/bin/python3")
  const has = (modules: string) => spawnSync(python, ["-c", `import ${modules}`]).status === 0
  return existsSync(python) && has("pytest, mypy, mlflow, codecarbon, wattest") ? python : undefined
}

export const MISSING = "no environment with pytest, MLflow and CodeCarbon: .ci/run makes it"
