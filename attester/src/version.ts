/** The agent's version, as runs record it in their context; a test holds it equal to package.json. */
export const AGENT_VERSION = "0.1.0"
