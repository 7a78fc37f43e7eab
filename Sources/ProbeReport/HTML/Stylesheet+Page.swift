extension Stylesheet {
  /// Faces, sizes, the column and its neighbours. All lengths follow the root's size, which grows with the
  /// window.
  static let page = """
    :root{color-scheme:light dark;--ground:var(--paper);
    --sans:ui-sans-serif,system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue","Noto Sans",Arial,
    sans-serif;
    --serif:"Iowan Old Style","Palatino Linotype",Palatino,"Book Antiqua","Noto Serif",Georgia,serif;
    --mono:ui-monospace,"SF Mono","Cascadia Mono",Consolas,"Liberation Mono","DejaVu Sans Mono",monospace;
    --column:47.5rem;font-size:clamp(16px,calc(14.4px + .2vw),19px);}
    *{box-sizing:border-box;}
    html{background:var(--paper);color:var(--ink);font-family:var(--sans);line-height:1.55;
    -webkit-text-size-adjust:100%;text-size-adjust:100%;scroll-padding-top:1.5rem;}
    body{margin:0;overflow-wrap:break-word;font-variant-numeric:tabular-nums lining-nums;}
    .page{max-width:calc(var(--column) + 2.5rem);margin:0 auto;padding:3.5rem 1.25rem 6rem;}
    h1,h2,.question,.headline,.lead{font-family:var(--serif);text-wrap:pretty;}
    h1{font-size:2.2rem;line-height:1.15;font-weight:600;letter-spacing:-.012em;margin:0 0 .8rem;
    text-wrap:balance;}
    h2{font-size:1.5rem;line-height:1.25;font-weight:600;letter-spacing:-.006em;margin:0 0 .75rem;
    text-wrap:balance;}
    p{margin:0 0 1rem;max-width:42rem;text-wrap:pretty;}
    a{color:var(--accent);text-underline-offset:.18em;text-decoration-thickness:.06em;}
    :focus-visible{outline:2px solid var(--accent);outline-offset:3px;border-radius:2px;}
    code,pre{font-family:var(--mono);font-size:.88em;}
    code,dd,td,th,figcaption,.second{unicode-bidi:isolate;}
    .question{font-size:1.25rem;line-height:1.45;color:var(--muted);font-style:italic;margin:0;}
    .lead{font-size:1.1rem;line-height:1.5;}
    .part{margin-top:4rem;padding-top:1.5rem;border-top:1px solid var(--rule);}
    .part>*:last-child{margin-bottom:0;}
    nav ul{list-style:none;margin:1.75rem 0 0;padding:0;display:flex;flex-wrap:wrap;gap:.3rem 1.4rem;
    font-size:.9rem;}
    nav a{color:var(--muted);text-decoration:none;}
    nav a:hover{color:var(--accent);text-decoration:underline;}
    .skip{position:absolute;left:-999rem;top:0;background:var(--paper);padding:.6rem 1rem;z-index:2;}
    .skip:focus{left:1rem;top:1rem;}
    .visually-hidden{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);
    white-space:nowrap;}
    .hidden-character{font-family:var(--mono);font-size:.72em;line-height:1;padding:.1em .35em;margin:0 .08em;
    border:1px solid var(--caution);border-radius:.3em;color:var(--caution);background:var(--caution-panel);
    white-space:nowrap;}
    .cut{color:var(--caution);font-size:.85em;font-style:italic;}
    .token{background:var(--panel);border:1px solid var(--rule);border-radius:.25em;padding:.05em .3em;}
    @media (min-width:78rem){
    .page{max-width:none;display:grid;grid-template-columns:12.5rem minmax(0,var(--column)) 12.5rem;
    column-gap:3rem;justify-content:center;padding-top:5rem;}
    .masthead,main{grid-column:2;}
    nav{grid-column:1;grid-row:1/span 2;}
    nav ul{position:sticky;top:2.5rem;flex-direction:column;gap:.55rem;margin:.6rem 0 0;padding-right:1rem;
    line-height:1.35;}
    }
    @media (max-width:40rem){
    .page{padding:2rem 1rem 4rem;}
    h1{font-size:1.75rem;}h2{font-size:1.3rem;}.question{font-size:1.1rem;}
    .part{margin-top:2.75rem;}
    }
    """
}
