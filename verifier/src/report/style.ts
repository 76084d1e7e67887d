/** Style of a report, for the file and for the page: no script, no font, no image from elsewhere. */
export const REPORT_STYLE = `
.report {
  --ground: #f6f7f4; --card: #ffffff; --ink: #17201b; --soft: #5c6961; --line: #e2e6df; --sunk: #eef1ec;
  --valid: #0f7a4d; --valid-wash: #e2f4ea; --invalid: #b3261e; --invalid-wash: #fbe9e7;
  --unknown: #8a5a00; --unknown-wash: #fdf1d9; --apart: #4a4fb0; --apart-wash: #ebecfb; --power: #d9480f; --share: #2563a8; --accent: #0f7a4d;
  --p0: #94a3b8; --p1: #cbd5e1; --p2: #2563a8; --p3: #d9480f; --p4: #0f7a4d; --p5: #7c3aed; --p6: #b7791f;
  --mono: ui-monospace, "SF Mono", "Cascadia Code", Menlo, Consolas, "DejaVu Sans Mono", monospace;
  color: var(--ink); background: var(--ground); line-height: 1.55; font-size: 16px;
  font-family: "Inter", "Segoe UI", system-ui, -apple-system, "Helvetica Neue", Arial, sans-serif;
  font-feature-settings: "tnum" 1; -webkit-text-size-adjust: 100%;
}
@media (prefers-color-scheme: dark) {
  .report {
    --ground: #0e1311; --card: #161d1a; --ink: #e6ece8; --soft: #98a69e; --line: #27312c; --sunk: #1c2521;
    --valid: #4ad295; --valid-wash: #12281e; --invalid: #ff8a80; --invalid-wash: #331816;
    --unknown: #f2c063; --unknown-wash: #2e2410; --apart: #a9b0ff; --apart-wash: #1e2040; --power: #ff8a4c; --share: #7ab5f5; --accent: #4ad295;
    --p0: #64748b; --p1: #475569; --p2: #7ab5f5; --p3: #ff8a4c; --p4: #4ad295; --p5: #b794f6; --p6: #f2c063;
  }
}
.report * { box-sizing: border-box; }
.report main { max-width: 1040px; margin: 0 auto; padding: 32px 20px 72px; }
.report .mark { display: flex; align-items: baseline; gap: 10px; margin: 0 0 20px; color: var(--soft); font-size: 14px; }
.report .mark strong { color: var(--ink); font-size: 17px; letter-spacing: -0.01em; }
.report h1 { font-size: clamp(26px, 5vw, 36px); line-height: 1.15; letter-spacing: -0.02em; margin: 0; }
.report h2 { font-size: 19px; letter-spacing: -0.01em; margin: 0 0 4px; }
.report h3 { font-size: 15px; margin: 20px 0 8px; }
.report p { margin: 0; }
.report .lead { color: var(--soft); max-width: 68ch; margin: 0 0 18px; font-size: 15px; }
.report section { background: var(--card); border: 1px solid var(--line); border-radius: 14px; padding: 24px; margin-top: 20px; }
.report .verdict { border: 0; padding: 28px; display: grid; grid-template-columns: auto 1fr; gap: 20px; align-items: start; }
.report .verdict svg { width: 56px; height: 56px; }
.report .verdict p { margin-top: 8px; max-width: 66ch; }
.report .verdict .note { font-weight: 600; }
.report .verdict .note a { color: inherit; }
.report .verdict .code { font: 600 14px/1.4 var(--mono); }
.report .verdict .detail { font: 14px/1.5 var(--mono); overflow-wrap: anywhere; opacity: 0.85; }
.report .valid-wash { background: var(--valid-wash); } .report .valid-wash h1, .report .is-valid { color: var(--valid); }
.report .invalid-wash { background: var(--invalid-wash); } .report .invalid-wash h1, .report .is-invalid { color: var(--invalid); }
.report .unaccepted-wash { background: var(--apart-wash); }
.report .unaccepted-wash h1, .report .is-unaccepted { color: var(--apart); }
.report .undetermined-wash { background: var(--unknown-wash); }
.report .undetermined-wash h1, .report .is-undetermined { color: var(--unknown); }
.report .icon { fill: none; stroke: currentColor; stroke-width: 2.2; stroke-linecap: round; stroke-linejoin: round; flex: none; }
.report .tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(210px, 1fr)); gap: 14px; margin-top: 20px; }
.report .tile { background: var(--card); border: 1px solid var(--line); border-radius: 14px; padding: 18px 20px; }
.report .tile .name { color: var(--soft); font-size: 14px; }
.report .tile .value { font-size: 30px; font-weight: 650; letter-spacing: -0.025em; line-height: 1.2; margin: 4px 0 2px; white-space: nowrap; }
.report .tile .unit { font-size: 17px; font-weight: 500; color: var(--soft); letter-spacing: 0; margin-left: 4px; }
.report .tile .spread { color: var(--soft); font-size: 14px; min-height: 1.55em; }
.report .grade { display: inline-block; border-radius: 999px; padding: 1px 9px; font-size: 12px; font-weight: 600; background: var(--sunk); color: var(--soft); white-space: nowrap; }
.report .grade-calibrated, .report .grade-measured { background: var(--valid-wash); color: var(--valid); }
.report .grade-declared, .report .grade-estimated, .report .grade-allocated { background: var(--unknown-wash); color: var(--unknown); }
.report .grade-simulated { background: var(--invalid-wash); color: var(--invalid); }
.report .chart { display: block; width: 100%; height: auto; overflow: visible; }
.report .chart .grid { stroke: var(--line); stroke-width: 1; }
.report .chart .axis { stroke: var(--soft); stroke-width: 1; opacity: 0.6; }
.report .chart .tick { fill: var(--soft); font-size: 13px; }
.report .chart .line { fill: none; stroke-width: 2; stroke-linejoin: round; }
.report .chart.power .line { stroke: var(--power); } .report .chart.power .area { fill: var(--power); opacity: 0.13; }
.report .chart.share .line { stroke: var(--share); } .report .chart.share .area { fill: var(--share); opacity: 0.13; }
.report .bar { display: block; width: 100%; height: 18px; border-radius: 9px; background: var(--sunk); margin: 10px 0 4px; }
.report .phase-unspecified { fill: var(--p0); color: var(--p0); } .report .phase-idle { fill: var(--p1); color: var(--p1); }
.report .phase-prefill { fill: var(--p2); color: var(--p2); } .report .phase-decode { fill: var(--p3); color: var(--p3); }
.report .phase-train { fill: var(--p4); color: var(--p4); } .report .phase-evaluate { fill: var(--p5); color: var(--p5); }
.report .phase-load { fill: var(--p6); color: var(--p6); }
.report .dot { width: 10px; height: 10px; margin-right: 8px; }
.report .scroll { overflow-x: auto; }
.report table { width: 100%; border-collapse: collapse; font-size: 15px; }
.report th { text-align: left; font-weight: 500; color: var(--soft); font-size: 13px; padding: 6px 14px 6px 0; border-bottom: 1px solid var(--line); }
.report td { padding: 9px 14px 9px 0; border-bottom: 1px solid var(--line); vertical-align: top; }
.report tr:last-child td { border-bottom: 0; }
.report td.number, .report th.number { text-align: right; white-space: nowrap; }
.report .formula { color: var(--soft); font-size: 13px; }
.report dl { display: grid; grid-template-columns: 150px 1fr; gap: 10px 18px; margin: 0; font-size: 15px; }
.report dt { color: var(--soft); } .report dd { margin: 0; overflow-wrap: anywhere; }
.report .hash { font: 13.5px/1.5 var(--mono); }
.report .lead .hash { overflow-wrap: anywhere; }
.report ul.checks { list-style: none; margin: 10px 0 0; padding: 0; }
.report ul.checks li { display: grid; grid-template-columns: 24px 1fr; gap: 4px 12px; padding: 12px 0; border-top: 1px solid var(--line); }
.report ul.checks li > svg { width: 22px; height: 22px; margin-top: 1px; }
.report .check-title { font-weight: 600; } .report .proves { color: var(--ink); }
.report .stops { color: var(--soft); font-size: 14px; }
.report .reason { font: 13.5px/1.5 var(--mono); background: var(--sunk); border-radius: 8px; padding: 8px 12px; margin-top: 6px; overflow-wrap: anywhere; }
.report ul.findings li { grid-template-columns: 84px 1fr; }
.report .severity { font-size: 12px; font-weight: 600; border-radius: 999px; padding: 2px 0; text-align: center; height: fit-content; background: var(--sunk); color: var(--soft); }
.report .severity-serious { background: var(--invalid-wash); color: var(--invalid); }
.report .severity-warning { background: var(--unknown-wash); color: var(--unknown); }
.report footer { color: var(--soft); font-size: 14px; margin-top: 28px; max-width: 72ch; }
.report footer p + p { margin-top: 8px; }
@media (max-width: 620px) {
  .report main { padding: 20px 14px 48px; }
  .report section { padding: 18px 16px; border-radius: 12px; }
  .report .verdict { grid-template-columns: 1fr; gap: 12px; padding: 22px 18px; }
  .report dl { grid-template-columns: 1fr; gap: 2px; } .report dd { margin-bottom: 10px; }
  .report .chart .tick { font-size: 26px; } .report .hide-small { display: none; }
  .report ul.findings li { grid-template-columns: 1fr; } .report .severity { width: 84px; }
}
@media print {
  .report { --ground: #fff; font-size: 11pt; } .report section, .report .tile { break-inside: avoid; }
}
`
