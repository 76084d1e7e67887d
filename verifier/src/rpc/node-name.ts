/** Scheme and host of a node. The rest of a URL is often an API key, and reports are made to be handed on. */
export function nodeName(url: string): string {
  if (!URL.canParse(url)) return "a node without a readable URL"
  const { protocol, host } = new URL(url)
  return `${protocol}//${host}`
}
