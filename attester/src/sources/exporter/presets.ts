import { accuracy, SURFACE_ACCURACY } from "../accuracy.ts"
import { meterFromOptions } from "../meter.ts"
import { pageFromOptions } from "../net/scrape.ts"
import type { Options } from "../options.ts"
import type { Accuracy, Coverage, Source } from "../source.ts"
import { createExporter } from "./exporter.ts"
import { expectFromOptions, labelsFromOptions } from "./prometheus.ts"
import type { Selector } from "./series.ts"

type PresetValue = Pick<Selector, "metrics" | "quantity" | "unit" | "accuracy"> &
  Partial<Pick<Selector, "labels" | "exponent" | "required">>

/** The page of one exporter: what it meters, how its parts are told apart, and which of its series say so. */
type Preset = {
  readonly covers: Coverage
  readonly parts: readonly string[]
  /** The label that names the board. */
  readonly sku?: string
  readonly values: readonly PresetValue[]
}

const BOARD = accuracy(SURFACE_ACCURACY.board)
const BMC = accuracy(SURFACE_ACCURACY.bmc)
const PDU = accuracy(SURFACE_ACCURACY.pdu)
const PERCENT = accuracy({ step: 1, windowMs: 1000, origin: "whole per cent" })
const DEGREES = accuracy({ step: 1, origin: "whole degrees" })
const stepped = (known: Accuracy, step: number): Accuracy => ({ ...known, step })

const PRESETS = {
  /**
   * AMD Device Metrics Exporter (ROCm/device-metrics-exporter, docs/configuration/metricslist.md). Of a partitioned
   * board only partition 0 has power; MI2xx prints the mean, MI3xx the momentary one.
   */
  "amd-exporter": {
    covers: "accelerator",
    parts: ["serial_number", "gpu_id"],
    sku: "card_series",
    values: [
      {
        metrics: ["amd_gpu_package_power", "amd_gpu_average_package_power", "amd_gpu_power_usage"],
        labels: { gpu_partition_id: ["0", ""] },
        quantity: "power",
        unit: "W",
        accuracy: BOARD,
        required: true,
      },
      {
        metrics: ["amd_gpu_energy_consumed"],
        labels: { gpu_partition_id: ["0", ""] },
        quantity: "energy",
        unit: "uJ",
        accuracy: stepped(BOARD, 15.259),
      },
      { metrics: ["amd_gpu_gfx_activity"], quantity: "kernelTime", unit: "%", accuracy: PERCENT },
      {
        metrics: ["amd_gpu_junction_temperature", "amd_gpu_edge_temperature"],
        quantity: "acceleratorTemperature",
        unit: "Cel",
        accuracy: DEGREES,
      },
    ],
  },
  /**
   * Intel Gaudi's metric exporter. `accelerator_power_usage_watts` holds milliwatts too, and the unit of
   * `habanalabs_energy` is not stated: neither is read.
   */
  gaudi: {
    covers: "accelerator",
    parts: ["UUID"],
    values: [
      {
        metrics: ["habanalabs_power_mW"],
        quantity: "power",
        unit: "mW",
        accuracy: stepped(BOARD, 1000),
        required: true,
      },
      { metrics: ["habanalabs_utilization"], quantity: "kernelTime", unit: "%", accuracy: PERCENT },
      {
        metrics: ["habanalabs_temperature_onchip"],
        quantity: "acceleratorTemperature",
        unit: "Cel",
        accuracy: DEGREES,
      },
    ],
  },
  /** prometheus-community/ipmi_exporter, collector dcmi. Supplies (`ipmi_power_watts`) are parts of it: left out. */
  "ipmi-exporter": {
    covers: "node",
    parts: [],
    values: [
      { metrics: ["ipmi_dcmi_power_consumption_watts"], quantity: "power", unit: "W", accuracy: BMC, required: true },
    ],
  },
  /** jenningsloy318/redfish_exporter: the input of each power supply; its output and mean are left out. */
  "redfish-exporter": {
    covers: "node",
    parts: ["chassis_id", "power_supply_id"],
    values: [
      {
        metrics: ["redfish_chassis_power_powersupply_power_input_watts"],
        quantity: "power",
        unit: "W",
        accuracy: BMC,
        required: true,
      },
    ],
  },
  /** Kepler's Redfish collector: entries of PowerControl are nested, so where there are several, labels choose. */
  "kepler-platform": {
    covers: "node",
    parts: [],
    values: [{ metrics: ["kepler_platform_watts"], quantity: "power", unit: "W", accuracy: BMC, required: true }],
  },
  /**
   * snmp_exporter names metrics as the MIB names objects. APC's rPDU2: hundredths of a kW, tenths of a kWh; Server
   * Technology's Sentry4: watts by input cord.
   */
  "snmp-apc": {
    covers: "rack",
    parts: ["rPDU2DeviceStatusIndex"],
    values: [
      {
        metrics: ["rPDU2DeviceStatusPower"],
        quantity: "power",
        unit: "kW",
        exponent: -2,
        accuracy: stepped(PDU, 0.01),
        required: true,
      },
      {
        metrics: ["rPDU2DeviceStatusEnergy"],
        quantity: "energy",
        unit: "kWh",
        exponent: -1,
        accuracy: stepped(PDU, 0.1),
      },
    ],
  },
  "snmp-sentry4": {
    covers: "rack",
    parts: ["st4UnitIndex", "st4InputCordIndex"],
    values: [
      { metrics: ["st4InputCordActivePower"], quantity: "power", unit: "W", accuracy: stepped(PDU, 1), required: true },
    ],
  },
} as const satisfies Record<string, Preset>

/** The exporters that are known by name. */
export const PRESET_NAMES = Object.keys(PRESETS) as (keyof typeof PRESETS)[]

/** What an exporter's page meters. */
export const presetCovers = (name: keyof typeof PRESETS): Coverage => PRESETS[name].covers

/** `url`, `tls`, `bearer`; `labels` to select among the page's series; `expect`, how many parts; and the meter. */
export const presetFromOptions =
  (name: keyof typeof PRESETS) =>
  (id: string, periodMs: number, options: Options): Source => {
    const { covers, parts, sku, values }: Preset = PRESETS[name]
    const page = pageFromOptions(options)
    const labels = labelsFromOptions(options)
    const expect = expectFromOptions(options)
    const isStated = options.has("accuracy")
    const meter = meterFromOptions(options, covers, accuracy(SURFACE_ACCURACY.unstated))
    const selectors = values.map((value): Selector => {
      const isEnergy = value.quantity === "power" || value.quantity === "energy"
      return {
        exponent: 0,
        required: false,
        ...value,
        parts,
        ...(sku === undefined ? {} : { sku }),
        expect: isEnergy ? expect : null,
        labels: { ...value.labels, ...labels },
        covers: meter.covers,
        grade: meter.grade,
        accuracy: isStated && isEnergy ? meter.accuracy : value.accuracy,
      }
    })
    return createExporter({ id, periodMs, page, surface: name }, selectors)
  }
