import { UsageError } from "@wattest/command"
import { SETTINGS, type Setting, type SettingName } from "./settings.ts"

/** Settings that are wrong, all at once, so that one start shows them all. */
export class SettingsRejected extends UsageError {
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    super(problems.join("; "), "wattest relay serve --help lists every setting")
    this.problems = problems
  }
}

export type Settings = { readonly [name in SettingName]?: string }

const PREFIX = "WATTEST_RELAY_"

/** Reads the settings from an environment. Throws SettingsRejected on a name that does not exist or a malformed value. */
export function readSettings(environment: NodeJS.ProcessEnv): Settings {
  const problems: string[] = []
  const settings: { [name: string]: string } = {}
  for (const [name, value] of Object.entries(environment)) {
    if (value === undefined || !(name.startsWith(PREFIX) || name === "DATABASE_URL")) continue
    const setting = Object.hasOwn(SETTINGS, name) ? SETTINGS[name as SettingName] : undefined
    if (!setting) problems.push(`${name}: there is no such setting`)
    else if (!setting.pattern.test(value))
      problems.push(`${name}: expected ${setting.expected}, got ${JSON.stringify(value)}`)
    else settings[name] = value
  }
  for (const [name, { required, expected }] of Object.entries<Setting>(SETTINGS))
    if (required && environment[name] === undefined) problems.push(`${name}: is missing; expected ${expected}`)
  if (problems.length > 0) throw new SettingsRejected(problems)
  return settings
}
