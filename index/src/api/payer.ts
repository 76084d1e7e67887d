/** Groups of an IPv6 address that a network gives to one of its customers. */
const CUSTOMER_GROUPS = 4
const GROUPS = 8

/**
 * Whose questions are counted together: an IPv4 address, or the /64 of an IPv6 one, for a customer has as many of those as
 * he likes.
 */
export function payerOf(ip: string): string {
  if (!ip.includes(":") || ip.includes(".")) return ip
  const [head = "", tail] = ip.split("::")
  const first = head === "" ? [] : head.split(":")
  const last = tail === undefined || tail === "" ? [] : tail.split(":")
  const zeros = Array.from({ length: Math.max(0, GROUPS - first.length - last.length) }, () => "0")
  const groups = tail === undefined ? first : [...first, ...zeros, ...last]
  return groups.slice(0, CUSTOMER_GROUPS).join(":")
}
