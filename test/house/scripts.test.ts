import { strict as assert } from "node:assert"
import { execFile } from "node:child_process"
import { promisify } from "node:util"

/** Scripts that would begin their work, or make a folder of that name, if they minded no option. */
const SCRIPTS = ["disclosure-demo", "generate", "pack", "page", "pictures", "table"]

type Ending = { readonly code: number; readonly stdout: string; readonly stderr: string }

const endingOf = (script: string, word: string): Promise<Ending> =>
  promisify(execFile)(process.execPath, [`scripts/${script}.ts`, word]).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    (ending: Ending) => ending,
  )

describe("a script of this house", () => {
  for (const script of SCRIPTS)
    it(`says how ${script} is used, and takes no option that it does not know`, async () => {
      const [help, stranger] = await Promise.all([endingOf(script, "--help"), endingOf(script, "--hlep")])
      assert.equal(help.code, 0)
      assert.match(help.stdout, /^usage: npm run /)
      assert.equal(stranger.code, 2)
      assert.match(stranger.stderr, /^error: .*--hlep/)
      assert.equal(stranger.stdout, "")
    })
})
