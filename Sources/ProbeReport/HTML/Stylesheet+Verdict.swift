extension Stylesheet {
  /// The first screen and the warnings under it.
  static let verdict = """
    .verdict{--tone:var(--open);--tone-panel:var(--open-panel);--ground:var(--tone-panel);margin-top:2rem;
    padding:1.6rem 1.75rem 1.4rem;
    background:var(--tone-panel);border-radius:.5rem;border-inline-start:.3rem solid var(--tone);}
    .verdict.holds{--tone:var(--good);--tone-panel:var(--good-panel);}
    .verdict.fails{--tone:var(--bad);--tone-panel:var(--bad-panel);}
    .badges{display:flex;flex-wrap:wrap;gap:.5rem .7rem;align-items:center;margin-bottom:1rem;}
    .badge{display:inline-flex;align-items:center;gap:.5em;margin:0;font-family:var(--sans);font-size:1rem;
    font-weight:650;line-height:1.3;letter-spacing:.01em;color:var(--paper);background:var(--tone);
    border:1.5px solid var(--tone);padding:.28em .95em .28em .75em;border-radius:1.2em;}
    .badge.warned{--tone:var(--caution);color:var(--caution);background:var(--caution-panel);
    text-decoration:none;}
    .badge.warned:hover{text-decoration:underline;}
    .icon{width:1.05em;height:1.05em;flex:none;fill:none;stroke:currentColor;stroke-width:2.2;
    stroke-linecap:round;
    stroke-linejoin:round;}
    .headline{font-size:1.35rem;line-height:1.4;margin:0;max-width:40rem;}
    .figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(11.5rem,1fr));gap:1.6rem 1.8rem;
    margin:1.6rem 0 1.1rem;}
    .figures>div{display:flex;flex-direction:column;min-width:0;}
    .figures dt{font-size:.85rem;line-height:1.35;color:var(--muted);margin-bottom:.1rem;}
    .figures dd{margin:0;}
    .big{font-size:1rem;line-height:1.2;}
    .big strong{font-size:2.1rem;font-weight:600;letter-spacing:-.025em;}
    .big .interval{display:block;color:var(--muted);}
    .big.words{font-size:1.2rem;line-height:1.35;font-weight:600;letter-spacing:-.01em;overflow-wrap:anywhere;
    padding:.55rem 0 .3rem;}
    .drawn{margin:.35rem 0 .1rem!important;}
    .strip{display:block;width:100%;max-width:17rem;height:auto;overflow:visible;}
    .company,.detail{font-size:.82rem;line-height:1.5;color:var(--muted);}
    .part-of-company{white-space:nowrap;margin-inline-end:.8em;}
    .key-tick,.key-diamond{display:inline-block;margin-inline-end:.4em;vertical-align:-.06em;}
    .key-tick{width:0;height:.85em;border-inline-start:2px solid var(--reference);}
    .key-diamond{width:.5em;height:.5em;border:1.5px solid var(--reference);transform:rotate(45deg);
    vertical-align:.12em;margin-inline-start:.1em;}
    .verdict details{margin-top:.4rem;}
    .warnings{margin-top:1.25rem;padding:1.2rem 1.75rem 1.1rem;background:var(--caution-panel);
    border-radius:.5rem;
    border-inline-start:.3rem solid var(--caution);}
    .warnings h2{font-family:var(--sans);font-size:1rem;font-weight:650;color:var(--caution);
    margin-bottom:.5rem;}
    .warnings ul{margin:0;padding:0;list-style:none;}
    .warnings li+li{margin-top:.7rem;}
    .warnings p{margin:.1rem 0 0;font-size:.93rem;}
    @media (max-width:40rem){
    .verdict,.warnings{padding:1.2rem 1.1rem 1.1rem;}
    .headline{font-size:1.2rem;}
    .strip{max-width:none;}
    }
    """
}
