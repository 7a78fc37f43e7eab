extension Stylesheet {
  /// Strokes, fills and letters of the drawings. Series differ by colour, dash and marker.
  static let charts = """
    .chart{display:block;width:100%;height:auto;overflow:visible;font-family:var(--sans);}
    .chart.narrow{display:none;max-width:30rem;}
    .chart.compact{max-width:21.25rem;}
    .beside{display:inline-block;vertical-align:top;width:min(100%,22rem);margin-inline-end:1.5rem;}
    @media (max-width:42.5rem){.chart.wide{display:none;}.chart.narrow{display:block;}}
    svg text{fill:var(--ink);font-family:var(--sans);font-variant-numeric:tabular-nums lining-nums;}
    svg .tick,svg .axis-title,svg .missing{fill:var(--muted);}
    svg .missing{font-size:.8em;}
    svg .reference{fill:var(--reference);}
    svg .reference,svg .mark-label,svg .row-name,svg .row-value{stroke:var(--paper);stroke-width:4;
    stroke-linejoin:round;paint-order:stroke;}
    svg .name,svg .row-name,svg .row-value{font-weight:500;}
    svg .leading,svg .mark-label{font-weight:700;}
    svg .cell-count{font-weight:650;font-size:1.15em;}
    .axis{stroke:var(--muted);stroke-width:1;}
    .grid{stroke:var(--grid);stroke-width:1;}
    .leader{stroke:var(--rule);stroke-width:1;fill:none;}
    .reference-line{stroke:var(--reference);stroke-width:1.4;}
    .dash-0{stroke-dasharray:7 4;}.dash-1{stroke-dasharray:2 3;}.dash-2{stroke-dasharray:9 3 2 3;}
    .mark-line{stroke:var(--ink);stroke-width:1;stroke-dasharray:1 3;}
    .mark-ring{fill:none;stroke:var(--ink);stroke-width:1.6;}
    .series-0{--c:var(--series0);}.series-1{--c:var(--series1);}.series-2{--c:var(--series2);}
    .series-3{--c:var(--series3);}.series-4{--c:var(--series4);}.series-5{--c:var(--series5);}
    .plain-row{--c:var(--muted);}
    .curve{fill:none;stroke:var(--c);stroke-width:1.5;stroke-linejoin:round;stroke-linecap:round;}
    .curve.leading{stroke-width:2.3;}
    .pattern-1{stroke-dasharray:6 4;}.pattern-2{stroke-dasharray:1.5 4;}.pattern-3{stroke-dasharray:9 4 1.5 4;
    }
    .band{fill:var(--c);fill-opacity:.15;stroke:var(--c);stroke-opacity:.3;stroke-width:.75;}
    .marker{fill:var(--c);stroke:var(--paper);stroke-width:.8;}
    .whisker{stroke:var(--c);stroke-width:1.6;}
    .whisker.leading{stroke-width:2.4;}
    svg text.series-0,svg text.series-1,svg text.series-2,svg text.series-3,svg text.series-4,
    svg text.series-5{fill:var(--c);}
    .level-tick{stroke:var(--reference);stroke-width:2;}
    .level-diamond{fill:var(--paper);stroke:var(--reference);stroke-width:1.6;}
    .strip-interval{stroke:var(--series0);stroke-width:3;}
    .strip-end{stroke:var(--series0);stroke-width:1.6;}
    .heat{fill:var(--heat);}
    .cell-edge{fill:none;stroke:var(--rule);stroke-width:1;}
    .cell-edge.diagonal{stroke:var(--ink);stroke-width:1.6;}
    svg .cell-number{font-size:.85em;}
    svg .on-dark{fill:#fff;}svg .on-light{fill:#000;}
    .cell-missing{fill:none;stroke:var(--muted);stroke-width:1;}
    .cell-halo{fill:none;stroke:var(--paper);stroke-width:5;}
    .cell-mark{fill:none;stroke:var(--ink);stroke-width:2.4;}
    .count-bar{fill:var(--muted);fill-opacity:.55;}
    svg .bar-count{fill:var(--muted);font-size:.8em;}
    .trees{display:flex;flex-wrap:wrap;gap:1.75rem 2.5rem;padding-bottom:.4rem;}
    .tree{display:block;flex:none;}
    .tree-line{fill:none;stroke:var(--muted);stroke-width:1;shape-rendering:crispEdges;}
    .node{rx:5px;fill:var(--panel);stroke:var(--muted);stroke-width:1;}
    .node.missed{rx:0;fill:var(--caution-panel);stroke:var(--caution);stroke-width:1.6;stroke-dasharray:5 3;}
    .node.wrong{rx:0;fill:var(--bad-panel);stroke:var(--bad);stroke-width:2.4;}
    .node-mark{fill:var(--muted);stroke:none;}
    .node-mark.missed{fill:none;stroke:var(--caution);stroke-width:1.6;}
    .node-mark.wrong{fill:none;stroke:var(--bad);stroke-width:2.2;stroke-linecap:round;}
    svg .node-name{font-size:.846em;}
    svg .leaf{font-family:var(--mono);font-size:.92em;}
    svg .leaf-number{font-size:.75em;fill:var(--muted);}
    @media (min-width:78rem){.part>.grove>.trees{width:max-content;min-width:100%;
    max-width:calc(100% + 14rem);}}
    """

  /// On paper: no navigation, every table unfolded, nothing torn in two.
  static let print = """
    @media print{
    @page{margin:18mm 16mm;}
    :root{font-size:10.5pt;color-scheme:light;}
    .page{display:block;max-width:none;padding:0;}
    nav,.skip,summary{display:none;}
    figure,tr,.verdict,.warnings,.callout{break-inside:avoid;}
    h2{break-after:avoid;}
    .part{margin-top:2rem;}
    .scroll,pre{overflow:visible;}
    .grove{break-inside:auto;}
    .trees{display:block;}
    .tree{max-width:100%;height:auto;break-inside:avoid;margin-bottom:1rem;}
    .scroll{background:none;}
    tbody th,caption span{position:static;}
    pre{white-space:pre-wrap;}
    details::details-content{content-visibility:visible;height:auto;}
    *{print-color-adjust:exact;-webkit-print-color-adjust:exact;}
    }
    """
}
