import { ANCHOR_EDGE_CASES } from "./anchor-edges.ts"
import { BEACON_CASES } from "./beacon.ts"
import { BOOKS_CASES } from "./books.ts"
import { BOUND_CASES } from "./bounds.ts"
import type { Case } from "./case.ts"
import { CHAIN_CASES } from "./chain.ts"
import { CHECKPOINT_CASES } from "./checkpoint.ts"
import { CHOSEN_CASES } from "./chosen-runs.ts"
import { CLAIM_EDGE_CASES } from "./claim-edges.ts"
import { EDGE_CASES } from "./edges.ts"
import { EVIDENCE_CASES } from "./evidence.ts"
import { EXPECTATION_CASES } from "./expectation.ts"
import { EXTRACT_CASES } from "./extract.ts"
import { FORM_CASES } from "./form.ts"
import { GROUP_CASES } from "./group.ts"
import { INVENTORY_CASES } from "./inventories.ts"
import { JOB_CASES } from "./job.ts"
import { METERING_CASES } from "./metering.ts"
import { ORDER_CASES } from "./order.ts"
import { POLICY_CASES } from "./policy.ts"
import { PRESENTATION_CASES } from "./presentation.ts"
import { PUBLISHED_CASES } from "./published.ts"
import { QUALITY_CASES } from "./quality.ts"
import { READING_CASES } from "./readings-order.ts"
import { RUN_CASES } from "./run.ts"
import { SHOWN_EDGE_CASES } from "./shown-edges.ts"
import { VOID_CASES } from "./void-runs.ts"
import { VOUCHING_CASES } from "./vouching.ts"

export const CASES: readonly Case[] = [
  ...FORM_CASES,
  ...RUN_CASES,
  ...JOB_CASES,
  ...GROUP_CASES,
  ...EVIDENCE_CASES,
  ...METERING_CASES,
  ...CHAIN_CASES,
  ...BEACON_CASES,
  ...POLICY_CASES,
  ...BOOKS_CASES,
  ...QUALITY_CASES,
  ...VOUCHING_CASES,
  ...PRESENTATION_CASES,
  ...PUBLISHED_CASES,
  ...CHOSEN_CASES,
  ...CLAIM_EDGE_CASES,
  ...EXTRACT_CASES,
  ...EXPECTATION_CASES,
  ...BOUND_CASES,
  ...EDGE_CASES,
  ...ORDER_CASES,
  ...VOID_CASES,
  ...CHECKPOINT_CASES,
  ...INVENTORY_CASES,
  ...READING_CASES,
  ...SHOWN_EDGE_CASES,
  ...ANCHOR_EDGE_CASES,
]
