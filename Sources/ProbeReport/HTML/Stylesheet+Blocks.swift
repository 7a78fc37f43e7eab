extension Stylesheet {
  /// Tables, listings, lists of facts, callouts.
  static let blocks = """
    figure,.table{margin:2rem 0;}
    figcaption{max-width:42rem;margin-bottom:1rem;font-size:.93rem;line-height:1.5;color:var(--muted);}
    figcaption strong{color:var(--ink);font-weight:650;}
    .scroll{overflow-x:auto;max-width:100%;background:
    linear-gradient(to left,var(--ground) 40%,transparent) right/3rem 100% no-repeat local,
    linear-gradient(to left,var(--rule),transparent) right/.9rem 100% no-repeat scroll;}
    table{border-collapse:collapse;font-size:.88rem;line-height:1.4;min-width:100%;}
    caption{text-align:start;padding:0 0 .6rem;font-weight:650;font-size:.93rem;}
    caption span{position:sticky;left:0;display:inline-block;max-width:min(100%,calc(100vw - 2.5rem));}
    th,td{padding:.42rem .9rem .42rem 0;text-align:start;vertical-align:baseline;}
    th:last-child,td:last-child{padding-inline-end:0;}
    thead th{font-weight:600;border-bottom:1.5px solid var(--ink);vertical-align:bottom;}
    tbody tr{border-bottom:1px solid var(--rule);}
    tbody th{font-weight:500;position:sticky;left:0;background:var(--ground);}
    .number{text-align:end;white-space:nowrap;}
        td.words,tbody th.words{overflow-wrap:anywhere;min-width:6rem;}
    td code,th code{white-space:nowrap;}
    .aside{color:var(--muted);}
    .second{display:block;font-weight:400;font-size:.86em;color:var(--muted);}
    td .interval,td .missing{color:var(--muted);}
    .marked th,.marked .value{font-weight:700;}
    .marked th:first-child{box-shadow:inset .2rem 0 var(--accent);padding-inline-start:.6rem;}
    .mark{font-size:.8em;font-weight:600;color:var(--accent);margin:0 .3em;}
    .table-note{font-size:.85rem;color:var(--muted);margin:.7rem 0 0;}
    details{margin-top:1rem;font-size:.9rem;}
    summary{cursor:pointer;color:var(--muted);width:fit-content;}
    summary:hover{color:var(--accent);}
    details .table{margin:.9rem 0 .5rem;}
    .listing figcaption{margin-bottom:.5rem;}
    pre{margin:0;padding:1rem 1.2rem;overflow-x:auto;background:var(--panel);border:1px solid var(--rule);
    border-radius:.4rem;line-height:1.6;tab-size:4;}
    pre code{font-size:1em;}
    .facts{margin:1.25rem 0;font-size:.9rem;}
    .facts>div{display:grid;grid-template-columns:minmax(8rem,13rem) minmax(0,1fr);gap:.1rem 1.5rem;
    padding:.45rem 0;border-bottom:1px solid var(--rule);}
    .facts dt{color:var(--muted);}
    .facts dd{margin:0;overflow-wrap:anywhere;}
    #provenance .facts dd{font-family:var(--mono);font-size:.9em;}
    .callout{--tone:var(--open);--tone-panel:var(--open-panel);margin:1.75rem 0;padding:.9rem 1.2rem;
    background:var(--tone-panel);border-inline-start:.2rem solid var(--tone);border-radius:.3rem;
    font-size:.95rem;}
    .callout.caution{--tone:var(--caution);--tone-panel:var(--caution-panel);}
    .callout.problem{--tone:var(--bad);--tone-panel:var(--bad-panel);}
    .callout p{margin:0;}
    .callout .kind{color:var(--tone);}
    @media (min-width:78rem){.part>.table>.scroll{width:max-content;min-width:100%;
    max-width:calc(100% + 14rem);}}
    @media (max-width:40rem){
    .facts>div{grid-template-columns:minmax(0,1fr);}
    }
    """
}
