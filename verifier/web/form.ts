import type { Json } from "@wattest/protocol"
import { secondsOf, settingOf } from "./policy-form.ts"
import { type Setting, shownValue } from "./settings.ts"

/** Controls for the single values of a policy: each shows what the policy says, and writes what a person changes. */

/** Called with what a control now says; undefined: nothing. */
type OnChange = (setting: Setting, read: () => Json | undefined) => void

/** A control, and how it shows another policy. */
type Control = { readonly node: HTMLElement; readonly show: (text: string) => void }

function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  members: Partial<HTMLElementTagNameMap[K]> = {},
  ...children: readonly (Node | string)[]
): HTMLElementTagNameMap[K] {
  const made = Object.assign(document.createElement(tag), members)
  made.append(...children)
  return made
}

const idOf = ({ path }: Setting) => path.join("-")

function choiceControl(setting: Setting, options: readonly string[], isOptional: boolean, onChange: OnChange): Control {
  const all = isOptional ? ["", ...options] : options
  const select = make(
    "select",
    { id: idOf(setting) },
    ...all.map((value) => make("option", { value, textContent: value === "" ? "any" : value })),
  )
  select.addEventListener("change", () => onChange(setting, () => (select.value === "" ? undefined : select.value)))
  const show = (text: string) => {
    select.value = shownValue(setting, settingOf(text, setting.path))
  }
  return { node: make("label", {}, setting.label, select), show }
}

function severalControl(setting: Setting, options: readonly string[], onChange: OnChange): Control {
  const boxes = options.map((value) => make("input", { type: "checkbox", value, id: `${idOf(setting)}-${value}` }))
  const read = () => boxes.filter(({ checked }) => checked).map(({ value }) => value)
  for (const box of boxes) box.addEventListener("change", () => onChange(setting, read))
  const labels = boxes.map((box) => make("label", { className: "check" }, box, box.value))
  const node = make("fieldset", {}, make("legend", {}, setting.label), ...labels)
  const show = (text: string) => {
    const held = settingOf(text, setting.path)
    for (const box of boxes) box.checked = Array.isArray(held) && held.includes(box.value)
  }
  return { node, show }
}

function toggleControl(setting: Setting, absent: boolean | undefined, onChange: OnChange): Control {
  const box = make("input", { type: "checkbox", id: idOf(setting) })
  box.addEventListener("change", () => onChange(setting, () => (box.checked === absent ? undefined : box.checked)))
  const show = (text: string) => {
    box.checked = (settingOf(text, setting.path) ?? absent ?? false) === true
  }
  return { node: make("label", { className: "check" }, box, setting.label), show }
}

function textControl(setting: Setting, onChange: OnChange): Control {
  const { kind, label, path } = setting
  const made = make("input", { id: idOf(setting), autocomplete: "off", spellcheck: false })
  if (kind.is === "number") made.inputMode = "numeric"
  if (kind.is === "time") made.placeholder = "2027-01-31"
  const read = () => {
    const written = made.value.trim()
    if (kind.is === "number") return written === "" ? undefined : Number(written)
    if (kind.is === "time") return written === "" ? kind.empty : secondsOf(written)
    return written === "" ? undefined : written
  }
  made.addEventListener("change", () => onChange(setting, read))
  const show = (text: string) => {
    made.value = shownValue(setting, settingOf(text, path))
  }
  return { node: make("label", {}, label, made), show }
}

/** The control of a setting. */
export function controlOf(setting: Setting, onChange: OnChange): Control {
  const { kind } = setting
  if (kind.is === "choice") return choiceControl(setting, kind.options, kind.isOptional ?? false, onChange)
  if (kind.is === "several") return severalControl(setting, kind.options, onChange)
  return kind.is === "toggle" ? toggleControl(setting, kind.absent, onChange) : textControl(setting, onChange)
}
