import { Markup } from "@wattest/verifier"

/** The page's look: by day, by night, on a narrow screen and on paper. */
export const STYLE = new Markup(
  [
    ":root{color-scheme:light dark;--ink:#16211c;--soft:#55625b;--line:#d5dbd3;--ground:#fff;--sunk:#f4f6f3;--filled:#0b6b43;--partly:#8a5a00;--missing:#a4221b}",
    "@media(prefers-color-scheme:dark){:root{--ink:#e7ede9;--soft:#a0aea6;--line:#2f3a35;--ground:#121715;--sunk:#1a211e;--filled:#5ad69b;--partly:#f0c46a;--missing:#ff938a}}",
    "body{font:16px/1.5 system-ui,sans-serif;max-width:64rem;margin:2rem auto;padding:0 1rem;color:var(--ink);background:var(--ground);overflow-wrap:anywhere}",
    "h1{font-size:2rem;line-height:1.2;margin:0}h2{font-size:1.25rem;margin:2rem 0 .5rem}h3{font-size:1rem;margin:0}h4{font-size:.9rem;margin:.8rem 0 0}",
    ".lead{font-size:1.15rem;margin:.2rem 0 1rem}.soft,dt{color:var(--soft)}a{color:inherit;text-underline-offset:3px}",
    "code{font:.8rem ui-monospace,monospace}ul{margin:.2rem 0;padding-left:1.2rem}",
    "table{border-collapse:collapse;width:100%}td,th{border-bottom:1px solid var(--line);padding:.3rem .8rem .3rem 0;text-align:left;vertical-align:baseline}th{color:var(--soft);font-weight:500}",
    ".value{text-align:right}td.number{white-space:nowrap;font-variant-numeric:tabular-nums}th,td.state,td.evidence{white-space:nowrap}td.id{min-width:7rem}",
    "td.state,span.state{font-weight:600}.filled .state{color:var(--filled)}.partly .state{color:var(--partly)}.missing .state{color:var(--missing)}",
    "section{border:1px solid var(--line);border-left:.4rem solid var(--line);border-radius:.4rem;padding:.8rem 1.2rem;margin:1rem 0}section.filled{border-left-color:var(--filled)}section.partly{border-left-color:var(--partly)}section.missing{border-left-color:var(--missing)}",
    "section p{margin:.2rem 0}section p.number{font-size:1.4rem;font-weight:600;line-height:1.3}",
    "ol{list-style:none;margin:.2rem 0;padding:0}ol li{background:var(--sunk);border-radius:.3rem;padding:.4rem .7rem;margin:.3rem 0}",
    "dl{display:grid;grid-template-columns:max-content 1fr;gap:.1rem 1rem;margin:1rem 0}dd{margin:0}",
    "@media(max-width:40rem){thead{display:none}tr{display:grid;grid-template-columns:1fr auto;gap:0 1rem;border-bottom:1px solid var(--line);padding:.4rem 0}td{border:0;padding:0}td.what{grid-column:1/-1;order:-1}td.id,td.evidence{color:var(--soft)}td.value{white-space:normal}td.evidence{text-align:right}dl{grid-template-columns:1fr}}",
    "@media print{:root{--ink:#000;--soft:#444;--line:#bbb;--ground:#fff;--sunk:#f4f4f4;--filled:#0b6b43;--partly:#8a5a00;--missing:#a4221b}body{max-width:none;margin:0;font-size:10pt}tr,li{break-inside:avoid}h2,h3,h4{break-after:avoid}thead{display:table-header-group}}",
  ].join(""),
)
