import { MAX_CERTIFICATE_BYTES } from "@wattest/protocol"
import { type Case, flipping, invalid, notOurs, SHORT, setting, textBytes, zipped } from "./case.ts"

const story = SHORT
const textOf = (bytes: Uint8Array) => new TextDecoder().decode(bytes)
const asText = (change: (text: string) => string) => (bytes: Uint8Array) => textBytes(change(textOf(bytes)))
const run = "runs.0"

/** A file that is plainly of another kind than any document of the protocol. */
const foreign = (name: string, title: string, bytes: (bytes: Uint8Array) => Uint8Array): readonly Case[] => [
  { name: `not-ours-${name}`, title, story, bytes, expect: notOurs },
]

/** Documents that are not what they should look like. */
export const FORM_CASES: readonly Case[] = [
  {
    ...{ name: "form-too-large", story, fillTo: MAX_CERTIFICATE_BYTES + 1, expect: invalid("DOCUMENT_TOO_LARGE") },
    title: "The certificate is longer than any may be.",
  },
  ...foreign("empty", "The file is empty.", () => new Uint8Array(0)),
  ...foreign("blank", "The file holds nothing but spaces and ends of lines.", () => textBytes(" \t\r\n")),
  ...foreign("pdf", "The file is a PDF.", () => textBytes("%PDF-1.7\n")),
  ...foreign("zip", "The file is a zip archive.", () => textBytes("PK\u0003\u0004")),
  ...foreign("gzip", "The certificate is compressed, which only evidence may be.", zipped),
  ...foreign("utf-16", "The certificate is text in UTF-16.", (bytes) =>
    Buffer.from(`\ufeff${textOf(bytes)}`, "utf16le"),
  ),
  ...foreign(
    "byte-order-mark",
    "A byte order mark stands before the certificate.",
    asText((text) => `\ufeff${text}`),
  ),
  {
    ...{ name: "form-not-utf8", story, expect: invalid("DOCUMENT_NOT_UTF8") },
    title: "A byte is no UTF-8.",
    bytes: (bytes) => bytes.map((byte, i) => (i === 20 ? 0xff : byte)),
  },
  {
    ...{ name: "form-truncated", story, expect: invalid("DOCUMENT_NOT_JSON") },
    title: "The end of the file is missing.",
    bytes: (bytes) => bytes.subarray(0, bytes.length - 100),
  },
  {
    ...{ name: "form-trailing-line-feed", story, expect: invalid("DOCUMENT_NOT_CANONICAL") },
    title: "A line feed follows the document.",
    bytes: asText((text) => `${text}\n`),
  },
  {
    ...{ name: "form-repeated-name", story, expect: invalid("DOCUMENT_NOT_CANONICAL") },
    title: "A name stands twice in one object, so that two readers may read two values.",
    bytes: asText((text) => text.replace('"anchoredAt":', '"anchoredAt":1,"anchoredAt":')),
  },
  {
    ...{ name: "form-unsorted", story, expect: invalid("DOCUMENT_NOT_CANONICAL") },
    title: "Names do not stand in the order of RFC 8785.",
    bytes: asText((text) => text.replace(/"key":("0x[0-9a-f]+"),"scheme":1/, '"scheme":1,"key":$1')),
  },
  {
    ...{ name: "form-number-spelling", story, expect: invalid("DOCUMENT_NOT_CANONICAL") },
    title: "A number is spelt 4.0 instead of 4.",
    bytes: asText((text) => text.replace('"captures":4', '"captures":4.0')),
  },
  {
    ...{ name: "form-nested-deeply", story, expect: invalid("DOCUMENT_NOT_CANONICAL") },
    title: "Arrays are nested a hundred thousand deep.",
    bytes: () => textBytes("[".repeat(100_000) + "]".repeat(100_000)),
  },
  {
    ...{ name: "form-later-version", story, expect: invalid("DOCUMENT_TYPE_UNKNOWN") },
    title: "The media type is that of a later version.",
    edit: setting("mediaType", "application/vnd.wattest.certificate.v2+json"),
  },
  {
    ...{ name: "form-field-missing", story, expect: invalid("FIELD_MISSING") },
    title: "The captures root is missing.",
    edit: setting(`${run}.capturesRoot`, undefined),
  },
  {
    ...{ name: "form-field-unknown", story, expect: invalid("FIELD_UNKNOWN") },
    title: "A field that no verifier looks at makes a claim of its own.",
    edit: setting(`${run}.statement.renewableShare`, "1"),
  },
  {
    ...{ name: "form-prototype-field", story, expect: invalid("FIELD_UNKNOWN") },
    title: "A field is called like a property that all objects inherit.",
    edit: setting(`${run}.statement.constructor`, "1"),
  },
  {
    ...{ name: "form-no-runs", story, expect: invalid("FIELD_MALFORMED") },
    title: "The certificate holds no run.",
    edit: setting("runs", []),
  },
  {
    ...{ name: "form-upper-case-digest", story, expect: invalid("FIELD_MALFORMED") },
    title: "A digest is spelt in upper case.",
    edit: setting(`${run}.anchor.head`, `0x${"AB".repeat(32)}`),
  },
  {
    ...{ name: "form-number-as-json", story, expect: invalid("FIELD_MALFORMED") },
    title: "A 64-bit number is no decimal string.",
    edit: setting(`${run}.run`, 0),
  },
  {
    ...{ name: "form-register-overflow", story, expect: invalid("NUMBER_OUT_OF_RANGE") },
    title: "A register is 2^64.",
    edit: setting(`${run}.statement.registers.energyMillijoules`, (2n ** 64n).toString()),
  },
  {
    ...{ name: "form-field-element-overflow", story, expect: invalid("NUMBER_OUT_OF_RANGE") },
    title: "A salt is not below the field's order, and would hash like a smaller one.",
    edit: setting(`${run}.salt`, `0x${"ff".repeat(32)}`),
  },
  {
    ...{ name: "form-text-not-normalised", story, expect: invalid("TEXT_NOT_NORMALISED") },
    title: "A label looks like another one but is spelt with a combining accent.",
    edit: setting(`${run}.statement.party`, "Zu\u0308rich"),
  },
  {
    ...{ name: "form-text-cut", story, expect: invalid("DOCUMENT_NOT_CANONICAL") },
    title: "A label ends inside a character: such a text has no spelling.",
    bytes: asText((text) => text.replaceAll('"zone":"DE"', '"zone":"D\\ud83d"')),
  },
  {
    ...{ name: "form-label-turns-writing", story, expect: invalid("FIELD_MALFORMED") },
    title: "A label holds a mark that turns the direction of what is printed beside it.",
    edit: setting(`${run}.statement.party`, "Z\u202ehcirü"),
  },
  {
    ...{ name: "key-small-order", story, expect: invalid("KEY_INVALID") },
    title: "The device's key is a point of order 8, under which anybody can sign.",
    edit: setting("device.key", "0xc7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"),
  },
  {
    ...{ name: "key-not-on-curve", story, expect: invalid("KEY_INVALID") },
    title: "The device's key is no point of the curve.",
    edit: setting("device.key", `0x02${"00".repeat(31)}`),
  },
  {
    ...{ name: "key-other-length", story, expect: invalid("KEY_INVALID") },
    title: "The device's key has the length of the other scheme.",
    edit: setting("device.scheme", 2),
  },
  {
    ...{ name: "proof-digit", story, expect: invalid("ANCHOR_PROOF_INVALID") },
    title: "One digit of the receipt proof is another one.",
    edit: flipping(`${run}.proof.anchored.nodes.0`),
  },
]
