/** Style of a report, for the file and for the page: no script, no font, no image from elsewhere. */
export const REPORT_STYLE = `
html { background: #f5f6f3; } body { margin: 0; }
.report {
  --ground: #f5f6f3; --card: #ffffff; --ink: #16211c; --soft: #55625b; --line: #dfe4dd; --sunk: #eef1ec;
  --accent: #0b5d7a; --accent-wash: #bcdae4;
  --valid: #0b6b43; --valid-wash: #e3f4ea; --invalid: #a4221b; --invalid-wash: #fbe9e7;
  --unknown: #7a5000; --unknown-wash: #fdf1d9; --apart: #3f45a8; --apart-wash: #ebecfb; --foreign-wash: #e9ece8;
  --p0: #8c9a93; --p1: #c3ccc6; --p2: #0b5d7a; --p3: #5aa0b8; --p4: #0b6b43; --p5: #7a5ca8; --p6: #b7791f;
  --mono: ui-monospace, "SF Mono", "Cascadia Code", Menlo, Consolas, "DejaVu Sans Mono", monospace;
  color: var(--ink); background: var(--ground); line-height: 1.5; font-size: 16px;
  font-family: "Inter", "Segoe UI", system-ui, -apple-system, "Helvetica Neue", Arial, "Liberation Sans", sans-serif;
  font-variant-numeric: tabular-nums; -webkit-text-size-adjust: 100%; overflow-wrap: anywhere;
}
@media screen and (prefers-color-scheme: dark) {
  html { background: #0f1412; }
  .report {
    --ground: #0f1412; --card: #171e1b; --ink: #e7ede9; --soft: #a0aea6; --line: #2a3530; --sunk: #1f2824;
    --accent: #74c0d8; --accent-wash: #1d4756;
    --valid: #5ad69b; --valid-wash: #12281e; --invalid: #ff938a; --invalid-wash: #331816;
    --unknown: #f0c46a; --unknown-wash: #2e2410; --apart: #b0b6ff; --apart-wash: #1e2040; --foreign-wash: #222b27;
    --p0: #7b8a82; --p1: #4a5852; --p2: #74c0d8; --p3: #3d7f95; --p4: #5ad69b; --p5: #b79ae0; --p6: #f0c46a;
  }
}
.report * { box-sizing: border-box; }
.report main { max-width: 920px; margin: 0 auto; padding: 40px 24px 80px; }
.report h1 { font-size: 36px; line-height: 1.1; letter-spacing: -0.02em; font-weight: 650; margin: 0; }
.report h2 { font-size: 20px; line-height: 1.3; letter-spacing: -0.01em; font-weight: 600; margin: 0 0 12px; }
.report section > * + h2 { margin-top: 28px; }
.report h3 { font-size: 15px; font-weight: 600; margin: 28px 0 8px; }
.report p { margin: 0; }
.report a { color: var(--accent); }
.report .soft { color: var(--soft); font-size: 14px; }
.report .lead { color: var(--soft); max-width: 68ch; margin: -6px 0 16px; font-size: 14px; }
.report .mark { display: flex; flex-wrap: wrap; align-items: baseline; gap: 4px 12px; margin: 0 0 20px; color: var(--soft); font-size: 14px; }
.report .mark strong { color: var(--ink); font-size: 16px; } .report .mark .stamp { margin-left: auto; }
.report section { background: var(--card); border-radius: 10px; padding: 28px 32px; margin-top: 16px; }
.report .icon { width: 20px; height: 20px; fill: none; stroke: currentColor; stroke-width: 2; stroke-linecap: round; stroke-linejoin: round; flex: none; }
.report .verdict { display: grid; grid-template-columns: auto 1fr; gap: 4px 24px; align-items: start; margin-top: 0; }
.report .verdict .icon { width: 52px; height: 52px; stroke-width: 1.7; margin-top: -4px; }
.report .verdict p { max-width: 68ch; margin-top: 8px; }
.report .verdict .why { font-weight: 600; } .report .verdict .why a { color: inherit; }
.report .verdict .detail, .report .verdict .change { font-size: 15px; }
.report .code { font: 600 13px/1.5 var(--mono); }
.report .valid-wash { background: var(--valid-wash); } .report .invalid-wash { background: var(--invalid-wash); }
.report .unaccepted-wash { background: var(--apart-wash); } .report .undetermined-wash { background: var(--unknown-wash); }
.report .foreign-wash { background: var(--foreign-wash); }
.report .is-valid, .report .valid-wash h1 { color: var(--valid); } .report .is-invalid, .report .invalid-wash h1 { color: var(--invalid); }
.report .is-unaccepted, .report .unaccepted-wash h1 { color: var(--apart); }
.report .is-undetermined, .report .undetermined-wash h1 { color: var(--unknown); } .report .is-foreign { color: var(--soft); }
.report .word { display: inline-flex; align-items: baseline; gap: 6px; font-weight: 600; white-space: nowrap; } .report .word .icon { align-self: center; }
.report :is(.why, .check-title)::first-letter { text-transform: uppercase; }
.report h2 .word { font-size: 16px; margin-left: 8px; vertical-align: baseline; }
.report p.share { font-size: 15px; margin-top: 8px; }
.report .gist { display: grid; grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); gap: 24px 48px; }
.report .hero h2 { font-size: 15px; font-weight: 500; color: var(--soft); margin: 0; letter-spacing: 0; }
.report .figure { font-size: 52px; font-weight: 650; letter-spacing: -0.03em; line-height: 1.15; margin: 4px 0 8px; }
.report .figure .spread, .report .figure .unit { font-size: 24px; font-weight: 500; letter-spacing: -0.01em; color: var(--soft); }
.report .figure.said { font-size: 36px; letter-spacing: -0.02em; }
.report .interval { display: block; width: 100%; height: auto; margin: 8px 0 4px; overflow: visible; }
.report .interval .tick { fill: var(--soft); font-size: 11px; }
.report .interval .axis { stroke: var(--line); stroke-width: 2; } .report .interval .span { fill: var(--accent-wash); }
.report .interval .cap { stroke: var(--accent); stroke-width: 2; } .report .interval .zero { stroke: var(--soft); }
.report .interval .mean { fill: var(--accent); }
.report dl { margin: 0; font-size: 15px; }
.report dl > div { display: grid; grid-template-columns: 150px minmax(0, 1fr); gap: 16px; padding: 6px 0; }
.report dl.about > div { grid-template-columns: 64px minmax(0, 1fr); padding: 4px 0; }
.report dt { color: var(--soft); } .report dd { margin: 0; }
.report .tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: 1px; background: var(--line); border-radius: 10px; overflow: hidden; margin-top: 16px; }
.report .tile { background: var(--card); padding: 16px 20px; }
.report .tile .name { color: var(--soft); font-size: 14px; }
.report .tile .value { font-size: 22px; font-weight: 600; letter-spacing: -0.015em; }
.report .tile .spread, .report .tile .unit { font-size: 14px; font-weight: 500; color: var(--soft); letter-spacing: 0; }
.report .grade { display: inline-block; border-radius: 4px; padding: 0 7px; font-size: 13px; font-weight: 600; background: var(--sunk); color: var(--soft); white-space: nowrap; }
.report .grade-calibrated, .report .grade-measured { background: var(--valid-wash); color: var(--valid); }
.report .grade-declared, .report .grade-estimated, .report .grade-allocated { background: var(--unknown-wash); color: var(--unknown); }
.report .grade-simulated { background: var(--invalid-wash); color: var(--invalid); }
.report figure { margin: 0; } .report figcaption { color: var(--soft); font-size: 14px; margin-top: 8px; }
.report .key { display: inline-block; width: 20px; margin: 0 6px 0 12px; vertical-align: middle; } .report .key:first-child { margin-left: 0; }
.report .key-line { height: 2px; background: var(--accent); } .report .key-band { height: 12px; background: var(--accent-wash); }
.report .chart { display: block; width: 100%; height: auto; overflow: visible; }
.report .chart .grid { stroke: var(--line); stroke-width: 1; }
.report .chart .axis { stroke: var(--soft); stroke-width: 1; }
.report .chart .tick, .report .chart .label { fill: var(--soft); font-size: 12.5px; }
.report .chart .line { fill: none; stroke: var(--accent); stroke-width: 1.6; stroke-linejoin: round; }
.report .chart .band { fill: var(--accent-wash); }
.report .chart.share .line { stroke: var(--soft); }
.report .bar { display: block; width: 100%; height: 16px; margin: 8px 0; }
.report .phase-unspecified { fill: var(--p0); } .report .phase-idle { fill: var(--p1); } .report .phase-prefill { fill: var(--p2); }
.report .phase-decode { fill: var(--p3); } .report .phase-train { fill: var(--p4); } .report .phase-evaluate { fill: var(--p5); }
.report .phase-load { fill: var(--p6); }
.report .dot { width: 10px; height: 10px; margin-right: 8px; }
.report table { width: 100%; border-collapse: collapse; font-size: 15px; }
.report th { text-align: left; font-weight: 500; color: var(--soft); font-size: 13px; padding: 6px 16px 6px 0; border-bottom: 1px solid var(--line); }
.report td { padding: 8px 16px 8px 0; border-bottom: 1px solid var(--line); vertical-align: top; }
.report tr:last-child td { border-bottom: 0; } .report tr:has(+ .under) td { border-bottom: 0; padding-bottom: 0; } .report .under td { padding-top: 0; }
.report td.number, .report th.number { text-align: right; } .report td.number, .report td.unit { white-space: nowrap; } .report td.unit { padding-left: 0; }
.report .numbers td.number { padding-right: 8px; }
.report .formula { color: var(--soft); font-size: 13px; }
.report .documents { table-layout: fixed; } .report .documents th:first-child { width: 150px; } .report .documents th:nth-child(3) { width: 38%; }
.report .hash { font: 13px/1.5 var(--mono); overflow-wrap: anywhere; }
.report details { margin-top: 16px; } .report .lead + details { margin-top: 0; }
.report summary { cursor: pointer; color: var(--accent); font-size: 15px; font-weight: 500; }
.report :is(summary, a):focus-visible { outline: 3px solid var(--accent); outline-offset: 3px; border-radius: 2px; }
.report pre.policy { font: 12px/1.5 var(--mono); white-space: pre-wrap; background: var(--sunk); border-radius: 6px; padding: 12px 14px; margin: 0; }
.report ul.plain { list-style: none; margin: 8px 0 0; padding: 0; } .report ul.plain li { padding: 4px 0; }
.report blockquote { margin: 0 0 12px; padding-left: 16px; border-left: 3px solid var(--accent-wash); font-size: 15px; } .report blockquote p + p { margin-top: 8px; }
.report ul.checks { list-style: none; margin: 12px 0 0; padding: 0; }
.report ul.checks li { display: grid; grid-template-columns: 20px minmax(0, 1fr); gap: 4px 12px; padding: 12px 0; border-top: 1px solid var(--line); }
.report .check-title { font-weight: 600; font-size: 15px; } .report .proves { font-size: 15px; }
.report .stops { color: var(--soft); font-size: 14px; }
.report .reason { font-size: 14px; background: var(--sunk); border-radius: 6px; padding: 8px 12px; margin-top: 6px; }
.report ul.findings li { grid-template-columns: 76px minmax(0, 1fr); }
.report .severity { font-size: 13px; font-weight: 600; border-radius: 4px; text-align: center; height: fit-content; background: var(--sunk); color: var(--soft); }
.report .severity-serious { background: var(--invalid-wash); color: var(--invalid); }
.report .severity-warning { background: var(--unknown-wash); color: var(--unknown); }
.report footer { color: var(--soft); font-size: 14px; margin: 32px 0 0; max-width: 76ch; }
.report footer p + p { margin-top: 8px; }
@media (max-width: 640px) {
  .report main { padding: 20px 12px 48px; }
  .report section { padding: 20px 16px; margin-top: 10px; } .report .tiles { margin-top: 10px; grid-template-columns: 1fr 1fr; }
  .report .tiles > :last-child:nth-child(odd) { grid-column: 1 / -1; }
  .report h1 { font-size: 28px; } .report .figure { font-size: 44px; } .report .figure.said { font-size: 28px; }
  .report .verdict { gap: 4px 14px; } .report .verdict .icon { width: 34px; height: 34px; margin-top: 0; }
  .report .mark .stamp { margin-left: 0; width: 100%; }
  .report .gist { grid-template-columns: minmax(0, 1fr); } .report .tile { padding: 12px 16px; }
  .report dl > div { grid-template-columns: minmax(0, 1fr); gap: 0; } .report dl.about > div { grid-template-columns: 56px minmax(0, 1fr); gap: 12px; }
  .report .chart .tick, .report .chart .label { font-size: 24px; } .report .hide-small { display: none; }
  .report td, .report th { padding-right: 8px; }
  .report .stacked, .report .stacked :is(tbody, tr, td) { display: block; width: auto; } .report .stacked thead { display: none; }
  .report .stacked td { border: 0; padding: 2px 0; text-align: left; } .report .stacked tr { padding: 12px 0; border-top: 1px solid var(--line); }
}
@media print {
  @page { margin: 14mm 14mm 12mm; }
  html { background: #fff; }
  .report { --ground: #fff; --soft: #46524b; font-size: 9.5pt; print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  .report main { max-width: none; padding: 0; }
  .report section { padding: 8px 0 0; margin-top: 8px; border-radius: 0; border-top: 1px solid var(--line); }
  .report .verdict { padding: 10px 14px; border: 0; } .report .verdict :is(.detail, .change) { font-size: 9pt; } .report .verdict .icon { width: 34px; height: 34px; } .report h1 { font-size: 20pt; }
  .report h2 { font-size: 11pt; margin-bottom: 4px; break-after: avoid; } .report h3 { font-size: 9.5pt; margin: 8px 0 2px; break-after: avoid; }
  .report .lead, .report .formula, .report .soft, .report .stops, .report .reason, .report .proves, .report footer, .report figcaption { font-size: 8.5pt; }
  .report h2 .word, .report .hero h2, .report .word { font-size: 9.5pt; } .report .word .icon { width: 13px; height: 13px; }
  .report :is(summary, .tile .name, .severity, .grade) { font-size: 8.5pt; } .report .figure :is(.spread, .unit) { font-size: 13pt; } .report .interval { max-width: 80mm; margin: 2px 0; }
  .report section > * + h2 { margin-top: 8px; } .report ul.plain { margin: 2px 0; } .report ul.plain li { padding: 0; }
  .report .lead { margin: 0 0 4px; max-width: none; } .report .figure { font-size: 28pt; } .report .tile { padding: 6px 10px; } .report .tile .value { font-size: 12pt; }
  .report table, .report dl, .report blockquote, .report .check-title, .report .mark { font-size: 9pt; } .report td, .report th { padding-top: 2px; padding-bottom: 2px; }
  .report dl > div, .report dl.about > div { padding: 1px 0; } .report .hash, .report .code { font-size: 8pt; } .report pre.policy { font-size: 7pt; padding: 4px 6px; }
  .report .chart { max-height: 62mm; } .report .share.chart { max-height: 34mm; }
  .report :is(li, tr, figure, .tiles, .gist, .verdict, dl > div) { break-inside: avoid; }
  .report details, .report ul.checks { margin-top: 4px; } .report summary { color: var(--ink); list-style: none; }
  .report details::details-content { content-visibility: visible; display: block; block-size: auto; }
  .report ul.checks li { padding: 2px 0; border: 0; } .report ul.held { columns: 3; } .report ul.held :is(.proves, .stops) { display: none; }
  .report ul.held .icon { width: 13px; height: 13px; margin-top: 2px; } .report ul.held li { grid-template-columns: 13px minmax(0, 1fr); gap: 6px; } .report ul.held .check-title { font-weight: 500; }
  .report ul.held .reason { padding: 0; background: none; margin: 0; font-size: 7.5pt; }
  .report footer { margin-top: 8px; max-width: none; }
}
`
