import assert from "node:assert/strict"
import { placementOf } from "../../../attester/src/launch/placement.ts"

const NOTHING = { id: undefined, node: undefined, nodes: undefined }
const SLURM = { SLURM_JOB_ID: "4711", SLURM_NNODES: "64", SLURM_NODEID: "3", SLURM_LOCALID: "0" }
const TORCHRUN = {
  ...{ GROUP_RANK: "1", GROUP_WORLD_SIZE: "2", LOCAL_RANK: "0", RANK: "8", WORLD_SIZE: "16" },
  ...{ TORCHELASTIC_RUN_ID: "llama", TORCHELASTIC_RESTART_COUNT: "0", MASTER_ADDR: "node0" },
}
const KUBERNETES = { JOB_COMPLETION_INDEX: "2", HOSTNAME: "llama-train-2" }

describe("the place of a process in its job", () => {
  it("is what srun says, of the step rather than of the allocation", () => {
    const found = { scheduler: "slurm", job: "slurm-4711", node: 3, nodes: 64, isTeller: true }
    assert.deepEqual(placementOf(SLURM, NOTHING), found)
    assert.equal(placementOf({ ...SLURM, SLURM_STEP_NUM_NODES: "4" }, NOTHING).nodes, 4)
    assert.equal(placementOf({ ...SLURM, SLURM_LOCALID: "1" }, NOTHING).isTeller, false)
  })

  it("is what torchrun says, also within srun, whose name for the job counts where torchrun has none", () => {
    const found = { scheduler: "torchrun", job: "llama", node: 1, nodes: 2, isTeller: true }
    assert.deepEqual(placementOf({ ...SLURM, ...TORCHRUN }, NOTHING), found)
    assert.equal(placementOf({ ...TORCHRUN, LOCAL_RANK: "7" }, NOTHING).isTeller, false)
    assert.equal(placementOf({ ...SLURM, ...TORCHRUN, TORCHELASTIC_RUN_ID: "none" }, NOTHING).job, "slurm-4711")
    assert.throws(() => placementOf({ ...TORCHRUN, TORCHELASTIC_RUN_ID: "none" }, NOTHING), /which job/)
  })

  it("is what an Indexed Job says, but for the number of its pods", () => {
    assert.throws(() => placementOf(KUBERNETES, NOTHING), /how many nodes/)
    const found = { scheduler: "kubernetes", job: "llama-train", node: 2, nodes: 4, isTeller: true }
    assert.deepEqual(placementOf(KUBERNETES, { ...NOTHING, nodes: 4 }), found)
    assert.throws(() => placementOf({ ...KUBERNETES, HOSTNAME: "elsewhere" }, { ...NOTHING, nodes: 4 }), /which job/)
  })

  it("is what the options say before all else", () => {
    const stated = { id: "mine", node: 0, nodes: 2 }
    const found = { scheduler: "slurm", job: "mine", node: 0, nodes: 2, isTeller: true }
    assert.deepEqual(placementOf(SLURM, stated), found)
    assert.throws(() => placementOf({}, NOTHING), /which node/)
    assert.throws(() => placementOf({}, { ...stated, node: 2 }), /node 2 of 2/)
    assert.throws(() => placementOf({ ...SLURM, SLURM_NODEID: "x" }, NOTHING), /SLURM_NODEID is "x"/)
  })
})
